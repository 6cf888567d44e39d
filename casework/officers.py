"""Two officers: a task that asks for them is completed when two signed-in persons have confirmed the same bytes.

What the first confirms is kept and shown to the second. The second confirms the same, and the task is completed by
both; or brings something else, and the first confirmation is void: both are told, both keep what they wrote, and
they begin again. Neither may stand for the other: nobody confirms twice by way of a substitution.
"""

from collections.abc import Mapping
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

CONFIRMED: Final = "confirmed"
VOIDED: Final = "confirmation_voided"
WITHDRAWN: Final = "confirmation_withdrawn"


@dataclass(frozen=True)
class Confirmation:
    """What one officer confirmed.

    Attributes:
        person: id.
        name: of the person.
        at: instant.
        digest: SHA-256 of the canonical bytes, which the second officer's must equal.
        values: by fact name.
    """

    person: str
    name: str
    at: str
    digest: str
    values: Mapping[str, Value]


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
    """List what was confirmed of a task so far, for whoever is to confirm it too."""
    return [
        Confirmation(row.person, people.name_of(tx, row.person), row.at, row.digest, decode(row.body))
        for row in storage.drafts.confirmations(tx, case_id, address)
    ]


def disagreement(tx: Tx, case_id: str, address: str) -> tuple[str, str] | None:
    """Tell who brought something else than was confirmed, and when, until somebody confirms again."""
    kinds = (CONFIRMED, VOIDED, WITHDRAWN)
    told = [row for row in storage.entries.read(tx, case_id) if row.address == address and row.kind in kinds]
    if not told or told[-1].kind != VOIDED:
        return None
    return people.name_of(tx, told[-1].actor), told[-1].at


def standing(tx: Tx, case_id: str, address: str, person: str) -> set[str]:
    """Name those who stand for the confirmation another person gave: who signed in, and who they acted for."""
    rows = [row for row in storage.drafts.confirmations(tx, case_id, address) if row.person != person]
    return {one for row in rows for one in (row.person, _acted_for(tx, row)) if one is not None}


def _acted_for(tx: Tx, row: ConfirmationRow) -> str | None:
    return storage.entries.read(tx, row.case, after=row.seq - 1, limit=1)[0].on_behalf_of


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
    earlier = storage.drafts.confirmations(tx, case.id, arrival.address or "")
    body = encode(dict(arrival.payload))
    first = next((row for row in earlier if row.person != arrival.actor), None)
    if first is not None:
        return _second(tx, case, first, arrival, body, at)
    own = next(iter(earlier), None)
    if own is not None and own.digest == digest(body):
        return Kept(own.seq, first=False)
    return _first(tx, case, arrival, body, at)


def _first(tx: Tx, case: CaseRow, arrival: Arrival, body: bytes, at: str) -> Kept:
    """Keep a confirmation, in the place of one the same person gave before."""
    address = arrival.address or ""
    told = replace(arrival, kind=CONFIRMED, key=_key(case, address), payload={"confirmation.digest": digest(body)})
    seq = advance.record(tx, case, told, at, desk.personal)
    storage.drafts.confirm(tx, ConfirmationRow(case.id, address, arrival.actor, digest(body), body, at, seq))
    storage.drafts.drop(tx, case.id, address, arrival.actor)
    return Kept(seq, first=True)


def _second(
    tx: Tx, case: CaseRow, first: ConfirmationRow, arrival: Arrival, body: bytes, at: str
) -> Arrival | TakenError:
    if first.digest == digest(body):
        both: dict[str, Value] = {FIRST_OFFICER: first.person, FIRST_OFFICER_FOR: _acted_for(tx, first)}
        stands = {name: person for name, person in both.items() if person is not None}
        return replace(arrival, payload={**arrival.payload, **stands})
    address = arrival.address or ""
    _void(tx, first)
    storage.drafts.keep(tx, case.id, address, arrival.actor, body, at)
    told = replace(arrival, kind=VOIDED, key=_key(case, address), payload={"confirmation.of": first.person})
    advance.record(tx, case, told, at, desk.personal)
    return TakenError("confirmation_differs", people.name_of(tx, first.person), first.at)


def _void(tx: Tx, row: ConfirmationRow) -> None:
    """Make a confirmation a draft again, so that nothing its person wrote is lost."""
    storage.drafts.drop_confirmations(tx, row.case, row.address)
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
    given = storage.drafts.confirmations(tx, case.id, told.address or "")
    own = next((row for row in given if row.person == told.actor), None)
    if own is None:
        raise NotAllowedError("not_confirmed", address=told.address)
    _void(tx, own)
    advance.record(tx, case, told, at, desk.personal)


def drop_of_person(tx: Tx, case_id: str, person: str) -> list[str]:
    """Void every confirmation a person gave in a case; gives the addresses of the tasks."""
    rows = [row for row in storage.drafts.confirmations_of_case(tx, case_id) if row.person == person]
    for row in rows:
        _void(tx, row)
    return [row.address for row in rows]
