"""The rules of work-injury recognition (工伤认定), each reading like its article.

A rule is pure: it sees the facts of the case, the legal date of the event and the basis, and says which facts
follow. A published version never changes its results; a correction is the next number beside it. What the law
leaves to judgement a rule does not decide: it answers ``ask`` and names the question.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from handlers.law import Value, deadlines
from handlers.law.dates import end_of_day, parse_date, parse_instant, shanghai_date
from handlers.law.identity import age
from handlers.law.sources import Source
from handlers.rule import Given, RuleRefusedError, rule

REGULATION = "工伤保险条例"
MEASURES = "工伤认定办法"
SUPREME_COURT_2014 = "法释〔2014〕9号"

KUNMING_2021 = "昆人社通〔2021〕168号"
CONVENIENCE_2018 = "人社厅发〔2018〕104号"
CIVIL_PROCEDURE = "民事诉讼法"

#: Day the Regulation came into force; what happened before stands under the rules of its day.
REGULATION_IN_FORCE = date(2004, 1, 1)
#: Delays whose beginning and end stand in a document: they are counted out without asking (法释〔2014〕9号 7).
PROVEN_DELAYS = frozenset({"liberty_restricted", "labour_relation_disputed"})
#: Engagements in which a unit answers although it has no employment relation with the worker (法释〔2014〕9号 3).
NO_RELATION_NEEDED = frozenset({"subcontract", "affiliation"})
#: Certificates of an occupational disease that make an investigation needless (条例 19).
DISEASE_CERTIFICATES = frozenset({"diagnosis", "appraisal"})
#: How long after the first diagnosis a death still counts as one of 15(1).
RESCUE = timedelta(hours=48)
#: The article whose grounds each result rests on; a refusal may rest on any that is not met (条例 14-16).
GROUNDS_OF = {"recognised": "14.", "deemed": "15."}
#: Papers of a case as the catalogue of its file names them (办法 24).
PAPERS = {
    "application_form": "工伤认定申请表",
    "arbitration_notice": "劳动关系争议仲裁告知书",
    "referral_notice": "移送受理部门告知书",
    "supplement_notice": "工伤认定申请补正材料告知书",
    "non_acceptance_decision": "工伤认定申请不予受理决定书",
    "acceptance_decision": "工伤认定申请受理决定书",
    "evidence_notice": "工伤认定举证通知书",
    "entrustment_letter": "工伤认定委托调查函",
    "suspension_notice": "工伤认定中止通知书",
    "resumption_notice": "工伤认定恢复通知书",
    "recognition_decision": "认定工伤决定书",
    "non_recognition_decision": "不予认定工伤决定书",
}
#: Receipts of service, and the paper they are about.
SERVICES = {
    "arbitration_service.receipts": PAPERS["arbitration_notice"],
    "referral_service.receipts": PAPERS["referral_notice"],
    "supplement_service.receipts": PAPERS["supplement_notice"],
    "non_acceptance_service.receipts": PAPERS["non_acceptance_decision"],
    "acceptance_service.receipts": PAPERS["acceptance_decision"],
    "evidence_service.receipts": PAPERS["evidence_notice"],
    "suspension_service.receipts": PAPERS["suspension_notice"],
    "resumption_service.receipts": PAPERS["resumption_notice"],
    "decision_service.receipts": "工伤认定决定",
}
#: What was handed in, as the catalogue names it.
MATERIALS = {
    "application_form": "申请人提交的工伤认定申请表",
    "relation_proof": "劳动（人事）关系证明",
    "diagnosis": "医疗诊断证明",
    "disease_certificate": "职业病诊断证明书（鉴定书）",
    "power_of_attorney": "授权委托书",
    "kin_proof": "近亲属关系证明",
    "death_proof": "死亡证明",
    "disability_certificate": "革命伤残军人证",
    "traffic_document": "交通事故责任认定书",
    "court_document": "生效裁判文书",
    "police_document": "公安机关证明",
    "rescue_proof": "抢险救灾等证明",
    "identity": "身份证明",
    "other": "其他材料",
}
#: Kinds of record an investigation leaves.
RECORDS = {"statement": "调查笔录", "site": "现场勘验记录", "document": "调取的书证", "media": "录音、录像、照片"}
#: Ways of service that are done by the act itself; the others are done when the paper is received.
DONE_BY_THE_ACT = frozenset({"lien", "copy"})


@rule(
    "recognition.time_limit@1",
    reads=(
        "accident.happened_at",
        "accident.harm_appeared_later",
        "accident.harm_appeared_on",
        "accident.kind",
        "application.lodged_on",
        "application.received_on",
        "disease.certificate_on",
        "injury.first_diagnosis_at",
        "extension.until_on",
        "tolling.periods",
    ),
    writes=(
        "time_limit.accident_at",
        "time_limit.certificate_on",
        "time_limit.counted_from",
        "time_limit.employer_bears_until",
        "time_limit.employer_ends_on",
        "time_limit.employer_late",
        "time_limit.lodged_on",
        "time_limit.question",
        "time_limit.result",
        "time_limit.starts_on",
        "time_limit.worker_ends_on",
    ),
    law=(
        Source(REGULATION, "17"),
        Source(MEASURES, "4"),
        Source(MEASURES, "5"),
        Source(SUPREME_COURT_2014, "7"),
        Source(CIVIL_PROCEDURE, "85"),
    ),
)
def time_limit_1(given: Given) -> dict[str, Value]:
    """Tell whether the application came in time, and who bears the costs until it came.

    The employer has thirty days, the worker's side one year, from the accident or the diagnosis. The employer's
    thirty days never bar an application: costs that arose before it are then the employer's (条例 17 款 4). What
    was posted, or lodged with a wrong office, by the last day is in time. The dates it rests on are noted, so that a
    correction of one brings the question back.
    """
    origin, starts = _time_limit_start(given)
    lodged = parse_date(given.fact("application.lodged_on") or given.fact("application.received_on"))
    found: dict[str, Value] = {
        "time_limit.accident_at": given.fact("accident.happened_at"),
        "time_limit.certificate_on": given.fact("disease.certificate_on"),
        "time_limit.counted_from": origin,
        "time_limit.lodged_on": lodged.isoformat(),
    }
    if starts is None or starts > lodged:
        return found | _answer("ask", "start_unknown")
    if starts < REGULATION_IN_FORCE:
        return found | {"time_limit.starts_on": starts.isoformat()} | _answer("ask", "earlier_law")
    employer_ends = _employer_ends_on(given, starts)
    worker_ends = _last_day(given, "D02", starts)
    return (
        found
        | {
            "time_limit.starts_on": starts.isoformat(),
            "time_limit.employer_ends_on": employer_ends.isoformat(),
            "time_limit.worker_ends_on": worker_ends.isoformat(),
            "time_limit.employer_late": lodged > employer_ends,
            "time_limit.employer_bears_until": lodged.isoformat() if lodged > employer_ends else None,
        }
        | _in_time(given, origin, starts, lodged, worker_ends)
    )


def _time_limit_start(given: Given) -> tuple[str, date | None]:
    """Say what the time runs from and on which day, or null where the file does not tell."""
    if given.fact("accident.kind") == "occupational_disease":
        return "diagnosis", _day(given.fact("disease.certificate_on"))
    if given.fact("accident.kind") == "veteran":
        return "harm", _day_of(given.fact("injury.first_diagnosis_at"))
    if given.fact("accident.harm_appeared_later"):
        return "harm", _day(given.fact("accident.harm_appeared_on"))
    return "accident", _day_of(given.fact("accident.happened_at"))


def _employer_ends_on(given: Given, starts: date) -> date:
    """Give the last day of the employer's thirty, or the later one the office agreed to."""
    ends = _last_day(given, "D01", starts)
    extended = _day(given.fact("extension.until_on"))
    return max(ends, extended) if extended else ends


