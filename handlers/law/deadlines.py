"""Deadlines: a statutory limit running on a case.

A deadline is a plain record, so that it can be written into the history and read back; the functions here are
pure and give a new record each time:

    {"deadline": "D05#1", "limit": "D05", "kind": "act_by", "length": 60, "unit": "日",
     "article": "工伤保险条例:20;工伤认定办法:18", "started_on": "2026-01-06",
     "suspensions": [["2026-02-01", "2026-02-12"]], "unrolled_on": "2026-03-18", "due_on": "2026-03-18",
     "state": "running", "provisional": false, "marks": []}

and, where they apply, ``extensions`` (``{"length", "reason"}``), ``met_on``, ``lifted_on``, ``reason``, ``warned``
(pairs of step and day) and ``withdrawn_on``, the day we were told that it never began. A suspension that goes on ends
in null, one that never was begins in null. A key without a value is left out.

How it is counted (民法典 201-203):

* The day of the start is not counted. Months and years end on the corresponding day, else at the month's end.
* A suspension adds its days, resumption less suspension, to the day that has not rolled; days that two
  suspensions share are added once; one that begins after the last day adds nothing.
* Rolling to a workday comes last, and once. Only limits to act by roll.
* The last day ends at its 24:00 in China.

While a suspension goes on, ``unrolled_on`` and ``due_on`` are the days that would hold had it never begun.

States: ``running``, ``suspended``, ``met``, ``breached`` (late, or not at all), ``lifted``. Marks: ``late_told`` (told
more than three days after its date), ``out_of_order`` (its date does not fit the dates before it), ``too_early`` (done
before the day from which the law allows it).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from handlers.law import Value
from handlers.law.basis import Basis
from handlers.law.calendar import ONE_DAY
from handlers.law.counting import Record, Run, base, last_day, pieces, runs
from handlers.law.dates import end_of_day, parse_date
from handlers.law.limits import Limit

#: Days after which a date told is marked as told late.
LATE_AFTER_DAYS = 3


class DateRefusedError(ValueError):
    """A date lies after the day it was told on.

    Attributes:
        on: the legal date.
        told_on: the day it was told.
    """

    def __init__(self, on: date, told_on: date) -> None:
        super().__init__(f"{on} lies after {told_on}, the day it was told")
        self.on = on
        self.told_on = told_on


class LengthRefusedError(ValueError):
    """A length is missing where the office sets it, or given where the law does, or extends beyond the law.

    Attributes:
        limit: id of the limit.
        reason: ``length_missing``, ``length_fixed_by_law``, ``length_not_positive``, ``length_too_long`` (no calendar
            goes so far), ``extension_not_allowed``, ``extension_too_long``.
    """

    def __init__(self, limit: str, reason: str) -> None:
        super().__init__(f"{limit}: {reason}")
        self.limit = limit
        self.reason = reason


class DeadlineStateError(ValueError):
    """A deadline that has ended is asked to go on.

    Attributes:
        deadline: ``D05#1``.
        state: its state.
    """

    def __init__(self, deadline: str, state: str) -> None:
        super().__init__(f"{deadline} is {state}")
        self.deadline = deadline
        self.state = state


# --- what happens to a deadline -------------------------------------------------------------------------------


def start(basis: Basis, deadline_id: str, on: date, told_on: date, length: int | None = None) -> Record:
    """Start a limit on a legal date.

    Args:
        basis: limits and workdays.
        deadline_id: limit and occurrence, ``D05#1``.
        on: the day that sets it off; it is not counted.
        told_on: the day we were told.
        length: number of units, where the law leaves it to the office; otherwise null.

    Raises:
        DateRefusedError: when ``on`` lies after ``told_on``.
        LengthRefusedError: when the length is missing, not positive, beyond the calendar, or given though the law
            fixes it.
        LimitUnknownError: when no such limit is in force on that day.
    """
    marks = _marks_of_telling(on, told_on)
    name = deadline_id.partition("#")[0]
    limit = basis.limit(name, on)
    record: Record = {
        "deadline": deadline_id,
        "limit": name,
        "kind": limit.kind,
        "length": _length(limit, length),
        "unit": limit.unit,
        "article": limit.article,
        "started_on": on.isoformat(),
        "suspensions": [],
        "state": "running",
        "marks": marks,
    }
    return _settled_within_calendar(basis, record)


def suspend(basis: Basis, record: Record, on: date, told_on: date) -> Record:
    """Stop the time from a legal date on; a second suspension may overlap the first.

    Raises:
        DateRefusedError: when ``on`` lies after ``told_on``.
        DeadlineStateError: when the deadline is met or lifted.
    """
    marks = _marks_of_telling(on, told_on)
    _demand_unended(record)
    if on < parse_date(record["started_on"]) or on > parse_date(record["due_on"]):
        marks.append("out_of_order")
    return _settled(basis, record, marks, suspensions=[*record["suspensions"], [on.isoformat(), None]])


def resume(basis: Basis, record: Record, on: date, told_on: date) -> Record:
    """Let the time run again from a legal date on; the suspension begun last is the one that ends.

    A resumption dated before its suspension ends it with no day added, and is marked.

    Raises:
        DateRefusedError: when ``on`` lies after ``told_on``.
        DeadlineStateError: when the deadline is met or lifted, or no suspension goes on.
    """
    marks = _marks_of_telling(on, told_on)
    _demand_unended(record)
    suspensions = [list(pair) for pair in record["suspensions"]]
    running = [pair for pair in suspensions if pair[0] is not None and pair[1] is None]
    if not running:
        raise DeadlineStateError(record["deadline"], record["state"])
    last = max(running, key=lambda pair: pair[0])
    if on.isoformat() < last[0]:
        marks.append("out_of_order")
    last[1] = max(on.isoformat(), last[0])
    return _settled(basis, record, marks, suspensions=suspensions)


def meet(basis: Basis, record: Record, on: date, told_on: date) -> Record:
    """Record that what the limit demands was done on a legal date; after the last day it stays a breach.

    Raises:
        DateRefusedError: when ``on`` lies after ``told_on``.
        DeadlineStateError: when the deadline is met or lifted already.
    """
    marks = _marks_of_telling(on, told_on)
    _demand_unended(record)
    if on < parse_date(record["started_on"]) or record["state"] == "suspended":
        marks.append("out_of_order")
    if record["kind"] == "earliest" and on <= parse_date(record["due_on"]):
        marks.append("too_early")
    return _settled(basis, record, marks, met_on=on.isoformat())


def lift(basis: Basis, record: Record, on: date, reason: str) -> Record:
    """Give a limit up, because the case no longer stands under it; after its last day it stays a breach.

    Args:
        basis: limits and workdays.
        record: a deadline that has not ended.
        on: the legal date.
        reason: why, in words.

    Raises:
        DeadlineStateError: when the deadline is met or lifted already.
    """
    _demand_unended(record)
    return _settled(basis, record, lifted_on=on.isoformat(), reason=reason)


def breach(record: Record) -> Record:
    """Record that the last day has passed.

    A limit to act by is breached. With every other kind nothing was owed: the period is over, the paper is deemed
    served, and the deadline is met on its last day.

    Raises:
        DeadlineStateError: when the deadline does not run.
    """
    if record["state"] != "running":
        raise DeadlineStateError(record["deadline"], record["state"])
    if record["kind"] == "act_by":
        return record | {"state": "breached"}
    return record | {"state": "met", "met_on": record["due_on"]}


def warn(record: Record, step: int, on: date) -> Record:
    """Record that a warning was given: the step (days left) and the day.

    ``timers`` does not ask for it again, unless the deadline moves to where it would be given on a later day.
    """
    return record | {"warned": [*record.get("warned", ()), [step, on.isoformat()]]}


def extend(basis: Basis, record: Record, length: int, reason: str) -> Record:
    """Make a limit longer, where the law allows it.

    Args:
        basis: limits and workdays.
        record: a deadline that has not ended.
        length: units added, in the unit of the limit.
        reason: why, in words.

    Raises:
        DeadlineStateError: when the deadline is met or lifted.
        LengthRefusedError: when the law allows no extension, or not one of that length.
    """
    _demand_unended(record)
    extensions = [*record.get("extensions", ()), {"length": length, "reason": reason}]
    _demand_extensions(_limit(basis, record), extensions)
    return _settled_within_calendar(basis, record, extensions=extensions)


def restart_from(basis: Basis, record: Record, on: date) -> Record:
    """Count a deadline again because its start was corrected; suspensions and what was done since are kept.

    The version of the limit is the one in force on the corrected day; a length the office entered stays.

    Raises:
        LimitUnknownError: when the limit was not in force on that day.
    """
    limit = basis.limit(record["limit"], on)
    length = record["length"] if limit.length is None else limit.length
    return _settled(
        basis, record, started_on=on.isoformat(), length=length, unit=limit.unit, article=limit.article, kind=limit.kind
    )


def redate(basis: Basis, record: Record, told: Mapping[str, date | int | None], told_on: date) -> Record:
    """Count a deadline again because dates and lengths it was told were corrected, all of them at once.

    A date that is null now is one of what never happened: the limit is not met, not given up, not suspended, not
    resumed, or did not begin. Marks of what was told stay, but for ``too_early``, which says what the law thinks of the
    act itself.

    Args:
        basis: limits and workdays.
        record: a deadline, ended or not.
        told: the right legal dates, by ``started_on``, ``met_on``, ``lifted_on``, and for a suspension by its number
            from 0, ``suspended_on/0`` and ``resumed_on/0``; the right numbers of units by ``length`` and, for an
            extension by its number, ``extension/0``.
        told_on: the day we were told of the correction.

    Raises:
        DateRefusedError: when one of the dates lies after ``told_on``.
        LengthRefusedError: when a length is missing, not positive, or beyond what the law or the calendar allows.
        LimitUnknownError: when the limit was not in force on a corrected day of the start.
    """
    lengths: dict[str, Any] = {name: length for name, length in told.items() if is_length(name)}
    dates: dict[str, Any] = {name: on for name, on in told.items() if name not in lengths}
    for on in filter(None, dates.values()):
        if on > told_on:
            raise DateRefusedError(on, told_on)
    corrected = _with_dates(record, dates, told_on)
    corrected["marks"] = [mark for mark in record["marks"] if mark != "too_early"]
    if record["kind"] != "act_by" and "met_on" not in dates and record.get("met_on") == record["due_on"]:
        # It was met by its last day alone, and that may be another day now.
        del corrected["met_on"]
    corrected = _with_lengths(basis, corrected, lengths)
    started_on = dates.get("started_on")
    if started_on is None:
        settled = _settled_within_calendar(basis, corrected)
    else:
        settled = restart_from(basis, corrected, started_on)
    return _settled(basis, settled, _marks_of_order(settled))


def is_length(name: str) -> bool:
    """Tell whether a name of ``redate`` is one of a number of units, not of a date."""
    return name == "length" or name.startswith("extension/")


def recompute(basis: Basis, record: Record) -> Record:
    """Count a deadline again because the basis changed: a year's workdays were announced, a limit was amended."""
    return restart_from(basis, record, parse_date(record["started_on"]))


