"""Recognition from application to file, along every way the law knows."""

import pytest

from casework.errors import InvalidFormError
from tests.acceptance.recognition_case import Case

WORKER_APPLIES = {
    "applicant__kind": "worker",
    "applicant__name": "张伟",
    "employer__position": "unknown",
}
#: What an investigator finds of a fall in the workshop.
AT_WORK = {
    "work.hours": "working",
    "work.place": "workplace",
    "work.cause": "work",
    "trip.on_trip": False,
    "worker.over_age": False,
    "exclusion.kind": "none",
    "discussion.difficult": False,
    "payment.estimate": "30000.00",
}


def accepted(case: Case, *, clear: bool = True) -> None:
    """Review and accept an application on the day it is."""
    reviewed(case, materials__result="complete")
    case.complete(
        "decide_acceptance",
        acceptance__decided_on=case.today,
        track__facts_clear=clear,
        track__public_concern=False,
    )


def reviewed(case: Case, **changes: object) -> None:
    """Review the materials, those on file ticked as the form shows them; a notice gives fifteen days."""
    given = {"materials.received": case.fact("materials.received")} | dict(changes)
    if changes.get("materials__result") == "incomplete":
        given |= {"supplement.days": 15, "supplement.days_reason": "材料须向外地调取", "materials.reasons": "缺材料"}
        given.setdefault("supplement__notified_on", case.today)
    case.complete("review_materials", {name.replace("__", "."): value for name, value in given.items()})


def served_acceptance(case: Case) -> None:
    """Serve the acceptance decision."""
    recipients = ["applicant"] if case.fact("applicant.kind") == "employer" else ["applicant", "employer"]
    case.serve(*recipients)


#: A plan that investigates and asks to await the judgment of a court.
AWAITING_A_JUDGMENT = {
    "investigation__required": True,
    "investigation__plan": "两名工作人员调查",
    "suspension__needed": True,
    "suspension__ground": "judicial",
    "suspension__awaited": "刑事判决",
    "suspension__organ": "人民法院",
    "suspension__conclusion_on_file": False,
}
#: What no suspension may wait for, and no form offers; the rule refuses it too.
NO_GROUNDS = ("own_deliberation", "referral")


def planned(case: Case, **changes: object) -> None:
    """Plan the inquiry: nothing but what the test says."""
    plan = {
        "employer.position": case.fact("employer.position") or "agrees",
        "evidence.required": False,
        "disease.lawful": True,
        "investigation.required": False,
        "investigation.entrusted": False,
        "investigation.why_not": "事实清楚，无需调查",
        "track.left": False,
        "suspension.needed": False,
    }
    case.complete("plan_inquiry", plan | {name.replace("__", "."): value for name, value in changes.items()})


def drafted(case: Case, result: str, *grounds: str, **changes: object) -> None:
    """Draft a decision with every field article 19 of the Measures demands."""
    draft = {name: case.fact(name) for name in DEMANDED if case.fact(name) is not None} | {
        "draft.outcome": "propose",
        "decision.result": result,
        "decision.grounds": list(grounds),
        "decision.facts": "经核实，情况属实。",
        "decision.reasons": "依据上述事实和规定。",
        "remedy.court": "昆明市某人民法院",
    }
    case.complete("draft_decision", draft | {name.replace("__", "."): value for name, value in changes.items()})


DEMANDED = (
    "employer.name",
    "worker.name",
    "worker.sex",
    "worker.born_on",
    "worker.occupation",
    "worker.identity_kind",
    "worker.identity_number",
    "injury.parts",
    "injury.treatment",
    "injury.diagnosis",
    "injury.first_diagnosis_at",
    "accident.happened_at",
    "disease.name",
    "remedy.review_organ",
)


def approved(case: Case) -> None:
    """Review and approve the draft on the day it is."""
    case.complete("review_decision", review__outcome="agree")
    case.complete("approve_decision", approval__outcome="approve", decision__decided_on=case.today)


def issued_and_filed(case: Case) -> None:
    """Seal, serve and file the decision on the day it is."""
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "employer", "agency")
    filed(case)


