"""The step: from one event to everything that follows from it."""

from engine.model import Definition, Event, Facts, Step
from engine.spiff import moves
from engine.values import Value
from handlers.law.basis import Basis


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
    return moves.take(definition, state, facts, event, basis)
