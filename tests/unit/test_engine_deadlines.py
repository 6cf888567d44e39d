"""Deadlines an element starts, meets, suspends and lifts, and the timers that go with them."""

from pathlib import Path

import pytest

from engine import EventRefusedError, StepError
from engine.values import encode
from handlers.law.basis import Basis, build_basis
from tests.diagrams import (
    ACase,
    about,
    boundary,
    call,
    catch,
    end,
    event_sub,
    flow,
    gateway,
    inner,
    many,
    path,
    process,
    row,
    start,
    timer,
    user,
)

BASIS = Basis.from_value(build_basis(Path("processes"), None))
TOLD = "2026-11-09T02:00:00.000000Z"


def a_case(*elements: str, names: tuple[str, ...], called: str = "") -> ACase:
    return ACase(start(), *elements, end(), path("begin", *names, "done"), basis=BASIS, called=called)


def received() -> ACase:
    """A case that received an application on 2026-11-06, told on the 9th: D03 runs."""
    case = a_case(
        user("register", deadline__start="D03 on=application.received_on"),
        user("wait", deadline__suspend="D03 on=suspension.began_on"),
        user("resume", deadline__resume="D03 on=suspension.ended_on"),
        user("decide", deadline__meet="D03 on=acceptance.decided_on"),
        user("archive"),
        names=("register", "wait", "resume", "decide", "archive"),
    ).open()
    return told(case, "register", "2026-11-09", application__received_on="2026-11-06")


def told(case: ACase, name: str, day: str, **facts: object) -> ACase:
    return case.take("task_completed", case.at(case.tasks, name), facts, at=f"{day}T02:00:00.000000Z")


def test_a_deadline_starts_on_the_legal_date_not_on_the_click() -> None:
    case = received()

    assert case.deadlines["D03#1"]["started_on"] == "2026-11-06"
    assert case.deadlines["D03#1"]["due_on"] == "2026-11-23"
    assert case.timers["D03#1/due"] == "2026-11-23T16:00:00.000000Z"


def test_effects_of_a_start_come_after_the_facts_and_before_the_task_is_left() -> None:
    case = received()

    assert [e["effect"] for e in case.effects][:7] == [
        "fact_written",
        "task_closed",
        "deadline_started",
        "timer_set",
        "timer_set",
        "timer_set",
        "left",
    ]


def test_a_suspension_clears_the_timers_and_a_resumption_moves_them() -> None:
    case = told(received(), "wait", "2026-11-10", suspension__began_on="2026-11-10")
    assert case.deadlines["D03#1"]["state"] == "suspended"
    assert not case.timers

    told(case, "resume", "2026-11-20", suspension__ended_on="2026-11-20")
    assert case.deadlines["D03#1"]["unrolled_on"] == "2026-12-01"
    assert case.timers["D03#1/due"] == "2026-12-01T16:00:00.000000Z"


def test_a_met_deadline_clears_its_timers() -> None:
    case = told(received(), "wait", "2026-11-10", suspension__began_on="2026-11-10")
    told(case, "resume", "2026-11-20", suspension__ended_on="2026-11-20")
    told(case, "decide", "2026-11-25", acceptance__decided_on="2026-11-25")

    assert case.deadlines["D03#1"]["state"] == "met"
    assert not case.timers


def test_the_last_day_passes_and_the_deadline_is_breached() -> None:
    case = received().fire("D03#1/due", "2026-11-23T16:00:00.000000Z")

    assert case.effects[0] == {"effect": "timer_cleared", "address": "D03#1/due"}
    assert case.told("deadline_changed")[0]["how"] == "breached"
    assert not case.timers


def test_a_warning_is_told_once() -> None:
    case = received().fire("D03#1/warn5", "2026-11-16T16:00:00.000000Z")

    assert case.told("deadline_changed")[0]["how"] == "warned"
    assert sorted(case.timers) == ["D03#1/due", "D03#1/warn2"]
    with pytest.raises(EventRefusedError):
        case.take("timer_fired", "D03#1/warn5")


def test_a_date_that_is_not_known_is_an_incident() -> None:
    case = a_case(user("register", deadline__start="D03 on=application.received_on"), names=("register",)).open()

    with pytest.raises(StepError) as caught:
        case.complete("register")

    assert (caught.value.address, caught.value.reason) == ("p/register", "deadline")


def test_a_date_after_the_day_it_was_told_is_an_incident() -> None:
    case = a_case(user("register", deadline__start="D03 on=application.received_on"), names=("register",)).open()

    with pytest.raises(StepError):
        told(case, "register", "2026-11-09", application__received_on="2026-11-10")


