from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.dates import (
    SHANGHAI,
    DateFormatError,
    add_months,
    end_of_calendar_months,
    end_of_day,
    end_of_month,
    instant_text,
    parse_date,
    parse_instant,
    shanghai_date,
    start_of_day,
)

DAYS = st.dates(date(1990, 1, 1), date(2120, 12, 31))
MONTHS = st.integers(-600, 600)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-15", 2, "2027-01-15"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-01", -1, "2025-12-01"),
    ],
)
def test_a_month_ends_on_the_corresponding_day_or_the_months_end(day: str, months: int, last: str) -> None:
    assert add_months(parse_date(day), months) == parse_date(last)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-11-21", 600, "2076-11-21"),
        ("2000-02-29", 1200, "2100-02-28"),
    ],
)
def test_a_year_ends_on_the_corresponding_day_leap_days_on_the_months_end(day: str, months: int, last: str) -> None:
    assert add_months(parse_date(day), months) == parse_date(last)


@given(DAYS, MONTHS)
def test_adding_months_lands_in_the_month_meant_and_never_past_its_end(day: date, months: int) -> None:
    last = add_months(day, months)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day == min(day.day, end_of_month(last).day)


@given(DAYS, DAYS, MONTHS)
def test_a_later_start_never_ends_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)


@given(DAYS, st.integers(0, 300))
def test_a_longer_period_ends_later(day: date, months: int) -> None:
    assert add_months(day, months) < add_months(day, months + 1)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        ("2026-01-31", 1, "2026-01-31"),
        ("2026-01-15", 3, "2026-03-31"),
        ("2026-12-01", 3, "2027-02-28"),
        ("2027-12-31", 3, "2028-02-29"),
    ],
)
def test_whole_calendar_months_count_the_month_of_the_start_as_the_first(day: str, months: int, last: str) -> None:
    assert end_of_calendar_months(parse_date(day), months) == parse_date(last)


def test_a_day_ends_at_four_in_the_afternoon_utc() -> None:
    assert end_of_day(date(2026, 11, 23)) == "2026-11-23T16:00:00.000000Z"
    assert start_of_day(date(2026, 11, 23)) == "2026-11-22T16:00:00.000000Z"


@given(DAYS)
def test_the_end_of_a_day_is_the_first_moment_of_the_next(day: date) -> None:
    end = parse_instant(end_of_day(day))
    assert end_of_day(day) == start_of_day(day + timedelta(days=1))
    assert shanghai_date(end_of_day(day)) == day + timedelta(days=1)
    assert shanghai_date(instant_text(end - timedelta(microseconds=1))) == day


@given(st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31), timezones=st.just(SHANGHAI)))  # noqa: DTZ001 - bounds of the strategy must be naive
def test_instants_survive_writing_and_reading(moment: datetime) -> None:
    assert parse_instant(instant_text(moment)) == moment
    assert shanghai_date(instant_text(moment)) == moment.date()


def test_an_instant_may_leave_out_the_fraction_of_a_second() -> None:
    assert shanghai_date("2026-11-21T15:59:59Z") == date(2026, 11, 21)
    assert shanghai_date("2026-11-21T16:00:00Z") == date(2026, 11, 22)


@pytest.mark.parametrize(
    "text", ["2026-2-1", "20260201", "2026-02-30", "2026-02-01T00:00:00Z", "", "２０２６-02-01", None, 5]
)
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(DateFormatError):
        parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21",
        "2026-11-21T08:00:00",
        "2026-11-21T08:00:00+08:00",
        "2026-11-21T25:00:00Z",
        "2026-11-21T08:00Z",
        None,
    ],
)
def test_what_is_not_an_instant_in_utc_is_refused(text: str) -> None:
    with pytest.raises(DateFormatError):
        parse_instant(text)


def test_a_moment_without_a_time_zone_has_no_text() -> None:
    with pytest.raises(DateFormatError):
        instant_text(datetime(2026, 11, 21))  # noqa: DTZ001 - the naive value is what is refused
