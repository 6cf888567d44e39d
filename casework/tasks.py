"""What persons do with tasks: look, claim, release, hand over, keep a half-filled form, complete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import storage.cases
import storage.drafts
import storage.entries
import storage.files
import storage.people
import storage.tasks
from casework import advance, desk, forms, people, reading
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError, TakenError
from engine.elements import ElementInfo, element_of, elements
from engine.values import encode
from engine.effects import Effect
from engine.values import Value, decode
from storage import Tx
from storage.cases import CaseRow
from storage.files import MaterialRow
from storage.tasks import TaskRow


@dataclass(frozen=True)
class TaskView:
    """Everything a task's page shows.

    Attributes:
        case: the case's row, without its snapshot.
        address: of the task.
        element: what the diagram says of it: labels, articles.
        task: effect ``task_opened``.
        assignee: id and name of who claimed it, or null.
        schema: of its form, or null for a task without one.
        values: what the form starts with: one's own draft, else facts of the case.
        draft_kept_at: instant of one's draft, or null.
        may_complete: whether this person may complete it now.
        refusal: code of the reason when not.
        due_on: last day of the limit it answers to, or null.
    """

    case: CaseRow
    address: str
    element: ElementInfo
    task: Effect
    assignee: tuple[str, str] | None
    schema: Mapping[str, Any] | None
    values: Mapping[str, Value]
    draft_kept_at: str | None
    may_complete: bool
    refusal: str | None
    due_on: str | None


@dataclass(frozen=True)
class TaskForm:
    """What it takes to read a form back, also when its task was closed meanwhile.

    Attributes:
        case: the case's row.
        address: of the task.
        element: what the diagram says of it.
        schema: of its form; one without fields for a task without a form.
        materials: of the case, for the fields that name a file.
        asked: gives the names of the fields that are visible with some values.
    """

    case: CaseRow
    address: str
    element: ElementInfo
    schema: Mapping[str, Any]
    materials: list[MaterialRow]
    asked: Callable[[Mapping[str, Value]], frozenset[str]]


@dataclass(frozen=True)
class Completed:
    """What a completion led to.

    Attributes:
        seq: number of its entry.
        first: false when the same form had been taken before and this is the first answer again.
        next_tasks: addresses of the tasks it opened.
    """

    seq: int
    first: bool
    next_tasks: list[str] = field(default_factory=list)


def view(ctx: Context, person: str, case_id: str, address: str) -> TaskView:
    """Show a task.

    Raises:
        NotFoundError: no such case or open task, or the person may not see the case.
    """
    with ctx.database.writing() as tx:
        me, case = reading.open_for(ctx, tx, person, case_id, "task")
        snapshot = advance.load(ctx, tx, case)
        task = _open_task(tx, snapshot, case, address)
        row = _row(tx, case_id, address)
        draft = storage.drafts.get(tx, case_id, address, person)
        refusal = _refusal(ctx, me, case, snapshot, task, row.assignee)
        holder = None if row.assignee is None else (row.assignee, people.name_of(tx, row.assignee))
        definition = advance.definition_of(ctx, tx, case)
    schema = forms.schema_of(definition, task["form"]) if task.get("form") else None
    facts = advance.visible_facts(snapshot.facts, address)
    names = () if schema is None else schema["properties"]
    values = {name: facts[name] for name in names if facts.get(name) is not None}
    return TaskView(
        case=case,
        address=address,
        element=elements(definition)[task["element"]],
        task=task,
        assignee=holder,
        schema=schema,
        values=decode(draft.body) if draft is not None else values,
        draft_kept_at=None if draft is None else draft.at,
        may_complete=refusal is None,
        refusal=refusal,
        due_on=snapshot.projection.due(task.get("deadline")).on,
    )


def form(ctx: Context, person: str, case_id: str, address: str) -> TaskForm:
    """Give the form of a task, open or closed.

    Raises:
        NotFoundError: no such case or element, or the person may not see the case.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "task")
        snapshot = advance.load(ctx, tx, case)
        definition = advance.definition_of(ctx, tx, case)
        materials = storage.files.materials(tx, case_id)
    element = elements(definition).get(element_of(address))
    if element is None:
        raise NotFoundError("task_unknown", address=address)
    schema = forms.schema_of(definition, path) if (path := element.form) else forms.NO_FIELDS
    known = advance.visible_facts(snapshot.facts, address)
    asked = partial(forms.visible, definition, schema, known, ctx.now())
    return TaskForm(case, address, element, schema, materials, asked)