# --- what is asked of a deadline ------------------------------------------------------------------------------


def told_of(record: Record, name: str) -> str | int | None:
    """Give one of a deadline's dates or lengths by its name as in ``redate``; null while it has none such."""
    what, _, number = name.partition("/")
    if name == "started_on" and "withdrawn_on" in record:
        return None
    if what == "extension":
        found = record["extensions"][int(number)]["length"]
    else:
        found = record["suspensions"][int(number)][what == "resumed_on"] if number else record.get(what)
    return found  # type: ignore[no-any-return]


def timers(basis: Basis, record: Record) -> dict[str, str]:
    """Tell the instants a running deadline is to be woken at; none while it is suspended or has ended.

    Returns:
        ``due``, the end of the last day, and ``warn7`` and the like, the instant from which seven whole days are left.
        Warnings of limits that bind the office count to the day that has not rolled, so that they never rest on a
        rest day's grace.
    """
    if record["state"] != "running":
        return {}
    limit = _limit(basis, record)
    counted_to = parse_date(record["unrolled_on" if limit.binds == "office" else "due_on"])
    instants = {"due": end_of_day(parse_date(record["due_on"]))}
    warned = dict(record.get("warned", ()))
    for step in limit.warning_days:
        last_day_before = counted_to - timedelta(days=step)
        if str(last_day_before) >= warned.get(step, ""):
            instants[f"warn{step}"] = end_of_day(last_day_before)
    return instants


