"""The column types both databases share.

Where the two differ the stricter wins: an instant without its zone is refused, texts sort by code point
(PostgreSQL's collation ``C``, SQLite's own order), hashes are 32 bytes, JSON is the bytes it was hashed as.
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.errors import ValueFormError

#: Text that sorts by code point on both databases: ids, addresses, numbers, names.
Key: Final[TypeEngine[str]] = Text().with_variant(Text(collation="C"), "postgresql")

#: Bytes kept as they are.
Bytes: Final[TypeEngine[bytes]] = LargeBinary()

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)

#: Stands for "no day" in ``OpenDay``, so that rows without one sort last on both databases.
NO_DAY: Final = "9999-12-31"

_HASH_BYTES: Final = 32


def instant(value: object) -> str:
    """Return ``value`` if it is an instant in UTC, ``2026-11-21T08:30:00.000000Z``.

    Raises:
        ValueFormError: for a naive instant, another zone, another form, an impossible time.
    """
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise ValueFormError(value, "an instant in UTC ending in Z")
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise ValueFormError(value, "an instant in UTC ending in Z") from error
    return value


def day(value: object) -> str:
    """Return ``value`` if it is a calendar day, ``2026-11-21``.

    Raises:
        ValueFormError: for anything else.
    """
    if not isinstance(value, str) or not _DAY.match(value):
        raise ValueFormError(value, "a day as YYYY-MM-DD")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueFormError(value, "a day as YYYY-MM-DD") from error
    return value


class Instant(TypeDecorator[str]):
    """An instant in UTC; text ending in ``Z`` outside, the same text without the ``Z`` in the database.

    Without it ``08:30:00`` sorts before ``08:30:00.5``, as it should; with it, after.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Sort by code point on PostgreSQL."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Check and cut the ``Z``."""
        return None if value is None else instant(value)[:-1]

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        """Give the ``Z`` back."""
        return None if value is None else f"{value}Z"


class Day(TypeDecorator[str]):
    """A legal date, ``2026-11-21``; it belongs to Asia/Shanghai and has no time."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Sort by code point on PostgreSQL."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Check the form."""
        return None if value is None else day(value)


class OpenDay(Day):
    """A day that may be absent and then sorts last; never null in the database, so one index orders all rows."""

    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str:
        """Write no day as the last one."""
        return NO_DAY if value is None else day(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        """Read the last day as none."""
        return None if value == NO_DAY else value


class Hash(TypeDecorator[str]):
    """A SHA-256: 64 lower-case hexadecimal digits outside, 32 bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """Pack the digits."""
        if value is None:
            return None
        try:
            packed = bytes.fromhex(value)
        except (TypeError, ValueError) as error:
            raise ValueFormError(value, "a SHA-256 in hexadecimal") from error
        if len(packed) != _HASH_BYTES or packed.hex() != value:
            raise ValueFormError(value, "a SHA-256 in hexadecimal")
        return packed

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        """Unpack them."""
        return None if value is None else bytes(value).hex()
