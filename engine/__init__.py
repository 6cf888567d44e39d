"""The BPMN machine: a pure function from a definition, where a case stands and an event to what follows."""

from engine.model import (
    BEHAVIOUR,
    MOVES,
    Definition,
    DefinitionRefusedError,
    EngineError,
    Event,
    EventRefusedError,
    Facts,
    Refusal,
    Step,
    StepError,
)
from engine.step import step

__all__ = [
    "BEHAVIOUR",
    "MOVES",
    "Definition",
    "DefinitionRefusedError",
    "EngineError",
    "Event",
    "EventRefusedError",
    "Facts",
    "Refusal",
    "Step",
    "StepError",
    "step",
]
