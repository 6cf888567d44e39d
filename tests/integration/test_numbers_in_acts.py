"""Numbers of papers: neither gap nor double, whatever fails where, and of the year of the legal date."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import storage.acts
import storage.bases
import storage.cases
import storage.entries
import storage.numbers
from casework import advance, documents, history, library, working
from casework.acts import ActError, Wanted, issue_document
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from engine.values import decode, digest, encode
from storage import Database
from storage.errors import NumberError
from storage.numbers import NumberRow
from tests.integration.paper_cases import ISSUE, OFFICE, Clock, a_case, a_context, a_person, issue, want

STEM = "acceptance_decision"
FUTURE = "2030-01-01T00:00:00.000000Z"


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    return a_context(database, tmp_path)


def number_of(ctx: Context, case: str) -> NumberRow:
    with ctx.database.reading() as tx:
        row = storage.numbers.get(tx, case, ISSUE)
    assert row is not None
    return row


def state_of(ctx: Context, case: str) -> tuple[int, str, str | None]:
    row = number_of(ctx, case)
    return row.n, row.state, row.text


def change_parameters(ctx: Context, change: Callable[[dict[str, Any]], None]) -> None:
    """Put a changed basis in force."""
    with ctx.database.reading() as tx:
        _hash, basis = library.newest_basis(ctx, tx)
    value = decode(encode(basis.value))
    change(value["parameters"])
    data = encode(value)
    with ctx.database.writing() as tx:
        storage.bases.put(tx, digest(data), data=data, at=ctx.now())


def stop(ctx: Context, case: str) -> None:
    """Take the act away from under the worker, as a withdrawal does."""
    arrival = Arrival("message_received", "system:message", f"message:{case}", "message:stop")
    advance.submit(ctx, case, arrival)


def test_papers_of_an_office_are_numbered_without_gap(ctx: Context) -> None:
    cases = [a_case(ctx, STEM) for _ in range(3)]
    assert all(issue(ctx, case) for case in cases)
    assert [state_of(ctx, case) for case in cases] == [(n, "issued", f"演示五华工受〔2026〕{n}号") for n in (1, 2, 3)]


def test_each_office_and_each_series_counts_for_itself(ctx: Context) -> None:
    cases = [a_case(ctx, STEM), a_case(ctx, STEM, office="530103"), a_case(ctx, "recognition_decision")]
    for case in cases:
        issue(ctx, case)
    assert [number_of(ctx, case).text for case in cases] == [
        "演示五华工受〔2026〕1号",
        "演示盘龙工受〔2026〕1号",
        "演示五华工认〔2026〕1号",
    ]


def test_the_case_is_known_under_the_number(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    issue(ctx, case)
    with ctx.database.reading() as tx:
        assert storage.cases.by_number(tx, "演示五华工受〔2026〕1号") == case


@pytest.mark.parametrize("paper", ["application_form", "delivery_receipt"])
def test_a_paper_without_a_series_takes_no_number(ctx: Context, paper: str) -> None:
    case = a_case(ctx, paper)
    assert issue(ctx, case)
    with ctx.database.reading() as tx:
        assert storage.numbers.of_case(tx, case) == []


# --- the year ----------------------------------------------------------------------------------------------------


def test_number_of_new_year(ctx: Context) -> None:
    """Half past midnight on New Year's Day in Shanghai is still the old year in UTC."""
    assert isinstance(ctx.clock, Clock)
    ctx.clock.moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    case = a_case(ctx, "evidence_notice")
    issue(ctx, case)
    assert number_of(ctx, case).text == "演示五华工举〔2027〕1号"


def test_the_last_minutes_of_the_year_in_shanghai_are_the_old_year(ctx: Context) -> None:
    assert isinstance(ctx.clock, Clock)
    ctx.clock.moment = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    case = a_case(ctx, "evidence_notice")
    issue(ctx, case)
    assert number_of(ctx, case).year == 2026


def test_a_decision_of_the_old_year_issued_in_the_new_one_is_numbered_in_the_old(ctx: Context) -> None:
    assert isinstance(ctx.clock, Clock)
    ctx.clock.moment = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
    case = a_case(ctx, "recognition_decision", decision__decided_on="2026-12-31")
    issue(ctx, case)
    assert number_of(ctx, case).text == "演示五华工认〔2026〕1号"


def test_a_retry_in_the_new_year_keeps_the_number_of_the_old(ctx: Context) -> None:
    assert isinstance(ctx.clock, Clock)
    ctx.clock.moment = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    case = a_case(ctx, "evidence_notice")
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": "evidence_notice"}))
    ctx.clock.moment = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    assert working.carry_out(ctx, case, ISSUE)
    assert number_of(ctx, case).text == "演示五华工举〔2026〕1号"


