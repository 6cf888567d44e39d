"""What turns up in the middle of an inquiry: a conclusion to await, or a dispute that ends the simple track."""

from pathlib import Path

import pytest

import storage.files
from casework import history
from casework.errors import InvalidFormError
from engine.model import EventRefusedError
from engine.values import Value
from handlers.recognition.closing import PAPERS
from storage import Database
from tests.acceptance.recognition_case import Case
from tests.acceptance.stored_case import StoredCase
from tests.acceptance.test_recognition_paths import (
    AT_WORK,
    AWAITING_A_JUDGMENT,
    NO_GROUNDS,
    accepted,
    approved,
    drafted,
    filed,
    investigated,
    planned,
    ready_for_plan,
    served_acceptance,
    simple_case,
    withdrawn,
)
from tests.integration.paper_cases import a_context, a_person
from tests.pdf import words

#: A conclusion of each ground the law knows.
AWAITED: dict[str, dict[str, Value]] = {
    "judicial": {"change.awaited": "刑事判决", "change.organ": "人民法院"},
    "administrative": {"change.awaited": "道路交通事故认定", "change.organ": "交警支队"},
}


def investigating(case: Case | None = None) -> Case:
    """Give a case, one that is to be planned, in the middle of its investigation."""
    case = case or ready_for_plan()
    planned(case, investigation__required=True, investigation__plan="两名工作人员调查")
    return case


def asked(case: Case, ground: str, *, on_file: bool = False, **more: Value) -> None:
    """Ask, in the middle of the inquiry, that time stop for a conclusion."""
    case.receive("inquiry_changed")
    awaited = AWAITED.get(ground, AWAITED["judicial"])
    given = {"change.suspend": True, "change.ground": ground, "change.conclusion_on_file": on_file}
    case.complete("change_inquiry", given | awaited, **more)


def allowed(case: Case) -> None:
    """Let the approver stop the time on the day it is, and serve the notice."""
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on=case.today,
        suspension__reasons="须以该结论为依据",
    )
    case.serve("applicant")


def concluded(case: Case) -> None:
    """Record that the conclusion awaited longest came on the day it is, and serve the notice."""
    case.complete("record_conclusion", suspension__conclusion="已收到", suspension__ended_on=case.today)
    case.serve("applicant")


# --- suspension


def test_the_time_is_stopped_in_the_middle_of_an_investigation_and_the_notice_is_served() -> None:
    case = investigating()
    case.pass_to("2026-02-01")
    asked(case, "administrative")
    assert case.open_elements == ["approve_suspension", "investigate"]
    assert case.tasks[case.address("approve_suspension")]["separate_from"] == ["plan_inquiry", "change_inquiry"]
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on="2026-02-01",
        suspension__reasons="等待结论",
    )
    assert case.deadline("D05")["state"] == "suspended"
    assert "suspension_notice" in case.documents
    assert case.open_elements == ["investigate", "seal_paper"]
    case.serve("applicant")
    assert case.open_elements == ["investigate", "record_conclusion"]


def test_the_investigation_goes_on_meanwhile_and_nothing_is_found_or_approved_until_time_runs_again() -> None:
    case = investigating()
    case.pass_to("2026-02-01")
    asked(case, "administrative")
    allowed(case)
    investigated(case)
    case.pass_to("2026-02-12")
    assert case.open_elements == ["record_conclusion"]
    case.complete("record_conclusion", suspension__conclusion="对方全责", suspension__ended_on="2026-02-12")
    assert case.deadline("D05")["due_on"] == "2026-03-18"
    assert "resumption_notice" in case.documents
    case.serve("applicant")
    assert case.open_elements == ["record_findings"]


@pytest.mark.parametrize("ground", NO_GROUNDS)
def test_what_is_no_ground_in_the_plan_is_not_offered_in_the_middle(ground: str) -> None:
    case = investigating()
    with pytest.raises(InvalidFormError) as refused:
        asked(case, ground)
    assert refused.value.errors.keys() == {"change.ground"}


def test_a_conclusion_on_file_is_no_more_to_wait_for_in_the_middle_than_in_the_plan() -> None:
    case = investigating()
    asked(case, "judicial", on_file=True)
    assert case.fact("change.objection") == "conclusion_on_file"
    assert case.open_elements == ["change_inquiry", "investigate"]
    assert case.deadline("D05")["state"] == "running"
    case.complete("change_inquiry", change__suspend=False)
    assert case.open_elements == ["investigate"]


