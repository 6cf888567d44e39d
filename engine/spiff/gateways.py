"""Gateways: where tokens choose, split, wait for each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.effects import flow_taken, left
from engine.model import StepError
from engine.spiff.diagram import Container, Flow
from engine.spiff.element import ENTERED, PART, WAITING, Element, address_of, run_of
from engine.spiff.scope import new_task

#: Key in ``internal_data`` of a token at a join: the flow it came by.
FLOW = "f"


class ExclusiveGateway(Element):
    """Sends a token along the first flow whose condition holds."""

    def taken(self, task: Any) -> Sequence[Flow]:
        """Choose one flow: the first that holds, in the order the gateway itself lists them."""
        flows = self.node.outgoing
        if len(flows) <= 1 and not self.has_conditions:
            return flows
        default = None
        for flow in self.node.listed:
            if flow.id == self.node.default:
                default = flow
            elif self.holds(task, flow):
                return [flow]
        if default is None:
            raise StepError(address_of(task), "no_path", "no condition holds and there is no default flow")
        return [default]


class Join(Element):
    """Waits for tokens on its incoming flows.

    Tokens form groups: one takes the earliest group that has none of its flow yet, so that a join in a loop, or one
    that several tokens reach on one flow, pairs them in the order they came. The group's last token goes on; the
    others end in it.
    """

    def arrive(self, task: Any) -> bool:
        """Join a group; go on when it is complete."""
        if len(self.node.incoming) <= 1:
            self.enter(task)
            return True
        flow = task.internal_data[FLOW]
        waiting = self.waiting(task.workflow)
        wanting = (part for part, group in waiting.items() if all(t.internal_data[FLOW] != flow for t in group))
        group = next(wanting, None)
        if group is None:
            self.enter(task)
        else:
            task.internal_data |= {PART: group, ENTERED: 1}
        task._set_state(WAITING)
        return self.complete(task, [*waiting.get(group or "", []), task])

    def waiting(self, scope: Any) -> dict[str, list[Any]]:
        """Give the tokens that wait here, by group, in the order they came."""
        groups: dict[str, list[Any]] = {}
        for task in scope.unfinished():
            if task.task_spec is self and task._state == WAITING:
                groups.setdefault(task.internal_data[PART], []).append(task)
        return groups

    def complete(self, task: Any, group: list[Any]) -> bool:
        """Tell whether every flow has brought a token to a group; if so end its others."""
        if len(group) < len(self.node.incoming):
            return False
        self.merge(task, group)
        return True

    def merge(self, task: Any, group: list[Any]) -> None:
        """End the other tokens of a group in silence: they go on in this one."""
        for other in group:
            if other is not task:
                other._set_state(TaskState.COMPLETED)

    def give_up(self, task: Any) -> None:
        """Tell it once for a group."""
        first = self.waiting(task.workflow).get(task.internal_data[PART])
        if first is None:
            super().give_up(task)


class ParallelGateway(Join):
    """Goes on when every incoming flow has brought a token; leaves by every flow."""


class InclusiveGateway(Join):
    """Goes on when no token can still come; leaves by every flow whose condition holds.

    Whether one can still come is asked when nothing else can move (``ready_group``). A token counts that can reach an
    incoming flow without a token, be it by an event on a border, and that cannot go on by its own flows to one that
    has a token, both without passing this gateway.
    """

    def ready_group(self, scope: Any) -> Any:
        """Give the token to go on with, if a group waits for nobody."""
        for group in self.waiting(scope).values():
            held = {token.internal_data[FLOW] for token in group}
            empty = set(self.node.incoming) - held
            # What is only waited for, on a border or behind an event gateway, is no token.
            others = [t for t in scope.unfinished() if t.task_spec is not self and ENTERED in t.internal_data]
            if not any(self._may_come(scope.spec.container, t, empty, held) for t in others):
                self.merge(group[-1], group)
                return group[-1]
        return None

    def _may_come(self, container: Container, token: Any, empty: set[str], held: set[str]) -> bool:
        start, join = token.task_spec.node.id, self.node.id
        return bool(
            reachable(container, container.successors, start, join) & empty
            and not reachable(container, container.onward, start, join) & held
        )


def reachable(container: Container, graph: Mapping[str, Sequence[str]], start: str, join: str) -> set[str]:
    """Give the incoming flows of a join that a token can come by without passing it."""
    found: set[str] = set()
    seen: set[str] = set()
    open_ = [start]
    while open_:
        node_id = open_.pop()
        if node_id in seen or node_id == join or node_id not in container.nodes:
            continue
        seen.add(node_id)
        found |= {flow.id for flow in container.nodes[node_id].outgoing if flow.target == join}
        open_ += graph[node_id]
    return found


class EventGateway(Element):
    """Waits for the first of the events behind it."""

    def arrive(self, task: Any) -> bool:
        """Arm every event behind it; the token stays here until one comes."""
        self.enter(task)
        task._set_state(TaskState.STARTED)
        for flow in self.node.outgoing:
            event = new_task(task.workflow.spec.task_specs[flow.target], task)
            event.internal_data[FLOW] = flow.id
            if event.task_spec.arm(event):
                event._ready()
        return False

    def chosen(self, task: Any, event: Any) -> None:
        """Hear which event came: the others are given up."""
        run = run_of(task)
        for other in task.children:
            if other is not event:
                run.cancel(other)
        task._set_state(TaskState.COMPLETED)
        run.tell(left(address_of(task)))
        run.tell(flow_taken(event.internal_data[FLOW], task.workflow.address))
