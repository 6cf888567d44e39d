"""Re-execution of history in memory, and what a finished case takes."""

from time import perf_counter

from bench.ground import FORM, OFFICE, Ground, prepared
from casework import advance, cases, tasks
from casework.advance import Snapshot
from engine import step
from storage import cases as stored_cases
from storage import entries

CASES = 200
ROUNDS = 5


def run(url: str | None) -> dict[str, float]:
    """Measure; gives ``entries_per_s_small`` on the eight-element procedure."""
    with prepared(url) as ground:
        for n in range(CASES):
            case = cases.start(ground.ctx, ground.person, "small", OFFICE, f"bench-{n}")
            tasks.complete(ground.ctx, ground.person, case, "small/enter", FORM | {"matter.amount": n})
            tasks.complete(ground.ctx, ground.person, case, "small/check", {"matter.agreed": True})
        return {"entries_per_s_small": round(_entries_per_second(ground), 1)}


def _entries_per_second(ground: Ground) -> float:
    """Step every case through its events, read before the clock runs."""
    with ground.ctx.database.reading() as tx:
        runs = []
        for case in stored_cases.ids(tx):
            rows = [row for row in entries.read(tx, case) if advance.is_move(row)]
            definition, basis = advance.surroundings(ground.ctx, tx, rows[0])
            runs.append((definition, basis, [advance.read_event(tx, row)[0] for row in rows]))
    begun, stepped = perf_counter(), 0
    for _ in range(ROUNDS):
        for definition, basis, events in runs:
            snapshot = Snapshot()
            for event in events:
                made = step(definition, snapshot.state, snapshot.facts, event, basis)
                snapshot.state, snapshot.facts = made.state, made.facts
                stepped += 1
    return stepped / (perf_counter() - begun)
