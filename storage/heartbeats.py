"""When each worker last said that it lives."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from storage.database import Tx
from storage.rows import Upsert, run
from storage.tables import heartbeat

_BEAT: Final = Upsert(heartbeat)
_ALL: Final = select(heartbeat.c.executor, heartbeat.c.at).order_by(heartbeat.c.executor)
_FORGET: Final = delete(heartbeat).where(heartbeat.c.at < bindparam("before", type_=heartbeat.c.at.type))


def beat(tx: Tx, executor: str, at: str) -> None:
    """Say that a worker lives."""
    run(tx, _BEAT(tx), {"executor": executor, "at": at})


def beats(tx: Tx) -> dict[str, str]:
    """Give the last instant of every worker by its name."""
    return {row.executor: row.at for row in tx.connection.execute(_ALL)}


def forget(tx: Tx, before: str) -> None:
    """Forget workers that were last heard before an instant."""
    run(tx, _FORGET, {"before": before})
