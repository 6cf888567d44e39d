"""What stands open in a case: tasks, deadlines, timers, acts, awaited messages.

A projection is a fold over effects, so it says nothing the history does not. It is kept with the engine's
state in the snapshot, its rows in the tables of ``storage`` are copies for queries, and replay compares both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine import Event
from engine.effects import Effect
from engine.values import Value

#: Fields of a completion that two officers stand for: the first of them, and the absent person the first acted for.
#: The second is the entry's actor. An entry names everybody who stands for it, so that replay knows them too.
FIRST_OFFICER: Final = "task.first_officer"
FIRST_OFFICER_FOR: Final = "task.first_officer_for"


def officers_of(event: Event) -> list[str]:
    """Name everybody who stands for a completion: who signed in, and who they acted for."""
    named = (event.actor, event.on_behalf_of, event.payload.get(FIRST_OFFICER), event.payload.get(FIRST_OFFICER_FOR))
    return [person for person in dict.fromkeys(named) if person is not None]


@dataclass
class Projection:
    """The open side of a case after some entry.

    Attributes:
        tasks: effect ``task_opened`` by address.
        deadlines: record of ``handlers.law.deadlines`` by deadline (``D05#1``), ended ones too.
        timers: due instant by address.
        acts: effect ``act_wanted`` by address.
        waits: effect ``message_waited`` by address.
        completers: ids of those who completed an element, and of those they did it for, by element id.
        outcome: how the case ended, or null.
    """

    tasks: dict[str, Effect] = field(default_factory=dict)
    deadlines: dict[str, Value] = field(default_factory=dict)
    timers: dict[str, str] = field(default_factory=dict)
    acts: dict[str, Effect] = field(default_factory=dict)
    waits: dict[str, Effect] = field(default_factory=dict)
    completers: dict[str, list[str]] = field(default_factory=dict)
    outcome: str | None = None

    @classmethod
    def from_value(cls, value: Mapping[str, Value]) -> "Projection":
        """Read it from the snapshot."""
        return cls(**value)

    def to_value(self) -> dict[str, Value]:
        """Write it for the snapshot."""
        return dict(self.__dict__)

    def apply(self, event: Event, effects: Iterable[Effect]) -> "Changes":
        """Take in what followed from an event.

        Returns:
            what is different now, for the tables.
        """
        limits = sorted({task["deadline"] for task in self.tasks.values() if "deadline" in task})
        before = {limit: self.due(limit) for limit in limits}
        changes = Changes()
        if event.kind == "task_completed" and event.address in self.tasks:
            self._remember_completers(event, changes)
        elif event.kind == "act_answered" and event.address is not None:
            _close(self.acts, changes.acts_wanted, changes.acts_ended, event.address)
        for effect in effects:
            take_in = _TAKE_IN.get(effect["effect"])
            if take_in is not None:
                take_in(self, changes, effect)
        if self.outcome is not None:
            self._tell_no_more(changes)
        changes.tasks_due = self._moved(before, changes.tasks_opened)
        return changes

    def _moved(self, before: Mapping[str, "Due"], opened: Mapping[str, Effect]) -> list[tuple[str, str | None, bool]]:
        """Give the limits whose last day is another now, of those that a task which was open before answers to."""
        standing = {task.get("deadline") for address, task in self.tasks.items() if address not in opened}
        after = {limit: self.due(limit) for limit in before if limit in standing}
        return [(limit, due.on, due.paused) for limit, due in after.items() if due != before[limit]]

    def _tell_no_more(self, changes: "Changes") -> None:
        """Forget the timers of deadlines that run on after the end: an ended case takes no event any more."""
        for address in list(self.timers):
            _close(self.timers, changes.timers_set, changes.timers_cleared, address)

    def due(self, limits: str | None) -> "Due":
        """Tell by when a task is due that answers to some limits, ``D05;D06``: the one that ends next says so."""
        each = [self._due(limit.strip()) for limit in (limits or "").split(";")]
        standing = [due for due in each if due != NOT_DUE]
        return min(standing, key=lambda due: (due.paused, due.on or ""), default=NOT_DUE)

    def _due(self, limit: str) -> "Due":
        """Tell when a limit ends: its newest instance says so."""
        instances = [record for record in self.deadlines.values() if record["limit"] == limit]
        if not instances or instances[-1]["state"] in ("met", "lifted"):
            return NOT_DUE
        newest = instances[-1]
        return Due(newest.get("due_on"), newest["state"] == "suspended")

    def barred(self, task: Effect) -> set[str]:
        """Name the persons who may not complete a task because they completed another."""
        return {person for element in task.get("separate_from", ()) for person in self.completers.get(element, ())}

    def _remember_completers(self, event: Event, changes: "Changes") -> None:
        element = self.tasks[event.address or ""]["element"]
        changes.completed = Completion(element, officers_of(event))
        persons = self.completers.setdefault(element, [])
        persons += [person for person in changes.completed.persons if person not in persons]


@dataclass(frozen=True)
class Completion:
    """That persons completed a task of an element."""

    element: str
    persons: list[str]


@dataclass(frozen=True)
class Due:
    """When a task is due: the day, and whether the limit it comes from stands still."""

    on: str | None
    paused: bool


NOT_DUE = Due(None, paused=False)


@dataclass
class Changes:
    """What one step changed, by the table it concerns; the last word on an address wins.

    ``facts`` names the facts written in any scope; ``own_facts`` those of the case itself, and whether each had been
    written before the step.
    """

    tasks_opened: dict[str, Effect] = field(default_factory=dict)
    tasks_closed: list[str] = field(default_factory=list)
    confirmable_closed: list[str] = field(default_factory=list)
    tasks_due: list[tuple[str, str | None, bool]] = field(default_factory=list)
    deadlines: dict[str, Value] = field(default_factory=dict)
    timers_set: dict[str, str] = field(default_factory=dict)
    timers_cleared: list[str] = field(default_factory=list)
    acts_wanted: dict[str, Effect] = field(default_factory=dict)
    acts_ended: list[str] = field(default_factory=list)
    waits_set: dict[str, Effect] = field(default_factory=dict)
    waits_cleared: list[str] = field(default_factory=list)
    messages: list[Effect] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    own_facts: dict[str, bool] = field(default_factory=dict)
    completed: Completion | None = None


def _open(kept: dict[str, Value], opened: dict[str, Value], address: str, value: Value) -> None:
    kept[address] = value
    opened[address] = value


def _close(kept: dict[str, Value], opened: dict[str, Value], closed: list[str], address: str) -> None:
    """Forget an address. Tables delete what closed before they insert what opened, so the order is kept."""
    kept.pop(address, None)
    opened.pop(address, None)
    closed.append(address)


def _task_closed(projection: Projection, changes: Changes, effect: Effect) -> None:
    address = effect["address"]
    if projection.tasks.get(address, {}).get("officers", 1) > 1:
        changes.confirmable_closed.append(address)
    _close(projection.tasks, changes.tasks_opened, changes.tasks_closed, address)


def _message_sent(_p: Projection, changes: Changes, effect: Effect) -> None:
    changes.messages.append(effect)


def _fact_written(_p: Projection, changes: Changes, effect: Effect) -> None:
    changes.facts.append(effect["name"])
    if "scope" not in effect:
        changes.own_facts.setdefault(effect["name"], "old" in effect)


def _ended(projection: Projection, _c: Changes, effect: Effect) -> None:
    projection.outcome = effect["outcome"]


#: The effects that open or close something; the others (elements entered and left, flows, decisions) tell of the way.
_TAKE_IN = {
    "task_opened": lambda p, c, e: _open(p.tasks, c.tasks_opened, e["address"], e),
    "task_closed": _task_closed,
    "deadline_started": lambda p, c, e: _open(p.deadlines, c.deadlines, e["deadline"], e["value"]),
    "deadline_changed": lambda p, c, e: _open(p.deadlines, c.deadlines, e["deadline"], e["value"]),
    "timer_set": lambda p, c, e: _open(p.timers, c.timers_set, e["address"], e["due_at"]),
    "timer_cleared": lambda p, c, e: _close(p.timers, c.timers_set, c.timers_cleared, e["address"]),
    "act_wanted": lambda p, c, e: _open(p.acts, c.acts_wanted, e["address"], e),
    "act_cancelled": lambda p, c, e: _close(p.acts, c.acts_wanted, c.acts_ended, e["address"]),
    "message_waited": lambda p, c, e: _open(p.waits, c.waits_set, e["address"], e),
    "message_unwaited": lambda p, c, e: _close(p.waits, c.waits_set, c.waits_cleared, e["address"]),
    "message_sent": _message_sent,
    "fact_written": _fact_written,
    "ended": _ended,
}