def _in_time(given: Given, origin: str, starts: date, lodged: date, ends: date) -> dict[str, Value]:
    """Compare the day of applying with the last one, delays that were not the applicant's own counted out."""
    if origin == "harm":
        accident = _day_of(given.fact("accident.happened_at"))
        if accident and lodged <= _last_day(given, "D02", accident):
            return _answer("in_time")
        if lodged <= ends:
            return _answer("ask", "harm_appeared_later")
    if lodged <= ends:
        return _answer("in_time")
    periods = given.fact("tolling.periods") or []
    if not periods:
        return _answer("late", "no_ground_claimed")
    if _proven(periods) and lodged <= _last_day(given, "D02", starts, delayed=_days_covered(periods)):
        return _answer("in_time")
    return _answer("ask", "tolling_doubtful")


def _answer(result: str, question: str | None = None) -> dict[str, Value]:
    return {"time_limit.result": result, "time_limit.question": question}


def _proven(periods: Iterable[Mapping[str, Value]]) -> bool:
    return all(one["ground"] in PROVEN_DELAYS and one.get("ended_on") for one in periods)


def _days_covered(periods: Iterable[Mapping[str, Value]]) -> int:
    """Count the days between beginning and end of delays, those that overlap once."""
    covered: set[date] = set()
    for one in periods:
        began, ended = parse_date(one["began_on"]), parse_date(one["ended_on"])
        covered |= {began + timedelta(days=n) for n in range(1, (ended - began).days + 1)}
    return len(covered)


# --- who answers, and before which office ----------------------------------------------------------------------


@rule(
    "recognition.responsible_unit@1",
    reads=("arrangement.kind", "arrangement.unit", "employer.name", "worker.relation"),
    writes=("responsible.question", "responsible.unit"),
    law=(Source(SUPREME_COURT_2014, "3"), Source(REGULATION, "43")),
)
def responsible_unit_1(given: Given) -> dict[str, Value]:
    """Name the unit that answers for the injury.

    With two employers it is the one worked for at the time; with dispatch the dispatching, with assignment and
    secondment the assigning and the original unit; with an unlawful subcontract the one that gave it, with an
    affiliation the one that lent its name; after a succession the successor, under contracting the employing unit.
    """
    kind = given.fact("arrangement.kind")
    unit = given.fact("employer.name") if kind == "direct" else given.fact("arrangement.unit")
    return {"responsible.unit": unit, "responsible.question": _unit_question(given.fact("worker.relation"), kind, unit)}


