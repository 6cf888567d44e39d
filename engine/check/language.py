"""Where a diagram speaks our language: every expression, script, timer and setting in it, and the facts they name.

The same list serves the check of one file (is it of the language?) and the bundling of a procedure (are its facts
declared?), so that nothing is looked at by one and missed by the other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from engine.check.diagram import nearest_id
from engine.expressions import ExpressionRefusedError, compile_expression, compile_script, is_fact_name
from engine.spiff.timers import FOLLOWING, TimerTextError, after, due_instant
from engine.xml import BPMN, Element, child, name_of, namespace_of, properties, text_of

#: ``D05``, ``D17a``: how limits are named.
LIMIT: Final = re.compile(r"[A-Z]+\d+[a-z]?", re.ASCII)
_CYCLE: Final = re.compile(r"R\d{0,3}/(P.+)", re.ASCII)
#: Any instant: a timer's text is tried on it.
_SOME_INSTANT: Final = "2026-01-01T00:00:00.000000Z"

DEADLINE_ACTIONS: Final = ("start", "meet", "suspend", "resume", "lift", "extend")
#: What may stand behind a limit: facts of the legal date, of the length and of the reason.
_DEADLINE_OPTIONS: Final = frozenset({"on", "length", "reason"})

#: Elements that hold nothing but an expression.
_EXPRESSIONS: Final = frozenset({"conditionExpression", "condition", "loopCardinality", "loopCondition"}) | {
    "completionCondition"
}
_TIMERS: Final = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


@dataclass(frozen=True)
class Use:
    """One text of ours in a diagram.

    Attributes:
        element: id of the element it belongs to.
        place: what it is, ``conditionExpression``, ``script``, ``act.document``.
        text: as it was written.
        reads: the facts it names; empty when it is refused.
        writes: the facts it lays down.
        code: why it is refused, or null.
        detail: where in the text.
        limit: the statutory limit it names, or null.
        literals: each fact with each text it is compared with or given.
    """

    element: str
    place: str
    text: str
    reads: frozenset[str] = frozenset()
    writes: tuple[str, ...] = ()
    code: str | None = None
    detail: str = ""
    limit: str | None = None
    literals: frozenset[tuple[str, str]] = frozenset()


def uses(root: Element) -> Iterator[Use]:
    """Give every text of ours in a parsed diagram, in the order of the file."""
    for element in root.iter():
        if namespace_of(element) != BPMN:
            continue
        owner = nearest_id(element)
        name = name_of(element)
        if name in _EXPRESSIONS and (text_of(element) or name in ("loopCondition", "completionCondition")):
            yield _condition(owner, name, text_of(element))
        elif name in _TIMERS:
            yield _timer(owner, _TIMERS[name], text_of(element))
        elif name in ("scriptTask", "globalScriptTask"):
            yield _script(owner, text_of(child(element, "script")))
        yield from _settings(owner, properties(element))


def _expression(owner: str, place: str, text: str) -> Use:
    try:
        expression = compile_expression(text)
    except ExpressionRefusedError as error:
        return Use(owner, place, text, code=f"expression_{error.code}", detail=_where(error))
    return Use(owner, place, text, expression.names, literals=expression.compared)


def _condition(owner: str, place: str, text: str) -> Use:
    """Compile a condition, number or timer; a single word without a dot is a text whose quotes were forgotten."""
    use = _expression(owner, place, text)
    if use.code is None and is_fact_name(text.strip()) and "." not in text:
        return Use(owner, place, text, code="bare_word", detail=text.strip())
    return use


def _where(error: ExpressionRefusedError) -> str:
    place = f"{error.line}:{error.position + 1}" if error.line > 1 else str(error.position + 1)
    return f"{error.detail} ({place})".strip()


def _script(owner: str, text: str) -> Use:
    try:
        script = compile_script(text)
    except ExpressionRefusedError as error:
        return Use(owner, "script", text, code=f"expression_{error.code}", detail=_where(error))
    literals = {pair for _, line in script.lines for pair in line.compared}
    literals |= {(fact, result) for fact, line in script.lines for result in line.results}
    return Use(owner, "script", text, script.reads, script.writes, literals=frozenset(literals))


def _timer(owner: str, timing: str, text: str) -> Use:
    place = f"timer.{timing}"
    if found := FOLLOWING.fullmatch(text.strip()):
        return Use(owner, place, text, limit=found["limit"], code="timer" if timing == "cycle" else None, detail=text)
    use = _condition(owner, place, text)
    words = sorted(name for name in use.reads if "." not in name)
    if words:
        return Use(owner, place, text, code="bare_word", detail=words[0])
    if use.code or use.reads or "today" in text:
        return use
    return use if _is_timing(timing, _constant(text)) else Use(owner, place, text, code="timer", detail=text)


def _constant(text: str) -> str:
    value = compile_expression(text).evaluate({}, date.min)
    return value if isinstance(value, str) else ""


def _is_timing(timing: str, text: str) -> bool:
    cycle = _CYCLE.fullmatch(text)
    try:
        if timing == "cycle":
            return cycle is not None and bool(after(_SOME_INSTANT, cycle[1]))
        return text.startswith("P") is (timing == "duration") and bool(due_instant(text, _SOME_INSTANT))
    except (TimerTextError, OverflowError):
        return False


def _settings(owner: str, settings: dict[str, str]) -> Iterator[Use]:
    for name, text in settings.items():
        head, _, rest = name.partition(".")
        if head in ("act", "payload", "in") and rest:
            written: tuple[str, ...] = (rest,) if head == "in" else ()
            yield _with(_expression(owner, name, text), written, _wrong_fact(rest) if head != "act" else None)
        elif head in ("keep", "out") and rest:
            yield _with(_expression(owner, name, text), (rest,), _wrong_fact(rest))
        elif name == "key" or (name == "preview" and not text.isidentifier()):
            yield _expression(owner, name, text)
        elif name == "writes":
            written = tuple(filter(None, (fact.strip() for fact in text.split(","))))
            wrong = None if all(map(is_fact_name, written)) else "setting"
            yield Use(owner, name, text, writes=() if wrong else written, code=wrong, detail=text)
        elif name == "office" and text != "city":
            wrong = None if is_fact_name(text) else "setting"
            yield Use(owner, name, text, frozenset() if wrong else frozenset({text}), code=wrong, detail=text)
        elif head == "deadline" and rest:
            yield from _deadlines(owner, name, rest, text)
        elif name == "deadline":
            for limit in (one.strip() for one in text.split(";")):
                wrong = None if LIMIT.fullmatch(limit) else "deadline"
                yield Use(owner, name, limit, code=wrong, detail=limit, limit=None if wrong else limit)


def _wrong_fact(name: str) -> str | None:
    return None if is_fact_name(name) else "setting"


def _with(use: Use, writes: tuple[str, ...], code: str | None) -> Use:
    given = (
        {(fact, text) for fact in writes for text in compile_expression(use.text).results} if not use.code else set()
    )
    return replace(use, writes=writes, code=use.code or code, literals=use.literals | given)


def _deadlines(owner: str, name: str, action: str, text: str) -> Iterator[Use]:
    for part in filter(None, (one.strip() for one in text.split(";"))):
        limit, *options = part.split()
        given = dict(option.partition("=")[::2] for option in options)
        facts = {fact for key, fact in given.items() if key != "reason" or "." in fact}
        fits = (
            action in DEADLINE_ACTIONS
            and LIMIT.fullmatch(limit) is not None
            and given.keys() <= _DEADLINE_OPTIONS
            and len(given) == len(options)
            and all(is_fact_name(fact) for fact in facts)
        )
        if fits:
            yield Use(owner, name, part, frozenset(facts), limit=limit)
        else:
            yield Use(owner, name, part, code="deadline", detail=part)