def test_a_date_moved_into_another_year_after_the_reservation_stops_the_act(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", decision__decided_on="2026-12-31")
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": "recognition_decision"}))
    moved = Arrival("fact_corrected", "system:test", "corrected", None, {"decision.decided_on": "2027-01-04"})
    advance.submit(ctx, case, moved)
    with pytest.raises(ActError, match="演示五华工认〔2026〕1号 is not of the year of 2027-01-04"):
        working.carry_out(ctx, case, ISSUE)


# --- what fails where --------------------------------------------------------------------------------------------


def test_a_worker_killed_after_the_reservation_finds_the_same_number(ctx: Context) -> None:
    case, other = a_case(ctx, STEM), a_case(ctx, STEM)
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": STEM}))
    assert state_of(ctx, case) == (1, "reserved", None)

    issue(ctx, other)
    assert working.carry_out(ctx, case, ISSUE)

    assert (number_of(ctx, case).n, number_of(ctx, other).n) == (1, 2)


def test_a_paper_that_cannot_be_printed_keeps_its_number_for_the_retry(ctx: Context) -> None:
    case, other = a_case(ctx, "recognition_decision", injury__treatment=None), a_case(ctx, "recognition_decision")
    want(ctx, case)
    for _ in range(2):
        with pytest.raises(ActError):
            working.carry_out(ctx, case, ISSUE)
    issue(ctx, other)
    corrected = Arrival("fact_corrected", "system:test", "corrected", None, {"injury.treatment": "石膏固定"})
    advance.submit(ctx, case, corrected)

    assert working.carry_out(ctx, case, ISSUE)

    assert (number_of(ctx, case).n, number_of(ctx, other).n) == (1, 2)


def test_an_answer_that_is_rolled_back_settles_nothing(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    want(ctx, case)
    answer = issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": STEM}))

    def settle_and_fail() -> None:
        with ctx.database.writing() as tx:
            answer.settle(tx)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        settle_and_fail()
    assert state_of(ctx, case) == (1, "reserved", None)
    assert working.carry_out(ctx, case, ISSUE)
    assert state_of(ctx, case)[1] == "issued"


def test_papers_issued_at_once_get_different_numbers(ctx: Context) -> None:
    cases = [a_case(ctx, STEM) for _ in range(6)]
    for case in cases:
        want(ctx, case)
    with ThreadPoolExecutor(max_workers=3) as pool:
        assert all(pool.map(lambda case: working.carry_out(ctx, case, ISSUE), cases))
    assert sorted(number_of(ctx, case).n for case in cases) == [1, 2, 3, 4, 5, 6]


def test_one_act_carried_out_by_two_workers_takes_one_number(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    want(ctx, case)
    wanted = Wanted(case, ISSUE, OFFICE, {"document": STEM})
    answers = [issue_document.carry_out(ctx, wanted) for _ in range(2)]
    assert answers[0].payload == answers[1].payload
    with ctx.database.reading() as tx:
        assert len(storage.numbers.of_case(tx, case)) == 1


# --- parameters --------------------------------------------------------------------------------------------------


def test_a_word_nobody_entered_stops_the_act_by_name(database: Database, tmp_path: Path) -> None:
    ctx = a_context(database, tmp_path, parameter_set=None)
    case = a_case(ctx, STEM)
    want(ctx, case)
    with pytest.raises(ActError, match="number_series is not set for office 530102"):
        working.carry_out(ctx, case, ISSUE)
    with ctx.database.reading() as tx:
        assert storage.numbers.of_case(tx, case) == []


def test_an_office_without_its_word_stops_the_act_by_name(ctx: Context) -> None:
    def forget(parameters: dict[str, Any]) -> None:
        parameters["number_office"]["values"] = []

    change_parameters(ctx, forget)
    case = a_case(ctx, STEM)
    want(ctx, case)
    with pytest.raises(ActError, match="number_office is not set for office 530102"):
        working.carry_out(ctx, case, ISSUE)


def test_a_pattern_may_ask_for_leading_zeros(ctx: Context) -> None:
    def pad(parameters: dict[str, Any]) -> None:
        parameters["number_pattern"]["values"] = [{"value": "第{year}16{n:04}号", "office": OFFICE}]

    change_parameters(ctx, pad)
    case = a_case(ctx, STEM)
    issue(ctx, case)
    assert number_of(ctx, case).text == "第2026160001号"


def test_papers_that_share_a_pattern_share_a_count(ctx: Context) -> None:
    def share(parameters: dict[str, Any]) -> None:
        parameters["number_pattern"]["values"] = [{"value": "{office}〔{year}〕{n}号"}]

    change_parameters(ctx, share)
    cases = [a_case(ctx, STEM), a_case(ctx, "recognition_decision")]
    for case in cases:
        issue(ctx, case)
    assert [number_of(ctx, case).text for case in cases] == ["演示五华〔2026〕1号", "演示五华〔2026〕2号"]


@pytest.mark.parametrize("pattern", ["{office}{series}〔{year}〕号", "{office}{series}{n}号", "{n.__class__}{year}"])
def test_a_pattern_that_would_give_a_number_twice_is_refused(ctx: Context, pattern: str) -> None:
    def spoil(parameters: dict[str, Any]) -> None:
        parameters["number_pattern"]["values"] = [{"value": pattern}]

    change_parameters(ctx, spoil)
    case = a_case(ctx, STEM)
    want(ctx, case)
    with pytest.raises(ActError, match="number_pattern"):
        working.carry_out(ctx, case, ISSUE)


def test_a_pattern_changed_after_the_reservation_leaves_the_number_as_it_was(ctx: Context) -> None:
    def change(parameters: dict[str, Any]) -> None:
        parameters["number_pattern"]["values"] = [{"value": "新{office}{series}〔{year}〕{n}号"}]

    case = a_case(ctx, STEM)
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": STEM}))
    change_parameters(ctx, change)
    assert working.carry_out(ctx, case, ISSUE)
    assert number_of(ctx, case).text == "演示五华工受〔2026〕1号"


# --- void --------------------------------------------------------------------------------------------------------


@pytest.fixture
def reserved(ctx: Context) -> str:
    """A case whose act has a number and cannot be finished."""
    case = a_case(ctx, "recognition_decision", injury__treatment=None)
    want(ctx, case)
    with pytest.raises(ActError):
        working.carry_out(ctx, case, ISSUE)
    return case


def test_a_number_is_made_void_with_a_reason_that_stands_in_the_history(ctx: Context, reserved: str) -> None:
    head = a_person(ctx, "zhou", "head")
    documents.void(ctx, head, reserved, ISSUE, "文书作废重拟", "token-1")
    row = number_of(ctx, reserved)
    assert (row.state, row.reason) == ("void", "文书作废重拟")
    with ctx.database.reading() as tx:
        entry = storage.entries.read(tx, reserved)[-1]
        event, _effects = advance.read_event(tx, entry)
    assert (entry.kind, entry.actor, entry.address) == ("number_voided", head, ISSUE)
    assert event.payload == {"number.text": "演示五华工认〔2026〕1号", "number.reason": "文书作废重拟"}


def test_a_second_click_makes_nothing_void_again(ctx: Context, reserved: str) -> None:
    head = a_person(ctx, "zhou", "head")
    for _ in range(2):
        documents.void(ctx, head, reserved, ISSUE, "文书作废重拟", "token-1")
    with ctx.database.reading() as tx:
        assert [row.kind for row in storage.entries.read(tx, reserved)].count("number_voided") == 1


def test_a_void_number_is_not_made_void_again(ctx: Context, reserved: str) -> None:
    head = a_person(ctx, "zhou", "head")
    documents.void(ctx, head, reserved, ISSUE, "文书作废重拟", "token-1")
    with pytest.raises(NotFoundError):
        documents.void(ctx, head, reserved, ISSUE, "另一理由", "token-2")
    assert number_of(ctx, reserved).reason == "文书作废重拟"


def test_a_paper_whose_number_is_void_is_given_the_next_one(ctx: Context, reserved: str) -> None:
    documents.void(ctx, a_person(ctx, "zhou", "head"), reserved, ISSUE, "文书作废重拟", "token-1")
    corrected = Arrival("fact_corrected", "system:test", "corrected", None, {"injury.treatment": "石膏固定"})
    advance.submit(ctx, reserved, corrected)

    assert working.carry_out(ctx, reserved, ISSUE)

    assert state_of(ctx, reserved) == (2, "issued", "演示五华工认〔2026〕2号")
    head = a_person(ctx, "wu", "head")
    assert [(row.n, row.state, row.act) for row in documents.numbers(ctx, head, reserved)] == [
        (1, "void", ISSUE),
        (2, "issued", ISSUE),
    ]
    assert history.verify(ctx).faults == []


def test_a_paper_may_lose_its_number_more_than_once(ctx: Context, reserved: str) -> None:
    head = a_person(ctx, "zhou", "head")
    for n in range(1, 12):
        assert state_of(ctx, reserved)[:2] == (n, "reserved")
        documents.void(ctx, head, reserved, ISSUE, "文书作废重拟", f"token-{n}")
        with pytest.raises(ActError):
            working.carry_out(ctx, reserved, ISSUE)
    stop(ctx, reserved)
    assert documents.void_abandoned(ctx, FUTURE) == 1
    assert {row.state for row in documents.numbers(ctx, head, reserved)} == {"void"}


def test_a_paper_moved_into_another_year_is_numbered_there_once_its_number_is_void(ctx: Context) -> None:
    case = a_case(ctx, "recognition_decision", decision__decided_on="2026-12-31")
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": "recognition_decision"}))
    moved = Arrival("fact_corrected", "system:test", "corrected", None, {"decision.decided_on": "2027-01-04"})
    advance.submit(ctx, case, moved)
    documents.void(ctx, a_person(ctx, "zhou", "head"), case, ISSUE, "决定日期更正至下一年度", "token-1")
    assert working.carry_out(ctx, case, ISSUE)
    assert number_of(ctx, case).text == "演示五华工认〔2027〕1号"


def test_a_number_made_void_while_its_paper_is_printed_stands_on_no_paper(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    want(ctx, case)
    answer = issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": STEM}))
    documents.void(ctx, a_person(ctx, "zhou", "head"), case, ISSUE, "文书作废重拟", "token-1")
    with pytest.raises(NumberError), ctx.database.writing() as tx:
        answer.settle(tx)
    assert working.carry_out(ctx, case, ISSUE)
    assert state_of(ctx, case)[:2] == (2, "issued")


def test_a_void_number_is_never_given_again(ctx: Context, reserved: str) -> None:
    documents.void(ctx, a_person(ctx, "zhou", "head"), reserved, ISSUE, "文书作废重拟", "token-1")
    other = a_case(ctx, "recognition_decision")
    issue(ctx, other)
    assert number_of(ctx, other).n == 2


def test_only_who_leads_the_office_makes_a_number_void(ctx: Context, reserved: str) -> None:
    with pytest.raises(NotAllowedError):
        documents.void(ctx, a_person(ctx, "wang", "intake"), reserved, ISSUE, "文书作废重拟", "token-1")
    with pytest.raises(NotFoundError):
        documents.void(ctx, a_person(ctx, "liu", "head", office="530103"), reserved, ISSUE, "作废", "token-2")
    assert number_of(ctx, reserved).state == "reserved"


def test_no_number_is_made_void_without_a_reason_or_once_it_stands_on_a_paper(ctx: Context, reserved: str) -> None:
    head = a_person(ctx, "zhou", "head")
    with pytest.raises(RefusedError):
        documents.void(ctx, head, reserved, ISSUE, "  ", "token-1")
    done = a_case(ctx, STEM)
    issue(ctx, done)
    with pytest.raises(RefusedError):
        documents.void(ctx, head, done, ISSUE, "作废", "token-2")
    with pytest.raises(NotFoundError):
        documents.void(ctx, head, done, "recognition/work/other", "作废", "token-3")


def test_a_case_that_was_withdrawn_meanwhile_leaves_a_void_number(ctx: Context, reserved: str) -> None:
    assert documents.void_abandoned(ctx, FUTURE) == 0
    stop(ctx, reserved)
    assert not working.carry_out(ctx, reserved, ISSUE)

    assert documents.void_abandoned(ctx, FUTURE) == 1

    row = number_of(ctx, reserved)
    assert (row.state, row.reason) == ("void", "案件不再需要该文书")
    assert documents.void_abandoned(ctx, FUTURE) == 0


def test_a_paper_whose_case_moved_on_between_printing_and_answer_is_not_filed(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    want(ctx, case)
    issue_document.carry_out(ctx, Wanted(case, ISSUE, OFFICE, {"document": STEM}))
    stop(ctx, case)
    assert not working.carry_out(ctx, case, ISSUE)
    assert documents.void_abandoned(ctx, FUTURE) == 1
    assert state_of(ctx, case) == (1, "void", None)


def test_an_issued_number_stays_what_it_is(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    issue(ctx, case)
    with pytest.raises(NumberError), ctx.database.writing() as tx:
        storage.numbers.void(tx, case, ISSUE, reason="作废", at=ctx.now())


def test_cases_with_issued_and_void_numbers_verify_and_replay(ctx: Context, reserved: str) -> None:
    documents.void(ctx, a_person(ctx, "zhou", "head"), reserved, ISSUE, "文书作废重拟", "token-1")
    issue(ctx, a_case(ctx, STEM))
    assert history.verify(ctx).faults == []
    replayed = history.replay(ctx)
    assert (replayed.cases, replayed.identical, replayed.diverged) == (2, 2, [])
