"""Whether a diagram hangs together: ids, references, flows and their ends, pools, lanes.

These are rules of the BPMN standard. The engine would run some of the diagrams that break them, in a way their
author did not mean.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from engine.check.diagram import ACTIVITIES, Diagram, Finding, Flow, Node, Scope, link_name, nearest_id
from engine.xml import BPMN, Element, child, children, name_of, namespace_of, text_of

_ID: Final = re.compile(r"[^\W\d][\w.\-]*")
_MIME_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(;.*)?")

#: Attribute of an event or task that names a root element, and the element it must name.
_REFERENCES: Final = {
    "messageRef": "message",
    "signalRef": "signal",
    "errorRef": "error",
    "escalationRef": "escalation",
    "operationRef": "operation",
    "processRef": "process",
}
#: Attributes the engine asks for true or false; of what XML Schema allows besides (``1``, ``0``) it knows nothing.
_BOOLEANS: Final = frozenset(
    {
        "isExecutable",
        "isInterrupting",
        "cancelActivity",
        "triggeredByEvent",
        "isForCompensation",
        "instantiate",
        "parallelMultiple",
        "isSequential",
        "testBefore",
    }
)
#: Parts of which an element has one at the most; the engine would read the first and pass over the others.
_SINGLE: Final = frozenset(
    {
        "script",
        "conditionExpression",
        "condition",
        "loopCardinality",
        "loopCondition",
        "completionCondition",
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "extensionElements",
    }
)
#: Events that may send a message across pools, and those that may take one.
_SENDING: Final = ("endEvent", "intermediateThrowEvent")
_TAKING: Final = ("startEvent", "intermediateCatchEvent", "boundaryEvent")


def check_structure(diagram: Diagram) -> Iterator[Finding]:
    """Give everything that does not hang together."""
    yield from _ids(diagram)
    yield from _references(diagram)
    yield from _texts(diagram)
    yield from _booleans(diagram)
    yield from _single_parts(diagram)
    for scope in diagram.scopes():
        yield from _flows(scope)
        yield from _listed_flows(scope)
        for node in scope.nodes.values():
            yield from _connections(node)
            yield from _defaults(node)
        yield from _beginning_and_end(scope)
        yield from _reached(scope)
        yield from _links(scope)
    yield from _lanes(diagram)
    yield from _collaborations(diagram)


def _ids(diagram: Diagram) -> Iterator[Finding]:
    counted = Counter(element.get("id") for element in diagram.root.iter() if element.get("id"))
    for identity, count in counted.items():
        if count > 1:
            yield Finding(identity or "", "duplicate_id", str(count))
    for scope in diagram.scopes():
        parts: list[Node | Flow] = [*scope.nodes.values(), *scope.flows]
        for part in parts:
            if not part.id:
                yield Finding(scope.id, "missing_id", name_of(part.element))
            elif not _ID.fullmatch(part.id):
                yield Finding(part.id, "bad_id", part.id)
    for process in diagram.processes:
        if not _ID.fullmatch(process.id):
            yield Finding(process.id, "bad_id", process.id or "process")


def _references(diagram: Diagram) -> Iterator[Finding]:
    for element in diagram.root.iter(f"{{{BPMN}}}*"):
        for attribute, wanted in _REFERENCES.items():
            reference = element.get(attribute, "").rpartition(":")[2]
            target = diagram.named.get(reference)
            if reference and (target is None or name_of(target) != wanted):
                yield Finding(nearest_id(element), "dangling_reference", f"{attribute}={reference}")
        if name_of(element) == "eventDefinitionRef":
            yield from _definition_reference(diagram, element)


def _definition_reference(diagram: Diagram, element: Element) -> Iterator[Finding]:
    target = diagram.named.get(text_of(element))
    # A definition that stands in another event belongs to that event alone.
    if target is None or target.getparent() is not diagram.root or not name_of(target).endswith("EventDefinition"):
        yield Finding(nearest_id(element), "dangling_reference", f"eventDefinitionRef={text_of(element)}")


def _texts(diagram: Diagram) -> Iterator[Finding]:
    for element in diagram.root.iter(f"{{{BPMN}}}documentation", f"{{{BPMN}}}textAnnotation"):
        kind = element.get("textFormat", "text/plain")
        if not _MIME_TYPE.fullmatch(kind):
            yield Finding(nearest_id(element), "mime_type", kind)


def _booleans(diagram: Diagram) -> Iterator[Finding]:
    for element in diagram.root.iter(f"{{{BPMN}}}*"):
        for name in sorted(_BOOLEANS.intersection(map(str, element.attrib))):
            if element.get(name) not in ("true", "false"):
                yield Finding(nearest_id(element), "boolean", f"{name}={element.get(name)}")


def _single_parts(diagram: Diagram) -> Iterator[Finding]:
    for element in diagram.root.iter(f"{{{BPMN}}}*"):
        parts = Counter(name_of(part) for part in element if namespace_of(part) == BPMN)
        for name in sorted(_SINGLE.intersection(parts)):
            if parts[name] > 1:
                yield Finding(nearest_id(element), "part_twice", name)


def _flows(scope: Scope) -> Iterator[Finding]:
    ends: Counter[tuple[str, str]] = Counter()
    for flow in scope.flows:
        for end in (flow.source, flow.target):
            if end not in scope.nodes:
                yield Finding(flow.id, "flow_end", end)
        ends[flow.source, flow.target] += 1
    for (source, target), count in ends.items():
        if count > 1:
            yield Finding(source, "double_flow", target)


def _listed_flows(scope: Scope) -> Iterator[Finding]:
    """Compare the flows a node lists with those that name it; a file that lists none is as good."""
    for node in scope.nodes.values():
        for tag, flows in (("incoming", node.incoming), ("outgoing", node.outgoing)):
            listed = {text_of(part).rpartition(":")[2] for part in children(node.element, tag)}
            for identity in sorted(listed - {flow.id for flow in flows}):
                yield Finding(node.id, "flow_reference", f"{tag}={identity}")


def _connections(node: Node) -> Iterator[Finding]:
    if node.is_event_sub_process:
        if node.incoming or node.outgoing:
            yield Finding(node.id, "event_sub_process_flow")
        return
    if node.incoming and (node.tag in ("startEvent", "boundaryEvent") or _is_link(node, "intermediateCatchEvent")):
        yield Finding(node.id, "incoming_not_allowed", node.incoming[0].id)
    ends = node.tag == "endEvent" or _is_link(node, "intermediateThrowEvent")
    if ends and node.outgoing:
        yield Finding(node.id, "outgoing_not_allowed", node.outgoing[0].id)
    # A handler of compensation hangs on an association; compensation is refused as such.
    if not ends and not node.outgoing and node.element.get("isForCompensation") != "true":
        yield Finding(node.id, "dead_end")
    if node.tag == "boundaryEvent":
        host = node.scope.nodes.get(node.host)
        if host is None or host.tag not in ACTIVITIES or host.is_event_sub_process:
            yield Finding(node.id, "boundary_host", node.host)
    yield from _direction(node)


def _is_link(node: Node, tag: str) -> bool:
    return node.tag == tag and node.kinds == ("link",)


def _direction(node: Node) -> Iterator[Finding]:
    direction = node.element.get("gatewayDirection", "Unspecified")
    if not node.tag.endswith("Gateway") or direction == "Unspecified":
        return
    joins, forks = len(node.incoming) > 1, len(node.outgoing) > 1
    fits = {"Diverging": forks and not joins, "Converging": joins and not forks, "Mixed": joins and forks}
    if not fits.get(direction, False):
        yield Finding(node.id, "gateway_direction", direction)


def _defaults(node: Node) -> Iterator[Finding]:
    default = node.element.get("default", "").rpartition(":")[2]
    if not default:
        return
    flow = next((flow for flow in node.outgoing if flow.id == default), None)
    if flow is None or node.tag in ("parallelGateway", "eventBasedGateway"):
        yield Finding(node.id, "default_flow", default)
    elif flow.condition is not None:
        yield Finding(flow.id, "default_condition")


def _beginning_and_end(scope: Scope) -> Iterator[Finding]:
    if not scope.nodes:
        yield Finding(scope.id, "empty_scope")
        return
    if scope.tag == "adHocSubProcess":
        return
    starts = [node for node in scope.nodes.values() if node.tag == "startEvent"]
    if not starts:
        yield Finding(scope.id, "no_start")
    # A case is opened, it is not told by which event: of several starts one would be taken whatever came.
    if len(starts) > 1:
        yield Finding(scope.id, "several_starts", ", ".join(node.id for node in starts))
    if not any(node.tag == "endEvent" for node in scope.nodes.values()):
        yield Finding(scope.id, "no_end")


def _reached(scope: Scope) -> Iterator[Finding]:
    """Name what no token can come to."""
    if scope.tag == "adHocSubProcess":
        return
    waiting = [node.id for node in scope.nodes.values() if node.tag == "startEvent" or node.is_event_sub_process]
    reached = set(waiting)
    while waiting:
        new = [target for target in scope.successors[waiting.pop()] if target not in reached]
        reached.update(new)
        waiting += new
    for node in scope.nodes.values():
        # A handler of compensation hangs on an association; compensation is refused as such.
        if node.id not in reached and node.element.get("isForCompensation") != "true":
            yield Finding(node.id, "unreachable")


def _links(scope: Scope) -> Iterator[Finding]:
    """Every throwing link has exactly one catching link of its name in the same scope."""
    links = [node for node in scope.nodes.values() if node.kinds == ("link",)]
    catches = Counter(link_name(node) for node in links if node.tag == "intermediateCatchEvent")
    throws = Counter(link_name(node) for node in links if node.tag == "intermediateThrowEvent")
    for node in links:
        name = link_name(node)
        paired = catches[name] == 1 and throws[name] > 0
        if not name or (node.tag != "startEvent" and not paired):
            yield Finding(node.id, "link_pair", name)


def _lanes(diagram: Diagram) -> Iterator[Finding]:
    for process in diagram.processes:
        for lanes in process.element.iterfind(f".//{{{BPMN}}}laneSet"):
            seen: set[str] = set()
            for lane in children(lanes, "lane"):
                listed = [text_of(part).rpartition(":")[2] for part in children(lane, "flowNodeRef")]
                for identity in listed:
                    if identity not in diagram.named:
                        yield Finding(lane.get("id", ""), "dangling_reference", f"flowNodeRef={identity}")
                    elif identity in seen:
                        yield Finding(identity, "lane_twice")
                seen.update(listed)


def _collaborations(diagram: Diagram) -> Iterator[Finding]:
    pools: dict[str, Element | None] = {}
    for participant in diagram.root.iter(f"{{{BPMN}}}participant"):
        process = diagram.named.get(participant.get("processRef", "").rpartition(":")[2])
        pools[participant.get("id", "")] = process
        yield from _multiplicity(participant)
    for message in diagram.root.iter(f"{{{BPMN}}}messageFlow"):
        yield from _message_flow(diagram, message, pools)


def _multiplicity(participant: Element) -> Iterator[Finding]:
    given = child(participant, "participantMultiplicity")
    if given is None:
        return
    least, most = given.get("minimum", "0"), given.get("maximum", "1")
    if not (least.isdecimal() and most.isdecimal() and int(least) <= int(most) and int(most) > 0):
        yield Finding(participant.get("id", ""), "multiplicity", f"{least}..{most}")


def _message_flow(diagram: Diagram, message: Element, pools: dict[str, Element | None]) -> Iterator[Finding]:
    identity = message.get("id", "")
    source, target = (message.get(name, "").rpartition(":")[2] for name in ("sourceRef", "targetRef"))
    if any(end not in pools and end not in diagram.named for end in (source, target)):
        yield Finding(identity, "dangling_reference", f"{source} → {target}")
        return
    if _pool(diagram, source, pools) == _pool(diagram, target, pools):
        yield Finding(identity, "message_flow", f"{source} → {target}")
        return
    for end, events in ((source, _SENDING), (target, _TAKING)):
        if end not in pools and not _may_carry(diagram.named[end], events):
            yield Finding(identity, "message_flow", end)


def _pool(diagram: Diagram, end: str, pools: dict[str, Element | None]) -> Element | str | None:
    """Give the process an end of a message flow lies in; a pool without one stands for itself."""
    if end in pools:
        process = pools[end]
        return end if process is None else process
    found: Element | None = diagram.named[end]
    while found is not None and name_of(found) != "process":
        found = found.getparent()
    return found


def _may_carry(element: Element, events: tuple[str, ...]) -> bool:
    if name_of(element) in ACTIVITIES:
        return name_of(element) != ("receiveTask" if events == _SENDING else "sendTask")
    return name_of(element) in events and any(
        name_of(part) in ("messageEventDefinition", "eventDefinitionRef") for part in element
    )
