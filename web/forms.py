"""Forms from JSON Schema 2020-12: shown by Jinja, read back into a payload by the schema's types.

A form is an object schema whose properties are fact names (``worker.name``). What the schema lacks is said by
annotations: ``x-label``, ``x-label-en``, ``x-help``, ``x-help-en``, ``x-article``, ``x-group``, ``x-group-en``,
``x-order``, ``x-title-en``, ``x-codes`` (labels by code), ``x-unit``, ``x-widget`` (text, textarea, date, instant,
select, radio, checkbox, money, file, table) and ``x-visible-when``, an expression over facts that says when a field is
asked; ``x-rows`` of a table are values by column of which each begins a row, and a row that tells nothing else is none.

Whether the values are right is casework's to say; this module shows its errors where they belong. A path names one
value of a form, ``witnesses[1].name``: the name of its control, the key of its error.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from casework.forms import WALL_CLOCK
from web.pages import joined, unit
from web.words import label, language, say, say_code

Schema = Mapping[str, Any]
#: Tells which properties of a form are asked, given what is known.
Asked = Callable[[Mapping[str, Any]], Container[str]]
#: An error: its code and what its sentence names.
Error = tuple[str, Mapping[str, object]]

#: Names of controls that belong to the page, not to the form's payload.
ACTION: Final = "_do"
#: Path of an error that is the whole form's.
WHOLE: Final = ""
#: Mark of a table row's presence: a row all of whose boxes are empty posts nothing else.
_ROW: Final = "_row"
#: More rows than a person types.
MAX_ROWS: Final = 200
#: Row numbers that are looked at, below ``MAX_ROWS``.
_ROW_NUMBER = re.compile(r"1?\d{1,2}\Z", re.ASCII)
_LARGEST_INTEGER: Final = 2**53 - 1
#: Widgets in which a number is typed, behind which its unit stands.
_TYPED: Final = frozenset({"text", "money"})
#: An amount as people write it: thousands may be set off, cents left out.
_AMOUNT = re.compile(r"(\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.(\d{1,2}))?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,16}\Z", re.ASCII)
_LOCAL_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?\Z", re.ASCII)


@dataclass(frozen=True)
class Option:
    """One choice of a coded field."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Passage:
    """A text parted where it differs from another.

    Attributes:
        where: the cell of a table it stands in; empty for a field.
        before: what both have, or the whole of a text that has nothing in common with the other.
        differing: what differs, which may be nothing; null where the text is not parted.
        after: what both have again.
    """

    where: str
    before: str
    differing: str | None = None
    after: str = ""


@dataclass(frozen=True)
class Confirmed:
    """What one of two officers confirmed of a field that is filled in otherwise.

    Attributes:
        who: confirmed it.
        at: instant.
        taken_from: id of the officer, for the button that fills it in; empty where nothing can be filled in.
        passages: what it was; of a table, one for each cell that differs.
    """

    who: str
    at: str
    taken_from: str
    passages: Sequence[Passage]


@dataclass(frozen=True)
class Field:
    """One value of a form as a template shows it.

    Attributes:
        path: name of its control and key of its error.
        widget: one of the ``x-widget`` words.
        value: as text for a control; a list for several files or boxes; a bool for one box.
        error: sentence, or none.
        rows: of a table, each the fields of a row.
        columns: of a table, the fields of an empty row, for its heading.
        asked: whether it is asked, by the values known when the page was made.
        unit: of what is typed, in words, to stand behind its control.
        narrow: whether a column of a table need only hold a number.
        otherwise: what officers confirmed of it that differs from what it holds.
    """

    path: str
    widget: str
    label: str
    value: Any
    required: bool
    help: str
    article: str
    group: str
    error: str | None
    options: Sequence[Option] = ()
    rows: Sequence[Sequence["Field"]] = ()
    columns: Sequence["Field"] = ()
    asked: bool = True
    multiple: bool = False
    unit: str = ""
    narrow: bool = False
    otherwise: Sequence[Confirmed] = ()

    @property
    def id(self) -> str:
        """The element's id, without the characters that a link or a style sheet would have to escape."""
        return "f-" + re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")


@dataclass(frozen=True)
class Form:
    """A form as a template shows it.

    Attributes:
        title: what the form is.
        help: what is to be known before it is filled in; may be empty.
        groups: heading and fields, in order; the heading may be empty.
        summary: every error as (link to the field, label, sentence); the link is empty where no field shows it.
        conditional: whether some field is asked only under a condition.
    """

    title: str
    help: str
    groups: Sequence[tuple[str, Sequence[Field]]]
    summary: Sequence[tuple[str, str, str]]
    conditional: bool

    @property
    def marks_required(self) -> bool:
        """Whether some field wears the star of those that must be filled in."""
        return any(each.required for _, fields in self.groups for each in _walk(fields))