def filed(case: Case, *, dispute: bool = False) -> None:
    """Compile the file on the day it is."""
    case.complete(
        "compile_file",
        {"archive.catalogue": [{"title": "工伤认定申请表", "pages": 2}]},
        archive__ended_on=case.today,
        archive__volume="2026-001",
        archive__dispute_open=dispute,
    )


def test_an_application_of_the_employer_runs_simply_to_a_delivered_decision() -> None:
    case = Case("2026-11-09")
    case.register(application__received_on="2026-11-06")
    assert case.deadline("D03")["due_on"] == "2026-11-23"
    accepted(case)
    assert case.deadline("D03")["state"] == "met"
    assert case.deadline("D05")["due_on"] == "2027-01-08"
    assert case.fact("track.proposed") == "simple"
    served_acceptance(case)
    case.complete("choose_track", track__kind="simple", track__reasons="事实清楚")
    assert case.deadline("D06")["due_on"] == "2026-11-24"
    planned(case)
    case.complete("record_findings", AT_WORK)
    assert case.rows_fired("recognition_ground") == ["work_accident"]
    assert case.fact("ground.result") == "recognised"
    drafted(case, "recognised", "14.1")
    case.pass_to("2026-11-20")
    approved(case)
    assert {case.deadline(limit)["state"] for limit in ("D05", "D06")} == {"met"}
    assert case.deadline("D07")["due_on"] == "2026-12-10"
    assert case.fact("worker.age") == 36
    issued_and_filed(case)
    assert case.deadline("D07")["state"] == "met"
    assert case.fact("archive.keep_until") == "2076-11-20"
    assert case.fact("outcome.kind") == "decided"
    assert case.ended == "completed"
    assert [paper for paper in case.documents if paper != "delivery_receipt"] == [
        "application_form",
        "acceptance_decision",
        "recognition_decision",
    ]


def test_remedies_are_counted_for_each_recipient_from_the_service() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker")
    case.pass_to("2026-11-12")
    case.serve("employer", "agency")
    worker, employer, agency = case.fact("decision_service.receipts")
    assert (worker["review_until"], worker["suit_until"]) == ("2027-01-08", "2027-05-10")
    assert (employer["review_until"], employer["suit_until"]) == ("2027-01-11", "2027-05-12")
    assert "review_until" not in agency


def test_service_by_public_notice_is_an_act_in_time_and_deemed_thirty_days_later() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "agency")
    case.serve("employer", way="public_notice", delivery__notice_place="云南日报", delivery__notice_reason="下落不明")
    assert case.deadline("D07")["state"] == "met"
    assert case.deadline("D30")["due_on"] == "2026-12-09"
    assert case.open_elements == []
    case.pass_to("2026-12-08")
    assert case.open_elements == []
    case.pass_to("2026-12-09")
    assert case.open_elements == ["compile_file"]
    assert case.fact("decision_service.acted_on") == "2026-11-09"
    assert case.fact("decision_service.deemed_on") == "2026-12-09"


def test_electronic_service_needs_consent() -> None:
    case = Case()
    case.register()
    accepted(case)
    case.serve("applicant", way="electronic")
    scope = case.address("serve_paper").rpartition("/")[0]
    assert case.facts(scope)["delivery.objection"] == "no_consent"
    assert case.facts(scope)["service.remaining"] == ["applicant"]


def test_an_unsealed_paper_is_not_served() -> None:
    case = Case()
    case.register()
    accepted(case)
    assert case.is_open("seal_paper")
    assert not case.is_open("serve_paper")


def test_a_late_application_of_the_worker_notes_the_costs_of_the_employer_and_goes_on() -> None:
    case = Case("2026-11-30")
    case.register(application__received_on="2026-11-28", **WORKER_APPLIES)
    assert case.fact("time_limit.employer_late") is True
    assert case.fact("time_limit.employer_bears_until") == "2026-11-28"
    assert case.open_elements == ["review_materials"]


def test_a_corrected_accident_date_recomputes_and_asks_a_person() -> None:
    case = ready_for_plan()
    assert case.fact("time_limit.employer_late") is False
    case.correct(accident__happened_at="2025-12-01T02:30:00Z")
    assert case.fact("time_limit.starts_on") == "2025-12-01"
    assert case.fact("time_limit.employer_late") is True
    assert case.open_elements == ["judge_time_again", "plan_inquiry"]
    case.complete("judge_time_again", time_limit__result="in_time", time_limit__reasons="仍在一年内")
    case.correct(accident__happened_at="2025-12-02T02:30:00Z")
    assert case.open_elements == ["judge_time_again", "plan_inquiry"]


