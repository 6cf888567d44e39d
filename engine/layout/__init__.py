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

from engine.layout.drawing import Drawing, draw
from engine.layout.interchange import rewritten
from engine.layout.labels import add_labels
from engine.layout.placement import place
from engine.layout.planes import Plane, planes
from engine.layout.routing import Router, grid_of
from engine.xml import parse

__all__ = ["layout"]


def layout(xml: str) -> str:
    """Give a diagram a complete new drawing.

    Args:
        xml: text of a BPMN file, with or without a drawing.

    Returns:
        The same text with its BPMNDI replaced: one BPMNDiagram for the procedure, or for the collaboration it
        stands in, and one for each embedded sub-process. Everything else is as it was, byte for byte.

    Raises:
        XmlRefusedError: when the text is not XML we read.
    """
    found = planes(parse(xml))
    return rewritten(xml, [(plane, _drawn(plane)) for plane in found])


def _drawn(plane: Plane) -> Drawing:
    placement = place(plane)
    grid = grid_of(plane, placement)
    drawing = draw(plane, placement, grid, Router(plane, placement, grid).route())
    add_labels(plane, drawing)
    return drawing
