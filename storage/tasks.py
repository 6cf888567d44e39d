"""The inbox: open tasks, as a projection that a list can be read from without opening any case.

A page is read by key, never by offset, worst first: by the day the task is due (none last), then case, then address.
For every (office, role) of the reader a short ordered run is taken from one index and the runs are merged, so the
cost follows the page, not the table.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.columns import OpenDay
from storage.database import Tx
from storage.rows import many, one, parameters, run, run_all
from storage.tables import barred, draft, task


@dataclass(frozen=True, slots=True)
class TaskRow:
    """An open task as the inbox shows it.

    Attributes:
        case: id of its case.
        address: where in the case.
        procedure: stem of the procedure.
        definition: hash of the definition the case runs.
        element: id in the diagram.
        office: whose task it is.
        role: who there may do it.
        opened_at: when it appeared.
        form: path of its form, or null.
        officers: how many persons must confirm.
        assignee: person who claimed it, or null.
        claimed_at: when, or null.
        due_on: last day of the deadline it answers to, or null.
        limit_id: that limit (``D05``), or null.
        paused: whether that deadline is suspended.
        priority: 0 ordinary, higher is more urgent.
        case_number: official number of the case, or null.
        title: of the case.
        worker_name: or null.
        latest_note: newest comment on the case, or null.
    """

    case: str
    address: str
    procedure: str
    definition: str
    element: str
    office: str
    role: str
    opened_at: str
    form: str | None = None
    officers: int = 1
    assignee: str | None = None
    claimed_at: str | None = None
    due_on: str | None = None
    limit_id: str | None = None
    paused: bool = False
    priority: int = 0
    case_number: str | None = None
    title: str = ""
    worker_name: str | None = None
    latest_note: str | None = None


@dataclass(frozen=True, slots=True)
class AtDesk:
    """An open task before a person.

    Attributes:
        row: the task.
        has_draft: whether the person kept it half-filled.
        recused: persons who may do nothing in its case.
    """

    row: TaskRow
    has_draft: bool
    recused: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an inbox shows of all that its reader may do.

    Attributes:
        holder: ``anyone``, ``mine``, ``nobody`` or ``others``.
        procedure: only tasks of this procedure.
        due_from: only tasks due on this day or later; those without a day are later than any.
        due_to: only tasks due on this day or earlier.
        without_barred: leave out tasks the reader is barred from.
    """

    holder: Literal["anyone", "mine", "nobody", "others"] = "anyone"
    procedure: str | None = None
    due_from: str | None = None
    due_to: str | None = None
    without_barred: bool = False


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page ended: the place of its last row in the order.

    Attributes:
        due_on: its day, or null.
        case: its case.
        address: its address.
    """

    due_on: str | None
    case: str
    address: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an inbox.

    Attributes:
        rows: tasks, worst first.
        barred: (case, address) of those among them the reader is barred from, with the ground.
        next: what to ask the next page with, or null on the last.
    """

    rows: list[TaskRow]
    barred: dict[tuple[str, str], str] = field(default_factory=dict)
    next: PageKey | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks stand in each bucket; ``MOST`` means that many or more.

    Attributes:
        overdue: due before today.
        soon: due from today to the day named soon.
        later: due after it.
        undated: without a day.
    """

    overdue: int
    soon: int
    later: int
    undated: int


#: An inbox without filters.
EVERYTHING: Final = Filters()

#: Counting stops here.
MOST: Final = 1000

_TASK: Final = [task.c[name] for name in TaskRow.__slots__]
_HERE: Final = (task.c.case == bindparam("case"), task.c.address == bindparam("address"))
_ORDER: Final = (task.c.due_on, task.c.case, task.c.address)

_BARRED: Final = (
    barred.c.case == task.c.case,
    barred.c.person == bindparam("person"),
    or_(barred.c.element == task.c.element, barred.c.element == "*"),
)
_FIRST_DAY: Final = "0001-01-01"

_INSERT: Final = task.insert()
_CLOSE: Final = delete(task).where(*_HERE)
_GET: Final = select(*_TASK).where(*_HERE)
_HAS_DRAFT: Final = (
    exists()
    .where(draft.c.case == task.c.case, draft.c.address == task.c.address, draft.c.person == bindparam("person"))
    .correlate(task)
)
_AT_DESK: Final = (
    select(*_TASK, _HAS_DRAFT, barred.c.person)
    .join(barred, (barred.c.case == task.c.case) & (barred.c.element == "*"), isouter=True)
    .where(*_HERE)
)
_OF_CASE: Final = select(*_TASK).where(task.c.case == bindparam("case")).order_by(*_ORDER)
_OF_CASES: Final = select(*_TASK).where(task.c.case.in_(bindparam("cases", expanding=True))).order_by(*_ORDER)
_UPDATE_ONE: Final = task.update().where(task.c.case == bindparam("_case"), task.c.address == bindparam("_address"))
_UPDATE_LIMIT: Final = task.update().where(task.c.case == bindparam("_case"), task.c.limit_id == bindparam("_limit"))
_UPDATE_CASE: Final = task.update().where(task.c.case == bindparam("_case"))


def insert(tx: Tx, rows: Iterable[TaskRow]) -> None:
    """Add tasks that opened.

    Raises:
        TakenError: when one of them is open already.
    """
    run_all(tx, _INSERT, (parameters(row) for row in rows))


def close(tx: Tx, case: str, addresses: Iterable[str]) -> None:
    """Take tasks away that closed."""
    run_all(tx, _CLOSE, ({"case": case, "address": address} for address in addresses))


def get(tx: Tx, case: str, address: str) -> TaskRow | None:
    """Read one open task."""
    return one(tx, _GET, TaskRow, case=case, address=address)


def at_desk(tx: Tx, case: str, address: str, person: str) -> AtDesk | None:
    """Read one open task with what decides whether a person may do it; one query, for it is asked at every click."""
    rows = tx.connection.execute(_AT_DESK, {"case": case, "address": address, "person": person}).all()
    if not rows:
        return None
    *columns, has_draft, _recused = rows[0]
    return AtDesk(TaskRow(*columns), bool(has_draft), frozenset(row[-1] for row in rows if row[-1] is not None))


def of_case(tx: Tx, case: str) -> list[TaskRow]:
    """List the open tasks of a case, worst first."""
    return many(tx, _OF_CASE, TaskRow, case=case)


def of_cases(tx: Tx, cases: Iterable[str]) -> dict[str, list[TaskRow]]:
    """List the open tasks of several cases in one query, each case's worst first; one without any is left out."""
    found: dict[str, list[TaskRow]] = {}
    for row in many(tx, _OF_CASES, TaskRow, cases=list(cases)):
        found.setdefault(row.case, []).append(row)
    return found


