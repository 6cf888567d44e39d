from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law import deadlines
from handlers.law.basis import Basis
from handlers.law.counting import Record
from handlers.law.dates import parse_date
from handlers.law.limits import LimitUnknownError


def a_limit(length: int | None, unit: str = "日", **fields: Any) -> list[dict[str, Any]]:
    row = {
        "title": {"zh": "期限", "en": "Limit"},
        "length": length,
        "unit": unit,
        "article": "工伤保险条例:20",
        "kind": "act_by",
        "binds": "office",
        "warning_days": [7],
        "valid_from": "2011-01-01",
    }
    return [row | fields]


LIMITS = {
    "DECIDE": a_limit(60),
    "SHORT": a_limit(15),
    "WORK": a_limit(5, "工作日", warning_days=[1]),
    "SUE": a_limit(6, "月", binds="party"),
    "YEAR": a_limit(1, "年"),
    "OPEN": a_limit(None),
    "LONGER": a_limit(60, extension=30),
    "ANY": a_limit(30, extension=None),
    "KEEP": a_limit(50, "年", kind="keep_until"),
    "FROM": a_limit(1, "年", kind="earliest"),
    "DEEMED": a_limit(30, kind="deemed"),
    "WAGES": a_limit(3, "历月", kind="period"),
    "NEXT": a_limit(1, "历月", kind="earliest"),
    "CHANGED": a_limit(20, valid_to="2025-06-30") + a_limit(15, valid_from="2025-07-01"),
}
CALENDARS = {
    "2025": {"rest": {"2025-10-01": "国庆节"}, "work": {}},
    "2026": {
        "rest": {"2026-01-01": "元旦"} | {f"2026-10-0{day}": "国庆节" for day in range(1, 8)},
        "work": {"2026-09-20": "国庆节", "2026-10-10": "国庆节"},
    },
}
FIRST_BASIS = Basis.from_value(
    {"limits": LIMITS, "grounds": {}, "parameters": {}, "calendars": CALENDARS, "offices": {}}
)
BASIS = Basis.from_value({**FIRST_BASIS.value, "counting": 2})
STARTS = st.dates(date(2025, 1, 1), date(2026, 9, 30))
LATE = date(2030, 1, 1)


def day(text: str) -> date:
    return parse_date(text)


def started(limit: str, on: str, **keys: Any) -> Record:
    return deadlines.start(BASIS, f"{limit}#1", day(on), day(on), **keys)


def suspended(record: Record, on: str, until: str | None = None) -> Record:
    record = deadlines.suspend(BASIS, record, day(on), day(on))
    return deadlines.resume(BASIS, record, day(until), day(until)) if until else record


# --- starting ---


def test_the_record_of_a_start_is_plain_and_whole() -> None:
    assert started("DECIDE", "2026-01-06") == {
        "deadline": "DECIDE#1",
        "limit": "DECIDE",
        "kind": "act_by",
        "length": 60,
        "unit": "日",
        "article": "工伤保险条例:20",
        "started_on": "2026-01-06",
        "suspensions": [],
        "unrolled_on": "2026-03-07",
        "due_on": "2026-03-09",
        "provisional": False,
        "state": "running",
        "marks": [],
    }


@pytest.mark.parametrize(
    ("limit", "on", "unrolled", "due"),
    [
        ("SHORT", "2026-09-16", "2026-10-01", "2026-10-08"),
        ("WORK", "2026-09-30", "2026-10-13", "2026-10-13"),
        ("WORK", "2026-09-15", "2026-09-21", "2026-09-21"),
        ("SUE", "2025-08-31", "2026-02-28", "2026-03-02"),
        ("YEAR", "2025-03-31", "2026-03-31", "2026-03-31"),
        ("KEEP", "2026-10-03", "2076-10-03", "2076-10-03"),
        ("WAGES", "2025-12-30", "2026-02-28", "2026-02-28"),
        ("NEXT", "2026-01-30", "2026-01-31", "2026-01-31"),
        ("NEXT", "2026-01-31", "2026-01-31", "2026-01-31"),
        ("CHANGED", "2025-06-30", "2025-07-20", "2025-07-21"),
        ("CHANGED", "2025-07-01", "2025-07-16", "2025-07-16"),
    ],
)
def test_the_last_day_by_unit_and_kind(limit: str, on: str, unrolled: str, due: str) -> None:
    record = started(limit, on)
    assert (record["unrolled_on"], record["due_on"]) == (unrolled, due)


@given(STARTS)
def test_a_last_day_to_act_by_is_never_a_rest_day(on: date) -> None:
    record = deadlines.start(BASIS, "DECIDE#1", on, on)
    assert BASIS.calendar.is_workday(day(record["due_on"]))


