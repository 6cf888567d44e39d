"""The service of a paper: whether it stands, when it takes effect, when remedies end (办法 22, 民事诉讼法 87-95)."""

from datetime import date

from handlers.law import Value
from handlers.law.dates import end_of_day, parse_date
from handlers.law.sources import Source
from handlers.recognition.words import CIVIL_PROCEDURE, MEASURES, day, last_day, started
from handlers.rule import Given, rule

#: Ways of service that are done by the act itself.
DONE_BY_THE_ACT = frozenset({"lien", "copy"})
#: Ways of service nobody receives the paper by; the others are done when it is received.
NOT_RECEIVED = DONE_BY_THE_ACT | {"public_notice"}


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


@rule(
    "recognition.delivery@3",
    reads=(*DELIVERY_READS, "document.sealed_on"),
    writes=DELIVERY_WRITES,
    law=DELIVERY_LAW,
)
def delivery_3(given: Given) -> dict[str, Value]:
    """Enter one act of service; a day of receipt told with an earlier one is not held against a way without receipt."""
    objection = _order_objection(given)
    if objection == "received_before_act" and given.fact("delivery.way") in NOT_RECEIVED:
        objection = None
    return _entered(given, objection) if objection else delivery_1.answer(given)


def _order_objection(given: Given) -> str | None:
    """Say which day comes before one that it must follow, or null."""
    acted = parse_date(given.fact("delivery.acted_on"))
    sealed, received = day(given.fact("document.sealed_on")), day(given.fact("delivery.received_on"))
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
        row["review_until"] = last_day(given, "D09", deemed).isoformat()
        row["suit_until"] = last_day(given, "D10", deemed).isoformat()
    return row


def _deemed_day(given: Given, acted: date) -> date:
    way = given.fact("delivery.way")
    if way == "public_notice":
        return parse_date(started(given, "D30", acted)["unrolled_on"])
    if way in DONE_BY_THE_ACT:
        return acted
    return day(given.fact("delivery.received_on")) or acted


@rule(
    "recognition.seal@1",
    reads=("decision.decided_on", "seal.applied_on"),
    writes=("seal.objection",),
    law=(Source(MEASURES, "19"),),
)
def seal_1(given: Given) -> dict[str, Value]:
    """Refuse a seal dated before the decision that it is put on."""
    early = parse_date(given.fact("seal.applied_on")) < parse_date(given.fact("decision.decided_on"))
    return {"seal.objection": "before_decision" if early else None}


@rule(
    "recognition.paper_seal@1",
    reads=("document.issued_on", "document.sealed_on"),
    writes=("document.seal_objection",),
    law=(Source(MEASURES, "19"),),
)
def paper_seal_1(given: Given) -> dict[str, Value]:
    """Refuse a seal dated before the paper that it is put on, so that no service comes before the paper either."""
    paper, sealed = day(given.fact("document.issued_on")), parse_date(given.fact("document.sealed_on"))
    early = paper is not None and sealed < paper
    return {"document.seal_objection": "before_paper" if early else None}
