"""The diagrams of a case or of a definition, and where a case has been on each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework import advance, library, reading
from casework.context import Context
from engine import Definition
from engine.elements import ElementInfo, element_of, elements
from engine.values import Value


@dataclass(frozen=True)
class Diagram:
    """One diagram of a case with where it stands.

    Attributes:
        process: what the diagram says of itself.
        xml: its source.
        done: ids of the elements that were left.
        now: ids of those where the case is.
        flows: ids of the sequence flows taken.
    """

    process: ElementInfo
    xml: str
    done: list[str]
    now: list[str]
    flows: list[str]


def of_case(ctx: Context, person: str, case_id: str) -> list[Diagram]:
    """Give a case's diagrams of its day with where it stands: its own, then each it called, as of the latest call.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "diagram")
        definition = advance.definition_of(ctx, tx, case)
        entries = reading.entries(tx, case_id)
    told = elements(definition)
    been: dict[str, _Whereabouts] = {case.procedure: _Whereabouts("")}
    for _row, _payload, effects, _erased in entries:
        for effect in effects:
            _follow(been, told, case.procedure, effect)
    return [_diagram(definition, told[process], where) for process, where in been.items()]


def of_definition(ctx: Context, name: str) -> list[Diagram]:
    """Give the diagrams of a definition, its own first and then those it calls, in which no case stands anywhere.

    Raises:
        NotFoundError: no definition has this hash.
    """
    with ctx.database.reading() as tx:
        definition = library.definition(ctx, tx, name)
    told = elements(definition)
    drawn = sorted(each.id for each in told.values() if f"{each.id}.bpmn" in definition.files)
    drawn.sort(key=lambda process: process != definition.procedure)
    return [_diagram(definition, told[process], _Whereabouts("")) for process in drawn]


@dataclass
class _Whereabouts:
    """Where a case has been on one diagram.

    Attributes:
        scope: address of the call it was called by last; empty for the case's own.
        entered: what last happened to each element, by address.
        flows: sequence flows taken.
    """

    scope: str
    entered: dict[str, str] = field(default_factory=dict)
    flows: set[str] = field(default_factory=set)


def _follow(
    been: dict[str, _Whereabouts], told: Mapping[str, ElementInfo], own: str, effect: Mapping[str, Value]
) -> None:
    """Note one effect of a history on the diagram it is about; a new call begins its diagram anew."""
    kind = effect["effect"]
    if kind == "flow_taken":
        # The scope of a flow of a called diagram is the call, which stands on the diagram that calls.
        calls = (process for process, where in been.items() if where.scope == effect["scope"])
        process = next(calls, None) or called(told, own, effect["scope"])[0]
        been[process].flows.add(str(effect["flow"]))
    elif kind in ("entered", "left", "cancelled"):
        process, scope = called(told, own, effect["address"])
        if process not in been or been[process].scope != scope:
            been[process] = _Whereabouts(scope)
        been[process].entered[effect["address"]] = str(kind)


def called(told: Mapping[str, ElementInfo], own: str, address: str) -> tuple[str, str]:
    """Give the process an address ends in, and the address of the call that led there; empty for the case's own."""
    parts = address.split("/")
    process, scope = own, ""
    for number, part in enumerate(parts):
        element = told.get(element_of(part))
        if element is not None and element.process != process:
            process, scope = element.process, "/".join(parts[:number])
    return process, scope


def _diagram(definition: Definition, process: ElementInfo, where: _Whereabouts) -> Diagram:
    now = {element_of(address) for address, what in where.entered.items() if what == "entered"}
    done = {element_of(address) for address, what in where.entered.items() if what == "left"} - now
    xml = definition.files[f"{process.id}.bpmn"]
    return Diagram(process, xml, sorted(done), sorted(now), sorted(where.flows))
