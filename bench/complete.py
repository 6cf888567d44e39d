"""Completing a task through casework, beside the rate at which the same rows are committed bare.

A case of the eight-element procedure is opened and its two tasks are completed; each completion is timed alone.
The bare loop writes, in one transaction each, the same number of rows with the same bytes and no engine at all.
"""

from statistics import median, quantiles
from time import perf_counter
from uuid import uuid4

from sqlalchemy import insert

from bench.ground import FORM, OFFICE, Ground, prepared
from casework import opening, tasks
from storage import cases as stored_cases
from storage import entries, tables
from storage.entries import EntryRow

CASES = 300
WARM_UP = 20


def run(url: str | None) -> dict[str, float]:
    """Measure; gives ``p50_ms``, ``p95_ms``, ``per_s``, ``bare_per_s``, ``ratio``."""
    with prepared(url) as ground:
        times = [spent for n in range(CASES + WARM_UP) for spent in _one_case(ground, n) if n >= WARM_UP]
        bare = _bare(ground, len(times))
    per_second = len(times) / sum(times)
    return {
        "p50_ms": round(median(times) * 1000, 3),
        "p95_ms": round(quantiles(times, n=20)[-1] * 1000, 3),
        "per_s": round(per_second, 1),
        "bare_per_s": round(bare, 1),
        "ratio": round(per_second / bare, 3),
    }


def _one_case(ground: Ground, number: int) -> list[float]:
    case = opening.start(ground.ctx, ground.person, "small", OFFICE, f"bench-{number}")
    return [
        _timed(ground, case, "small/enter", FORM | {"matter.amount": number}),
        _timed(ground, case, "small/check", {"matter.agreed": True}),
    ]


def _timed(ground: Ground, case: str, address: str, given: dict[str, object]) -> float:
    begun = perf_counter()
    tasks.complete(ground.ctx, ground.person, case, address, given)
    return perf_counter() - begun


def _bare(ground: Ground, times: int) -> float:
    """Commit the rows of a completion with nothing around them; gives transactions a second."""
    with ground.ctx.database.reading() as tx:
        case = stored_cases.ids(tx, limit=1)[0]
        written = entries.read(tx, case)[2:4]
        leaves = entries.leaves(tx, case)
    begun = perf_counter()
    for n in range(times):
        row = written[n % 2]
        name = str(uuid4())
        with ground.ctx.database.writing() as tx:
            values = {key: getattr(row, key) for key in EntryRow.__slots__} | {"chain": name}
            tx.connection.execute(insert(tables.entry), values)
            for leaf in leaves:
                if leaf.seq == row.seq:
                    kept = {"chain": name, "seq": row.seq, "n": leaf.n, "salt": leaf.salt, "body": leaf.body}
                    tx.connection.execute(insert(tables.leaf), kept)
    return times / (perf_counter() - begun)
