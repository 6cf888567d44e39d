"""Looking at a case, finding one, and remarks on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import storage.cases
import storage.deadlines
import storage.drafts
import storage.files
import storage.people
import storage.reads
import storage.tasks
from casework import advance, decided, desk, drawing, library, papers, people, reading, recusal, search
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.decided import FiredRow
from casework.errors import RefusedError
from casework.papers import Issued
from casework.projection import Projection
from casework.reading import ReadEntry
from engine import Definition
from engine.elements import ElementInfo, declarations, element_of, elements
from engine.facts import Fact
from engine.values import Value, decode
from handlers.law import deadlines
from handlers.law.basis import Basis
from handlers.law.dates import parse_date
from storage import Tx
from storage.cases import CaseRow
from storage.deadlines import DeadlineRow
from storage.entries import EntryRow
from storage.files import MaterialRow
from storage.tasks import TaskRow

#: In the place of a value whose leaf was erased.
_ERASED: Final = object()
#: Cases on a page of their list.
_LISTED: Final = 50
#: Elements at which a case waits for what may never come, while it goes on elsewhere.
_BESIDE: Final = frozenset({"boundaryEvent", "startEvent"})


@dataclass(frozen=True)
class FactView:
    """A fact as the case page shows it: its declaration, its value, the entry that wrote it."""

    fact: Fact
    value: Value
    seq: int
    scope: str


@dataclass(frozen=True)
class DeadlineView:
    """A deadline with what explains it: its record, the limit's titles and article, day by day."""

    record: Mapping[str, Value]
    limit: Any
    explanation: Sequence[Mapping[str, Value]]


@dataclass(frozen=True)
class TimelineRow:
    """One entry in words.

    Attributes:
        seq: number of the entry.
        at: instant at which we were told.
        actor: name of the person, or null for the system.
        on_behalf_of: name of the person substituted for, or null.
        kind: of the entry.
        element: what the diagram says of the element it is about, or null.
        address: of it, or null.
        payload: values by field name, without those erased.
        effects: what followed, without what was erased.
        erased: whether part of it was erased.
        hash: of the entry.
        fired: the rows of decision tables that fired, by address of the element that asked its table.
    """

    seq: int
    at: str
    actor: str | None
    on_behalf_of: str | None
    kind: str
    element: ElementInfo | None
    address: str | None
    payload: Mapping[str, Value]
    effects: Sequence[Mapping[str, Value]]
    erased: bool
    hash: str
    fired: Mapping[str, Sequence[FiredRow]] = field(default_factory=dict)


@dataclass(frozen=True)
class Awaited:
    """Something a case waits for without a task.

    Attributes:
        element: what the diagram says of where it waits.
        kind: ``message``, ``timer`` or ``act``.
        until: instant at which a timer is due; else null.
    """

    element: ElementInfo
    kind: str
    until: str | None = None


@dataclass(frozen=True)
class LeftForm:
    """A form the reader kept half-filled.

    Attributes:
        address: of its task.
        element: what the diagram says of it.
        kept_at: instant.
        is_open: whether the task still waits; if not, somebody else completed it.
    """

    address: str
    element: ElementInfo
    kept_at: str
    is_open: bool


@dataclass(frozen=True)
class CaseView:
    """Everything a case's page shows.

    Beside what the fields say: ``persons`` are names by id, ``drafts`` the reader's own, ``marked`` the entries of
    persons who were recused later, ``awaited`` what it waits for beside its tasks, ``may_add`` whether the reader may
    hand in materials and write remarks.
    """

    case: CaseRow
    definition: Definition
    procedure: ElementInfo
    numbers: list[str]
    facts: list[FactView]
    deadlines: list[DeadlineView]
    timeline: list[TimelineRow]
    tasks: list[tuple[TaskRow, ElementInfo, str | None]]
    elements: Mapping[str, ElementInfo]
    materials: list[MaterialRow]
    documents: list[Issued]
    persons: Mapping[str, str] = field(default_factory=dict)
    drafts: list[LeftForm] = field(default_factory=list)
    comments: list[TimelineRow] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    awaited: list[Awaited] = field(default_factory=list)
    may_add: bool = False


