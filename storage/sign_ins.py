"""Signing in: failures counted so that guessing takes time, and the sessions that are open; processes share both."""

from typing import Final

from sqlalchemy import Integer, bindparam, delete, select
from uuid_utils import uuid7

from storage.database import Tx
from storage.rows import run
from storage.tables import session, sign_in_failure

_SINCE: Final = sign_in_failure.c.at > bindparam("since", type_=sign_in_failure.c.at.type)
_OF_NAME: Final = sign_in_failure.c.name == bindparam("name")
_LATELY: Final = (
    select(sign_in_failure.c.at)
    .where(_SINCE)
    .order_by(sign_in_failure.c.at.desc())
    .limit(1)
    .offset(bindparam("before", type_=Integer))
)
_LATELY_OF_NAME: Final = _LATELY.where(_OF_NAME)
_FAILED: Final = sign_in_failure.insert()
_FORGET_NAME: Final = delete(sign_in_failure).where(_OF_NAME)
_FORGET: Final = delete(sign_in_failure).where(~_SINCE)


def failed(tx: Tx, name: str, at: str, since: str) -> None:
    """Record a failure, and forget those that count no more.

    Args:
        tx: a writing transaction.
        name: keyed hash of the name that was typed.
        at: instant.
        since: instant before which failures do not count.
    """
    run(tx, _FORGET, {"since": since})
    run(tx, _FAILED, {"id": str(uuid7()), "name": name, "at": at})


def succeeded(tx: Tx, name: str) -> None:
    """Forget the failures of a name: its person is there."""
    run(tx, _FORGET_NAME, {"name": name})


def nth_last(tx: Tx, n: int, since: str, name: str | None = None) -> str | None:
    """Give the instant of the n-th last failure since an instant, of one name or of all; null when there are fewer."""
    if name is None:
        return tx.connection.scalar(_LATELY, {"since": since, "before": n - 1})
    return tx.connection.scalar(_LATELY_OF_NAME, {"since": since, "before": n - 1, "name": name})


_OPEN: Final = session.insert()
_CLOSE: Final = delete(session).where(session.c.id == bindparam("id", type_=session.c.id.type))
_OPENED: Final = session.c.opened_at > bindparam("since", type_=session.c.opened_at.type)
_PERSON: Final = select(session.c.person).where(session.c.id == bindparam("id", type_=session.c.id.type), _OPENED)
_END: Final = delete(session).where(~_OPENED)


def open_session(tx: Tx, id: str, *, person: str, at: str, since: str) -> None:  # noqa: A002 - its column
    """Open a session, and end those opened before an instant.

    Args:
        tx: a writing transaction.
        id: SHA-256 of what the browser keeps.
        person: whose it is.
        at: instant.
        since: instant before which sessions are over.
    """
    run(tx, _END, {"since": since})
    run(tx, _OPEN, {"id": id, "person": person, "opened_at": at})


def close_session(tx: Tx, id: str) -> None:  # noqa: A002 - its column
    """End a session."""
    run(tx, _CLOSE, {"id": id})


def of_session(tx: Tx, id: str, since: str) -> str | None:  # noqa: A002 - its column
    """Give the person of a session opened after an instant, or null when there is none."""
    return tx.connection.scalar(_PERSON, {"id": id, "since": since})
