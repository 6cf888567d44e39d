"""Recognition sentence by sentence: what each step does beyond the ways a case can go."""

import pytest

from casework.errors import InvalidFormError
from casework.forms import schema_of
from handlers.law import Value
from tests.acceptance.recognition_case import Case, definition
from tests.acceptance.test_recognition_paths import (
    AT_WORK,
    AWAITING_A_JUDGMENT,
    WORKER_APPLIES,
    accepted,
    approved,
    discussed,
    drafted,
    investigated,
    issued_and_filed,
    planned,
    ready_for_plan,
    reviewed,
    served_acceptance,
    simple_case,
    sudden_death,
)

SEALED = {"document.seal": "office", "document.sealed_by": "钱示例"}


def found(**changes: Value) -> Case:
    """Give a case whose facts are recorded: a fall in the workshop, but for what the test says."""
    case = ready_for_plan()
    planned(case)
    case.complete("record_findings", AT_WORK | {name.replace("__", "."): value for name, value in changes.items()})
    return case


# --- 1-3: the application, the unit, jurisdiction ---


def test_a_representative_has_a_power_and_its_scope_and_brings_it() -> None:
    agent = {"representative__appointed": True, "representative__name": "王示例", "representative__phone": "1390000"}
    with pytest.raises(InvalidFormError) as refused:
        Case().register(**agent)
    assert {"representative.scope", "representative.power_on"} <= refused.value.errors.keys()
    case = Case()
    case.register(**agent, representative__scope="special", representative__power_on="2026-11-05")
    assert case.fact("materials.missing") == ["power_of_attorney"]


def test_an_employer_without_a_credit_code_says_why() -> None:
    with pytest.raises(InvalidFormError):
        Case().register(employer__credit_code=None)
    case = Case()
    case.register(employer__credit_code=None, employer__no_credit_code_reason="个人合伙，未登记")
    assert case.is_open("review_materials")


def test_consent_to_electronic_service_names_the_address() -> None:
    with pytest.raises(InvalidFormError) as refused:
        Case().register(service_address__electronic_consent=True)
    assert "service_address.electronic" in refused.value.errors


def a_disease(**changes: Value) -> Case:
    """Give an application on account of an occupational disease."""
    case = Case("2026-11-09")
    case.register(
        accident__kind="occupational_disease",
        accident__happened_at=None,
        accident__place=None,
        disease__name="职业性尘肺病",
        disease__certificate_kind="diagnosis",
        disease__certificate_on="2026-10-25",
        disease__certificate_issuer="省职业病医院",
        materials__received=["application_form", "relation_proof", "disease_certificate"],
        **changes,
    )
    return case


def test_an_application_for_a_disease_says_at_which_post_and_how_long_the_worker_was_exposed() -> None:
    case = a_disease(disease__hazard_post="采掘工", disease__hazard_time="2009年3月至2024年8月")
    assert (case.fact("disease.hazard_post"), case.fact("disease.hazard_time")) == ("采掘工", "2009年3月至2024年8月")
    assert a_disease().is_open("review_materials")
    accident = Case("2026-11-09")
    accident.register(disease__hazard_post="采掘工")
    assert accident.fact("disease.hazard_post") is None


@pytest.mark.parametrize(
    ("kind", "unit"),
    [("dispatch", "某派遣公司"), ("assignment", "某总公司"), ("subcontract", "某总包"), ("affiliation", "某客运公司")],
)
def test_the_unit_that_answers_follows_the_engagement(kind: str, unit: str) -> None:
    case = Case()
    case.register(arrangement__kind=kind, arrangement__unit=unit)
    assert case.fact("responsible.unit") == unit


