"""An act that cannot succeed is given up with a reason, where its diagram has a way on; its number is void."""

from functools import cache
from pathlib import Path

import pytest

import storage.acts
import storage.entries
import storage.incidents
import storage.numbers
from casework import (
    advance,
    cases,
    documents,
    erasing,
    history,
    incidents,
    interventions,
    opening,
    registers,
    sweeping,
    tasks,
    working,
)
from casework.acts import ActError
from casework.advance import Arrival
from casework.context import Context, Job
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from casework.incidents import Answer
from engine import Definition
from storage import Database
from tests.diagrams import about, boundary, diagram, element, end, path, process, start, user
from tests.integration.paper_cases import FACTS, OFFICE, PROCESSES, a_context, a_decision, publish
from tests.world import PASSWORD, Browser, World
from web import create_app

STEM = "recognition_decision"
ISSUE, ISSUE_AGAIN, REDO = "recognition/issue", "recognition/issue#2", "recognition/redo"
WHY = "制作系统停用，改由手工办理"
FUTURE = "2030-01-01T00:00:00.000000Z"
STAFF = {"zhou": "head", "wu": "head", "wang": "intake", "guan": "administrator"}

#: The way a diagram has where the paper is given up: back to a person, by any error or by the one it is.
NO_WAY, ANY_ERROR, GIVEN_UP = "none", "", "given_up"


@cache
def a_definition(way: str) -> Definition:
    """Make a procedure that issues a paper, and goes back to a person where that is given up."""
    lane = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="intake" name="受理"><bpmn:extensionElements><s:properties>'
        '<s:property name="role" value="intake"/></s:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>redo</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    issue = element("serviceTask", "issue", act="issue_document", act__document=f"'{STEM}'", act__into=f"'{STEM}'")
    back = boundary("not_issued", "issue", about("error", way)) + user("redo") + path("not_issued", "redo", "issue")
    held = (lane, start(), issue, end(), path("begin", "issue", "done"), back)
    text = diagram(process("recognition", *(held[1:-1] if way == NO_WAY else held)))
    root = '<bpmn:error id="given_up" name="given_up" errorCode="given_up"/>'
    files = {"recognition.bpmn": text.replace("</bpmn:definitions>", f"{root}</bpmn:definitions>")}
    for file in (*PROCESSES.glob("documents/*.typ"), *(PROCESSES / "facts" / name for name in FACTS)):
        files[file.relative_to(PROCESSES).as_posix()] = file.read_text(encoding="utf-8")
    return Definition("recognition", files)


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    made = a_context(database, tmp_path)
    for name, role in STAFF.items():
        registers.add_person(made, "system:test", name, name.title(), name, PASSWORD)
        registers.give_role_now(made, "system:test", name, OFFICE, role)
    return made


def failed(ctx: Context, way: str = GIVEN_UP, *, numbered: bool = True) -> tuple[str, str]:
    """Bring a case to where its paper cannot be made and an operator has it; gives case and incident."""
    publish(ctx, a_definition(way))
    facts = a_decision() | {"decision.decided_on": "2026-11-20"}
    del facts["injury.treatment" if numbered else "decision.decided_on"]
    with ctx.database.writing() as tx:
        case, _snapshot = opening.open_case(ctx, tx, "system:test", "recognition", OFFICE, facts)
    give_out(ctx, case, ISSUE)
    return case, incident_of(ctx, case).id


def give_out(ctx: Context, case: str, address: str) -> None:
    with pytest.raises(ActError) as error:
        working.carry_out(ctx, case, address)
    working.give_up(ctx, Job("carry_out", "", case, (address,)), str(error.value))


def incident_of(ctx: Context, case: str) -> incidents.Incident:
    (incident,) = [each for each in incidents.listing(ctx, "guan") if each.case == case]
    return incident


def correct(ctx: Context, case: str) -> None:
    corrected = Arrival("fact_corrected", "system:test", "corrected", None, {"injury.treatment": "石膏固定"})
    advance.submit(ctx, case, corrected)


def numbers_of(ctx: Context, case: str) -> list[tuple[int, str, str | None]]:
    return [(row.n, row.state, row.reason) for row in documents.numbers(ctx, "zhou", case)]


