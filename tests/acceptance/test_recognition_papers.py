"""What recognition's papers print that the national forms and the law ask for."""

from pathlib import Path

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
