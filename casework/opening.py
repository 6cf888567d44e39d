"""Opening a case: what a person may start, and what anybody else who brings an application goes through."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import uuid_utils

import storage.cases
import storage.definitions
import storage.entries
import storage.imports
import storage.tasks
from casework import advance, desk, library, people
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.errors import RefusedError
from engine.elements import declarations, elements
from engine.values import Value
from handlers.law.basis import OfficeUnknownError
from storage import Tx
from storage.errors import TakenError

#: The fact that tells a procedure which office has the case, where it declares one.
OFFICE_FACT: Final = "case.office"
#: Where a case opened at the desk is remembered, so that a second click opens no second case.
_AT_DESK: Final = "desk"


def start(ctx: Context, person: str, procedure: str, office: str, token: str) -> str:
    """Open a case and take its first task, which is then the person's.

    Args:
        ctx: the surroundings.
        person: id.
        procedure: stem of the procedure.
        office: id of the office that has the case.
        token: of the form that asked for it.

    Returns:
        id of the case; the same form gives the same case.

    Raises:
        NotFoundError: no such procedure in force.
        NotAllowedError: the person holds no role in the office that the first task is for.
        RefusedError: the first task is none, no token, or one that stands for another case.
    """
    key = desk.key(token)
    try:
        with ctx.database.writing() as tx:
            known = storage.imports.find(tx, _AT_DESK, token)
            if known is not None:
                _require_started(tx, known, person, procedure, office)
                return known
            case = _start(ctx, tx, person, procedure, office, key)
            storage.imports.remember(tx, _AT_DESK, token, case)
            return case
    except TakenError as error:
        if error.constraint != "pk_import_row":
            raise
        # The same form at the same moment was quicker.
        return start(ctx, person, procedure, office, token)


def _start(ctx: Context, tx: Tx, person: str, procedure: str, office: str, key: str) -> str:
    roles = people.roles_today(ctx, tx, person)
    case, snapshot = open_case(ctx, tx, person, procedure, office)
    task = next(iter(snapshot.projection.tasks.values()), None)
    if task is None:
        raise RefusedError("no_first_task", procedure=procedure)
    people.require_work(roles, task, office, person, set())
    locked = advance.lock(tx, case)
    at = ctx.now()
    advance.record(tx, locked, Arrival("claimed", person, key, task["address"]), at, desk.personal)
    storage.tasks.assign(tx, case, task["address"], person, at)
    return case


def _require_started(tx: Tx, case_id: str, person: str, procedure: str, office: str) -> None:
    """Check that a case is the one a form asks for that comes again.

    Raises:
        RefusedError: somebody else started it, or it is of another procedure or office.
    """
    case = advance.require(storage.cases.get(tx, case_id), case_id)
    opener = storage.entries.read(tx, case_id, limit=1)[0].actor
    if (opener, case.procedure, case.office) != (person, procedure, office):
        raise RefusedError("stale_form")


def open_case(
    ctx: Context, tx: Tx, actor: str, procedure: str, office: str, payload: Mapping[str, Value] | None = None
) -> tuple[str, Snapshot]:
    """Open a case in a transaction that is already open; gives its id and what is derived of it."""
    definition_hash, definition = library.current_definition(ctx, tx, procedure)
    basis_hash, basis = library.newest_basis(ctx, tx)
    try:
        basis.office(office)
    except OfficeUnknownError as error:
        raise RefusedError("office_unknown", office=office) from error
    row = storage.cases.insert(
        tx,
        id=str(uuid_utils.uuid7()),
        procedure=procedure,
        definition=definition_hash,
        basis=basis_hash,
        office=office,
        opened_at=ctx.now(),
    )
    snapshot = Snapshot()
    told = {OFFICE_FACT: office} if OFFICE_FACT in declarations(definition) else {}
    opened = Arrival("opened", actor, "opened", None, {**told, **(payload or {})})
    advance.advance(ctx, tx, row, snapshot, opened)
    return row.id, snapshot


@dataclass(frozen=True)
class Startable:
    """A procedure a person may start in an office, with the names of both."""

    procedure: str
    label: Mapping[str, str]
    office: str
    office_label: Mapping[str, str]


def startable(ctx: Context, person: str) -> list[Startable]:
    """List what a person may start: procedures in force whose first task is for a role they hold today."""
    with ctx.database.reading() as tx:
        me = people.person_in(ctx, tx, person)
        _hash, basis = library.newest_basis(ctx, tx)
        found = []
        for procedure in storage.definitions.procedures(tx):
            _name, definition = library.current_definition(ctx, tx, procedure)
            first = advance.first_role(definition, basis)
            process = elements(definition)[procedure]
            label = {"zh": process.zh, "en": process.en}
            found += [
                Startable(procedure, label, role.office, basis.office(role.office)["name"])
                for role in me.roles
                if role.role == first
            ]
        return found
