"""What pages say of facts, papers, limits and rows, each piece by itself."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from casework import forms as casework_forms
from casework import library, papers, tasks
from casework.tasks import ShownFact
from engine import Definition
from engine.facts import Fact
from storage.files import DocumentRow
from web import forms, pages
from web.cases import telling
from web.words import COOKIE

_PROCESSES = Path(__file__).resolve().parents[2] / "processes"
_TABLE: dict[str, Any] = {
    "type": "array",
    "x-widget": "table",
    "x-rows": {"item": "supplement.items"},
    "items": {
        "type": "object",
        "properties": {
            "item": {"type": "string", "x-label": "材料"},
            "arrived_on": {"type": "string", "format": "date", "x-label": "到达之日"},
            "pages": {"type": "integer", "x-label": "页数"},
        },
    },
}
_SCHEMA: dict[str, Any] = {"type": "object", "properties": {"supplement.arrivals": _TABLE}}
_DOCUMENTS = {
    "documents/acceptance_decision.typ": "// title: 受理决定书\n// title.en: Acceptance decision\n",
    "documents/delivery_receipt.typ": "// title: 送达回证\n// title.en: Receipt of service\n",
}


def _fact(name: str, kind: str, *, personal: bool = False) -> Fact:
    return Fact(name=name, type=kind, label=name, label_en=name, personal=personal)


def _paper(address: str, template: str, title: str, number: str | None = None) -> DocumentRow:
    return DocumentRow("c1", address, template, title, "0" * 64, "2026-11-06T02:00:00.000000Z", number)


# --- facts


def test_nobody_is_told_on_which_weekday_a_person_was_born() -> None:
    assert pages.declared("1990-01-01", _fact("worker.born_on", "date", personal=True)) == "1990-01-01"
    assert pages.declared("2026-11-06", _fact("application.received_on", "date")) == "2026-11-06 周五"


def test_what_speaks_against_an_answer_is_told_apart_from_what_a_task_rests_on() -> None:
    ground, objection = (ShownFact(_fact(name, "text"), "x", {}) for name in ("draft.grounds", "draft.objection"))
    assert telling.parted([ground, objection]) == ([objection], [ground])


def test_records_that_a_task_rests_on_are_shown_by_their_labels() -> None:
    definition = Definition("recognition", library.sources(_PROCESSES))
    known = {"tolling.periods": [{"began_on": "2025-05-01", "ended_on": "2025-10-01", "ground": "force_majeure"}]}
    (shown,) = tasks._shown(definition, {"x-shows": ["tolling.periods"]}, known, {})
    assert [telling.heading(each) for each in shown.columns] == ["事由", "起", "止"]
    assert telling.cell(shown.columns[0], "force_majeure", {}) == "不可抗力"


# --- papers


def test_a_receipt_is_called_after_the_paper_it_is_for() -> None:
    rows = [
        _paper("r/issue", "acceptance_decision", "受理决定书", "示例受〔2026〕1号"),
        _paper("r/serve/receipt", "delivery_receipt", "送达回证"),
        _paper("r/serve#2/receipt", "delivery_receipt", "送达回证"),
    ]
    issued = papers.issued(Definition("r", _DOCUMENTS), rows, {"r/serve": "示例受〔2026〕1号", "r/serve#2": "别的"})
    assert [each.title["zh"] for each in issued] == ["受理决定书", "送达回证（受理决定书）", "送达回证"]
    assert [each.title["en"] for each in issued][:2] == [
        "Acceptance decision",
        "Receipt of service (Acceptance decision)",
    ]


def test_a_paper_whose_template_is_gone_keeps_the_name_it_was_issued_under() -> None:
    (issued,) = papers.issued(Definition("r", {}), [_paper("r/issue", "old_notice", "旧告知书")], {})
    assert issued.title == {"zh": "旧告知书", "en": "旧告知书"}


# --- rows of a table


def _with_rows(*items: str) -> dict[str, Any]:
    return casework_forms.with_rows(_SCHEMA, {"supplement.items": list(items)})


def _rows(schema: dict[str, Any], values: dict[str, Any]) -> list[Any]:
    ((_heading, (table,)),) = forms.build(schema, values, {"supplement.arrivals"}).groups
    return [[cell.value for cell in row] for row in table.rows]


def test_a_table_begins_with_a_row_for_each_thing_that_was_asked_for() -> None:
    assert _rows(_with_rows("diagnosis", "identity"), {}) == [["diagnosis", "", ""], ["identity", "", ""]]


def test_a_row_that_is_there_is_not_begun_a_second_time() -> None:
    known = {"supplement.arrivals": [{"item": "identity", "arrived_on": "2026-11-06"}]}
    assert _rows(_with_rows("diagnosis", "identity"), known) == [["identity", "2026-11-06", ""], ["diagnosis", "", ""]]


def test_a_table_whose_fact_is_not_known_begins_with_one_empty_row() -> None:
    assert _rows(casework_forms.with_rows(_SCHEMA, {}), {}) == [["", "", ""]]


def test_a_row_that_nobody_filled_in_is_no_row() -> None:
    row = "supplement.arrivals[{}].{}"
    posted = forms.Posted(
        [("supplement.arrivals._row", "0"), ("supplement.arrivals._row", "1")]
        + [(row.format(n, "item"), item) for n, item in enumerate(("diagnosis", "identity"))]
        + [(row.format(1, "arrived_on"), "2026-11-06")]
    )
    read = forms.read(_with_rows("diagnosis", "identity"), posted, lambda _: {"supplement.arrivals"})
    assert read == {"supplement.arrivals": [{"item": "identity", "arrived_on": "2026-11-06"}]}


def test_a_column_of_numbers_is_narrow() -> None:
    ((_heading, (table,)),) = forms.build(_SCHEMA, {}, set()).groups
    assert [each.narrow for each in table.columns] == [False, False, True]


# --- amounts


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("20000", "20000.00"),
        ("20,000.5", "20000.50"),
        ("0.05", "0.05"),
        ("2,00", "2,00"),
        ("1.234", "1.234"),
        ("-1", "-1"),
    ],
)
def test_an_amount_is_read_with_two_decimals_and_what_is_none_stays_as_typed(typed: str, read: str) -> None:
    schema = {"properties": {"cost": {"type": "string", "x-widget": "money"}}}
    assert forms.read(schema, forms.Posted([("cost", typed)]), lambda _: {"cost"}) == {"cost": read}


# --- English


def test_a_holiday_is_named_in_the_readers_language() -> None:
    with Flask(__name__).test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        assert telling._holiday("国庆节") == "National Day"
        assert telling._holiday(None) == ""
