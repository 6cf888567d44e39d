"""Cases: the row that is locked while a case's history grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from sqlalchemy import bindparam, exists, func, literal, null, or_, select, update

from storage.database import Tx
from storage.errors import StaleError
from storage.rows import NO_HEAD, many, one, parameters, run
from storage.tables import act, alias, case, incident, message_wait, task, timer


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case.

    Attributes:
        id: UUIDv7 as text.
        procedure: stem of its main diagram.
        definition: hash of the definition it runs.
        basis: hash of the basis it was last stepped with.
        office: which office has it now.
        dossier: id it shares with the other cases of one worker and one accident, or null.
        number: official number shown in lists, or null.
        title: short personal text shown in lists: worker, employer.
        state: ``open``, ``ended``, ``closed``.
        outcome: how it ended, or null.
        seq: number of its last entry, 0 before the first.
        head: hash of its last entry, 64 zeros before the first.
        at: instant of its last entry.
        opened_at: instant of its opening.
        ended_at: instant of its end, or null.
        version: counts the saves; the guard against two at once.
        snapshot_engine: which engine wrote the snapshot, or null.
        snapshot: the engine's state and the facts, canonical bytes, or null when it must be replayed.
    """

    id: str
    procedure: str
    definition: str
    basis: str
    office: str
    dossier: str | None
    number: str | None
    title: str
    state: str
    outcome: str | None
    seq: int
    head: str
    at: str
    opened_at: str
    ended_at: str | None
    version: int
    snapshot_engine: str | None
    snapshot: bytes | None


_ALL: Final = [case.c[name] for name in CaseRow.__slots__]
_WITHOUT_SNAPSHOT: Final = [null() if column.name == "snapshot" else column for column in _ALL]

_INSERT: Final = case.insert()
_GET: Final = select(*_ALL).where(case.c.id == bindparam("id"))
_LOCK: Final = _GET.with_for_update()
_PAGE: Final = select(case.c.id).where(case.c.id > bindparam("after")).order_by(case.c.id).limit(bindparam("limit"))
#: A timer of an element begins with the procedure's name; one of a deadline (``D05#1/due``) moves no token.
_SCOPE: Final = case.c.procedure + literal("/")
_OF_AN_ELEMENT: Final = func.substr(timer.c.address, 1, func.length(_SCOPE)) == _SCOPE
_STUCK: Final = _PAGE.where(
    case.c.state == "open",
    ~exists().where(task.c.case == case.c.id),
    ~exists().where(act.c.case == case.c.id, act.c.state == "wanted"),
    ~exists().where(message_wait.c.case == case.c.id),
    ~exists().where(timer.c.case == case.c.id, _OF_AN_ELEMENT),
    ~exists().where(incident.c.case == case.c.id, incident.c.closed_at.is_(None)),
)
_KEEP_SNAPSHOT: Final = case.update().where(case.c.id == bindparam("_id"))
_FIND: Final = select(*_WITHOUT_SNAPSHOT).order_by(case.c.id.desc())
_DROP_SNAPSHOTS: Final = update(case).where(case.c.snapshot.is_not(None)).values(snapshot=None, snapshot_engine=None)
_ADD_ALIAS: Final = alias.insert()
_NUMBERED: Final = update(case).where(case.c.id == bindparam("_id"))
_FIRST_NUMBER: Final = _NUMBERED.where(case.c.number.is_(None))
_BY_ALIAS: Final = select(alias.c.case).where(alias.c.alias == bindparam("alias"))
_BY_PREFIX: Final = (
    select(alias.c.case)
    .join(case, case.c.id == alias.c.case)
    .where(
        alias.c.alias >= bindparam("first"),
        alias.c.alias < bindparam("last"),
        case.c.office.in_(bindparam("offices", expanding=True)),
    )
    .order_by(alias.c.alias)
    .limit(bindparam("limit"))
)
_ALIASES: Final = select(alias.c.alias).where(alias.c.case == bindparam("case")).order_by(alias.c.at, alias.c.alias)

#: The parameters of an update that are not columns begin with an underscore; columns are bound by their names.
_SAVE: Final = (
    update(case)
    .where(case.c.id == bindparam("_id"), case.c.version == bindparam("_version"))
    .values(version=case.c.version + 1)
)


class Changes(TypedDict, total=False):
    """What a save may change besides the head; left out or null means unchanged."""

    state: str | None
    outcome: str | None
    ended_at: str | None
    office: str | None
    definition: str | None
    basis: str | None
    dossier: str | None
    number: str | None
    title: str | None


def insert(  # noqa: PLR0913 - a row's columns, each given by name
    tx: Tx,
    *,
    id: str,  # noqa: A002 - named as its column
    procedure: str,
    definition: str,
    basis: str,
    office: str,
    opened_at: str,
    title: str = "",
    number: str | None = None,
    dossier: str | None = None,
) -> CaseRow:
    """Add a case without entries; the writer then appends the first and saves.

    Raises:
        TakenError: when there is a case of that id.
        UnknownParentError: when definition or basis is not kept.
    """
    row = CaseRow(
        id=id,
        procedure=procedure,
        definition=definition,
        basis=basis,
        office=office,
        dossier=dossier,
        number=number,
        title=title,
        state="open",
        outcome=None,
        seq=0,
        head=NO_HEAD,
        at=opened_at,
        opened_at=opened_at,
        ended_at=None,
        version=0,
        snapshot_engine=None,
        snapshot=None,
    )
    run(tx, _INSERT, parameters(row))
    return row


