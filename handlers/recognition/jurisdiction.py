"""Who answers for the injury, and before which office (法释〔2014〕9号 3, 昆人社通〔2021〕168号)."""

from collections.abc import Mapping

from handlers.law import Value
from handlers.law.sources import Source
from handlers.recognition.words import KUNMING_2021, REGULATION, SUPREME_COURT_2014
from handlers.rule import Given, rule

#: Engagements in which a unit answers although it has no employment relation with the worker (法释〔2014〕9号 3).
NO_RELATION_NEEDED = frozenset({"subcontract", "affiliation"})


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


@rule(
    "recognition.judged_office@1",
    reads=("case.office", "jurisdiction.here", "jurisdiction.office", "jurisdiction.outside"),
    writes=("jurisdiction.objection",),
    law=(Source(KUNMING_2021, "1"),),
)
def judged_office_1(given: Given) -> dict[str, Value]:
    """Send a judgement back that denies this office's competence and names this office as the competent one."""
    elsewhere = given.fact("jurisdiction.here") is False and not given.fact("jurisdiction.outside")
    own = elsewhere and given.fact("jurisdiction.office") == given.fact("case.office")
    return {"jurisdiction.objection": "own_office" if own else None}


@rule(
    "recognition.judged_office@2",
    reads=("case.office", "jurisdiction.here", "jurisdiction.office", "jurisdiction.outside"),
    writes=("jurisdiction.objection",),
    law=(Source(KUNMING_2021, "1"),),
)
def judged_office_2(given: Given) -> dict[str, Value]:
    """Send a judgement back that names this office as another one, or one that decides no recognition.

    A zone of which nobody knows whether it decides in its own name may be the competent one: a person has judged it.
    """
    if given.fact("jurisdiction.here") is not False or given.fact("jurisdiction.outside"):
        return {"jurisdiction.objection": None}
    record = given.basis.value["offices"].get(given.fact("jurisdiction.office"), {"authority": False})
    no_office = "not_competent" if record["authority"] is False else None
    return {"jurisdiction.objection": judged_office_1.answer(given)["jurisdiction.objection"] or no_office}
