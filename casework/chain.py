"""The hash chain of a history: the one place that makes and checks entries.

``docs/architecture.md`` has the format, which is kept for ever. An entry's header names everything but
payload and effects; those are the leaves of a Merkle tree (RFC 6962 prefixes) whose root the header holds.
A leaf that holds a fact declared personal has a salt of its own and is kept beside the entry, so that it can
be erased on lawful order while the entry, its hash and every later hash stay as they are.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from engine.effects import Effect
from engine.values import Value, ValueRefusedError, check, decode, digest, encode, read, write
from storage.entries import EntryRow, LeafRow

#: Number of the entry format; the effects' schema and the stored form of the body go with it.
FORMAT = 1

_SALT_BYTES = 16
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Header:
    """The hashed part of an entry beside its body; the field names are those of the canonical record."""

    case: str
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
    body_root: str
    prev_hash: str

    def hash(self) -> str:
        """SHA-256 of the header's canonical bytes."""
        return digest(encode(self.__dict__))


def link(body: "Body", **fields: Any) -> tuple[EntryRow, list[LeafRow]]:
    """Make an entry of a body and the other fields of its header; gives the rows to append."""
    header = Header(format=FORMAT, body_root=body.root, **fields)
    named = {"chain" if name == "case" else name: value for name, value in header.__dict__.items()}
    row = EntryRow(**named, body=body.data, hash=header.hash())
    return row, [LeafRow(row.chain, row.seq, leaf.n, leaf.salt, leaf.body) for leaf in body.sealed]


def header_of(row: EntryRow) -> Header:
    """Read an entry's header back from its columns."""
    named = {name: getattr(row, "chain" if name == "case" else name) for name in Header.__dataclass_fields__}
    return Header(**named)


@dataclass(frozen=True)
class SealedLeaf:
    """A personal leaf, kept in a row of its own: its place in the body, its salt, its canonical bytes."""

    n: int
    salt: bytes
    body: bytes


@dataclass(frozen=True)
class Body:
    """Payload and effects as they are stored.

    Attributes:
        data: canonical JSON array of the leaves, ``["s", hash]`` in the place of each sealed one.
        sealed: the leaves kept apart.
        root: Merkle root over all leaves.
    """

    data: bytes
    sealed: tuple[SealedLeaf, ...]
    root: str


class ErasedError(Exception):
    """A leaf that is asked for was erased.

    Attributes:
        places: numbers of the erased leaves.
    """

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(f"erased leaves {list(places)}")
        self.places = tuple(places)


def make_body(
    payload: Mapping[str, Value],
    effects: Iterable[Effect],
    personal: Callable[[str], bool],
    salt: Callable[[int], bytes] = secrets.token_bytes,
) -> Body:
    """Write payload and effects as leaves.

    Args:
        payload: values by fact name, as they were read from canonical bytes.
        effects: in their order.
        personal: whether a fact is declared personal.
        salt: gives that many random bytes; a test gives its own.

    Raises:
        ValueRefusedError: when an effect holds what is no value; no part of the entry is written then.
    """
    followed = list(effects)
    check(followed)
    leaves: list[tuple[Value, bool]] = [(["p", name, payload[name]], personal(name)) for name in sorted(payload)]
    leaves += [(["e", effect], _is_personal(effect, personal)) for effect in followed]
    stored: list[bytes] = []
    sealed: list[SealedLeaf] = []
    hashes: list[bytes] = []
    for n, (leaf, secret) in enumerate(leaves):
        body = write(leaf)
        if secret:
            kept = SealedLeaf(n, salt(_SALT_BYTES), body)
            sealed.append(kept)
            hashes.append(_leaf_hash(kept.salt + body))
            stored.append(write(["s", hashes[-1].hex()]))
        else:
            hashes.append(_leaf_hash(body))
            stored.append(body)
    return Body(b"[" + b",".join(stored) + b"]", tuple(sealed), merkle_root(hashes).hex())


def _is_personal(effect: Effect, personal: Callable[[str], bool]) -> bool:
    """Tell whether an effect shows a personal value: a written fact, an act's or a message's inputs."""
    if effect["effect"] == "fact_written":
        return "value" in effect and personal(effect["name"])
    if effect["effect"] in ("act_wanted", "message_sent"):
        return any(personal(name) for name in effect["given" if effect["effect"] == "act_wanted" else "payload"])
    return False


