"""A diagram in words: what it says, without where its shapes lie.

Kept beside every shipped diagram, so that a change of a diagram is reviewed as lines that changed. Elements stand
in the order of their ids, so that an edit of the layout, or of the order in the file, changes nothing.
"""

from collections.abc import Iterator
from typing import Final

from engine.check.diagram import Diagram, Node, Scope, read_diagram
from engine.check.elements import position
from engine.xml import BPMN, Element, child, children, name_of, parse, properties, text_of

_INDENT: Final = "  "
#: Attributes of an element that change what it does.
_ATTRIBUTES: Final = (
    "calledElement",
    "default",
    "attachedToRef",
    "messageRef",
    "triggeredByEvent",
    "isExecutable",
)
_TIMINGS: Final = ("timeDate", "timeDuration", "timeCycle", "condition")
_REFERENCES: Final = ("messageRef", "signalRef", "errorRef", "escalationRef", "name")


def outline(source: str | bytes) -> str:
    """Write a diagram as text.

    Args:
        source: a BPMN file.

    Returns:
        Lines: the root elements it names, then each process with its lanes, and each node with its settings, its
        flows and what it holds.

    Raises:
        XmlRefusedError: when it is not XML we read.
    """
    diagram = read_diagram(parse(source))
    return "\n".join([*_roots(diagram), *_processes(diagram)]) + "\n"


def _roots(diagram: Diagram) -> Iterator[str]:
    roots = [part for part in diagram.root if name_of(part) in ("message", "signal", "error", "escalation")]
    for root in sorted(roots, key=lambda part: (name_of(part), part.get("id", ""))):
        codes = [root.get(name, "") for name in ("errorCode", "escalationCode") if root.get(name)]
        yield " ".join([name_of(root), root.get("id", ""), repr(root.get("name", "")), *codes])
        yield from _settings(root, _INDENT)


def _processes(diagram: Diagram) -> Iterator[str]:
    for process in sorted(diagram.processes, key=lambda scope: scope.id):
        yield f"process {process.id} {process.element.get('name', '')!r}{_attributes(process.element)}"
        yield from _settings(process.element, _INDENT)
        for lane in process.element.iterfind(f".//{{{BPMN}}}lane"):
            yield f"{_INDENT}lane {lane.get('id', '')} {lane.get('name', '')!r}"
            yield from _settings(lane, _INDENT * 2)
            yield f"{_INDENT * 2}holds {' '.join(sorted(text_of(part) for part in children(lane, 'flowNodeRef')))}"
        yield from _nodes(process, _INDENT)


def _nodes(scope: Scope, indent: str) -> Iterator[str]:
    for node in sorted(scope.nodes.values(), key=lambda node: node.id):
        kind = " ".join(filter(None, (node.tag, node.kind if node.kind != "none" else "", position(node))))
        yield f"{indent}{kind} {node.id} {node.element.get('name', '')!r}{_attributes(node.element)}"
        yield from _settings(node.element, indent + _INDENT)
        yield from _contents(node, indent + _INDENT)
        for flow in sorted(node.outgoing, key=lambda flow: flow.id):
            label = f" {flow.element.get('name')!r}" if flow.element.get("name") else ""
            condition = f" if {_one_line(flow.condition)}" if flow.condition is not None else ""
            yield f"{indent}{_INDENT}→ {flow.target} ({flow.id}){label}{condition}"
            yield from _settings(flow.element, indent + _INDENT * 2)
        if node.inner is not None:
            yield from _nodes(node.inner, indent + _INDENT)


def _contents(node: Node, indent: str) -> Iterator[str]:
    for definition in node.definitions:
        parts = [f"{name}={definition.get(name)}" for name in _REFERENCES if definition.get(name)]
        parts += [f"{name} {_one_line(text_of(part))}" for name in _TIMINGS for part in children(definition, name)]
        if parts:
            yield f"{indent}{' '.join(parts)}"
    many = child(node.element, "multiInstanceLoopCharacteristics")
    if many is not None:
        kind = "one after another" if many.get("isSequential") == "true" else "together"
        yield f"{indent}for each of {text_of(child(many, 'loopCardinality'))}, {kind}"
    for loop in children(node.element, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
        for part in children(loop, "loopCondition", "completionCondition"):
            yield f"{indent}{name_of(part)} {_one_line(text_of(part))}"
    for line in text_of(child(node.element, "script")).splitlines():
        yield f"{indent}| {line.strip()}"


def _attributes(element: Element) -> str:
    return "".join(f" {name}={element.get(name)}" for name in _ATTRIBUTES if element.get(name))


def _settings(element: Element, indent: str) -> Iterator[str]:
    for name, value in sorted(properties(element).items()):
        yield f"{indent}{name}: {_one_line(value)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