@given(STARTS, STARTS)
def test_a_later_start_is_never_due_earlier(one: date, other: date) -> None:
    for limit in ("DECIDE", "WORK", "SUE", "KEEP"):
        first, second = (deadlines.start(BASIS, f"{limit}#1", on, on)["due_on"] for on in sorted((one, other)))
        assert first <= second


def test_a_date_after_the_day_of_telling_is_refused() -> None:
    with pytest.raises(deadlines.DateRefusedError):
        deadlines.start(BASIS, "DECIDE#1", day("2026-01-07"), told_on=day("2026-01-06"))


def test_told_on_the_fourth_day_is_late_on_the_third_it_is_not() -> None:
    on = day("2026-01-06")
    assert deadlines.start(BASIS, "DECIDE#1", on, day("2026-01-09"))["marks"] == []
    assert deadlines.start(BASIS, "DECIDE#1", on, day("2026-01-10"))["marks"] == ["late_told"]


def test_a_length_left_to_the_office_must_be_entered_and_one_of_the_law_may_not() -> None:
    assert started("OPEN", "2026-01-06", length=10)["due_on"] == "2026-01-16"
    assert started("OPEN", "2026-01-06", length=1)["due_on"] == "2026-01-07"
    for limit, length, reason in [
        ("OPEN", None, "length_missing"),
        ("OPEN", 0, "length_not_positive"),
        ("OPEN", 3_000_000, "length_too_long"),
        ("OPEN", 10**12, "length_too_long"),
        ("DECIDE", 60, "length_fixed_by_law"),
    ]:
        with pytest.raises(deadlines.LengthRefusedError, match=reason):
            started(limit, "2026-01-06", length=length)


def test_a_limit_not_in_force_on_the_day_cannot_start() -> None:
    with pytest.raises(LimitUnknownError):
        started("DECIDE", "2010-12-31")


def test_an_unannounced_year_makes_a_rolling_day_provisional_and_no_other() -> None:
    assert started("DECIDE", "2026-11-30")["provisional"]
    assert started("WORK", "2026-12-29")["provisional"]
    assert not started("KEEP", "2026-11-30")["provisional"]
    assert not started("DEEMED", "2026-12-20")["provisional"]
    assert not started("DECIDE", "2026-10-20")["provisional"]


@pytest.mark.parametrize(
    ("on", "due", "provisional"),
    [
        ("2026-10-29", "2026-12-28", False),
        ("2026-10-30", "2026-12-29", True),
        ("2026-11-01", "2026-12-31", True),
        ("2026-11-02", "2027-01-01", True),
    ],
)
def test_a_last_day_at_the_end_of_the_last_announced_year_is_provisional(on: str, due: str, provisional: bool) -> None:
    record = started("DECIDE", on)
    assert (record["due_on"], record["provisional"]) == (due, provisional)


def test_a_last_day_at_the_end_of_the_year_moves_when_new_year_is_announced() -> None:
    record = started("DECIDE", "2026-11-01")
    announced = {"2027": {"rest": {"2026-12-31": "元旦", "2027-01-01": "元旦"}, "work": {"2027-01-02": "元旦"}}}
    newer = Basis.from_value({**BASIS.value, "calendars": BASIS.value["calendars"] | announced})
    moved = deadlines.recompute(newer, record)
    assert (moved["unrolled_on"], moved["due_on"], moved["provisional"]) == ("2026-12-31", "2027-01-02", False)


def test_of_workdays_every_year_counts_of_other_days_only_that_of_the_end() -> None:
    assert started("WORK", "2024-12-30")["provisional"]
    assert not started("DECIDE", "2024-12-30")["provisional"]


# --- suspending ---


def test_time_stands_still_from_suspension_to_resumption() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01")
    assert record["state"] == "suspended"
    record = deadlines.resume(BASIS, record, day("2026-02-12"), day("2026-02-12"))
    assert (record["state"], record["unrolled_on"]) == ("running", "2026-03-18")


def test_a_suspension_resumed_the_same_day_adds_nothing() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-01")
    assert (record["unrolled_on"], record["marks"]) == ("2026-03-07", [])


def test_a_suspension_of_workdays_counts_the_workdays_left() -> None:
    record = suspended(started("WORK", "2026-11-02"), "2026-11-04", "2026-11-11")
    assert record["due_on"] == "2026-11-16"


def test_a_suspension_on_the_last_day_leaves_the_day_of_resumption() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-03-07", "2026-03-17")
    assert record["due_on"] == "2026-03-17"


