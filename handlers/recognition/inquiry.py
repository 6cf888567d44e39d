"""How the facts are found: the track, the burden of proof, the suspension (条例 19-20, 办法 17-21)."""

from datetime import timedelta

from handlers.law import Value
from handlers.law.dates import end_of_day, parse_date
from handlers.law.sources import Source
from handlers.recognition.words import CONVENIENCE_2018, KUNMING_2021, MEASURES, REGULATION
from handlers.rule import Given, rule

#: Certificates of an occupational disease that make an investigation needless (条例 19).
DISEASE_CERTIFICATES = frozenset({"diagnosis", "appraisal"})


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
    if given.fact("accident.serious_safety_accident"):
        proposed, why = "green", "serious_accident"
    elif given.fact("track.public_concern"):
        proposed, why = "green", "public_concern"
    elif given.fact("injury.died"):
        proposed, why = "ordinary", "death"
    elif given.fact("track.facts_clear") and _agrees(given):
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
    asked = given.known("evidence.consequence")
    return {"evidence.required": not _agrees(given) and not asked, "investigation.required": not _certified(given)}


def _agrees(given: Given) -> bool:
    """Tell whether the employer itself holds the injury to be one of work: it applied, or agrees."""
    return bool(given.fact("applicant.kind") == "employer" or given.fact("employer.position") == "agrees")


def _certified(given: Given) -> bool:
    disease = given.fact("accident.kind") == "occupational_disease"
    return disease and given.fact("disease.certificate_kind") in DISEASE_CERTIFICATES


SUSPENSION_READS = ("suspension.conclusion_on_file", "suspension.ground", "suspension.needed")
SUSPENSION_WRITES = ("suspension.allowed", "suspension.objection")
SUSPENSION_LAW = (Source(REGULATION, "20"), Source(MEASURES, "20"))


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


@rule("recognition.suspension_ground@1", reads=SUSPENSION_READS, writes=SUSPENSION_WRITES, law=SUSPENSION_LAW)
def suspension_ground_1(given: Given) -> dict[str, Value]:
    """Refuse a suspension that waits for nothing outside the office.

    Only the conclusion of a judicial organ or of the competent administration stops the time, and only while it is
    outstanding: not one on file, nor the office's own deliberation, nor a referral.
    """
    if not given.fact("suspension.needed"):
        return {"suspension.allowed": None, "suspension.objection": None}
    objection = _waits_for_nothing(given.fact("suspension.ground"), given.fact("suspension.conclusion_on_file"))
    return {"suspension.allowed": objection is None, "suspension.objection": objection}


def _waits_for_nothing(ground: Value, on_file: Value) -> str | None:
    """Say why a suspension would wait for nothing outside the office; null where it waits for something."""
    if ground in ("own_deliberation", "referral"):
        return str(ground)
    return "conclusion_on_file" if on_file else None


PLAN_READS = (
    *SUSPENSION_READS,
    "accident.kind",
    "applicant.kind",
    "disease.certificate_kind",
    "disease.lawful",
    "employer.position",
    "evidence.required",
    "investigation.required",
)
PLAN_WRITES = (*SUSPENSION_WRITES, "inquiry.objection", "suspensions.asked")
PLAN_LAW = (Source(REGULATION, "19"), Source(MEASURES, "13"), Source(MEASURES, "17"), *SUSPENSION_LAW)


@rule("recognition.inquiry_plan@1", reads=PLAN_READS, writes=PLAN_WRITES, law=PLAN_LAW)
def inquiry_plan_1(given: Given) -> dict[str, Value]:
    """Hold a plan of the inquiry to what the law lets it order, and note the suspension it asks for.

    No burden of proof for an employer that applied or agrees, no investigation of what a lawful certificate proves,
    no suspension that waits for nothing outside the office.
    """
    suspension = suspension_ground_1.answer(given)
    if given.fact("evidence.required") and _agrees(given):
        objection = "no_burden"
    elif given.fact("investigation.required") and given.fact("disease.lawful") and _certified(given):
        objection = "certified"
    else:
        objection = suspension["suspension.objection"]
    asks = given.fact("suspension.needed") and objection is None
    asked = [given.fact("suspension.ground")] if asks else []
    return suspension | {"inquiry.objection": objection, "suspensions.asked": asked}


@rule("recognition.inquiry_plan@2", reads=(*PLAN_READS, "evidence.consequence"), writes=PLAN_WRITES, law=PLAN_LAW)
def inquiry_plan_2(given: Given) -> dict[str, Value]:
    """Hold a plan to the law, and leave no employer that denies the injury without the burden of proof.

    It is asked once; what a lawful certificate of a disease proves needs no further evidence (条例 19).
    """
    planned = inquiry_plan_1.answer(given)
    if planned["inquiry.objection"] is not None or given.fact("evidence.required") or not _must_prove(given):
        return planned
    return planned | {"inquiry.objection": "burden_is_employers", "suspensions.asked": []}


def _must_prove(given: Given) -> bool:
    """Tell whether an employer denies what the worker's side claims and has not been asked for evidence."""
    denies = given.fact("applicant.kind") != "employer" and given.fact("employer.position") == "disagrees"
    proven = given.fact("disease.lawful") and _certified(given)
    return denies and not proven and not given.known("evidence.consequence")


@rule(
    "recognition.inquiry_change@1",
    reads=(
        "change.awaited",
        "change.conclusion_on_file",
        "change.ground",
        "change.organ",
        "change.suspend",
        "suspensions.answered",
        "suspensions.asked",
        "suspensions.ended",
    ),
    writes=(
        "change.objection",
        "suspension.awaited",
        "suspension.ground",
        "suspension.organ",
        "suspensions.asked",
    ),
    law=SUSPENSION_LAW,
)
def inquiry_change_1(given: Given) -> dict[str, Value]:
    """Hold a suspension asked for during the inquiry to the law, and pass it on to be approved.

    Beside what no suspension may wait for, none is begun twice on one ground; and as one approval is given at a time,
    nothing is put in the place of what the approver has before them.
    """
    if not given.fact("change.suspend"):
        return {"change.objection": None}
    ground = given.fact("change.ground")
    objection = _waits_for_nothing(ground, given.fact("change.conclusion_on_file")) or _under_way(given, ground)
    if objection is not None:
        return {"change.objection": objection}
    asked = {f"suspension.{field}": given.fact(f"change.{field}") for field in ("awaited", "ground", "organ")}
    return asked | {"change.objection": None, "suspensions.asked": [ground]}


def _under_way(given: Given, ground: Value) -> str | None:
    """Say whether a suspension asked for before stands against another one on a ground."""
    asked, answered, ended = (given.fact(f"suspensions.{what}") or [] for what in ("asked", "answered", "ended"))
    if asked.count(ground) > ended.count(ground):
        return "already_running"
    return "awaiting_approval" if len(asked) > len(answered) else None
