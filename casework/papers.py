"""What a paper prints: its template, and the facts, labels and lengths it asks for.

A template is a file ``documents/<stem>.typ`` of the case's definition. Its first lines say what the paper is called,
which series its number is of, whether that number heads the case, and which fact is its legal date; what it prints it
asks for by the names of facts.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from casework import advance, library, people
from casework.acts import printing
from casework.advance import Snapshot
from casework.context import Context
from casework.errors import NotFoundError
from engine import Definition
from engine.elements import declarations
from engine.expressions import compile_expression
from engine.facts import Fact
from engine.model import EngineError
from engine.values import Value
from handlers.law.basis import Basis, OfficeUnknownError
from handlers.law.dates import SHANGHAI, parse_date, parse_instant, shanghai_date
from handlers.law.limits import Limit, LimitUnknownError
from storage import Tx
from storage.cases import CaseRow
from storage.files import DocumentRow

_SETTING: Final = re.compile(r"//\s*([a-z.]+):\s*(.+?)\s*\Z")
_FACT: Final = re.compile(r"\bfact\(\s*\"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\"", re.ASCII)
_IMPORT: Final = re.compile(r"#(?:import|include)\s+\"([^\"@]+)\"")
#: The fact that names, within a called diagram, the paper it is about.
SERVED: Final = "document.number"
_STEM: Final = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)


@dataclass(frozen=True)
class Template:
    """A template and what its first lines say.

    Attributes:
        path: in the definition, ``documents/acceptance_decision.typ``.
        title: of the paper, Chinese.
        series: key of the parameter ``number_series``; null for a paper without a number.
        dated: the fact that is the paper's legal date; null when that is the day it was asked for.
        heads: whether the case is known by this paper's number, whatever paper it was first known by.
        texts: of the template and the files it takes in, by path.
        facts: names of those it asks for.
    """

    path: str
    title: str
    series: str | None
    dated: str | None
    heads: bool
    texts: Mapping[str, str]
    facts: frozenset[str]


@dataclass(frozen=True)
class Paper:
    """A paper before it is printed.

    Attributes:
        template: it is made from.
        given: everything it prints.
        dated: its legal date.
    """

    template: Template
    given: Mapping[str, Value]
    dated: date

    def print(self) -> bytes:
        """Make the file.

        Raises:
            printing.PrintingError: something it demands is not known, or cannot be drawn.
        """
        return printing.render(self.template.path, self.template.texts, self.given)


@dataclass(frozen=True)
class _Sources:
    """What a paper is composed from, read in one transaction."""

    tx: Tx
    office: str
    definition: Definition
    basis: Basis
    facts: Mapping[str, Value]


# --- templates ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def template(definition: Definition, stem: str) -> Template:
    """Read the template of a paper.

    Raises:
        NotFoundError: the definition holds no such template.
    """
    path = f"documents/{stem}.typ"
    if not _STEM.match(stem) or path not in definition.files:
        raise NotFoundError("template_unknown", template=stem)
    texts = dict(_taken_in(definition, path))
    said = dict(settings(texts[path]))
    return Template(
        path=path,
        title=said.get("title", stem),
        series=said.get("series"),
        dated=said.get("dated"),
        heads=said.get("heads") == "case",
        texts=texts,
        facts=frozenset(name for text in texts.values() for name in _FACT.findall(text)),
    )


@dataclass(frozen=True)
class Issued:
    """A paper that was made for a case, and what it is called by language."""

    row: DocumentRow
    title: Mapping[str, str]


def issued(definition: Definition, rows: Collection[DocumentRow], numbers: Mapping[str, Value]) -> list[Issued]:
    """Say what issued papers are called: one that is made for another, its receipt, names that one too.

    Args:
        definition: of the case; a template that it no longer holds has no English title.
        rows: the papers.
        numbers: by scope the fact ``SERVED``.
    """
    titles = {row.address: _titles(definition, row) for row in rows}
    numbered = {row.number: titles[row.address] for row in rows if row.number}
    about = {address: numbered.get(numbers.get(address.rpartition("/")[0], "")) for address in titles}
    return [Issued(row, _joined(titles[row.address], about[row.address])) for row in rows]


def _titles(definition: Definition, row: DocumentRow) -> dict[str, str]:
    said = dict(settings(definition.files.get(f"documents/{row.template}.typ", "")))
    return {"zh": row.title, "en": said.get("title.en", row.title)}


def _joined(title: Mapping[str, str], about: Mapping[str, str] | None) -> Mapping[str, str]:
    if about is None:
        return title
    return {"zh": f"{title['zh']}（{about['zh']}）", "en": f"{title['en']} ({about['en']})"}


def settings(text: str) -> Iterator[tuple[str, str]]:
    """Read the comment lines ``// key: value`` at the beginning."""
    for line in text.splitlines():
        found = _SETTING.match(line)
        if found is None:
            return
        yield found[1], found[2]


