"""What BPMN says of each element we run: alone, in a loop, in a cancelled scope, beside a parallel branch.

Every fragment below stands for a row of the allow-list. It is put into each of the four surroundings and driven, saved
and loaded between any two steps; in the cancelled scope it is cancelled after every step it can stop at.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engine.spiff.diagram import Container, Node, read_processes
from engine.spiff.elements import SUPPORTED
from engine.xml import parse
from tests.diagrams import (
    ACase,
    about,
    again,
    boundary,
    call,
    catch,
    diagram,
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
    script,
    start,
    sub,
    throw,
    timer,
    user,
    when,
)

Drive = Callable[[ACase], object]

EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}


@dataclass(frozen=True)
class Fragment:
    """A piece of a diagram with one way in and one way out.

    Attributes:
        enters: id of its first element.
        leaves: id of its last.
        inside: its elements and flows.
        drive: what to do until its token leaves, step by step.
        left: ids of its elements that must have been left then, as often as they must.
        called: further processes.
    """

    enters: str
    leaves: str
    inside: str
    drive: tuple[Drive, ...]
    left: tuple[str, ...]
    called: str = ""


def complete(name: str, **facts: object) -> Drive:
    return lambda case: case.complete(name, **facts)


def fire(name: str) -> Drive:
    return lambda case: case.fire(name)


def receive(name: str) -> Drive:
    return lambda case: case.receive(name)


def answer(name: str, **facts: object) -> Drive:
    return lambda case: case.answer(name, **facts)


def correct(**facts: object) -> Drive:
    return lambda case: case.take("fact_corrected", None, {k.replace("__", "."): v for k, v in facts.items()})


def complete_round(name: str, index: int, **facts: object) -> Drive:
    def drive(case: ACase) -> object:
        address = next(a for a in sorted(case.tasks) if a.endswith(f"[{index}]") and f"/{name}" in a)
        return case.complete(address, **facts)

    return drive


def alone(name: str, inside: str, *drive: Drive, left: tuple[str, ...] = ()) -> Fragment:
    return Fragment(name, name, inside, drive, left or (name,))


def boxed(name: str, *inside: str, **rest: object) -> str:
    return sub(name, inner(*inside), **rest)  # type: ignore[arg-type]


DAY = timer('"P1D"')
NEWS = about("message", "news")
ALARM = about("signal", "alarm")
LATE = about("escalation", "late")
NOTE = script("note", "x.noted = 1")
#: What is left by an event sub-process that notes, beside or instead of the rest.
NOTED_ASIDE, NOTED_INSTEAD = ((f"{name}_start", "note", f"{name}_end", name) for name in ("aside", "instead"))

FRAGMENTS = {
    "task": alone("work", element("task", "work")),
    "userTask": alone("work", user("work"), complete("work")),
    "manualTask": alone("work", element("manualTask", "work"), complete("work")),
    "scriptTask": alone("work", script("work", "x.y = 1")),
    "act": alone("ask", element("serviceTask", "ask", act="ask"), answer("ask", x__answer="yes")),
    "sendTask": alone("send", element("sendTask", "send", attributes='messageRef="news"')),
    "sendTask for each of two": alone(
        "send",
        element("sendTask", "send", many("2"), attributes='messageRef="news"'),
        left=("send", "send", "send"),
    ),
    "sendTask, in a loop": alone(
        "send",
        element("sendTask", "send", again("1 == 1", maximum=2), attributes='messageRef="news"'),
        left=("send", "send", "send"),
    ),
    "receiveTask for each of two": alone(
        "get",
        element("receiveTask", "get", many("2"), attributes='messageRef="news"'),
        receive("news"),
        receive("news"),
        left=("get", "get", "get"),
    ),
    "receiveTask": alone("get", element("receiveTask", "get", attributes='messageRef="news"'), receive("news")),
    "timer catch": alone("pause", catch("pause", DAY), fire("pause")),
    "message catch": alone("get", catch("get", NEWS), receive("news")),
    "none throw": alone("say", throw("say")),
    "message throw": alone("say", throw("say", NEWS)),
    "signal throw": alone("say", throw("say", ALARM)),
    "escalation throw": alone("say", throw("say", LATE)),
    "conditional catch": Fragment(
        "until",
        "reset",
        catch("until", when("x.ready == true")) + script("reset", "x.ready = false") + path("until", "reset"),
        (correct(x__ready=True),),
        ("until", "reset"),
    ),
    "link": Fragment(
        "jump", "land", throw("jump", link("bridge")) + catch("land", link("bridge")), (), ("jump", "land")
    ),
    "exclusive gateway": Fragment(
        "which",
        "meet",
        gateway("exclusive", "which", "which_to_b")
        + user("a")
        + user("b")
        + gateway("exclusive", "meet")
        + flow("which", "a", "x.way == 1")
        + path("which", "b", "meet")
        + path("a", "meet"),
        (complete("b"),),
        ("which", "b", "meet"),
    ),
    "parallel gateway": Fragment(
        "split",
        "join",
        gateway("parallel", "split")
        + user("a")
        + user("b")
        + gateway("parallel", "join")
        + path("split", "a", "join")
        + path("split", "b", "join"),
        (complete("b"), complete("a")),
        ("split", "a", "b", "join"),
    ),
    "inclusive gateway, two of three": Fragment(
        "split",
        "join",
        gateway("inclusive", "split", "split_to_c")
        + user("a")
        + user("b")
        + user("c")
        + gateway("inclusive", "join")
        + flow("split", "a", "1 == 1")
        + flow("split", "b", "2 == 2")
        + flow("split", "c")
        + path("a", "join")
        + path("b", "join")
        + path("c", "join"),
        (complete("b"), complete("a")),
        ("split", "a", "b", "join"),
    ),
    "inclusive gateway, default": Fragment(
        "split",
        "join",
        gateway("inclusive", "split", "split_to_c")
        + user("a")
        + user("c")
        + gateway("inclusive", "join")
        + flow("split", "a", "1 == 2")
        + flow("split", "c")
        + path("a", "join")
        + path("c", "join"),
        (complete("c"),),
        ("split", "c", "join"),
    ),
    "event gateway, timer first": Fragment(
        "first",
        "meet",
        gateway("eventBased", "first")
        + catch("pause", DAY)
        + catch("get", NEWS)
        + gateway("exclusive", "meet")
        + path("first", "pause", "meet")
        + path("first", "get", "meet"),
        (fire("pause"),),
        ("first", "pause", "meet"),
    ),
    "event gateway, condition true at once": Fragment(
        "first",
        "meet",
        gateway("eventBased", "first")
        + catch("until", when("1 == 1"))
        + catch("get", NEWS)
        + gateway("exclusive", "meet")
        + path("first", "until", "meet")
        + path("first", "get", "meet"),
        (),
        ("first", "until", "meet"),
    ),
    "event gateway, message first": Fragment(
        "first",
        "meet",
        gateway("eventBased", "first")
        + catch("pause", DAY)
        + catch("get", NEWS)
        + gateway("exclusive", "meet")
        + path("first", "pause", "meet")
        + path("first", "get", "meet"),
        (receive("news"),),
        ("first", "get", "meet"),
    ),
    "two flows out of a task": Fragment(
        "work",
        "join",
        user("work")
        + user("a")
        + user("b")
        + gateway("parallel", "join")
        + path("work", "a", "join")
        + path("work", "b", "join"),
        (complete("work"), complete("a"), complete("b")),
        ("work", "a", "b", "join"),
    ),
    "conditional flow out of a task": Fragment(
        "work",
        "meet",
        user("work", attributes='default="work_to_b"')
        + user("a")
        + user("b")
        + gateway("exclusive", "meet")
        + flow("work", "a", "x.way == 1")
        + path("work", "b", "meet")
        + path("a", "meet"),
        (complete("work", x__way=1), complete("a")),
        ("work", "a", "meet"),
    ),
    "two flows between the same elements": Fragment(
        "work",
        "join",
        user("work")
        + gateway("parallel", "join")
        + flow("work", "join", name="one")
        + flow("work", "join", name="two"),
        (complete("work"),),
        ("work", "join"),
    ),
    "sub-process": Fragment("box", "box", boxed("box", user("a")), (complete("a"),), ("in", "a", "out", "box")),
    "transaction, completed": Fragment(
        "box",
        "box",
        boxed("box", user("a"), tag="transaction"),
        (complete("a"),),
        ("in", "a", "out", "box"),
    ),
    "transaction, cancelled": Fragment(
        "box",
        "meet",
        sub(
            "box",
            start("in"),
            user("a"),
            gateway("parallel", "split"),
            user("b"),
            end("out"),
            end("give_up", about("cancel")),
            path("in", "split", "a", "give_up"),
            path("split", "b", "out"),
            tag="transaction",
        )
        + boundary("cancelled", "box", about("cancel"))
        + gateway("exclusive", "meet")
        + path("box", "meet")
        + path("cancelled", "meet"),
        (complete("a"),),
        ("in", "split", "a", "give_up", "cancelled", "meet"),
    ),
    "terminate inside a sub-process": Fragment(
        "box",
        "box",
        sub(
            "box",
            start("in"),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end("out"),
            end("enough", about("terminate")),
            path("in", "split", "a", "enough"),
            path("split", "b", "out"),
        ),
        (complete("a"),),
        ("in", "split", "a", "enough", "box"),
    ),
    "signal end": Fragment(
        "box",
        "meet",
        sub("box", start("in"), user("a"), end("shout", ALARM), path("in", "a", "shout"))
        + gateway("exclusive", "meet")
        + path("box", "meet"),
        (complete("a"),),
        ("in", "a", "shout", "box", "meet"),
    ),
    "message end": Fragment(
        "box",
        "box",
        sub("box", start("in"), user("a"), end("tell", NEWS), path("in", "a", "tell")),
        (complete("a"),),
        ("in", "a", "tell", "box"),
    ),
    "escalation end, interrupting": Fragment(
        "box",
        "meet",
        sub(
            "box",
            start("in"),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end("out"),
            end("raise", LATE),
            path("in", "split", "a", "raise"),
            path("split", "b", "out"),
        )
        + boundary("raised", "box", LATE)
        + gateway("exclusive", "meet")
        + path("box", "meet")
        + path("raised", "meet"),
        (complete("a"),),
        ("in", "split", "a", "raise", "raised", "meet"),
    ),
    "escalation throw, non-interrupting": Fragment(
        "box",
        "box",
        sub(
            "box",
            inner(throw("raise", LATE), user("a")),
        )
        + boundary("raised", "box", about("escalation"), interrupting=False)
        + NOTE
        + end("noted")
        + path("raised", "note", "noted"),
        (complete("a"),),
        ("in", "raise", "raised", "note", "noted", "a", "out", "box"),
    ),
    "error, caught on the border": Fragment(
        "box",
        "meet",
        sub(
            "box",
            start("in"),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end("out"),
            end("fail", about("error", "broken")),
            path("in", "split", "a", "fail"),
            path("split", "b", "out"),
        )
        + boundary("failed", "box", about("error", "broken"))
        + boundary("lost_it", "box", about("error", "lost"))
        + gateway("exclusive", "meet")
        + path("box", "meet")
        + path("failed", "meet")
        + path("lost_it", "meet"),
        (complete("a"),),
        ("in", "split", "a", "fail", "failed", "meet"),
    ),
    "error, caught two scopes up": Fragment(
        "outer",
        "meet",
        sub(
            "outer",
            start("in1"),
            sub("inner", start("in2"), user("a"), end("fail", about("error", "broken")), path("in2", "a", "fail")),
            end("out1"),
            path("in1", "inner", "out1"),
        )
        + boundary("failed", "outer", about("error"))
        + gateway("exclusive", "meet")
        + path("outer", "meet")
        + path("failed", "meet"),
        (complete("a"),),
        ("in1", "in2", "a", "fail", "failed", "meet"),
    ),
    "error, caught by an event sub-process": Fragment(
        "box",
        "box",
        sub(
            "box",
            start("in"),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end("out"),
            end("fail", about("error", "broken")),
            path("in", "split", "a", "fail"),
            path("split", "b", "out"),
            event_sub(
                "mend",
                start("failed", about("error", "broken")),
                user("c"),
                end("mended"),
                path("failed", "c", "mended"),
            ),
        ),
        (complete("a"), complete("c")),
        ("in", "split", "a", "fail", "failed", "c", "mended", "mend", "box"),
    ),
    "boundary timer, interrupting": Fragment(
        "work",
        "meet",
        user("work")
        + boundary("too_late", "work", DAY)
        + gateway("exclusive", "meet")
        + path("work", "meet")
        + path("too_late", "meet"),
        (fire("too_late"),),
        ("too_late", "meet"),
    ),
    "boundary timer, not in time": Fragment(
        "work",
        "meet",
        user("work")
        + boundary("too_late", "work", DAY)
        + gateway("exclusive", "meet")
        + path("work", "meet")
        + path("too_late", "meet"),
        (complete("work"),),
        ("work", "meet"),
    ),
    "boundary timer, non-interrupting": Fragment(
        "work",
        "work",
        user("work")
        + boundary("remind", "work", DAY, interrupting=False)
        + NOTE
        + end("noted")
        + path("remind", "note", "noted"),
        (fire("remind"), complete("work")),
        ("remind", "note", "noted", "work"),
    ),
    "boundary cycle timer": Fragment(
        "work",
        "work",
        user("work")
        + boundary("remind", "work", timer('"R2/P1D"', "timeCycle"), interrupting=False)
        + NOTE
        + end("noted")
        + path("remind", "note", "noted"),
        (fire("remind"), fire("remind"), complete("work")),
        ("remind", "note", "noted", "remind", "note", "noted", "work"),
    ),
    "boundary message, interrupting, cancels nested tasks": Fragment(
        "box",
        "meet",
        boxed(
            "box",
            sub("box2", start("in2"), user("a", many("2")), end("out2"), path("in2", "a", "out2")),
        )
        + boundary("told", "box", NEWS)
        + gateway("exclusive", "meet")
        + path("box", "meet")
        + path("told", "meet"),
        (complete_round("a", 0), receive("news")),
        ("in", "in2", "a", "told", "meet"),
    ),
    "boundary message, non-interrupting, twice": Fragment(
        "work",
        "work",
        user("work")
        + boundary("told", "work", NEWS, interrupting=False)
        + NOTE
        + end("noted")
        + path("told", "note", "noted"),
        (receive("news"), receive("news"), complete("work")),
        ("told", "note", "noted", "told", "note", "noted", "work"),
    ),
    "boundary signal, interrupting": Fragment(
        "box",
        "meet",
        boxed("box", user("a"), throw("shout", ALARM), user("b"))
        + boundary("heard", "box", ALARM)
        + gateway("exclusive", "meet")
        + path("box", "meet")
        + path("heard", "meet"),
        (complete("a"),),
        ("in", "a", "shout", "heard", "meet"),
    ),
    "boundary signal, non-interrupting": Fragment(
        "box",
        "box",
        boxed("box", user("a"), throw("shout", ALARM), user("b"))
        + boundary("heard", "box", ALARM, interrupting=False)
        + end("noted")
        + path("heard", "noted"),
        (complete("a"), complete("b")),
        ("in", "a", "shout", "heard", "noted", "b", "out", "box"),
    ),
    "signal catch": Fragment(
        "split",
        "join",
        gateway("parallel", "split")
        + catch("hear", ALARM)
        + user("a")
        + throw("shout", ALARM)
        + gateway("parallel", "join")
        + path("split", "hear", "join")
        + path("split", "a", "shout", "join"),
        (complete("a"),),
        ("split", "a", "shout", "hear", "join"),
    ),
    "boundary conditional, interrupting": Fragment(
        "work",
        "reset",
        user("work")
        + boundary("ready", "work", when("x.ready == true"))
        + gateway("exclusive", "meet")
        + path("work", "meet")
        + path("ready", "meet")
        + script("reset", "x.ready = false")
        + path("meet", "reset"),
        (correct(x__ready=True),),
        ("ready", "meet", "reset"),
    ),
    "boundary conditional, non-interrupting": Fragment(
        "work",
        "work",
        user("work")
        + boundary("ready", "work", when("x.ready == true"), interrupting=False)
        + end("noted")
        + path("ready", "noted"),
        (
            correct(x__ready=True),
            correct(x__ready=True),
            correct(x__ready=False),
            correct(x__ready=True),
            complete("work", x__ready=False),
        ),
        ("ready", "noted", "ready", "noted", "work"),
    ),
    "event sub-process, message, any number of times": alone(
        "box",
        sub("box", inner(user("a")), handler("aside", NEWS, NOTE, interrupting=False)),
        receive("news"),
        receive("news"),
        complete("a"),
        left=("in", *NOTED_ASIDE, *NOTED_ASIDE, "a", "out", "box"),
    ),
    "event sub-process holds its scope open": alone(
        "box",
        sub("box", inner(user("a")), handler("aside", NEWS, user("b"), interrupting=False)),
        receive("news"),
        complete("a"),
        complete("b"),
        left=("in", "aside_start", "a", "out", "b", "aside_end", "aside", "box"),
    ),
    "event sub-process, interrupting message": alone(
        "box",
        sub(
            "box",
            start("in"),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end("out"),
            end("out2"),
            path("in", "split", "a", "out"),
            path("split", "b", "out2"),
            handler("instead", NEWS, user("c")),
        ),
        receive("news"),
        complete("c"),
        left=("in", "split", "instead_start", "c", "instead_end", "instead", "box"),
    ),
    "event sub-process, timer": alone(
        "box",
        sub("box", inner(user("a")), handler("aside", DAY, NOTE, interrupting=False)),
        fire("aside_start"),
        complete("a"),
        left=("in", *NOTED_ASIDE, "a", "out", "box"),
    ),
    "event sub-process, interrupting timer": alone(
        "box",
        sub("box", inner(user("a")), handler("instead", DAY, NOTE)),
        fire("instead_start"),
        left=("in", *NOTED_INSTEAD, "box"),
    ),
    "event sub-process, signal": alone(
        "box",
        sub(
            "box",
            inner(user("a"), throw("shout", ALARM), user("b")),
            handler("aside", ALARM, NOTE, interrupting=False),
        ),
        complete("a"),
        complete("b"),
        left=("in", "a", "shout", *NOTED_ASIDE, "b", "out", "box"),
    ),
    "event sub-process, interrupting signal": alone(
        "box",
        sub("box", inner(user("a"), throw("shout", ALARM), user("b")), handler("instead", ALARM, NOTE)),
        complete("a"),
        left=("in", "a", "shout", *NOTED_INSTEAD, "box"),
    ),
    "event sub-process, escalation": alone(
        "box",
        sub(
            "box",
            inner(user("a"), throw("raise", LATE), user("b")),
            handler("aside", LATE, NOTE, interrupting=False),
        ),
        complete("a"),
        complete("b"),
        left=("in", "a", "raise", *NOTED_ASIDE, "b", "out", "box"),
    ),
    "event sub-process, interrupting escalation": alone(
        "box",
        sub("box", inner(user("a"), throw("raise", LATE), user("b")), handler("instead", LATE, NOTE)),
        complete("a"),
        left=("in", "a", "raise", *NOTED_INSTEAD, "box"),
    ),
    "event sub-process, conditional": alone(
        "box",
        sub("box", inner(user("a")), handler("aside", when("x.ready == true"), NOTE, interrupting=False)),
        correct(x__ready=True),
        complete("a", x__ready=False),
        left=("in", *NOTED_ASIDE, "a", "out", "box"),
    ),
    "event sub-process, interrupting conditional": alone(
        "box",
        sub("box", inner(user("a")), handler("instead", when("x.ready == true"), script("note", "x.ready = false"))),
        correct(x__ready=True),
        left=("in", *NOTED_INSTEAD, "box"),
    ),
    "call activity": Fragment(
        "ring",
        "ring",
        call("ring"),
        (complete("a"),),
        ("in", "a", "out", "ring"),
        called=process("other", start("in"), user("a"), end("out"), path("in", "a", "out")),
    ),
    "multi-instance, parallel": Fragment(
        "vote",
        "vote",
        user("vote", many("2")),
        (complete_round("vote", 1), complete_round("vote", 0)),
        ("vote", "vote", "vote"),
    ),
    "multi-instance, sequential": Fragment(
        "vote",
        "vote",
        user("vote", many("2", sequential=True)),
        (complete_round("vote", 0), complete_round("vote", 1)),
        ("vote", "vote", "vote"),
    ),
    "multi-instance, none": Fragment("vote", "vote", user("vote", many("0")), (), ("vote",)),
    "multi-instance, completion condition": Fragment(
        "vote",
        "vote",
        user("vote", many("3", until="x.enough == true")),
        (complete_round("vote", 2), complete_round("vote", 0, x__enough=True)),
        ("vote", "vote", "vote"),
    ),
    "multi-instance sub-process": Fragment(
        "box",
        "box",
        boxed("box", user("a"), many("2")),
        (
            lambda case: case.complete(min(a for a in case.tasks if a.endswith("]/a"))),
            lambda case: case.complete(min(a for a in case.tasks if a.endswith("]/a"))),
        ),
        ("in", "a", "out", "box", "in", "a", "out", "box", "box"),
    ),
    "multi-instance call activity": Fragment(
        "ring",
        "ring",
        call("ring", many("2")),
        (
            lambda case: case.complete(max(a for a in case.tasks if a.endswith("]/a"))),
            lambda case: case.complete(min(a for a in case.tasks if a.endswith("]/a"))),
        ),
        ("in", "a", "out", "ring", "in", "a", "out", "ring", "ring"),
        called=process("other", start("in"), user("a"), end("out"), path("in", "a", "out")),
    ),
    "multi-instance with a boundary timer": Fragment(
        "vote",
        "meet",
        user("vote", many("2"))
        + boundary("too_late", "vote", DAY)
        + gateway("exclusive", "meet")
        + path("vote", "meet")
        + path("too_late", "meet"),
        (complete_round("vote", 0), fire("too_late")),
        ("vote", "too_late", "meet"),
    ),
    "standard loop, asked after": Fragment(
        "work",
        "work",
        user("work", again("x.more == true")),
        (complete_round("work", 0, x__more=True), complete_round("work", 1, x__more=False)),
        ("work", "work", "work"),
    ),
    "standard loop, asked before": Fragment(
        "work", "work", user("work", again("x.more == true", before=True)), (), ("work",)
    ),
    "standard loop, at most": Fragment(
        "work",
        "work",
        user("work", again("1 == 1", maximum=2)),
        (complete_round("work", 0), complete_round("work", 1)),
        ("work", "work", "work"),
    ),
}


def left_since(case: ACase, mark: int) -> Counter[str]:
    return Counter(
        e["address"].rpartition("/")[2].partition("#")[0].partition("[")[0]
        for e in case.history[mark:]
        if e["effect"] == "left"
    )


fragments = pytest.mark.parametrize("fragment", FRAGMENTS.values(), ids=FRAGMENTS.keys())


@fragments
def test_alone_it_does_what_the_standard_says(fragment: Fragment) -> None:
    case = ACase(
        start(),
        fragment.inside,
        end(),
        path("begin", fragment.enters),
        path(fragment.leaves, "done"),
        called=fragment.called,
    )
    case.open()
    for drive in fragment.drive:
        assert case.outcome is None
        drive(case)

    assert case.outcome == "completed"
    assert left_since(case, 0) == Counter((*fragment.left, "begin", "done"))


@fragments
def test_in_a_loop_the_second_round_is_like_the_first(fragment: Fragment) -> None:
    case = ACase(
        start(),
        gateway("exclusive", "enter"),
        fragment.inside,
        user("review"),
        gateway("exclusive", "once_more", "once_more_to_done"),
        end(),
        path("begin", "enter", fragment.enters),
        path(fragment.leaves, "review", "once_more", "done"),
        flow("once_more", "enter", "x.once_more == true"),
        called=fragment.called,
    )
    case.open()
    mark = 0
    for _ in range(3):
        for drive in fragment.drive:
            drive(case)
        assert left_since(case, mark) - Counter(("begin", "enter", "review", "once_more")) == Counter(fragment.left)
        assert [a.rpartition("/")[2].partition("#")[0] for a in case.tasks] == ["review"]
        mark = len(case.history)
        case.complete("review", x__once_more=True, x__enough=False, x__more=False)
    for drive in fragment.drive:
        drive(case)
    case.complete("review", x__once_more=False)

    assert case.outcome == "completed"


def cancelled_box(fragment: Fragment) -> ACase:
    return ACase(
        start(),
        sub(
            "whole",
            start("whole_in"),
            fragment.inside,
            user("last"),
            end("whole_out"),
            path("whole_in", fragment.enters),
            path(fragment.leaves, "last", "whole_out"),
        ),
        boundary("stopped", "whole", about("message", "stop")),
        user("after"),
        end(),
        end("done2"),
        path("begin", "whole", "done"),
        path("stopped", "after", "done2"),
        called=fragment.called,
    )


@fragments
def test_a_cancelled_scope_leaves_nothing_of_it_behind(fragment: Fragment) -> None:
    for steps in range(len(fragment.drive) + 1):
        case = cancelled_box(fragment).open()
        for drive in fragment.drive[:steps]:
            drive(case)
        case.receive("stop")

        assert case.open_tasks() == ["after"]
        assert not case.timers
        assert not case.waits
        assert not case.acts
        case.complete("after")
        assert case.outcome == "completed"


@fragments
@pytest.mark.parametrize("other_first", [True, False])
def test_beside_a_parallel_branch_each_goes_its_way(fragment: Fragment, other_first: bool) -> None:
    case = ACase(
        start(),
        gateway("parallel", "fork"),
        fragment.inside,
        user("other"),
        gateway("parallel", "unite"),
        end(),
        path("begin", "fork", fragment.enters),
        path(fragment.leaves, "unite", "done"),
        path("fork", "other", "unite"),
        called=fragment.called,
    )
    case.open()
    steps = [*fragment.drive]
    steps.insert(0 if other_first else len(steps), complete("other"))
    for drive in steps:
        assert case.outcome is None
        drive(case)

    assert case.outcome == "completed"
    assert left_since(case, 0) == Counter((*fragment.left, "begin", "fork", "other", "unite", "done"))


def rows_shown() -> set[tuple[str, str, str]]:
    """Give the rows of the allow-list that the fragments, and the file of facts, show."""
    shown = {("businessRuleTask", "", ""), ("startEvent", "message", "process")}
    for fragment in FRAGMENTS.values():
        for outer in read_processes(parse(diagram(process("p", start(), fragment.inside), fragment.called))).values():
            for container, node in outer.walk():
                shown.add((node.tag, node.trigger.kind if node.tag in EVENTS else "", position(outer, container, node)))
    return shown


def position(outer: Container, container: Container, node: Node) -> str:
    if node.tag == "boundaryEvent":
        return "interrupting" if node.interrupting else "non_interrupting"
    if node.tag != "startEvent":
        return ""
    owner = next((n for _, n in outer.walk() if n.inner is container), None)
    if owner is None:
        return "process"
    if not owner.by_event:
        return "sub_process"
    return "event_interrupting" if node.interrupting else "event_non_interrupting"


def test_every_row_of_the_allow_list_is_shown_by_a_fragment() -> None:
    assert set(SUPPORTED) - rows_shown() == set()


def test_a_process_that_a_message_starts_is_opened_like_any_other() -> None:
    case = ACase(start("told", NEWS), user("work"), end(), path("told", "work", "done")).open()

    assert case.left() == ["told"]
