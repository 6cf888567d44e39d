"""What every template may say: words, days, instants and facts as a person reads them."""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user

from casework.drawing import Diagram
from casework.forms import WALL_CLOCK
from casework.people import ADMINISTRATOR, PUBLISHING_ROLES, READING_ROLES, WORKING_ROLES, Person
from web.words import LANGUAGES, label, language, say, say_code, table

#: Units by what the law and the declarations call them.
_UNITS_OF_TIME = {"日": "days", "工作日": "workdays", "月": "months", "年": "years", "历月": "calendar_months"}
_UNITS_BESIDE = {"元": "yuan", "分": "minutes", "分钟": "minutes", "岁": "age", "倍": "times"}
_UNITS = _UNITS_OF_TIME | _UNITS_BESIDE
#: What stands in the place of a unit where a value has none.
_NO_UNITS = frozenset({"text", "boolean", "ratio"})
#: An article with one of its items, ``14(6)``; laws have no more than ten that are cited here.
_ITEM = re.compile(r"(?P<number>\d+)\((?P<item>[1-9]|10)\)", re.ASCII)
_LAWS = "anjuan_laws"
#: Where casework stops counting the tasks of an inbox.
COUNTED = 1000


def moment(instant: str | None) -> str:
    """An instant as wall time in Asia/Shanghai, ``2026-11-21 16:30``; a dash for none."""
    if not instant:
        return "—"
    return datetime.fromisoformat(instant).astimezone(WALL_CLOCK).strftime("%Y-%m-%d %H:%M")


def day(text: str | None) -> str:
    """A date with its weekday, ``2026-11-23 周一``; a dash for none."""
    if not text:
        return "—"
    return f"{text} {say(f'weekday.{date.fromisoformat(text).isoweekday()}')}"


def unit(text: str | None) -> str:
    """The unit of a limit, a parameter or a fact in the reader's language; nothing where there is none."""
    if text is None or text in _NO_UNITS:
        return ""
    return say(f"unit.{_UNITS[text]}") if text in _UNITS else text


def unit_of(declared: Any, value: Any) -> str:
    """What stands behind a fact's value: its unit, set off where the language sets it off; nothing behind nothing."""
    word = unit(declared.unit)
    if not word or value is None:
        return ""
    return say("with_unit", unit=word)


def article(sources: str | None) -> str:
    """Articles as they are cited, ``《工伤认定办法》第7条、第8条``; a dash for none.

    Args:
        sources: ``工伤认定办法:7;工伤认定办法:8``.
    """
    cited = (each.strip().partition(":") for each in (sources or "").split(";") if each.strip())
    by_law = groupby(cited, key=lambda each: each[0])
    return say("law_and").join(_cited(law, [number for *_, number in each if number]) for law, each in by_law) or "—"


def _cited(law: str, numbers: list[str]) -> str:
    title = _title(law)
    return say("article", law=title, which=joined(map(_article, numbers))) if numbers else title


def _article(number: str) -> str:
    if found := _ITEM.fullmatch(number):
        return say("article_item", number=found["number"], item=say(f"numeral.{found['item']}"))
    return say("article_whole", number=number)


def _title(law: str) -> str:
    """A law as it is named: in Chinese a circular or an interpretation by its number, ``昆人社通〔2021〕168号``."""
    english = current_app.extensions.get(_LAWS, {}).get(law, {}).get("en") if language() == "en" else None
    return english or (law if "〔" in law else say("law", law=law))


def fact(value: Any, kind: str = "text", codes: Mapping[str, Any] | None = None) -> str:
    """A fact's value as a person reads it.

    Args:
        value: as the history keeps it.
        kind: type the fact declares; of a list, the type of its items.
        codes: labels by code, for coded facts.
    """
    match value:
        case None | []:
            return "—"
        case bool():
            return say("answer.yes" if value else "answer.no")
        case list():
            return joined(fact(item, kind, codes) for item in value)
        case dict():
            return " ".join(fact(item) for item in value.values() if item is not None)
        case _:
            return _scalar(str(value), kind, codes or {})


def declared(value: Any, about: Any, codes: Mapping[str, Any] | None = None) -> str:
    """The value of a declared fact as a person reads it: nobody asks on which weekday somebody was born.

    Args:
        value: as the history keeps it.
        about: the fact's declaration.
        codes: labels by code, for coded facts.
    """
    kind = about.of or about.type
    return fact(value, "text" if kind == "date" and about.personal else kind, codes)


def _scalar(text: str, kind: str, codes: Mapping[str, Any]) -> str:
    if text in codes:
        return label(codes[text])
    if kind == "instant":
        return moment(text)
    if kind == "money":
        return f"{Decimal(text):,}"
    return day(text) if kind == "date" else text


def joined(parts: Iterable[str]) -> str:
    """Several things in a row, as the language writes them."""
    return say("and").join(parts)


def many(number: int) -> str:
    """A count; the lists stop counting at a bound, which is shown as such."""
    return say("inbox.more_than", n=COUNTED - 1) if number >= COUNTED else str(number)


def label_of(declared: Any) -> str:
    """The label of a declared fact."""
    return label({"zh": declared.label, "en": declared.label_en})


def named(element: Any) -> str:
    """The label of an element of a diagram."""
    return label({"zh": element.zh, "en": element.en})


def drawn(diagrams: Iterable[Diagram]) -> list[dict[str, Any]]:
    """Diagrams as the viewer in the browser reads them, with where a case has been on each and where it is."""
    return [
        {"name": named(each.process), "xml": each.xml, "done": [*each.done, *each.flows], "now": each.now}
        for each in diagrams
    ]


def where_roles(person: Person) -> str:
    """The roles of a person in words, each once."""
    return joined(dict.fromkeys(say_code("role", each.role) for each in person.roles))


def desks() -> list[tuple[str, str, bool]]:
    """The desks of the top bar: endpoint, word, whether this person works there."""
    person = current_user.person
    return [
        ("inbox.show", "desk.inbox", person.holds(WORKING_ROLES)),
        ("cases.find", "desk.cases", person.holds(WORKING_ROLES | READING_ROLES)),
        ("cases.new", "desk.new", person.holds(WORKING_ROLES)),
        ("admin.absences", "desk.absences", person.holds(WORKING_ROLES) and not person.holds({ADMINISTRATOR})),
        ("admin.procedures", "desk.procedures", person.holds(READING_ROLES | PUBLISHING_ROLES)),
        ("admin.show", "desk.admin", person.holds({ADMINISTRATOR})),
    ]


def role_names() -> list[tuple[str, str]]:
    """The roles there are, with their words."""
    return [(key.removeprefix("role."), say(key)) for key in table() if key.startswith("role.") and key != "role.other"]


def token() -> str:
    """A form's own name, by which a second submit of it is known."""
    return secrets.token_urlsafe(18)


def install(app: Flask, laws: Mapping[str, Mapping[str, str]]) -> None:
    """Put the words into every template.

    Args:
        app: whose templates.
        laws: titles by the names that laws are cited by.
    """
    app.extensions[_LAWS] = laws
    app.jinja_env.globals.update(
        say=say,
        say_code=say_code,
        label=label,
        label_of=label_of,
        named=named,
        language=language,
        languages=LANGUAGES,
        token=token,
        desks=desks,
        where_roles=where_roles,
        role_names=role_names,
        unit=unit,
        unit_of=unit_of,
        here=lambda: request.full_path.rstrip("?"),
    )
    app.jinja_env.filters.update(
        moment=moment, day=day, declared=declared, fact=fact, many=many, article=article, joined=joined
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
