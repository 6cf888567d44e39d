"""What every template may say: words, days, instants and facts as a person reads them."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request
from flask_login import current_user

from casework import library
from casework.people import ADMINISTRATOR, Person
from web.current import context
from web.words import LANGUAGES, label, language, say, say_code

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Where casework stops counting the tasks of an inbox.
COUNTED = 1000


def moment(instant: str | None) -> str:
    """An instant as wall time in Asia/Shanghai, ``2026-11-21 16:30``; a dash for none."""
    if not instant:
        return "—"
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def day(text: str | None) -> str:
    """A date with its weekday, ``2026-11-23 周一``; a dash for none."""
    if not text:
        return "—"
    return f"{text} {say(f'weekday.{date.fromisoformat(text).isoweekday()}')}"


def fact(value: Any, kind: str = "text", codes: Mapping[str, Any] | None = None) -> str:
    """A fact's value as a person reads it.

    Args:
        value: as the history keeps it.
        kind: type the fact declares.
        codes: labels by code, for coded facts.
    """
    if value is None or value == []:
        return "—"
    if value is True or value is False:
        return say("answer.yes" if value else "answer.no")
    if isinstance(value, list):
        return "；".join(fact(item, kind.removeprefix("list of "), codes) for item in value)
    if isinstance(value, dict):
        return "，".join(fact(item) for item in value.values() if item is not None)
    if codes and value in codes:
        return label(codes[value])
    if kind == "instant":
        return moment(value)
    return day(value) if kind == "date" else str(value)


def many(number: int) -> str:
    """A count; the lists stop counting at a bound, which is shown as such."""
    return say("inbox.more_than", n=COUNTED - 1) if number >= COUNTED else str(number)


def label_of(told: Any) -> str:
    """The label of something that carries a Chinese and an English one: a fact, an element."""
    return (told.label_en if language() == "en" else "") or told.label or told.label_en


def procedure_name(stem: str) -> str:
    """What a procedure is called."""
    return label(library.names(context()).get(stem)) or stem


def where_roles(person: Person) -> str:
    """The roles of a person in words, each once."""
    return "、".join(dict.fromkeys(say_code("role", each.role) for each in person.roles))


def desks() -> list[tuple[str, str, bool]]:
    """The desks of the top bar: endpoint, word, whether this person works there."""
    person = current_user.person
    return [
        ("inbox.show", "desk.inbox", True),
        ("cases.new", "desk.new", True),
        ("admin.show", "desk.admin", person.holds({ADMINISTRATOR})),
    ]


def token() -> str:
    """A form's own name, by which a second submit of it is known."""
    return secrets.token_urlsafe(18)


def install(app: Flask) -> None:
    """Put the words into every template."""
    app.jinja_env.globals.update(
        say=say,
        say_code=say_code,
        label=label,
        label_of=label_of,
        language=language,
        languages=LANGUAGES,
        token=token,
        desks=desks,
        where_roles=where_roles,
        procedure_name=procedure_name,
        here=lambda: request.full_path.rstrip("?"),
    )
    app.jinja_env.filters.update(moment=moment, day=day, fact=fact, many=many)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
