"""What the desks ask of a definition: labels, where an address leads, what a case waits for."""

import engine
from tests.diagrams import (
    ACase,
    boundary,
    element,
    end,
    flow,
    gateway,
    many,
    path,
    process,
    start,
    sub,
    timer,
    user,
)

LANES = (
    '<bpmn:laneSet id="l"><bpmn:lane id="lane" name="审核"><bpmn:extensionElements><s:properties>'
    '<s:property name="role" value="reviewer"/></s:properties></bpmn:extensionElements>'
    "<bpmn:flowNodeRef>check</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)


def a_case() -> ACase:
    check = user(
        "check",
        name__en="Check",
        article="工伤保险条例:17; 工伤认定办法:8",
        form="check",
        deadline="D05",
        separate_from="draft",
    )
    return ACase(
        LANES,
        start(),
        check,
        boundary("late", "check", timer('"P1D"')),
        end("was_late"),
        path("late", "was_late"),
        sub("box", start("in"), user("ask", many("2")), end("out"), path("in", "ask", "out")),
        element("callActivity", "ring", attributes='calledElement="other"'),
        end(),
        path("begin", "check", "box", "ring", "done"),
        called=process("other", start("in"), user("check"), end("out"), path("in", "check", "out")),
    )


def test_an_element_tells_its_labels_role_form_and_articles() -> None:
    found = engine.elements(a_case().definition)["check"]

    assert (found.kind, found.name, found.name_en, found.role) == ("userTask", "check", "Check", "reviewer")
    assert found.articles == ("工伤保险条例:17", "工伤认定办法:8")
    assert (found.form, found.deadline, found.separate_from) == ("forms/check.json", "D05", ("draft",))
    assert (found.file, found.process, found.plane) == ("p.bpmn", "p", "p")


def test_elements_of_sub_processes_and_called_diagrams_are_among_them() -> None:
    found = engine.elements(a_case().definition)

    assert (found["ask"].plane, found["ask"].repeats) == ("box", "parallel")
    assert (found["late"].event, found["late"].attached_to) == ("timer", "check")
    assert (found["ring"].called, found["box"].has_plane) == ("other", True)


def test_an_address_leads_through_sub_processes_and_called_diagrams() -> None:
    definition = a_case().definition

    inner = engine.locate(definition, "p/box#2/ask[1]")
    called = engine.locate(definition, "p/ring/check#3")
    assert inner is not None
    assert called is not None
    assert (inner.id, inner.plane) == ("ask", "box")
    assert (called.id, called.process, called.role) == ("check", "other", None)
    assert engine.locate(definition, "p/nothing") is None


def test_flows_are_found_by_id() -> None:
    case = ACase(
        start(),
        gateway("exclusive", "which", "no"),
        end(),
        end("done2"),
        path("begin", "which"),
        flow("which", "done", "x == 1", name="yes"),
        flow("which", "done2", name="no"),
    )

    assert engine.flows(case.definition)["yes"].condition == "x == 1"


def test_a_case_tells_what_it_waits_for() -> None:
    case = a_case().open()

    assert engine.waiting(case.definition, case.state) == ("p/late", "p/check")
    case.complete("p/check")
    assert engine.waiting(case.definition, case.state) == ("p/box/ask[0]", "p/box/ask[1]")
