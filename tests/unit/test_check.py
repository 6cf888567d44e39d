import ast
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.bundle import bundle
from engine.check import check, report
from engine.model import DefinitionRefusedError
from engine.refusals import table as words
from engine.values import Value
from engine.xml import BPMN, SETTINGS
from tests.diagrams import (
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
from tests.not_run import not_run
from tests.unit.test_decisions import table


def drawn(*processes: str) -> str:
    """Write a file as the standard has it: only errors and escalations carry codes."""
    return re.sub(r' (?:message|signal)Code="\w+"', "", diagram(*processes))


def codes(*inside: str, others: str = "") -> set[tuple[str, str]]:
    """Check a process of these elements; give element and code of each refusal."""
    return {(one.element, one.code) for one in check({"p.bpmn": drawn(process("p", *inside), others)})}


def sandwiched(middle: str, name: str) -> tuple[str, ...]:
    """Stand one element between a start and an end."""
    return start(), middle, end(), path("begin", name, "done")


# --- what runs ---


def test_a_plain_process_runs() -> None:
    assert not codes(*sandwiched(user("ask"), "ask"))


def test_each_supported_element_runs() -> None:
    assert not codes(
        start(),
        gateway("parallel", "fork"),
        user("host", many("3", until="a.b > 2")),
        boundary("warn", "host", timer('"P10D"'), interrupting=False),
        boundary("stopped", "host", about("message", "stop")),
        sub(
            "inner",
            start("b2"),
            script("count", "a.c = 1", again("a.c < 3")),
            end("d2", about("error", "broken")),
            path("b2", "count", "d2"),
        ),
        boundary("failed", "inner", about("error", "broken")),
        gateway("parallel", "join"),
        gateway("exclusive", "ask", default="other"),
        gateway("eventBased", "wait"),
        catch("told", about("message", "news")),
        catch("waited", timer("D05 -7d", "timeDate")),
        event_sub(
            "again",
            start("b3", about("message", "reply"), interrupting=False),
            end("d3"),
            path("b3", "d3"),
        ),
        throw("call", about("escalation", "late")),
        throw("jump", link("home")),
        catch("land", link("home")),
        end(),
        path("begin", "fork", "host", "join", "ask"),
        path("fork", "inner", "join"),
        path("warn", "done"),
        end("given_up", about("terminate")),
        path("stopped", "given_up"),
        path("failed", "given_up"),
        flow("ask", "wait", "a.b == 1"),
        flow("ask", "call", name="other"),
        path("wait", "told", "jump"),
        path("wait", "waited", "done"),
        path("land", "done"),
        path("call", "done"),
    )


def test_nodes_need_not_list_their_flows() -> None:
    assert not codes(
        start(),
        gateway("exclusive", "g", default="g_to_b"),
        user("a"),
        user("b"),
        end(),
        path("begin", "g"),
        flow("g", "a", "x.y"),
        path("g", "b", "done"),
        path("a", "done"),
    )


# --- structure ---


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ((start(), end(), user("x"), user("x"), path("begin", "x", "done")), ("x", "duplicate_id")),
        ((start(), end(), user("x y"), path("begin", "x y", "done")), ("x y", "bad_id")),
        ((start(), end(), path("begin", "done"), user("alone")), ("alone", "unreachable")),
        ((start(), end(), path("begin", "done"), user("alone")), ("alone", "dead_end")),
        ((start(), end(), path("begin", "gone")), ("begin_to_gone", "flow_end")),
        ((start(), end(), path("begin", "done"), path("done", "begin")), ("done", "outgoing_not_allowed")),
        ((start(), end(), path("begin", "done"), path("done", "begin")), ("begin", "incoming_not_allowed")),
        ((end(),), ("p", "no_start")),
        ((start(), user("a"), path("begin", "a")), ("p", "no_end")),
        ((), ("p", "empty_scope")),
        (sandwiched(sub("s"), "s"), ("s", "empty_scope")),
        ((start(), start("two"), end(), path("begin", "done"), path("two", "done")), ("p", "several_starts")),
        (
            (start(), start("two", about("message", "news")), end(), path("begin", "done"), path("two", "done")),
            ("p", "several_starts"),
        ),
        (
            (start("begin", about("message", "stop")), start("two", about("message", "news")), end(),
             path("begin", "done"), path("two", "done")),
            ("p", "several_starts"),
        ),
        (
            (*sandwiched(user("a"), "a"), boundary("late", "nobody", timer('"P1D"')), path("late", "done")),
            ("late", "boundary_host"),
        ),
        (
            (start(), gateway("exclusive", "g", default="other"), end(), path("begin", "g", "done")),
            ("g", "default_flow"),
        ),
        (
            (*sandwiched(user("a"), "a"), flow("a", "done", name="twice")),
            ("a", "double_flow"),
        ),
        (
            (start(), throw("jump", link("x")), end(), path("begin", "jump"), path("begin", "done")),
            ("jump", "link_pair"),
        ),
        (
            (start(), sub("s", start("b"), throw("jump", link("x")), end("d"), path("b", "jump"), path("b", "d")),
             catch("land", link("x")), end(), path("begin", "s", "done"), path("land", "done")),
            ("jump", "link_pair"),
        ),
        (
            (*sandwiched(user("a"), "a"),
             event_sub("e", start("b", about("message", "news")), end("d"), path("b", "d")),
             path("a", "e")),
            ("e", "event_sub_process_flow"),
        ),
    ],
)  # fmt: skip
def test_what_does_not_hang_together_is_refused(inside: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert expected in codes(*inside)


def test_a_flow_does_not_cross_the_border_of_a_sub_process() -> None:
    found = codes(
        start(), sub("s", start("b"), end("d"), path("b", "d")), end(), path("begin", "s", "done"), path("b", "done")
    )
    assert ("b_to_done", "flow_end") in found


def test_a_reference_leads_to_what_it_names() -> None:
    assert ("a", "dangling_reference") in codes(*sandwiched(catch("a", about("message", "nobody")), "a"))
    assert ("a", "dangling_reference") in codes(*sandwiched(catch("a", about("message", "alarm")), "a"))


# --- elements ---


@pytest.mark.parametrize(
    ("middle", "code"),
    [
        (element("complexGateway", "x"), "complex_gateway"),
        (sub("x", user("y"), tag="adHocSubProcess"), "ad_hoc"),
        (element("choreographyTask", "x"), "choreography"),
        (script("x", "a.b = 1").replace("<bpmn:scriptTask", '<bpmn:scriptTask scriptFormat="groovy"'), "script_format"),
        (element("serviceTask", "x"), "service_without_handler"),
        (element("serviceTask", "x", rule="a.b@1", act="notify"), "service_two_handlers"),
        (element("serviceTask", "x", rule="a.b"), "rule_name"),
        (element("businessRuleTask", "x"), "decision_missing"),
        (element("receiveTask", "x"), "message_missing"),
        (element("sendTask", "x"), "message_missing"),
        (element("callActivity", "x"), "call_without_target"),
        (element("userTask", "x", attributes='isForCompensation="true"'), "compensation"),
        (throw("x", about("compensate")), "compensation"),
        (element("task", "x", attributes='startQuantity="2"'), "token_quantity"),
        (element("task", "x", attributes='completionQuantity="0"'), "token_quantity"),
        (catch("x", about("message", "news"), about("signal", "alarm")), "multiple_event"),
        (catch("x", about("error", "broken")), "unsupported_event"),
        (catch("x"), "unsupported_event"),
        (throw("x", about("error", "broken")), "unsupported_event"),
        (throw("x", about("signal")), "signal_missing"),
        (throw("x", about("escalation")), "escalation_missing"),
        (catch("x", when("")), "condition_missing"),
        (catch("x", "<bpmn:timerEventDefinition/>"), "timer_count"),
        (catch("x", timer('"P1D"</bpmn:timeDuration><bpmn:timeDuration>"P2D"')), "timer_count"),
        (user("x", many("")), "loop_cardinality"),
        (user("x", many("3").replace("isSequential", 'behavior="One" isSequential')), "loop_behaviour"),
        (user("x", again("a.b").replace("testBefore", 'loopMaximum="many" testBefore')), "loop_maximum"),
        (user("x", again("a.b").replace("testBefore", 'loopMaximum="-1" testBefore')), "loop_maximum"),
        (user("x", again("a.b").replace("testBefore", 'loopMaximum="0" testBefore')), "loop_maximum"),
        (user("x", "<bpmn:standardLoopCharacteristics/>"), "loop_endless"),
        (user("x", many("3"), again("a.b")), "loop"),
        (user("x", many("3</bpmn:loopCardinality><bpmn:loopCardinality>4")), "part_twice"),
        (script("x", "a.b = 1</bpmn:script><bpmn:script>a.c = 1"), "part_twice"),
        (user("x", many("3").replace('"false"', '"1"')), "boolean"),
        (user("x", attributes='isForCompensation="1"'), "boolean"),
        (catch("x", when('today() >= "2030-01-01"')), "condition_today"),
        (user("x", "<bpmn:potentialOwner/>"), "performer"),
        (user("x", "<bpmn:ioSpecification/>"), "data"),
        (user("x", "<bpmn:extensionElements><s:preScript>a.b = 1</s:preScript></bpmn:extensionElements>"), "extension"),
        (user("x", colour="red"), "setting_unknown"),
        (user("x", rule="a.b@1"), "setting_unknown"),
        (user("x", officers="3"), "officers"),
        (user("x", separate_from="nobody"), "separate_from"),
        (element("serviceTask", "x", act="notify", payload__a="1"), "setting_unknown"),
    ],
)  # fmt: skip
def test_what_does_not_run_is_refused_by_name(middle: str, code: str) -> None:
    assert ("x", code) in codes(*sandwiched(middle, "x"))


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (boundary("x", "a", about("compensate")), "compensation"),
        (boundary("x", "a", about("cancel")), "cancel_outside_transaction"),
        (boundary("x", "a", about("error", "broken"), interrupting=False), "unsupported_event"),
        (boundary("x", "a", about("terminate")), "unsupported_event"),
        (boundary("x", "a"), "unsupported_event"),
    ],
)
def test_a_boundary_event_that_means_nothing_is_refused(event: str, code: str) -> None:
    assert ("x", code) in codes(*sandwiched(user("a"), "a"), event, path("x", "done"))


