"""BPMNDI as text: the old drawing is cut out of a file and the new one set in its place.

The file is edited as text, not written anew from a tree, so that its comments, quotes and line breaks stay.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

from engine.layout.drawing import Box, Drawing
from engine.layout.planes import Plane
from engine.xml import BPMN_DI, DC, DI, parse

_NAMESPACES: Final = {"bpmndi": BPMN_DI, "dc": DC, "di": DI}

#: Everything that may hold a ``<`` that opens no element, then tags; a quoted value may hold a ``>``.
_MARKUP: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<close>/?)(?P<name>[^\s/>]+)(?:[^>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def rewritten(xml: str, drawings: Sequence[tuple[Plane, Drawing]]) -> str:
    """Put drawings in the place of whatever drawing a file holds.

    Args:
        xml: text of the file.
        drawings: each plane with its coordinates, the outermost first.
    """
    root = parse(xml)
    prefixes = {child.prefix for child in root if child.tag == f"{{{BPMN_DI}}}BPMNDiagram"}
    names = {f"{prefix}:BPMNDiagram" if prefix else "BPMNDiagram" for prefix in prefixes}
    bare = _without(xml, names)
    last = [match for match in _MARKUP.finditer(bare) if match["close"]][-1:]
    if not last or not drawings:
        return bare
    declared = " ".join(f'xmlns:{key}="{uri}"' for key, uri in _NAMESPACES.items() if root.nsmap.get(key) != uri)
    lines = [f"  {line}" for plane, drawing in drawings for line in _diagram(plane, drawing, declared)]
    end, broken = last[0].start(), _LINE_END.search(xml)
    return (broken[0] if broken else "\n").join([bare[:end].rstrip(), *lines, bare[end:]])


def _without(xml: str, names: set[str]) -> str:
    """Cut out the elements of these names, with the blanks before them."""
    kept: list[str] = []
    start = 0
    for match in _MARKUP.finditer(xml):
        if match["name"] not in names:
            continue
        if match["close"]:
            start = match.end()
        else:
            kept.append(xml[start : match.start()].rstrip())
            start = match.end()
    return "".join([*kept, xml[start:]])


def _diagram(plane: Plane, drawing: Drawing, declared: str) -> Iterator[str]:
    key = quoteattr(f"{plane.element}_diagram")
    yield f"<bpmndi:BPMNDiagram id={key}{' ' + declared if declared else ''}>"
    plane_id = quoteattr(f"{plane.element}_plane_di")
    yield f"  <bpmndi:BPMNPlane id={plane_id} bpmnElement={quoteattr(plane.element)}>"
    for frame, box in drawing.frames.items():
        yield from _shape(frame, box, ' isHorizontal="true"', None)
    for node, box in drawing.shapes.items():
        yield from _shape(node, box, _flags(plane, node), drawing.labels.get(node))
    for flow in plane.flows:
        yield from _edge(flow.id, drawing.ways[flow.id], drawing.labels.get(flow.id))
    yield "  </bpmndi:BPMNPlane>"
    yield "</bpmndi:BPMNDiagram>"


def _flags(plane: Plane, node: str) -> str:
    if plane.nodes[node].kind == "subprocess":
        return ' isExpanded="false"'
    return ' isMarkerVisible="true"' if plane.nodes[node].tag == "exclusiveGateway" else ""


def _shape(element: str, box: Box, flags: str, label: Box | None) -> Iterator[str]:
    yield f"    <bpmndi:BPMNShape id={quoteattr(element + '_di')} bpmnElement={quoteattr(element)}{flags}>"
    yield f"      {_bounds(box)}"
    yield from _label(label)
    yield "    </bpmndi:BPMNShape>"


def _edge(element: str, way: Sequence[tuple[int, int]], label: Box | None) -> Iterator[str]:
    yield f"    <bpmndi:BPMNEdge id={quoteattr(element + '_di')} bpmnElement={quoteattr(element)}>"
    for x, y in way:
        yield f'      <di:waypoint x="{x}" y="{y}" />'
    yield from _label(label)
    yield "    </bpmndi:BPMNEdge>"


def _label(box: Box | None) -> Iterator[str]:
    if box is not None:
        yield "      <bpmndi:BPMNLabel>"
        yield f"        {_bounds(box)}"
        yield "      </bpmndi:BPMNLabel>"


def _bounds(box: Box) -> str:
    return f'<dc:Bounds x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" />'