def test_an_address_in_a_zone_whose_office_has_no_authority_is_put_before_a_person() -> None:
    case = Case()
    in_zone = {"insurance__status": "none", "insurance__agency_level": None, "insurance__agency_office": None}
    case.register(**in_zone, employer__registered_in_zone=True, employer__registered_office="530102401")
    assert case.fact("jurisdiction.question") == "zone"
    assert case.open_elements == ["judge_jurisdiction"]
    case.complete("judge_jurisdiction", jurisdiction__here=True, jurisdiction__reasons="园区未设认定机构，由本区办理")
    assert case.is_open("review_materials")


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        (
            {"insurance__agency_level": "province", "employer__registered_in_kunming": False},
            "province_insured_outside",
        ),
        ({"insurance__agency_level": "city", "employer__unit_type": "social_organisation"}, "city_insured_social"),
        (
            {"insurance__status": "elsewhere", "insurance__agency_level": None, "insurance__agency_office": None},
            "insured_elsewhere",
        ),
    ],
)
def test_what_the_notice_leaves_open_is_judged_with_the_reason(changes: dict[str, Value], question: str) -> None:
    case = Case()
    case.register(**changes)
    assert case.fact("jurisdiction.question") == question
    with pytest.raises(InvalidFormError) as refused:
        case.complete("judge_jurisdiction", jurisdiction__here=True)
    assert "jurisdiction.reasons" in refused.value.errors


def test_what_an_office_outside_kunming_is_competent_for_is_not_accepted_here() -> None:
    case = Case("2026-11-09")
    elsewhere = {"insurance__agency_level": None, "insurance__agency_office": None}
    case.register(insurance__status="elsewhere", **elsewhere)
    with pytest.raises(InvalidFormError) as refused:
        case.complete("judge_jurisdiction", jurisdiction__here=False, jurisdiction__reasons="在外省参保")
    assert refused.value.errors.keys() == {"jurisdiction.outside"}
    judged = {"jurisdiction.here": False, "jurisdiction.outside": True, "jurisdiction.reasons": "在外省参保"}
    case.complete("judge_jurisdiction", judged)
    assert case.open_elements == ["decide_non_acceptance"]


def test_a_person_may_find_another_office_of_the_city_competent() -> None:
    case = Case("2026-11-09")
    case.register(insurance__agency_level="city", employer__unit_type="social_organisation")
    judged = {"jurisdiction.here": False, "jurisdiction.outside": False, "jurisdiction.reasons": "登记在盘龙区"}
    case.complete("judge_jurisdiction", judged, jurisdiction__office="530103")
    assert case.open_elements == ["notify_referral"]


def test_whoever_denies_this_offices_competence_cannot_name_this_office_as_the_competent_one() -> None:
    case = Case("2026-11-09")
    case.register(insurance__agency_level="city", employer__unit_type="social_organisation")
    judged = {"jurisdiction.here": False, "jurisdiction.outside": False, "jurisdiction.reasons": "登记在五华区"}
    case.complete("judge_jurisdiction", judged, jurisdiction__office="530102")
    assert case.fact("jurisdiction.objection") == "own_office"
    assert case.open_elements == ["judge_jurisdiction"]
    case.complete("judge_jurisdiction", jurisdiction__here=True, jurisdiction__reasons="登记在五华区")
    assert case.fact("jurisdiction.objection") is None
    assert case.open_elements == ["review_materials"]


def test_a_case_accepted_before_the_notice_stays_where_it_is() -> None:
    case = Case(office="530103")
    case.register(jurisdiction__accepted_earlier_on="2021-11-30")
    assert case.rows_fired("jurisdiction") == ["accepted_before_notice"]
    assert case.fact("jurisdiction.here") is True


def test_another_offices_case_has_its_materials_checked_once_and_waits_to_be_transferred() -> None:
    case = Case(office="530103")
    case.register(materials__received=["application_form", "diagnosis"])
    assert case.fact("supplement.items") == ["relation_proof"]
    case.complete(
        "notify_referral",
        {"supplement.items": ["relation_proof"]},
        referral__text="由五华区受理，请补交劳动关系证明",
        referral__notified_on=case.today,
    )
    case.serve("applicant")
    assert [paper for paper in case.documents if paper == "referral_notice"] == ["referral_notice"]
    assert (case.open_elements, case.ended) == ([], None)


