"""Taking applications from a file: JSON lines or CSV, each row checked like the form it stands for.

A row's columns are facts of the procedure's first form. Good rows become cases, bad ones are reported with row,
field and reason; a row that was taken before is not taken again, in whatever file it comes.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

import storage.imports
import storage.people
from casework import advance, cases, forms, library, people
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError, InvalidFormError, NotFoundError, RefusedError, RequestError
from engine import Definition
from engine.elements import declarations
from engine.facts import Fact
from engine.values import Value, ValueRefusedError, digest, encode
from storage.errors import TakenError

_SOURCE: Final = "import"
LARGEST_FILE: Final = 200 * 1024 * 1024
LONGEST_LINE: Final = 200_000
#: How often progress is told, in rows.
_TOLD_EVERY: Final = 100
_TRUE: Final = frozenset({"true", "1", "是", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "否", "n", "no"})


@dataclass
class Report:
    """What became of a file.

    Attributes:
        rows: how many were read.
        taken: how many became cases.
        known: how many had been taken before.
        refused: ``{"row", "field", "reason"}`` for every error of every bad row.
    """

    rows: int = 0
    taken: int = 0
    known: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


class _RowError(Exception):
    """A row that cannot be read at all; the message is the reason's code."""


def import_file(
    ctx: Context, path: Path, *, sign_in: str, office: str, procedure: str = "recognition", told: Callable[[int], None]
) -> Report:
    """Take a file's applications.

    Args:
        ctx: the surroundings.
        path: of the file; its suffix ``.csv`` or ``.jsonl`` says how it is read.
        sign_in: of the person who imports and registers.
        office: that gets the cases.
        procedure: what is applied for.
        told: is given the number of rows done, now and then.

    Raises:
        RefusedError: a file too large or of another kind.
        NotFoundError: nobody signs in by that name, or no such procedure.
        NotAllowedError: the person may not register applications in that office.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise RefusedError("file_too_large", limit=LARGEST_FILE)
    with ctx.database.reading() as tx:
        row = storage.people.by_sign_in(tx, sign_in)
        if row is None:
            raise NotFoundError("person_unknown", person=sign_in)
        _name, definition = library.current_definition(ctx, tx, procedure)
    report = Report()
    for number, read in enumerate(_rows(path, definition), start=1):
        report.rows = number
        _take(ctx, row.id, office, procedure, number, read, report)
        if number % _TOLD_EVERY == 0:
            told(number)
    told(report.rows)
    return report


def _rows(path: Path, definition: Definition) -> Iterator[Mapping[str, Value] | _RowError]:
    if path.suffix == ".jsonl":
        yield from _json_rows(path)
    elif path.suffix == ".csv":
        yield from _csv_rows(path, definition)
    else:
        raise RefusedError("file_type", media_type=path.suffix)


def _json_rows(path: Path) -> Iterator[Mapping[str, Value] | _RowError]:
    with path.open("rb") as lines:
        while line := lines.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise RefusedError("line_too_long", limit=LONGEST_LINE)
            if line.strip():
                yield _json_row(line)


def _json_row(line: bytes) -> Mapping[str, Value] | _RowError:
    try:
        value = orjson.loads(line)
        encode(value)
    except (orjson.JSONDecodeError, ValueRefusedError):
        return _RowError("not_json")
    return value if isinstance(value, dict) else _RowError("not_a_record")


def _csv_rows(path: Path, definition: Definition) -> Iterator[Mapping[str, Value] | _RowError]:
    declared = declarations(definition)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restkey="?", strict=True)
            for cells in reader:
                yield {
                    name: _typed(declared.get(name), cell)
                    for name, cell in cells.items()
                    if isinstance(cell, str) and cell
                } | ({"?": True} if "?" in cells else {})
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedError("not_csv", detail=str(error)) from error


def _typed(fact: Fact | None, cell: str) -> Value:
    """Read a cell by the type of its fact; what does not fit stays text, and is refused as that."""
    text = cell.strip()
    kind = None if fact is None else fact.type
    if kind == "boolean" and text.casefold() in _TRUE | _FALSE:
        return text.casefold() in _TRUE
    if kind == "integer" and text.removeprefix("-").isdecimal():
        return int(text)
    if kind == "list":
        return json.loads(text) if text.startswith("[") else [part.strip() for part in text.split(";")]
    return text


def _take(  # noqa: PLR0913, PLR0917 - a row and where it goes
    ctx: Context,
    person: str,
    office: str,
    procedure: str,
    number: int,
    read: Mapping[str, Value] | _RowError,
    report: Report,
) -> None:
    """Make one row a case, whole or not at all."""
    if isinstance(read, _RowError):
        report.refused.append({"row": number, "field": "", "reason": str(read)})
        return
    try:
        key = digest(encode(dict(read)))
        with advance.writing(ctx) as tx:
            if storage.imports.find(tx, _SOURCE, key) is not None:
                report.known += 1
                return
            case_id, snapshot = cases.open_case(ctx, tx, person, procedure, office)
            address, task = next(iter(snapshot.projection.tasks.items()))
            absent = people.require_work(people.roles_today(ctx, tx, person), task, office, person, set())
            case = advance.lock(tx, case_id)
            payload = forms.accept(advance.definition_of(ctx, tx, case), task["form"], read, {}, ctx.now())
            arrival = Arrival("task_completed", person, f"task:{address}", address, payload, absent)
            advance.advance(ctx, tx, case, snapshot, arrival)
            storage.imports.remember(tx, _SOURCE, key, case_id)
    except InvalidFormError as error:
        report.refused += [{"row": number, "field": name, "reason": code} for name, (code, _) in error.errors.items()]
    except ValueRefusedError as error:
        report.refused.append({"row": number, "field": error.path, "reason": error.reason})
    except TakenError:
        report.known += 1
    except (IncidentError, RequestError) as error:
        report.refused.append({"row": number, "field": "", "reason": str(error)})
    else:
        report.taken += 1
