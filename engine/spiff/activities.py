"""Activities: tasks, sub-processes, called diagrams, and the loops round them."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.effects import act_cancelled, act_wanted, decided, task_closed, task_opened
from engine.expressions import compile_script
from engine.model import StepError
from engine.spiff.diagram import Loop, Node
from engine.spiff.element import ENTERED, INDEX, PART, READY, Element, Owner, address_of, place_of, run_of
from engine.spiff.factbook import Place
from engine.spiff.scope import new_task
from engine.values import Value
from handlers.law.basis import OfficeUnknownError
from handlers.rule import Given, RuleError, find

#: More rounds than any lawful case needs; a wrong cardinality must not fill the inbox.
MOST_INSTANCES = 1_000

#: What ``office`` says for the city bureau that the case's own office belongs to, and the fact that names the latter.
CITY, OFFICE_FACT = "city", "case.office"

#: What a rule may fail with: it refuses, or it was given what its author did not think of.
_RULE_FAILURES = (RuleError, ArithmeticError, LookupError, TypeError, ValueError)


class PlainTask(Element):
    """A task of no type: passed through."""


class UserTask(Element):
    """Work for a person: waits until a person completes it."""

    def _on_ready(self, my_task: Any) -> None:
        settings = self.node.properties
        form = settings.get("form")
        run_of(my_task).tell(
            task_opened(
                address_of(my_task),
                element=self.node.id,
                role=self.node.role,
                form=f"forms/{form}.json" if form else None,
                office=self._office(my_task),
                deadline=settings.get("deadline") or None,
                separate_from=_listed(settings.get("separate_from", "")),
                officers=int(settings.get("officers") or 1),
            )
        )

    def _office(self, task: Any) -> str | None:
        """Find the office the task is for, where it is not the case's own; one nobody knows would hide the task."""
        named = self.node.properties.get("office")
        if not named:
            return None
        run = run_of(task)
        try:
            if named == CITY:
                return run.basis.city_bureau(run.facts.value("", OFFICE_FACT))
            office: str | None = run.facts.read(place_of(task)).get(named)
            if office is not None:
                run.basis.office(office)
        except OfficeUnknownError as error:
            raise StepError(address_of(task), "office", f"{named}: {error}") from error
        return office

    def finish(self, task: Any) -> None:
        """Close the task before anything follows from it."""
        run_of(task).tell(task_closed(address_of(task), "completed"))
        super().finish(task)

    def give_up(self, task: Any) -> None:
        """Take it out of the inbox."""
        run_of(task).tell(task_closed(address_of(task), "cancelled"))
        super().give_up(task)


class ManualTask(UserTask):
    """Work done without a form: somebody says that it is done."""


class ScriptTask(Element):
    """Lines ``fact = expression``."""

    def perform(self, task: Any) -> bool:
        """Write what the lines say."""
        run = run_of(task)
        place = place_of(task)
        for name, value in run.ask(task, compile_script(self.node.script).run, place).items():
            run.facts.write(place, name, value)
        return True


class RuleTask(Element):
    """A service task that names a rule: it runs inside the step."""

    def perform(self, task: Any) -> bool:
        """Write what the rule finds."""
        run = run_of(task)
        place = place_of(task)
        name = self.node.properties["rule"]
        try:
            found = find(name)(Given(facts=run.facts.read(place), today=run.today, basis=run.basis))
        except _RULE_FAILURES as error:
            raise StepError(address_of(task), "rule", f"{name}: {type(error).__name__}: {error}") from error
        for fact in sorted(found):
            run.facts.write(place, fact, found[fact])
        return True


class ActTask(Element):
    """A service task that names an act: it is wanted, and waits for its answer."""

    def perform(self, task: Any) -> None:
        """Want the act; its inputs are the properties ``act.<name>``."""
        run = run_of(task)
        given = {
            name.removeprefix("act."): run.evaluate(task, expression)
            for name, expression in sorted(self.node.properties.items())
            if name.startswith("act.")
        }
        run.tell(act_wanted(address_of(task), self.node.properties["act"], given))

    def give_up(self, task: Any) -> None:
        """Wait for the act no longer."""
        run_of(task).tell(act_cancelled(address_of(task)))
        super().give_up(task)


class DecisionTask(Element):
    """A business rule task: reads a decision table."""

    def perform(self, task: Any) -> bool:
        """Write what the rows that fired say."""
        run = run_of(task)
        place = place_of(task)
        name = self.node.properties["decision"]
        outputs, rows = run.ask(task, run.compiled.decision(name).decide, place)
        run.tell(decided(address_of(task), name, rows))
        for fact in sorted(outputs):
            run.facts.write(place, fact, outputs[fact])
        return True


class SubProcess(Element):
    """An embedded sub-process: done when no token is left in it."""

    def __init__(self, spec: Any, node: Node, name: str | None = None, *, scope: str) -> None:
        """Add it; ``scope`` names the specification of what it holds."""
        super().__init__(spec, node, name)
        self.spec = scope

    def arrive(self, task: Any) -> bool:
        """Start what it holds."""
        self.enter(task)
        self.open(task)
        return False

    def open(self, task: Any) -> None:
        """Make its scope and send a token from its start event."""
        run = run_of(task)
        task._set_state(TaskState.STARTED)
        scope = task.workflow.top_workflow.create_subprocess(task, self.spec)
        scope.begin(address_of(task), self.place_inside(task))
        run.open(scope)

    def place_inside(self, task: Any) -> Place:
        """Tell where the elements inside read and write facts."""
        return place_of(task)

    def perform(self, task: Any) -> bool:
        """Be done: the scope is over."""
        del task.workflow.top_workflow.subprocesses[task.id]
        return True


