"""The inbox: one list over one's offices and roles, worst first, and how much stands behind each of its filters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain
from typing import Final, Literal, cast

import storage.people
import storage.tasks
from casework import forms, library, people
from casework.context import Context
from casework.people import Person
from engine import Definition
from engine.elements import ElementInfo, declarations, elements
from handlers.law.basis import Basis
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.tasks import Counts, Filters, PageKey, TaskRow

__all__ = [
    "HOLDERS",
    "OFFICE",
    "URGENCIES",
    "Inbox",
    "InboxRow",
    "PageKey",
    "Tallies",
    "page",
    "urgency",
]

#: How many days before its last day a task counts as due soon.
SOON_DAYS: Final = 3

PAGE_SIZE: Final = 50

#: Whose tasks a list may show: one's own, nobody's yet, those others have, all of one's roles.
HOLDERS: Final = ("mine", "nobody", "others", "anyone")
#: Every task of the offices one leads, whatever its role: for who hands work over.
OFFICE: Final = "office"

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
        days: to its last day, negative when it has passed, null when it has none or its limit stands still.
        assignee: name of who has it, or null.
        article: of the limit it answers to, or null.
        mine: whether the person has it.
        workable: whether it is for a role of the person's.
        barred: ground on which the person may not do it, or null.
        mark: label of the answer that makes its case urgent, ``zh`` and ``en``, or null.
    """

    task: TaskRow
    element: ElementInfo
    procedure: ElementInfo
    urgency: str
    days: int | None
    assignee: str | None
    article: str | None
    mine: bool
    workable: bool
    barred: str | None
    mark: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Tallies:
    """How many tasks each choice of a filter would show, the other filters as they are; counting stops at a bound.

    Attributes:
        holder: by each of ``HOLDERS`` and, for who leads an office, ``OFFICE``.
        procedure: by stem.
        role: by role of the person's.
    """

    holder: Mapping[str, int]
    procedure: Mapping[str, int]
    role: Mapping[str, int]


@dataclass(frozen=True)
class Inbox:
    """A page of the list.

    Attributes:
        rows: in order of their last day.
        next_key: to ask for the page after, or null.
        counts: of all that the person may see, by urgency.
        tallies: of what stands behind each filter.
        staff: ids and names of who works in the offices the person leads, where the list is of those; else empty.
    """

    rows: list[InboxRow]
    next_key: PageKey | None
    counts: Counts
    tallies: Tallies
    staff: list[tuple[str, str]]


def page(  # noqa: PLR0913 - the filters of the page, each given by name
    ctx: Context,
    person: str,
    *,
    holder: str = "anyone",
    urgency: str | None = None,
    procedure: str | None = None,
    role: str | None = None,
    procedures: Iterable[str] = (),
    after: PageKey | None = None,
    size: int = PAGE_SIZE,
) -> Inbox:
    """Give a page of what a person may work on today, with what stands behind its filters.

    Args:
        ctx: the surroundings.
        person: id.
        holder: one of ``HOLDERS``, or ``OFFICE``.
        urgency: one of ``URGENCIES``.
        procedure: only its tasks.
        role: only tasks of this role of the person's.
        procedures: stems that are offered as filters.
        after: ``next_key`` of the page before.
        size: rows on a page.
    """
    today = shanghai_date(ctx.now())
    with ctx.database.reading() as tx:
        me = people.person_in(ctx, tx, person)
        pairs = _pairs(me, holder, role)
        due_from, due_to = _between(urgency, today)
        filters = Filters(holder=_holder(holder), procedure=procedure, due_from=due_from, due_to=due_to)
        found = storage.tasks.page(tx, offices_roles=pairs, person=person, filters=filters, after_key=after, size=size)
        count = cache(partial(_counts, tx, me, today))
        names = people.names(tx, {row.assignee for row in found.rows if row.assignee})
        _name, basis = library.newest_basis(ctx, tx)
        rows = [
            _row(row, library.definition(ctx, tx, row.definition), basis, today, me, names, found.barred)
            for row in found.rows
        ]
        return Inbox(
            rows,
            found.next,
            count(holder, procedure, role),
            _tallies(me, procedures, count, holder, procedure, role),
            _staff(tx, me, today) if holder == OFFICE else [],
        )


def _pairs(me: Person, holder: str, role: str | None) -> list[tuple[str, str]]:
    """Name the offices and roles whose tasks a list shows."""
    if holder == OFFICE:
        offices = {held.office for held in me.roles if held.role in people.LEADING_ROLES}
        held = {(office, each) for office in offices for each in people.WORKING_ROLES}
    else:
        held = {(each.office, each.role) for each in me.roles}
    return sorted(pair for pair in held if role in (None, pair[1]))


