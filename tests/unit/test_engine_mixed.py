"""Features of BPMN mixed with one another: loops, instances, events and scopes at the same place and the same time.

Each diagram here passes the check, so what it does must be what the standard says of it.
"""

import pytest

from engine import EventRefusedError
from tests.diagrams import (
    ACase,
    about,
    again,
    boundary,
    call,
    catch,
    element,
    end,
    event_sub,
    flow,
    gateway,
    handler,
    inner,
    link,
    many,
    path,
    process,
    row,
    script,
    start,
    sub,
    throw,
    timer,
    user,
    when,
)
from tests.unit.test_check import codes

DAY = timer('"P1D"')
LATE = about("escalation", "late")
ALARM = about("signal", "alarm")
NEWS = about("message", "news")
BROKEN = about("error", "broken")


def checked(*inside: str, called: str = "") -> ACase:
    """A case of a diagram that the check lets through."""
    assert not codes(*inside, others=called)
    return ACase(*inside, called=called)


def other(*elements: str, beside: str = "", name: str = "other") -> str:
    """A process to be called: elements one after the other, and event sub-processes beside them."""
    return process(name, row(*elements, begin=f"{name}_in", finish=f"{name}_out"), beside)


def on_border(event: str, task: str) -> str:
    """An event on a border, with the task it leads to."""
    name = event.partition(' id="')[2].partition('"')[0]
    return event + user(task) + end(f"{task}_done") + path(name, task, f"{task}_done")


# --- loops, instances, events on borders ---


def test_a_timer_on_the_border_of_all_instances_leads_round_a_loop() -> None:
    case = checked(
        start(), gateway("exclusive", "meet"), sub("box", inner(user("a")), many("2")), boundary("soon", "box", DAY),
        user("mend"), end(), path("begin", "meet", "box", "done"), path("soon", "mend", "meet"),
    ).open()  # fmt: skip
    case.complete("p/box[0]/a").fire("soon").complete("mend")

    assert case.open_tasks() == ["box#2[0]/a", "box#2[1]/a"]
    assert list(case.timers) == ["p/soon#2"]
    assert case.complete("p/box#2[1]/a").complete("p/box#2[0]/a").outcome == "completed"


def test_what_an_event_began_outlives_its_host_and_keeps_the_scope_open() -> None:
    box = sub(
        "box", start("in"), gateway("exclusive", "meet"), user("a"),
        on_border(boundary("soon", "a", DAY, interrupting=False), "remind"),
        gateway("exclusive", "more", "more_to_out"), end("out"), path("in", "meet", "a", "more", "out"),
        flow("more", "meet", "x.more == true"),
    )  # fmt: skip
    case = checked(row(box, user("after"))).open().fire("soon").complete("a", x__more=True)
    assert case.open_tasks() == ["box/a#2", "box/remind"]

    case.fire("soon").complete("a", x__more=False)
    assert case.open_tasks() == ["box/remind", "box/remind#2"]
    assert case.complete("p/box/remind#2").complete("remind").open_tasks() == ["after"]


def test_an_error_in_the_second_round_leaves_the_third_unbegun() -> None:
    box = sub(
        "box", start("in"), user("a"), gateway("exclusive", "well", "well_to_out"), end("fail", BROKEN), end("out"),
        path("in", "a", "well", "out"), flow("well", "fail", "x.bad == true"), many("3", sequential=True),
    )  # fmt: skip
    case = checked(row(box), on_border(boundary("failed", "box", about("error")), "mend")).open()

    assert case.complete("a").open_tasks() == ["box[1]/a"]
    assert case.complete("a", x__bad=True).open_tasks() == ["mend"]


def test_an_error_of_instances_that_run_at_once_is_caught_once() -> None:
    box = sub("box", start("in"), script("n", "n.n = 1"), end("fail", BROKEN), path("in", "n", "fail"), many("3"))
    case = checked(row(box), on_border(boundary("failed", "box", BROKEN), "mend")).open()

    assert case.open_tasks() == ["mend"]


