"""Taking applications from a file: each row is checked like the form it stands for.

A row's columns are facts of the procedure's first form. Good rows become cases, bad ones are reported with row,
field and reason; a row that was taken before is not taken again, in whatever file it comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import storage.imports
import storage.people
from casework import advance, forms, library, opening, people
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError, InvalidFormError, NotFoundError, RefusedError, RequestError
from casework.rows import BadRow, Row, read_rows
from engine import Definition
from engine.elements import declarations
from engine.facts import Fact
from engine.values import Value, digest, encode
from storage.errors import StorageError, TakenError

_SOURCE: Final = "import"
#: The constraint that holds what was taken before.
_KNOWN: Final = "pk_import_row"
#: Why a file was left: somebody said so.
INTERRUPTED: Final = "interrupted"


@dataclass
class Report:
    """What became of a file.

    Attributes:
        rows: how many were read.
        taken: how many became cases.
        known: how many had been taken before.
        refused: ``{"row", "field", "reason"}`` for every error of every bad row, with ``limit`` where a bound was
            passed and ``incident`` where the machinery failed; the first data row is 1.
        stopped: why the rest of the file was not read, or empty: ``INTERRUPTED``, or what the database said.
    """

    rows: int = 0
    taken: int = 0
    known: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""


@dataclass(frozen=True)
class Intake:
    """Where applications come in: who registers them, in which office, for which procedure."""

    person: str
    office: str
    procedure: str = "recognition"


def import_file(
    ctx: Context,
    path: Path,
    *,
    sign_in: str,
    office: str,
    procedure: str = "recognition",
    goes_on: Callable[[int], bool] = lambda _done: True,
) -> Report:
    """Take a file's applications, until its end, until told to stop, or until the database fails.

    Args:
        ctx: the surroundings.
        path: of the file; its suffix ``.csv`` or ``.jsonl`` says how it is read.
        sign_in: of the person who imports and registers.
        office: that gets the cases.
        procedure: what is applied for.
        goes_on: is asked after each row, with the number of rows done; where it says no the rest is left. What was
            taken stays, and a second run takes the rest.

    Raises:
        StorageError: the database failed before anything was taken.
        RefusedError: a file too large, of another kind or encoding, or with wrong columns.
        NotFoundError: nobody signs in by that name, or no such procedure.
        NotAllowedError: the person may not register applications in that office.
    """
    with ctx.database.reading() as tx:
        row = storage.people.by_sign_in(tx, sign_in)
        if row is None:
            raise NotFoundError("person_unknown", person=sign_in)
        _name, definition = library.current_definition(ctx, tx, procedure)
        _hash, basis = library.newest_basis(ctx, tx)
        task = advance.first_task(definition, basis)
        if task is None or task.get("form") is None:
            raise RefusedError("no_first_task", procedure=procedure)
        people.require_work(people.roles_today(ctx, tx, row.id), task, office, row.id, set())
    intake, report = Intake(row.id, office, procedure), Report()
    rows = read_rows(path, _fields(definition, task["form"]))
    try:
        for number, read in enumerate(rows, start=1):
            report.refused += [{"row": number} | fault for fault in _take(ctx, intake, read, report)]
            report.rows = number
            if not goes_on(number):
                report.stopped = INTERRUPTED
                break
    except (StorageError, OSError) as error:
        if not report.taken:
            raise
        report.stopped = str(error)
    return report


def _fields(definition: Definition, form: str) -> Mapping[str, Fact]:
    """Give the facts a form asks for."""
    schema = forms.schema_of(definition, form)
    declared = declarations(definition)
    return {name: declared[name] for name in schema["properties"]}


def _take(ctx: Context, intake: Intake, read: Row | BadRow, report: Report) -> list[dict[str, Any]]:
    """Make one row a case, whole or not at all; gives what is wrong with it, by field."""
    if isinstance(read, BadRow):
        return [{"field": read.field, "reason": read.reason}]
    try:
        register(ctx, intake, read, _SOURCE, digest(encode(dict(read))))
    except InvalidFormError as error:
        return [{"field": name, "reason": code, **bound} for name, (code, bound) in error.errors.items()]
    except TakenError as error:
        if error.constraint != _KNOWN:
            raise
        report.known += 1
    except IncidentError as error:
        return [{"field": "", "reason": "incident", "incident": error.incident}]
    except RequestError as error:
        return [{"field": "", "reason": error.code}]
    else:
        report.taken += 1
    return []


def register(ctx: Context, intake: Intake, application: Mapping[str, Value], source: str, key: str) -> str:
    """Open a case and complete its first form with what was brought; gives the case's id.

    Args:
        ctx: the surroundings.
        intake: who registers it, and where.
        application: values by fact name.
        source: where it comes from.
        key: names it there.

    Raises:
        storage.errors.TakenError: it was taken before.
        InvalidFormError: the form refuses it.
        NotAllowedError: the person may not do the first task.
        IncidentError: the step failed.
    """
    with advance.writing(ctx) as tx:
        if storage.imports.find(tx, source, key) is not None:
            raise TakenError(_KNOWN)
        case_id, snapshot = opening.open_case(ctx, tx, intake.person, intake.procedure, intake.office)
        address, task = next(iter(snapshot.projection.tasks.items()))
        roles = people.roles_today(ctx, tx, intake.person)
        absent = people.require_work(roles, task, intake.office, intake.person, set())
        case = advance.lock(tx, case_id)
        definition = advance.definition_of(ctx, tx, case)
        payload = forms.accept(
            definition, task["form"], application, {}, ctx.now(), lambda: library.newest_basis(ctx, tx)[1]
        )
        arrival = Arrival("task_completed", intake.person, f"task:{address}", address, payload, absent)
        advance.advance(ctx, tx, case, snapshot, arrival)
        storage.imports.remember(tx, source, key, case_id)
        return case_id
