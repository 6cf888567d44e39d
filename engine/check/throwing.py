"""Whether what an event waits for can be thrown at all.

A signal reaches every event of its case, wherever it was thrown. An error or an escalation goes outwards: it reaches
the border of the activity it comes from inside, and the event sub-processes of the scopes round it. An event that
waits for what nothing there throws would stand in a diagram as if it were provided for.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.check.diagram import TASKS, Diagram, Finding, Node, Scope
from engine.model import GIVEN_UP_ERROR

#: What names a signal, an error or an escalation, the first that is given; its id where none is.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "signal": ("name",),
    "error": ("errorCode", "name"),
    "escalation": ("escalationCode",),
}
_THROWS: Final = ("intermediateThrowEvent", "endEvent")


def check_errors(diagram: Diagram) -> Iterator[Finding]:
    """Name error events on the border of a task that cannot end so: only an act does, and only when it is given up."""
    for node in diagram.nodes():
        host = node.scope.nodes.get(node.host)
        if host is None or host.tag not in TASKS:
            continue
        caught = ("", GIVEN_UP_ERROR) if host.settings.get("act") else ()
        for code in _names(node, "error", diagram):
            if code not in caught:
                yield Finding(node.id, "error_on_task", f"{host.id} {code}".strip())


def unthrown(diagram: Diagram, diagrams: Iterable[Diagram]) -> Iterator[Finding]:
    """Name every event of a diagram that waits for what none of these diagrams throws to it."""
    procedure = _Procedure(diagrams)
    for node in diagram.nodes():
        if not node.catches:
            continue
        for name in filter(None, _names(node, "signal", diagram)):
            if name not in procedure.signals:
                yield Finding(node.id, "signal_unthrown", name)
        for kind in ("error", "escalation"):
            for name in _names(node, kind, diagram):
                thrown = {*procedure.thrown(kind, _heard(node), diagram)}
                if not (thrown if not name else thrown & {name, None}):
                    yield Finding(node.id, f"{kind}_unthrown", name or node.host or node.scope.id)


class _Procedure:
    """The diagrams of a procedure, as far as they are at hand."""

    def __init__(self, diagrams: Iterable[Diagram]) -> None:
        self._processes: dict[str, tuple[Scope, Diagram]] = {}
        self.signals: set[str] = set()
        for each in diagrams:
            self._processes |= {process.id: (process, each) for process in each.processes}
            thrown = (node for node in each.nodes() if node.tag in _THROWS)
            self.signals.update(name for node in thrown for name in _names(node, "signal", each))

    def thrown(
        self, kind: str, nodes: Iterable[Node], diagram: Diagram, within: frozenset[str] = frozenset()
    ) -> Iterator[str | None]:
        """Name what nodes throw, and the diagrams they call; null where such a diagram is not at hand."""
        for node in nodes:
            if node.tag in _THROWS:
                yield from _names(node, kind, diagram)
            elif kind == "error" and node.settings.get("act"):
                yield GIVEN_UP_ERROR
            elif node.called and node.called not in within:
                process, other = self._processes.get(node.called, (None, diagram))
                inside = () if process is None else process.walk()
                yield from (None,) if process is None else self.thrown(kind, inside, other, within | {node.called})


def _heard(event: Node) -> Iterator[Node]:
    """Give the nodes whose errors and escalations can reach an event: those in its host, or round its sub-process."""
    if event.tag == "boundaryEvent":
        host = event.scope.nodes.get(event.host)
        if host is not None:
            yield host
            yield from host.inner.walk() if host.inner is not None else ()
    elif event.scope.owner is not None:
        for node in event.scope.owner.scope.nodes.values():
            yield node
            if node.inner is not None and node.inner is not event.scope:
                yield from node.inner.walk()


def _names(node: Node, kind: str, diagram: Diagram) -> Iterator[str]:
    """Give by what name each of a node's events of a kind is known; empty where it names none and catches all."""
    for found, definition in zip(node.kinds, node.definitions, strict=True):
        if found == kind:
            reference = definition.get(f"{kind}Ref", "").rpartition(":")[2]
            target = diagram.named.get(reference) if reference else None
            given = () if target is None else (target.get(name) for name in _NAMES[kind])
            yield next(filter(None, given), reference)