def test_an_error_leads_back_into_the_activity_that_failed() -> None:
    box = sub("box", start("in"), user("a"), gateway("exclusive", "well", "well_to_out"), end("fail", BROKEN),
              end("out"), path("in", "a", "well", "out"), flow("well", "fail", "x.bad == true"))  # fmt: skip
    case = checked(
        start(), gateway("exclusive", "meet"), box, boundary("failed", "box", BROKEN), user("after"), end(),
        path("begin", "meet", "box", "after", "done"), path("failed", "meet"),
    ).open()  # fmt: skip
    case.complete("a", x__bad=True).complete("p/box#2/a", x__bad=True)

    assert case.open_tasks() == ["box#3/a"]
    assert case.complete("a", x__bad=False).open_tasks() == ["after"]


def test_each_round_may_escalate_to_an_event_that_stands_for_all_of_them() -> None:
    box = sub("box", inner(user("a"), throw("raise", LATE)), many("2", sequential=True))
    case = checked(row(box), on_border(boundary("raised", "box", LATE, interrupting=False), "hear")).open()

    assert case.complete("a").open_tasks() == ["box[1]/a", "hear"]
    assert case.complete("a").open_tasks() == ["hear", "hear#2"]


def test_a_signal_from_one_instance_interrupts_all_of_them() -> None:
    box = sub("box", start("in"), user("a"), end("shout", ALARM), path("in", "a", "shout"), many("3"))
    case = checked(row(box), on_border(boundary("heard", "box", ALARM), "react")).open()

    assert case.complete("p/box[1]/a").open_tasks() == ["react"]


def test_instances_nobody_waits_for_any_more_give_up_what_they_called_and_set() -> None:
    called = other(user("b"), beside=handler("remind", timer('"P3D"'), user("c"), interrupting=False))
    box = sub("box", inner(user("a"), call("ring")), boundary("soon", "ring", DAY, interrupting=False), user("hurry"),
              end("hurried"), path("soon", "hurry", "hurried"), many("3", until="x.enough == true"))  # fmt: skip
    case = checked(row(box, user("after")), called=called).open()
    case.complete("p/box[0]/a").fire("p/box[0]/soon").complete("p/box[1]/a").complete("p/box[1]/ring/b")
    assert case.open_tasks() == ["box[0]/hurry", "box[0]/ring/b", "box[2]/a"]

    case.take("fact_corrected", payload={"x.enough": True}).complete("p/box[2]/a").complete("p/box[2]/ring/b")
    assert case.open_tasks() == ["after"]
    assert not case.timers


def test_a_loop_asks_again_after_a_round_that_was_terminated() -> None:
    box = sub(
        "box", start("in"), gateway("parallel", "fork"), user("a"), user("b"), end("enough", about("terminate")),
        end("out"), path("in", "fork", "a", "enough"), path("fork", "b", "out"), again("x.more == true"),
    )  # fmt: skip
    case = checked(row(box, user("after"))).open().complete("a", x__more=True)

    assert case.open_tasks() == ["box[1]/a", "box[1]/b"]
    assert case.complete("a", x__more=False).open_tasks() == ["after"]


def test_a_link_leads_on_within_its_own_instance() -> None:
    box = sub("box", start("in"), user("a"), throw("jump", link("bridge")), catch("land", link("bridge")), user("b"),
              end("out"), path("in", "a", "jump"), path("land", "b", "out"), many("2"))  # fmt: skip
    case = checked(row(box)).open().complete("p/box[1]/a")

    assert case.open_tasks() == ["box[0]/a", "box[1]/b"]


# --- event sub-processes ---


def test_an_event_sub_process_interrupts_its_own_instance_alone() -> None:
    box = sub("box", inner(user("a")), handler("instead", DAY, user("b")), many("2"))
    case = checked(row(box, user("after"))).open().fire("p/box[0]/instead/instead_start")
    assert case.open_tasks() == ["box[0]/instead/b", "box[1]/a"]
    assert list(case.timers) == ["p/box[1]/instead/instead_start"]

    assert case.complete("b").complete("a").open_tasks() == ["after"]


def test_an_event_sub_process_interrupts_its_own_call_alone() -> None:
    called = other(user("a"), beside=handler("instead", DAY, user("b")))
    case = checked(row(call("ring", many("2")), user("after")), called=called).open()
    case.fire("p/ring[1]/instead/instead_start")

    assert case.open_tasks() == ["ring[0]/a", "ring[1]/instead/b"]
    assert case.complete("b").complete("a").open_tasks() == ["after"]


