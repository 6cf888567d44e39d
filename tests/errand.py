"""A small office at work: the invented procedure ``errand``, a person or two for every role, a clock that is moved."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import storage.people
from casework import library, opening, people, registers, tasks
from casework.context import Context
from casework.people import Person
from casework.tasks import Completed
from engine.values import Value
from storage import Database
from storage.files import FileStore
from storage.people import PersonRow

ROOT = Path(__file__).resolve().parents[1]

HERE, ELSEWHERE = "530102", "530103"

#: Who works here, by role; the names are ids and sign-in names at once.
STAFF: Mapping[str, tuple[str, ...]] = {
    "intake": ("wang", "sun"),
    "investigator": ("li", "zhao", "qian"),
    "reviewer": ("zhou", "wu"),
    "approver": ("chen", "feng"),
    "head": ("lu",),
    "administrator": ("admin",),
}

REGISTERED: Mapping[str, Value] = {
    "errand.title": "张伟",
    "worker.identity_number": "53010219900101001X",
    "errand.received_on": "2026-11-06",
    "errand.amount": 12,
}
FOUND: Mapping[str, Value] = {"errand.finding": "地面湿滑"}
CHECKED: Mapping[str, Value] = {"errand.checked": True}
DONE: Mapping[str, Value] = {"errand.verdict": "done", "errand.approved_on": "2026-11-09"}
AGAIN: Mapping[str, Value] = {**DONE, "errand.verdict": "again"}

REGISTER = "errand/register_errand"
INSPECT = "errand/inspect_errand"
INSPECT_AGAIN = "errand/inspect_errand#2"
CHECK = "errand/check_errand/check_paper"
CHECK_AGAIN = "errand/check_errand#2/check_paper"
APPROVE = "errand/approve_errand"
APPROVE_AGAIN = "errand/approve_errand#2"


@dataclass
class Clock:
    """Says the instant it is set to."""

    moment: datetime = datetime(2026, 11, 9, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **time: int) -> None:
        """Move on: ``minutes=20``."""
        self.moment += timedelta(**time)


@dataclass
class Office:
    """The office: its surroundings, its clock, and tokens that no form had before."""

    ctx: Context
    clock: Clock
    _tokens: "count[int]" = field(default_factory=count)

    def token(self) -> str:
        """Give the token of a new form."""
        return f"form {next(self._tokens)}"

    def hire(self, person: str, *roles: str, office: str = HERE) -> str:
        """Add a person with some roles, who cannot sign in: what is tested here does not need passwords."""
        with self.ctx.database.writing() as tx:
            storage.people.put_person(tx, PersonRow(person, person.title(), person))
        for role in roles:
            registers.give_role_now(self.ctx, "system:test", person, office, role)
        return person

    def let_act_for(self, substitute: str, absent: str, role: str = "investigator") -> None:
        """Let a colleague act for somebody who is absent this month."""
        registers.arrange_substitution(
            self.ctx,
            absent,
            absent=absent,
            substitute=substitute,
            office=HERE,
            role=role,
            from_on="2026-11-09",
            to_on="2026-11-30",
        )

    def open(self, person: str = "wang") -> str:
        """Open a case."""
        return opening.start(self.ctx, person, "errand", HERE, self.token())

    def complete(self, person: str, case: str, address: str, given: Mapping[str, Value]) -> Completed:
        """Complete a task."""
        return tasks.complete(self.ctx, person, case, address, given)

    def registered(self, **changes: Value) -> str:
        """Open a case and register it; ``amount=None`` leaves a field empty."""
        case = self.open()
        values = dict(REGISTERED) | {f"errand.{name}": value for name, value in changes.items()}
        self.complete("wang", case, REGISTER, values)
        return case

    def inspected(self, **changes: Value) -> str:
        """Bring a case as far as its check in the called diagram: two officers have inspected it."""
        case = self.registered(**changes)
        self.inspect(case, INSPECT)
        return case

    def inspect(self, case: str, address: str) -> None:
        """Let two officers inspect."""
        for person in ("li", "zhao"):
            self.complete(person, case, address, FOUND)

    def checked(self, **changes: Value) -> str:
        """Bring a case as far as its approval."""
        case = self.inspected(**changes)
        self.complete("zhou", case, CHECK, CHECKED)
        return case

    def done(self, **changes: Value) -> str:
        """Bring a case to its end."""
        case = self.checked(**changes)
        self.complete("chen", case, APPROVE, DONE)
        return case


def person_today(ctx: Context, person: str) -> Person:
    """Give a person with the roles of today."""
    with ctx.database.reading() as tx:
        return people.person_in(ctx, tx, person)


def an_office(database: Database, folder: Path) -> Office:
    """Make the office: its content is what ships as parameters, and the tests' own procedure."""
    processes = folder / "processes"
    shutil.copytree(ROOT / "tests" / "content", processes)
    shutil.copytree(ROOT / "processes" / "parameters", processes / "parameters")
    shutil.copytree(ROOT / "processes" / "law", processes / "law")
    clock = Clock()
    ctx = Context(database, FileStore(folder / "files"), processes, clock=clock, identity_key=b"k" * 32)
    library.load_basis(ctx, "演示")
    library.import_shipped(ctx)
    office = Office(ctx, clock)
    for role, persons in STAFF.items():
        for person in persons:
            office.hire(person, role)
    return office
