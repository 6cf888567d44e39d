"""A diagram as the check reads it: whatever stands in the file, also what makes no sense.

The machine has a reader of its own (``engine.spiff.diagram``), and that on purpose. This one keeps the XML, every
fault and every double, since faults are what the check is asked for, and supposes nothing: that an id is there, is the
only one of its kind, or leads anywhere. The other takes what was checked and makes frozen data of it, in the terms in
which tokens move. One reader for both would have to be lenient where the machine must be able to rely on what it
reads; what they have in common, the words of XML and of our settings, is ``engine.xml``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from engine.xml import BPMN, Element, children, name_of, namespace_of, properties, text_of

EVENTS: Final = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
    }
)
TASKS: Final = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "sendTask",
        "receiveTask",
    }
)
SUB_PROCESSES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES: Final = TASKS | SUB_PROCESSES | {"callActivity", "choreographyTask", "callChoreography", "subChoreography"}
GATEWAYS: Final = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"}
)
NODES: Final = EVENTS | ACTIVITIES | GATEWAYS


class Finding(NamedTuple):
    """Something a rule found: the element, the code of ``engine.refusals``, and what was found."""

    element: str
    code: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Flow:
    """A sequence flow.

    Attributes:
        element: in the file.
        id: of the flow.
        source: id it comes from, as written.
        target: id it goes to, as written.
        condition: its text, or null when it has none.
    """

    element: Element
    id: str
    source: str
    target: str
    condition: str | None


@dataclass(eq=False)
class Node:
    """An activity, event or gateway.

    Attributes:
        element: in the file.
        id: of the node.
        tag: BPMN name, ``userTask``.
        scope: the process or sub-process it stands in.
        kinds: of an event, what it is about (``timer``, ``message``), in the order of the file.
        definitions: the event definitions themselves, those referred to as well.
        incoming: flows that come in, by the flows' own ends.
        outgoing: flows that go out.
        inner: what a sub-process holds.
    """

    element: Element
    id: str
    tag: str
    scope: "Scope"
    kinds: tuple[str, ...] = ()
    definitions: tuple[Element, ...] = ()
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    inner: "Scope | None" = None

    @property
    def kind(self) -> str:
        """What an event is about: ``none``, a kind, ``multiple`` or ``parallel_multiple``; of no event it is empty."""
        if self.tag not in EVENTS:
            return ""
        if len(self.kinds) > 1:
            return "parallel_multiple" if self.element.get("parallelMultiple") == "true" else "multiple"
        return self.kinds[0] if self.kinds else "none"

    @property
    def is_event_sub_process(self) -> bool:
        """Whether an event starts it, and no flow."""
        return self.inner is not None and self.element.get("triggeredByEvent") == "true"

    @property
    def interrupts(self) -> bool:
        """Whether a boundary or start event cancels what it stands on."""
        name = "cancelActivity" if self.tag == "boundaryEvent" else "isInterrupting"
        return self.element.get(name, "true") != "false"

    @property
    def catches(self) -> bool:
        """Whether it is an event that waits for something to come."""
        return self.tag in ("boundaryEvent", "startEvent", "intermediateCatchEvent")

    @property
    def host(self) -> str:
        """Id a boundary event says it is attached to."""
        return self.element.get("attachedToRef", "").rpartition(":")[2]

    @property
    def called(self) -> str:
        """Id of the process it calls; empty when it calls none."""
        return self.element.get("calledElement", "").rpartition(":")[2]

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Our settings on it."""
        return properties(self.element)


