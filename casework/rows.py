"""Reading the rows of a file somebody brought: JSON lines or CSV, whoever wrote it, and never more than a row at once.

A cell of CSV is text; the fact of its column says what it means. Spreadsheets write a day as ``2026/11/6``, yes as
``是`` and a choice by its label, so these are read; what does not fit stays text, and the form refuses it by name.
What makes one row unreadable is that row's fault alone; what makes every row unreadable refuses the file.
"""

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from casework.errors import RefusedError
from casework.kept import is_kept
from engine.facts import Fact
from engine.values import Value
from handlers.law.dates import SHANGHAI, instant_text

LARGEST_FILE: Final = 200 * 1024 * 1024
LONGEST_LINE: Final = 200_000

_TRUE: Final = frozenset({"true", "1", "是", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "否", "n", "no"})
_CHUNK: Final = 1 << 20
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_DATE = re.compile(_DAY, re.ASCII)
_MOMENT = re.compile(_DAY + r"[ T](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
Row = Mapping[str, Value]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read.

    Attributes:
        reason: ``line_too_long``, ``not_text``, ``not_json``, ``not_a_record``, ``twice``, ``number``, ``not_csv``,
            ``too_many_cells``, ``not_a_value``.
        field: where, or empty.
    """

    reason: str
    field: str = ""


class _RowError(Exception):
    """A row cannot be read; carries how it is told."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.bad = BadRow(reason, field)


def read_rows(path: Path, fields: Mapping[str, Fact]) -> Iterator[Row | BadRow]:
    """Read the rows of a file.

    Args:
        path: its suffix ``.jsonl`` or ``.csv`` says how it is read.
        fields: what may stand in a row, by name of the fact.

    Raises:
        RefusedError: no file, too large, of another kind or encoding, or with columns that mean nothing or twice the
            same; before the first row.
    """
    if not path.is_file():
        raise RefusedError("not_a_file", path=str(path))
    if path.stat().st_size > LARGEST_FILE:
        raise RefusedError("file_too_large", limit=LARGEST_FILE)
    kind = path.suffix.lower()
    if kind == ".jsonl":
        return _json_rows(path)
    if kind == ".csv":
        return _csv_rows(path, fields, _encoding(path, fields))
    raise RefusedError("file_type", media_type=path.suffix)


class _Lines(Iterator[str]):
    """The lines of a file as text, each at most so long; a bad line is skipped, and told as an error of its own."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._first = True

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        if self._first:
            self._first = False
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) > LONGEST_LINE:
            self._skip(line)
            raise _RowError("line_too_long")
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise _RowError("not_text") from error

    def _skip(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._file.readline(_CHUNK)


def _checked(row: Row) -> Row:
    """Give a row that holds nothing but values that can be kept.

    Raises:
        _RowError: it holds something else.
    """
    if not is_kept(dict(row)):
        unfit = (name for name, value in row.items() if not is_kept({name: value}))
        raise _RowError("not_a_value", _printable(next(unfit, "")))
    return row


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:40])


# --- JSON lines ---------------------------------------------------------------------------------------------


def _json_rows(path: Path) -> Iterator[Row | BadRow]:
    with path.open("rb") as file:
        lines = _Lines(file, "utf-8")
        while True:
            try:
                line = next(lines)
                if line.strip():
                    yield _json_row(line)
            except StopIteration:
                return
            except _RowError as error:
                yield error.bad


def _json_row(line: str) -> Row:
    try:
        value = json.loads(line, object_pairs_hook=_record, parse_float=_number, parse_constant=_number)
        if not isinstance(value, dict):
            raise _RowError("not_a_record")
        return _checked(value)
    except (ValueError, RecursionError) as error:
        raise _RowError("not_json") from error


def _record(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Make a record, in which nothing may be said twice: nobody could tell which was meant."""
    record = dict(pairs)
    if len(record) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _RowError("twice", _printable(name))
    return record


def _number(text: str) -> NoReturn:
    """Refuse a number with a point: decimals are text, so that what was written is what is kept."""
    raise _RowError("number", text[:40])


# --- CSV ----------------------------------------------------------------------------------------------------


def _encoding(path: Path, fields: Mapping[str, Fact]) -> str:
    """Tell how a CSV file is encoded: UTF-8, or GB18030 where nothing else can be meant.

    Bytes that are not UTF-8 may be GB18030 or something else that happens to be readable as such. Only when its
    headings then are Chinese labels of the form is there no doubt.

    Raises:
        RefusedError: it is neither.
    """
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "gb18030"):
        headings = next(csv.reader([_first_line(path).decode("gb18030", "replace")]), [])
        names = _labels(fields)
        if any(not heading.isascii() and heading.strip() in names for heading in headings):
            return "gb18030"
    raise RefusedError("encoding")


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline(LONGEST_LINE)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(path: Path, fields: Mapping[str, Fact], encoding: str) -> Iterator[Row | BadRow]:
    with path.open("rb") as file:
        reader = csv.reader(_Lines(file, encoding), strict=True)
        try:
            columns = _columns(next(reader, []), fields)
        except (csv.Error, _RowError) as error:
            raise RefusedError("not_csv", detail=str(error)) from error
        while True:
            try:
                cells = next(reader)
                if any(cell.strip() for cell in cells):
                    yield _csv_row(columns, cells)
            except StopIteration:
                return
            except _RowError as error:
                yield error.bad
            except csv.Error:
                yield BadRow("not_csv")


