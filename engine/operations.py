"""What the operators and functions of the language do with values.

Inside an evaluation a value is one of a case, except that decimals, days and instants are themselves. A number is
an ``int`` or a ``Decimal``, never a float; kinds do not mix; null has no value in arithmetic and is false in a
comparison (``engine.expressions`` says why).
"""

import ast
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation, Overflow
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from engine.facts import read_date, read_instant
from engine.model import EngineError
from engine.values import LARGEST_INTEGER, Value

MOST_DIGITS: Final = 28
LONGEST_TEXT: Final = 20_000
LONGEST_LIST: Final = 10_000

#: A value inside an evaluation: as ``Value``, but decimals, days and instants are themselves.
Typed = Any

_EXACT: Final = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
_ROUNDED: Final = Context(prec=MOST_DIGITS, traps=[InvalidOperation, Overflow, DivisionByZero])


class ExpressionError(EngineError):
    """An expression that has no value for these facts: the step stops with an incident.

    Attributes:
        code: ``null``, ``type``, ``not_boolean``, ``division_by_zero``, ``inexact``, ``too_large``, ``index``,
            ``empty``, or what ``Declarations.check_value`` said.
        detail: which value, for the operator; never a fact's content.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def truth(value: Typed) -> bool:
    """Read a value as a condition; null is false.

    Raises:
        ExpressionError: for anything but true, false and null.
    """
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError("not_boolean")


_PLAIN = frozenset({int, str, Decimal, date, datetime})
_NUMBERS = frozenset({int, Decimal})


def _comparison(test: Callable[[Any, Any], bool], *, ordered: bool) -> Callable[[Typed, Typed], bool]:
    def compare(left: Typed, right: Typed) -> bool:
        kind = type(left)
        if kind is type(right) and kind in _PLAIN:
            return test(left, right)
        if left is None or right is None:
            return False
        return test(*_comparable(left, right, ordered=ordered))

    return compare


def _comparable(left: Typed, right: Typed, *, ordered: bool) -> tuple[Typed, Typed]:
    """Bring two known values to one kind, or say that they have none in common."""
    first, second = type(left), type(right)
    if first in _NUMBERS and second in _NUMBERS:
        return left, right
    if first is second and first in (bool, list, dict) and not ordered:
        return leave(left), leave(right)
    if first is str and second in (date, datetime):
        return _as(second, left), right
    if second is str and first in (date, datetime):
        return left, _as(first, right)
    raise ExpressionError("type")


def _as(kind: type, text: str) -> Typed:
    try:
        return read_date(text) if kind is date else read_instant(text)
    except ValueError as error:
        raise ExpressionError(str(error)) from error


def same(left: Typed, right: Typed) -> bool:
    """Tell whether two values are equal; null equals nothing, and different kinds are simply not equal."""
    if left is None or right is None:
        return False
    try:
        return bool(_equal(left, right))
    except ExpressionError:
        return False


def _contains(item: Typed, holder: Typed) -> bool:
    if item is None or holder is None:
        return False
    if type(holder) is list:
        return any(same(item, one) for one in holder)
    if type(holder) is str and type(item) is str:
        return item in holder
    raise ExpressionError("type")


def _contains_not(item: Typed, holder: Typed) -> bool:
    return item is not None and holder is not None and not _contains(item, holder)


_equal = _comparison(eq, ordered=False)
_less = _comparison(lt, ordered=True)
_greater = _comparison(gt, ordered=True)

COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Typed, Typed], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: _comparison(ne, ordered=False),
    ast.Lt: _less,
    ast.LtE: _comparison(le, ordered=True),
    ast.Gt: _greater,
    ast.GtE: _comparison(ge, ordered=True),
    ast.In: _contains,
    ast.NotIn: _contains_not,
}


def _bounded(number: Typed) -> Typed:
    if type(number) is int and abs(number) > LARGEST_INTEGER:
        raise ExpressionError("too_large")
    return number


def _numbers(left: Typed, right: Typed) -> None:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return
    raise ExpressionError("null" if left is None or right is None else "type")


def _add(left: Typed, right: Typed) -> Typed:
    if type(left) is int and type(right) is int:
        return _bounded(left + right)
    if type(left) is type(right) and type(left) in (str, list):
        most = LONGEST_TEXT if type(left) is str else LONGEST_LIST
        if len(left) + len(right) > most:
            raise ExpressionError("too_large")
        return left + right
    _numbers(left, right)
    return _EXACT.add(left, right)


def _subtract(left: Typed, right: Typed) -> Typed:
    _numbers(left, right)
    if type(left) is int and type(right) is int:
        return _bounded(left - right)
    return _EXACT.subtract(left, right)


def negative(value: Typed) -> Typed:
    """Give a number with the other sign."""
    return _subtract(0, value)


def _multiply(left: Typed, right: Typed) -> Typed:
    _numbers(left, right)
    if type(left) is int and type(right) is int:
        return _bounded(left * right)
    return _EXACT.multiply(left, right)


def _divide(left: Typed, right: Typed) -> Typed:
    _numbers(left, right)
    if right == 0:
        raise ExpressionError("division_by_zero")
    return _ROUNDED.divide(left, right)


def _floor_divide(left: Typed, right: Typed) -> Typed:
    return _divided(left, right)[0]


def _remainder(left: Typed, right: Typed) -> Typed:
    return _divided(left, right)[1]


def _divided(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Divide downwards, as Python does for integers; its decimals would cut towards zero."""
    _numbers(left, right)
    if right == 0:
        raise ExpressionError("division_by_zero")
    if type(left) is int and type(right) is int:
        return divmod(left, right)
    quotient, rest = _EXACT.divmod(Decimal(left), Decimal(right))
    if rest != 0 and (rest < 0) != (right < 0):
        return _EXACT.subtract(quotient, 1), _EXACT.add(rest, right)
    return quotient, rest


ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Typed, Typed], Typed]]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _remainder,
}