@pytest.mark.parametrize("kind", ["timer", "signal", "conditional"])
def test_a_case_is_opened_by_a_person_or_a_message(kind: str) -> None:
    inside = {"timer": timer('"P1D"'), "signal": about("signal", "alarm"), "conditional": when("a.b")}[kind]
    assert ("begin", "unsupported_event") in codes(start("begin", inside), end(), path("begin", "done"))


def test_an_event_sub_process_begins_with_an_event() -> None:
    assert ("b", "unsupported_event") in codes(
        *sandwiched(user("a"), "a"), event_sub("e", start("b"), end("d"), path("b", "d"))
    )


def test_cancel_ends_a_transaction_only() -> None:
    assert ("d", "cancel_outside_transaction") in codes(
        *sandwiched(sub("s", start("b"), end("d", about("cancel")), path("b", "d")), "s")
    )


def test_cancel_leads_to_an_event_on_the_border() -> None:
    inside = (*sandwiched(sub("s", start("b"), end("d", about("cancel")), path("b", "d"), tag="transaction"), "s"),)
    assert codes(*inside) == {("d", "cancel_uncaught")}
    assert not codes(*inside, boundary("off", "s", about("cancel")), path("off", "done"))


@pytest.mark.parametrize("number", ["1", "0"])
def test_a_boundary_event_says_in_words_whether_it_interrupts(number: str) -> None:
    """XML Schema allows 1 and 0, which the engine would take for true."""
    event = boundary("soon", "a", timer('"P1D"')).replace('cancelActivity="true"', f'cancelActivity="{number}"')
    assert codes(*sandwiched(user("a"), "a"), event, path("soon", "done")) == {("soon", "boolean")}


