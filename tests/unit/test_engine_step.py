"""The step itself: pure, whole or nothing, addressed, remembered."""

import pytest

from engine import Definition, Event, EventRefusedError, StepError, step
from engine.values import decode, encode
from tests.diagrams import (
    AT,
    BARE,
    ACase,
    about,
    boundary,
    catch,
    diagram,
    end,
    flow,
    gateway,
    many,
    path,
    process,
    row,
    script,
    start,
    sub,
    timer,
    user,
)

#: Two tasks at the same time, each with an end of its own.
BRANCHES = (
    start(),
    gateway("parallel", "split"),
    user("a"),
    user("b"),
    end(),
    end("done2"),
    path("begin", "split", "a", "done"),
    path("split", "b", "done2"),
)


def two_tasks() -> ACase:
    return ACase(start(), user("first"), user("second"), end(), path("begin", "first", "second", "done"))


def test_a_case_is_opened_worked_and_ended() -> None:
    case = two_tasks().open().complete("first").complete("second")

    assert case.left() == ["begin", "first", "second", "done"]
    assert case.outcome == "completed"


def test_effects_name_the_flow_between_two_elements() -> None:
    case = two_tasks().open().complete("first")

    assert [e["effect"] for e in case.effects] == ["task_closed", "left", "flow_taken", "entered", "task_opened"]
    assert case.told("flow_taken") == [{"effect": "flow_taken", "flow": "first_to_second", "scope": "p"}]


def test_the_same_events_give_the_same_bytes() -> None:
    def run() -> list[bytes]:
        case = ACase(*BRANCHES).open().complete("a", x__y="1")
        return [encode(case.state), encode(case.facts), encode(case.history)]

    assert run() == run()


def test_a_step_from_memory_equals_a_step_from_saved_bytes() -> None:
    definition = Definition(
        "p", {"p.bpmn": diagram(process("p", start(), user("a"), user("b"), end(), path("begin", "a", "b", "done")))}
    )
    opened = step(definition, None, {}, Event(1, "opened", AT, "u1"), BARE)
    completed = Event(2, "task_completed", AT, "u1", None, "p/a", {"z.z": "1", "a.a": "2"})

    fresh = step(definition, opened.state, opened.facts, completed, BARE)
    loaded = step(definition, decode(encode(opened.state)), decode(encode(opened.facts)), completed, BARE)

    assert encode([fresh.state, fresh.effects]) == encode([loaded.state, loaded.effects])


def test_a_task_is_completed_only_once() -> None:
    case = two_tasks().open().complete("first")

    with pytest.raises(EventRefusedError):
        case.take("task_completed", "p/first")


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("task_completed", "p/second"),
        ("act_answered", "p/first"),
        ("timer_fired", "p/first"),
        ("timer_fired", "D05#1/due"),
        ("message_received", "message:news"),
        ("opened", None),
        ("claimed", "p/first"),
    ],
)
def test_an_event_nothing_waits_for_is_refused(kind: str, address: str | None) -> None:
    with pytest.raises(EventRefusedError):
        two_tasks().open().take(kind, address)


def test_a_case_that_is_not_open_takes_nothing_but_opened() -> None:
    with pytest.raises(EventRefusedError):
        two_tasks().take("task_completed", "p/first")


def test_a_fact_remembers_which_entry_wrote_it_and_which_wrote_before() -> None:
    case = two_tasks().open(claim__amount="1").complete("first", claim__amount="2")

    assert case.facts == {"": {"claim.amount": ["2", 2]}}
    assert case.told("fact_written") == [{"effect": "fact_written", "name": "claim.amount", "old": 1}]


def test_a_later_script_does_not_change_what_an_earlier_task_gave() -> None:
    """The library changes the data of finished tasks (trap 1); facts remember who wrote them instead."""
    case = ACase(
        start(), user("a"), script("s", 'claim.amount = "999"'), user("b"), end(), path("begin", "a", "s", "b", "done")
    )
    case.open()
    given = {"claim.amount": "100", "claim.items": [{"n": 1}]}
    case.take("task_completed", "p/a", given)

    assert given == {"claim.amount": "100", "claim.items": [{"n": 1}]}
    assert case.told("fact_written") == [
        {"effect": "fact_written", "name": "claim.amount"},
        {"effect": "fact_written", "name": "claim.items"},
        {"effect": "fact_written", "name": "claim.amount", "old": 2, "value": "999"},
    ]


