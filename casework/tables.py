"""Copies what one step changed to the tables that lists and sweeps are read from."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import storage.acts
import storage.deadlines
import storage.drafts
import storage.messages
import storage.people
import storage.search
import storage.tasks
import storage.timers
from casework import dispatch, forms, seals, search
from casework.context import Context
from casework.projection import Changes, Completion, Projection
from engine import Definition, Event, Facts
from engine.effects import Effect
from engine.elements import declarations, elements
from engine.model import GIVEN_UP
from engine.values import Value, encode
from storage import Tx
from storage.acts import ActRow
from storage.cases import CaseRow
from storage.deadlines import DeadlineRow
from storage.people import BarredRow
from storage.tasks import TaskRow

_TITLE_SEPARATOR = " · "


def write(  # noqa: PLR0913, PLR0917 - a step, its case and its surroundings, each needed once
    ctx: Context,
    tx: Tx,
    case: CaseRow,
    definition: Definition,
    facts: Facts,
    projection: Projection,
    event: Event,
    changes: Changes,
) -> None:
    """Write the changes of one step; a table in which nothing changed is not touched."""
    _write_tasks(tx, case, definition, facts, projection, event, changes)
    if changes.completed is not None:
        storage.people.bar(tx, _barred_rows(case, definition, changes.completed))
    if changes.deadlines:
        storage.deadlines.upsert(tx, [deadline_row(case, name, r) for name, r in changes.deadlines.items()])
    if changes.timers_cleared:
        storage.timers.clear(tx, case.id, changes.timers_cleared)
    if changes.timers_set:
        storage.timers.set(tx, case.id, changes.timers_set)
    _write_outside(tx, case, event, changes)
    if changes.own_facts:
        search.index(ctx, tx, case, declarations(definition), facts, changes.own_facts)
    if seals.SEAL in changes.facts:
        seals.note(tx, case, facts, event)
    dispatch.after_step(ctx, tx, case, event, changes)


def _write_outside(tx: Tx, case: CaseRow, event: Event, changes: Changes) -> None:
    """Write what the case wants of, and waits for from, the world outside."""
    if changes.acts_ended:
        _end_acts(tx, case, event, changes.acts_ended)
    if changes.acts_wanted:
        storage.acts.want(tx, [_act_row(case, effect, event) for effect in changes.acts_wanted.values()])
    if changes.waits_cleared:
        storage.messages.clear_waits(tx, case.id, changes.waits_cleared)
    if changes.waits_set:
        storage.messages.set_waits(tx, case.id, list(changes.waits_set.values()))


def _write_tasks(  # noqa: PLR0913, PLR0917 - as ``write``
    tx: Tx,
    case: CaseRow,
    definition: Definition,
    facts: Facts,
    projection: Projection,
    event: Event,
    changes: Changes,
) -> None:
    if changes.tasks_closed:
        storage.tasks.close(tx, case.id, changes.tasks_closed)
    for address in changes.confirmable_closed:
        storage.drafts.drop_confirmations(tx, case.id, address)
    shown = title(definition, facts)
    if shown != case.title and projection.tasks.keys() - changes.tasks_opened.keys():
        storage.tasks.relabel(tx, case.id, title=shown)
    urgency = priority(definition, facts)
    if _is_urgency_told(definition, changes) and projection.tasks.keys() - changes.tasks_opened.keys():
        storage.tasks.relabel(tx, case.id, priority=urgency)
    if changes.tasks_opened:
        opened = changes.tasks_opened.values()
        rows = [replace(task_row(case, projection, effect, event.at, shown), priority=urgency) for effect in opened]
        storage.tasks.insert(tx, rows)
    if changes.tasks_due:
        storage.tasks.reschedule(tx, case.id, changes.tasks_due)


def priority(definition: Definition, facts: Facts) -> int:
    """Tell how urgent a case is by what was answered: the place of the most urgent answer, from 1, or 0."""
    own = facts[""]
    answers = enumerate(forms.urgent_answers(definition), start=1)
    return max((place for place, (name, code) in answers if name in own and own[name][0] == code), default=0)


def _is_urgency_told(definition: Definition, changes: Changes) -> bool:
    return any(name in changes.own_facts for name, _code in forms.urgent_answers(definition))


@lru_cache(maxsize=64)
def _separated(definition: Definition) -> Mapping[str, frozenset[str]]:
    """Name, by element, the elements that its completers may not complete."""
    found: dict[str, set[str]] = {}
    for element in elements(definition).values():
        for other in element.properties.get("separate_from", "").split(","):
            if other.strip():
                found.setdefault(other.strip(), set()).add(element.id)
    return {other: frozenset(barred) for other, barred in found.items()}


def _barred_rows(case: CaseRow, definition: Definition, completed: Completion) -> list[BarredRow]:
    """Make the rows by which the inbox shows who may not do what, before anybody tries."""
    ground = f"separate_from:{completed.element}"
    barred_from = sorted(_separated(definition).get(completed.element, ()))
    return [BarredRow(case.id, person, element, ground) for person in completed.persons for element in barred_from]


def task_row(case: CaseRow, projection: Projection, effect: Effect, at: str, shown: str) -> TaskRow:
    """Make the inbox's row of an open task."""
    limit = effect.get("deadline")
    due = projection.due(limit)
    return TaskRow(
        case=case.id,
        address=effect["address"],
        procedure=case.procedure,
        definition=case.definition,
        element=effect["element"],
        office=effect.get("office") or case.office,
        role=effect.get("role") or "",
        form=effect.get("form"),
        officers=effect.get("officers", 1),
        opened_at=at,
        due_on=due.on,
        limit_id=limit,
        paused=due.paused,
        case_number=case.number,
        title=shown,
    )


def deadline_row(case: CaseRow, name: str, record: Value) -> DeadlineRow:
    """Make the row of a deadline; the record is kept whole beside the columns that are asked for."""
    return DeadlineRow(
        case=case.id,
        deadline=name,
        limit_id=record["limit"],
        state=record["state"],
        due_on=record.get("due_on"),
        unrolled_on=record.get("unrolled_on"),
        record=encode(record),
    )


def _act_row(case: CaseRow, effect: Effect, event: Event) -> ActRow:
    return ActRow(case.id, effect["address"], effect["act"], encode(effect["given"]), event.at, "wanted", None)


def _end_acts(tx: Tx, case: CaseRow, event: Event, addresses: list[str]) -> None:
    """Settle the acts that are over: the answered one is done, the others were given up."""
    answered = event.address if event.kind == "act_answered" and GIVEN_UP not in event.payload else None
    if answered in addresses:
        storage.acts.finish(tx, case.id, answered, event.at)
    storage.acts.cancel(tx, case.id, [address for address in addresses if address != answered], event.at)


@lru_cache(maxsize=64)
def _naming_facts(definition: Definition) -> tuple[str, ...]:
    """Name the facts a case is searched by name by, in the order of their declaration."""
    return tuple(name for name, fact in declarations(definition).items() if fact.searchable == "name")


def title(definition: Definition, facts: Facts) -> str:
    """Name a case in lists: its facts that are searched by name, each once."""
    own = facts[""]
    told = (own[name][0] for name in _naming_facts(definition) if name in own)
    return _TITLE_SEPARATOR.join(dict.fromkeys(str(value) for value in told if value))
