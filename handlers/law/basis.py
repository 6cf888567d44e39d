"""The basis 依据: everything besides the case that a step may read, as one immutable value.

A basis holds the limits, the dated parameters, the workday tables and the office directory. It is named by the hash
of its canonical bytes; a change makes a new one and every one is kept. What applies is chosen by the legal date
asked about, not by the day of asking.

A parameter nobody has set is no zero and no guess: ``parameter`` refuses it by name, ``threshold`` answers null,
which sends the question to a person.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

import yaml

from handlers.law import Value
from handlers.law.calendar import Calendar
from handlers.law.dates import parse_date
from handlers.law.limits import Limit, LimitUnknownError

#: Files below ``parameters/`` whose ``parameters`` are dated values.
#: Versions of the counting; a limit counted by one is counted by it for ever.
_COUNTINGS = frozenset({1, 2})
_PARAMETER_FILES = ("amounts", "thresholds", "numbers")


class ParameterUnsetError(LookupError):
    """A parameter has no value for that day and office: nobody has entered it, or it did not exist yet.

    Attributes:
        name: of the parameter.
        on: the legal date asked about.
        office: id of the office, or null.
    """

    def __init__(self, name: str, on: date, office: str | None) -> None:
        super().__init__(f"parameter {name} is not set on {on} for {office or 'any office'}")
        self.name = name
        self.on = on
        self.office = office


class ParameterUnknownError(LookupError):
    """No parameter of that name is declared."""


class OfficeUnknownError(LookupError):
    """No office of that id is in the directory."""


class ParameterFileError(ValueError):
    """A parameter file cannot be read: its form is wrong, or it holds a float.

    Attributes:
        path: of the file, and where in it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class Basis:
    """One basis, read from its value.

    Reading takes some milliseconds; callers keep one object per hash.

    Args:
        value: what ``build_basis`` made: records ``limits``, ``grounds``, ``parameters``, ``calendars``, ``offices``
            and, where it is not the first, the version of the ``counting``; where demonstration values are loaded,
            the name of their ``parameter_set``.
    """

    def __init__(self, value: Mapping[str, Value]) -> None:
        self.value = value
        self._limits = {
            limit: tuple(Limit.from_value(limit, version) for version in versions)
            for limit, versions in value["limits"].items()
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Value]) -> "Basis":
        """Read a basis from its canonical record."""
        return cls(value)

    @cached_property
    def calendar(self) -> Calendar:
        """The workday tables."""
        return Calendar(self.value["calendars"], open_end=self.counting > 1)

    @cached_property
    def counting(self) -> int:
        """Version by which days are counted (``handlers.law.counting``): a basis keeps its own, so that replay does.

        Raises:
            ParameterFileError: it is of a release later than this one.
        """
        return _counting(self.value.get("counting", 1))

    @property
    def parameter_set(self) -> str | None:
        """Name of the set of invented values in force, ``演示``; printed on every paper. Null in earnest."""
        return self.value.get("parameter_set")

    @property
    def limit_ids(self) -> frozenset[str]:
        """Ids of all limits, in force or not."""
        return frozenset(self._limits)

    def limit(self, limit: str, on: date) -> Limit:
        """Find a limit as it stood on a legal date.

        Raises:
            LimitUnknownError: when there is none, or none in force that day.
        """
        for version in self._limits.get(limit, ()):
            if version.covers(on):
                return version
        raise LimitUnknownError(limit, on)

    def has_limit(self, limit: str, on: date) -> bool:
        """Tell whether a limit is in force on a legal date."""
        return any(version.covers(on) for version in self._limits.get(limit, ()))

    def parameter(self, name: str, on: date, office: str | None = None) -> Value:
        """Find the value of a parameter on a legal date; an office's own value goes before the general one.

        Raises:
            ParameterUnknownError: when no such parameter is declared.
            ParameterUnsetError: when it has no value that day.
        """
        value = self.threshold(name, on, office)
        if value is None:
            raise ParameterUnsetError(name, on, office)
        return value

    def threshold(self, name: str, on: date, office: str | None = None) -> Value:
        """Find the value of a parameter, or null where it is not set: the question then goes to a person.

        Raises:
            ParameterUnknownError: when no such parameter is declared.
        """
        if name not in self.value["parameters"]:
            raise ParameterUnknownError(name)
        rows = self.value["parameters"][name]["values"]
        for wanted in (office, None) if office else (None,):
            for row in rows:
                if row.get("office") == wanted and _covers(row, on):
                    return row["value"]
        return None

    def number_pattern(self, office: str, series: str, on: date) -> str:
        """Tell how an office writes the numbers of a series of papers, with ``{year}`` and ``{n}`` to fill in.

        Args:
            office: id of the office.
            series: name of the series, ``recognition``.
            on: the legal date of the paper.

        Raises:
            ParameterUnsetError: when the office's or the series' word is not entered.
        """
        word: str | None = self.parameter("number_series", on, office).get(series)
        if word is None:
            raise ParameterUnsetError(f"number_series.{series}", on, office)
        pattern: str = self.parameter("number_pattern", on, office)
        return pattern.replace("{office}", self.parameter("number_office", on, office)).replace("{series}", word)

    def city_bureau(self, office: str | None = None) -> str:
        """Find the city bureau an office belongs to, itself where it is one; without an office, the only one there is.

        Args:
            office: id of the office that asks, or null where nobody knows.

        Raises:
            OfficeUnknownError: when no office of that id is in the directory, no city stands above it, or several may
                be meant.
        """
        among = self.value["offices"] if office is None else self._upwards(office)
        found = [name for name in among if _is_city_bureau(self.office(name))]
        if len(found) != 1:
            raise OfficeUnknownError(f"no one city bureau for {office or 'any office'}")
        return found[0]

    def _upwards(self, office: str) -> list[str]:
        """Give an office and those above it, each once, even where the directory's parents go round."""
        way: list[str] = []
        at: str | None = office
        while at is not None and at not in way:
            way.append(at)
            at = self.office(at).get("parent")
        return way

    def office(self, office: str) -> Mapping[str, Value]:
        """Find an office's record in the directory.

        Raises:
            OfficeUnknownError: when there is none.
        """
        try:
            return self.value["offices"][office]  # type: ignore[no-any-return]
        except KeyError as error:
            raise OfficeUnknownError(office) from error


