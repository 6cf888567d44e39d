"""Where the nodes of a plane stand: a column and a row for each.

Columns are the layers of Sugiyama's method: flows that close a loop are set aside, and a node stands one column
right of the furthest node before it. Rows belong to bands. The main path keeps one row in each band; everything
else is moved up and down as long as the picture gets better, judged by how far flows climb, what stands in their
way and how often they cross. The search is greedy, its order fixed: equal input, equal picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.layout.planes import Flow, Node, Plane

# What makes a picture worse, and how much. Only the proportions matter.
_CLIMB: Final = 2
_BEND: Final = 3
_IN_THE_WAY: Final = 9
_CROSSING: Final = 6
_ROW: Final = 5
_MAIN_FACTOR: Final = 3
_BOUNDARY_BESIDE: Final = 8

#: Bound of the search; a plane of 25 nodes settles in a tenth of it.
_MOST_TRIALS: Final = 6_000

Edge = tuple[str, str]


@dataclass
class Placement:
    """Where each node stands; boundary events stand with their host and are not listed.

    Attributes:
        column: by node, from 0.
        row: by node, from 0, counted through all bands.
        rows: how many rows each band has, at least one.
        main: ids of the flows of the main path.
        back: ids of the flows that go back.
    """

    column: dict[str, int]
    row: dict[str, int]
    rows: list[int]
    main: frozenset[str] = frozenset()
    back: frozenset[str] = frozenset()

    def first_row(self, band: int) -> int:
        """Give the number of a band's first row."""
        return sum(self.rows[:band])


def place(plane: Plane) -> Placement:
    """Give every node of a plane its column and row."""
    graph = _Graph.of(plane)
    main = _main_path(plane, graph, _columns(plane, graph, []))
    column = _columns(plane, graph, main)
    rows = _Rows(plane, graph, column, main).settled()
    per_band = [0] * len(plane.bands)
    for node, row in rows.items():
        band = plane.nodes[node].band
        per_band[band] = max(per_band[band], row + 1)
    placement = Placement(column, {}, [max(1, count) for count in per_band], frozenset(main), frozenset(graph.back))
    placement.row = {node: placement.first_row(plane.nodes[node].band) + row for node, row in rows.items()}
    return placement


@dataclass
class _Graph:
    """The plane's flows between nodes that have a place, boundary events replaced by their hosts."""

    forward: dict[str, Edge] = field(default_factory=dict)
    back: dict[str, Edge] = field(default_factory=dict)
    beside: dict[str, Edge] = field(default_factory=dict)
    boundary: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, plane: Plane) -> "_Graph":
        """Read it and set aside the flows that close a loop."""
        graph = cls()
        sequence: list[Flow] = []
        for flow in plane.flows:
            if flow.kind == "sequence":
                sequence.append(flow)
            elif flow.kind == "association" and {flow.source, flow.target} <= plane.nodes.keys():
                graph.beside[flow.id] = (plane.anchor(flow.source), plane.anchor(flow.target))
        ends = {flow.id: (plane.anchor(flow.source), plane.anchor(flow.target)) for flow in sequence}
        graph.boundary = {flow.id for flow in sequence if plane.nodes[flow.source].host}
        closing = _closing(plane, ends)
        graph.back = {key: edge for key, edge in ends.items() if key in closing}
        graph.forward = {key: edge for key, edge in ends.items() if key not in closing}
        return graph

    def before(self, node: str) -> list[str]:
        """Give the nodes with a forward flow to this one."""
        return [source for source, target in self.forward.values() if target == node]

    def after(self, node: str) -> list[str]:
        """Give the nodes this one has a forward flow to."""
        return [target for source, target in self.forward.values() if source == node]