@pytest.mark.parametrize("began", ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"])
def test_ten_days_add_ten_days_on_whichever_side_of_the_unrolled_day_they_began(began: str) -> None:
    """The sixtieth day is Saturday 2026-03-07, the last one Monday the 9th: its grace keeps no day of the limit."""
    resumed = (day(began) + timedelta(days=10)).isoformat()
    record = suspended(started("DECIDE", "2026-01-06"), began, resumed)
    assert (record["unrolled_on"], record["due_on"], record["marks"]) == ("2026-03-17", "2026-03-17", [])


@pytest.mark.parametrize(("began", "due"), [("2026-03-07", "2026-03-17"), ("2026-03-08", "2026-03-18")])
def test_a_basis_of_the_first_counting_counts_as_it_always_did(began: str, due: str) -> None:
    record = deadlines.start(FIRST_BASIS, "DECIDE#1", day("2026-01-06"), day("2026-01-06"))
    record = deadlines.suspend(FIRST_BASIS, record, day(began), day(began))
    assert deadlines.resume(FIRST_BASIS, record, day(due), day(due))["due_on"] == due
    assert not deadlines.start(FIRST_BASIS, "DECIDE#1", day("2026-11-01"), day("2026-11-01"))["provisional"]


def test_what_a_suspension_within_the_grace_leaves_rolls_last_and_once() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-03-08", "2026-03-15")
    assert (record["unrolled_on"], record["due_on"], record["state"]) == ("2026-03-14", "2026-03-16", "running")
    again = suspended(record, "2026-03-16", "2026-03-18")
    assert (again["unrolled_on"], again["due_on"]) == ("2026-03-16", "2026-03-16")


def test_suspensions_that_overlap_within_the_grace_count_once() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-03-06", "2026-03-10")
    assert suspended(record, "2026-03-08", "2026-03-18")["unrolled_on"] == "2026-03-19"


def test_while_a_suspension_begun_within_the_grace_goes_on_nothing_falls_due() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-03-09")
    assert (record["state"], record["due_on"], deadlines.timers(BASIS, record)) == ("suspended", "2026-03-09", {})


def test_a_suspension_within_the_grace_is_explained_with_the_days_it_lasted() -> None:
    told = deadlines.explain(BASIS, suspended(started("DECIDE", "2026-01-06"), "2026-03-08", "2026-03-18"))
    assert told[-2:] == [
        {"what": "suspended", "day": "2026-03-09", "until": "2026-03-18", "days": 10},
        {"what": "due", "day": "2026-03-17"},
    ]


def test_a_suspension_behind_a_holiday_is_still_before_the_last_workday() -> None:
    """Workdays 8, 9, 10 (worked Saturday), 12, 13 October; two are used by the 9th, three are left from the 13th."""
    assert started("WORK", "2026-09-30")["due_on"] == "2026-10-13"
    assert suspended(started("WORK", "2026-09-30"), "2026-10-09", "2026-10-12")["due_on"] == "2026-10-15"


def test_a_day_that_never_rolls_has_no_grace_in_which_time_could_stand_still() -> None:
    record = suspended(started("DEEMED", "2026-09-04"), "2026-10-05", "2026-10-10")
    assert (record["unrolled_on"], record["due_on"], record["marks"]) == ("2026-10-04", "2026-10-04", ["out_of_order"])


def test_a_suspension_after_the_last_day_is_marked_and_adds_nothing() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-03-10")
    assert (record["state"], record["marks"]) == ("running", ["out_of_order"])
    record = deadlines.resume(BASIS, record, day("2026-03-20"), day("2026-03-20"))
    assert record["due_on"] == "2026-03-09"


def test_a_suspension_from_before_the_start_counts_from_the_start() -> None:
    record = deadlines.suspend(BASIS, started("DECIDE", "2026-01-06"), day("2026-01-01"), day("2026-01-06"))
    record = deadlines.resume(BASIS, record, day("2026-01-16"), day("2026-01-16"))
    assert (record["unrolled_on"], record["marks"]) == ("2026-03-17", ["late_told", "out_of_order"])


def test_a_resumption_dated_before_its_suspension_adds_nothing_and_is_marked() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-05")
    record = deadlines.resume(BASIS, record, day("2026-02-03"), day("2026-02-05"))
    assert (record["unrolled_on"], record["marks"]) == ("2026-03-07", ["out_of_order"])


def test_a_suspension_told_after_the_breach_undoes_it() -> None:
    record = deadlines.breach(started("DECIDE", "2026-01-06"))
    record = deadlines.suspend(BASIS, record, day("2026-02-01"), day("2026-03-20"))
    assert record["state"] == "suspended"


def test_nothing_resumes_that_is_not_suspended() -> None:
    with pytest.raises(deadlines.DeadlineStateError):
        deadlines.resume(BASIS, started("DECIDE", "2026-01-06"), day("2026-02-01"), day("2026-02-01"))


def test_nothing_resumes_that_was_met_while_time_stood_still() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01")
    met = deadlines.meet(BASIS, record, day("2026-02-05"), day("2026-02-05"))
    with pytest.raises(deadlines.DeadlineStateError):
        deadlines.resume(BASIS, met, day("2026-02-12"), day("2026-02-12"))


SPANS = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 40)), max_size=4)


