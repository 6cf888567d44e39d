"""Workdays: which days the State Council's yearly notice makes rest days, and which weekend days are worked.

A year whose notice is not part of the calendar is counted by weekends alone and is provisional: the day it gives
may move when the notice is published. So are the last days of the year before it, which the notice takes for New Year.

Source: 全国年节及纪念日放假办法; 民法典 203 (a last day on a rest day is replaced by the day after the holiday).
"""

from collections.abc import Mapping
from datetime import date, timedelta

from handlers.law import Value
from handlers.law.dates import parse_date

ONE_DAY = timedelta(days=1)
SATURDAY = 5
#: Month and day from which a year's last days wait for the next year's notice: none ever reached further back
#: (元旦 2008 and 2019 had 29 December worked, the 30th and 31st off).
NEW_YEAR_REACHES_TO = (12, 29)


class Calendar:
    """The workday tables of the years announced.

    Args:
        years: by year ``"2026"``: ``{"rest": {"2026-10-01": "国庆节"}, "work": {"2026-10-10": "国庆节"}}``, the
            days off and the weekend days worked in exchange, each with the holiday it belongs to.
        open_end: whether the last days of a year are provisional until the next one is announced.
    """

    def __init__(self, years: Mapping[str, Mapping[str, Value]], *, open_end: bool = True) -> None:
        self._open_end = open_end
        self._years = frozenset(int(year) for year in years)
        self._rest = {parse_date(day): name for table in years.values() for day, name in table["rest"].items()}
        self._work = {parse_date(day): name for table in years.values() for day, name in table["work"].items()}

    def is_workday(self, day: date) -> bool:
        """Tell whether offices are open on a day."""
        if day in self._rest:
            return False
        return day.weekday() < SATURDAY or day in self._work

    def next_workday(self, day: date) -> date:
        """Tell the first workday that is not before a day: the day itself, when it is one."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def add_workdays(self, day: date, number: int) -> date:
        """Tell the n-th workday after a day; the day itself is not counted.

        Args:
            day: the first, uncounted day, workday or not.
            number: 0 or more; 0 gives the day itself.
        """
        while number > 0:
            day += ONE_DAY
            number -= self.is_workday(day)
        return day

    def count_workdays(self, after: date, until: date) -> int:
        """Count the workdays after one day, up to and including another."""
        return sum(self.is_workday(after + ONE_DAY * n) for n in range(1, (until - after).days + 1))

    def provisional(self, day: date) -> bool:
        """Tell whether the notice for a day is still to come: its year's or, at the end of a year, the next one's."""
        at_the_end = self._open_end and (day.month, day.day) >= NEW_YEAR_REACHES_TO
        return day.year not in self._years or (at_the_end and day.year + 1 not in self._years)

    def holiday(self, day: date) -> str | None:
        """Name the holiday a day off belongs to, or the one a worked weekend day is exchanged for."""
        return self._rest.get(day) or self._work.get(day)
