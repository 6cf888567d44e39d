"""What a form says beside its fields: facts it shows, answers that make a case urgent; and dates it cannot take."""

import json
from typing import Any

import pytest

from casework import forms
from casework.errors import InvalidFormError
from tests.acceptance.recognition_case import definition
from tests.unit.test_bundle import codes, refused
from tests.unit.test_check import form


def test_a_form_that_shows_an_undeclared_fact_is_refused() -> None:
    schema = json.loads(form("worker.name")) | {"x-shows": ["worker.name", "worker.shoe_size"]}
    found = codes(refused(forms__ask_dot_json=json.dumps(schema)))
    assert found == {("forms/ask.json", "x-shows", "fact_undeclared")}


def test_a_table_that_begins_its_rows_with_an_undeclared_fact_is_refused() -> None:
    schema = json.loads(form("worker.name"))
    schema["properties"]["worker.name"]["x-rows"] = {"item": "worker.shoe_size"}
    found = codes(refused(forms__ask_dot_json=json.dumps(schema)))
    assert found == {("forms/ask.json", "x-rows", "fact_undeclared")}


@pytest.mark.parametrize("name", ["applicant.kind", "worker.name"])
def test_an_urgent_answer_is_a_code_of_its_fact(name: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "string", "x-urgent": ["kim"]}}}
    found = codes(refused(forms__ask_dot_json=json.dumps(schema)))
    assert ("forms/ask.json", name, "form_code") in found


def test_the_green_channel_is_what_makes_a_recognition_urgent() -> None:
    assert forms.urgent_answers(definition()) == (("track.kind", "green"),)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("application.received_on", "2026-11-23", "later_than_today"),
        ("decision.decided_on", "2026-11-23", "later_than_today"),
        ("worker.born_on", "1899-12-31", "day_too_early"),
        ("accident.happened_at", "2200-01-01T00:00:00.000000Z", "day_too_late"),
        ("application.received_on", "2026-11-22", None),
        ("worker.name", "0001-01-01", None),
    ],
)
def test_a_date_told_outside_a_form_is_held_to_what_its_form_asks(name: str, value: str, code: str | None) -> None:
    assert forms.misdated(definition(), name, value, "2026-11-22T01:00:00.000000Z") == code


AT = "2026-11-22T02:00:00.000000Z"
SERVE, WITHDRAW, REGISTER = (
    f"forms/{form}.json" for form in ("serve_paper", "record_withdrawal", "register_application")
)


def problems(form_: str, given: dict[str, Any], **known: Any) -> dict[str, Any]:
    """Give what is wrong with a form of recognition, by field, but for what is missing."""
    try:
        forms.accept(definition(), form_, given, {name.replace("__", "."): each for name, each in known.items()}, AT)
    except InvalidFormError as error:
        return {name: problem for name, problem in error.errors.items() if problem[0] != "required"}
    return {}


def test_only_what_a_list_still_holds_is_offered_and_taken() -> None:
    left = {"service.remaining": ["employer", "agency"]}
    shown = forms.with_rows(forms.schema_of(definition(), SERVE), left)
    assert shown["properties"]["delivery.recipient"]["enum"] == ["employer", "agency"]
    told = {"delivery.recipient": "worker"}
    assert problems(SERVE, told, service__remaining=["employer", "agency"]) == {"delivery.recipient": ("enum", {})}
    assert problems(SERVE, told, service__remaining=["worker"]) == {}
    assert problems(SERVE, told) == {}


@pytest.mark.parametrize(("noted_on", "refused_"), [("2026-11-09", True), ("2026-11-10", False), ("2026-11-11", False)])
def test_a_day_before_the_one_it_follows_is_refused_with_that_day(noted_on: str, refused_: bool) -> None:
    (name,) = (
        name
        for name, field in forms.schema_of(definition(), WITHDRAW)["properties"].items()
        if field.get("x-not-before") == "withdrawal.requested_on"
    )
    found = problems(WITHDRAW, {name: noted_on}, withdrawal__requested_on="2026-11-10")
    assert found == ({name: ("before_other", {"day": "2026-11-10"})} if refused_ else {})


@pytest.mark.parametrize(
    ("born_on", "code"), [("1990-01-01", None), ("1991-01-01", "identity_born"), (None, None), ("soon", None)]
)
def test_a_number_of_a_resident_card_is_held_against_the_day_of_birth(born_on: str | None, code: str | None) -> None:
    given = {
        "worker.identity_kind": "resident_id",
        "worker.identity_number": "53010219900101001X",
        "worker.born_on": born_on,
    }
    found = problems(REGISTER, given)
    assert found.get("worker.identity_number") == (None if code is None else (code, {}))


@pytest.mark.parametrize(("lawful", "taken_up"), [(False, {"delivery.way": "mail"}), (True, {}), (None, {})])
def test_a_form_begins_anew_unless_its_condition_holds(lawful: bool | None, taken_up: dict[str, str]) -> None:
    schema = forms.schema_of(definition(), SERVE)
    known = {"delivery.way": "mail", "delivery.lawful": lawful}
    assert forms.starting(definition(), schema, known, AT) == forms.defaults(schema, AT) | taken_up
