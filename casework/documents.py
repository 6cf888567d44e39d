"""Documents 文书: the official papers of a case, from the template to the archive.

A template is a file ``documents/<stem>.typ`` of the case's definition. Its first lines say what the paper is called,
which series its number is of and which fact is its legal date; what it prints it asks for by the names of facts.
``compose`` gathers those, ``casework.acts.printing`` makes the file, ``casework.acts.issue_document`` numbers and
files it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import storage.acts
import storage.cases
import storage.drafts
import storage.files
import storage.numbers
from casework import advance, desk, library, people, reading
from casework.acts import printing
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from engine import Definition
from engine.elements import declarations, elements
from engine.expressions import compile_expression
from engine.facts import Fact
from engine.model import EngineError
from engine.values import Value, decode
from handlers.law.basis import Basis, OfficeUnknownError
from handlers.law.dates import SHANGHAI, parse_date, parse_instant, shanghai_date
from handlers.law.limits import Limit, LimitUnknownError
from storage import Tx
from storage.cases import CaseRow
from storage.errors import NumberError
from storage.files import DocumentRow
from storage.numbers import NumberRow

#: Property of a user task: the stem of the paper it prepares, or an expression that gives it.
PREVIEW: Final = "preview"
#: Who settles what a case left behind.
_SYSTEM: Final = "system:act"

_SETTING: Final = re.compile(r"//\s*([a-z.]+):\s*(.+?)\s*\Z")
_FACT: Final = re.compile(r"\bfact\(\s*\"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\"", re.ASCII)
_IMPORT: Final = re.compile(r"#(?:import|include)\s+\"([^\"@]+)\"")
_STEM: Final = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)
_PLACE: Final = re.compile(r"\{(year|n)(?::0(\d))?\}", re.ASCII)


class NumberPatternError(ValueError):
    """A pattern that would give one number twice: it does not hold both the year and the serial number."""


@dataclass(frozen=True)
class Template:
    """A template and what its first lines say.

    Attributes:
        path: in the definition, ``documents/acceptance_decision.typ``.
        title: of the paper, Chinese.
        series: key of the parameter ``number_series``; null for a paper without a number.
        dated: the fact that is the paper's legal date; null when that is the day it was asked for.
        texts: of the template and the files it takes in, by path.
        facts: names of those it asks for.
    """

    path: str
    title: str
    series: str | None
    dated: str | None
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
class Opened:
    """A document that is read: the name of its file, and the stream of its bytes."""

    name: str
    stream: BinaryIO


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
    settings = dict(_settings(texts[path]))
    return Template(
        path=path,
        title=settings.get("title", stem),
        series=settings.get("series"),
        dated=settings.get("dated"),
        texts=texts,
        facts=frozenset(name for text in texts.values() for name in _FACT.findall(text)),
    )


def _settings(text: str) -> Iterator[tuple[str, str]]:
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


# --- numbers -----------------------------------------------------------------------------------------------------


def reserve_number(ctx: Context, tx: Tx, case: CaseRow, address: str, made: Template, dated: date) -> str:
    """Give an act its number, the same one again when it has one; gives its text.

    A series is named by the pattern of its numbers, with the words of the office and of the paper filled in: what
    has one pattern shares one count, so no two papers can bear the same number whatever the parameters say.

    Raises:
        ParameterUnsetError: a word or pattern is not entered for the office.
        NumberPatternError: the pattern does not hold year and serial number.
        NumberError: the act's number was made void.
    """
    kept = storage.numbers.get(tx, case.id, address)
    if kept is None:
        _hash, basis = library.newest_basis(ctx, tx)
        pattern = basis.number_pattern(case.office, made.series or "", dated)
        kept = storage.numbers.reserve(
            tx, series=_require_pattern(pattern), year=dated.year, case=case.id, address=address, at=ctx.now()
        )
    if kept.state == "void":
        raise NumberError(f"{case.id} {address}: its number is void")
    return number_text(kept)


def number_text(row: NumberRow) -> str:
    """Write a number as it is printed; a pattern may ask for leading zeros, ``{n:04}``."""
    values = {"year": row.year, "n": row.n}
    return _PLACE.sub(lambda found: f"{values[found[1]]:0{found[2] or 1}}", row.series)


def _require_pattern(pattern: str) -> str:
    if {found[1] for found in _PLACE.finditer(pattern)} != {"year", "n"}:
        raise NumberPatternError(f"number_pattern {pattern}: must hold {{year}} and {{n}}")
    return pattern


def void(ctx: Context, person: str, case_id: str, address: str, reason: str, token: str) -> None:
    """Make the number of an act that is given up void, with a reason; for who leads the case's office.

    Raises:
        NotFoundError: no such case, not theirs to see, or no number reserved there.
        NotAllowedError: the person does not lead the office.
        RefusedError: no reason, or the number stands on a paper.
    """
    if not reason.strip():
        raise RefusedError("reason_required")
    with desk.once(), ctx.database.writing() as tx:
        me, seen = reading.open_for(ctx, tx, person, case_id, "number")
        if not me.holds(people.LEADING_ROLES, seen.office):
            raise NotAllowedError("not_leading", office=seen.office)
        _void(ctx, tx, case_id, address, Arrival("number_voided", person, desk.key(token), address), reason.strip())


def void_abandoned(ctx: Context, before: str) -> int:
    """Make void the numbers of acts their cases no longer wait for; gives how many.

    A case that was withdrawn or closed while a paper was being made leaves its number reserved.

    Args:
        ctx: the surroundings.
        before: only those reserved by this instant.
    """
    with ctx.database.reading() as tx:
        rows = [row for row in storage.numbers.unsettled(tx, before) if _is_abandoned(tx, row)]
    for row in rows:
        arrival = Arrival("number_voided", _SYSTEM, f"number:{row.address}", row.address)
        with desk.once(), ctx.database.writing() as tx:
            _void(ctx, tx, row.case, row.address, arrival, "案件不再需要该文书")
    return len(rows)


def _is_abandoned(tx: Tx, row: NumberRow) -> bool:
    act = storage.acts.get(tx, row.case, row.address)
    case = storage.cases.get(tx, row.case)
    return act is None or act.state != "wanted" or case is None or case.state != "open"


def _void(ctx: Context, tx: Tx, case_id: str, address: str, arrival: Arrival, reason: str) -> None:
    case = advance.lock(tx, case_id)
    row = storage.numbers.get(tx, case_id, address)
    if row is None:
        raise NotFoundError("number_unknown", address=address)
    if row.state == "issued":
        raise RefusedError("number_issued", number=row.text)
    at = ctx.now()
    payload = {"number.text": number_text(row), "number.reason": reason}
    advance.record(tx, case, Arrival(arrival.kind, arrival.actor, arrival.key, address, payload), at, desk.personal)
    storage.numbers.void(tx, case_id, address, reason=reason, at=at)


# --- reading -----------------------------------------------------------------------------------------------------


def listed(tx: Tx, case_id: str) -> list[DocumentRow]:
    """List a case's papers, the oldest first, for a page whose reading is logged already."""
    return storage.files.documents(tx, case_id)


