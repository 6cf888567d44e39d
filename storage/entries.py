"""The histories: entries that are only ever added, and the salted leaves that alone can be erased.

A chain is named by a case's id or by a register's name (``persons``, ``offices``, ``parameters``, ``definitions``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from storage.database import Tx
from storage.rows import many, one, parameters, run
from storage.tables import entry, leaf


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of a history.

    Attributes:
        chain: id of the case, or name of the register.
        seq: from 1, without gaps.
        format: number of the form of header and leaves.
        at: instant, never before the entry before.
        actor: person's id, or ``system:...``.
        on_behalf_of: person substituted for, or null.
        kind: of the entry.
        key: makes it happen once: unique in its chain.
        address: what it is about, or null.
        definition: hash of the definition it was stepped with, or null.
        basis: hash of the basis it was stepped with, or null.
        body: canonical JSON array of its leaves, the very bytes; compressed in the database only.
        body_root: Merkle root over the leaves.
        prev_hash: hash of the entry before, 64 zeros for the first.
        hash: of the header.
    """

    chain: str
    seq: int
    format: int
    at: str
    actor: str
    on_behalf_of: str | None
    kind: str
    key: str
    address: str | None
    definition: str | None
    basis: str | None
    body: bytes
    body_root: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A salted leaf of an entry.

    Attributes:
        chain: of the entry.
        seq: of the entry.
        n: which leaf of the entry, from 0.
        salt: 16 bytes.
        body: canonical bytes of the leaf.
    """

    chain: str
    seq: int
    n: int
    salt: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The end of a chain.

    Attributes:
        chain: id of the case, or name of the register.
        seq: number of its last entry.
        hash: of its last entry.
    """

    chain: str
    seq: int
    hash: str


_ENTRY: Final = [entry.c[name] for name in EntryRow.__slots__]
_LEAF: Final = [leaf.c[name] for name in LeafRow.__slots__]

_APPEND: Final = entry.insert()
_APPEND_LEAVES: Final = leaf.insert()
_BY_KEY: Final = select(*_ENTRY).where(entry.c.chain == bindparam("chain"), entry.c.key == bindparam("key"))
_READ: Final = (
    select(*_ENTRY).where(entry.c.chain == bindparam("chain"), entry.c.seq > bindparam("after")).order_by(entry.c.seq)
)
_READ_SOME: Final = _READ.limit(bindparam("limit"))
_OF_INSTANT: Final = (
    select(*_ENTRY)
    .where(entry.c.chain == bindparam("chain"), entry.c.at == bindparam("at", type_=entry.c.at.type))
    .order_by(entry.c.seq)
)
_LEAVES: Final = select(*_LEAF).where(leaf.c.chain == bindparam("chain")).order_by(leaf.c.seq, leaf.c.n)
_LEAVES_OF: Final = _LEAVES.where(leaf.c.seq == bindparam("seq"))
_ERASE: Final = delete(leaf).where(
    leaf.c.chain == bindparam("chain"), leaf.c.seq == bindparam("seq"), leaf.c.n == bindparam("n")
)
_LAST: Final = select(entry.c.chain, func.max(entry.c.seq).label("seq")).group_by(entry.c.chain).subquery()
_HEADS: Final = (
    select(entry.c.chain, entry.c.seq, entry.c.hash)
    .join(_LAST, (entry.c.chain == _LAST.c.chain) & (entry.c.seq == _LAST.c.seq))
    .order_by(entry.c.chain)
    .execution_options(yield_per=1000)
)


def append(tx: Tx, row: EntryRow, leaves: Sequence[LeafRow] = ()) -> None:
    """Add an entry and its salted leaves at the end of a chain.

    Raises:
        TakenError: ``uq_entry_case_key`` when the key was used before, ``pk_entry`` when another writer was first.
    """
    run(tx, _APPEND, parameters(row))
    if leaves:
        run(tx, _APPEND_LEAVES, [parameters(each) for each in leaves])


def by_key(tx: Tx, chain: str, key: str) -> EntryRow | None:
    """Find the entry that used an idempotency key."""
    return one(tx, _BY_KEY, EntryRow, chain=chain, key=key)


def read(tx: Tx, chain: str, after: int = 0, limit: int | None = None) -> list[EntryRow]:
    """Read a chain in order, from the entry after ``after``."""
    if limit is None:
        return many(tx, _READ, EntryRow, chain=chain, after=after)
    return many(tx, _READ_SOME, EntryRow, chain=chain, after=after, limit=limit)


def of_instant(tx: Tx, chain: str, at: str) -> list[EntryRow]:
    """Read the entries of a chain that were written at an instant, in order."""
    return many(tx, _OF_INSTANT, EntryRow, chain=chain, at=at)


def leaves(tx: Tx, chain: str, seq: int | None = None) -> list[LeafRow]:
    """Read the salted leaves of one entry, or of a whole chain."""
    if seq is None:
        return many(tx, _LEAVES, LeafRow, chain=chain)
    return many(tx, _LEAVES_OF, LeafRow, chain=chain, seq=seq)


def heads(tx: Tx) -> Iterator[HeadRow]:
    """Go through the ends of all chains as the entries themselves have them, not as their cases say."""
    for row in tx.connection.execute(_HEADS):
        yield HeadRow(*row)


def erase_leaves(tx: Tx, chain: str, seq: int, ns: Sequence[int]) -> int:
    """Delete salted leaves on lawful order: nothing else deletes any, and their entry stays.

    Returns:
        How many there were.
    """
    return sum(run(tx, _ERASE, {"chain": chain, "seq": seq, "n": n}).rowcount for n in ns)