def test_an_error_mended_inside_a_call_is_none_to_the_caller() -> None:
    deep = sub("deep", start("deep_in"), user("a"), end("fail", BROKEN), path("deep_in", "a", "fail"))
    called = other(deep, beside=handler("mend", BROKEN, user("b")))
    case = checked(
        row(call("ring"), user("after")), on_border(boundary("failed", "ring", about("error")), "c"), called=called
    ).open()

    assert case.complete("a").open_tasks() == ["ring/mend/b"]
    assert case.complete("b").open_tasks() == ["after"]


def test_an_error_beside_the_flow_is_mended_by_its_neighbour_and_ends_the_flow() -> None:
    aside = event_sub("aside", start("told", NEWS, interrupting=False), user("b"), end("fail", BROKEN),
                      path("told", "b", "fail"))  # fmt: skip
    box = sub("box", inner(user("a")), aside, handler("mend", BROKEN, user("c")))
    case = checked(row(box, user("after"))).open().receive("news").complete("b")

    assert case.open_tasks() == ["box/mend/c"]
    assert not case.waits
    assert case.complete("c").open_tasks() == ["after"]


def test_an_error_beside_the_flow_cancels_its_scope_and_all_others_beside_it() -> None:
    aside = event_sub("aside", start("told", NEWS, interrupting=False), user("b"), end("fail", BROKEN),
                      path("told", "b", "fail"))  # fmt: skip
    case = checked(
        row(sub("box", inner(user("a")), aside)), on_border(boundary("failed", "box", BROKEN), "mend")
    ).open()
    case.receive("news").receive("news").complete("p/box/aside#2/b")

    assert case.open_tasks() == ["mend"]


@pytest.mark.parametrize("beside", [True, False])
def test_an_escalation_raised_again_by_its_handler_goes_on_outside(beside: bool) -> None:
    """BPMN 2.0.2, 13.5.4: an event sub-process may retrigger its event, to continue it outside its scope."""
    note = event_sub("note", start("raised", LATE, interrupting=not beside), user("n"), end("up", LATE),
                     path("raised", "n", "up"))  # fmt: skip
    box = sub("box", inner(user("a"), throw("raise", LATE), user("b")), note)
    case = checked(row(box), on_border(boundary("caught", "box", LATE, interrupting=False), "hear")).open()
    case.complete("a").complete("n")

    assert case.open_tasks() == (["box/b", "hear"] if beside else ["hear"])


def test_an_escalation_from_deep_inside_a_handler_passes_the_handler_by() -> None:
    deep = sub("deep", start("deep_in"), end("up", LATE), path("deep_in", "up"))
    box = sub("box", inner(throw("raise", LATE), user("b")), handler("note", LATE, deep, interrupting=False))
    case = checked(row(box), handler("hear", LATE, user("h"), interrupting=False)).open()

    assert case.open_tasks() == ["box/b", "hear/h"]


def test_a_terminate_end_beside_the_flow_ends_that_handler_alone() -> None:
    aside = event_sub(
        "aside", start("told", NEWS, interrupting=False), gateway("parallel", "fork"), user("b"), user("c"),
        end("enough", about("terminate")), end("d"), path("told", "fork", "b", "enough"), path("fork", "c", "d"),
    )  # fmt: skip
    case = checked(row(user("a")), aside).open().receive("news").receive("news").complete("p/aside/b").complete("a")

    assert case.open_tasks() == ["aside#2/b", "aside#2/c"]
    assert case.complete("b").outcome == "completed"


def test_a_handler_has_handlers_of_its_own() -> None:
    within = handler("within", timer('"P2D"'), user("c"))
    outer = event_sub("outer", start("told", NEWS, interrupting=False), user("b"), end("outer_end"),
                      path("told", "b", "outer_end"), within)  # fmt: skip
    case = checked(row(user("a")), outer).open().receive("news").fire("within_start").complete("a")

    assert case.open_tasks() == ["outer/within/c"]
    assert case.complete("c").outcome == "completed"


def test_a_round_waits_for_what_runs_beside_it_and_the_next_hears_anew() -> None:
    box = sub("box", inner(user("a")), handler("aside", NEWS, user("b"), interrupting=False), again("x.more == true"))
    case = checked(row(box)).open().receive("news").complete("a", x__more=True)
    assert case.open_tasks() == ["box[0]/aside/b"]

    assert case.complete("b").receive("news").open_tasks() == ["box[1]/a", "box[1]/aside/b"]


