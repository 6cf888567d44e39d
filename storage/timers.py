"""Timers: instants cases are to be told of, found by a sweep when they are due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, literal, or_, select

from storage.database import Tx
from storage.incidents import none_open
from storage.rows import Upsert, many, run_all
from storage.tables import timer


@dataclass(frozen=True, slots=True)
class TimerRow:
    """An instant a case waits for.

    Attributes:
        case: id of the case.
        address: what is to be told.
        due_at: when.
        handed_at: when a job was made of it, or null.
    """

    case: str
    address: str
    due_at: str
    handed_at: str | None = None


_TIMER: Final = [timer.c[name] for name in TimerRow.__slots__]

_SET: Final = Upsert(timer)
_CLEAR: Final = delete(timer).where(timer.c.case == bindparam("case"), timer.c.address == bindparam("address"))
_OF_CASE: Final = select(*_TIMER).where(timer.c.case == bindparam("case")).order_by(timer.c.address)
_DUE: Final = (
    select(*_TIMER)
    .where(
        timer.c.due_at <= bindparam("now", type_=timer.c.due_at.type),
        or_(timer.c.handed_at.is_(None), timer.c.handed_at <= bindparam("forgotten", type_=timer.c.handed_at.type)),
        none_open(timer.c.case, literal("timer:") + timer.c.address),
    )
    .order_by(timer.c.due_at, timer.c.case, timer.c.address)
    .limit(bindparam("limit"))
)
_DUE_LOCKED: Final = _DUE.with_for_update(skip_locked=True)
_MARK: Final = timer.update().where(
    timer.c.case == bindparam("_case"), timer.c.address == bindparam("_address"), timer.c.due_at == bindparam("_due_at")
)


def set(tx: Tx, case: str, due: Mapping[str, str]) -> None:  # noqa: A001 - what one does with a timer
    """Set or move timers.

    Args:
        tx: a writing transaction.
        case: id of the case.
        due: instants by address.
    """
    run_all(
        tx,
        _SET(tx),
        ({"case": case, "address": address, "due_at": at, "handed_at": None} for address, at in due.items()),
    )


def clear(tx: Tx, case: str, addresses: Iterable[str]) -> None:
    """Forget timers; those that are not there are no matter."""
    run_all(tx, _CLEAR, ({"case": case, "address": address} for address in addresses))


def of_case(tx: Tx, case: str) -> list[TimerRow]:
    """List a case's timers, handed over or not."""
    return many(tx, _OF_CASE, TimerRow, case=case)


def due(tx: Tx, now: str, limit: int = 500, forgotten: str | None = None) -> list[TimerRow]:
    """List timers that are due and not handed over, the oldest first.

    Those that stand in an open incident (``timer:ADDRESS``) are left out. In a writing transaction the rows are held
    until its end, and those another sweep holds are left out.

    Args:
        tx: any transaction.
        now: instant by which they are due.
        limit: at most so many.
        forgotten: instant; one handed over by then that still stands is handed over again. Null: none is.
    """
    statement = _DUE_LOCKED if tx.writable else _DUE
    return many(tx, statement, TimerRow, now=now, limit=limit, forgotten=forgotten)


def mark_handed(tx: Tx, rows: Iterable[TimerRow], at: str) -> None:
    """Mark timers as handed over, in the transaction that hands them over; one moved meanwhile is not marked."""
    run_all(
        tx,
        _MARK,
        ({"_case": row.case, "_address": row.address, "_due_at": row.due_at, "handed_at": at} for row in rows),
    )
