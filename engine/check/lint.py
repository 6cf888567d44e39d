"""The first gate: bpmn.io's own reader and linter, in their Python port.

They know the BPMN 2.0 meta-model attribute by attribute, which our own rules do not repeat. Their findings are
given our codes, so that an author reads one language and nothing is said twice.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final

from bpmn_io import BpmnModdle
from bpmn_io.lint import Linter
from bpmn_io.lint.resolver import StaticResolver
from bpmn_io.lint.rules import RULES
from bpmn_io.moddle_xml import ParseError
from lxml import etree

from engine.check.diagram import NODES, Finding
from engine.xml import BPMN, Element, children, name_of

#: Rules whose findings are refusals, and our code for each.
_REFUSING: Final = {
    "conditional-event": "condition_missing",
    "event-based-gateway": "event_gateway_paths",
    "link-event": "link_pair",
    "single-blank-start-event": "several_starts",
    "sub-process-blank-start-event": "unsupported_event",
    "end-event-required": "no_end",
    "start-event-required": "no_start",
    "no-disconnected": "unreachable",
    "no-implicit-start": "unreachable",
    "no-implicit-end": "dead_end",
    "no-duplicate-sequence-flows": "double_flow",
}
#: Rules whose findings are hints.
_HINTING: Final = {
    "label-required": "label",
    "fake-join": "fake_join",
    "superfluous-gateway": "superfluous",
    "superfluous-termination": "superfluous",
    "no-bpmndi": "not_drawn",
    "no-implicit-split": "implicit_split",
    "no-gateway-join-fork": "join_fork",
}
#: References to types of data: facts stand in the place of data, so nobody follows them.
_DATA_TYPES: Final = ("itemSubjectRef", "itemRef", "structureRef", "dataStoreRef", "dataObjectRef", "import")
_DRAWING: Final = ("bpmnElement", "sourceElement", "targetElement", "choreographyActivityShape")


def lint(root: Element) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Let the reader and the linter look at a diagram.

    Args:
        root: ``bpmn:definitions``, read by our own parser.

    Returns:
        Refusals and hints.
    """
    return _lint(etree.tostring(_with_listed_flows(root), encoding="unicode"))


@lru_cache(maxsize=16)
def _lint(text: str) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    try:
        read = BpmnModdle().from_xml(text)
    except ParseError as error:
        return (Finding("", "unknown_element", _short(error)),), ()
    refusals, hints = list(_read_warnings(read.warnings)), list(_drawing_warnings(read.warnings))
    for rule, reports in _linter().lint(read.root_element).items():
        # A report without an id is about an element of another language inside the file.
        owners = [report["id"] for report in reports if isinstance(report.get("id"), str)]
        if rule in _REFUSING:
            refusals += [Finding(owner, _REFUSING[rule]) for owner in owners]
        else:
            hints += [Finding(owner, _HINTING[rule]) for owner in owners]
    return tuple(refusals), tuple(hints)


def _linter() -> Any:
    """Make a linter. Its rules remember what they have seen: one for two files would take both for one."""
    names = (*_REFUSING, *_HINTING)
    resolver: Any = StaticResolver({f"rule:bpmnlint/{name}": RULES[name] for name in names})
    return Linter(config={"rules": dict.fromkeys(names, "error")}, resolver=resolver)


def _with_listed_flows(root: Element) -> Element:
    """Copy a diagram with every node listing its flows: the linter goes by these lists, which are optional."""
    copied = deepcopy(root)
    nodes: dict[str, Element] = {}
    for element in copied.iter(f"{{{BPMN}}}*"):
        if name_of(element) in NODES:
            nodes.setdefault(element.get("id", ""), element)
            for listed in list(children(element, "incoming", "outgoing")):
                element.remove(listed)
    for flow in copied.iter(f"{{{BPMN}}}sequenceFlow"):
        for tag, end in (("outgoing", "sourceRef"), ("incoming", "targetRef")):
            node = nodes.get(flow.get(end, ""))
            if node is not None and flow.get("id"):
                etree.SubElement(node, f"{{{BPMN}}}{tag}").text = flow.get("id")
    return copied


def _read_warnings(warnings: Any) -> Iterator[Finding]:
    for warning in warnings:
        if _is_reference(warning):
            if _property(warning) not in (*_DATA_TYPES, *_DRAWING):
                yield Finding(_owner(warning), "dangling_reference", f"{_property(warning)}={warning.value}")
        elif "duplicate ID" not in str(warning.message) and "<bpmn:Script>" not in str(warning.message):
            yield Finding(_owner(warning), "unknown_element", _short(warning.message))


def _drawing_warnings(warnings: Any) -> Iterator[Finding]:
    for warning in warnings:
        if _is_reference(warning) and _property(warning) in _DRAWING:
            yield Finding(_owner(warning), "drawing", str(warning.value))


def _is_reference(warning: Any) -> bool:
    return str(warning.message).startswith("unresolved reference")


def _property(warning: Any) -> str:
    return str(warning.property or "").rpartition(":")[2]


def _owner(warning: Any) -> str:
    element = warning.element
    try:
        identity = element.get("id") if element is not None else None
    except (AttributeError, KeyError, TypeError):
        identity = None
    return identity if isinstance(identity, str) else ""


def _short(message: Any) -> str:
    lines = [line.strip() for line in str(getattr(message, "message", message)).splitlines() if line.strip()]
    return " ".join(lines)[:200]