# --- 4: the time for applying ---


@pytest.mark.parametrize("way", ["post", "other_office"])
def test_what_was_posted_or_lodged_elsewhere_by_the_last_day_is_in_time(way: str) -> None:
    case = Case("2026-10-26")
    case.register(
        **WORKER_APPLIES,
        accident__happened_at="2025-10-20T02:30:00Z",
        injury__first_diagnosis_at="2025-10-20T04:00:00Z",
        application__received_on="2026-10-26",
        service_address__confirmed_on="2026-10-26",
        application__lodged_by=way,
        application__lodged_on="2026-10-20",
    )
    assert case.fact("time_limit.result") == "in_time"
    assert case.fact("time_limit.employer_bears_until") == "2026-10-20"


# --- 5, 6: acceptance and the track ---


def test_the_sixty_days_start_once_whatever_is_sent_back() -> None:
    case = found()
    started = case.deadline("D05")["started_on"]
    case.complete("draft_decision", draft__outcome="more_facts", draft__more_facts="仍有疑点")
    planned(case)
    assert [name for name in case.deadlines if name.startswith("D05")] == ["D05#1"]
    assert case.deadline("D05")["started_on"] == started


def test_the_green_channel_is_proposed_with_why_and_chosen_with_a_reason() -> None:
    case = Case("2026-11-09")
    case.register(accident__serious_safety_accident=True)
    accepted(case)
    assert (case.fact("track.proposed"), case.fact("track.why")) == ("green", "serious_accident")
    with pytest.raises(InvalidFormError) as refused:
        case.complete("choose_track", track__kind="green")
    assert "track.reasons" in refused.value.errors
    case.complete("choose_track", track__kind="green", track__reasons="较大事故，优先办理")
    assert not [name for name in case.deadlines if name.startswith("D06")]
    assert case.deadline("D05")["due_on"] == "2027-01-08"


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("review_materials", "supplement.objection"),
        ("receive_supplement", "supplement.outstanding"),
        ("judge_jurisdiction", "jurisdiction.objection"),
        ("plan_inquiry", "inquiry.objection"),
        ("change_inquiry", "change.objection"),
        ("seal_decision", "seal.objection"),
        ("draft_decision", "draft.objection"),
        ("serve_paper", "delivery.objection"),
    ],
)
def test_a_task_that_comes_back_says_why(form: str, why: str) -> None:
    assert why in schema_of(definition(), f"forms/{form}.json")["x-shows"]


# --- 7: evidence and investigation ---


def evidence_asked() -> Case:
    """Give a case in which the employer has ten days from 2026-01-06 to bring evidence."""
    case = ready_for_plan()
    planned(case, evidence__required=True)
    with pytest.raises(InvalidFormError):
        case.complete("set_evidence_limit", evidence__days=10)
    case.complete("set_evidence_limit", evidence__days=10, evidence__days_reason="案情简单")
    case.serve("employer")
    return case


def test_the_days_for_evidence_run_as_a_deadline_and_silence_breaches_it() -> None:
    case = evidence_asked()
    assert (case.deadline("O01")["state"], case.deadline("O01")["due_on"]) == ("running", "2026-01-16")
    case.pass_to("2026-01-16")
    case.complete("confirm_silence", evidence__answered=False)
    assert case.deadline("O01")["state"] == "breached"


def test_evidence_in_time_meets_the_days_though_it_is_entered_after_them() -> None:
    case = evidence_asked()
    case.pass_to("2026-01-19")
    case.complete(
        "confirm_silence",
        evidence__answered=True,
        evidence__answered_on="2026-01-15",
        evidence__content="考勤记录",
    )
    assert case.deadline("O01")["state"] == "met"
    assert case.fact("evidence.consequence") == "weighed"


def test_an_employer_that_applied_or_agrees_is_not_asked_for_evidence() -> None:
    case = simple_case()
    assert case.fact("evidence.required") is False
    assert ready_for_plan(employer__position="agrees").fact("evidence.required") is False


