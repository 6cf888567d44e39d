"""The time for applying: thirty days, a year, and what is counted out of them (条例 17)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from handlers.law import Value
from handlers.law.dates import parse_date
from handlers.law.sources import Source
from handlers.recognition.words import (
    CIVIL_PROCEDURE,
    MEASURES,
    REGULATION,
    SUPREME_COURT_2014,
    day,
    day_of,
    last_day,
    started,
)
from handlers.rule import Given, rule

#: Day the Regulation came into force; what happened before stands under the rules of its day.
REGULATION_IN_FORCE = date(2004, 1, 1)
#: Delays whose beginning and end stand in a document: they are counted out without asking (法释〔2014〕9号 7).
PROVEN_DELAYS = frozenset({"liberty_restricted", "labour_relation_disputed"})


TIME_READS = (
    "accident.happened_at",
    "accident.harm_appeared_later",
    "accident.harm_appeared_on",
    "accident.kind",
    "application.lodged_on",
    "application.received_on",
    "disease.certificate_on",
    "injury.first_diagnosis_at",
    "extension.until_on",
    "tolling.periods",
)
TIME_WRITES = (
    "time_limit.accident_at",
    "time_limit.certificate_on",
    "time_limit.counted_from",
    "time_limit.employer_bears_until",
    "time_limit.employer_ends_on",
    "time_limit.employer_late",
    "time_limit.lodged_on",
    "time_limit.question",
    "time_limit.result",
    "time_limit.starts_on",
    "time_limit.worker_ends_on",
)
TIME_LAW = (
    Source(REGULATION, "17"),
    Source(MEASURES, "4"),
    Source(MEASURES, "5"),
    Source(SUPREME_COURT_2014, "7"),
    Source(CIVIL_PROCEDURE, "85"),
)


@rule("recognition.time_limit@1", reads=TIME_READS, writes=TIME_WRITES, law=TIME_LAW)
def time_limit_1(given: Given) -> dict[str, Value]:
    """Tell whether the application came in time, and who bears the costs until it came.

    The employer has thirty days, the worker's side one year, from the accident or the diagnosis. The employer's
    thirty days never bar an application: costs that arose before it are then the employer's (条例 17 款 4). What
    was posted, or lodged with a wrong office, by the last day is in time. The dates it rests on are noted, so that a
    correction of one brings the question back.
    """
    origin, starts = _time_limit_start(given)
    lodged = parse_date(given.fact("application.lodged_on") or given.fact("application.received_on"))
    found: dict[str, Value] = {
        "time_limit.accident_at": given.fact("accident.happened_at"),
        "time_limit.certificate_on": given.fact("disease.certificate_on"),
        "time_limit.counted_from": origin,
        "time_limit.lodged_on": lodged.isoformat(),
    }
    if starts is None or starts > lodged:
        return found | _answer("ask", "start_unknown")
    if starts < REGULATION_IN_FORCE:
        return found | {"time_limit.starts_on": starts.isoformat()} | _answer("ask", "earlier_law")
    employer_ends = _employer_ends_on(given, starts)
    worker_ends = last_day(given, "D02", starts)
    return (
        found
        | {
            "time_limit.starts_on": starts.isoformat(),
            "time_limit.employer_ends_on": employer_ends.isoformat(),
            "time_limit.worker_ends_on": worker_ends.isoformat(),
            "time_limit.employer_late": lodged > employer_ends,
            "time_limit.employer_bears_until": lodged.isoformat() if lodged > employer_ends else None,
        }
        | _in_time(given, origin, starts, lodged, worker_ends)
    )


@rule(
    "recognition.time_limit@2",
    reads=TIME_READS,
    writes=(*TIME_WRITES, "time_limit.days_counted_out", "time_limit.extended_to_on"),
    law=TIME_LAW,
)
def time_limit_2(given: Given) -> dict[str, Value]:
    """Tell whether the application came in time; a delay counts only where it fell into the time for applying.

    A delay before the accident, after the application, or after the time had run out has cost the applicant no day
    of it (法释〔2014〕9号 7). The days counted out, and the last day with them, are noted beside the year.
    """
    found = time_limit_1.answer(given)
    lodged, ends = parse_date(found["time_limit.lodged_on"]), day(found.get("time_limit.worker_ends_on"))
    periods = given.fact("tolling.periods") or []
    if ends is None or lodged <= ends or not periods:
        return found | {"time_limit.days_counted_out": None, "time_limit.extended_to_on": None}
    starts = parse_date(found["time_limit.starts_on"])
    lost = _days_lost(given, periods, starts, lodged)
    last = last_day(given, "D02", starts, delayed=lost)
    clear = _proven(periods) and found["time_limit.counted_from"] != "harm"
    noted = {"time_limit.days_counted_out": lost, "time_limit.extended_to_on": last.isoformat()}
    return found | noted | (_answer("in_time") if clear and lodged <= last else _answer("ask", "tolling_doubtful"))


def _days_lost(given: Given, periods: Iterable[Mapping[str, Value]], starts: date, lodged: date) -> int:
    """Count the days of delays that lie in the time for applying, as the delays before them have lengthened it."""
    ends = parse_date(started(given, "D02", starts)["unrolled_on"])
    delays = [(parse_date(one["began_on"]), parse_date(one["ended_on"])) for one in periods]
    lost = 0
    for n in range(1, (lodged - starts).days + 1):
        one = starts + timedelta(days=n)
        if one <= ends + timedelta(days=lost) and any(began < one <= ended for began, ended in delays):
            lost += 1
    return lost


def _time_limit_start(given: Given) -> tuple[str, date | None]:
    """Say what the time runs from and on which day, or null where the file does not tell."""
    if given.fact("accident.kind") == "occupational_disease":
        return "diagnosis", day(given.fact("disease.certificate_on"))
    if given.fact("accident.kind") == "veteran":
        return "harm", day_of(given.fact("injury.first_diagnosis_at"))
    if given.fact("accident.harm_appeared_later"):
        return "harm", day(given.fact("accident.harm_appeared_on"))
    return "accident", day_of(given.fact("accident.happened_at"))


def _employer_ends_on(given: Given, starts: date) -> date:
    """Give the last day of the employer's thirty, or the later one the office agreed to."""
    ends = last_day(given, "D01", starts)
    extended = day(given.fact("extension.until_on"))
    return max(ends, extended) if extended else ends