def _open_task(tx: Tx, snapshot: Snapshot, case: CaseRow, address: str) -> Effect:
    """Give an open task, or say who closed it.

    Raises:
        TakenError: somebody completed it.
        NotFoundError: it is not open and nobody completed it.
    """
    task = snapshot.projection.tasks.get(address)
    if task is not None:
        return task
    done = storage.entries.by_key(tx, case.id, f"task:{address}")
    if done is None:
        raise NotFoundError("task_unknown", address=address)
    raise TakenError("task_completed", people.name_of(tx, done.actor), done.at)


def _row(tx: Tx, case_id: str, address: str) -> TaskRow:
    """Give the inbox's row of a task the history says is open."""
    row = storage.tasks.get(tx, case_id, address)
    if row is None:
        raise NotFoundError("task_unknown", address=address)
    return row


def _refusal(
    ctx: Context, me: people.Person, case: CaseRow, snapshot: Snapshot, task: Effect, assignee: str | None
) -> str | None:
    """Say why a person may not complete a task now, or null."""
    if assignee not in (None, me.id):
        return "claimed_by_other"
    try:
        _require(me.roles, me.id, case, snapshot, task)
    except NotAllowedError as error:
        return error.code
    return None


def _require(
    roles: tuple[people.Role, ...], person: str, case: CaseRow, snapshot: Snapshot, task: Effect
) -> str | None:
    office = task.get("office") or case.office
    return people.require_work(roles, task, office, person, snapshot.projection.barred(task))


def claim(ctx: Context, person: str, case_id: str, address: str, token: str) -> None:
    """Take a task for oneself.

    Raises:
        TakenError: somebody has it, or completed it.
        NotAllowedError: wrong role, or separation of duties.
    """

    def check(tx: Tx, case: CaseRow, snapshot: Snapshot, task: Effect, assignee: str | None) -> str | None:
        if assignee == person:
            return None
        if assignee is not None:
            claimed_at = _row(tx, case_id, address).claimed_at or ""
            raise TakenError("task_claimed", people.name_of(tx, assignee), claimed_at)
        _require(people.roles_today(ctx, tx, person), person, case, snapshot, task)
        return person

    _at_desk(ctx, case_id, address, Arrival("claimed", person, desk.key(token), address), check)


def release(ctx: Context, person: str, case_id: str, address: str, token: str) -> None:
    """Give a task back to everybody who may do it.

    Raises:
        NotAllowedError: it is not one's own.
    """

    def check(_tx: Tx, _case: CaseRow, _snapshot: Snapshot, _task: Effect, assignee: str | None) -> str | None:
        if assignee != person:
            raise NotAllowedError("not_assignee", address=address)
        return desk.NOBODY

    _at_desk(ctx, case_id, address, Arrival("released", person, desk.key(token), address), check)


def reassign(  # noqa: PLR0913 - who hands what to whom, and why
    ctx: Context, person: str, case_id: str, address: str, *, to: str, reason: str, token: str
) -> None:
    """Hand a task to a person who may do it; for who leads the office.

    Raises:
        NotAllowedError: the person does not lead the office, or ``to`` may not do the task.
        RefusedError: no reason given.
    """
    if not reason.strip():
        raise RefusedError("reason_required")

    def check(tx: Tx, case: CaseRow, snapshot: Snapshot, task: Effect, _assignee: str | None) -> str | None:
        office = task.get("office") or case.office
        if not people.person_in(ctx, tx, person).holds(people.LEADING_ROLES, office):
            raise NotAllowedError("not_leading", office=office)
        _require(people.roles_today(ctx, tx, to), to, case, snapshot, task)
        return to

    payload = {"task.assignee": to, "task.reason": reason.strip()}
    _at_desk(ctx, case_id, address, Arrival("reassigned", person, desk.key(token), address, payload), check)