# --- showing -------------------------------------------------------------------------------------------------------


def build(
    schema: Schema, values: Mapping[str, Any], asked: Container[str], errors: Mapping[str, Error] | None = None
) -> Form:
    """Lay a form out for a template.

    Args:
        schema: the object schema.
        values: what is known, by fact name.
        asked: names of the properties that are asked with these values.
        errors: casework's errors by path.
    """
    told = {
        path: say_code("field", _code(schema, path, code), **params) for path, (code, params) in (errors or {}).items()
    }
    told = _place(schema, values, told)
    required = _required(schema)
    fields = [
        replace(_field(name, name, sub, values, told, required), asked=name in asked) for name, sub in _ordered(schema)
    ]
    groups: dict[str, list[Field]] = {}
    for each in fields:
        groups.setdefault(each.group, []).append(each)
    title = annotation(schema, "x-title") or annotation(schema, "title")
    conditional = any("x-visible-when" in sub for sub in schema.get("properties", {}).values())
    return Form(title, annotation(schema, "x-help"), list(groups.items()), _summary(fields, told), conditional)


def _code(schema: Schema, path: str, code: str) -> str:
    """The code of an error; of an amount it says how one is written rather than that it has no right form."""
    return "not_money" if code == "pattern" and widget_of(schema["properties"].get(path, {})) == "money" else code


def _place(schema: Schema, values: Mapping[str, Any], told: dict[str, str]) -> dict[str, str]:
    """Put the error of a whole form, that none of several fields is filled in, at the first of them."""
    properties: Mapping[str, Schema] = schema.get("properties", {})
    found: dict[str, str] = {}
    for demanded in _demanded(schema) if WHOLE in told else ():
        asked = [name for name in demanded if name in properties]
        if asked and not any(name in values for name in asked):
            found[asked[0]] = say("field.either", names=joined(caption(properties[name]) for name in asked))
    return found | {path: text for path, text in told.items() if path != WHOLE} if found else told


def _demanded(schema: Schema) -> Iterator[list[str]]:
    """The fields of which a form demands one, for each such demand among its conditions."""
    for each in (schema, *schema.get("allOf", ())):
        yield [name for either in each.get("anyOf", ()) for name in either.get("required", ())]


def _ordered(schema: Schema) -> list[tuple[str, Schema]]:
    """Properties by ``x-order``; those without one come last, as they stand."""
    properties: Mapping[str, Schema] = schema.get("properties", {})
    return sorted(properties.items(), key=lambda item: item[1].get("x-order", _LARGEST_INTEGER))


def _required(schema: Schema) -> frozenset[str]:
    """Properties that must be filled in where they are asked: always, or by one of the form's conditions."""
    conditions = (each.get("then", {}).get("required", ()) for each in schema.get("allOf", ()))
    return frozenset(schema.get("required", ())).union(*conditions)


def _field(
    name: str, path: str, sub: Schema, values: Mapping[str, Any], told: Mapping[str, str], required: Container[str]
) -> Field:
    value = values.get(name)
    widget = widget_of(sub)
    options = _options(sub, value)
    if widget in {"select", "radio"} and not options:
        widget = "text"  # a choice among nothing could not be answered
    rows: list[list[Field]] = []
    columns: list[Field] = []
    if widget == "table":
        item = sub.get("items", {})
        columns = _row(item, f"{path}[]", {}, {})
        rows = [_row(item, f"{path}[{index}]", each, told) for index, each in enumerate(_shown_rows(value, sub))]
    return Field(
        path=path,
        widget=widget,
        label=caption(sub) or name,
        value=_control_value(value, widget),
        required=name in required,
        help=annotation(sub, "x-help") or annotation(sub, "description"),
        article=_article(sub),
        group=annotation(sub, "x-group"),
        error=told.get(path),
        options=options,
        rows=rows,
        columns=columns,
        multiple=sub.get("type") == "array",
        unit=unit(sub.get("x-unit")) if widget in _TYPED else "",
        narrow=sub.get("type") == "integer",
    )


def _row(item: Schema, path: str, values: Any, told: Mapping[str, str]) -> list[Field]:
    known = values if isinstance(values, Mapping) else {}
    required = _required(item)
    return [_field(name, f"{path}.{name}", sub, known, told, required) for name, sub in _ordered(item)]


def _shown_rows(value: Any, sub: Schema) -> list[Any]:
    rows = list(value) if isinstance(value, list) else []
    for column, begun in sub.get("x-rows", {}).items():
        there = [row.get(column) for row in rows if isinstance(row, Mapping)]
        rows += [{column: each} for each in begun if each not in there]
    return rows + [{}] * (max(1, int(sub.get("minItems", 0))) - len(rows))


