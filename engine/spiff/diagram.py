"""A BPMN file as the engine reads it: containers, nodes and flows, nothing of its drawing.

Shapes, edges and their coordinates are not looked at, so an edit of the layout cannot change what happens. Branches
come in the order of the sequence-flow ids; conditions are asked in the order in which their gateway lists its flows.

What is read here was let through by the check, whose own reader (``engine.check.diagram``) takes any file, keeps its
XML and its faults, and says what is wrong. Here nothing is wrong any more: the data are frozen, shared by every step
of a definition, and say what an element does (its trigger, its loop, its role), not how it was written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml.etree import _Element

from engine.xml import BPMN, child, children, name_of, properties, text_of

#: Elements of a container that are nodes of its flow.
NODE_TAGS = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "sendTask",
        "receiveTask",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "callActivity",
    }
)

_CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_TIMINGS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
#: Attribute that refers from an event definition to its root element.
_REFERENCES = {
    "message": "messageRef",
    "signal": "signalRef",
    "error": "errorRef",
    "escalation": "escalationRef",
}


@dataclass(frozen=True)
class Flow:
    """A sequence flow.

    Attributes:
        id: of the flow.
        source: id of the node it leaves.
        target: id of the node it enters.
        condition: expression, or null.
        name: Chinese label.
        name_en: English label.
    """

    id: str
    source: str
    target: str
    condition: str | None
    name: str
    name_en: str


@dataclass(frozen=True)
class Trigger:
    """What an event catches or throws.

    Attributes:
        kind: ``none``, ``timer``, ``message``, ``signal``, ``conditional``, ``error``, ``escalation``, ``terminate``,
            ``cancel``, ``link``, ``compensate``, ``multiple``.
        name: of the message, signal or link.
        code: of the error or escalation; null catches all.
        expression: of the condition or timer.
        timing: ``date``, ``duration``, ``cycle`` of a timer.
        properties: our settings on the message.
    """

    kind: str
    name: str | None = None
    code: str | None = None
    expression: str = ""
    timing: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


NONE = Trigger("none")


@dataclass(frozen=True)
class Loop:
    """How an activity repeats.

    Attributes:
        kind: ``parallel``, ``sequential`` (multi-instance) or ``standard``.
        count: expression of the number of instances.
        condition: multi-instance: done when true; standard: again while true.
        maximum: most rounds of a standard loop.
        test_before: whether a standard loop asks before its first round.
    """

    kind: str
    count: str | None = None
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False

    @property
    def is_multi_instance(self) -> bool:
        """Whether each round writes to its own element of a list."""
        return self.kind != "standard"


@dataclass(frozen=True)
class Node:
    """An activity, event or gateway.

    Attributes:
        id: of the element.
        tag: BPMN name, ``userTask``.
        name: Chinese label.
        properties: our settings.
        trigger: what an event is about.
        outgoing: flows that leave it, by id.
        listed: the same flows in the order the element itself lists them, in which conditions are asked.
        incoming: ids of flows that enter it, sorted.
        default: id of the default flow.
        attached_to: host of a boundary event.
        interrupting: whether a boundary or start event cancels what it stands on.
        loop: how it repeats.
        role: who works in its lane.
        called: process a call activity calls.
        script: lines of a script task.
        inner: what a sub-process holds.
        by_event: whether it is an event sub-process.
        boundary: ids of the boundary events on it, sorted.
    """

    id: str
    tag: str
    name: str
    properties: Mapping[str, str]
    trigger: Trigger = NONE
    outgoing: tuple[Flow, ...] = ()
    listed: tuple[Flow, ...] = ()
    incoming: tuple[str, ...] = ()
    default: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    loop: Loop | None = None
    role: str | None = None
    called: str | None = None
    script: str = ""
    inner: "Container | None" = None
    by_event: bool = False
    boundary: tuple[str, ...] = ()

    @property
    def name_en(self) -> str:
        """English label."""
        return self.properties.get("name.en", "")

    @cached_property
    def articles(self) -> tuple[str, ...]:
        """Articles the element applies, ``工伤保险条例:17``."""
        return tuple(part.strip() for part in self.properties.get("article", "").split(";") if part.strip())


@dataclass(frozen=True)
class Container:
    """A process or sub-process.

    Attributes:
        id: of the process or sub-process.
        name: Chinese label.
        properties: our settings on it.
        nodes: by id, in the order of the file.
    """

    id: str
    name: str
    properties: Mapping[str, str]
    nodes: Mapping[str, Node]

    @cached_property
    def starts(self) -> tuple[Node, ...]:
        """Start events, by id."""
        return tuple(sorted((n for n in self.nodes.values() if n.tag == "startEvent"), key=lambda n: n.id))

    @cached_property
    def event_sub_processes(self) -> tuple[Node, ...]:
        """Event sub-processes, by id."""
        return tuple(sorted((n for n in self.nodes.values() if n.by_event), key=lambda n: n.id))

    @cached_property
    def successors(self) -> Mapping[str, tuple[str, ...]]:
        """Ids a token at a node can reach next: by flow, boundary event or link."""
        return {name: targets + self.nodes[name].boundary for name, targets in self.onward.items()}

    @cached_property
    def onward(self) -> Mapping[str, tuple[str, ...]]:
        """Ids a token at a node goes on to: by flow or link."""
        catches = {
            n.trigger.name: n.id
            for n in self.nodes.values()
            if n.tag == "intermediateCatchEvent" and n.trigger.kind == "link"
        }
        found = {n.id: tuple(f.target for f in n.outgoing) for n in self.nodes.values()}
        for node in self.nodes.values():
            if node.tag == "intermediateThrowEvent" and node.trigger.kind == "link":
                found[node.id] += tuple(filter(None, [catches.get(node.trigger.name)]))
        return found

    def walk(self) -> "Iterator[tuple[Container, Node]]":
        """Give every node with its container, those of sub-processes too."""
        for node in self.nodes.values():
            yield self, node
            if node.inner is not None:
                yield from node.inner.walk()


def read_processes(root: _Element) -> dict[str, Container]:
    """Read every process of a parsed BPMN file.

    Args:
        root: ``bpmn:definitions``.

    Returns:
        Containers by process id, in the order of the file.
    """
    reader = _Reader(root)
    return {process.get("id", ""): reader.container(process, {}) for process in root.iterchildren(f"{{{BPMN}}}process")}


class _Reader:
    """Reads one file; holds what its nodes refer to."""

    def __init__(self, root: _Element) -> None:
        self._named = {element.get("id", ""): element for element in root.iterchildren(f"{{{BPMN}}}*")}

    def container(self, element: _Element, roles: Mapping[str, str]) -> Container:
        roles = dict(roles) | _lane_roles(element)
        flows = sorted((_flow(found) for found in children(element, "sequenceFlow")), key=lambda flow: flow.id)
        nodes = {
            found.get("id", ""): self._node(found, flows, roles) for found in element if name_of(found) in NODE_TAGS
        }
        for node in list(nodes.values()):
            boundary = tuple(sorted(n.id for n in nodes.values() if n.attached_to == node.id))
            if boundary:
                nodes[node.id] = replace(node, boundary=boundary)
        return Container(element.get("id", ""), element.get("name", ""), properties(element), nodes)

    def _node(self, element: _Element, flows: list[Flow], roles: Mapping[str, str]) -> Node:
        identity = element.get("id", "")
        tag = name_of(element)
        interrupting = element.get("cancelActivity" if tag == "boundaryEvent" else "isInterrupting", "true")
        outgoing = tuple(flow for flow in flows if flow.source == identity)
        order = {_local(text_of(reference)): rank for rank, reference in enumerate(children(element, "outgoing"))}
        inner_roles = dict.fromkeys((e.get("id", "") for e in element.iter()), roles.get(identity, ""))
        return Node(
            id=identity,
            tag=tag,
            name=element.get("name", ""),
            properties=properties(element),
            trigger=self._trigger(element),
            outgoing=outgoing,
            listed=tuple(sorted(outgoing, key=lambda flow: order.get(flow.id, len(order)))),
            incoming=tuple(flow.id for flow in flows if flow.target == identity),
            default=element.get("default"),
            attached_to=element.get("attachedToRef"),
            interrupting=interrupting != "false",
            loop=_loop(element),
            role=roles.get(identity) or None,
            called=_local(element.get("calledElement")),
            script=text_of(child(element, "script")),
            inner=self.container(element, inner_roles) if tag in _CONTAINERS else None,
            by_event=element.get("triggeredByEvent") == "true",
        )

    def _trigger(self, element: _Element) -> Trigger:
        found = [part for part in element if name_of(part).endswith("EventDefinition")]
        references = map(_local, map(text_of, children(element, "eventDefinitionRef")))
        found += [self._named[reference] for reference in references if reference in self._named]
        if name_of(element) in {"sendTask", "receiveTask"}:
            return self._reference("message", element) if element.get("messageRef") else NONE
        if not found:
            return NONE
        if len(found) > 1:
            return Trigger("multiple")
        return self._definition(found[0])

    def _definition(self, element: _Element) -> Trigger:
        kind = name_of(element).removesuffix("EventDefinition")
        if kind in _REFERENCES:
            return self._reference(kind, element)
        if kind == "conditional":
            return Trigger(kind, expression=text_of(child(element, "condition")))
        if kind == "timer":
            timing = next((part for part in element if name_of(part) in _TIMINGS), None)
            if timing is not None:
                return Trigger(kind, expression=text_of(timing), timing=_TIMINGS[name_of(timing)])
        return Trigger(kind, name=element.get("name"))

    def _reference(self, kind: str, element: _Element) -> Trigger:
        reference = _local(element.get(_REFERENCES[kind]))
        target = self._named.get(reference or "")
        if target is None:
            return Trigger(kind, name=reference)
        return Trigger(
            kind,
            name=target.get("name") or reference,
            code=target.get(f"{kind}Code") or (target.get("name") if kind == "error" else None) or reference,
            properties=properties(target),
        )


def _local(reference: str | None) -> str | None:
    """Drop the prefix of a qualified name."""
    return None if reference is None else reference.rpartition(":")[2]


def _flow(element: _Element) -> Flow:
    condition = child(element, "conditionExpression")
    return Flow(
        element.get("id", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        None if condition is None else text_of(condition),
        element.get("name", ""),
        properties(element).get("name.en", ""),
    )


def _loop(element: _Element) -> Loop | None:
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is not None:
        kind = "sequential" if many.get("isSequential") == "true" else "parallel"
        return Loop(
            kind,
            count=text_of(child(many, "loopCardinality")),
            condition=text_of(child(many, "completionCondition")) or None,
        )
    again = child(element, "standardLoopCharacteristics")
    if again is None:
        return None
    maximum = again.get("loopMaximum", "")
    return Loop(
        "standard",
        condition=text_of(child(again, "loopCondition")) or None,
        maximum=int(maximum) if maximum.isdecimal() else None,
        test_before=again.get("testBefore") == "true",
    )


def _lane_roles(element: _Element) -> dict[str, str]:
    """Tell each node's role; an inner lane says more than the one round it."""
    roles: dict[str, str] = {}
    for lane in element.iterfind(f"{{{BPMN}}}laneSet//{{{BPMN}}}lane"):
        role = properties(lane).get("role")
        if role:
            roles.update((text_of(reference), role) for reference in children(lane, "flowNodeRef"))
    return roles
