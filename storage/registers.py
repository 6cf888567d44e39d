"""The heads of the registers' chains: persons, offices, parameters, definitions."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from storage.database import Tx
from storage.rows import NO_HEAD, Upsert, many, one, run
from storage.tables import register


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """The head of a register's chain.

    Attributes:
        name: ``persons``, ``offices``, ``parameters``, ``definitions``.
        seq: number of its last entry, 0 before the first.
        head: hash of its last entry, 64 zeros before the first.
        at: instant of its last entry.
    """

    name: str
    seq: int
    head: str
    at: str


_FIRST: Final = "1970-01-01T00:00:00.000000Z"

_MAKE: Final = Upsert(register, ())
_LOCK: Final = (
    select(*[register.c[name] for name in RegisterRow.__slots__])
    .where(register.c.name == bindparam("name"))
    .with_for_update()
)
_HEADS: Final = select(*[register.c[name] for name in RegisterRow.__slots__]).order_by(register.c.name)
_SAVE: Final = register.update().where(register.c.name == bindparam("_name"))


def lock(tx: Tx, name: str) -> RegisterRow:
    """Read a register's head and hold it until the end of the transaction; an unknown register begins empty."""
    row = one(tx, _LOCK, RegisterRow, name=name)
    if row is None:
        run(tx, _MAKE(tx), {"name": name, "seq": 0, "head": NO_HEAD, "at": _FIRST})
        row = one(tx, _LOCK, RegisterRow, name=name)
    if row is None:
        raise AssertionError(name)
    return row


def heads(tx: Tx) -> list[RegisterRow]:
    """Read the heads of all registers."""
    return many(tx, _HEADS, RegisterRow)


def save(tx: Tx, name: str, *, seq: int, head: str, at: str) -> None:
    """Write the new head of a register that was locked."""
    run(tx, _SAVE, {"_name": name, "seq": seq, "head": head, "at": at})
