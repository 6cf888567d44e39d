"""Money: exact decimals in yuan, rounded only by a rule that has a name.

An amount is text on its way in and out (``"1083760.00"``), a ``Decimal`` while it is reckoned with. A float is
refused: ``0.1`` is not a tenth. An amount with a third decimal place is refused too; the place where it is rounded is
part of the law's reckoning and is named there.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal, Inexact, localcontext
from typing import Final, Protocol

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)

FEN: Final = Decimal("0.01")
YUAN: Final = Decimal(1)

#: More digits than any sum of public money has; a product that would need more is an error, not a rounding.
_EXACT: Final = Context(prec=60, traps=[Inexact])


class AmountRefusedError(ValueError):
    """A value is not an amount of money.

    Attributes:
        value: what was given.
        reason: ``not_text``, ``not_a_decimal``, ``too_many_places``.
    """

    def __init__(self, value: object, reason: str) -> None:
        super().__init__(f"{value!r}: {reason}")
        self.value = value
        self.reason = reason


class RoundingUnknownError(LookupError):
    """No rounding rule has that name."""


class Rounding(Protocol):
    """A named way of rounding."""

    def __call__(self, number: Decimal) -> Decimal:
        """Round an exact number of yuan."""


def decimal(text: object) -> Decimal:
    """Read an exact decimal, a ratio or a count of months, from its text.

    Raises:
        AmountRefusedError: for anything but the plain text of a decimal: a float, an exponent, a sign ``+``.
    """
    if not isinstance(text, str):
        raise AmountRefusedError(text, "not_text")
    if not _NUMBER.match(text):
        raise AmountRefusedError(text, "not_a_decimal")
    return Decimal(text)


def amount(text: object) -> Decimal:
    """Read an amount in yuan with at most two decimal places.

    Raises:
        AmountRefusedError: when it is not the text of one.
    """
    number = decimal(text)
    if number != number.quantize(FEN, ROUND_HALF_UP):
        raise AmountRefusedError(text, "too_many_places")
    return number


def product(first: Decimal, *others: Decimal) -> Decimal:
    """Multiply exactly.

    Raises:
        decimal.Inexact: when more digits would be needed than any sum of money has.
    """
    with localcontext(_EXACT):
        for other in others:
            first = first * other
        return first


def round_to_fen(number: Decimal) -> Decimal:
    """Round to the fen, a half away from zero."""
    return number.quantize(FEN, ROUND_HALF_UP)


def round_to_yuan(number: Decimal) -> Decimal:
    """Round to the yuan, a half away from zero."""
    return number.quantize(YUAN, ROUND_HALF_UP)


def round_up_to_fen(number: Decimal) -> Decimal:
    """Round up to the fen, so that a floor the law sets is never undercut."""
    return number.quantize(FEN, ROUND_CEILING)


#: Every rounding rule, by the name a parameter or a diagram calls it.
ROUNDINGS: Final[Mapping[str, Rounding]] = {
    "round_to_fen": round_to_fen,
    "round_to_yuan": round_to_yuan,
    "round_up_to_fen": round_up_to_fen,
}


def rounding(name: str) -> Rounding:
    """Find a rounding rule by name.

    Raises:
        RoundingUnknownError: when there is none.
    """
    try:
        return ROUNDINGS[name]
    except KeyError as error:
        raise RoundingUnknownError(name) from error
