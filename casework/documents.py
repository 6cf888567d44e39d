"""Documents 文书: the official papers of a case: numbered, kept, read, previewed, sealed.

``casework.papers`` says what a paper prints, ``casework.acts.printing`` makes the file, and
``casework.acts.issue_document`` brings the parts together.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO, Final

import storage.acts
import storage.cases
import storage.drafts
import storage.files
import storage.numbers
from casework import advance, desk, library, papers, people, reading
from casework.acts import printing
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from casework.papers import Paper, Template
from engine.elements import elements
from engine.values import decode
from storage import Tx
from storage.cases import CaseRow
from storage.errors import NumberError
from storage.numbers import NumberRow

#: Property of a user task: the stem of the paper it prepares, or an expression that gives it.
PREVIEW: Final = "preview"
#: Who settles what a case left behind.
_SYSTEM: Final = "system:act"

_PLACE: Final = re.compile(r"\{(year|n)(?::0(\d))?\}", re.ASCII)


class NumberPatternError(ValueError):
    """A pattern that would give one number twice: it does not hold both the year and the serial number."""


@dataclass(frozen=True)
class Opened:
    """A document that is read: the name of its file, and the stream of its bytes."""

    name: str
    stream: BinaryIO


# --- numbers -----------------------------------------------------------------------------------------------------


def reserve_number(ctx: Context, tx: Tx, case: CaseRow, address: str, made: Template, dated: date) -> str:
    """Give an act its number, the same one again when it has one; gives its text.

    A series is named by the pattern of its numbers, with the words of the office and of the paper filled in: what
    has one pattern shares one count, so no two papers can bear the same number whatever the parameters say.

    Raises:
        ParameterUnsetError: a word or pattern is not entered for the office.
        NumberPatternError: the pattern does not hold year and serial number.
        NumberError: the paper's date was moved into another year meanwhile; its number is to be made void first.
    """
    kept = storage.numbers.get(tx, case.id, address)
    if kept is None or kept.state == "void":
        _hash, basis = library.newest_basis(ctx, tx)
        pattern = basis.number_pattern(case.office, made.series or "", dated)
        kept = storage.numbers.reserve(
            tx, series=_require_pattern(pattern), year=dated.year, case=case.id, address=address, at=ctx.now()
        )
    if kept.year != dated.year:
        raise NumberError(f"{case.id} {address}: {number_text(kept)} is not of the year of {dated}")
    return number_text(kept)


def number_text(row: NumberRow) -> str:
    """Write a number as it is printed; a pattern may ask for leading zeros, ``{n:04}``."""
    values = {"year": row.year, "n": row.n}
    return _PLACE.sub(lambda found: f"{values[found[1]]:0{found[2] or 1}}", row.series)


def _require_pattern(pattern: str) -> str:
    if {found[1] for found in _PLACE.finditer(pattern)} != {"year", "n"}:
        raise NumberPatternError(f"number_pattern {pattern}: must hold {{year}} and {{n}}")
    return pattern


def void(ctx: Context, person: str, case_id: str, address: str, reason: str, token: str) -> None:
    """Make the number of a paper that is given up void, with a reason; for who leads the case's office.

    Where the case still wants the paper, it is given the next number; where an operator has it as an incident, when
    they have a worker look again.

    Raises:
        NotFoundError: no such case, not theirs to see, or no number reserved there.
        NotAllowedError: the person does not lead the office.
        RefusedError: no reason, the number stands on a paper, no token, or one that stands for something else.
    """
    if not reason.strip():
        raise RefusedError("reason_required")
    arrival = Arrival("number_voided", person, desk.key(token), address)
    with ctx.database.writing() as tx:
        me, seen = reading.open_for(ctx, tx, person, case_id, "number")
        if not me.holds(people.LEADING_ROLES, seen.office):
            raise NotAllowedError("not_leading", office=seen.office)
        _void(ctx, tx, case_id, arrival, reason.strip())


def void_abandoned(ctx: Context, before: str) -> int:
    """Make void the numbers of acts their cases no longer wait for; gives how many.

    A case that was withdrawn or closed while a paper was being made leaves its number reserved.

    Args:
        ctx: the surroundings.
        before: only those reserved by this instant.
    """
    with ctx.database.reading() as tx:
        rows = [row for row in storage.numbers.unsettled(tx, before) if _is_abandoned(tx, row)]
    for row in rows:
        arrival = Arrival("number_voided", _SYSTEM, f"number:{row.address}", row.act)
        with ctx.database.writing() as tx:
            _void(ctx, tx, row.case, arrival, "案件不再需要该文书")
    return len(rows)


def void_given_up(ctx: Context, tx: Tx, person: str, case_id: str, address: str, reason: str) -> None:
    """Make void the number that an act reserved which a person gives up; nothing where it reserved none."""
    row = storage.numbers.get(tx, case_id, address)
    if row is not None and row.state == "reserved":
        _void(ctx, tx, case_id, Arrival("number_voided", person, f"number:{row.address}", address), reason)


def _is_abandoned(tx: Tx, row: NumberRow) -> bool:
    act = storage.acts.get(tx, row.case, row.act)
    case = storage.cases.get(tx, row.case)
    return act is None or act.state != "wanted" or case is None or case.state != "open"


def _void(ctx: Context, tx: Tx, case_id: str, arrival: Arrival, reason: str) -> None:
    case, address = advance.lock(tx, case_id), arrival.address or ""
    told = replace(arrival, payload={"number.reason": reason})
    if desk.made_before(tx, case_id, told):
        return
    row = storage.numbers.get(tx, case_id, address)
    if row is None:
        raise NotFoundError("number_unknown", address=address)
    if row.state == "issued":
        raise RefusedError("number_issued", number=row.text)
    at = ctx.now()
    payload = {**told.payload, "number.text": number_text(row)}
    advance.record(tx, case, replace(told, payload=payload), at, desk.personal)
    if not storage.numbers.void(tx, case_id, address, reason=reason, at=at):
        raise NotFoundError("number_unknown", address=address)


def numbers(ctx: Context, person: str, case_id: str) -> list[NumberRow]:
    """List the numbers of a case's papers, void ones with their reasons, in the order they were reserved.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "number")
        return storage.numbers.of_case(tx, case_id)


