"""Proving the past on both databases: what is found when somebody changes it, and that it runs again the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

import bench.ground
from bench.ground import FORM, OFFICE, Ground
from casework import cases, history, tasks
from storage import cases as stored_cases


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(database_url) as made:
        yield made


def a_case(ground: Ground, number: int = 0, *, finished: bool = True) -> str:
    case = cases.start(ground.ctx, ground.person, "small", OFFICE, f"token-{number}")
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
    assert verified.chains == 2, "one case and the register of persons"


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
    assert history.verify(ground.ctx).faults == [f"{case}: its chain does not end where the case says"]


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
    assert "open tasks are []" in told[0]["where"]
