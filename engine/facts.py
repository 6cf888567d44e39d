"""What a case may know: the declared facts of a procedure, with type, labels and rules of each.

A fact is named ``<thing>.<field>`` and declared once, in ``processes/facts/<procedure>.yaml`` or in the shared
``facts/common.yaml``::

    worker.name: {type: text, label: 姓名, label_en: Name, personal: true, searchable: name, max_length: 60}
    claim.amount: {type: money, label: 金额, label_en: Amount, unit: 元}
    applicant.kind: {type: code, label: 申请人, label_en: Applicant, codes: {kin: {zh: 近亲属, en: Kin}}}

A value is stored as plain text, number, bool, list or record (``engine.values``); its declaration says how it
is read: ``"12.50"`` of a fact declared ``money`` is the decimal 12.50, of one declared ``text`` four characters.
"""

import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, cast

import yaml

from engine.model import EngineError
from engine.values import LARGEST_INTEGER, Value, ValueRefusedError, check

TYPES: Final = (
    "text",
    "integer",
    "decimal",
    "money",
    "date",
    "instant",
    "boolean",
    "code",
    "list",
    "person",
    "office",
    "file",
    "identity",
)

#: Ways the inbox can find a case by a fact: two-character grams, equality, keyed hash.
SEARCHES: Final = ("name", "exact", "identity")
#: What the directory may say of an office a fact can mean, so that others are not offered.
OFFICES: Final = ("authority",)

#: A decimal in text: no exponent, no leading zeros, no plus sign; its trailing zeros say its places.
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,27})(?:\.(\d{1,12}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{6})?Z", re.ASCII)
_FILE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII | re.IGNORECASE)

_KEYS = frozenset(
    {
        "type",
        "label",
        "label_en",
        "codes",
        "unit",
        "personal",
        "searchable",
        "append_only",
        "article",
        "max_length",
        "of",
        "offices",
        "places",
    }
)
_MONEY_PLACES = 2


class FactsRefusedError(EngineError):
    """Declarations that cannot be used.

    Attributes:
        problems: one ``(path, fact, code)`` for each; the codes are ``not_yaml``, ``not_a_mapping``, ``alias``,
            ``duplicate_key``, ``name``, ``keyword``, ``unknown_key``, ``type``, ``label``, ``codes``, ``searchable``,
            ``flag``, ``append_only``, ``max_length``, ``places``, ``of``, ``offices``, ``declared_twice``.
    """

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{path} {fact}: {code}" for path, fact, code in problems))
        self.problems = problems


def read_decimal(value: Value) -> Decimal:
    """Read a stored decimal or whole number.

    Raises:
        ValueError: when it is neither.
    """
    if type(value) is int:
        return Decimal(value)
    if type(value) is str and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise ValueError("not_decimal")


def read_date(value: Value) -> date:
    """Read a stored day, ``2026-11-21``.

    Raises:
        ValueError: when it is no day of the calendar so written.
    """
    if type(value) is not str or not _DATE.fullmatch(value):
        raise ValueError("not_date")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("not_date") from error


def read_instant(value: Value) -> datetime:
    """Read a stored instant in UTC, ``2026-11-21T08:30:00Z`` or with six digits of a second.

    Raises:
        ValueError: when it is no instant so written.
    """
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise ValueError("not_instant")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("not_instant") from error


Reader = Callable[[Value], Any]

#: How a stored value of a type is read where its stored form is not the value itself.
_READERS: Final[Mapping[str, Reader]] = {
    "decimal": read_decimal,
    "money": read_decimal,
    "date": read_date,
    "instant": read_instant,
}

#: Types whose values are not stored as text.
_STORED: Final[Mapping[str, type]] = {"boolean": bool, "integer": int}


