"""What is to be drawn: one plane for the procedure as a whole and one for each embedded sub-process.

A plane is read from the semantic part of a diagram alone. Its nodes lie in *bands*: a band is a lane without
lanes of its own, a pool without lanes, or the whole plane where there is neither. bpmn-js draws the lanes of a
process that stands in no pool, and those of a sub-process on its own plane, so nothing semantic is ever added.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.xml import Element, child, children, name_of, text_of

#: Width and height in pixels, by kind of node.
SIZES: Final = {
    "task": (100, 80),
    "subprocess": (100, 80),
    "gateway": (50, 50),
    "event": (36, 36),
    "annotation": (100, 40),
    "data": (36, 50),
    "store": (50, 50),
}

#: Space a boundary event takes on the border of its host.
_BOUNDARY_SPACE: Final = 50

_SUBPROCESSES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_DATA: Final = {"dataObjectReference": "data", "dataStoreReference": "store", "textAnnotation": "annotation"}


@dataclass(frozen=True)
class Node:
    """A shape to be placed.

    Attributes:
        id: of the semantic element.
        kind: a key of ``SIZES``.
        tag: its BPMN name, ``userTask``.
        name: its label; the text of an annotation.
        band: index of the band it lies in.
        width: in pixels.
        height: in pixels.
        host: id of the activity a boundary event is attached to.
    """

    id: str
    kind: str
    tag: str
    name: str
    band: int
    width: int
    height: int
    host: str | None = None

    @property
    def is_artifact(self) -> bool:
        """Whether it is a note or data beside the flow."""
        return self.kind in _DATA.values()


@dataclass(frozen=True)
class Flow:
    """A line to be drawn; ``kind`` is ``sequence``, ``message`` or ``association``; a slash marks a default flow."""

    id: str
    source: str
    target: str
    name: str = ""
    kind: str = "sequence"
    is_default: bool = False


@dataclass(frozen=True)
class Band:
    """A horizontal strip of the plane.

    Attributes:
        pool: id of the participant it belongs to, if any.
        lanes: ids of its lanes, the outermost first.
        closed: whether the pool hides its process.
    """

    pool: str | None = None
    lanes: tuple[str, ...] = ()
    closed: bool = False


@dataclass
class Plane:
    """Everything one BPMNPlane shows.

    Attributes:
        element: id of the process, collaboration or sub-process.
        bands: from top to bottom; never empty.
        nodes: by id, in the order of the file.
        flows: in the order of the file, those whose ends both lie on the plane.
    """

    element: str
    bands: list[Band] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    @property
    def pools(self) -> dict[str, list[int]]:
        """Indices of the bands of each participant."""
        found: dict[str, list[int]] = {}
        for index, band in enumerate(self.bands):
            if band.pool is not None:
                found.setdefault(band.pool, []).append(index)
        return found

    def attached(self, host: str) -> list[Node]:
        """Give the boundary events of an activity."""
        return [node for node in self.nodes.values() if node.host == host]

    def anchor(self, node: str) -> str:
        """Give the node itself, or the host of a boundary event."""
        return self.nodes[node].host or node


def planes(root: Element) -> list[Plane]:
    """Read every plane of a diagram.

    Args:
        root: the ``definitions`` element.

    Returns:
        The collaboration, if there is one; each process that is in no pool of it; each embedded sub-process.
    """
    processes = {process.get("id", ""): process for process in children(root, "process")}
    collaborations = [each for each in children(root, "collaboration") if child(each, "participant") is not None]
    pooled = {_local(each.get("processRef")) for outer in collaborations for each in children(outer, "participant")}
    found = [_collaboration(each, processes) for each in collaborations]
    found += [_container(process) for key, process in processes.items() if key not in pooled]
    for process in processes.values():
        found += [_container(each) for each in process.iter() if name_of(each) in _SUBPROCESSES]
    return found


def _local(reference: str | None) -> str:
    """Give an id without the prefix that the type QName allows before it."""
    return (reference or "").rsplit(":", 1)[-1]


def _collaboration(collaboration: Element, processes: dict[str, Element]) -> Plane:
    plane = Plane(collaboration.get("id", ""))
    for participant in children(collaboration, "participant"):
        process = processes.get(_local(participant.get("processRef")))
        if process is None:
            plane.bands.append(Band(participant.get("id", ""), closed=True))
        else:
            _fill(plane, process, participant.get("id", ""))
    for node in map(_node, children(collaboration, "textAnnotation")):
        if node is not None:
            plane.nodes[node.id] = replace(node, band=len(plane.bands) - 1)
    plane.flows += [flow for flow in _flows(collaboration) if _connects(flow, plane)]
    return plane


def _container(container: Element) -> Plane:
    plane = Plane(container.get("id", ""))
    _fill(plane, container, None)
    return plane


def _fill(plane: Plane, container: Element, pool: str | None) -> None:
    bands, band_of = _bands(container, pool)
    first = len(plane.bands)
    plane.bands += bands
    nodes = {node.id: node for node in map(_node, container) if node is not None}
    hosts = {node.id: node.host for node in nodes.values() if node.host and _can_host(nodes.get(node.host))}
    flows = [*_flows(container)]
    known = {node: band_of[node] for node in nodes if node in band_of and node not in hosts}
    _spread(known, hosts, flows)
    for node in nodes.values():
        host = hosts.get(node.id)
        plane.nodes[node.id] = replace(node, host=host, band=first + known.get(host or node.id, 0))
    _widen_hosts(plane)
    plane.flows += [flow for flow in flows if _connects(flow, plane)]


def _node(element: Element) -> Node | None:
    tag, key = name_of(element), element.get("id")
    kind = _kind(tag)
    if kind is None or key is None:
        return None
    name = text_of(child(element, "text")) if kind == "annotation" else element.get("name", "")
    width, height = SIZES[kind]
    return Node(key, kind, tag, name, 0, width, height, element.get("attachedToRef"))


def _can_host(node: Node | None) -> bool:
    return node is not None and node.kind in {"task", "subprocess"}


def _connects(flow: Flow, plane: Plane) -> bool:
    """Whether both ends of a flow are on the plane, and of a kind it may connect."""
    ends = [plane.nodes.get(end) for end in (flow.source, flow.target)]
    if flow.kind == "sequence":
        return bool(flow.id) and all(end is not None and not end.is_artifact for end in ends)
    return bool(flow.id) and {flow.source, flow.target} <= plane.nodes.keys() | plane.pools.keys()


def _kind(tag: str) -> str | None:
    if tag in _SUBPROCESSES:
        return "subprocess"
    if tag in _DATA:
        return _DATA[tag]
    endings = {"gateway": "gateway", "event": "event", "task": "task", "callactivity": "task"}
    return next((kind for ending, kind in endings.items() if tag.lower().endswith(ending)), None)


def _widen_hosts(plane: Plane) -> None:
    for node in list(plane.nodes.values()):
        per_side = (len(plane.attached(node.id)) + 1) // 2
        if per_side * _BOUNDARY_SPACE > node.width:
            plane.nodes[node.id] = replace(node, width=per_side * _BOUNDARY_SPACE)


def _bands(container: Element, pool: str | None) -> tuple[list[Band], dict[str, int]]:
    """Give the bands of a container, and the band of each node that a lane names."""
    leaves = [*_leaves(container, ())]
    if leaves:
        bands = [Band(pool, path) for path, _ in leaves]
        return bands, {node: index for index, (_, nodes) in enumerate(leaves) for node in nodes}
    inherited = [nodes for nodes in _inherited(container) if nodes]
    band_of = {node: index for index, nodes in enumerate(inherited) for node in nodes}
    return [Band(pool) for _ in inherited] or [Band(pool)], band_of


def _leaves(container: Element, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    for lane_set in children(container, "laneSet", "childLaneSet"):
        for lane in children(lane_set, "lane"):
            here = (*path, lane.get("id", ""))
            nodes = [text_of(reference) for reference in children(lane, "flowNodeRef")]
            below = [*_leaves(lane, here)]
            if below:
                # What only the outer lane names lies in its first inner lane.
                inner = {node for _, names in below for node in names}
                below[0][1].extend(node for node in nodes if node not in inner)
                yield from below
            else:
                yield here, nodes


def _inherited(container: Element) -> Iterator[list[str]]:
    """Give what each lane of an enclosing container names inside this one: such lanes order, but are not drawn."""
    inside = {element.get("id") for element in container}
    for outer in container.iterancestors():
        for _, nodes in _leaves(outer, ()):
            yield [node for node in nodes if node in inside]


def _spread(band_of: dict[str, int], hosts: dict[str, str], flows: Sequence[Flow]) -> None:
    """Give nodes that no lane names the band of what comes before them, else of what comes after."""
    ends = [(hosts.get(flow.source, flow.source), hosts.get(flow.target, flow.target)) for flow in flows]
    for pairs in (ends, [(target, source) for source, target in ends]):
        changed = True
        while changed:
            new = {here: band_of[there] for there, here in pairs if there in band_of and here not in band_of}
            band_of |= new
            changed = bool(new)


def _flows(container: Element) -> Iterator[Flow]:
    defaults = {element.get("default") for element in container}
    for element in container:
        tag = name_of(element)
        if tag in {"sequenceFlow", "messageFlow", "association"}:
            kind = {"sequenceFlow": "sequence", "messageFlow": "message"}.get(tag, tag)
            ends = (_local(element.get("sourceRef")), _local(element.get("targetRef")))
            identity = element.get("id", "")
            yield Flow(identity, *ends, element.get("name", ""), kind, is_default=identity in defaults)
        for link in children(element, "dataInputAssociation", "dataOutputAssociation"):
            yield from _data_link(element.get("id", ""), link)


def _data_link(activity: str, link: Element) -> Iterator[Flow]:
    inward = name_of(link) == "dataInputAssociation"
    data = text_of(child(link, "sourceRef" if inward else "targetRef"))
    ends = (data, activity) if inward else (activity, data)
    if link.get("id"):
        yield Flow(link.get("id", ""), *ends, "", "association")
