"""Acts at the desk: entries of a history that do not move the machine; their fields, and the tokens of their forms.

Their payload's keys are named like facts. Persons stand there by id; what people wrote is personal, so that
it can be erased on lawful order. The token of the form that asked for an act is the entry's key: the same form again
is answered as before, and the token under other words is refused.
"""

from typing import Final

import storage.entries
from casework import advance, chain
from casework.advance import Arrival
from casework.errors import RefusedError
from storage import Tx
from storage.entries import EntryRow

#: Assignee of a task that was given back.
NOBODY: Final = ""

LONGEST_COMMENT: Final = 4000
#: How much of the newest comment the inbox shows, in characters.
NOTE_LENGTH: Final = 60

#: Whether a field of a desk act is personal.
FIELDS: Final = {
    "act.given_up": True,
    "comment.text": True,
    # The digest of few possible texts tells which it was.
    "confirmation.digest": True,
    "confirmation.of": False,
    "erasure.files": False,
    "erasure.names": False,
    "erasure.ground": False,
    "erasure.leaves": False,
    "erasure.order": False,
    "material.id": False,
    "material.sha256": False,
    "material.name": True,
    "material.kind": True,
    "material.size": False,
    "material.media_type": False,
    "number.reason": True,
    "number.text": False,
    "proposal.facts": True,
    "proposal.files": False,
    "proposal.ground": True,
    "proposal.kind": False,
    "proposal.leaves": False,
    "proposal.names": False,
    "proposal.order": False,
    "proposal.reason": True,
    "proposal.scope": False,
    "proposal.seq": False,
    "recusal.asked_by": True,
    "recusal.ground": True,
    "recusal.id": False,
    "recusal.person": False,
    "recusal.released": False,
    "recusal.state": False,
    "review.correction": False,
    "review.finding": True,
    "task.assignee": False,
    "task.reason": True,
}


def personal(name: str) -> bool:
    """Tell whether a field of a desk act is personal; one that is not listed is held to be."""
    return FIELDS.get(name, True)


def reason_given(text: str) -> str:
    """Give a reason without blanks at its ends.

    Raises:
        RefusedError: it is empty or too long.
    """
    if not text.strip():
        raise RefusedError("reason_required")
    if len(text) > LONGEST_COMMENT:
        raise RefusedError("comment_length", limit=LONGEST_COMMENT)
    return text.strip()


def key(token: str) -> str:
    """Name a desk act by the token of the form that asked for it, so that a second click does nothing.

    Raises:
        RefusedError: the form brought none: it could not be told from a second click on another.
    """
    if not token.strip():
        raise RefusedError("no_token")
    return f"form:{token}"


def made_before(tx: Tx, case_id: str, told: Arrival) -> EntryRow | None:
    """Give the entry that the very same form made when it came before, or null.

    Args:
        tx: a writing transaction.
        case_id: of the case, which is locked.
        told: what the form asks for; the entry may say more.

    Raises:
        RefusedError: the token stands for another act, or the same in other words.
    """
    known = storage.entries.by_key(tx, case_id, told.key)
    if known is not None and not _says(tx, known, told):
        raise RefusedError("stale_form")
    return known


def _says(tx: Tx, row: EntryRow, told: Arrival) -> bool:
    """Tell whether an entry says what a form asks for; one of which a part was erased cannot be compared."""
    if (row.kind, row.actor, row.address) != (told.kind, told.actor, told.address):
        return False
    try:
        event, _effects = advance.read_event(tx, row)
    except chain.ErasedError:
        return False
    return event.payload.items() >= told.payload.items()
