"""Opening a database and the two kinds of transaction.

A *reading* transaction sees one consistent state and cannot write: on SQLite it never takes the write lock, on
PostgreSQL it is READ ONLY, REPEATABLE READ. A *writing* one takes SQLite's write lock at its beginning, so it never
fails half-way for want of it; on PostgreSQL it is READ COMMITTED and the case's row is locked where it is read.

A SQLite file that cannot be written, on an auditor's medium or in a server's folder, can still be read.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from typing import Any, Final, Literal, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from storage.errors import AddressError, BusyError, ReadOnlyError, TakenError, UnavailableError, UnknownParentError
from storage.tables import metadata

Dialect = Literal["sqlite", "postgresql"]

#: How long a transaction waits for SQLite's write lock, in milliseconds.
BUSY_TIMEOUT_MS: Final = 30_000

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",
)
#: How it writes; what holds a file that cannot be written. What is deleted is overwritten there and then: a text that
#: was erased on lawful order stays in no free page of the file.
_WRITING: Final = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
_READING: Final = ("PRAGMA query_only = ON",)

_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION = "23505", "23503"
_TRY_AGAIN = frozenset({"40001", "40P01", "55P03"})
#: A role without the right, and a server that only follows another.
_FORBIDDEN = frozenset({"42501", "25006"})


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction under way; every function of ``storage`` takes it first.

    Attributes:
        connection: SQLAlchemy's; for the functions of ``storage``, and for the job queue, which enqueues in it.
        dialect: ``sqlite`` or ``postgresql``.
        writable: whether it may write.
    """

    connection: Connection
    dialect: Dialect
    writable: bool


