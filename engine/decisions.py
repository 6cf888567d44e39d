"""Decision tables: DMN 1.1 to 1.5, with expressions of our language in the cells.

A file holds one decision with one table. Its hit policy says what several fitting rows mean:

- ``UNIQUE``: at most one row fits; a second one is an error, never the first one found.
- ``FIRST``: the first row that fits, in the order of the table.
- ``ANY``: several may fit when they say the same; otherwise it is an error.
- ``RULE ORDER``: a list of what every fitting row says, in the order of the table.
- ``COLLECT``: the same, or with an aggregation (``SUM MIN MAX COUNT``) one number.

No fitting row and no default output is an error for every policy. An input cell is empty or ``-`` (anything), a
value (``"employer"``, ``48``: equal to it), a comparison (``> 48``, ``in ["a", "b"]``), a range (``[1..5]``,
``(0..1]``), several of these by commas, ``not(...)`` round them, or a whole condition that calls the input ``?``.
A null input fits only an empty cell and a condition that asks for it (``not known(?)``). An output cell is an
expression; the output's name is the fact it writes. An annotation column named ``article`` or ``依据`` says which
article a row applies.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import chain, combinations_with_replacement
from typing import Final

from engine.expressions import (
    LONGEST_EXPRESSION,
    Expression,
    ExpressionError,
    ExpressionRefusedError,
    Readable,
    compile_expression,
    is_fact_name,
)
from engine.facts import Declarations
from engine.model import EngineError
from engine.operations import Typed, leave, same
from engine.values import Value
from engine.xml import DMN_VERSIONS, Element, child, children, name_of, namespace_of, parse, text_of

HIT_POLICIES: Final = ("UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER")
AGGREGATIONS: Final = ("SUM", "MIN", "MAX", "COUNT")
ARTICLE_COLUMNS: Final = ("article", "依据")

#: What ``?`` is called inside a compiled cell; no fact may start with an underscore.
_INPUT: Final = "_input"
_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>|=|in\b|not\s+in\b)\s*(.+)", re.DOTALL)
_RANGE = re.compile(r"([\[(\]])\s*(.+?)\s*\.\.\s*(.+?)\s*([\])\[])", re.DOTALL)
_NEGATION = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_OPENING: Final = "([{"
_CLOSING: Final = ")]}"


class DecisionRefusedError(EngineError):
    """A file that is not a decision table we run.

    Attributes:
        problems: one ``(element, code, detail)`` for each; the codes are ``not_dmn``, ``no_table``,
            ``several_decisions``, ``required_decision``, ``hit_policy``, ``aggregation``, ``no_input``, ``no_output``,
            ``output_name``, ``duplicate_output``, ``cells``, ``unary_test``, ``no_rules``, or one of
            ``ExpressionRefusedError``.
    """

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{element}: {code} {detail}".rstrip() for element, code, detail in problems))
        self.problems = problems


class DecisionError(EngineError):
    """A table that gives no answer for these facts.

    Attributes:
        code: ``no_row``, ``not_unique``, ``not_equal``, ``aggregation``.
        decision: id of the decision.
        rows: numbers of the rows that fitted, from 1.
    """

    def __init__(self, code: str, decision: str, rows: tuple[int, ...] = ()) -> None:
        super().__init__(f"{decision}: {code}" + (f" (rows {', '.join(map(str, rows))})" if rows else ""))
        self.code = code
        self.decision = decision
        self.rows = rows


@dataclass(frozen=True)
class Input:
    """A column that is asked: its id, its label, and the expression that gives its value."""

    id: str
    label: str
    expression: Expression


@dataclass(frozen=True)
class Output:
    """A column that answers: its id, its label, the fact it writes, and what it says when no row fits."""

    id: str
    label: str
    name: str
    default: Expression | None


@dataclass(frozen=True)
class Cell:
    """One input cell.

    Attributes:
        text: as it was written.
        parts: any of them must hold; empty when anything fits.
        negated: whether none of them may hold instead (a null input still does not fit).
    """

    text: str
    parts: tuple[Expression, ...]
    negated: bool = False

    def fits(self, value: Typed, facts: Readable, today: date, declarations: Declarations | None) -> bool:
        """Tell whether an input's value fits this cell.

        Args:
            value: of the input, days and decimals being themselves.
            facts: what else the cell may name.
            today: the event's date.
            declarations: how facts are read.
        """
        if not self.parts:
            return True
        if value is None and (self.negated or not self._asks_input):
            return False
        if self._constants is not None:
            return any(same(value, constant) for constant in self._constants) is not self.negated
        seen = _WithInput(facts, value)
        found = any(_part_fits(part, value, seen, today, declarations) for part in self.parts)
        return found is not self.negated

    @cached_property
    def _asks_input(self) -> bool:
        return any(_INPUT in part.names for part in self.parts)

    @cached_property
    def _constants(self) -> tuple[Typed, ...] | None:
        """The values themselves, when the cell holds nothing else: most cells do, and a table has many."""
        if any(part.names or "today" in part.text for part in self.parts):
            return None
        return tuple(part.typed({}, date.min) for part in self.parts)


class _WithInput:
    """The facts, and the value of the input a cell calls ``?``."""

    __slots__ = ("_facts", "_value")

    def __init__(self, facts: Readable, value: Typed) -> None:
        self._facts = facts
        self._value = value

    def get(self, name: str, /) -> Value:
        return self._value if name == _INPUT else self._facts.get(name)


def _part_fits(part: Expression, value: Typed, seen: Readable, today: date, declarations: Declarations | None) -> bool:
    if _INPUT in part.names:
        return part.holds(seen, today, declarations)
    return same(value, part.typed(seen, today, declarations))


@dataclass(frozen=True)
class Rule:
    """One row.

    Attributes:
        id: of the row.
        cells: one for each input.
        answers: one for each output; null where the cell is empty.
        description: what the author noted.
        annotations: text by column name.
    """

    id: str
    cells: tuple[Cell, ...]
    answers: tuple[Expression | None, ...]
    description: str
    annotations: Mapping[str, str]

    @cached_property
    def asked(self) -> tuple[tuple[int, Cell], ...]:
        """The cells that are not empty, with their columns: in a wide table few are."""
        return tuple((column, cell) for column, cell in enumerate(self.cells) if cell.parts)

    def fits(self, values: list[Typed], facts: Readable, today: date, declarations: Declarations | None) -> bool:
        """Tell whether the inputs' values fit every cell of this row."""
        return all(cell.fits(values[column], facts, today, declarations) for column, cell in self.asked)

    @property
    def article(self) -> str | None:
        """The articles this row applies, ``工伤保险条例:14``, or null."""
        return next((self.annotations[key] for key in ARTICLE_COLUMNS if self.annotations.get(key)), None)


