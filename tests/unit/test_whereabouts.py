"""Where an address leads, and what a case waits for."""

from tests.diagrams import ACase, boundary, call, end, many, path, process, start, sub, timer, user
from tests.whereabouts import locate, waiting


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
        start(),
        check,
        boundary("late", "check", timer('"P1D"')),
        end("was_late"),
        path("late", "was_late"),
        sub("box", start("in"), user("ask", many("2")), end("out"), path("in", "ask", "out")),
        call("ring"),
        end(),
        path("begin", "check", "box", "ring", "done"),
        called=process("other", start("in"), user("check"), end("out"), path("in", "check", "out")),
    )


def test_an_address_leads_through_sub_processes_and_called_diagrams() -> None:
    definition = a_case().definition

    inner = locate(definition, "p/box#2/ask[1]")
    called = locate(definition, "p/ring/check#3")
    assert inner is not None
    assert called is not None
    assert (inner.node.id, inner.process, inner.plane) == ("ask", "p", "box")
    assert (called.node.id, called.process, called.plane) == ("check", "other", "other")
    assert locate(definition, "p/nothing") is None


def test_a_case_tells_what_it_waits_for() -> None:
    case = a_case().open()

    assert waiting(case.definition, case.state) == ("p/late", "p/check")
    case.complete("p/check")
    assert waiting(case.definition, case.state) == ("p/box/ask[0]", "p/box/ask[1]")
