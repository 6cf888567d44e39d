"""Completion no. 1,000 of one looping case beside no. 10: the past must not make a case slow."""

from statistics import median
from time import perf_counter

from bench.ground import FORM, OFFICE, prepared
from casework import opening, tasks

ROUNDS = 1_010
#: Half of the number of completions round the one that is told.
AROUND = 10


def run(url: str | None) -> dict[str, float]:
    """Measure; gives ``ms_at_10`` and ``ms_at_1000``, each the median of the twenty round it, and their ``ratio``."""
    with prepared(url) as ground:
        case = opening.start(ground.ctx, ground.person, "loop", OFFICE, "bench-loop")
        address, times = "loop/enter", []
        for n in range(ROUNDS):
            begun = perf_counter()
            done = tasks.complete(ground.ctx, ground.person, case, address, FORM | {"matter.amount": n})
            times.append(perf_counter() - begun)
            address = done.next_tasks[0]
    early = median(times[0 : 2 * AROUND]) * 1000
    late = median(times[1000 - AROUND : 1000 + AROUND]) * 1000
    return {"ms_at_10": round(early, 3), "ms_at_1000": round(late, 3), "ratio": round(late / early, 3)}
