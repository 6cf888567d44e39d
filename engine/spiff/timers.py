"""Instants a case is to be told of: what a timer's text means, and which are set.

A timer's text is an expression that gives an instant, a day (its end in China), a duration ``"P10D"`` or a cycle
``"R3/P1D"``; or a limit's id with an offset in days, ``D05 -7d``, which follows the deadline wherever it moves.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

from engine.effects import timer_cleared, timer_set
from engine.model import StepError
from engine.spiff.element import address_of
from engine.values import Value
from handlers.law.dates import (
    SHANGHAI,
    DateFormatError,
    add_months,
    end_of_day,
    instant_text,
    parse_date,
    parse_instant,
)

#: Key in ``internal_data``: limit id and days, of a timer that follows a deadline.
FOLLOWS = "d"
#: Firings of a cycle timer still to come, this one included; null for ever.
LEFT = "c"

FOLLOWING = re.compile(r"(?P<limit>[A-Z]+\d+[a-z]?)(?:\s*(?P<days>[+-]\s*\d+)\s*d)?", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.ASCII,
)
_CYCLE = re.compile(r"R(?P<times>\d*)/(?P<every>P[0-9A-Z]+)", re.ASCII)


class TimerTextError(ValueError):
    """A timer's value is neither an instant, a day, a duration nor a cycle."""


def after(instant: str, duration: str) -> str:
    """Add an ISO 8601 duration to an instant.

    Years and months are counted on the day in China by the civil-law rule: what is missing in a short month is not
    carried into the next.

    Raises:
        TimerTextError: when the text is no duration.
    """
    found = _DURATION.fullmatch(duration)
    if found is None or duration.endswith(("P", "T")):
        raise TimerTextError(f"{duration!r} is not a duration")
    parts = {name: int(text or 0) for name, text in found.groupdict().items()}
    moment = parse_instant(instant).astimezone(SHANGHAI)
    day = add_months(moment.date(), parts["years"] * 12 + parts["months"])
    moment = datetime.combine(day, moment.timetz()) + timedelta(
        weeks=parts["weeks"],
        days=parts["days"],
        hours=parts["hours"],
        minutes=parts["minutes"],
        seconds=parts["seconds"],
    )
    return instant_text(moment)


def due_instant(value: Value, now: str) -> str:
    """Read a timer's value as the instant it is due.

    Args:
        value: an instant, a day or a duration.
        now: the event's instant.

    Raises:
        TimerTextError: when it is none of them.
    """
    try:
        if isinstance(value, date):
            return end_of_day(value)
        if not isinstance(value, str):
            raise TimerTextError(f"{value!r} is no instant")
        if value.startswith("P"):
            return after(now, value)
        return instant_text(parse_instant(value)) if "T" in value else end_of_day(parse_date(value))
    except (DateFormatError, OverflowError) as error:
        raise TimerTextError(f"{value!r} is no instant, day or duration") from error


class Timers:
    """The instants that are set in a case."""

    def __init__(self, run: Any, due: dict[str, str]) -> None:
        """Take over what was set; ``due`` is instant by address."""
        self._run = run
        self.due = dict(due)

    def set(self, address: str, instant: str) -> None:
        """Fix or move an instant."""
        if self.due.get(address) != instant:
            self.due[address] = instant
            self._run.tell(timer_set(address, instant))

    def clear(self, address: str) -> None:
        """Forget an instant, if it was set."""
        if self.due.pop(address, None) is not None:
            self._run.tell(timer_cleared(address))

    def arm(self, task: Any, address: str) -> None:
        """Set the instant of a timer event."""
        trigger = task.task_spec.node.trigger
        following = FOLLOWING.fullmatch(trigger.expression.strip())
        if following is not None:
            days = (following["days"] or "0").replace(" ", "")
            task.internal_data[FOLLOWS] = [following["limit"], int(days)]
            self.follow(task, address)
            return
        value = self._run.evaluate(task, trigger.expression)
        try:
            self.set(address, self._first(task, value))
        except TimerTextError as error:
            raise StepError(address_of(task), "expression", str(error)) from error

    def _first(self, task: Any, value: Value) -> str:
        cycle = _CYCLE.fullmatch(value) if isinstance(value, str) else None
        if cycle is None:
            return due_instant(value, self._run.event.at)
        if LEFT not in task.internal_data:
            task.internal_data[LEFT] = int(cycle["times"]) if cycle["times"] else None
        return after(self._run.event.at, cycle["every"])

    def follow(self, task: Any, address: str) -> None:
        """Set a timer where its deadline puts it now; none while that does not run."""
        limit, days = task.internal_data[FOLLOWS]
        instant = self._run.deadlines.offset_instant(limit, task.workflow.address, days)
        if instant is None:
            self.clear(address)
        else:
            self.set(address, instant)
