"""What a form says beside its fields: facts it shows, answers that make a case urgent; and dates it cannot take."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from casework import forms
from casework.errors import InvalidFormError
from tests.acceptance.recognition_case import definition
from tests.diagrams import call, user
from tests.unit.test_bundle import codes, main, refused
from tests.unit.test_check import form


def asking(**annotations: Any) -> dict[str, Any]:
    """Write a form that asks for the worker's name, with these annotations of the form."""
    schema: dict[str, Any] = json.loads(form("worker.name"))
    return schema | {name.replace("_", "-"): told for name, told in annotations.items()}


def asking_with(**annotations: Any) -> dict[str, Any]:
    """Write that form with these annotations of its field."""
    schema = asking()
    schema["properties"]["worker.name"] |= {name.replace("_", "-"): told for name, told in annotations.items()}
    return schema


def found_in(schema: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return codes(refused(forms__ask_dot_json=json.dumps(schema)))


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ("x_among", "worker.shoe_size"),
        ("x_identity_born", "worker.shoe_size"),
        ("x_identity_kind", "worker.shoe_size"),
        ("x_not_before", "worker.shoe_size"),
        ("x_rows", {"item": "worker.shoe_size"}),
        ("x_visible_when", "known(worker.shoe_size)"),
    ],
)
def test_a_field_whose_annotation_names_an_undeclared_fact_is_refused(annotation: str, told: Any) -> None:
    found = refused(forms__ask_dot_json=json.dumps(asking_with(**{annotation: told})))
    ((file, field, code, reason),) = found
    assert (file, field, code) == ("forms/ask.json", "worker.name", "fact_undeclared")
    assert "worker.shoe_size" in reason


@pytest.mark.parametrize(
    ("annotation", "told"),
    [("x_shows", ["worker.name", "worker.shoe_size"]), ("x_fresh_unless", "worker.shoe_size == 42")],
)
def test_a_form_whose_annotation_names_an_undeclared_fact_is_refused(annotation: str, told: Any) -> None:
    name = annotation.replace("_", "-")
    assert found_in(asking(**{annotation: told})) == {("forms/ask.json", name, "fact_undeclared")}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (asking(x_show=["worker.name"]), "x-show"),
        (asking(x_not_later=True), "x-not-later"),
        (asking_with(x_visible_if="known(a.b)"), "worker.name"),
        (asking_with(x_shows=["a.b"]), "worker.name"),
        (asking_with(items={"properties": {"item": {"x-lable": "项目"}}}), "worker.name.item"),
        (asking_with(items={"properties": {"item": {"x-visible-when": "known(a.b)"}}}), "worker.name.item"),
    ],
)
def test_an_annotation_that_nothing_there_reads_is_refused(schema: Mapping[str, Any], place: str) -> None:
    assert found_in(schema) == {("forms/ask.json", place, "form_annotation")}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (asking(x_shows="worker.name"), "x-shows"),
        (asking(x_fresh_unless=True), "x-fresh-unless"),
        (asking(x_fresh_unless="worker.name =="), "x-fresh-unless"),
        (asking_with(x_rows=["worker.name"]), "worker.name"),
        (asking_with(x_among=["worker.name"]), "worker.name"),
        (asking_with(x_urgent=1), "worker.name"),
    ],
)
def test_an_annotation_of_another_shape_is_refused(schema: Mapping[str, Any], place: str) -> None:
    assert found_in(schema) == {("forms/ask.json", place, "form")}


def test_a_text_no_fact_can_have_is_refused_in_every_condition_of_a_form() -> None:
    assert found_in(asking(x_fresh_unless="applicant.kind == 'knn'")) == {
        ("forms/ask.json", "x-fresh-unless", "code_unknown")
    }


@pytest.mark.parametrize("setting", ["keep__worker__shoe_size", "keep__worker__name"])
def test_a_call_that_keeps_an_undeclared_fact_is_refused(setting: str) -> None:
    told = "worker.name" if setting.endswith("shoe_size") else "worker.shoe_size"
    found = codes(refused(p_dot_bpmn=main(call("serve", called="serve", **{setting: told}), names=("serve",))))
    assert ("p.bpmn", "serve", "fact_undeclared") in found


@pytest.mark.parametrize(
    ("preview", "code"),
    [
        ('"notice" if known(worker.shoe_size) else "notice"', "fact_undeclared"),
        ('"notice" if known(a.b) else "letter"', "file_missing"),
        ("letter", "file_missing"),
        ('"notice" if else', "expression_syntax"),
    ],
)
def test_a_preview_names_declared_facts_and_papers_that_are_there(preview: str, code: str) -> None:
    found = codes(refused(p_dot_bpmn=main(user("ask", form="ask", preview=preview), names=("ask",))))
    assert code in {each[2] for each in found}


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


@pytest.mark.parametrize("value", [{}, "2199-01-01", []])
def test_a_value_without_a_name_is_held_against_nothing(value: Any) -> None:
    told = {"application.received_on": "2026-11-06", "delivery.recipient": "worker", "": value}
    assert problems(SERVE, told).keys() == {"", "application.received_on"}
    assert problems(REGISTER, {"worker.identity_number": "53010219900101001X", "": value}).keys() == {""}


@pytest.mark.parametrize("codes", [{}, 1, "worker"])
def test_what_is_no_list_is_refused_as_that_and_leaves_the_codes_as_they_are(codes: Any) -> None:
    assert problems(SERVE, {"delivery.recipient": "worker", "service.remaining": codes}).keys() == {"service.remaining"}