def _holder(holder: str) -> Literal["anyone", "mine", "nobody", "others"]:
    """Give the filter of storage: every task of one's offices is anyone's."""
    return "anyone" if holder == OFFICE else cast(Literal["anyone", "mine", "nobody", "others"], holder)


def _staff(tx: Tx, me: Person, today: date) -> list[tuple[str, str]]:
    """List who works today in the offices a person leads, by name; nobody where they lead none."""
    pairs = _pairs(me, OFFICE, None)
    found = {row.id: row.name for pair in pairs for row in storage.people.holders(tx, *pair, today.isoformat())}
    return sorted(found.items(), key=lambda each: (each[1], each[0]))


def _counts(tx: Tx, me: Person, today: date, holder: str, procedure: str | None, role: str | None) -> Counts:
    return storage.tasks.counts(
        tx,
        offices_roles=_pairs(me, holder, role),
        person=me.id,
        filters=Filters(holder=_holder(holder), procedure=procedure),
        today=today.isoformat(),
        soon=(today + timedelta(days=SOON_DAYS)).isoformat(),
    )


def _tallies(
    me: Person,
    procedures: Iterable[str],
    count: Callable[[str, str | None, str | None], Counts],
    holder: str,
    procedure: str | None,
    role: str | None,
) -> Tallies:
    """Count what stands behind each filter of a person's list."""
    holders = (*HOLDERS, OFFICE) if me.holds(people.LEADING_ROLES) else HOLDERS
    return Tallies(
        {each: _all(count(each, procedure, role)) for each in holders},
        {each: _all(count(holder, each, role)) for each in procedures},
        {each: _all(count(holder, procedure, each)) for _office, each in _pairs(me, holder, None)},
    )


def _all(counts: Counts) -> int:
    return sum(astuple(counts))


def _row(  # noqa: PLR0913, PLR0917 - a stored row, and all that turns it into a line
    row: TaskRow,
    definition: Definition,
    basis: Basis,
    today: date,
    me: Person,
    names: Mapping[str, str],
    barred: Mapping[tuple[str, str], str],
) -> InboxRow:
    light, days = urgency(row.due_on, paused=row.paused, on=today)
    told = elements(definition)
    return InboxRow(
        task=row,
        element=told[row.element],
        procedure=told[row.procedure],
        urgency=light,
        days=days,
        assignee=names.get(row.assignee or ""),
        article=_articles(basis, row.limit_id, today),
        mine=row.assignee == me.id,
        workable=me.holds({row.role}, row.office),
        barred=barred.get((row.case, row.address)),
        mark=_mark(definition, row.priority),
    )


def _articles(basis: Basis, limits: str | None, on: date) -> str | None:
    """Name the articles of the limits a task answers to, ``D05;D06``, each once."""
    if limits is None:
        return None
    articles = (str(basis.limit(limit.strip(), on).article).split(";") for limit in limits.split(";"))
    return ";".join(dict.fromkeys(chain.from_iterable(articles)))


def _mark(definition: Definition, priority: int) -> Mapping[str, str] | None:
    """Give the label of the answer that a task's priority stands for; a case that migrated may have lost it."""
    answers = forms.urgent_answers(definition)
    if not 0 < priority <= len(answers):
        return None
    name, code = answers[priority - 1]
    return declarations(definition)[name].codes[code]


def urgency(due_on: str | None, *, paused: bool, on: date) -> tuple[str, int | None]:
    """Tell how urgent a last day is: ``overdue``, ``soon``, ``later``, ``paused``, ``none``; and the days until it.

    No days run where there is none, or its limit stands still.

    Args:
        due_on: the day, or null.
        paused: whether its limit stands still.
        on: the legal date.
    """
    if paused:
        return "paused", None
    if due_on is None:
        return "none", None
    days = (date.fromisoformat(due_on) - on).days
    return "overdue" if days < 0 else "soon" if days <= SOON_DAYS else "later", days


def _between(urgency: str | None, today: date) -> tuple[str | None, str | None]:
    """Give the first and the last day of an urgency; null where it has no such end, or there is no such urgency."""
    first, last = URGENCIES.get(urgency or "", (None, None))
    return _day(today, first), _day(today, last)


def _day(today: date, days: int | None) -> str | None:
    return None if days is None else (today + timedelta(days=days)).isoformat()
