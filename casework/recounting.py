"""Counting running deadlines again when what they are counted by changed: a year's workdays were announced.

A new basis moves nothing by itself. Every open case with a running deadline whose last day it moves is told by an
entry of its own, ``basis_changed``, so that replay counts by the old basis before it and by the new one after it.
"""

from collections.abc import Iterator
from contextlib import suppress

import storage.bases
import storage.cases
import storage.deadlines
import storage.incidents
from casework import advance, library
from casework.advance import Arrival
from casework.context import SYSTEM, Context
from casework.errors import IncidentError
from engine.values import decode
from handlers.law import deadlines
from handlers.law.basis import Basis
from storage import Tx

_RUNNING = frozenset({"running", "suspended"})


def recount(ctx: Context) -> int:
    """Tell every open case whose deadlines the newest basis moves; gives how many. Run again it finds none.

    A case that could not be told has an incident, and is told when an operator has answered it.
    """
    with ctx.database.reading() as tx:
        if storage.bases.newest_hash(tx) is None:
            return 0
        name, basis = library.newest_basis(ctx, tx)
    return sum(_tell(ctx, case_id, name, basis) for case_id in _moved(ctx, basis))


def _moved(ctx: Context, basis: Basis) -> Iterator[str]:
    after = ""
    while True:
        with ctx.database.reading() as tx:
            page = storage.cases.ids(tx, after)
            moved = [case_id for case_id in page if _moves(tx, basis, case_id)]
        if not page:
            return
        yield from moved
        after = page[-1]


def _moves(tx: Tx, basis: Basis, case_id: str) -> bool:
    records = (decode(row.record) for row in storage.deadlines.of_case(tx, case_id) if row.state in _RUNNING)
    return any(deadlines.recompute(basis, record) != record for record in records)


def _tell(ctx: Context, case_id: str, name: str, basis: Basis) -> bool:
    """Look again with the case locked: it may have ended, have been told, or stand in an incident over this."""
    about = f"basis:{name}"
    with suppress(IncidentError), advance.writing(ctx, about) as tx:
        case = advance.lock(tx, case_id)
        waits = any(row.address == about and row.closed_at is None for row in storage.incidents.of_case(tx, case_id))
        if case.state != "open" or waits or not _moves(tx, basis, case_id):
            return False
        told = Arrival("basis_changed", f"{SYSTEM}:basis", f"{about}@{case.seq + 1}")
        advance.advance(ctx, tx, case, advance.load(ctx, tx, case), told)
        return True
    return False