def widget_of(sub: Schema) -> str:
    """The widget of a field: the one it names, or the one its type suggests."""
    named = sub.get("x-widget")
    if named:
        return str(named)
    kind = sub.get("type")
    items = sub.get("items", {})
    if kind == "boolean":
        return "checkbox"
    if kind == "array":
        return "table" if items.get("type") == "object" else "checkbox"
    if "enum" in sub or "oneOf" in sub or "x-codes" in sub:
        return "select"
    return {"date": "date", "date-time": "instant"}.get(str(sub.get("format")), "text")


def annotation(sub: Schema, name: str) -> str:
    """An annotation in the reader's language; ``x-help-en`` is the English of ``x-help``."""
    english = sub.get(f"{name}-en") if language() == "en" else None
    return label(english or sub.get(name))


def caption(sub: Schema) -> str:
    """The label of a field or form."""
    return annotation(sub, "x-label") or annotation(sub, "title")


def _article(sub: Schema) -> str:
    article = sub.get("x-article", "")
    return ";".join(article) if isinstance(article, list) else str(article)


def _control_value(value: Any, widget: str) -> Any:
    if widget in {"table", "checkbox", "file"}:
        return value
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if widget == "instant":
        return _local(str(value))
    return str(value)


def _local(instant: str) -> str:
    """An instant as the browser's control writes it, wall time in Asia/Shanghai; what is none stays as typed."""
    try:
        moment = datetime.fromisoformat(instant)
        local = moment.astimezone(WALL_CLOCK).replace(tzinfo=None) if moment.tzinfo else None
    except (ValueError, OverflowError):  # the last day there is ends later in China
        return instant
    # Seconds are shown where there are any: a form that is only looked at must give back what it was given.
    return instant if local is None else local.isoformat(timespec="seconds").removesuffix(":00")


def _options(sub: Schema, value: Any) -> list[Option]:
    chosen = {_text(each) for each in _list(value) if each is not None}
    return [Option(code, name, code in chosen) for code, name in _choices(sub)]


def _choices(sub: Schema) -> Iterator[tuple[str, str]]:
    source = sub["items"] if sub.get("type") == "array" and "items" in sub else sub
    if source.get("type") == "boolean" and sub.get("x-widget") in {"radio", "select"}:
        yield from (("true", say("answer.yes")), ("false", say("answer.no")))
    for each in source.get("oneOf", ()):
        if "const" in each:
            yield _text(each["const"]), caption(each) or _text(each["const"])
    codes = source.get("x-codes", sub.get("x-codes", {}))
    # Where nothing narrows them down, every code that has a label may be chosen: an office of the directory.
    for code in source.get("enum", () if "oneOf" in source else codes):
        yield _text(code), label(codes.get(code)) or _text(code)