@pytest.mark.parametrize("loop", [again("a.b"), many("2")])
def test_an_event_sub_process_does_not_repeat(loop: str) -> None:
    aside = event_sub("e", start("b", about("message", "news")), end("d"), path("b", "d"), loop)
    assert ("e", "loop") in codes(*sandwiched(user("a"), "a"), aside)


def test_the_standard_s_correlation_is_not_passed_over() -> None:
    others = '<bpmn:correlationProperty id="whose" name="whose"/>'
    assert codes(*sandwiched(user("a"), "a"), others=others) == {("whose", "correlation")}


def test_instances_that_wait_for_a_message_wait_for_it_by_a_key() -> None:
    def waiting(loop: str, **settings: Any) -> set[tuple[str, str]]:
        event = boundary("told", "work", about("message", "news"), **settings)
        box = sub("s", start("b"), user("work"), event, end("d"), end("d2"), path("b", "work", "d"),
                  path("told", "d2"), loop)  # fmt: skip
        return codes(*sandwiched(sub("outer", start("b1"), box, end("d1"), path("b1", "s", "d1")), "outer"))

    assert waiting(many("2")) == {("told", "message_key")}
    assert not waiting(many("2"), key="a.b")
    assert not waiting(many("2", sequential=True))
    assert not waiting("")


def test_instances_of_a_called_diagram_wait_by_a_key_too() -> None:
    def called(loop: str) -> set[tuple[str, str]]:
        inner = process("q", start("b"), catch("told", about("message", "news")), end("d"), path("b", "told", "d"))
        between = process("r", start("b2"), call("inner", called="q"), end("d2"), path("b2", "inner", "d2"))
        return codes(*sandwiched(call("x", loop, called="r"), "x"), others=between + inner)

    assert called(many("2")) == {("told", "message_key")}
    assert not called("")


def test_a_diagram_called_twice_side_by_side_waits_by_a_key() -> None:
    """Each call has facts of its own, so a message taken by the wrong one would write them in the wrong place."""
    inner = process("q", start("b"), catch("told", about("message", "news")), end("d"), path("b", "told", "d"))
    between = process("r", start("b2"), call("inner", called="q"), end("d2"), path("b2", "inner", "d2"))
    one, other = call("one", called="q"), call("other", called="r")
    ends = (start(), one, other, end())
    beside = (gateway("parallel", "fork"), gateway("parallel", "join"), path("begin", "fork", "one", "join", "done"),
              path("fork", "other", "join"))  # fmt: skip

    assert codes(*ends, *beside, others=inner + between) == {("told", "message_key")}
    assert not codes(*ends, path("begin", "one", "other", "done"), others=inner + between)


@pytest.mark.parametrize("event", [about("message", "stop"), timer('"R/P1D"', "timeCycle"), about("signal", "alarm")])
def test_what_waits_behind_an_event_that_comes_again_waits_by_a_key(event: str) -> None:
    told = catch("told", about("message", "news"))
    on_border = boundary("again", "a", event, interrupting=False) + told + path("again", "told", "done")
    begun = start("b", event, interrupting=False)
    aside = event_sub("e", begun, told, end("d"), path("b", "told", "d"))

    assert codes(*sandwiched(user("a"), "a"), on_border) == {("told", "message_key")}
    assert codes(*sandwiched(user("a"), "a"), aside) == {("told", "message_key")}
    assert not codes(*sandwiched(user("a"), "a"), on_border.replace('="false"', '="true"', 1))
    assert not codes(*sandwiched(user("a"), "a"), aside.replace('="false"', '="true"', 1))


def test_a_process_that_a_message_starts_is_not_called() -> None:
    inner = process("q", start("b", about("message", "news")), end("d"), path("b", "d"))
    assert codes(*sandwiched(call("x", called="q"), "x"), others=inner) == {("x", "called_start")}


def test_a_process_stands_in_one_file() -> None:
    text = drawn(process("p", *sandwiched(user("a"), "a")))
    assert {(one.file, one.element, one.code) for one in check({"p.bpmn": text, "q.bpmn": text})} == {
        ("p.bpmn", "p", "process_twice")
    }


def test_a_process_that_is_marked_not_executable_is_refused() -> None:
    text = drawn(process("p", *sandwiched(user("a"), "a"))).replace('isExecutable="true"', 'isExecutable="false"')
    assert {one.code for one in check({"p.bpmn": text})} == {"not_executable"}


def test_a_global_task_is_not_called() -> None:
    assert ("x", "called_global") in codes(
        *sandwiched(call("x", called="g"), "x"), others='<bpmn:globalUserTask id="g" name="g"/>'
    )


def test_an_event_gateway_leads_to_events_that_wait() -> None:
    found = codes(
        start(), gateway("eventBased", "g"), user("a"), catch("b", timer('"P1D"')), end(),
        path("begin", "g", "a", "done"), path("g", "b", "done"),
    )  # fmt: skip
    assert ("a", "event_gateway_target") in found


def test_what_an_event_gateway_waits_for_does_not_repeat() -> None:
    found = codes(
        start(), gateway("eventBased", "g"), element("receiveTask", "a", many("2"), attributes='messageRef="news"'),
        catch("b", timer('"P1D"')), end(), path("begin", "g", "a", "done"), path("g", "b", "done"),
    )  # fmt: skip
    assert found == {("a", "event_gateway_target")}


# --- flows and conditions ---


def test_a_condition_on_the_only_flow_is_refused() -> None:
    found = codes(start(), user("a"), end(), path("begin", "a"), flow("a", "done", "a.b == 1"))
    assert ("a_to_done", "condition_on_only_flow") in found


def test_a_condition_behind_an_event_or_a_parallel_gateway_is_refused() -> None:
    found = codes(
        start(), gateway("parallel", "g"), user("a"), user("b"), end(),
        flow("begin", "g", "x.y"), flow("g", "a", "x.y"), path("g", "b", "done"), path("a", "done"),
    )  # fmt: skip
    assert {("begin_to_g", "condition_ignored"), ("g_to_a", "condition_ignored")} <= found