def lock(tx: Tx, case_id: str) -> CaseRow | None:
    """Read a case and hold it until the end of the transaction, so that its history grows by one writer at a time.

    Raises:
        BusyError: at the end of the transaction, when a deadlock was broken.
    """
    return one(tx, _LOCK, CaseRow, id=case_id)


def get(tx: Tx, case_id: str) -> CaseRow | None:
    """Read a case as it is."""
    return one(tx, _GET, CaseRow, id=case_id)


def save(  # noqa: PLR0913 - the new head, each part given by name
    tx: Tx,
    case_id: str,
    *,
    expected_version: int,
    seq: int,
    head: str,
    at: str,
    snapshot: bytes | None,
    snapshot_engine: str | None = None,
    **changes: Unpack[Changes],
) -> None:
    """Write the new head of a case, its snapshot and what else changed.

    Args:
        tx: a writing transaction.
        case_id: of the case.
        expected_version: the version that was read.
        seq: number of its last entry.
        head: hash of its last entry.
        at: instant of its last entry.
        snapshot: canonical bytes, or null to drop it.
        snapshot_engine: which engine wrote the snapshot.
        **changes: other columns; those that are null stay as they are.

    Raises:
        StaleError: when somebody else saved it meanwhile.
    """
    values: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    values |= {"seq": seq, "head": head, "at": at, "snapshot": snapshot, "snapshot_engine": snapshot_engine}
    if run(tx, _SAVE, values | {"_id": case_id, "_version": expected_version}).rowcount != 1:
        raise StaleError(case_id, expected_version)


def keep_snapshot(tx: Tx, case_id: str, snapshot: bytes, snapshot_engine: str) -> None:
    """Keep a snapshot that replay made again; nothing else of the case changes, so its version stays.

    The caller holds the case locked: a snapshot is of the entries so far.
    """
    values = {"_id": case_id, "snapshot": snapshot, "snapshot_engine": snapshot_engine}
    run(tx, _KEEP_SNAPSHOT, values)


def ids(tx: Tx, after: str = "", limit: int = 1000) -> list[str]:
    """List case ids in their order, a page at a time; UUIDv7 makes it the order of opening."""
    return list(tx.connection.scalars(_PAGE, {"after": after, "limit": limit}))


def stuck(tx: Tx, after: str = "", limit: int = 1000, only: str | None = None) -> list[str]:
    """List open cases with nothing ready, waiting or in incident, a page at a time: nobody could move them.

    Args:
        tx: any transaction.
        after: id of the last case of the page before.
        limit: at most so many.
        only: look at this case alone.
    """
    statement = _STUCK if only is None else _STUCK.where(case.c.id == only)
    return list(tx.connection.scalars(statement, {"after": after, "limit": limit}))


def drop_snapshots(tx: Tx) -> int:
    """Drop every snapshot, which replay makes again; returns how many there were."""
    return run(tx, _DROP_SNAPSHOTS, {}).rowcount


def find(  # noqa: PLR0913 - the filters, each given by name
    tx: Tx,
    *,
    offices: Sequence[str] | None = None,
    procedure: str | None = None,
    state: str | None = None,
    dossier: str | None = None,
    text: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[CaseRow]:
    """List cases, the newest first, without their snapshots.

    Args:
        tx: any transaction.
        offices: only those at one of these; every office when null.
        procedure: only of this procedure.
        state: only in this state.
        dossier: only of this dossier.
        text: only with this in their title or number.
        before: only those older than this id, for the next page.
        limit: at most so many.
    """
    statement = _FIND
    if offices is not None:
        statement = statement.where(case.c.office.in_(offices))
    for column, value in ((case.c.procedure, procedure), (case.c.state, state), (case.c.dossier, dossier)):
        if value is not None:
            statement = statement.where(column == value)
    if text is not None:
        places = (case.c.title, case.c.number)
        statement = statement.where(or_(*(place.icontains(text, autoescape=True) for place in places)))
    if before is not None:
        statement = statement.where(case.c.id < before)
    return many(tx, statement.limit(limit), CaseRow)


def of_ids(tx: Tx, ids: Sequence[str]) -> dict[str, CaseRow]:
    """Read several cases by id, without their snapshots."""
    rows = many(tx, _FIND.where(case.c.id.in_(ids)), CaseRow)
    return {row.id: row for row in rows}


def name(tx: Tx, case_id: str, *, alias: str, office: str, at: str, heads: bool = False) -> None:
    """Record an official number under which a case is known.

    Lists show the number that heads the case, until there is one its first.

    Raises:
        TakenError: when another case, or this one, has it already.
    """
    run(tx, _ADD_ALIAS, {"alias": alias, "case": case_id, "office": office, "at": at})
    run(tx, _NUMBERED if heads else _FIRST_NUMBER, {"_id": case_id, "number": alias})


def by_number(tx: Tx, alias: str) -> str | None:
    """Find the case known under an official number."""
    return tx.connection.scalar(_BY_ALIAS, {"alias": alias})


def by_number_prefix(tx: Tx, prefix: str, offices: Sequence[str], limit: int = 50) -> list[str]:
    """Find cases of some offices of which an official number begins so, in the order of the numbers."""
    values = {"first": prefix, "last": f"{prefix}\U0010ffff", "offices": list(offices), "limit": limit}
    return list(tx.connection.scalars(_BY_PREFIX, values))


def numbers(tx: Tx, case_id: str) -> list[str]:
    """List the official numbers a case is known under, in the order they were given."""
    return list(tx.connection.scalars(_ALIASES, {"case": case_id}))