@given(STARTS, SPANS)
def test_suspended_days_are_added_once_each_to_the_unrolled_day(on: date, spans: list[tuple[int, int]]) -> None:
    record = deadlines.start(BASIS, "DECIDE#1", on, on)
    still: set[date] = set()
    for offset, length in spans:
        begin = on + timedelta(days=offset)
        record = deadlines.suspend(BASIS, record, begin, LATE)
        record = deadlines.resume(BASIS, record, begin + timedelta(days=length), LATE)
        still |= {begin + timedelta(days=n + 1) for n in range(length)}

    counted, last = 0, on
    while counted < 60:
        last += timedelta(days=1)
        counted += last not in still
    assert day(record["unrolled_on"]) == last


@given(STARTS, st.integers(0, 70), st.integers(0, 40))
def test_a_suspension_begun_by_the_last_day_adds_its_days_and_a_later_one_none(on: date, after: int, days: int) -> None:
    record = deadlines.start(BASIS, "DECIDE#1", on, on)
    began = on + timedelta(days=after)
    added = days if began <= day(record["due_on"]) else 0
    record = deadlines.suspend(BASIS, record, began, LATE)
    record = deadlines.resume(BASIS, record, began + timedelta(days=days), LATE)
    assert day(record["unrolled_on"]) == on + timedelta(days=60 + added)


@given(STARTS, SPANS, st.randoms())
def test_the_order_in_which_suspensions_are_told_does_not_matter(
    on: date, spans: list[tuple[int, int]], mix: Any
) -> None:
    dues = set()
    for _ in range(2):
        record = deadlines.start(BASIS, "DECIDE#1", on, on)
        for offset, length in spans:
            begin = on + timedelta(days=offset)
            record = deadlines.suspend(BASIS, record, begin, LATE)
            record = deadlines.resume(BASIS, record, begin + timedelta(days=length), LATE)
        dues.add(record["due_on"])
        mix.shuffle(spans)
    assert len(dues) == 1


# --- ending ---


def test_done_on_the_last_day_is_met_the_day_after_is_a_breach() -> None:
    record = started("DECIDE", "2026-01-06")
    in_time = deadlines.meet(BASIS, record, day("2026-03-09"), day("2026-03-09"))
    late = deadlines.meet(BASIS, record, day("2026-03-10"), day("2026-03-10"))
    assert (in_time["state"], in_time["met_on"]) == ("met", "2026-03-09")
    assert (late["state"], late["met_on"]) == ("breached", "2026-03-10")


def test_done_in_time_but_told_after_the_breach_is_met() -> None:
    record = deadlines.breach(started("DECIDE", "2026-01-06"))
    record = deadlines.meet(BASIS, record, day("2026-03-05"), day("2026-03-11"))
    assert (record["state"], record["marks"]) == ("met", ["late_told"])


def test_done_late_after_the_breach_keeps_the_breach_and_the_day() -> None:
    record = deadlines.breach(started("DECIDE", "2026-01-06"))
    record = deadlines.meet(BASIS, record, day("2026-03-11"), day("2026-03-11"))
    assert (record["state"], record["met_on"]) == ("breached", "2026-03-11")


def test_done_while_time_stands_still_is_in_time_and_marked() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01")
    record = deadlines.meet(BASIS, record, day("2026-06-01"), day("2026-06-01"))
    assert (record["state"], record["marks"]) == ("met", ["out_of_order"])


def test_done_before_it_began_is_met_and_marked() -> None:
    record = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day("2026-01-05"), day("2026-01-06"))
    assert (record["state"], record["marks"]) == ("met", ["out_of_order"])
    on_the_day = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day("2026-01-06"), day("2026-01-06"))
    assert on_the_day["marks"] == []


@pytest.mark.parametrize("end", ["meet", "lift"])
def test_what_ended_late_has_ended_too(end: str) -> None:
    record, on = started("DECIDE", "2026-01-06"), day("2026-03-10")
    late = deadlines.meet(BASIS, record, on, on) if end == "meet" else deadlines.lift(BASIS, record, on, "撤回")
    assert late["state"] == "breached"
    for again in (deadlines.meet, deadlines.suspend, deadlines.resume):
        with pytest.raises(deadlines.DeadlineStateError):
            again(BASIS, late, on, on)


def test_what_is_possible_only_later_is_marked_when_done_earlier() -> None:
    record = started("FROM", "2025-03-31")
    early = deadlines.meet(BASIS, record, day("2026-03-31"), day("2026-03-31"))
    right = deadlines.meet(BASIS, record, day("2026-04-01"), day("2026-04-01"))
    assert early["marks"] == ["too_early"]
    assert right["marks"] == []
    assert (early["state"], right["state"]) == ("met", "met")