# --- reading -----------------------------------------------------------------------------------------------------


def read(ctx: Context, person: str, case_id: str, address: str) -> Opened:
    """Open a paper for a person who may see its case; that it was opened is logged.

    Raises:
        NotFoundError: no such paper, not theirs to see, or erased on lawful order.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "document")
        row = storage.files.get_document(tx, case_id, address)
        if row is None:
            raise NotFoundError("document_unknown", address=address)
        if storage.files.get(tx, row.sha256) is None:
            raise NotFoundError("document_erased", address=address)
        reading.log_file(ctx, tx, person, case_id, row.sha256)
    return Opened(f"{row.number or ''}{row.title}.pdf", ctx.files.open(row.sha256))


def preview(ctx: Context, person: str, case_id: str, address: str) -> bytes:
    """Print the paper that an open task prepares, as a draft: watermark, no number, the person's own half-filled form.

    Raises:
        NotFoundError: no such task, not theirs to see, or it prepares no paper.
        RefusedError: the draft cannot be printed.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "preview")
        paper = _draft(ctx, tx, case, person, address)
    try:
        return paper.print()
    except printing.PrintingError as error:
        raise RefusedError("paper_unprintable", detail=str(error)) from error


def _draft(ctx: Context, tx: Tx, case: CaseRow, person: str, address: str) -> Paper:
    snapshot = advance.load(ctx, tx, case)
    task = snapshot.projection.tasks.get(address)
    if task is None:
        raise NotFoundError("task_unknown", address=address)
    named = elements(advance.definition_of(ctx, tx, case))[task["element"]].properties.get(PREVIEW)
    if named is None:
        raise NotFoundError("no_preview", address=address)
    kept = storage.drafts.get(tx, case.id, address, person)
    entered = {} if kept is None else decode(kept.body)
    return papers.draft(ctx, tx, case, snapshot, address, named=named, entered=entered)