def _closing(plane: Plane, ends: dict[str, Edge]) -> set[str]:
    """Find the flows that lead to a node still being visited when going depth first from the starts."""
    leaving: dict[str, list[tuple[str, str]]] = {}
    for key, (source, target) in ends.items():
        leaving.setdefault(source, []).append((key, target))
    entered = {target for _, target in ends.values()}
    nodes = [node.id for node in plane.nodes.values() if node.host is None]
    closing: set[str] = set()
    finished: set[str] = set()
    for start in sorted(nodes, key=lambda node: node in entered):
        _visit(start, leaving, finished, closing)
    return closing


def _visit(start: str, leaving: dict[str, list[tuple[str, str]]], finished: set[str], closing: set[str]) -> None:
    if start in finished:
        return
    path = [(start, iter(leaving.get(start, [])))]
    open_nodes = {start}
    while path:
        node, flows = path[-1]
        step = next(flows, None)
        if step is None:
            path.pop()
            open_nodes.discard(node)
            finished.add(node)
        elif step[1] in open_nodes:
            closing.add(step[0])
        elif step[1] not in finished:
            open_nodes.add(step[1])
            path.append((step[1], iter(leaving.get(step[1], []))))


def _columns(plane: Plane, graph: _Graph, main: Sequence[str]) -> dict[str, int]:
    """Give each node its column, from the flows of the main path known so far.

    Where the main path changes band it drops straight into the other: both nodes share a column. Two nodes of
    the path in one band never do.
    """
    nodes = [node for node in plane.nodes.values() if node.host is None]
    placed = {node.id: 0 for node in nodes if not node.is_artifact}
    drops = _drops(plane, graph.forward, main)
    steps = [(*edge, 0 if key in drops else 1) for key, edge in graph.forward.items()]
    steps += [(*edge, 1) for edge in _successions(plane, graph, main)]
    settled = False
    while not settled:
        settled = True
        for source, target, length in steps:
            if placed[target] < placed[source] + length:
                placed[target], settled = placed[source] + length, False
    for node in placed:
        latest = [placed[target] - length for source, target, length in steps if source == node]
        if latest and not graph.before(node):
            placed[node] = min(latest)
    _set_unconnected(plane, graph, placed)
    return placed | {node.id: _beside(node, graph, placed) for node in nodes if node.is_artifact}


def _drops(plane: Plane, flows: dict[str, Edge], main: Sequence[str]) -> set[str]:
    """Give the flows of the main path that change band, but for those whose path turns back at once."""
    climbs = [plane.nodes[flows[key][1]].band - plane.nodes[flows[key][0]].band for key in main]
    steps = zip(main, climbs, [*climbs[1:], 0], strict=False)
    return {key for key, climb, then in steps if climb and climb * then >= 0}


def _successions(plane: Plane, graph: _Graph, main: Sequence[str]) -> Iterator[Edge]:
    """Give the pairs of nodes that follow each other on the main path within one band."""
    last: dict[int, str] = {}
    for key in main:
        for node in graph.forward[key]:
            band = plane.nodes[node].band
            if last.get(band, node) != node:
                yield last[band], node
            last[band] = node


def _set_unconnected(plane: Plane, graph: _Graph, placed: dict[str, int]) -> None:
    """Put what no flow reaches, event sub-processes above all, where its band has room."""
    connected = {node for edge in (*graph.forward.values(), *graph.back.values()) for node in edge}
    taken = {(plane.nodes[node].band, placed[node]) for node in placed if node in connected}
    last = max((placed[node] for node in connected), default=0)
    for node in [each for each in placed if each not in connected]:
        band = plane.nodes[node].band
        placed[node] = next((column for column in range(last + 1) if (band, column) not in taken), last)
        taken.add((band, placed[node]))


def _beside(node: Node, graph: _Graph, placed: dict[str, int]) -> int:
    partners = [other for edge in graph.beside.values() if node.id in edge for other in edge if other in placed]
    return min((placed[other] for other in partners), default=0)


