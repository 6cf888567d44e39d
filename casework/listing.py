"""Reports of what stands in the database: plain records for the command line, and where listed cases stand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import storage.cases
import storage.deadlines
import storage.definitions
import storage.entries
import storage.people
import storage.tasks
from casework import advance, cases, library, people
from casework.cases import Diagram
from casework.context import Context
from casework.errors import NotFoundError
from engine.elements import ElementInfo, elements
from engine.values import decode
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow
from storage.tasks import TaskRow


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


def diagrams(ctx: Context, name: str) -> list[Diagram]:
    """Give the diagrams of a definition, its own first and then those it calls, in which no case stands anywhere.

    Raises:
        NotFoundError: no definition has this hash.
    """
    with ctx.database.reading() as tx:
        definition = library.definition(ctx, tx, name)
    told = elements(definition)
    drawn = sorted(each.id for each in told.values() if f"{each.id}.bpmn" in definition.files)
    drawn.sort(key=lambda process: process != definition.procedure)
    return [Diagram(told[process], definition.files[f"{process}.bpmn"], [], [], []) for process in drawn]


def _plain(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def list_cases(ctx: Context, office: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """List cases, the newest first, without anything personal but their titles."""
    with ctx.database.reading() as tx:
        found = storage.cases.find(tx, offices=None if office is None else [office], state=state, limit=limit)
    keys = ("id", "number", "procedure", "office", "title", "state", "outcome", "seq", "opened_at")
    return [{key: getattr(row, key) for key in keys} for row in found]


def standing(ctx: Context, rows: Iterable[CaseRow]) -> dict[str, list[ElementInfo]]:
    """Name where open cases stand, by case: at their open tasks, or else at what they wait for.

    Args:
        ctx: the surroundings.
        rows: of cases, with or without snapshots; those that have ended stand nowhere.
    """
    is_open = [row for row in rows if row.state == "open"]
    with ctx.database.reading() as tx:
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
    return {"case": cases.start(ctx, row.id, procedure, office, token)}
