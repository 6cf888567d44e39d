"""Copies of what people told a case that stand outside its history: forgotten when the history's are erased."""

from typing import Final

from sqlalchemy import bindparam, delete, or_, update

from storage.columns import Key
from storage.database import Tx
from storage.rows import run
from storage.tables import act, confirmation, draft, incident, message

#: What stands in the place of a forgotten record: one without fields.
_NOTHING: Final = b"{}"
_CASE: Final = bindparam("_case", type_=Key)

_FORGET: Final = (
    delete(draft).where(draft.c.case == _CASE),
    delete(confirmation).where(confirmation.c.case == _CASE),
    update(act).where(act.c.case == _CASE).values(given=_NOTHING),
    update(incident).where(incident.c.case == _CASE, incident.c.closed_at.is_not(None)).values(input=_NOTHING),
    update(message)
    .where(or_(message.c.to_case == _CASE, message.c.from_case == _CASE), message.c.delivered_at.is_not(None))
    .values(payload=_NOTHING),
)


def forget(tx: Tx, case: str) -> None:
    """Forget half-filled forms, confirmations, and the inputs of acts, answered incidents and delivered messages.

    For a case that has ended: nothing of it is worked on any more.
    """
    for statement in _FORGET:
        run(tx, statement, {"_case": case})