def offset_instant(record: Record, days: int) -> str | None:
    """Tell the instant so many days after the end of the last day (before it: negative); null unless it runs.

    This is what a timer ``D05 -7d`` in a diagram means.
    """
    if record["state"] != "running":
        return None
    return end_of_day(parse_date(record["due_on"]) + timedelta(days=days))


def explain(basis: Basis, record: Record) -> list[Record]:
    """Tell day by day how the last day came about, as runs of days that a page puts into words.

    Returns:
        In order of days, records with ``what``, ``day`` and, for a run, ``until`` and ``days`` (calendar days):

        * ``start``: the day of the start, not counted;
        * ``period``: a length in months or years and the day it ends on; ``month_end`` where that month has no
          corresponding day; then its days as a ``counted`` run;
        * ``extension``: ``length``, ``unit``, ``reason``, in the place of the start;
        * ``counted``: days that count, numbered ``number`` to ``number_until``; with workdays, each such run is
          broken by ``not_counted`` runs, with the name of the ``holiday`` where it is one;
        * ``suspended``: days on which no time ran; ``until`` is left out while that goes on;
        * ``unrolled``: the last day before rolling, where it is a rest day;
        * ``rest``: that day and the rest days after it, with their ``holiday``;
        * ``due``: the last day; ``rolled`` where it rolled, ``worked_for`` where it is a weekend day worked in
          exchange for that holiday, ``provisional`` where a year's workdays are not announced;
        * ``met`` or ``lifted``, with the ``late`` days where it was after the last day.
    """
    told: list[Record] = [{"what": "start", "day": record["started_on"]}]
    told += [
        {"what": "extension", "day": record["started_on"], "unit": record["unit"]} | extension
        for extension in record.get("extensions", ())
    ]
    if record["unit"] in ("月", "年", "历月"):
        told.append(_explain_period(record))
    told += _explain_runs(basis, record)
    told += _explain_roll(basis, record)
    told += _explain_end(record)
    return told


