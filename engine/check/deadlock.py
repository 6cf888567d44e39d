"""Whether a join can wait for tokens that never come.

A parallel join waits for a token on each of its flows, an inclusive one for every token that can still come. Where a
split before it sends a token along one way only, where a branch leaves the block by an end of its own or by an event on
a border, the others wait for ever. So the runs of a scope are played, without running anything: a token on a flow at a
time, every choice free. A join before which a run ends with tokens is named, with the element behind which the missing
one could not come any more.

What is found is certain as far as choices are free: the conditions themselves are not read. An event on a border that
may come again and again is played as if it came once at most, and an event that may end everything round it as if it
did. A scope with too many runs is left unanswered; there the step that cannot go on is the answer.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, combinations

from engine.check.concurrency import reachable
from engine.check.diagram import Diagram, Finding, Flow, Node, Scope, link_name

#: Runs are played until so many markings were met, or one of so many tokens.
MOST_MARKINGS = 3_000
MOST_TOKENS = 500
#: Conditions of a split of which every choice is played; of more only each alone and all together.
MOST_CONDITIONS = 5

#: Flows a node sends a token along together.
Way = tuple[Flow, ...]
#: A token on each of these flows, by their places in the file; the same one twice for two tokens.
Marking = tuple[int, ...]

#: Events that may end everything round them, what waits at a join as well.
_ENDING = frozenset({"terminate", "error", "cancel", "escalation", "signal"})


def check_joins(diagram: Diagram) -> Iterator[Finding]:
    """Name every join that waits for ever, always or in some run, with what keeps its tokens from coming."""
    for scope in diagram.scopes():
        if any(_joins(node) for node in scope.nodes.values()):
            runs = _Runs(scope)
            for join, where in runs.hung().items():
                # A choice of several ways is refused as such, though some of its runs would end.
                chosen = scope.nodes[where].tag == "inclusiveGateway" or join not in runs.passed
                yield Finding(join, "deadlock" if chosen else "branch_leaves", f"{where} → {join}")


def _joins(node: Node) -> bool:
    return node.tag in ("parallelGateway", "inclusiveGateway") and len(node.incoming) > 1


class _Runs:
    """The runs of a scope, as markings: where its tokens stand between two moves.

    In each marking one node alone moves, in all its ways. Nothing is lost by that: a token is taken by the node it
    stands before and by no other, so the moves of different nodes do not get into each other's way.

    Attributes:
        passed: ids of the nodes that some run passed.
    """

    def __init__(self, scope: Scope) -> None:
        self.passed: set[str] = set()
        self._scope = scope
        self._number = {id(flow): number for number, flow in enumerate(scope.flows)}
        self._reaches: dict[tuple[str, str], tuple[set[int], set[int]]] = {}
        self._matters = self._that_matter()
        starts = [flow for node in scope.nodes.values() if node.tag == "startEvent" for flow in node.outgoing]
        self._first = self._marked((), starts)
        #: For each marking met the one it came from, and the node that moved.
        self._before: dict[Marking, tuple[Marking, Node] | None] = {self._first: None}

    def hung(self) -> dict[str, str]:
        """Give the joins at which a run leaves tokens, with where the missing ones went; none when it is too much."""
        found: dict[str, str] = {}
        waiting = [self._first]
        for marking in waiting:
            node = self._next(marking)
            if node is None:
                for join in self._first_of(self._held(marking)):
                    found.setdefault(join.id, self._where(marking, join))
                continue
            self.passed.add(node.id)
            for after in self._moved(marking, node):
                if len(waiting) >= MOST_MARKINGS or len(after) > MOST_TOKENS:
                    return {}
                if after not in self._before:
                    self._before[after] = (marking, node)
                    waiting.append(after)
        return found

    def _that_matter(self) -> frozenset[str]:
        """Give the nodes from which a token can come to a join, or to what ends everything: no other is followed."""
        before: dict[str, list[str]] = {identity: [] for identity in self._scope.nodes}
        for identity, targets in self._scope.successors.items():
            for target in targets:
                before[target].append(identity)
        ends = [node.id for node in self._scope.nodes.values() if _joins(node) or _may_end_all(node)]
        return frozenset(reachable(before, ends))

    def _marked(self, rest: Iterable[int], flows: Iterable[Flow]) -> Marking:
        return tuple(sorted([*rest, *(self._number[id(flow)] for flow in flows if flow.target in self._matters)]))

    def _target(self, number: int) -> Node:
        return self._scope.nodes[self._scope.flows[number].target]

    def _held(self, marking: Marking) -> list[Node]:
        return list(dict.fromkeys(map(self._target, marking)))

    def _next(self, marking: Marking) -> Node | None:
        """Choose the node that moves: an inclusive join goes on only when nothing else can."""
        nodes, held = self._held(marking), set(marking)
        ready = (node for node in nodes if not _joins(node) or self._incoming(node) <= held)
        late = (n for n in nodes if n.tag == "inclusiveGateway" and _joins(n) and self._awaits_nobody(marking, n))
        return next(chain(ready, late), None)

    def _incoming(self, node: Node) -> set[int]:
        return {self._number[id(flow)] for flow in node.incoming}

    def _awaits_nobody(self, marking: Marking, join: Node) -> bool:
        """Ask as the engine does: a token may come that can reach an empty flow, and does not go on to one held."""
        incoming = self._incoming(join)
        held = incoming & set(marking)
        others = {self._target(number).id for number in marking if number not in incoming}
        reached = [self._reached(other, join) for other in others]
        return not any(any_way - held and not onward & held for any_way, onward in reached)

    def _reached(self, start: str, join: Node) -> tuple[set[int], set[int]]:
        """Give the flows of a join that a token can come by, be it by an event on a border, and by its own flows."""
        key = start, join.id
        if key not in self._reaches:
            ways = [
                reachable(graph, [start], without=join.id) for graph in (self._scope.successors, self._scope.onward)
            ]
            any_way, onward = ({self._number[id(f)] for f in join.incoming if f.source in nodes} for nodes in ways)
            self._reaches[key] = any_way, onward
        return self._reaches[key]

    def _moved(self, marking: Marking, node: Node) -> Iterator[Marking]:
        taken = self._incoming(node) & set(marking)
        rest = list(marking)
        for number in sorted(taken) if _joins(node) else sorted(taken)[:1]:
            rest.remove(number)
        found = [] if _may_end_all(node) else list(_ways(self._scope, node))
        # A token that is stopped by an incident, or ends everything, leaves nothing to wait for.
        yield from (self._marked(rest, way) for way in found) if found else [()]

    def _first_of(self, joins: list[Node]) -> list[Node]:
        """Leave out the joins that wait for what waits at another: the fault is named where it is."""
        behind = {join.id: reachable(self._scope.successors, [join.id]) for join in joins}
        return [
            join
            for join in joins
            if not any(join.id in behind[other.id] and other.id not in behind[join.id] for other in joins)
        ]

    def _where(self, marking: Marking, join: Node) -> str:
        """Name the node behind which what a join waits for could not come any more."""
        missing = [flow.source for flow in join.incoming if self._number[id(flow)] not in marking]
        step = self._before[marking]
        while step is not None:
            earlier, node = step
            targets = [self._target(number).id for number in earlier]
            if node is join or any(source in reachable(self._scope.successors, targets) for source in missing):
                return node.id
            step = self._before[earlier]
        return join.id


def _may_end_all(node: Node) -> bool:
    return node.tag in ("endEvent", "intermediateThrowEvent") and node.kind in _ENDING


def _ways(scope: Scope, node: Node) -> Iterator[Way]:
    """Give every set of flows one token may leave a node by, with those of events on its border."""
    events = scope.boundary.get(node.id, ())
    beside = tuple(flow for event in events if not event.interrupts for flow in event.outgoing)
    for way in chain(_own_ways(scope, node), (tuple(event.outgoing) for event in events if event.interrupts)):
        yield way
        if beside:
            yield (*way, *beside)


def _own_ways(scope: Scope, node: Node) -> Iterator[Way]:
    if node.tag in ("exclusiveGateway", "eventBasedGateway"):
        yield from ((flow,) for flow in node.outgoing)
    elif node.tag == "intermediateThrowEvent" and node.kinds == ("link",):
        caught = [n for n in scope.nodes.values() if n.tag == "intermediateCatchEvent" and n.kinds == ("link",)]
        yield from (tuple(n.outgoing) for n in caught if link_name(n) == link_name(node))
    else:
        yield from _split_ways(node)


def _split_ways(node: Node) -> Iterator[Way]:
    """Give the flows taken when these conditions hold and no others; flows of one condition are taken together."""
    default = node.element.get("default", "").rpartition(":")[2]
    conditions = dict.fromkeys(flow.condition for flow in node.outgoing if flow.condition and flow.id != default)
    most = len(conditions)
    for size in range(most + 1) if most <= MOST_CONDITIONS else (0, 1, most):
        for held in combinations(conditions, size):
            if way := tuple(flow for flow in node.outgoing if _is_taken(flow, held, default)):
                yield way
    if not node.outgoing:
        yield ()


def _is_taken(flow: Flow, held: tuple[str | None, ...], default: str) -> bool:
    return flow.condition in held if flow.condition else flow.id != default or not held
