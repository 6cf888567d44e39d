"""Acts: what cases want done outside the engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, literal, select

from storage.database import Tx
from storage.incidents import none_open
from storage.rows import Upsert, many, one, parameters, run_all
from storage.tables import act


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act wanted by a case.

    Attributes:
        case: id of the case.
        address: where in the case.
        act: its name, ``issue_document``.
        given: its inputs, canonical bytes.
        wanted_at: since when.
        state: ``wanted``, ``done``, ``cancelled``.
        finished_at: when it was answered or cancelled, or null.
    """

    case: str
    address: str
    act: str
    given: bytes
    wanted_at: str
    state: str = "wanted"
    finished_at: str | None = None


_ACT: Final = [act.c[name] for name in ActRow.__slots__]

_WANT: Final = Upsert(act)
_GET: Final = select(*_ACT).where(act.c.case == bindparam("case"), act.c.address == bindparam("address"))
_OF_CASE: Final = select(*_ACT).where(act.c.case == bindparam("case")).order_by(act.c.wanted_at, act.c.address)
_WANTED: Final = (
    select(*_ACT)
    .where(
        act.c.state == "wanted",
        act.c.wanted_at <= bindparam("before", type_=act.c.wanted_at.type),
        none_open(act.c.case, literal("act:") + act.c.address),
    )
    .order_by(act.c.wanted_at, act.c.case, act.c.address)
    .limit(bindparam("limit"))
)
_SETTLE: Final = act.update().where(
    act.c.case == bindparam("_case"), act.c.address == bindparam("_address"), act.c.state == "wanted"
)


def want(tx: Tx, rows: Iterable[ActRow]) -> None:
    """Write acts a step wanted."""
    run_all(tx, _WANT(tx), (parameters(row) for row in rows))


def get(tx: Tx, case: str, address: str) -> ActRow | None:
    """Read one act."""
    return one(tx, _GET, ActRow, case=case, address=address)


def of_case(tx: Tx, case: str) -> list[ActRow]:
    """List a case's acts in the order they were wanted."""
    return many(tx, _OF_CASE, ActRow, case=case)


def wanted(tx: Tx, before: str, limit: int = 500) -> list[ActRow]:
    """List acts wanted by an instant and still, the oldest first.

    Those that stand in an open incident (``act:ADDRESS``) are left out.
    """
    return many(tx, _WANTED, ActRow, before=before, limit=limit)


def finish(tx: Tx, case: str, address: str, at: str) -> None:
    """Mark an act as answered."""
    run_all(tx, _SETTLE, [{"_case": case, "_address": address, "state": "done", "finished_at": at}])


def cancel(tx: Tx, case: str, addresses: Iterable[str], at: str) -> None:
    """Mark acts the case no longer waits for."""
    run_all(
        tx,
        _SETTLE,
        ({"_case": case, "_address": address, "state": "cancelled", "finished_at": at} for address in addresses),
    )