def test_what_is_awaited_is_named() -> None:
    case = investigating()
    case.receive("inquiry_changed")
    with pytest.raises(InvalidFormError):
        case.complete("change_inquiry", change__suspend=True, change__ground="judicial")


def test_a_suspension_that_is_refused_stops_nothing_and_may_be_asked_for_again() -> None:
    case = investigating()
    asked(case, "judicial")
    case.complete("approve_suspension", suspension__outcome="refuse", suspension__reasons="可以自行查明")
    assert case.deadline("D05")["state"] == "running"
    assert case.open_elements == ["investigate"]
    asked(case, "judicial")
    assert case.is_open("approve_suspension")


def test_no_second_suspension_is_begun_beside_a_running_one_on_the_same_ground() -> None:
    case = investigating()
    asked(case, "judicial")
    allowed(case)
    asked(case, "judicial")
    assert case.fact("change.objection") == "already_running"
    assert case.open_elements == ["change_inquiry", "investigate", "record_conclusion"]
    case.complete("change_inquiry", change__suspend=False)
    concluded(case)
    asked(case, "judicial")
    assert case.is_open("approve_suspension")


def test_one_planned_before_stands_against_a_second_on_the_same_ground_too() -> None:
    case = ready_for_plan()
    planned(case, **AWAITING_A_JUDGMENT)
    asked(case, "judicial")
    assert case.fact("change.objection") == "already_running"


def test_what_the_approver_has_before_them_is_not_replaced_by_another_request() -> None:
    case = investigating()
    asked(case, "judicial")
    asked(case, "administrative")
    assert case.fact("change.objection") == "awaiting_approval"
    assert (case.fact("suspension.ground"), case.fact("suspension.organ")) == ("judicial", "人民法院")


def test_days_that_two_suspensions_share_are_left_out_once() -> None:
    case = investigating()
    case.pass_to("2026-02-01")
    asked(case, "judicial")
    allowed(case)
    case.pass_to("2026-02-05")
    asked(case, "administrative")
    allowed(case)
    case.pass_to("2026-02-10")
    concluded(case)
    assert case.deadline("D05")["state"] == "suspended"
    case.pass_to("2026-02-12")
    concluded(case)
    assert case.deadline("D05")["state"] == "running"
    assert case.deadline("D05")["due_on"] == "2026-03-18"
    assert case.open_elements == ["investigate"]


def test_each_of_two_suspensions_keeps_what_it_waits_for_and_leaves_its_papers_in_the_file() -> None:
    case = investigating()
    asked(case, "judicial")
    allowed(case)
    asked(case, "administrative")
    allowed(case)
    addresses = sorted(address for address, task in case.tasks.items() if task["element"] == "record_conclusion")
    scopes = [address.rpartition("/")[0] for address in addresses]
    assert {case.facts(scope)["suspension.organ"] for scope in scopes} == {"人民法院", "交警支队"}
    concluded(case)
    concluded(case)
    investigated(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "employer", "agency")
    titles = [row["title"] for row in case.fact("archive.catalogue")]
    assert titles.count(PAPERS["suspension_notice"]) == titles.count(PAPERS["resumption_notice"]) == 2
    assert titles.count("送达回证（工伤认定中止通知书）") == 2
    filed(case)
    assert case.ended == "completed"


def test_outside_the_inquiry_nothing_is_changed() -> None:
    case = investigating()
    investigated(case)
    assert case.open_elements == ["record_findings"]
    with pytest.raises(EventRefusedError):
        case.receive("inquiry_changed")


def test_a_withdrawal_ends_a_suspension_begun_in_the_middle() -> None:
    case = investigating()
    asked(case, "judicial")
    allowed(case)
    withdrawn(case)
    case.complete("record_withdrawal", withdrawal__noted_on=case.today)
    assert case.deadline("D05")["state"] == "lifted"
    filed(case)
    assert case.ended == "completed"


@pytest.mark.parametrize("served", [False, True])
def test_a_case_withdrawn_while_its_time_stands_still_keeps_the_papers_of_its_suspensions_in_the_file(
    served: bool,
) -> None:
    case = investigating()
    asked(case, "judicial")
    allowed(case)
    asked(case, "administrative")
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on=case.today,
        suspension__reasons="须以该结论为依据",
    )
    if served:
        case.serve("applicant")
    withdrawn(case)
    case.complete("record_withdrawal", withdrawal__noted_on=case.today)
    titles = [row["title"] for row in case.fact("archive.catalogue")]
    assert titles.count(PAPERS["suspension_notice"]) == 2
    assert titles.count("送达回证（工伤认定中止通知书）") == (2 if served else 1)
    assert PAPERS["resumption_notice"] not in titles