def _in_time(given: Given, origin: str, starts: date, lodged: date, ends: date) -> dict[str, Value]:
    """Compare the day of applying with the last one, delays that were not the applicant's own counted out."""
    if origin == "harm":
        accident = day_of(given.fact("accident.happened_at"))
        if accident and lodged <= last_day(given, "D02", accident):
            return _answer("in_time")
        if lodged <= ends:
            return _answer("ask", "harm_appeared_later")
    if lodged <= ends:
        return _answer("in_time")
    periods = given.fact("tolling.periods") or []
    if not periods:
        return _answer("late", "no_ground_claimed")
    if _proven(periods) and lodged <= last_day(given, "D02", starts, delayed=_days_covered(periods)):
        return _answer("in_time")
    return _answer("ask", "tolling_doubtful")


def _answer(result: str, question: str | None = None) -> dict[str, Value]:
    return {"time_limit.result": result, "time_limit.question": question}


def _proven(periods: Iterable[Mapping[str, Value]]) -> bool:
    return all(one["ground"] in PROVEN_DELAYS and one.get("ended_on") for one in periods)


def _days_covered(periods: Iterable[Mapping[str, Value]]) -> int:
    """Count the days between beginning and end of delays, those that overlap once."""
    covered: set[date] = set()
    for one in periods:
        began, ended = parse_date(one["began_on"]), parse_date(one["ended_on"])
        covered |= {began + timedelta(days=n) for n in range(1, (ended - began).days + 1)}
    return len(covered)
