"""Elements inside one another: what one instance, scope or called diagram does to those round it and beside it."""

import pytest

from engine import StepError
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
    script,
    start,
    sub,
    throw,
    timer,
    user,
)


def caught(host: str, kind: str, code: str = "", *, called_: str = "", interrupting: bool = True) -> ACase:
    """A case whose host has one event on its border, that leads to a task of its own."""
    name = host.partition(' id="')[2].partition('"')[0]
    event = boundary("caught", name, about(kind, code), interrupting=interrupting)
    return ACase(row(host), event, user("handle"), end("handled"), path("caught", "handle", "handled"), called=called_)


def test_an_error_in_one_instance_ends_all_of_them() -> None:
    box = sub("box", start("in"), user("a"), end("fail", about("error", "broken")), path("in", "a", "fail"), many("3"))
    case = caught(box, "error", "broken").open().complete("p/box[1]/a")

    assert case.open_tasks() == ["handle"]


def test_an_error_of_a_called_diagram_reaches_the_border_of_all_its_calls() -> None:
    other = process("other", start("in"), user("a"), end("fail", about("error", "broken")), path("in", "a", "fail"))
    case = caught(call("ring", many("2")), "error", called_=other).open().complete("p/ring[0]/a")

    assert case.open_tasks() == ["handle"]


def test_an_error_is_caught_by_the_nearest_that_names_it() -> None:
    failing = sub("deep", start("in"), user("a"), end("fail", about("error", "lost")), path("in", "a", "fail"))
    other = boundary("not_mine", "deep", about("error", "broken"))
    middle = sub("middle", row(failing, begin="b1", finish="d1"), other, end("d2"), path("not_mine", "d2"))
    case = caught(middle, "error").open().complete("a")

    assert case.open_tasks() == ["handle"]


@pytest.mark.parametrize(("interrupting", "open_"), [(True, ["handle"]), (False, ["handle", "ring/after"])])
def test_an_escalation_of_a_called_diagram_reaches_its_caller(interrupting: bool, open_: list[str]) -> None:
    other = process("other", inner(user("a"), throw("raise", about("escalation", "late")), user("after")))
    case = caught(call("ring"), "escalation", "late", called_=other, interrupting=interrupting).open().complete("a")

    assert case.open_tasks() == open_


def test_every_instance_may_escalate_to_one_event_that_does_not_interrupt() -> None:
    other = process("other", inner(user("a"), throw("raise", about("escalation", "late")), user("after")))
    case = caught(call("ring", many("2")), "escalation", called_=other, interrupting=False).open()
    case.complete("p/ring[0]/a").complete("p/ring[1]/a")

    assert case.open_tasks() == ["handle", "handle#2", "ring[0]/after", "ring[1]/after"]


def test_a_terminate_end_ends_its_own_instance_alone() -> None:
    box = sub(
        "box", start("in"), gateway("parallel", "fork"), user("a"), user("b"), end("out"),
        end("stop", about("terminate")), path("in", "fork", "a", "stop"), path("fork", "b", "out"), many("2"),
    )  # fmt: skip
    case = ACase(row(box)).open().complete("p/box[0]/a")

    assert case.open_tasks() == ["box[1]/a", "box[1]/b"]
    assert case.complete("p/box[1]/a").outcome == "completed"


def test_a_terminate_end_in_a_loop_leaves_the_next_round_whole() -> None:
    box = sub(
        "box", start("in"), gateway("parallel", "fork"), user("a"), user("b"), end("out"),
        end("stop", about("terminate")), path("in", "fork", "a", "stop"), path("fork", "b", "out"),
    )  # fmt: skip
    case = ACase(
        row(box, gateway("exclusive", "more", "more_to_done")), flow("more", "box", "x.more == true")
    ).open()  # fmt: skip
    case.complete("a", x__more=True)

    assert case.open_tasks() == ["box#2/a", "box#2/b"]
    case.complete("b")
    assert case.complete("a", x__more=False).outcome == "completed"


def test_a_terminate_end_of_a_called_diagram_ends_the_call_alone() -> None:
    other = process("other", start("in"), user("a"), end("stop", about("terminate")), path("in", "a", "stop"))
    case = ACase(row(call("ring"), user("after")), called=other).open().complete("a")

    assert case.open_tasks() == ["after"]


def test_each_instance_chooses_its_own_event() -> None:
    box = sub(
        "box", start("in"), gateway("eventBased", "first"), catch("told", about("message", "news"), key="x.key"),
        catch("soon", timer('"P1D"')), user("read"), user("remind"), end("out"), end("out2"),
        path("in", "first", "told", "read", "out"), path("first", "soon", "remind", "out2"), many("2"),
    )  # fmt: skip
    case = ACase(row(box)).take("opened", payload={"x.key": "A"})
    case.receive("news", "A").fire("p/box[1]/soon")

    assert case.open_tasks() == ["box[0]/read", "box[1]/remind"]
    assert not case.waits
    assert not case.timers