def _main_path(plane: Plane, graph: _Graph, column: dict[str, int]) -> list[str]:
    """Find the longest way from the first start to an end that no boundary event opens."""
    flows = {key: edge for key, edge in graph.forward.items() if key not in graph.boundary}
    longest: dict[str, list[str]] = {}
    for node in sorted(column, key=lambda each: -column[each]):
        ways = [[key, *longest[target]] for key, (source, target) in flows.items() if source == node]
        longest[node] = max(ways, key=len, default=[])
    entered = {target for _, target in flows.values()}
    starts = [node for node in column if node not in entered and plane.nodes[node].kind == "event"]
    return max((longest[node] for node in starts or column), key=len, default=[])


class _Rows:
    """The search for rows. A unit is moved as a whole: a band's part of the main path, a chain, a single node."""

    def __init__(self, plane: Plane, graph: _Graph, column: dict[str, int], main: Sequence[str]) -> None:
        self._plane = plane
        self._graph = graph
        self._column = column
        self._main = set(main)
        self._band = {node: plane.nodes[node].band for node in column}
        path = {node for key in main for node in graph.forward[key]}
        self._units = [*self._main_units(path), *self._chains(path), *([node] for node in column if node not in path)]
        self._overlapping = [*self._overlaps()]
        self._trials = 0
        self._row = self._first_rows(path)

    def settled(self) -> dict[str, int]:
        """Move units until no move makes the picture better; give each node's row within its band."""
        best = self._cost(self._row)
        improved = True
        while improved and self._trials < _MOST_TRIALS:
            improved = False
            for unit in self._units:
                for candidate in self._moves(unit):
                    cost = self._cost(candidate)
                    if cost < best:
                        best, self._row, improved = cost, candidate, True
        return self._row

    def _main_units(self, path: set[str]) -> Iterator[list[str]]:
        for band in range(len(self._plane.bands)):
            unit = [node for node in self._column if node in path and self._band[node] == band]
            if unit:
                yield unit

    def _chains(self, path: set[str]) -> Iterator[list[str]]:
        """Give the runs of nodes off the main path that follow one another in one band."""
        for first in self._column:
            chain = [first]
            while len(after := self._graph.after(chain[-1])) == 1 and self._continues(chain[-1], after[0], path):
                chain.append(after[0])
            if len(chain) > 1 and first not in path:
                yield chain

    def _continues(self, here: str, there: str, path: set[str]) -> bool:
        return there not in path and self._band[here] == self._band[there] and len(self._graph.before(there)) == 1

    def _overlaps(self) -> Iterator[tuple[str, str]]:
        spans = {
            key: (self._column[source], self._column[target]) for key, (source, target) in self._graph.forward.items()
        }
        keys = [*spans]
        for index, first in enumerate(keys):
            for second in keys[index + 1 :]:
                left, right = zip(spans[first], spans[second], strict=True)
                if max(left) < min(right):
                    yield first, second

    def _first_rows(self, path: set[str]) -> dict[str, int]:
        row: dict[str, int] = {}
        taken: set[tuple[int, int, int]] = set()
        for node in sorted(self._column, key=lambda each: (each not in path, self._column[each])):
            here = 0
            while (self._band[node], self._column[node], here) in taken:
                here += 1
            row[node] = here
            taken.add((self._band[node], self._column[node], here))
        return row

    def _moves(self, unit: list[str]) -> Iterator[dict[str, int]]:
        band = self._band[unit[0]]
        rows = 1 + max(row for node, row in self._row.items() if self._band[node] == band)
        for target in range(rows + 1):
            yield self._exchanged(unit, target)
        for target in range(rows):
            yield self._inserted(unit, target)

    def _exchanged(self, unit: list[str], target: int) -> dict[str, int]:
        """Put a unit on a row; what stood there in its columns goes where the unit was."""
        self._trials += 1
        moved = dict(self._row)
        before = {(self._band[node], self._column[node]): self._row[node] for node in unit}
        for node, row in self._row.items():
            old = before.get((self._band[node], self._column[node]))
            if old is not None and row == target:
                moved[node] = old
        return self._closed_up(moved | dict.fromkeys(unit, target))

    def _inserted(self, unit: list[str], target: int) -> dict[str, int]:
        """Open a new row for a unit."""
        self._trials += 1
        band = self._band[unit[0]]
        moved = {
            node: row + 1 if self._band[node] == band and row >= target else row for node, row in self._row.items()
        }
        return self._closed_up(moved | dict.fromkeys(unit, target))

    def _closed_up(self, rows: dict[str, int]) -> dict[str, int]:
        """Take out empty rows."""
        used: dict[int, set[int]] = {}
        for node, row in rows.items():
            used.setdefault(self._band[node], set()).add(row)
        rank = {band: {row: index for index, row in enumerate(sorted(found))} for band, found in used.items()}
        return {node: rank[self._band[node]][row] for node, row in rows.items()}

    def _cost(self, rows: dict[str, int]) -> int:
        height, absolute = self._absolute(rows)
        taken = {(self._column[node], row) for node, row in absolute.items()}
        cost = _ROW * height
        for key, edge in self._graph.forward.items():
            cost += self._flow_cost(key, edge, absolute, taken)
        for source, target in self._graph.back.values():
            cost += abs(absolute[source] - absolute[target])
        for edge in self._graph.beside.values():
            cost += self._beside_cost(edge, absolute, taken)
        return cost + _CROSSING * sum(self._cross(*pair, absolute) for pair in self._overlapping)

    def _absolute(self, rows: dict[str, int]) -> tuple[int, dict[str, int]]:
        per_band = [1] * len(self._plane.bands)
        for node, row in rows.items():
            per_band[self._band[node]] = max(per_band[self._band[node]], row + 1)
        first = [sum(per_band[:band]) for band in range(len(per_band))]
        return sum(per_band), {node: first[self._band[node]] + row for node, row in rows.items()}

    def _flow_cost(self, key: str, edge: Edge, row: dict[str, int], taken: set[tuple[int, int]]) -> int:
        (start, end), (upper, lower) = [self._column[node] for node in edge], [row[node] for node in edge]

        def in_the_way(line: int, first: int, last: int) -> int:
            return sum((column, line) in taken for column in range(first, last))

        cost = _BOUNDARY_BESIDE if key in self._graph.boundary and lower <= upper and self._stays(edge) else 0
        if upper == lower:
            return cost + _IN_THE_WAY * in_the_way(upper, start + 1, end)
        if start == end:
            between = range(min(upper, lower) + 1, max(upper, lower))
            return _CLIMB * abs(lower - upper) + _IN_THE_WAY * sum((start, line) in taken for line in between)
        along_target, along_source = in_the_way(lower, start + 1, end), in_the_way(upper, start + 1, end)
        cost += _BEND + _CLIMB * abs(lower - upper) + _IN_THE_WAY * min(along_source, along_target)
        return cost * (_MAIN_FACTOR if key in self._main else 1)

    def _stays(self, edge: Edge) -> bool:
        return self._band[edge[0]] == self._band[edge[1]]

    def _beside_cost(self, edge: Edge, row: dict[str, int], taken: set[tuple[int, int]]) -> int:
        upper, lower = sorted(row[node] for node in edge)
        column = self._column[edge[0]]
        between = sum((column, line) in taken for line in range(upper + 1, lower))
        return _BEND * (lower - upper + abs(column - self._column[edge[1]])) + _IN_THE_WAY * between

    def _cross(self, first: str, second: str, row: dict[str, int]) -> bool:
        """Guess whether two flows cross: each is taken to climb right behind its source."""
        edges = (self._graph.forward[first], self._graph.forward[second])
        left = max(self._column[source] for source, _ in edges)

        def height(edge: Edge) -> int:
            return row[edge[0] if self._column[edge[0]] == left else edge[1]]

        return (height(edges[0]) - height(edges[1])) * (row[edges[0][1]] - row[edges[1][1]]) < 0