class EventSubProcess(SubProcess):
    """A sub-process that an event starts beside or instead of what runs round it."""

    def leave(self, task: Any) -> None:
        """End here: no flow leaves an event sub-process."""
        run_of(task).settle(task.workflow)


class CallActivity(SubProcess):
    """A called diagram: facts of its own, given and given back by name."""

    def open(self, task: Any) -> None:
        """Write the inputs into the called diagram's facts, then start it."""
        run = run_of(task)
        for name, expression in self._exchanged("in."):
            run.facts.write(self.place_inside(task), name, run.evaluate(task, expression))
        super().open(task)

    def place_inside(self, task: Any) -> Place:
        """Give the called diagram's own scope."""
        return Place(address_of(task))

    def perform(self, task: Any) -> bool:
        """Write its outputs into the caller's facts."""
        self._give_back(task, "out.")
        return super().perform(task)

    def give_up(self, task: Any) -> None:
        """Write what is kept of it though it was cut off."""
        if ENTERED in task.internal_data:
            self._give_back(task, "keep.")
        super().give_up(task)

    def _give_back(self, task: Any, prefix: str) -> None:
        run = run_of(task)
        for name, expression in self._exchanged(prefix):
            run.facts.write(place_of(task), name, run.evaluate(task, expression, self.place_inside(task)))

    def _exchanged(self, prefix: str) -> list[tuple[str, str]]:
        settings: Mapping[str, str] = self.node.properties
        return [(name.removeprefix(prefix), settings[name]) for name in sorted(settings) if name.startswith(prefix)]


class Repeated(Owner):
    """A loop: keeps the rounds of its activity together until the last is done."""

    synthetic = False

    def __init__(self, spec: Any, node: Node, loop: Loop, body: str) -> None:
        """Add it under the activity's id; ``body`` names the specification of one round."""
        super().__init__(spec, node)
        self.loop = loop
        self.body = body
        # Deadlines belong to the rounds.
        self.orders = ()

    def start_round(self, task: Any, index: int) -> None:
        """Begin one round; its address is the loop's with the index."""
        round_ = new_task(task.workflow.spec.task_specs[self.body], task)
        round_.internal_data[PART] = f"{task.internal_data[PART]}[{index}]"
        if self.loop.is_multi_instance:
            round_.internal_data[INDEX] = index
        round_.task_spec._update(round_)

    def over(self, task: Any) -> None:
        """Go on: every round that is wanted is done."""
        task._set_state(READY)
        run_of(task).spawned.append(task)


class MultiInstance(Repeated):
    """One round for each of a number asked once, at the same time or one after the other."""

    #: Keys in ``internal_data``: rounds wanted, rounds done.
    WANTED, DONE = "w", "d"

    def arrive(self, task: Any) -> bool:
        """Ask how many, and start all rounds or the first."""
        self.enter(task)
        wanted = self._wanted(task)
        task.internal_data |= {self.WANTED: wanted, self.DONE: 0}
        task._set_state(TaskState.STARTED)
        if wanted == 0:
            task._set_state(TaskState.FUTURE)
            return True
        for index in range(wanted if self.loop.kind == "parallel" else 1):
            self.start_round(task, index)
        return False

    def _wanted(self, task: Any) -> int:
        count: Value = run_of(task).evaluate(task, self.loop.count)
        if type(count) is not int or not 0 <= count <= MOST_INSTANCES:
            raise StepError(address_of(task), "expression", f"the number of rounds is {count!r}")
        return count

    def released(self, task: Any, member: Any) -> None:
        """Count a round; stop the others when the completion condition holds."""
        member.task_spec.finish_round(member)
        done = task.internal_data[self.DONE] = task.internal_data[self.DONE] + 1
        condition = self.loop.condition
        if condition is not None and run_of(task).holds(task, condition):
            for other in [child for child in task.children if child is not member]:
                run_of(task).cancel(other)
            self.over(task)
        elif done == task.internal_data[self.WANTED]:
            self.over(task)
        elif self.loop.kind == "sequential":
            self.start_round(task, done)


class StandardLoop(Repeated):
    """Again while a condition holds, asked before or after each round."""

    DONE = "d"

    def arrive(self, task: Any) -> bool:
        """Start the first round, unless the condition is asked before and does not hold."""
        self.enter(task)
        task.internal_data[self.DONE] = 0
        if self.loop.test_before and not self._again(task):
            return True
        task._set_state(TaskState.STARTED)
        self.start_round(task, 0)
        return False

    def _again(self, task: Any) -> bool:
        if self.loop.maximum is not None and task.internal_data[self.DONE] >= self.loop.maximum:
            return False
        return self.loop.condition is None or run_of(task).holds(task, self.loop.condition)

    def released(self, task: Any, member: Any) -> None:
        """Start the next round or go on."""
        member.task_spec.finish_round(member)
        task.internal_data[self.DONE] += 1
        if self._again(task):
            self.start_round(task, task.internal_data[self.DONE])
        else:
            self.over(task)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
