"""A paper of recognition that cannot be made is given up: a person makes it again, and the case comes to its end."""

from pathlib import Path

import pytest

from casework import cases, documents, history, incidents
from casework.incidents import Answer
from engine.spiff.diagram import read_processes
from engine.xml import parse
from storage import Database
from storage.numbers import NumberRow
from tests.acceptance.recognition_case import definition
from tests.acceptance.stored_case import StoredCase
from tests.acceptance.test_recognition_paths import (
    AT_WORK,
    accepted,
    drafted,
    issued_and_filed,
    planned,
    served_acceptance,
)
from tests.integration.paper_cases import a_context, a_person

WHY = "医疗救治情况漏填，无法制作"
DIAGRAMS = [path for path in definition().files if path.endswith(".bpmn")]


@pytest.mark.parametrize("path", DIAGRAMS)
def test_every_act_has_a_way_on_when_it_is_given_up(path: str) -> None:
    found = read_processes(parse(definition().files[path].encode()))
    nodes = [node for container in found.values() for _, node in container.walk()]
    guarded = {node.attached_to for node in nodes if node.tag == "boundaryEvent" and node.trigger.code == "given_up"}
    assert {node.id for node in nodes if node.properties.get("act")} <= guarded


def test_a_decision_that_cannot_be_made_is_given_up_and_delivered_under_the_next_number(
    database: Database, tmp_path: Path
) -> None:
    ctx = a_context(database, tmp_path)
    operator, head = a_person(ctx, "guan", "administrator"), a_person(ctx, "clerk", "head")
    case = StoredCase(ctx, "2026-11-23")
    to_be_approved(case)
    case.correct(injury__treatment=None)
    case.complete("review_decision", review__outcome="agree")
    case.complete("approve_decision", approval__outcome="approve", decision__decided_on=case.today)
    assert case.open_elements == []

    (incident,) = incidents.listing(ctx, operator)
    assert incident.answers == {Answer.LOOK_AGAIN, Answer.GIVE_UP}
    incidents.give_up(ctx, operator, incident.id, WHY)
    case.follow()
    assert case.open_elements == ["make_decision_again"]
    view = cases.view(ctx, head, case.id, "test")
    assert view.timeline[-1].payload == {"act.given_up": WHY}, "where who makes it again reads why"

    case.correct(injury__treatment="石膏固定")
    case.complete("make_decision_again")
    assert case.documents[-1] == "recognition_decision"
    assert [(row.state, row.reason) for row in numbers_of_decisions(case, head)] == [("void", WHY), ("issued", None)]
    assert [row.n for row in numbers_of_decisions(case, head)] == [1, 2]
    issued_and_filed(case)
    assert (case.fact("outcome.kind"), case.ended) == ("decided", "completed")
    assert history.verify(ctx).faults == []
    assert history.replay(ctx).identical == 1


def to_be_approved(case: StoredCase) -> None:
    """Bring a case to where its decision is drafted."""
    case.register(application__received_on=case.today, service_address__confirmed_on=case.today)
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")


def numbers_of_decisions(case: StoredCase, head: str) -> list[NumberRow]:
    rows = documents.numbers(case.ctx, head, case.id)
    return sorted((row for row in rows if "issue_recognition_decision" in row.act), key=lambda row: row.n)
