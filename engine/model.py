"""What goes into a step and what comes out of it.

``step(definition, state, facts, event, basis) -> Step`` is a pure function: no clock, no random number,
no database, no network. Same inputs, same bytes. A step is whole or nothing: if it raises, nothing of it
is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from engine.values import Value, decode, digest, encode

#: Meaning of elements, expressions, rewriting and effects. A change of meaning is a new number.
BEHAVIOUR = 1

#: Kinds of entry that move the machine, in the order of ``design``; replay steps each of them.
MOVES = (
    "opened",
    "task_completed",
    "timer_fired",
    "message_received",
    "act_answered",
    "fact_corrected",
    "transferred",
    "basis_changed",
    "migrated",
    "closed",
)

#: Field of an ``act_answered`` by which an act is given up, with the reason; the error it is has the code ``given_up``.
GIVEN_UP: Final = "act.given_up"
GIVEN_UP_ERROR: Final = GIVEN_UP.rpartition(".")[2]

#: A case's facts by scope: ``{"": {"worker.name": ["张三", 1]}, "recognition/serve#2": {...}}``. The empty
#: scope is the case's own, each other one belongs to the called diagram at that address. A fact is its
#: value and the number of the entry that wrote it; one nobody wrote is absent and reads as null.
Facts = dict[str, dict[str, list[Value]]]


@dataclass(frozen=True, eq=False)  # met by identity, so that what is derived of it can be cached; named by its hash
class Definition:
    """One version of a procedure, named by the hash of everything it consists of.

    Attributes:
        procedure: stem of its main diagram, ``recognition``.
        files: text by path below ``processes/`` (``recognition.bpmn``, ``forms/register.json``).
        rules: every rule version it names, ``recognition.time_limit@1``.
        behaviour: the engine's behaviour number it was published for.
    """

    procedure: str
    files: Mapping[str, str]
    rules: tuple[str, ...] = ()
    behaviour: int = BEHAVIOUR

    @cached_property
    def data(self) -> bytes:
        """The canonical bytes of the whole definition."""
        return encode(
            {
                "behaviour": self.behaviour,
                "files": dict(self.files),
                "procedure": self.procedure,
                "rules": sorted(self.rules),
            }
        )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical bytes."""
        return digest(self.data)

    @classmethod
    def from_data(cls, data: bytes) -> "Definition":
        """Read a definition back from its canonical bytes."""
        value = decode(data)
        return cls(value["procedure"], value["files"], tuple(value["rules"]), value["behaviour"])


@dataclass(frozen=True)
class Event:
    """What came in: from whom, when, what.

    Attributes:
        seq: number of the entry this event will be, from 1.
        kind: one of ``MOVES``.
        at: instant in UTC, ``2026-11-21T08:30:00.000000Z``; never before the entry before.
        actor: id of the person, or ``system:timer``, ``system:act``, ``system:message``, ``system:basis``.
        on_behalf_of: the person substituted for, or null.
        address: what the event is about: the address of a task, timer or act, ``message:NAME`` or
            ``message:NAME/KEY``; null for ``opened``, ``fact_corrected``, ``basis_changed``, ``closed``.
        payload: values by fact name.
    """

    seq: int
    kind: str
    at: str
    actor: str
    on_behalf_of: str | None = None
    address: str | None = None
    payload: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What followed from one event.

    Attributes:
        state: the engine's own state: a value, a cache without promise, rebuilt by replay.
        facts: all facts after the step.
        effects: everything that followed, in order; ``engine/effects.py`` has their schema.
    """

    state: Value
    facts: Facts
    effects: list[dict[str, Value]]


class EngineError(Exception):
    """The machinery could not take a step; the input is kept as an incident.

    The tree: ``EngineError`` ← ``StepError`` (this input, this state), ``EventRefusedError`` (nothing waits
    for it), ``ExpressionError``, ``DefinitionRefusedError`` (the diagram is not one we run).
    """


class EventRefusedError(EngineError):
    """Nothing in the case waits for this event: a task already closed, an unknown address."""


class StepError(EngineError):
    """An element failed: no row of a table matched, null in arithmetic, a rule that refused.

    Attributes:
        address: where in the case.
        reason: one word, ``no_path``, ``no_row``, ``decision``, ``expression``, ``rule``, ``deadline``, ``office``,
            ``uncaught_error``, ``engine``.
        detail: for the operator.
    """

    def __init__(self, address: str, reason: str, detail: str) -> None:
        super().__init__(f"{address}: {reason}: {detail}")
        self.address = address
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Refusal:
    """Why a file cannot be published.

    Attributes:
        file: path of the file.
        element: id of the element, or empty for the file as a whole.
        code: stable word naming the rule, ``link_event``.
        reason: what is wrong, by language code (``zh``, ``en``).
        remedy: what to do instead, by language code.
    """

    file: str
    element: str
    code: str
    reason: Mapping[str, str]
    remedy: Mapping[str, str]


class DefinitionRefusedError(EngineError):
    """A definition that the engine does not run.

    Attributes:
        refusals: every reason, not just the first.
    """

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(f"{r.file} {r.element}: {r.reason['en']}" for r in refusals))
        self.refusals = refusals
