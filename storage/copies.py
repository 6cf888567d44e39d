"""Copies of what people told a case that stand outside its history: forgotten when the history's are erased."""

from typing import Final

from sqlalchemy import bindparam, delete, or_, update

from storage.columns import Key
from storage.database import Tx
from storage.rows import run
from storage.tables import act, confirmation, draft, incident, material, message, number, recusal

#: What stands in the place of a forgotten record: one without fields.
_NOTHING: Final = b"{}"
_CASE: Final = bindparam("_case", type_=Key)
_ROW: Final = bindparam("_row", type_=Key)

_FORGET: Final = (
    delete(draft).where(draft.c.case == _CASE),
    delete(confirmation).where(confirmation.c.case == _CASE),
    update(act).where(act.c.case == _CASE).values(given=_NOTHING),
    update(incident)
    .where(incident.c.case == _CASE, incident.c.closed_at.is_not(None))
    .values(input=_NOTHING, detail=""),
    update(message)
    .where(or_(message.c.to_case == _CASE, (message.c.from_case == _CASE) & message.c.delivered_at.is_not(None)))
    .values(payload=_NOTHING),
)

_MATERIAL: Final = update(material).where(material.c.case == _CASE, material.c.id == _ROW)
_NUMBER: Final = update(number).where(number.c.case == _CASE, number.c.address == _ROW)
_RECUSAL: Final = update(recusal).where(recusal.c.case == _CASE, recusal.c.id == _ROW)

#: What forgets the words of an entry in the row that a list shows of it, by field.
_WORDS: Final = {
    "material.kind": _MATERIAL.values(kind=""),
    "material.name": _MATERIAL.values(name=""),
    "number.reason": _NUMBER.values(reason=""),
    "recusal.asked_by": _RECUSAL.values(asked_by=""),
    "recusal.ground": _RECUSAL.values(ground=""),
}


def forget(tx: Tx, case: str) -> None:
    """Forget half-filled forms, confirmations, and the inputs of acts, answered incidents and messages.

    For a case that has ended: nothing of it is worked on any more. A message on its way from it to another case stays
    until that one has taken it.
    """
    for statement in _FORGET:
        run(tx, statement, {"_case": case})


def forget_words(tx: Tx, field: str, case: str, row: str) -> None:
    """Forget what a person wrote, as a list shows it.

    Args:
        tx: a writing transaction.
        field: of the entry, ``recusal.ground``.
        case: id of the case.
        row: which of its rows: id of the material or request, address of the number; none of it changes nothing.
    """
    run(tx, _WORDS[field], {"_case": case, "_row": row})
