"""Bringing a database to the newest form of its tables, and refusing one that is not in it.

Most starts find the tables as they should be. Alembic is loaded by those alone that change them.
"""

from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database, Tx, open_database, parse, words_of
from storage.errors import SchemaError, UnavailableError
from storage.tables import metadata

_NEWEST: Final = "head"
#: Revisions of released forms, oldest first: a file of migrations is named by the one it leads to.
RELEASED: Final = tuple(
    path.stem.removeprefix("release_")
    for path in sorted(Path(__file__).parent.glob("migrations/versions/release_*.py"))
)
#: Where Alembic keeps the revision.
_KEPT: Final = "alembic_version"


def upgrade(url: str, revision: str = _NEWEST) -> None:
    """Run the migrations a database does not have yet; none on a current one.

    Args:
        url: as ``open_database`` takes it; the folder of a SQLite file is made.
        revision: where to stop.

    Raises:
        AddressError: for another kind of database.
        SchemaError: a newer version made its tables, or something else did; nothing was changed.
        ReadOnlyError: its file cannot be written, whether it would have to be or not.
        UnavailableError: it does not answer.
    """
    parsed = parse(url)
    with suppress(SchemaError):
        _require_current_at(url)
        return
    file = _file_of(parsed)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        import_module("storage.migrations.running").run(parsed, revision)
    except DBAPIError as error:
        told = words_of(error)
        raise SchemaError("schema_foreign") if "already exists" in told else UnavailableError(told) from error
    if revision == _NEWEST:
        _require_current_at(url)


def _require_current_at(url: str) -> None:
    database = open_database(url)
    try:
        require_current(database)
        database.require_writable()
    finally:
        database.close()


def require_current(database: Database) -> None:
    """Refuse a database whose tables are not those of this version, before anything is asked of them.

    Raises:
        SchemaError: it has no tables or older ones (``schema_missing``, ``schema_older``: upgrade it), newer ones
            (``schema_newer``), or those of a draft that was never released (``schema_differs``).
        UnavailableError: it does not answer, or is no database.
    """
    file = _file_of(parse(database.url))
    if file is not None and not file.exists():
        # Opening it would make it.
        raise SchemaError("schema_missing")
    try:
        with database.reading() as tx:
            _require_newest(tx)
            differing = sorted(_differing(tx))
    except DBAPIError as error:
        raise UnavailableError(words_of(error)) from error
    if differing:
        raise SchemaError("schema_differs", tables=differing)


def revision(tx: Tx) -> str:
    """Tell which form a database's tables have.

    Raises:
        SchemaError: it has none.
    """
    kept = inspect(tx.connection).has_table(_KEPT)
    found = tx.connection.scalar(text(f"SELECT version_num FROM {_KEPT}")) if kept else None  # noqa: S608 - our own
    if found is None:
        raise SchemaError("schema_missing")
    return str(found)


def _require_newest(tx: Tx) -> None:
    found = revision(tx)
    if found != RELEASED[-1]:
        raise SchemaError("schema_older" if found in RELEASED else "schema_newer")


def _differing(tx: Tx) -> Iterator[str]:
    """Name the tables that are not there or whose columns are others: two drafts may bear one number."""
    found = inspect(tx.connection).get_multi_columns()
    for table in metadata.tables.values():
        columns = {each["name"]: each["nullable"] for each in found.get((None, table.name), ())}
        if columns != {column.name: column.nullable for column in table.columns}:
            yield table.name


def _file_of(url: URL) -> Path | None:
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None