def test_a_step_that_fails_leaves_the_case_as_it_was() -> None:
    case = ACase(
        start(), user("a"), script("s", "x.y = 1\nx.z = x.nothing + 1"), end(), path("begin", "a", "s", "done")
    )
    case.open()
    before = encode([case.state, case.facts])

    with pytest.raises(StepError) as caught:
        case.complete("a")

    assert (caught.value.address, caught.value.reason) == ("p/s", "expression")
    assert encode([case.state, case.facts]) == before
    assert case.open_tasks() == ["a"]


def test_an_exclusive_gateway_without_a_path_is_an_incident() -> None:
    case = ACase(
        start(),
        gateway("exclusive", "which"),
        user("a"),
        user("b"),
        end(),
        end("done2"),
        path("begin", "which"),
        flow("which", "a", "x == 1"),
        flow("which", "b", "x == 2"),
        path("a", "done"),
        path("b", "done2"),
    )

    with pytest.raises(StepError) as caught:
        case.open(x=3)

    assert (caught.value.address, caught.value.reason) == ("p/which", "no_path")


def test_a_case_that_could_never_move_again_is_an_incident() -> None:
    case = ACase(
        start(),
        gateway("exclusive", "which", "which_to_a"),
        script("a", "x = 1"),
        script("b", "x = 1"),
        gateway("parallel", "both"),
        end(),
        path("begin", "which", "a", "both", "done"),
        flow("which", "b", "x == 2"),
        path("b", "both"),
    )

    with pytest.raises(StepError) as caught:
        case.open()

    assert caught.value.reason == "engine"


def test_a_part_of_a_case_that_could_never_move_again_is_an_incident() -> None:
    """Though the case still waits for a withdrawal, nobody has any work in it."""
    main = sub(
        "main",
        start("in"),
        gateway("parallel", "fork"),
        user("a"),
        user("b"),
        gateway("exclusive", "which", "which_to_join"),
        gateway("parallel", "join"),
        end("out"),
        end("aside"),
        path("in", "fork", "a", "join", "out"),
        path("fork", "b", "which", "join"),
        flow("which", "aside", "x == 1"),
    )
    withdrawn = boundary("withdrawn", "main", about("message", "stop"))
    case = ACase(start(), main, withdrawn, end(), path("begin", "main", "done"), path("withdrawn", "done"))
    case.open().complete("a")

    with pytest.raises(StepError) as caught:
        case.complete("b", x=1)

    assert (caught.value.address, caught.value.reason) == ("p/main/join", "engine")
    assert case.complete("b", x=2).outcome == "completed"


def test_a_diagram_that_circles_without_waiting_is_an_incident() -> None:
    case = ACase(
        start(),
        script("a", "x = 1"),
        gateway("exclusive", "again", "again_to_a"),
        end(),
        path("begin", "a", "again", "a"),
        flow("again", "done", "x == 2"),
    )

    with pytest.raises(StepError) as caught:
        case.open()

    assert caught.value.reason == "engine"


def test_a_state_of_another_definition_is_an_incident() -> None:
    other = ACase(start(), user("else"), end(), path("begin", "else", "done"))
    case = two_tasks().open()
    other.state, other.loose, other.seq = case.state, case.loose, case.seq

    with pytest.raises(StepError) as caught:
        other.take("task_completed", "p/first")

    assert caught.value.reason == "engine"


def test_every_flow_out_of_a_start_event_takes_a_token() -> None:
    case = ACase(start(), user("a"), user("b"), end(), path("begin", "a", "done"), path("begin", "b", "done")).open()

    assert case.open_tasks() == ["a", "b"]
    assert case.complete("a").outcome is None
    assert case.complete("b").outcome == "completed"


# --- addresses ---


def looping() -> ACase:
    return ACase(
        row(user("work"), gateway("exclusive", "again", "again_to_done")),
        flow("again", "work", "again_ == true"),
    )