def test_a_limit_lifted_in_time_is_lifted_after_its_last_day_it_is_breached() -> None:
    record = started("SHORT", "2026-11-02")
    in_time = deadlines.lift(BASIS, record, day("2026-11-17"), "转普通程序")
    late = deadlines.lift(BASIS, record, day("2026-11-18"), "转普通程序")
    assert (in_time["state"], in_time["reason"]) == ("lifted", "转普通程序")
    assert (late["state"], late["lifted_on"]) == ("breached", "2026-11-18")


def test_the_last_day_passing_breaches_a_duty_and_completes_everything_else() -> None:
    assert deadlines.breach(started("DECIDE", "2026-01-06"))["state"] == "breached"
    served = deadlines.breach(started("DEEMED", "2026-09-04"))
    assert (served["state"], served["met_on"]) == ("met", "2026-10-04")


@pytest.mark.parametrize("kind", ["met", "lifted"])
def test_a_deadline_that_ended_takes_nothing_more(kind: str) -> None:
    on = day("2026-01-20")
    record = started("DECIDE", "2026-01-06")
    record = deadlines.meet(BASIS, record, on, on) if kind == "met" else deadlines.lift(BASIS, record, on, "移送")
    refused: list[Callable[[], Record]] = [
        lambda: deadlines.meet(BASIS, record, on, on),
        lambda: deadlines.suspend(BASIS, record, on, on),
        lambda: deadlines.lift(BASIS, record, on, "移送"),
        lambda: deadlines.breach(record),
        lambda: deadlines.extend(BASIS, record, 10, "情况复杂"),
    ]
    for again in refused:
        with pytest.raises(deadlines.DeadlineStateError):
            again()


# --- changing ---


def test_an_extension_lengthens_within_what_the_law_allows() -> None:
    record = deadlines.extend(BASIS, started("LONGER", "2026-01-06"), 30, "情况复杂")
    assert record["unrolled_on"] == "2026-04-06"
    assert record["extensions"] == [{"length": 30, "reason": "情况复杂"}]
    # 2026-03-08 is a Sunday.
    assert deadlines.extend(BASIS, started("LONGER", "2026-01-06"), 1, "情况复杂")["unrolled_on"] == "2026-03-08"
    assert deadlines.extend(BASIS, started("ANY", "2026-01-06"), 45, "同意延长")["unrolled_on"] == "2026-03-22"
    for limit, length, reason in [
        ("DECIDE", 10, "extension_not_allowed"),
        ("LONGER", 31, "extension_too_long"),
        ("LONGER", 0, "length_not_positive"),
        ("ANY", 10**12, "length_too_long"),
    ]:
        with pytest.raises(deadlines.LengthRefusedError, match=reason):
            deadlines.extend(BASIS, started(limit, "2026-01-06"), length, "情况复杂")


def test_a_corrected_start_counts_again_and_keeps_what_was_done() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-12")
    record = deadlines.meet(BASIS, record, day("2026-03-18"), day("2026-03-18"))
    earlier = deadlines.restart_from(BASIS, record, day("2026-01-05"))
    assert (earlier["due_on"], earlier["state"]) == ("2026-03-17", "breached")
    assert earlier["suspensions"] == [["2026-02-01", "2026-02-12"]]


def test_a_breach_ends_when_a_corrected_start_moves_the_last_day() -> None:
    record = deadlines.breach(started("DECIDE", "2026-01-06"))
    assert deadlines.recompute(BASIS, record)["state"] == "breached"
    assert deadlines.restart_from(BASIS, record, day("2026-01-20"))["state"] == "running"


def test_a_corrected_start_takes_the_limit_in_force_that_day() -> None:
    record = deadlines.restart_from(BASIS, started("CHANGED", "2025-07-01"), day("2025-06-30"))
    assert (record["length"], record["unrolled_on"]) == (20, "2025-07-20")


def redated(record: Record, **dates: str) -> Record:
    """Correct dates; ``__0`` names the first suspension."""
    right = {name.replace("__", "/"): day(on) for name, on in dates.items()}
    return deadlines.redate(BASIS, record, right, LATE)


@pytest.mark.parametrize(
    ("met_on", "state"), [("2026-03-06", "met"), ("2026-03-09", "met"), ("2026-03-10", "breached")]
)
@pytest.mark.parametrize("told", ["2026-03-09", "2026-03-10"])
def test_a_corrected_day_of_meeting_decides_again_whether_it_was_in_time(told: str, met_on: str, state: str) -> None:
    """Due on Saturday 2026-03-07, rolled to Monday the 9th: the day before the border, the border, the day after."""
    record = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day(told), day(told))
    right = redated(record, met_on=met_on)
    assert (right["due_on"], right["met_on"], right["state"]) == ("2026-03-09", met_on, state)


def test_a_breach_told_by_the_clock_ends_when_the_deed_was_done_in_time() -> None:
    record = deadlines.breach(started("DECIDE", "2026-01-06"))
    record = deadlines.meet(BASIS, record, day("2026-03-12"), day("2026-03-12"))
    assert record["state"] == "breached"
    assert redated(record, met_on="2026-03-09")["state"] == "met"