# --- counting -------------------------------------------------------------------------------------------------


def _settled(basis: Basis, record: Record, marks: Sequence[str] = (), **changes: Value) -> Record:
    """Lay changes over a record and work out everything that follows from its dates."""
    settled = record | changes
    settled["marks"] = [*record["marks"], *(mark for mark in dict.fromkeys(marks) if mark not in record["marks"])]
    unrolled = last_day(basis, settled)
    due = basis.calendar.next_workday(unrolled) if settled["kind"] == "act_by" else unrolled
    settled["unrolled_on"] = unrolled.isoformat()
    settled["due_on"] = due.isoformat()
    settled["provisional"] = _is_provisional(basis, settled, unrolled, due)
    settled["state"] = _state(settled, breached_before=record if record["state"] == "breached" else None)
    return settled


def _settled_within_calendar(basis: Basis, record: Record, **changes: Value) -> Record:
    """Settle a record whose length somebody entered.

    Raises:
        LengthRefusedError: when it would end after the last year a date can be in.
    """
    try:
        return _settled(basis, record, **changes)
    except (OverflowError, ValueError) as error:
        raise LengthRefusedError(record["limit"], "length_too_long") from error


def _state(record: Record, breached_before: Record | None) -> str:
    """Tell the state that follows from the dates; a breach stands until the last day moves."""
    due = record["due_on"]
    if "withdrawn_on" in record:
        return "lifted"
    ended_on = record.get("met_on") or record.get("lifted_on")
    paused = any(begin is not None and end is None and begin <= due for begin, end in record["suspensions"])
    if ended_on is not None:
        late = record["kind"] == "act_by" and ended_on > due and not paused
        return "breached" if late else "met" if "met_on" in record else "lifted"
    if paused:
        return "suspended"
    if breached_before is not None and breached_before["due_on"] == due:
        return "breached"
    return "running"


def _is_provisional(basis: Basis, record: Record, unrolled: date, due: date) -> bool:
    """Tell whether a year without announced workdays had a say in the last day."""
    first = parse_date(record["started_on"]) if record["unit"] == "工作日" else unrolled
    if record["unit"] != "工作日" and record["kind"] != "act_by":
        return False
    return any(basis.calendar.provisional(day) for day in (first, due))


def _length(limit: Limit, given: int | None) -> int:
    if limit.length is not None:
        if given is not None:
            raise LengthRefusedError(limit.id, "length_fixed_by_law")
        return limit.length
    if given is None:
        raise LengthRefusedError(limit.id, "length_missing")
    if given < 1:
        raise LengthRefusedError(limit.id, "length_not_positive")
    return given


def _demand_extensions(limit: Limit, extensions: Sequence[Mapping[str, Value]]) -> None:
    lengths = [extension["length"] for extension in extensions]
    if limit.extension == 0:
        raise LengthRefusedError(limit.id, "extension_not_allowed")
    if any(length is None for length in lengths):
        raise LengthRefusedError(limit.id, "length_missing")
    if any(length < 1 for length in lengths):
        raise LengthRefusedError(limit.id, "length_not_positive")
    if limit.extension is not None and sum(lengths) > limit.extension:
        raise LengthRefusedError(limit.id, "extension_too_long")


def _limit(basis: Basis, record: Record) -> Limit:
    return basis.limit(record["limit"], parse_date(record["started_on"]))


def _marks_of_telling(on: date, told_on: date) -> list[str]:
    if on > told_on:
        raise DateRefusedError(on, told_on)
    return ["late_told"] if (told_on - on).days > LATE_AFTER_DAYS else []


