"""Places for outer labels: beside their shape or flow, where least is covered."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from engine.layout.drawing import Box, Drawing, has_outer_label, label_size
from engine.layout.planes import Flow, Node, Plane

_GAP: Final = 4
_STRIDE: Final = 10
_FURTHEST: Final = 60
_ROUNDS: Final = 3
#: bpmn-js puts a button that opens the plane on the lower right corner of a sub-process.
_BUTTON: Final = 28
#: bpmn-js marks a default flow with a slash: how far along the flow it ends, and how far it reaches to either side.
_SLASH: Final = (12, 8)

# What a place costs.
_ON_SHAPE: Final = 10_000
_ON_LABEL: Final = 5_000
_ON_BUTTON: Final = 1_000
_ON_SLASH: Final = 1_000
_ON_FLOW: Final = 400
_ON_BORDER: Final = 200
_AWAY: Final = 5
_ON_TRUNK: Final = 400


def add_labels(plane: Plane, drawing: Drawing) -> None:
    """Choose a place for every outer label of a plane: shapes first, then flows."""
    board = _Board(plane, drawing)
    places = {
        node.id: [*_round_shape(node, drawing.shapes[node.id])]
        for node in plane.nodes.values()
        if has_outer_label(node)
    }
    places |= {flow.id: [*_along(flow, plane, drawing)] for flow in plane.flows if flow.name}
    # What was placed first did not know what would come after it.
    for _ in range(_ROUNDS):
        for key, choice in places.items():
            drawing.labels.pop(key, None)
            drawing.labels[key] = board.best(choice)


class _Board:
    """What lies where already."""

    def __init__(self, plane: Plane, drawing: Drawing) -> None:
        self._drawing = drawing
        self._shapes = [*drawing.shapes.values()]
        self._buttons = [
            Box(box.right - _BUTTON // 2, box.bottom, _BUTTON, _BUTTON)
            for key, box in drawing.shapes.items()
            if plane.nodes[key].kind == "subprocess"
        ]
        self._segments = [_thin(*pair) for way in drawing.ways.values() for pair in pairwise(way)]
        self._slashes = [_slash(*drawing.ways[flow.id][:2]) for flow in plane.flows if flow.is_default]
        self._borders = [line for frame in drawing.frames.values() for line in _outline(frame)]

    def best(self, places: Iterable[tuple[int, Box]]) -> Box:
        """Give the cheapest place; among equals the first."""
        ordered = sorted(places, key=lambda place: place[0])
        found, least = ordered[0][1], ordered[0][0] + self._cost(ordered[0][1])
        for cost, box in ordered:
            if cost >= least:
                break
            total = cost + self._cost(box)
            if total < least:
                found, least = box, total
        return found

    def _cost(self, box: Box) -> int:
        drawing = self._drawing
        return (
            _ON_SHAPE * sum(box.overlaps(shape) for shape in self._shapes)
            + _ON_BUTTON * sum(box.overlaps(button) for button in self._buttons)
            + _ON_SLASH * sum(box.overlaps(slash) for slash in self._slashes)
            + _ON_LABEL * sum(box.overlaps(label) for label in drawing.labels.values())
            + _ON_FLOW * sum(box.overlaps(segment) for segment in self._segments)
            + _ON_BORDER * sum(box.overlaps(border) for border in self._borders)
        )


def _thin(here: tuple[int, int], there: tuple[int, int]) -> Box:
    """Give the strip a segment covers, arrow head and line width included."""
    (left, right), (top, bottom) = sorted((here[0], there[0])), sorted((here[1], there[1]))
    return Box(left - 1, top - 1, right - left + 2, bottom - top + 2)


def _slash(here: tuple[int, int], there: tuple[int, int]) -> Box:
    """Give what the slash of a default flow covers, at its first stretch."""
    along, aside = _SLASH
    x, y = (a + (along if b > a else -along if b < a else 0) for a, b in zip(here, there, strict=True))
    stretch = _thin(here, (x, y))
    if here[1] == there[1]:
        return Box(stretch.x, here[1] - aside, stretch.width, 2 * aside)
    return Box(here[0] - aside, stretch.y, 2 * aside, stretch.height)


def _outline(box: Box) -> Iterator[Box]:
    yield Box(box.x, box.y - 1, box.width, 2)
    yield Box(box.x, box.bottom - 1, box.width, 2)


def _round_shape(node: Node, box: Box) -> Iterator[tuple[int, Box]]:
    """Give places below, above and at the corners of a shape, further and further away."""
    width, height = label_size(node.name)
    middle = box.x + box.width // 2
    corners = (middle + 2 * _GAP, middle - width - 2 * _GAP, box.right + _GAP, box.x - width - _GAP)
    for away in range(0, _FURTHEST, _STRIDE):
        below, above = box.bottom + _GAP + away, box.y - height - _GAP - away
        # The answers of a gateway stand below it: its question keeps away from them.
        rows = [above, below] if node.kind == "gateway" else [below, above]
        if node.host:
            rows.insert(0, box.y + box.height // 2 + _GAP + away)
        best = [(middle - width // 2, y) for y in (below, above)]
        best += [(box.right + _GAP, box.y + (box.height - height) // 2)] if away == 0 and not node.host else []
        for index, (x, y) in enumerate([*best, *((x, y) for y in rows for x in corners)]):
            yield _AWAY * away + index, Box(x, y, width, height)


def _along(flow: Flow, plane: Plane, drawing: Drawing) -> Iterator[tuple[int, Box]]:
    """Give places beside a flow: those near its source first, but where it has parted from others."""
    others = [each.id for each in plane.flows if each.source == flow.source and each.id != flow.id]
    trunks = [_thin(*pair) for other in others for pair in pairwise(drawing.ways[other])]
    gone = 0
    for here, there in pairwise(drawing.ways[flow.id]):
        length = abs(there[0] - here[0]) + abs(there[1] - here[1])
        for step in range(_GAP, max(length, _GAP + 1), _STRIDE):
            x, y = (a + (step if b > a else -step if b < a else 0) for a, b in zip(here, there, strict=True))
            price = gone + step + (_ON_TRUNK if any(_thin((x, y), (x, y)).overlaps(trunk) for trunk in trunks) else 0)
            for index, box in enumerate(_beside(x, y, here, there, label_size(flow.name))):
                yield price + 3 * index, box
        gone += length


def _beside(x: int, y: int, here: tuple[int, int], there: tuple[int, int], size: tuple[int, int]) -> tuple[Box, Box]:
    """Give the places on both sides of a point of a stretch, reaching on in its direction."""
    width, height = size
    if here[1] == there[1]:
        left = x if there[0] > here[0] else x - width
        return Box(left, y - height - 2, width, height), Box(left, y + 2, width, height)
    top = y if there[1] > here[1] else y - height
    return Box(x + _GAP, top, width, height), Box(x - width - _GAP, top, width, height)