def _unit_question(relation: str | None, kind: str | None, unit: str | None) -> str | None:
    """Say what a person must judge about the unit, or null where the articles answer."""
    if unit is None:
        return "unit_unknown"
    if relation == "none":
        return "no_relation"
    if relation == "disputed" and kind not in NO_RELATION_NEEDED:
        return "relation_disputed"
    return None


@rule(
    "recognition.competent_office@1",
    reads=(
        "case.office",
        "employer.operating_office",
        "employer.registered_office",
        "insurance.agency_office",
        "jurisdiction.points_to",
        "jurisdiction.question",
    ),
    writes=("jurisdiction.here", "jurisdiction.office", "jurisdiction.question"),
    law=(Source(KUNMING_2021, "1"),),
)
def competent_office_1(given: Given) -> dict[str, Value]:
    """Turn what the table of jurisdiction points to into an office, and say whether it is this one.

    A zone's office is competent only where the directory says that it decides in its own name; any other zone is
    a question for a person.
    """
    here = given.fact("case.office")
    pointed = {
        "city": _city_office(given),
        "insured": given.fact("insurance.agency_office"),
        "registered": given.fact("employer.registered_office"),
        "operating": given.fact("employer.operating_office"),
        "entrusted": here,
    }
    points_to = given.fact("jurisdiction.points_to")
    if points_to == "outside":
        return {"jurisdiction.office": None, "jurisdiction.here": False, "jurisdiction.question": None}
    office = pointed.get(points_to)
    question = given.fact("jurisdiction.question") or _office_question(given, office)
    if here is None:
        question = "office_unknown"
    if question:
        return {"jurisdiction.office": office, "jurisdiction.here": None, "jurisdiction.question": question}
    return {"jurisdiction.office": office, "jurisdiction.here": office == here, "jurisdiction.question": None}


def _city_office(given: Given) -> str | None:
    offices = given.basis.value["offices"]
    return next((one for one in sorted(offices) if _is_city_bureau(offices[one])), None)


def _is_city_bureau(record: Mapping[str, Value]) -> bool:
    return (record["kind"], record["level"]) == ("bureau", "city")


def _office_question(given: Given, office: str | None) -> str | None:
    offices = given.basis.value["offices"]
    if office is None or office not in offices:
        return "office_unknown"
    return None if offices[office]["authority"] else "zone" if offices[office]["kind"] == "zone" else "office_unknown"


# --- materials -------------------------------------------------------------------------------------------------


MATERIALS_READS = (
    "accident.kind",
    "applicant.kind",
    "injury.died",
    "materials.missing_from_start",
    "materials.received",
    "representative.appointed",
    "supplement.arrivals",
)
MATERIALS_WRITES = ("materials.missing", "materials.missing_from_start", "materials.received", "materials.required")
MATERIALS_LAW = (Source(REGULATION, "18"), Source(MEASURES, "6"), Source(MEASURES, "8"))


@rule("recognition.missing_materials@1", reads=MATERIALS_READS, writes=MATERIALS_WRITES, law=MATERIALS_LAW)
def missing_materials_1(given: Given) -> dict[str, Value]:
    """List what an application must bring and what of it is not there.

    What is missing when the application is first looked at stays written down: the one notice of article 8 has to
    ask for all of it.
    """
    arrived = [row["item"] for row in given.fact("supplement.arrivals") or []]
    received = list(dict.fromkeys([*(given.fact("materials.received") or []), *arrived]))
    required = _required_materials(given)
    missing = [item for item in required if item not in received]
    at_first = given.fact("materials.missing_from_start")
    return {
        "materials.required": required,
        "materials.received": received,
        "materials.missing": missing,
        "materials.missing_from_start": missing if at_first is None else at_first,
    }


@rule(
    "recognition.missing_materials@2",
    reads=MATERIALS_READS,
    writes=(*MATERIALS_WRITES, "supplement.items"),
    law=MATERIALS_LAW,
)
def missing_materials_2(given: Given) -> dict[str, Value]:
    """List what an application must bring, and propose to ask for all of it that is not there."""
    listed = missing_materials_1.answer(given)
    return listed | {"supplement.items": listed["materials.missing"]}


def _required_materials(given: Given) -> list[str]:
    disease = given.fact("accident.kind") == "occupational_disease"
    demanded = {
        "application_form": True,
        "relation_proof": True,
        "diagnosis": not disease,
        "disease_certificate": disease,
        "power_of_attorney": given.fact("representative.appointed"),
        "kin_proof": given.fact("applicant.kind") == "kin",
        "death_proof": given.fact("injury.died"),
        "disability_certificate": given.fact("accident.kind") == "veteran",
    }
    return [item for item, wanted in demanded.items() if wanted]


