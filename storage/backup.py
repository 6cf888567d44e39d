"""Taking a copy of everything while it is in use, and putting it back.

A copy is a folder: ``manifest.json``, one ``tables/NAME.jsonl.gz`` for each table, and ``files/`` by their hashes. All
tables are read in one transaction, so they agree with each other; a file is always written before the row that names
it, so the files, read afterwards, are all there. A table is its column names and then its rows in the order of its
key, as JSON arrays with bytes as ``{"b": base64}``: the same content gives the same lines from either database, and
a copy of one can be put into the other.

Jobs are not copied: they are made again from the timers, acts and messages that wait.
"""

import gzip
import hashlib
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Table, select

from storage.database import Database, Tx, open_database
from storage.errors import BackupError, FileError
from storage.files import ERASED, FileStore
from storage.migrate import revision, upgrade
from storage.tables import file, metadata, timer

FORMAT: Final = 1

_MANIFEST: Final = "manifest.json"
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table of a copy.

    Attributes:
        rows: how many.
        sha256: of its lines before compression.
    """

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds; written last, so that a copy that was not finished has none.

    Attributes:
        format: of the copy, 1.
        revision: of the tables it was taken from.
        tables: by name.
        files: how many.
        bytes: of the files together.
    """

    format: int
    revision: str
    tables: dict[str, TableCopy]
    files: int
    bytes: int


def backup(database: Database, files: FileStore, target: Path) -> Manifest:
    """Copy database and files to a folder, while both are in use.

    Args:
        database: to be copied.
        files: to be copied; each is checked against its name on the way.
        target: a folder that is empty or not there yet.

    Raises:
        BackupError: when the folder holds something, or a file is missing or damaged; what was copied so far stays,
            without a manifest.
        OSError: the folder cannot be written, or is full; the same.
    """
    if target.exists() and any(target.iterdir()):
        raise BackupError("folder_not_empty", folder=str(target))
    folder = target / "tables"
    folder.mkdir(parents=True)
    with database.reading() as tx:
        at_revision = revision(tx)
        tables = {str(table.name): _dump(tx, table, folder) for table in metadata.sorted_tables}
        names = list(
            tx.connection.scalars(select(file.c.sha256).where(file.c.media_type != ERASED).order_by(file.c.sha256))
        )
    size = _copy_files(names, files, FileStore(target / "files"))
    manifest = Manifest(FORMAT, at_revision, tables, len(names), size)
    _write(target / _MANIFEST, orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return manifest


def restore(source: Path, url: str, files: FileStore) -> Manifest:
    """Put a copy into an empty database and a folder of files, on either kind of database.

    Args:
        source: a folder that ``backup`` made.
        url: of a database without a row; its tables are made.
        files: where the files go.

    Raises:
        BackupError: when the copy is not whole or damaged, or the database holds something; then nothing was written
            but perhaps files.
        SchemaError: the copy was made by a newer version.
    """
    manifest = read_manifest(source)
    upgrade(url, manifest.revision)
    database = open_database(url)
    try:
        with database.reading() as tx:
            _refuse_unless_empty(tx)
        _restore_files(FileStore(source / "files"), files, manifest)
        with database.writing() as tx:
            _refuse_unless_empty(tx)
            for table in metadata.sorted_tables:
                if table.name in manifest.tables:
                    _load(tx, table, source / "tables", manifest.tables[table.name])
            tx.connection.execute(timer.update().values(handed_at=None))
    finally:
        database.close()
    upgrade(url)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Read what a copy holds.

    Raises:
        BackupError: when it was not finished, or is of an unknown format.
    """
    try:
        told = orjson.loads((source / _MANIFEST).read_bytes())
        if told["format"] != FORMAT:
            raise BackupError("copy_of_other_format", folder=str(source))
        tables = {name: TableCopy(**table) for name, table in told["tables"].items()}
        return Manifest(told["format"], told["revision"], tables, told["files"], told["bytes"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError("no_copy", folder=str(source)) from error


def _restore_files(source: FileStore, target: FileStore, manifest: Manifest) -> None:
    names = list(source.names())
    if _copy_files(names, source, target) != manifest.bytes or len(names) != manifest.files:
        raise BackupError("copy_damaged", place=str(source.folder))


def _dump(tx: Tx, table: Table, folder: Path) -> TableCopy:
    hasher, rows = hashlib.sha256(), -1
    with (folder / f"{table.name}.jsonl.gz").open("wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0, compresslevel=6) as packed:
            for line in _lines(tx, table):
                hasher.update(line)
                packed.write(line)
                rows += 1
        raw.flush()
        os.fsync(raw.fileno())
    return TableCopy(rows, hasher.hexdigest())


def _lines(tx: Tx, table: Table) -> Iterator[bytes]:
    yield orjson.dumps([str(column.name) for column in table.columns], option=orjson.OPT_APPEND_NEWLINE)
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
    for row in tx.connection.execute(statement):
        yield orjson.dumps(list(row), default=_as_json, option=orjson.OPT_APPEND_NEWLINE)


def _as_json(value: Any) -> dict[str, str]:
    return {"b": b64encode(bytes(value)).decode("ascii")}


def _load(tx: Tx, table: Table, folder: Path, told: TableCopy) -> None:
    hasher = hashlib.sha256()
    rows = _rows(folder / f"{table.name}.jsonl.gz", table, hasher)
    inserted = 0
    while batch := list(islice(rows, _BATCH)):
        tx.connection.execute(table.insert(), batch)
        inserted += len(batch)
    if (inserted, hasher.hexdigest()) != (told.rows, told.sha256):
        raise BackupError("copy_damaged", place=f"{table.name}.jsonl.gz")


def _rows(path: Path, table: Table, hasher: "hashlib._Hash") -> Iterator[dict[str, Any]]:
    keys = {column.name: column.key for column in table.columns}
    columns: list[str] = []
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                hasher.update(line)
                values = orjson.loads(line)
                if columns:
                    yield dict(zip(columns, map(_as_value, values), strict=True))
                else:
                    columns = [keys[name] for name in values]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise BackupError("copy_damaged", place=path.name) from error


def _as_value(value: Any) -> Any:
    return b64decode(value["b"], validate=True) if isinstance(value, dict) else value


def _copy_files(names: Iterable[str], source: FileStore, target: FileStore) -> int:
    total = 0
    for name in names:
        try:
            with source.open(name) as stream:
                sha256, size = target.put(stream, limit=source.path(name).stat().st_size)
        except FileError as error:
            raise BackupError("file_missing", sha256=name) from error
        if sha256 != name:
            raise BackupError("file_damaged", sha256=name)
        total += size
    return total


def _refuse_unless_empty(tx: Tx) -> None:
    for table in metadata.sorted_tables:
        if tx.connection.execute(select(table).limit(1)).first() is not None:
            raise BackupError("database_not_empty", table=table.name)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
