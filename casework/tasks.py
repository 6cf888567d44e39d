"""What persons do with tasks: look, claim, release, hand over, keep a half-filled form, complete, withdraw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import storage.cases
import storage.drafts
import storage.entries
import storage.files
import storage.people
import storage.tasks
from casework import advance, cases, chain, decided, desk, forms, library, officers, papers, people, reading, references
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.decided import FiredRow
from casework.errors import NotAllowedError, NotFoundError, TakenError
from casework.officers import Confirmation
from casework.papers import Issued
from casework.projection import FIRST_OFFICER, FIRST_OFFICER_FOR
from engine import Definition
from engine.effects import Effect
from engine.elements import ElementInfo, declarations, element_of, elements
from engine.facts import Fact
from engine.model import GIVEN_UP
from engine.values import Value, decode, encode
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow
from storage.files import MaterialRow
from storage.tasks import TaskRow


@dataclass(frozen=True)
class ShownFact:
    """A fact that is read, not asked for, where a task is done.

    Attributes:
        fact: its declaration.
        value: known, never null.
        codes: labels of what it names, by value: of codes, or of offices.
        columns: of a list of records.
    """

    fact: Fact
    value: Value
    codes: Mapping[str, Mapping[str, str]]
    columns: Sequence[forms.Column] = ()


@dataclass(frozen=True)
class TaskForm:
    """What it takes to show a form and to read it back, also when its task was closed meanwhile.

    Attributes:
        case: the case's row, without its snapshot.
        address: of the task.
        element: what the diagram says of it: labels, articles.
        schema: of its form; one without fields for a task without a form.
        materials: of the case, for the fields that name a file.
        documents: the papers of the case.
        kinds: what files that came with a form are called, by the Chinese label.
        asked: gives the names of the fields that are visible with some values.
        draft: what the person kept half-filled, or null.
        draft_kept_at: instant of it, or null.
        known: what its fields begin with: facts, and days that are today unless somebody says otherwise.
        shown: what the form's ``x-shows`` names and the case knows, in its order.
        decided: the decisions those facts come from, each with the rows that fired when it was asked last.
    """

    case: CaseRow
    address: str
    element: ElementInfo
    schema: Mapping[str, Any]
    materials: list[MaterialRow]
    documents: list[Issued]
    kinds: Mapping[str, Mapping[str, str]]
    asked: Callable[[Mapping[str, Value]], frozenset[str]]
    draft: Mapping[str, Value] | None
    draft_kept_at: str | None
    known: Mapping[str, Value] = field(default_factory=dict)
    shown: Sequence[ShownFact] = ()
    decided: Sequence[tuple[ElementInfo, Sequence[FiredRow]]] = ()


@dataclass(frozen=True)
class TaskView:
    """Everything the page of an open task shows.

    Attributes:
        form: what is asked, and what it is asked about.
        task: effect ``task_opened``.
        assignee: id and name of who claimed it, or null.
        values: what the form starts with: one's own draft, else what an officer confirmed last, else facts.
        may_complete: whether this person may complete it now.
        refusal: code of the reason when not.
        due_on: last day of the limit it answers to, or null.
        confirmations: what each of two officers confirmed last, the newest at the end; for who may confirm it too.
        disagreed: name of the officer who brought something else, and when; null once somebody confirms again.
        candidates: id and name of those to whom it may be handed, for who leads the office; else empty.
        given_up: why the system's act was given up, where that is what opened the task; else null.
    """

    form: TaskForm
    task: Effect
    assignee: tuple[str, str] | None
    values: Mapping[str, Value]
    may_complete: bool
    refusal: str | None
    due_on: str | None
    confirmations: list[Confirmation] = field(default_factory=list)
    disagreed: tuple[str, str] | None = None
    candidates: list[tuple[str, str]] = field(default_factory=list)
    given_up: str | None = None


@dataclass(frozen=True)
class Completed:
    """What a completion led to.

    Attributes:
        seq: number of its entry.
        first: false when the same form had been taken before and this is the first answer again.
        next_tasks: addresses of the tasks it opened.
        awaits_second: whether it was kept and a second officer must confirm the same.
    """

    seq: int
    first: bool
    next_tasks: list[str] = field(default_factory=list)
    awaits_second: bool = False


def view(ctx: Context, person: str, case_id: str, address: str) -> TaskView:
    """Show an open task.

    Raises:
        NotFoundError: no such case or task, or the person may not see the case.
        TakenError: somebody completed it; ``form`` still gives what the person kept of it.
    """
    with ctx.database.writing() as tx:
        me, case = reading.open_for(ctx, tx, person, case_id, "task")
        snapshot = advance.load(ctx, tx, case)
        at_desk = _lay_out(tx, me.roles, case, snapshot, _open_task(tx, snapshot, case, address), person)
        form = _form(ctx, tx, case, snapshot, address, person)
        refusal = _refusal(tx, at_desk, person)
        assignee = at_desk.row.assignee
        joint = officers.needed(at_desk.task)
        theirs = joint and refusal in {None, "awaits_second"}
        confirmed = officers.confirmations(tx, case_id, address) if theirs else []
        return TaskView(
            form=form,
            task=at_desk.task,
            assignee=None if assignee is None else (assignee, people.name_of(tx, assignee)),
            values=_starts_with(form, confirmed),
            may_complete=refusal is None,
            refusal=refusal,
            due_on=snapshot.projection.due(at_desk.task.get("deadline")).on,
            confirmations=confirmed,
            disagreed=officers.disagreement(tx, case_id, address) if joint else None,
            candidates=_candidates(ctx, tx, me, at_desk),
            given_up=_given_up(tx, at_desk.row),
        )


def _given_up(tx: Tx, task: TaskRow) -> str | None:
    """Say why an act was given up, where that is what opened a task: who is to set it right has to know."""
    told = storage.entries.of_instant(tx, task.case, task.opened_at)
    opened = (chain.open_remains(row.body, advance.sealed_of(tx, row)) for row in told if row.kind == "act_answered")
    return next((str(payload[GIVEN_UP]) for payload, _effects, _gone in opened if GIVEN_UP in payload), None)


def _starts_with(form: TaskForm, confirmed: list[Confirmation]) -> Mapping[str, Value]:
    """Give what a form starts with: one's own draft, else what an officer confirmed last, else what is known."""
    if form.draft is not None:
        return form.draft
    return confirmed[-1].values if confirmed else form.known