def test_a_date_corrected_before_acceptance_is_counted_again_before_the_application_is_accepted() -> None:
    case = Case("2026-11-09")
    case.register(**WORKER_APPLIES)
    case.correct(accident__happened_at="2025-10-20T02:30:00Z")
    reviewed(case, materials__result="complete")
    assert case.open_elements == ["judge_time_limit"]


def test_a_supplement_restarts_the_fifteen_days_from_the_last_item() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form"])
    assert case.fact("materials.missing") == ["relation_proof", "diagnosis"]
    reviewed(case, materials__result="incomplete", supplement__items=["relation_proof", "diagnosis"])
    assert case.deadline("D03")["state"] == "met"
    case.serve("applicant")
    case.pass_to("2026-11-16")
    first = [{"item": "relation_proof", "arrived_on": "2026-11-12"}]
    case.complete("receive_supplement", {"supplement.arrivals": first}, supplement__ended="waiting")
    last = [*first, {"item": "diagnosis", "arrived_on": "2026-11-16"}]
    case.complete("receive_supplement", {"supplement.arrivals": last}, supplement__ended="complete")
    assert case.deadline("D04")["started_on"] == "2026-11-16"
    assert case.deadline("D04")["due_on"] == "2026-12-01"
    assert case.fact("materials.missing") == []
    accepted(case)
    assert case.deadline("D04")["state"] == "met"


def test_while_something_asked_for_has_not_come_the_fifteen_days_do_not_run_whatever_is_ticked() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form"])
    asked = {"supplement__items": ["relation_proof", "diagnosis"], "supplement__other": "考勤记录"}
    reviewed(case, materials__result="incomplete", **asked)
    case.serve("applicant")
    arrived = [{"item": item, "arrived_on": "2026-11-09"} for item in ("relation_proof", "diagnosis")]
    case.complete("receive_supplement", {"supplement.arrivals": arrived[:1]}, supplement__ended="complete")
    assert case.fact("supplement.outstanding") == ["diagnosis", "other"]
    assert case.open_elements == ["receive_supplement"]
    assert case.deadline("O02")["state"] == "running"
    arrived.append({"item": "other", "arrived_on": "2026-11-09"})
    case.complete("receive_supplement", {"supplement.arrivals": arrived}, supplement__ended="complete")
    assert case.deadline("D04")["started_on"] == "2026-11-09"
    assert case.open_elements == ["review_materials"]


def test_one_notice_asks_for_everything_missing() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form"])
    reviewed(case, materials__result="incomplete", supplement__items=["relation_proof"])
    assert case.fact("supplement.objection") == "not_everything"
    assert case.open_elements == ["review_materials"]
    reviewed(case, materials__result="complete")
    assert case.fact("supplement.objection") == "still_missing"
    assert case.open_elements == ["review_materials"]


def test_what_is_found_in_an_earlier_stage_is_not_asked_for() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form", "diagnosis"])
    reviewed(
        case, materials__result="complete", materials__received=["application_form", "diagnosis", "relation_proof"]
    )
    assert case.fact("materials.missing") == []
    assert case.open_elements == ["decide_acceptance"]


def test_a_second_notice_for_something_missing_from_the_start_is_refused() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form"])
    missing = ["relation_proof", "diagnosis"]
    reviewed(case, materials__result="incomplete", supplement__items=missing)
    case.serve("applicant")
    arrived = [{"item": "relation_proof", "arrived_on": "2026-11-09"}]
    case.complete("receive_supplement", {"supplement.arrivals": arrived}, supplement__ended="given_up")
    reviewed(case, materials__result="incomplete", supplement__items=["diagnosis"])
    assert case.fact("supplement.objection") == "missing_from_start"
    assert case.open_elements == ["review_materials"]
    reviewed(case, materials__result="not_acceptable", materials__reasons="期满未补齐")
    assert case.open_elements == ["decide_non_acceptance"]
    assert case.fact("non_acceptance.ground") == "not_supplied"


