"""Official numbers: without gap or double in each series and year.

An act reserves its number in a short transaction of its own, before the paper is made, and a retry of the same act
gets the same one. The counter and the number are written together, so a transaction that fails leaves no gap; a
number whose paper never came is void with a reason, and stays: the act, if it is still wanted, takes the next one.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from storage.database import Tx
from storage.errors import NumberError
from storage.rows import Upsert, many, parameters, run
from storage.tables import number, number_series


@dataclass(frozen=True, slots=True)
class NumberRow:
    """An official number.

    Attributes:
        series: which series of which office.
        year: of the legal date in Asia/Shanghai.
        n: from 1, without gaps.
        case: id of the case it was reserved for.
        address: of the act it was reserved for, with ``~2`` behind it where an earlier number of the act is void.
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

    @property
    def act(self) -> str:
        """Address of the act it was reserved for."""
        return self.address.partition(_AGAIN)[0]


#: What stands between the address of an act and how many times it was given a number; no element's id has it.
_AGAIN: Final = "~"

_NUMBER: Final = [number.c[name] for name in NumberRow.__slots__]

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
    """Give an act the next number of a series and year, or the one it has already; in the place of a void one a new.

    Raises:
        NumberError: when the number it has is of another series or year.
        TakenError: when the same act reserves at the same moment elsewhere; trying again gives that number.
    """
    had = _of_act(tx, case, address)
    if had and had[-1].state != "void":
        if (had[-1].series, had[-1].year) != (series, year):
            raise NumberError(f"{case} {address} has number {had[-1].series} {had[-1].year} {had[-1].n}")
        return had[-1]
    counter = _NEXT(tx).returning(number_series.c.last)
    n = tx.connection.scalar(counter, {"series": series, "year": year, "last": 1})
    place = f"{address}{_AGAIN}{len(had) + 1}" if had else address
    row = NumberRow(series, year, int(n or 0), case, place, "reserved", at)
    run(tx, _RESERVE, parameters(row))
    return row


def get(tx: Tx, case: str, address: str) -> NumberRow | None:
    """Read the number of an act: the newest, where earlier ones are void."""
    return next(reversed(_of_act(tx, case, address)), None)


def _of_act(tx: Tx, case: str, address: str) -> list[NumberRow]:
    """List the numbers an act was given, the newest last."""
    return sorted((row for row in of_case(tx, case) if row.act == address), key=lambda row: len(row.address))


def issue(tx: Tx, case: str, address: str, *, text: str, at: str) -> None:
    """Settle that the number stands on a paper; again with the same text changes nothing.

    Raises:
        NumberError: when it is not reserved, or stands as another text.
    """
    kept = get(tx, case, address)
    settled = kept is not None and (
        (kept.state, kept.text) == ("issued", text) or _settle(tx, kept, state="issued", text=text, settled_at=at)
    )
    if not settled:
        raise NumberError(f"{case} {address} has no reserved number")


def void(tx: Tx, case: str, address: str, *, reason: str, at: str) -> bool:
    """Settle that the number will never stand on a paper.

    Returns:
        Whether there was a reserved one.

    Raises:
        NumberError: when it was issued.
    """
    kept = get(tx, case, address)
    if kept is None:
        return False
    if kept.state == "issued":
        raise NumberError(f"{case} {address} has an issued number")
    return _settle(tx, kept, state="void", reason=reason, settled_at=at)


def of_case(tx: Tx, case: str) -> list[NumberRow]:
    """List a case's numbers in the order they were reserved."""
    return many(tx, _OF_CASE, NumberRow, case=case)


def listed(tx: Tx, series: str, year: int, after: int = 0, limit: int = 1000) -> list[NumberRow]:
    """List the numbers of a series and year in order, a page at a time."""
    return many(tx, _LISTED, NumberRow, series=series, year=year, after=after, limit=limit)


def unsettled(tx: Tx, before: str) -> list[NumberRow]:
    """List numbers still reserved that were reserved by an instant, for an operator to look at."""
    return many(tx, _UNSETTLED, NumberRow, before=before)


def _settle(tx: Tx, row: NumberRow, **values: str) -> bool:
    return run(tx, _SETTLE, values | {"_case": row.case, "_address": row.address}).rowcount == 1
