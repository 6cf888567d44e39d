"""Issue a document: number it, print it, keep it, and file it with the answer.

Given: ``document`` (stem of the template), ``into`` (the thing whose facts ``number``, ``issued_on`` and ``file``
tell of it; the stem when left out).

The number is reserved in a short transaction of its own before anything is printed, under the act's address, so a
worker that dies anywhere finds the same number again: no gap, no double. The file is named by its bytes, so printing
twice keeps one. The answering entry files the paper and settles the number, or neither.
"""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final

import storage.acts
import storage.cases
import storage.files
import storage.numbers
import storage.tasks
from casework import advance, documents, papers
from casework.acts import ActError, Answer, Wanted, printing
from casework.context import Context
from casework.errors import NotFoundError
from casework.papers import Paper
from handlers.law.basis import ParameterUnsetError
from storage import Tx
from storage.errors import NumberError
from storage.files import DocumentRow, FileRow

LARGEST: Final = 20 * 1024 * 1024


class CaseMovedError(ActError):
    """What a paper prints was changed while it was printed; it is printed again."""


@dataclass(frozen=True)
class _Issue:
    """One paper being issued: what is wanted, since when, and its number once it has one."""

    wanted: Wanted
    stem: str
    asked_at: str
    number: str | None = None

    def compose(self, ctx: Context, tx: Tx) -> Paper:
        case = advance.require(storage.cases.get(tx, self.wanted.case), self.wanted.case)
        return papers.compose(ctx, tx, case, self.wanted.address, self.stem, asked_at=self.asked_at, number=self.number)


def carry_out(ctx: Context, wanted: Wanted) -> Answer:
    """Issue the paper.

    Raises:
        ActError: the template, a fact, the office's court or a word of its numbers is not there; by name.
    """
    try:
        issue = _numbered(ctx, wanted)
        with ctx.database.reading() as tx:
            paper = issue.compose(ctx, tx)
    except ParameterUnsetError as error:
        raise ActError(f"parameter {error.name} is not set for office {error.office}") from error
    except (NotFoundError, NumberError, documents.NumberPatternError) as error:
        raise ActError(str(error)) from error
    sha256, size = ctx.files.put(BytesIO(paper.print()), LARGEST)

    def settle(tx: Tx) -> None:
        if issue.compose(ctx, tx).given != paper.given:
            raise CaseMovedError(f"{wanted.case} {wanted.address}: changed while it was printed")
        _file(tx, issue, paper, FileRow(sha256, size, printing.MEDIA_TYPE, ctx.now()))
        ctx.files.require(sha256)

    return Answer(_payload(issue, paper.dated, sha256), settle)


def _numbered(ctx: Context, wanted: Wanted) -> _Issue:
    """Reserve the number, where the paper carries one."""
    with ctx.database.writing() as tx:
        row = storage.acts.get(tx, wanted.case, wanted.address)
        if row is None:
            raise ActError(f"{wanted.case} {wanted.address}: not wanted")
        issue = _Issue(wanted, str(wanted.given.get("document")), row.wanted_at)
        paper = issue.compose(ctx, tx)
        if paper.template.series is None:
            return issue
        case = advance.require(storage.cases.get(tx, wanted.case), wanted.case)
        number = documents.reserve_number(ctx, tx, case, wanted.address, paper.template, paper.dated)
        return _Issue(wanted, issue.stem, issue.asked_at, number)


def _file(tx: Tx, issue: _Issue, paper: Paper, file: FileRow) -> None:
    """Write everything that belongs to the answer: file, paper, number, and the case's name after it."""
    wanted = issue.wanted
    storage.files.keep(tx, file)
    row = DocumentRow(
        case=wanted.case,
        address=wanted.address,
        template=issue.stem,
        title=paper.template.title,
        sha256=file.sha256,
        issued_at=file.at,
        number=issue.number,
    )
    storage.files.file_document(tx, row)
    if issue.number is not None:
        storage.numbers.issue(tx, wanted.case, wanted.address, text=issue.number, at=file.at)
        heads = paper.template.heads
        storage.cases.name(tx, wanted.case, alias=issue.number, office=wanted.office, at=file.at, heads=heads)
        known_as = advance.require(storage.cases.get(tx, wanted.case), wanted.case).number
        storage.tasks.relabel(tx, wanted.case, case_number=known_as)


def _payload(issue: _Issue, dated: date, sha256: str) -> dict[str, str]:
    into = str(issue.wanted.given.get("into") or issue.stem)
    payload = {f"{into}.issued_on": dated.isoformat(), f"{into}.file": sha256}
    return payload if issue.number is None else payload | {f"{into}.number": issue.number}
