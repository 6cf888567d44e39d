"""Days and instants as the law counts them.

A day is a calendar day in China; an instant is a moment in UTC, written ``2026-11-23T16:00:00.000000Z``. The time
of the whole country is Beijing time, eight hours ahead. It is held here as a fixed offset, not read from the
machine's time-zone table: a table may change between the day of a step and the day of its replay, and the summer
time of 1986 to 1991 lies before every statute this product applies.

Source: 民法典 200-204 (counting by day, month and year; the first day excluded; the corresponding day, or else
the end of the month; the last day ends at 24:00).
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone

#: Beijing time.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z\Z", re.ASCII)


class DateFormatError(ValueError):
    """A text is not a day ``2026-11-21`` or an instant ``2026-11-21T08:30:00Z``.

    Attributes:
        text: what was given.
    """

    def __init__(self, text: object) -> None:
        super().__init__(f"{text!r} is neither a day nor an instant")
        self.text = text


def parse_date(text: str) -> date:
    """Read a day written ``2026-11-21``.

    Raises:
        DateFormatError: for any other text, and for a day that does not exist.
    """
    try:
        if _DAY.match(text):
            return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise DateFormatError(text) from error
    raise DateFormatError(text)


def parse_instant(text: str) -> datetime:
    """Read an instant written ``2026-11-21T08:30:00.000000Z``; a fraction of a second may be left out.

    Raises:
        DateFormatError: for any other text, any other time zone, a moment that does not exist.
    """
    try:
        if _INSTANT.match(text):
            return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise DateFormatError(text) from error
    raise DateFormatError(text)


def instant_text(moment: datetime) -> str:
    """Write a moment that carries a time zone as an instant in UTC, to the microsecond.

    Raises:
        DateFormatError: for a moment without a time zone.
    """
    if moment.tzinfo is None:
        raise DateFormatError(moment)
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def shanghai_date(instant: str) -> date:
    """Tell the day it was in China at an instant.

    Raises:
        DateFormatError: when the text is not an instant.
    """
    return parse_instant(instant).astimezone(SHANGHAI).date()


def start_of_day(day: date) -> str:
    """Tell the instant at which a day began in China."""
    return f"{day - timedelta(days=1)}T16:00:00.000000Z"


def end_of_day(day: date) -> str:
    """Tell the instant at which a day has passed in China: its 24:00 (民法典 203).

    The end of 2026-11-23 is ``2026-11-23T16:00:00.000000Z``, the first moment that is no longer that day.
    """
    return f"{day}T16:00:00.000000Z"


def end_of_month(day: date) -> date:
    """Tell the last day of the month a day lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Tell the last day of a period of whole months that begins with a day.

    The day itself is not counted (民法典 201); the period ends on the corresponding day of its last month, and
    where that month has none, on its last day (民法典 202).

    Args:
        day: the first, uncounted day.
        months: length; may be negative.
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def end_of_calendar_months(day: date, months: int) -> date:
    """Tell the last day of the n-th calendar month, the month of the day being the first.

    Some benefits run by whole calendar months: wages of a missing worker for three months counted from the month
    of the accident (工伤保险条例 41), a monthly benefit from the month that follows (工伤保险经办规程 67).
    """
    return end_of_month(add_months(day.replace(day=1), months - 1))
