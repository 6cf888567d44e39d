"""The layout of diagrams: coordinates are computed, never placed by hand.

``layout`` throws away the drawing a diagram has and writes a new one: lanes as bands, a plane for each embedded
sub-process, flows of horizontal and vertical stretches. The semantic part keeps its every byte. Equal diagrams
get equal drawings, and a drawing is its own layout.

    planes.py     what is to be drawn                      (definitions → Plane)
    placement.py  column and row of each node              (Plane → Placement)
    routing.py    ways for the flows round the shapes      (Placement → Grid, ways)
    drawing.py    pixels                                   (ways → Drawing)
    labels.py     places for outer labels
    interchange.py  BPMNDI as text, in place of the old
"""

import codecs
from typing import Final

from engine.layout.drawing import Drawing, draw
from engine.layout.interchange import rewritten
from engine.layout.labels import add_labels
from engine.layout.placement import place
from engine.layout.planes import Plane, planes
from engine.layout.routing import Router, grid_of
from engine.model import EngineError
from engine.xml import BPMN, XmlRefusedError, parse

__all__ = ["LayoutRefusedError", "layout", "layout_file"]

#: Nodes and flows that one plane, and one file, may have: some seconds of work, a hundred of them.
LARGEST_PLANE: Final = 400
LARGEST_DIAGRAM: Final = 4_000

#: How a file begins whose encoding is told by its first bytes, before any declaration.
_BEGINNINGS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class LayoutRefusedError(EngineError):
    """A diagram is too large to be laid out.

    Attributes:
        element: id of the plane that is, or empty when all planes together are.
        count: how many nodes and flows it has.
    """

    def __init__(self, element: str, count: int) -> None:
        super().__init__(f"{element or 'the diagram'}: {count} nodes and flows are too many to be laid out")
        self.element = element
        self.count = count


def layout(xml: str) -> str:
    """Give a diagram a complete new drawing.

    Args:
        xml: text of a BPMN file, with or without a drawing.

    Returns:
        The same text with its BPMNDI replaced: one BPMNDiagram for the procedure, or for the collaboration it
        stands in, and one for each embedded sub-process. Everything else is as it was, byte for byte.

    Raises:
        XmlRefusedError: when the text is not XML we read, or no BPMN.
        LayoutRefusedError: when there is more on a plane than anybody could read.
    """
    root = parse(xml)
    if root.tag != f"{{{BPMN}}}definitions":
        raise XmlRefusedError("not_bpmn", str(root.tag))
    found = planes(root)
    _bound({plane.element: len(plane.nodes) + len(plane.flows) for plane in found})
    return rewritten(xml, [(plane, _drawn(plane)) for plane in found])


def layout_file(content: bytes) -> bytes:
    """Give a file a complete new drawing; its encoding, byte order mark and line ends stay.

    Raises:
        XmlRefusedError: when it is not XML we read, or no BPMN.
        LayoutRefusedError: when there is more on a plane than anybody could read.
    """
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise XmlRefusedError("not_xml", str(error)) from error
    return layout(text).encode(encoding, "xmlcharrefreplace")


def _encoding(content: bytes) -> str:
    """Name a file's encoding, in which its byte order mark is a character like any other."""
    told = next((name for beginning, name in _BEGINNINGS.items() if content.startswith(beginning)), None)
    return told or parse(content).getroottree().docinfo.encoding or "utf-8"


def _bound(counts: dict[str, int]) -> None:
    for element, count in counts.items():
        if count > LARGEST_PLANE:
            raise LayoutRefusedError(element, count)
    if sum(counts.values()) > LARGEST_DIAGRAM:
        raise LayoutRefusedError("", sum(counts.values()))


def _drawn(plane: Plane) -> Drawing:
    placement = place(plane)
    grid = grid_of(plane, placement)
    drawing = draw(plane, placement, grid, Router(plane, placement, grid).route())
    add_labels(plane, drawing)
    return drawing
