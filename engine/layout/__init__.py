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

from typing import Final

from engine.layout.drawing import Drawing, draw
from engine.layout.interchange import rewritten
from engine.layout.labels import add_labels
from engine.layout.placement import place
from engine.layout.planes import Plane, planes
from engine.layout.routing import Router, grid_of
from engine.model import EngineError
from engine.xml import parse

__all__ = ["LayoutRefusedError", "layout"]

#: Nodes and flows that one plane, and one file, may have: some seconds of work, a hundred of them.
LARGEST_PLANE: Final = 400
LARGEST_DIAGRAM: Final = 4_000


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
        XmlRefusedError: when the text is not XML we read.
        LayoutRefusedError: when there is more on a plane than anybody could read.
    """
    found = planes(parse(xml))
    _bound({plane.element: len(plane.nodes) + len(plane.flows) for plane in found})
    return rewritten(xml, [(plane, _drawn(plane)) for plane in found])


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
