"""The chains of the registers: persons, offices, parameters, definitions, incidents; an entry for every change."""

from collections.abc import Mapping
from typing import Final

import uuid_utils

import storage.entries
import storage.registers
from casework import chain
from casework.context import Context
from engine.values import Value, encode, read
from storage import Tx

#: Fields of register entries that tell of a person beyond the id.
_PERSONAL: Final = frozenset({"person.name", "person.sign_in", "register.reason"})


def record(ctx: Context, tx: Tx, register: str, kind: str, actor: str, payload: Mapping[str, Value]) -> None:
    """Append a change to a register's chain, in the transaction that makes the change."""
    head = storage.registers.lock(tx, register)
    at = max(ctx.now(), head.at)
    body = chain.make_body(read(encode(dict(payload))), [], _PERSONAL.__contains__)
    row, leaves = chain.link(
        body,
        case=register,
        seq=head.seq + 1,
        at=at,
        actor=actor,
        on_behalf_of=None,
        kind=kind,
        key=f"{kind}:{uuid_utils.uuid7()}",
        address=None,
        definition=None,
        basis=None,
        prev_hash=head.head,
    )
    storage.entries.append(tx, row, leaves)
    storage.registers.save(tx, register, seq=row.seq, head=row.hash, at=at)
