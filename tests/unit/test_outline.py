import re

from engine.outline import outline
from tests.diagrams import (
    boundary,
    end,
    event_sub,
    flow,
    gateway,
    many,
    path,
    process,
    script,
    start,
    sub,
    timer,
    user,
    when,
)
from tests.unit.test_check import drawn, lane

TEXT = drawn(
    process(
        "p",
        lane("ask"),
        start(),
        user("ask", many("len(a.b)"), form="ask", article="工伤保险条例:17"),
        boundary("late", "ask", timer('"P10D"'), interrupting=False),
        gateway("exclusive", "choose", default="choose_to_done"),
        sub("inner", start("b"), script("count", "a.b = 1\na.c = 2"), end("d"), path("b", "count", "d")),
        event_sub("beside", start("b2", when("a.b > 3")), end("d2"), path("b2", "d2")),
        end(),
        path("begin", "ask", "choose", "done"),
        flow("choose", "inner", "a.b > 1"),
        path("inner", "done"),
        path("late", "done"),
    )
)


def test_an_outline_says_what_a_diagram_does() -> None:
    text = outline(TEXT)
    for line in (
        "process p '' isExecutable=true",
        "    holds ask",
        "  userTask ask 'ask'",
        "    article: 工伤保险条例:17",
        "    for each of len(a.b), together",
        "  boundaryEvent timer non_interrupting late 'late' attachedToRef=ask",
        '    timeDuration "P10D"',
        "    → inner (choose_to_inner) if a.b > 1",
        "    → done (choose_to_done)",
        "      | a.b = 1",
        "      | a.c = 2",
        "    startEvent conditional event_interrupting b2 'b2'",
        "      condition a.b > 3",
    ):
        assert line in text.splitlines(), line


def test_the_order_of_the_file_changes_nothing() -> None:
    found = re.search(r'<bpmn:sequenceFlow id="begin_to_ask".*?</bpmn:sequenceFlow>', TEXT)
    assert found
    moved = TEXT.replace(found[0], "").replace("</bpmn:laneSet>", "</bpmn:laneSet>" + found[0])
    assert moved != TEXT
    assert outline(moved) == outline(TEXT)


def test_a_changed_condition_is_one_changed_line() -> None:
    before, after = outline(TEXT).splitlines(), outline(TEXT.replace("a.b &gt; 1", "a.b &gt; 2")).splitlines()
    assert [(one, other) for one, other in zip(before, after, strict=True) if one != other] == [
        ("    → inner (choose_to_inner) if a.b > 1", "    → inner (choose_to_inner) if a.b > 2")
    ]