def _with_dates(record: Record, dates: Mapping[str, date | None], told_on: date) -> Record:
    """Put dates, named as ``redate`` says, into a copy of a record; null takes one out."""
    suspensions = [list(pair) for pair in record["suspensions"]]
    changed = record | {"suspensions": suspensions}
    if "started_on" in dates:
        changed.pop("withdrawn_on", None)
    for name, on in dates.items():
        what, _, number = name.partition("/")
        if number:
            suspensions[int(number)][what == "resumed_on"] = on and on.isoformat()
        elif on is not None:
            changed[what] = on.isoformat()
        elif what == "started_on":
            # The day it was counted from stays for whoever asks what was believed until then.
            changed["withdrawn_on"] = told_on.isoformat()
        else:
            changed.pop(what, None)
    return changed


def _with_lengths(basis: Basis, record: Record, lengths: Mapping[str, int | None]) -> Record:
    """Put lengths, named as ``redate`` says, into a copy of a record, if the law allows them."""
    if not lengths:
        return record
    limit = _limit(basis, record)
    extensions = [dict(each) for each in record.get("extensions", ())]
    changed = record | ({"extensions": extensions} if extensions else {})
    for name, length in lengths.items():
        if name == "length":
            changed["length"] = _length(limit, length)
        else:
            extensions[int(name.partition("/")[2])]["length"] = length
    if extensions:
        _demand_extensions(limit, extensions)
    return changed


def _marks_of_order(record: Record) -> list[str]:
    """Tell the marks that a deadline's dates earn beside one another."""
    started, due, met = record["started_on"], record["due_on"], record.get("met_on")
    pairs = record["suspensions"]
    marks = []
    begun = [(begin, end) for begin, end in pairs if begin is not None]
    if any(not started <= begin <= due or (end is not None and end < begin) for begin, end in begun):
        marks.append("out_of_order")
    if met is not None and met < started:
        marks.append("out_of_order")
    if met is not None and record["kind"] == "earliest" and met <= due:
        marks.append("too_early")
    return marks


def _demand_unended(record: Record) -> None:
    if record["state"] in ("met", "lifted") or "met_on" in record or "lifted_on" in record:
        raise DeadlineStateError(record["deadline"], record["state"])


# --- explaining -----------------------------------------------------------------------------------------------


def _explain_period(record: Record) -> Record:
    ends = base(record)
    told = {"what": "period", "day": ends.isoformat(), "length": record["length"], "unit": record["unit"]}
    cut = record["unit"] != "历月" and ends.day < parse_date(record["started_on"]).day
    return told | {"month_end": True} if cut else told


def _explain_runs(basis: Basis, record: Record) -> Iterator[Record]:
    number = 0
    for run in runs(basis, record):
        if run.what == "suspended":
            yield _told(run.first, run.last, "suspended")
            continue
        by_workdays = record["unit"] == "工作日"
        for first, last, worked, holiday in pieces(basis, run) if by_workdays else [(run.first, run.last, True, None)]:
            told = _told(first, last, "counted" if worked else "not_counted", holiday)
            if worked:
                told |= {"number": number + 1, "number_until": number + told["days"]}
                number += told["days"]
            yield told
    for begin, end in record["suspensions"]:
        if begin is not None and end is None:
            yield {"what": "suspended", "day": begin}


def _explain_roll(basis: Basis, record: Record) -> Iterator[Record]:
    unrolled, due = parse_date(record["unrolled_on"]), parse_date(record["due_on"])
    told: Record = {"what": "due", "day": record["due_on"]}
    if due > unrolled:
        yield {"what": "unrolled", "day": record["unrolled_on"]}
        rest = Run(unrolled, due - ONE_DAY, "rest")
        for first, last, _worked, holiday in pieces(basis, rest):
            yield _told(first, last, "rest", holiday)
        told["rolled"] = True
    if record["kind"] == "act_by" and (exchanged := basis.calendar.holiday(due)):
        told["worked_for"] = exchanged
    if record["provisional"]:
        told["provisional"] = True
    yield told


def _explain_end(record: Record) -> Iterator[Record]:
    if "withdrawn_on" in record:
        yield {"what": "lifted", "day": record["withdrawn_on"]}
        return
    for what in ("met", "lifted"):
        if on := record.get(f"{what}_on"):
            late = (parse_date(on) - parse_date(record["due_on"])).days
            yield {"what": what, "day": on} | ({"late": late} if record["state"] == "breached" else {})


def _told(first: date, last: date, what: str, holiday: str | None = None) -> Record:
    told = {"what": what, "day": first.isoformat(), "until": last.isoformat(), "days": (last - first).days + 1}
    return told | {"holiday": holiday} if holiday else told