def test_a_timer_on_the_border_of_several_calls_ends_those_that_run_still() -> None:
    other = process("other", inner(user("a"), user("b")))
    box = sub("box", inner(call("ring", many("2"))), boundary("soon", "ring", timer('"P1D"')), user("late"), end("d"),
              path("soon", "late", "d"), many("2"))  # fmt: skip
    case = ACase(row(box), called=other).open()
    case.complete("p/box[0]/ring[0]/a").fire("p/box[0]/soon")

    assert case.open_tasks() == ["box[0]/late", "box[1]/ring[0]/a", "box[1]/ring[1]/a"]
    assert list(case.timers) == ["p/box[1]/soon"]


def test_two_instances_that_wait_at_their_borders_are_told_apart_by_their_keys() -> None:
    """An instance writes its own element of a list, and reads it as its key."""
    work = boundary("told", "work", about("message", "news"), key="case_of.number")
    box = sub("box", inner(user("ask", form="ask"), user("work")), work, end("d"), path("told", "d"), many("2"))
    form = {"forms/ask.json": '{"properties": {"case_of.number": {}}}'}
    case = ACase(files={**ACase(row(box)).definition.files, **form}).open()
    case.complete("p/box[0]/ask", case_of__number="A").complete("p/box[1]/ask", case_of__number="B")

    case.receive("news", "B")
    assert case.open_tasks() == ["box[0]/work"]


def test_an_error_in_an_event_sub_process_is_not_caught_by_itself() -> None:
    mend = event_sub("mend", start("failed", about("error")), user("b"), end("again", about("error", "lost")),
                     path("failed", "b", "again"))  # fmt: skip
    box = sub("box", start("in"), user("a"), end("fail", about("error", "broken")), path("in", "a", "fail"), mend)
    case = caught(box, "error", "lost").open().complete("a").complete("b")

    assert case.open_tasks() == ["handle"]


def test_a_cancelled_transaction_gives_up_what_it_called() -> None:
    other = process("other", inner(user("a"), user("b")))
    box = sub(
        "box", start("in"), gateway("parallel", "fork"), call("ring", many("2")), user("give_up"), end("out"),
        end("off", about("cancel")), path("in", "fork", "ring", "out"), path("fork", "give_up", "off"),
        tag="transaction",
    )  # fmt: skip
    case = caught(box, "cancel", called_=other).open().complete("p/box/ring[1]/a").complete("give_up")

    assert case.open_tasks() == ["handle"]


def test_a_signal_reaches_every_instance_at_once() -> None:
    box = sub("box", inner(catch("hear", about("signal", "alarm")), user("react")), many("2"))
    case = ACase(
        start(), gateway("parallel", "fork"), user("watch"), throw("shout", about("signal", "alarm")), box,
        gateway("parallel", "join"), end(), path("begin", "fork", "watch", "shout", "join", "done"),
        path("fork", "box", "join"),
    ).open().complete("watch")  # fmt: skip

    assert case.open_tasks() == ["box[0]/react", "box[1]/react"]


def test_an_inclusive_join_waits_for_a_branch_that_loops() -> None:
    case = ACase(
        start(), gateway("inclusive", "split", "split_to_c"), user("a"), user("b"), user("c"),
        gateway("exclusive", "more", "more_to_join"), gateway("inclusive", "join"), user("last"), end(),
        path("begin", "split"), flow("split", "a", "1 == 1"), flow("split", "b", "1 == 1"), path("split", "c", "join"),
        path("a", "more", "join"), flow("more", "a", "x.more == true"), path("b", "join", "last", "done"),
    ).open()  # fmt: skip
    case.complete("b").complete("a", x__more=True)
    assert case.open_tasks() == ["a#2"]

    assert case.complete("a", x__more=False).open_tasks() == ["last"]


def test_instances_that_are_over_at_once_leave_none_behind() -> None:
    box = sub("box", inner(script("add", "n = 1")), many("3", until="1 == 1"))
    assert ACase(row(box)).open().outcome == "completed"


def test_a_diagram_that_calls_itself_without_waiting_is_an_incident() -> None:
    with pytest.raises(StepError) as caught_:
        ACase(row(call("ring", called="p"))).open()

    assert caught_.value.reason == "engine"


def test_a_call_that_is_cut_off_gives_back_what_it_keeps_the_inner_call_first() -> None:
    deep = process("deep", inner(user("sign"), user("b")))
    other = process("other", inner(call("deeper", called="deep", keep__x__signed="x.signed"), user("after")))
    ring = call("ring", keep__x__signed="x.signed", out__x__done="True")
    stopped = boundary("stopped", "box", about("message", "stop"))
    case = ACase(
        row(sub("box", inner(ring))), stopped, end("late"), path("stopped", "late"), called=other + deep
    ).open()
    case.complete("sign", x__signed="today").receive("stop")

    assert case.outcome == "completed"
    assert case.fact("x.signed") == "today"
    assert case.fact("x.done") is None


def test_a_call_that_ends_keeps_nothing_beside_its_outputs() -> None:
    ring = call("ring", keep__x__kept="x.signed", out__x__signed="x.signed")
    case = ACase(row(ring, user("after")), called=process("other", row(user("sign"), begin="i", finish="o"))).open()
    case.complete("sign", x__signed="today")

    assert (case.fact("x.signed"), case.fact("x.kept")) == ("today", None)
