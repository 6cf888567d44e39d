"""An act that is given up is an error of its service task: caught on its border or round it, or refused."""

import pytest

from engine import EventRefusedError, StepError
from engine.model import GIVEN_UP
from engine.values import encode
from tests.diagrams import ACase, about, boundary, element, end, event_sub, many, path, process, start, sub, user

WHY = {"act__given_up": "该系统已停用"}


def act(name: str, *inside: str) -> str:
    return element("serviceTask", name, *inside, act="ask_system", act__source="'registry'")


def aside(*inside: str) -> str:
    """An act, then its end; beside them a task on another way."""
    return start() + act("ask", *inside) + end("done") + user("by_hand") + end("helped") + path("begin", "ask", "done")


ON_BORDER = aside() + boundary("failed", "ask", about("error")) + path("failed", "by_hand", "helped")


def test_the_reason_travels_under_a_name_of_its_own() -> None:
    assert GIVEN_UP == "act.given_up"


def test_an_error_on_the_border_of_an_act_is_the_way_on() -> None:
    case = ACase(ON_BORDER).open().answer("ask", **WHY)
    assert case.open_tasks() == ["by_hand"]
    assert case.left() == ["begin", "failed"]
    assert [each["effect"] for each in case.effects][:3] == ["entered", "act_cancelled", "cancelled"]


def test_why_it_was_given_up_is_no_fact_of_the_case() -> None:
    case = ACase(ON_BORDER).open().answer("ask", **WHY)
    assert case.told("fact_written") == []


def test_an_act_that_is_answered_does_not_take_that_way() -> None:
    case = ACase(ON_BORDER).open().answer("ask")
    assert (case.outcome, case.left()) == ("completed", ["begin", "ask", "done"])


@pytest.mark.parametrize("code", ["broken", "lost"])
def test_an_error_of_another_code_is_not_the_way_on(code: str) -> None:
    diagram = aside() + boundary("failed", "ask", about("error", code)) + path("failed", "by_hand", "helped")
    case = ACase(diagram).open()
    with pytest.raises(EventRefusedError):
        case.answer("ask", **WHY)
    assert case.answer("ask").outcome == "completed"


@pytest.mark.parametrize("diagram", [start() + act("ask") + end() + path("begin", "ask", "done")])
def test_without_a_way_on_the_case_goes_on_waiting_and_does_not_end(diagram: str) -> None:
    case = ACase(diagram).open()
    before = encode(case.state)
    with pytest.raises(EventRefusedError):
        case.answer("ask", **WHY)
    assert (case.outcome, encode(case.state)) == (None, before)


def test_the_nearest_sub_process_round_it_that_catches_errors_is_left() -> None:
    box = sub("box", start("in"), act("ask"), end("out"), path("in", "ask", "out"))
    outer = sub("outer", start("in2"), box, user("beside"), end("out2"), path("in2", "box", "out2"))
    outer = outer.replace(path("in2", "box", "out2"), path("in2", "box", "out2") + path("in2", "beside", "out2"))
    diagram = (
        start()
        + outer
        + end("done")
        + user("by_hand")
        + end("helped")
        + path("begin", "outer", "done")
        + boundary("failed", "outer", about("error"))
        + path("failed", "by_hand", "helped")
    )
    case = ACase(diagram).open()
    assert case.answer("ask", **WHY).open_tasks() == ["by_hand"]


def test_an_event_sub_process_beside_it_catches_it() -> None:
    handler = event_sub(
        "handler", start("failed", about("error")), user("by_hand"), end("helped"), path("failed", "by_hand", "helped")
    )
    case = ACase(start() + act("ask") + end("done") + path("begin", "ask", "done") + handler).open()
    assert case.answer("ask", **WHY).open_tasks() == ["handler/by_hand"]
    assert case.complete("by_hand").outcome == "completed"


def test_one_of_several_that_is_given_up_gives_them_all_up() -> None:
    diagram = aside(many("3")) + boundary("failed", "ask", about("error")) + path("failed", "by_hand", "helped")
    case = ACase(diagram).open()
    case.answer("p/ask[0]")
    case.answer("p/ask[1]", **WHY)
    assert (case.open_tasks(), case.acts) == (["by_hand"], {})


def test_a_caller_catches_what_its_called_diagram_gave_up() -> None:
    called = process("q", start("in"), act("ask"), end("out"), path("in", "ask", "out"))
    call = element("callActivity", "call", attributes='calledElement="q"')
    diagram = (
        start()
        + call
        + end("done")
        + user("by_hand")
        + end("helped")
        + path("begin", "call", "done")
        + boundary("failed", "call", about("error"))
        + path("failed", "by_hand", "helped")
    )
    case = ACase(diagram, called=called).open()
    assert case.answer("ask", **WHY).open_tasks() == ["by_hand"]


def test_an_error_that_is_thrown_and_nobody_catches_is_told_as_before() -> None:
    box = sub("box", start("in"), user("a"), end("fail", about("error", "broken")), path("in", "a", "fail"))
    case = ACase(start() + box + end("done") + path("begin", "box", "done")).open()
    with pytest.raises(StepError, match="uncaught_error"):
        case.complete("a")
