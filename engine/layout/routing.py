"""Ways for the flows of a plane, over a grid of lines on which shapes stand and channels run between them.

The grid is logical: one vertical line through the middle of each column (more where boundary events stand), a
few in each channel between columns; the same for rows. Each flow is led by A* from border to border: bends,
crossings and shared stretches cost, shapes are walls. Lines that nobody used vanish when ``drawing`` gives the
others their coordinates, so a channel is as wide as what runs in it.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from engine.layout.placement import Placement
from engine.layout.planes import Flow, Node, Plane

EAST, WEST, NORTH, SOUTH = 1, 2, 4, 8
_STEP: Final = {EAST: (1, 0), WEST: (-1, 0), NORTH: (0, -1), SOUTH: (0, 1)}
_OPPOSITE: Final = {EAST: WEST, WEST: EAST, NORTH: SOUTH, SOUTH: NORTH}
_STRAIGHT: Final = frozenset({EAST | WEST, NORTH | SOUTH})

#: Lines in each channel between columns, and between rows.
_TRACKS: Final = 5

# Costs, in the unit of a length of one pixel.
_BEND: Final = 45
_CROSSING: Final = 75
#: Of a loop back: it goes a long way round rather than across what led to it.
_CROSSING_BACK: Final = 260
_TOGETHER: Final = 3
_FORK: Final = 50
_FORK_OF_ANSWERS: Final = 200
_CONFLICT: Final = 4_000
_OFF_CENTRE: Final = 1

#: What it costs to leave or reach a shape at a side.
_SIDES: Final = {
    "out": {EAST: 0, WEST: 300, NORTH: 40, SOUTH: 40},
    "out of gateway": {EAST: 0, WEST: 300, NORTH: 5, SOUTH: 5},
    "out, back": {EAST: 60, WEST: 100, NORTH: 0, SOUTH: 0},
    "in": {WEST: 0, EAST: 300, NORTH: 45, SOUTH: 45},
    "into gateway": {WEST: 0, EAST: 300, NORTH: 10, SOUTH: 10},
    "in, back": {WEST: 60, EAST: 150, NORTH: 0, SOUTH: 0},
    "message": {WEST: 150, EAST: 150, NORTH: 0, SOUTH: 0},
    "association": {WEST: 0, EAST: 0, NORTH: 0, SOUTH: 0},
    "pool": {NORTH: 0, SOUTH: 0},
}

#: Which kind of flow is led first.
_RANK: Final = {"sequence": 0, "message": 10, "association": 20}

#: How often every flow is taken up again, the others lying still.
_ROUNDS: Final = 2

Point = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """A line of the grid.

    Attributes:
        group: index of the column, row or channel it belongs to; groups alternate along the axis.
        at: rough coordinate, for the search.
        offset: distance from the middle of its column, in pixels.
        channel: whether it runs between shapes.
        penalty: added to each step along it, so that the middle of a channel is taken first.
    """

    group: int
    at: int
    offset: int = 0
    channel: bool = True
    penalty: int = 0


@dataclass
class Grid:
    """The lines of a plane and where its nodes stand on them.

    Attributes:
        across: vertical lines from left to right; groups are channel, column, channel, ...
        down: horizontal lines from top to bottom; in each band channel, row, channel, ...
        point: where each node stands, boundary events beside their host's middle.
        upper: boundary events on the upper border of their host.
        walls: points inside a shape, with the activity, event or gateway they lie in.
        row_group: group of each row.
        band_groups: first and last group of each band.
    """

    across: list[Line]
    down: list[Line]
    point: dict[str, Point] = field(default_factory=dict)
    upper: set[str] = field(default_factory=set)
    walls: dict[Point, str] = field(default_factory=dict)
    row_group: list[int] = field(default_factory=list)
    band_groups: list[tuple[int, int]] = field(default_factory=list)


def grid_of(plane: Plane, placement: Placement) -> Grid:
    """Lay the grid under a placement."""
    offsets, upper = _boundary_offsets(plane, placement)
    grid = Grid(_vertical_lines(plane, placement, offsets), [], upper=upper)
    _add_horizontal_lines(grid, placement)
    across = {(line.group, line.offset): index for index, line in enumerate(grid.across) if not line.channel}
    down = {line.group: index for index, line in enumerate(grid.down) if not line.channel}
    for node in plane.nodes.values():
        anchor = plane.anchor(node.id)
        group = 2 * placement.column[anchor] + 1
        row = down[grid.row_group[placement.row[anchor]]]
        grid.point[node.id] = (across[group, offsets.get(node.id, 0)], row)
        grid.walls |= {(index, row): anchor for (column, _), index in across.items() if column == group}
    return grid


def _boundary_offsets(plane: Plane, placement: Placement) -> tuple[dict[str, int], set[str]]:
    """Choose side and distance from the middle for each boundary event: by where its flow leads."""
    offsets: dict[str, int] = {}
    upper: set[str] = set()
    for host in placement.column:
        lower_side, upper_side = _sides(plane, placement, host)
        upper |= set(upper_side)
        for side in (lower_side, upper_side):
            for index, event in enumerate(side):
                offsets[event] = 25 if len(side) == 1 else 50 * index - 25 * (len(side) - 1)
    return offsets, upper


def _sides(plane: Plane, placement: Placement, host: str) -> tuple[list[str], list[str]]:
    leads: dict[str, int] = {}
    for event in plane.attached(host):
        targets = [plane.anchor(flow.target) for flow in plane.flows if flow.source == event.id]
        climbs = [placement.row[target] - placement.row[host] for target in targets if target in placement.row]
        leads[event.id] = climbs[0] if climbs else 0
    # The one that leads furthest stands leftmost: its flow passes round the others.
    lower = sorted((event for event in leads if leads[event] >= 0), key=lambda event: -leads[event])
    upper = sorted((event for event in leads if leads[event] < 0), key=lambda event: leads[event])
    most = (len(leads) + 1) // 2 if len(leads) > 2 else len(leads)  # noqa: PLR2004 - two fit on one side
    while len(lower) > most:
        upper.append(lower.pop())
    while len(upper) > most:
        lower.append(upper.pop())
    return lower, upper


def _vertical_lines(plane: Plane, placement: Placement, offsets: dict[str, int]) -> list[Line]:
    by_column: dict[int, set[int]] = {}
    for event, offset in offsets.items():
        by_column.setdefault(placement.column[plane.anchor(event)], {0}).add(offset)
    lines = _channel(0, 0)
    for column in range(max(placement.column.values(), default=0) + 1):
        middle = lines[-1].at + 60
        lines += [
            Line(2 * column + 1, middle + offset, offset, channel=False)
            for offset in sorted(by_column.get(column, {0}))
        ]
        lines += _channel(2 * column + 2, middle + 60)
    return lines


def _add_horizontal_lines(grid: Grid, placement: Placement) -> None:
    group = at = 0
    for rows in placement.rows:
        first = group
        grid.down += _channel(group, at)
        for _ in range(rows):
            middle = grid.down[-1].at + 50
            grid.down.append(Line(group + 1, middle, channel=False))
            grid.row_group.append(group + 1)
            group += 2
            grid.down += _channel(group, middle + 50)
        grid.band_groups.append((first, group))
        group, at = group + 1, grid.down[-1].at + 20


def _channel(group: int, at: int) -> list[Line]:
    middle = _TRACKS // 2
    return [Line(group, at + 10 * index, penalty=_OFF_CENTRE * abs(index - middle)) for index in range(_TRACKS)]


@dataclass(frozen=True)
class _End:
    """Where a flow may leave or arrive: points, and what each side of them costs."""

    points: frozenset[Point]
    sides: dict[int, int]


#: A point and the direction in which it was reached, 0 at the beginning.
_State = tuple[int, int, int]


class Router:
    """Leads the flows of one plane, and remembers who lies where."""

    def __init__(self, plane: Plane, placement: Placement, grid: Grid) -> None:
        self._plane = plane
        self._placement = placement
        self._grid = grid
        self._flows = {flow.id: flow for flow in plane.flows}
        self._lying: dict[Point, dict[str, int]] = {}
        self.ways: dict[str, list[Point]] = {}

    def route(self) -> dict[str, list[Point]]:
        """Lead every flow: the main path first, then short ones, loops back last; then each again."""
        order = sorted(self._plane.flows, key=self._urgency)
        for flow in order:
            self._lay(flow)
        for _ in range(_ROUNDS):
            before = dict(self.ways)
            for flow in order:
                self._take_up(flow.id)
                self._lay(flow)
            if before == self.ways:
                break
        return self.ways

    def _urgency(self, flow: Flow) -> tuple[int, int, str]:
        place = self._placement
        rank = _RANK[flow.kind] + (2 if flow.id in place.back else 0 if flow.id in place.main else 1)
        ends = [self._plane.anchor(end) for end in (flow.source, flow.target) if end in self._plane.nodes]
        columns, rows = [place.column[end] for end in ends], [place.row[end] for end in ends]
        return rank, max(columns) - min(columns) + max(rows) - min(rows), flow.id

    def _lay(self, flow: Flow) -> None:
        way = self._find(flow)
        self.ways[flow.id] = way
        for point, mask in _masks(way):
            self._lying.setdefault(point, {})[flow.id] = mask

    def _take_up(self, flow: str) -> None:
        for point in self.ways[flow]:
            self._lying[point].pop(flow, None)

    def _find(self, flow: Flow) -> list[Point]:
        """Search the cheapest way: A* over points and the direction in which they are reached."""
        source, target = self._end(flow, flow.source, out=True), self._end(flow, flow.target, out=False)
        distance = self._distance_to(target)
        cost: dict[_State, int] = {(x, y, 0): 0 for x, y in source.points}
        came: dict[_State, _State] = {}
        queue = sorted((distance(x, y), 0, (x, y, 0)) for x, y in source.points)
        while queue:
            _, so_far, state = heapq.heappop(queue)
            if _arrived(state, target):
                return _traced(came, state)
            if so_far > cost[state]:
                continue
            for there, price in self._steps(flow, source, target, state):
                if so_far + price < cost.get(there, so_far + price + 1):
                    cost[there], came[there] = so_far + price, state
                    heapq.heappush(queue, (so_far + price + distance(*there[:2]), so_far + price, there))
        raise AssertionError(f"the channels of a grid are connected, yet {flow.id} found no way")

    def _distance_to(self, target: _End) -> Callable[[int, int], int]:
        across, down = self._grid.across, self._grid.down
        columns, rows = [across[x].at for x, _ in target.points], [down[y].at for _, y in target.points]
        left, right, top, bottom = min(columns), max(columns), min(rows), max(rows)

        def distance(x: int, y: int) -> int:
            here_x, here_y = across[x].at, down[y].at
            return max(left - here_x, here_x - right, 0) + max(top - here_y, here_y - bottom, 0)

        return distance

    def _steps(self, flow: Flow, source: _End, target: _End, state: _State) -> Iterator[tuple[_State, int]]:
        """Give the states one step away, with the price of the step."""
        x, y, heading = state
        for direction in self._directions(source, state):
            there = (x + _STEP[direction][0], y + _STEP[direction][1])
            if not (0 <= there[0] < len(self._grid.across) and 0 <= there[1] < len(self._grid.down)):
                continue
            side = _OPPOSITE[direction]
            price = self._length((x, y), there, direction)
            if there in target.points and side in target.sides:
                price += target.sides[side] + self._met_at_port(flow, there, side)
            elif there in self._grid.walls and not self._own(flow, there, direction):
                continue
            if heading == 0:
                price += source.sides[direction] + self._met_at_port(flow, (x, y), direction)
            elif (x, y) not in self._grid.walls:
                # Within its own shape a flow is not seen, nor what starts there.
                price += self._met(flow, (x, y), _OPPOSITE[heading] | direction)
            price += _BEND if heading not in (0, direction) else 0
            yield (*there, direction), price

    def _directions(self, source: _End, state: _State) -> Iterable[int]:
        x, y, heading = state
        if heading == 0:
            return source.sides
        if (x, y) in self._grid.walls:
            return (heading,)
        return (direction for direction in _STEP if direction != _OPPOSITE[heading])

    def _own(self, flow: Flow, point: Point, direction: int) -> bool:
        """Whether a point lies in one of the flow's own ends, on the way between its middle and a side border."""
        return direction in (EAST, WEST) and self._grid.walls[point] in (flow.source, flow.target)

    def _length(self, here: Point, there: Point, direction: int) -> int:
        across, down = self._grid.across, self._grid.down
        if direction in (EAST, WEST):
            return abs(across[here[0]].at - across[there[0]].at) + down[here[1]].penalty
        return abs(down[here[1]].at - down[there[1]].at) + across[here[0]].penalty

    def _met(self, flow: Flow, point: Point, mask: int) -> int:
        """Give the cost of what already lies at a point."""
        price = 0
        crossing = _CROSSING_BACK if flow.id in self._placement.back else _CROSSING
        for other, their_mask in self._lying.get(point, {}).items():
            crosses = mask in _STRAIGHT and their_mask in _STRAIGHT and mask != their_mask
            price += crossing if crosses else self._shared(flow, self._flows[other])
        return price

    def _met_at_port(self, flow: Flow, point: Point, side: int) -> int:
        """Give the cost of what already uses this side of a shape."""
        lying = self._lying.get(point, {})
        return sum(self._shared_port(flow, self._flows[other]) for other, mask in lying.items() if mask & side)

    def _shared(self, flow: Flow, other: Flow) -> int:
        """Give the cost of a point on both of two flows: little where they come together, or have not yet parted."""
        if _yields(other, flow):
            return 0
        related = flow.source == other.source or flow.target == other.target
        return _TOGETHER if related and flow.kind == other.kind else _CONFLICT

    def _shared_port(self, flow: Flow, other: Flow) -> int:
        """Give the cost of two flows at one side of a shape; where answers part, none may be taken for the other."""
        if _yields(other, flow):
            return 0
        if flow.kind != other.kind or not (flow.source == other.source or flow.target == other.target):
            return _CONFLICT
        if flow.target == other.target:
            return _TOGETHER
        return _FORK_OF_ANSWERS if flow.name or other.name else _FORK

    def _end(self, flow: Flow, key: str, *, out: bool) -> _End:
        node = self._plane.nodes.get(key)
        if node is None:
            return self._pool_end(key)
        point = frozenset({self._grid.point[key]})
        if node.host:
            return _End(point, {NORTH if key in self._grid.upper else SOUTH: 0})
        return _End(point, _SIDES[self._manner(flow, node, out=out)])

    def _manner(self, flow: Flow, node: Node, *, out: bool) -> str:
        if flow.kind != "sequence":
            return flow.kind
        if flow.id in self._placement.back:
            return "out, back" if out else "in, back"
        if node.kind == "gateway":
            return "out of gateway" if out else "into gateway"
        return "out" if out else "in"

    def _pool_end(self, pool: str) -> _End:
        """Give the outermost lines of a pool: a flow to or from it touches its upper or lower border."""
        bands = self._plane.pools[pool]
        top, bottom = self._grid.band_groups[bands[0]][0], self._grid.band_groups[bands[-1]][1]
        first = next(index for index, line in enumerate(self._grid.down) if line.group == top)
        last = max(index for index, line in enumerate(self._grid.down) if line.group == bottom)
        points = frozenset((x, y) for x in range(len(self._grid.across)) for y in (first, last))
        return _End(points, _SIDES["pool"])


def _yields(flow: Flow, other: Flow) -> bool:
    """Whether a flow is led anew after the other, so that it makes way: notes and messages for the process."""
    return _RANK[flow.kind] > _RANK[other.kind]


def _arrived(state: _State, target: _End) -> bool:
    x, y, heading = state
    return heading != 0 and (x, y) in target.points and _OPPOSITE[heading] in target.sides


def _traced(came: dict[_State, _State], state: _State) -> list[Point]:
    way = [state[:2]]
    while state in came:
        state = came[state]
        way.append(state[:2])
    return way[::-1]


def _masks(way: list[Point]) -> Iterator[tuple[Point, int]]:
    """Give for each point of a way the sides at which it is touched."""
    masks = dict.fromkeys(way, 0)
    for here, there in pairwise(way):
        direction = next(key for key, step in _STEP.items() if (here[0] + step[0], here[1] + step[1]) == there)
        masks[here] |= direction
        masks[there] |= _OPPOSITE[direction]
    yield from masks.items()
