"""Documents of a case: issued, kept, read, previewed, sealed."""

from pathlib import Path
from typing import Any

import pytest

import storage.cases as stored_cases
import storage.drafts
import storage.files
import storage.reads
from casework import advance, documents, seals, working
from casework.acts import ActError, Wanted, issue_document
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotFoundError, RefusedError
from engine import Event
from engine.values import encode
from storage import Database
from storage.files import DocumentRow
from tests.integration.paper_cases import (
    ISSUE,
    OFFICE,
    PREPARE,
    PROCESSES,
    a_case,
    a_context,
    a_person,
    facts_of,
    issue,
    want,
)
from tests.pdf import words

SHIPPED = sorted(path.stem for path in (PROCESSES / "documents").glob("*.typ") if path.stem != "paper")
#: What a paper of a case that was decided otherwise needs.
OTHERWISE: dict[str, dict[str, Any]] = {
    "non_recognition_decision": {"decision__result": "not_recognised", "decision__grounds": ["unmet"]},
    "referral_notice": {
        "referral__notified_on": "2026-11-10",
        "referral__text": "用人单位在盘龙区参保。",
        "jurisdiction__office": "530103",
    },
}


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    return a_context(database, tmp_path)


def paper_of(ctx: Context, case: str) -> tuple[DocumentRow, bytes]:
    """Give a case's paper and its bytes."""
    with ctx.database.reading() as tx:
        row = storage.files.get_document(tx, case, ISSUE)
    assert row is not None
    with ctx.files.open(row.sha256) as stream:
        return row, stream.read()


@pytest.mark.parametrize("stem", SHIPPED)
def test_every_paper_is_issued_and_filed(ctx: Context, stem: str) -> None:
    case = a_case(ctx, stem, **OTHERWISE.get(stem, {}))

    assert issue(ctx, case)

    row, data = paper_of(ctx, case)
    facts = facts_of(ctx, case)
    assert (facts[f"{stem}.file"], facts.get(f"{stem}.number")) == (row.sha256, row.number)
    assert words(data).startswith("演示数据，不具法律效力")
    assert row.title in words(data)
    assert ctx.files.verify(row.sha256) == len(data)
    if row.number is not None:
        assert row.number in words(data)