class Database:
    """A database, with a pool of connections.

    Attributes:
        url: where it is, with the password as given.
        dialect: ``sqlite`` or ``postgresql``.
        read_only: the SQLite file that cannot be written, or null.
    """

    def __init__(self, url: URL) -> None:
        self.url = url.render_as_string(hide_password=False)
        self.dialect: Dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        self.read_only = _unwritable(url)
        self._untouched: Callable[[], bool] = lambda: True
        if self.read_only is not None:
            self._untouched = _watched(self.read_only)
            url = _to_be_read(url, self.read_only)
        self._writing = _engine(url, read_only=False)
        self._reading = (
            _engine(url, read_only=True)
            if self.dialect == "sqlite"
            else self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Open a transaction that sees one consistent state and cannot write.

        Raises:
            ReadOnlyError: when a file that only others can write has a log that is not taken in, or was written.
            UnavailableError: when the database does not answer.
        """
        with self._transaction(self._reading, writable=False) as tx:
            yield tx

    def require_writable(self) -> None:
        """Refuse a file that cannot be written.

        Raises:
            ReadOnlyError: it is such a file.
        """
        if self.read_only is not None:
            raise ReadOnlyError("read_only", file=str(self.read_only))

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """Open a transaction that may write; committed at the end, rolled back on an exception.

        Raises:
            BusyError: when the write lock could not be had in 30 seconds, or a deadlock was broken.
            ReadOnlyError: when the file cannot be written.
            UnavailableError: when the database does not answer.
        """
        self.require_writable()
        with self._transaction(self._writing, writable=True) as tx:
            yield tx

    def close(self) -> None:
        """Close the pool's connections, for the end of a process and before a fork."""
        self._reading.dispose()
        self._writing.dispose()

    @contextmanager
    def _transaction(self, engine: Engine, *, writable: bool) -> Iterator[Tx]:
        try:
            with engine.begin() as connection:
                if self.dialect == "sqlite":
                    _begin_sqlite(connection, "BEGIN IMMEDIATE" if writable else "BEGIN")
                yield Tx(connection, self.dialect, writable)
            self._require_untouched()
        except (DBAPIError, SqliteError) as error:
            self._require_untouched()
            if not _is_the_databases(error):
                raise
            if self.read_only is not None and _log_of(self.read_only).exists():
                raise ReadOnlyError(
                    "read_only_log", file=str(self.read_only), log=_log_of(self.read_only).name
                ) from error
            kind = BusyError if _is_busy(error) else UnavailableError
            raise kind(words_of(error)) from error

    def _require_untouched(self) -> None:
        """Refuse what was read of a file as it lies, without a lock, if somebody has written it since it was opened."""
        if not self._untouched():
            raise ReadOnlyError("read_only_changed", file=str(self.read_only))


def open_database(url: str) -> Database:
    """Open a database; its tables are made by ``upgrade``.

    Args:
        url: ``sqlite:///var/anjuan.db`` or ``postgresql+psycopg://user@host/name``.

    Raises:
        AddressError: for any other kind of address.
    """
    return Database(parse(url))


def parse(url: str) -> URL:
    """Read a database address.

    Raises:
        AddressError: for another kind of database, or SQLite without a file.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # Not repeated in the refusal: what cannot be read may hold a password all the same.
        raise AddressError("no_address") from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise AddressError("other_database", database=parsed.render_as_string())
    return parsed.set(drivername="sqlite+pysqlite")


def _unwritable(url: URL) -> Path | None:
    """Give the SQLite file of an address where it, or its folder, cannot be written; null where it can be, or made."""
    file = Path(url.database or "")
    held = url.get_backend_name() == "sqlite" and file.exists() and not all(map(_may_write, (file, file.parent)))
    return file if held else None


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK)


def _log_of(file: Path) -> Path:
    """Tell where SQLite keeps what is committed and not yet taken into the file."""
    return file.with_name(f"{file.name}-wal")


def _watched(file: Path) -> Callable[[], bool]:
    """Give what tells whether nobody has written a file since; with its log it is read under a lock, and may be."""
    if _log_of(file).exists():
        return lambda: True

    def written() -> tuple[int, int]:
        return file.stat().st_mtime_ns, file.stat().st_size

    found = written()
    return lambda: written() == found


def _to_be_read(url: URL, file: Path) -> URL:
    """Give the address under which a file that cannot be written is read.

    Without a log nobody has it open, and it is read as it lies, with no lock, for which SQLite would write beside it.
    """
    query = {"uri": "true", "mode": "ro"} | ({} if _log_of(file).exists() else {"immutable": "1"})
    return url.set(database=file.resolve().as_uri(), query=query)


#: Values of a statement stand in no error text: those reach logs and incidents.
_PRIVATE: Final[dict[str, Any]] = {"hide_parameters": True}


def _engine(url: URL, *, read_only: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, pool_size=10, **_PRIVATE)
    else:
        engine = create_engine(url, pool_size=10, max_overflow=50, **_PRIVATE)
        event.listen(engine, "connect", _prepare_sqlite((*_PRAGMAS, *(_READING if read_only else _WRITING))))
    event.listen(engine, "handle_error", _name_violation)
    return engine


def _prepare_sqlite(pragmas: Sequence[str]) -> Callable[[Any, Any], None]:
    def prepare(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin on its own, or reads lock late writes
        for pragma in pragmas:
            connection.execute(pragma).close()

    return prepare


def _begin_sqlite(connection: Connection, statement: str) -> None:
    # A listener for the engine's "begin" would do the same, and cost every statement its search for listeners.
    cast(SqliteConnection, connection.connection.dbapi_connection).execute(statement).close()


def _name_violation(context: ExceptionContext) -> None:
    """Raise a violation in one of our tables as an error of ours, with the same name on both databases.

    The job queue writes its own tables on the same connection and catches the driver's errors itself.
    """
    if not isinstance(context.sqlalchemy_exception, IntegrityError):
        return
    original = context.original_exception
    state = getattr(original, "sqlstate", None)
    if state is None:
        _name_sqlite_violation(original)
        return
    diagnosis = cast(Any, original).diag
    if diagnosis.table_name not in metadata.tables:
        return
    if state == _UNIQUE_VIOLATION:
        raise TakenError(diagnosis.constraint_name) from original
    if state == _FOREIGN_KEY_VIOLATION:
        raise UnknownParentError(diagnosis.constraint_name) from original


def _name_sqlite_violation(original: BaseException) -> None:
    message = str(original)
    if message == "FOREIGN KEY constraint failed":
        raise UnknownParentError(message) from original
    kind, _, places = message.partition(" constraint failed: ")
    if kind != "UNIQUE":
        return
    columns = [place.partition(".") for place in places.split(", ")]
    table = metadata.tables.get(columns[0][0])
    if table is None:
        return
    names = [column for _, _, column in columns]
    if names == [column.name for column in table.primary_key]:
        raise TakenError(f"pk_{table.name}") from original
    raise TakenError(f"uq_{table.name}_{'_'.join(names)}") from original


def words_of(error: BaseException) -> str:
    """Give the driver's own words for what went wrong, in one line and without the statement."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(original).split())


def _is_the_databases(error: DBAPIError | SqliteError) -> bool:
    """Tell whether the database could not, or may not for this role; anything else is a mistake in a statement."""
    return (
        isinstance(error, OperationalError | InterfaceError | SqliteError)
        or getattr(error.orig, "sqlstate", None) in _FORBIDDEN
    )


def _is_busy(error: BaseException) -> bool:
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, SqliteError):
        return original.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"}
    return getattr(original, "sqlstate", None) in _TRY_AGAIN
