"""The invented procedures of ``tests/jobs_content`` at work: cases that wait for clocks, acts and other cases."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import bench.ground
import storage.cases
import storage.entries
import storage.incidents
import storage.messages
import storage.timers
from bench.ground import OFFICE
from casework import advance, opening, tasks, working
from casework.context import Context, Job
from engine.values import Value
from storage import Tx
from storage.incidents import IncidentRow

CONTENT = Path(__file__).parent / "jobs_content"

REGISTERED: Mapping[str, Value] = {
    "panel.title": "第一案",
    "panel.received_on": "2026-11-06",
    "panel.experts": ["赵", "钱", "孙", "李"],
    "panel.wanted": 2,
    "panel.source": "insurance",
    "panel.other": "nobody",
}
DRAW = "panel/draw_experts"
ASK = "panel/ask_insurance"
WEIGH = "panel/weigh_panel"
REMIND = "panel/remind"
NOTIFY = "panel/notify_officers"
#: The hour in which D03's last day, Monday 2026-11-23, has ended in China.
OVERDUE = datetime(2026, 11, 23, 17, tzinfo=UTC)

_FUNCTIONS: Mapping[str, Callable[..., bool]] = {
    "fire_timer": working.fire_timer,
    "carry_out": working.carry_out,
    "deliver": working.deliver,
}
_LIMIT_SECONDS = 60.0


@dataclass
class Desk:
    """Where cases are opened; what they wake is written down, and done when the test says so.

    Attributes:
        ctx: the surroundings.
        person: who works.
        woken: the jobs woken so far and not done.
    """

    ctx: Context
    person: str
    woken: list[Job] = field(default_factory=list)
    moment: datetime = datetime(2026, 11, 9, 1, tzinfo=UTC)
    _tokens: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ctx = replace(self.ctx, clock=lambda: self.moment, wake=self._wake)

    def _wake(self, _tx: Tx, job: Job) -> None:
        self.woken.append(job)

    def pass_by(self, **time_passed: int) -> None:
        """Move the clock: ``minutes=20``."""
        self.moment += timedelta(**time_passed)

    def registered(self, **changes: Value) -> str:
        """Open a case and register it."""
        case = opening.start(self.ctx, self.person, "panel", OFFICE, f"form {next(self._tokens)}")
        values = {**REGISTERED, **{f"panel.{name}": value for name, value in changes.items()}}
        tasks.complete(self.ctx, self.person, case, "panel/register_panel", values)
        return case

    def work(self) -> list[bool]:
        """Do every job that is woken, and those they wake, in their order; tell which moved a case."""
        moved = []
        while self.woken:
            job = self.woken.pop(0)
            moved.append(do(self.ctx, job))
        return moved

    def facts(self, case: str) -> dict[str, Value]:
        """Give the facts of an open case."""
        with self.ctx.database.reading() as tx:
            return advance.visible_facts(advance.load(self.ctx, tx, self.row(tx, case)).facts, "panel")

    def row(self, tx: Tx, case: str) -> storage.cases.CaseRow:
        """Give the row of a case."""
        return advance.require(storage.cases.get(tx, case), case)

    def kinds(self, case: str) -> list[str]:
        """Name the kinds of a case's entries in their order."""
        with self.ctx.database.reading() as tx:
            return [row.kind for row in storage.entries.read(tx, case)]

    def timers(self, case: str) -> dict[str, str]:
        """Give a case's timers: instants by address."""
        with self.ctx.database.reading() as tx:
            return {row.address: row.due_at for row in storage.timers.of_case(tx, case)}

    def open_incidents(self, case: str) -> list[IncidentRow]:
        """Give the incidents of a case that wait for an operator."""
        with self.ctx.database.reading() as tx:
            return [row for row in storage.incidents.of_case(tx, case) if row.closed_at is None]


def do(ctx: Context, job: Job) -> bool:
    """Do a job as a worker does it."""
    return _FUNCTIONS[job.name](ctx, job.case, *job.about)


@contextmanager
def a_desk(database_url: str) -> Iterator[Desk]:
    """Make the desk on a database of its own."""
    with bench.ground.prepared(database_url, content=CONTENT) as ground:
        yield Desk(ground.ctx, ground.person)


def until(condition: Callable[[], bool], limit: float = _LIMIT_SECONDS) -> bool:
    """Wait until something is so, as long as a machine under load may take; tell whether it came to be."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