def test_a_corrected_date_moves_the_deadline_that_was_started_on_it() -> None:
    case = received().take("fact_corrected", None, {"application.received_on": "2026-11-05"}, at=TOLD)

    assert case.told("deadline_changed")[0]["how"] == "moved"
    assert case.deadlines["D03#1"]["due_on"] == "2026-11-20"
    assert case.timers["D03#1/due"] == "2026-11-20T16:00:00.000000Z"


def test_a_corrected_date_of_a_called_diagram_is_named_with_its_scope() -> None:
    case = a_case(
        call("ring"),
        names=("ring",),
        called=process(
            "other",
            inner(user("register", deadline__start="D03 on=application.received_on"), user("work")),
        ),
    ).open()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    case.take("fact_corrected", "p/ring", {"application.received_on": "2026-11-05"}, at=TOLD)

    assert case.deadlines["D03#1"]["started_on"] == "2026-11-05"


def rounds() -> ACase:
    """A case that may be registered and reviewed again and again; each round has a deadline of its own."""
    return ACase(
        row(
            user("register", deadline__start="D03 on=application.received_on"),
            user("review", deadline__meet="D03 on=review.on"),
            gateway("exclusive", "again", "again_to_done"),
        ),
        flow("again", "register", "review.again == true"),
        basis=BASIS,
    ).open()


def test_a_correction_does_not_move_the_deadline_of_an_earlier_round() -> None:
    case = rounds()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    told(case, "review", "2026-11-09", review__on="2026-11-09", review__again=True)
    told(case, "register", "2026-11-10", application__received_on="2026-11-10")
    case.take("fact_corrected", None, {"application.received_on": "2026-11-09"}, at="2026-11-11T02:00:00.000000Z")

    assert case.deadlines["D03#1"]["started_on"] == "2026-11-06"
    assert case.deadlines["D03#2"]["started_on"] == "2026-11-09"


def test_a_deadline_that_was_met_is_counted_again_when_its_start_was_wrong() -> None:
    case = rounds()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    told(case, "review", "2026-11-23", review__on="2026-11-23", review__again=True)
    case.take("fact_corrected", None, {"application.received_on": "2026-11-04"}, at="2026-11-24T02:00:00.000000Z")

    assert case.deadlines["D03#1"]["state"] == "breached"


def through() -> ACase:
    """A case that was suspended from the 10th to the 20th and decided on 2026-12-01, the last day of D03."""
    case = told(received(), "wait", "2026-11-10", suspension__began_on="2026-11-10")
    told(case, "resume", "2026-11-20", suspension__ended_on="2026-11-20")
    return told(case, "decide", "2026-12-01", acceptance__decided_on="2026-12-01")


def corrected(case: ACase, **facts: str) -> ACase:
    return case.take("fact_corrected", None, facts, at="2026-12-10T02:00:00.000000Z")


@pytest.mark.parametrize(
    ("facts", "due_on", "state"),
    [
        ({"acceptance__decided_on": "2026-11-30"}, "2026-12-01", "met"),
        ({"acceptance__decided_on": "2026-12-02"}, "2026-12-01", "breached"),
        ({"suspension__began_on": "2026-11-11"}, "2026-11-30", "breached"),
        ({"suspension__began_on": "2026-11-09"}, "2026-12-02", "met"),
        ({"suspension__ended_on": "2026-11-19"}, "2026-11-30", "breached"),
        ({"suspension__ended_on": "2026-11-21"}, "2026-12-02", "met"),
    ],
)
def test_a_corrected_date_of_anything_told_of_a_deadline_counts_it_again(
    facts: dict[str, str], due_on: str, state: str
) -> None:
    case = corrected(through(), **facts)

    (moved,) = case.told("deadline_changed")
    assert (moved["how"], moved["deadline"]) == ("moved", "D03#1")
    assert (moved["value"]["due_on"], moved["value"]["state"]) == (due_on, state)
    (written,) = case.told("fact_written")
    assert written["old"] < case.seq, "the old value is found in the entry that wrote it"


def test_several_dates_corrected_together_move_a_deadline_once() -> None:
    case = corrected(through(), suspension__began_on="2026-11-11", suspension__ended_on="2026-11-21")

    assert case.told("deadline_changed") == [
        {
            "effect": "deadline_changed",
            "deadline": "D03#1",
            "how": "moved",
            "value": case.deadlines["D03#1"],
        }
    ]
    assert case.deadlines["D03#1"]["suspensions"] == [["2026-11-11", "2026-11-21"]]
    assert case.deadlines["D03#1"]["state"] == "met"


