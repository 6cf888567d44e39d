"""What a form says beside its fields: facts it shows, answers that make a case urgent; and dates it cannot take."""

import json

import pytest

from casework import forms
from tests.acceptance.recognition_case import definition
from tests.unit.test_bundle import codes, refused
from tests.unit.test_check import form


def test_a_form_that_shows_an_undeclared_fact_is_refused() -> None:
    schema = json.loads(form("worker.name")) | {"x-shows": ["worker.name", "worker.shoe_size"]}
    found = codes(refused(forms__ask_dot_json=json.dumps(schema)))
    assert found == {("forms/ask.json", "x-shows", "fact_undeclared")}


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
