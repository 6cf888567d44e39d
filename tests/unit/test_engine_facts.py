"""How facts reach elements and come out of them: rules, tables, called diagrams, instances, messages, acts."""

from pathlib import Path

import pytest

from engine import StepError
from handlers.law.basis import Basis, build_basis
from tests.diagrams import (
    ACase,
    about,
    again,
    call,
    catch,
    element,
    end,
    event_sub,
    gateway,
    inner,
    many,
    path,
    process,
    script,
    start,
    sub,
    throw,
    user,
)

BASIS = Basis.from_value(build_basis(Path("processes"), None))

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://example.org">
<decision id="grade" name="grade"><decisionTable id="t" hitPolicy="{policy}">
<input id="i"><inputExpression id="ie"><text>x.points</text></inputExpression></input>
<output id="o" name="x.grade"/>
<rule id="low"><inputEntry id="e1"><text>&lt; 10</text></inputEntry>
<outputEntry id="o1"><text>"low"</text></outputEntry></rule>
<rule id="ten"><inputEntry id="e2"><text>&lt;= 10</text></inputEntry>
<outputEntry id="o2"><text>"ten"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def straight(*elements: str, names: tuple[str, ...], **rest: object) -> ACase:
    return ACase(start(), *elements, end(), path("begin", *names, "done"), **rest)  # type: ignore[arg-type]


# --- rules and tables ---


def test_a_rule_writes_its_facts_in_the_order_of_their_names() -> None:
    case = straight(
        element("serviceTask", "check", rule="recognition.time_limit@1"),
        user("next"),
        names=("check", "next"),
        basis=BASIS,
    )
    case.take(
        "opened",
        payload={
            "accident.kind": "accident",
            "accident.happened_at": "2026-01-05T02:00:00.000000Z",
            "application.received_on": "2026-02-01",
            "applicant.kind": "worker",
        },
    )
    written = [e["name"] for e in case.told("fact_written") if "value" in e]

    assert written == sorted(written)
    assert case.fact("time_limit.result") == "in_time"


def test_a_rule_that_cannot_answer_is_an_incident() -> None:
    case = straight(element("serviceTask", "check", rule="recognition.no_such_rule@1"), names=("check",))

    with pytest.raises(StepError) as caught:
        case.open()

    assert (caught.value.address, caught.value.reason) == ("p/check", "rule")


def a_table(policy: str) -> ACase:
    table = {"decisions/grade.dmn": TABLE.format(policy=policy)}
    text = straight(element("businessRuleTask", "decide", decision="grade"), user("next"), names=("decide", "next"))
    return ACase(files={**text.definition.files, **table})


def test_the_rows_that_fired_are_told_before_what_they_write() -> None:
    case = a_table("UNIQUE").open(x__points=10)

    assert case.told("decided") == [
        {"effect": "decided", "address": "p/decide", "decision": "grade", "rows": [{"row": 2, "id": "ten"}]}
    ]
    assert case.fact("x.grade") == "ten"


@pytest.mark.parametrize(("points", "reason"), [(5, "decision"), (11, "no_row")])
def test_a_table_without_one_answer_is_an_incident(points: int, reason: str) -> None:
    """The library takes the first of several fitting rows (trap 6)."""
    with pytest.raises(StepError) as caught:
        a_table("UNIQUE").open(x__points=points)

    assert (caught.value.address, caught.value.reason) == ("p/decide", reason)


# --- called diagrams ---


def calling(*inside: str, **settings: str) -> ACase:
    return straight(
        call("ring", *inside, **settings),
        user("after"),
        names=("ring", "after"),
        called=process("other", start("in"), user("say"), end("out"), path("in", "say", "out")),
    )


