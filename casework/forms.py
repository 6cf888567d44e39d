"""Checks what a form brought, before anything moves.

A form is a JSON Schema 2020-12 whose property names are facts. The schema says what must be there, the facts'
declarations say what a value must be; a field that is not visible is dropped, whatever the browser sent.

Beside its fields a form says what their answers rest on, ``x-shows``: facts that are shown where it is filled in; and a
field which of its codes make a case urgent in lists, ``x-urgent``, and what its value is held against: ``x-not-later``
the submission, ``x-not-before`` and ``x-identity-born`` another day, ``x-among`` the codes that a list holds.
"""

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from casework.errors import InvalidFormError
from casework.kept import is_kept
from engine import Definition
from engine.elements import declarations, elements
from engine.expressions import compile_expression
from engine.facts import Declarations, Fact
from engine.model import EngineError
from engine.values import Value
from handlers.law import identity
from handlers.law.basis import Basis
from handlers.law.dates import SHANGHAI, DateFormatError, parse_date, parse_instant, shanghai_date

#: The clock on the wall by which people write and read instants.
WALL_CLOCK: Final = SHANGHAI
#: What lies before or after is a slip of the keyboard: nobody alive was born before, no limit runs on until after.
FIRST_DAY: Final = "1900-01-01"
LAST_DAY: Final = "2199-12-31"

#: The form of a task that asks for nothing but its completion.
NO_FIELDS: Mapping[str, Any] = {"type": "object", "properties": {}}

Problem = tuple[str, Mapping[str, object]]


@lru_cache(maxsize=256)
def schema_of(definition: Definition, form: str) -> dict[str, Any]:
    """Give a form's schema; callers leave it as it is."""
    schema: dict[str, Any] = json.loads(definition.files[form])
    return schema


@lru_cache(maxsize=256)
def _validator(definition: Definition, form: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema_of(definition, form), validate_formats=True)