@rule(
    "recognition.one_notice@1",
    reads=("materials.missing_from_start", "supplement.items", "supplement.other", "supplement_notice.issued_on"),
    writes=("supplement.allowed", "supplement.objection"),
    law=(Source(REGULATION, "18"), Source(MEASURES, "8")),
)
def one_notice_1(given: Given) -> dict[str, Value]:
    """Refuse a second notice for something that was missing from the start.

    Article 8 wants one written notice of everything. A further one can only ask for what a new circumstance, such
    as a representative appointed since, has made necessary.
    """
    items = set(given.fact("supplement.items") or [])
    objection = None
    if not items and not given.known("supplement.other"):
        objection = "nothing_named"
    elif given.known("supplement_notice.issued_on") and items & set(given.fact("materials.missing_from_start") or []):
        objection = "missing_from_start"
    return {"supplement.allowed": objection is None, "supplement.objection": objection}


@rule(
    "recognition.one_notice@2",
    reads=(
        "materials.missing_from_start",
        "materials.received",
        "materials.required",
        "materials.result",
        "supplement.items",
        "supplement.other",
        "supplement_notice.issued_on",
    ),
    writes=("materials.missing", "supplement.allowed", "supplement.objection"),
    law=(Source(REGULATION, "18"), Source(MEASURES, "7"), Source(MEASURES, "8")),
)
def one_notice_2(given: Given) -> dict[str, Value]:
    """Hold a review of materials to what is there: complete means complete, and the notice asks for everything.

    What the reviewer found on file, in shared data or an earlier stage, counts as received (nothing is asked for
    twice). The notice names all that is missing; a further one only what a new circumstance has made necessary.
    """
    received = given.fact("materials.received") or []
    missing = [item for item in given.fact("materials.required") or [] if item not in received]
    objection = _review_objection(given, missing)
    return {
        "materials.missing": missing,
        "supplement.allowed": objection is None if given.fact("materials.result") == "incomplete" else None,
        "supplement.objection": objection,
    }


def _review_objection(given: Given, missing: list[str]) -> str | None:
    """Say why a review of materials cannot stand, or null."""
    result, items = given.fact("materials.result"), set(given.fact("supplement.items") or [])
    if result != "incomplete":
        return "still_missing" if result == "complete" and missing else None
    if not items and not given.known("supplement.other"):
        return "nothing_named"
    if given.known("supplement_notice.issued_on"):
        asked_late = items & set(given.fact("materials.missing_from_start") or [])
        return "missing_from_start" if asked_late else None
    return None if items >= set(missing) else "not_everything"


@rule(
    "recognition.supplement_completed@1",
    reads=("supplement.arrivals", "supplement.ended"),
    writes=("supplement.completed_on",),
    law=(Source(MEASURES, "8"),),
)
def supplement_completed_1(given: Given) -> dict[str, Value]:
    """Give the day the last missing material arrived: from it the fifteen days run again."""
    arrived = [row["arrived_on"] for row in given.fact("supplement.arrivals") or []]
    complete = given.fact("supplement.ended") == "complete"
    return {"supplement.completed_on": max(arrived) if complete and arrived else None}


# --- how it is handled -----------------------------------------------------------------------------------------


@rule(
    "recognition.track@1",
    reads=(
        "accident.serious_safety_accident",
        "applicant.kind",
        "employer.position",
        "injury.died",
        "track.facts_clear",
        "track.public_concern",
    ),
    writes=("track.proposed", "track.why"),
    law=(Source(REGULATION, "20"), Source(MEASURES, "21"), Source(CONVENIENCE_2018, "2"), Source(KUNMING_2021, "3")),
)
def track_1(given: Given) -> dict[str, Value]:
    """Propose the simple procedure, the ordinary one, or priority in the green channel; the officer chooses.

    A death is discussed and so never simple; priority shortens no statutory limit.
    """
    agreed = given.fact("applicant.kind") == "employer" or given.fact("employer.position") == "agrees"
    if given.fact("accident.serious_safety_accident"):
        proposed, why = "green", "serious_accident"
    elif given.fact("track.public_concern"):
        proposed, why = "green", "public_concern"
    elif given.fact("injury.died"):
        proposed, why = "ordinary", "death"
    elif given.fact("track.facts_clear") and agreed:
        proposed, why = "simple", "clear_and_agreed"
    else:
        proposed, why = "ordinary", "not_clear"
    return {"track.proposed": proposed, "track.why": why}


