"""Coordinates: every line of the grid that is used gets its pixel, then shapes, flows, lanes and labels theirs.

All middles lie on a grid of ten pixels. A channel is as wide as the flows that run in it, a row as high as its
shapes and the labels beside them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from engine.layout.placement import Placement
from engine.layout.planes import Node, Plane
from engine.layout.routing import Grid, Line, Point

_ORIGIN: Final = (160, 80)
_RASTER: Final = 10
_TRACK: Final = 20
_COLUMN_GAP: Final = 50
_ROW_GAP: Final = 30
_EDGE_GAP: Final = 20
_HEADER: Final = 30
_POOL_GAP: Final = 40
_LABEL_GAP: Final = 4

#: bpmn-js writes outer labels in 11 px, at most 90 px wide.
_LABEL_WIDTH: Final = 90
_LINE_HEIGHT: Final = 14
_WIDE: Final = 11
_NARROW: Final = 7
_FIRST_WIDE: Final = 0x1100


class Box(NamedTuple):
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right border."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Its lower border."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than a border."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass
class Drawing:
    """A plane with its coordinates.

    Attributes:
        frames: pools and lanes by id, each before what lies in it.
        shapes: nodes by id.
        ways: corners of each flow, from border to border.
        labels: outer labels by id of node or flow.
    """

    frames: dict[str, Box] = field(default_factory=dict)
    shapes: dict[str, Box] = field(default_factory=dict)
    ways: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)


def label_size(name: str) -> tuple[int, int]:
    """Give width and height of an outer label in pixels, as bpmn-js breaks it."""
    width = sum(_WIDE if ord(character) >= _FIRST_WIDE else _NARROW for character in name)
    lines = -(-width // (_LABEL_WIDTH - 2)) + (1 if " " in name and width > _LABEL_WIDTH else 0)
    return min(width + 2, _LABEL_WIDTH), _LINE_HEIGHT * max(lines, 1)


def has_outer_label(node: Node) -> bool:
    """Whether a node's name stands outside its shape."""
    return bool(node.name) and node.kind in {"event", "gateway", "data", "store"}


def draw(plane: Plane, placement: Placement, grid: Grid, ways: dict[str, list[Point]]) -> Drawing:
    """Give shapes, flows and frames their coordinates; labels are left to ``labels.add_labels``."""
    corners = {key: _corners(way) for key, way in ways.items()}
    levels = max((band.pool is not None) + len(band.lanes) for band in plane.bands)
    across = _Axis(_used(corners, 0))
    across.spread(_ORIGIN[0] + _HEADER * levels, _column_groups(plane, placement, grid, corners))
    down, borders = _rows(plane, placement, grid, corners)
    drawing = Drawing(frames=_frames(plane, borders, across.end))
    for node in plane.nodes.values():
        drawing.shapes[node.id] = _shape(plane, grid, node, across, down)
    for flow in plane.flows:
        points = [(across.at[x], down.at[y]) for x, y in corners[flow.id]]
        drawing.ways[flow.id] = _bordered(points, drawing, flow.source, flow.target)
    return drawing


def _corners(way: list[Point]) -> list[Point]:
    """Keep the ends of a way and the points where it turns."""
    middle = [
        here
        for before, here, after in zip(way, way[1:], way[2:], strict=False)
        if (before[0] == here[0]) != (here[0] == after[0])
    ]
    return [way[0], *middle, way[-1]]


def _used(corners: dict[str, list[Point]], axis: int) -> set[int]:
    """Give the lines along which some flow runs: vertical ones for axis 0, horizontal ones for axis 1."""
    return {here[axis] for way in corners.values() for here, there in pairwise(way) if here[axis] == there[axis]}


class _Group(NamedTuple):
    """A column, row or channel with its lines, and what it needs: ``before`` and ``after`` its middle."""

    lines: list[tuple[int, int]]
    channel: bool
    before: int
    after: int


