"""Definitions of procedures, and which of them is current from when."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, exists, select

from storage.database import Tx
from storage.rows import Upsert, many, one, parameters, run
from storage.tables import definition, publication


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One version of a procedure.

    Attributes:
        hash: its name.
        procedure: stem of its main diagram.
        data: canonical bytes of all it consists of.
        at: when it was first kept.
        provenance: where it came from, ``shipped``, ``studio``.
    """

    hash: str
    procedure: str
    data: bytes
    at: str
    provenance: str


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """That a definition is current from a day on.

    Attributes:
        procedure: of which procedure.
        from_on: first day.
        at: when it was published.
        hash: of the definition.
        by: who published it.
        confirmed_by: the second person, or null for the shipped one.
        provenance: as the definition's.
    """

    procedure: str
    from_on: str
    at: str
    hash: str
    by: str
    confirmed_by: str | None
    provenance: str


_DEFINITION: Final = [definition.c[name] for name in DefinitionRow.__slots__]
_PUBLICATION: Final = [publication.c[name] for name in PublicationRow.__slots__]

_PUT: Final = Upsert(definition, ())
_GET: Final = select(*_DEFINITION).where(definition.c.hash == bindparam("hash", type_=definition.c.hash.type))
_PUBLISH: Final = publication.insert()
_HISTORY: Final = (
    select(*_PUBLICATION)
    .where(publication.c.procedure == bindparam("procedure"))
    .order_by(publication.c.from_on.desc(), publication.c.at.desc())
)
_CURRENT: Final = _HISTORY.where(publication.c.from_on <= bindparam("on", type_=publication.c.from_on.type)).limit(1)
_PROCEDURES: Final = select(publication.c.procedure).distinct().order_by(publication.c.procedure)
_LATER: Final = definition.alias("later")
_PROPOSALS: Final = (
    select(*_DEFINITION)
    .where(
        ~exists().where(publication.c.hash == definition.c.hash),
        ~exists().where(_LATER.c.procedure == definition.c.procedure, _LATER.c.at > definition.c.at),
    )
    .order_by(definition.c.procedure, definition.c.hash)
)


def put(tx: Tx, hash: str, *, procedure: str, data: bytes, at: str, provenance: str) -> None:  # noqa: A002 - its column
    """Keep a definition; one already kept stays as it is."""
    run(tx, _PUT(tx), parameters(DefinitionRow(hash, procedure, data, at, provenance)))


def get(tx: Tx, hash: str) -> DefinitionRow | None:  # noqa: A002 - its column
    """Read a definition."""
    return one(tx, _GET, DefinitionRow, hash=hash)


def publish(tx: Tx, row: PublicationRow) -> None:
    """Make a definition current from a day on.

    Raises:
        UnknownParentError: when the definition is not kept.
    """
    run(tx, _PUBLISH, parameters(row))


def current(tx: Tx, procedure: str, on: str) -> PublicationRow | None:
    """Find the publication in force on a day: the latest that began by then, of several of one day the last made."""
    return one(tx, _CURRENT, PublicationRow, procedure=procedure, on=on)


def history(tx: Tx, procedure: str) -> list[PublicationRow]:
    """List a procedure's publications, the newest first."""
    return many(tx, _HISTORY, PublicationRow, procedure=procedure)


def procedures(tx: Tx) -> list[str]:
    """List the procedures that have a publication."""
    return list(tx.connection.scalars(_PROCEDURES))


def proposals(tx: Tx) -> list[DefinitionRow]:
    """List definitions kept but never published; of a procedure the newest, which takes the place of those before."""
    return many(tx, _PROPOSALS, DefinitionRow)
