"""Signing in and out: passwords, failures that make guessing slow, sessions that end when they are closed.

Nobody can lock out another: a browser in which a person has signed in before has a count of its own (OWASP's device
cookies), an open session asks for no password, and there is no count over everybody.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Final

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

import storage.people
import storage.sign_ins
from casework import people
from casework.context import Context
from casework.errors import NotFoundError, SignInThrottledError
from casework.people import Person
from engine.values import digest
from handlers.law.dates import instant_text
from storage import Tx

log = structlog.get_logger()

_HASHER = PasswordHasher()

#: How long a failure to sign in counts.
FAILURES_COUNT_FOR: Final = timedelta(minutes=15)
#: Failures within that time after which a sign-in name, or a browser known for it, has to wait; and a whole address,
#: behind which an office may sit.
MOST_FAILURES_OF_A_NAME: Final = 5
MOST_FAILURES_OF_AN_ADDRESS: Final = 100
#: How long a session lasts at most; it is over before that when nothing is asked for a while, or on signing out.
SESSION_LASTS: Final = timedelta(days=1)


@dataclass(frozen=True)
class Origin:
    """Where a try to sign in comes from.

    Attributes:
        address: network address of the client, as our outermost proxy saw it.
        browser: id of a browser in which the person of that name has signed in before, else null.
    """

    address: str = ""
    browser: str | None = None


@cache
def _nobodys_hash() -> str:
    """Give what is verified in the place of an unknown person's password, so that timing does not tell who exists."""
    return _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Hash a password for keeping."""
    return _HASHER.hash(password)


def sign_in(ctx: Context, name: str, password: str, origin: Origin = Origin()) -> Person | None:
    """Give the active person of that sign-in name and password, or nobody.

    Failures are counted by the browser where the person is known in it; else by sign-in name, whether or not anybody
    has it, and by address. What they count against stands as a keyed hash only, and for a while only.

    Raises:
        SignInThrottledError: too many failures lately; the password was not looked at.
    """
    with ctx.database.writing() as tx:
        # A try counts as a failure until it has succeeded: many at the same moment are as many as one after another.
        counts = _count(ctx, tx, _keyed(ctx, "name", name), origin)
        # What cannot be printed is nobody's name, and not every database takes it as a text.
        row = storage.people.by_sign_in(tx, name) if name.isprintable() else None
    if not _verifies(row.password_hash if row is not None and row.active else None, password) or row is None:
        log.warning("sign_in_failed", known_browser=origin.browser is not None)
        return None
    with ctx.database.writing() as tx:
        storage.sign_ins.forget(tx, counts[0], _counted_since(ctx))
        for count in counts[1:]:
            storage.sign_ins.take_back(tx, count)
        return people.person_in(ctx, tx, row.id)


def open_session(ctx: Context, person: str) -> str:
    """Open a session for a person who has signed in; gives what their browser keeps, of which only a hash is kept."""
    token = secrets.token_urlsafe(32)
    with ctx.database.writing() as tx:
        storage.sign_ins.open_session(
            tx, digest(token.encode()), person=person, at=ctx.now(), since=_oldest_session(ctx)
        )
    return token


def of_session(ctx: Context, token: str) -> Person:
    """Give the active person of an open session, with the roles of today.

    Raises:
        NotFoundError: the session was closed or is over, or its person is no longer active.
    """
    with ctx.database.reading() as tx:
        person = storage.sign_ins.of_session(tx, digest(token.encode()), _oldest_session(ctx))
        if person is None:
            raise NotFoundError("person_unknown")
        return people.person_in(ctx, tx, person)


def close_session(ctx: Context, token: str) -> None:
    """End a session: whoever holds its cookie is signed out."""
    with ctx.database.writing() as tx:
        storage.sign_ins.close_session(tx, digest(token.encode()))


def _oldest_session(ctx: Context) -> str:
    return instant_text(ctx.clock() - SESSION_LASTS)


def _verifies(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one; for nobody's hash it takes the same time and is not."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password)
    except VerificationError:
        return False
    return password_hash is not None


def _count(ctx: Context, tx: Tx, name: str, origin: Origin) -> list[str]:
    """Count a try; gives what it counts against, first what a success forgets.

    Raises:
        SignInThrottledError: naming the minutes until the count begins anew.
    """
    if origin.browser is not None:
        browser = _keyed(ctx, "browser", origin.browser, name)
        if _left(ctx, tx, browser, MOST_FAILURES_OF_A_NAME) is None:
            return [browser]
    address = _keyed(ctx, "address", origin.address)
    for id_, most in ((name, MOST_FAILURES_OF_A_NAME), (address, MOST_FAILURES_OF_AN_ADDRESS)):
        left = _left(ctx, tx, id_, most)
        if left is not None:
            log.warning("sign_in_throttled", by="name" if id_ == name else "address")
            raise SignInThrottledError(-(-left // timedelta(minutes=1)))
    return [name, address]


def _left(ctx: Context, tx: Tx, id_: str, most: int) -> timedelta | None:
    """Count a try, and give how long it has to wait, or null when it is not one too many."""
    failures, first_at = storage.sign_ins.count(tx, id_, ctx.now(), _counted_since(ctx))
    return None if failures <= most else datetime.fromisoformat(first_at) + FAILURES_COUNT_FOR - ctx.clock()


def _counted_since(ctx: Context) -> str:
    return instant_text(ctx.clock() - FAILURES_COUNT_FOR)


def _keyed(ctx: Context, *parts: str) -> str:
    """Hash what was typed or sent, so that a copy of the database does not tell it."""
    told = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(ctx.identity_key, told, sha256).hexdigest()
