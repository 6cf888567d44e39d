"""One step: tokens moved until every one of them waits.

The loop is the engine's own: ready tasks are run depth first, in the order of the flows that made them; when none is
left, conditions are asked and inclusive gateways looked at; when those do not move either, the step is over.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.decisions import DecisionError
from engine.effects import Effect, ended
from engine.expressions import ExpressionError, compile_expression
from engine.facts import Declarations
from engine.model import Event, Facts, StepError
from engine.spiff.activities import ActTask, EventSubProcess, Repeated, UserTask
from engine.spiff.build import Compiled
from engine.spiff.deadlines import Deadlines
from engine.spiff.diagram import Node
from engine.spiff.element import COMPLETED, READY, WAITING, address_of, place_of
from engine.spiff.events import Catch, EventTrigger, Guard
from engine.spiff.factbook import FactBook, Place
from engine.spiff.gateways import FLOW, InclusiveGateway, Join
from engine.spiff.scope import Case, new_task
from engine.spiff.timers import FOLLOWS, Timers
from engine.values import Value
from handlers.law.basis import Basis
from handlers.law.dates import shanghai_date

#: Elements one step may run; a diagram that circles without waiting stops here.
MOST_ELEMENTS = 10_000

#: What answers from facts, the event's date and how the facts are declared.
Question = Callable[[Mapping[str, Value], date, Declarations | None], Any]


class Run:
    """What one step works with, and everything that followed so far."""

    def __init__(self, compiled: Compiled, state: dict[str, Value], facts: Facts, event: Event, basis: Basis) -> None:
        """Take over where the case stands; ``codec`` gives it its tokens."""
        self.compiled = compiled
        self.event = event
        self.basis = basis
        self.effects: list[Effect] = []
        #: Adds an effect.
        self.tell = self.effects.append
        self.facts = FactBook(facts, event.seq, self.effects, compiled.append_only)
        self.timers = Timers(self, state.get("timers", {}))
        self.deadlines = Deadlines(self, state.get("deadlines", {}), state.get("limits", {}))
        self.outcome: str | None = state.get("outcome")
        self.case: Case
        self.spawned: list[Any] = []
        self._asked = -1

    @cached_property
    def today(self) -> date:
        """The event's date in China."""
        return shanghai_date(self.event.at)

    # --- asking ---

    def ask(self, task: Any, question: Question, place: Place | None = None) -> Any:
        """Put an expression, a script or a decision table to the facts.

        Args:
            task: who asks.
            question: how it answers: its ``evaluate``, ``holds``, ``run`` or ``decide``.
            place: from where the facts are seen, if not from the task.

        Raises:
            StepError: at the task, when there is no answer.
        """
        try:
            return question(self.facts.read(place or place_of(task)), self.today, self.compiled.declarations)
        except ExpressionError as error:
            raise StepError(address_of(task), "expression", str(error)) from error
        except DecisionError as error:
            reason = "no_row" if error.code == "no_row" else "decision"
            raise StepError(address_of(task), reason, str(error)) from error

    def evaluate(self, task: Any, expression: str, place: Place | None = None) -> Value:
        """Give an expression's value as seen from a task, or from another place."""
        return self.ask(task, compile_expression(expression).evaluate, place)

    def holds(self, task: Any, condition: str) -> bool:
        """Tell whether a condition is true as seen from a task."""
        return bool(self.ask(task, compile_expression(condition).holds))

    def text(self, task: Any, expression: str) -> str:
        """Give an expression's value as text, for a correlation key."""
        value = self.evaluate(task, expression)
        if value is None or isinstance(value, bool | list | dict):
            raise StepError(address_of(task), "expression", f"the key {expression!r} is {value!r}")
        return str(value)

    def name_of(self, task: Any) -> str:
        """Give the label of a task's element, for a reason nobody worded."""
        node: Node = task.task_spec.node
        return node.name or node.id

    # --- moving tokens ---

    def open(self, scope: Any) -> None:
        """Arm a scope's event sub-processes and send its first token."""
        root = scope.task_tree
        specs = scope.spec.task_specs
        for spec in self.compiled.triggers(scope.spec.name):
            task = new_task(spec, root)
            if spec.arm(task):
                task._ready()
        for node in self.compiled.first(scope.spec.name):
            task = new_task(specs[node.id], root)
            specs[node.id]._update(task)

    def send(self, task: Any, target: str, flow: str) -> None:
        """Let a token arrive at an element."""
        spec = self.compiled.entry(task.workflow.spec, target)
        child = new_task(spec, task)
        child.internal_data[FLOW] = flow
        spec._update(child)

    def drain(self) -> None:
        """Run until every token waits."""
        count = 0
        ready: deque[Any] = deque()
        while True:
            ready.extendleft(reversed(self._take_spawned()))
            if ready:
                count += 1
                if count > MOST_ELEMENTS:
                    raise StepError(address_of(ready[0]), "engine", f"more than {MOST_ELEMENTS} elements in one step")
                self.execute(ready.popleft())
            elif not (self._ask_conditions() or self._ask_inclusive()):
                return

    def _take_spawned(self) -> list[Any]:
        spawned, self.spawned = self.spawned, []
        return spawned

    def execute(self, task: Any) -> None:
        """Run one ready task; one that was cancelled meanwhile is passed over."""
        if task._state != READY:
            return
        done = task.task_spec._run(task)
        if task._state != READY:
            return
        if done:
            task.complete()
        else:
            task._set_state(TaskState.STARTED)

    def fire(self, task: Any) -> None:
        """Let an event come now, before anything that is ready: what it cancels must not run."""
        task._set_state(READY)
        self.execute(task)

    def _ask_conditions(self) -> bool:
        if not self.compiled.has_conditions or self._asked == self.facts.writes:
            return False
        self._asked = self.facts.writes
        conditions = [task for task in self.waiting(Catch) if task.task_spec.node.trigger.kind == "conditional"]
        # All are asked before any is heard: what the first leads to may make the others false again.
        held = [task for task in conditions if task.task_spec.condition_holds(task)]
        for task in held:
            if task._state == WAITING:
                self.fire(task)
        return bool(held)

    def _ask_inclusive(self) -> bool:
        if not self.compiled.has_inclusive:
            return False
        for task in self.waiting(InclusiveGateway):
            token = task.task_spec.ready_group(task.workflow)
            if token is not None:
                token._ready()
                return True
        return False

    def scopes(self) -> list[Any]:
        """Give every scope that runs, the case first, in the order they were opened."""
        inner = self.case.subprocesses
        return [self.case, *map(inner.__getitem__, sorted(inner))]

    def unfinished(self) -> list[Any]:
        """Give every task that has not ended."""
        return [task for scope in self.scopes() for task in scope.tasks.values() if task._state < COMPLETED]

    def waiting(self, kind: type) -> list[Any]:
        """Give the waiting tasks of a kind of element."""
        return [task for task in self.unfinished() if task._state == WAITING and isinstance(task.task_spec, kind)]

    def work(self) -> Iterator[str]:
        """Give the addresses of what the case waits for: tasks, acts, timers, messages, conditions."""
        for task in self.unfinished():
            element = task.task_spec
            if isinstance(element, UserTask | ActTask):
                yield address_of(task)
            elif isinstance(element, Catch) and task._state == WAITING and self._can_come(task):
                yield element.wait_address(task)

    def _can_come(self, task: Any) -> bool:
        kind = task.task_spec.node.trigger.kind
        if kind == "timer":
            return task.task_spec.wait_address(task) in self.timers.due
        return kind in {"message", "conditional"}

    def deadlocked(self) -> Any:
        """Give a token at a join in whose scope no other is left to move; null when there is none."""
        for scope in self.scopes() if self.compiled.has_joins else ():
            tokens = [task for task in scope.unfinished() if not _is_trigger(task)]
            if tokens and all(isinstance(task.task_spec, Join) and task._state == WAITING for task in tokens):
                return tokens[0]
        return None

    # --- ending ---

    def alive(self, scope: Any) -> bool:
        """Tell whether a scope still runs."""
        if scope is self.case:
            return self.outcome is None
        return self.case.subprocesses.get(scope.parent_task_id) is scope

    def settle(self, scope: Any) -> None:
        """End a scope when no token is left in it."""
        if self.alive(scope) and all(_is_trigger(task) for task in scope.unfinished()):
            self.end(scope, "completed")

    def end(self, scope: Any, outcome: str) -> None:
        """End a scope at once: what still waits in it is given up, and its activity goes on."""
        self.cancel_all(scope)
        if scope is self.case:
            self.outcome = outcome
            self.tell(ended(outcome))
        else:
            owner = self.owner(scope)
            owner._set_state(READY)
            self.spawned.append(owner)

    def owner(self, scope: Any) -> Any:
        """Give the task of the sub-process whose scope it is."""
        found = next(s for s in self.scopes() if scope.parent_task_id in s.tasks)
        return found.tasks[scope.parent_task_id]

    def cancel(self, task: Any) -> None:
        """Give up a task with everything inside it."""
        if task._state >= COMPLETED:
            return
        for child in task.children:
            self.cancel(child)
        scope = self.case.subprocesses.get(task.id)
        if scope is not None:
            self.cancel_all(scope)
            del self.case.subprocesses[task.id]
        task._set_state(TaskState.CANCELLED)
        task.task_spec.give_up(task)

    def cancel_all(self, scope: Any, but: Any = None) -> None:
        """Give up everything in a scope."""
        scope.epoch += 1
        for task in scope.unfinished():
            if task is not but:
                self.cancel(task)

    # --- errors, escalations, signals ---

    def signal(self, name: str | None) -> None:
        """Let a signal reach every event of the case that waits for it."""
        for task in self.waiting(Catch):
            trigger = task.task_spec.node.trigger
            if trigger.kind == "signal" and trigger.name == name and task._state == WAITING:
                self.fire(task)

    def escalate(self, scope: Any, code: str | None) -> None:
        """Let an escalation reach the nearest scope round it that waits for it; without any nothing happens."""
        found = self._catcher(scope, "escalation", code)
        if found is not None:
            self.fire(found)

    def fail(self, task: Any, code: str) -> bool:
        """Let an activity end in an error, caught on its border or round it; without any nothing happens.

        Returns:
            Whether anything catches it.
        """
        found = self._on_border(task, "error", code) or self._catcher(task.workflow, "error", code)
        if found is not None:
            self.fire(found)
        return found is not None

    def throw_error(self, task: Any, code: str | None) -> None:
        """Let an error reach the nearest scope round it that catches it; uncaught in the case itself, it ends it."""
        found = self._catcher(task.workflow, "error", code)
        if found is not None:
            self.fire(found)
        elif self._is_of_case(task.workflow):
            self.end(self.case, f"error:{code}" if code else "error")
        else:
            raise StepError(address_of(task), "uncaught_error", f"nothing catches the error {code}")

    def _is_of_case(self, scope: Any) -> bool:
        """Tell whether a scope is the case's own, or that of an event sub-process of the case, which is part of it."""
        if scope is self.case:
            return True
        owner = self.owner(scope)
        return isinstance(owner.task_spec, EventSubProcess) and self._is_of_case(owner.workflow)

    def cancel_transaction(self, task: Any) -> None:
        """Let the cancellation of a transaction reach its boundary event."""
        found = None if task.workflow is self.case else self._on_border(self.owner(task.workflow), "cancel", None)
        if found is None:
            raise StepError(address_of(task), "uncaught_error", "the cancellation has no boundary event")
        self.fire(found)

    def _catcher(self, scope: Any, kind: str, code: str | None) -> Any:
        """Find what catches, from a scope outwards: an event sub-process of it, else an event on its activity's border.

        An event sub-process does not catch what comes from inside it: that goes on outside (BPMN 2.0.2, 13.5.4).
        """
        inside: Node | None = None
        while True:
            triggers = [t for t in scope.unfinished() if _is_trigger(t) and t.task_spec.sub_process is not inside]
            found = _matching(triggers, kind, code)
            if found is not None or scope is self.case:
                return found
            owner = self.owner(scope)
            found = self._on_border(owner, kind, code)
            if found is not None:
                return found
            inside, scope = owner.task_spec.node, owner.workflow

    @staticmethod
    def _on_border(host: Any, kind: str, code: str | None) -> Any:
        """Find what catches on the border of an activity, of which the host may be one round."""
        if isinstance(host.parent.task_spec, Repeated):
            host = host.parent
        if not isinstance(host.parent.task_spec, Guard):
            return None
        return _matching([t for t in host.parent.children if t is not host], kind, code)

    # --- following deadlines ---

    def follow(self, limit: str) -> None:
        """Move the timers that follow a deadline of a limit."""
        if limit not in self.compiled.followed:
            return
        for task in self.waiting(Catch):
            if task.internal_data.get(FOLLOWS, [None])[0] == limit:
                self.timers.follow(task, task.task_spec.wait_address(task))


def _is_trigger(task: Any) -> bool:
    return isinstance(task.task_spec, EventTrigger) and task._state == WAITING


def _matching(tasks: list[Any], kind: str, code: str | None) -> Any:
    """Choose the event of a kind that names the code, else the one that names none."""
    found = [t for t in tasks if t._state == WAITING and t.task_spec.node.trigger.kind == kind]
    exact = [t for t in found if t.task_spec.node.trigger.code == code]
    general = [t for t in found if t.task_spec.node.trigger.code is None]
    return next(iter(exact + general), None)
