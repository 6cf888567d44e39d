"""What an application must bring, and the one notice that asks for what it lacks (条例 18, 办法 6-8)."""

from handlers.law import Value
from handlers.law.sources import Source
from handlers.recognition.words import MEASURES, REGULATION
from handlers.rule import Given, rule

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


@rule(
    "recognition.supplement_completed@2",
    reads=("supplement.arrivals", "supplement.ended", "supplement.items", "supplement.other"),
    writes=("supplement.completed_on", "supplement.outstanding"),
    law=(Source(MEASURES, "8"),),
)
def supplement_completed_2(given: Given) -> dict[str, Value]:
    """Give the day the last missing material arrived; while something asked for has not, nothing is complete."""
    arrived = {row["item"] for row in given.fact("supplement.arrivals") or []}
    asked = [*(given.fact("supplement.items") or []), *(["other"] if given.known("supplement.other") else [])]
    outstanding = [item for item in asked if item not in arrived]
    answer = {"supplement.completed_on": None} if outstanding else supplement_completed_1.answer(given)
    return answer | {"supplement.outstanding": outstanding}
