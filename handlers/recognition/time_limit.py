"""The time for applying: thirty days, a year, and what is counted out of them (条例 17)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from handlers.law import Value
from handlers.law.dates import parse_date
from handlers.law.sources import Source
from handlers.recognition.words import CIVIL_PROCEDURE, MEASURES, REGULATION, SUPREME_COURT_2014, day, day_of, last_day
from handlers.rule import Given, rule

#: Day the Regulation came into force; what happened before stands under the rules of its day.
REGULATION_IN_FORCE = date(2004, 1, 1)
#: Delays whose beginning and end stand in a document: they are counted out without asking (法释〔2014〕9号 7).
PROVEN_DELAYS = frozenset({"liberty_restricted", "labour_relation_disputed"})


@rule(
    "recognition.time_limit@1",
    reads=(
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
    ),
    writes=(
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
    ),
    law=(
        Source(REGULATION, "17"),
        Source(MEASURES, "4"),
        Source(MEASURES, "5"),
        Source(SUPREME_COURT_2014, "7"),
        Source(CIVIL_PROCEDURE, "85"),
    ),
)
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
