"""Finding cases by what is written of them, the same on both databases.

Every searchable text of a case is kept whole, for exact match and prefix, and as its grams, every two neighbouring
characters: the commonest Chinese names have two. Who calls folds texts alike when writing and when searching, and
hashes identity numbers, so that the table tells nobody one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, func, literal_column, select, union_all

from storage.database import Tx
from storage.rows import run_all
from storage.tables import case, term

_WHOLE: Final = "whole"
_GRAM: Final = "gram"

#: A gram found more often than this is as good as any other.
_COMMON: Final = 2000

#: Sorts after every character.
_LAST_CHARACTER: Final = "\U0010ffff"

_FORGET: Final = delete(term).where(term.c.case == bindparam("case"), term.c.field == bindparam("field"))
_PUT: Final = term.insert()


def put(tx: Tx, case: str, field: str, whole: str | None, grams: Iterable[str] = ()) -> None:
    """Write what a case is found by in one field, in the place of what it was."""
    put_all(tx, case, {field: (whole, grams)})


def put_all(
    tx: Tx, case: str, fields: Mapping[str, tuple[str | None, Iterable[str]]], first: Collection[str] = ()
) -> None:
    """Write what a case is found by in several fields, in two statements at most.

    Args:
        tx: a writing transaction.
        case: id of the case.
        fields: the whole text, or null for none, and its grams, by field.
        first: the fields it was never found by before, of which there is nothing to forget.
    """
    run_all(tx, _FORGET, ({"case": case, "field": field} for field in fields if field not in first))
    rows = [
        {"case": case, "field": field, "kind": kind, "term": text}
        for field, (whole, grams) in fields.items()
        for kind, text in [(_WHOLE, whole), *((_GRAM, each) for each in sorted(set(grams)))]
        if text
    ]
    run_all(tx, _PUT, rows)


def exact(tx: Tx, field: str, whole: str, *, offices: Sequence[str] | None = None, limit: int = 50) -> list[str]:
    """Find cases by the whole text of a field, or by the hash of an identity number.

    Returns:
        Case ids, the newest first.
    """
    return _ids(tx, [term.c.kind == _WHOLE, term.c.term == whole, term.c.field == field], offices, None, limit)


def find(
    tx: Tx,
    words: str,
    grams: Sequence[str],
    *,
    offices: Sequence[str] | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[str]:
    """Find cases of which a searchable text begins with one character, or holds several in a row.

    Args:
        tx: any transaction.
        words: what is looked for, folded as the texts were.
        grams: its grams; none when it has one character.
        offices: only cases at one of these; every office when null.
        before: only cases older than this id, for the next page.
        limit: at most so many.

    Returns:
        Case ids, the newest first.
    """
    if not words:
        return []
    if not grams:
        begins = [term.c.kind == _WHOLE, term.c.term >= words, term.c.term < words + _LAST_CHARACTER]
        return _ids(tx, begins, offices, before, limit)
    whole = term.alias("whole")
    place = func.instr(whole.c.term, words) if tx.dialect == "sqlite" else func.strpos(whole.c.term, words)
    holds = (
        select(literal_column("1"))
        .where(whole.c.case == term.c.case, whole.c.field == term.c.field, whole.c.kind == _WHOLE, place > 0)
        .exists()
    )
    return _ids(tx, [term.c.kind == _GRAM, term.c.term == _rarest(tx, grams), holds], offices, before, limit)


def _ids(
    tx: Tx, conditions: Iterable[ColumnElement[bool]], offices: Sequence[str] | None, before: str | None, limit: int
) -> list[str]:
    statement = select(term.c.case).where(*conditions).distinct().order_by(term.c.case.desc()).limit(limit)
    if offices is not None:
        statement = statement.join(case, case.c.id == term.c.case).where(case.c.office.in_(offices))
    if before is not None:
        statement = statement.where(term.c.case < before)
    return list(tx.connection.scalars(statement))


def _rarest(tx: Tx, grams: Sequence[str]) -> str:
    """Choose the gram that leaves the fewest cases to look at."""
    values = {f"gram{index}": gram for index, gram in enumerate(grams)}
    counts = tx.connection.execute(_counting(len(grams)), values).all()
    rarest: int = min(counts, key=lambda row: row.found).place
    return grams[rarest]


@lru_cache(maxsize=64)
def _counting(grams: int) -> Any:
    counts: list[Any] = []
    for index in range(grams):
        found = (
            select(literal_column("1").label("one"))
            .where(term.c.kind == _GRAM, term.c.term == bindparam(f"gram{index}"))
            .limit(_COMMON)
            .subquery()
        )
        counts.append(select(literal_column(str(index)).label("place"), func.count().label("found")).select_from(found))
    return union_all(*counts)
