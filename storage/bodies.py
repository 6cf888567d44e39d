"""How the body of an entry lies in its row: compressed, behind one byte that names the way.

A body is the canonical JSON array of an entry's leaves: short texts that share most of their words. A dictionary of
those words, given to zlib beforehand, halves what is stored. Byte 1 means this dictionary: it can never change, since
what was compressed with it can only be read with it. Another dictionary is another byte beside this one.
"""

import zlib
from typing import Final

from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from storage.dictionary import DICTIONARY_1
from storage.errors import StorageError

_WAY_1: Final = b"\x01"


def pack(body: bytes) -> bytes:
    """Compress a body for its row."""
    packer = zlib.compressobj(level=6, wbits=-15, zdict=DICTIONARY_1)
    return _WAY_1 + packer.compress(body) + packer.flush()


def unpack(stored: bytes) -> bytes:
    """Give back the very bytes that were packed.

    Raises:
        StorageError: when they are damaged, or packed in a way this release does not know.
    """
    if stored[:1] != _WAY_1:
        raise StorageError(f"body packed in an unknown way {stored[:1]!r}")
    unpacker = zlib.decompressobj(wbits=-15, zdict=DICTIONARY_1)
    try:
        body = unpacker.decompress(stored[1:])
    except zlib.error as error:
        raise StorageError("damaged body") from error
    if not unpacker.eof:
        raise StorageError("body cut short")
    return body


class Body(TypeDecorator[bytes]):
    """The bytes of a body outside, packed in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """Pack."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """Unpack."""
        return None if value is None else unpack(value)