def offices_meant(fact: Fact, directory: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
    """Give the names by id of the offices that a fact can mean: those to which the directory denies nothing it asks."""
    asked = fact.offices
    return {
        office: record["name"]
        for office, record in directory.items()
        if asked is None or record.get(asked, False) is not False
    }


def labelled(
    definition: Definition, schema: Mapping[str, Any], directory: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Give a form's schema with the labels of its codes, ``x-codes: {code: {zh, en}}``, and ``x-unit``, for showing.

    Args:
        definition: whose form it is; labels and units are those of the facts' declarations.
        schema: of the form; left as it is.
        directory: of offices, by id, for facts that name one.
    """
    declared = declarations(definition)

    def field(name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        fact = declared.get(name)
        if fact is None:
            return told
        codes = offices_meant(fact, directory) if fact.type == "office" else fact.codes
        known = {"x-codes": codes, "x-unit": fact.unit}
        return {**{key: value for key, value in known.items() if value}, **told}

    return {**schema, "properties": {name: field(name, told) for name, told in schema["properties"].items()}}


def with_rows(schema: Mapping[str, Any], known: Mapping[str, Value]) -> dict[str, Any]:
    """Give a form's schema with the rows its tables begin with and the codes that are left, for showing.

    ``x-rows: {column: fact}`` of a table asks for a row with each value of a list; the fact becomes its values. Of the
    codes of a field with ``x-among: fact`` those are left that the list holds, where it is known.
    """

    def field(told: Mapping[str, Any]) -> Mapping[str, Any]:
        rows = {column: known.get(fact) or [] for column, fact in told.get("x-rows", {}).items()}
        left = known.get(told.get("x-among", ""))
        codes = {} if left is None else {"enum": [code for code in told["enum"] if code in left]}
        return {**told, **codes, "x-rows": rows} if rows else {**told, **codes}

    return {**schema, "properties": {name: field(told) for name, told in schema["properties"].items()}}


#: What of a form's field only makes sense in that form.
_OF_ITS_FORM = frozenset(
    {
        "x-among",
        "x-default",
        "x-group",
        "x-group-en",
        "x-not-before",
        "x-not-later",
        "x-order",
        "x-rows",
        "x-visible-when",
    }
)
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean", "x-widget": "radio"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "money": {"type": "string", "x-widget": "money"},
    "list": {"type": "array"},
}


def of_fact(
    definition: Definition, name: str, directory: Mapping[str, Mapping[str, Any]], files: Mapping[str, str]
) -> dict[str, Any]:
    """Give the schema of a form that asks for one fact alone, as the first form with that fact asks for it.

    Args:
        definition: whose fact it is.
        name: of the fact, declared.
        directory: of offices, by id.
        files: names by hash of what a fact that names a file may name.
    """
    told = _field_in_forms(definition, name) or _field_declared(declarations(definition)[name])
    field = {key: value for key, value in _choosing(told, files).items() if key not in _OF_ITS_FORM}
    return labelled(definition, {"type": "object", "properties": {name: field}, "required": [name]}, directory)


def _field_in_forms(definition: Definition, name: str) -> Mapping[str, Any] | None:
    return next((field for asked, field in _all_fields(definition) if asked == name), None)


def _all_fields(definition: Definition) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the fields of every form with the facts they ask for, form by form."""
    for form in sorted(path for path in definition.files if path.startswith("forms/")):
        yield from schema_of(definition, form)["properties"].items()


def _field_declared(fact: Fact) -> dict[str, Any]:
    """Make the field of a fact that no form asks for, because rules or acts write it."""
    label = {"x-label": fact.label, "x-label-en": fact.label_en}
    if fact.type == "file":
        return {**label, "x-widget": "file"}
    if fact.type == "list":
        items = {"type": "string", "enum": list(fact.codes)} if fact.codes else {"type": "string"}
        return {**label, **_SCHEMAS["list"], "items": items}
    choices = {"enum": list(fact.codes)} if fact.codes else {}
    return {**label, **_SCHEMAS.get(fact.type, {"type": "string"}), **choices}


def _choosing(field: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Ask for files by choice among those of the case, in the columns of a table too."""
    items = field.get("items", {})
    if field.get("x-widget") == "file":
        choice = {"type": "string", "enum": list(files), "x-codes": files}
        kept = {key: value for key, value in field.items() if key not in {"x-widget", "type", "format", "pattern"}}
        return {**kept, "type": "array", "items": choice} if field.get("type") == "array" else {**kept, **choice}
    if "properties" not in items:
        return dict(field)
    columns = {key: _choosing(column, files) for key, column in items["properties"].items()}
    return {**field, "items": {**items, "properties": columns}}


@dataclass(frozen=True)
class Column:
    """One column of a list of records.

    Attributes:
        key: in the records.
        label: ``zh`` and ``en``, or null when nothing declared says what it is.
        type: of its values, a type of facts.
        codes: labels by value.
    """

    key: str
    label: Mapping[str, str] | None = None
    type: str = "text"
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def columns_of(definition: Definition, name: str, value: Value) -> list[Column]:
    """Give the columns in which a fact's value is shown where it is a list of records; else none."""
    rows = value if isinstance(value, list) else []
    return columns(definition, name, dict.fromkeys(key for row in rows if isinstance(row, Mapping) for key in row))


def columns(definition: Definition, name: str, keys: Iterable[str]) -> list[Column]:
    """Say what the keys of the records in a list are.

    A list that a form asks for has them from the form. One that a rule keeps names the fields of facts: those of the
    thing most of whose fields it holds count first.
    """
    wanted = list(keys)
    form = _field_in_forms(definition, name) or {}
    asked = form.get("items", {}).get("properties", {})
    if asked:
        return [_column_asked(key, asked[key]) for key in asked if key in wanted]
    declared = declarations(definition)
    facts = _nearest_facts(declared, wanted)
    order = {name: n for n, name in enumerate(declared)}
    known = sorted(facts, key=lambda key: (-_weight(facts, key), order[facts[key].name]))
    return [_column_declared(key, facts.get(key)) for key in [*known, *(key for key in wanted if key not in facts)]]


def _weight(facts: Mapping[str, Fact], key: str) -> int:
    """Count the columns whose facts are of the same thing as one's, so that those stand first."""
    thing = facts[key].name.partition(".")[0]
    return sum(fact.name.startswith(f"{thing}.") for fact in facts.values())


def _column_asked(key: str, told: Mapping[str, Any]) -> Column:
    label = {"zh": told.get("x-label", key), "en": told.get("x-label-en", told.get("x-label", key))}
    kind = {"date": "date", "date-time": "instant"}.get(told.get("format", ""), "text")
    return Column(key, label, "file" if told.get("x-widget") == "file" else kind, told.get("x-codes", {}))


def _column_declared(key: str, fact: Fact | None) -> Column:
    if fact is None:
        return Column(key)
    return Column(key, {"zh": fact.label, "en": fact.label_en}, fact.of or fact.type, fact.codes)


def _nearest_facts(declared: Declarations, keys: list[str]) -> dict[str, Fact]:
    by_thing: dict[str, dict[str, Fact]] = {}
    for name, fact in declared.items():
        thing, _, key = name.partition(".")
        if key in keys:
            by_thing.setdefault(thing, {})[key] = fact
    # Where two things hold as many of them, the one declared first counts.
    return dict(ChainMap(*sorted(by_thing.values(), key=len, reverse=True)))


def accept(
    definition: Definition,
    form: str,
    given: Mapping[str, Value],
    known: Mapping[str, Value],
    at: str,
    basis: Callable[[], Basis] | None = None,
) -> dict[str, Value]:
    """Give the payload a form brings.

    Args:
        definition: whose form it is.
        form: its path.
        given: values by fact name, as the person gave them.
        known: facts of the case, for what decides whether a field is visible.
        at: instant of the submission, which no date ``x-not-later`` may pass.
        basis: gives the limits in force, asked only for a date that sets one off; where it is null no such date
            is held against them.

    Returns:
        the visible fields, those left empty dropped.

    Raises:
        InvalidFormError: with every error, by field.
    """
    schema = schema_of(definition, form)
    payload = {name: value for name, value in given.items() if value is not None and value != ""}
    if not is_kept(payload):
        unfit = [name for name, value in payload.items() if not is_kept({name: value})]
        raise InvalidFormError({name: ("not_a_value", {}) for name in unfit})
    shown = visible(definition, schema, known, at, payload)
    hidden = set(schema["properties"]) - shown
    payload = {name: value for name, value in payload.items() if name not in hidden}
    problems = dict(_schema_problems(_validator(definition, form), payload, hidden))
    for name, problem in _value_problems(declarations(definition), schema, payload, at):
        problems.setdefault(name, problem)
    for name, problem in _held_against(schema, payload, {**known, **payload}):
        problems.setdefault(name, problem)
    if basis is not None:
        for name, problem in before_the_law(definition, payload, basis):
            problems.setdefault(name, problem)
    if problems:
        raise InvalidFormError(problems)
    return payload


def visible(
    definition: Definition, schema: Mapping[str, Any], known: Mapping[str, Value], at: str, values: Mapping[str, Value]
) -> frozenset[str]:
    """Name the fields whose ``x-visible-when`` holds, or that have none.

    Args:
        definition: whose form it is.
        schema: of the form.
        known: facts of the case, for the fields that are not in the form.
        at: instant whose date ``today()`` is.
        values: of the form.
    """
    facts = {**_taken_up(definition, schema, known, at), **values}
    return frozenset(
        name
        for name, each in schema["properties"].items()
        if "x-visible-when" not in each or _holds(definition, each["x-visible-when"], facts, at)
    )


def _holds(definition: Definition, condition: str, facts: Mapping[str, Value], at: str) -> bool:
    try:
        return compile_expression(condition).evaluate(facts, shanghai_date(at), declarations(definition)) is True
    except EngineError:
        # What the condition reads is itself wrong, and is reported at its own field.
        return True


def starting(
    definition: Definition, schema: Mapping[str, Any], known: Mapping[str, Value], at: str
) -> dict[str, Value]:
    """Give the values a form starts with before anybody entered one: its defaults, and over them what is known."""
    taken_up = _taken_up(definition, schema, known, at)
    return defaults(schema, at) | {
        name: taken_up[name] for name in schema["properties"] if taken_up.get(name) is not None
    }


def _taken_up(
    definition: Definition, schema: Mapping[str, Any], known: Mapping[str, Value], at: str
) -> Mapping[str, Value]:
    """Give what is known, without the form's own fields where ``x-fresh-unless`` has it begin anew."""
    unless = schema.get("x-fresh-unless")
    if unless is None or _holds(definition, unless, known, at):
        return known
    return {name: value for name, value in known.items() if name not in schema["properties"]}


def _schema_problems(validator: Any, payload: Mapping[str, Value], hidden: set[str]) -> Iterable[tuple[str, Problem]]:
    for error in validator.iter_errors(payload):
        kind = error.kind
        keyword = kind.name
        path = _path(error.instance_path)
        if keyword == "required":
            if path or kind.property not in hidden:
                yield _within(path, kind.property), ("required", {})
        elif keyword == "additionalProperties":
            for name in kind.unexpected:
                yield _within(path, name), ("unknown_field", {})
        else:
            yield path, (keyword, {name: getattr(kind, name) for name in ("limit",) if hasattr(kind, name)})


def _path(parts: Iterable[str | int]) -> str:
    """Name a place in a form: ``witnesses[1].name``."""
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else _within(path, part)
    return path


def _within(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _value_problems(
    declared: Declarations, schema: Mapping[str, Any], payload: Mapping[str, Value], at: str
) -> Iterable[tuple[str, Problem]]:
    for name, value in payload.items():
        field = schema["properties"].get(name, {})
        code = declared.check_value(name, value) or _refused(field, value, payload, at)
        if code is not None:
            yield name, (code, {})
    yield from far_days(schema, payload)


def _held_against(
    schema: Mapping[str, Any], payload: Mapping[str, Value], facts: Mapping[str, Value]
) -> Iterator[tuple[str, Problem]]:
    """Name the values that do not go with other facts, of the form or of the case."""
    for name, value in payload.items():
        field = schema["properties"].get(name, {})
        first, left = (_other(field, mark, facts) for mark in ("x-not-before", "x-among"))
        if first is not None and _china_day(str(value)) < _china_day(str(first)):
            yield name, ("before_other", {"day": _china_day(str(first))})
        if isinstance(left, list) and value not in left:
            yield name, ("enum", {})


def _other(field: Mapping[str, Any], annotation: str, facts: Mapping[str, Value]) -> Value:
    """Give the fact a field is held against; a form with a value of no name at all must not pass for it."""
    return facts.get(field[annotation]) if annotation in field else None


def _china_day(text: str) -> str:
    """Give the day in China of a day or an instant; what is neither stays as it is, and is told as that."""
    try:
        return shanghai_date(text).isoformat() if "T" in text else text
    except DateFormatError:
        return text


def far_days(schema: Mapping[str, Any], values: Mapping[str, Value]) -> Iterator[tuple[str, Problem]]:
    """Name the days and instants of a form that no case can mean, in the rows of its tables too."""
    for name, value in values.items():
        for path, day in _days(schema["properties"].get(name, {}), value, name):
            if far := beyond_calendar(day):
                yield path, (far, {})


def _days(field: Mapping[str, Any], value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Give every day and instant a field holds, with its place, in the rows of a table too."""
    if isinstance(value, str) and field.get("format") in {"date", "date-time"}:
        yield path, value
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _days(field.get("items", {}), each, f"{path}[{number}]")
    elif isinstance(value, Mapping):
        for key, column in field.get("properties", {}).items():
            yield from _days(column, value.get(key), _within(path, key))


def beyond_calendar(day: str) -> str | None:
    """Say that a day or instant is one that no case can mean, or null."""
    if day[:10] < FIRST_DAY:
        return "day_too_early"
    # What is no day at all compares as it likes, and is told as that first.
    return "day_too_late" if day[:10] > LAST_DAY else None


def misdated(definition: Definition, name: str, value: Value, at: str) -> str | None:
    """Say why a day or instant cannot stand though it is one of its kind, or null; for facts told outside a form.

    What some form asks for as past, and what a limit counts from or to, has happened when it is told of.

    Args:
        definition: whose fact it is.
        name: of the fact.
        value: of its type.
        at: instant at which it is told.
    """
    if not isinstance(value, str) or declarations(definition)[name].type not in {"date", "instant"}:
        return None
    if far := beyond_calendar(value):
        return far
    return "later_than_today" if name in _happened(definition) and _is_later(value, at) else None


@lru_cache(maxsize=64)
def _happened(definition: Definition) -> frozenset[str]:
    """Name the facts that tell when something happened."""
    asked = {name for name, field in _all_fields(definition) if field.get("x-not-later")}
    orders = (order for element in elements(definition).values() for order in element.deadlines)
    return frozenset(asked | {order.on for order in orders if order.on is not None})


def before_the_law(
    definition: Definition, values: Mapping[str, Value], basis: Callable[[], Basis]
) -> Iterator[tuple[str, Problem]]:
    """Name the dates that may set off a limit, and lie where that limit was not yet law, or no longer.

    Whichever element sets it off: its step could not be taken, and nobody could correct the date any more by then.

    Args:
        definition: whose elements set limits off.
        values: by fact name.
        basis: gives the limits, asked only where it matters.
    """
    for name, limits in _set_off(definition).items():
        day = _day_of(values.get(name))
        if day is not None and not all(basis().has_limit(limit, day) for limit in limits):
            yield name, ("before_the_law", {})


@lru_cache(maxsize=64)
def _set_off(definition: Definition) -> Mapping[str, frozenset[str]]:
    """Name the limits that each fact sets off."""
    found: dict[str, set[str]] = {}
    for element in elements(definition).values():
        for order in element.deadlines:
            if order.action == "start" and order.on is not None:
                found.setdefault(order.on, set()).add(order.limit)
    return {fact: frozenset(limits) for fact, limits in found.items()}


def _day_of(value: Value) -> date | None:
    """Read a day; what is none is told as that."""
    try:
        return None if value is None else parse_date(value)
    except DateFormatError:
        return None


def _refused(field: Mapping[str, Any], value: Value, payload: Mapping[str, Value], at: str) -> str | None:
    """Say what the field's own annotations refuse: a time to come, a number that fails its check digit."""
    if field.get("x-not-later") and _is_later(str(value), at):
        return "later_than_today"
    kind = _other(field, "x-identity-kind", payload)
    born = _day_of(_other(field, "x-identity-born", payload))
    if kind is not None and (wrong := identity.refusal(str(kind), str(value), born)):
        return f"identity_{wrong}"
    if field.get("x-credit-code") and (wrong := identity.credit_code_refusal(str(value))):
        return f"credit_code_{wrong}"
    return None


def _is_later(value: str, at: str) -> bool:
    """Tell whether a day or an instant lies after the submission; a day is that of China."""
    if "T" in value:
        return parse_instant(value) > parse_instant(at)
    return value > shanghai_date(at).isoformat()


@lru_cache(maxsize=64)
def kinds(definition: Definition) -> Mapping[str, Mapping[str, str]]:
    """Give the labels of the fields that take files, by the Chinese one: so a file that came with a form is called."""
    fields = (field for _name, field in _all_fields(definition) if field.get("x-widget") == "file")
    labels = ((field.get("x-label", ""), field.get("x-label-en", "")) for field in fields)
    return {chinese: {"zh": chinese, "en": english or chinese} for chinese, english in labels}


@lru_cache(maxsize=64)
def urgent_answers(definition: Definition) -> tuple[tuple[str, str], ...]:
    """Name the answers that make a case urgent, ``x-urgent`` of a field: fact and code, the least urgent first."""
    fields = _all_fields(definition)
    return tuple(dict.fromkeys((name, code) for name, field in fields for code in field.get("x-urgent", ())))


def defaults(schema: Mapping[str, Any], at: str) -> dict[str, Value]:
    """Give the values a form starts with before anybody entered one: ``x-default: today``."""
    today = shanghai_date(at).isoformat()
    return {name: today for name, field in schema["properties"].items() if field.get("x-default") == "today"}