@pytest.mark.parametrize(
    ("dates", "unrolled_on"),
    [
        ({"suspended_on__0": "2026-01-31"}, "2026-03-19"),
        ({"suspended_on__0": "2026-02-02"}, "2026-03-17"),
        ({"resumed_on__0": "2026-02-11"}, "2026-03-17"),
        ({"resumed_on__0": "2026-02-13"}, "2026-03-19"),
        ({"suspended_on__0": "2026-02-02", "resumed_on__0": "2026-02-13"}, "2026-03-18"),
        ({"started_on": "2026-01-05", "resumed_on__0": "2026-02-13"}, "2026-03-18"),
    ],
)
def test_a_corrected_suspension_adds_its_right_days(dates: dict[str, str], unrolled_on: str) -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-12")
    assert record["unrolled_on"] == "2026-03-18"
    assert redated(record, **dates)["unrolled_on"] == unrolled_on


def test_a_corrected_resumption_decides_again_whether_the_limit_was_met_in_time() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-12")
    record = deadlines.meet(BASIS, record, day("2026-03-18"), day("2026-03-18"))
    assert redated(record, resumed_on__0="2026-02-11")["state"] == "breached"
    assert redated(record, resumed_on__0="2026-02-13")["state"] == "met"


def test_a_suspension_that_goes_on_stays_one_when_its_begin_is_corrected() -> None:
    record = redated(suspended(started("DECIDE", "2026-01-06"), "2026-02-01"), suspended_on__0="2026-02-03")
    assert (record["state"], record["suspensions"]) == ("suspended", [["2026-02-03", None]])


def test_the_second_of_two_suspensions_is_corrected_by_its_number() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-03")
    record = suspended(record, "2026-02-10", "2026-02-12")
    right = redated(record, resumed_on__1="2026-02-13")
    assert right["suspensions"] == [["2026-02-01", "2026-02-03"], ["2026-02-10", "2026-02-13"]]


def test_a_corrected_day_on_which_a_limit_was_given_up_decides_again_whether_it_was_breached() -> None:
    record = deadlines.lift(BASIS, started("DECIDE", "2026-01-06"), day("2026-03-10"), "撤回")
    assert record["state"] == "breached"
    assert redated(record, lifted_on="2026-03-09")["state"] == "lifted"


def test_corrected_dates_that_do_not_fit_each_other_are_marked() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-12")
    right = redated(record, resumed_on__0="2026-01-31")
    assert (right["unrolled_on"], right["marks"]) == ("2026-03-07", ["out_of_order"])
    assert redated(record, suspended_on__0="2026-01-05")["marks"] == ["out_of_order"]
    met = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day("2026-01-06"), day("2026-01-06"))
    assert redated(met, met_on="2026-01-05")["marks"] == ["out_of_order"]


def test_one_date_that_does_not_fit_is_marked_beside_others_that_do_and_none_where_all_fit() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-03")
    record = suspended(record, "2026-02-10", "2026-02-12")
    assert redated(record, resumed_on__1="2026-02-09")["marks"] == ["out_of_order"]
    met = deadlines.meet(BASIS, record, day("2026-03-02"), day("2026-03-02"))
    assert redated(met, met_on="2026-03-03", resumed_on__1="2026-02-13")["marks"] == []


def test_a_corrected_start_of_what_is_still_to_come_earns_no_mark() -> None:
    assert redated(started("FROM", "2025-03-31"), started_on="2025-03-30")["marks"] == []


def test_a_start_corrected_beyond_an_amendment_takes_the_length_in_force() -> None:
    right = redated(started("CHANGED", "2025-07-01"), started_on="2025-06-30")
    assert (right["length"], right["unrolled_on"]) == (20, "2025-07-20")


def test_what_was_told_is_found_by_its_name() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01")
    names = ("started_on", "suspended_on/0", "resumed_on/0", "met_on")
    assert [deadlines.told_of(record, name) for name in names] == ["2026-01-06", "2026-02-01", None, None]


def test_what_was_too_early_is_not_when_its_day_is_corrected() -> None:
    record = started("FROM", "2025-01-06")
    early = deadlines.meet(BASIS, record, day(record["due_on"]), LATE)
    after = (day(record["due_on"]) + timedelta(days=1)).isoformat()
    assert "too_early" in early["marks"]
    assert "too_early" not in redated(early, met_on=after)["marks"]
    assert "too_early" in redated(redated(early, met_on=after), met_on=record["due_on"])["marks"]


def test_a_period_that_ran_out_runs_again_when_its_corrected_start_moves_its_end() -> None:
    over = deadlines.breach(started("DEEMED", "2026-01-06"))
    assert (over["state"], over["met_on"]) == ("met", "2026-02-05")
    right = redated(over, started_on="2026-01-07")
    assert (right["state"], right["due_on"], "met_on" in right) == ("running", "2026-02-06", False)


