"""The language of conditions, script lines, decision cells and timers.

An expression is written in Python's syntax, parsed once, and compiled to closures; nothing is ever handed to
``eval`` or ``exec``. Only what is listed here exists: literals, fact names (``worker.name``), ``and or not``,
comparisons (chained too), ``in``, ``+ - * / // %``, ``a if condition else b``, lists, indexing, and the functions
of ``FUNCTIONS``. There are no loops, so an evaluation takes no more steps than the text has parts; text, lists
and digits are bounded as well.

What differs from Python, on purpose:

- A number literal is a decimal: ``0.1 + 0.2 == 0.3``. Sums, differences and products are exact or an error;
  ``/`` gives 28 significant digits, half to even. Rounding money is the work of a named rule, so there is no
  ``round``.
- An unwritten fact is null. Null in a comparison makes it false, ``!=`` and ``not in`` as well; null in
  arithmetic is an error; ``known(x)`` asks.
- Values of different kinds are not compared: ``"3" == 3`` is an error, not false. A day or an instant may be
  compared with text in its own form: ``accident.on >= "2021-12-01"``.
- ``and``, ``or``, ``not`` and ``if`` take true, false or null (which counts as false), and give true or false.

A result leaves as a value of a case: a decimal as text without exponent (``"12.50"``), but as an integer when it
has no places; a day and an instant as text. An expression that is nothing but a fact's name gives it unchanged.
"""

import ast
import re
import textwrap
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from decimal import Context as DecimalContext
from decimal import Inexact as InexactDecimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, NoReturn

from engine.facts import Declarations, Reader, read_date, read_instant
from engine.model import EngineError
from engine.values import LARGEST_INTEGER, Value

LONGEST_EXPRESSION: Final = 2_000
LONGEST_SCRIPT: Final = 20_000
DEEPEST: Final = 60
MOST_DIGITS: Final = 28
LONGEST_TEXT: Final = 20_000
LONGEST_LIST: Final = 10_000

#: A value inside an evaluation: as ``Value``, but decimals, days and instants are themselves.
Typed = Any
#: The facts' ``get``, the event's date, and how facts are read.
_Scope = tuple[Callable[[str], Value], date, Mapping[str, Reader]]
_Run = Callable[[_Scope], Typed]

_EXACT = DecimalContext(prec=40, traps=[InexactDecimal, InvalidOperation, Overflow, DivisionByZero])
_ROUNDED = DecimalContext(prec=MOST_DIGITS, traps=[InvalidOperation, Overflow, DivisionByZero])

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_RUN_ON_NUMBER = re.compile(r"(?<![\w.])[\d.]*\d[A-Za-z_]", re.ASCII)
_LITERALS: Final[Mapping[str, Value]] = {"true": True, "false": False, "null": None}


class ExpressionRefusedError(EngineError):
    """An expression that is not of this language.

    Attributes:
        code: ``too_long``, ``too_deep``, ``syntax``, ``empty``, ``comment``, ``escape``, ``construct``, ``operator``,
            ``name``, ``number``, ``literal``, ``null_comparison``, ``call``, ``arguments``, ``assignment``.
        position: offset in the text, in characters from 0.
        line: line of the text, from 1.
        detail: the part in question.
    """

    def __init__(self, code: str, position: int = 0, detail: str = "", line: int = 1) -> None:
        super().__init__(f"{code} at {line}:{position}: {detail}" if detail else f"{code} at {line}:{position}")
        self.code = code
        self.position = position
        self.line = line
        self.detail = detail


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