def test_a_path_of_an_exclusive_gateway_has_a_condition_or_is_the_default() -> None:
    inside = (
        start(),
        gateway("exclusive", "g"),
        user("a"),
        user("b"),
        end(),
        path("begin", "g", "a", "done"),
        path("b", "done"),
    )
    assert {("g_to_a", "flow_without_condition")} == codes(*inside, flow("g", "b", "x.y"))


def test_the_default_flow_has_no_condition() -> None:
    found = codes(
        start(), gateway("exclusive", "g", default="g_to_a"), user("a"), user("b"), end(),
        path("begin", "g"), flow("g", "a", "x.y"), flow("g", "b", "not x.y"), path("a", "done"), path("b", "done"),
    )  # fmt: skip
    assert ("g_to_a", "default_condition") in found


# --- language ---


@pytest.mark.parametrize(
    ("text", "timing"),
    [
        ('"P10D"', "timeDuration"),
        ('"PT1H30M"', "timeDuration"),
        ('"P1M"', "timeDuration"),
        ("D05", "timeDate"),
        ("D17a -7d", "timeDate"),
        ('"2027-01-01"', "timeDate"),
        ('"2027-01-01T00:00:00Z"', "timeDate"),
        ("notice.due_on", "timeDate"),
        ("add_days(today(), 3)", "timeDate"),
        ('"R3/P1D"', "timeCycle"),
    ],
)
def test_a_time_we_read(text: str, timing: str) -> None:
    assert not codes(*sandwiched(catch("x", timer(text, timing)), "x"))


@pytest.mark.parametrize(
    ("text", "timing"),
    [
        ("P10D", "timeDuration"),
        ("PT1S", "timeDuration"),
        ('"10 days"', "timeDuration"),
        ('"P"', "timeDuration"),
        ('"2027-01-01"', "timeDuration"),
        ('"P1D"', "timeDate"),
        ('"2027-02-30"', "timeDate"),
        ("R3/P1D", "timeCycle"),
        ('"P1D"', "timeCycle"),
        ('"0 0 * * *"', "timeCycle"),
        ("D05", "timeCycle"),
        ("3 + 4", "timeDuration"),
        ("", "timeDuration"),
        ("datetime.now()", "timeDate"),
    ],
)
def test_a_time_we_do_not_read_is_refused(text: str, timing: str) -> None:
    assert codes(*sandwiched(catch("x", timer(text, timing)), "x"))


@pytest.mark.parametrize(
    ("middle", "code"),
    [
        (script("x", "print(1)"), "expression_assignment"),
        (script("x", ""), "expression_empty"),
        (user("x", again("while true")), "expression_syntax"),
        (user("x", again("go")), "bare_word"),
        (user("x", many("three")), "bare_word"),
        (user("x", deadline="soon"), "deadline"),
        (user("x", deadline="D05;soon"), "deadline"),
        (user("x", deadline__start="on=a.b"), "deadline"),
        (user("x", deadline__start="D05 on=2026"), "deadline"),
        (user("x", deadline__begin="D05 on=a.b"), "deadline"),
        (user("x", office="the city"), "setting"),
        (element("serviceTask", "x", act="notify", act__to="worker.name +"), "expression_syntax"),
        (element("serviceTask", "x", act="notify", writes="a b"), "setting"),
        (element("callActivity", "x", attributes='calledElement="q"', in__a__b="round(1)"), "expression_call"),
    ],
)
def test_a_text_that_is_not_of_our_language_is_refused(middle: str, code: str) -> None:
    assert ("x", code) in codes(*sandwiched(middle, "x"))


def test_a_condition_in_another_language_is_refused() -> None:
    text = flow("g", "a", "a.b").replace("<bpmn:conditionExpression", '<bpmn:conditionExpression language="XPath"')
    found = codes(
        start(), gateway("exclusive", "g", default="g_to_b"), user("a"), user("b"), end(),
        path("begin", "g"), text, path("g", "b", "done"), path("a", "done"),
    )  # fmt: skip
    assert ("g_to_a", "expression_language") in found


def test_a_condition_of_a_flow_is_named_by_its_flow() -> None:
    found = codes(
        start(), gateway("exclusive", "g", default="g_to_b"), user("a"), user("b"), end(),
        path("begin", "g"), flow("g", "a", "a.b ** 2"), path("g", "b", "done"), path("a", "done"),
    )  # fmt: skip
    assert found == {("g_to_a", "expression_operator")}


# --- loops and branches ---


LOOPED = (
    start(), gateway("exclusive", "enter"), gateway("parallel", "fork"), user("a"), user("b"),
    gateway("parallel", "join"), gateway("exclusive", "ask", default="ask_to_done"), end(),
    path("begin", "enter", "fork", "a", "join", "ask", "done"), path("fork", "b", "join"),
    flow("ask", "enter", "round.again"),
)  # fmt: skip


def test_a_parallel_block_in_a_loop_is_refused_with_loop_and_block() -> None:
    refusals = check({"p.bpmn": drawn(process("p", *LOOPED))})
    assert {(one.element, one.code) for one in refusals} == {("fork", "block_in_loop"), ("join", "block_in_loop")}
    assert "fork → a → join → ask → enter → fork" in refusals[0].reason["en"]


def test_the_same_block_in_a_sub_process_of_its_own_runs() -> None:
    block = sub(
        "block", start("b2"), gateway("parallel", "fork"), user("a"), user("b"), gateway("parallel", "join"), end("d2"),
        path("b2", "fork", "a", "join", "d2"), path("fork", "b", "join"),
    )  # fmt: skip
    assert not codes(
        start(), gateway("exclusive", "enter"), block, gateway("exclusive", "ask", default="ask_to_done"), end(),
        path("begin", "enter", "block", "ask", "done"), flow("ask", "enter", "round.again"),
    )  # fmt: skip


def test_a_loop_inside_one_branch_runs() -> None:
    assert not codes(
        start(), gateway("parallel", "fork"), gateway("exclusive", "enter"), user("a"),
        gateway("exclusive", "ask", default="ask_to_join"), user("b"), gateway("parallel", "join"), end(),
        path("begin", "fork", "enter", "a", "ask", "join", "done"), flow("ask", "enter", "round.again"),
        path("fork", "b", "join"),
    )  # fmt: skip