def test_what_was_done_on_a_day_of_its_own_stays_done_when_the_last_day_moves() -> None:
    record = deadlines.meet(BASIS, started("FROM", "2025-03-31"), day("2026-05-04"), day("2026-05-04"))
    right = redated(record, started_on="2025-03-30")
    assert (right["due_on"], right["met_on"], right["state"]) == ("2026-03-30", "2026-05-04", "met")
    over = deadlines.breach(started("DEEMED", "2026-01-06"))
    assert redated(over, met_on="2026-02-07")["met_on"] == "2026-02-07"


def test_a_correction_to_a_day_still_to_come_is_refused() -> None:
    record = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day("2026-03-09"), day("2026-03-09"))
    assert deadlines.redate(BASIS, record, {"met_on": day("2026-03-10")}, day("2026-03-10"))
    with pytest.raises(deadlines.DateRefusedError):
        deadlines.redate(BASIS, record, {"met_on": day("2026-03-11")}, day("2026-03-10"))


@given(STARTS, st.integers(0, 90), st.integers(0, 90), st.integers(0, 120))
def test_a_corrected_deadline_is_the_one_that_was_told_right_at_once(
    start: date, wait: int, hold: int, work: int
) -> None:
    """What a wrong date left behind is nothing but marks."""
    began = start + timedelta(days=wait)
    ended = began + timedelta(days=hold)
    met = start + timedelta(days=work)

    def told(start: date, began: date, ended: date, met: date) -> Record:
        record = deadlines.start(BASIS, "DECIDE#1", start, LATE)
        record = deadlines.suspend(BASIS, record, began, LATE)
        record = deadlines.resume(BASIS, record, ended, LATE)
        return deadlines.meet(BASIS, record, met, LATE)

    wrong = told(day("2026-01-06"), day("2026-02-01"), day("2026-02-12"), day("2026-03-18"))
    right = {"started_on": start, "suspended_on/0": began, "resumed_on/0": ended, "met_on": met}
    assert deadlines.redate(BASIS, wrong, right, LATE) | {"marks": []} == told(start, began, ended, met) | {"marks": []}


def test_a_length_the_office_entered_survives_a_corrected_start() -> None:
    record = deadlines.restart_from(BASIS, started("OPEN", "2026-01-06", length=10), day("2026-01-05"))
    assert (record["length"], record["unrolled_on"]) == (10, "2026-01-15")


# --- timers ---


def test_a_running_deadline_is_woken_at_its_warnings_and_its_end() -> None:
    assert deadlines.timers(BASIS, started("DECIDE", "2026-01-06")) == {
        "due": "2026-03-09T16:00:00.000000Z",
        "warn7": "2026-02-28T16:00:00.000000Z",
    }


def test_a_party_is_warned_before_the_rolled_day_an_office_before_the_unrolled() -> None:
    party = deadlines.timers(BASIS, started("SUE", "2025-08-31"))
    assert party == {"due": "2026-03-02T16:00:00.000000Z", "warn7": "2026-02-23T16:00:00.000000Z"}


def test_nothing_wakes_a_deadline_that_does_not_run() -> None:
    record = started("DECIDE", "2026-01-06")
    on = day("2026-02-01")
    for quiet in (
        deadlines.suspend(BASIS, record, on, on),
        deadlines.meet(BASIS, record, on, on),
        deadlines.lift(BASIS, record, on, "移送"),
        deadlines.breach(record),
    ):
        assert deadlines.timers(BASIS, quiet) == {}
        assert deadlines.offset_instant(quiet, -7) is None


def test_a_warning_is_given_once_and_again_only_where_the_deadline_moves() -> None:
    record = deadlines.warn(started("DECIDE", "2026-01-06"), 7, day("2026-03-01"))
    assert "warn7" not in deadlines.timers(BASIS, record)
    moved = suspended(record, "2026-03-02", "2026-03-12")
    assert deadlines.timers(BASIS, moved)["warn7"] == "2026-03-10T16:00:00.000000Z"


def test_an_offset_in_a_diagram_counts_whole_days_from_the_end_of_the_last_day() -> None:
    assert deadlines.offset_instant(started("DECIDE", "2026-01-06"), -7) == "2026-03-02T16:00:00.000000Z"


# --- explaining ---


def whats(told: list[Record]) -> list[str]:
    return [line["what"] for line in told]


