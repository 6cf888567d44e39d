"""What can be wrong with a drawing, read from its coordinates alone.

The house test asks this of every shipped diagram. It knows nothing of how ``engine.layout`` works, so that the
one can find the faults of the other; a diagram drawn by hand is judged by the same measure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from engine.xml import BPMN, BPMN_DI, DC, DI, Element, name_of, parse, text_of

#: More nodes than this on one plane cannot be taken in at a glance; boundary events go with their host.
LARGEST_PLANE: Final = 25

_CONTAINERS: Final = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})
_FRAMES: Final = frozenset({"participant", "lane"})
_BESIDE: Final = frozenset({"boundaryEvent", "textAnnotation", "group", "dataObjectReference", "dataStoreReference"})
_NODE_ENDINGS: Final = ("task", "event", "gateway", "callactivity", "subprocess", "transaction")

Point = tuple[Fraction, Fraction]


class _Box(NamedTuple):
    left: Fraction
    top: Fraction
    right: Fraction
    bottom: Fraction

    def overlaps(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "_Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def has_on_border(self, point: Point) -> bool:
        x, y = point
        inside = self.left <= x <= self.right and self.top <= y <= self.bottom
        return inside and (x in (self.left, self.right) or y in (self.top, self.bottom))


@dataclass
class _Plane:
    """One BPMNPlane: shapes, ways of flows and labels by id of the element they draw."""

    element: str
    shapes: dict[str, _Box] = field(default_factory=dict)
    ways: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, _Box] = field(default_factory=dict)


def faults(xml: str) -> list[str]:
    """Name everything wrong with the drawing of a diagram.

    Args:
        xml: text of a BPMN file.

    Returns:
        One sentence a fault, naming the elements: something not drawn, a shape on another, a flow through a
        shape, along another flow, aslant or ending in the open, a label on a shape or another label, a node
        outside its lane, a plane with too many nodes. Empty when the drawing is sound.

    Raises:
        XmlRefusedError: when the text is not XML we read.
    """
    root = parse(xml)
    elements = {element.get("id", ""): element for element in root.iter(f"{{{BPMN}}}*") if element.get("id")}
    planes = [_plane(plane) for plane in root.iter(f"{{{BPMN_DI}}}BPMNPlane")]
    found = [*_missing(root, planes)]
    for plane in planes:
        found += _Inspection(plane, elements).faults()
    return found


def _plane(plane: Element) -> _Plane:
    read = _Plane(plane.get("bpmnElement", ""))
    for drawn in plane:
        element = drawn.get("bpmnElement", "")
        bounds = drawn.find(f"{{{DC}}}Bounds")
        if bounds is not None:
            read.shapes[element] = _box(bounds)
        if name_of(drawn) == "BPMNEdge":
            read.ways[element] = [_point(each) for each in drawn.findall(f"{{{DI}}}waypoint")]
        label = drawn.find(f"{{{BPMN_DI}}}BPMNLabel/{{{DC}}}Bounds")
        if label is not None:
            read.labels[element] = _box(label)
    return read


def _box(bounds: Element) -> _Box:
    x, y, width, height = (Fraction(bounds.get(key, "0")) for key in ("x", "y", "width", "height"))
    return _Box(x, y, x + width, y + height)


def _point(waypoint: Element) -> Point:
    return Fraction(waypoint.get("x", "0")), Fraction(waypoint.get("y", "0"))


def _missing(root: Element, planes: list[_Plane]) -> Iterator[str]:
    drawn = {element for plane in planes for element in (*plane.shapes, *plane.ways)}
    own_plane = {plane.element for plane in planes}
    for element in root.iter(f"{{{BPMN}}}*"):
        key = element.get("id", "")
        if key not in drawn and _is_to_be_drawn(element, planes):
            yield f"{key} is not drawn"
        if name_of(element) in _CONTAINERS - {"process"} and key not in own_plane:
            yield f"{key} has no plane of its own"


def _is_to_be_drawn(element: Element, planes: list[_Plane]) -> bool:
    tag = name_of(element)
    parent = element.getparent()
    if tag == "messageFlow":
        # One that leads into a sub-process has its ends on two planes, and there is no line between planes.
        ends = {element.get("sourceRef"), element.get("targetRef")}
        return any(ends <= plane.shapes.keys() for plane in planes)
    if tag in _FRAMES or tag in {"sequenceFlow", "textAnnotation"}:
        return True
    return parent is not None and name_of(parent) in _CONTAINERS and _is_node(tag)


def _is_node(tag: str) -> bool:
    return tag.lower().endswith(_NODE_ENDINGS)


class _Inspection:
    """Looks at one plane."""

    def __init__(self, plane: _Plane, elements: dict[str, Element]) -> None:
        self._plane = plane
        self._elements = elements
        self._nodes = {key: box for key, box in plane.shapes.items() if self._tag(key) not in _FRAMES | {"group"}}
        self._ends = {key: self._ends_of(key) for key in plane.ways}

    def faults(self) -> Iterator[str]:
        """Name what is wrong."""
        for fault in (
            *self._size(),
            *self._overlaps(),
            *self._outside_lanes(),
            *self._slants(),
            *self._loose_ends(),
            *self._through_shapes(),
            *self._along_others(),
            *self._labels(),
        ):
            yield f"{self._plane.element}: {fault}"

    def _tag(self, key: str) -> str:
        return name_of(self._elements[key]) if key in self._elements else ""

    def _ends_of(self, flow: str) -> tuple[str, str]:
        element = self._elements.get(flow)
        if element is None or element.get("sourceRef") is None:
            return "", ""
        return element.get("sourceRef", ""), element.get("targetRef", "")

    def _host(self, key: str) -> str | None:
        return self._elements[key].get("attachedToRef") if key in self._elements else None

    def _size(self) -> Iterator[str]:
        count = sum(self._tag(key) not in _BESIDE for key in self._nodes)
        if count > LARGEST_PLANE:
            yield f"{count} nodes on one plane, at most {LARGEST_PLANE}"

    def _overlaps(self) -> Iterator[str]:
        for (one, box), (other, other_box) in combinations(self._nodes.items(), 2):
            if box.overlaps(other_box) and other != self._host(one) and one != self._host(other):
                yield f"{one} overlaps {other}"

    def _outside_lanes(self) -> Iterator[str]:
        for lane, box in self._plane.shapes.items():
            if self._tag(lane) != "lane":
                continue
            for reference in self._elements[lane].findall(f"{{{BPMN}}}flowNodeRef"):
                node = text_of(reference)
                if node in self._nodes and self._host(node) is None and not box.holds(self._nodes[node]):
                    yield f"{node} lies outside its lane {lane}"

    def _slants(self) -> Iterator[str]:
        for flow, way in self._plane.ways.items():
            if len(way) < 2:  # noqa: PLR2004 - a line has two ends
                yield f"{flow} has no line"
            if any(x != to_x and y != to_y for (x, y), (to_x, to_y) in pairwise(way)):
                yield f"{flow} runs aslant"

    def _loose_ends(self) -> Iterator[str]:
        for flow, way in self._plane.ways.items():
            for end, point in zip(self._ends[flow], (way[0], way[-1]), strict=True) if way else ():
                box = self._plane.shapes.get(end)
                if box is not None and not box.has_on_border(point):
                    yield f"{flow} does not end on the border of {end}"

    def _through_shapes(self) -> Iterator[str]:
        for flow, segments in self._segments().items():
            for node, box in self._nodes.items():
                if any(box.overlaps(segment) for segment in segments):
                    yield f"{flow} runs through {node}"

    def _segments(self) -> dict[str, list[_Box]]:
        """Give the stretches of each flow as boxes without width."""
        return {
            flow: [_Box(*map(min, here, there), *map(max, here, there)) for here, there in pairwise(way)]
            for flow, way in self._plane.ways.items()
        }

    def _along_others(self) -> Iterator[str]:
        for (one, segments), (other, others) in combinations(self._segments().items(), 2):
            apart = not set(self._ends[one]) & set(self._ends[other])
            if apart and any(_share_a_stretch(a, b) for a in segments for b in others):
                yield f"{one} runs along {other}"

    def _labels(self) -> Iterator[str]:
        for key, label in self._plane.labels.items():
            for node, box in self._nodes.items():
                if label.overlaps(box):
                    yield f"the label of {key} covers {node}"
        for (one, box), (other, other_box) in combinations(self._plane.labels.items(), 2):
            if box.overlaps(other_box):
                yield f"the label of {one} covers that of {other}"


def _share_a_stretch(one: _Box, other: _Box) -> bool:
    if one.left == one.right == other.left == other.right:
        return max(one.top, other.top) < min(one.bottom, other.bottom)
    if one.top == one.bottom == other.top == other.bottom:
        return max(one.left, other.left) < min(one.right, other.right)
    return False
