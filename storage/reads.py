"""Who read which case when, how often, why, and which of its files; and who searched for a person."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from uuid_utils import uuid7

from storage.database import Tx
from storage.rows import Upsert, many, run
from storage.tables import read_file, read_log, search_log


@dataclass(frozen=True, slots=True)
class ReadRow:
    """That a person read a case in an hour.

    Attributes:
        person: who.
        case: id of the case.
        hour: its first instant.
        count: how often.
        why: how the page was reached the first time.
    """

    person: str
    case: str
    hour: str
    count: int
    why: str


_READ: Final = [read_log.c[name] for name in ReadRow.__slots__]

_LOG: Final = Upsert(read_log, {"count": read_log.c.count + 1})
_LOG_FILE: Final = Upsert(read_file, ())
_OF_CASE: Final = (
    select(*_READ).where(read_log.c.case == bindparam("case")).order_by(read_log.c.hour, read_log.c.person)
)
_FILES: Final = (
    select(read_file.c.sha256)
    .where(
        read_file.c.person == bindparam("person"),
        read_file.c.case == bindparam("case"),
        read_file.c.hour == bindparam("hour", type_=read_file.c.hour.type),
    )
    .order_by(read_file.c.sha256)
)
_SEARCHED: Final = search_log.insert()


def log(tx: Tx, person: str, case: str, *, hour: str, why: str) -> None:
    """Count that a person read a case; one row for each person, case and hour."""
    run(tx, _LOG(tx), {"person": person, "case": case, "hour": hour, "count": 1, "why": why})


def log_file(tx: Tx, person: str, case: str, *, hour: str, sha256: str) -> None:
    """Note that a person opened a file of a case in an hour."""
    run(tx, _LOG_FILE(tx), {"person": person, "case": case, "hour": hour, "sha256": sha256})


def of_case(tx: Tx, case: str) -> list[ReadRow]:
    """List who read a case, the oldest first."""
    return many(tx, _OF_CASE, ReadRow, case=case)


def files(tx: Tx, person: str, case: str, hour: str) -> list[str]:
    """List the files of a case that a person opened in an hour."""
    return list(tx.connection.scalars(_FILES, {"person": person, "case": case, "hour": hour}))


def searched(tx: Tx, person: str, *, at: str, words: str, found: int) -> None:
    """Log a search by a person's name or identity number.

    Args:
        tx: a writing transaction.
        person: who searched.
        at: when.
        words: keyed hash of what was searched for.
        found: how many cases were shown.
    """
    run(tx, _SEARCHED, {"id": str(uuid7()), "person": person, "at": at, "words": words, "found": found})
