"""What the facts come to: grounds, discussion, draft, and what the decision must say (条例 14-16, 办法 18-19)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from handlers.law import Value
from handlers.law.dates import parse_date, parse_instant, shanghai_date
from handlers.law.identity import age
from handlers.law.sources import Source
from handlers.recognition.words import KUNMING_2021, MEASURES, REGULATION
from handlers.rule import Given, rule

#: How long after the first diagnosis a death still counts as one of 15(1).
RESCUE = timedelta(hours=48)
#: The article whose grounds each result rests on; a refusal may rest on any that is not met (条例 14-16).
GROUNDS_OF = {"recognised": "14.", "deemed": "15."}


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
