"""Limits as the law counts them, on the shipped limits and workday tables."""

from datetime import date
from pathlib import Path

import pytest

from handlers.law import deadlines
from handlers.law.basis import Basis, build_basis
from handlers.law.dates import start_of_day

PROCESSES = Path(__file__).resolve().parents[2] / "processes"


@pytest.fixture(scope="module")
def basis() -> Basis:
    return Basis.from_value(build_basis(PROCESSES))


def test_application_typed_in_late_counts_from_its_receipt(basis: Basis) -> None:
    review = deadlines.start(basis, "D03#1", date(2026, 11, 6), told_on=date(2026, 11, 9))

    assert review["started_on"] == "2026-11-06"
    assert review["unrolled_on"] == "2026-11-21"
    assert review["due_on"] == "2026-11-23"
    assert deadlines.timers(basis, review)["due"] == "2026-11-23T16:00:00.000000Z"


def test_application_typed_in_more_than_three_days_late_is_marked(basis: Basis) -> None:
    three_days = deadlines.start(basis, "D03#1", date(2026, 11, 6), told_on=date(2026, 11, 9))
    four_days = deadlines.start(basis, "D03#1", date(2026, 11, 6), told_on=date(2026, 11, 10))

    assert three_days["marks"] == []
    assert four_days["marks"] == ["late_told"]
    assert four_days["due_on"] == three_days["due_on"]


def test_a_rest_day_rolls_to_a_make_up_sunday(basis: Basis) -> None:
    decision = deadlines.start(basis, "D05#1", date(2026, 7, 21), told_on=date(2026, 7, 21))

    assert decision["unrolled_on"] == "2026-09-19"
    assert decision["due_on"] == "2026-09-20"
    assert date(2026, 9, 20).strftime("%A") == "Sunday"


def test_a_worked_saturday_stays_the_last_day(basis: Basis) -> None:
    decision = deadlines.start(basis, "D05#1", date(2026, 8, 11), told_on=date(2026, 8, 11))

    assert decision["due_on"] == decision["unrolled_on"] == "2026-10-10"
    assert date(2026, 10, 10).strftime("%A") == "Saturday"


def test_suspension_adds_to_the_unrolled_day(basis: Basis) -> None:
    accepted = deadlines.start(basis, "D05#1", date(2026, 1, 6), told_on=date(2026, 1, 6))
    assert (accepted["unrolled_on"], accepted["due_on"]) == ("2026-03-07", "2026-03-09")

    suspended = deadlines.suspend(basis, accepted, date(2026, 2, 1), told_on=date(2026, 2, 1))
    assert suspended["state"] == "suspended"
    assert deadlines.timers(basis, suspended) == {}

    resumed = deadlines.resume(basis, suspended, date(2026, 2, 12), told_on=date(2026, 2, 12))
    assert resumed["state"] == "running"
    assert (resumed["unrolled_on"], resumed["due_on"]) == ("2026-03-18", "2026-03-18")
    assert deadlines.timers(basis, resumed)["warn7"] == "2026-03-11T16:00:00.000000Z"


def test_a_suspension_within_the_grace_of_a_rest_day_adds_to_the_unrolled_day_too(basis: Basis) -> None:
    accepted = deadlines.start(basis, "D05#1", date(2026, 1, 6), told_on=date(2026, 1, 6))
    suspended = deadlines.suspend(basis, accepted, date(2026, 3, 9), told_on=date(2026, 3, 9))
    assert suspended["state"] == "suspended"

    resumed = deadlines.resume(basis, suspended, date(2026, 3, 20), told_on=date(2026, 3, 20))
    assert (resumed["unrolled_on"], resumed["due_on"], resumed["marks"]) == ("2026-03-18", "2026-03-18", [])


def test_suspensions_that_overlap_count_once(basis: Basis) -> None:
    day = date(2026, 3, 31)
    record = deadlines.start(basis, "D05#1", date(2026, 1, 6), told_on=date(2026, 1, 6))
    record = deadlines.suspend(basis, record, date(2026, 2, 1), day)
    record = deadlines.suspend(basis, record, date(2026, 2, 5), day)
    record = deadlines.resume(basis, record, date(2026, 2, 12), day)
    assert record["state"] == "suspended"
    record = deadlines.resume(basis, record, date(2026, 2, 10), day)

    assert record["suspensions"] == [["2026-02-01", "2026-02-10"], ["2026-02-05", "2026-02-12"]]
    assert record["due_on"] == "2026-03-18"


