"""Official numbers: without gap or double in each series and year.

An act reserves its number in a short transaction of its own, before the paper is made, and a retry of the same act
gets the same one. The counter and the number are written together, so a transaction that fails leaves no gap; a
number whose paper never came is void with a reason, and stays.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from storage.database import Tx
from storage.errors import NumberError
from storage.rows import Upsert, many, one, parameters, run
from storage.tables import number, number_series


@dataclass(frozen=True, slots=True)
class NumberRow:
    """An official number.

    Attributes:
        series: which series of which office.
        year: of the legal date in Asia/Shanghai.
        n: from 1, without gaps.
        case: id of the case it was reserved for.
        address: of the act it was reserved for.
        state: ``reserved``, ``issued``, ``void``.
        reserved_at: when.
        text: as it is printed, or null until issued.
        reason: why it is void, or null.
        settled_at: when it was issued or made void, or null.
    """

    series: str
    year: int
    n: int
    case: str
    address: str
    state: str
    reserved_at: str
    text: str | None = None
    reason: str | None = None
    settled_at: str | None = None


_NUMBER: Final = [number.c[name] for name in NumberRow.__slots__]

_GET: Final = select(*_NUMBER).where(number.c.case == bindparam("case"), number.c.address == bindparam("address"))
_NEXT: Final = Upsert(number_series, {"last": number_series.c.last + 1})
_RESERVE: Final = number.insert()
_SETTLE: Final = number.update().where(
    number.c.case == bindparam("_case"), number.c.address == bindparam("_address"), number.c.state == "reserved"
)
_OF_CASE: Final = select(*_NUMBER).where(number.c.case == bindparam("case")).order_by(number.c.reserved_at, number.c.n)
_LISTED: Final = (
    select(*_NUMBER)
    .where(number.c.series == bindparam("series"), number.c.year == bindparam("year"), number.c.n > bindparam("after"))
    .order_by(number.c.n)
    .limit(bindparam("limit"))
)
_UNSETTLED: Final = (
    select(*_NUMBER)
    .where(number.c.state == "reserved", number.c.reserved_at <= bindparam("before", type_=number.c.reserved_at.type))
    .order_by(number.c.series, number.c.year, number.c.n)
)


def reserve(tx: Tx, *, series: str, year: int, case: str, address: str, at: str) -> NumberRow:
    """Give an act the next number of a series and year, or the one it has already.

    Raises:
        NumberError: when the number it has was made void, or is of another series or year.
        TakenError: when the same act reserves at the same moment elsewhere; trying again gives that number.
    """
    kept = get(tx, case, address)
    if kept is not None:
        if kept.state == "void" or (kept.series, kept.year) != (series, year):
            raise NumberError(f"{case} {address} has number {kept.series} {kept.year} {kept.n}, {kept.state}")
        return kept
    counter = _NEXT(tx).returning(number_series.c.last)
    n = tx.connection.scalar(counter, {"series": series, "year": year, "last": 1})
    row = NumberRow(series, year, int(n or 0), case, address, "reserved", at)
    run(tx, _RESERVE, parameters(row))
    return row


def get(tx: Tx, case: str, address: str) -> NumberRow | None:
    """Read the number of an act."""
    return one(tx, _GET, NumberRow, case=case, address=address)


def issue(tx: Tx, case: str, address: str, *, text: str, at: str) -> None:
    """Settle that the number stands on a paper; again with the same text changes nothing.

    Raises:
        NumberError: when it is not reserved, or stands as another text.
    """
    if not _settle(tx, case, address, state="issued", text=text, settled_at=at):
        kept = get(tx, case, address)
        if kept is None or (kept.state, kept.text) != ("issued", text):
            raise NumberError(f"{case} {address} has no reserved number")


def void(tx: Tx, case: str, address: str, *, reason: str, at: str) -> bool:
    """Settle that the number will never stand on a paper.

    Returns:
        Whether there was a reserved one.

    Raises:
        NumberError: when it was issued.
    """
    if _settle(tx, case, address, state="void", reason=reason, settled_at=at):
        return True
    kept = get(tx, case, address)
    if kept is not None and kept.state == "issued":
        raise NumberError(f"{case} {address} has an issued number")
    return False


def of_case(tx: Tx, case: str) -> list[NumberRow]:
    """List a case's numbers in the order they were reserved."""
    return many(tx, _OF_CASE, NumberRow, case=case)


def listed(tx: Tx, series: str, year: int, after: int = 0, limit: int = 1000) -> list[NumberRow]:
    """List the numbers of a series and year in order, a page at a time."""
    return many(tx, _LISTED, NumberRow, series=series, year=year, after=after, limit=limit)


def unsettled(tx: Tx, before: str) -> list[NumberRow]:
    """List numbers still reserved that were reserved by an instant, for an operator to look at."""
    return many(tx, _UNSETTLED, NumberRow, before=before)


def _settle(tx: Tx, case: str, address: str, **values: str) -> bool:
    return run(tx, _SETTLE, values | {"_case": case, "_address": address}).rowcount == 1