def test_the_days_to_supply_are_the_officers_and_run_from_service() -> None:
    case = Case("2026-11-09")
    case.register(materials__received=["application_form", "diagnosis"])
    reviewed(case, materials__result="incomplete", supplement__items=["relation_proof"])
    case.serve("applicant")
    assert (case.deadline("O02")["started_on"], case.deadline("O02")["due_on"]) == ("2026-11-09", "2026-11-24")
    case.pass_to("2026-11-25")
    assert case.deadline("O02")["state"] == "breached"
    case.complete("receive_supplement", supplement__ended="given_up")
    assert case.open_elements == ["review_materials"]


def test_an_application_out_of_time_is_judged_by_a_person_and_not_accepted() -> None:
    case = Case("2026-11-09")
    case.register(accident__happened_at="2025-10-20T02:30:00Z", **WORKER_APPLIES)
    assert case.fact("time_limit.question") == "no_ground_claimed"
    case.complete("judge_time_limit", time_limit__result="late", time_limit__reasons="已逾一年，无正当事由")
    assert case.fact("non_acceptance.ground") == "out_of_time"
    case.complete(
        "decide_non_acceptance",
        non_acceptance__ground="out_of_time",
        non_acceptance__reasons="超过一年",
        non_acceptance__decided_on=case.today,
        remedy__review_organ=case.fact("remedy.review_organ") or "五华区人民政府",
        remedy__court="昆明市某人民法院",
    )
    assert case.deadline("D03")["state"] == "met"
    case.serve("applicant")
    assert case.fact("non_acceptance_service.receipts")[0]["review_until"] == "2027-01-08"
    filed(case)
    assert case.fact("outcome.kind") == "not_accepted"
    assert case.ended == "completed"


def test_a_case_of_another_office_is_told_once_and_waits_to_be_transferred() -> None:
    case = Case("2026-11-09", office="530103")
    case.register()
    assert case.fact("jurisdiction.office") == "530102"
    case.complete(
        "notify_referral",
        {"supplement.items": []},
        referral__text="由五华区受理",
        referral__notified_on=case.today,
    )
    assert case.deadline("D03")["state"] == "lifted"
    case.serve("applicant")
    assert case.open_elements == []
    case.receive("transferred")
    case.complete("record_transfer", referral__handed_over=False)
    assert case.open_elements == []
    case.receive("transferred")
    case.complete("record_transfer", referral__handed_over=True, referral__handed_over_on=case.today)
    filed(case)
    assert case.fact("outcome.kind") == "referred"


def test_a_disputed_relation_leads_to_the_notice_that_arbitration_is_open() -> None:
    case = Case()
    case.register(worker__relation="disputed", **WORKER_APPLIES)
    case.complete(
        "judge_responsible_unit",
        responsible__unit="昆明春城示例机械有限公司",
        responsible__notify_arbitration=True,
        responsible__reasons="双方对劳动关系有争议",
        worker__relation="disputed",
    )
    assert "arbitration_notice" in case.documents
    case.serve("applicant")
    assert case.open_elements == ["review_materials"]


def ready_for_plan(*, parameter_set: str | None = "演示", **changes: object) -> Case:
    """Give an accepted case of a worker, acceptance served, whose inquiry is to be planned."""
    case = Case("2026-01-06", parameter_set=parameter_set)
    dates = {
        "application__received_on": "2026-01-06",
        "service_address__confirmed_on": "2026-01-06",
        "accident__happened_at": "2025-12-20T02:30:00Z",
        "injury__first_diagnosis_at": "2025-12-20T04:00:00Z",
    }
    case.register(**(dates | WORKER_APPLIES | changes))
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    return case


