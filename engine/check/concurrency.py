"""What tokens that run side by side may do: enter a parallel block twice, write one fact, wait for one message.

A fork and its join count tokens, so a loop that leads into a block from outside makes them count tokens of two
rounds together. Where two branches write one fact, the order in which their tokens happen to run would decide the
case. And of several instances that wait for a message without a key, the first would take what is meant for another.
All of it is seen in the graph of a scope, before anything runs.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from engine.check.diagram import Diagram, Finding, Node, Scope
from engine.xml import child, name_of, properties

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
        for fact, first, second in _shared(scope, writes):
            if fact not in append_only:
                yield Finding(second, "written_twice", f"{fact}: {first}, {second}")


def _shared(scope: Scope, given: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, str]]:
    """Give what is given to two elements that can run side by side, with the one and the other.

    Args:
        scope: whose branches are looked at.
        given: names (of facts, of processes) by id of element, also of elements inside sub-processes.
    """
    holders = _holders(scope, given)
    names = sorted(name for name in holders if len(holders[name]) > 1)
    for branches in _side_by_side(scope) if names else ():
        holding = _holding(branches)
        for name in names:
            yield from ((name, *pair) for pair in _beside(holders[name], holding))


def _holding(branches: list[set[str]]) -> dict[str, frozenset[int]]:
    """Give, by node, the branches that hold it."""
    found: dict[str, set[int]] = {}
    for number, branch in enumerate(branches):
        for node in branch:
            found.setdefault(node, set()).add(number)
    return {node: frozenset(numbers) for node, numbers in found.items()}


def _beside(nodes: Mapping[str, str], holding: Mapping[str, frozenset[int]]) -> Iterator[tuple[str, str]]:
    """Give pairs of nodes of which each has a branch to itself, by the elements they stand for.

    What both of two branches come to lies behind them, or is reached by either. So two nodes run side by side when
    neither's branches hold all of the other's. Ordered by their number, it is enough to look at neighbours: where each
    holds the one before, all hold one another.
    """
    held = [node for node in nodes if node in holding]
    held.sort(key=lambda node: (len(holding[node]), sorted(holding[node]), node))
    for first, second in pairwise(held):
        if not holding[first] <= holding[second]:
            yield nodes[first], nodes[second]


def _holders(scope: Scope, given: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """Give, by name, the nodes it is given to, each with the element it is: the node, or one inside it."""
    found: dict[str, dict[str, str]] = {}
    for identity in sorted(scope.nodes):
        for inner in _within(scope.nodes[identity]):
            for name in given.get(inner, ()):
                found.setdefault(name, {}).setdefault(identity, inner)
    return found


def _within(node: Node) -> Iterator[str]:
    yield node.id
    if node.inner is not None:
        for inner in node.inner.nodes.values():
            yield from _within(inner)


def _side_by_side(scope: Scope) -> Iterator[list[set[str]]]:
    """Give sets of nodes that tokens may be in at the same time, one for each branch."""
    graph = scope.successors
    for node in scope.nodes.values():
        if len(node.outgoing) > 1 and node.tag not in ("exclusiveGateway", "eventBasedGateway", "complexGateway"):
            yield _until_join(graph, [flow.target for flow in node.outgoing if flow.target in scope.nodes])
        if node.tag == "boundaryEvent" and not node.interrupts and node.host in scope.nodes:
            yield [reachable(graph, [node.host], without=node.id), reachable(graph, [node.id])]
        if node.inner is not None and node.is_event_sub_process and not _interrupting(node.inner):
            yield [{node.id}, set(scope.nodes) - {node.id}]


def _interrupting(scope: Scope) -> bool:
    return any(node.tag == "startEvent" and node.interrupts for node in scope.nodes.values())


def _until_join(graph: Graph, starts: list[str]) -> list[set[str]]:
    """Give what each branch comes to before the place where all branches have come together."""
    branches = [reachable(graph, [start]) for start in starts]
    common = set.intersection(*branches) if branches else set()
    return [branch - (common - {start}) for start, branch in zip(starts, branches, strict=True)]


def reachable(graph: Graph, starts: list[str], without: str = "") -> set[str]:
    """Give the nodes a token at one of these can come to, themselves with them; none by way of ``without``."""
    found = set(starts)
    waiting = list(starts)
    while waiting:
        new = [target for target in graph[waiting.pop()] if target not in found and target != without]
        found.update(new)
        waiting += new
    return found


def check_messages(diagram: Diagram, many: Collection[str]) -> Iterator[Finding]:
    """Name every wait without a key of which several may wait at once, for themselves.

    Args:
        diagram: whose waits are looked at.
        many: ids of processes of which one case may run several at once (``called_many``).
    """
    for node in diagram.nodes():
        carriers = [node.element] if node.tag == "receiveTask" else node.definitions if node.catches else []
        for carrier in carriers:
            message = diagram.named.get(carrier.get("messageRef", "").rpartition(":")[2])
            if message is None or name_of(message) != "message" or not _is_crowded(_waits_as(node), many):
                continue
            if not node.settings.get("key") and not properties(message).get("key"):
                yield Finding(node.id, "message_key", message.get("id", ""))


def called_many(diagrams: Collection[Diagram]) -> frozenset[str]:
    """Name the processes of which one case may run several at once: by instances, events that come again, branches."""
    processes = {process.id: process for diagram in diagrams for process in diagram.processes}
    called = {
        identity: {node.called for node in process.walk()} & processes.keys() for identity, process in processes.items()
    }
    many: set[str] = set()
    for diagram in diagrams:
        led = {node.id: reachable(called, [node.called]) for node in diagram.nodes() if node.called in processes}
        many |= {process for scope in diagram.scopes() for process, _, _ in _shared(scope, led)}
    calls = [node for process in processes.values() for node in process.walk() if node.called in processes]
    while True:
        new = {node.called for node in calls if _is_many(node) or _is_crowded(node, many)} - many
        if not new:
            return frozenset(many)
        many |= new


def _is_crowded(node: Node, many: Collection[str]) -> bool:
    """Tell whether several tokens may be at a node at once: several of its scope, or of an event that leads to it."""
    scope = node.scope
    owner = scope.owner
    if owner is None:
        several = scope.id in many
    else:
        several = _is_many(owner) or any(map(_comes_again, _starts(owner))) or _is_crowded(owner, many)
    events = [one.id for one in scope.nodes.values() if one.tag == "boundaryEvent" and _comes_again(one)]
    behind = [target for event in events for target in scope.successors[event]]
    return several or node.id in reachable(scope.successors, behind)


def _starts(node: Node) -> list[Node]:
    """Give what starts an event sub-process."""
    if node.inner is None or not node.is_event_sub_process:
        return []
    return [inner for inner in node.inner.nodes.values() if inner.tag == "startEvent"]


def _waits_as(node: Node) -> Node:
    """Give what waits for an event: the start event of an event sub-process waits in the scope round that."""
    owner = node.scope.owner
    return owner if owner is not None and node in _starts(owner) else node


def _is_many(node: Node) -> bool:
    loop = child(node.element, "multiInstanceLoopCharacteristics")
    return loop is not None and loop.get("isSequential") != "true"


def _comes_again(event: Node) -> bool:
    """Tell whether an event may come several times without interrupting anything."""
    if event.interrupts or not event.definitions:
        return False
    return event.kind != "timer" or child(event.definitions[0], "timeCycle") is not None
