"""The inbox: one list over one's offices and roles, worst first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import storage.tasks
from casework import library, people
from casework.context import Context
from engine import Definition
from engine.elements import ElementInfo, elements
from handlers.law.basis import Basis
from handlers.law.dates import shanghai_date
from storage.tasks import Counts, Filters, PageKey, TaskRow

__all__ = ["SOON_DAYS", "URGENCIES", "Inbox", "InboxRow", "PageKey", "page"]

#: How many days before its last day a task counts as due soon.
SOON_DAYS: Final = 3

PAGE_SIZE: Final = 50

#: The urgencies, worst first, with the days they reach from and to, counted from today.
URGENCIES: Final[dict[str, tuple[int | None, int | None]]] = {
    "overdue": (None, -1),
    "soon": (0, SOON_DAYS),
    "later": (SOON_DAYS + 1, None),
}


@dataclass(frozen=True)
class InboxRow:
    """One line of the list.

    Attributes:
        task: the row as stored: case, address, office, role, dates, names.
        element: what the diagram says of the task.
        procedure: what the diagram says of the whole procedure.
        urgency: ``overdue``, ``soon``, ``later``, ``paused``, ``none``.
        days: to its last day, negative when it has passed, null when it has none.
        assignee: name of who has it, or null.
        article: of the limit it answers to, or null.
        mine: whether the person has it.
        barred: ground on which the person may not do it, or null.
    """

    task: TaskRow
    element: ElementInfo
    procedure: ElementInfo
    urgency: str
    days: int | None
    assignee: str | None
    article: str | None
    mine: bool
    barred: str | None


@dataclass(frozen=True)
class Inbox:
    """A page of the list.

    Attributes:
        rows: in order of their last day.
        next_key: to ask for the page after, or null.
        counts: of all that the person may see, by urgency.
    """

    rows: list[InboxRow]
    next_key: PageKey | None
    counts: Counts


def page(  # noqa: PLR0913 - the filters of the page, each given by name
    ctx: Context,
    person: str,
    *,
    holder: str = "anyone",
    urgency: str | None = None,
    procedure: str | None = None,
    role: str | None = None,
    after: PageKey | None = None,
    size: int = PAGE_SIZE,
) -> Inbox:
    """Give a page of what a person may work on today.

    Args:
        ctx: the surroundings.
        person: id.
        holder: ``anyone``, ``mine``, ``nobody`` or ``others``.
        urgency: one of ``URGENCIES``.
        procedure: only its tasks.
        role: only tasks of this role of the person's.
        after: ``next_key`` of the page before.
        size: rows on a page.
    """
    today = shanghai_date(ctx.now())
    with ctx.database.reading() as tx:
        me = people.person_in(ctx, tx, person)
        pairs = [(held.office, held.role) for held in me.roles if role in (None, held.role)]
        filters = Filters(holder=holder, procedure=procedure, **_between(urgency, today))  # type: ignore[arg-type]
        found = storage.tasks.page(tx, offices_roles=pairs, person=person, filters=filters, after_key=after, size=size)
        counts = storage.tasks.counts(
            tx,
            offices_roles=pairs,
            person=person,
            filters=Filters(holder=holder, procedure=procedure),  # type: ignore[arg-type]
            today=today.isoformat(),
            soon=(today + timedelta(days=SOON_DAYS)).isoformat(),
        )
        names = people.names(tx, {row.assignee for row in found.rows if row.assignee})
        _name, basis = library.newest_basis(ctx, tx)
        rows = [
            _row(row, library.definition(ctx, tx, row.definition), basis, today, person, names, found.barred)
            for row in found.rows
        ]
    return Inbox(rows, found.next, counts)


def _row(  # noqa: PLR0913, PLR0917 - a stored row, and all that turns it into a line
    row: TaskRow,
    definition: Definition,
    basis: Basis,
    today: date,
    person: str,
    names: Mapping[str, str],
    barred: Mapping[tuple[str, str], str],
) -> InboxRow:
    days = None if row.due_on is None else (date.fromisoformat(row.due_on) - today).days
    told = elements(definition)
    return InboxRow(
        task=row,
        element=told[row.element],
        procedure=told[row.procedure],
        urgency=_urgency(row, days),
        days=days,
        assignee=names.get(row.assignee or ""),
        article=None if row.limit_id is None else str(basis.limit(row.limit_id, today).article),
        mine=row.assignee == person,
        barred=barred.get((row.case, row.address)),
    )


def _urgency(row: TaskRow, days: int | None) -> str:
    if row.paused:
        return "paused"
    if days is None:
        return "none"
    return "overdue" if days < 0 else "soon" if days <= SOON_DAYS else "later"


def _between(urgency: str | None, today: date) -> dict[str, str]:
    """Give the days an urgency reaches from and to, as the filter names them."""
    if urgency not in URGENCIES:
        return {}
    ends = zip(("due_from", "due_to"), URGENCIES[urgency], strict=True)
    return {name: (today + timedelta(days=days)).isoformat() for name, days in ends if days is not None}