# --- joins that wait for ever ---


def met(split: str, *, join: str = "parallel") -> set[tuple[str, str]]:
    """Check two tasks between a split and a join."""
    conditional = split in ("exclusive", "inclusive")
    return codes(
        start(), gateway(split, "split", default="split_to_b" if conditional else ""), user("a"), user("b"),
        gateway(join, "join"), end(), path("begin", "split", "b", "join", "done"), path("a", "join"),
        flow("split", "a", "x.y" if conditional else ""),
    )  # fmt: skip


@pytest.mark.parametrize("split", ["exclusive", "inclusive"])
def test_a_choice_whose_branches_meet_at_a_parallel_join_is_refused(split: str) -> None:
    assert met(split) == {("join", "deadlock")}


@pytest.mark.parametrize(
    ("split", "join"),
    [("exclusive", "exclusive"), ("inclusive", "inclusive"), ("parallel", "parallel"), ("parallel", "inclusive")],
)
def test_a_split_whose_branches_meet_at_a_join_of_its_kind_runs(split: str, join: str) -> None:
    assert not met(split, join=join)


def test_a_join_that_waits_for_ever_is_named_with_its_nearest_split() -> None:
    """Not with the outer choice, from which both branches can be reached as well."""
    (only,) = check(
        {
            "p.bpmn": drawn(
                process(
                    "p", start(), gateway("exclusive", "outer", default="outer_to_inner"),
                    gateway("exclusive", "inner", default="inner_to_b"), user("a"), user("b"),
                    gateway("parallel", "join"), end(), path("begin", "outer", "inner", "b", "join", "done"),
                    flow("outer", "done", "x.y"), flow("inner", "a", "x.y"), path("a", "join"),
                )
            )
        }
    )  # fmt: skip
    assert (only.element, only.code) == ("join", "deadlock")
    assert only.reason["zh"].endswith("inner → join")
    assert only.reason["en"].endswith("inner → join")


def test_events_of_which_one_comes_cannot_meet_at_a_parallel_join() -> None:
    assert codes(
        start(), gateway("eventBased", "wait"), catch("told", about("message", "news")), catch("soon", timer('"P1D"')),
        gateway("parallel", "join"), end(), path("begin", "wait", "told", "join", "done"), path("wait", "soon", "join"),
    ) == {("join", "deadlock")}  # fmt: skip


def bordered(*, interrupting: bool) -> set[tuple[str, str]]:
    """Check a task that meets its own boundary event at a parallel join."""
    return codes(
        start(), user("host"), boundary("soon", "host", timer('"P1D"'), interrupting=interrupting),
        gateway("parallel", "join"), end(), path("begin", "host", "join", "done"), path("soon", "join"),
    )  # fmt: skip


def test_what_an_interrupting_event_leads_to_never_meets_its_host() -> None:
    assert bordered(interrupting=True) == {("join", "deadlock")}


def test_what_a_non_interrupting_event_leads_to_may_never_come() -> None:
    assert bordered(interrupting=False) == {("join", "branch_leaves")}


def test_a_choice_of_one_branch_inside_a_parallel_block_is_found_beside_the_other_branch() -> None:
    assert codes(
        start(), gateway("parallel", "fork"), gateway("exclusive", "ask", default="ask_to_b"), user("a"), user("b"),
        user("c"), gateway("parallel", "join"), end(), path("begin", "fork", "ask", "b", "join", "done"),
        flow("ask", "a", "x.y"), path("a", "join"), path("fork", "c", "join"),
    ) == {("join", "deadlock")}  # fmt: skip


def test_a_choice_inside_a_branch_that_comes_together_again_runs() -> None:
    assert not codes(
        start(), gateway("parallel", "fork"), gateway("exclusive", "ask", default="ask_to_b"), user("a"), user("b"),
        gateway("exclusive", "either"), user("c"), gateway("parallel", "join"), end(),
        path("begin", "fork", "ask", "b", "either", "join", "done"), flow("ask", "a", "x.y"), path("a", "either"),
        path("fork", "c", "join"),
    )  # fmt: skip


def test_a_choice_that_every_branch_follows_by_a_fork_runs() -> None:
    """Whichever way is chosen, both flows of the join get their token."""
    assert not codes(
        start(), gateway("exclusive", "ask", default="ask_to_two"), gateway("parallel", "one"),
        gateway("parallel", "two"), user("a"), user("b"), gateway("parallel", "join"), end(),
        path("begin", "ask", "two", "a", "join", "done"), flow("ask", "one", "x.y"), path("one", "a"),
        path("one", "b", "join"), path("two", "b"),
    )  # fmt: skip


def test_two_tokens_that_pass_one_choice_may_go_the_same_way_past_it() -> None:
    assert codes(
        start(), gateway("parallel", "fork"), user("a"), user("b"), gateway("exclusive", "either"), user("file"),
        gateway("exclusive", "ask", default="ask_to_d"), user("c"), user("d"), gateway("parallel", "join"), end(),
        path("begin", "fork", "a", "either", "file", "ask", "d", "join", "done"), path("fork", "b", "either"),
        flow("ask", "c", "x.y"), path("c", "join"),
    ) == {("join", "branch_leaves")}  # fmt: skip


def test_a_link_is_followed_to_the_join() -> None:
    def linked(split: str) -> set[tuple[str, str]]:
        conditional = split == "exclusive"
        return codes(
            start(), gateway(split, "split", default="split_to_b" if conditional else ""), throw("jump", link("home")),
            catch("land", link("home")), user("b"), gateway("parallel", "join"), end(),
            path("begin", "split", "b", "join", "done"), flow("split", "jump", "x.y" if conditional else ""),
            path("land", "join"),
        )  # fmt: skip

    assert linked("exclusive") == {("join", "deadlock")}
    assert not linked("parallel")


