"""Messages between cases, and who waits for one.

A message is kept from the transaction that sent it until its receiver waits for it; its id is unique, so sending it
twice keeps it once, and the receiver's entry has it in its key, so that taking it twice is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, literal, or_, select

from storage.database import Tx
from storage.incidents import none_open
from storage.rows import Upsert, many, one, parameters, run, run_all
from storage.tables import case, message, message_wait


@dataclass(frozen=True, slots=True)
class WaitRow:
    """An element that waits for a message.

    Attributes:
        case: id of the case.
        address: of the element.
        name: of the message.
        key: correlation key, or null for any.
    """

    case: str
    address: str
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message on its way.

    Attributes:
        id: unique for ever.
        to_case: id of the receiver.
        name: of the message.
        key: correlation key, or null.
        payload: canonical bytes.
        sent_at: when.
        from_case: id of the sender, or null when it came from outside.
        delivered_at: when the receiver's history took it, or null.
    """

    id: str
    to_case: str
    name: str
    key: str | None
    payload: bytes
    sent_at: str
    from_case: str | None = None
    delivered_at: str | None = None


_WAIT: Final = [message_wait.c[name] for name in WaitRow.__slots__]
_MESSAGE: Final = [message.c[name] for name in MessageRow.__slots__]

_SET_WAIT: Final = Upsert(message_wait)
_CLEAR_WAIT: Final = delete(message_wait).where(
    message_wait.c.case == bindparam("case"), message_wait.c.address == bindparam("address")
)
_WAITS: Final = select(*_WAIT).where(message_wait.c.case == bindparam("case")).order_by(message_wait.c.address)
_SEND: Final = Upsert(message, ())
_GET: Final = select(*_MESSAGE).where(message.c.id == bindparam("id"))
_UNDELIVERED: Final = (
    select(*_MESSAGE).where(message.c.delivered_at.is_(None)).order_by(message.c.to_case, message.c.id)
)
_UNDELIVERED_TO: Final = _UNDELIVERED.where(message.c.to_case == bindparam("case"))
_DELIVERABLE: Final = (
    _UNDELIVERED.join(
        message_wait,
        (message_wait.c.case == message.c.to_case)
        & (message_wait.c.name == message.c.name)
        & or_(message_wait.c.key.is_(None), message_wait.c.key == message.c.key),
    )
    .where(none_open(message.c.to_case, literal("message:") + message.c.id))
    .distinct()
    .limit(bindparam("limit"))
)
_WAITING: Final = (
    select(message_wait.c.case)
    .join(case, case.c.id == message_wait.c.case)
    .where(case.c.dossier == bindparam("dossier"), case.c.state == "open", message_wait.c.name == bindparam("name"))
    .distinct()
    .order_by(message_wait.c.case)
)
_WAITING_FOR_KEY: Final = _WAITING.where(or_(message_wait.c.key.is_(None), message_wait.c.key == bindparam("key")))
_WAITING_FOR_ANY: Final = _WAITING.where(message_wait.c.key.is_(None))
_DELIVERED: Final = message.update().where(message.c.id == bindparam("_id"))


def set_waits(tx: Tx, case: str, waits: Iterable[Mapping[str, Any]]) -> None:
    """Write that elements of a case wait.

    Args:
        tx: a writing transaction.
        case: id of the case.
        waits: records with ``address``, ``name`` and perhaps ``key``; other keys are left aside.
    """
    run_all(
        tx,
        _SET_WAIT(tx),
        ({"case": case, "address": wait["address"], "name": wait["name"], "key": wait.get("key")} for wait in waits),
    )


def clear_waits(tx: Tx, case: str, addresses: Iterable[str]) -> None:
    """Write that elements of a case wait no longer."""
    run_all(tx, _CLEAR_WAIT, ({"case": case, "address": address} for address in addresses))


def waits(tx: Tx, case: str) -> list[WaitRow]:
    """List what a case waits for."""
    return many(tx, _WAITS, WaitRow, case=case)


def waiting(tx: Tx, dossier: str, name: str, key: str | None) -> list[str]:
    """List the open cases of a dossier that wait for a message of this name and key, in the order of their ids."""
    if key is None:
        return list(tx.connection.scalars(_WAITING_FOR_ANY, {"dossier": dossier, "name": name}))
    return list(tx.connection.scalars(_WAITING_FOR_KEY, {"dossier": dossier, "name": name, "key": key}))


def send(tx: Tx, row: MessageRow) -> None:
    """Put a message on its way; one of the same id is on it already.

    Raises:
        UnknownParentError: when there is no such receiver.
    """
    run(tx, _SEND(tx), parameters(row))


def get(tx: Tx, id: str) -> MessageRow | None:  # noqa: A002 - its column
    """Read a message."""
    return one(tx, _GET, MessageRow, id=id)


def undelivered(tx: Tx, case: str) -> list[MessageRow]:
    """List the messages kept for a case, in the order of their ids."""
    return many(tx, _UNDELIVERED_TO, MessageRow, case=case)


def deliverable(tx: Tx, limit: int = 500) -> list[MessageRow]:
    """List messages of any case whose receiver waits for them now; the safety net under the jobs that deliver.

    Those whose delivery stands in an open incident (``message:ID``) are left out.
    """
    return many(tx, _DELIVERABLE, MessageRow, limit=limit)


def delivered(tx: Tx, id: str, at: str) -> None:  # noqa: A002 - its column
    """Mark a message as taken, in the transaction that records it."""
    run(tx, _DELIVERED, {"_id": id, "delivered_at": at})
