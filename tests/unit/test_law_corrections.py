"""Deadlines whose dates were withdrawn, or whose lengths were corrected."""

import pytest

from handlers.law import deadlines
from handlers.law.counting import Record
from tests.unit.test_law_deadlines import BASIS, LATE, day, started, suspended

STARTED = "2026-01-06"


def met(limit: str, on: str, **keys: int) -> Record:
    return deadlines.meet(BASIS, started(limit, STARTED, **keys), day(on), day(on))


def corrected(record: Record, **told: int | None) -> Record:
    """Correct lengths, or withdraw what is null; ``__`` stands for the stroke before a number."""
    return deadlines.redate(BASIS, record, {name.replace("__", "/"): value for name, value in told.items()}, LATE)


def test_a_meeting_that_never_was_leaves_the_limit_running() -> None:
    record = corrected(met("DECIDE", "2026-02-01"), met_on=None)
    assert (record["state"], "met_on" in record) == ("running", False)
    assert deadlines.timers(BASIS, record)["due"] == "2026-03-09T16:00:00.000000Z"


def test_a_late_meeting_that_never_was_leaves_the_breach() -> None:
    assert corrected(met("DECIDE", "2026-03-10"), met_on=None)["state"] == "breached"


def test_a_limit_that_was_never_given_up_runs_on() -> None:
    record = deadlines.lift(BASIS, started("DECIDE", STARTED), day("2026-02-01"), "移送")
    assert corrected(record, lifted_on=None) == started("DECIDE", STARTED) | {"reason": "移送"}


def test_a_suspension_that_never_was_adds_no_day_and_keeps_its_number() -> None:
    first = suspended(started("DECIDE", STARTED), "2026-02-01", "2026-02-11")
    record = corrected(suspended(first, "2026-02-20", "2026-02-25"), suspended_on__0=None)
    assert record["suspensions"] == [[None, "2026-02-11"], ["2026-02-20", "2026-02-25"]]
    assert (record["unrolled_on"], record["marks"]) == ("2026-03-12", [])
    back = deadlines.redate(BASIS, record, {"suspended_on/0": day("2026-02-01")}, LATE)
    assert back["unrolled_on"] == "2026-03-22"


def test_a_running_suspension_that_never_was_lets_the_time_run() -> None:
    record = corrected(suspended(started("DECIDE", STARTED), "2026-02-01"), suspended_on__0=None)
    assert (record["state"], record["unrolled_on"]) == ("running", "2026-03-07")
    assert [line["what"] for line in deadlines.explain(BASIS, record)] == [
        "start",
        "counted",
        "unrolled",
        "rest",
        "due",
    ]
    with pytest.raises(deadlines.DeadlineStateError):
        deadlines.resume(BASIS, record, day("2026-02-05"), day("2026-02-05"))


def test_a_resumption_that_never_was_leaves_the_time_standing_still() -> None:
    record = corrected(suspended(started("DECIDE", STARTED), "2026-02-01", "2026-02-11"), resumed_on__0=None)
    assert (record["state"], record["suspensions"]) == ("suspended", [["2026-02-01", None]])


@pytest.mark.parametrize("limit", ["DECIDE", "FROM", "DEEMED"])
def test_a_limit_that_never_began_is_lifted_and_comes_back_with_its_date(limit: str) -> None:
    record = corrected(started(limit, STARTED), started_on=None)
    assert (record["state"], record["withdrawn_on"]) == ("lifted", LATE.isoformat())
    assert deadlines.timers(BASIS, record) == {}
    assert deadlines.explain(BASIS, record)[-1] == {"what": "lifted", "day": LATE.isoformat()}
    assert deadlines.told_of(record, "started_on") is None
    assert deadlines.redate(BASIS, record, {"started_on": day(STARTED)}, LATE) == started(limit, STARTED)


def test_a_limit_that_never_began_was_not_breached() -> None:
    late = met("DECIDE", "2026-03-10")
    assert late["state"] == "breached"
    assert corrected(late, started_on=None)["state"] == "lifted"


def test_a_corrected_length_of_the_office_counts_the_limit_again() -> None:
    record = met("OPEN", "2026-01-20", length=10)
    assert record["state"] == "breached"
    right = corrected(record, length=15)
    assert (right["length"], right["unrolled_on"], right["state"]) == (15, "2026-01-21", "met")


def test_a_corrected_extension_counts_the_limit_again() -> None:
    record = deadlines.extend(BASIS, started("LONGER", STARTED), 10, "情况复杂")
    right = corrected(record, extension__0=20)
    assert (right["extensions"], right["unrolled_on"]) == ([{"length": 20, "reason": "情况复杂"}], "2026-03-27")
    assert record["extensions"][0]["length"] == 10, "what was told before is left as it was"


@pytest.mark.parametrize(
    ("limit", "told", "reason"),
    [
        ("OPEN", {"length": None}, "length_missing"),
        ("OPEN", {"length": 0}, "length_not_positive"),
        ("OPEN", {"length": 10**12}, "length_too_long"),
        ("LONGER", {"extension__0": None}, "length_missing"),
        ("LONGER", {"extension__0": 0}, "length_not_positive"),
        ("LONGER", {"extension__0": 31}, "extension_too_long"),
    ],
)
def test_a_corrected_length_is_one_the_law_allows(limit: str, told: dict[str, int | None], reason: str) -> None:
    record = started(limit, STARTED, length=10) if limit == "OPEN" else started(limit, STARTED)
    if limit == "LONGER":
        record = deadlines.extend(BASIS, record, 10, "情况复杂")
    with pytest.raises(deadlines.LengthRefusedError, match=reason):
        corrected(record, **told)


def test_a_start_and_a_length_are_corrected_together() -> None:
    record = deadlines.redate(
        BASIS, started("OPEN", STARTED, length=10), {"started_on": day("2026-01-05"), "length": 20}, LATE
    )
    assert record == started("OPEN", "2026-01-05", length=20) | {"marks": []}
