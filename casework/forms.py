"""Checks what a form brought, before anything moves.

A form is a JSON Schema 2020-12 whose property names are facts. The schema says what must be there, the facts'
declarations say what a value must be; a field that is not visible is dropped, whatever the browser sent.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from casework.errors import InvalidFormError
from engine import Definition
from engine.elements import declarations
from engine.expressions import compile_expression
from engine.facts import Declarations
from engine.model import EngineError
from engine.values import Value, ValueRefusedError, check
from handlers.law import identity
from handlers.law.dates import parse_instant, shanghai_date

#: Schema keywords that name how a value is wrong, with the parameters a sentence needs.
_PARAMETERS = {
    "maxLength": "limit",
    "minLength": "limit",
    "maxItems": "limit",
    "minItems": "limit",
    "maximum": "limit",
    "minimum": "limit",
}

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


def labelled(
    definition: Definition, schema: Mapping[str, Any], offices: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Give a form's schema with the labels of its codes, ``x-codes: {code: {zh, en}}``, for showing.

    Args:
        definition: whose form it is; the labels are those of the facts' declarations.
        schema: of the form; left as it is.
        offices: names by id, for facts that name an office.
    """
    declared = declarations(definition)

    def field(name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        fact = declared.get(name)
        codes = offices if fact is not None and fact.type == "office" else None if fact is None else fact.codes
        return {**told, "x-codes": codes} if codes and "x-codes" not in told else told

    return {**schema, "properties": {name: field(name, told) for name, told in schema["properties"].items()}}


def accept(
    definition: Definition, form: str, given: Mapping[str, Value], known: Mapping[str, Value], at: str
) -> dict[str, Value]:
    """Give the payload a form brings.

    Args:
        definition: whose form it is.
        form: its path.
        given: values by fact name, as the person gave them.
        known: facts of the case, for what decides whether a field is visible.
        at: instant of the submission, which no date ``x-not-later`` may pass.

    Returns:
        the visible fields, those left empty dropped.

    Raises:
        InvalidFormError: with every error, by field.
    """
    schema = schema_of(definition, form)
    payload = {name: value for name, value in given.items() if value is not None and value != ""}
    shown = visible(definition, schema, known, at, payload)
    hidden = set(schema["properties"]) - shown
    payload = {name: value for name, value in payload.items() if name not in hidden}
    problems = dict(_schema_problems(_validator(definition, form), payload, hidden))
    for name, problem in _value_problems(declarations(definition), schema, payload, at):
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
    facts = {**known, **values}
    today, declared = shanghai_date(at), declarations(definition)

    def is_shown(condition: str | None) -> bool:
        if condition is None:
            return True
        try:
            return compile_expression(condition).evaluate(facts, today, declared) is True
        except EngineError:
            # What the condition reads is itself wrong, and is reported at its own field.
            return True

    return frozenset(name for name, each in schema["properties"].items() if is_shown(each.get("x-visible-when")))


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
        code = _unfit(declared, name, value) or _refused(schema["properties"].get(name, {}), value, payload, at)
        if code is not None:
            yield name, (code, {})


def _unfit(declared: Declarations, name: str, value: Value) -> str | None:
    """Say why a value is none of its fact, or null."""
    try:
        check(value, name)
    except ValueRefusedError:
        return "not_a_value"
    return declared.check_value(name, value)


def _refused(field: Mapping[str, Any], value: Value, payload: Mapping[str, Value], at: str) -> str | None:
    """Say what the field's own annotations refuse: a time to come, a number that fails its check digit."""
    if field.get("x-not-later") and _is_later(str(value), at):
        return "later_than_today"
    kind = payload.get(field.get("x-identity-kind", ""))
    if kind is not None and (wrong := identity.refusal(str(kind), str(value))):
        return f"identity_{wrong}"
    if field.get("x-credit-code") and (wrong := identity.credit_code_refusal(str(value))):
        return f"credit_code_{wrong}"
    return None


def _is_later(value: str, at: str) -> bool:
    """Tell whether a day or an instant lies after the submission; a day is that of China."""
    if "T" in value:
        return parse_instant(value) > parse_instant(at)
    return value > shanghai_date(at).isoformat()


def defaults(schema: Mapping[str, Any], at: str) -> dict[str, Value]:
    """Give the values a form starts with before anybody entered one: ``x-default: today``."""
    today = shanghai_date(at).isoformat()
    return {name: today for name, field in schema["properties"].items() if field.get("x-default") == "today"}