def prove(ctx: Context) -> None:
    assert history.verify(ctx).faults == []
    replayed = history.replay(ctx)
    assert (replayed.diverged, replayed.identical) == ([], replayed.cases)


# --- what is offered ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [ANY_ERROR, GIVEN_UP])
def test_an_act_is_offered_to_be_given_up_where_the_diagram_has_a_way_on(ctx: Context, way: str) -> None:
    case, _incident = failed(ctx, way)
    assert incident_of(ctx, case).answers == {Answer.LOOK_AGAIN, Answer.GIVE_UP}


@pytest.mark.parametrize("way", [NO_WAY, "broken"])
def test_an_act_without_a_way_on_is_not_given_up_and_its_number_stays_reserved(ctx: Context, way: str) -> None:
    case, incident = failed(ctx, way)
    assert incident_of(ctx, case).answers == {Answer.LOOK_AGAIN}
    with pytest.raises(RefusedError, match="no_way_on"):
        incidents.give_up(ctx, "guan", incident, WHY)
    assert numbers_of(ctx, case) == [(1, "reserved", None)]
    correct(ctx, case)
    incidents.retry(ctx, "guan", incident, "已补录")
    assert working.carry_out(ctx, case, ISSUE)
    prove(ctx)


def test_only_an_administrator_gives_an_act_up_and_with_a_reason(ctx: Context) -> None:
    case, incident = failed(ctx)
    with pytest.raises(NotAllowedError):
        incidents.give_up(ctx, "zhou", incident, WHY)
    with pytest.raises(RefusedError, match="reason_required"):
        incidents.give_up(ctx, "guan", incident, "  ")
    with pytest.raises(NotFoundError):
        incidents.give_up(ctx, "guan", "0" * 36, WHY)
    assert numbers_of(ctx, case) == [(1, "reserved", None)]


# --- what follows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [ANY_ERROR, GIVEN_UP])
def test_an_act_given_up_voids_its_number_with_the_reason_and_the_case_goes_its_way(ctx: Context, way: str) -> None:
    case, incident = failed(ctx, way)
    incidents.give_up(ctx, "guan", incident, f" {WHY} ")
    assert numbers_of(ctx, case) == [(1, "void", WHY)]
    timeline = cases.view(ctx, "zhou", case, "test").timeline
    assert [(row.kind, row.actor, row.address) for row in timeline[-2:]] == [
        ("number_voided", "Guan", ISSUE),
        ("act_answered", "Guan", ISSUE),
    ]
    assert timeline[-1].payload == {"act.given_up": WHY}
    assert [row.address for row, _element, _assignee in cases.view(ctx, "zhou", case, "test").tasks] == [REDO]
    with ctx.database.reading() as tx:
        assert [(row.address, row.state) for row in storage.acts.of_case(tx, case)] == [(ISSUE, "cancelled")]
        assert [row.kind for row in storage.entries.read(tx, "incidents")] == ["incident_given_up"]
        assert [row.how for row in storage.incidents.of_case(tx, case)] == ["given_up"]
    assert incidents.listing(ctx, "guan") == []
    prove(ctx)


def test_who_is_to_set_it_right_reads_on_the_task_why_it_was_given_up(ctx: Context) -> None:
    case, incident = failed(ctx)
    incidents.give_up(ctx, "guan", incident, WHY)
    assert tasks.view(ctx, "wang", case, REDO).given_up == WHY
    page = (
        World(ctx, create_app(ctx, secret_key="k" * 32), case, REDO).browser("wang").get(f"/cases/{case}/tasks/{REDO}")
    )
    assert f"已放弃办理：{WHY}" in page.text


def test_an_act_that_had_no_number_yet_is_given_up_all_the_same(ctx: Context) -> None:
    case, incident = failed(ctx, numbered=False)
    incidents.give_up(ctx, "guan", incident, WHY)
    assert numbers_of(ctx, case) == []
    prove(ctx)


def test_an_act_whose_number_a_head_made_void_first_keeps_that_reason(ctx: Context) -> None:
    case, incident = failed(ctx)
    documents.void(ctx, "zhou", case, ISSUE, "另一理由", "void")
    incidents.give_up(ctx, "guan", incident, WHY)
    assert numbers_of(ctx, case) == [(1, "void", "另一理由")]
    prove(ctx)