def _labels(fields: Mapping[str, Fact]) -> dict[str, str]:
    """Give what a column may be headed, with the fact meant: names, and labels that only one fact has."""
    labels = Counter(label for fact in fields.values() for label in {fact.label, fact.label_en})
    by_label = {label: name for name, fact in fields.items() for label in (fact.label, fact.label_en)}
    return {label: name for label, name in by_label.items() if labels[label] == 1} | {name: name for name in fields}


def _columns(headings: Sequence[str], fields: Mapping[str, Fact]) -> list[Fact | None]:
    """Tell of each column which fact it holds; of one without a heading, null.

    Raises:
        RefusedError: there are none, one is not of the form, or two are the same.
    """
    names = _labels(fields)
    given = [heading.strip() for heading in headings]
    unknown = [heading for heading in given if heading and heading not in names]
    if unknown or not any(given):
        raise RefusedError("unknown_columns", columns=[_printable(heading) for heading in unknown[:10]])
    meant = Counter(names[heading] for heading in given if heading)
    if double := sorted(name for name, count in meant.items() if count > 1):
        raise RefusedError("duplicate_columns", columns=double)
    return [fields[names[heading]] if heading else None for heading in given]


def _csv_row(columns: Sequence[Fact | None], cells: Sequence[str]) -> Row:
    row: dict[str, Value] = {}
    for number, cell in enumerate(cells):
        fact = columns[number] if number < len(columns) else None
        if not cell.strip():
            continue
        if fact is None:
            raise _RowError("too_many_cells")
        row[fact.name] = _typed(fact, cell.strip())
    return _checked(row)


def _typed(fact: Fact, text: str) -> Value:
    """Read a cell by the type of its fact; what does not fit stays text, and is refused as that."""
    if fact.type == "code":
        return _code(fact, text)
    reader = _READERS.get(fact.type)
    return text if reader is None else reader(text)


def _code(fact: Fact, text: str) -> str:
    meant = [code for code, label in fact.codes.items() if text in label.values()]
    return meant[0] if len(meant) == 1 and text not in fact.codes else text


def _boolean(text: str) -> Value:
    word = text.casefold()
    return word in _TRUE if word in _TRUE | _FALSE else text


def _integer(text: str) -> Value:
    return int(text) if re.fullmatch(r"-?\d{1,16}", text, re.ASCII) else text


def _date(text: str) -> Value:
    found = _DATE.fullmatch(text)
    return f"{found[1]}-{found[2]:>02}-{found[3]:>02}" if found else text


def _moment(text: str) -> Value:
    """Read what a clock on the wall in Shanghai showed."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return instant_text(datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI))
    except (ValueError, OverflowError):
        return text


def _list(text: str) -> Value:
    """Read a list: JSON where it looks like it, else items between semicolons."""
    if not text.startswith("["):
        return [part.strip() for part in re.split("[;；]", text) if part.strip()]
    try:
        return json.loads(text, object_pairs_hook=_record, parse_float=_number, parse_constant=_number)
    except (ValueError, RecursionError):
        return text


_READERS: Final[Mapping[str, Callable[[str], Value]]] = {
    "boolean": _boolean,
    "integer": _integer,
    "date": _date,
    "instant": _moment,
    "list": _list,
}