def test_suspension_adds_to_the_unrolled_day_and_the_investigation_goes_on_meanwhile() -> None:
    case = ready_for_plan()
    case.pass_to("2026-02-01")
    planned(
        case,
        investigation__required=True,
        investigation__plan="两名工作人员调查",
        suspension__needed=True,
        suspension__ground="administrative",
        suspension__awaited="交通事故责任认定",
        suspension__organ="交警支队",
        suspension__conclusion_on_file=False,
    )
    assert case.open_elements == ["approve_suspension", "investigate"]
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on="2026-02-01",
        suspension__reasons="等待结论",
    )
    assert case.deadline("D05")["state"] == "suspended"
    assert not [address for address in case.timers if address.startswith("D05")]
    case.serve("applicant")
    investigated(case)
    assert not case.is_open("record_findings")
    case.pass_to("2026-02-12")
    case.complete("record_conclusion", suspension__conclusion="对方全责", suspension__ended_on="2026-02-12")
    assert case.deadline("D05")["due_on"] == "2026-03-18"
    assert "resumption_notice" in case.documents
    case.serve("applicant")
    assert case.open_elements == ["record_findings"]


def investigated(case: Case) -> None:
    """Confirm the record of an investigation."""
    records = [{"kind": "statement", "taken_on": case.today, "about": "事故经过", "person": "李示例"}]
    case.complete(
        "investigate",
        {"investigation.records": records},
        investigation__credentials_shown=True,
        investigation__findings="属实",
        investigation__finished_on=case.today,
    )


def test_two_officers_confirm_the_investigation() -> None:
    case = ready_for_plan()
    planned(case, investigation__required=True, investigation__plan="两名工作人员调查")
    assert case.tasks[case.address("investigate")]["officers"] == 2


def test_a_refusal_to_sign_needs_a_witness() -> None:
    case = ready_for_plan()
    planned(case, investigation__required=True, investigation__plan="两名工作人员调查")
    record = {"kind": "statement", "taken_on": case.today, "about": "事故经过", "refused_to_sign": True}
    given = {
        "investigation.credentials_shown": True,
        "investigation.findings": "属实",
        "investigation.finished_on": case.today,
    }
    with pytest.raises(InvalidFormError):
        case.complete("investigate", given | {"investigation.records": [record]})
    case.complete("investigate", given | {"investigation.records": [record | {"witness": "王示例"}]})


@pytest.mark.parametrize("ground", NO_GROUNDS)
def test_what_is_no_ground_of_suspension_is_not_offered_as_one(ground: str) -> None:
    case = ready_for_plan()
    with pytest.raises(InvalidFormError) as refused:
        planned(case, **AWAITING_A_JUDGMENT | {"suspension__ground": ground})
    assert refused.value.errors.keys() == {"suspension.ground"}


def test_no_suspension_for_a_conclusion_that_is_on_file() -> None:
    case = ready_for_plan()
    planned(case, **AWAITING_A_JUDGMENT | {"suspension__conclusion_on_file": True})
    assert case.fact("suspension.objection") == "conclusion_on_file"
    assert case.fact("inquiry.objection") == "conclusion_on_file"
    assert case.open_elements == ["plan_inquiry"]
    planned(case)
    assert case.open_elements == ["record_findings"]


def test_an_employer_that_denies_bears_the_burden_of_proof_and_its_silence_has_a_consequence() -> None:
    case = ready_for_plan()
    assert case.fact("evidence.required") is True
    planned(case, evidence__required=True)
    case.complete("set_evidence_limit", evidence__days=10, evidence__days_reason="案情简单")
    case.serve("employer")
    assert case.fact("evidence.due_on") == "2026-01-16"
    case.pass_to("2026-01-15")
    assert case.open_elements == ["record_employer_answer"]
    with pytest.raises(InvalidFormError):
        case.complete("record_employer_answer", evidence__answered=False)
    case.pass_to("2026-01-16")
    case.complete("confirm_silence", evidence__answered=False)
    assert case.fact("evidence.consequence") == "worker_evidence"
    assert case.open_elements == ["record_findings"]


@pytest.mark.parametrize("position", ["agrees", "disagrees"])
def test_an_employer_that_applied_or_agrees_cannot_be_made_to_prove(position: str) -> None:
    case = simple_case() if position == "disagrees" else ready_for_plan(employer__position="disagrees")
    planned(case, evidence__required=True, employer__position=position)
    assert case.fact("inquiry.objection") == "no_burden"
    assert case.open_elements == ["plan_inquiry"]
    planned(case, employer__position=position)
    assert case.fact("inquiry.objection") is None
    assert case.open_elements == ["record_findings"]


