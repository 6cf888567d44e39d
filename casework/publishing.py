"""Taking in what ``processes/`` holds, and making a proposed definition current.

Two persons stand for a proposal, and from a day on cases opened run on it.
"""

import storage.bases
import storage.definitions
import storage.people
from casework import library, people, recounting, registry
from casework.context import Context
from casework.errors import RefusedError
from casework.library import Imported
from engine.facts import read_date
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.definitions import PublicationRow


def take_in(ctx: Context) -> list[Imported]:
    """Take procedures, limits, calendars, offices and parameters into the library; a changed procedure is a proposal.

    A demonstration keeps its invented parameter set; where nothing was loaded yet there is none.

    Raises:
        DefinitionRefusedError: a diagram is not one the engine runs; no procedure is taken.
        ParameterFileError: a file of parameters cannot be read; nothing is taken.
    """
    with ctx.database.reading() as tx:
        name = storage.bases.newest_hash(tx)
        used = None if name is None else library.basis(ctx, tx, name).parameter_set
    take_in_basis(ctx, used)
    return library.import_shipped(ctx)


def take_in_basis(ctx: Context, parameter_set: str | None) -> None:
    """Take limits, calendars, offices and parameters into the library; deadlines they move are counted again.

    Raises:
        ParameterFileError: a file of parameters cannot be read; nothing is taken.
    """
    with ctx.database.reading() as tx:
        before = storage.bases.newest_hash(tx)
    if library.load_basis(ctx, parameter_set) != before and before is not None:
        recounting.recount(ctx)


def publish(ctx: Context, procedure: str, by: str, confirmed_by: str, from_on: str | None) -> dict[str, str]:
    """Make the newest proposal of a procedure current from a day on; two persons stand for it.

    Args:
        ctx: the surroundings.
        procedure: its stem.
        by: sign-in name of who publishes.
        confirmed_by: sign-in name of the second person.
        from_on: first day, ``2026-12-01``; today when null.

    Raises:
        RefusedError: no proposal, one person for both, somebody who may not publish, or a day that has passed.
    """
    first = _first_day(ctx, from_on)
    with ctx.database.writing() as tx:
        persons = [_publisher(ctx, tx, name) for name in (by, confirmed_by)]
        if persons[0] == persons[1]:
            raise RefusedError("second_person")
        proposal = next((row for row in storage.definitions.proposals(tx) if row.procedure == procedure), None)
        if proposal is None:
            raise RefusedError("no_proposal", procedure=procedure)
        row = PublicationRow(
            procedure,
            first,
            ctx.now(),
            proposal.hash,
            by=persons[0],
            confirmed_by=persons[1],
            provenance=proposal.provenance,
        )
        storage.definitions.publish(tx, row)
        registry.record(
            ctx,
            tx,
            "definitions",
            "published",
            persons[0],
            {
                "definition.procedure": procedure,
                "definition.hash": proposal.hash,
                "definition.from_on": first,
                "definition.confirmed_by": persons[1],
            },
        )
    return {"procedure": procedure, "hash": proposal.hash, "from_on": first}


def _first_day(ctx: Context, from_on: str | None) -> str:
    """Read the first day, today when left out: what began before cannot be changed any more.

    Raises:
        RefusedError: it is no day, or has passed.
    """
    today = shanghai_date(ctx.now())
    try:
        first = today if from_on is None else read_date(from_on)
    except ValueError as error:
        raise RefusedError("publication_day", from_on=from_on) from error
    if first < today:
        raise RefusedError("publication_day", from_on=from_on)
    return first.isoformat()


def _publisher(ctx: Context, tx: Tx, sign_in: str) -> str:
    row = storage.people.by_sign_in(tx, sign_in)
    if row is None or not row.active:
        raise RefusedError("person_unknown", person=sign_in)
    if not people.person_in(ctx, tx, row.id).holds(people.PUBLISHING_ROLES):
        raise RefusedError("no_role", role="analyst", person=sign_in)
    return row.id