_NO_READERS: Final[Mapping[str, Reader]] = {}


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression.

    Attributes:
        text: as it was written.
        names: the facts it reads, those asked for by ``known`` too.
        bare: the fact's name when it is nothing else.
        is_test: whether it can only be true or false (a comparison, ``and``, ``or``, ``not``).
    """

    text: str
    names: frozenset[str]
    bare: str | None = field(repr=False)
    is_test: bool = field(repr=False)
    _run: _Run = field(repr=False)

    def evaluate(self, facts: Mapping[str, Value], today: date, declarations: Declarations | None = None) -> Value:
        """Give its value.

        Args:
            facts: value by name; one that is missing reads as null.
            today: the event's date.
            declarations: how facts are read; without them decimals, days and instants are just text.

        Raises:
            ExpressionError: when it has none.
        """
        if self.bare is not None:
            return facts.get(self.bare)
        return leave(self.typed(facts, today, declarations))

    def holds(self, facts: Mapping[str, Value], today: date, declarations: Declarations | None = None) -> bool:
        """Tell whether a condition is true; null is not.

        Raises:
            ExpressionError: also when the value is neither true nor false.
        """
        return _truth(self.typed(facts, today, declarations))

    def typed(self, facts: Mapping[str, Value], today: date, declarations: Declarations | None = None) -> Typed:
        """Give its value before it is written as one of a case: decimals, days and instants are themselves."""
        readers = _NO_READERS if declarations is None else declarations.readers
        try:
            return self._run((facts.get, today, readers))
        except DecimalException as error:
            raise ExpressionError(_decimal_code(error), self.text) from error
        except ExpressionError as error:
            raise ExpressionError(error.code, error.detail or self.text) from error


@dataclass(frozen=True, eq=False)
class Script:
    """Compiled script lines, ``fact = expression``.

    Attributes:
        text: as it was written.
        lines: the fact written and its expression, in order.
        reads: facts read before the script itself wrote them.
        writes: facts written, in order of their first line.
    """

    text: str
    lines: tuple[tuple[str, Expression], ...]
    reads: frozenset[str]
    writes: tuple[str, ...]

    def run(
        self, facts: Mapping[str, Value], today: date, declarations: Declarations | None = None
    ) -> dict[str, Value]:
        """Calculate every line; later lines see what earlier ones wrote.

        Returns:
            The new values by fact, in order of writing. ``facts`` is left as it is, so a line that fails
            leaves nothing behind.

        Raises:
            ExpressionError: when a line has no value, or one its fact does not take.
        """
        written: dict[str, Value] = {}
        seen = ChainMap(written, dict(facts)) if not isinstance(facts, dict) else ChainMap(written, facts)
        for target, expression in self.lines:
            value = expression.evaluate(seen, today, declarations)
            written[target] = value if declarations is None else _fitting(declarations, target, value)
        return written


def _fitting(declarations: Declarations, target: str, value: Value) -> Value:
    fitted = declarations.fit(target, value)
    wrong = declarations.check_value(target, fitted)
    if wrong:
        raise ExpressionError(wrong, target)
    return fitted


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Expression:
    """Compile an expression.

    Args:
        text: at most 2,000 characters; line breaks count as blanks.

    Raises:
        ExpressionRefusedError: when it is not of this language, with code and position.
    """
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionRefusedError("too_long", LONGEST_EXPRESSION)
    source = text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
    if not source.strip():
        raise ExpressionRefusedError("empty")
    indent = len(source) - len(source.lstrip())
    body = _parse(source.strip(), "eval", indent).body
    return _Compiler([source.strip()], indent).expression(text, body)


@lru_cache(maxsize=1024)
def compile_script(text: str) -> Script:
    """Compile script lines.

    Args:
        text: lines ``fact = expression``; empty lines and comments are passed over.

    Raises:
        ExpressionRefusedError: when a line is anything else.
    """
    if len(text) > LONGEST_SCRIPT:
        raise ExpressionRefusedError("too_long", LONGEST_SCRIPT)
    source = textwrap.dedent(text.expandtabs(4).replace("\r", "")).strip()
    body = _parse(source, "exec", 0).body
    if not body:
        raise ExpressionRefusedError("empty")
    compiler = _Compiler(source.split("\n"), 0)
    lines = tuple(compiler.line(statement) for statement in body)
    written: dict[str, None] = {}
    reads: set[str] = set()
    for target, expression in lines:
        reads |= {name for name in expression.names if name not in written}
        written[target] = None
    return Script(text, lines, frozenset(reads), tuple(written))


def _parse(source: str, mode: str, indent: int) -> Any:
    outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), source)
    if "\\" in source:
        raise ExpressionRefusedError("escape", source.index("\\") + indent, "\\")
    if mode == "eval" and "#" in outside:
        # Lines of a condition are joined: a comment would swallow the rest of it in silence.
        raise ExpressionRefusedError("comment", outside.index("#") + indent)
    if found := _RUN_ON_NUMBER.search(outside):
        raise ExpressionRefusedError("number", found.start() + indent, found[0])
    try:
        return ast.parse(source, mode=mode)
    except SyntaxError as error:
        position = max((error.offset or 1) - 1, 0) + indent
        raise ExpressionRefusedError("syntax", position, error.msg, error.lineno or 1) from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionRefusedError("too_deep") from error
    except ValueError as error:
        raise ExpressionRefusedError("syntax", detail=str(error)) from error


def is_fact_name(text: str) -> bool:
    """Tell whether a text is the name of a fact an expression could read."""
    try:
        return compile_expression(text).bare == text
    except ExpressionRefusedError:
        return False


class _Compiler:
    """Turns one parsed text into closures, collecting the facts it names."""

    def __init__(self, source: list[str], indent: int) -> None:
        self._source = source
        self._indent = indent
        self._names: set[str] = set()
        self._depth = 0

    def expression(self, text: str, node: ast.expr) -> Expression:
        """Compile one expression."""
        self._names = set()
        run = self._compile(node)
        bare = next(iter(self._names)) if self._is_name(node) and self._names else None
        is_test = isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )
        return Expression(text, frozenset(self._names), bare, is_test, run)

    def line(self, statement: ast.stmt) -> tuple[str, Expression]:
        """Compile one line of a script."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            self._refuse("assignment", statement)
        target = statement.targets[0]
        if not self._is_name(target):
            self._refuse("assignment", target)
        name = self._dotted(target)
        if name in _LITERALS or name in FUNCTIONS:
            self._refuse("name", target, name)
        text = ast.get_source_segment("\n".join(self._source), statement.value) or ""
        return name, self.expression(text, statement.value)

    @staticmethod
    def _is_name(node: ast.AST) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name)

    def _dotted(self, node: ast.expr) -> str:
        parts = []
        inner = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._refuse("construct", node, type(inner).__name__)
        parts.append(inner.id)
        if any(not _NAME.fullmatch(part) or part.startswith("__") for part in parts):
            self._refuse("name", node)
        return ".".join(reversed(parts))

    def _compile(self, node: ast.expr) -> _Run:
        compiler = _NODES.get(type(node))
        if compiler is None:
            self._refuse("construct", node, type(node).__name__)
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse("too_deep", node)
        run = compiler(self, node)
        self._depth -= 1
        return run

    def _name(self, node: ast.Name | ast.Attribute) -> _Run:
        name = self._dotted(node)
        if name in _LITERALS:
            value = _LITERALS[name]
            return lambda scope: value
        self._names.add(name)
        return _reading(name)

    def _constant(self, node: ast.Constant) -> _Run:
        value: Typed = node.value
        if type(value) is str:
            self._check_literal_text(node, value)
        elif type(value) in (int, float):
            value = self._number(node)
        elif value is not None and type(value) is not bool:
            self._refuse("literal", node)
        return lambda scope: value

    def _check_literal_text(self, node: ast.Constant, value: str) -> None:
        if not value.isprintable():
            self._refuse("literal", node)

    def _number(self, node: ast.Constant) -> Typed:
        line = self._source[node.lineno - 1].encode()
        written = line[node.col_offset : node.end_col_offset].decode()
        digits = len(written.replace(".", ""))
        if not _NUMBER.fullmatch(written) or digits > MOST_DIGITS:
            self._refuse("number", node, written)
        if "." in written:
            return Decimal(written)
        number = int(written)
        return number if number <= LARGEST_INTEGER else Decimal(written)

    def _boolean(self, node: ast.BoolOp) -> _Run:
        parts = [self._compile(value) for value in node.values]
        wanted = isinstance(node.op, ast.Or)

        def run(scope: _Scope) -> Typed:
            for part in parts:
                value = part(scope)
                if (value if type(value) is bool else _truth(value)) is wanted:
                    return wanted
            return not wanted

        return run

    def _unary(self, node: ast.UnaryOp) -> _Run:
        operand = self._compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not _truth(operand(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: _subtract(0, operand(scope))
        return self._refuse("operator", node, type(node.op).__name__)

    def _binary(self, node: ast.BinOp) -> _Run:
        combine = _ARITHMETIC.get(type(node.op))
        if combine is None:
            self._refuse("operator", node, type(node.op).__name__)
        left, right = self._compile(node.left), self._compile(node.right)
        return lambda scope: combine(left(scope), right(scope))

    def _compare(self, node: ast.Compare) -> _Run:
        for operator in node.ops:
            if type(operator) not in _COMPARISONS:
                self._refuse("operator", node, type(operator).__name__)
        operands = [node.left, *node.comparators]
        if any(_is_null(operand) for operand in operands):
            self._refuse("null_comparison", node)
        tests = [_COMPARISONS[type(operator)] for operator in node.ops]
        runs = [self._compile(operand) for operand in operands]
        if len(tests) == 1:
            test, left, right = tests[0], runs[0], runs[1]
            return lambda scope: test(left(scope), right(scope))
        return _chained(tests, runs)

    def _choice(self, node: ast.IfExp) -> _Run:
        test, then, otherwise = self._compile(node.test), self._compile(node.body), self._compile(node.orelse)
        return lambda scope: then(scope) if _truth(test(scope)) else otherwise(scope)

    def _list(self, node: ast.List | ast.Tuple) -> _Run:
        items = [self._compile(item) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _index(self, node: ast.Subscript) -> _Run:
        holder, key = self._compile(node.value), self._compile(node.slice)
        return lambda scope: _item(holder(scope), key(scope))

    def _call(self, node: ast.Call) -> _Run:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            self._refuse("call", node, ast.unparse(node.func))
        name = node.func.id
        fewest, most, function = FUNCTIONS[name]
        if node.keywords or not fewest <= len(node.args) <= most:
            self._refuse("arguments", node, name)
        arguments = [self._compile(argument) for argument in node.args]
        if name == "today":
            return lambda scope: scope[1]
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: function(only(scope))
        return lambda scope: function(*[argument(scope) for argument in arguments])

    def _refuse(self, code: str, node: ast.AST, detail: str = "") -> NoReturn:
        line = getattr(node, "lineno", 1)
        offset = getattr(node, "col_offset", 0)
        position = len(self._source[line - 1].encode()[:offset].decode(errors="ignore"))
        raise ExpressionRefusedError(code, position + self._indent, detail, line)


_NODES: Final[Mapping[type[ast.AST], Callable[[_Compiler, Any], _Run]]] = {
    ast.Name: _Compiler._name,
    ast.Attribute: _Compiler._name,
    ast.Constant: _Compiler._constant,
    ast.BoolOp: _Compiler._boolean,
    ast.UnaryOp: _Compiler._unary,
    ast.BinOp: _Compiler._binary,
    ast.Compare: _Compiler._compare,
    ast.IfExp: _Compiler._choice,
    ast.List: _Compiler._list,
    ast.Tuple: _Compiler._list,
    ast.Subscript: _Compiler._index,
    ast.Call: _Compiler._call,
}


def _is_null(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.Name) and node.id == "null"
    )


def _reading(name: str) -> _Run:
    def run(scope: _Scope) -> Typed:
        value = scope[0](name)
        if value is None:
            return None
        reader = scope[2].get(name)
        if reader is None:
            return value
        try:
            return reader(value)
        except ValueError as error:
            raise ExpressionError(str(error), name) from error

    return run


def _chained(tests: list[Callable[[Typed, Typed], bool]], runs: list[_Run]) -> _Run:
    def run(scope: _Scope) -> Typed:
        left = runs[0](scope)
        for test, operand in zip(tests, runs[1:], strict=True):
            right = operand(scope)
            if not test(left, right):
                return False
            left = right
        return True

    return run


def _truth(value: Typed) -> bool:
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError("not_boolean")


_PLAIN = frozenset({int, str, Decimal, date, datetime})
_NUMBERS = frozenset({int, Decimal})


def _ordering(test: Callable[[Any, Any], bool]) -> Callable[[Typed, Typed], bool]:
    def compare(left: Typed, right: Typed) -> bool:
        kind = type(left)
        if kind is type(right) and kind in _PLAIN:
            return test(left, right)
        if left is None or right is None:
            return False
        return test(*_comparable(left, right, ordered=True))

    return compare


def _equality(test: Callable[[Any, Any], bool]) -> Callable[[Typed, Typed], bool]:
    def compare(left: Typed, right: Typed) -> bool:
        kind = type(left)
        if kind is type(right) and kind in _PLAIN:
            return test(left, right)
        if left is None or right is None:
            return False
        return test(*_comparable(left, right, ordered=False))

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


_equal = _equality(eq)
_less = _ordering(lt)
_greater = _ordering(gt)

_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Typed, Typed], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: _equality(ne),
    ast.Lt: _less,
    ast.LtE: _ordering(le),
    ast.Gt: _greater,
    ast.GtE: _ordering(ge),
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


_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Typed, Typed], Typed]]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _remainder,
}


def _item(holder: Typed, key: Typed) -> Typed:
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
    "any": (1, 1, lambda values: any(_truth(value) for value in _of(list, values))),
    "all": (1, 1, lambda values: all(_truth(value) for value in _of(list, values))),
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
    return format(value if value else abs(value), "f")


def _decimal_code(error: DecimalException) -> str:
    return "inexact" if isinstance(error, InexactDecimal) else "too_large"
