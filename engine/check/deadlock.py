"""Whether a parallel join can ever have all its tokens: which flows of a scope can hold one at the same time.

A parallel join waits for a token on each of its flows. Where a gateway before it sends a token along one of them
only, the join waits for ever, and the case stops without a sign. It is seen without running anything: from the start
on, two flows are *beside* each other when both can hold a token at once. Sending adds what is sent together; what
stood beside a flow stands beside all that follows from it. A join two of whose flows never stand beside each other
never goes on.

What is found is certain. Everything that may happen is followed, loops and events on a border as well; an inclusive
gateway is followed as often as it takes one way and no other, which it may always do.
"""

from collections.abc import Iterator
from itertools import combinations

from engine.check.diagram import Diagram, Finding, Flow, Node, Scope, link_name

#: A scope with more flows is not looked at: the work grows with the square of those that run side by side.
MOST_FLOWS = 2_000


def check_joins(diagram: Diagram) -> Iterator[Finding]:
    """Name every parallel join that waits for ever, with the split that keeps its tokens from coming."""
    for scope in diagram.scopes():
        joins = [node for node in scope.nodes.values() if _is_parallel_join(node)]
        if joins and len(scope.flows) <= MOST_FLOWS:
            tokens = _Tokens(scope)
            for join in joins:
                yield from _finding(scope, join, tokens)


def _is_parallel_join(node: Node) -> bool:
    return node.tag == "parallelGateway" and len(node.incoming) > 1


def _finding(scope: Scope, join: Node, tokens: "_Tokens") -> Iterator[Finding]:
    # A flow that no token comes to belongs to a fault further up, which is named there.
    if all(flow in tokens.beside for flow in join.incoming):
        for one, other in combinations(join.incoming, 2):
            if other not in tokens.beside[one]:
                split = _split(scope, one, other)
                yield Finding(join.id, "deadlock", f"{split} → {join.id} ({one.id}, {other.id})".removeprefix(" → "))
                return


def _split(scope: Scope, one: Flow, other: Flow) -> str:
    """Give the last element from which one way leads to the first flow and another to the second."""
    found = ""
    fewest = len(scope.nodes) + 1
    for node in scope.nodes.values():
        ways = [_ahead(scope, target) for target in scope.successors[node.id]]
        if any(
            (one.source in first | {node.id} and other.source in second | {node.id}) and first is not second
            for first in ways
            for second in ways
        ):
            size = len(set().union(*ways))
            if size < fewest:
                found, fewest = node.id, size
    return found


def _ahead(scope: Scope, start: str) -> set[str]:
    return {start}