def test_papers_print_labels_and_chinese_days_in_place_of_codes(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision")
    issue(ctx, case)
    text = words(paper_of(ctx, case)[1])
    assert "性别：男" in text
    assert "第十四条第（一）项" in text
    assert "事故时间：2026年10月20日10时30分" in text
    assert "2026年11月6日，昆明春城示例机械有限公司" in text


def test_the_lengths_of_the_remedies_are_those_of_the_day_of_the_paper(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", decision__decided_on="2015-04-30")
    issue(ctx, case)
    assert "3个月内向演示法院（虚构）提起行政诉讼" in words(paper_of(ctx, case)[1])


def test_an_answered_act_files_its_paper_once(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    issue(ctx, case)
    before = paper_of(ctx, case)

    assert not working.carry_out(ctx, case, ISSUE)

    with ctx.database.reading() as tx:
        assert storage.files.documents(tx, case) == [before[0]]


def test_printing_twice_gives_the_same_file(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    want(ctx, case)
    wanted = Wanted(case, ISSUE, OFFICE, {"document": "acceptance_decision"})

    first = issue_document.carry_out(ctx, wanted)
    second = issue_document.carry_out(ctx, wanted)

    assert first.payload == second.payload
    assert len(list(ctx.files.names())) == 1


def test_a_worker_that_dies_before_the_answer_leaves_nothing_filed(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": "acceptance_decision"}))
    with ctx.database.reading() as tx:
        assert storage.files.documents(tx, case) == []

    assert working.carry_out(ctx, case, ISSUE)
    assert paper_of(ctx, case)[0].number == "演示五华工受〔2026〕1号"


def test_a_case_is_known_by_the_number_of_its_acceptance_whatever_paper_came_first(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    with ctx.database.writing() as tx:
        stored_cases.name(tx, case, alias="演示五华工仲告〔2026〕1号", office=OFFICE, at=ctx.now())
    issue(ctx, case)

    with ctx.database.reading() as tx:
        found = stored_cases.of_ids(tx, [case])[case]
    assert found.number == "演示五华工受〔2026〕1号"


def test_a_fact_corrected_while_the_paper_is_printed_stops_the_answer(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    want(ctx, case)
    answer = issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": "acceptance_decision"}))
    advance.submit(ctx, case, Arrival("fact_corrected", "system:test", "corrected", None, {"worker.name": "张炜"}))

    with pytest.raises(issue_document.CaseMovedError), ctx.database.writing() as tx:
        answer.settle(tx)

    assert working.carry_out(ctx, case, ISSUE)
    assert "张炜" in words(paper_of(ctx, case)[1])


def test_a_field_of_the_law_that_is_not_known_stops_the_act_by_name(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", injury__treatment=None)
    want(ctx, case)
    with pytest.raises(ActError, match=r"fact injury\.treatment"):
        working.carry_out(ctx, case, ISSUE)


def test_a_court_nobody_entered_stops_the_act_by_name(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", office="530000", remedy__court=None)
    want(ctx, case)
    with pytest.raises(ActError, match="office court"):
        working.carry_out(ctx, case, ISSUE)


def test_a_paper_that_is_no_template_stops_the_act(ctx: Context) -> None:
    case = a_case(ctx, "../parameters/offices")
    want(ctx, case)
    with pytest.raises(ActError, match="template_unknown"):
        working.carry_out(ctx, case, ISSUE)


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.fixture
def issued(ctx: Context) -> str:
    """A case with an issued decision."""
    case = a_case(ctx, "recognition_decision")
    issue(ctx, case)
    return case


def test_a_paper_is_read_by_who_may_see_the_case(ctx: Context, issued: str) -> None:
    person = a_person(ctx, "wang", "intake")
    opened = documents.read(ctx, person, issued, ISSUE)
    with opened.stream as stream:
        assert stream.read() == paper_of(ctx, issued)[1]
    assert opened.name == "演示五华工认〔2026〕1号认定工伤决定书.pdf"


def test_that_a_paper_was_opened_is_logged(ctx: Context, issued: str) -> None:
    person = a_person(ctx, "wang", "intake")
    documents.read(ctx, person, issued, ISSUE).stream.close()
    with ctx.database.reading() as tx:
        row = storage.reads.of_case(tx, issued)[-1]
        files = storage.reads.files(tx, person, issued, row.hour)
    assert (row.person, row.why) == (person, "document")
    assert files == [paper_of(ctx, issued)[0].sha256]


def test_a_paper_of_another_office_is_not_there(ctx: Context, issued: str) -> None:
    stranger = a_person(ctx, "liu", "intake", office="530103")
    with pytest.raises(NotFoundError):
        documents.read(ctx, stranger, issued, ISSUE)
    with pytest.raises(NotFoundError):
        documents.preview(ctx, stranger, issued, PREPARE)


def test_a_paper_that_was_never_made_is_not_there(ctx: Context, issued: str) -> None:
    with pytest.raises(NotFoundError):
        documents.read(ctx, a_person(ctx, "wang", "intake"), issued, "recognition/work/other")


# --- previewing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", SHIPPED)
def test_a_preview_is_a_draft_without_a_number(ctx: Context, stem: str) -> None:
    case = a_case(ctx, stem)
    text = words(documents.preview(ctx, a_person(ctx, "wang", "intake"), case, PREPARE))
    assert text.startswith("草稿")
    assert "1号" not in text.replace("示例路1号", "").replace("〔2026〕1号", "")
    with ctx.database.reading() as tx:
        assert storage.files.documents(tx, case) == []


def test_a_preview_shows_the_half_filled_form(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", decision__reasons=None)
    person = a_person(ctx, "wang", "intake")
    assert "〔认定理由和依据〕" in words(documents.preview(ctx, person, case, PREPARE))
    with ctx.database.writing() as tx:
        entered = {"decision.reasons": "因工受伤。", "decision.result": 5, "decision.facts": ""}
        storage.drafts.keep(tx, case, PREPARE, person, encode(entered), ctx.now())

    text = words(documents.preview(ctx, person, case, PREPARE))

    assert "因工受伤。" in text
    assert "右手腕着地受伤" in text


def test_a_preview_may_choose_its_paper_by_the_facts(ctx: Context) -> None:
    choice = '"non_recognition_decision" if decision.result == "not_recognised" else "recognition_decision"'
    person = a_person(ctx, "wang", "intake")
    for result, title in (("recognised", "认定工伤决定书"), ("not_recognised", "不予认定工伤决定书")):
        case = a_case(ctx, choice, decision__result=result)
        assert f"（草稿，未编号）{title}" in words(documents.preview(ctx, person, case, PREPARE))


def test_a_draft_that_cannot_be_drawn_is_refused(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision", applicant__name="𰀀田")
    with pytest.raises(RefusedError, match="paper_unprintable"):
        documents.preview(ctx, a_person(ctx, "wang", "intake"), case, PREPARE)


def test_a_task_that_is_closed_has_no_preview(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    want(ctx, case)
    with pytest.raises(NotFoundError):
        documents.preview(ctx, a_person(ctx, "wang", "intake"), case, PREPARE)


# --- sealing -----------------------------------------------------------------------------------------------------


def told_to_be_sealed(ctx: Context, case: str, number: str, by: str) -> None:
    facts = {
        "": {},
        "recognition/serve_decision": {"document.number": [number, 9], "document.seal": ["recognition", 9]},
    }
    with ctx.database.writing() as tx:
        row = stored_cases.get(tx, case)
        assert row is not None
        seals.note(tx, row, facts, Event(9, "task_completed", "2026-12-01T08:00:00.000000Z", by))


def test_a_paper_is_sealed_once(ctx: Context, issued: str) -> None:
    number = str(paper_of(ctx, issued)[0].number)
    told_to_be_sealed(ctx, issued, number, "wang")
    told_to_be_sealed(ctx, issued, number, "li")
    row = paper_of(ctx, issued)[0]
    assert (row.seal, row.sealed_by) == ("recognition", "wang")


def test_a_seal_on_another_paper_is_none_on_this_one(ctx: Context, issued: str) -> None:
    told_to_be_sealed(ctx, issued, "演示五华工认〔2026〕999号", "wang")
    assert paper_of(ctx, issued)[0].seal is None


def test_the_papers_of_a_case_are_listed(ctx: Context, issued: str) -> None:
    with ctx.database.reading() as tx:
        assert [row.title for row in storage.files.documents(tx, issued)] == ["认定工伤决定书"]
