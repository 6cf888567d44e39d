"""Deadlines: statutory limits as they run on cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from storage.database import Tx
from storage.rows import Upsert, many, parameters, run_all
from storage.tables import deadline


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A limit running, or having run, on a case.

    Attributes:
        case: id of the case.
        deadline: the limit and which time it runs, ``D05#1``.
        limit_id: the limit, ``D05``.
        state: ``running``, ``suspended``, ``met``, ``breached``, ``lifted``, as the engine names it.
        due_on: last day, or null while none can be told.
        unrolled_on: last day before it rolled to a workday, or null.
        record: its whole value, canonical bytes.
    """

    case: str
    deadline: str
    limit_id: str
    state: str
    due_on: str | None
    unrolled_on: str | None
    record: bytes


_UPSERT: Final = Upsert(deadline)
_OF_CASE: Final = (
    select(*[deadline.c[name] for name in DeadlineRow.__slots__])
    .where(deadline.c.case == bindparam("case"))
    .order_by(deadline.c.deadline)
)


def upsert(tx: Tx, rows: Iterable[DeadlineRow]) -> None:
    """Write deadlines as they are now."""
    run_all(tx, _UPSERT(tx), (parameters(row) for row in rows))


def of_case(tx: Tx, case: str) -> list[DeadlineRow]:
    """List a case's deadlines."""
    return many(tx, _OF_CASE, DeadlineRow, case=case)