def assign(tx: Tx, case: str, address: str, person: str | None, at: str) -> bool:
    """Give a task to a person, or back to everybody.

    Returns:
        Whether the task is still open.
    """
    values = {"assignee": person, "claimed_at": None if person is None else at}
    return run(tx, _UPDATE_ONE, values | {"_case": case, "_address": address}).rowcount == 1


def reschedule(tx: Tx, case: str, moved: Iterable[tuple[str, str | None, bool]]) -> None:
    """Show on a case's tasks that the deadlines they answer to moved.

    Args:
        tx: a writing transaction.
        case: id of the case.
        moved: (limit id, last day or null, whether suspended).
    """
    run_all(
        tx,
        _UPDATE_LIMIT,
        ({"_case": case, "_limit": limit_id, "due_on": due_on, "paused": paused} for limit_id, due_on, paused in moved),
    )


def relabel(tx: Tx, case: str, **labels: str | int | None) -> None:
    """Change what every open task of a case shows.

    Args:
        tx: a writing transaction.
        case: id of the case.
        **labels: ``case_number``, ``title``, ``worker_name``, ``latest_note``, ``priority``, ``definition``.
    """
    run(tx, _UPDATE_CASE, labels | {"_case": case})


def transfer(tx: Tx, case: str, from_office: str, to_office: str) -> None:
    """Move the open tasks of a case from one office to another; nobody has them there yet."""
    statement = _UPDATE_CASE.where(task.c.office == bindparam("_from"))
    run(tx, statement, {"_case": case, "_from": from_office, "office": to_office, "assignee": None, "claimed_at": None})


def page(
    tx: Tx,
    *,
    offices_roles: Sequence[tuple[str, str]],
    person: str,
    filters: Filters = EVERYTHING,
    after_key: PageKey | None = None,
    size: int = 50,
) -> Page:
    """Read one page of the tasks somebody with these roles may see.

    Args:
        tx: any transaction.
        offices_roles: (office, role) pairs the reader holds today; at most 256.
        person: the reader.
        filters: what to show of it.
        after_key: the ``next`` of the page before.
        size: rows on a page.
    """
    asked = _asked(tx, offices_roles, person, filters)
    if asked is None:
        return Page([])
    shape, values = asked
    values["size"] = size + 1
    if after_key is not None:
        values |= {"k_due_on": after_key.due_on, "k_case": after_key.case, "k_address": after_key.address}
    found = tx.connection.execute(_page_statement(shape, paged=after_key is not None), values).all()
    rows = [TaskRow(*row[:-1]) for row in found[:size]]
    grounds = {(row.case, row.address): ground for row, (*_, ground) in zip(rows, found, strict=False) if ground}
    if len(found) <= size:
        return Page(rows, grounds)
    return Page(rows, grounds, PageKey(rows[-1].due_on, rows[-1].case, rows[-1].address))


