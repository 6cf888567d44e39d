"""Incidents: what stopped for a technical reason, with the input that was not recorded, until an operator answers.

An act that cannot succeed may be given up where its diagram has a way on: an error event on the border of its service
task, or round it, that catches ``given_up`` or any error. The number it had reserved is void by the same transaction,
and the answering entry says why.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import storage.cases
import storage.incidents
from casework import advance, documents, library, people, registry, working
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError, NotAllowedError, NotFoundError, RefusedError
from engine import EngineError, Event
from engine.model import GIVEN_UP
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
    #: Give the act up that failed: the case goes the way its diagram has for that.
    GIVE_UP = "give_up"


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
        return [
            Incident(row.id, row.case, row.address, row.reason, row.detail, row.created_at, _answers(ctx, tx, row))
            for row in storage.incidents.list_open(tx)
        ]


def _answers(ctx: Context, tx: Tx, row: IncidentRow) -> frozenset[Answer]:
    if row.case is None:
        return frozenset({Answer.DROP})
    if row.reason == working.ACT_FAILED and _has_way_on(ctx, tx, row.case, _given_up(row, "", "")):
        return frozenset({Answer.LOOK_AGAIN, Answer.GIVE_UP})
    if row.reason in working.LOOKED_AT_AGAIN:
        return frozenset({Answer.LOOK_AGAIN})
    return frozenset({Answer.RETRY, Answer.DROP} if _is_brought_again(row) else {Answer.RETRY})


def _given_up(row: IncidentRow, person: str, reason: str) -> Arrival:
    """Make the answer of an act that is given up; its key is that of the answer the act itself would bring."""
    address = (row.address or "").removeprefix("act:")
    return Arrival("act_answered", person, f"act:{address}", address, {GIVEN_UP: reason})


def _has_way_on(ctx: Context, tx: Tx, case_id: str, given_up: Arrival) -> bool:
    """Tell whether a case could go on if an act were given up, by taking that step on a copy of it."""
    case = advance.require(storage.cases.get(tx, case_id), case_id)
    if case.state != "open":
        return False
    _hash, basis = library.newest_basis(ctx, tx)
    at = max(ctx.now(), case.at)
    event = Event(case.seq + 1, given_up.kind, at, given_up.actor, None, given_up.address, given_up.payload)
    try:
        advance.fold(advance.definition_of(ctx, tx, case), basis, advance.load(ctx, tx, case), event)
    except EngineError:
        return False
    return True


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
    look_again = row.reason in working.LOOKED_AT_AGAIN
    went_through = look_again or _submit(ctx, row.case, Arrival(**decode(row.input)))
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
        if Answer.DROP not in _answers(ctx, tx, row):
            raise RefusedError("incident_needed", incident=incident)
    _answer(ctx, person, incident, "dropped", reason)


def give_up(ctx: Context, person: str, incident: str, reason: str) -> None:
    """Give an act up that cannot succeed: its number is void, and the case goes the way its diagram has for that.

    Raises:
        NotAllowedError: the person is no administrator.
        RefusedError: no reason, the incident was closed before, it is none of an act, or the diagram has no way on.
        NotFoundError: no such incident.
        IncidentError: the step failed all the same; the answer is kept.
    """
    said = _require_reason(reason)
    with advance.writing(ctx) as tx:
        row = _waiting(ctx, tx, person, incident)
        if row.case is None or Answer.GIVE_UP not in _answers(ctx, tx, row):
            raise RefusedError("no_way_on", incident=incident)
        given_up = _given_up(row, person, said)
        documents.void_given_up(ctx, tx, person, row.case, given_up.address or "", said)
        case = advance.lock(tx, row.case)
        advance.advance(ctx, tx, case, advance.load(ctx, tx, case), given_up)
        _close(ctx, tx, person, incident, "given_up", said)


def _require_reason(reason: str) -> str:
    if not reason.strip():
        raise RefusedError("reason_required")
    return reason.strip()


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
    with ctx.database.writing() as tx:
        _close(ctx, tx, person, incident, how, reason.strip())


def _close(ctx: Context, tx: Tx, person: str, incident: str, how: str, reason: str) -> None:
    """Close an incident, in its table and in the register's chain; of two operators the first counts."""
    if storage.incidents.close(tx, incident, how=how, at=ctx.now(), by=person):
        payload = {"incident.id": incident, "register.reason": reason}
        registry.record(ctx, tx, "incidents", f"incident_{how}", person, payload)
