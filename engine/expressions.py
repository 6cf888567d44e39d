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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, DecimalException
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NoReturn, Protocol

from engine.facts import Declarations, Reader
from engine.model import EngineError
from engine.operations import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    MOST_DIGITS,
    ExpressionError,
    Typed,
    decimal_code,
    item_of,
    leave,
    negative,
    truth,
)
from engine.values import LARGEST_INTEGER, Value

__all__ = [
    "FUNCTIONS",
    "Expression",
    "ExpressionError",
    "ExpressionRefusedError",
    "Readable",
    "Script",
    "compile_expression",
    "compile_script",
    "is_fact_name",
]

LONGEST_EXPRESSION: Final = 2_000
LONGEST_SCRIPT: Final = 20_000
DEEPEST: Final = 60


class Readable(Protocol):
    """What facts are read from: any mapping will do."""

    def get(self, name: str, /) -> Value:
        """Give a fact's value, null when it has none."""


#: The facts' ``get``, the event's date, and how facts are read.
_Scope = tuple[Callable[[str], Value], date, Mapping[str, Reader]]
_Run = Callable[[_Scope], Typed]

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


_NO_READERS: Final[Mapping[str, Reader]] = {}


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression.

    Attributes:
        text: as it was written.
        names: the facts it reads, those asked for by ``known`` too.
        bare: the fact's name when it is nothing else.
        is_test: whether it can only be true or false (a comparison, ``and``, ``or``, ``not``).
        compared: each fact with each text it is compared with; a misspelt code is found by it.
        results: each text it may give as it stands there.
    """

    text: str
    names: frozenset[str]
    bare: str | None = field(repr=False)
    is_test: bool = field(repr=False)
    compared: frozenset[tuple[str, str]] = field(repr=False)
    results: frozenset[str] = field(repr=False)
    _run: _Run = field(repr=False)

    def evaluate(self, facts: Readable, today: date, declarations: Declarations | None = None) -> Value:
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

    def holds(self, facts: Readable, today: date, declarations: Declarations | None = None) -> bool:
        """Tell whether a condition is true; null is not.

        Raises:
            ExpressionError: also when the value is neither true nor false.
        """
        return truth(self.typed(facts, today, declarations))

    def typed(self, facts: Readable, today: date, declarations: Declarations | None = None) -> Typed:
        """Give its value before it is written as one of a case: decimals, days and instants are themselves."""
        readers = _NO_READERS if declarations is None else declarations.readers
        try:
            return self._run((facts.get, today, readers))
        except DecimalException as error:
            raise ExpressionError(decimal_code(error), self.text) from error
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
        seen = ChainMap(written, dict(facts))
        for target, expression in self.lines:
            value = expression.evaluate(seen, today, declarations)
            written[target] = value if declarations is None else _fitting(declarations, target, value)
        return written


def _fitting(declarations: Declarations, target: str, value: Value) -> Value:
    if target not in declarations:
        return value  # a diagram may be run without declarations; one that is published may not
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
        #: The allow-list: what is not here is refused.
        self._by_node: Mapping[type[ast.expr], Callable[[Any], _Run]] = {
            ast.Name: self._name,
            ast.Attribute: self._name,
            ast.Constant: self._constant,
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.IfExp: self._choice,
            ast.List: self._list,
            ast.Tuple: self._list,
            ast.Subscript: self._index,
            ast.Call: self._call,
        }

    def expression(self, text: str, node: ast.expr) -> Expression:
        """Compile one expression."""
        self._names = set()
        run = self._compile(node)
        bare = next(iter(self._names)) if _is_name(node) and self._names else None
        is_test = isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )
        compared = frozenset(pair for part in ast.walk(node) if isinstance(part, ast.Compare) for pair in _pairs(part))
        return Expression(text, frozenset(self._names), bare, is_test, compared, _results(node), run)

    def line(self, statement: ast.stmt) -> tuple[str, Expression]:
        """Compile one line of a script."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            self._refuse("assignment", statement)
        target = statement.targets[0]
        if not _is_name(target):
            self._refuse("assignment", target)
        name = self._dotted(target)
        if name in _LITERALS or name in FUNCTIONS:
            self._refuse("name", target, name)
        return name, self.expression(self._text_of(statement.value), statement.value)

    def _text_of(self, node: ast.expr) -> str:
        """Give the part of the text a node was parsed from; ``ast`` would split the whole text for each."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = [line.encode() for line in self._source[first : last + 1]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"\n".join(lines).decode()

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
        compiler = self._by_node.get(type(node))
        if compiler is None:
            self._refuse("construct", node, type(node).__name__)
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse("too_deep", node)
        run = compiler(node)
        self._depth -= 1
        return run

    def _name(self, node: ast.Name | ast.Attribute) -> _Run:
        name = self._dotted(node)
        if name in _LITERALS:
            return _constantly(_LITERALS[name])
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
        return _constantly(value)

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
                if (value if type(value) is bool else truth(value)) is wanted:
                    return wanted
            return not wanted

        return run

    def _unary(self, node: ast.UnaryOp) -> _Run:
        operand = self._compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not truth(operand(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: negative(operand(scope))
        return self._refuse("operator", node, type(node.op).__name__)

    def _binary(self, node: ast.BinOp) -> _Run:
        combine = ARITHMETIC.get(type(node.op))
        if combine is None:
            self._refuse("operator", node, type(node.op).__name__)
        left, right = self._compile(node.left), self._compile(node.right)
        return lambda scope: combine(left(scope), right(scope))

    def _compare(self, node: ast.Compare) -> _Run:
        for operator in node.ops:
            if type(operator) not in COMPARISONS:
                self._refuse("operator", node, type(operator).__name__)
        operands = [node.left, *node.comparators]
        if any(_is_null(operand) for operand in operands):
            self._refuse("null_comparison", node)
        tests = [COMPARISONS[type(operator)] for operator in node.ops]
        runs = [self._compile(operand) for operand in operands]
        if len(tests) == 1:
            test, left, right = tests[0], runs[0], runs[1]
            return lambda scope: test(left(scope), right(scope))
        return _chained(tests, runs)

    def _choice(self, node: ast.IfExp) -> _Run:
        test, then, otherwise = self._compile(node.test), self._compile(node.body), self._compile(node.orelse)
        return lambda scope: then(scope) if truth(test(scope)) else otherwise(scope)

    def _list(self, node: ast.List | ast.Tuple) -> _Run:
        items = [self._compile(item) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _index(self, node: ast.Subscript) -> _Run:
        holder, key = self._compile(node.value), self._compile(node.slice)
        return lambda scope: item_of(holder(scope), key(scope))

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


def _constantly(value: Typed) -> _Run:
    return lambda _: value


def _is_name(node: ast.AST) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _pairs(node: ast.Compare) -> Iterator[tuple[str, str]]:
    """Give each name in a comparison with each text beside it."""
    for one, other in pairwise([node.left, *node.comparators]):
        for named, written in ((one, other), (other, one)):
            if _is_name(named):
                yield from ((ast.unparse(named), text) for text in _texts(written))


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _texts(item)


def _results(node: ast.expr) -> frozenset[str]:
    if isinstance(node, ast.IfExp):
        return _results(node.body) | _results(node.orelse)
    return frozenset(_texts(node))


def _is_null(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id == "null")


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