def open_body(data: bytes, sealed: Iterable[SealedLeaf]) -> tuple[dict[str, Value], list[Effect]]:
    """Read payload and effects back.

    Args:
        data: the stored array of leaves.
        sealed: the leaves kept apart that still exist.

    Raises:
        ErasedError: when a sealed leaf is gone.
        ValueRefusedError: when the bytes are not an array of leaves.
    """
    payload, effects, gone = open_remains(data, sealed)
    if gone:
        raise ErasedError(gone)
    return payload, effects


def open_remains(data: bytes, sealed: Iterable[SealedLeaf]) -> tuple[dict[str, Value], list[Effect], list[int]]:
    """Read back what is left of payload and effects, and the numbers of the leaves that were erased.

    Args:
        data: the stored array of leaves.
        sealed: the leaves kept apart that still exist.

    Raises:
        ValueRefusedError: when the bytes are not an array of leaves.
    """
    kept = {leaf.n: leaf.body for leaf in sealed}
    payload: dict[str, Value] = {}
    effects: list[Effect] = []
    gone: list[int] = []
    try:
        for n, stored in enumerate(read(data)):
            if stored[0] == "s" and n not in kept:
                gone.append(n)
                continue
            leaf = read(kept[n]) if stored[0] == "s" else stored
            if leaf[0] == "p":
                payload[leaf[1]] = leaf[2]
            else:
                effects.append(leaf[1])
    except (TypeError, LookupError) as error:
        raise ValueRefusedError("", "not an array of leaves") from error
    return payload, effects, gone


def body_faults(data: bytes, sealed: Iterable[SealedLeaf], root: str) -> list[str]:
    """Check a stored body against the root its header names; an erased leaf is no fault, its hash stands in."""
    kept = {leaf.n: leaf for leaf in sealed}
    hashes: list[bytes] = []
    faults: list[str] = []
    try:
        leaves = _leaves(data)
    except ValueRefusedError as error:
        return [f"body is not the canonical array of its leaves: {error}"]
    for n, leaf in enumerate(leaves):
        if leaf[0] != "s":
            hashes.append(_leaf_hash(encode(leaf)))
            continue
        hashes.append(bytes.fromhex(leaf[1]))
        apart = kept.pop(n, None)
        if apart is not None and _leaf_hash(apart.salt + apart.body) != hashes[-1]:
            faults.append(f"leaf {n} does not have its hash")
    faults += [f"leaf {n} stands at no sealed place of the body" for n in kept]
    if merkle_root(hashes).hex() != root:
        faults.append("body does not have its root")
    return faults


def places_gone(data: bytes, sealed: Iterable[SealedLeaf]) -> list[int]:
    """Name the places of sealed leaves that are no longer kept; a body that cannot be read has none.

    A leaf that was plain and now shows its hash alone is among them.
    """
    kept = {leaf.n for leaf in sealed}
    try:
        return [n for n, leaf in enumerate(_leaves(data)) if leaf[0] == "s" and n not in kept]
    except ValueRefusedError:
        return []


def plain_payload(data: bytes) -> dict[str, Value]:
    """Read the fields of a payload that are not sealed.

    Raises:
        ValueRefusedError: the bytes are not the canonical array of leaves.
    """
    return {leaf[1]: leaf[2] for leaf in _leaves(data) if leaf[0] == "p"}


def _leaves(data: bytes) -> list[list[Value]]:
    """Read the stored array of leaves and trust nothing about it.

    Raises:
        ValueRefusedError: it is not what ``make_body`` writes.
    """
    leaves = decode(data)
    if not isinstance(leaves, list) or not all(map(_is_leaf, leaves)) or write(leaves) != data:
        raise ValueRefusedError("", "not an array of leaves in canonical form")
    return leaves


def _is_leaf(stored: Value) -> bool:
    match stored:
        case ["p", str(), _] | ["e", {"effect": str()}]:
            return True
        case ["s", str() as told]:
            return _HASH.fullmatch(told) is not None
    return False


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """Root of RFC 6962 §2.1 over leaf hashes; of none, the hash of nothing."""
    if not hashes:
        return sha256(b"").digest()
    level = list(hashes)
    # Pairing neighbours and carrying an odd last one up gives the RFC's tree without its recursion.
    while len(level) > 1:
        pairs = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def _leaf_hash(body: bytes) -> bytes:
    return sha256(b"\x00" + body).digest()
