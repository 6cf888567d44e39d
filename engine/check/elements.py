"""What runs here: the allow-list of element, event and position, and what each element must carry.

``engine.spiff.elements`` says what is supported. Everything else is refused here by name, above all what the library
would pass over in silence.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from engine.check.diagram import ACTIVITIES, EVENTS, NODES, Diagram, Finding, Node, Scope, nearest_id
from engine.expressions import is_fact_name
from engine.spiff.elements import SUPPORTED, SUPPORTED_LOOPS
from engine.xml import BPMN, SETTINGS, Element, child, children, name_of, namespace_of, properties, text_of

#: Elements of a scope that say nothing about what happens.
_SILENT: Final = frozenset(
    {
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "laneSet",
        "sequenceFlow",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "textAnnotation",
        "association",
        "group",
        "auditing",
        "monitoring",
        "supportedInterfaceRef",
        "categoryValueRef",
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "participantMultiplicity",
    }
)
#: Data that an element takes or gives: facts stand in their place, so the engine would pass over them.
_DATA: Final = frozenset(
    {
        "ioSpecification",
        "dataInputAssociation",
        "dataOutputAssociation",
        "dataInput",
        "dataOutput",
        "inputSet",
        "outputSet",
        "property",
    }
)
#: What a task, event or gateway may hold; a sub-process holds nodes and flows besides.
_PARTS: Final = frozenset(
    {
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "auditing",
        "monitoring",
        "categoryValueRef",
        "eventDefinitionRef",
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "script",
        "text",
    }
)
_PERFORMERS: Final = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})
#: Codes of their own for what people often draw; anything else is ``unsupported_element``.
_TAG_CODES: Final = {
    "complexGateway": "complex_gateway",
    "adHocSubProcess": "ad_hoc",
    "choreographyTask": "choreography",
    "subChoreography": "choreography",
    "callChoreography": "choreography",
}
#: Codes of their own for events, by kind.
_KIND_CODES: Final = {"compensate": "compensation", "link": "link_event", "multiple": "multiple_event"} | {
    "parallel_multiple": "multiple_event"
}

#: Event kinds that name a root element, with its attribute; where an event that catches may name none.
_NAMED_KINDS: Final = {
    "message": "messageRef",
    "signal": "signalRef",
    "error": "errorRef",
    "escalation": "escalationRef",
}
_CATCHES_ALL: Final = frozenset({"error", "escalation"})

#: The standard's own way of telling whose a message is; ours is the setting ``key``.
_CORRELATION: Final = tuple(
    f"{{{BPMN}}}{name}" for name in ("correlationProperty", "correlationKey", "correlationSubscription")
)
_TODAY: Final = re.compile(r"\btoday\s*\(", re.ASCII)

#: Targets an event-based gateway may wait for.
_AWAITED: Final = frozenset({"message", "timer", "signal", "conditional"})

_TRANSACTION_METHOD: Final = re.compile(r"##(Compensate|Store|Image)|[A-Za-z][A-Za-z0-9+.-]*:[\w./?#@:~-]+", re.ASCII)
_LOOPS: Final = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
_COUNT: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_RULE: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*@[1-9][0-9]*", re.ASCII)


def check_elements(diagram: Diagram) -> Iterator[Finding]:
    """Give everything that does not run here, or lacks what it needs to run."""
    if not diagram.processes:
        yield Finding("", "no_process")
    for process in diagram.processes:
        if process.element.get("isExecutable") == "false":
            yield Finding(process.id, "not_executable")
    yield from _languages(diagram)
    for element in diagram.root.iter(*_CORRELATION):
        yield Finding(element.get("id", ""), "correlation", name_of(element))
    for scope in diagram.scopes():
        yield from _parts(scope)
        for node in scope.nodes.values():
            yield from _supported(node)
            yield from _parts_of_node(node)
            yield from _attributes(node)
            yield from _loop(node)
            yield from _needs(node)
            yield from _operation(node, diagram)
            yield from _conditions(node)


def position(node: Node) -> str:
    """Tell where an event stands, as ``SUPPORTED`` says it."""
    if node.tag == "boundaryEvent":
        return "interrupting" if node.interrupts else "non_interrupting"
    if node.tag != "startEvent":
        return ""
    if node.scope.is_event_sub_process:
        return "event_interrupting" if node.interrupts else "event_non_interrupting"
    return "process" if node.scope.tag == "process" else "sub_process"


def _supported(node: Node) -> Iterator[Finding]:
    place = position(node)
    if (node.tag, node.kind, place) in SUPPORTED:
        yield from _place_of_cancel(node)
        return
    if node.tag not in EVENTS:
        yield Finding(node.id, _TAG_CODES.get(node.tag, "unsupported_element"), node.tag)
        return
    code = _KIND_CODES.get(node.kind, "unsupported_event")
    yield Finding(node.id, code, " ".join(filter(None, (node.tag, node.kind, place))))


def _place_of_cancel(node: Node) -> Iterator[Finding]:
    """Cancel ends a transaction from inside and is caught on its border, nowhere else."""
    if node.kind != "cancel":
        return
    host = node.scope.nodes.get(node.host)
    holder = node.scope.tag if node.tag == "endEvent" else host.tag if host else ""
    if holder != "transaction":
        yield Finding(node.id, "cancel_outside_transaction")
    elif node.tag == "endEvent" and not _is_cancelled_on_border(node.scope.owner):
        yield Finding(node.id, "cancel_uncaught")


def _is_cancelled_on_border(transaction: Node | None) -> bool:
    events = transaction.scope.boundary.get(transaction.id, ()) if transaction is not None else ()
    return any(event.kind == "cancel" for event in events)


def _parts(scope: Scope) -> Iterator[Finding]:
    for part in scope.element:
        tag = name_of(part)
        if namespace_of(part) != BPMN or tag in _SILENT or tag in NODES:
            continue
        yield Finding(part.get("id") or scope.id, _part_code(tag), tag)


def _parts_of_node(node: Node) -> Iterator[Finding]:
    for part in node.element if node.inner is None else ():
        tag = name_of(part)
        if namespace_of(part) == BPMN and tag not in _PARTS and not tag.endswith("EventDefinition"):
            yield Finding(node.id, _part_code(tag), tag)


def _part_code(tag: str) -> str:
    if tag in _PERFORMERS:
        return "performer"
    return "data" if tag in _DATA else _TAG_CODES.get(tag, "unsupported_element")


def _attributes(node: Node) -> Iterator[Finding]:
    element = node.element
    if element.get("isForCompensation") == "true":
        yield Finding(node.id, "compensation", node.tag)
    for name in ("startQuantity", "completionQuantity"):
        if element.get(name, "1") != "1":
            yield Finding(node.id, "token_quantity", f"{name}={element.get(name)}")
    if element.get("eventGatewayType", "Exclusive") != "Exclusive":
        yield Finding(node.id, "multiple_event", node.tag)
    if element.get("instantiate") == "true":
        yield Finding(node.id, "instantiate", node.tag)
    if node.is_event_sub_process and _repeats(node):
        yield Finding(node.id, "loop", node.tag)
    method = element.get("method", "##Compensate")
    if node.tag == "transaction" and not _TRANSACTION_METHOD.fullmatch(method):
        yield Finding(node.id, "transaction_method", method)


def _repeats(node: Node) -> bool:
    return any(child(node.element, name) is not None for name in _LOOPS)


def _loop(node: Node) -> Iterator[Finding]:
    again, many = (child(node.element, name) for name in _LOOPS)
    if again is not None:
        yield from _standard_loop(node, again)
    if many is not None:
        yield from _multi_instance(node, many)
    if again is not None and many is not None:
        yield Finding(node.id, "loop", " + ".join(_LOOPS))


def _standard_loop(node: Node, again: Element) -> Iterator[Finding]:
    if "standard" not in SUPPORTED_LOOPS:
        yield Finding(node.id, "loop", "standard")
    maximum = again.get("loopMaximum")
    if maximum is not None and not _COUNT.fullmatch(maximum):
        yield Finding(node.id, "loop_maximum", maximum)
    if maximum is None and not text_of(child(again, "loopCondition")):
        yield Finding(node.id, "loop_endless")


def _multi_instance(node: Node, many: Element) -> Iterator[Finding]:
    kind = "sequential" if many.get("isSequential") == "true" else "parallel"
    if kind not in SUPPORTED_LOOPS:
        yield Finding(node.id, "loop", kind)
    if many.get("behavior", "All") != "All" or child(many, "complexBehaviorDefinition") is not None:
        yield Finding(node.id, "loop_behaviour", many.get("behavior", "Complex"))
    for part in many:
        if name_of(part) in ("loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"):
            yield Finding(node.id, "loop_data", name_of(part))
    if not text_of(child(many, "loopCardinality")):
        yield Finding(node.id, "loop_cardinality")


def _needs(node: Node) -> Iterator[Finding]:
    settings = node.settings
    if node.tag == "serviceTask":
        named = [name for name in ("rule", "act") if settings.get(name)]
        if len(named) != 1:
            yield Finding(node.id, "service_without_handler" if not named else "service_two_handlers")
        if settings.get("rule") and not _RULE.fullmatch(settings["rule"]):
            yield Finding(node.id, "rule_name", settings["rule"])
    elif node.tag == "businessRuleTask" and not settings.get("decision"):
        yield Finding(node.id, "decision_missing")
    elif node.tag == "scriptTask" and node.element.get("scriptFormat"):
        yield Finding(node.id, "script_format", node.element.get("scriptFormat", ""))
    elif node.tag in ("sendTask", "receiveTask") and not node.element.get("messageRef"):
        yield Finding(node.id, "message_missing")
    elif node.tag == "callActivity" and not node.element.get("calledElement"):
        yield Finding(node.id, "call_without_target")
    elif node.tag == "eventBasedGateway":
        yield from _awaited(node)
    elif node.tag in EVENTS:
        yield from _event_needs(node)


def _event_needs(node: Node) -> Iterator[Finding]:
    for kind, definition in zip(node.kinds, node.definitions, strict=True):
        attribute = _NAMED_KINDS.get(kind)
        if attribute and not definition.get(attribute) and not (node.catches and kind in _CATCHES_ALL):
            yield Finding(node.id, f"{kind}_missing")
        if kind == "conditional":
            yield from _condition(node, text_of(child(definition, "condition")))
        if kind == "timer":
            yield from _timer_parts(node, definition)


def _condition(node: Node, text: str) -> Iterator[Finding]:
    if not text:
        yield Finding(node.id, "condition_missing")
    elif _TODAY.search(text):
        yield Finding(node.id, "condition_today", text)


def _operation(node: Node, diagram: Diagram) -> Iterator[Finding]:
    """A message with a type of data needs the operation that carries it (BPMN 2.0, 10.5.5)."""
    carriers = [node.element] if node.tag in ("sendTask", "receiveTask") else node.definitions
    for carrier in carriers:
        message = diagram.named.get(carrier.get("messageRef", "").rpartition(":")[2])
        named = carrier.get("operationRef") or text_of(child(carrier, "operationRef"))
        if message is not None and message.get("itemRef") and not named:
            yield Finding(node.id, "message_operation", message.get("id", ""))


def _timer_parts(node: Node, definition: Element) -> Iterator[Finding]:
    timings = list(children(definition, "timeDate", "timeDuration", "timeCycle"))
    if len(timings) != 1:
        yield Finding(node.id, "timer_count", str(len(timings)))


def _awaited(node: Node) -> Iterator[Finding]:
    """An event-based gateway waits for what comes first, so each of its flows must lead to something that waits."""
    if len(node.outgoing) < 2:  # noqa: PLR2004 - fewer than two is no choice
        yield Finding(node.id, "event_gateway_paths", str(len(node.outgoing)))
    targets = [node.scope.nodes[flow.target] for flow in node.outgoing if flow.target in node.scope.nodes]
    for target in targets:
        waits = target.tag == "receiveTask" or (target.tag == "intermediateCatchEvent" and target.kind in _AWAITED)
        if not waits or len(target.incoming) != 1 or node.scope.boundary.get(target.id) or _repeats(target):
            yield Finding(target.id, "event_gateway_target")
    mixed = {target.tag for target in targets if target.tag == "receiveTask" or target.kind == "message"}
    if len(mixed) > 1:
        yield Finding(node.id, "event_gateway_target")


def _conditions(node: Node) -> Iterator[Finding]:
    """Where a condition means nothing, or is wanting."""
    conditional = [flow for flow in node.outgoing if flow.condition is not None]
    if node.tag in EVENTS or node.tag in ("parallelGateway", "eventBasedGateway"):
        for flow in conditional:
            yield Finding(flow.id, "condition_ignored", node.id)
        return
    if conditional and len(node.outgoing) == 1:
        yield Finding(conditional[0].id, "condition_on_only_flow", node.id)
    for flow in conditional:
        if not flow.condition:
            yield Finding(flow.id, "condition_missing", node.id)
    default = node.element.get("default", "").rpartition(":")[2]
    if node.tag in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1:
        for flow in node.outgoing:
            if flow.condition is None and flow.id != default:
                yield Finding(flow.id, "flow_without_condition", node.id)


def _languages(diagram: Diagram) -> Iterator[Finding]:
    """A condition that names another language might be read as ours and mean something else."""
    for element in diagram.root.iter(f"{{{BPMN}}}*"):
        language = element.get("language")
        if language and name_of(element) not in ("definitions", "scriptTask"):
            yield Finding(nearest_id(element), "expression_language", language)


#: Our settings, and the elements that heed them; empty where every element does.
_SETTINGS: Final = {
    "role": frozenset({"lane"}),
    "name.en": frozenset[str](),
    "article": frozenset[str](),
    "form": frozenset({"userTask"}),
    "office": frozenset({"userTask"}),
    "separate_from": frozenset({"userTask"}),
    "officers": frozenset({"userTask"}),
    "deadline": frozenset({"userTask"}),
    #: The paper whose draft can be looked at while the task is open.
    "preview": frozenset({"userTask"}),
    "rule": frozenset({"serviceTask"}),
    "act": frozenset({"serviceTask"}),
    "decision": frozenset({"businessRuleTask"}),
    #: Facts an act's answer or a message brings.
    "writes": EVENTS | {"serviceTask", "receiveTask"},
    "key": EVENTS | {"message", "sendTask", "receiveTask"},
}
_SETTING_FAMILIES: Final = {
    "act": frozenset({"serviceTask"}),
    "deadline": ACTIVITIES | EVENTS,
    "in": frozenset({"callActivity"}),
    #: What a call gives back when it is cut off.
    "keep": frozenset({"callActivity"}),
    "out": frozenset({"callActivity"}),
    "payload": EVENTS | {"message", "sendTask"},
}


def _extensions(element: Element) -> Iterator[Finding]:
    """Name what the library's own modeller would have us do, and settings given twice."""
    for extensions in children(element, "extensionElements"):
        for part in extensions:
            if namespace_of(part) == SETTINGS and name_of(part) != "properties":
                yield Finding(element.get("id", ""), "extension", name_of(part))
        names = Counter(part.get("name", "") for part in extensions.iterfind(f"{{{SETTINGS}}}properties/*"))
        for name, count in names.items():
            if count > 1:
                yield Finding(element.get("id", ""), "setting_twice", name)


def check_settings(diagram: Diagram, ids: frozenset[str]) -> Iterator[Finding]:
    """Check that each setting is one somebody heeds, and names what exists.

    Args:
        diagram: whose settings are looked at.
        ids: of every element of every diagram at hand; separation reaches across called diagrams.
    """
    for element in diagram.root.iter(f"{{{BPMN}}}*"):
        owner = element.get("id", "")
        yield from _extensions(element)
        for name, value in properties(element).items():
            head, _, rest = name.partition(".")
            heeding = _SETTING_FAMILIES.get(head) if rest and name not in _SETTINGS else _SETTINGS.get(name)
            if heeding is None or (heeding and name_of(element) not in heeding):
                yield Finding(owner, "setting_unknown", name)
            elif name == "separate_from":
                for other in filter(None, (one.strip() for one in value.split(","))):
                    if other not in ids:
                        yield Finding(owner, "separate_from", other)
            elif name == "officers" and value not in ("1", "2"):
                yield Finding(owner, "officers", value)
            elif head in ("in", "keep", "out", "payload") and not is_fact_name(rest):
                yield Finding(owner, "setting", name)