def entrusted() -> Case:
    """Give a case whose investigation was entrusted to another authority on 2026-01-06, for twenty days."""
    case = ready_for_plan()
    planned(
        case,
        investigation__required=True,
        investigation__plan="事故发生在外省",
        investigation__entrusted=True,
        investigation__entrusted_to="某市人力资源和社会保障局",
    )
    case.complete(
        "entrust_investigation",
        investigation__entrusted_to="某市人力资源和社会保障局",
        entrustment__matters="事故发生的时间、地点和经过",
        entrustment__days=20,
        entrustment__days_reason="需要到现场勘验",
        entrustment__sent_on=case.today,
    )
    return case


def test_an_investigation_elsewhere_is_entrusted_to_the_authority_of_that_place() -> None:
    case = entrusted()
    assert "entrustment_letter" in case.documents
    assert case.open_elements == ["seal_paper"]
    assert "O04#1" not in case.deadlines
    case.pass_to("2026-01-08")
    case.serve("authority", way="mail", delivery__carrier="挂号邮件")
    assert (case.deadline("O04")["started_on"], case.deadline("O04")["due_on"]) == ("2026-01-08", "2026-01-28")
    assert [row["recipient"] for row in case.fact("entrustment_service.receipts")] == ["authority"]
    assert case.deadline("D05")["state"] == "running"
    case.complete(
        "record_entrusted_findings",
        {"investigation.records": [{"kind": "statement", "taken_on": "2026-01-06", "about": "经过"}]},
        entrustment__answered_on=case.today,
        investigation__credentials_shown=True,
        investigation__findings="属实",
        investigation__finished_on=case.today,
    )
    assert case.deadline("O04")["state"] == "met"
    assert case.open_elements == ["record_findings"]


def test_the_letter_of_entrustment_is_sealed_before_it_is_sent() -> None:
    case = entrusted()
    assert case.open_elements == ["seal_paper"]
    case.complete("seal_paper", SEALED | {"document.sealed_on": "2026-01-06"})
    scope = case.address("serve_paper").rpartition("/")[0]
    assert case.facts(scope)["document.addressee"] == "某市人力资源和社会保障局"
    sent = {"delivery.recipient": "authority", "delivery.way": "direct", "delivery.signed_by": "收发室"}
    case.complete("serve_paper", sent | {"delivery.acted_on": "2026-01-05", "delivery.received_on": "2026-01-05"})
    assert case.facts(scope)["delivery.objection"] == "before_seal"
    assert case.open_elements == ["serve_paper"]
    case.complete("serve_paper", sent | {"delivery.acted_on": case.today, "delivery.received_on": case.today})
    assert case.open_elements == ["record_entrusted_findings"]


def test_a_letter_between_authorities_goes_electronically_without_anybodys_consent() -> None:
    case = entrusted()
    case.serve("authority", way="electronic")
    assert case.open_elements == ["record_entrusted_findings"]


def test_a_second_inquiry_by_the_office_itself_is_not_entrusted_again() -> None:
    case = found()
    case.complete("draft_decision", draft__outcome="more_facts", draft__more_facts="仍有疑点")
    planned(case, investigation__required=True, investigation__plan="两名工作人员调查")
    assert case.open_elements == ["investigate"]


# --- 8, 9: suspension and discussion ---


def test_what_a_suspension_waited_for_is_before_those_who_find_the_facts_and_draft() -> None:
    case = ready_for_plan()
    planned(case, **AWAITING_A_JUDGMENT | {"investigation__required": False, "investigation__why_not": "等待判决"})
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on=case.today,
        suspension__reasons="须以判决为依据",
    )
    case.serve("applicant")
    case.complete("record_conclusion", suspension__conclusion="第三人故意伤害", suspension__ended_on=case.today)
    case.serve("applicant")
    assert case.open_elements == ["record_findings"]
    assert case.fact("suspensions.conclusions") == ["第三人故意伤害"]


