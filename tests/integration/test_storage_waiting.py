"""What cases wait for: timers, deadlines, acts, messages, operators, officers."""

import pytest

from storage import (
    Database,
    acts,
    cases,
    deadlines,
    drafts,
    heartbeats,
    imports,
    incidents,
    messages,
    reads,
    timers,
)
from storage.acts import ActRow
from storage.deadlines import DeadlineRow
from storage.drafts import ConfirmationRow, DraftRow
from storage.errors import TakenError, UnknownParentError
from storage.messages import MessageRow, WaitRow
from storage.timers import TimerRow
from tests.integration.storage_rows import AT, LATER, a_case, a_hash, a_history, furnish

LONG_AFTER = "2027-11-21T08:30:00.000000Z"


def test_a_due_timer_is_found_until_it_is_handed_over(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        timers.set(tx, "c1", {"D05#1/due": LATER, "D05#1/warn7": AT, "D03#1/due": LONG_AFTER})
    with database.writing() as tx:
        due = timers.due(tx, LATER)
        assert [row.address for row in due] == ["D05#1/warn7", "D05#1/due"]
        assert [row.address for row in timers.due(tx, AT, limit=5)] == ["D05#1/warn7"]
        timers.mark_handed(tx, due, LATER)
    with database.reading() as tx:
        assert timers.due(tx, LATER) == []
        assert [row.handed_at for row in timers.of_case(tx, "c1")] == [None, LATER, LATER]


def test_a_timer_that_moved_is_handed_over_again_and_one_moved_meanwhile_is_not_marked(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        timers.set(tx, "c1", {"D05#1/due": AT})
        found = timers.due(tx, AT)
        timers.set(tx, "c1", {"D05#1/due": LATER})
        timers.mark_handed(tx, found, AT)
        assert timers.of_case(tx, "c1") == [TimerRow("c1", "D05#1/due", LATER)]
        timers.mark_handed(tx, timers.due(tx, LATER), LATER)
        timers.set(tx, "c1", {"D05#1/due": LONG_AFTER})
        assert timers.due(tx, LONG_AFTER) == [TimerRow("c1", "D05#1/due", LONG_AFTER)]
        timers.clear(tx, "c1", ["D05#1/due", "never"])
        assert timers.of_case(tx, "c1") == []


def test_two_sweeps_at_once_do_not_share_a_timer(postgres_url: str, database: Database) -> None:
    if database.dialect == "sqlite":
        return  # there a sweep holds the only write lock
    a_history(database)
    with database.writing() as tx:
        timers.set(tx, "c1", {f"D0{n}#1/due": AT for n in range(4)})
    with database.writing() as one, database.writing() as other:
        first = timers.due(one, AT, limit=2)
        second = timers.due(other, AT)
        assert len(first) == len(second) == 2
        assert not {row.address for row in first} & {row.address for row in second}


def test_a_deadline_is_written_as_it_is_now(database: Database) -> None:
    a_history(database)
    started = DeadlineRow("c1", "D05#1", "D05", "running", "2027-01-20", "2027-01-18", b'{"state":"running"}')
    moved = DeadlineRow("c1", "D05#1", "D05", "suspended", None, None, b'{"state":"suspended"}')
    other = DeadlineRow("c1", "D03#1", "D03", "met", "2026-11-23", "2026-11-21", b"{}")
    with database.writing() as tx:
        deadlines.upsert(tx, [started, other])
        deadlines.upsert(tx, [moved])
        deadlines.upsert(tx, [])
        assert deadlines.of_case(tx, "c1") == [other, moved]


def test_an_act_is_wanted_until_it_is_answered_or_given_up(database: Database) -> None:
    a_history(database)
    wanted = [ActRow("c1", f"recognition/act_{n}", "notify", b"{}", AT) for n in range(3)]
    with database.writing() as tx:
        acts.want(tx, wanted)
        assert acts.wanted(tx, AT) == acts.of_case(tx, "c1") == wanted
        acts.finish(tx, "c1", "recognition/act_0", LATER)
        acts.cancel(tx, "c1", ["recognition/act_0", "recognition/act_1"], LATER)
        assert [(row.state, row.finished_at) for row in acts.of_case(tx, "c1")] == [
            ("done", LATER),
            ("cancelled", LATER),
            ("wanted", None),
        ]
        assert acts.wanted(tx, LATER, limit=5) == [wanted[2]]
        assert acts.get(tx, "c1", "recognition/act_2") == wanted[2]


def test_a_message_is_kept_until_its_receiver_waits_and_sent_once(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx, "c1")
        a_case(tx, "c2")
        sent = [
            MessageRow("m1", "c2", "withdrawn", None, b"{}", AT, "c1"),
            MessageRow("m2", "c2", "answer", "k1", b"{}", AT, "c1"),
        ]
        for message in (*sent, sent[0]):
            messages.send(tx, message)
        assert messages.undelivered(tx, "c2") == sent
        assert messages.deliverable(tx) == []
        messages.set_waits(tx, "c2", [{"effect": "message_waited", "address": "a", "name": "answer", "key": "k1"}])
        messages.set_waits(tx, "c2", [{"address": "b", "name": "answer"}, {"address": "w", "name": "unheard"}])
        assert messages.waits(tx, "c2")[:2] == [WaitRow("c2", "a", "answer", "k1"), WaitRow("c2", "b", "answer")]
        assert messages.deliverable(tx) == [sent[1]]
        messages.delivered(tx, "m2", LATER)
        messages.clear_waits(tx, "c2", ["a", "b"])
        assert messages.undelivered(tx, "c2") == [sent[0]]
        delivered = messages.get(tx, "m2")
        assert delivered is not None
        assert delivered.delivered_at == LATER
    with pytest.raises(UnknownParentError), database.writing() as tx:
        messages.send(tx, MessageRow("m3", "nowhere", "withdrawn", None, b"{}", AT))


def test_an_incident_keeps_the_input_and_is_closed_once(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        ids = [
            incidents.open(tx, case="c1", address="a", reason="no_row", detail="rows", input=b'{"n":1}', at=AT)
            for _ in range(3)
        ]
        assert [row.id for row in incidents.list_open(tx)] == ids
        assert [row.id for row in incidents.list_open(tx, after=ids[0], limit=1)] == [ids[1]]
        assert incidents.close(tx, ids[0], how="retried", at=LATER, by="zhang")
        assert not incidents.close(tx, ids[0], how="dropped", at=LATER, by="li")
        closed = incidents.get(tx, ids[0])
        assert closed is not None
        assert (closed.input, closed.how, closed.closed_by, closed.closed_at) == (b'{"n":1}', "retried", "zhang", LATER)
        assert [row.id for row in incidents.list_open(tx)] == ids[1:]
        assert len(incidents.of_case(tx, "c1")) == 3


def test_a_half_filled_form_belongs_to_one_person(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        drafts.keep(tx, "c1", "recognition/register", "zhang", b"1", AT)
        drafts.keep(tx, "c1", "recognition/register", "zhang", b"2", LATER)
        drafts.keep(tx, "c1", "recognition/register", "li", b"3", AT)
        kept = DraftRow("c1", "recognition/register", "zhang", b"2", LATER)
        assert drafts.get(tx, "c1", "recognition/register", "zhang") == kept
        drafts.drop(tx, "c1", "recognition/register", "zhang")
        assert drafts.get(tx, "c1", "recognition/register", "zhang") is None
        assert drafts.get(tx, "c1", "recognition/register", "li") is not None


def test_confirmations_of_two_officers_stand_side_by_side(database: Database) -> None:
    a_history(database)
    rows = [
        ConfirmationRow("c1", "recognition/investigate", person, a_hash(5), b"{}", at, seq)
        for person, at, seq in (("zhang", AT, 2), ("li", LATER, 3))
    ]
    with database.writing() as tx:
        for row in rows:
            drafts.confirm(tx, row)
        assert drafts.confirmations(tx, "c1", "recognition/investigate") == rows
        assert drafts.confirmations_of_case(tx, "c1") == rows
        assert drafts.confirmations_of_case(tx, "c2") == []
        drafts.drop_confirmations(tx, "c1", "recognition/investigate")
        assert drafts.confirmations(tx, "c1", "recognition/investigate") == []


def test_a_row_is_imported_once(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        assert imports.find(tx, "file", "row-1") is None
        imports.remember(tx, "file", "row-1", "c1")
        assert imports.find(tx, "file", "row-1") == "c1"
    with pytest.raises(TakenError), database.writing() as tx:
        imports.remember(tx, "file", "row-1", "c1")


def test_reads_are_counted_by_person_case_and_hour(database: Database) -> None:
    a_history(database)
    hour, next_hour = "2026-11-21T08:00:00.000000Z", "2026-11-21T09:00:00.000000Z"
    with database.writing() as tx:
        for at, why in ((hour, "inbox"), (hour, "search"), (next_hour, "link")):
            reads.log(tx, "zhang", "c1", hour=at, why=why)
        for n in (2, 1, 2):
            reads.log_file(tx, "zhang", "c1", hour=hour, sha256=a_hash(n))
        assert [(row.hour, row.count, row.why) for row in reads.of_case(tx, "c1")] == [
            (hour, 2, "inbox"),
            (next_hour, 1, "link"),
        ]
        assert reads.files(tx, "zhang", "c1", hour) == [a_hash(1), a_hash(2)]
        reads.searched(tx, "zhang", at=AT, words=a_hash(9), found=3)


def test_workers_are_heard_and_forgotten(database: Database) -> None:
    with database.writing() as tx:
        heartbeats.beat(tx, "worker-1", AT)
        heartbeats.beat(tx, "worker-2", AT)
        heartbeats.beat(tx, "worker-1", LATER)
        assert heartbeats.beats(tx) == {"worker-1": LATER, "worker-2": AT}
        heartbeats.forget(tx, LATER)
        assert heartbeats.beats(tx) == {"worker-1": LATER}


def test_a_snapshot_kept_between_two_reads_changes_no_version(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        before = cases.lock(tx, "c1")
        assert before is not None
        cases.keep_snapshot(tx, "c1", b"[1]", "2")
        cases.save(tx, "c1", expected_version=before.version, seq=3, head=before.head, at=AT, snapshot=None)
