"""Bases: the immutable values of what else a step may read."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Integer, bindparam, literal_column, select

from storage.database import Tx
from storage.rows import Upsert, one, run
from storage.tables import basis


@dataclass(frozen=True, slots=True)
class BasisRow:
    """A basis.

    Attributes:
        hash: its name.
        data: its canonical bytes.
        at: when it last became the newest.
    """

    hash: str
    data: bytes
    at: str


_BASIS: Final = [basis.c[name] for name in BasisRow.__slots__]

_PUT: Final = Upsert(basis, ("at",))
_GET: Final = select(*_BASIS).where(basis.c.hash == bindparam("hash", type_=basis.c.hash.type))
_BY_AGE: Final = (basis.c.at.desc(), basis.c.hash)
#: A number in the text: for a limit it is given, PostgreSQL plans a prepared statement anew each time.
_ONE: Final[ColumnElement[int]] = literal_column("1", Integer)
_NEWEST: Final = select(*_BASIS).order_by(*_BY_AGE).limit(_ONE)
_NEWEST_HASH: Final = select(basis.c.hash).order_by(*_BY_AGE).limit(_ONE)


def put(tx: Tx, hash: str, *, data: bytes, at: str) -> None:  # noqa: A002 - its column
    """Keep a basis and make it the newest; going back to an older value makes that one the newest again."""
    run(tx, _PUT(tx), {"hash": hash, "data": data, "at": at})


def get(tx: Tx, hash: str) -> BasisRow | None:  # noqa: A002 - its column
    """Read a basis."""
    return one(tx, _GET, BasisRow, hash=hash)


def newest(tx: Tx) -> BasisRow | None:
    """Read the basis in force."""
    return one(tx, _NEWEST, BasisRow)


def newest_hash(tx: Tx) -> str | None:
    """Name the basis in force, without reading it."""
    return tx.connection.scalar(_NEWEST_HASH)
