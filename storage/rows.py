"""What every module of rows needs: parameters from a row, one row or none, insert-or-update."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import CursorResult, Executable, Insert, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Tx

#: Head of a chain that has no entry yet.
NO_HEAD: Final = "0" * 64


class Slotted(Protocol):
    """A dataclass with slots: its fields are its columns."""

    __slots__: tuple[str, ...]


R_co = TypeVar("R_co", covariant=True)


class Made(Protocol[R_co]):
    """A dataclass that is made of a row's columns in their order."""

    def __call__(self, *columns: Any) -> R_co:
        """Make one."""
        ...


def parameters(row: Any) -> dict[str, Any]:
    """Give the fields of a slotted dataclass by name, ready to be bound."""
    return {name: getattr(row, name) for name in row.__slots__}


def run(tx: Tx, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
    """Execute one statement, once or for each of many rows."""
    return tx.connection.execute(statement, values)


def run_all(tx: Tx, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
    """Execute one statement for every row; nothing when there is none."""
    listed = list(rows)
    if listed:
        tx.connection.execute(statement, listed)


def one(tx: Tx, statement: Executable, kind: Made[R_co], **values: Any) -> R_co | None:
    """Read at most one row as ``kind``."""
    row = tx.connection.execute(statement, values).first()
    return None if row is None else kind(*row)


def many(tx: Tx, statement: Executable, kind: Made[R_co], **values: Any) -> list[R_co]:
    """Read every row as ``kind``."""
    return [kind(*row) for row in tx.connection.execute(statement, values)]


def first(tx: Tx, statement: Executable, **values: Any) -> Row[Any] | None:
    """Read at most one row as it is."""
    return tx.connection.execute(statement, values).first()


class Upsert:
    """Insert a row, or change the one with its primary key; the same on both databases.

    Attributes:
        statements: by dialect.
    """

    def __init__(self, table: Table, change: Mapping[str, Any] | Sequence[str] | None = None) -> None:
        """Prepare it.

        Args:
            table: where.
            change: columns that take the new row's values, or expressions by column; every column outside the
                key when left out, none (the old row stays) when empty.
        """
        self.statements = {
            "sqlite": _on_conflict(sqlite.insert(table), table, change),
            "postgresql": _on_conflict(postgresql.insert(table), table, change),
        }

    def __call__(self, tx: Tx) -> Insert:
        """Give the statement for a transaction's database."""
        return self.statements[tx.dialect]


def _on_conflict(
    statement: sqlite.Insert | postgresql.Insert, table: Table, change: Mapping[str, Any] | Sequence[str] | None
) -> Insert:
    keys = [column.name for column in table.primary_key]
    if change is None:
        change = [column.name for column in table.columns if column.name not in keys]
    if not change:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changes = change if isinstance(change, Mapping) else {name: statement.excluded[name] for name in change}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
