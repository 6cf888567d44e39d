"""Reports of what stands in the database: plain records for the command line, and where listed cases stand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import storage.cases
import storage.deadlines
import storage.definitions
import storage.entries
import storage.people
import storage.tasks
from casework import advance, cases, library, opening, people
from casework.context import Context
from casework.errors import NotFoundError
from engine.elements import ElementInfo, elements
from engine.values import decode
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow
from storage.tasks import TaskRow

#: What a list of cases tells of each as it is kept.
_COLUMNS: Final = ("id", "number", "procedure", "office", "title", "state", "outcome", "seq", "opened_at")
#: Cases whose tasks are asked for at once.
_AT_ONCE: Final = 500
#: What a deadline says once it was met or lifted; one that is late has not ended by that.
_ENDS: Final = frozenset({"met_on", "lifted_on"})


def definitions(ctx: Context) -> list[dict[str, Any]]:
    """List every procedure's versions: the one in force, those that will be from a later day, and proposals."""
    today = shanghai_date(ctx.now()).isoformat()
    with ctx.database.reading() as tx:
        published = [
            each for procedure in storage.definitions.procedures(tx) for each in _published(tx, procedure, today)
        ]
        return published + [
            {"procedure": row.procedure, "hash": row.hash, "state": "proposed", "provenance": row.provenance}
            for row in storage.definitions.proposals(tx)
        ]


def _published(tx: Tx, procedure: str, today: str) -> Iterator[dict[str, Any]]:
    current = storage.definitions.current(tx, procedure, today)
    if current is not None:
        yield {"state": "current"} | _plain(current)
    for row in reversed(storage.definitions.history(tx, procedure)):
        if row.from_on > today:
            yield {"state": "planned"} | _plain(row)


def _plain(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def list_cases(
    ctx: Context, *, office: str | None = None, state: str | None = None, text: str | None = None, limit: int
) -> list[dict[str, Any]]:
    """List cases, the newest first, without anything personal but their titles.

    Args:
        ctx: the surroundings.
        office: only those it has.
        state: only those in it.
        text: only those with it in their title or number.
        limit: at most so many.

    Returns:
        of each its columns, the names of procedure and office, ``stands``, the names of where it stands, and
        ``due_on``, the next last day by which something has to be done, or null.
    """
    procedures, found = library.names(ctx), []
    with ctx.database.reading() as tx:
        offices = library.offices(ctx, tx)
        for rows in _pages(tx, limit, offices=None if office is None else [office], state=state, text=text):
            stands = _standing(ctx, tx, rows)
            found += [
                {key: getattr(row, key) for key in _COLUMNS}
                | {"procedure_name": procedures.get(row.procedure), "office_name": offices.get(row.office)}
                | {"stands": list({each.id: _name(each) for each in stands.get(row.id, ())}.values())}
                | {"due_on": _due_on(tx, row.id)}
                for row in rows
            ]
    return found


def _pages(tx: Tx, limit: int, **filters: Any) -> Iterator[list[CaseRow]]:
    before = None
    while limit > 0:
        rows = storage.cases.find(tx, before=before, limit=min(limit, _AT_ONCE), **filters)
        if not rows:
            return
        yield rows
        before, limit = rows[-1].id, limit - len(rows)


def _name(element: ElementInfo) -> dict[str, str]:
    return {"zh": element.zh, "en": element.en}


def _due_on(tx: Tx, case_id: str) -> str | None:
    """Give the next last day, or the first that has passed, of what has to be done in a case."""
    records = (decode(row.record) for row in storage.deadlines.of_case(tx, case_id))
    owed = (each for each in records if each["kind"] == "act_by" and not each.keys() & _ENDS)
    return min((each["due_on"] for each in owed if each["state"] != "suspended"), default=None)


def standing(ctx: Context, rows: Iterable[CaseRow]) -> dict[str, list[ElementInfo]]:
    """Name where open cases stand, by case: at their open tasks, or else at what they wait for.

    Args:
        ctx: the surroundings.
        rows: of cases, with or without snapshots; those that have ended stand nowhere.
    """
    with ctx.database.reading() as tx:
        return _standing(ctx, tx, rows)


def _standing(ctx: Context, tx: Tx, rows: Iterable[CaseRow]) -> dict[str, list[ElementInfo]]:
    is_open = [row for row in rows if row.state == "open"]
    tasks = storage.tasks.of_cases(tx, [row.id for row in is_open])
    return {row.id: _places(ctx, tx, row, tasks.get(row.id, ())) for row in is_open}


def _places(ctx: Context, tx: Tx, row: CaseRow, tasks: Iterable[TaskRow]) -> list[ElementInfo]:
    told = elements(advance.definition_of(ctx, tx, row))
    found = [told[task.element] for task in tasks]
    if found:
        return found
    snapshot = advance.load(ctx, tx, advance.require(storage.cases.get(tx, row.id), row.id))
    return [each.element for each in cases.awaited(told, snapshot.projection)]


def show_case(ctx: Context, case_id: str) -> dict[str, Any]:
    """Show a case: where it stands, and its history a line an entry; ``persons`` and ``offices`` name the ids in it.

    Raises:
        NotFoundError: no such case.
    """
    with ctx.database.reading() as tx:
        row = advance.require(storage.cases.get(tx, case_id), case_id)
        entries = storage.entries.read(tx, case_id)
        tasks = [asdict(task) for task in storage.tasks.of_case(tx, case_id)]
        running: list[Mapping[str, Any]] = [decode(each.record) for each in storage.deadlines.of_case(tx, case_id)]
        persons = people.names(tx, {e.actor for e in entries} | {task["assignee"] for task in tasks})
        named = library.offices(ctx, tx)
    return {
        "case": case_id,
        "procedure": row.procedure,
        "definition": row.definition,
        "office": row.office,
        "state": row.state,
        "outcome": row.outcome,
        "head": row.head,
        "tasks": [{key: task[key] for key in ("address", "role", "office", "assignee", "due_on")} for task in tasks],
        "deadlines": [
            {key: each.get(key) for key in ("deadline", "started_on", "due_on", "state")} for each in running
        ],
        "persons": persons,
        "offices": {each: named[each] for each in {row.office, *(task["office"] for task in tasks)} if each in named},
        "history": [
            {"seq": e.seq, "at": e.at, "kind": e.kind, "address": e.address, "actor": e.actor, "hash": e.hash}
            for e in entries
        ],
    }


def open_case(ctx: Context, sign_in: str, procedure: str, office: str, token: str) -> dict[str, str]:
    """Open a case for the person of a sign-in name.

    Raises:
        NotFoundError: nobody signs in by that name, or no such procedure.
    """
    with ctx.database.reading() as tx:
        row = storage.people.by_sign_in(tx, sign_in)
    if row is None:
        raise NotFoundError("person_unknown", person=sign_in)
    return {"case": opening.start(ctx, row.id, procedure, office, token)}