def test_a_corrected_resumption_moves_the_timers_of_what_runs() -> None:
    case = told(received(), "wait", "2026-11-10", suspension__began_on="2026-11-10")
    told(case, "resume", "2026-11-20", suspension__ended_on="2026-11-20")
    case.take("fact_corrected", None, {"suspension__ended_on": "2026-11-19"}, at="2026-11-21T02:00:00.000000Z")

    assert case.timers["D03#1/due"] == "2026-11-30T16:00:00.000000Z"


def test_the_second_suspension_is_the_one_its_fact_tells_of_now() -> None:
    case = ACase(
        row(
            user("register", deadline__start="D03 on=application.received_on"),
            gateway("exclusive", "enter"),
            user("wait", deadline__suspend="D03 on=suspension.began_on"),
            user("resume", deadline__resume="D03 on=suspension.ended_on"),
            gateway("exclusive", "more", "more_to_done"),
        ),
        flow("more", "enter", "suspension.again == true"),
        basis=BASIS,
    ).open()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    told(case, "wait", "2026-11-09", suspension__began_on="2026-11-09")
    told(case, "resume", "2026-11-10", suspension__ended_on="2026-11-10", suspension__again=True)
    told(case, "wait", "2026-11-11", suspension__began_on="2026-11-11")
    case.take("fact_corrected", None, {"suspension.began_on": "2026-11-10"}, at="2026-11-12T02:00:00.000000Z")

    assert case.deadlines["D03#1"]["suspensions"] == [["2026-11-09", "2026-11-10"], ["2026-11-10", None]]


def test_a_correction_to_a_day_still_to_come_is_an_incident() -> None:
    with pytest.raises(StepError) as caught:
        corrected(through(), acceptance__decided_on="2026-12-11")

    assert (caught.value.address, caught.value.reason) == ("D03#1", "deadline")


def test_a_withdrawn_start_lifts_the_limit_and_clears_its_timers() -> None:
    case = received().take("fact_corrected", None, {"application.received_on": None}, at=TOLD)

    (moved,) = case.told("deadline_changed")
    assert (moved["how"], moved["value"]["state"], case.timers) == ("moved", "lifted", {})
    case.take("fact_corrected", None, {"application.received_on": "2026-11-05"}, at=TOLD)
    assert case.deadlines["D03#1"]["state"] == "running"
    assert case.timers["D03#1/due"] == "2026-11-20T16:00:00.000000Z"


@pytest.mark.parametrize(
    ("withdrawn", "state"),
    [("acceptance.decided_on", "running"), ("suspension.ended_on", "met"), ("suspension.began_on", "breached")],
)
def test_a_withdrawn_date_counts_the_deadline_as_if_it_had_never_been_told(withdrawn: str, state: str) -> None:
    case = through().take("fact_corrected", None, {withdrawn: None}, at="2026-12-01T03:00:00.000000Z")

    (moved,) = case.told("deadline_changed")
    assert (moved["how"], moved["value"]["state"]) == ("moved", state)
    told_again = {"acceptance.decided_on": "2026-12-01", "suspension.ended_on": "2026-11-20"}
    before = told_again.get(withdrawn, "2026-11-10")
    case.take("fact_corrected", None, {withdrawn: before}, at="2026-12-01T04:00:00.000000Z")
    assert (case.deadlines["D03#1"]["state"], case.deadlines["D03#1"]["unrolled_on"]) == ("met", "2026-12-01")


def lengths() -> ACase:
    """A case whose office sets a limit of 15 days from 2026-11-06 and extends another by 10."""
    case = a_case(
        user("set", deadline__start="OPEN1 on=notice.on length=notice.days; LONGER1 on=notice.on"),
        user("extend", deadline__extend="LONGER1 length=extension.days"),
        user("work"),
        names=("set", "extend", "work"),
    )
    law = BASIS.value
    days = {"length": None, "extension": 30}
    limits = {name: [version | days for version in versions(law["limits"]["D03"])] for name in ("OPEN1", "LONGER1")}
    limits["LONGER1"] = [version | {"length": 60} for version in limits["LONGER1"]]
    case.basis = Basis.from_value({**law, "limits": law["limits"] | limits})
    case.open()
    told(case, "set", "2026-11-09", notice__on="2026-11-06", notice__days=15)
    return told(case, "extend", "2026-11-09", extension__days=10)


def test_a_corrected_length_moves_the_deadline_the_office_set() -> None:
    case = lengths().take("fact_corrected", None, {"notice.days": 20}, at=TOLD)

    (moved,) = case.told("deadline_changed")
    assert (moved["deadline"], moved["how"], moved["value"]["length"]) == ("OPEN1#1", "moved", 20)
    assert case.told("timer_set")