def test_only_the_first_of_two_joins_that_wait_for_ever_is_named() -> None:
    assert codes(
        start(), gateway("parallel", "fork"), gateway("exclusive", "ask", default="ask_to_b"), user("a"), user("b"),
        gateway("parallel", "join"), user("c"), gateway("parallel", "last"), end(),
        path("begin", "fork", "ask", "b", "join", "last", "done"), flow("ask", "a", "x.y"), path("a", "join"),
        path("fork", "c", "last"),
    ) == {("join", "deadlock")}  # fmt: skip


def left_by(*leaving: str, join: str = "parallel", out: str = "") -> list[tuple[str, str, str]]:
    """Check two branches and their join; ``leaving`` stands beside branch ``b``, ``out`` is what its end is about."""
    text = drawn(
        process(
            "p", start(), gateway("parallel", "fork"), user("a"), user("b"), gateway(join, "join"), end(),
            end("out", out), path("begin", "fork", "a", "join", "done"), path("fork", "b"), *leaving,
        )
    )  # fmt: skip
    return [(one.element, one.code, one.reason["en"].rpartition(": ")[2]) for one in check({"p.bpmn": text})]


CHOICE = (gateway("exclusive", "ask", default="ask_to_join"), path("b", "ask", "join"), flow("ask", "out", "x.y"))
OVERDUE = (boundary("soon", "b", timer('"P1D"')), path("b", "join"), path("soon", "out"))


@pytest.mark.parametrize(("leaving", "where"), [(CHOICE, "ask"), (OVERDUE, "b")])
def test_a_branch_that_may_leave_its_block_is_refused_with_where_it_leaves(
    leaving: tuple[str, ...], where: str
) -> None:
    assert left_by(*leaving) == [("join", "branch_leaves", f"{where} → join")]


@pytest.mark.parametrize("leaving", [CHOICE, OVERDUE])
def test_a_branch_that_leaves_its_block_may_end_it_or_meet_an_inclusive_join(leaving: tuple[str, ...]) -> None:
    assert not left_by(*leaving, out=about("terminate"))
    assert not left_by(*leaving, out=about("error", "broken"))
    assert not left_by(*leaving, join="inclusive")


def test_a_branch_that_comes_back_by_another_way_has_not_left() -> None:
    either = gateway("exclusive", "either")
    back = (boundary("soon", "b", timer('"P1D"')), either, path("b", "either", "join"), path("soon", "either"))
    assert {element for element, _, _ in left_by(*back)} == {"out"}, "nothing leads to the end that is not used"


def test_a_split_of_many_conditions_is_followed_each_alone_and_all_together() -> None:
    names = [f"t{number}" for number in range(8)]
    block = [user(name) + flow("split", name, f"x.y{name}") + path(name, "join") for name in names]
    assert not codes(
        start(), gateway("inclusive", "split", default="split_to_join"), gateway("inclusive", "join"), end(), *block,
        path("begin", "split", "join", "done"),
    )  # fmt: skip


def test_a_scope_with_too_many_runs_is_left_unanswered() -> None:
    """A loop that sends a token aside in every round has no end of runs."""
    assert not codes(
        start(), user("a"), boundary("soon", "a", timer('"R/P1D"', "timeCycle"), interrupting=False), user("b"),
        gateway("exclusive", "ask", default="ask_to_a"), gateway("inclusive", "join"), end(),
        path("begin", "a", "ask", "a"), path("soon", "b", "join", "done"), flow("ask", "join", "x.y"),
    ) - {("join", "block_in_loop")}  # fmt: skip


def test_ways_with_one_condition_are_taken_together() -> None:
    assert not codes(
        start(), gateway("inclusive", "split", default="split_to_done"), user("a"), user("b"),
        gateway("parallel", "join"), end(), path("begin", "split", "done"), flow("split", "a", "x.y"),
        flow("split", "b", "x.y"), path("a", "join", "done"), path("b", "join"),
    )  # fmt: skip


def test_a_join_in_a_sub_process_is_looked_at_in_its_own_scope() -> None:
    inner = sub(
        "inner", start("b2"), gateway("exclusive", "ask", default="ask_to_b"), user("a"), user("b"),
        gateway("parallel", "join"), end("d2"), path("b2", "ask", "b", "join", "d2"), flow("ask", "a", "x.y"),
        path("a", "join"),
    )  # fmt: skip
    assert codes(*sandwiched(inner, "inner")) == {("join", "deadlock")}


# --- the files of a procedure ---


FACTS = """
a.one: {type: text, label: 一, label_en: One}
a.two: {type: text, label: 二, label_en: Two}
a.notes: {type: list, label: 三, label_en: Three, append_only: true}
"""


def lane(*names: str) -> str:
    holds = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in names)
    return f'<bpmn:laneSet id="lanes">{element("lane", "desk", holds, role="intake")}</bpmn:laneSet>'


def form(*names: str, **field: str) -> str:
    return json.dumps({"type": "object", "properties": {name: {"type": "string"} | field for name in names}})


def branches() -> str:
    return drawn(
        process(
            "p", lane("left", "right"), start(), gateway("parallel", "fork"), gateway("parallel", "join"), end(),
            user("left", form="one"), user("right", form="two"),
            path("begin", "fork", "left", "join", "done"), path("fork", "right", "join"),
        )
    )  # fmt: skip


def refused(sources: dict[str, str]) -> set[tuple[str, str, str]]:
    try:
        bundle("p", sources)
    except DefinitionRefusedError as error:
        return {(one.file, one.element, one.code) for one in error.refusals}
    return set()


def procedure(**files: str) -> dict[str, str]:
    sources = {
        "p.bpmn": branches(),
        "facts/p.yaml": FACTS,
        "forms/one.json": form("a.one"),
        "forms/two.json": form("a.two"),
    }
    return sources | {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}


def test_branches_may_write_facts_of_their_own() -> None:
    assert not refused(procedure())


def test_branches_that_write_the_same_fact_are_refused() -> None:
    found = refused(procedure(forms__two_dot_json=form("a.one")))
    assert found == {("p.bpmn", "right", "written_twice")}