def _taken_in(definition: Definition, path: str) -> Iterator[tuple[str, str]]:
    """Go through a template and the files it takes in, which lie beside it."""
    text = definition.files[path]
    yield path, text
    for other in _IMPORT.findall(text):
        yield from _taken_in(definition, str(PurePosixPath(path).parent / other))


# --- composing ---------------------------------------------------------------------------------------------------


def compose(  # noqa: PLR0913 - a paper, and the case it is about
    ctx: Context,
    tx: Tx,
    case: CaseRow,
    address: str,
    stem: str,
    *,
    asked_at: str,
    number: str | None = None,
    snapshot: Snapshot | None = None,
) -> Paper:
    """Gather everything a paper prints.

    Args:
        ctx: the surroundings.
        tx: any transaction.
        case: it is about.
        address: of the act that issues it: its called diagram's facts are printed.
        stem: of the template.
        asked_at: instant whose day in China is the legal date where no fact is.
        number: official number, or null.
        snapshot: of the case, when it has been read.

    Raises:
        NotFoundError: no such template.
        printing.FactMissingError: the fact that is its legal date is not known.
    """
    sources = _sources(ctx, tx, case, address, snapshot)
    made = template(sources.definition, stem)
    dated = _legal_date(made, sources.facts, asked_at)
    if dated is None:
        raise printing.FactMissingError(made.path, f"fact {made.dated}")
    return _paper(sources, made, dated, number=number, draft=False)


def draft(  # noqa: PLR0913 - a draft, and the task that prepares it
    ctx: Context,
    tx: Tx,
    case: CaseRow,
    snapshot: Snapshot,
    address: str,
    *,
    named: str,
    entered: Mapping[str, Value],
) -> Paper:
    """Gather what the draft of a paper prints: no number, and today where its legal date is not known yet.

    Args:
        ctx: the surroundings.
        tx: any transaction.
        case: it is about.
        snapshot: of the case.
        address: of the task that prepares it.
        named: stem of the template, or an expression over the facts that gives it.
        entered: a half-filled form, which goes before the facts of the case; what does not fit is left out.

    Raises:
        NotFoundError: no such template.
    """
    sources = _sources(ctx, tx, case, address, snapshot)
    sources = replace(sources, facts={**sources.facts, **_fitting(sources.definition, entered)})
    now = ctx.now()
    made = template(sources.definition, _stem(sources, named, now))
    dated = _legal_date(made, sources.facts, now) or shanghai_date(now)
    return _paper(sources, made, dated, number=None, draft=True)


def _fitting(definition: Definition, entered: Mapping[str, Value]) -> dict[str, Value]:
    declared = declarations(definition)
    return {
        name: value
        for name, value in entered.items()
        if value not in (None, "") and name in declared and declared[name].check(value) is None
    }


def _stem(sources: _Sources, named: str, at: str) -> str:
    if _STEM.match(named):
        return named
    try:
        found = compile_expression(named).evaluate(sources.facts, shanghai_date(at), declarations(sources.definition))
    except EngineError as error:
        raise NotFoundError("template_unknown", template=named) from error
    return str(found)