def test_a_corrected_extension_moves_the_deadline_it_lengthens() -> None:
    case = lengths().take("fact_corrected", None, {"extension.days": 20}, at=TOLD)

    (moved,) = case.told("deadline_changed")
    assert [each["length"] for each in moved["value"]["extensions"]] == [20]


def test_a_length_that_is_withdrawn_is_an_incident() -> None:
    with pytest.raises(StepError) as caught:
        lengths().take("fact_corrected", None, {"notice.days": None}, at=TOLD)

    assert (caught.value.address, caught.value.reason) == ("OPEN1#1", "deadline")


def test_a_corrected_date_that_changes_nothing_tells_no_move() -> None:
    assert corrected(through(), acceptance__decided_on="2026-12-01").told("deadline_changed") == []


def test_meeting_a_limit_that_was_given_up_late_does_nothing() -> None:
    """Given up a day after its last, it is breached and has ended: a later decision under it is nobody's meeting."""
    case = a_case(
        user("register", deadline__start="D03 on=application.received_on"),
        user("withdraw", deadline__lift="D03 on=withdrawal.noted_on"),
        user("decide", deadline__meet="D03 on=acceptance.decided_on"),
        names=("register", "withdraw", "decide"),
    ).open()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    told(case, "withdraw", "2026-11-24", withdrawal__noted_on="2026-11-24")
    assert case.deadlines["D03#1"]["state"] == "breached"
    told(case, "decide", "2026-11-25", acceptance__decided_on="2026-11-25")

    assert (case.outcome, case.told("deadline_changed")) == ("completed", [])
    assert "met_on" not in case.deadlines["D03#1"]


def test_the_state_does_not_grow_with_deadlines_that_ended() -> None:
    case = rounds()
    sizes = []
    for _ in range(6):
        told(case, "register", "2026-11-09", application__received_on="2026-11-06")
        told(case, "review", "2026-11-09", review__on="2026-11-09", review__again=True)
        sizes.append(len(encode(case.state)))

    assert sizes[-1] <= sizes[1] + 20


def test_a_changed_basis_moves_what_runs() -> None:
    case = received()
    changed = dict(BASIS.value)
    calendars = {year: dict(days) for year, days in changed["calendars"].items()}
    case.basis = Basis.from_value(changed | {"calendars": calendars})
    case.take("basis_changed", at=TOLD)
    assert case.effects == []

    limits = changed["limits"] | {"D03": [version | {"length": 20} for version in versions(changed["limits"]["D03"])]}
    case.basis = Basis.from_value(changed | {"limits": limits})
    case.take("basis_changed", at=TOLD)
    assert case.deadlines["D03#1"]["due_on"] == "2026-11-26"


def versions(limit: object) -> list[dict[str, object]]:
    return limit if isinstance(limit, list) else [limit]  # type: ignore[list-item]


def test_closing_a_case_lifts_what_the_office_had_to_do() -> None:
    case = received().take("closed", at=TOLD)

    assert case.deadlines["D03#1"]["state"] == "lifted"
    assert not case.timers


def test_the_deadline_nearest_in_the_case_is_the_one_that_is_met() -> None:
    case = a_case(
        call("serve", many("2")),
        names=("serve",),
        called=process(
            "other",
            inner(
                user("send", deadline__start="D07 on=paper.signed_on"),
                user("receipt", deadline__meet="D07 on=paper.received_on"),
            ),
        ),
    ).open()
    told(case, "p/serve[0]/send", "2026-11-09", paper__signed_on="2026-11-02")
    told(case, "p/serve[1]/send", "2026-11-09", paper__signed_on="2026-11-03")
    told(case, "p/serve[0]/receipt", "2026-11-09", paper__received_on="2026-11-09")

    assert case.deadlines["D07#1"]["state"] == "met"
    assert case.deadlines["D07#2"]["state"] == "running"


def test_meeting_a_limit_that_never_ran_is_nothing() -> None:
    case = a_case(user("decide", deadline__meet="D06 on=acceptance.decided_on"), names=("decide",)).open()
    told(case, "decide", "2026-11-09", acceptance__decided_on="2026-11-09")

    assert case.outcome == "completed"


# --- timers that follow a deadline ---


def following(text: str) -> ACase:
    """A case whose task has a boundary timer on D03, which starts when it is registered."""
    case = a_case(
        user("register", deadline__start="D03 on=application.received_on"),
        user("work"),
        boundary("soon", "work", timer(text, "timeDate"), interrupting=False),
        end("noted"),
        path("soon", "noted"),
        names=("register", "work"),
    ).open()
    return told(case, "register", "2026-11-09", application__received_on="2026-11-06")