class _Axis:
    """Coordinates of the lines of one direction."""

    def __init__(self, used: set[int]) -> None:
        self._used = used
        self.at: dict[int, int] = {}
        self.end = 0

    def spread(self, start: int, groups: Iterable[_Group]) -> None:
        """Put groups one after the other; ``end`` is where the last one stops."""
        self.end = start
        for group in groups:
            if group.channel:
                self._spread_channel(group)
            else:
                middle = self.end + group.before
                self.at |= {line: middle + offset for line, offset in group.lines}
                self.end = middle + group.after

    def _spread_channel(self, group: _Group) -> None:
        used = [line for line, _ in group.lines if line in self._used]
        width = max(group.before, _TRACK * (len(used) + 1))
        first = self.end + _up((width - _TRACK * (len(used) - 1)) // 2)
        # What nobody runs along may still be crossed: any coordinate within the channel will do.
        self.at |= {line: self.end + width // 2 for line, _ in group.lines}
        self.at |= {line: first + _TRACK * index for index, line in enumerate(used)}
        self.end += width


def _up(length: int) -> int:
    return -(-length // _RASTER) * _RASTER


def _column_groups(plane: Plane, placement: Placement, grid: Grid, corners: dict[str, list[Point]]) -> Iterator[_Group]:
    half = _half_widths(plane, placement)
    gaps = _label_gaps(plane, placement, half, corners)
    last = grid.across[-1].group
    for group, lines in _grouped(grid.across).items():
        if group % 2:
            yield _Group(lines, channel=False, before=half.get(group // 2, 0), after=half.get(group // 2, 0))
        else:
            least = _EDGE_GAP if group in (0, last) else _COLUMN_GAP
            yield _Group(lines, channel=True, before=max(least, gaps.get(group, 0)), after=0)


def _grouped(lines: list[Line]) -> dict[int, list[tuple[int, int]]]:
    groups: dict[int, list[tuple[int, int]]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(line.group, []).append((index, line.offset))
    return groups


def _half_widths(plane: Plane, placement: Placement) -> dict[int, int]:
    half: dict[int, int] = {}
    for node in plane.nodes.values():
        width = max(node.width, label_size(node.name)[0] if has_outer_label(node) else 0)
        column = placement.column[plane.anchor(node.id)]
        half[column] = max(half.get(column, 0), 0 if node.host else _up(width // 2))
    return half


def _label_gaps(
    plane: Plane, placement: Placement, half: dict[int, int], corners: dict[str, list[Point]]
) -> dict[int, int]:
    """Give the width each channel needs for the labels of flows that leave a node to the right."""
    gaps: dict[int, int] = {}
    for flow in plane.flows:
        way = corners[flow.id]
        if not flow.name or flow.source not in plane.nodes or way[0][1] != way[1][1] or way[1][0] < way[0][0]:
            continue
        node = plane.nodes[flow.source]
        column = placement.column[plane.anchor(node.id)]
        need = label_size(flow.name)[0] + 2 * _LABEL_GAP + 10 - (half[column] - node.width // 2)
        gaps[2 * column + 2] = max(gaps.get(2 * column + 2, 0), _up(need))
    return gaps


def _rows(
    plane: Plane, placement: Placement, grid: Grid, corners: dict[str, list[Point]]
) -> tuple[_Axis, list[tuple[int, int]]]:
    """Give the horizontal lines their coordinates, and each band its upper and lower border."""
    above, below = _half_heights(plane, placement, grid, corners)
    row_of = {group: row for row, group in enumerate(grid.row_group)}
    axis = _Axis(_used(corners, 1))
    grouped = _grouped(grid.down)
    borders: list[tuple[int, int]] = []
    top = _ORIGIN[1]
    for index, (first, last) in enumerate(grid.band_groups):
        if index and plane.bands[index].pool != plane.bands[index - 1].pool:
            top += _POOL_GAP
        groups = []
        for group in range(first, last + 1):
            if group in row_of:
                row = row_of[group]
                groups.append(_Group(grouped[group], channel=False, before=above[row], after=below[row]))
            else:
                least = _EDGE_GAP if group in (first, last) else _ROW_GAP
                groups.append(_Group(grouped[group], channel=True, before=least, after=0))
        axis.spread(top, groups)
        borders.append((top, axis.end))
        top = axis.end
    return axis, borders


def _half_heights(
    plane: Plane, placement: Placement, grid: Grid, corners: dict[str, list[Point]]
) -> tuple[list[int], list[int]]:
    """Give what each row needs above and below its middle: shapes, boundary events, labels."""
    rows = sum(placement.rows)
    above, below = [25] * rows, [25] * rows
    for node in plane.nodes.values():
        row = placement.row[plane.anchor(node.id)]
        label = label_size(node.name)[1] + 2 * _LABEL_GAP if has_outer_label(node) else 0
        half = node.height // 2
        if node.host:
            half += plane.nodes[node.host].height // 2
            side = above if node.id in grid.upper else below
            side[row] = max(side[row], half + label)
        elif _touched_below(corners, plane, node):
            above[row], below[row] = max(above[row], half + label), max(below[row], half)
        else:
            above[row], below[row] = max(above[row], half), max(below[row], half + label)
    return [*map(_up, above)], [*map(_up, below)]


def _touched_below(corners: dict[str, list[Point]], plane: Plane, node: Node) -> bool:
    """Whether a flow touches the lower side of a node."""
    for flow in plane.flows:
        way = corners[flow.id]
        ends = [(flow.source, way[0], way[1]), (flow.target, way[-1], way[-2])]
        if any(end == node.id and there[1] > here[1] for end, here, there in ends):
            return True
    return False


def _frames(plane: Plane, borders: list[tuple[int, int]], right: int) -> dict[str, Box]:
    frames: dict[str, Box] = {}
    for band, (top, bottom) in zip(plane.bands, borders, strict=True):
        path = [band.pool, *band.lanes] if band.pool is not None else [*band.lanes]
        for depth, frame in enumerate(path):
            left = _ORIGIN[0] + _HEADER * depth
            start = frames[frame].y if frame in frames else top
            frames[frame] = Box(left, start, right - left, bottom - start)
    return frames


def _shape(plane: Plane, grid: Grid, node: Node, across: _Axis, down: _Axis) -> Box:
    x, y = grid.point[node.id]
    middle = down.at[y]
    if node.host:
        half = plane.nodes[node.host].height // 2
        middle += -half if node.id in grid.upper else half
    return Box(across.at[x] - node.width // 2, middle - node.height // 2, node.width, node.height)


def _bordered(points: list[tuple[int, int]], drawing: Drawing, source: str, target: str) -> list[tuple[int, int]]:
    """Let a way begin and end on the borders of what it connects."""
    boxes = drawing.shapes | drawing.frames
    points = [*points]
    points[0] = _on_border(boxes[source], points[0], points[1])
    points[-1] = _on_border(boxes[target], points[-1], points[-2])
    return points


def _on_border(box: Box, here: tuple[int, int], there: tuple[int, int]) -> tuple[int, int]:
    if here[1] == there[1]:
        return (box.right if there[0] > here[0] else box.x, here[1])
    return (here[0], box.bottom if there[1] > here[1] else box.y)
