"""What recognition's papers print that the national forms and the law ask for."""

from pathlib import Path

import pytest

import storage.files
from casework.context import Context
from handlers.law import Value
from storage import Database
from tests.integration.paper_cases import ISSUE, a_case, a_context, issue
from tests.pdf import words


def printed(ctx: Context, stem: str, **facts: Value) -> str:
    """Give the text of a paper of a decided case with these facts, without spaces."""
    case = a_case(ctx, stem, **facts)
    assert issue(ctx, case)
    with ctx.database.reading() as tx:
        row = storage.files.get_document(tx, case, ISSUE)
    assert row is not None
    with ctx.files.open(row.sha256) as stream:
        return words(stream.read())


def sheets_of(ctx: Context, **facts: Value) -> list[str]:
    """Give the text of each sheet of the receipt of a service with these facts, without spaces."""
    return printed(ctx, "delivery_receipt", **facts).split("说明：")[:-1]


def test_the_application_form_prints_the_post_and_the_time_of_exposure(database: Database, tmp_path: Path) -> None:
    text = printed(
        a_context(database, tmp_path),
        "application_form",
        accident__kind="occupational_disease",
        disease__name="职业性尘肺病",
        disease__hazard_post="采掘工",
        disease__hazard_time="2009年3月至2024年8月",
    )
    assert "采掘工" in text
    assert "2009年3月至2024年8月" in text


def test_the_application_form_leaves_both_empty_where_there_is_no_disease(database: Database, tmp_path: Path) -> None:
    text = printed(a_context(database, tmp_path), "application_form")
    assert "危害岗位" in text
    assert "采掘工" not in text


@pytest.mark.parametrize(("applicant", "at_the_address"), [("worker", ["worker"]), ("employer", ["employer"])])
def test_a_receipt_prints_where_those_are_served_who_confirmed_an_address(
    database: Database, tmp_path: Path, applicant: str, at_the_address: list[str]
) -> None:
    recipients = ["worker", "employer", "agency"]
    known = {"service__recipients": recipients, "document__title": "认定工伤决定书", "applicant__kind": applicant}
    sheets = sheets_of(a_context(database, tmp_path), **known, service_address__line="示例路1号")
    assert [
        who for who, sheet in zip(recipients, sheets, strict=True) if "送达地点示例路1号" in sheet
    ] == at_the_address


def test_a_receipt_leaves_the_place_open_where_no_address_is_known(database: Database, tmp_path: Path) -> None:
    known = {"service__recipients": ["authority"], "document__title": "工伤认定委托调查函"}
    (sheet,) = sheets_of(a_context(database, tmp_path), **known, applicant__kind=None, service_address__line=None)
    assert "送达地点送达方式" in sheet