def test_a_called_diagram_sees_its_inputs_and_gives_back_its_outputs_alone() -> None:
    case = calling(in__paper__number="1 + x.number", out__x__answer="say.answer")
    case.open(x__number=1, say__answer="mine").complete("say", say__answer="theirs", say__aside="nobody sees")

    assert case.fact("paper.number", "p/ring") == 2
    assert case.fact("x.number", "p/ring") is None
    assert case.fact("x.answer") == "theirs"
    assert case.fact("say.answer") == "mine"
    assert case.fact("say.aside") is None


def test_a_fact_of_a_called_diagram_names_its_scope() -> None:
    case = calling().open().complete("say", say__answer="yes")

    assert case.told("fact_written") == [{"effect": "fact_written", "name": "say.answer", "scope": "p/ring"}]


def test_each_of_several_calls_has_facts_of_its_own() -> None:
    case = calling(many("2"), in__to="x.number", out__answers__all="say.answer").open(x__number=3)
    case.complete("p/ring[1]/say", say__answer="b").complete("p/ring[0]/say", say__answer="a")

    assert case.fact("say.answer", "p/ring[0]") == "a"
    assert case.fact("say.answer", "p/ring[1]") == "b"
    assert case.fact("answers.all") == ["a", "b"]


# --- instances ---

FORM = {"forms/vote.json": '{"properties": {"vote.text": {}, "vote.weight": {}}}'}


def voting(*inside: str) -> ACase:
    text = straight(user("vote", *(inside or (many("3"),)), form="vote"), user("after"), names=("vote", "after"))
    return ACase(files={**text.definition.files, **FORM})


def test_instances_write_to_their_own_element_of_a_list() -> None:
    """The library merges parallel lists by position and loses entries (trap 2)."""
    case = voting().open()
    case.complete("p/vote[2]", vote__text="c").complete("p/vote[0]", vote__text="a")

    assert case.fact("vote.text") == ["a", None, "c"]
    assert case.told("fact_written") == [
        {"effect": "fact_written", "name": "vote.text", "old": 2, "value": ["a", None, "c"]}
    ]


def test_an_instance_reads_its_own_element() -> None:
    box = sub(
        "box",
        inner(user("vote", form="vote"), script("double", "vote.double = vote.text + vote.text")),
        many("2"),
    )
    text = straight(box, user("after"), names=("box", "after"))
    case = ACase(files={**text.definition.files, **FORM}).open()
    case.complete("p/box[1]/vote", vote__text="b").complete("p/box[0]/vote", vote__text="a")

    assert case.fact("vote.double") == ["aa", "bb"]


def test_nested_instances_write_lists_of_lists() -> None:
    box = sub(
        "box", start("in"), user("vote", many("2"), form="vote"), end("out"), path("in", "vote", "out"), many("2")
    )
    text = straight(box, user("after"), names=("box", "after"))
    case = ACase(files={**text.definition.files, **FORM}).open()
    case.complete("p/box[1]/vote[0]", vote__text="10")

    assert case.fact("vote.text") == [None, ["10"]]


def test_a_round_of_a_standard_loop_writes_plain_facts() -> None:
    case = straight(script("add", "n = n + 1", again_three()), user("after"), names=("add", "after")).open(n=0)

    assert case.fact("n") == 3