def counts(
    tx: Tx,
    *,
    offices_roles: Sequence[tuple[str, str]],
    person: str,
    today: str,
    soon: str,
    filters: Filters = EVERYTHING,
) -> Counts:
    """Count what an inbox holds by urgency, at most ``MOST`` of each.

    Args:
        tx: any transaction.
        offices_roles: (office, role) pairs the reader holds today.
        person: the reader.
        today: the legal date.
        soon: last day that counts as soon.
        filters: what to count; its days are left aside.
    """
    asked = _asked(tx, offices_roles, person, filters)
    if asked is None:
        return Counts(0, 0, 0, 0)
    shape, values = asked
    values |= {"today": today, "soon": soon, "never": None}
    return Counts(*tx.connection.execute(_counts_statement(shape), values).one())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides the text of a statement; all else is its parameters.

    Attributes:
        dialect: of the database.
        pairs: how many runs there are, on SQLite; it has no way to run a query for each row of another.
        holder: as the filters'.
        procedure: whether one is asked for.
        without_barred: as the filters'.
    """

    dialect: str
    pairs: int
    holder: str
    procedure: bool
    without_barred: bool


def _asked(
    tx: Tx, pairs: Iterable[tuple[str, str]], person: str, filters: Filters
) -> tuple[_Shape, dict[str, Any]] | None:
    """Give the shape of an inbox's statements and their parameters; null for a reader without any role."""
    held = sorted(set(pairs))
    if not held:
        return None
    values: dict[str, Any] = {"person": person, "from": filters.due_from or _FIRST_DAY, "to": filters.due_to}
    if filters.procedure is not None:
        values["procedure"] = filters.procedure
    runs = 1
    if filters.holder == "mine":
        values["pairs"] = held
    elif tx.dialect == "postgresql":
        values |= {"offices": [office for office, _ in held], "roles": [role for _, role in held]}
    else:
        # Few sizes, so that few statements are ever prepared; nobody holds the empty role.
        runs = 1 << (len(held) - 1).bit_length()
        for index, (office, role) in enumerate([*held, *[("", "")] * (runs - len(held))]):
            values |= {f"office{index}": office, f"role{index}": role}
    shape = _Shape(tx.dialect, runs, filters.holder, filters.procedure is not None, filters.without_barred)
    return shape, values


@lru_cache(maxsize=256)
def _page_statement(shape: _Shape, *, paged: bool) -> Select[Any]:
    bounds = [task.c.due_on <= bindparam("to", type_=OpenDay)]
    if paged:
        key = tuple_(*(bindparam(f"k_{column.name}", type_=column.type) for column in _ORDER))
        bounds.append(tuple_(*_ORDER) > key)
    else:
        bounds.append(task.c.due_on >= bindparam("from", type_=OpenDay))
    size = bindparam("size", type_=Integer)
    runs = _runs(shape, lambda *which: select(*_ORDER).where(*which, *bounds).order_by(*_ORDER).limit(size))
    keys = select(*runs.c).order_by(*runs.c).limit(size).subquery()
    ground = select(func.min(barred.c.ground)).where(*_BARRED).correlate(task).scalar_subquery()
    return (
        select(*_TASK, ground)
        .join(keys, (task.c.case == keys.c.case) & (task.c.address == keys.c.address))
        .order_by(keys.c.due_on, keys.c.case, keys.c.address)
    )


@lru_cache(maxsize=256)
def _counts_statement(shape: _Shape) -> Select[Any]:
    today, soon, never = (bindparam(name, type_=OpenDay) for name in ("today", "soon", "never"))
    due = task.c.due_on
    buckets = [(due < today,), (due >= today, due <= soon), (due > soon, due < never), (due == never,)]
    return select(*(_count(shape, bucket) for bucket in buckets))


def _count(shape: _Shape, bucket: Sequence[ColumnElement[bool]]) -> ScalarSelect[Any]:
    one: ColumnElement[int] = literal_column("1", Integer).label("one")
    runs = _runs(shape, lambda *which: select(one).where(*which, *bucket).limit(MOST))
    return select(func.count()).select_from(select(runs.c.one).limit(MOST).subquery()).scalar_subquery()


def _runs(shape: _Shape, query: Callable[..., Select[Any]]) -> Subquery:
    """Put together what a short query finds for each (office, role), or for the reader's own tasks."""
    conditions = _conditions(shape)
    if shape.holder == "mine":
        held = tuple_(task.c.office, task.c.role).in_(bindparam("pairs", expanding=True))
        return query(task.c.assignee == bindparam("person"), held, *conditions).subquery()
    if shape.dialect == "postgresql":
        pair = (
            func.unnest(bindparam("offices", type_=ARRAY(Text)), bindparam("roles", type_=ARRAY(Text)))
            .table_valued("office", "role", name="pair")
            .render_derived()
        )
        run = query(task.c.office == pair.c.office, task.c.role == pair.c.role, *conditions).lateral()
        return select(*run.c).select_from(pair.join(run, true())).subquery()
    runs = [
        query(task.c.office == bindparam(f"office{index}"), task.c.role == bindparam(f"role{index}"), *conditions)
        for index in range(shape.pairs)
    ]
    # SQLite takes an order and a limit only in a query of its own.
    return union_all(*(select(*run.subquery().c) for run in runs)).subquery()


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if shape.procedure:
        conditions.append(task.c.procedure == bindparam("procedure"))
    if shape.without_barred:
        conditions.append(~exists().where(*_BARRED))
    if shape.holder == "nobody":
        conditions.append(task.c.assignee.is_(None))
    elif shape.holder == "others":
        conditions.append(task.c.assignee != bindparam("person"))
    return conditions
