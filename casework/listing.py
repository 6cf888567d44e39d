"""Reports for the command line: plain records of what stands in the database."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import storage.cases
import storage.deadlines
import storage.definitions
import storage.entries
import storage.people
import storage.tasks
from casework import advance, cases, library, people
from casework.context import Context
from casework.errors import NotFoundError
from engine.values import decode
from handlers.law.dates import shanghai_date
from storage import Tx


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


def list_cases(ctx: Context, office: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """List cases, the newest first, without anything personal but their titles."""
    with ctx.database.reading() as tx:
        found = storage.cases.find(tx, offices=None if office is None else [office], state=state, limit=limit)
    keys = ("id", "number", "procedure", "office", "title", "state", "outcome", "seq", "opened_at")
    return [{key: getattr(row, key) for key in keys} for row in found]


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