@rule(
    "recognition.inquiry@1",
    reads=(
        "accident.kind",
        "applicant.kind",
        "disease.certificate_kind",
        "employer.position",
        "evidence.consequence",
    ),
    writes=("evidence.required", "investigation.required"),
    law=(Source(REGULATION, "19"), Source(MEASURES, "13"), Source(MEASURES, "17")),
)
def inquiry_1(given: Given) -> dict[str, Value]:
    """Say whether the employer bears the burden of proof, and whether there is anything to investigate.

    The burden falls on an employer that did not apply and does not agree; one that was asked once is not asked
    again. A lawful certificate of an occupational disease is not investigated.
    """
    agrees = given.fact("applicant.kind") == "employer" or given.fact("employer.position") == "agrees"
    certified = (
        given.fact("accident.kind") == "occupational_disease"
        and given.fact("disease.certificate_kind") in DISEASE_CERTIFICATES
    )
    asked = given.known("evidence.consequence")
    return {"evidence.required": not agrees and not asked, "investigation.required": not certified}


@rule(
    "recognition.evidence_due@1",
    reads=("evidence.days", "evidence_service.deemed_on"),
    writes=("evidence.due_at", "evidence.due_on"),
    law=(Source(MEASURES, "17"), Source("民法典", "203")),
)
def evidence_due_1(given: Given) -> dict[str, Value]:
    """Count the days the officer set from the service of the notice."""
    served = parse_date(given.fact("evidence_service.deemed_on"))
    due = given.basis.calendar.next_workday(served + timedelta(days=given.fact("evidence.days")))
    return {"evidence.due_on": due.isoformat(), "evidence.due_at": end_of_day(due)}


@rule(
    "recognition.suspension_ground@1",
    reads=("suspension.conclusion_on_file", "suspension.ground", "suspension.needed"),
    writes=("suspension.allowed", "suspension.objection"),
    law=(Source(REGULATION, "20"), Source(MEASURES, "20")),
)
def suspension_ground_1(given: Given) -> dict[str, Value]:
    """Refuse a suspension that waits for nothing outside the office.

    Only the conclusion of a judicial organ or of the competent administration stops the time, and only while it is
    outstanding: not one on file, nor the office's own deliberation, nor a referral.
    """
    if not given.fact("suspension.needed"):
        return {"suspension.allowed": None, "suspension.objection": None}
    ground = given.fact("suspension.ground")
    objection = ground if ground in ("own_deliberation", "referral") else None
    if objection is None and given.fact("suspension.conclusion_on_file"):
        objection = "conclusion_on_file"
    return {"suspension.allowed": objection is None, "suspension.objection": objection}


@rule(
    "recognition.discussion@1",
    reads=(
        "case.office",
        "decision.decided_on",
        "acceptance.decided_on",
        "discussion.difficult",
        "ground.contested",
        "injury.died",
        "payment.estimate",
    ),
    writes=("discussion.required", "discussion.why"),
    law=(Source(KUNMING_2021, "3"),),
)
def discussion_1(given: Given) -> dict[str, Value]:
    """Ask for collective discussion: a death, a large payment, a difficult case.

    Where no threshold of a large payment is set, the question goes to the people of the discussion.
    """
    found = {
        "death": given.fact("injury.died"),
        "difficult": given.fact("discussion.difficult"),
        "contested": given.fact("ground.contested"),
    }
    why = [reason for reason, holds in found.items() if holds]
    if estimate := given.fact("payment.estimate"):
        why += _large_payment(given, Decimal(estimate))
    return {"discussion.required": bool(why), "discussion.why": why}


def _large_payment(given: Given, estimate: Decimal) -> list[str]:
    accepted = parse_date(given.fact("acceptance.decided_on"))
    threshold = given.basis.threshold("large_payment", accepted, given.fact("case.office"))
    if threshold is None:
        return ["large_payment_unknown"]
    return ["large_payment"] if estimate >= Decimal(threshold) else []


# --- the grounds -----------------------------------------------------------------------------------------------


RESCUE_READS = (
    "case.office",
    "illness.brain_death_at",
    "illness.course",
    "injury.death_at",
    "injury.died",
    "injury.first_diagnosis_at",
)
RESCUE_WRITES = ("illness.forty_eight_hours", "illness.minutes")
RESCUE_LAW = (Source(REGULATION, "15"), Source("劳社部函〔2004〕256号", "3"))


