"""The check against a token game, in which every token moves whenever it can.

A parallel join is refused exactly when some run ends with a token before it; as left by a branch where others pass it.
"""

import random
from collections.abc import Iterator

import pytest

from engine.check.deadlock import check_joins
from engine.check.diagram import Scope, read_diagram
from engine.xml import parse
from tests.diagrams import boundary, diagram, end, flow, gateway, process, start, timer, user

#: A token on each of these flows; the same one twice for two tokens.
Marking = tuple[str, ...]

MOST_TOKENS = 6
MOST_MARKINGS = 1_500


def drawn(seed: int) -> Scope:
    """Draw a small process at random: gateways, tasks, events on their border, now and then a flow back."""
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(chance.randint(3, 7))]
    parts, sources = [], ["begin"]
    for name in names:
        kind = chance.choice(["exclusive", "parallel", "parallel", "exclusive", "task", "interrupting", "beside"])
        parts.append(gateway(kind, name) if kind in ("exclusive", "parallel") else user(name))
        sources.append(name)
        if kind in ("interrupting", "beside"):
            parts.append(boundary(f"{name}b", name, timer('"P1D"'), interrupting=kind == "interrupting"))
            sources.append(f"{name}b")
    flows = {("begin", "n0")}
    for source in sources[1:]:
        place = names.index(source.rstrip("b")) + 1
        for _ in range(chance.choice([1, 1, 2, 2, 3])):
            flows.add((source, chance.choice([*names[place if chance.random() < 0.85 else 0 :], "done"])))
    for name in names:
        if name not in {target for _, target in flows}:
            flows.add((chance.choice(sources[: sources.index(name)]), name))
    text = diagram(process("p", start(), *parts, end(), *(flow(*ends) for ends in sorted(flows))))
    return read_diagram(parse(text)).processes[0]


def moves(scope: Scope, marking: Marking) -> Iterator[tuple[str, Marking]]:
    """Give what each node can do with the tokens that are there."""
    for node in scope.nodes.values():
        incoming, outgoing = [f.id for f in node.incoming], [f.id for f in node.outgoing]
        ways = [[one] for one in outgoing] if node.tag == "exclusiveGateway" else [outgoing]
        takes = [incoming] if node.tag == "parallelGateway" else [[one] for one in incoming]
        events = scope.boundary.get(node.id, ())
        ways += [[f.id for f in event.outgoing] for event in events if event.interrupts]
        for taken in takes:
            if set(taken) <= set(marking):
                rest = list(marking)
                for one in taken:
                    rest.remove(one)
                for way in ways:
                    yield node.id, tuple(sorted(rest + way))
                for event in events:
                    if not event.interrupts:
                        yield node.id, tuple(sorted([*marking, *(f.id for f in event.outgoing)]))


class Played:
    """Every run of a scope.

    Attributes:
        passed: the nodes that some run passed.
        hung: the nodes before which a token stood when a run could go no further.
        whole: whether nothing was cut short.
    """

    def __init__(self, scope: Scope) -> None:
        first = tuple(f.id for f in scope.nodes["begin"].outgoing)
        seen, waiting = {first}, [first]
        self.passed: set[str] = set()
        self.hung: set[str] = set()
        self.whole = True
        targets = {flow.id: flow.target for flow in scope.flows}
        while waiting:
            marking = waiting.pop()
            possible = list(moves(scope, marking))
            if not possible:
                self.hung |= {targets[one] for one in marking}
            for node, after in possible:
                self.passed.add(node)
                if len(after) > MOST_TOKENS or len(seen) > MOST_MARKINGS:
                    self.whole = False
                elif after not in seen:
                    seen.add(after)
                    waiting.append(after)


@pytest.mark.parametrize("seed", range(250))
def test_a_join_is_refused_exactly_when_some_run_leaves_a_token_at_it(seed: int) -> None:
    scope = drawn(seed)
    played = Played(scope)
    found = {one.element: one.code for one in check_joins(read_diagram(scope.element.getroottree().getroot()))}

    assert all((code == "branch_leaves") == (join in played.passed) for join, code in found.items() if played.whole)
    # An event that may come again and again is played as if it came at most once.
    again = any(node.tag == "boundaryEvent" and not node.interrupts for node in scope.nodes.values())
    if played.whole:
        assert found.keys() <= played.hung
        assert bool(found) == bool(played.hung) or again