def view(ctx: Context, person: str, case_id: str, why: str) -> CaseView:
    """Show a case to a person who may see it; that it was read is logged.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        me, case = reading.open_for(ctx, tx, person, case_id, why)
        definition = advance.definition_of(ctx, tx, case)
        told = elements(definition)
        entries = reading.entries(tx, case_id)
        rows = storage.tasks.of_case(tx, case_id)
        names = storage.people.names(tx)
        _hash, basis = library.newest_basis(ctx, tx)
        running = storage.deadlines.of_case(tx, case_id)
        timeline = [
            replace(_timeline_row(told, names, *each), fired=_fired(ctx, tx, each[0], each[2])) for each in entries
        ]
        facts = _facts(definition, entries)
        served = {each.scope: each.value for each in facts if each.fact.name == papers.SERVED}
        snapshot = advance.load(ctx, tx, case) if case.state == "open" else Snapshot()
        return CaseView(
            case=case,
            definition=definition,
            procedure=told[case.procedure],
            numbers=storage.cases.numbers(tx, case_id),
            facts=facts,
            deadlines=[_deadline_view(basis, row) for row in running],
            timeline=timeline,
            tasks=[(row, told[row.element], names.get(row.assignee or "")) for row in rows],
            elements=told,
            materials=storage.files.materials(tx, case_id),
            documents=papers.issued(definition, storage.files.documents(tx, case_id), served),
            persons=names,
            drafts=_drafts(tx, person, case_id, told, rows, entries),
            comments=[row for row in timeline if row.kind == "commented"],
            marked=recusal.marked(tx, case_id),
            awaited=awaited(told, snapshot.projection),
            may_add=people.may_add(tx, me, case),
        )


def _drafts(
    tx: Tx,
    person: str,
    case_id: str,
    told: Mapping[str, ElementInfo],
    rows: list[TaskRow],
    entries: Sequence[ReadEntry],
) -> list[LeftForm]:
    """List what a person kept half-filled: of open tasks, and of those that somebody else completed meanwhile."""
    places = {row.address: True for row in rows}
    for entry, *_ in entries:
        if entry.kind == "task_completed" and entry.address is not None and entry.actor != person:
            places.setdefault(entry.address, False)
    kept = ((at, storage.drafts.get(tx, case_id, at, person)) for at in places)
    return [LeftForm(at, told[element_of(at)], row.at, places[at]) for at, row in kept if row is not None]


def _timeline_row(
    told: Mapping[str, ElementInfo],
    names: Mapping[str, str],
    row: EntryRow,
    payload: dict[str, Value],
    effects: list[dict[str, Value]],
    erased: bool,
) -> TimelineRow:
    return TimelineRow(
        seq=row.seq,
        at=row.at,
        actor=names.get(row.actor),
        on_behalf_of=names.get(row.on_behalf_of or ""),
        kind=row.kind,
        element=told.get(element_of(_taken_at(row, effects))),
        address=row.address,
        payload=payload,
        effects=effects,
        erased=erased,
        hash=row.hash,
    )


def _fired(
    ctx: Context, tx: Tx, row: EntryRow, effects: Sequence[Mapping[str, Value]]
) -> dict[str, Sequence[FiredRow]]:
    """Give the rows of decision tables that fired in an entry, as the definition of its day words them."""
    decisions = [dict(effect) for effect in effects if effect["effect"] == "decided"]
    if not decisions or row.definition is None:
        return {}
    definition = library.definition(ctx, tx, row.definition)
    return {effect["address"]: decided.rows(definition, effect) for effect in decisions}


def latest_decisions(
    ctx: Context, tx: Tx, case: CaseRow, stems: Collection[str], address: str
) -> list[tuple[ElementInfo, Sequence[FiredRow]]]:
    """Give what some decisions came to when they were asked last, in the order of the history.

    Args:
        ctx: the surroundings.
        tx: any transaction.
        case: of which case.
        stems: of the decisions.
        address: of a task; what was asked in other called diagrams than its own is left aside.
    """
    told = elements(advance.definition_of(ctx, tx, case))
    _process, scope = drawing.called(told, case.procedure, address)
    found: dict[str, tuple[ElementInfo, Sequence[FiredRow]]] = {}
    for row, _payload, effects, _erased in reading.entries(tx, case.id):
        asked = {effect["address"]: effect["decision"] for effect in effects if effect.get("decision") in stems}
        for at, fired in (_fired(ctx, tx, row, effects) if asked else {}).items():
            if at in asked and element_of(at) in told and drawing.called(told, case.procedure, at)[1] == scope:
                found.pop(asked[at], None)
                found[asked[at]] = (told[element_of(at)], fired)
    return list(found.values())


def awaited(told: Mapping[str, ElementInfo], projection: Projection) -> list[Awaited]:
    """List what a case waits for beside its tasks: the system's own acts, messages, and times to come."""
    # The clock of a deadline is at no element.
    timers = {at: due_at for at, due_at in projection.timers.items() if element_of(at) in told}
    places = [
        *(Awaited(told[element_of(at)], "act") for at in projection.acts),
        *(Awaited(told[element_of(at)], "message") for at in projection.waits),
        *(Awaited(told[element_of(at)], "timer", timers[at]) for at in sorted(timers, key=timers.__getitem__)),
    ]
    return [each for each in places if each.element.kind not in _BESIDE]