def test_a_rolled_and_suspended_deadline_explains_itself_in_runs() -> None:
    record = suspended(started("SHORT", "2026-09-14"), "2026-09-20", "2026-09-22")
    assert deadlines.explain(BASIS, record) == [
        {"what": "start", "day": "2026-09-14"},
        {"what": "counted", "day": "2026-09-15", "until": "2026-09-20", "days": 6, "number": 1, "number_until": 6},
        {"what": "suspended", "day": "2026-09-21", "until": "2026-09-22", "days": 2},
        {"what": "counted", "day": "2026-09-23", "until": "2026-10-01", "days": 9, "number": 7, "number_until": 15},
        {"what": "unrolled", "day": "2026-10-01"},
        {"what": "rest", "day": "2026-10-01", "until": "2026-10-07", "days": 7, "holiday": "国庆节"},
        {"what": "due", "day": "2026-10-08", "rolled": True},
    ]


def test_workdays_are_explained_with_the_days_that_do_not_count() -> None:
    told = deadlines.explain(BASIS, started("WORK", "2026-09-30"))
    assert [(line["what"], line["day"], line.get("holiday")) for line in told] == [
        ("start", "2026-09-30", None),
        ("not_counted", "2026-10-01", "国庆节"),
        ("counted", "2026-10-08", None),
        ("not_counted", "2026-10-11", None),
        ("counted", "2026-10-12", None),
        ("due", "2026-10-13", None),
    ]


def test_months_are_explained_with_the_months_end_where_there_is_no_corresponding_day() -> None:
    told = deadlines.explain(BASIS, started("SUE", "2025-08-31"))
    assert told[1] == {"what": "period", "day": "2026-02-28", "length": 6, "unit": "月", "month_end": True}
    assert "month_end" not in deadlines.explain(BASIS, started("SUE", "2025-09-15"))[1]
    assert "month_end" not in deadlines.explain(BASIS, started("WAGES", "2025-12-31"))[1]


def test_a_month_that_ends_on_the_day_it_began_has_no_day_to_count() -> None:
    assert whats(deadlines.explain(BASIS, started("NEXT", "2026-01-31"))) == ["start", "period", "due"]


def test_a_worked_weekend_day_and_an_unannounced_year_are_named() -> None:
    assert deadlines.explain(BASIS, started("DECIDE", "2026-07-21"))[-1] == {
        "what": "due",
        "day": "2026-09-20",
        "rolled": True,
        "worked_for": "国庆节",
    }
    assert deadlines.explain(BASIS, started("DECIDE", "2026-11-30"))[-1]["provisional"]
    # A day that never rolls asks nothing of the calendar, though it is a worked Saturday.
    assert deadlines.explain(BASIS, started("DEEMED", "2026-09-10"))[-1] == {"what": "due", "day": "2026-10-10"}


def test_a_suspension_that_goes_on_and_a_late_end_are_told() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01")
    assert {"what": "suspended", "day": "2026-02-01"} in deadlines.explain(BASIS, record)
    late = deadlines.meet(BASIS, started("DECIDE", "2026-01-06"), day("2026-03-12"), day("2026-03-12"))
    assert deadlines.explain(BASIS, late)[-1] == {"what": "met", "day": "2026-03-12", "late": 3}


def test_an_extension_is_told_with_its_reason() -> None:
    record = deadlines.extend(BASIS, started("LONGER", "2026-01-06"), 30, "情况复杂")
    assert deadlines.explain(BASIS, record)[1] == {
        "what": "extension",
        "day": "2026-01-06",
        "unit": "日",
        "length": 30,
        "reason": "情况复杂",
    }


def test_suspensions_that_touch_are_explained_as_one() -> None:
    record = suspended(started("DECIDE", "2026-01-06"), "2026-02-01", "2026-02-05")
    told = deadlines.explain(BASIS, suspended(record, "2026-02-05", "2026-02-09"))
    stood_still = [line for line in told if line["what"] == "suspended"]
    assert stood_still == [{"what": "suspended", "day": "2026-02-02", "until": "2026-02-09", "days": 8}]


@given(STARTS, SPANS, st.sampled_from(["DECIDE", "WORK", "SUE", "KEEP"]))
def test_the_explanation_covers_every_day_once_and_ends_on_the_last_day(
    on: date, spans: list[tuple[int, int]], limit: str
) -> None:
    record = deadlines.start(BASIS, f"{limit}#1", on, on)
    for offset, length in spans:
        begin = on + timedelta(days=offset)
        record = deadlines.suspend(BASIS, record, begin, LATE)
        record = deadlines.resume(BASIS, record, begin + timedelta(days=length), LATE)
    told = deadlines.explain(BASIS, record)
    runs = [line for line in told if line["what"] in ("counted", "not_counted", "suspended", "rest")]
    covered = [day(run["day"]) + timedelta(days=n) for run in runs if run["what"] != "rest" for n in range(run["days"])]
    assert told[-1]["day"] == record["due_on"]
    assert all(run["days"] > 0 for run in runs)
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert covered[0] == on + timedelta(days=1)
    if limit in ("DECIDE", "WORK"):
        counted = sum(run["days"] for run in runs if run["what"] == "counted")
        assert counted == record["length"]
