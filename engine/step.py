"""The step: from one event to everything that follows from it."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.model import GIVEN_UP, GIVEN_UP_ERROR, Definition, Event, EventRefusedError, Facts, Step, StepError
from engine.spiff import codec
from engine.spiff.activities import ActTask, UserTask
from engine.spiff.build import compiled
from engine.spiff.deadlines import is_deadline_timer
from engine.spiff.element import address_of, place_of
from engine.spiff.events import KEY, Catch
from engine.spiff.factbook import Place
from engine.spiff.run import Run
from engine.values import Value
from handlers.law.basis import Basis

#: What a state of another definition, a missing file or our own mistake shows itself as: an incident, not half a step.
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def step(definition: Definition, state: Value, facts: Facts, event: Event, basis: Basis) -> Step:
    """Take one step.

    Args:
        definition: the version of the procedure the case runs.
        state: as the last step gave it; null before ``opened``.
        facts: as the last step gave them.
        event: what came in, decoded from its canonical bytes.
        basis: limits, calendars, parameters and offices in force.

    Returns:
        State, facts and effects; what was given is left untouched.

    Raises:
        EventRefusedError: when nothing in the case waits for the event.
        StepError: when an element fails; nothing of the step is kept.
        DefinitionRefusedError: when the definition cannot be built.
    """
    return take(definition, state, facts, event, basis)


def take(
    definition: Definition, state: Value, facts: Facts, event: Event, basis: Basis, *, compact: bool = True
) -> Step:
    """Take one step as ``step`` does; not compacted, for tests, the state keeps what has ended."""
    move = _MOVES.get(event.kind)
    if move is None:
        raise EventRefusedError(f"{event.kind} is no move")
    if (state is None) != (event.kind == "opened"):
        raise EventRefusedError("a case is opened once, and first")
    held = state or {}
    run = Run(compiled(definition), held, facts, event, basis)
    try:
        codec.open_case(run, held)
        move(run)
        run.drain()
    except _UNFORESEEN as error:
        detail = f"{type(error).__name__}: {error}"
        raise StepError(event.address or definition.procedure, "engine", detail) from error
    _demand_work(run)
    return Step(codec.save(run, compact=compact), run.facts.facts, run.effects)


def _demand_work(run: Run) -> None:
    """Refuse a step after which an open case, or a part of it, waits for nothing: nobody could ever move it again."""
    if run.outcome is None and not any(True for _ in run.work()):
        raise StepError(run.case.address, "engine", "the case is open and nothing is ready or waiting")
    token = run.deadlocked()
    if token is not None:
        raise StepError(address_of(token), "engine", "it waits for a token that cannot come any more")


# --- the moves ---


def _open(run: Run) -> None:
    _write_payload(run, Place())
    run.open(run.case)


def _complete_task(run: Run) -> None:
    task = _demand(run, UserTask)
    _write_payload(run, place_of(task))
    task.complete()


def _answer_act(run: Run) -> None:
    task = _demand(run, ActTask)
    if GIVEN_UP in run.event.payload:
        _give_up_act(run, task)
        return
    _write_payload(run, place_of(task))
    task.complete()


def _give_up_act(run: Run, task: Any) -> None:
    """Let the service task end in an error. Why it was given up is for persons to read, no fact of the case."""
    if not run.fail(task, GIVEN_UP_ERROR):
        raise EventRefusedError(f"nothing catches that {run.event.address} is given up")


def _fire_timer(run: Run) -> None:
    address = run.event.address or ""
    if is_deadline_timer(address):
        run.deadlines.fire(address)
        return
    if address not in run.timers.due:
        raise EventRefusedError(f"no timer is set at {address}")
    run.fire(next(task for task in run.waiting(Catch) if task.task_spec.wait_address(task) == address))


def _receive(run: Run) -> None:
    address = run.event.address or ""
    waiting = [task for task in run.waiting(Catch) if task.task_spec.node.trigger.kind == "message"]
    found = [task for task in waiting if _is_for(task, address)]
    if not found:
        raise EventRefusedError(f"nothing waits for {address}")
    # Who waits for this very key goes before who takes any.
    task = next((task for task in found if KEY in task.internal_data), found[0])
    _write_payload(run, place_of(task))
    run.fire(task)


def _is_for(task: Any, address: str) -> bool:
    """Tell whether a message is the one waited for; who waits without a key takes any."""
    name = f"message:{task.task_spec.node.trigger.name}"
    key = task.internal_data.get(KEY)
    if key is None:
        return address == name or address.startswith(f"{name}/")
    return address == f"{name}/{key}"


def _correct(run: Run) -> None:
    place = Place(run.event.address or "")
    relying = run.deadlines.relying_on(place, run.event.payload.keys())
    for name in sorted(run.event.payload):
        run.facts.correct(place, name, run.event.payload[name])
    run.deadlines.correct(relying)


def _note(run: Run) -> None:
    _write_payload(run, Place())


def _change_basis(run: Run) -> None:
    run.deadlines.recompute()


def _close(run: Run) -> None:
    if run.outcome is not None:
        raise EventRefusedError("the case has ended")
    _write_payload(run, Place())
    run.deadlines.close()
    run.end(run.case, "closed")


_MOVES: Mapping[str, Callable[[Run], None]] = {
    "opened": _open,
    "task_completed": _complete_task,
    "timer_fired": _fire_timer,
    "message_received": _receive,
    "act_answered": _answer_act,
    "fact_corrected": _correct,
    "transferred": _note,
    "basis_changed": _change_basis,
    "migrated": _note,
    "closed": _close,
}


def _demand(run: Run, kind: type) -> Any:
    """Find the open task an event is about."""
    for task in run.unfinished():
        if isinstance(task.task_spec, kind) and address_of(task) == run.event.address:
            return task
    raise EventRefusedError(f"nothing is open at {run.event.address}")


def _write_payload(run: Run, place: Place) -> None:
    payload = run.event.payload
    for name in sorted(payload):
        run.facts.write(place, name, payload[name], own=True)
