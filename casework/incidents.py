"""Incidents: what stopped for a technical reason, with the input that was not recorded, until an operator answers."""

import storage.acts
import storage.incidents
from casework import advance, people, registers, working
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError, NotAllowedError, NotFoundError, RefusedError
from engine.values import decode
from storage import Tx
from storage.incidents import IncidentRow


def _require_operator(ctx: Context, tx: Tx, person: str) -> None:
    if not people.person_in(ctx, tx, person).holds({people.ADMINISTRATOR}):
        raise NotAllowedError("not_administrator")


def listing(ctx: Context, person: str) -> list[IncidentRow]:
    """List the incidents that wait, the oldest first; the kept inputs are not shown.

    Raises:
        NotAllowedError: the person is no administrator.
    """
    with ctx.database.reading() as tx:
        _require_operator(ctx, tx, person)
        return storage.incidents.list_open(tx)


def retry(ctx: Context, person: str, incident: str, reason: str) -> bool:
    """Submit the kept input of an incident again; gives whether it went through.

    What fails again is a new incident. The input counts from the instant of the retry; the dates it tells are
    those it told before.

    Raises:
        NotAllowedError: the person is no administrator.
        RefusedError: no reason, or the incident was closed before.
        NotFoundError: no such incident.
    """
    if not reason.strip():
        raise RefusedError("reason_required")
    with ctx.database.writing() as tx:
        _require_operator(ctx, tx, person)
        row = storage.incidents.get(tx, incident)
        if row is None:
            raise NotFoundError("incident_unknown", incident=incident)
        if not storage.incidents.close(tx, incident, how="retried", at=ctx.now(), by=person):
            raise RefusedError("incident_closed", incident=incident)
        payload = {"incident.id": incident, "register.reason": reason.strip()}
        registers.record(ctx, tx, "incidents", "incident_retried", person, payload)
    if row.case is None:
        return False
    if row.reason == working.ACT_FAILED:
        # The act is still wanted; with its incident closed the next sweep wakes it.
        return True
    try:
        advance.submit(ctx, row.case, Arrival(**decode(row.input)))
    except IncidentError:
        return False
    return True
