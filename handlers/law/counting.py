"""How the days of a deadline are counted: the one place where it is done.

A deadline's record says when it started, how long it is and when it stood still; here that is laid out as runs of
counted and of suspended days. The last day follows from the runs, and the explanation prints the same ones.

A basis names the version it is counted by, and old steps are replayed with theirs:

* 1: a suspension begun in the grace of a rest day, after the day that has not rolled, left the day of resumption.
* 2: it adds its days to that day, as every other does. The days at the end of the last announced year are provisional.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.law import Value
from handlers.law.basis import Basis
from handlers.law.calendar import ONE_DAY
from handlers.law.dates import add_months, end_of_calendar_months, parse_date

#: A deadline's record; ``handlers.law.deadlines`` says what it holds.
Record = dict[str, Value]


@dataclass(frozen=True)
class Run:
    """Days of one kind that follow each other.

    Attributes:
        first: its first day.
        last: its last day, included.
        what: ``counted``, ``suspended`` or ``rest``.
    """

    first: date
    last: date
    what: str


def base(record: Record) -> date:
    """Tell the last day of a length not counted in workdays, before any suspension and without rolling."""
    started = parse_date(record["started_on"])
    length = record["length"] + sum(extension["length"] for extension in record.get("extensions", ()))
    match record["unit"]:
        case "月":
            return add_months(started, length)
        case "年":
            return add_months(started, 12 * length)
        case "历月":
            return end_of_calendar_months(started, length)
        case _:
            return started + timedelta(days=length)


def last_day(basis: Basis, record: Record) -> date:
    """Tell the last day before rolling: that of the start, where a calendar month ends on the day it began."""
    return _laid_out(basis, record)[1]


def runs(basis: Basis, record: Record) -> list[Run]:
    """Lay the counted and the suspended days out in order.

    A suspension counts while it begins not later than the last day, rolled where the limit rolls. Between two runs
    lie days only where one began within the grace of a rest day; the last day then comes before its end.
    """
    return _laid_out(basis, record)[0]


def _laid_out(basis: Basis, record: Record) -> tuple[list[Run], date]:
    """Lay the days out, and tell the last one before rolling.

    Counted afterwards, the days from the start to the last one, less those on which time stood still, are as many as
    the limit has: a rest day's grace is no part of the limit that a suspension could keep.
    """
    calendar = basis.calendar
    in_workdays = record["unit"] == "工作日"
    cursor = parse_date(record["started_on"])
    left = (base(record) - cursor).days
    laid: list[Run] = []
    for begin, end in _spans(record["suspensions"], cursor):
        last = calendar.add_workdays(cursor, left) if in_workdays else cursor + timedelta(days=left)
        last_rolled = calendar.next_workday(last) if record["kind"] == "act_by" else last
        if begin > last_rolled:
            break
        stop = min(begin, last)
        left -= calendar.count_workdays(cursor, stop) if in_workdays else (stop - cursor).days
        if stop > cursor:
            laid.append(Run(cursor + ONE_DAY, stop, "counted"))
        laid.append(Run(begin + ONE_DAY, end, "suspended"))
        cursor = end if basis.counting == 1 else stop + (end - begin)
    if left:
        last = calendar.add_workdays(cursor, left) if in_workdays else cursor + timedelta(days=left)
        laid.append(Run(cursor + ONE_DAY, last, "counted"))
        cursor = last
    return laid, cursor


def _spans(suspensions: Sequence[Sequence[str | None]], started: date) -> list[tuple[date, date]]:
    """Merge the ended suspensions that overlap and cut off what lies before the start."""
    merged: list[tuple[date, date]] = []
    pairs = sorted((parse_date(begin), parse_date(end)) for begin, end in suspensions if begin and end)
    for told_begin, end in pairs:
        begin = max(told_begin, started)
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > begin:
            merged.append((begin, end))
    return merged


def pieces(basis: Basis, run: Run) -> Iterator[tuple[date, date, bool, str | None]]:
    """Cut a run where workdays and rest days meet, or where the holiday changes.

    Yields:
        First day, last day, whether they are workdays, and the holiday they are off for.
    """
    first = day = run.first
    while day <= run.last:
        kind = _kind_of_day(basis, first)
        following = day + ONE_DAY
        if following > run.last or _kind_of_day(basis, following) != kind:
            yield first, day, *kind
            first = following
        day = following


def _kind_of_day(basis: Basis, day: date) -> tuple[bool, str | None]:
    worked = basis.calendar.is_workday(day)
    return worked, None if worked else basis.calendar.holiday(day)