def _text(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _walk(fields: Sequence[Field]) -> Iterator[Field]:
    for each in fields:
        yield each
        for row in each.rows:
            yield from _walk(row)


def _summary(fields: Sequence[Field], told: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Every error once, in the order of the form; what no field shows comes last."""
    shown: list[tuple[str, str, str]] = []
    placed: set[str] = set()
    for top in fields:
        for where, each in _named(top):
            if each.error and top.asked:
                shown.append((each.id, where, each.error))
                placed.add(each.path)
    rest = [("", _owner(path, fields), text) for path, text in told.items() if path not in placed]
    return shown + rest


def _named(top: Field) -> Iterator[tuple[str, Field]]:
    yield top.label, top
    for number, row in enumerate(top.rows, 1):
        for cell in row:
            yield say("form.cell", table=top.label, row=number, column=cell.label), cell


def _owner(path: str, fields: Sequence[Field]) -> str:
    return next((each.label for each in fields if path.startswith(each.path)), "")


# --- reading -------------------------------------------------------------------------------------------------------


class Posted:
    """A posted form: its fields in order, several values to a name (werkzeug's ``MultiDict`` is one)."""

    def __init__(self, pairs: Sequence[tuple[str, str]], files: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take what was posted.

        Args:
            pairs: names and values of the controls, in text that a case may keep.
            files: ids of the files uploaded with this post, by the name of their control.
        """
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self._files = files or {}

    def all(self, path: str) -> list[str]:
        """Every value of a control that holds something."""
        return [text for text in self._values.get(path, ()) if text]

    def one(self, path: str) -> str | None:
        """The value of a control, or none; the last, where a control was doubled."""
        values = self.all(path)
        return values[-1] if values else None

    def files(self, path: str) -> list[str]:
        """Files of a control: those just uploaded after those kept from an earlier post."""
        return [*self.all(path), *self._files.get(path, ())]

    def rows(self, path: str) -> list[int]:
        """Numbers of the rows of a table that the page showed."""
        posted = self._values.get(f"{path}.{_ROW}", ())
        return sorted({int(each) for each in posted if _ROW_NUMBER.match(each)})


def read(schema: Schema, posted: Posted, asked: Asked, *, blank_rows: bool = False) -> dict[str, Any]:
    """Read a posted form into a payload.

    What is empty is absent; what the schema does not name is not looked at; a field that is not asked is dropped,
    and so are, in turn, the fields that its value asked for. A text that is no integer stays text, so that casework
    names the error and the person sees what they typed.

    Args:
        schema: the object schema.
        posted: the posted controls.
        asked: tells which properties are asked, given a payload.
        blank_rows: whether empty rows of tables stay; for the buttons that add and delete rows.

    Returns:
        Values by fact name.
    """
    values = {name: _value(name, sub, posted, blank_rows=blank_rows) for name, sub in _ordered(schema)}
    payload = {name: value for name, value in values.items() if value is not None}
    while dropped := payload.keys() - _kept(payload, asked):
        for name in dropped:
            del payload[name]
    return payload


def _kept(payload: Mapping[str, Any], asked: Asked) -> set[str]:
    now = asked(payload)
    return {name for name in payload if name in now}


def _value(path: str, sub: Schema, posted: Posted, *, blank_rows: bool = False) -> Any:
    widget = widget_of(sub)
    kind = sub.get("type")
    if widget == "table":
        return _table(path, sub, posted, blank_rows=blank_rows)
    if widget == "file":
        ids = posted.files(path)
        return (ids or None) if kind == "array" else (ids[-1] if ids else None)
    if kind == "array":
        return posted.all(path) or None
    return _scalar(posted.one(path), sub, widget)


def _scalar(text: str | None, sub: Schema, widget: str) -> Any:
    kind = sub.get("type")
    if kind == "boolean":
        return _boolean(text, widget)
    if text is None:
        return None
    if kind == "integer" and _INTEGER.match(text) and abs(int(text)) <= _LARGEST_INTEGER:
        return int(text)
    if widget == "money" and (amount := _AMOUNT.match(text)):
        return f"{re.sub('[,，]', '', amount[1])}.{amount[2] or '':0<2}"
    if widget == "instant" and _LOCAL_INSTANT.match(text):
        return _utc(text)
    return text


def _boolean(text: str | None, widget: str) -> Any:
    if widget == "checkbox":
        return text == "true"
    return {"true": True, "false": False}.get(text or "", text)


def _utc(text: str) -> str:
    """Wall time in Asia/Shanghai as an instant; a day that does not exist stays as typed."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=WALL_CLOCK).astimezone(UTC)
    except (ValueError, OverflowError):  # the first day there is begins earlier in Greenwich
        return text
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _table(path: str, sub: Schema, posted: Posted, *, blank_rows: bool) -> list[dict[str, Any]] | None:
    item = sub.get("items", {})
    rows = [_read_row(f"{path}[{number}]", item, posted) for number in posted.rows(path)]
    return [row for row in rows if blank_rows or _tells(row, sub.get("x-rows", {}))] or None


def _tells(row: Mapping[str, Any], begun: Container[str]) -> bool:
    """Tell whether somebody filled a row in: an unticked box and what it began with are nobody's words."""
    return any(value is not False for name, value in row.items() if name not in begun)


def _read_row(path: str, item: Schema, posted: Posted) -> dict[str, Any]:
    cells = {name: _value(f"{path}.{name}", sub, posted) for name, sub in _ordered(item)}
    return {name: value for name, value in cells.items() if value is not None}


def file_controls(schema: Schema) -> frozenset[str]:
    """Paths of the controls that take files, with empty brackets for rows: ``witnesses[].statement``."""
    found = set()
    for name, sub in schema.get("properties", {}).items():
        widget = widget_of(sub)
        if widget == "file":
            found.add(name)
        elif widget == "table":
            found |= {f"{name}[].{path}" for path in file_controls(sub.get("items", {}))}
    return frozenset(found)


def change_rows(schema: Schema, payload: dict[str, Any], action: str) -> dict[str, Any]:
    """Carry out a table's button, ``add:witnesses`` or ``delete:witnesses:1``, on the values just read.

    An unknown table or row changes nothing.
    """
    verb, _, rest = action.partition(":")
    table, _, number = rest.partition(":")
    if widget_of(schema.get("properties", {}).get(table, {})) != "table":
        return payload
    rows = list(payload.get(table) or [])
    if verb == "add" and len(rows) < MAX_ROWS:
        rows = [*rows, {}]
    elif verb == "delete" and _ROW_NUMBER.match(number):
        rows = [row for index, row in enumerate(rows) if index != int(number)]
    return {**payload, table: rows}
