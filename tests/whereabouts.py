"""Where an address leads in a definition's diagrams, and what a case waits for."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.elements import element_of
from engine.model import Definition, Event
from engine.spiff import codec
from engine.spiff.build import compiled
from engine.spiff.diagram import Node
from engine.spiff.run import Run
from engine.values import Value
from handlers.law.basis import Basis

_NO_BASIS: Mapping[str, Value] = {"limits": {}, "parameters": {}, "calendars": {}, "offices": {}}
_NO_EVENT = Event(0, "transferred", "2000-01-01T00:00:00.000000Z", "system:engine")


@dataclass(frozen=True)
class Located:
    """The element an address is about.

    Attributes:
        process: id of the process it stands in: the procedure's own, or a called one.
        plane: id of the process or sub-process it is drawn in.
        node: the element.
    """

    process: str
    plane: str
    node: Node


def locate(definition: Definition, address: str) -> Located | None:
    """Find the element an address is about, through sub-processes and called diagrams; null when there is none.

    Unlike a look-up by id it tells apart the elements of two diagrams that share one.

    Raises:
        DefinitionRefusedError: when the definition cannot be built.
    """
    built = compiled(definition)
    process = built.main
    container = built.processes[process]
    found: Located | None = None
    for part in address.split("/")[1:]:
        node = container.nodes.get(element_of(part))
        if node is None:
            return None
        found = Located(process, container.id, node)
        if node.called in built.processes:
            process = node.called
            container = built.processes[process]
        elif node.inner is not None:
            container = node.inner
    return found


def waiting(definition: Definition, state: Value) -> tuple[str, ...]:
    """Give the addresses of what a case waits for: tasks, acts, timers, messages and conditions of its elements.

    An open case for which this is empty could never move again; ``step`` refuses to leave one so.

    Raises:
        DefinitionRefusedError: when the definition cannot be built.
    """
    run = Run(compiled(definition), state, {}, _NO_EVENT, Basis.from_value(_NO_BASIS))
    codec.open_case(run, state)
    return tuple(run.work())
