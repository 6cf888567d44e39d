"""What a request is about: the surroundings it runs in and the person who asks."""

from typing import cast

from flask import Flask, current_app
from flask_login import current_user

from casework.context import Context
from casework.people import Person

_EXTENSION = "anjuan"


def bind(app: Flask, ctx: Context) -> None:
    """Give an application the surroundings its requests run in."""
    app.extensions[_EXTENSION] = ctx


def context() -> Context:
    """The surroundings this request runs in."""
    return cast(Context, current_app.extensions[_EXTENSION])


def person() -> Person:
    """The person who is signed in; only for routes that ask for a session."""
    return cast(Person, current_user.person)


def person_id() -> str:
    """The id of the person who is signed in."""
    return cast(str, current_user.get_id())
