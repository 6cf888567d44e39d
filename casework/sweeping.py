"""What a worker looks for by itself: what is due, what was forgotten, what stands still.

The tables are the truth and jobs only wake-ups, so each of these may be run at any time, by any number of workers at
once: a job that is there already is not made again, and an incident that waits is not opened again.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import storage.acts
import storage.cases
import storage.heartbeats
import storage.incidents
import storage.messages
import storage.numbers
import storage.timers
from casework import dispatch, documents
from casework.context import Context
from casework.working import NUMBER_UNSETTLED, STUCK
from engine.values import encode
from handlers.law.dates import instant_text
from storage import Tx
from storage.numbers import NumberRow

#: How long something may have been handed over, or wanted, before it is handed over again.
FORGOTTEN: Final = timedelta(seconds=30)
#: How long a number may be reserved before somebody has to look where its paper is.
UNSETTLED: Final = timedelta(hours=1)
#: How long a worker that has fallen silent is remembered.
REMEMBERED: Final = timedelta(days=1)

_MOST: Final = 500
#: Length of an instant down to its minute: what is found forgotten is woken once in a minute.
_MINUTE: Final = len("2026-11-21T08:30")


def sweep(ctx: Context, forgotten: timedelta = FORGOTTEN) -> int:
    """Hand over what is due: timers, acts nobody carries out, messages whose receiver waits; gives how many.

    What stands in an open incident is left to the operator.
    """
    now = ctx.now()
    before = instant_text(ctx.clock() - forgotten)
    with ctx.database.writing() as tx:
        timers = storage.timers.due(tx, now, _MOST, before)
        for timer in timers:
            ctx.wake(tx, dispatch.timer(timer, again="" if timer.handed_at is None else now))
        storage.timers.mark_handed(tx, timers, now)
        acts = storage.acts.wanted(tx, before, _MOST)
        for act in acts:
            ctx.wake(tx, dispatch.act(act.case, act.address, again=now[:_MINUTE]))
        messages = storage.messages.deliverable(tx, _MOST)
        for message in messages:
            ctx.wake(tx, dispatch.message(message, again=now[:_MINUTE]))
    return len(timers) + len(acts) + len(messages)


def inspect(ctx: Context) -> int:
    """Open an incident for every case that stands still and every number left without a paper; gives how many.

    Numbers nobody waits for any more are made void first, which needs no operator.
    """
    documents.void_abandoned(ctx, instant_text(ctx.clock() - UNSETTLED))
    return sum(_inspect_case(ctx, case_id) for case_id in _stuck(ctx)) + _inspect_numbers(ctx)


def _stuck(ctx: Context) -> Iterator[str]:
    after = ""
    while True:
        with ctx.database.reading() as tx:
            page = storage.cases.stuck(tx, after)
        if not page:
            return
        yield from page
        after = page[-1]


def _inspect_case(ctx: Context, case_id: str) -> bool:
    """Look again with the case locked: another worker may have been here."""
    with ctx.database.writing() as tx:
        storage.cases.lock(tx, case_id)
        if not storage.cases.stuck(tx, only=case_id):
            return False
        _open(ctx, tx, case_id, None, STUCK, "the case is open and nothing in it is ready, waiting or in incident")
        return True


def _inspect_numbers(ctx: Context) -> int:
    opened = 0
    with ctx.database.writing() as tx:
        for number in storage.numbers.unsettled(tx, instant_text(ctx.clock() - UNSETTLED)):
            storage.cases.lock(tx, number.case)
            opened += _inspect_number(ctx, tx, number)
    return opened


def _inspect_number(ctx: Context, tx: Tx, number: NumberRow) -> bool:
    """Tell of a number, unless an open incident tells of it or of the act that reserved it."""
    about = f"number:{number.address}"
    known = {row.address for row in storage.incidents.of_case(tx, number.case) if row.closed_at is None}
    if known & {about, f"act:{number.act}"}:
        return False
    detail = f"number {number.series} {number.year} {number.n} is reserved and stands on no paper"
    _open(ctx, tx, number.case, about, NUMBER_UNSETTLED, detail)
    return True


def _open(ctx: Context, tx: Tx, case_id: str, about: str | None, reason: str, detail: str) -> None:
    storage.incidents.open(
        tx, case=case_id, address=about, reason=reason, detail=detail, input=encode({}), at=ctx.now()
    )


def forget_workers(ctx: Context) -> None:
    """Forget workers that have not been heard of for a day."""
    with ctx.database.writing() as tx:
        storage.heartbeats.forget(tx, instant_text(ctx.clock() - REMEMBERED))