def test_keep_until_and_deemed_days_never_roll(basis: Basis) -> None:
    kept = deadlines.start(basis, "D08#1", date(2026, 11, 20), told_on=date(2026, 11, 20))
    served = deadlines.start(basis, "D30#1", date(2026, 9, 4), told_on=date(2026, 9, 4))
    possible = deadlines.start(basis, "D16#1", date(2025, 10, 1), told_on=date(2025, 10, 1))
    leave = deadlines.start(basis, "D19a#1", date(2025, 2, 15), told_on=date(2025, 2, 15))

    assert kept["due_on"] == "2076-11-20"
    assert served["due_on"] == "2026-10-04"
    assert possible["due_on"] == "2026-10-01"
    assert leave["due_on"] == "2026-02-15"
    assert not any(record["provisional"] for record in (kept, served, possible, leave))


def test_an_unannounced_year_is_provisional_until_it_is_announced(basis: Basis) -> None:
    record = deadlines.start(basis, "D05#1", date(2026, 11, 2), told_on=date(2026, 11, 2))
    assert (record["due_on"], record["provisional"]) == ("2027-01-01", True)

    announced = {"2027": {"rest": {"2027-01-01": "元旦", "2027-01-02": "元旦", "2027-01-03": "元旦"}, "work": {}}}
    newer = Basis.from_value({**basis.value, "calendars": basis.value["calendars"] | announced})
    moved = deadlines.recompute(newer, record)
    assert (moved["unrolled_on"], moved["due_on"], moved["provisional"]) == ("2027-01-01", "2027-01-04", False)


def test_the_last_days_before_an_unannounced_year_are_provisional(basis: Basis) -> None:
    years = {year: table for year, table in basis.value["calendars"].items() if year < "2019"}
    before = Basis.from_value({**basis.value, "calendars": {year: years[year] for year in years if year < "2018"}})
    record = deadlines.start(before, "D05#1", date(2017, 11, 1), told_on=date(2017, 11, 1))
    assert (record["due_on"], record["provisional"]) == ("2018-01-01", True)

    known = Basis.from_value({**basis.value, "calendars": years})
    earlier, later = (
        deadlines.start(known, "D05#1", day, told_on=day) for day in (date(2018, 10, 26), date(2018, 11, 1))
    )
    assert (earlier["due_on"], earlier["provisional"]) == ("2018-12-25", False)
    assert (later["unrolled_on"], later["provisional"]) == ("2018-12-31", True)

    moved = deadlines.recompute(basis, later)
    assert (moved["due_on"], moved["provisional"]) == ("2019-01-02", False)


def test_a_corrected_start_keeps_the_suspensions(basis: Basis) -> None:
    record = deadlines.start(basis, "D05#1", date(2026, 1, 6), told_on=date(2026, 1, 6))
    record = deadlines.suspend(basis, record, date(2026, 2, 1), date(2026, 2, 1))
    record = deadlines.resume(basis, record, date(2026, 2, 12), date(2026, 2, 12))

    moved = deadlines.restart_from(basis, record, date(2026, 1, 8))

    assert moved["suspensions"] == [["2026-02-01", "2026-02-12"]]
    assert (moved["started_on"], moved["due_on"]) == ("2026-01-08", "2026-03-20")


def test_the_limit_of_the_legal_date_applies(basis: Basis) -> None:
    """Suits came to six months on 2015-05-01, public notice to thirty days on 2022-01-01."""
    assert deadlines.start(basis, "D10#1", date(2015, 4, 30), date(2015, 5, 3))["unrolled_on"] == "2015-07-30"
    assert deadlines.start(basis, "D10#1", date(2015, 5, 1), date(2015, 5, 3))["unrolled_on"] == "2015-11-01"
    assert deadlines.start(basis, "D30#1", date(2021, 12, 31), date(2022, 1, 2))["due_on"] == "2022-03-01"
    assert deadlines.start(basis, "D30#1", date(2022, 1, 1), date(2022, 1, 2))["due_on"] == "2022-01-31"


def test_a_missing_workers_wages_end_with_the_third_month_and_the_pension_begins_with_the_fourth(basis: Basis) -> None:
    accident = date(2026, 1, 15)
    wages = deadlines.start(basis, "D28a#1", accident, accident)
    pension = deadlines.start(basis, "D28b#1", accident, accident)

    assert wages["due_on"] == pension["due_on"] == "2026-03-31"
    assert deadlines.timers(basis, pension)["due"] == start_of_day(date(2026, 4, 1))
