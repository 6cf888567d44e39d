"""Incidents: technical failures that stopped a case, each with the input that was not recorded."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, bindparam, exists, select
from uuid_utils import uuid7

from storage.database import Tx
from storage.rows import many, one, parameters, run
from storage.tables import incident


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A failure that waits for an operator.

    Attributes:
        id: UUIDv7 as text.
        case: id of the case, or null.
        address: where in the case, or null.
        reason: one word.
        detail: for the operator.
        input: canonical bytes of what was not recorded.
        created_at: when.
        closed_at: when an operator closed it, or null.
        closed_by: who, or null.
        how: ``retried``, ``dropped``, ``given_up``, or null.
    """

    id: str
    case: str | None
    address: str | None
    reason: str
    detail: str
    input: bytes
    created_at: str
    closed_at: str | None = None
    closed_by: str | None = None
    how: str | None = None


_INCIDENT: Final = [incident.c[name] for name in IncidentRow.__slots__]

_OPEN: Final = incident.insert()
_GET: Final = select(*_INCIDENT).where(incident.c.id == bindparam("id"))
_LOCK: Final = _GET.with_for_update()
_LIST_OPEN: Final = (
    select(*_INCIDENT)
    .where(incident.c.closed_at.is_(None), incident.c.id > bindparam("after"))
    .order_by(incident.c.id)
    .limit(bindparam("limit"))
)
_OF_CASE: Final = select(*_INCIDENT).where(incident.c.case == bindparam("case")).order_by(incident.c.id)
#: The same input that failed before a case was: what is brought again after it, in the same words.
_SAME: Final = select(*_INCIDENT).where(
    incident.c.case.is_(None),
    incident.c.closed_at.is_(None),
    incident.c.address == bindparam("address"),
    incident.c.reason == bindparam("reason"),
    incident.c.input == bindparam("input"),
)
_CLOSE: Final = incident.update().where(incident.c.id == bindparam("_id"), incident.c.closed_at.is_(None))
#: What was given up before there was a case: no order could name the case to have it erased.
_FORGET: Final = (
    incident.update()
    .where(incident.c.id == bindparam("_id"), incident.c.case.is_(None), incident.c.how == "dropped")
    .values(input=b"{}", detail="")
)


def open(  # noqa: A001, PLR0913 - what one does with an incident; its columns, each given by name
    tx: Tx,
    *,
    case: str | None,
    address: str | None,
    reason: str,
    detail: str,
    input: bytes,  # noqa: A002 - its column
    at: str,
) -> str:
    """Keep what failed; the same input that fails again before there is a case is the same incident.

    Returns:
        The incident's id.
    """
    if case is None and (before := one(tx, _SAME, IncidentRow, address=address, reason=reason, input=input)):
        return before.id
    row = IncidentRow(str(uuid7()), case, address, reason, detail, input, at)
    run(tx, _OPEN, parameters(row))
    return row.id


def none_open(case: ColumnElement[str], address: ColumnElement[str]) -> ColumnElement[bool]:
    """Give the condition that no incident at an address of a case waits: what stands in one is not tried again."""
    waiting = (incident.c.case == case) & (incident.c.address == address) & incident.c.closed_at.is_(None)
    return ~exists().where(waiting)


def get(tx: Tx, id: str) -> IncidentRow | None:  # noqa: A002 - its column
    """Read an incident; in a writing transaction it is held, so that two operators do not retry it at once."""
    return one(tx, _LOCK if tx.writable else _GET, IncidentRow, id=id)


def list_open(tx: Tx, after: str = "", limit: int = 100) -> list[IncidentRow]:
    """List incidents that wait, the oldest first, a page at a time."""
    return many(tx, _LIST_OPEN, IncidentRow, after=after, limit=limit)


def of_case(tx: Tx, case: str) -> list[IncidentRow]:
    """List a case's incidents, closed ones too, the oldest first."""
    return many(tx, _OF_CASE, IncidentRow, case=case)


def close(tx: Tx, id: str, *, how: str, at: str, by: str) -> bool:  # noqa: A002 - its column
    """Close an incident; the input of one that belongs to no case is forgotten when it is dropped.

    Returns:
        Whether it was open until now.
    """
    closed = run(tx, _CLOSE, {"_id": id, "how": how, "closed_at": at, "closed_by": by}).rowcount == 1
    run(tx, _FORGET, {"_id": id})
    return closed