def _sources(ctx: Context, tx: Tx, case: CaseRow, address: str, snapshot: Snapshot | None) -> _Sources:
    facts = (snapshot or advance.load(ctx, tx, case)).facts
    _hash, basis = library.newest_basis(ctx, tx)
    definition = advance.definition_of(ctx, tx, case)
    return _Sources(tx, case.office, definition, basis, advance.visible_facts(facts, address))


def _legal_date(made: Template, facts: Mapping[str, Value], asked_at: str) -> date | None:
    if made.dated is None:
        return shanghai_date(asked_at)
    known = facts.get(made.dated)
    return None if known is None else parse_date(known)


def _paper(sources: _Sources, made: Template, dated: date, *, number: str | None, draft: bool) -> Paper:
    declared = declarations(sources.definition)
    asked = [declared[name] for name in sorted(made.facts) if name in declared]
    given: dict[str, Value] = {
        "paper": {
            "title": made.title,
            "number": number,
            "numbered": made.series is not None,
            "dated": day_words(dated),
            "dated_on": dated.isoformat(),
            "office": _office(sources),
            "draft": draft,
            "demonstration": sources.basis.parameter_set is not None,
        },
        "facts": {
            fact.name: {"value": value, "words": _words(sources, fact, value)}
            for fact in asked
            if (value := sources.facts.get(fact.name)) is not None
        },
        "labels": {fact.name: fact.label for fact in asked},
        "codes": {
            fact.name: {code: labels["zh"] for code, labels in fact.codes.items()} for fact in asked if fact.codes
        },
        "limits": dict(_limits(sources.basis, dated)),
    }
    return Paper(made, given, dated)


def _office(sources: _Sources) -> dict[str, Value]:
    record = sources.basis.office(sources.office)
    return {
        "name": record["name"]["zh"],
        "review_body": record.get("review_body"),
        "court": record.get("court"),
        "agency": _office_name(sources.basis, record["agency"]) if record.get("agency") else None,
    }


def _limits(basis: Basis, on: date) -> Iterator[tuple[str, str]]:
    """Give the length of every limit the law names, in words, as it stood on a day."""
    for each in sorted(basis.limit_ids):
        try:
            limit = basis.limit(each, on)
        except LimitUnknownError:
            continue
        if limit.length is not None:
            yield each, length_words(limit)


def length_words(limit: Limit) -> str:
    """Write the length of a limit, ``60日``, ``6个月``, ``5个工作日``."""
    return f"{limit.length}{'' if limit.unit in ('日', '年') else '个'}{limit.unit}"


# --- words -------------------------------------------------------------------------------------------------------


def day_words(day: date) -> str:
    """Write a day as official papers do, ``2026年11月9日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def instant_words(instant: str) -> str:
    """Write an instant to the minute, in China's time, ``2026年10月20日10时05分``."""
    moment = parse_instant(instant).astimezone(SHANGHAI)
    return f"{day_words(moment.date())}{moment.hour}时{moment.minute:02}分"


def _words(sources: _Sources, fact: Fact, value: Value) -> str:
    if fact.type == "list":
        items = value if isinstance(value, list) and fact.of is not None else []
        return "、".join(_item_words(sources, fact, fact.of or "", item) for item in items)
    return _item_words(sources, fact, fact.type, value)


def _item_words(sources: _Sources, fact: Fact, kind: str, value: Value) -> str:  # noqa: PLR0911 - one for each kind
    match kind:
        case "code":
            return fact.codes[value]["zh"] if value in fact.codes else str(value)
        case "date":
            return day_words(parse_date(value))
        case "instant":
            return instant_words(value)
        case "boolean":
            return "是" if value else "否"
        case "office":
            return _office_name(sources.basis, value)
        case "person":
            return people.name_of(sources.tx, value)
    return str(value)


def _office_name(basis: Basis, office: str) -> str:
    try:
        return str(basis.office(office)["name"]["zh"])
    except OfficeUnknownError:
        return office