def test_an_employer_that_denies_is_asked_for_evidence_once() -> None:
    case = ready_for_plan(employer__position="disagrees")
    planned(case)
    assert case.fact("inquiry.objection") == "burden_is_employers"
    assert case.open_elements == ["plan_inquiry"]
    planned(case, evidence__required=True)
    case.complete("set_evidence_limit", evidence__days=1, evidence__days_reason="案情简单")
    case.serve("employer")
    case.pass_to("2026-01-08")
    case.complete("confirm_silence", evidence__answered=False)
    case.complete("record_findings", AT_WORK)
    case.complete("draft_decision", draft__outcome="more_facts", draft__more_facts="仍有疑点")
    planned(case)
    assert case.open_elements == ["record_findings"]


def test_evidence_that_came_is_weighed() -> None:
    case = ready_for_plan()
    planned(case, evidence__required=True)
    case.complete("set_evidence_limit", evidence__days=10, evidence__days_reason="案情简单")
    case.serve("employer")
    case.complete("record_employer_answer", evidence__answered_on=case.today, evidence__content="考勤记录")
    assert case.fact("evidence.consequence") == "weighed"


def test_a_lawful_certificate_of_an_occupational_disease_needs_no_investigation() -> None:
    case = ready_for_plan(
        accident__kind="occupational_disease",
        accident__happened_at=None,
        accident__place=None,
        disease__name="职业性轻度噪声聋",
        disease__certificate_kind="diagnosis",
        disease__certificate_on="2025-12-25",
        disease__certificate_issuer="省职业病医院",
        materials__received=["application_form", "relation_proof", "disease_certificate"],
    )
    assert case.fact("time_limit.counted_from") == "diagnosis"
    assert case.fact("investigation.required") is False
    planned(case, disease__lawful=True, investigation__required=True, investigation__plan="两名工作人员调查")
    assert case.fact("inquiry.objection") == "certified"
    assert case.open_elements == ["plan_inquiry"]
    planned(case, disease__lawful=True)
    case.complete(
        "record_findings",
        {"disease.lawful": True, "worker.over_age": False, "exclusion.kind": "none", "discussion.difficult": False}
        | {"payment.estimate": "0.00"},
    )
    assert case.rows_fired("recognition_ground") == ["occupational_disease"]
    drafted(case, "recognised", "14.4", injury__treatment="门诊")
    approved(case)
    issued_and_filed(case)
    assert case.ended == "completed"


def sudden_death(death_at: str, *, parameter_set: str | None = "演示", **changes: object) -> Case:
    """Give a case of a sudden illness first diagnosed on 2025-12-20 at 04:00Z, with its facts recorded."""
    case = ready_for_plan(
        parameter_set=parameter_set,
        accident__kind="sudden_illness",
        applicant__kind="kin",
        applicant__relation="配偶",
        injury__died=True,
        injury__death_at=death_at,
        materials__received=["application_form", "relation_proof", "diagnosis", "kin_proof", "death_proof"],
    )
    planned(case)
    found = {
        "illness.in_hours_at_post": "yes",
        "illness.course": "rescued_at_once",
        "worker.over_age": False,
        "exclusion.kind": "none",
        "discussion.difficult": False,
        "payment.estimate": "1200000.00",
    }
    case.complete("record_findings", found | {name.replace("__", "."): value for name, value in changes.items()})
    return case


def discussed(case: Case, opinion: str) -> None:
    """Hold the collective discussion on the day it is."""
    people = [{"name": "甲", "opinion": opinion}, {"name": "乙", "opinion": opinion}]
    case.complete(
        "hold_discussion",
        {"discussion.participants": people},
        discussion__held_on=case.today,
        discussion__minutes="一致意见",
        discussion__opinion=opinion,
    )


def test_a_death_within_forty_eight_hours_is_deemed_after_a_discussion() -> None:
    case = sudden_death("2025-12-22T02:00:00Z")
    assert case.fact("illness.forty_eight_hours") == "within"
    assert case.rows_fired("recognition_ground") == ["sudden_death"]
    assert case.fact("discussion.why") == ["death", "large_payment"]
    discussed(case, "recognise")
    drafted(case, "deemed", "15.1")
    approved(case)
    issued_and_filed(case)
    assert "recognition_decision" in case.documents
    assert case.ended == "completed"


