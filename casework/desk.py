"""The fields of acts at the desk: entries that belong to a history and do not move the machine.

Their payload's keys are named like facts. Persons stand there by id; what people wrote is personal, so that
it can be erased on lawful order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import storage.entries
from casework.errors import RefusedError
from storage import Tx
from storage.entries import EntryRow
from storage.errors import TakenError

#: Assignee of a task that was given back.
NOBODY: Final = ""

LONGEST_COMMENT: Final = 4000
#: How much of the newest comment the inbox shows, in characters.
NOTE_LENGTH: Final = 60

#: Whether a field of a desk act is personal.
FIELDS: Final = {
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
    "material.kind": False,
    "material.size": False,
    "material.media_type": False,
    "number.reason": True,
    "number.text": False,
    "proposal.facts": True,
    "proposal.files": False,
    "proposal.ground": False,
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
    """Name a desk act by the token of the form that asked for it, so that a second click does nothing."""
    return f"form:{token}"


def made_before(tx: Tx, case_id: str, token: str, kind: str) -> EntryRow | None:
    """Give the entry that a form made when it came before, or null.

    Raises:
        RefusedError: the form of that token made something else.
    """
    known = storage.entries.by_key(tx, case_id, key(token))
    if known is not None and known.kind != kind:
        raise RefusedError("stale_form")
    return known


@contextmanager
def once() -> Iterator[None]:
    """Let a desk act whose token was used before pass in silence: the first one counted."""
    try:
        yield
    except TakenError as error:
        if error.constraint != "uq_entry_case_key":
            raise
