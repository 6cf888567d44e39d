"""Whether a parallel join can ever have all its tokens.

It waits for a token on each of its flows. Where a split before it sends a token along one of them only, it waits for
ever. That is seen without running anything: two flows are *beside* each other when both can hold a token at once;
flows that a node sends along together are, and what is beside a flow is beside all that follows from it. A join two
of whose flows are never beside each other never goes on.

What is found is certain, for everything that may happen is followed: loops, links and events on a border as well.
Only an inclusive split is followed as if it always took a single way, which it may: a join that needs more than that
one would wait for ever then.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from engine.check.concurrency import reachable
from engine.check.diagram import Diagram, Finding, Flow, Node, Scope, link_name

#: A scope with more flows is not looked at: the work grows with the square of what runs side by side.
MOST_FLOWS = 1_000

#: Flows a node sends a token along together.
Way = tuple[Flow, ...]


def check_joins(diagram: Diagram) -> Iterator[Finding]:
    """Name every parallel join that waits for ever, with the split that keeps its tokens from coming."""
    for scope in diagram.scopes():
        joins = [n for n in scope.nodes.values() if n.tag == "parallelGateway" and len(n.incoming) > 1]
        if joins and len(scope.flows) <= MOST_FLOWS:
            beside = _Tokens(scope).beside
            for join in joins:
                # A flow no token comes to belongs to a fault further up, which is named there.
                pairs = combinations(join.incoming, 2) if all(flow in beside for flow in join.incoming) else ()
                apart = next(((one, other) for one, other in pairs if other not in beside[one]), None)
                if apart is not None:
                    yield Finding(join.id, "deadlock", f"{_split(scope, *apart)} → {join.id}")


class _Tokens:
    """Which flows of a scope can hold a token, and which of them at the same time.

    Attributes:
        beside: by flow that can hold a token the flows that can hold one meanwhile; itself, where it can hold two.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.beside: dict[Flow, set[Flow]] = {}
        self._waiting: list[Node] = []
        # Several starts are taken as if they came together, so that nothing false is said of them.
        self._put(
            tuple(flow for node in scope.nodes.values() if node.tag == "startEvent" for flow in node.outgoing), set()
        )
        while self._waiting:
            self._enter(self._waiting.pop())

    def _enter(self, node: Node) -> None:
        """Send on what a node can take in."""
        taken_in: Iterable[Way] = [(flow,) for flow in node.incoming if flow in self.beside]
        if node.tag == "parallelGateway":
            taken_in = [tuple(node.incoming)] if self._all_beside(node.incoming) else []
        for flows in taken_in:
            rest = set.intersection(*(self.beside[flow] for flow in flows))
            for way in ways(self.scope, node):
                self._put(way, rest)
            for boundary in self.scope.boundary.get(node.id, ()):
                if not boundary.interrupts:
                    # It may come again and again while its host still works.
                    again = set(boundary.outgoing)
                    self._put(tuple(boundary.outgoing), rest | set(flows) | again)

    def _all_beside(self, flows: list[Flow]) -> bool:
        return all(flow in self.beside for flow in flows) and all(
            other in self.beside[one] for one, other in combinations(flows, 2)
        )

    def _put(self, way: Way, rest: set[Flow]) -> None:
        """Let flows hold a token each, beside the rest."""
        for flow in way:
            others = rest.union(other for other in way if other is not flow)
            new = others - self.beside[flow] if flow in self.beside else others
            if new or flow not in self.beside:
                self.beside.setdefault(flow, set()).update(new)
                for other in new:
                    self.beside.setdefault(other, set()).add(flow)
                self._wake(flow, *new)

    def _wake(self, *flows: Flow) -> None:
        self._waiting += [self.scope.nodes[flow.target] for flow in flows if flow.target in self.scope.nodes]


def ways(scope: Scope, node: Node) -> list[Way]:
    """Give the ways a token can leave a node by, each with the flows it is sent along together."""
    found = _own_ways(node)
    if node.tag == "intermediateThrowEvent" and node.kinds == ("link",):
        caught = [n for n in scope.nodes.values() if n.tag == "intermediateCatchEvent" and n.kinds == ("link",)]
        found = [tuple(n.outgoing) for n in caught if link_name(n) == link_name(node)]
    return found + [tuple(b.outgoing) for b in scope.boundary.get(node.id, ()) if b.interrupts]


def _own_ways(node: Node) -> list[Way]:
    if node.tag in ("exclusiveGateway", "eventBasedGateway"):
        return [(flow,) for flow in node.outgoing]
    default = node.element.get("default", "").rpartition(":")[2]
    always = tuple(flow for flow in node.outgoing if flow.condition is None and flow.id != default)
    conditions = dict.fromkeys(flow.condition for flow in node.outgoing if flow not in always)
    # Flows with the same condition are taken together or not at all.
    sent = [(*always, *(f for f in node.outgoing if f not in always and f.condition == c)) for c in conditions]
    return sent or [always]


def _split(scope: Scope, one: Flow, other: Flow) -> str:
    """Give the nearest element from which one way leads to the first flow, and a different one to the second."""
    found = [
        node.id
        for node in scope.nodes.values()
        for first, second in combinations(ways(scope, node), 2)
        if (_leads(scope, first, one) and _leads(scope, second, other))
        or (_leads(scope, first, other) and _leads(scope, second, one))
    ]
    return min(found, key=lambda identity: len(reachable(scope.successors, [identity])), default="?")


def _leads(scope: Scope, way: Way, flow: Flow) -> bool:
    targets = [each.target for each in way if each.target in scope.nodes]
    return flow in way or flow.source in reachable(scope.successors, targets)