def _is_city_bureau(record: Mapping[str, Value]) -> bool:
    return record.get("kind") == "bureau" and record.get("level") == "city"


def _covers(row: Mapping[str, Value], on: date) -> bool:
    begins, ends = row.get("valid_from"), row.get("valid_to")
    return (begins is None or parse_date(begins) <= on) and (ends is None or on <= parse_date(ends))


def read_limits(text: str) -> dict[str, tuple[Limit, ...]]:
    """Read ``parameters/limits.yaml`` into every version of each limit, by id.

    Raises:
        ParameterFileError: when it is no record of limits.
    """
    try:
        rows = _plain(yaml.load(text, Loader=yaml.CSafeLoader), "limits.yaml")["limits"]
        return {name: tuple(Limit.from_value(name, version) for version in _versions(rows[name])) for name in rows}
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise ParameterFileError("limits.yaml", str(error)) from error


def build_basis(folder: Path, parameter_set: str | None = None) -> dict[str, Value]:
    """Read the content of ``processes/parameters`` into the value of a basis.

    Args:
        folder: the folder ``processes``.
        parameter_set: name of a set of invented values to lay over the real ones (``演示``).

    Raises:
        ParameterFileError: when a file is missing, is not a record, or holds a float.
    """
    parameters = folder / "parameters"
    limits = _read(parameters / "limits.yaml")
    value: dict[str, Value] = {
        "limits": {limit: _versions(row) for limit, row in limits["limits"].items()},
        "grounds": limits["grounds"],
        "parameters": {},
        "calendars": {path.stem: _read(path) for path in sorted((parameters / "calendars").glob("*.yaml"))},
        "offices": _read(parameters / "offices.yaml")["offices"],
    }
    if "counting" in limits:
        value["counting"] = _counting(limits["counting"])
    for stem in _PARAMETER_FILES:
        value["parameters"] |= _read(parameters / f"{stem}.yaml")["parameters"]
    if parameter_set is not None:
        _lay_over(value, _read(parameters / "sets" / f"{parameter_set}.yaml"), parameter_set)
    return value


def _counting(version: Value) -> int:
    if type(version) is not int or version not in _COUNTINGS:
        raise ParameterFileError("limits.yaml", f"counting: {version}: no version known here")
    return version


def _versions(row: Value) -> list[Value]:
    return row if isinstance(row, list) else [row]


def _lay_over(value: dict[str, Value], invented: Mapping[str, Value], name: str) -> None:
    """Put a set's values behind the real ones, which go before them, and into the empty fields of offices."""
    value["parameter_set"] = name
    for parameter, rows in invented["parameters"].items():
        if parameter not in value["parameters"]:
            raise ParameterFileError(f"sets/{name}.yaml: {parameter}", "no such parameter is declared")
        value["parameters"][parameter]["values"] += rows
    for office, fields in invented["offices"].items():
        record = value["offices"].setdefault(office, {})
        record |= {key: field for key, field in fields.items() if record.get(key) is None}


def _read(path: Path) -> dict[str, Value]:
    try:
        content = _plain(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), path.name)
    except (OSError, yaml.YAMLError) as error:
        raise ParameterFileError(path.name, str(error)) from error
    if not isinstance(content, dict):
        raise ParameterFileError(path.name, "not a record")
    return content


def _plain(node: Value, path: str) -> Value:
    """Turn what YAML read into values: days into text, keys into text; a float is refused."""
    if isinstance(node, dict):
        return {str(key): _plain(child, f"{path}.{key}") for key, child in node.items()}
    if isinstance(node, list):
        return [_plain(child, f"{path}[{index}]") for index, child in enumerate(node)]
    if isinstance(node, date):
        return node.isoformat()
    if isinstance(node, float):
        raise ParameterFileError(path, "a float; write the decimal as text")
    return node
