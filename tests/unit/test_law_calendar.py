from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.law.calendar import Calendar

AUTUMN = Calendar(
    {
        "2026": {
            "rest": {f"2026-10-0{day}": "国庆节" for day in range(1, 8)},
            "work": {"2026-09-20": "国庆节", "2026-10-10": "国庆节"},
        }
    }
)
DAYS = st.dates(date(2026, 8, 1), date(2027, 3, 1))


def test_a_holiday_is_no_workday_and_a_make_up_weekend_day_is_one() -> None:
    assert not AUTUMN.is_workday(date(2026, 10, 1))
    assert AUTUMN.is_workday(date(2026, 9, 20))
    assert AUTUMN.is_workday(date(2026, 10, 10))
    assert not AUTUMN.is_workday(date(2026, 10, 11))
    assert AUTUMN.is_workday(date(2026, 10, 8))


def test_the_next_workday_is_the_day_itself_when_it_is_one() -> None:
    assert AUTUMN.next_workday(date(2026, 9, 30)) == date(2026, 9, 30)
    assert AUTUMN.next_workday(date(2026, 10, 1)) == date(2026, 10, 8)
    assert AUTUMN.next_workday(date(2026, 9, 19)) == date(2026, 9, 20)


def test_workdays_are_counted_from_the_day_after() -> None:
    assert AUTUMN.add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert AUTUMN.add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert AUTUMN.add_workdays(date(2026, 10, 3), 1) == date(2026, 10, 8)
    assert AUTUMN.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_a_year_nobody_announced_is_provisional_and_counted_by_weekends() -> None:
    assert AUTUMN.provisional(date(2027, 1, 1))
    assert not AUTUMN.provisional(date(2026, 11, 30))
    assert AUTUMN.is_workday(date(2027, 1, 1))
    assert not AUTUMN.is_workday(date(2027, 1, 2))


def test_the_last_days_of_a_year_are_settled_by_the_notice_of_the_next() -> None:
    """The notice for 2019 gave 30 and 31 December 2018 off and had the 29th, a Saturday, worked."""
    assert not AUTUMN.provisional(date(2026, 12, 28))
    assert AUTUMN.provisional(date(2026, 12, 29))
    assert AUTUMN.provisional(date(2026, 12, 31))
    announced = Calendar({year: {"rest": {}, "work": {}} for year in ("2026", "2027")})
    assert not announced.provisional(date(2026, 12, 31))
    assert not announced.provisional(date(2027, 12, 28))
    assert announced.provisional(date(2027, 12, 31))


def test_a_day_off_and_a_worked_weekend_name_their_holiday() -> None:
    assert AUTUMN.holiday(date(2026, 10, 4)) == "国庆节"
    assert AUTUMN.holiday(date(2026, 10, 10)) == "国庆节"
    assert AUTUMN.holiday(date(2026, 10, 11)) is None


@given(DAYS)
def test_the_next_workday_is_a_workday_with_none_between(day: date) -> None:
    found = AUTUMN.next_workday(day)
    assert AUTUMN.is_workday(found)
    assert not any(AUTUMN.is_workday(day + timedelta(days=n)) for n in range((found - day).days))


@given(DAYS, st.integers(1, 60))
def test_adding_and_counting_workdays_agree(day: date, number: int) -> None:
    last = AUTUMN.add_workdays(day, number)
    assert AUTUMN.is_workday(last)
    assert AUTUMN.count_workdays(day, last) == number
    assert AUTUMN.count_workdays(last, last) == 0