@dataclass(frozen=True)
class Decision:
    """A decision table, compiled.

    Attributes:
        id: of the decision, ``recognition_ground``.
        name: its label.
        hit_policy: one of ``HIT_POLICIES``.
        aggregation: one of ``AGGREGATIONS``, or null.
        inputs: the columns asked.
        outputs: the columns that answer.
        rules: the rows.
    """

    id: str
    name: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @property
    def reads(self) -> frozenset[str]:
        """Every fact a cell or a column names."""
        return frozenset(name for expression in self._expressions() for name in expression.names) - {_INPUT}

    @property
    def writes(self) -> tuple[str, ...]:
        """The facts it writes."""
        return tuple(output.name for output in self.outputs)

    @property
    def literals(self) -> frozenset[tuple[str, str]]:
        """Each fact with each text that a cell compares it with, or writes into it."""
        found = {pair for expression in self._expressions() for pair in expression.compared if pair[0] != _INPUT}
        for rule in self.rules:
            for column, cell in rule.asked:
                fact = self.inputs[column].expression.bare
                found |= {(fact, text) for part in cell.parts for text in _asked_for(part) if fact is not None}
        answers = [zip(self.outputs, rule.answers, strict=True) for rule in self.rules]
        answers.append(zip(self.outputs, [output.default for output in self.outputs], strict=True))
        for output, answer in chain.from_iterable(answers):
            found |= {(output.name, text) for text in (answer.results if answer else ())}
        return frozenset(found)

    def _expressions(self) -> Iterator[Expression]:
        yield from (column.expression for column in self.inputs)
        yield from (output.default for output in self.outputs if output.default)
        for rule in self.rules:
            yield from (answer for answer in rule.answers if answer)
            yield from (part for cell in rule.cells for part in cell.parts)

    @property
    def always_answers(self) -> bool:
        """Whether some row fits everything, or every output has a default."""
        return any(not rule.asked for rule in self.rules) or all(output.default for output in self.outputs)

    def overlaps(self) -> Iterator[tuple[Rule, Rule]]:
        """Give the rows of a UNIQUE table that plainly fit together.

        Two rows overlap for certain when every pair of their cells holds one value in common: the cells are equal, or
        one of them is empty. What only some facts would show is found when it happens. Of many rows that fit together
        each is named with the first.
        """
        if self.hit_policy != "UNIQUE":
            return
        by_columns: dict[tuple[int, ...], list[Rule]] = {}
        for rule in self.rules:
            by_columns.setdefault(tuple(column for column, _ in rule.asked), []).append(rule)
        for one, other in combinations_with_replacement(by_columns, 2):
            common = [column for column in one if column in other]
            first: dict[tuple[str, ...], Rule] = {}
            for rule in by_columns[one]:
                first.setdefault(_texts(rule, common), rule)
            for rule in by_columns[other]:
                found = first.get(_texts(rule, common), rule)
                if found is not rule:
                    yield found, rule

    def decide(
        self, facts: Mapping[str, Value], today: date, declarations: Declarations | None = None
    ) -> tuple[dict[str, Value], list[dict[str, Value]]]:
        """Read the table.

        Args:
            facts: value by name.
            today: the event's date.
            declarations: how facts are read.

        Returns:
            The outputs by fact, and the rows that fired: number from 1, id, and article where one is given. No rows
            with outputs means that the defaults spoke.

        Raises:
            DecisionError: when the table has no answer.
            ExpressionError: when a cell has no value.
        """
        values = [column.expression.typed(facts, today, declarations) for column in self.inputs]
        fitting = [
            (number, rule)
            for number, rule in enumerate(self.rules, start=1)
            if rule.fits(values, facts, today, declarations)
        ]
        if not fitting:
            return self._defaults(facts, today, declarations), []
        if self.hit_policy == "FIRST":
            fitting = fitting[:1]
        answers = [self._answer(rule, facts, today, declarations) for _, rule in fitting]
        return self._together(answers, tuple(number for number, _ in fitting)), [_fired(*one) for one in fitting]

    def _defaults(self, facts: Mapping[str, Value], today: date, declarations: Declarations | None) -> dict[str, Value]:
        if not all(output.default for output in self.outputs):
            raise DecisionError("no_row", self.id)
        found = {
            output.name: output.default.evaluate(facts, today, declarations)
            for output in self.outputs
            if output.default
        }
        return _fitted(found, declarations)

    def _answer(
        self, rule: Rule, facts: Mapping[str, Value], today: date, declarations: Declarations | None
    ) -> dict[str, Value]:
        found = {
            output.name: answer.evaluate(facts, today, declarations) if answer else None
            for output, answer in zip(self.outputs, rule.answers, strict=True)
        }
        # What is collected is fitted item by item only when it becomes the fact itself.
        return found if self.hit_policy in ("COLLECT", "RULE ORDER") else _fitted(found, declarations)

    def _together(self, answers: list[dict[str, Value]], rows: tuple[int, ...]) -> dict[str, Value]:
        if self.hit_policy == "UNIQUE" and len(answers) > 1:
            raise DecisionError("not_unique", self.id, rows)
        if self.hit_policy == "ANY" and any(answer != answers[0] for answer in answers):
            raise DecisionError("not_equal", self.id, rows)
        if self.hit_policy not in ("COLLECT", "RULE ORDER"):
            return answers[0]
        columns = {output.name: [answer[output.name] for answer in answers] for output in self.outputs}
        if self.aggregation is None:
            return dict(columns)
        return {name: self._aggregate(column, rows) for name, column in columns.items()}

    def _aggregate(self, column: list[Value], rows: tuple[int, ...]) -> Value:
        if self.aggregation == "COUNT":
            return len(column)
        numbers = [_number(value) for value in column]
        known = [number for number in numbers if number is not None]
        if len(known) != len(numbers):
            raise DecisionError("aggregation", self.id, rows)
        if self.aggregation == "SUM":
            return leave(Decimal(sum(known)))
        return leave(min(known) if self.aggregation == "MIN" else max(known))


