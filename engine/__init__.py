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
from engine.spiff.diagram import Flow
from engine.spiff.outline import ElementInfo, element_of, elements, flows, locate, waiting
from engine.step import step

__all__ = [
    "BEHAVIOUR",
    "MOVES",
    "Definition",
    "DefinitionRefusedError",
    "ElementInfo",
    "EngineError",
    "Event",
    "EventRefusedError",
    "Facts",
    "Flow",
    "Refusal",
    "Step",
    "StepError",
    "element_of",
    "elements",
    "flows",
    "locate",
    "step",
    "waiting",
]