def test_nothing_is_drafted_or_approved_while_the_time_stands_still() -> None:
    case = ready_for_plan()
    planned(case, **AWAITING_A_JUDGMENT)
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on=case.today,
        suspension__reasons="须以判决为依据",
    )
    case.serve("applicant")
    investigated(case)
    assert case.open_elements == ["record_conclusion"]
    case.pass_to("2026-06-30")
    assert case.open_elements == ["record_conclusion"]
    assert case.deadline("D05")["state"] == "suspended"


def test_a_discussion_has_participants_with_their_opinions_and_minutes() -> None:
    case = sudden_death("2025-12-22T02:00:00Z")
    with pytest.raises(InvalidFormError) as refused:
        case.complete(
            "hold_discussion",
            {"discussion.participants": [{"name": "甲", "opinion": "recognise"}]},
            discussion__held_on=case.today,
            discussion__opinion="recognise",
        )
    assert {"discussion.participants", "discussion.minutes"} <= refused.value.errors.keys()


def test_a_large_payment_is_discussed_and_an_estimate_is_demanded() -> None:
    case = ready_for_plan()
    planned(case)
    with pytest.raises(InvalidFormError) as refused:
        case.complete("record_findings", {**AT_WORK, "payment.estimate": None})
    assert "payment.estimate" in refused.value.errors
    case.complete("record_findings", AT_WORK | {"payment.estimate": "500000.00"})
    assert case.fact("discussion.why") == ["large_payment"]


# --- 10, 11: the decision ---


def test_an_exclusion_needs_a_causal_finding_with_reasons() -> None:
    case = ready_for_plan()
    planned(case)
    with pytest.raises(InvalidFormError) as refused:
        case.complete("record_findings", AT_WORK | {"exclusion.kind": "drunk", "exclusion.proof": "effective"})
    assert {"exclusion.caused", "exclusion.reasons"} <= refused.value.errors.keys()
    unrelated = {"exclusion.caused": "no", "exclusion.reasons": "高处坠物所致，与饮酒无关"}
    case.complete("record_findings", AT_WORK | {"exclusion.kind": "drunk", "exclusion.proof": "effective"} | unrelated)
    assert case.fact("ground.result") == "recognised"


def test_where_the_width_of_the_border_is_not_set_a_person_judges_the_forty_eight_hours() -> None:
    case = sudden_death("2025-12-20T07:00:00Z", parameter_set=None)
    assert (case.fact("illness.forty_eight_hours"), case.fact("illness.minutes")) == ("unset", 180)
    assert case.fact("ground.result") == "open"
    assert case.open_elements == ["hold_discussion"]


def test_a_draft_that_departs_from_the_grounds_is_explained_or_drafted_again() -> None:
    case = found()
    drafted(case, "not_recognised", "unmet")
    assert case.fact("draft.objection") == "departure_unexplained"
    assert case.open_elements == ["draft_decision"]
    drafted(case, "not_recognised", "unmet", decision__departs="监控显示系下班后私自返回")
    assert case.open_elements == ["review_decision"]


def test_a_draft_against_the_discussion_is_explained() -> None:
    case = sudden_death("2025-12-22T04:10:00Z")
    discussed(case, "recognise")
    drafted(case, "not_recognised", "unmet")
    assert case.fact("draft.objection") == "departure_unexplained"


# --- 12, 13: seal and service ---


def test_a_decision_is_sealed_by_somebody_before_anybody_serves_it() -> None:
    case = simple_case()
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    assert case.open_elements == ["seal_decision"]
    with pytest.raises(InvalidFormError) as refused:
        case.complete("seal_decision", seal__kind="recognition", seal__applied_on=case.today)
    assert "seal.keeper" in refused.value.errors