def test_of_many_branches_that_write_one_fact_each_is_told_beside_another() -> None:
    names = [f"way{number}" for number in range(5)]
    split = drawn(
        process(
            "p", lane(*names), start(), gateway("parallel", "split"), gateway("parallel", "join"),
            *(user(name, form="one") for name in names), end(), path("begin", "split"), path("join", "done"),
            *(path("split", name, "join") for name in names),
        )
    )  # fmt: skip
    found = refused(procedure(p_dot_bpmn=split))
    assert found == {("p.bpmn", name, "written_twice") for name in names[1:]}


@pytest.mark.parametrize(("nodes", "flows"), [(4_100, 0), (100, 4_000)])
def test_a_diagram_larger_than_anybody_could_read_is_refused_before_it_is_looked_into(nodes: int, flows: int) -> None:
    names = [f"n{number}" for number in range(nodes)]
    ways = [f'<bpmn:sequenceFlow id="f{n}" sourceRef="n0" targetRef="n1"/>' for n in range(flows)]
    text = drawn(process("p", *(user(name) for name in names), *ways))
    assert [(one.element, one.code) for one in check({"p.bpmn": text})] == [("", "too_many_nodes")]
    assert report("p.bpmn", text.encode())["hints"] == []


def test_branches_may_add_to_an_append_only_fact() -> None:
    notes = json.dumps({"type": "object", "properties": {"a.notes": {"type": "array"}}})
    assert not refused(procedure(forms__one_dot_json=notes, forms__two_dot_json=notes))


def test_what_follows_a_join_may_write_again() -> None:
    text = branches().replace(
        '<bpmn:sequenceFlow id="join_to_done" sourceRef="join" targetRef="done"></bpmn:sequenceFlow>',
        script("after", 'a.one = "x"') + path("join", "after", "done"),
    )
    assert not refused(procedure(p_dot_bpmn=text))


def test_a_task_beside_an_interrupted_one_is_not_at_the_same_time() -> None:
    text = drawn(
        process(
            "p", lane("left", "right"), start(), user("left", form="one"), end(),
            boundary("overdue", "left", timer('"P1D"')),
            user("right", form="one"), path("begin", "left", "done"), path("overdue", "right", "done"),
        )
    )  # fmt: skip
    assert not refused(procedure(p_dot_bpmn=text))
    beside = text.replace('cancelActivity="true"', 'cancelActivity="false"')
    assert ("p.bpmn", "right", "written_twice") in refused(procedure(p_dot_bpmn=beside)) or (
        "p.bpmn", "left", "written_twice"
    ) in refused(procedure(p_dot_bpmn=beside))  # fmt: skip


def heard(*more: str) -> dict[str, str]:
    """A procedure that waits for a signal."""
    names = ("hear", *(f"more{number}" for number in range(len(more))))
    return procedure(
        p_dot_bpmn=drawn(
            process("p", start(), catch("hear", about("signal", "alarm")), *more, end(), path("begin", *names, "done"))
        )
    )


def test_a_signal_nobody_throws_is_refused_in_a_procedure_and_pointed_out_in_a_diagram_alone() -> None:
    assert refused(heard()) == {("p.bpmn", "hear", "signal_unthrown")}
    assert refused(heard(throw("more0", about("signal", "other_alarm")))) == {("p.bpmn", "hear", "signal_unthrown")}
    found = report("p.bpmn", heard()["p.bpmn"].encode())
    assert found["runs"]
    assert ("hear", "signal_unthrown") in {(one["element"], one["code"]) for one in found["hints"]}


def test_a_signal_may_be_thrown_in_another_diagram_of_the_procedure() -> None:
    caller = heard(call("more0", called="q"))
    other = drawn(process("q", start("b"), throw("shout", about("signal", "alarm")), end("d"), path("b", "shout", "d")))
    assert not refused(caller | {"q.bpmn": other})


def test_a_user_task_without_a_role_is_refused_in_a_procedure() -> None:
    text = branches().replace("<bpmn:flowNodeRef>left</bpmn:flowNodeRef>", "")
    assert refused(procedure(p_dot_bpmn=text)) == {("p.bpmn", "left", "role_missing")}


# --- files ---


@pytest.mark.parametrize(
    ("path_", "content", "code"),
    [
        ("a.bpmn", "", "not_xml"),
        ("a.bpmn", "<!DOCTYPE a><a/>", "doctype"),
        ("a.bpmn", "<a/>", "not_bpmn"),
        ("a.bpmn", f'<definitions xmlns="{BPMN}"/>', "no_process"),
        ("a.dmn", table(["1", "1"], policy="PRIORITY"), "hit_policy"),
        ("a.dmn", table(["1", "2 **"]), "expression_syntax"),
        ("a.dmn", table(["-", "1"], ["-", "2"]), "rows_overlap"),
        ("a.txt", "hello", "not_xml"),
    ],
)
def test_any_file_is_answered(path_: str, content: str, code: str) -> None:
    assert code in {one.code for one in check({path_: content})}


def test_a_good_table_runs() -> None:
    assert not check({"a.dmn": table(["< 5", "1"], [">= 5", "2"])})


def test_a_table_that_may_not_answer_is_pointed_out() -> None:
    assert [one["code"] for one in report("a.dmn", table(["< 5", "1"]).encode())["hints"]] == ["no_default_row"]
    assert not report("a.dmn", table(["-", "1"]).encode())["hints"]


def test_a_file_that_is_neither_diagram_nor_table_is_refused() -> None:
    assert [one["code"] for one in report("form.json", b"{}")["refusals"]] == ["not_bpmn"]


def test_every_refusal_speaks_both_languages() -> None:
    for code, said in words().items():
        (reason, reason_en), (remedy, remedy_en) = said["reason"], said["remedy"]
        assert all((reason, reason_en, remedy, remedy_en)), code
        assert not any("\u4e00" <= one <= "\u9fff" for one in reason_en + remedy_en), code
        assert ("{detail}" in reason) is ("{detail}" in reason_en), code