def _at_desk(ctx: Context, case_id: str, address: str, arrival: Arrival, check: Any) -> None:
    """Record who has a task, when the check says that it changes; a second click does nothing."""
    with desk.once(), ctx.database.writing() as tx:
        case = advance.lock(tx, case_id)
        snapshot = advance.load(ctx, tx, case)
        task = _open_task(tx, snapshot, case, address)
        assignee = check(tx, case, snapshot, task, _row(tx, case_id, address).assignee)
        if assignee is None:
            return
        at = ctx.now()
        advance.record(tx, case, arrival, at, desk.personal)
        storage.tasks.assign(tx, case_id, address, None if assignee == desk.NOBODY else assignee, at)


def keep_draft(ctx: Context, person: str, case_id: str, address: str, payload: Mapping[str, Value]) -> str:
    """Keep a half-filled form for its person, also when the task is closed meanwhile; gives the instant.

    Raises:
        NotFoundError: the person may not see the case.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "draft")
        at = ctx.now()
        storage.drafts.keep(tx, case_id, address, person, encode(dict(payload)), at)
        return at


def complete(ctx: Context, person: str, case_id: str, address: str, given: Mapping[str, Value]) -> Completed:
    """Complete a task with what its form brought.

    The same form of the same person again gets the first answer again. Somebody else's completion is told by
    name, and the form is kept as a draft.

    Args:
        ctx: the surroundings.
        person: id of who completes.
        case_id: of the case.
        address: of the task.
        given: values by fact name.

    Raises:
        InvalidFormError: with every error, by field.
        NotAllowedError: wrong role, separation of duties, or somebody else's task.
        TakenError: somebody completed it first.
        IncidentError: the step failed; the input is kept.
    """
    with advance.writing(ctx) as tx:
        case = advance.lock(tx, case_id)
        snapshot = advance.load(ctx, tx, case)
        if address not in snapshot.projection.tasks:
            answer = _answer_again(ctx, tx, case, person, address, given)
        else:
            arrival = _arrival(ctx, tx, case, snapshot, person, address, given)
            advanced = advance.advance(ctx, tx, case, snapshot, arrival)
            storage.drafts.drop(tx, case_id, address, person)
            answer = Completed(advanced.seq, True, _opened(advanced.effects))
    if isinstance(answer, TakenError):
        raise answer
    return answer


def _arrival(  # noqa: PLR0913 - a completion and what it is checked against
    ctx: Context,
    tx: Tx,
    case: CaseRow,
    snapshot: Snapshot,
    person: str,
    address: str,
    given: Mapping[str, Value],
) -> Arrival:
    task = snapshot.projection.tasks[address]
    row = _row(tx, case.id, address)
    if row.assignee is not None and row.assignee != person:
        raise TakenError("task_claimed", people.name_of(tx, row.assignee), row.claimed_at or "")
    absent = _require(people.roles_today(ctx, tx, person), person, case, snapshot, task)
    payload: dict[str, Value] = {}
    if task.get("form"):
        known = advance.visible_facts(snapshot.facts, address)
        payload = forms.accept(advance.definition_of(ctx, tx, case), task["form"], given, known, ctx.now())
    return Arrival("task_completed", person, f"task:{address}", address, payload, absent)


def _answer_again(  # noqa: PLR0913 - a completion, and the case it came too late for
    ctx: Context, tx: Tx, case: CaseRow, person: str, address: str, given: Mapping[str, Value]
) -> Completed | TakenError:
    """Answer a form whose task is closed: the same form gets its answer again, another one is told and kept."""
    done = storage.entries.by_key(tx, case.id, f"task:{address}")
    if done is None:
        raise NotFoundError("task_unknown", address=address)
    event, effects = advance.read_event(tx, done)
    sent = {name: value for name, value in given.items() if value is not None and value != ""}
    if event.actor == person and all(sent.get(name) == value for name, value in event.payload.items()):
        return Completed(done.seq, False, _opened(effects))
    reading.open_for(ctx, tx, person, case.id, "draft")
    storage.drafts.keep(tx, case.id, address, person, encode(dict(given)), ctx.now())
    return TakenError("task_completed", people.name_of(tx, done.actor), done.at)


def _opened(effects: list[Effect]) -> list[str]:
    return [effect["address"] for effect in effects if effect["effect"] == "task_opened"]