def test_a_paper_wanted_again_later_takes_the_next_number(ctx: Context) -> None:
    case, incident = failed(ctx)
    incidents.give_up(ctx, "guan", incident, WHY)
    correct(ctx, case)
    advance.submit(ctx, case, Arrival("task_completed", "system:test", f"task:{REDO}", REDO))
    assert working.carry_out(ctx, case, ISSUE_AGAIN)
    assert [(n, state) for n, state, _reason in numbers_of(ctx, case)] == [(1, "void"), (2, "issued")]
    prove(ctx)


def test_an_act_is_given_up_once_and_a_late_answer_changes_nothing(ctx: Context) -> None:
    case, incident = failed(ctx)
    incidents.give_up(ctx, "guan", incident, WHY)
    with pytest.raises(RefusedError, match="incident_closed"):
        incidents.give_up(ctx, "guan", incident, WHY)
    correct(ctx, case)
    assert not working.carry_out(ctx, case, ISSUE)
    assert sweeping.sweep(ctx) == 0
    assert documents.void_abandoned(ctx, FUTURE) == 0
    assert [state for _n, state, _reason in numbers_of(ctx, case)] == ["void"]


def test_an_act_of_a_case_closed_meanwhile_is_not_given_up(ctx: Context) -> None:
    case, incident = failed(ctx)
    closing = interventions.propose_closing(ctx, "wu", case, ground="令", reason="不再需要", token="closing")
    interventions.confirm(ctx, "zhou", case, closing)
    assert incident_of(ctx, case).answers == {Answer.LOOK_AGAIN}
    with pytest.raises(RefusedError, match="no_way_on"):
        incidents.give_up(ctx, "guan", incident, WHY)


def test_why_it_was_given_up_can_be_erased_with_its_copy(ctx: Context) -> None:
    case, incident = failed(ctx)
    incidents.give_up(ctx, "guan", incident, WHY)
    closing = interventions.propose_closing(ctx, "wu", case, ground="令", reason="不再需要", token="closing")
    interventions.confirm(ctx, "zhou", case, closing)
    names = dict.fromkeys(("act.given_up", "number.reason"))
    proposal = erasing.propose(ctx, "wu", case, names, order="令", ground="令", reason="令", token="order")
    erasing.erase(ctx, "zhou", case, proposal)
    assert numbers_of(ctx, case) == [(1, "void", "")]
    assert WHY not in str(cases.view(ctx, "zhou", case, "test").timeline)
    assert history.verify(ctx).faults == []
    assert history.replay(ctx).erased == [case]


# --- at the desk --------------------------------------------------------------------------------------------------


def browser(ctx: Context, case: str, person: str, language: str = "zh") -> Browser:
    made = World(ctx, create_app(ctx, secret_key="k" * 32), case, ISSUE).browser(person)
    made.post("/language", language=language, next="/inbox")
    return made


@pytest.mark.parametrize(
    ("language", "button", "advice", "told"),
    [
        ("zh", "放弃办理", "已占用的文号即作废", "Guan 放弃了“issue”"),
        ("en", "Give the act up", "is made void", "Guan gave “issue” up"),
    ],
)
def test_the_operator_gives_it_up_on_the_page_and_the_head_reads_why(
    ctx: Context, language: str, button: str, advice: str, told: str
) -> None:
    case, incident = failed(ctx)
    operator = browser(ctx, case, "guan", language)
    page = operator.get("/admin/incidents").text
    assert button in page
    assert advice in page
    assert f'action="/admin/incidents/{incident}/retry"' in page
    assert operator.post(f"/admin/incidents/{incident}/give-up", reason=WHY).status_code == 302
    page = browser(ctx, case, "zhou", language).get(f"/cases/{case}").text
    assert told in page
    assert page.count(WHY) == 3, "in the list of numbers and beside both entries"


def test_without_a_way_on_the_page_says_so_and_offers_nothing(ctx: Context) -> None:
    case, incident = failed(ctx, NO_WAY)
    operator = browser(ctx, case, "guan")
    page = operator.get("/admin/incidents").text
    assert "放弃办理" not in page
    assert "由负责人依令结案" in page
    answer = operator.post(f"/admin/incidents/{incident}/give-up", reason=WHY)
    assert answer.status_code == 422
    assert "没有为放弃此项办理安排去向" in answer.text
