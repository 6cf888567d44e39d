"""What the stages of recognition share: the names of their laws, and days counted from a start."""

from datetime import date, timedelta

from handlers.law import Value, deadlines
from handlers.law.dates import parse_date, shanghai_date
from handlers.rule import Given

REGULATION = "工伤保险条例"
MEASURES = "工伤认定办法"
SUPREME_COURT_2014 = "法释〔2014〕9号"
KUNMING_2021 = "昆人社通〔2021〕168号"
CONVENIENCE_2018 = "人社厅发〔2018〕104号"
CIVIL_PROCEDURE = "民事诉讼法"


def started(given: Given, limit: str, starts: date) -> dict[str, Value]:
    """Give the record of a limit counted from a day, which for service by public notice lies ahead."""
    return deadlines.start(given.basis, f"{limit}#1", starts, max(starts, given.today))


def last_day(given: Given, limit: str, starts: date, delayed: int = 0) -> date:
    """Give the last day of a limit that began on a day, rolled to a workday once and last."""
    unrolled = parse_date(started(given, limit, starts)["unrolled_on"]) + timedelta(days=delayed)
    return given.basis.calendar.next_workday(unrolled)


def day(text: str | None) -> date | None:
    """Read a day that may not be known."""
    return parse_date(text) if text else None


def day_of(instant: str | None) -> date | None:
    """Tell the day in China of an instant that may not be known."""
    return shanghai_date(instant) if instant else None