def _candidates(ctx: Context, tx: Tx, me: people.Person, at_desk: "_Desk") -> list[tuple[str, str]]:
    """Name those to whom a task may be handed, for a person who leads its office."""
    office = at_desk.row.office
    if not me.holds(people.LEADING_ROLES, office):
        return []
    today = shanghai_date(ctx.now()).isoformat()
    return [(row.id, row.name) for row in storage.people.holders(tx, office, at_desk.row.role, today)]


def form(ctx: Context, person: str, case_id: str, address: str) -> TaskForm:
    """Give the form of a task, open or closed, with what the person kept of it half-filled.

    Raises:
        NotFoundError: no such case or element, or the person may not see the case.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "task")
        return _form(ctx, tx, case, advance.load(ctx, tx, case), address, person)


def _form(ctx: Context, tx: Tx, case: CaseRow, snapshot: Snapshot, address: str, person: str) -> TaskForm:
    definition = advance.definition_of(ctx, tx, case)
    schema = _schema_of(definition, address)
    known = advance.visible_facts(snapshot.facts, address)
    kept = storage.drafts.get(tx, case.id, address, person)
    directory = library.directory(ctx, tx)
    shown = _shown(definition, schema, known, directory)
    return TaskForm(
        case=case,
        address=address,
        element=elements(definition)[element_of(address)],
        schema=forms.with_rows(forms.labelled(definition, schema, directory), known),
        materials=storage.files.materials(tx, case.id),
        documents=papers.issued(definition, storage.files.documents(tx, case.id), _served(snapshot)),
        kinds=forms.kinds(definition),
        asked=partial(forms.visible, definition, schema, known, ctx.now()),
        draft=None if kept is None else decode(kept.body),
        draft_kept_at=None if kept is None else kept.at,
        known=forms.starting(definition, schema, known, ctx.now()),
        shown=shown,
        decided=_decided(ctx, tx, case, definition, shown, address),
    )


def _served(snapshot: Snapshot) -> dict[str, Value]:
    """Give the number of the paper that a scope is about, by scope."""
    return {scope: facts[papers.SERVED][0] for scope, facts in snapshot.facts.items() if papers.SERVED in facts}


def _shown(
    definition: Definition,
    schema: Mapping[str, Any],
    known: Mapping[str, Value],
    directory: Mapping[str, Mapping[str, Any]],
) -> list[ShownFact]:
    """Give what a form shows of what is known, ``x-shows``: what an officer must have before them to decide."""
    declared = declarations(definition)
    facts = [declared[name] for name in schema.get("x-shows", ()) if known.get(name) not in (None, [], "")]
    offices = {office: record["name"] for office, record in directory.items()}
    told = ((each, known[each.name], offices if each.type == "office" else each.codes) for each in facts)
    return [ShownFact(*each, forms.columns_of(definition, each[0].name, each[1])) for each in told]


def _decided(
    ctx: Context, tx: Tx, case: CaseRow, definition: Definition, shown: Sequence[ShownFact], address: str
) -> list[tuple[ElementInfo, Sequence[FiredRow]]]:
    """Give the rows of the decision tables that some facts come from; without such a table no history is read."""
    stems = decided.writing(definition, (each.fact.name for each in shown)) if shown else frozenset()
    return cases.latest_decisions(ctx, tx, case, stems, address) if stems else []


def _schema_of(definition: Definition, address: str) -> Mapping[str, Any]:
    """Give the schema of a task's form, one without fields for a task without a form.

    Raises:
        NotFoundError: the diagram has no such element.
    """
    element = elements(definition).get(element_of(address))
    if element is None:
        raise NotFoundError("task_unknown", address=address)
    return forms.schema_of(definition, element.form) if element.form else forms.NO_FIELDS


def _open_task(tx: Tx, snapshot: Snapshot, case: CaseRow, address: str) -> Effect:
    """Give an open task, or say who closed it.

    Raises:
        TakenError: somebody completed it.
        NotFoundError: it is not open and nobody completed it.
    """
    task = snapshot.projection.tasks.get(address)
    if task is None:
        raise _taken(tx, case.id, address)
    return task


def _taken(tx: Tx, case_id: str, address: str) -> TakenError:
    """Say who completed a task that is not open.

    Raises:
        NotFoundError: nobody did.
    """
    done = storage.entries.by_key(tx, case_id, f"task:{address}")
    if done is None:
        raise NotFoundError("task_unknown", address=address)
    return TakenError("task_completed", people.name_of(tx, done.actor), done.at)


@dataclass(frozen=True)
class _Desk:
    """An open task as it lies before a person.

    Attributes:
        roles: the person's of today.
        case: as locked.
        snapshot: of the case.
        task: effect ``task_opened``.
        row: the inbox's, with who has it.
        has_draft: whether the person kept it half-filled.
        recused: persons who may do nothing in the case.
    """

    roles: tuple[people.Role, ...]
    case: CaseRow
    snapshot: Snapshot
    task: Effect
    row: TaskRow
    has_draft: bool
    recused: frozenset[str]

    @property
    def address(self) -> str:
        return self.row.address

    @property
    def office(self) -> str:
        """The office the task is worked in."""
        return str(self.task.get("office") or self.case.office)


def _sit_down(ctx: Context, tx: Tx, case_id: str, told: Arrival) -> _Desk | None:
    """Lock a case for a person who may see it, and lay the task before them of which their form tells something.

    Returns:
        Null where the very same form did so before.

    Raises:
        NotFoundError: no such case or open task, or not theirs to see.
        TakenError: somebody completed the task.
        RefusedError: the form's token stands for something else.
    """
    case, roles = _lock_for(ctx, tx, told.actor, case_id)
    if desk.made_before(tx, case_id, told):
        return None
    snapshot = advance.load(ctx, tx, case)
    return _lay_out(tx, roles, case, snapshot, _open_task(tx, snapshot, case, told.address or ""), told.actor)


def _lay_out(
    tx: Tx, roles: tuple[people.Role, ...], case: CaseRow, snapshot: Snapshot, task: Effect, person: str
) -> _Desk:
    """Lay an open task before a person.

    Raises:
        NotFoundError: the inbox does not have what the history says is open.
    """
    found = storage.tasks.at_desk(tx, case.id, task["address"], person)
    if found is None:
        raise NotFoundError("task_unknown", address=task["address"])
    return _Desk(roles, case, snapshot, task, found.row, found.has_draft, found.recused)


def _lock_for(ctx: Context, tx: Tx, person: str, case_id: str) -> tuple[CaseRow, tuple[people.Role, ...]]:
    case = advance.lock(tx, case_id)
    roles = people.roles_today(ctx, tx, person)
    people.require_sight(ctx, tx, person, roles, case)
    return case, roles


def _refusal(tx: Tx, at_desk: _Desk, person: str) -> str | None:
    """Say why a person may not complete a task now, or null."""
    joint = officers.needed(at_desk.task)
    if not joint and at_desk.row.assignee not in (None, person):
        return "claimed_by_other"
    try:
        _require(tx, at_desk, person, at_desk.roles)
    except NotAllowedError as error:
        return error.code
    confirmed = officers.standing(tx, at_desk.case.id, at_desk.address) if joint else ()
    return "awaits_second" if any(row.person == person for row, _entry in confirmed) else None


def _require(tx: Tx, at_desk: _Desk, person: str, roles: tuple[people.Role, ...]) -> str | None:
    """Check that a person may do a task today; gives the person substituted for, or null.

    Raises:
        NotAllowedError: wrong role, separation of duties, recusal, or the same officer twice.
    """
    case, task = at_desk.case, at_desk.task
    barred = at_desk.snapshot.projection.barred(task) | at_desk.recused
    if officers.needed(task):
        barred |= officers.barred(tx, case.id, at_desk.address, person)
    return people.require_work(roles, task, at_desk.office, person, barred)


def claim(ctx: Context, person: str, case_id: str, address: str, token: str) -> None:
    """Take a task for oneself.

    Raises:
        NotFoundError: no such case or task, or not theirs to see.
        TakenError: somebody has it, or completed it.
        NotAllowedError: wrong role, separation of duties, or recusal.
        RefusedError: no token, or one that stands for something else.
    """
    told = Arrival("claimed", person, desk.key(token), address)
    with ctx.database.writing() as tx:
        at_desk = _sit_down(ctx, tx, case_id, told)
        if at_desk is None or at_desk.row.assignee == person:
            return
        absent = _require(tx, at_desk, person, at_desk.roles)
        _require_unclaimed(tx, at_desk.row, person)
        _assign(ctx, tx, at_desk, replace(told, on_behalf_of=absent), person)


def _require_unclaimed(tx: Tx, row: TaskRow, person: str) -> None:
    if row.assignee not in (None, person):
        raise TakenError("task_claimed", people.name_of(tx, row.assignee), row.claimed_at or "")


def _assign(ctx: Context, tx: Tx, at_desk: _Desk, told: Arrival, to: str | None) -> None:
    """Write into history and inbox who has a task."""
    at = ctx.now()
    advance.record(tx, at_desk.case, told, at, desk.personal)
    storage.tasks.assign(tx, at_desk.case.id, at_desk.address, to, at)


def release(ctx: Context, person: str, case_id: str, address: str, token: str) -> None:
    """Give a task back to everybody who may do it.

    Raises:
        NotAllowedError: it is not one's own.
        RefusedError: no token, or one that stands for something else.
    """
    told = Arrival("released", person, desk.key(token), address)
    with ctx.database.writing() as tx:
        at_desk = _sit_down(ctx, tx, case_id, told)
        if at_desk is None:
            return
        if at_desk.row.assignee != person:
            raise NotAllowedError("not_assignee", address=address)
        _assign(ctx, tx, at_desk, told, None)


def reassign(  # noqa: PLR0913 - who hands what to whom, and why
    ctx: Context, person: str, case_id: str, address: str, *, to: str, reason: str, token: str
) -> None:
    """Hand a task to a person who may do it; for who leads the office.

    Raises:
        NotAllowedError: the person does not lead the office, or ``to`` may not do the task.
        RefusedError: no reason given, no token, or one that stands for something else.
    """
    payload = {"task.assignee": to, "task.reason": desk.reason_given(reason)}
    told = Arrival("reassigned", person, desk.key(token), address, payload)
    with ctx.database.writing() as tx:
        at_desk = _sit_down(ctx, tx, case_id, told)
        if at_desk is None:
            return
        leads = {role.office for role in at_desk.roles if role.role in people.LEADING_ROLES}
        if at_desk.office not in leads or person in at_desk.recused:
            raise NotAllowedError("not_leading", office=at_desk.office)
        _require(tx, at_desk, to, people.roles_today(ctx, tx, to))
        _assign(ctx, tx, at_desk, told, to)


@dataclass(frozen=True)
class KeptDraft:
    """That a half-filled form was kept.

    Attributes:
        at: instant.
        taken: who completed its task meanwhile and when, to be told; null while it is open.
    """

    at: str
    taken: TakenError | None


def keep_draft(ctx: Context, person: str, case_id: str, address: str, payload: Mapping[str, Value]) -> KeptDraft:
    """Keep a half-filled form for its person, also when the task is closed meanwhile.

    Raises:
        NotFoundError: the person may not see the case, or there never was such a task.
    """
    with ctx.database.writing() as tx:
        _require_sight(ctx, tx, person, case_id)
        taken = None
        if storage.tasks.get(tx, case_id, address) is None:
            taken = _taken(tx, case_id, address)
        at = ctx.now()
        storage.drafts.keep(tx, case_id, address, person, encode(dict(payload)), at)
        return KeptDraft(at, taken)


def forget_draft(ctx: Context, person: str, case_id: str, address: str) -> None:
    """Throw away what a person kept half-filled of a task; where nothing was kept nothing happens.

    Raises:
        NotFoundError: no such case, or the person may not see it.
    """
    with ctx.database.writing() as tx:
        _require_sight(ctx, tx, person, case_id)
        storage.drafts.drop(tx, case_id, address, person)


def _require_sight(ctx: Context, tx: Tx, person: str, case_id: str) -> None:
    """Check that a person may see a case, of which nothing is shown now."""
    case = advance.require(storage.cases.get(tx, case_id), case_id)
    people.require_sight(ctx, tx, person, people.roles_today(ctx, tx, person), case)


def complete(ctx: Context, person: str, case_id: str, address: str, given: Mapping[str, Value]) -> Completed:
    """Complete a task with what its form brought; of a task for two officers, confirm it.

    The same form of the same person again gets the first answer again. Somebody else's completion is told by
    name, and the form is kept as a draft.

    Args:
        ctx: the surroundings.
        person: id of who completes.
        case_id: of the case.
        address: of the task.
        given: values by fact name.

    Raises:
        NotFoundError: no such case or task, or not theirs to see.
        InvalidFormError: with every error, by field.
        NotAllowedError: wrong role, separation of duties, recusal, or the same officer twice.
        TakenError: somebody has it or completed it first, or the other officer confirmed something else.
        IncidentError: the step failed; the input is kept.
    """
    with advance.writing(ctx) as tx:
        case, roles = _lock_for(ctx, tx, person, case_id)
        snapshot = advance.load(ctx, tx, case)
        task = snapshot.projection.tasks.get(address)
        if task is None:
            answer = _answer_again(ctx, tx, case, person, address, given)
        else:
            at_desk = _lay_out(tx, roles, case, snapshot, task, person)
            answer = _take(ctx, tx, at_desk, _arrival(ctx, tx, at_desk, person, given))
    if isinstance(answer, TakenError):
        raise answer
    return answer


def _arrival(ctx: Context, tx: Tx, at_desk: _Desk, person: str, given: Mapping[str, Value]) -> Arrival:
    """Make the completion of a task, checked in every respect but what a second officer must confirm."""
    task, address = at_desk.task, at_desk.address
    absent = _require(tx, at_desk, person, at_desk.roles)
    if not officers.needed(task):
        _require_unclaimed(tx, at_desk.row, person)
    payload: dict[str, Value] = {}
    if task.get("form"):
        known = advance.visible_facts(at_desk.snapshot.facts, address)
        definition = advance.definition_of(ctx, tx, at_desk.case)
        payload = forms.accept(
            definition, task["form"], given, known, ctx.now(), lambda: library.newest_basis(ctx, tx)[1]
        )
        references.require(ctx, tx, at_desk.case.id, definition, payload)
    return Arrival("task_completed", person, f"task:{address}", address, payload, absent)


def _take(ctx: Context, tx: Tx, at_desk: _Desk, arrival: Arrival) -> Completed | TakenError:
    """Complete the task, or keep the confirmation of the first of two officers."""
    case = at_desk.case
    joint = officers.join(tx, case, arrival, ctx.now()) if officers.needed(at_desk.task) else arrival
    if isinstance(joint, officers.Kept):
        return Completed(joint.seq, joint.first, awaits_second=True)
    if isinstance(joint, TakenError):
        return joint
    advanced = advance.advance(ctx, tx, case, at_desk.snapshot, joint)
    if at_desk.has_draft:
        storage.drafts.drop(tx, case.id, at_desk.address, arrival.actor)
    return Completed(advanced.seq, True, _opened(advanced.effects))


def _answer_again(
    ctx: Context, tx: Tx, case: CaseRow, person: str, address: str, given: Mapping[str, Value]
) -> Completed | TakenError:
    """Answer a form whose task is closed: the same form gets its answer again, another one is told and kept."""
    done = storage.entries.by_key(tx, case.id, f"task:{address}")
    if done is None:
        raise NotFoundError("task_unknown", address=address)
    event, effects = advance.read_event(tx, done)
    schema = _schema_of(advance.definition_of(ctx, tx, case), address)
    if person in (event.actor, event.payload.get(FIRST_OFFICER)) and _is_same_form(schema, event.payload, given):
        return Completed(done.seq, False, _opened(effects))
    storage.drafts.keep(tx, case.id, address, person, encode(dict(given)), ctx.now())
    return TakenError("task_completed", people.name_of(tx, done.actor), done.at)


def _is_same_form(schema: Mapping[str, Any], taken: Mapping[str, Value], given: Mapping[str, Value]) -> bool:
    """Tell whether a form says what was taken of it; what was left empty, or may have been hidden, was not taken."""
    fields = schema["properties"]
    filled = {name: value for name, value in given.items() if value is not None and value != ""}
    hidden = {name for name in filled.keys() - taken.keys() if fields.get(name, {}).get("x-visible-when")}
    by_officers = {FIRST_OFFICER, FIRST_OFFICER_FOR}
    return {n: v for n, v in filled.items() if n not in hidden} == {
        n: v for n, v in taken.items() if n not in by_officers
    }


def withdraw(ctx: Context, person: str, case_id: str, address: str, token: str) -> None:
    """Take back what one confirmed as the first of two officers; it is kept as a draft.

    Raises:
        NotAllowedError: one has confirmed nothing.
        TakenError: the second officer confirmed meanwhile.
        RefusedError: no token, or one that stands for something else.
    """
    told = Arrival(officers.WITHDRAWN, person, desk.key(token), address)
    with ctx.database.writing() as tx:
        at_desk = _sit_down(ctx, tx, case_id, told)
        if at_desk is not None:
            officers.withdraw(tx, at_desk.case, told, ctx.now())


def _opened(effects: list[Effect]) -> list[str]:
    return [effect["address"] for effect in effects if effect["effect"] == "task_opened"]
