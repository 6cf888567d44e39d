"""Reading a case: the one gate, the log of who came through it and why, and its history as far as it is left."""

import storage.cases
import storage.reads
from casework import advance, chain, people
from casework.context import Context
from casework.errors import NotFoundError
from engine.values import Value
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow

#: An entry with its payload and effects as far as they are left, and whether something of it was erased.
ReadEntry = tuple[EntryRow, dict[str, Value], list[dict[str, Value]], bool]


def open_for(ctx: Context, tx: Tx, person: str, case_id: str, why: str) -> tuple[people.Person, CaseRow]:
    """Give a case to a person who may see it, and log that it was read.

    Args:
        ctx: the surroundings.
        tx: a writing transaction: the log is written before the page is sent.
        person: id.
        case_id: of the case.
        why: how the page was reached, one word.

    Raises:
        NotFoundError: no such case, or one that this person may not see; the answer is the same, so that nobody
            learns which cases other offices have.
    """
    me = people.person_in(ctx, tx, person)
    case = storage.cases.get(tx, case_id)
    if case is None or not people.may_see(ctx, tx, me, case.id, case.office):
        raise NotFoundError("case_unknown", case=case_id)
    storage.reads.log(tx, person, case_id, hour=_hour(ctx), why=why)
    return me, case


def log_file(ctx: Context, tx: Tx, person: str, case_id: str, sha256: str) -> None:
    """Log that a person who came through the gate opened a file."""
    storage.reads.log_file(tx, person, case_id, hour=_hour(ctx), sha256=sha256)


def entries(tx: Tx, case_id: str) -> list[ReadEntry]:
    """Open the entries of a case; one with an erased leaf shows what is left of it."""
    opened = ((row, chain.open_remains(row.body, sealed)) for row, sealed in advance.history(tx, case_id))
    return [(row, payload, effects, bool(gone)) for row, (payload, effects, gone) in opened]


def _hour(ctx: Context) -> str:
    return f"{ctx.now()[:13]}:00:00.000000Z"