def test_a_throw_that_interrupts_its_own_scope_goes_no_further() -> None:
    box = sub("box", inner(user("a"), throw("shout", ALARM), user("never")), handler("instead", ALARM, user("b")))
    case = checked(row(box, user("after"))).open().complete("a")

    assert case.open_tasks() == ["box/instead/b"]
    assert case.complete("b").open_tasks() == ["after"]


def test_of_two_events_that_interrupt_at_once_the_first_alone_comes() -> None:
    box = sub("box", start("in"), gateway("parallel", "fork"), throw("raise", LATE), throw("shout", ALARM), end("o1"),
              end("o2"), path("in", "fork", "raise", "o1"), path("fork", "shout", "o2"))  # fmt: skip
    case = checked(
        row(box), on_border(boundary("raised", "box", LATE), "b"), on_border(boundary("heard", "box", ALARM), "c")
    ).open()

    assert case.open_tasks() == ["b"]


# --- conditions ---


def test_conditions_that_come_true_together_are_both_heard() -> None:
    """What the first one leads to may make the condition of the other false again: it was true all the same."""
    case = checked(
        row(user("a")),
        handler("one", when("x.ready == true"), script("reset", "x.ready = false"), interrupting=False),
        handler("two", when("x.ready == true"), user("b"), interrupting=False),
    ).open()
    case.take("fact_corrected", payload={"x.ready": True})

    assert case.open_tasks() == ["a", "two/b"]


def test_a_condition_that_interrupts_cancels_what_came_true_with_it() -> None:
    case = checked(
        row(user("a")), on_border(boundary("ready", "a", when("x.ready == true"), interrupting=False), "b"),
        handler("instead", when("x.ready == true"), user("c")),
    ).open()  # fmt: skip

    assert case.take("fact_corrected", payload={"x.ready": True}).open_tasks() == ["instead/c"]


def test_a_condition_that_holds_at_the_opening_comes_before_the_first_task() -> None:
    case = checked(row(user("a")), handler("instead", when("x.ready == true"), user("b"))).open(x__ready=True)

    assert case.open_tasks() == ["instead/b"]
    assert not [effect for effect in case.history if effect.get("element") == "a"]


def test_two_branches_that_wait_for_one_condition_go_on_together() -> None:
    case = checked(
        start(), gateway("parallel", "fork"), catch("one", when("x.ready == true")),
        catch("two", when("x.ready == true")), script("reset", "x.ready = false"), gateway("parallel", "join"),
        user("after"), end(), path("begin", "fork", "one", "reset", "join", "after", "done"),
        path("fork", "two", "join"),
    ).open()  # fmt: skip

    assert case.take("fact_corrected", payload={"x.ready": True}).open_tasks() == ["after"]


# --- joins, choices, ends ---


def test_an_inclusive_join_does_not_wait_for_a_choice_that_may_come_by_a_flow_it_has() -> None:
    """BPMN 2.0.2, table 13.3: the token waits at the event gateway, from where a way leads to a flow that has one."""
    case = checked(
        start(), gateway("parallel", "split"), user("a"), gateway("eventBased", "first"), catch("told", NEWS),
        catch("soon", DAY), gateway("exclusive", "meet"), gateway("inclusive", "join"), user("last"), end(),
        path("begin", "split", "a", "meet", "join", "last", "done"), path("split", "first", "told", "join"),
        path("first", "soon", "meet"),
    ).open()  # fmt: skip
    case.complete("a")

    assert case.open_tasks() == ["last"]
    assert case.receive("news").open_tasks() == ["last", "last#2"]


def test_an_inclusive_join_goes_on_once_more_for_each_further_token() -> None:
    """An event that comes twice brings two tokens by one flow: the first goes on with the others, the second alone."""
    case = checked(
        start(), gateway("parallel", "split"), user("a"), user("b"), boundary("told", "b", NEWS, interrupting=False),
        gateway("inclusive", "join"), user("last"), end(), path("begin", "split", "a", "join", "last", "done"),
        path("split", "b", "join"), path("told", "join"),
    ).open()  # fmt: skip
    case.complete("a").receive("news").receive("news")
    assert case.open_tasks() == ["b"]

    assert case.complete("b").open_tasks() == ["last", "last#2"]


