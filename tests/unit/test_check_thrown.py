"""An event that waits for what nothing throws is refused in a procedure and pointed out in a diagram alone."""

import pytest

from engine.check import check, report
from tests.diagrams import about, boundary, call, element, end, event_sub, path, process, start, sub, throw, user
from tests.unit.test_check import drawn

BROKEN, LATE = about("error", "broken"), about("escalation", "late")
ACT = element("serviceTask", "work", act="ask_system", act__source="'registry'")
RULE = element("serviceTask", "work", rule="recognition.time_limit@1")
FACTS = {"facts/p.yaml": "worker.name: {type: text, label: 姓名, label_en: Name, personal: true}\n"}


def found(text: str, **others: str) -> set[tuple[str, str]]:
    """Name what a procedure of diagrams is refused for, as far as it is about events and their throwers."""
    files = {"p.bpmn": text, **{f"{name}.bpmn": other for name, other in others.items()}}
    wanted = ("error_on_task", "error_unthrown", "escalation_unthrown")
    return {(one.element, one.code) for one in check(files | FACTS) if one.code in wanted}


def guarded(host: str, event: str, *, interrupting: bool = True, name: str = "work") -> str:
    """A process of one activity with an event on its border, which leads to a task."""
    on_border = boundary("caught", name, event, interrupting=interrupting) + user("mend") + end("mended")
    ways = path("begin", name, "done") + path("caught", "mend", "mended")
    return drawn(process("p", start(), host, end(), on_border, ways))


def box(*inside: str) -> str:
    return sub("work", start("in"), user("a"), *inside, path("in", "a", "out"))


@pytest.mark.parametrize(
    "host",
    [
        user("work"),
        RULE,
        element("manualTask", "work"),
        element("task", "work"),
        element("scriptTask", "work", "<bpmn:script>x.y = 1</bpmn:script>"),
        element("businessRuleTask", "work", decision="table"),
        element("sendTask", "work", attributes='messageRef="news"'),
        element("receiveTask", "work", attributes='messageRef="news"'),
    ],
)
@pytest.mark.parametrize("event", [BROKEN, about("error", "given_up"), about("error")])
def test_an_error_on_the_border_of_a_task_that_ends_in_none_is_refused(host: str, event: str) -> None:
    text = guarded(host, event)
    assert ("caught", "error_on_task") in found(text)
    assert not report("p.bpmn", text.encode())["runs"], "in a diagram alone as well"


@pytest.mark.parametrize("event", [about("error", "given_up"), about("error")])
def test_an_act_may_be_given_up(event: str) -> None:
    assert found(guarded(ACT, event)) == set()


def test_an_act_ends_in_no_other_error() -> None:
    assert ("caught", "error_on_task") in found(guarded(ACT, BROKEN))


@pytest.mark.parametrize(
    ("event", "ending", "code"),
    [
        (BROKEN, BROKEN, ""),
        (about("error"), BROKEN, ""),
        (LATE, LATE, ""),
        (about("escalation"), LATE, ""),
        (BROKEN, about("error", "lost"), "error_unthrown"),
        (about("error"), "", "error_unthrown"),
        (LATE, "", "escalation_unthrown"),
        (LATE, BROKEN, "escalation_unthrown"),
    ],
)
def test_an_event_on_the_border_of_a_scope_waits_for_what_is_thrown_inside(event: str, ending: str, code: str) -> None:
    text = guarded(box(end("out", ending)), event)
    assert found(text) == ({("caught", code)} if code else set())
    told = report("p.bpmn", text.encode())
    assert told["runs"]
    assert (("caught", code) in {(one["element"], one["code"]) for one in told["hints"]}) is bool(code)


def test_what_is_thrown_deep_inside_or_by_an_act_that_is_given_up_there_counts() -> None:
    deep = sub("deep", start("i2"), end("o2", BROKEN), path("i2", "o2"))
    inside = sub("work", start("in"), deep, end("out"), path("in", "deep", "out"))
    assert found(guarded(inside, BROKEN)) == set()
    acting = sub("work", start("in"), ACT.replace('"work"', '"ask"'), end("out"), path("in", "ask", "out"))
    assert found(guarded(acting, about("error", "given_up"))) == set()
    assert found(guarded(acting, BROKEN)) == {("caught", "error_unthrown")}


def test_what_a_called_diagram_throws_counts_and_one_that_is_not_at_hand_may_throw_anything() -> None:
    text = guarded(call("work", called="q"), BROKEN)
    assert found(text) == set()
    assert found(text, q=drawn(process("q", start("b"), end("d", BROKEN), path("b", "d")))) == set()
    quiet = drawn(process("q", start("b"), user("x"), end("d"), path("b", "x", "d")))
    assert found(text, q=quiet) == {("caught", "error_unthrown")}


def test_diagrams_that_call_each_other_are_looked_at_once() -> None:
    other = drawn(process("q", start("b"), call("back", called="p"), end("d"), path("b", "back", "d")))
    assert found(guarded(call("work", called="q"), LATE), q=other) == {("caught", "escalation_unthrown")}


@pytest.mark.parametrize(("event", "code"), [(BROKEN, "error_unthrown"), (LATE, "escalation_unthrown")])
def test_an_event_sub_process_waits_for_what_is_thrown_round_it_not_inside_it(event: str, code: str) -> None:
    aside = event_sub("aside", start("heard", event), user("b"), end("o2", event), path("heard", "b", "o2"))
    quiet = drawn(process("p", start(), user("a"), end(), path("begin", "a", "done"), aside))
    assert found(quiet) == {("heard", code)}
    loud = drawn(process("p", start(), user("a"), end("done", event), path("begin", "a", "done"), aside))
    assert found(loud) == set()


def test_a_thrown_escalation_on_the_way_counts() -> None:
    raised = sub("work", start("in"), throw("tell", LATE), end("out"), path("in", "tell", "out"))
    assert found(guarded(raised, LATE, interrupting=False)) == set()