@dataclass(frozen=True)
class Fact:
    """The declaration of one fact.

    Attributes:
        name: ``worker.name``.
        type: one of ``TYPES``.
        label: in Chinese.
        label_en: in English.
        codes: of a code, its labels (``zh``, ``en``) by value.
        unit: of a number, ``元``, ``月``.
        personal: whether it tells of a person, so that its leaf of history can be erased on lawful order.
        searchable: one of ``SEARCHES``, or null.
        append_only: a list that branches running together may add to.
        article: where the law asks for it, ``工伤保险条例:18``.
        max_length: of a text, in characters; of a list, in items.
        of: type of a list's items, or null when they are records.
        places: of a decimal, the digits it has behind the point; money has two.
        offices: of an office, one of ``OFFICES``: it can only be one of which the directory does not deny this; null:
            it can be any.
    """

    name: str
    type: str
    label: str
    label_en: str
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unit: str | None = None
    personal: bool = False
    searchable: str | None = None
    append_only: bool = False
    article: str | None = None
    max_length: int | None = None
    of: str | None = None
    places: int | None = None
    offices: str | None = None

    def check(self, value: Value) -> str | None:
        """Say what is wrong with a value of this fact.

        Returns:
            Null when it fits (null always does), else a code: ``not_text``, ``not_integer``, ``not_decimal``,
            ``not_money``, ``not_date``, ``not_instant``, ``not_boolean``, ``not_list``, ``not_file``,
            ``unknown_code``, ``places``, ``too_long``, ``not_a_value``.
        """
        if value is None:
            return None
        try:
            check(value)
        except ValueRefusedError:
            return "not_a_value"
        return self._check_type(value, self.type) or self._check_length(value)

    def _check_length(self, value: Value) -> str | None:
        bounded = self.max_length is not None and type(value) in (str, list)
        return "too_long" if bounded and len(value) > (self.max_length or 0) else None

    def _check_type(self, value: Value, kind: str) -> str | None:
        if kind == "list":
            return self._check_items(value)
        stored = _STORED.get(kind, str)
        if type(value) is not stored:
            return f"not_{kind}" if kind in _READERS or kind in _STORED else "not_text"
        if kind in _READERS:
            return self._check_written(str(value), kind)
        if kind == "code" and value not in self.codes:
            return "unknown_code"
        return "not_file" if kind == "file" and not _FILE.fullmatch(str(value)) else None

    def _check_items(self, value: Value) -> str | None:
        if type(value) is not list:
            return "not_list"
        if self.of is None:
            return None
        found = (self._check_type(item, self.of) for item in value if item is not None)
        return next((code for code in found if code), None)

    def _check_written(self, value: str, kind: str) -> str | None:
        try:
            _READERS[kind](value)
        except ValueError:
            return f"not_{kind}"
        places = self.exact_places(kind)
        written = len(value.partition(".")[2])
        return "places" if places is not None and written != places else None

    def exact_places(self, kind: str | None = None) -> int | None:
        """Give the digits behind the point a value of this type must have, or null when any number will do."""
        if (kind or self.type) == "money":
            return _MONEY_PLACES
        return self.places if (kind or self.type) == "decimal" else None


class Declarations(Mapping[str, Fact]):
    """The declared facts of a procedure, by name."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = dict(facts)

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def personal(self, name: str) -> bool:
        """Tell whether a fact is declared personal; one that is not declared is held to be."""
        fact = self._facts.get(name)
        return fact is None or fact.personal

    def check_value(self, name: str, value: Value) -> str | None:
        """Say what is wrong with a value of a fact: null, ``undeclared``, or a code of ``Fact.check``."""
        fact = self._facts.get(name)
        return "undeclared" if fact is None else fact.check(value)

    @cached_property
    def readers(self) -> Mapping[str, Reader]:
        """By name of fact, how its stored value is read; facts read as they are stored are left out."""
        return {name: reader for name, fact in self._facts.items() if (reader := _reader(fact))}

    def fit(self, name: str, value: Value) -> Value:
        """Write a calculated value the way its fact is stored, where that loses nothing.

        A whole number for a decimal becomes text, missing places are filled with noughts (``"12.5"`` of money
        becomes ``"12.50"``), ``"3.0"`` for an integer becomes 3. Nothing is rounded: what does not fit is given
        back as it is, and ``check_value`` says so.
        """
        fact = self._facts.get(name)
        if fact is None or type(value) not in (int, str):
            return value
        if fact.type in ("decimal", "money"):
            return _fit_decimal(value, fact.exact_places())
        if fact.type == "integer" and type(value) is str:
            return _fit_integer(value)
        return value


def _reader(fact: Fact) -> Reader | None:
    if fact.type != "list":
        return _READERS.get(fact.type)
    item = _READERS.get(fact.of or "")
    if item is None:
        return None
    return lambda value: [None if one is None else item(one) for one in value]


def _fit_decimal(value: Value, places: int | None) -> Value:
    text = str(value)
    if places is None or not _DECIMAL.fullmatch(text):
        return text
    whole, _, written = text.partition(".")
    kept = written.rstrip("0")
    if len(kept) > places:
        return text
    return f"{whole}.{kept.ljust(places, '0')}" if places else whole


def _fit_integer(text: str) -> Value:
    if not _DECIMAL.fullmatch(text):
        return text
    number = Decimal(text)
    whole = int(number)
    return whole if number == whole and abs(whole) <= LARGEST_INTEGER else text


def load_facts(texts: Mapping[str, str]) -> Declarations:
    """Read declarations from files.

    Args:
        texts: YAML text by path. The same fact may stand in two files only when both say the same of it.

    Returns:
        The declared facts, in the order of the files.

    Raises:
        FactsRefusedError: with every problem, not just the first.
    """
    problems: list[tuple[str, str, str]] = []
    facts: dict[str, Fact] = {}
    for path, text in texts.items():
        for name, settings in _read_mapping(path, text, problems).items():
            found = _problems_of(name, settings)
            problems += [(path, str(name), code) for code in found]
            if found:
                continue
            fact = Fact(name=name, **settings)
            if facts.setdefault(name, fact) != fact:
                problems.append((path, name, "declared_twice"))
    if problems:
        raise FactsRefusedError(problems)
    return Declarations(facts)


class _Loader(yaml.CSafeLoader):
    """PyYAML's safe loader, but a key written twice is an error: the later one would win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "duplicate key", node.start_mark)
        return mapping


