"""Half-filled forms, and what the first of two officers confirmed."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select

from storage.database import Tx
from storage.rows import Upsert, many, one, parameters, run
from storage.tables import confirmation, draft


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A half-filled form.

    Attributes:
        case: id of the case.
        address: of the task, which may be closed by now.
        person: whose.
        body: canonical bytes of what was filled in.
        at: when it was kept.
    """

    case: str
    address: str
    person: str
    body: bytes
    at: str


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """What one officer of two confirmed last; void or not, it stays until the task is closed.

    Attributes:
        case: id of the case.
        address: of the task.
        person: who.
        digest: SHA-256 of the body, which the second must match.
        body: canonical bytes.
        at: when.
        seq: number of the entry that tells how it stands.
    """

    case: str
    address: str
    person: str
    digest: str
    body: bytes
    at: str
    seq: int


_DRAFT: Final = [draft.c[name] for name in DraftRow.__slots__]
_CONFIRMATION: Final = [confirmation.c[name] for name in ConfirmationRow.__slots__]
_MINE: Final = (
    draft.c.case == bindparam("case"),
    draft.c.address == bindparam("address"),
    draft.c.person == bindparam("person"),
)
_TASKS: Final = (confirmation.c.case == bindparam("case"), confirmation.c.address == bindparam("address"))

_KEEP: Final = Upsert(draft)
_GET: Final = select(*_DRAFT).where(*_MINE)
_DROP: Final = delete(draft).where(*_MINE)
_CONFIRM: Final = Upsert(confirmation)
_CONFIRMATIONS: Final = select(*_CONFIRMATION).where(*_TASKS).order_by(confirmation.c.seq, confirmation.c.at)
_CONFIRMATIONS_OF_CASE: Final = (
    select(*_CONFIRMATION).where(confirmation.c.case == bindparam("case")).order_by(confirmation.c.seq)
)
_DROP_CONFIRMATIONS: Final = delete(confirmation).where(*_TASKS)
_DROP_CONFIRMATION: Final = _DROP_CONFIRMATIONS.where(confirmation.c.person == bindparam("person"))


def keep(tx: Tx, case: str, address: str, person: str, body: bytes, at: str) -> None:
    """Keep a form as it is now, in the place of what was kept of it."""
    run(tx, _KEEP(tx), parameters(DraftRow(case, address, person, body, at)))


def get(tx: Tx, case: str, address: str, person: str) -> DraftRow | None:
    """Read a person's half-filled form."""
    return one(tx, _GET, DraftRow, case=case, address=address, person=person)


def drop(tx: Tx, case: str, address: str, person: str) -> None:
    """Forget a person's half-filled form."""
    run(tx, _DROP, {"case": case, "address": address, "person": person})


def confirm(tx: Tx, row: ConfirmationRow) -> None:
    """Keep what an officer confirmed, in the place of what they confirmed before."""
    run(tx, _CONFIRM(tx), parameters(row))


def confirmations(tx: Tx, case: str, address: str) -> list[ConfirmationRow]:
    """List what was confirmed of a task, the oldest first."""
    return many(tx, _CONFIRMATIONS, ConfirmationRow, case=case, address=address)


def confirmations_of_case(tx: Tx, case: str) -> list[ConfirmationRow]:
    """List what was confirmed of any task of a case, the oldest first."""
    return many(tx, _CONFIRMATIONS_OF_CASE, ConfirmationRow, case=case)


def drop_confirmations(tx: Tx, case: str, address: str) -> None:
    """Forget what was confirmed of a task, when it is closed."""
    run(tx, _DROP_CONFIRMATIONS, {"case": case, "address": address})


def drop_confirmation(tx: Tx, case: str, address: str, person: str) -> None:
    """Forget what one officer confirmed."""
    run(tx, _DROP_CONFIRMATION, {"case": case, "address": address, "person": person})