def test_on_the_border_of_forty_eight_hours_everything_is_proposed_and_nothing_decided() -> None:
    case = sudden_death("2025-12-22T04:10:00Z")
    assert case.fact("illness.forty_eight_hours") == "border"
    assert case.rows_fired("recognition_ground") == ["forty_eight_hours_border", "forty_eight_hours_border_or_unmet"]
    assert case.fact("ground.proposed") == ["15.1", "unmet"]
    assert case.fact("ground.result") == "open"
    assert case.fact("discussion.why") == ["death", "contested", "large_payment"]
    assert case.open_elements == ["hold_discussion"]


def test_a_death_beyond_forty_eight_hours_is_not_recognised() -> None:
    case = sudden_death("2025-12-23T04:00:00Z")
    assert case.fact("ground.result") == "not_recognised"
    discussed(case, "not_recognise")
    drafted(case, "not_recognised", "unmet")
    approved(case)
    issued_and_filed(case)
    assert "non_recognition_decision" in case.documents


def test_a_decision_lacks_no_field_that_article_nineteen_demands() -> None:
    case = ready_for_plan()
    planned(case)
    case.complete("record_findings", AT_WORK)
    for field in ("decision.facts", "injury.parts", "injury.treatment", "worker.occupation", "remedy.court"):
        with pytest.raises(InvalidFormError) as refused:
            drafted(case, "recognised", "14.1", **{field.replace(".", "__"): None})
        assert field in refused.value.errors


def test_a_draft_sent_back_is_drafted_again() -> None:
    case = ready_for_plan()
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    assert case.tasks[case.address("review_decision")]["separate_from"] == ["draft_decision"]
    case.complete("review_decision", review__outcome="return", review__reasons="理由不足")
    drafted(case, "recognised", "14.1")
    case.complete("review_decision", review__outcome="agree")
    assert case.tasks[case.address("approve_decision")]["separate_from"] == ["draft_decision", "review_decision"]
    case.complete("approve_decision", approval__outcome="redraft", approval__reasons="重拟")
    drafted(case, "recognised", "14.1")
    approved(case)
    assert case.open_elements == ["seal_decision"]


def test_a_decision_sent_back_to_the_facts_goes_through_the_inquiry_again() -> None:
    case = ready_for_plan()
    planned(case, investigation__required=True, investigation__plan="调查")
    investigated(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    case.complete("review_decision", review__outcome="agree")
    case.complete("approve_decision", approval__outcome="more_facts", approval__reasons="补充调查")
    planned(case, investigation__required=True, investigation__plan="再次调查")
    investigated(case)
    case.complete("record_findings", AT_WORK)
    case.complete("draft_decision", draft__outcome="more_facts", draft__more_facts="仍有疑点")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    issued_and_filed(case)
    assert case.ended == "completed"


def simple_case() -> Case:
    """Give a case on the simple track, accepted on 2026-11-09, whose inquiry is to be planned."""
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="simple", track__reasons="事实清楚")
    return case


def test_leaving_the_simple_track_in_time_lifts_the_fifteen_days_and_says_so() -> None:
    case = simple_case()
    case.pass_to("2026-11-24")
    planned(case, track__left=True, track__left_on="2026-11-24", track__left_reasons="出现争议")
    assert case.deadline("D06")["state"] == "lifted"
    assert case.deadline("D06")["reason"] == "转为普通程序", "the officer's own words stay where they can be erased"
    assert case.fact("track.kind") == "ordinary"
    assert case.deadline("D05")["state"] == "running"


def test_leaving_the_simple_track_too_late_leaves_a_breach() -> None:
    case = simple_case()
    case.pass_to("2026-11-25")
    planned(case, track__left=True, track__left_on="2026-11-25", track__left_reasons="出现争议")
    assert case.deadline("D06")["state"] == "breached"


def withdrawn(case: Case) -> None:
    """Bring a request to withdraw, and register it on the day it is."""
    case.receive("withdrawn")
    case.complete(
        "register_withdrawal",
        withdrawal__stated="asked",
        withdrawal__requested_on=case.today,
        withdrawal__by="张伟",
        withdrawal__reasons="双方和解",
    )