def test_a_case_withdrawn_while_a_paper_is_served_keeps_the_receipts_there_were() -> None:
    case = Case("2026-11-09")
    case.register(applicant__kind="worker", applicant__name="张伟", employer__position="agrees")
    accepted(case)
    case.serve("applicant")
    assert case.open_elements == ["choose_track", "serve_paper"]
    withdrawn(case)
    case.complete("record_withdrawal", withdrawal__noted_on=case.today)
    assert [row["recipient"] for row in case.fact("acceptance_service.receipts")] == ["applicant"]
    assert "送达回证（工伤认定申请受理决定书）" in [row["title"] for row in case.fact("archive.catalogue")]


# --- the simple track


def left_the_track(on: str, **more: Value) -> Case:
    """Give a simple case that leaves the simple track in the middle of its investigation on a day."""
    case = investigating(simple_case())
    case.pass_to(on)
    case.receive("inquiry_changed")
    left = {"track.left": True, "track.left_on": on, "track.left_reasons": "出现争议"}
    case.complete("change_inquiry", {"change.suspend": False} | left | more)
    return case


def test_leaving_the_simple_track_in_the_middle_in_time_lifts_the_fifteen_days_with_the_reason() -> None:
    case = left_the_track("2026-11-24")
    assert case.deadline("D06")["state"] == "lifted"
    assert case.deadline("D06")["reason"]
    assert case.fact("track.left_reasons") == "出现争议"
    assert case.fact("track.kind") == "ordinary"
    assert case.deadline("D05")["state"] == "running"
    assert case.open_elements == ["investigate"]


def test_leaving_the_simple_track_in_the_middle_too_late_leaves_a_breach() -> None:
    case = left_the_track("2026-11-25")
    assert case.deadline("D06")["state"] == "breached"


def test_a_case_may_leave_the_simple_track_and_be_suspended_at_once() -> None:
    awaited = {"change.suspend": True, "change.ground": "judicial", "change.conclusion_on_file": False}
    case = left_the_track("2026-11-20", **awaited, **AWAITED["judicial"])
    allowed(case)
    assert case.deadline("D06")["state"] == "lifted"
    assert case.deadline("D05")["state"] == "suspended"


def test_a_simple_case_suspended_in_the_middle_stands_still_under_both_limits() -> None:
    case = investigating(simple_case())
    case.pass_to("2026-11-16")
    asked(case, "judicial", track__left=False)
    allowed(case)
    assert (case.deadline("D05")["state"], case.deadline("D06")["state"]) == ("suspended", "suspended")
    case.pass_to("2026-11-26")
    concluded(case)
    assert case.deadline("D06")["due_on"] == "2026-12-04"
    assert case.deadline("D06")["state"] == "running"


def test_a_case_that_left_the_simple_track_is_not_asked_to_leave_it_again() -> None:
    case = left_the_track("2026-11-20")
    asked(case, "judicial", track__left=True, track__left_on="2026-11-20", track__left_reasons="再次")
    assert case.fact("track.left_reasons") == "出现争议"


# --- the papers


def printed(case: StoredCase, stem: str) -> list[str]:
    """Give the texts of the papers made from a template, in the order they were asked for, without spaces."""
    with case.ctx.database.reading() as tx:
        rows = [row for row in storage.files.documents(tx, case.id) if row.template == stem]
    found = []
    for row in sorted(rows, key=lambda row: row.issued_at):
        with case.ctx.files.open(row.sha256) as stream:
            found.append(words(stream.read()))
    return found


def test_each_notice_prints_what_its_own_suspension_waits_for(database: Database, tmp_path: Path) -> None:
    ctx = a_context(database, tmp_path)
    a_person(ctx, "clerk", "investigator")
    case = StoredCase(ctx, "2026-11-09")
    case.register()
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    investigating(case)
    for day, ground in (("2026-11-12", "judicial"), ("2026-11-13", "administrative")):
        case.pass_to(day)
        asked(case, ground)
        allowed(case)
    for day in ("2026-11-16", "2026-11-18"):
        case.pass_to(day)
        concluded(case)
    first, second = printed(case, "suspension_notice")
    assert "人民法院" in first
    assert "2026年11月12日" in first
    assert "交警支队" in second
    assert "2026年11月13日" in second
    assert all("已收到" in text for text in printed(case, "resumption_notice"))
    assert history.replay(ctx, [case.id]).identical == 1