@rule("recognition.forty_eight_hours@1", reads=RESCUE_READS, writes=RESCUE_WRITES, law=RESCUE_LAW)
def forty_eight_hours_1(given: Given) -> dict[str, Value]:
    """Count the forty-eight hours from the first diagnosis by a medical institution to the death.

    A death at the post needs no count (15(1), first case). On the border, with times unknown, and where the brain
    was dead in time but death declared later, a person judges; how wide the border is, is the office's parameter.
    """
    if given.fact("injury.died") is False:
        return {"illness.forty_eight_hours": "survived", "illness.minutes": None}
    diagnosed, died = given.fact("injury.first_diagnosis_at"), given.fact("injury.death_at")
    if diagnosed is None or died is None:
        answer = "within" if given.fact("illness.course") == "died_at_post" else "unknown"
        return {"illness.forty_eight_hours": answer, "illness.minutes": None}
    passed = parse_instant(died) - parse_instant(diagnosed)
    brain = given.fact("illness.brain_death_at")
    to_brain_death = parse_instant(brain) - parse_instant(diagnosed) if brain else None
    answer = _hours_answer(passed, to_brain_death, border=_border(given, shanghai_date(died)))
    return {"illness.forty_eight_hours": answer, "illness.minutes": passed // timedelta(minutes=1)}


@rule("recognition.forty_eight_hours@2", reads=RESCUE_READS, writes=RESCUE_WRITES, law=RESCUE_LAW)
def forty_eight_hours_2(given: Given) -> dict[str, Value]:
    """Count the forty-eight hours; where the office has not said how wide the border is, a person judges the count.

    An empty width is no width of nought: the minutes are shown and nothing is concluded from them. A death at the
    post needs no count.
    """
    counted = forty_eight_hours_1.answer(given)
    if counted["illness.minutes"] is None or given.fact("illness.course") == "died_at_post":
        return counted
    on = shanghai_date(given.fact("injury.death_at"))
    if given.basis.threshold("rescue_border_minutes", on, given.fact("case.office")) is None:
        counted["illness.forty_eight_hours"] = "unset"
    return counted


def _border(given: Given, on: date) -> timedelta:
    """Give the error with which the two times are recorded; where none is set only the very minute is the border."""
    minutes = given.basis.threshold("rescue_border_minutes", on, given.fact("case.office"))
    return timedelta(minutes=minutes or 0)


def _hours_answer(passed: timedelta, to_brain_death: timedelta | None, border: timedelta) -> str:
    if passed < timedelta(0):
        return "unknown"
    if abs(passed - RESCUE) <= border:
        return "border"
    if passed < RESCUE:
        return "within"
    return "brain_death" if to_brain_death is not None and to_brain_death <= RESCUE else "beyond"


@rule(
    "recognition.ground_result@1",
    reads=("ground.effects",),
    writes=("ground.contested", "ground.result"),
    law=(Source(REGULATION, "14"), Source(REGULATION, "15"), Source(REGULATION, "16")),
)
def ground_result_1(given: Given) -> dict[str, Value]:
    """Say what the rows that fired come to; where published outcomes differ, nothing is decided.

    Article 16 overrides 14 and 15; one ground of 14 or 15 that is met is enough, and recognition goes before
    deeming.
    """
    effects = set(given.fact("ground.effects") or [])
    contested = "contested" in effects
    if contested:
        result = "open"
    elif "exclude" in effects:
        result = "not_recognised"
    elif "recognise" in effects:
        result = "recognised"
    elif "deem" in effects:
        result = "deemed"
    else:
        result = "not_recognised" if "not_met" in effects else "open"
    return {"ground.contested": contested, "ground.result": result}


@rule(
    "recognition.draft@1",
    reads=(
        "decision.departs",
        "decision.grounds",
        "decision.result",
        "discussion.opinion",
        "draft.outcome",
        "ground.proposed",
        "ground.result",
    ),
    writes=("draft.objection",),
    law=(Source(MEASURES, "18"), Source(MEASURES, "19")),
)
def draft_1(given: Given) -> dict[str, Value]:
    """Hold a draft to its own grounds, and to a reason where it departs from what was proposed or discussed.

    The officer decides: nothing here binds the result, but a departure nobody explained is not a reasoned one.
    """
    if given.fact("draft.outcome") != "propose":
        return {"draft.objection": None}
    grounds = given.fact("decision.grounds") or []
    article = GROUNDS_OF.get(given.fact("decision.result"))
    if article and not all(ground.startswith(article) for ground in grounds):
        return {"draft.objection": "grounds_do_not_fit"}
    unexplained = _departs(given, grounds) and not given.known("decision.departs")
    return {"draft.objection": "departure_unexplained" if unexplained else None}


def _departs(given: Given, grounds: Iterable[str]) -> bool:
    """Tell whether a draft comes to something else than the grounds, or the discussion, came to."""
    result, found = given.fact("decision.result"), given.fact("ground.result")
    if found in ("recognised", "deemed", "not_recognised") and result != found:
        return True
    if not set(grounds) <= {*(given.fact("ground.proposed") or []), "unmet"}:
        return True
    opinion = given.fact("discussion.opinion")
    return opinion is not None and opinion != ("not_recognise" if result == "not_recognised" else "recognise")


# --- the decision and its service ------------------------------------------------------------------------------


@rule(
    "recognition.remedies@1",
    reads=("case.office", "remedy.court", "remedy.review_organ"),
    writes=("remedy.court", "remedy.review_organ"),
    law=(Source(MEASURES, "19"), Source("行政复议法", "24"), Source("行政诉讼法", "18")),
)
def remedies_1(given: Given) -> dict[str, Value]:
    """Look up the organ of review and the court of the office; what the directory leaves empty an officer enters."""
    record = given.basis.office(given.fact("case.office"))
    return {
        "remedy.review_organ": record["review_body"] or given.fact("remedy.review_organ"),
        "remedy.court": record["court"] or given.fact("remedy.court"),
    }


@rule(
    "recognition.age@1",
    reads=("decision.decided_on", "worker.born_on"),
    writes=("worker.age",),
    law=(Source(MEASURES, "19"),),
)
def age_1(given: Given) -> dict[str, Value]:
    """Give the worker's age in full years on the day of the decision."""
    born, decided = parse_date(given.fact("worker.born_on")), parse_date(given.fact("decision.decided_on"))
    return {"worker.age": age(born, decided)}


DELIVERY_READS = (
    "delivery.acted_on",
    "delivery.received_on",
    "delivery.recipient",
    "delivery.way",
    "document.remedies",
    "service.consenting",
    "service.receipts",
    "service.recipients",
)
DELIVERY_WRITES = (
    "delivery.lawful",
    "delivery.objection",
    "service.acted_on",
    "service.deemed_on",
    "service.effective_at",
    "service.receipts",
    "service.remaining",
)
DELIVERY_LAW = (
    Source(MEASURES, "22"),
    *(Source(CIVIL_PROCEDURE, article) for article in ("87", "88", "89", "90", "91", "92", "95")),
    Source("行政复议法", "20"),
    Source("行政诉讼法", "46"),
)


@rule("recognition.delivery@1", reads=DELIVERY_READS, writes=DELIVERY_WRITES, law=DELIVERY_LAW)
def delivery_1(given: Given) -> dict[str, Value]:
    """Enter one act of service: whether it stands, when the paper counts as served, when the remedies end.

    Lien is done by leaving the paper, public notice thirty days after it appeared; every other way on the day of
    signature, return receipt or arrival in the system. Electronic service needs consent.
    """
    return _entered(given, _objection(given, [row["recipient"] for row in given.fact("service.receipts") or []]))


def _entered(given: Given, objection: str | None) -> dict[str, Value]:
    """Add the act to what is served, unless there is an objection, and say where the service stands."""
    receipts = given.fact("service.receipts") or []
    if objection is None:
        receipts = [*receipts, _receipt(given)]
    served = [row["recipient"] for row in receipts]
    deemed = max((row["deemed_on"] for row in receipts), default=None)
    return {
        "delivery.lawful": objection is None,
        "delivery.objection": objection,
        "service.receipts": receipts,
        "service.remaining": [one for one in given.fact("service.recipients") or [] if one not in served],
        "service.acted_on": max((row["acted_on"] for row in receipts), default=None),
        "service.deemed_on": deemed,
        "service.effective_at": end_of_day(parse_date(deemed)) if deemed else None,
    }


@rule(
    "recognition.delivery@2",
    reads=(*DELIVERY_READS, "document.sealed_on"),
    writes=DELIVERY_WRITES,
    law=DELIVERY_LAW,
)
def delivery_2(given: Given) -> dict[str, Value]:
    """Enter one act of service, none before the paper was sealed and no receipt before the act."""
    objection = _order_objection(given)
    return _entered(given, objection) if objection else delivery_1.answer(given)


def _order_objection(given: Given) -> str | None:
    """Say which day comes before one that it must follow, or null."""
    acted = parse_date(given.fact("delivery.acted_on"))
    sealed, received = _day(given.fact("document.sealed_on")), _day(given.fact("delivery.received_on"))
    if sealed is None or acted < sealed:
        return "before_seal"
    return "received_before_act" if received is not None and received < acted else None


def _objection(given: Given, served: list[str]) -> str | None:
    """Say why an act of service cannot stand, or null."""
    recipient, way = given.fact("delivery.recipient"), given.fact("delivery.way")
    if recipient not in (given.fact("service.recipients") or []):
        return "not_a_party"
    if recipient in served:
        return "already_served"
    if (way == "copy") != (recipient == "agency"):
        return "copy_only"
    if way == "electronic" and recipient not in (given.fact("service.consenting") or []):
        return "no_consent"
    return None


def _receipt(given: Given) -> dict[str, Value]:
    acted = parse_date(given.fact("delivery.acted_on"))
    deemed = _deemed_day(given, acted)
    row = {
        "recipient": given.fact("delivery.recipient"),
        "way": given.fact("delivery.way"),
        "acted_on": acted.isoformat(),
        "deemed_on": deemed.isoformat(),
    }
    if given.fact("document.remedies") and row["recipient"] != "agency":
        row["review_until"] = _last_day(given, "D09", deemed).isoformat()
        row["suit_until"] = _last_day(given, "D10", deemed).isoformat()
    return row


def _deemed_day(given: Given, acted: date) -> date:
    way = given.fact("delivery.way")
    if way == "public_notice":
        return parse_date(_started(given, "D30", acted)["unrolled_on"])
    if way in DONE_BY_THE_ACT:
        return acted
    return _day(given.fact("delivery.received_on")) or acted


# --- the end of the case ---------------------------------------------------------------------------------------


@rule(
    "recognition.withdrawal@1",
    reads=("case.office", "withdrawal.requested_on"),
    writes=("withdrawal.requested_on",),
    law=(Source(KUNMING_2021, "4"),),
)
def withdrawal_1(given: Given) -> dict[str, Value]:
    """Let an application be withdrawn where the office has that practice.

    The law knows no withdrawal, so it is local practice, a parameter of the office. Where the office does not have
    it the step is refused whole: the case stays as it was.
    """
    asked = _day(given.fact("withdrawal.requested_on")) or given.today
    office = given.fact("case.office")
    if not given.basis.parameter("withdrawal_accepted", asked, office):
        raise RuleRefusedError("withdrawal_not_practised", office=office)
    return {"withdrawal.requested_on": asked.isoformat()}


@rule(
    "recognition.withdrawal@2",
    reads=("case.office", "decision.decided_on", "non_acceptance.decided_on", "withdrawal.requested_on"),
    writes=("withdrawal.answer", "withdrawal.question", "withdrawal.requested_on"),
    law=(Source(KUNMING_2021, "4"),),
)
def withdrawal_2(given: Given) -> dict[str, Value]:
    """Say whether an application may be withdrawn by the practice of the office, or that a person must judge.

    The law knows no withdrawal. Where the office has not said what its practice is, and once a decision was made,
    an officer judges with reasons; the case goes on meanwhile.
    """
    asked = _day(given.fact("withdrawal.requested_on")) or given.today
    practised = given.basis.threshold("withdrawal_accepted", asked, given.fact("case.office"))
    if practised is None:
        answer, question = "ask", "practice_unset"
    elif not practised:
        answer, question = "refused", "not_practised"
    elif given.known("decision.decided_on") or given.known("non_acceptance.decided_on"):
        answer, question = "ask", "decision_made"
    else:
        answer, question = "granted", None
    return {
        "withdrawal.requested_on": asked.isoformat(),
        "withdrawal.answer": answer,
        "withdrawal.question": question,
    }


@rule(
    "recognition.catalogue@1",
    reads=(
        "materials.received",
        *(f"{paper}.{field}" for paper in PAPERS for field in ("issued_on", "number")),
        *SERVICES,
        "discussion.held_on",
        "investigation.records",
    ),
    writes=("archive.catalogue",),
    law=(Source(MEASURES, "24"),),
)
def catalogue_1(given: Given) -> dict[str, Value]:
    """Propose the catalogue of the file: papers and receipts by their days, then what was handed in.

    The archivist adds the pages, and whatever else lies in the file.
    """
    rows = [*_papers(given), *_receipts(given), *_records(given)]
    dated = sorted(rows, key=lambda row: row["made_on"])
    handed_in = [{"title": MATERIALS[item]} for item in given.fact("materials.received") or []]
    return {"archive.catalogue": [*dated, *handed_in]}


def _papers(given: Given) -> Iterator[dict[str, Value]]:
    for paper, title in PAPERS.items():
        issued, number = given.fact(f"{paper}.issued_on"), given.fact(f"{paper}.number")
        if issued:
            yield {"title": title, "made_on": issued} | ({"number": number} if number else {})


def _receipts(given: Given) -> Iterator[dict[str, Value]]:
    for receipts, paper in SERVICES.items():
        served = given.fact(receipts)
        if served:
            yield {"title": f"送达回证（{paper}）", "made_on": max(row["acted_on"] for row in served)}


def _records(given: Given) -> Iterator[dict[str, Value]]:
    """Give what the investigation and the discussion left in the file; whom a record is about is not listed."""
    for record in given.fact("investigation.records") or []:
        yield {"title": RECORDS[record["kind"]], "made_on": record["taken_on"]}
    if given.known("discussion.held_on"):
        yield {"title": "集体讨论记录", "made_on": given.fact("discussion.held_on")}


@rule(
    "recognition.keep_until@1",
    reads=("archive.ended_on",),
    writes=("archive.keep_until",),
    law=(Source(MEASURES, "24"),),
)
def keep_until_1(given: Given) -> dict[str, Value]:
    """Keep the file for fifty years from the end of the case; the day never rolls."""
    return {"archive.keep_until": _started(given, "D08", parse_date(given.fact("archive.ended_on")))["unrolled_on"]}


# --- counting --------------------------------------------------------------------------------------------------


def _started(given: Given, limit: str, starts: date) -> dict[str, Value]:
    """Give the record of a limit counted from a day, which for service by public notice lies ahead."""
    return deadlines.start(given.basis, f"{limit}#1", starts, max(starts, given.today))


def _last_day(given: Given, limit: str, starts: date, delayed: int = 0) -> date:
    """Give the last day of a limit that began on a day, rolled to a workday once and last."""
    unrolled = parse_date(_started(given, limit, starts)["unrolled_on"]) + timedelta(days=delayed)
    return given.basis.calendar.next_workday(unrolled)


def _day(text: str | None) -> date | None:
    return parse_date(text) if text else None


def _day_of(instant: str | None) -> date | None:
    return shanghai_date(instant) if instant else None
