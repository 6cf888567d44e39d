"""What a step sets going outside itself: acts to be carried out, messages to be delivered.

Everything here happens in the transaction of the step, so a message is on its way exactly when the history says
that it was sent. A job is only a wake-up; without one the sweep finds the same rows a little later.

A message goes
1. to the case whose id is its key, where there is one;
2. else to every other open case of the sender's dossier that waits for its name and key;
3. else to the sender itself, which keeps it until it waits.

It is kept until its receiver waits for it, and its id (case, number of the entry, address, receiver) is part of the
key of the receiver's entry: sent or delivered twice it is one message.
"""

import storage.cases
import storage.messages
from casework.context import Context, Job
from casework.projection import Changes
from engine import Event
from engine.effects import Effect
from engine.values import encode
from storage import Tx
from storage.cases import CaseRow
from storage.messages import MessageRow
from storage.timers import TimerRow


def timer(row: TimerRow, again: str = "") -> Job:
    """Make the job that tells a case of an instant.

    Args:
        row: the timer.
        again: what makes this another job than the first one, when that was lost.
    """
    key = f"timer:{row.case}:{row.address}:{row.due_at}{_suffix(again)}"
    return Job("fire_timer", key, row.case, (row.address, row.due_at))


def act(case_id: str, address: str, again: str = "") -> Job:
    """Make the job that carries out an act."""
    return Job("carry_out", f"act:{case_id}:{address}{_suffix(again)}", case_id, (address,))


def message(row: MessageRow, again: str = "") -> Job:
    """Make the job that delivers a message."""
    return Job("deliver", f"message:{row.id}{_suffix(again)}", row.to_case, (row.id,))


def _suffix(again: str) -> str:
    return f":{again}" if again else ""


def after_step(ctx: Context, tx: Tx, case: CaseRow, event: Event, changes: Changes) -> None:
    """Send what a step sent, and wake who carries out what it wants.

    A step that sends, wants and awaits nothing costs no statement.
    """
    for effect in changes.messages:
        for row in _address(tx, case, event, effect):
            storage.messages.send(tx, row)
            ctx.wake(tx, message(row))
    for address in changes.acts_wanted:
        ctx.wake(tx, act(case.id, address))
    if changes.waits_set:
        _wake_kept(ctx, tx, case, event, changes)


def _address(tx: Tx, case: CaseRow, event: Event, effect: Effect) -> list[MessageRow]:
    name, key = effect["name"], effect.get("key")
    return [
        MessageRow(
            id=f"{case.id}/{event.seq:08d}/{effect['address']}/{receiver}",
            to_case=receiver,
            name=name,
            key=key,
            payload=encode(effect["payload"]),
            sent_at=event.at,
            from_case=case.id,
        )
        for receiver in _receivers(tx, case, name, key)
    ]


def _receivers(tx: Tx, case: CaseRow, name: str, key: str | None) -> list[str]:
    if key is not None and storage.cases.of_ids(tx, [key]):
        return [key]
    waiting = [] if case.dossier is None else storage.messages.waiting(tx, case.dossier, name, key)
    return [other for other in waiting if other != case.id] or [case.id]


def _wake_kept(ctx: Context, tx: Tx, case: CaseRow, event: Event, changes: Changes) -> None:
    """Wake the delivery of messages that came before the case waited for them."""
    waits = changes.waits_set.values()
    for row in storage.messages.undelivered(tx, case.id):
        if any(fits(wait, row.name, row.key) for wait in waits):
            ctx.wake(tx, message(row, again=str(event.seq)))


def fits(wait: Effect, name: str, key: str | None) -> bool:
    """Tell whether a message is one that is waited for; who waits without a key takes any."""
    return bool(wait["name"] == name) and wait.get("key") in (None, key)