def item_of(holder: Typed, key: Typed) -> Typed:
    """Take an item of a list, or a field of a record; of null there is none.

    Raises:
        ExpressionError: when the list is too short, or there is nothing to take from.
    """
    if holder is None:
        return None
    if type(holder) is dict and type(key) is str:
        return holder.get(key)
    if type(holder) is not list or type(key) not in _NUMBERS:
        raise ExpressionError("null" if key is None else "type")
    if key != int(key) or not -len(holder) <= key < len(holder):
        raise ExpressionError("index")
    return holder[int(key)]


def _of(kind: type | tuple[type, ...], value: Typed) -> Typed:
    if value is None:
        raise ExpressionError("null")
    if type(value) is bool or not isinstance(value, kind):
        raise ExpressionError("type")
    return value


def _length(value: Typed) -> int:
    return len(_of((str, list, dict), value))


def _extreme(values: tuple[Typed, ...], wins: Callable[[Typed, Typed], bool]) -> Typed:
    candidates = values[0] if len(values) == 1 and type(values[0]) is list else list(values)
    if not candidates:
        raise ExpressionError("empty")
    best = _of((int, Decimal, str, date), candidates[0])
    for candidate in candidates[1:]:
        if wins(_of((int, Decimal, str, date), candidate), best):
            best = candidate
    return best


def _sum(values: Typed) -> Typed:
    total: Typed = 0
    for value in _of(list, values):
        total = _add(total, _of((int, Decimal), value))
    return total


def _absolute(value: Typed) -> Typed:
    return abs(_of((int, Decimal), value)) if type(value) is int else _EXACT.abs(_of((int, Decimal), value))


def _day(value: Typed) -> date:
    if type(value) is date:
        return value
    try:
        return read_date(_of(str, value))
    except ValueError as error:
        raise ExpressionError(str(error)) from error


def _days_between(start: Typed, end: Typed) -> int:
    return (_day(end) - _day(start)).days


def _add_days(day: Typed, days: Typed) -> date:
    number = _of((int, Decimal), days)
    if number != int(number):
        raise ExpressionError("type")
    try:
        return _day(day) + timedelta(days=int(number))
    except OverflowError as error:
        raise ExpressionError("too_large") from error


def _starts_with(text: Typed, prefix: Typed) -> bool:
    if text is None or prefix is None:
        return False
    return bool(_of(str, text).startswith(_of(str, prefix)))


#: The functions of the language: fewest and most arguments, and what is called.
FUNCTIONS: Final[Mapping[str, tuple[int, int, Callable[..., Typed]]]] = {
    "known": (1, 1, lambda value: value is not None),
    "today": (0, 0, lambda: None),
    "len": (1, 1, _length),
    "min": (1, 20, lambda *values: _extreme(values, _less)),
    "max": (1, 20, lambda *values: _extreme(values, _greater)),
    "sum": (1, 1, _sum),
    "any": (1, 1, lambda values: any(truth(value) for value in _of(list, values))),
    "all": (1, 1, lambda values: all(truth(value) for value in _of(list, values))),
    "abs": (1, 1, _absolute),
    "date": (1, 1, _day),
    "days_between": (2, 2, _days_between),
    "add_days": (2, 2, _add_days),
    "lower": (1, 1, lambda text: _of(str, text).lower()),
    "upper": (1, 1, lambda text: _of(str, text).upper()),
    "contains": (2, 2, lambda holder, item: _contains(item, holder)),
    "starts_with": (2, 2, _starts_with),
}


def leave(value: Typed) -> Value:
    """Write a calculated value as one of a case.

    Returns:
        Decimals as text without exponent, or as an integer when they have no places; days as ``2026-11-21``;
        instants with six digits of a second and ``Z``; everything else as it is.

    Raises:
        ExpressionError: for a whole number beyond ``2**53 - 1``.
    """
    kind = type(value)
    if kind is Decimal:
        return _leave_decimal(value)
    if kind is date:
        return value.isoformat()
    if kind is datetime:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if kind is list:
        return [leave(item) for item in value]
    return _bounded(value)


def _leave_decimal(value: Decimal) -> Value:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= 0:
        return _bounded(int(value))
    return format(value or abs(value), "f")


def decimal_code(error: DecimalException) -> str:
    """Name what went wrong in a calculation with decimals."""
    return "inexact" if isinstance(error, Inexact) else "too_large"
