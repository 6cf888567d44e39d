"""What a page puts before an officer without being asked: what a task rests on, what is urgent, what is waited for."""

from dataclasses import replace
from pathlib import Path

from casework import cases, inbox, interventions, library, opening, tasks
from engine.values import Value
from tests.diagrams import HEAD
from tests.world import OWN, World
from web.pages import moment

_INTAKE = f"{OWN}-intake"
_REVIEWER = f"{OWN}-reviewer"
_GIVEN: dict[str, Value] = {
    "visit.asked_on": "2026-11-06",
    "visit.host": "赵示例",
    "visit.kind": "home",
    "visit.urgent": False,
}


def _registered(world: World, token: str, **given: Value) -> str:
    case = opening.start(world.ctx, _INTAKE, "visit", OWN, token)
    payload = _GIVEN | {name.replace("__", "."): value for name, value in given.items()}
    tasks.complete(world.ctx, _INTAKE, case, world.address, payload)
    return case


def _marks(world: World, case: str) -> list[object]:
    page = inbox.page(world.ctx, _REVIEWER)
    return [row.mark for row in page.rows if row.task.case == case]


# --- what a task rests on


def test_an_amount_is_typed_before_its_unit_and_read_in_groups_of_three(world: World) -> None:
    case = opening.start(world.ctx, _INTAKE, "visit", OWN, "an amount")
    form = world.browser(_INTAKE).get(f"/cases/{case}/tasks/{world.address}").text
    assert '<span class="quiet" id="f-visit-cost-unit">元</span>' in form
    assert 'aria-describedby="f-visit-cost-unit"' in form
    tasks.complete(world.ctx, _INTAKE, case, world.address, {**_GIVEN, "visit.cost": "1130040.00"})
    assert "1,130,040.00元" in world.browser(_REVIEWER).get(f"/cases/{case}").text


def test_what_a_form_has_to_say_as_a_whole_stands_above_its_fields(world: World) -> None:
    browser = world.browser(_REVIEWER)
    path = f"/cases/{_registered(world, 'as a whole')}/tasks/visit/review_visit"
    assert '<p class="hint">不同意的，退回登记的人</p>' in browser.get(path).text
    browser.send("/language", {"language": "en"})
    assert '<p class="hint">What you do not agree with goes back to who entered it</p>' in browser.get(path).text


def test_a_task_shows_what_its_form_says_an_officer_must_have_before_them(world: World) -> None:
    case = _registered(world, "shown")
    page = world.browser(_REVIEWER).get(f"/cases/{case}/tasks/visit/review_visit").text
    assert "<dt>接待人</dt><dd>赵示例</dd>" in page
    assert "<dt>种类</dt><dd>入户</dd>" in page


def test_what_is_not_known_is_not_shown(world: World) -> None:
    case = _registered(world, "not known")
    shown = tasks.form(world.ctx, _REVIEWER, case, "visit/review_visit").shown
    assert [each.fact.name for each in shown] == ["visit.host", "visit.kind"]


# --- what is urgent


def test_an_answer_its_form_calls_urgent_marks_every_task_of_the_case_that_opens(world: World) -> None:
    assert _marks(world, _registered(world, "urgent", visit__kind="firm", visit__firm="示例公司")) == [
        {"zh": "单位", "en": "At the employer's"}
    ]
    assert _marks(world, _registered(world, "ordinary")) == [None]


def test_a_corrected_answer_takes_the_mark_away(world: World) -> None:
    case = _registered(world, "corrected", visit__kind="firm", visit__firm="示例公司")
    proposal = interventions.propose_correction(
        world.ctx, _REVIEWER, case, {"visit.kind": "home"}, reason="登记有误", token="kind"
    )
    interventions.confirm(world.ctx, f"{OWN}-head", case, proposal)
    assert _marks(world, case) == [None]


def test_the_list_shows_the_mark_in_words(world: World) -> None:
    case = _registered(world, "in words", visit__kind="firm", visit__firm="示例公司")
    page = world.browser(_REVIEWER).get("/inbox?holder=anyone").text
    row = page[page.index(f"/cases/{case}?") :].partition("</tr>")[0]
    assert '<span class="tag urgent">单位</span>' in row


# --- what is waited for


def test_a_case_without_a_task_says_what_it_waits_for(world: World, tmp_path: Path) -> None:
    (tmp_path / "wait.bpmn").write_text(_waiting_diagram(), "utf-8")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "wait.yaml").write_text(_FACTS, "utf-8")
    library.import_shipped(replace(world.ctx, processes=tmp_path))
    with world.ctx.database.writing() as tx:
        case, _snapshot = opening.open_case(world.ctx, tx, "system:test", "wait", OWN)
    view = cases.view(world.ctx, _REVIEWER, case, "link")
    assert [(each.element.id, each.kind) for each in view.awaited] == [("answer", "message"), ("expiry", "timer")]
    page = world.browser(_REVIEWER).get(f"/cases/{case}").text
    assert "待答复 <small>等待有关机构或者系统的消息</small>" in page
    assert f"待期满 <small>等到 {moment(view.awaited[1].until)}</small>" in page
    assert "现在办理：待答复、待期满" in page


_FACTS = "wait.other: {type: text, label: 其他, label_en: Other}\n"


def _waiting_diagram() -> str:
    """Draw a case that waits for an answer and for a time, and for nobody's work."""
    return HEAD + (
        '<bpmn:message id="answered" name="answered"/>'
        '<bpmn:process id="wait" name="等" isExecutable="true">'
        '<bpmn:startEvent id="begun" name="开始"/>'
        '<bpmn:parallelGateway id="both" name="同时"/>'
        '<bpmn:intermediateCatchEvent id="answer" name="待答复">'
        '<bpmn:messageEventDefinition id="answer_message" messageRef="answered"/></bpmn:intermediateCatchEvent>'
        '<bpmn:intermediateCatchEvent id="expiry" name="待期满"><bpmn:timerEventDefinition id="expiry_timer">'
        "<bpmn:timeDuration>'P30D'</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        '<bpmn:endEvent id="one" name="一"/><bpmn:endEvent id="two" name="二"/>'
        '<bpmn:sequenceFlow id="a" sourceRef="begun" targetRef="both"/>'
        '<bpmn:sequenceFlow id="b" sourceRef="both" targetRef="answer"/>'
        '<bpmn:sequenceFlow id="c" sourceRef="both" targetRef="expiry"/>'
        '<bpmn:sequenceFlow id="d" sourceRef="answer" targetRef="one"/>'
        '<bpmn:sequenceFlow id="e" sourceRef="expiry" targetRef="two"/>'
        "</bpmn:process></bpmn:definitions>"
    )