def _asked_for(part: Expression) -> Iterator[str]:
    """Give the texts a part of a cell holds its input against."""
    if _INPUT in part.names:
        return (text for name, text in part.compared if name == _INPUT)
    return iter(part.results)


def _texts(rule: Rule, columns: list[int]) -> tuple[str, ...]:
    return tuple(rule.cells[column].text for column in columns)


def _number(value: Value) -> Decimal | None:
    if type(value) is int:
        return Decimal(value)
    if type(value) is not str:
        return None
    return Decimal(value) if re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII) else None


def _fitted(found: dict[str, Value], declarations: Declarations | None) -> dict[str, Value]:
    if declarations is None:
        return found
    fitted = {name: declarations.fit(name, value) for name, value in found.items()}
    for name, value in fitted.items():
        wrong = declarations.check_value(name, value) if name in declarations else None
        if wrong:
            raise ExpressionError(wrong, name)
    return fitted


def _fired(number: int, rule: Rule) -> dict[str, Value]:
    row: dict[str, Value] = {"row": number, "id": rule.id}
    return row | ({"article": rule.article} if rule.article else {})


@lru_cache(maxsize=256)
def load_decision(source: str | bytes) -> Decision:
    """Read a decision table; those read last are kept.

    Args:
        source: a DMN file with one decision.

    Raises:
        DecisionRefusedError: with every problem found.
        XmlRefusedError: when it is not XML we read.
    """
    root = parse(source)
    if namespace_of(root) not in DMN_VERSIONS or name_of(root) != "definitions":
        raise DecisionRefusedError([("", "not_dmn", name_of(root))])
    return _Reader().read(root)


