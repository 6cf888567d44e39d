"""What stands in a definition's diagrams, for labels, timelines and pictures; and what a case waits for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.model import Definition, Event
from engine.spiff import codec
from engine.spiff.build import Compiled, compiled
from engine.spiff.diagram import Container, Flow, Node
from engine.spiff.run import Run
from engine.values import Value
from handlers.law.basis import Basis

_PART = re.compile(r"(?P<id>.+?)(?:#(?P<occurrence>\d+))?(?P<rounds>(?:\[\d+\])*)")
_NO_BASIS: Mapping[str, Value] = {"limits": {}, "parameters": {}, "calendars": {}, "offices": {}}
_ANY_INSTANT = "2000-01-01T00:00:00.000000Z"


@dataclass(frozen=True)
class ElementInfo:
    """One element of a diagram.

    Attributes:
        id: of the element.
        kind: BPMN name, ``userTask``.
        event: what an event is about, ``timer``; ``none`` otherwise.
        name: Chinese label.
        name_en: English label.
        articles: articles it applies, ``工伤保险条例:17``.
        role: from its lane, or null.
        form: path of its form, or null.
        deadline: id of the limit it answers to, or null.
        separate_from: ids of elements whose completers are barred.
        properties: all our settings.
        file: path of its diagram.
        process: id of the process it stands in.
        plane: id of the process or sub-process it is drawn in.
        called: id of the process a call activity calls, or null.
        attached_to: host of a boundary event, or null.
        repeats: ``parallel``, ``sequential``, ``standard``, or null.
        has_plane: whether it holds elements of its own.
    """

    id: str
    kind: str
    event: str
    name: str
    name_en: str
    articles: tuple[str, ...]
    role: str | None
    form: str | None
    deadline: str | None
    separate_from: tuple[str, ...]
    properties: Mapping[str, str]
    file: str
    process: str
    plane: str
    called: str | None
    attached_to: str | None
    repeats: str | None
    has_plane: bool


def elements(definition: Definition) -> dict[str, ElementInfo]:
    """Give every element of a definition by id.

    Where two diagrams use one id, the main diagram's element is given; ``locate`` tells them apart.

    Raises:
        DefinitionRefusedError: when the definition cannot be built.
    """
    built = compiled(definition)
    found: dict[str, ElementInfo] = {}
    for process in _processes(built):
        for container, node in built.processes[process].walk():
            found.setdefault(node.id, _info(built, process, container, node))
    return found


def flows(definition: Definition) -> dict[str, Flow]:
    """Give every sequence flow of a definition by id, the main diagram's first."""
    built = compiled(definition)
    found: dict[str, Flow] = {}
    for process in _processes(built):
        for _, node in built.processes[process].walk():
            for flow in node.outgoing:
                found.setdefault(flow.id, flow)
    return found


def locate(definition: Definition, address: str) -> ElementInfo | None:
    """Find the element an address is about, through sub-processes and called diagrams; null when there is none."""
    built = compiled(definition)
    process = built.main
    container = built.processes[process]
    found: ElementInfo | None = None
    for part in address.split("/")[1:]:
        node = container.nodes.get(element_of(part))
        if node is None:
            return None
        found = _info(built, process, container, node)
        if node.called in built.processes:
            process = node.called
            container = built.processes[process]
        elif node.inner is not None:
            container = node.inner
    return found


def element_of(part: str) -> str:
    """Give the element id of an address's last part, without occurrence and round."""
    found = _PART.fullmatch(part.rpartition("/")[2])
    return found["id"] if found else part


def waiting(definition: Definition, state: Value) -> tuple[str, ...]:
    """Give the addresses of what a case waits for: tasks, acts, timers and messages of its elements.

    An open case for which this is empty could never move again; ``step`` refuses to leave one so.
    """
    event = Event(0, "transferred", _ANY_INSTANT, "system:engine")
    run = Run(compiled(definition), state, {}, event, Basis.from_value(_NO_BASIS))
    codec.open_case(run, state)
    return tuple(run.work())


def _processes(built: Compiled) -> list[str]:
    """Give the processes a case of the definition can run, the main one first."""
    reached = {name.partition("/")[0] for name in built.specs}
    return [built.main, *sorted(reached - {built.main})]


def _info(built: Compiled, process: str, container: Container, node: Node) -> ElementInfo:
    settings = node.properties
    form = settings.get("form")
    return ElementInfo(
        id=node.id,
        kind=node.tag,
        event=node.trigger.kind,
        name=node.name,
        name_en=node.name_en,
        articles=node.articles,
        role=node.role,
        form=f"forms/{form}.json" if form else None,
        deadline=settings.get("deadline") or None,
        separate_from=tuple(filter(None, (part.strip() for part in settings.get("separate_from", "").split(",")))),
        properties=settings,
        file=built.files[process],
        process=process,
        plane=container.id,
        called=node.called,
        attached_to=node.attached_to,
        repeats=node.loop.kind if node.loop else None,
        has_plane=node.inner is not None,
    )