def test_nothing_is_sealed_before_it_was_decided() -> None:
    case = simple_case()
    case.pass_to("2026-11-20")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.pass_to("2026-11-21")
    seal = {"seal.kind": "recognition", "seal.keeper": "孙示例"}
    with pytest.raises(InvalidFormError) as refused:
        case.complete("seal_decision", seal, seal__applied_on="2026-11-19")
    assert refused.value.errors == {"seal.applied_on": ("before_other", {"day": case.fact("decision.decided_on")})}
    case.complete("seal_decision", seal, seal__applied_on="2026-11-20")
    assert case.open_elements == ["serve_paper"]
    assert case.fact("seal.objection") is None


def test_whoever_serves_a_paper_has_the_address_the_applicant_confirmed() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    at_service = case.facts(case.address("seal_paper").rpartition("/")[0])
    assert at_service["service_address.line"] == case.fact("service_address.line")
    assert at_service["applicant.kind"] == "employer"


@pytest.mark.parametrize(
    ("applicant", "consenting"),
    [
        ("employer", ["authority", "applicant", "employer"]),
        ("worker", ["authority", "applicant", "worker"]),
        ("kin", ["authority", "applicant", "worker"]),
        ("union", ["authority", "applicant"]),
        (None, ["authority"]),
    ],
)
def test_whose_consent_to_electronic_service_it_is_goes_by_who_applied(
    applicant: str | None, consenting: list[str]
) -> None:
    case = Case("2026-11-09")
    consent = {"service_address__electronic_consent": True, "service_address__electronic": "a@example.org"}
    more = {} if applicant is None else consent | {"applicant__kind": applicant, "employer__position": "agrees"}
    kin = {
        "applicant__relation": "配偶",
        "materials__received": ["application_form", "relation_proof", "diagnosis", "kin_proof"],
    }
    case.register(**more | (kin if applicant == "kin" else {}))
    accepted(case)
    case.complete("seal_paper", SEALED | {"document.sealed_on": case.today})
    scope = case.address("serve_paper").rpartition("/")[0]
    assert case.facts(scope)["service.consenting"] == consenting


def test_no_paper_is_sealed_and_served_before_the_day_it_bears() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    case.pass_to("2026-11-10")
    with pytest.raises(InvalidFormError) as refused:
        case.complete("seal_paper", SEALED | {"document.sealed_on": "2026-11-08"})
    assert refused.value.errors == {"document.sealed_on": ("before_other", {"day": "2026-11-09"})}
    case.complete("seal_paper", SEALED | {"document.sealed_on": "2026-11-09"})
    assert case.open_elements == ["choose_track", "serve_paper"]


def test_recipients_are_served_on_different_days_in_ways_with_and_without_a_receipt() -> None:
    case = found()
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.pass_to("2026-01-10")
    posted = {"delivery.recipient": "worker", "delivery.way": "mail", "delivery.signed_by": "本人"}
    posted |= {"delivery.acted_on": "2026-01-06", "delivery.received_on": "2026-01-08", "delivery.carrier": "示例邮政"}
    case.complete("serve_paper", posted)
    case.pass_to("2026-01-12")
    for recipient, way in (("agency", "copy"), ("employer", "lien")):
        given = {"delivery.recipient": recipient, "delivery.way": way, "delivery.acted_on": case.today}
        case.complete("serve_paper", given | {"delivery.lien_proof": "photos"})
    assert case.deadline("D07")["state"] == "met"
    assert case.open_elements == ["compile_file"]


def test_a_decision_bears_the_seal_for_recognition() -> None:
    case = found()
    drafted(case, "recognised", "14.1")
    approved(case)
    with pytest.raises(InvalidFormError) as refused:
        case.complete("seal_decision", seal__kind="office", seal__keeper="孙示例", seal__applied_on=case.today)
    assert refused.value.errors.keys() == {"seal.kind"}


def test_a_refused_recognition_states_the_facts_as_they_were_verified() -> None:
    case = found(**{"work.cause": "personal"})
    with pytest.raises(InvalidFormError) as refused:
        drafted(case, "not_recognised", "unmet", decision__facts=None)
    assert refused.value.errors.keys() == {"decision.facts"}
    drafted(case, "not_recognised", "unmet", decision__facts="经核实，系私人纠纷。")
    assert case.fact("decision.facts") == "经核实，系私人纠纷。"


