"""The rules of recognition at their borders: the day before, the day, the day after."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from engine.decisions import Decision, load_decision
from engine.facts import Declarations, load_facts
from handlers.law import Value
from handlers.law.basis import Basis, build_basis
from handlers.law.calendar import Calendar
from handlers.rule import Given, RuleRefusedError, find

PROCESSES = Path(__file__).parents[2] / "processes"


@cache
def basis(parameter_set: str | None = None) -> Basis:
    return Basis.from_value(build_basis(PROCESSES, parameter_set))


@cache
def declared() -> Declarations:
    paths = [PROCESSES / "facts" / name for name in ("common.yaml", "recognition.yaml")]
    return load_facts({path.name: path.read_text("utf-8") for path in paths})


@cache
def table(stem: str) -> Decision:
    return load_decision((PROCESSES / "decisions" / f"{stem}.dmn").read_text("utf-8"))


def apply(
    rule: str, facts: Mapping[str, Value], *, today: str = "2026-11-21", parameter_set: str | None = None
) -> dict[str, Value]:
    """Give what a rule answers, version 1 unless named, and see that every fact it writes is declared and fits."""
    name = rule if "@" in rule else f"{rule}@1"
    answer = find(f"recognition.{name}")(Given(facts, date.fromisoformat(today), basis(parameter_set)))
    assert {name: code for name, value in answer.items() if (code := declared().check_value(name, value))} == {}
    return answer


def decide(stem: str, facts: Mapping[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """Give what a table answers, and the ids of the rows that fired."""
    answer, rows = table(stem).decide(facts, date(2026, 11, 21), declared())
    return answer, [row["id"] for row in rows]


# --- the time for applying ---

ACCIDENT = {"accident.kind": "accident", "accident.happened_at": "2026-03-03T01:00:00Z"}


def applied(on: str, **more: Value) -> dict[str, Value]:
    facts = ACCIDENT | {"application.received_on": on} | {name.replace("__", "."): each for name, each in more.items()}
    return apply("time_limit@2", facts, today="2027-12-31")


@pytest.mark.parametrize(("on", "late"), [("2026-04-02", False), ("2026-04-03", True)])
def test_the_employer_has_thirty_days_and_bears_the_costs_after_them(on: str, late: bool) -> None:
    answer = applied(on)
    assert answer["time_limit.employer_ends_on"] == "2026-04-02"
    assert answer["time_limit.employer_late"] is late
    assert answer["time_limit.employer_bears_until"] == (on if late else None)
    assert answer["time_limit.result"] == "in_time"


@pytest.mark.parametrize(("on", "result"), [("2027-03-03", "in_time"), ("2027-03-04", "late")])
def test_the_worker_has_one_year(on: str, result: str) -> None:
    assert applied(on)["time_limit.result"] == result


def test_an_accident_late_in_the_evening_of_utc_is_of_the_next_day_in_china() -> None:
    answer = applied("2026-04-03", accident__happened_at="2026-03-03T16:30:00Z")
    assert answer["time_limit.starts_on"] == "2026-03-04"
    assert answer["time_limit.employer_late"] is False


def test_a_last_day_on_a_rest_day_rolls_to_the_next_workday() -> None:
    answer = applied("2026-10-08", accident__happened_at="2026-09-04T01:00:00Z")
    assert answer["time_limit.employer_ends_on"] == "2026-10-08"
    assert answer["time_limit.employer_late"] is False


@pytest.mark.parametrize(("lodged", "result"), [("2027-03-03", "in_time"), ("2027-03-04", "late")])
def test_what_was_posted_by_the_last_day_is_in_time(lodged: str, result: str) -> None:
    assert applied("2027-03-08", application__lodged_on=lodged)["time_limit.result"] == result


@pytest.mark.parametrize(("on", "late"), [("2026-05-01", False), ("2026-05-06", False), ("2026-05-07", True)])
def test_a_longer_time_the_office_agreed_to_counts(on: str, late: bool) -> None:
    assert applied(on, extension__until_on="2026-05-06")["time_limit.employer_late"] is late


def test_an_occupational_disease_counts_from_its_certificate() -> None:
    facts = {
        "accident.kind": "occupational_disease",
        "disease.certificate_on": "2026-01-05",
        "application.received_on": "2026-02-04",
    }
    answer = apply("time_limit", facts)
    assert (answer["time_limit.counted_from"], answer["time_limit.employer_late"]) == ("diagnosis", False)


def test_harm_that_appeared_later_is_put_before_a_person_only_where_it_matters() -> None:
    later = {"accident__harm_appeared_later": True, "accident__harm_appeared_on": "2026-12-01"}
    assert applied("2027-03-01", **later)["time_limit.result"] == "in_time"
    answer = applied("2027-06-01", **later)
    assert (answer["time_limit.result"], answer["time_limit.question"]) == ("ask", "harm_appeared_later")
    assert applied("2027-12-02", **later)["time_limit.result"] == "late"


@pytest.mark.parametrize(("on", "result"), [("2027-04-02", "in_time"), ("2027-04-06", "ask")])
def test_a_proven_delay_is_counted_out_and_one_that_does_not_reach_is_judged(on: str, result: str) -> None:
    delay = {"ground": "labour_relation_disputed", "began_on": "2026-06-01", "ended_on": "2026-07-01"}
    assert applied(on, tolling__periods=[delay])["time_limit.result"] == result


def test_days_that_two_delays_share_are_counted_out_once() -> None:
    delays = [
        {"ground": "labour_relation_disputed", "began_on": "2026-06-01", "ended_on": "2026-06-21"},
        {"ground": "liberty_restricted", "began_on": "2026-06-11", "ended_on": "2026-07-01"},
    ]
    assert applied("2027-04-02", tolling__periods=delays)["time_limit.result"] == "in_time"
    assert applied("2027-04-06", tolling__periods=delays)["time_limit.result"] == "ask"


@pytest.mark.parametrize(
    ("began", "ended", "days", "result"),
    [
        ("2025-06-01", "2026-03-03", 0, "ask"),
        ("2026-02-21", "2026-03-12", 9, "in_time"),
        ("2026-02-21", "2026-03-11", 8, "ask"),
        ("2027-03-02", "2027-12-31", 10, "in_time"),
        ("2027-03-03", "2027-12-31", 0, "ask"),
        ("2026-06-11", "2026-06-01", 0, "ask"),
    ],
)
def test_a_delay_counts_only_from_the_accident_to_the_application_while_the_time_ran(
    began: str, ended: str, days: int, result: str
) -> None:
    delay = {"ground": "labour_relation_disputed", "began_on": began, "ended_on": ended}
    answer = applied("2027-03-12", tolling__periods=[delay])
    assert (answer["time_limit.days_counted_out"], answer["time_limit.result"]) == (days, result)


def test_the_last_day_with_the_delay_is_told_beside_the_year() -> None:
    delay = {"ground": "labour_relation_disputed", "began_on": "2026-06-01", "ended_on": "2026-07-01"}
    answer = applied("2027-04-02", tolling__periods=[delay])
    assert answer["time_limit.worker_ends_on"] == "2027-03-03"
    assert (answer["time_limit.days_counted_out"], answer["time_limit.extended_to_on"]) == (30, "2027-04-02")
    assert applied("2027-03-03", tolling__periods=[delay])["time_limit.extended_to_on"] is None


def test_a_delay_of_one_whose_harm_appeared_later_is_judged_by_a_person() -> None:
    later = {"accident__harm_appeared_later": True, "accident__harm_appeared_on": "2026-04-01"}
    delay = {"ground": "liberty_restricted", "began_on": "2026-06-01", "ended_on": "2026-12-31"}
    assert applied("2027-05-01", tolling__periods=[delay], **later)["time_limit.result"] == "ask"


@pytest.mark.parametrize("ground", ["force_majeure", "employer_caused", "registration_deficient", "other"])
def test_a_delay_no_document_dates_is_judged_by_a_person(ground: str) -> None:
    delay = {"ground": ground, "began_on": "2026-06-01", "ended_on": "2027-06-01"}
    answer = applied("2027-03-10", tolling__periods=[delay])
    assert (answer["time_limit.result"], answer["time_limit.question"]) == ("ask", "tolling_doubtful")


@pytest.mark.parametrize(("happened", "question"), [("2003-12-31T15:59:00Z", "earlier_law"), (None, "start_unknown")])
def test_what_the_article_cannot_answer_is_asked(happened: str | None, question: str) -> None:
    assert applied("2026-04-02", accident__happened_at=happened)["time_limit.question"] == question


# --- unit and office ---


@pytest.mark.parametrize(
    ("kind", "relation", "unit", "question"),
    [
        ("direct", "contract", "甲公司", None),
        ("dispatch", "contract", "乙公司", None),
        ("affiliation", "disputed", "乙公司", None),
        ("subcontract", "disputed", "乙公司", None),
        ("direct", "disputed", "甲公司", "relation_disputed"),
        ("subcontract", "none", "乙公司", "no_relation"),
    ],
)
def test_the_responsible_unit_follows_the_engagement(kind: str, relation: str, unit: str, question: str | None) -> None:
    facts = {
        "arrangement.kind": kind,
        "arrangement.unit": "乙公司",
        "employer.name": "甲公司",
        "worker.relation": relation,
    }
    assert apply("responsible_unit", facts) == {"responsible.unit": unit, "responsible.question": question}


@pytest.mark.parametrize(
    ("here", "outside", "office", "objection"),
    [
        (False, False, "530103", None),
        (False, False, "530102", "own_office"),
        (False, False, "530000", "not_competent"),
        (False, False, "nowhere", "not_competent"),
        (False, True, None, None),
        (True, None, None, None),
    ],
)
def test_a_judgement_names_another_office_that_decides_in_its_own_name(
    here: bool, outside: bool | None, office: str | None, objection: str | None
) -> None:
    facts = {"jurisdiction.here": here, "jurisdiction.outside": outside, "jurisdiction.office": office}
    answer = apply("judged_office@2", facts | {"case.office": "530102"})
    assert answer == {"jurisdiction.objection": objection}


def test_an_unknown_unit_is_asked_for() -> None:
    facts = {"arrangement.kind": "dispatch", "employer.name": "甲公司", "worker.relation": "contract"}
    assert apply("responsible_unit", facts)["responsible.question"] == "unit_unknown"


def unit(status: str, level: Value = None, kind: Value = "enterprise", **more: Value) -> dict[str, Value]:
    return {
        "insurance.status": status,
        "insurance.agency_level": level,
        "employer.unit_type": kind,
        "employer.registered_in_kunming": True,
        "employer.operates_in_kunming": True,
        "jurisdiction.legal_city_case": False,
    } | {name.replace("__", "."): value for name, value in more.items()}


OUTSIDE: dict[str, Value] = {"employer__registered_in_kunming": False}


@pytest.mark.parametrize(
    ("facts", "points_to", "question"),
    [
        (unit("unit", "province", "provincial_organ"), "city", None),
        (unit("unit", "province", "institution", **OUTSIDE), "city", None),
        (unit("unit", "city", "civil_servant_institution"), "city", None),
        (unit("none", jurisdiction__legal_city_case=True), "city", None),
        (unit("project", kind="enterprise", **OUTSIDE), "insured", None),
        (unit("unit", "county"), "insured", None),
        (unit("unit", "city", "institution"), "registered", None),
        (unit("unit", "city", "social_organisation"), "ask", "city_insured_social"),
        (unit("unit", "province"), "registered", None),
        (unit("unit", "province", **OUTSIDE), "ask", "province_insured_outside"),
        (unit("none"), "registered", None),
        (unit("none", employer__operates_in_kunming=False), "ask", "uninsured_operates_outside"),
        (unit("none", **OUTSIDE), "operating", None),
        (unit("unit", "city"), "registered", None),
        (unit("unit", "city", **OUTSIDE), "operating", None),
        (unit("elsewhere"), "ask", "insured_elsewhere"),
        (unit("elsewhere", jurisdiction__accepted_earlier_on="2021-11-30"), "entrusted", None),
        (unit("unit", "county", jurisdiction__accepted_earlier_on="2021-12-01"), "insured", None),
    ],
)
def test_the_table_of_jurisdiction_has_every_row_of_the_notice(
    facts: dict[str, Value], points_to: str, question: str | None
) -> None:
    answer, _ = decide("jurisdiction", facts)
    assert (answer["jurisdiction.points_to"], answer["jurisdiction.question"]) == (points_to, question)


@pytest.mark.parametrize(
    ("here", "pointed", "expected"),
    [
        ("530102", "530102", (True, None)),
        ("530103", "530102", (False, None)),
        ("530102", "999999", (None, "office_unknown")),
    ],
)
def test_the_office_pointed_to_is_this_one_or_another(
    here: str, pointed: str, expected: tuple[bool | None, str | None]
) -> None:
    facts = {
        "case.office": here,
        "jurisdiction.points_to": "registered",
        "employer.registered_office": pointed,
    }
    answer = apply("competent_office", facts)
    assert (answer["jurisdiction.here"], answer["jurisdiction.question"]) == expected


def test_a_zone_without_authority_of_its_own_is_a_question() -> None:
    zone = next(one for one, row in basis().value["offices"].items() if row["kind"] == "zone" and not row["authority"])
    facts = {"case.office": zone, "jurisdiction.points_to": "registered", "employer.registered_office": zone}
    assert apply("competent_office", facts)["jurisdiction.question"] == "zone"


def test_the_city_is_found_in_the_directory() -> None:
    answer = apply("competent_office", {"case.office": "530102", "jurisdiction.points_to": "city"})
    assert answer == {"jurisdiction.office": "530100", "jurisdiction.here": False, "jurisdiction.question": None}


# --- materials ---


def test_what_a_death_reported_by_kin_through_an_agent_must_bring() -> None:
    facts = {
        "accident.kind": "accident",
        "applicant.kind": "kin",
        "injury.died": True,
        "representative.appointed": True,
        "materials.received": ["application_form", "diagnosis"],
    }
    answer = apply("missing_materials", facts)
    assert answer["materials.missing"] == ["relation_proof", "power_of_attorney", "kin_proof", "death_proof"]
    assert answer["materials.missing_from_start"] == answer["materials.missing"]


def test_what_was_missing_from_the_start_stays_written_down() -> None:
    facts = {
        "accident.kind": "occupational_disease",
        "applicant.kind": "worker",
        "materials.received": ["application_form"],
        "materials.missing_from_start": ["relation_proof", "disease_certificate"],
        "supplement.arrivals": [{"item": "relation_proof", "arrived_on": "2026-11-10"}],
    }
    answer = apply("missing_materials", facts)
    assert answer["materials.missing"] == ["disease_certificate"]
    assert answer["materials.missing_from_start"] == ["relation_proof", "disease_certificate"]


def test_all_that_is_missing_is_proposed_for_the_notice() -> None:
    facts = {"accident.kind": "accident", "applicant.kind": "worker", "materials.received": ["diagnosis"]}
    answer = apply("missing_materials@2", facts)
    assert answer["supplement.items"] == answer["materials.missing"] == ["application_form", "relation_proof"]


def test_one_notice_asks_for_everything() -> None:
    missing: dict[str, Any] = {"materials.missing_from_start": ["diagnosis", "relation_proof"]}
    first = missing | {"supplement.items": ["diagnosis"]}
    assert apply("one_notice", first)["supplement.allowed"] is True
    second = first | {"supplement.items": ["relation_proof"], "supplement_notice.issued_on": "2026-11-10"}
    assert apply("one_notice", second)["supplement.objection"] == "missing_from_start"
    new = second | {"supplement.items": ["power_of_attorney"]}
    assert apply("one_notice", new)["supplement.allowed"] is True
    assert apply("one_notice", missing)["supplement.objection"] == "nothing_named"


REVIEWED: dict[str, Value] = {
    "materials.required": ["application_form", "relation_proof", "diagnosis"],
    "materials.received": ["application_form"],
    "materials.missing_from_start": ["relation_proof", "diagnosis"],
    "materials.result": "incomplete",
    "supplement.items": ["relation_proof", "diagnosis"],
}
NOTIFIED = {"supplement_notice.issued_on": "2026-11-10"}


@pytest.mark.parametrize(
    ("more", "objection"),
    [
        ({}, None),
        ({"supplement.items": ["diagnosis"]}, "not_everything"),
        ({"supplement.items": []}, "nothing_named"),
        ({"supplement.items": ["diagnosis"], "materials.received": ["application_form", "relation_proof"]}, None),
        (NOTIFIED, "missing_from_start"),
        (NOTIFIED | {"supplement.items": ["power_of_attorney"]}, None),
        ({"materials.result": "complete"}, "still_missing"),
        ({"materials.result": "complete", "materials.received": REVIEWED["materials.required"]}, None),
        ({"materials.result": "not_acceptable"}, None),
    ],
)
def test_a_review_of_materials_is_held_to_what_is_there(more: dict[str, Value], objection: str | None) -> None:
    assert apply("one_notice@2", REVIEWED | more)["supplement.objection"] == objection


def test_the_fifteen_days_run_again_from_the_last_arrival() -> None:
    arrivals = [{"item": "diagnosis", "arrived_on": "2026-11-12"}, {"item": "other", "arrived_on": "2026-11-10"}]
    complete = {"supplement.arrivals": arrivals, "supplement.ended": "complete"}
    assert apply("supplement_completed", complete) == {"supplement.completed_on": "2026-11-12"}
    waiting = complete | {"supplement.ended": "waiting"}
    assert apply("supplement_completed", waiting) == {"supplement.completed_on": None}
    asked = complete | {"supplement.items": ["diagnosis", "death_proof"], "supplement.other": "考勤记录"}
    lacking = {"supplement.completed_on": None, "supplement.outstanding": ["death_proof"]}
    assert apply("supplement_completed@2", asked) == lacking


# --- how it is handled ---


@pytest.mark.parametrize(
    ("facts", "proposed", "why"),
    [
        ({"applicant.kind": "employer", "track.facts_clear": True}, "simple", "clear_and_agreed"),
        ({"applicant.kind": "worker", "track.facts_clear": True, "employer.position": "agrees"}, "simple", None),
        ({"applicant.kind": "worker", "track.facts_clear": True, "employer.position": "unknown"}, "ordinary", None),
        ({"applicant.kind": "employer", "track.facts_clear": False}, "ordinary", "not_clear"),
        ({"applicant.kind": "employer", "track.facts_clear": True, "injury.died": True}, "ordinary", "death"),
        ({"accident.serious_safety_accident": True, "injury.died": True}, "green", "serious_accident"),
        ({"track.public_concern": True}, "green", "public_concern"),
    ],
)
def test_the_track_is_proposed(facts: dict[str, Value], proposed: str, why: str | None) -> None:
    answer = apply("track", facts)
    assert answer["track.proposed"] == proposed
    assert why is None or answer["track.why"] == why


@pytest.mark.parametrize(
    ("facts", "evidence", "investigation"),
    [
        ({"applicant.kind": "employer"}, False, True),
        ({"applicant.kind": "worker", "employer.position": "agrees"}, False, True),
        ({"applicant.kind": "worker", "employer.position": "disagrees"}, True, True),
        ({"applicant.kind": "worker", "employer.position": "unknown"}, True, True),
        (
            {"applicant.kind": "worker", "employer.position": "disagrees", "evidence.consequence": "weighed"},
            False,
            True,
        ),
        (
            {
                "applicant.kind": "employer",
                "accident.kind": "occupational_disease",
                "disease.certificate_kind": "appraisal",
            },
            False,
            False,
        ),
        (
            {"applicant.kind": "employer", "accident.kind": "occupational_disease", "disease.certificate_kind": "none"},
            False,
            True,
        ),
    ],
)
def test_burden_of_proof_and_investigation(facts: dict[str, Value], evidence: bool, investigation: bool) -> None:
    assert apply("inquiry", facts) == {"evidence.required": evidence, "investigation.required": investigation}


@pytest.mark.parametrize(("days", "due"), [(9, "2026-09-28"), (10, "2026-09-29"), (14, "2026-10-08")])
def test_the_time_for_evidence_runs_from_service_and_rolls_over_rest_days(days: int, due: str) -> None:
    answer = apply("evidence_due", {"evidence.days": days, "evidence_service.deemed_on": "2026-09-19"})
    assert answer == {"evidence.due_on": due, "evidence.due_at": f"{due}T16:00:00.000000Z"}


@pytest.mark.parametrize(
    ("ground", "on_file", "objection"),
    [
        ("judicial", False, None),
        ("administrative", False, None),
        ("judicial", True, "conclusion_on_file"),
        ("own_deliberation", False, "own_deliberation"),
        ("referral", True, "referral"),
    ],
)
def test_only_a_conclusion_outstanding_elsewhere_suspends(ground: str, on_file: bool, objection: str | None) -> None:
    facts = {"suspension.needed": True, "suspension.ground": ground, "suspension.conclusion_on_file": on_file}
    assert apply("suspension_ground", facts)["suspension.objection"] == objection


def test_where_no_suspension_is_wanted_none_is_refused() -> None:
    facts = {"suspension.needed": False, "suspension.ground": "referral"}
    assert apply("suspension_ground", facts)["suspension.objection"] is None


@pytest.mark.parametrize(
    ("more", "objection"),
    [
        ({}, "burden_is_employers"),
        ({"evidence.required": True}, None),
        ({"employer.position": "unknown"}, None),
        ({"applicant.kind": "employer"}, None),
        ({"evidence.consequence": "worker_evidence"}, None),
        (
            {
                "accident.kind": "occupational_disease",
                "disease.certificate_kind": "diagnosis",
                "disease.lawful": True,
            },
            None,
        ),
    ],
)
def test_an_employer_that_denies_the_injury_is_not_left_without_the_burden_of_proof(
    more: dict[str, Value], objection: str | None
) -> None:
    facts = {"applicant.kind": "worker", "employer.position": "disagrees", "evidence.required": False}
    assert apply("inquiry_plan@2", facts | more)["inquiry.objection"] == objection


def change(ground: str, **more: Value) -> dict[str, Value]:
    """Answer a suspension asked for during the inquiry; ``suspensions__asked`` are those before it."""
    facts = {"change.suspend": True, "change.ground": ground, "change.awaited": "结论", "change.organ": "机关"}
    return apply("inquiry_change", facts | {name.replace("__", "."): value for name, value in more.items()})


def test_a_suspension_asked_for_during_the_inquiry_goes_to_the_approver() -> None:
    assert change("judicial") == {
        "change.objection": None,
        "suspension.awaited": "结论",
        "suspension.ground": "judicial",
        "suspension.organ": "机关",
        "suspensions.asked": ["judicial"],
    }


@pytest.mark.parametrize(
    ("before", "ground", "objection"),
    [
        ({"asked": ["judicial"]}, "judicial", "already_running"),
        ({"asked": ["judicial"]}, "administrative", "awaiting_approval"),
        ({"asked": ["judicial"], "answered": ["judicial"]}, "judicial", "already_running"),
        ({"asked": ["judicial"], "answered": ["judicial"]}, "administrative", None),
        ({"asked": ["judicial"], "answered": ["judicial"], "ended": ["judicial"]}, "judicial", None),
        ({"asked": ["judicial"]}, "referral", "referral"),
    ],
)
def test_none_is_begun_twice_on_a_ground_and_one_is_approved_at_a_time(
    before: dict[str, list[Value]], ground: str, objection: str | None
) -> None:
    answer = change(ground, **{f"suspensions__{what}": grounds for what, grounds in before.items()})
    assert answer["change.objection"] == objection
    assert ("suspensions.asked" in answer) == (objection is None)


def test_a_plan_notes_the_suspension_it_asks_for_and_a_plan_that_cannot_stand_none() -> None:
    facts = {"suspension.needed": True, "suspension.ground": "judicial", "suspension.conclusion_on_file": False}
    assert apply("inquiry_plan", facts)["suspensions.asked"] == ["judicial"]
    assert apply("inquiry_plan", facts | {"suspension.ground": "referral"})["suspensions.asked"] == []
    assert apply("inquiry_plan", facts | {"suspension.needed": False})["suspensions.asked"] == []


@pytest.mark.parametrize(("estimate", "why"), [("499999.99", []), ("500000.00", ["large_payment"])])
def test_a_large_payment_is_discussed(estimate: str, why: list[str]) -> None:
    facts = {"payment.estimate": estimate, "acceptance.decided_on": "2026-11-09", "case.office": "530102"}
    assert apply("discussion", facts, parameter_set="演示")["discussion.why"] == why


def test_without_a_threshold_the_question_of_a_large_payment_goes_to_people() -> None:
    facts = {"payment.estimate": "1.00", "acceptance.decided_on": "2026-11-09", "case.office": "530102"}
    assert apply("discussion", facts)["discussion.why"] == ["large_payment_unknown"]


def test_deaths_difficult_and_contested_cases_are_discussed() -> None:
    facts = {"injury.died": True, "discussion.difficult": True, "ground.contested": True}
    assert apply("discussion", facts)["discussion.why"] == ["death", "difficult", "contested"]
    assert apply("discussion", {})["discussion.required"] is False


# --- the forty-eight hours ---

DIAGNOSED = "2026-03-03T01:00:00Z"


def hours(death_at: str | None, *, parameter_set: str | None = None, **more: Value) -> Value:
    facts = {"injury.died": True, "injury.first_diagnosis_at": DIAGNOSED, "injury.death_at": death_at}
    facts |= {name.replace("__", "."): value for name, value in more.items()}
    return apply("forty_eight_hours", facts, parameter_set=parameter_set)["illness.forty_eight_hours"]


@pytest.mark.parametrize(
    ("death_at", "answer"),
    [
        ("2026-03-05T00:59:59Z", "within"),
        ("2026-03-05T01:00:00Z", "border"),
        ("2026-03-05T01:00:01Z", "beyond"),
        (None, "unknown"),
        ("2026-03-03T00:00:00Z", "unknown"),
    ],
)
def test_forty_eight_hours_are_counted_between_instants(death_at: str | None, answer: str) -> None:
    assert hours(death_at) == answer


@pytest.mark.parametrize(
    ("death_at", "answer"),
    [
        ("2026-03-04T23:59:00Z", "within"),
        ("2026-03-05T00:00:00Z", "border"),
        ("2026-03-05T02:00:00Z", "border"),
        ("2026-03-05T02:01:00Z", "beyond"),
    ],
)
def test_within_the_offices_border_a_person_judges(death_at: str, answer: str) -> None:
    assert hours(death_at, parameter_set="演示") == answer


def test_brain_death_in_time_and_death_declared_later_is_judged() -> None:
    assert hours("2026-03-08T01:00:00Z", illness__brain_death_at="2026-03-05T01:00:00Z") == "brain_death"
    assert hours("2026-03-08T01:00:00Z", illness__brain_death_at="2026-03-05T01:01:00Z") == "beyond"


def test_a_death_at_the_post_needs_no_count_and_a_survivor_has_none() -> None:
    assert hours(None, illness__course="died_at_post") == "within"
    assert hours(None, injury__died=False) == "survived"


@pytest.mark.parametrize(
    ("more", "parameter_set", "answer"),
    [
        ({}, None, "unset"),
        ({}, "演示", "within"),
        ({"illness.course": "died_at_post"}, None, "within"),
        ({"injury.death_at": None}, None, "unknown"),
        ({"injury.died": False}, None, "survived"),
    ],
)
def test_without_a_border_nothing_is_concluded_from_the_count(
    more: dict[str, Value], parameter_set: str | None, answer: str
) -> None:
    died = {"injury.died": True, "injury.first_diagnosis_at": DIAGNOSED, "injury.death_at": "2026-03-03T04:00:00Z"}
    counted = apply("forty_eight_hours@2", died | more, parameter_set=parameter_set)
    assert counted["illness.forty_eight_hours"] == answer
    if answer == "unset":
        assert counted["illness.minutes"] == 180


@examples(st.integers(0, 96 * 60))
def test_whoever_died_earlier_is_never_worse_off(minutes: int) -> None:
    order = ["within", "border", "beyond"]
    start = date(2026, 3, 3)

    def answer(after: int) -> int:
        day, rest = divmod(after + 60, 24 * 60)
        moment = f"{start + timedelta(days=day)}T{rest // 60:02d}:{rest % 60:02d}:00Z"
        return order.index(str(hours(moment)))

    assert answer(minutes) <= answer(minutes + 1)


# --- grounds ---

AT_WORK = {"accident.kind": "accident", "work.hours": "working", "work.place": "workplace", "work.cause": "work"}
WAY = {
    "accident.kind": "commute",
    "commute.on_way": "yes",
    "commute.reasonable_time": "yes",
    "commute.reasonable_route": "yes",
    "commute.vehicle": "road",
    "commute.liability": "minor",
    "commute.without_leave": False,
}
POST = {
    "accident.kind": "sudden_illness",
    "illness.in_hours_at_post": "yes",
    "illness.course": "rescued_at_once",
    "illness.forty_eight_hours": "within",
}
DRUNK = {"exclusion.kind": "drunk", "exclusion.proof": "effective", "exclusion.caused": "yes"}
CLOSING = AT_WORK | {"work.hours": "before_after", "work.preparatory": True}
VIOLENCE = AT_WORK | {"accident.kind": "violence", "work.cause": None}


@pytest.mark.parametrize(
    ("facts", "grounds", "result"),
    [
        (AT_WORK, ["14.1"], "recognised"),
        (AT_WORK | {"work.cause": "unclear"}, ["14.1"], "recognised"),
        (AT_WORK | {"work.cause": "personal"}, ["14.1"], "not_recognised"),
        ({"work.cause": "unit_activity", "activity.attendance": "demanded"}, ["14.1"], "recognised"),
        (CLOSING, ["14.2"], "recognised"),
        (CLOSING | {"work.preparatory": False}, ["14.2"], "not_recognised"),
        (CLOSING | {"work.place": "outside"}, ["14.2"], "not_recognised"),
        (VIOLENCE | {"violence.duty_caused": "yes"}, ["14.3"], "recognised"),
        (VIOLENCE | {"violence.duty_caused": "no"}, ["14.3"], "not_recognised"),
        ({"accident.kind": "occupational_disease", "disease.lawful": True}, ["14.4"], "recognised"),
        ({"accident.kind": "occupational_disease", "disease.lawful": False}, ["14.4"], "not_recognised"),
        ({"trip.on_trip": True, "trip.cause": "work"}, ["14.5"], "recognised"),
        ({"trip.on_trip": True, "trip.missing": True}, ["14.5"], "recognised"),
        ({"trip.on_trip": True, "trip.cause": "personal"}, ["14.5"], "not_recognised"),
        (WAY, ["14.6"], "recognised"),
        (WAY | {"commute.liability": "equal"}, ["14.6"], "recognised"),
        (WAY | {"commute.liability": "major"}, ["14.6"], "not_recognised"),
        (WAY | {"commute.liability": "no_document"}, ["14.6"], "not_recognised"),
        (WAY | {"commute.vehicle": "other"}, ["14.6"], "not_recognised"),
        ({"other_law.article": "某条例第一条"}, ["14.7"], "recognised"),
        (POST, ["15.1"], "deemed"),
        (POST | {"illness.forty_eight_hours": "beyond"}, ["15.1"], "not_recognised"),
        (POST | {"illness.forty_eight_hours": "survived", "illness.course": "survived"}, ["15.1"], "not_recognised"),
        ({"accident.kind": "rescue", "rescue.public_interest": "yes"}, ["15.2"], "deemed"),
        ({"veteran.certificate": True, "veteran.relapse": "yes"}, ["15.3"], "deemed"),
        ({"veteran.certificate": False, "veteran.relapse": "yes"}, ["15.3"], "not_recognised"),
        (AT_WORK | DRUNK, ["14.1", "16.2"], "not_recognised"),
        (AT_WORK | DRUNK | {"exclusion.caused": "no"}, ["14.1"], "recognised"),
        ({}, ["unmet"], "not_recognised"),
    ],
)
def test_grounds_are_proposed_with_what_they_come_to(facts: dict[str, Value], grounds: list[str], result: str) -> None:
    answer, _ = decide("recognition_ground", facts)
    assert answer["ground.proposed"] == grounds
    assert apply("ground_result", answer)["ground.result"] == result


@pytest.mark.parametrize(
    "facts",
    [
        {"work.cause": "unit_activity", "activity.attendance": "free"},
        {"trip.on_trip": True, "trip.cause": "living_need"},
        WAY | {"commute.liability": "undetermined"},
        WAY | {"commute.without_leave": True},
        WAY | {"commute.reasonable_time": "unclear"},
        WAY | {"commute.reasonable_route": "unclear"},
        POST | {"illness.forty_eight_hours": "border"},
        POST | {"illness.forty_eight_hours": "unknown"},
        POST | {"illness.forty_eight_hours": "unset"},
        POST | {"illness.forty_eight_hours": "brain_death"},
        POST | {"illness.course": "went_home"},
        AT_WORK | {"worker.relation": "none"},
        AT_WORK | {"worker.over_age": True, "accident.happened_at": "2026-06-30T15:59:00Z"},
        AT_WORK | DRUNK | {"exclusion.proof": "below_standard"},
        AT_WORK | {"exclusion.kind": "crime", "exclusion.proof": "none", "exclusion.caused": "yes"},
        AT_WORK | {"exclusion.kind": "suicide", "exclusion.from_injury": "yes"} | {"exclusion.proof": "effective"},
    ],
)
def test_where_published_outcomes_differ_all_is_proposed_and_nothing_decided(facts: dict[str, Value]) -> None:
    answer, rows = decide("recognition_ground", facts)
    assert len(rows) > 1
    assert apply("ground_result", answer) == {"ground.contested": True, "ground.result": "open"}


@pytest.mark.parametrize(
    ("happened", "result"), [("2025-11-12T15:59:00Z", "open"), ("2025-11-12T16:00:00Z", "recognised")]
)
def test_a_physiological_need_is_a_work_cause_since_the_third_opinions(happened: str, result: str) -> None:
    facts = AT_WORK | {"work.cause": "physiological", "accident.happened_at": happened}
    answer, _ = decide("recognition_ground", facts)
    assert apply("ground_result", answer)["ground.result"] == result


@pytest.mark.parametrize(
    ("happened", "result"), [("2026-06-30T15:59:00Z", "open"), ("2026-06-30T16:00:00Z", "recognised")]
)
def test_age_is_no_question_since_the_rules_of_2026(happened: str, result: str) -> None:
    answer, _ = decide("recognition_ground", AT_WORK | {"worker.over_age": True, "accident.happened_at": happened})
    assert apply("ground_result", answer)["ground.result"] == result


def test_every_row_names_the_article_it_applies() -> None:
    for stem in ("jurisdiction", "recognition_ground"):
        assert [row.id for row in table(stem).rules if not row.article] == []


# --- decision, service, file ---


@pytest.mark.parametrize(("decided", "age"), [("2026-02-27", 25), ("2026-02-28", 26), ("2026-03-01", 26)])
def test_age_is_in_full_years_on_the_day_of_the_decision(decided: str, age: int) -> None:
    facts = {"worker.born_on": "2000-02-28", "decision.decided_on": decided}
    assert apply("age", facts) == {"worker.age": age}


def delivered(way: str, recipient: str = "worker", **more: Value) -> dict[str, Value]:
    facts = {
        "delivery.acted_on": "2026-11-09",
        "delivery.received_on": "2026-11-12",
        "delivery.recipient": recipient,
        "delivery.way": way,
        "document.remedies": True,
        "service.recipients": ["worker", "employer", "agency"],
    }
    return apply("delivery", facts | {name.replace("__", "."): value for name, value in more.items()})


@pytest.mark.parametrize(
    ("way", "deemed"),
    [
        ("direct", "2026-11-12"),
        ("kin", "2026-11-12"),
        ("mail", "2026-11-12"),
        ("entrusted", "2026-11-12"),
        ("transfer", "2026-11-12"),
        ("lien", "2026-11-09"),
        ("public_notice", "2026-12-09"),
    ],
)
def test_each_way_of_service_has_its_day(way: str, deemed: str) -> None:
    answer = delivered(way)
    assert answer["service.acted_on"] == "2026-11-09"
    assert answer["service.deemed_on"] == deemed
    assert answer["service.remaining"] == ["employer", "agency"]


def test_remedies_are_counted_from_the_day_of_service_and_roll() -> None:
    receipt = delivered("direct")["service.receipts"][0]
    assert (receipt["review_until"], receipt["suit_until"]) == ("2027-01-11", "2027-05-12")
    assert "review_until" not in delivered("copy", "agency")["service.receipts"][0]


@pytest.mark.parametrize(
    ("way", "recipient", "more", "objection"),
    [
        ("electronic", "worker", {}, "no_consent"),
        ("electronic", "worker", {"service__consenting": ["worker"]}, None),
        ("electronic", "employer", {"service__consenting": ["worker"]}, "no_consent"),
        ("copy", "worker", {}, "copy_only"),
        ("direct", "agency", {}, "copy_only"),
        ("direct", "applicant", {}, "not_a_party"),
        (
            "direct",
            "worker",
            {"service__receipts": [{"recipient": "worker", "acted_on": "2026-11-01", "deemed_on": "2026-11-01"}]},
            "already_served",
        ),
    ],
)
def test_service_stands_only_in_the_ways_the_law_knows(
    way: str, recipient: str, more: dict[str, Value], objection: str | None
) -> None:
    answer = delivered(way, recipient, **more)
    assert answer["delivery.objection"] == objection
    assert answer["delivery.lawful"] is (objection is None)


@pytest.mark.parametrize(
    ("sealed", "received", "objection"),
    [
        ("2026-11-09", "2026-11-09", None),
        ("2026-11-10", "2026-11-12", "before_seal"),
        (None, "2026-11-12", "before_seal"),
        ("2026-11-06", "2026-11-08", "received_before_act"),
        ("2026-11-06", None, None),
    ],
)
def test_service_follows_the_seal_and_the_receipt_follows_the_service(
    sealed: str | None, received: str | None, objection: str | None
) -> None:
    facts = {
        "delivery.acted_on": "2026-11-09",
        "delivery.received_on": received,
        "delivery.recipient": "worker",
        "delivery.way": "direct" if received else "lien",
        "document.sealed_on": sealed,
        "service.recipients": ["worker"],
    }
    answer = apply("delivery@3", facts)
    assert answer["delivery.objection"] == objection
    assert answer["service.remaining"] == ([] if objection is None else ["worker"])


@pytest.mark.parametrize("way", ["lien", "copy", "public_notice"])
def test_a_day_of_receipt_left_from_an_earlier_service_stands_against_none_that_has_no_receipt(way: str) -> None:
    facts = {
        "delivery.acted_on": "2026-11-12",
        "delivery.received_on": "2026-11-10",
        "delivery.recipient": "agency" if way == "copy" else "employer",
        "delivery.way": way,
        "document.sealed_on": "2026-11-09",
        "service.recipients": ["employer", "agency"],
    }
    assert apply("delivery@2", facts)["delivery.objection"] == "received_before_act"
    assert apply("delivery@3", facts)["delivery.objection"] is None


@pytest.mark.parametrize(
    ("sealed", "objection"), [("2026-11-08", "before_paper"), ("2026-11-09", None), ("2026-11-10", None)]
)
def test_no_paper_is_sealed_before_the_day_it_bears(sealed: str, objection: str | None) -> None:
    facts = {"document.issued_on": "2026-11-09", "document.sealed_on": sealed}
    assert apply("paper_seal", facts) == {"document.seal_objection": objection}


PROPOSED: dict[str, Value] = {
    "draft.outcome": "propose",
    "decision.result": "recognised",
    "decision.grounds": ["14.1"],
    "ground.proposed": ["14.1"],
    "ground.result": "recognised",
}


@pytest.mark.parametrize(
    ("more", "objection"),
    [
        ({}, None),
        ({"draft.outcome": "more_facts", "decision.result": "deemed"}, None),
        ({"decision.grounds": ["15.1"]}, "grounds_do_not_fit"),
        ({"decision.result": "deemed"}, "grounds_do_not_fit"),
        ({"decision.grounds": ["14.5"]}, "departure_unexplained"),
        ({"decision.grounds": ["14.5"], "decision.departs": "查明系外出"}, None),
        ({"decision.result": "not_recognised", "decision.grounds": ["unmet"]}, "departure_unexplained"),
        ({"ground.result": "open", "ground.proposed": ["14.1", "unmet"]}, None),
        ({"discussion.opinion": "recognise"}, None),
        ({"discussion.opinion": "not_recognise"}, "departure_unexplained"),
        ({"discussion.opinion": "not_recognise", "decision.departs": "新证据"}, None),
    ],
)
def test_a_draft_fits_its_grounds_and_explains_where_it_departs(more: dict[str, Value], objection: str | None) -> None:
    assert apply("draft", PROPOSED | more) == {"draft.objection": objection}


def test_the_catalogue_lists_papers_receipts_and_what_was_handed_in_but_names_nobody() -> None:
    served = [{"recipient": "worker", "acted_on": "2026-11-23"}, {"recipient": "employer", "acted_on": "2026-11-24"}]
    facts = {
        "application_form.issued_on": "2026-11-09",
        "recognition_decision.issued_on": "2026-11-20",
        "recognition_decision.number": "示例〔2026〕1号",
        "decision_service.receipts": served,
        "investigation.records": [{"kind": "statement", "taken_on": "2026-11-12", "about": "张伟", "person": "李四"}],
        "discussion.held_on": "2026-11-13",
        "materials.received": ["identity"],
    }
    assert apply("catalogue", facts)["archive.catalogue"] == [
        {"title": "工伤认定申请表", "made_on": "2026-11-09"},
        {"title": "调查笔录", "made_on": "2026-11-12"},
        {"title": "集体讨论记录", "made_on": "2026-11-13"},
        {"title": "认定工伤决定书", "made_on": "2026-11-20", "number": "示例〔2026〕1号"},
        {"title": "送达回证（工伤认定决定）", "made_on": "2026-11-24"},
        {"title": "身份证明"},
    ]


def test_the_receipt_of_a_letter_to_an_entrusted_authority_lies_in_the_file() -> None:
    sent = {"entrustment_service.receipts": [{"recipient": "authority", "acted_on": "2026-11-12"}]}
    receipt = {"title": "送达回证（工伤认定委托调查函）", "made_on": "2026-11-12"}
    assert apply("catalogue@2", sent)["archive.catalogue"] == [receipt]
    assert apply("catalogue", sent)["archive.catalogue"] == []


def test_the_catalogue_knows_every_material_an_applicant_can_hand_in() -> None:
    codes = declared()["materials.received"].codes
    handed_in = apply("catalogue", {"materials.received": sorted(codes)})["archive.catalogue"]
    assert len(handed_in) == len(codes)


def test_a_file_is_kept_fifty_years_and_the_day_never_rolls() -> None:
    answer = apply("keep_until", {"archive.ended_on": "2026-11-21"})
    assert answer == {"archive.keep_until": "2076-11-21"}
    assert not Calendar(basis().value["calendars"]).is_workday(date(2076, 11, 21))
    assert apply("keep_until", {"archive.ended_on": "2024-02-29"})["archive.keep_until"] == "2074-02-28"


def test_withdrawal_is_refused_by_name_where_nobody_has_set_it() -> None:
    with pytest.raises(RuleRefusedError, match="withdrawal_accepted"):
        apply("withdrawal", {"case.office": "530102"})
    assert apply("withdrawal", {"case.office": "530102"}, parameter_set="演示") == {
        "withdrawal.requested_on": "2026-11-21"
    }


@pytest.mark.parametrize(
    ("more", "parameter_set", "answer", "question"),
    [
        ({}, None, "ask", "practice_unset"),
        ({}, "演示", "granted", None),
        ({"decision.decided_on": "2026-11-20"}, "演示", "ask", "decision_made"),
        ({"non_acceptance.decided_on": "2026-11-20"}, "演示", "ask", "decision_made"),
    ],
)
def test_whether_an_application_may_be_withdrawn_is_the_offices_practice_or_a_persons_judgement(
    more: dict[str, Value], parameter_set: str | None, answer: str, question: str | None
) -> None:
    assert apply("withdrawal@2", {"case.office": "530102"} | more, parameter_set=parameter_set) == {
        "withdrawal.requested_on": "2026-11-21",
        "withdrawal.answer": answer,
        "withdrawal.question": question,
    }


def test_an_office_that_takes_no_withdrawals_refuses_them() -> None:
    value = build_basis(PROCESSES)
    value["parameters"]["withdrawal_accepted"]["values"] = [{"value": False}]
    asked = Given({"case.office": "530102"}, date(2026, 11, 21), Basis.from_value(value))
    answer = find("recognition.withdrawal@2")(asked)
    assert (answer["withdrawal.answer"], answer["withdrawal.question"]) == ("refused", "not_practised")


def test_the_remedies_of_an_office_come_from_the_directory() -> None:
    answer = apply("remedies", {"case.office": "530102"})
    assert answer["remedy.review_organ"] == "昆明市五华区人民政府"
    assert answer["remedy.court"] is None
