"""The rows of decision tables that fired in a case, in the tables' own words.

The history keeps which rows fired; what a row says stands in the table of its day, which the entry's definition
holds: an annotation column ``说明`` in Chinese and ``note`` in English, else the description of the row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine import Definition
from engine.decisions import Decision, Rule, load_decision
from engine.effects import Effect
from engine.elements import declarations

_CHINESE: Final = "说明"
_ENGLISH: Final = "note"


@dataclass(frozen=True)
class FiredRow:
    """One row that fired.

    Attributes:
        number: of the row, from 1.
        words: what the row says of itself, ``zh`` and ``en``; null where nobody wrote anything.
        outcome: what it came to: the labels of its answers that are codes.
        article: it applies, or null.
    """

    number: int
    words: Mapping[str, str] | None
    outcome: Sequence[Mapping[str, str]]
    article: str | None


def rows(definition: Definition, effect: Effect) -> list[FiredRow]:
    """Give the rows of an effect ``decided``, in the order in which they fired.

    Args:
        definition: that the step was taken with.
        effect: of that step.
    """
    table = _table(definition, effect["decision"])
    return [_row(definition, table, fired["row"], fired.get("article")) for fired in effect["rows"]]


def writing(definition: Definition, facts: Iterable[str]) -> frozenset[str]:
    """Name the decisions of a definition that write one of some facts."""
    wanted = frozenset(facts)
    stems = (path.removeprefix("decisions/").removesuffix(".dmn") for path in definition.files if path.endswith(".dmn"))
    return frozenset(stem for stem in stems if wanted.intersection(_table(definition, stem).writes))


def _table(definition: Definition, stem: str) -> Decision:
    return load_decision(definition.files[f"decisions/{stem}.dmn"])


def _row(definition: Definition, table: Decision, number: int, article: str | None) -> FiredRow:
    rule = table.rules[number - 1]
    chinese = rule.annotations.get(_CHINESE) or rule.description
    english = rule.annotations.get(_ENGLISH) or chinese
    words = {"zh": chinese, "en": english} if chinese else None
    return FiredRow(number, words, _outcome(definition, table, rule), article)


def _outcome(definition: Definition, table: Decision, rule: Rule) -> list[Mapping[str, str]]:
    """Give the labels of the answers that are one code each; a calculated answer stands in the facts alone."""
    declared = declarations(definition)
    found = []
    for output, answer in zip(table.outputs, rule.answers, strict=True):
        codes = declared[output.name].codes if output.name in declared else {}
        given = [] if answer is None or answer.names else [code for code in answer.results if code in codes]
        found += [codes[code] for code in given if len(given) == 1]
    return found
