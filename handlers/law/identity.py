"""Identity numbers of persons and employers: what can be told from the number alone.

A resident identity card carries eighteen characters, area, date of birth, serial and a check digit
(GB 11643-1999, ISO 7064 MOD 11-2); an employer's unified social credit code eighteen, the last one a check character
(GB 32100-2015, MOD 31). Other papers have no check digit, or none that every issue carries, and are taken as they are:
a number is wrong only where the standard says so, and whether it belongs to the person no number tells.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

#: Kinds of identity paper, each with the characters its number may have.
KINDS: Final[Mapping[str, re.Pattern[str]]] = {
    "resident_id": re.compile(r"[0-9]{17}[0-9X]", re.ASCII),
    "hmt_residence": re.compile(r"[0-9A-Z]{8,18}", re.ASCII),
    "hm_permit": re.compile(r"[0-9A-Z]{8,12}", re.ASCII),
    "taiwan_permit": re.compile(r"[0-9A-Z]{8,12}", re.ASCII),
    "foreign_residence": re.compile(r"[0-9A-Z]{15,18}", re.ASCII),
    "passport": re.compile(r"[0-9A-Z]{5,20}", re.ASCII),
    "other": re.compile(r"[^\s].{0,39}"),
}

_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS: Final = "10X98765432"

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE: Final = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}", re.ASCII)
_CREDIT_WEIGHTS: Final = tuple(3**place % 31 for place in range(17))


class IdentityKindUnknownError(LookupError):
    """No kind of identity paper has that name."""


def refusal(kind: str, number: str, born: date | None = None) -> str | None:
    """Tell why a number cannot be one of that kind of paper, or null where nothing speaks against it.

    Args:
        kind: one of ``KINDS``.
        number: as written on the paper, capitals.
        born: the person's day of birth where it is known.

    Returns:
        ``form`` (length or characters), ``date`` (no such day of birth), ``check_digit``, ``born`` (another day of
        birth than the person's), or null.

    Raises:
        IdentityKindUnknownError: for another kind.
    """
    try:
        form = KINDS[kind]
    except KeyError as error:
        raise IdentityKindUnknownError(kind) from error
    if not form.fullmatch(number):
        return "form"
    if kind != "resident_id":
        return None
    day = birth_date(number)
    if day is None:
        return "date"
    if number[-1] != resident_check(number[:17]):
        return "check_digit"
    return None if born in (None, day) else "born"


def credit_code_refusal(code: str) -> str | None:
    """Tell why a text cannot be a unified social credit code, or null where nothing speaks against it.

    Returns:
        ``form``, ``check_digit``, or null.
    """
    if not _CREDIT_CODE.fullmatch(code):
        return "form"
    return None if code[-1] == credit_code_check(code[:17]) else "check_digit"


def resident_check(digits: str) -> str:
    """Work out the check digit of a resident card from its first seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def credit_code_check(characters: str) -> str:
    """Work out the check character of a credit code from its first seventeen characters."""
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(characters, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[-total % 31]


def birth_date(number: str) -> date | None:
    """Read the date of birth from a resident card's number, or null where it holds no day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def age(born: date, on: date) -> int:
    """Count the whole years of a person on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
