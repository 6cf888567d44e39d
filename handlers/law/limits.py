"""Statutory limits: periods as the law has them, before any case.

The limits are data, ``processes/parameters/limits.yaml``; this module says what one is. What runs on a case is a
deadline (``handlers.law.deadlines``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from handlers.law import Value
from handlers.law.dates import parse_date

#: How a length is counted: calendar days, workdays, months, years, and whole calendar months of which the
#: month of the start is the first.
UNITS = ("日", "工作日", "月", "年", "历月")

#: What the last day of a limit means. Only an ``act_by`` day that is a rest day rolls to the next workday.
#: ``act_by``: something must be done by it. ``earliest``: something is possible once it has passed.
#: ``keep_until``: something must be kept until it. ``period``: a state lasts until it. ``deemed``: something
#: counts as done when it has passed.
KINDS = ("act_by", "earliest", "keep_until", "period", "deemed")

#: Whom a limit binds: the office that conducts the procedure, or a party to it.
BINDS = ("office", "party")


class LimitUnknownError(LookupError):
    """No limit of that id is in force on that day.

    Attributes:
        limit: id, ``D05``.
        on: the legal date asked for.
    """

    def __init__(self, limit: str, on: date) -> None:
        super().__init__(f"no limit {limit} in force on {on}")
        self.limit = limit
        self.on = on


@dataclass(frozen=True)
class Limit:
    """One statutory period, as it stood for some time.

    Attributes:
        id: ``D05``, or ``D17a`` where one row of the law's list holds several.
        title: what it is about, by language code.
        length: number of units; null where the law leaves it to the office, which enters it with a reason.
        unit: one of ``UNITS``.
        article: sources, ``工伤保险条例:20;工伤认定办法:18``.
        kind: one of ``KINDS``.
        binds: one of ``BINDS``.
        warning_days: calendar days that are left when somebody is to be told, the larger first.
        suspended_by: codes of the grounds on which time does not run.
        extension: number of units by which it may be extended at most; 0 where it may not, null where the law
            names no number.
        valid_from: first legal date it applies to.
        valid_to: last one, or null.
    """

    id: str
    title: Mapping[str, str]
    length: int | None
    unit: str
    article: str
    kind: str
    binds: str
    warning_days: tuple[int, ...]
    suspended_by: tuple[str, ...]
    extension: int | None
    valid_from: date
    valid_to: date | None

    @property
    def rolls(self) -> bool:
        """Whether a last day that is a rest day is replaced by the next workday."""
        return self.kind == "act_by"

    def covers(self, on: date) -> bool:
        """Tell whether the limit is in force on a legal date."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @classmethod
    def from_value(cls, limit: str, value: Mapping[str, Value]) -> "Limit":
        """Read a limit from its record in the basis.

        Raises:
            ValueError: when unit, kind, bearer or length is not one of those the law's words allow.
        """
        read = cls(
            id=limit,
            title=value["title"],
            length=value["length"],
            unit=value["unit"],
            article=value["article"],
            kind=value["kind"],
            binds=value["binds"],
            warning_days=tuple(sorted(value.get("warning_days", ()), reverse=True)),
            suspended_by=tuple(value.get("suspended_by", ())),
            extension=value.get("extension", 0),
            valid_from=parse_date(value["valid_from"]),
            valid_to=parse_date(value["valid_to"]) if value.get("valid_to") else None,
        )
        if read.unit not in UNITS or read.kind not in KINDS or read.binds not in BINDS:
            raise ValueError(f"{limit}: unknown unit, kind or bearer")
        if read.length is not None and read.length < 1:
            raise ValueError(f"{limit}: a length is at least 1")
        return read
