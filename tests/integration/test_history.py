"""Proving the past on both databases: what is found when somebody changes it, and that it runs again the same."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

import bench.ground
from bench.ground import FORM, OFFICE, Ground
from casework import history, opening, tasks
from engine.values import decode, encode
from storage import cases as stored_cases
from storage import entries
from storage.tables import entry


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(database_url) as made:
        yield made


def a_case(ground: Ground, number: int = 0, *, finished: bool = True) -> str:
    case = opening.start(ground.ctx, ground.person, "small", OFFICE, f"token-{number}")
    tasks.complete(ground.ctx, ground.person, case, "small/enter", FORM | {"matter.amount": number})
    if finished:
        tasks.complete(ground.ctx, ground.person, case, "small/check", {"matter.agreed": True})
    return case


@contextmanager
def tampering(ground: Ground) -> Iterator[Connection]:
    """Change rows as the owner of the database could, who can take its guards away as well."""
    with ground.ctx.database.writing() as tx:
        if tx.dialect == "sqlite":
            guards = tx.connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for guard in guards:
                tx.connection.execute(text(f"DROP TRIGGER {guard}"))
        yield tx.connection


def test_an_untouched_history_has_no_fault(ground: Ground) -> None:
    a_case(ground)
    verified = history.verify(ground.ctx)
    assert verified.faults == []
    assert verified.chains == 4, "one case and the registers of persons, parameters and definitions"


#: Another value of every column of an entry's header that no key of the database guards.
OTHERWISE: dict[str, object] = {
    "format": 2,
    "at": "2020-01-01T00:00:00.000000Z",
    "actor": "other",
    "on_behalf_of": "other",
    "kind": "other",
    "key": "other",
    "address": "other",
    "definition": None,
    "basis": None,
    "body_root": "1" * 64,
    "prev_hash": "1" * 64,
    "hash": "1" * 64,
}


@pytest.mark.parametrize("column", OTHERWISE)
def test_an_entry_changed_in_any_column_is_found(ground: Ground, column: str) -> None:
    case = a_case(ground)
    change(ground, case, 3, **{column: OTHERWISE[column]})
    assert any(fault.startswith(f"{case}/3: ") for fault in history.verify(ground.ctx).faults)


#: What somebody might put in the place of a body: no JSON, JSON of another shape, the same in other words.
BODIES = [b"\xff", b"1", b"null", b"{}", b"[null]", b"[[]]", b'[["p"]]', b'[["s"]]', b'[["s","zz"]]', b'[["x",1]]']


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_body_is_found_and_hides_nothing_else(ground: Ground, body: bytes) -> None:
    case, other = a_case(ground, 1), a_case(ground, 2)
    change(ground, case, 3, body=body)
    change(ground, other, 2, actor="other")
    faults = history.verify(ground.ctx).faults
    assert any(fault.startswith(f"{case}/3: body is not") for fault in faults)
    assert f"{other}/2: does not have its hash" in faults
    replayed = history.replay(ground.ctx, [case])
    assert (replayed.identical, len(replayed.erased) + len(replayed.diverged)) == (0, 1)


def test_a_body_in_other_bytes_is_found_though_it_says_the_same(ground: Ground) -> None:
    case = a_case(ground)
    with ground.ctx.database.reading() as tx:
        body = entries.read(tx, case)[2].body
    change(ground, case, 3, body=body.replace(b",", b", ", 1))
    assert any(fault.startswith(f"{case}/3: body is not") for fault in history.verify(ground.ctx).faults)


def test_a_damaged_body_is_found_and_hides_no_other_chain(ground: Ground) -> None:
    case, other = a_case(ground, 1), a_case(ground, 2)
    change(ground, other, 2, actor="other")
    with tampering(ground) as rows:
        rows.execute(text('UPDATE entry SET body = :body WHERE "case" = :case'), {"case": case, "body": b"\x01\x02"})
    faults = history.verify(ground.ctx).faults
    assert any(fault.startswith(f"{case}: cannot be read") for fault in faults)
    assert f"{other}/2: does not have its hash" in faults
    assert "cannot be read" in history.replay(ground.ctx, [case]).diverged[0]["where"]


def test_a_personal_leaf_that_is_gone_without_an_order_is_a_fault(ground: Ground) -> None:
    case = a_case(ground)
    with tampering(ground) as rows:
        places = rows.execute(text('SELECT seq, n FROM leaf WHERE "case" = :case'), {"case": case}).all()
        rows.execute(text('DELETE FROM leaf WHERE "case" = :case'), {"case": case})
    verified = history.verify(ground.ctx)
    assert places
    assert verified.faults == [f"{case}/{seq}/{n}: is gone, and no entry orders it" for seq, n in sorted(places)]


def test_a_plain_leaf_behind_its_hash_alone_is_a_fault(ground: Ground) -> None:
    """Its hash in its place leaves every other hash as it is, and would pass for something erased."""
    case = a_case(ground)
    with ground.ctx.database.reading() as tx:
        leaves = decode(entries.read(tx, case)[2].body)
    place = next(n for n, leaf in enumerate(leaves) if leaf[0] == "e")
    leaves[place] = ["s", hashlib.sha256(b"\x00" + encode(leaves[place])).hexdigest()]
    change(ground, case, 3, body=encode(leaves))
    assert history.verify(ground.ctx).faults == [f"{case}/3/{place}: is gone, and no entry orders it"]


def test_a_register_cut_short_is_found(ground: Ground) -> None:
    with tampering(ground) as rows:
        last = rows.scalar(text("SELECT max(seq) FROM entry WHERE \"case\" = 'persons'"))
        rows.execute(text("DELETE FROM leaf WHERE \"case\" = 'persons' AND seq = :last"), {"last": last})
        rows.execute(text("DELETE FROM entry WHERE \"case\" = 'persons' AND seq = :last"), {"last": last})
    assert history.verify(ground.ctx).faults == ["persons: its chain does not end where its own row says"]


def test_a_chain_added_at_its_end_is_found(ground: Ground) -> None:
    case = a_case(ground)
    with ground.ctx.database.writing() as tx:
        last = entries.read(tx, case)[-1]
        entries.append(tx, replace(last, seq=last.seq + 1, key="another", prev_hash=last.hash))
    faults = history.verify(ground.ctx).faults
    assert f"{case}/5: does not have its hash" in faults
    assert f"{case}: its chain does not end where its own row says" in faults


def change(ground: Ground, case: str, seq: int, **values: object) -> None:
    """Change columns of an entry as the owner of the database could."""
    with tampering(ground) as rows:
        rows.execute(entry.update().where(entry.c.chain == case, entry.c.seq == seq).values(**values))


def test_a_changed_entry_is_found(ground: Ground) -> None:
    case = a_case(ground)
    with tampering(ground) as rows:
        rows.execute(text("UPDATE entry SET actor = 'other' WHERE \"case\" = :case AND seq = 3"), {"case": case})
    assert f"{case}/3: does not have its hash" in history.verify(ground.ctx).faults


def test_a_deleted_entry_is_found(ground: Ground) -> None:
    case = a_case(ground)
    with tampering(ground) as rows:
        rows.execute(text('DELETE FROM leaf WHERE "case" = :case AND seq = 3'), {"case": case})
        rows.execute(text('DELETE FROM entry WHERE "case" = :case AND seq = 3'), {"case": case})
    assert any("entry 3 is missing" in fault for fault in history.verify(ground.ctx).faults)


def test_a_chain_cut_short_is_found_by_the_head_its_case_names(ground: Ground) -> None:
    case = a_case(ground)
    with tampering(ground) as rows:
        rows.execute(text('DELETE FROM leaf WHERE "case" = :case AND seq = 4'), {"case": case})
        rows.execute(text('DELETE FROM entry WHERE "case" = :case AND seq = 4'), {"case": case})
    assert history.verify(ground.ctx).faults == [f"{case}: its chain does not end where its own row says"]


def test_entries_in_another_order_are_found(ground: Ground) -> None:
    case = a_case(ground)
    with tampering(ground) as rows:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            rows.execute(text('DELETE FROM leaf WHERE "case" = :case AND seq IN (2, 3)'), {"case": case})
            rows.execute(
                text('UPDATE entry SET seq = :after WHERE "case" = :case AND seq = :before'),
                {"case": case, "before": before, "after": after},
            )
    assert any("does not name the entry before" in fault for fault in history.verify(ground.ctx).faults)


def test_every_case_runs_again_the_same(ground: Ground) -> None:
    for number in range(5):
        a_case(ground, number, finished=number % 2 == 0)
    replayed = history.replay(ground.ctx)
    assert (replayed.cases, replayed.identical, replayed.erased, replayed.diverged) == (5, 5, [], [])
    assert replayed.entries == 5 + 5 + 3


def test_snapshots_that_are_dropped_are_made_again_from_the_history(ground: Ground) -> None:
    case = a_case(ground, finished=False)
    with ground.ctx.database.writing() as tx:
        kept = stored_cases.get(tx, case)
        assert stored_cases.drop_snapshots(tx) == 1
    assert history.rebuild(ground.ctx) == 1
    with ground.ctx.database.reading() as tx:
        again = stored_cases.get(tx, case)
    assert kept is not None
    assert again is not None
    assert again.snapshot == kept.snapshot


def test_a_case_without_its_snapshot_goes_on_as_if_it_had_one(ground: Ground) -> None:
    case = a_case(ground, finished=False)
    with ground.ctx.database.writing() as tx:
        stored_cases.drop_snapshots(tx)
    tasks.complete(ground.ctx, ground.person, case, "small/check", {"matter.agreed": True})
    assert history.replay(ground.ctx).identical == 1


def test_the_snapshot_is_dropped_when_a_case_ends(ground: Ground) -> None:
    case = a_case(ground)
    with ground.ctx.database.reading() as tx:
        row = stored_cases.get(tx, case)
    assert row is not None
    assert (row.state, row.snapshot, row.outcome) == ("ended", None, "completed")


def test_a_row_of_the_inbox_that_the_history_does_not_know_is_a_divergence(ground: Ground) -> None:
    case = a_case(ground, finished=False)
    with tampering(ground) as rows:
        rows.execute(text('DELETE FROM task WHERE "case" = :case'), {"case": case})
    told = history.replay(ground.ctx).diverged
    assert [each["case"] for each in told] == [case]
    assert told[0]["where"] == "tasks: the tables and the history differ on small/check"


def lie(ground: Ground, statement: str, case: str) -> str:
    """Change a table behind the history's back; gives where replay says that they part."""
    with tampering(ground) as rows:
        rows.execute(text(statement), {"case": case, "person": ground.person})
    (told,) = history.replay(ground.ctx, [case]).diverged
    return told["where"].partition(":")[0]


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE task SET office = '530103' WHERE \"case\" = :case", "tasks"),
        ("UPDATE task SET role = 'auditor' WHERE \"case\" = :case", "tasks"),
        ('UPDATE task SET assignee = NULL WHERE "case" = :case', "assignees"),
        ("UPDATE \"case\" SET state = 'ended' WHERE id = :case", "end"),
        ("UPDATE \"case\" SET outcome = 'completed' WHERE id = :case", "end"),
        (
            "INSERT INTO barred (\"case\", person, element, ground) VALUES (:case, :person, '*', 'recusal')",
            "recused",
        ),
    ],
)
def test_a_table_that_says_what_no_entry_says_is_a_divergence(ground: Ground, statement: str, where: str) -> None:
    case = a_case(ground, finished=False)
    tasks.claim(ground.ctx, ground.person, case, "small/check", "claim")
    assert history.replay(ground.ctx).identical == 1
    assert lie(ground, statement, case) == where


def test_who_has_a_task_is_folded_from_the_acts_at_the_desk(ground: Ground) -> None:
    case = a_case(ground, finished=False)
    for act, token in ((tasks.claim, "one"), (tasks.release, "two"), (tasks.claim, "three")):
        act(ground.ctx, ground.person, case, "small/check", token)
        assert history.replay(ground.ctx).identical == 1