def test_the_words_of_a_code_stand_once() -> None:
    written = Path("engine/refusals.yaml").read_text(encoding="utf-8")

    assert re.findall(r"^(\w+):", written, re.MULTILINE) == list(words())


def test_every_code_a_rule_can_give_has_words() -> None:
    place = {"Finding": 1, "refusal": 2, "_refused": 2}  # where the code stands among the arguments
    named = set()
    for file in Path("engine").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place:
                given = node.args[place[node.func.id] :][:1]
                named |= {one.value for one in given if isinstance(one, ast.Constant)}
    assert len(named) > 40
    assert named <= words().keys()


def test_a_report_is_a_value() -> None:
    found = report("p.bpmn", drawn(process("p", *LOOPED)).encode())
    assert found["runs"] is False
    assert {"element", "code", "reason", "remedy"} == set(found["refusals"][0])
    json.dumps(found)


def test_hints_do_not_refuse() -> None:
    text = drawn(process("p", start(), gateway("exclusive", "g"), user("a"), user("b"), end(),
                           path("begin", "g"), flow("g", "a", "x.y"), flow("g", "b", "not x.y"),
                           path("a", "done"), path("b", "done")))  # fmt: skip
    found = report("p.bpmn", text.encode())
    assert found["runs"] is True
    assert ("g", "no_default") in {(one["element"], one["code"]) for one in found["hints"]}


def test_settings_of_another_tool_are_pointed_out() -> None:
    text = drawn(
        process(
            "p",
            *sandwiched(user("a", '<bpmn:extensionElements><c:form xmlns:c="urn:c"/></bpmn:extensionElements>'), "a"),
        )
    )
    found = report("p.bpmn", text.encode())
    assert found["runs"] is True
    assert "foreign_extension" in {one["code"] for one in found["hints"]}


# --- never a crash ---


WHOLE = drawn(process("p", *LOOPED, event_sub("e", start("b9", about("message", "news")), end("d9"), path("b9", "d9")),
                        sub("s", start("b8"), script("t", "a.b = 1"), end("d8"), path("b8", "t", "d8")),
                        boundary("x", "s", timer('"P1D"')), path("x", "done")))  # fmt: skip


def mutated(chance: random.Random) -> bytes:
    """Break a diagram in a few places."""
    root = etree.fromstring(WHOLE)
    tags = sorted({str(one.tag) for one in root.iter()} | {f"{{{BPMN}}}adHocSubProcess", f"{{{SETTINGS}}}properties"})
    for _ in range(chance.randint(1, 6)):
        found = chance.choice(list(root.iter()))
        act = chance.randrange(5)
        parent = found.getparent()
        if act == 0 and parent is not None:
            parent.remove(found)
        elif act == 1:
            found.tag = chance.choice(tags)
        elif act == 2 and found.attrib:
            del found.attrib[chance.choice(sorted(map(str, found.attrib)))]
        elif act == 3 and found.attrib:
            found.set(
                chance.choice(sorted(map(str, found.attrib))), chance.choice(["", "a", "true", "fork", "p", "-1"])
            )
        else:
            found.text = chance.choice(["", "a +", "P1D", "fork", "1" * 50])
    return etree.tostring(root)


@given(st.randoms(use_true_random=False))
def test_a_broken_diagram_is_answered_and_never_crashes(chance: random.Random) -> None:
    found = report("p.bpmn", mutated(chance))
    assert found["runs"] is (not found["refusals"])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 200), st.binary(max_size=20))
def test_damaged_bytes_are_answered_and_never_crash(place: int, length: int, instead: bytes) -> None:
    data = WHOLE.encode()
    report("p.bpmn", data[:place] + instead + data[place + length :])


def test_a_wide_block_a_long_table_and_a_long_script_are_answered() -> None:
    """What a check does for each pair of branches, rows or lines takes a large file out of anybody's patience."""
    names = [f"u{number}" for number in range(300)]
    branches_ = [user(name) + path("fork", name, "join") for name in names]
    fork = (start(), gateway("parallel", "fork"), gateway("parallel", "join"), end(), path("begin", "fork"))
    assert not codes(*fork, *branches_, path("join", "done"))
    assert not check({"a.dmn": table(*[[str(number), "1"] for number in range(1_500)])})
    assert not codes(*sandwiched(script("x", "\n".join("a.b = 1" for _ in range(1_500))), "x"))


@pytest.mark.parametrize("level", range(2))
def test_rows_that_fit_together_are_each_named_with_the_first(level: int) -> None:
    rows = [["1", "-", "1"], ["1", "2", "2"], ["-", "3", "3"]], [["1", "2", "1"], ["1", "2", "2"], ["1", "2", "3"]]
    found = check({"a.dmn": table(*rows[level], inputs=("a.b", "a.c"))})
    assert [one.code for one in found] == ["rows_overlap"] * 2


# --- collections of diagrams beside the project ---


def beside(variable: str, folder: str = "") -> pytest.MarkDecorator:
    """Run a test over the files of a collection, where the environment says it lies."""
    root = os.environ.get(variable)
    files: list[Path | None] = [*sorted((Path(root) / folder).glob("*.bpmn"))] if root else []
    return pytest.mark.parametrize("file", files or [None], ids=lambda file: file.stem if file else variable)


def reported(file: Path | None) -> list[dict[str, Value]]:
    if file is None:
        not_run("diagrams beside the project", "ANJUAN_CONFORMANCE or ANJUAN_MIWG names no folder")
    found: list[dict[str, Value]] = report(file.name, file.read_bytes())["refusals"]
    return found


@beside("ANJUAN_CONFORMANCE", "invalid")
def test_a_model_that_breaks_the_standard_is_refused(file: Path | None) -> None:
    assert reported(file)


@beside("ANJUAN_CONFORMANCE", "models")
def test_a_model_of_the_standard_runs_or_is_refused_by_name(file: Path | None) -> None:
    assert all(one["code"] in words() for one in reported(file))


@beside("ANJUAN_MIWG")
def test_a_diagram_of_another_tool_runs_or_is_refused_by_name(file: Path | None) -> None:
    assert all(one["code"] in words() for one in reported(file))
