"""What a request is about: the surroundings it runs in, the person who asks, the texts they sent."""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, request
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from casework.context import Context
from casework.errors import RefusedError
from casework.kept import clean
from casework.people import Person

_EXTENSION = "anjuan"
#: What is compared with a hash, so that every one of its characters counts.
_AS_TYPED = frozenset({"password"})
#: No form of ours has a longer one, and it is part of a key.
_LONGEST_TOKEN = 200
_LARGEST_NUMBER = 2**31 - 1


class _Controls(ImmutableMultiDict[str, Any]):
    """What a form or an address brought, as a case may keep it, whichever page reads it."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(name, _kept(name, value)) for name, value in pairs])


def _kept(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name in _AS_TYPED:
        return value
    return clean(value)[:_LONGEST_TOKEN] if name == "token" else clean(value)


class _Request(Request):
    parameter_storage_class = _Controls


def bind(app: Flask, ctx: Context) -> None:
    """Give an application the surroundings its requests run in, and requests whose texts a case may keep."""
    app.extensions[_EXTENSION] = ctx
    app.request_class = _Request
    app.before_request(_require_address)


def _require_address() -> None:
    """Answer an address that no database could look up like every other that leads nowhere."""
    for part in (request.view_args or {}).values():
        if clean(part) != part if isinstance(part, str) else part > _LARGEST_NUMBER:
            abort(404)


def context() -> Context:
    """The surroundings this request runs in."""
    return cast(Context, current_app.extensions[_EXTENSION])


def person() -> Person:
    """The person who is signed in; only for routes that ask for a session."""
    return cast(Person, current_user.person)


def person_id() -> str:
    """The id of the person who is signed in."""
    return person().id


def page_before() -> str | None:
    """The page of ours that a form was sent from; none where another site may have sent it."""
    before = urlsplit(request.referrer or "")
    ours = f"{before.scheme}://{before.netloc}" == request.host_url.rstrip("/")
    return before._replace(scheme="", netloc="").geturl() if ours else None


def form_token() -> str:
    """The token of the posted form, by which a second click on it is known.

    Raises:
        RefusedError: it brought none.
    """
    token: str = request.form.get("token", "")
    if not token.strip():
        raise RefusedError("no_token")
    return token