def test_a_withdrawal_that_was_entered_by_mistake_changes_nothing() -> None:
    case = simple_case()
    case.receive("withdrawn")
    assert case.open_elements == ["plan_inquiry", "register_withdrawal"]
    case.complete("register_withdrawal", withdrawal__stated="mistaken")
    assert case.open_elements == ["plan_inquiry"]
    assert case.fact("withdrawal.answer") is None
    assert case.deadline("D05")["state"] == "running"
    withdrawn(case)
    assert case.open_elements == ["record_withdrawal"]


def test_a_request_to_withdraw_says_who_asks_and_when() -> None:
    case = simple_case()
    case.receive("withdrawn")
    with pytest.raises(InvalidFormError) as refused:
        case.complete("register_withdrawal", withdrawal__stated="asked")
    assert refused.value.errors.keys() == {"withdrawal.requested_on", "withdrawal.by", "withdrawal.reasons"}


def test_a_withdrawal_cancels_everything_and_lifts_every_limit() -> None:
    case = ready_for_plan()
    planned(case, investigation__required=True, investigation__plan="调查", evidence__required=True)
    withdrawn(case)
    assert case.open_elements == ["record_withdrawal"]
    case.complete("record_withdrawal", withdrawal__noted_on=case.today)
    assert case.deadline("D05")["state"] == "lifted"
    filed(case)
    assert case.fact("outcome.kind") == "withdrawn"
    assert case.ended == "completed"


def asked_to_withdraw(parameter_set: str | None = None) -> Case:
    """Give an accepted case of an office that has not said whether it takes withdrawals, and one is asked for."""
    case = Case("2026-11-09", parameter_set=parameter_set)
    case.register()
    accepted(case)
    withdrawn(case)
    return case


def answered_withdrawal(case: Case, answer: str) -> None:
    """Let the officer answer a withdrawal on the day it is."""
    case.complete(
        "judge_withdrawal",
        withdrawal__answer=answer,
        withdrawal__answer_reasons="申请人意思表示真实" if answer == "granted" else "撤回将损害职工权益",
        withdrawal__answered_on=case.today,
    )


def test_where_the_office_has_not_said_whether_it_takes_withdrawals_a_person_judges_and_nothing_stops() -> None:
    case = asked_to_withdraw()
    assert case.fact("withdrawal.question") == "practice_unset"
    assert case.open_elements == ["choose_track", "judge_withdrawal", "seal_paper"]
    assert case.deadline("D05")["state"] == "running"
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    assert case.open_elements == ["judge_withdrawal", "plan_inquiry", "seal_paper"]


def test_a_withdrawal_that_is_refused_leaves_the_case_as_it_was() -> None:
    case = asked_to_withdraw()
    answered_withdrawal(case, "refused")
    assert case.open_elements == ["choose_track", "seal_paper"]
    assert case.deadline("D05")["state"] == "running"
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    planned(case)
    case.complete("record_findings", AT_WORK)
    assert case.fact("discussion.why") == ["large_payment_unknown"]
    discussed(case, "recognise")
    drafted(case, "recognised", "14.1")
    approved(case)
    issued_and_filed(case)
    assert case.fact("outcome.kind") == "decided"
    assert case.ended == "completed"


def test_a_withdrawal_a_person_grants_stops_everything_else() -> None:
    case = asked_to_withdraw()
    answered_withdrawal(case, "granted")
    assert case.open_elements == ["record_withdrawal"]


def test_a_refused_applicant_may_ask_again() -> None:
    case = asked_to_withdraw()
    answered_withdrawal(case, "refused")
    withdrawn(case)
    assert case.is_open("judge_withdrawal")
    answered_withdrawal(case, "granted")
    assert case.open_elements == ["record_withdrawal"]


def test_once_a_decision_is_made_no_practice_withdraws_the_application_by_itself() -> None:
    case = simple_case()
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    withdrawn(case)
    assert case.fact("withdrawal.question") == "decision_made"
    assert case.open_elements == ["judge_withdrawal", "seal_decision"]


def test_a_file_is_held_while_a_suit_is_open() -> None:
    case = simple_case()
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "employer", "agency")
    filed(case, dispute=True)
    assert case.ended is None
    case.complete("release_hold", archive__released_on=case.today)
    assert case.ended == "completed"
