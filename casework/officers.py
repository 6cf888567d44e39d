"""Two officers: a task that asks for them is completed when two signed-in persons have confirmed the same bytes.

What the first confirms is kept and shown to the second. The second confirms the same, and the task is completed by
both; or brings something else, and the first confirmation is void: both are told, both keep what they wrote, and
they begin again. What both brought stays until the task is closed, so that they can be compared. Neither may stand for
the other: nobody confirms twice by way of a substitution.

A confirmation's row names the entry that tells how it stands: one of the kind ``confirmed``, and it waits for the
second; ``confirmation_voided``, and it is void.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import storage.drafts
import storage.entries
from casework import advance, desk, people
from casework.advance import Arrival
from casework.errors import NotAllowedError, TakenError
from casework.projection import FIRST_OFFICER, FIRST_OFFICER_FOR
from engine.effects import Effect
from engine.values import Value, decode, digest, encode
from storage import Tx
from storage.cases import CaseRow
from storage.drafts import ConfirmationRow
from storage.entries import EntryRow

CONFIRMED: Final = "confirmed"
VOIDED: Final = "confirmation_voided"
WITHDRAWN: Final = "confirmation_withdrawn"


@dataclass(frozen=True)
class Confirmation:
    """What one officer confirmed last.

    Attributes:
        person: id.
        name: of the person.
        at: instant.
        digest: SHA-256 of the canonical bytes, which the second officer's must equal.
        values: by fact name.
        stands: whether it waits for the second; false once it is void.
    """

    person: str
    name: str
    at: str
    digest: str
    values: Mapping[str, Value]
    stands: bool


@dataclass(frozen=True)
class Kept:
    """That a confirmation stands and waits for the second.

    Attributes:
        seq: number of its entry.
        first: false when the same person had confirmed the same before.
    """

    seq: int
    first: bool


def needed(task: Effect) -> bool:
    """Tell whether a task is completed by two."""
    return int(task.get("officers", 1)) > 1


def confirmations(tx: Tx, case_id: str, address: str) -> list[Confirmation]:
    """List what each officer confirmed of a task last, the newest at the end, for those who may confirm it too."""
    return [
        Confirmation(row.person, people.name_of(tx, row.person), row.at, row.digest, decode(row.body), _stands(entry))
        for row, entry in _told(tx, storage.drafts.confirmations(tx, case_id, address))
    ]


def disagreement(tx: Tx, case_id: str, address: str) -> tuple[str, str] | None:
    """Tell who brought something else than was confirmed, and when, until somebody confirms again."""
    entries = [entry for _row, entry in _told(tx, storage.drafts.confirmations(tx, case_id, address))]
    if not entries or any(map(_stands, entries)):
        return None
    return people.name_of(tx, entries[-1].actor), entries[-1].at


def standing(tx: Tx, case_id: str, address: str | None = None) -> Iterator[tuple[ConfirmationRow, EntryRow]]:
    """Give the confirmations that wait for the second, of one task or of a whole case, with their entries."""
    rows = (
        storage.drafts.confirmations_of_case(tx, case_id)
        if address is None
        else storage.drafts.confirmations(tx, case_id, address)
    )
    return ((row, entry) for row, entry in _told(tx, rows) if _stands(entry))


def _told(tx: Tx, rows: list[ConfirmationRow]) -> Iterator[tuple[ConfirmationRow, EntryRow]]:
    """Give each confirmation with the entry that tells how it stands."""
    return ((row, storage.entries.read(tx, row.case, after=row.seq - 1, limit=1)[0]) for row in rows)


def _stands(entry: EntryRow) -> bool:
    return entry.kind == CONFIRMED


def barred(tx: Tx, case_id: str, address: str, person: str) -> set[str]:
    """Name those who stand for the confirmation another person gave: who signed in, and who they acted for."""
    found = (entry for row, entry in standing(tx, case_id, address) if row.person != person)
    return {one for entry in found for one in (entry.actor, entry.on_behalf_of) if one is not None}


def join(tx: Tx, case: CaseRow, arrival: Arrival, at: str) -> Arrival | Kept | TakenError:
    """Take what an officer confirms of a task.

    Args:
        tx: a writing transaction; the case is locked.
        case: as locked.
        arrival: the completion, checked in every other respect.
        at: instant.

    Returns:
        the completion that both stand for; or that this one was kept; or the refusal to be raised after the
        transaction, which keeps that the first confirmation is void.
    """
    body = encode(dict(arrival.payload))
    first, told = next(standing(tx, case.id, arrival.address or ""), (None, None))
    if first is None or told is None:
        return _first(tx, case, arrival, body, at)
    same = first.digest == digest(body)
    if first.person == arrival.actor:
        return Kept(first.seq, first=False) if same else _first(tx, case, arrival, body, at)
    return _by_both(told, arrival) if same else _differing(tx, case, first, arrival, body, at)


def _first(tx: Tx, case: CaseRow, arrival: Arrival, body: bytes, at: str) -> Kept:
    """Keep a confirmation, in the place of one the same person gave before."""
    address = arrival.address or ""
    told = replace(arrival, kind=CONFIRMED, key=_key(case, address), payload={"confirmation.digest": digest(body)})
    seq = advance.record(tx, case, told, at, desk.personal)
    storage.drafts.confirm(tx, ConfirmationRow(case.id, address, arrival.actor, digest(body), body, at, seq))
    storage.drafts.drop(tx, case.id, address, arrival.actor)
    return Kept(seq, first=True)


def _by_both(first: EntryRow, arrival: Arrival) -> Arrival:
    """Let a completion name who confirmed the same before, and whom they acted for."""
    both: dict[str, Value] = {FIRST_OFFICER: first.actor, FIRST_OFFICER_FOR: first.on_behalf_of}
    stands = {name: person for name, person in both.items() if person is not None}
    return replace(arrival, payload={**arrival.payload, **stands})


def _differing(tx: Tx, case: CaseRow, first: ConfirmationRow, arrival: Arrival, body: bytes, at: str) -> TakenError:
    """Void what was confirmed, and keep what either brought, to be compared and as their draft."""
    address = arrival.address or ""
    void = replace(arrival, kind=VOIDED, key=_key(case, address), payload={"confirmation.of": first.person})
    seq = advance.record(tx, case, void, at, desk.personal)
    brought = ConfirmationRow(case.id, address, arrival.actor, digest(body), body, at, seq)
    for row in (replace(first, seq=seq), brought):
        storage.drafts.confirm(tx, row)
        _keep_as_draft(tx, row)
    return TakenError("confirmation_differs", people.name_of(tx, first.person), first.at)


def _keep_as_draft(tx: Tx, row: ConfirmationRow) -> None:
    """Make a confirmation a draft again, so that nothing its person wrote is lost."""
    storage.drafts.keep(tx, row.case, row.address, row.person, row.body, row.at)


def _key(case: CaseRow, address: str) -> str:
    # A confirmation may be given again after it was void, so its place in the history makes its key.
    return f"confirmation:{address}@{case.seq + 1}"


def withdraw(tx: Tx, case: CaseRow, told: Arrival, at: str) -> None:
    """Take one's own confirmation back, as long as the second officer has not confirmed.

    Args:
        tx: a writing transaction.
        case: as locked.
        told: the entry it becomes: who takes it back, of which task.
        at: instant.

    Raises:
        NotAllowedError: one has confirmed nothing.
    """
    own = next((row for row, _entry in standing(tx, case.id, told.address or "") if row.person == told.actor), None)
    if own is None:
        raise NotAllowedError("not_confirmed", address=told.address)
    storage.drafts.drop_confirmation(tx, case.id, own.address, own.person)
    _keep_as_draft(tx, own)
    advance.record(tx, case, told, at, desk.personal)


def drop_of_person(tx: Tx, case_id: str, person: str) -> list[str]:
    """Take away every confirmation a person gave in a case; gives the addresses of the tasks where one stood."""
    given = [row for row in storage.drafts.confirmations_of_case(tx, case_id) if row.person == person]
    stood = [row for row, entry in _told(tx, given) if _stands(entry)]
    for row in given:
        storage.drafts.drop_confirmation(tx, case_id, row.address, person)
    for row in stood:
        _keep_as_draft(tx, row)
    return [row.address for row in stood]
