"""What tokens that run side by side may do: loops round parallel blocks, and branches that write the same fact.

A fork and its join count tokens, so a loop that leads into a block from outside makes them count tokens of two
rounds together. And where two branches write one fact, the order in which their tokens happen to run would decide
the case. Both are seen in the graph of a scope, before anything runs.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from engine.check.diagram import Diagram, Finding, Node, Scope

Graph = Mapping[str, Collection[str]]


def check_loops(diagram: Diagram) -> Iterator[Finding]:
    """Name every parallel or inclusive gateway, and every implicit fork, that a loop of its own scope enters again.

    In a sub-process of its own the block begins with no tokens each time, so a loop round that is harmless.
    """
    for scope in diagram.scopes():
        for component in _components(scope.successors):
            for identity in sorted(component):
                node = scope.nodes[identity]
                if _forks_or_joins(node):
                    yield Finding(identity, "block_in_loop", " → ".join(_loop(scope.successors, identity, component)))


def _forks_or_joins(node: Node) -> bool:
    if node.tag in ("parallelGateway", "inclusiveGateway"):
        return len(node.incoming) > 1 or len(node.outgoing) > 1
    return not node.tag.endswith("Gateway") and len(node.outgoing) > 1


def _loop(graph: Graph, start: str, component: Collection[str]) -> list[str]:
    """Give a shortest way from a node back to itself."""
    before: dict[str, str] = {}
    waiting = [start]
    for current in waiting:
        for target in graph[current]:
            if target == start:
                return [*_way(before, start, current), start]
            if target in component and target not in before:
                before[target] = current
                waiting.append(target)
    return [start]


def _way(before: Mapping[str, str], start: str, end: str) -> list[str]:
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _components(graph: Graph) -> list[set[str]]:
    """Give the sets of nodes that can all reach one another (Tarjan), those without a cycle left out."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    settled: set[str] = set()
    found: list[set[str]] = []
    for root in graph:
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(graph[root]))]
        order[root] = lowest[root] = len(order)
        stack.append(root)
        while work:
            node, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    component = _popped(stack, node)
                    settled |= component
                    if len(component) > 1 or node in graph[node]:
                        found.append(component)
            elif target not in order:
                order[target] = lowest[target] = len(order)
                stack.append(target)
                work.append((target, iter(graph[target])))
            elif target not in settled:
                lowest[node] = min(lowest[node], order[target])
    return found


def _popped(stack: list[str], until: str) -> set[str]:
    component = set()
    while True:
        node = stack.pop()
        component.add(node)
        if node == until:
            return component


def check_writes(
    diagram: Diagram, writes: Mapping[str, Collection[str]], append_only: Collection[str]
) -> Iterator[Finding]:
    """Name every fact that two branches which can run side by side both write.

    Args:
        diagram: whose branches are looked at.
        writes: facts by id of the element that writes them.
        append_only: facts that branches may add to side by side.
    """
    for scope in diagram.scopes():
        for one, other in _side_by_side(scope):
            yield from _conflicts(scope, one, other, writes, append_only)


def _conflicts(
    scope: Scope,
    one: Collection[str],
    other: Collection[str],
    writes: Mapping[str, Collection[str]],
    append_only: Collection[str],
) -> Iterator[Finding]:
    first, second = _written(scope, one, writes), _written(scope, other, writes)
    for fact in sorted(first.keys() & second.keys()):
        if fact not in append_only:
            yield Finding(second[fact], "written_twice", f"{fact}: {first[fact]}, {second[fact]}")


def _written(scope: Scope, nodes: Collection[str], writes: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Give, by fact, an element among these nodes, or inside them, that writes it."""
    found: dict[str, str] = {}
    for identity in sorted(nodes):
        for inner in _within(scope.nodes[identity]):
            for fact in writes.get(inner, ()):
                found.setdefault(fact, inner)
    return found


def _within(node: Node) -> Iterator[str]:
    yield node.id
    if node.inner is not None:
        for inner in node.inner.nodes.values():
            yield from _within(inner)


def _side_by_side(scope: Scope) -> Iterator[tuple[set[str], set[str]]]:
    """Give pairs of sets of nodes that tokens may be in at the same time."""
    graph = scope.successors
    for node in scope.nodes.values():
        if len(node.outgoing) > 1 and node.tag not in ("exclusiveGateway", "eventBasedGateway", "complexGateway"):
            starts = [flow.target for flow in node.outgoing if flow.target in scope.nodes]
            yield from _apart([_until_join(graph, start, starts) for start in starts])
        if node.tag == "boundaryEvent" and not node.interrupts and node.host in scope.nodes:
            after = reachable(graph, [node.host], without=node.id)
            yield from _apart([after, reachable(graph, [node.id])])
        if node.inner is not None and node.is_event_sub_process and not _interrupting(node.inner):
            yield {node.id}, set(scope.nodes) - {node.id}


def _interrupting(scope: Scope) -> bool:
    return any(node.tag == "startEvent" and node.interrupts for node in scope.nodes.values())


def _apart(branches: list[set[str]]) -> Iterator[tuple[set[str], set[str]]]:
    """What both branches come to lies behind them, or is reached by either: only the rest runs side by side."""
    for one, other in combinations(branches, 2):
        yield one - other, other - one


def _until_join(graph: Graph, start: str, starts: list[str]) -> set[str]:
    """Give what a branch comes to before the place where all branches have come together."""
    common = set.intersection(*(reachable(graph, [other]) for other in starts))
    return reachable(graph, [start]) - (common - {start})


def reachable(graph: Graph, starts: list[str], without: str = "") -> set[str]:
    """Give the nodes a token at one of these can come to, themselves with them; none by way of ``without``."""
    found = set(starts)
    waiting = list(starts)
    while waiting:
        new = [target for target in graph[waiting.pop()] if target not in found and target != without]
        found.update(new)
        waiting += new
    return found