def again_three() -> str:
    return (
        '<bpmn:standardLoopCharacteristics testBefore="true">'
        "<bpmn:loopCondition>n &lt; 3</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )


@pytest.mark.parametrize("count", ["-1", '"two"', "1001", "x.unknown", "true"])
def test_a_number_of_instances_that_is_none_is_an_incident(count: str) -> None:
    with pytest.raises(StepError) as caught:
        voting(many(count)).open()

    assert (caught.value.address, caught.value.reason) == ("p/vote", "expression")


# --- tasks, acts, messages ---


def test_a_task_tells_all_that_the_desk_must_know() -> None:
    lanes = (
        '<bpmn:laneSet id="l"><bpmn:lane id="lane"><bpmn:extensionElements><s:properties>'
        '<s:property name="role" value="reviewer"/></s:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    work = user("work", form="f", office="case.office", separate_from="draft, other", officers="2", deadline="D05")
    case = straight(lanes, work, names=("work",), basis=BASIS).take("opened", payload={"case.office": "530102"})

    assert case.told("task_opened") == [
        {
            "effect": "task_opened",
            "address": "p/work",
            "element": "work",
            "role": "reviewer",
            "form": "forms/f.json",
            "office": "530102",
            "deadline": "D05",
            "separate_from": ["draft", "other"],
            "officers": 2,
        }
    ]


CITY_TASK = user("work", office="city")
CITIES = {city: {"kind": "bureau", "level": "city", "parent": None} for city in ("530100", "530300")}
TWO_CITIES = Basis.from_value({**BASIS.value, "offices": CITIES})


@pytest.mark.parametrize(
    ("office", "city"), [("530102", "530100"), ("530125404", "530100"), ("530100", "530100"), (None, "530100")]
)
def test_a_task_of_the_city_is_for_the_city_bureau_above_the_case_s_office(office: str | None, city: str) -> None:
    case = straight(CITY_TASK, names=("work",), basis=BASIS).take("opened", payload={"case.office": office})
    assert case.told("task_opened")[0]["office"] == city


def test_a_called_diagram_s_task_of_the_city_goes_by_the_case_s_office_too() -> None:
    called = process("q", start("b"), CITY_TASK, end("d"), path("b", "work", "d"))
    case = straight(call("ring", called="q"), names=("ring",), basis=TWO_CITIES, called=called)
    case.take("opened", payload={"case.office": "530300"})
    assert case.told("task_opened")[0]["office"] == "530300"


@pytest.mark.parametrize(
    ("task", "told", "basis"),
    [
        (CITY_TASK, {}, TWO_CITIES),
        (CITY_TASK, {"case.office": "530000"}, BASIS),
        (CITY_TASK, {"case.office": "nowhere"}, BASIS),
        (user("work", office="case.office"), {"case.office": "nowhere"}, BASIS),
    ],
    ids=["which of two", "none above the province", "an unknown office's", "an unknown office"],
)
def test_a_task_whose_office_nobody_knows_stops_the_step(task: str, told: dict[str, str], basis: Basis) -> None:
    with pytest.raises(StepError) as error:
        straight(task, names=("work",), basis=basis).take("opened", payload=told)
    assert (error.value.address, error.value.reason) == ("p/work", "office")


def test_a_task_whose_office_is_not_told_is_the_case_s_own() -> None:
    case = straight(user("work", office="case.office"), names=("work",), basis=BASIS).open()
    assert "office" not in case.told("task_opened")[0]


def test_the_lane_of_a_sub_process_is_the_lane_of_what_it_holds() -> None:
    lanes = (
        '<bpmn:laneSet id="l"><bpmn:lane id="lane"><bpmn:extensionElements><s:properties>'
        '<s:property name="role" value="reviewer"/></s:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>box</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    box = sub("box", start("in"), user("work"), end("out"), path("in", "work", "out"))
    case = straight(lanes, box, names=("box",)).open()

    assert case.tasks["p/box/work"]["role"] == "reviewer"


def test_an_act_is_wanted_with_its_inputs_and_its_answer_writes_facts() -> None:
    case = straight(
        element("serviceTask", "issue", act="issue_document", act__template='"notice"', act__copies="1 + 1"),
        user("after"),
        names=("issue", "after"),
    ).open()
    assert case.told("act_wanted") == [
        {
            "effect": "act_wanted",
            "address": "p/issue",
            "act": "issue_document",
            "given": {"copies": 2, "template": "notice"},
        }
    ]

    case.answer("issue", notice__number="1")
    assert case.fact("notice.number") == "1"
    assert case.open_tasks() == ["after"]


def test_a_message_reaches_the_one_that_waits_for_its_key() -> None:
    """The library takes any message of the name (trap 21)."""
    case = ACase(
        start(),
        gateway("parallel", "split"),
        end(),
        end("done2"),
        catch("one", about("message", "news"), key="x.one"),
        catch("two", about("message", "news"), key="x.two"),
        path("begin", "split", "one", "done"),
        path("split", "two", "done2"),
    ).take("opened", payload={"x.one": "A", "x.two": "B"})
    assert [e.get("key") for e in case.told("message_waited")] == ["A", "B"]

    case.receive("news", "B", x__read=True)
    assert case.left()[-2:] == ["two", "done2"]
    assert list(case.waits) == ["p/one"]


def test_a_message_goes_to_who_waits_for_its_key_before_who_takes_any() -> None:
    case = ACase(
        start(),
        gateway("parallel", "split"),
        end(),
        end("done2"),
        catch("any", about("message", "news")),
        catch("one", about("message", "news"), key='"A"'),
        path("begin", "split", "any", "done"),
        path("split", "one", "done2"),
    ).open()

    assert case.receive("news", "A").left()[-2:] == ["one", "done2"]
    assert case.receive("news", "A").outcome == "completed"


@pytest.mark.parametrize("loop", [many("2"), many("2", sequential=True), again("1 == 1", maximum=2)])
def test_a_send_task_sends_in_every_round(loop: str) -> None:
    case = straight(element("sendTask", "tell", loop, attributes='messageRef="news"'), names=("tell",)).open()

    assert [sent["address"] for sent in case.told("message_sent")] == ["p/tell[0]", "p/tell[1]"]


def test_a_message_is_sent_with_key_and_payload() -> None:
    case = straight(throw("tell", about("message", "news"), key='"K"', payload__x__sum="1 + 2"), names=("tell",)).open()

    assert case.told("message_sent") == [
        {"effect": "message_sent", "address": "p/tell", "name": "news", "key": "K", "payload": {"x.sum": 3}}
    ]


def test_an_error_nobody_catches_inside_a_sub_process_is_an_incident() -> None:
    box = sub("box", start("in"), end("fail", about("error", "broken")), path("in", "fail"))

    with pytest.raises(StepError) as caught:
        straight(box, names=("box",)).open()

    assert (caught.value.address, caught.value.reason) == ("p/box/fail", "uncaught_error")


def test_an_error_at_the_end_of_the_case_is_its_outcome() -> None:
    case = ACase(start(), end("fail", about("error", "broken")), path("begin", "fail")).open()

    assert case.outcome == "error:broken"


def test_a_terminate_end_ends_the_case_at_once() -> None:
    case = (
        ACase(
            start(),
            gateway("parallel", "split"),
            user("a"),
            user("b"),
            end(),
            end("stop_all", about("terminate")),
            path("begin", "split", "a", "stop_all"),
            path("split", "b", "done"),
        )
        .open()
        .complete("a")
    )

    assert case.outcome == "terminated"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_error_at_the_end_of_an_event_sub_process_of_the_case_is_its_outcome_too(interrupting: bool) -> None:
    heard = start("heard", about("message", "news"), interrupting=interrupting)
    aside = event_sub("aside", heard, end("fail", about("error", "broken")), path("heard", "fail"))
    case = ACase(start(), user("a"), end(), aside, path("begin", "a", "done")).open()

    assert case.receive("news").outcome == "error:broken"
    assert case.open_tasks() == []


def test_an_error_at_the_end_of_an_event_sub_process_of_a_sub_process_is_an_incident() -> None:
    aside = event_sub("aside", start("heard", about("message", "news")), end("fail", about("error", "broken")),
                      path("heard", "fail"))  # fmt: skip
    box = sub("box", start("in"), user("a"), end("out"), aside, path("in", "a", "out"))
    case = straight(box, names=("box",)).open()

    with pytest.raises(StepError, match="uncaught_error"):
        case.receive("news")