def _taken_at(row: EntryRow, effects: Sequence[Mapping[str, Value]]) -> str | None:
    """Give the address an entry is about; a message is about the element that took it, the first to end by it."""
    if row.kind != "message_received":
        return row.address
    return next((effect["address"] for effect in effects if effect["effect"] == "left"), row.address)


def _facts(definition: Definition, entries: Sequence[ReadEntry]) -> list[FactView]:
    """Fold the facts out of the history: each scope's newest values, in the order of their declaration."""
    newest: dict[tuple[str, str], tuple[Value, int]] = {}
    for row, payload, effects, _erased in entries:
        for effect in effects:
            if effect["effect"] == "fact_written":
                name = effect["name"]
                newest[effect.get("scope", ""), name] = (effect.get("value", payload.get(name, _ERASED)), row.seq)
    declared = declarations(definition)
    order = {name: n for n, name in enumerate(declared)}
    shown = (place for place, (value, _seq) in newest.items() if place[1] in declared and value is not _ERASED)
    places = sorted(shown, key=lambda place: (place[0], order[place[1]]))
    return [FactView(declared[name], *newest[scope, name], scope) for scope, name in places]


def _deadline_view(basis: Basis, row: DeadlineRow) -> DeadlineView:
    record = decode(row.record)
    return DeadlineView(
        record=record,
        limit=basis.limit(record["limit"], parse_date(record["started_on"])),
        explanation=deadlines.explain(basis, record),
    )


def comment(ctx: Context, person: str, case_id: str, text: str, token: str) -> None:
    """Write a remark into the history of a case.

    Raises:
        RefusedError: the remark is empty or too long, no token, or one that stands for something else.
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: they only read the case, or are recused.
    """
    if not text.strip() or len(text) > desk.LONGEST_COMMENT:
        raise RefusedError("comment_length", limit=desk.LONGEST_COMMENT)
    arrival = Arrival("commented", person, desk.key(token), None, {"comment.text": text.strip()})
    with ctx.database.writing() as tx:
        me, _case = reading.open_for(ctx, tx, person, case_id, "comment")
        case = advance.lock(tx, case_id)
        people.require_hand(tx, me, case)
        if desk.made_before(tx, case_id, arrival):
            return
        advance.record(tx, case, arrival, ctx.now(), desk.personal)
        storage.tasks.relabel(tx, case_id, latest_note=text.strip()[: desk.NOTE_LENGTH])


def find(ctx: Context, person: str, words: str) -> list[CaseRow]:
    """Find cases by number, by name or by identity number among those a person may see; the search is logged.

    Args:
        ctx: the surroundings.
        person: id of who searches.
        words: what is looked for, as typed.

    Returns:
        Cases the person may see, the newest first, without snapshots.
    """
    folded = search.fold(words)
    with ctx.database.writing() as tx:
        me = people.person_in(ctx, tx, person)
        found = search.find(ctx, tx, folded, people.offices_read(me.roles))
        rows = storage.cases.of_ids(tx, found)
        seen = [rows[case] for case in found if case in rows and people.may_see(ctx, tx, me, case, rows[case].office)]
        storage.reads.searched(tx, person, at=ctx.now(), words=search.keyed_hash(ctx, folded), found=len(seen))
    return seen


@dataclass(frozen=True)
class Listed:
    """A page of cases, the newest first: rows without snapshots, and the id to ask for the page after, or null."""

    rows: list[CaseRow]
    before: str | None


def newest(ctx: Context, person: str, before: str | None = None) -> Listed:
    """List the cases of a person's offices, ended ones too; such a list is not logged as reading them.

    Args:
        ctx: the surroundings.
        person: id.
        before: of the page before; the first page when null.
    """
    with ctx.database.reading() as tx:
        offices = people.offices_read(people.person_in(ctx, tx, person).roles)
        rows = storage.cases.find(tx, offices=offices, before=before, limit=_LISTED + 1)
    more = len(rows) > _LISTED
    return Listed(rows[:_LISTED], rows[_LISTED - 1].id if more else None)