def test_serving_the_acceptance_late_does_not_meet_the_limit_of_serving_the_decision() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    served_acceptance(case)
    assert case.deadline("D07")["state"] == "running"
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "employer")
    assert case.deadline("D07")["state"] == "running"
    case.serve("agency")
    assert case.deadline("D07")["state"] == "met"


def test_the_receipt_of_service_knows_the_names_of_the_parties() -> None:
    case = Case()
    case.register(**WORKER_APPLIES | {"applicant__kind": "union", "applicant__name": "某厂工会"})
    accepted(case)
    scope = case.address("seal_paper").rpartition("/")[0]
    assert {name: case.facts(scope)[name] for name in ("applicant.name", "worker.name", "employer.name")} == {
        "applicant.name": "某厂工会",
        "worker.name": "张伟",
        "employer.name": "昆明春城示例机械有限公司",
    }


def test_service_with_consent_may_be_electronic() -> None:
    case = Case()
    case.register(service_address__electronic_consent=True, service_address__electronic="zhang@example.cn")
    accepted(case)
    case.serve("applicant", way="electronic")
    assert [row["way"] for row in case.fact("acceptance_service.receipts")] == ["electronic"]


def test_service_before_the_seal_does_not_stand() -> None:
    case = Case("2026-11-09")
    case.register()
    accepted(case)
    seal = {"document.seal": "office", "document.sealed_by": "钱示例", "document.sealed_on": case.today}
    case.complete("seal_paper", seal)
    scope = case.address("serve_paper").rpartition("/")[0]
    given = {"delivery.recipient": "applicant", "delivery.way": "direct", "delivery.signed_by": "本人"}
    case.complete("serve_paper", given, delivery__acted_on="2026-11-06", delivery__received_on="2026-11-06")
    assert case.facts(scope)["delivery.objection"] == "before_seal"
    assert case.is_open("serve_paper")


# --- 14: the file ---


def test_the_catalogue_of_the_file_is_proposed_and_the_archivist_adds_the_pages() -> None:
    case = simple_case()
    planned(case)
    case.complete("record_findings", AT_WORK)
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__keeper="孙示例", seal__applied_on=case.today)
    case.serve("worker", "employer", "agency")
    proposed = case.fact("archive.catalogue")
    assert [row["title"] for row in proposed[:5]] == [
        "工伤认定申请表",
        "工伤认定申请受理决定书",
        "认定工伤决定书",
        "送达回证（工伤认定申请受理决定书）",
        "送达回证（工伤认定决定）",
    ]
    given = {"archive.ended_on": case.today, "archive.volume": "2026-001", "archive.dispute_open": False}
    with pytest.raises(InvalidFormError):
        case.complete("compile_file", given | {"archive.catalogue": proposed})
    paged = [row | {"pages": 1} for row in proposed]
    case.complete("compile_file", given | {"archive.catalogue": paged})
    assert case.ended == "completed"


def test_a_refused_application_is_filed_like_any_other() -> None:
    case = Case("2026-11-09")
    case.register()
    reviewed(case, materials__result="not_acceptable", materials__reasons="不具备劳动关系")
    case.complete(
        "decide_non_acceptance",
        non_acceptance__ground="no_relation",
        non_acceptance__reasons="不具备劳动关系",
        non_acceptance__decided_on=case.today,
        remedy__review_organ="五华区人民政府",
        remedy__court="昆明市某人民法院",
    )
    case.serve("applicant")
    assert "送达回证（工伤认定申请不予受理决定书）" in [row["title"] for row in case.fact("archive.catalogue")]


def test_a_decision_reaches_the_file_along_the_whole_way_with_the_estimate_below_the_threshold() -> None:
    case = found(payment__estimate="499999.99")
    assert case.fact("discussion.required") is False
    drafted(case, "recognised", "14.1")
    approved(case)
    issued_and_filed(case)
    assert case.ended == "completed"
