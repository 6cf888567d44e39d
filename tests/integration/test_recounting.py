"""A notice that comes later moves the deadlines that run, by an entry of their own, and nothing that is past."""

from pathlib import Path

import pytest
import yaml

import storage.deadlines
import storage.timers
from casework import cases, history, library, recounting
from engine.values import decode
from storage import Database
from tests.errand import Office, an_office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def announce(office: Office, day: str) -> None:
    """Make a day a rest day by a notice, and load it."""
    path = office.ctx.processes / "parameters" / "calendars" / f"{day[:4]}.yaml"
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    table["rest"][day] = "国庆节"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    office.clock.pass_by(minutes=1)
    library.load_basis(office.ctx, "演示")


def due(office: Office, case: str) -> str:
    with office.ctx.database.reading() as tx:
        (row,) = storage.deadlines.of_case(tx, case)
    return str(decode(row.record)["due_on"])


def test_a_running_deadline_is_moved_by_an_entry_of_its_own(office: Office) -> None:
    """Received on Friday 2026-11-06: fifteen days end on Saturday the 21st, so on Monday the 23rd."""
    case = office.registered()
    assert due(office, case) == "2026-11-23"
    announce(office, "2026-11-23")
    assert due(office, case) == "2026-11-23"
    assert recounting.recount(office.ctx) == 1
    assert due(office, case) == "2026-11-24"
    with office.ctx.database.reading() as tx:
        timers = {row.address: row.due_at for row in storage.timers.of_case(tx, case)}
    assert timers["D03#1/due"] == "2026-11-24T16:00:00.000000Z"
    last = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert last.kind == "basis_changed"
    assert history.verify(office.ctx).faults == []
    assert history.replay(office.ctx).identical == 1


def test_told_once_is_told(office: Office) -> None:
    office.registered()
    announce(office, "2026-11-23")
    assert [recounting.recount(office.ctx) for _ in range(2)] == [1, 0]


def test_what_a_notice_does_not_concern_is_not_told(office: Office) -> None:
    ended, running = office.done(), office.registered()
    before = len(cases.view(office.ctx, "lu", running, "test").timeline)
    announce(office, "2026-12-24")
    assert recounting.recount(office.ctx) == 0
    announce(office, "2026-11-23")
    assert recounting.recount(office.ctx) == 1
    assert len(cases.view(office.ctx, "lu", running, "test").timeline) == before + 1
    assert cases.view(office.ctx, "lu", ended, "test").timeline[-1].kind != "basis_changed"
