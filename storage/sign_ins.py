"""Signing in: failures counted so that guessing takes time, and the sessions that are open; processes share both."""

from typing import Final

from sqlalchemy import bindparam, case, delete, select

from storage.database import Tx
from storage.rows import Upsert, run
from storage.tables import session, sign_in_failure

_SINCE: Final = bindparam("since", type_=sign_in_failure.c.first_at.type)
_OVER: Final = sign_in_failure.c.first_at <= _SINCE
_COUNT: Final = Upsert(
    sign_in_failure,
    {
        "failures": case((_OVER, 1), else_=sign_in_failure.c.failures + 1),
        "first_at": case((_OVER, bindparam("at", type_=_SINCE.type)), else_=sign_in_failure.c.first_at),
    },
)
_ID: Final = sign_in_failure.c.id == bindparam("_id", type_=sign_in_failure.c.id.type)
_TAKE_BACK: Final = sign_in_failure.update().where(_ID).values(failures=sign_in_failure.c.failures - 1)
_FORGET: Final = delete(sign_in_failure).where(_ID)
_END: Final = delete(sign_in_failure).where(_OVER)


def count(tx: Tx, id: str, at: str, since: str) -> tuple[int, str]:  # noqa: A002 - its column
    """Count one more failure; who counts at the same moment waits for the end of the transaction.

    Args:
        tx: a writing transaction.
        id: keyed hash of what it counts against.
        at: instant.
        since: a count begun before that instant is over, and begins anew.

    Returns:
        how many there are, this one among them, and the instant of the first.
    """
    statement = _COUNT(tx).returning(sign_in_failure.c.failures, sign_in_failure.c.first_at)
    counted = run(tx, statement, {"id": id, "failures": 1, "first_at": at, "at": at, "since": since}).one()
    return counted.failures, counted.first_at


def take_back(tx: Tx, id: str) -> None:  # noqa: A002 - its column
    """Count one failure less: it was none."""
    run(tx, _TAKE_BACK, {"_id": id})


def forget(tx: Tx, id: str, since: str) -> None:  # noqa: A002 - its column
    """Forget what counts against somebody who has come, and every count that is over."""
    run(tx, _FORGET, {"_id": id})
    run(tx, _END, {"since": since})


_OPEN: Final = session.insert()
_CLOSE: Final = delete(session).where(session.c.id == bindparam("id", type_=session.c.id.type))
_OPENED: Final = session.c.opened_at > bindparam("since", type_=session.c.opened_at.type)
_PERSON: Final = select(session.c.person).where(session.c.id == bindparam("id", type_=session.c.id.type), _OPENED)
_CLOSE_ALL: Final = delete(session).where(session.c.person == bindparam("person"))
_CLOSE_OLD: Final = delete(session).where(~_OPENED)


def open_session(tx: Tx, id: str, *, person: str, at: str, since: str) -> None:  # noqa: A002 - its column
    """Open a session, and end those opened before an instant.

    Args:
        tx: a writing transaction.
        id: SHA-256 of what the browser keeps.
        person: whose it is.
        at: instant.
        since: instant before which sessions are over.
    """
    run(tx, _CLOSE_OLD, {"since": since})
    run(tx, _OPEN, {"id": id, "person": person, "opened_at": at})


def close_session(tx: Tx, id: str) -> None:  # noqa: A002 - its column
    """End a session."""
    run(tx, _CLOSE, {"id": id})


def close_sessions(tx: Tx, person: str) -> None:
    """End all sessions of a person."""
    run(tx, _CLOSE_ALL, {"person": person})


def of_session(tx: Tx, id: str, since: str) -> str | None:  # noqa: A002 - its column
    """Give the person of a session opened after an instant, or null when there is none."""
    return tx.connection.scalar(_PERSON, {"id": id, "since": since})