class _Reader:
    """Reads one file, collecting problems instead of stopping at the first."""

    def __init__(self) -> None:
        self._problems: list[tuple[str, str, str]] = []

    def read(self, root: Element) -> Decision:
        decisions = list(children(root, "decision"))
        table = child(decisions[0], "decisionTable") if len(decisions) == 1 else None
        if table is None:
            code = "several_decisions" if len(decisions) > 1 else "no_table"
            raise DecisionRefusedError([(root.get("id", ""), code, str(len(decisions)))])
        element = decisions[0]
        for requirement in children(element, "informationRequirement"):
            if child(requirement, "requiredDecision") is not None:
                self._refuse(requirement, "required_decision")
        decision = self._table(element, table)
        if self._problems:
            raise DecisionRefusedError(self._problems)
        return decision

    def _table(self, element: Element, table: Element) -> Decision:
        policy = table.get("hitPolicy", "UNIQUE")
        if policy not in HIT_POLICIES:
            self._refuse(table, "hit_policy", policy)
        aggregation = table.get("aggregation")
        if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT"):
            self._refuse(table, "aggregation", aggregation)
        inputs = tuple(self._input(column) for column in children(table, "input"))
        outputs = tuple(self._output(column) for column in children(table, "output"))
        self._check_columns(table, inputs, outputs)
        columns = [one.get("name") or text_of(one) for one in children(table, "annotation")]
        rules = tuple(self._rule(row, len(inputs), len(outputs), columns) for row in children(table, "rule"))
        if not rules:
            self._refuse(table, "no_rules")
        identity = element.get("id", "")
        return Decision(identity, element.get("name", identity), policy, aggregation, inputs, outputs, rules)

    def _check_columns(self, table: Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> None:
        if not inputs:
            self._refuse(table, "no_input")
        if not outputs:
            self._refuse(table, "no_output")
        names = [output.name for output in outputs]
        for name in {name for name in names if names.count(name) > 1}:
            self._refuse(table, "duplicate_output", name)

    def _input(self, column: Element) -> Input:
        asked = child(column, "inputExpression")
        text = text_of(child(asked, "text")) if asked is not None else ""
        return Input(column.get("id", ""), column.get("label", text), self._expression(column, text))

    def _output(self, column: Element) -> Output:
        name = column.get("name", "")
        if not is_fact_name(name):
            self._refuse(column, "output_name", name)
        entry = child(column, "defaultOutputEntry")
        text = text_of(entry)
        default = self._expression(column, text) if text else None
        return Output(column.get("id", ""), column.get("label", name), name, default)

    def _rule(self, row: Element, inputs: int, outputs: int, columns: list[str]) -> Rule:
        cells = [text_of(cell) for cell in children(row, "inputEntry")]
        answers = [text_of(cell) for cell in children(row, "outputEntry")]
        if len(cells) != inputs or len(answers) != outputs:
            self._refuse(row, "cells", f"{len(cells)}/{len(answers)}")
        notes = [text_of(note) for note in children(row, "annotationEntry")]
        return Rule(
            row.get("id", ""),
            tuple(self._cell(row, cell) for cell in cells),
            tuple(self._expression(row, text) if text else None for text in answers),
            text_of(child(row, "description")),
            dict(zip(columns, notes, strict=False)),
        )

    def _cell(self, row: Element, text: str) -> Cell:
        if text in ("", "-"):
            return Cell(text, ())
        if len(text) > LONGEST_EXPRESSION:
            self._refuse(row, "too_long")
            return Cell("", ())
        inner, negated = text, False
        found = _NEGATION.fullmatch(text)
        if found and _closes_last(text) and not _holds_input(text):
            inner, negated = found[1], True
        parts = tuple(self._part(row, part) for part in _split(inner))
        return Cell(text, parts, negated)

    def _part(self, row: Element, text: str) -> Expression:
        compared = _COMPARISON.fullmatch(text.strip())
        part = self._expression(row, _as_condition(text))
        # A test within a comparison, or one that does not ask the input, would be compared with true or false:
        # never what its author meant.
        if (compared and self._expression(row, _replaced(compared[2])).is_test) or (
            part.is_test and _INPUT not in part.names
        ):
            self._refuse(row, "unary_test", text)
        return part

    def _expression(self, element: Element, text: str) -> Expression:
        try:
            return compile_expression(text)
        except ExpressionRefusedError as error:
            self._refuse(element, error.code, text)
            return compile_expression("null")

    def _refuse(self, element: Element, code: str, detail: str = "") -> None:
        self._problems.append((element.get("id", ""), code, detail))


def _as_condition(text: str) -> str:
    stripped = text.strip()
    if found := _COMPARISON.fullmatch(stripped):
        operator = "==" if found[1] == "=" else found[1]
        return f"{_INPUT} {operator} ({_replaced(found[2])})"
    if found := _RANGE.fullmatch(stripped):
        low = ">=" if found[1] == "[" else ">"
        high = "<=" if found[4] == "]" else "<"
        return f"{_INPUT} {low} ({_replaced(found[2])}) and {_INPUT} {high} ({_replaced(found[3])})"
    return _replaced(stripped)


def _replaced(text: str) -> str:
    """Write ``?`` outside quotes as a name."""
    return "".join(_INPUT if outside and one == "?" else one for one, outside, _ in _scan(text))


def _holds_input(text: str) -> bool:
    return any(outside and one == "?" for one, outside, _ in _scan(text))


def _split(text: str) -> list[str]:
    """Part a cell at the commas that stand in no quotes and no brackets."""
    parts, start = [], 0
    for index, (one, outside, depth) in enumerate(_scan(text)):
        if one == "," and outside and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _closes_last(text: str) -> bool:
    """Tell whether the first bracket of a text is closed by its last character."""
    depths = [depth for _, _, depth in _scan(text)]
    opened = text.index("(")
    return all(depth > 0 for depth in depths[opened:-1]) and depths[-1] == 0


def _scan(text: str) -> Iterator[tuple[str, bool, int]]:
    """Give each character, whether it stands outside quotes, and how many brackets are open after it."""
    quote, depth = "", 0
    for one in text:
        if quote:
            yield one, False, depth
            quote = "" if one == quote else quote
            continue
        if one in "\"'":
            quote = one
        depth += (one in _OPENING) - (one in _CLOSING)
        yield one, not quote, depth