_Loader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: cast("_Loader", loader).construct_mapping(cast("yaml.MappingNode", node), deep=True),
)


def _read_mapping(path: str, text: str, problems: list[tuple[str, str, str]]) -> dict[Any, Any]:
    try:
        # An alias lets a short file grow without bound when it is read.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.CSafeLoader)):
            problems.append((path, "", "alias"))
            return {}
        content = yaml.load(text, _Loader)  # noqa: S506 - a safe loader with one more check
    except yaml.constructor.ConstructorError:
        problems.append((path, "", "duplicate_key"))
        return {}
    except (yaml.YAMLError, ValueError, RecursionError):
        problems.append((path, "", "not_yaml"))
        return {}
    if content is None:
        return {}
    if not isinstance(content, dict):
        problems.append((path, "", "not_a_mapping"))
        return {}
    return content


def _problems_of(name: Any, settings: Any) -> list[str]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return ["name"]
    if any(keyword.iskeyword(part) for part in name.split(".")):
        return ["keyword"]
    if not isinstance(settings, dict):
        return ["not_a_mapping"]
    if set(settings) - _KEYS:
        return ["unknown_key"]
    return [code for code, wrong in _wrong(settings).items() if wrong]


def _wrong(settings: dict[str, Any]) -> dict[str, bool]:
    kind = settings.get("type")
    length = settings.get("max_length")
    places = settings.get("places")
    return {
        "type": kind not in TYPES,
        "label": not all(_is_text(settings.get(key)) for key in ("label", "label_en")),
        "codes": not _codes_fit(kind, settings.get("of"), settings.get("codes")),
        "searchable": settings.get("searchable") not in (None, *SEARCHES),
        "flag": any(type(settings.get(key, False)) is not bool for key in ("personal", "append_only")),
        "append_only": settings.get("append_only") is True and kind != "list",
        "max_length": length is not None and (type(length) is not int or length < 1),
        "places": places is not None and (type(places) is not int or places < 0 or kind != "decimal"),
        "offices": "offices" in settings and (kind != "office" or settings["offices"] not in OFFICES),
        "of": settings.get("of") is not None and (kind != "list" or settings["of"] not in TYPES),
        "unit": not all(settings.get(key) is None or _is_text(settings[key]) for key in ("unit", "article")),
    }


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _codes_fit(kind: Any, of: Any, codes: Any) -> bool:
    if "code" not in (kind, of):
        return codes is None
    return (
        isinstance(codes, dict)
        and bool(codes)
        and all(
            isinstance(code, str)
            and _CODE.fullmatch(code) is not None
            and isinstance(labels, dict)
            and all(_is_text(labels.get(language)) for language in ("zh", "en"))
            for code, labels in codes.items()
        )
    )