@dataclass(eq=False)
class Scope:
    """A process or sub-process.

    Attributes:
        element: in the file.
        id: of the process or sub-process.
        tag: ``process`` or the sub-process's name.
        owner: the sub-process's node, or null for a process.
        nodes: by id, the first of each.
        flows: in the order of the file.
    """

    element: Element
    id: str
    tag: str
    owner: Node | None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    @property
    def is_event_sub_process(self) -> bool:
        """Whether it is the inside of an event sub-process."""
        return self.owner is not None and self.owner.is_event_sub_process

    @cached_property
    def boundary(self) -> Mapping[str, tuple[Node, ...]]:
        """Boundary events by the id of their host."""
        found: dict[str, tuple[Node, ...]] = {}
        for node in self.nodes.values():
            if node.tag == "boundaryEvent":
                found[node.host] = (*found.get(node.host, ()), node)
        return found

    @cached_property
    def successors(self) -> Mapping[str, tuple[str, ...]]:
        """Ids a token at a node can come to next: by flow, boundary event or link."""
        return {
            name: (*targets, *(event.id for event in self.boundary.get(name, ())))
            for name, targets in self.onward.items()
        }

    @cached_property
    def onward(self) -> Mapping[str, tuple[str, ...]]:
        """Ids a token at a node goes on to: by flow or link."""
        catches: dict[str, list[str]] = {}
        for node in self.nodes.values():
            if node.tag == "intermediateCatchEvent" and node.kinds == ("link",):
                catches.setdefault(link_name(node), []).append(node.id)
        found = {}
        for node in self.nodes.values():
            targets = [flow.target for flow in node.outgoing if flow.target in self.nodes]
            if node.tag == "intermediateThrowEvent" and node.kinds == ("link",):
                targets += catches.get(link_name(node), [])
            found[node.id] = tuple(targets)
        return found

    def walk(self) -> Iterator[Node]:
        """Give every node in it, those of sub-processes too."""
        for node in self.nodes.values():
            yield node
            if node.inner is not None:
                yield from node.inner.walk()


@dataclass(eq=False)
class Diagram:
    """A BPMN file.

    Attributes:
        root: ``bpmn:definitions``.
        processes: in the order of the file.
        named: every element of the BPMN namespace by id, the first of each.
    """

    root: Element
    processes: list[Scope]
    named: Mapping[str, Element]

    def scopes(self) -> Iterator[Scope]:
        """Give every process and sub-process."""
        waiting = list(self.processes)
        while waiting:
            scope = waiting.pop(0)
            yield scope
            waiting += [node.inner for node in scope.nodes.values() if node.inner is not None]

    def nodes(self) -> Iterator[Node]:
        """Give every node of every scope."""
        for scope in self.scopes():
            yield from scope.nodes.values()


def link_name(node: Node) -> str:
    """Give the name a link event is paired by."""
    return node.definitions[0].get("name", "") if node.definitions else ""


def nearest_id(element: Element) -> str:
    """Give the id an author knows an element by: a condition belongs to its flow, a timer to its event."""
    found = element
    while not found.get("id") or name_of(found).endswith("EventDefinition"):
        parent = found.getparent()
        if parent is None or name_of(parent) == "definitions":
            break
        found = parent
    return found.get("id", "")


def size_of(root: Element) -> int:
    """Count the nodes and sequence flows of a parsed file."""
    counted = NODES | {"sequenceFlow"}
    return sum(1 for element in root.iter(f"{{{BPMN}}}*") if name_of(element) in counted)


def read_diagram(root: Element) -> Diagram:
    """Read a parsed file.

    Args:
        root: any element; one that is no BPMN gives a diagram without processes.
    """
    named: dict[str, Element] = {}
    for element in root.iter(f"{{{BPMN}}}*"):
        named.setdefault(element.get("id", ""), element)
    processes = [_scope(process, None, named) for process in root.iterchildren(f"{{{BPMN}}}process")]
    return Diagram(root, processes, named)


def _scope(element: Element, owner: Node | None, named: Mapping[str, Element]) -> Scope:
    scope = Scope(element, element.get("id", ""), name_of(element), owner)
    for part in element:
        if namespace_of(part) == BPMN and name_of(part) in NODES:
            node = _node(part, scope, named)
            scope.nodes.setdefault(node.id, node)
    for part in children(element, "sequenceFlow"):
        flow = _flow(part)
        scope.flows.append(flow)
        if flow.source in scope.nodes:
            scope.nodes[flow.source].outgoing.append(flow)
        if flow.target in scope.nodes:
            scope.nodes[flow.target].incoming.append(flow)
    return scope


def _node(element: Element, scope: Scope, named: Mapping[str, Element]) -> Node:
    definitions = [part for part in element if name_of(part).endswith("EventDefinition")]
    referred = (named.get(text_of(part)) for part in children(element, "eventDefinitionRef"))
    definitions += [part for part in referred if part is not None and name_of(part).endswith("EventDefinition")]
    kinds = tuple(name_of(part).removesuffix("EventDefinition") for part in definitions)
    node = Node(element, element.get("id", ""), name_of(element), scope, kinds, tuple(definitions))
    if node.tag in SUB_PROCESSES:
        node.inner = _scope(element, node, named)
    return node


def _flow(element: Element) -> Flow:
    condition = next(children(element, "conditionExpression"), None)
    return Flow(
        element,
        element.get("id", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        None if condition is None else text_of(condition),
    )
