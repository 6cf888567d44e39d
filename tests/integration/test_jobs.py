"""Background work: timers fire, acts are carried out, messages arrive; each once, whatever runs twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from dbos import DBOS

import bench.ground
import storage.deadlines
import storage.timers
from bench.ground import OFFICE, Ground
from casework import cases, history, jobs, library, tasks, working
from casework.context import Context
from tests.builders import an_application

RECEIVED = datetime(2026, 11, 9, 1, tzinfo=UTC)
#: The hour after D03's last day, Monday 2026-11-23, has ended in China.
OVERDUE = datetime(2026, 11, 23, 17, tzinfo=UTC)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(database_url, content=bench.ground.PROCESSES) as made:
        yield at(made, RECEIVED)


def at(ground: Ground, now: datetime) -> Ground:
    """The same ground at another time."""
    return replace(ground, ctx=replace(ground.ctx, clock=lambda: now))


def a_registered_case(ground: Ground) -> str:
    case = cases.start(ground.ctx, ground.person, "recognition", OFFICE, "token")
    first = cases.view(ground.ctx, ground.person, case, "task").tasks[0][0].address
    tasks.complete(ground.ctx, ground.person, case, first, an_application())
    return case


def due_of(ground: Ground, case: str) -> tuple[str, str]:
    with ground.ctx.database.reading() as tx:
        return next((row.address, row.due_at) for row in storage.timers.of_case(tx, case) if row.address == "D03#1/due")


def state_of(ground: Ground, case: str) -> str:
    with ground.ctx.database.reading() as tx:
        return next(row.state for row in storage.deadlines.of_case(tx, case) if row.deadline == "D03#1")


def test_the_end_of_a_last_day_is_told_once(ground: Ground) -> None:
    case = a_registered_case(ground)
    address, due_at = due_of(ground, case)
    late = at(ground, OVERDUE).ctx
    assert working.fire_timer(late, case, address, due_at)
    assert not working.fire_timer(late, case, address, due_at)
    assert state_of(ground, case) == "breached"
    assert history.replay(late).diverged == []


def test_a_timer_that_moved_is_told_by_its_own_job_only(ground: Ground) -> None:
    case = a_registered_case(ground)
    address, _due_at = due_of(ground, case)
    assert not working.fire_timer(at(ground, OVERDUE).ctx, case, address, "2026-11-20T16:00:00.000000Z")
    assert state_of(ground, case) == "running"


def test_a_sweep_hands_over_what_is_due_and_nothing_else(ground: Ground) -> None:
    a_registered_case(ground)
    jobs.prepare_queue(ground.ctx.database.url)
    assert jobs.sweep(ground.ctx) == 0
    late = at(ground, OVERDUE).ctx
    handed = jobs.sweep(late)
    assert handed >= 1
    assert jobs.sweep(late) == 0, "what was handed over is not handed over again"


def test_a_sweep_that_is_rolled_back_leaves_neither_job_nor_mark(ground: Ground) -> None:
    case = a_registered_case(ground)
    jobs.prepare_queue(ground.ctx.database.url)
    with pytest.raises(ZeroDivisionError), ground.ctx.database.writing() as tx:
        jobs.enqueue(ground.ctx, tx, "fire_timer", "timer:x", case, "address", "due")
        _ = 1 // 0
    assert worked(ground.ctx, "timer:x") is None


def worked(ctx: Context, key: str) -> str | None:
    """Start a worker, and tell how a job ended; null when there is none."""
    worker = jobs.Worker(ctx, "test-worker")
    worker.start()
    try:
        found = DBOS.get_workflow_status(key)
        if found is None:
            return None
        DBOS.retrieve_workflow(key).get_result()
        status = DBOS.get_workflow_status(key)
        return None if status is None else status.status
    finally:
        worker.stop()


def test_a_worker_fires_the_timer_a_sweep_handed_over(ground: Ground) -> None:
    case = a_registered_case(ground)
    jobs.prepare_queue(ground.ctx.database.url)
    address, due_at = due_of(ground, case)
    late = at(ground, OVERDUE).ctx
    jobs.sweep(late)
    assert worked(late, f"timer:{case}:{address}:{due_at}") == "SUCCESS"
    assert state_of(ground, case) == "breached"


def test_the_newest_basis_is_what_an_event_is_stepped_with(ground: Ground) -> None:
    with ground.ctx.database.reading() as tx:
        name, basis = library.newest_basis(ground.ctx, tx)
    assert library.load_basis(ground.ctx, "演示") == name
    assert basis.parameter_set == "演示"
