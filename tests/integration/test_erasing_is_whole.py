"""Erasing is whole: a mark is typed into every field of a case, everything is erased, and the mark is nowhere.

Looked into are every column of every table and every file. What is kept is named in ``casework.erasing`` and here.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

import storage.incidents
import storage.messages
import storage.people
from casework import (
    cases,
    documents,
    erasing,
    history,
    incidents,
    interventions,
    materials,
    proposals,
    recusal,
    sign_ins,
    tasks,
    working,
)
from casework.acts import ActError
from casework.context import Context
from casework.errors import IncidentError, RefusedError, TakenError
from storage import Database
from storage.messages import MessageRow
from storage.tables import metadata
from tests.errand import APPROVE, CHECK, CHECKED, DONE, HERE, INSPECT, REGISTER, REGISTERED, Office, an_office
from tests.integration import paper_cases
from tests.integration.paper_cases import ISSUE
from tests.panel import Desk, a_desk

MARK = "马可留此"
#: In reasons and orders that are kept.
KEPT = "依令存照"
SCAN = b"%PDF-1.7 " + MARK.encode()


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as made:
        yield made


def where(ctx: Context, mark: str = MARK) -> set[str]:
    """Name the columns and the files that hold a mark."""
    with ctx.database.reading() as tx:
        found = {
            f"{table.name}.{column}"
            for table in metadata.sorted_tables
            for row in tx.connection.execute(select(table)).mappings()
            for column, value in row.items()
            if mark in (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
        }
    lying = [path for path in ctx.files.folder.rglob("*") if path.is_file()]
    return found | {"a file" for path in lying if mark.encode() in path.read_bytes()}


def erase_all(ctx: Context, case: str, *, by: str, second: str) -> None:
    """Order that everything be erased that a case offers, twice: what was said to have it erased goes too."""
    for token in ("first order", "second order"):
        offered = erasing.erasable(ctx, by, case)
        fields = {field.name: None for field in offered.fields}
        reason = MARK if token == "first order" else KEPT
        proposal = erasing.propose(
            ctx, by, case, fields, files=offered.files, order=KEPT, ground=KEPT, reason=reason, token=token
        )
        erasing.erase(ctx, second, case, proposal)


def prove(ctx: Context, case: str) -> None:
    """Demand that the chains hold, and that replay says erased, not diverged."""
    assert history.verify(ctx).faults == []
    replayed = history.replay(ctx)
    assert (replayed.erased, replayed.diverged) == ([case], [])


def hand_in(office: Office, case: str, data: bytes = SCAN) -> str:
    row = materials.add(
        office.ctx,
        "wang",
        case,
        BytesIO(data),
        name=f"{MARK}.pdf",
        media_type="application/pdf",
        kind=MARK,
        token=office.token(),
    )
    return row.id


# --- the desk -----------------------------------------------------------------------------------------------------


def speak_beside_the_way(office: Office, case: str) -> None:
    """Type the mark into everything that can be said of an open case beside its tasks."""
    ctx = office.ctx
    cases.comment(ctx, "li", case, MARK, office.token())
    hand_in(office, case)
    tasks.reassign(ctx, "lu", case, INSPECT, to="li", reason=MARK, token=office.token())
    for concerning, granted in (("qian", True), ("feng", False)):
        asked = recusal.ask(
            ctx, "zhou", case, concerning=concerning, ground=MARK, party=f"{MARK}之妻", token=office.token()
        )
        recusal.decide(ctx, "lu", case, asked, granted=granted, reason=MARK, token=office.token())
    correction = interventions.propose_correction(
        ctx, "zhou", case, {"errand.title": f"{MARK}甲"}, reason=MARK, token=office.token()
    )
    interventions.review(ctx, "li", case, interventions.confirm(ctx, "lu", case, correction), MARK)
    declined = interventions.propose_correction(
        ctx, "zhou", case, {"errand.title": f"{MARK}乙"}, reason=MARK, token=office.token()
    )
    proposals.decline(ctx, "lu", case, declined, MARK)
    closing = interventions.propose_closing(ctx, "zhou", case, ground=MARK, reason=MARK, token=office.token())
    proposals.decline(ctx, "zhou", case, closing, MARK)


def fill_in_the_forms(office: Office, case: str) -> None:
    """Type the mark into every form, half-filled, confirmed, withdrawn, confirmed otherwise and taken."""
    found = {"errand.finding": MARK}
    tasks.keep_draft(office.ctx, "zhao", case, INSPECT, found)
    office.complete("li", case, INSPECT, {"errand.finding": f"{MARK}一"})
    tasks.withdraw(office.ctx, "li", case, INSPECT, office.token())
    office.complete("li", case, INSPECT, {"errand.finding": f"{MARK}二"})
    with pytest.raises(TakenError):
        office.complete("zhao", case, INSPECT, found)
    for person in ("li", "zhao"):
        office.complete(person, case, INSPECT, found)
    tasks.keep_draft(office.ctx, "wu", case, CHECK, {"errand.checked": True, "errand.finding": MARK})


def a_whole_case(office: Office) -> str:
    case = office.open()
    given = dict(REGISTERED) | {"errand.title": MARK, "worker.identity_number": MARK}
    office.complete("wang", case, REGISTER, given)
    speak_beside_the_way(office, case)
    fill_in_the_forms(office, case)
    office.complete("zhou", case, CHECK, CHECKED)
    office.complete("chen", case, APPROVE, DONE)
    return case


def test_what_was_typed_at_the_desk_is_nowhere_once_all_is_erased(office: Office) -> None:
    case = a_whole_case(office)
    assert where(office.ctx) >= {
        "case.title",
        "draft.body",
        "leaf.body",
        "material.kind",
        "material.name",
        "recusal.asked_by",
        "recusal.ground",
        "term.term",
        "a file",
    }
    erase_all(office.ctx, case, by="zhou", second="lu")
    assert where(office.ctx) == set()
    prove(office.ctx, case)


def test_nothing_typed_at_the_desk_stands_in_an_entry_for_ever(office: Office) -> None:
    a_whole_case(office)
    assert "entry.body" not in where(office.ctx)


def test_of_an_erasure_order_and_ground_are_kept(office: Office) -> None:
    case = a_whole_case(office)
    erase_all(office.ctx, case, by="zhou", second="lu")
    assert where(office.ctx, KEPT) == {"entry.body", "leaf.body"}
    last = cases.view(office.ctx, "lu", case, "test").timeline[-1].payload
    assert (last["erasure.order"], last["erasure.ground"]) == (KEPT, KEPT)


def test_what_was_searched_for_and_typed_to_sign_in_stands_as_a_hash(office: Office) -> None:
    office.registered()
    assert cases.find(office.ctx, "lu", MARK) == []
    assert sign_ins.sign_in(office.ctx, MARK, MARK) is None
    assert where(office.ctx) == set()


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("recusal.ground", "recusal.ground"),
        ("recusal.asked_by", "recusal.asked_by"),
        ("material.name", "material.name"),
        ("material.kind", "material.kind"),
    ],
)
def test_words_erased_from_one_entry_leave_its_list_and_nothing_else_does(
    office: Office, field: str, column: str
) -> None:
    case = a_whole_case(office)
    first = next(each for each in erasing.erasable(office.ctx, "zhou", case).fields if each.name == field)
    proposal = erasing.propose(
        office.ctx, "zhou", case, {field: first.seqs}, order=KEPT, ground=KEPT, reason=KEPT, token=office.token()
    )
    before = rows(office.ctx, column)
    erasing.erase(office.ctx, "lu", case, proposal)
    after = rows(office.ctx, column)
    assert sorted(after) == ["", *sorted(before)[1:]]
    assert history.verify(office.ctx).faults == []
    assert history.replay(office.ctx).identical == 1


def rows(ctx: Context, column: str) -> list[str]:
    table, _, name = column.partition(".")
    with ctx.database.reading() as tx:
        return [str(value) for value in tx.connection.scalars(select(metadata.tables[table].c[name]))]


def test_a_decision_on_a_recusal_is_erased_without_the_request(office: Office) -> None:
    case = a_whole_case(office)
    decided = [
        row.seq
        for row in cases.view(office.ctx, "zhou", case, "test").timeline
        if row.payload.get("recusal.state") == recusal.GRANTED
    ]
    proposal = erasing.propose(
        office.ctx, "zhou", case, {"recusal.ground": decided}, order=KEPT, ground=KEPT, reason=KEPT, token="x"
    )
    erasing.erase(office.ctx, "lu", case, proposal)
    assert [each.ground for each in recusal.requests(office.ctx, "lu", case)] == [MARK, MARK]


def test_a_proposal_whose_words_were_erased_is_settled(office: Office) -> None:
    case = office.done()
    waits, other = (
        erasing.propose(
            office.ctx, "zhou", case, {name: None}, order=KEPT, ground=KEPT, reason=MARK, token=office.token()
        )
        for name in ("errand.title", "errand.finding")
    )
    proposals.decline(office.ctx, "zhou", case, other, "误提")
    erase_all(office.ctx, case, by="zhou", second="lu")
    with pytest.raises(RefusedError, match="proposal_settled"):
        erasing.erase(office.ctx, "lu", case, waits)


# --- files --------------------------------------------------------------------------------------------------------


def test_bytes_no_row_names_go_with_the_nightly_clean_up_a_day_later(office: Office) -> None:
    case = office.registered()
    with pytest.raises(RefusedError):
        hand_in(office, case, MARK.encode())
    hand_in(office, case, b"%PDF-1.7 kept")
    (office.ctx.files.folder / ".incoming-died").write_text(MARK)
    lying = [path for path in office.ctx.files.folder.rglob("*") if path.is_file()]
    now = office.clock.moment.timestamp()
    for path in lying:
        os.utime(path, (now, now))
    assert erasing.finish(office.ctx) == 0, "an upload may be under way"
    office.clock.pass_by(hours=25)
    assert erasing.finish(office.ctx) == 2
    assert where(office.ctx) == {"leaf.body", "material.kind", "material.name"}
    assert history.verify(office.ctx).faults == []


# --- incidents, numbers, messages, acts ---------------------------------------------------------------------------


def test_what_a_failed_step_kept_is_nowhere_once_all_is_erased(office: Office) -> None:
    case = office.registered(title=MARK, amount=None)
    found = {"errand.finding": MARK}
    office.complete("li", case, INSPECT, found)
    with pytest.raises(IncidentError) as failed:
        office.complete("zhao", case, INSPECT, found)
    assert "incident.input" in where(office.ctx)
    incidents.drop(office.ctx, "admin", failed.value.incident, KEPT)
    closing = interventions.propose_closing(office.ctx, "zhou", case, ground=KEPT, reason=KEPT, token=office.token())
    interventions.confirm(office.ctx, "lu", case, closing)
    erase_all(office.ctx, case, by="zhou", second="lu")
    assert where(office.ctx) == set()
    prove(office.ctx, case)


def test_an_input_given_up_before_there_was_a_case_is_forgotten(office: Office) -> None:
    with office.ctx.database.writing() as tx:
        incident = storage.incidents.open(
            tx,
            case=None,
            address="errand/register_errand",
            reason="engine",
            detail=MARK,
            input=f'{{"title":"{MARK}"}}'.encode(),
            at=office.ctx.now(),
        )
    assert where(office.ctx) == {"incident.detail", "incident.input"}
    incidents.drop(office.ctx, "admin", incident, KEPT)
    assert where(office.ctx) == set()


def test_the_reasons_of_void_numbers_and_an_issued_paper_are_nowhere_once_all_is_erased(
    database: Database, tmp_path: Path
) -> None:
    ctx = paper_cases.a_context(database, tmp_path)
    head, second = (paper_cases.a_person(ctx, name, "head") for name in ("zhou", "wu"))
    case = paper_cases.a_case(ctx, "recognition_decision", injury__treatment=None, worker__name=MARK)
    paper_cases.want(ctx, case)
    for n in range(2):
        with pytest.raises(ActError):
            working.carry_out(ctx, case, ISSUE)
        documents.void(ctx, head, case, ISSUE, f"{MARK}{n}", f"void {n}")
    closing = interventions.propose_closing(ctx, head, case, ground=KEPT, reason=KEPT, token="closing")
    interventions.confirm(ctx, second, case, closing)
    assert where(ctx) >= {"number.reason", "case.title", "leaf.body"}
    erase_all(ctx, case, by=head, second=second)
    assert where(ctx) == set()
    assert [row.reason for row in documents.numbers(ctx, head, case)] == ["", ""]
    prove(ctx, case)


def test_one_reason_of_several_void_numbers_is_erased_by_its_entry(database: Database, tmp_path: Path) -> None:
    ctx = paper_cases.a_context(database, tmp_path)
    head, second = (paper_cases.a_person(ctx, name, "head") for name in ("zhou", "wu"))
    case = paper_cases.a_case(ctx, "recognition_decision", injury__treatment=None)
    paper_cases.want(ctx, case)
    for n in range(2):
        with pytest.raises(ActError):
            working.carry_out(ctx, case, ISSUE)
        documents.void(ctx, head, case, ISSUE, f"理由{n}", f"void {n}")
    closing = interventions.propose_closing(ctx, head, case, ground=KEPT, reason=KEPT, token="closing")
    interventions.confirm(ctx, second, case, closing)
    voided = [row.seq for row in cases.view(ctx, head, case, "test").timeline if row.kind == "number_voided"]
    proposal = erasing.propose(
        ctx, head, case, {"number.reason": voided[1:]}, order=KEPT, ground=KEPT, reason=KEPT, token="order"
    )
    erasing.erase(ctx, second, case, proposal)
    assert [row.reason for row in documents.numbers(ctx, head, case)] == ["理由0", ""]


def test_what_was_brought_by_a_message_is_nowhere_once_all_is_erased(desk: Desk) -> None:
    case = desk.registered()
    desk.work()
    with desk.ctx.database.writing() as tx:
        payload = f'{{"panel.reason":"{MARK}"}}'.encode()
        storage.messages.send(tx, MessageRow("late", case, "nobody_waits", None, payload, desk.ctx.now()))
    assert working.send(desk.ctx, desk.person, case, "told", None, {"panel.reason": MARK}, token="told")
    assert where(desk.ctx) == {"leaf.body", "message.payload"}
    with desk.ctx.database.writing() as tx:
        second = storage.people.PersonRow("second", "second", "second")
        storage.people.put_person(tx, second)
        storage.people.put_role(tx, storage.people.RoleRow("second", HERE, "head", "2020-01-01"))
    erase_all(desk.ctx, case, by=desk.person, second="second")
    assert where(desk.ctx) == set()
    prove(desk.ctx, case)