def read(ctx: Context, person: str, case_id: str, address: str) -> Opened:
    """Open a paper for a person who may see its case; that it was opened is logged.

    Raises:
        NotFoundError: no such paper, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "document")
        row = storage.files.get_document(tx, case_id, address)
        if row is None:
            raise NotFoundError("document_unknown", address=address)
        reading.log_file(ctx, tx, person, case_id, row.sha256)
    return Opened(f"{row.number or ''}{row.title}.pdf", ctx.files.open(row.sha256))


def preview(ctx: Context, person: str, case_id: str, address: str) -> bytes:
    """Print the paper that an open task prepares, as a draft: watermark, no number, the person's own half-filled form.

    Raises:
        NotFoundError: no such task, not theirs to see, or it prepares no paper.
        RefusedError: the draft cannot be printed.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "preview")
        paper = _draft(ctx, tx, case, person, address)
    try:
        return paper.print()
    except printing.PrintingError as error:
        raise RefusedError("paper_unprintable", detail=str(error)) from error


def _draft(ctx: Context, tx: Tx, case: CaseRow, person: str, address: str) -> Paper:
    snapshot = advance.load(ctx, tx, case)
    task = snapshot.projection.tasks.get(address)
    if task is None:
        raise NotFoundError("task_unknown", address=address)
    plain = _sources(ctx, tx, case, address, snapshot)
    kept = storage.drafts.get(tx, case.id, address, person)
    entered = {} if kept is None else decode(kept.body)
    sources = _Sources(tx, plain.office, plain.definition, plain.basis, {**plain.facts, **_fitting(plain, entered)})
    named = elements(plain.definition)[task["element"]].properties.get(PREVIEW)
    made = template(plain.definition, _stem(sources, named, ctx.now()))
    dated = _legal_date(made, sources.facts, ctx.now()) or shanghai_date(ctx.now())
    return _paper(sources, made, dated, number=None, draft=True)


def _fitting(sources: _Sources, entered: Mapping[str, Value]) -> dict[str, Value]:
    """Give the fields of a half-filled form that can be printed already."""
    declared = declarations(sources.definition)
    return {
        name: value
        for name, value in entered.items()
        if value not in (None, "") and name in declared and declared[name].check(value) is None
    }


def _stem(sources: _Sources, named: str | None, at: str) -> str:
    """Give the stem of the paper a task prepares: named outright, or by an expression over the facts."""
    if named is None:
        raise NotFoundError("no_preview")
    if _STEM.match(named):
        return named
    try:
        found = compile_expression(named).evaluate(sources.facts, shanghai_date(at), declarations(sources.definition))
    except EngineError as error:
        raise NotFoundError("no_preview") from error
    return str(found)


def seal(ctx: Context, tx: Tx, case_id: str, address: str, *, seal: str, by: str) -> None:
    """Record on a paper that it was sealed, in the transaction of the task that says so.

    Raises:
        NotFoundError: no such paper.
        RefusedError: it bears a seal already.
    """
    if storage.files.get_document(tx, case_id, address) is None:
        raise NotFoundError("document_unknown", address=address)
    if not storage.files.seal_document(tx, case_id, address, seal=seal, by=by, at=ctx.now()):
        raise RefusedError("document_sealed", address=address)
