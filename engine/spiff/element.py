"""What every element does: be entered, perform, be left by its flows.

SpiffWorkflow calls ``_update`` when a token arrives, ``_run`` when the task is ready and ``_on_complete`` when it is
done; an element says what happens in ``arrive``, ``perform`` and ``finish``. Nothing is predicted: a task's children
are made when it completes, one for each sequence flow taken, in the order of the flows' ids.
"""

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from engine.effects import cancelled, entered, flow_taken, left
from engine.model import StepError
from engine.spiff.diagram import Flow, Node
from engine.spiff.factbook import Place
from engine.spiff.orders import orders

# Keys of a task's ``internal_data``, short because they are stored with every open task.
#: Last part of its address: ``opinion#2[3]``.
PART = "p"
#: Index of a multi-instance round.
INDEX = "i"
#: Whether ``entered`` has been told.
ENTERED = "e"

READY = TaskState.READY
WAITING = TaskState.WAITING
COMPLETED = TaskState.COMPLETED


class Element(BpmnSpecMixin):
    """An element of a diagram, or one the engine put in (``synthetic``)."""

    synthetic = False

    def __init__(self, spec: Any, node: Node, name: str | None = None) -> None:
        """Add it to a scope's specification under its id, or another name."""
        super().__init__(spec, name or node.id)
        self.node = node
        self.orders = orders(node.properties)
        self.has_conditions = any(flow.condition for flow in node.outgoing)

    # --- what the library calls ---

    def _predict(self, *_: Any, **__: Any) -> None:
        """Predict nothing."""

    def _update(self, my_task: Any) -> None:
        if self.arrive(my_task):
            my_task._ready()

    def _on_ready(self, my_task: Any) -> None:
        run_of(my_task).spawned.append(my_task)

    def _run(self, my_task: Any) -> bool | None:
        return self.perform(my_task)

    def _on_complete(self, my_task: Any) -> None:
        self.finish(my_task)

    # --- what an element says ---

    def arrive(self, task: Any) -> bool:
        """Take a token in; tell whether the task is ready at once."""
        self.enter(task)
        return True

    def perform(self, task: Any) -> bool | None:  # noqa: ARG002 - the elements that do something need it
        """Do the element's work; true when done, null when it goes on outside the engine."""
        return True

    def finish(self, task: Any) -> None:
        """Leave by the flows; inside a loop, report to it instead."""
        run = run_of(task)
        if self.orders:
            run.deadlines.complete(task, self.orders)
        run.tell(left(address_of(task)))
        owner = task.parent.task_spec
        if isinstance(owner, Owner) and owner.node is self.node:
            owner.released(task.parent, task)
        else:
            self.leave(task)

    def finish_round(self, task: Any) -> None:
        """Do what leaving does beside sending tokens on: a round is over, and its loop sends none yet."""

    def leave(self, task: Any) -> None:
        """Send a token along each flow taken; without any the token ends here."""
        run = run_of(task)
        flows = self.taken(task)
        for flow in flows:
            run.tell(flow_taken(flow.id, task.workflow.address))
            run.send(task, flow.target, flow.id)
        if not flows:
            run.settle(task.workflow)

    def taken(self, task: Any) -> Sequence[Flow]:
        """Choose the flows to leave by: those without condition and those whose condition holds.

        The default is taken when no condition holds.
        """
        flows = self.node.outgoing
        if not self.has_conditions:
            return flows
        default = self.node.default
        held = {flow.id for flow in flows if flow.condition and flow.id != default and self.holds(task, flow)}
        chosen = [f for f in flows if f.id in held or (not held if f.id == default else not f.condition)]
        if not chosen:
            raise StepError(address_of(task), "no_path", "no condition holds and there is no default flow")
        return chosen

    def holds(self, task: Any, flow: Flow) -> bool:
        """Tell whether a flow may be taken."""
        return flow.condition is None or run_of(task).holds(task, flow.condition)

    def enter(self, task: Any) -> None:
        """Give the task its address and tell that it was entered."""
        number(task, self.node.id)
        task.internal_data[ENTERED] = 1
        run_of(task).tell(entered(address_of(task)))

    def give_up(self, task: Any) -> None:
        """Tell what ends when the task is cancelled."""
        if ENTERED in task.internal_data:
            run_of(task).tell(cancelled(address_of(task)))


class Owner(Element):
    """A synthetic element whose task keeps others together: a host with its boundary events, a loop."""

    synthetic = True

    def released(self, task: Any, member: Any) -> None:
        """Hear that the activity inside is done."""
        raise NotImplementedError


class Root(Element):
    """What a scope's tasks hang under."""

    synthetic = True


def run_of(task: Any) -> Any:
    """Give the run a task belongs to."""
    return task.workflow.run


def number(task: Any, element: str) -> None:
    """Give a task the last part of its address, counting how often its element was reached in this scope."""
    if PART in task.internal_data:
        return
    counts = task.workflow.counts
    count = counts[element] = counts.get(element, 0) + 1
    task.internal_data[PART] = element if count == 1 else f"{element}#{count}"


def address_of(task: Any) -> str:
    """Give a task's address."""
    return f"{task.workflow.address}/{task.internal_data[PART]}"


def place_of(task: Any) -> Place:
    """Tell where a task reads and writes facts."""
    place: Place = task.workflow.place
    index = task.internal_data.get(INDEX)
    if index is not None:
        return place.inside(run_of(task).compiled.written_in(task.workflow.spec.name, task.task_spec.node), index)
    return place
