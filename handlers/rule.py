"""Rules: pure handlers of the law, found by name and version.

A rule is a function from what a case says to facts it lays down. It is published as ``recognition.time_limit@1`` and
from then on never changes its results: old cases are replayed with it. A correction is ``@2`` beside it.

    @rule(
        "recognition.time_limit@1",
        reads=("application.received_on", "accident.occurred_on"),
        writes=("time_limit.outcome",),
        law=(Source("工伤保险条例", "17"),),
    )
    def time_limit_1(given: Given) -> dict[str, Value]: ...

Errors: ``RuleError`` ← ``RuleUnknownError``, ``RuleNameError`` (a rule is written wrongly), ``FactUndeclaredError`` (it
reads or writes what it does not declare), ``RuleRefusedError`` (it cannot answer from what it was given).
"""

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from handlers.law import Value
from handlers.law.basis import Basis, ParameterUnsetError
from handlers.law.sources import Source

#: Procedure, rule and version: ``recognition.time_limit@1``.
_NAME = re.compile(r"([a-z][a-z_]*)\.([a-z][a-z0-9_]*)@([1-9][0-9]*)\Z", re.ASCII)


class RuleError(Exception):
    """A rule cannot be found, is written wrongly, or cannot answer."""


class RuleUnknownError(RuleError):
    """No rule of that name and version exists.

    Attributes:
        name: what was asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"no rule {name}")
        self.name = name


class RuleNameError(RuleError):
    """A rule's name is not ``procedure.rule@version``, or is taken."""


class FactUndeclaredError(RuleError):
    """A rule reads or writes a fact it does not declare.

    Attributes:
        rule: name of the rule.
        fact: name of the fact.
    """

    def __init__(self, rule: str, fact: str) -> None:
        super().__init__(f"{rule} does not declare {fact}")
        self.rule = rule
        self.fact = fact


class RuleRefusedError(RuleError):
    """A rule cannot answer from what it was given.

    Attributes:
        reason: one word, ``parameter_unset``.
        fields: what the reason is about, by name.
    """

    def __init__(self, reason: str, **fields: Value) -> None:
        super().__init__(f"{reason}: {', '.join(f'{key}={value}' for key, value in fields.items())}")
        self.reason = reason
        self.fields = fields


@dataclass(frozen=True)
class Given:
    """What a rule may look at.

    Attributes:
        facts: values by name; one that nobody wrote is absent.
        today: the event's date in China.
        basis: limits, parameters, workdays, offices.
        rule: the rule it was given to; set when the rule is called.
        reads: the facts that rule declares, or null outside a rule.
    """

    facts: Mapping[str, Value]
    today: date
    basis: Basis
    rule: str = ""
    reads: frozenset[str] | None = None

    def fact(self, name: str) -> Value:
        """Read a fact; null where nobody wrote it.

        Raises:
            FactUndeclaredError: when the rule does not declare that it reads it.
        """
        if self.reads is not None and name not in self.reads:
            raise FactUndeclaredError(self.rule, name)
        return self.facts.get(name)

    def known(self, name: str) -> bool:
        """Tell whether somebody wrote a fact."""
        return self.fact(name) is not None


@dataclass(frozen=True)
class Rule:
    """One version of a rule.

    Attributes:
        name: ``recognition.time_limit@1``.
        reads: names of the facts it looks at.
        writes: names of the facts it may lay down.
        law: the articles it applies.
        answer: the function itself.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    law: tuple[Source, ...]
    answer: Callable[[Given], dict[str, Value]] = field(repr=False)

    def __call__(self, given: Given) -> dict[str, Value]:
        """Answer from the declared facts alone.

        Raises:
            FactUndeclaredError: when it reads or writes what it does not declare.
            RuleRefusedError: when it cannot answer; ``parameter_unset`` where a local parameter is empty.
        """
        reads = frozenset(self.reads)
        facts = {name: value for name, value in given.facts.items() if name in reads}
        try:
            written = self.answer(Given(facts, given.today, given.basis, self.name, reads))
        except ParameterUnsetError as error:
            raise RuleRefusedError("parameter_unset", name=error.name, on=str(error.on), office=error.office) from error
        for name in written:
            if name not in self.writes:
                raise FactUndeclaredError(self.name, name)
        return written


_rules: dict[str, Rule] = {}


def rule(
    name: str, *, reads: tuple[str, ...], writes: tuple[str, ...], law: tuple[Source, ...]
) -> Callable[[Callable[[Given], dict[str, Value]]], Rule]:
    """Publish a function as a version of a rule.

    Args:
        name: ``procedure.rule@version``; the procedure is the stem of the module, or the package, it stands in.
        reads: names of the facts it looks at.
        writes: names of the facts it may lay down.
        law: the articles it applies; at least one.

    Raises:
        RuleNameError: when the name is malformed or taken, or no article is named.
    """
    if not _NAME.match(name) or not law:
        raise RuleNameError(f"{name}: a rule is named procedure.rule@version and names its articles")

    def publish(answer: Callable[[Given], dict[str, Value]]) -> Rule:
        if name in _rules:
            raise RuleNameError(f"{name} is taken")
        _rules[name] = Rule(name, reads, writes, law, answer)
        return _rules[name]

    return publish


def find(name: str) -> Rule:
    """Find a rule by name and version, in the module of its procedure.

    Raises:
        RuleUnknownError: when there is none.
    """
    if name not in _rules:
        matched = _NAME.match(name)
        if matched is None or importlib.util.find_spec(f"handlers.{matched[1]}") is None:
            raise RuleUnknownError(name)
        importlib.import_module(f"handlers.{matched[1]}")
    try:
        return _rules[name]
    except KeyError as error:
        raise RuleUnknownError(name) from error