@pytest.mark.parametrize(
    ("text", "due_at"),
    [
        ("D03", "2026-11-23T16:00:00.000000Z"),
        ("D03 -7d", "2026-11-16T16:00:00.000000Z"),
        ("D03 +1d", "2026-11-24T16:00:00.000000Z"),
    ],
)
def test_a_timer_stands_where_its_deadline_puts_it(text: str, due_at: str) -> None:
    assert following(text).timers["p/soon"] == due_at


def test_a_timer_moves_with_its_deadline_in_the_same_step() -> None:
    case = following("D03 -7d").take("fact_corrected", None, {"application.received_on": "2026-11-05"}, at=TOLD)

    assert {"effect": "timer_set", "address": "p/soon", "due_at": "2026-11-13T16:00:00.000000Z"} in case.effects


def test_a_timer_on_a_deadline_that_does_not_run_is_not_set() -> None:
    case = a_case(
        user("work"),
        boundary("soon", "work", timer("D03 -7d", "timeDate")),
        end("noted"),
        path("soon", "noted"),
        names=("work",),
    ).open()

    assert not case.timers


# --- timers of elements ---


def pausing(text: str, timing: str = "timeDate") -> ACase:
    return a_case(catch("pause", timer(text, timing)), user("after"), names=("pause", "after"))


@pytest.mark.parametrize(
    ("text", "due_at"),
    [
        ('"PT90M"', "2026-01-31T03:30:00.000000Z"),
        ('"P10D"', "2026-02-10T02:00:00.000000Z"),
        ('"P1M"', "2026-02-28T02:00:00.000000Z"),
        ('"P1Y1M"', "2027-02-28T02:00:00.000000Z"),
        ('"2026-03-01"', "2026-03-01T16:00:00.000000Z"),
        ('"2026-03-01T00:00:00Z"', "2026-03-01T00:00:00.000000Z"),
        ("hearing.on", "2026-04-01T16:00:00.000000Z"),
        ("add_days(hearing.on, 1)", "2026-04-02T16:00:00.000000Z"),
    ],
)
def test_a_timer_is_an_instant_in_china(text: str, due_at: str) -> None:
    """The library reads a day in the server's zone (trap 15) and overflows short months (trap 16)."""
    case = pausing(text).take("opened", payload={"hearing.on": "2026-04-01"}, at="2026-01-31T02:00:00.000000Z")

    assert case.timers == {"p/pause": due_at}


@pytest.mark.parametrize("text", ['"soon"', "1", "hearing.on", '"P"', '"PT"', '"2026-02-30"', '"P1DT"'])
def test_a_timer_that_is_no_instant_is_an_incident(text: str) -> None:
    with pytest.raises(StepError) as caught:
        pausing(text).open()

    assert (caught.value.address, caught.value.reason) == ("p/pause", "expression")


def test_a_cycle_counts_from_when_it_came() -> None:
    case = pausing('"R2/P1D"', "timeCycle").take("opened", at="2026-01-01T00:00:00.000000Z")
    case.fire("p/pause", "2026-01-02T00:00:05.000000Z")

    assert case.timers == {"p/pause#2": "2026-01-03T00:00:05.000000Z"}
    assert case.open_tasks() == ["after"]


def test_a_timer_that_was_given_up_is_refused() -> None:
    case = (
        a_case(
            user("work"),
            boundary("late", "work", timer('"P1D"')),
            end("noted"),
            path("late", "noted"),
            user("after"),
            names=("work", "after"),
        )
        .open()
        .complete("work")
    )

    with pytest.raises(EventRefusedError):
        case.take("timer_fired", "p/late")


def test_an_event_sub_process_waits_under_the_address_it_will_have() -> None:
    case = (
        ACase(
            row(user("work")),
            event_sub(
                "aside",
                start("told", about("message", "news"), interrupting=False),
                end("noted"),
                path("told", "noted"),
            ),
        )
        .open()
        .receive("news")
    )

    assert list(case.waits) == ["p/aside#2/told"]
    assert case.left() == ["begin", "aside/told", "aside/noted", "aside"]


def test_every_round_of_a_loop_has_a_deadline_of_its_own() -> None:
    case = rounds()
    told(case, "register", "2026-11-09", application__received_on="2026-11-06")
    told(case, "review", "2026-11-09", review__on="2026-11-09", review__again=True)
    told(case, "register", "2026-11-10", application__received_on="2026-11-10")

    assert {name: record["state"] for name, record in case.deadlines.items()} == {"D03#1": "met", "D03#2": "running"}