def test_an_inclusive_join_begins_afresh_with_each_round() -> None:
    box = sub(
        "box", start("in"), gateway("inclusive", "split", "split_to_b"), user("a"), user("b"),
        gateway("inclusive", "join"), end("out"), path("in", "split"), flow("split", "a", "x.both == true"),
        flow("split", "c", "x.both == true"), user("c"), path("split", "b", "join", "out"), path("a", "join"),
        path("c", "join"), again("x.more == true"),
    )  # fmt: skip
    case = checked(row(box, user("after"))).open(x__both=True, x__more=True).complete("c")
    assert case.open_tasks() == ["box[0]/a"]

    assert case.complete("a").open_tasks() == ["box[1]/a", "box[1]/c"]
    assert case.complete("a", x__both=False).complete("c").open_tasks() == ["box[2]/b"]
    assert case.complete("b", x__more=False).open_tasks() == ["after"]


def test_a_terminate_end_of_the_case_leaves_nothing_anywhere() -> None:
    called = other(user("b"), beside=handler("remind", about("message", "reply"), user("c"), interrupting=False))
    asking = sub("box", inner(element("serviceTask", "ask", act="ask")), many("2"))
    case = checked(
        start(), gateway("parallel", "fork"), call("ring"), asking, user("a"), gateway("eventBased", "first"),
        on_border(boundary("soon", "box", DAY, interrupting=False), "hurry"), catch("told", NEWS),
        catch("later", timer('"P2D"')), end("enough", about("terminate")), end("d1"), end("d2"), end("d3"), end("d4"),
        path("begin", "fork", "ring", "d1"), path("fork", "box", "d2"), path("fork", "a", "enough"),
        path("fork", "first", "told", "d3"), path("first", "later", "d4"), called=called,
    ).open().fire("soon")  # fmt: skip
    assert len(case.acts) == len(case.waits) == 2

    assert case.complete("a").outcome == "terminated"


def test_a_cancelled_transaction_of_several_cancels_them_all() -> None:
    deal = sub("deal", start("in"), gateway("parallel", "fork"), user("a"), user("b"), end("off", about("cancel")),
               end("out"), path("in", "fork", "a", "off"), path("fork", "b", "out"), many("2"),
               tag="transaction")  # fmt: skip
    case = checked(row(deal), on_border(boundary("cancelled", "deal", about("cancel")), "undo")).open()

    assert case.complete("p/deal[0]/a").open_tasks() == ["undo"]


def test_an_error_passes_through_two_calls_and_gives_up_what_they_asked() -> None:
    third = process("third", start("in3"), gateway("parallel", "fork"), element("serviceTask", "ask", act="ask"),
                    user("a"), end("fail", BROKEN), end("d3"), path("in3", "fork", "ask", "d3"),
                    path("fork", "a", "fail"))  # fmt: skip
    case = checked(
        row(call("ring")), on_border(boundary("failed", "ring", BROKEN), "mend"),
        called=other(call("deeper", called="third")) + third,
    ).open()  # fmt: skip
    assert list(case.acts) == ["p/ring/deeper/ask"]

    assert case.complete("a").open_tasks() == ["mend"]
    with pytest.raises(EventRefusedError):
        case.take("act_answered", "p/ring/deeper/ask")


def test_a_message_on_a_border_ends_a_call_that_waits_for_it_too() -> None:
    called = other(user("a"), beside=handler("aside", NEWS, user("b"), interrupting=False))
    case = checked(
        row(call("ring")), on_border(boundary("told", "ring", NEWS), "react"), called=called
    ).open()  # fmt: skip

    assert case.receive("news").open_tasks() == ["react"]
    with pytest.raises(EventRefusedError):
        case.receive("news")


def test_a_message_before_anybody_waits_is_refused_and_taken_when_somebody_does() -> None:
    case = checked(row(user("a"), catch("told", NEWS), user("b"))).open()
    with pytest.raises(EventRefusedError):
        case.receive("news")

    assert case.complete("a").receive("news").open_tasks() == ["b"]


def test_a_timer_of_a_cancelled_scope_comes_too_late() -> None:
    case = checked(
        row(sub("box", inner(catch("pause", DAY)))), on_border(boundary("told", "box", NEWS), "react")
    ).open()
    case.receive("news")

    with pytest.raises(EventRefusedError):
        case.take("timer_fired", "p/box/pause")
