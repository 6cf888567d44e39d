"""Incidents: what stopped for a technical reason, with the input that was not recorded, until an operator answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import storage.incidents
from casework import advance, people, registry, working
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError, NotAllowedError, NotFoundError, RefusedError
from engine.values import decode
from storage import Tx
from storage.errors import TakenError
from storage.incidents import IncidentRow

#: Kinds of input that their person can bring again: the task or the proposal is as it was.
_BROUGHT_AGAIN: Final = frozenset({"task_completed", "fact_corrected", "closed", "opened"})


class Answer(StrEnum):
    """What an operator may do about an incident."""

    #: Submit the kept input again.
    RETRY = "retry"
    #: Have a worker look again: there is no input to submit.
    LOOK_AGAIN = "look_again"
    #: Give the kept input up.
    DROP = "drop"


@dataclass(frozen=True)
class Incident:
    """A failure that waits for an operator.

    Attributes:
        id: UUIDv7 as text.
        case: id of the case, or null where it was never opened.
        address: where in the case, or null.
        reason: one word.
        detail: for the operator.
        created_at: instant.
        answers: that it takes; every other one is refused.
    """

    id: str
    case: str | None
    address: str | None
    reason: str
    detail: str
    created_at: str
    answers: frozenset[Answer]


def _require_operator(ctx: Context, tx: Tx, person: str) -> None:
    if not people.person_in(ctx, tx, person).holds({people.ADMINISTRATOR}):
        raise NotAllowedError("not_administrator")


def listing(ctx: Context, person: str) -> list[Incident]:
    """List the incidents that wait with the answers each takes, the oldest first; the kept inputs are not shown.

    Raises:
        NotAllowedError: the person is no administrator.
    """
    with ctx.database.reading() as tx:
        _require_operator(ctx, tx, person)
        rows = storage.incidents.list_open(tx)
    return [
        Incident(row.id, row.case, row.address, row.reason, row.detail, row.created_at, _answers(row)) for row in rows
    ]


def _answers(row: IncidentRow) -> frozenset[Answer]:
    if row.case is None:
        return frozenset({Answer.DROP})
    if row.reason in working.LOOKED_AT_AGAIN:
        return frozenset({Answer.LOOK_AGAIN})
    return frozenset({Answer.RETRY, Answer.DROP} if _is_brought_again(row) else {Answer.RETRY})


def _is_brought_again(row: IncidentRow) -> bool:
    """Tell whether a person brought the input and can do so again; what a worker brings comes once."""
    kept = decode(row.input)
    by_hand = kept.get("kind") == "message_received" and kept.get("actor") != working.MESSAGE
    return by_hand or kept.get("kind") in _BROUGHT_AGAIN


def retry(ctx: Context, person: str, incident: str, reason: str) -> bool:
    """Submit the kept input of an incident again; gives whether it went through.

    What fails again is a new incident. The input counts from the instant of the retry; the dates it tells are
    those it told before. The input is submitted before the incident is closed, so that it is lost in no crash;
    its key keeps it from being taken twice.

    Raises:
        NotAllowedError: the person is no administrator.
        RefusedError: no reason, the incident was closed before, or its case was never opened.
        NotFoundError: no such incident.
    """
    _require_reason(reason)
    with ctx.database.reading() as tx:
        row = _waiting(ctx, tx, person, incident)
    if row.case is None:
        raise RefusedError("incident_without_case", incident=incident)
    # An act that failed is still wanted: with its incident closed a worker finds it by itself, as what stands still.
    went_through = Answer.LOOK_AGAIN in _answers(row) or _submit(ctx, row.case, Arrival(**decode(row.input)))
    _answer(ctx, person, incident, "retried", reason)
    return went_through


def _submit(ctx: Context, case_id: str, arrival: Arrival) -> bool:
    """Submit an input; one that is in the history by now, or that nothing waits for, needs nothing more."""
    try:
        advance.submit(ctx, case_id, arrival)
    except IncidentError:
        return False
    except RefusedError as error:
        if error.code not in ("not_waiting", "case_ended"):
            raise
    except TakenError as error:
        if error.constraint != "uq_entry_case_key":
            raise
    return True


def drop(ctx: Context, person: str, incident: str, reason: str) -> None:
    """Give the kept input of an incident up: its person brings it again, or nobody wants it.

    Raises:
        NotAllowedError: the person is no administrator.
        RefusedError: no reason, the incident was closed before, or the case would wait for the input for ever.
        NotFoundError: no such incident.
    """
    _require_reason(reason)
    with ctx.database.reading() as tx:
        row = _waiting(ctx, tx, person, incident)
    if Answer.DROP not in _answers(row):
        raise RefusedError("incident_needed", incident=incident)
    _answer(ctx, person, incident, "dropped", reason)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RefusedError("reason_required")


def _waiting(ctx: Context, tx: Tx, person: str, incident: str) -> IncidentRow:
    """Give an incident that waits, to an operator."""
    _require_operator(ctx, tx, person)
    row = storage.incidents.get(tx, incident)
    if row is None:
        raise NotFoundError("incident_unknown", incident=incident)
    if row.closed_at is not None:
        raise RefusedError("incident_closed", incident=incident)
    return row


def _answer(ctx: Context, person: str, incident: str, how: str, reason: str) -> None:
    """Close an incident, in its table and in the register's chain; of two operators the first counts."""
    with ctx.database.writing() as tx:
        if storage.incidents.close(tx, incident, how=how, at=ctx.now(), by=person):
            payload = {"incident.id": incident, "register.reason": reason.strip()}
            registry.record(ctx, tx, "incidents", f"incident_{how}", person, payload)
