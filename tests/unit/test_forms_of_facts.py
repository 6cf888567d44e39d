"""The form of one fact, for correcting it, and the columns of a list of records, for showing it."""

from pathlib import Path

import pytest

from casework import forms, library
from engine import Definition
from engine.bundle import bundle
from engine.elements import declarations

_PROCESSES = Path(__file__).resolve().parents[2] / "processes"


@pytest.fixture(scope="module")
def recognition() -> Definition:
    return bundle("recognition", library.sources(_PROCESSES))


def test_a_fact_is_asked_for_as_its_form_asks_whatever_the_condition_there(recognition: Definition) -> None:
    schema = forms.of_fact(recognition, "arrangement.unit", {}, {})
    field = schema["properties"]["arrangement.unit"]
    assert field["x-label-en"]
    assert "x-visible-when" not in field
    assert schema["required"] == ["arrangement.unit"]


def test_a_fact_no_form_asks_for_is_asked_by_its_declaration(recognition: Definition) -> None:
    field = forms.of_fact(recognition, "supplement.objection", {}, {})["properties"]["supplement.objection"]
    assert field["enum"] == list(declarations(recognition)["supplement.objection"].codes)
    assert field["x-codes"]["nothing_named"]["en"] == "No material is named"


def test_a_file_is_chosen_among_those_of_the_case(recognition: Definition) -> None:
    files = {"0" * 64: "receipt.pdf"}
    field = forms.of_fact(recognition, "delivery.receipt", {}, files)["properties"]["delivery.receipt"]
    assert field["enum"] == ["0" * 64]
    assert field["x-codes"] == files
    assert "x-widget" not in field


def test_records_a_form_asks_for_have_its_columns_in_its_order(recognition: Definition) -> None:
    columns = forms.columns(recognition, "archive.catalogue", ["pages", "title"])
    assert [(each.key, each.label and each.label["en"]) for each in columns] == [("title", "Item"), ("pages", "Pages")]


def test_records_a_rule_keeps_are_named_by_the_facts_they_were_made_from(recognition: Definition) -> None:
    keys = ["acted_on", "deemed_on", "recipient", "review_until", "way"]
    columns = {each.key: each for each in forms.columns(recognition, "decision_service.receipts", keys)}
    assert list(columns) == ["recipient", "way", "acted_on", "deemed_on", "review_until"]
    assert columns["way"].codes["direct"]["zh"] == "直接送达"
    assert columns["deemed_on"].label == {"zh": "视为送达之日", "en": "Deemed served on"}
    assert columns["deemed_on"].type == "date"
    assert columns["review_until"].label is None