def test_the_second_round_of_a_loop_has_the_occurrence_number_two() -> None:
    case = looping().open().complete("work", again_=True)

    assert case.open_tasks() == ["work#2"]


def test_occurrences_are_counted_within_their_scope() -> None:
    case = ACase(
        row(
            sub("box", start("in"), user("work"), end("out"), path("in", "work", "out")),
            gateway("exclusive", "again", "again_to_done"),
        ),
        flow("again", "box", "again_ == true"),
    )
    case.open().complete("work", again_=True)

    assert case.open_tasks() == ["box#2/work"]


def test_a_round_of_many_has_its_index() -> None:
    case = ACase(start(), user("vote", many("3")), end(), path("begin", "vote", "done")).open()

    assert case.open_tasks() == ["vote[0]", "vote[1]", "vote[2]"]


def test_mirrored_coordinates_change_nothing() -> None:
    """The library orders branches by the y coordinate of their shapes (trap 3)."""

    def run(shapes: str) -> bytes:
        text = diagram(process("p", *BRANCHES)).replace("</bpmn:definitions>", shapes + "</bpmn:definitions>")
        case = ACase(files={"p.bpmn": text})
        return encode(case.open().complete("b").history)

    def shape(name: str, y: int) -> str:
        return (
            '<i:BPMNDiagram xmlns:i="http://www.omg.org/spec/BPMN/20100524/DI">'
            f'<i:BPMNPlane bpmnElement="p"><i:BPMNShape bpmnElement="{name}">'
            f'<c:Bounds xmlns:c="http://www.omg.org/spec/DD/20100524/DC" x="1" y="{y}" width="9" height="9"/>'
            "</i:BPMNShape></i:BPMNPlane></i:BPMNDiagram>"
        )

    assert run(shape("a", 10) + shape("b", 90)) == run(shape("a", 90) + shape("b", 10)) == run("")


# --- size ---


def test_the_state_does_not_grow_with_the_rounds_of_a_loop() -> None:
    case = looping().open()
    for _ in range(10):
        case.complete("work", again_=True)
    small = len(encode(case.state))
    for _ in range(50):
        case.complete("work", again_=True)

    assert len(encode(case.state)) <= small + 10


def test_a_thousand_elements_in_one_step_are_no_matter() -> None:
    """The library loses tasks deeper than a thousand (trap 8)."""
    case = ACase(
        start(),
        script("add", "n = n + 1"),
        gateway("exclusive", "again", "again_to_add"),
        user("last"),
        end(),
        path("begin", "add", "again"),
        flow("again", "add"),
        flow("again", "last", "n >= 1500"),
        path("last", "done"),
    )
    case.open(n=0)

    assert case.open_tasks() == ["last"]
    assert case.fact("n") == 1500


# --- other moves ---


def test_closing_a_case_gives_everything_up() -> None:
    case = ACase(
        start(),
        gateway("parallel", "split"),
        user("a"),
        catch("pause", timer('"P1D"')),
        user("b"),
        end(),
        end("done2"),
        boundary("stop_it", "a", about("message", "stop")),
        end("done3"),
        path("stop_it", "done3"),
        path("begin", "split", "a", "done"),
        path("split", "pause", "b", "done2"),
    )
    case.open().take("closed")

    assert case.outcome == "closed"
    assert [e["effect"] for e in case.effects] == [
        "message_unwaited",
        "task_closed",
        "cancelled",
        "timer_cleared",
        "cancelled",
        "ended",
    ]


def test_nothing_is_open_in_a_case_that_has_ended() -> None:
    case = two_tasks().open().take("closed")

    with pytest.raises(EventRefusedError):
        case.take("closed")


def test_a_corrected_fact_keeps_the_number_of_the_entry_before() -> None:
    case = two_tasks().open(accident__on="2026-01-01").take("fact_corrected", None, {"accident.on": "2026-01-02"})

    assert case.effects == [{"effect": "fact_written", "name": "accident.on", "old": 1}]
    assert case.fact("accident.on") == "2026-01-02"


def test_a_transfer_leaves_the_tokens_where_they_are() -> None:
    assert two_tasks().open().take("transferred").effects == []
