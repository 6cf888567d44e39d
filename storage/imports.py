"""What was imported already, so that importing it again takes nothing twice."""

from typing import Final

from sqlalchemy import bindparam, select

from storage.database import Tx
from storage.rows import run
from storage.tables import import_row

_REMEMBER: Final = import_row.insert()
_FIND: Final = select(import_row.c.case).where(
    import_row.c.source == bindparam("source"), import_row.c.key == bindparam("key")
)


def remember(tx: Tx, source: str, key: str, case: str) -> None:
    """Record that a row of a source became a case, in the transaction that opens it.

    Args:
        tx: a writing transaction.
        source: where rows come from.
        key: names the row there: its own number, or a hash of its content.
        case: id of the case.

    Raises:
        TakenError: when it did before.
    """
    run(tx, _REMEMBER, {"source": source, "key": key, "case": case})


def find(tx: Tx, source: str, key: str) -> str | None:
    """Tell which case a row became, or null."""
    return tx.connection.scalar(_FIND, {"source": source, "key": key})
