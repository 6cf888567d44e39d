"""Signing in and out: passwords, failures that make guessing slow, sessions that end when they are closed."""

import hmac
import secrets
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Final

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

_HASHER = PasswordHasher()

#: How long a failure to sign in counts.
FAILURES_COUNT_FOR: Final = timedelta(minutes=15)
#: Failures within that time after which a sign-in name, or everybody, has to wait.
MOST_FAILURES_OF_A_NAME: Final = 5
MOST_FAILURES: Final = 300
#: How long a session lasts at most; it is over before that when nothing is asked for a while, or on signing out.
SESSION_LASTS: Final = timedelta(days=1)


@cache
def _nobodys_hash() -> str:
    """Give what is verified in the place of an unknown person's password, so that timing does not tell who exists."""
    return _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Hash a password for keeping."""
    return _HASHER.hash(password)


def sign_in(ctx: Context, name: str, password: str) -> Person | None:
    """Give the active person of that sign-in name and password, or nobody.

    Failures are counted by sign-in name, whether or not anybody has it, and over all names; what was typed stands as
    a keyed hash only. A failure counts for a while, so nobody is locked out for ever.

    Raises:
        SignInThrottledError: too many failures lately; the password was not looked at.
    """
    typed = hmac.new(ctx.identity_key, name.encode("utf-8", "surrogatepass"), sha256).hexdigest()
    since = instant_text(ctx.clock() - FAILURES_COUNT_FOR)
    with ctx.database.writing() as tx:
        _require_patience(ctx, tx, typed, since)
        # A try counts as a failure until it has succeeded: many at the same moment are as many as one after another.
        storage.sign_ins.failed(tx, typed, ctx.now(), since)
        # What cannot be printed is nobody's name, and not every database takes it as a text.
        row = storage.people.by_sign_in(tx, name) if name.isprintable() else None
    if not _verifies(row.password_hash if row is not None and row.active else None, password) or row is None:
        return None
    with ctx.database.writing() as tx:
        storage.sign_ins.succeeded(tx, typed)
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


def _require_patience(ctx: Context, tx: Tx, typed: str, since: str) -> None:
    """Refuse a try while too many failures count; those of one name before those of all.

    Raises:
        SignInThrottledError: naming the minutes until the oldest of them counts no more.
    """
    counted = (
        storage.sign_ins.nth_last(tx, MOST_FAILURES_OF_A_NAME, since, typed),
        storage.sign_ins.nth_last(tx, MOST_FAILURES, since),
    )
    oldest = max(filter(None, counted), default=None)
    if oldest is not None:
        left = datetime.fromisoformat(oldest) + FAILURES_COUNT_FOR - ctx.clock()
        raise SignInThrottledError(-(-left // timedelta(minutes=1)))
