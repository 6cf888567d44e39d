"""Re-execution of history in memory, and what a finished case takes.

On recognition the cases of the demonstration are executed, which stand at every stage of the procedure; on the
eight-element procedure, cases of its own.
"""

from collections.abc import Iterator
from time import perf_counter

from sqlalchemy import LargeBinary, cast, func, select

from bench.ground import FORM, OFFICE, PROCESSES, Ground, prepared, surroundings
from casework import advance, demo, opening, tasks
from casework.advance import Snapshot
from casework.context import Context
from engine import Definition, Event
from handlers.law.basis import Basis
from storage import Tx, entries, tables
from storage import cases as stored_cases

CASES = 200
ROUNDS = 5
#: Procedures of which the demonstration has few cases are executed more often.
FEW_ROUNDS = 40

_Run = tuple[Definition, Basis, list[Event]]


def run(url: str | None) -> dict[str, float]:
    """Measure; gives ``entries_per_s`` (recognition), ``entries_per_s_small`` and ``bytes_per_case``.

    Args:
        url: of an empty database for the eight-element procedure; recognition is measured in a file of its own.
    """
    with surroundings(None, PROCESSES) as ctx:
        demo.load(ctx, only_if_empty=True)
        recognition = _entries_per_second(_runs(ctx), FEW_ROUNDS)
        size = _bytes_per_case(ctx)
    with prepared(url) as ground:
        _work(ground)
        small = _entries_per_second(_runs(ground.ctx), ROUNDS)
    return {
        "entries_per_s": round(recognition, 1),
        "entries_per_s_small": round(small, 1),
        "bytes_per_case": size,
    }


def _work(ground: Ground) -> None:
    for n in range(CASES):
        case = opening.start(ground.ctx, ground.person, "small", OFFICE, f"bench-{n}")
        tasks.complete(ground.ctx, ground.person, case, "small/enter", FORM | {"matter.amount": n})
        tasks.complete(ground.ctx, ground.person, case, "small/check", {"matter.agreed": True})


def _runs(ctx: Context) -> list[_Run]:
    """Read every case's events, so that only the engine is timed."""
    with ctx.database.reading() as tx:
        return [_read(ctx, tx, case) for case in stored_cases.ids(tx)]


def _read(ctx: Context, tx: Tx, case: str) -> _Run:
    rows = [row for row in entries.read(tx, case) if advance.is_move(row)]
    definition, basis = advance.surroundings(ctx, tx, rows[0])
    return definition, basis, [advance.read_event(tx, row)[0] for row in rows]


def _entries_per_second(runs: list[_Run], rounds: int) -> float:
    begun, stepped = perf_counter(), 0
    for _ in range(rounds):
        for definition, basis, events in runs:
            snapshot = Snapshot()
            for event in events:
                advance.fold(definition, basis, snapshot, event)
                stepped += 1
    return stepped / (perf_counter() - begun)


def _bytes_per_case(ctx: Context) -> int:
    """Count the stored bytes of the largest finished case: entries and leaves, every column, without indexes."""
    with ctx.database.reading() as tx:
        ended = [row.id for row in stored_cases.find(tx, state="ended")]
        return max(sum(_sizes(tx, case)) for case in ended)


def _sizes(tx: Tx, case: str) -> Iterator[int]:
    for table in (tables.entry, tables.leaf):
        width = sum((func.coalesce(func.length(cast(column, LargeBinary)), 0) for column in table.columns), start=0)
        yield int(tx.connection.scalar(select(func.coalesce(func.sum(width), 0)).where(table.c.chain == case)) or 0)
