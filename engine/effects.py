"""Everything that can follow from an event: the schema of effects, number 1.

Effects are hashed into a case's history, so this schema is kept for ever: a name or a key is never
given another meaning; a new one gets ``SCHEMA`` + 1 and the old one stays readable. Each function below
makes one effect; keys whose value is null are left out, which keeps the stored bytes few.

Addresses name original elements only, never those that rewriting added.
"""

from collections.abc import Sequence
from typing import Final

from engine.values import Value

SCHEMA: Final = 1

Effect = dict[str, Value]


def _effect(name: str, /, **keys: Value) -> Effect:
    effect: Effect = {"effect": name}
    for key, value in keys.items():
        if value is not None:
            effect[key] = value
    return effect


def entered(address: str) -> Effect:
    """An element was reached by a token."""
    return {"effect": "entered", "address": address}


def left(address: str) -> Effect:
    """An element was finished and its token went on."""
    return {"effect": "left", "address": address}


def cancelled(address: str) -> Effect:
    """An element that had been entered was given up with its scope."""
    return _effect("cancelled", address=address)


def flow_taken(flow: str, scope: str) -> Effect:
    """A token took a sequence flow; ``scope`` is the address of the process or sub-process it lies in."""
    return {"effect": "flow_taken", "flow": flow, "scope": scope}


def fact_written(
    name: str, *, scope: str = "", old: int | None = None, value: Value = None, own: bool = False
) -> Effect:
    """A fact got a value.

    Args:
        name: of the fact.
        scope: address of the called diagram it belongs to; empty for the case itself.
        old: number of the entry that wrote the value before, if there was one.
        value: the new value; left out when ``own``.
        own: whether the value is the event's own field of that name, unchanged.
    """
    effect: Effect = {"effect": "fact_written", "name": name}
    if scope:
        effect["scope"] = scope
    if old is not None:
        effect["old"] = old
    if not own:
        effect["value"] = value
    return effect


def decided(address: str, decision: str, rows: Sequence[dict[str, Value]]) -> Effect:
    """A decision table was read; ``rows`` are those that fired: ``{"row": 3, "id": ..., "article": ...}``."""
    return _effect("decided", address=address, decision=decision, rows=list(rows))


def task_opened(  # noqa: PLR0913 - the keys of the schema, each given by name
    address: str,
    *,
    element: str,
    role: str | None,
    form: str | None,
    office: str | None = None,
    deadline: str | None = None,
    separate_from: Sequence[str] = (),
    officers: int = 1,
) -> Effect:
    """Work for a person appeared.

    Args:
        address: of the task.
        element: its id in the diagram.
        role: from its lane.
        form: path of its form.
        office: when it is not the case's own.
        deadline: id of the limit it answers to (``D05``).
        separate_from: ids of elements whose completers may not complete this one.
        officers: how many signed-in persons must confirm the same bytes.
    """
    return _effect(
        "task_opened",
        address=address,
        element=element,
        role=role,
        form=form,
        office=office,
        deadline=deadline,
        separate_from=list(separate_from) or None,
        officers=officers if officers != 1 else None,
    )


def task_closed(address: str, how: str) -> Effect:
    """Work disappeared: ``completed`` or ``cancelled``."""
    return _effect("task_closed", address=address, how=how)


def deadline_started(deadline: str, value: Value) -> Effect:
    """A limit began to run. ``deadline`` is ``D05#1``; ``value`` is its whole record (``handlers.law``)."""
    return _effect("deadline_started", deadline=deadline, value=value)


def deadline_changed(deadline: str, how: str, value: Value) -> Effect:
    """A running limit changed.

    Args:
        deadline: ``D05#1``.
        how: ``suspended``, ``resumed``, ``moved``, ``met``, ``breached``, ``lifted``, ``warned``, ``extended``.
        value: its whole record afterwards.
    """
    return _effect("deadline_changed", deadline=deadline, how=how, value=value)


def timer_set(address: str, due_at: str) -> Effect:
    """An instant to be told of was fixed, or moved; the address of an element or ``D05#1/due``."""
    return _effect("timer_set", address=address, due_at=due_at)


def timer_cleared(address: str) -> Effect:
    """That instant no longer matters: it came, or its scope was left."""
    return _effect("timer_cleared", address=address)


def act_wanted(address: str, act: str, given: dict[str, Value]) -> Effect:
    """Something outside the engine is to be done; ``given`` are the act's inputs by name."""
    return _effect("act_wanted", address=address, act=act, given=given)


def act_cancelled(address: str) -> Effect:
    """The case no longer waits for an act."""
    return _effect("act_cancelled", address=address)


def message_waited(address: str, name: str, key: str | None) -> Effect:
    """An element waits for a message from outside."""
    return _effect("message_waited", address=address, name=name, key=key)


def message_unwaited(address: str) -> Effect:
    """It waits no longer."""
    return _effect("message_unwaited", address=address)


def message_sent(address: str, name: str, key: str | None, payload: dict[str, Value]) -> Effect:
    """A message left the case; ``casework`` delivers it."""
    return _effect("message_sent", address=address, name=name, key=key, payload=payload)


def ended(outcome: str) -> Effect:
    """The case ended: ``completed``, ``terminated``, ``error:CODE``, ``closed``."""
    return _effect("ended", outcome=outcome)
