"""Events: what a case waits for, and what it tells.

A catching event is armed when its timer is set or its message waited for, fires when that comes, and only then is
entered, unless a token stands on it. A boundary event is armed together with its host and given up when the host is
done; the trigger of an event sub-process is armed together with the scope it stands in.
"""

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.effects import message_sent, message_unwaited, message_waited
from engine.spiff.diagram import Node
from engine.spiff.element import ENTERED, PART, WAITING, Element, Owner, address_of, number, run_of
from engine.spiff.gateways import EventGateway
from engine.spiff.scope import new_task
from engine.spiff.timers import LEFT

#: Key in ``internal_data`` of a waiting event: the correlation key of its message.
KEY = "k"
#: Whether its condition has held since it last fired.
HELD = "h"

#: What can come any number of times while a non-interrupting event stands.
_LASTING = frozenset({"message", "signal", "escalation", "conditional"})


class StartEvent(Element):
    """Where a scope's first token stands; what starts the scope has happened already."""


class Catch(Element):
    """An intermediate catching event or receive task."""

    def arrive(self, task: Any) -> bool:
        """Let the token wait."""
        self.enter(task)
        return self.arm(task)

    def arm(self, task: Any) -> bool:
        """Begin to wait; tell whether what is waited for is there already."""
        number(task, self.node.id)
        task._set_state(WAITING)
        kind = self.node.trigger.kind
        if kind == "timer":
            run_of(task).timers.arm(task, self.wait_address(task))
        elif kind == "message":
            self._await_message(task)
        elif kind == "conditional":
            return self.condition_holds(task)
        return kind in {"link", "none"}

    def _await_message(self, task: Any) -> None:
        expression = self.node.properties.get("key") or self.node.trigger.properties.get("key")
        key = run_of(task).text(task, expression) if expression else None
        if key is not None:
            task.internal_data[KEY] = key
        run_of(task).tell(message_waited(self.wait_address(task), self.node.trigger.name or "", key))

    def condition_holds(self, task: Any) -> bool:
        """Tell whether a condition has come true: one that held before must first cease to."""
        holds = bool(run_of(task).holds(task, self.node.trigger.expression))
        if not holds:
            task.internal_data.pop(HELD, None)
        return holds and HELD not in task.internal_data

    def disarm(self, task: Any) -> None:
        """Wait no longer."""
        run = run_of(task)
        if self.node.trigger.kind == "timer":
            run.timers.clear(self.wait_address(task))
        elif self.node.trigger.kind == "message":
            run.tell(message_unwaited(self.wait_address(task)))

    def wait_address(self, task: Any) -> str:
        """Give the address its timer or message is known by."""
        return address_of(task)

    def perform(self, task: Any) -> bool:
        """Go on: what was waited for has come."""
        self.disarm(task)
        owner = task.parent
        if isinstance(owner.task_spec, EventGateway) and owner._state == TaskState.STARTED:
            owner.task_spec.chosen(owner, task)
        elif self._comes_again(task):
            self.arm_again(task)
        if ENTERED not in task.internal_data:
            self.enter(task)
        return True

    def _comes_again(self, task: Any) -> bool:
        remaining: int | None = task.internal_data.get(LEFT, 1)
        return remaining is None or remaining > 1

    def arm_again(self, task: Any) -> None:
        """Wait for the next one beside the token that goes on."""
        again = new_task(self, task.parent)
        remaining = task.internal_data.get(LEFT, 1)
        if LEFT in task.internal_data:
            again.internal_data[LEFT] = None if remaining is None else remaining - 1
        if self.node.trigger.kind == "conditional":
            again.internal_data[HELD] = 1
        self.arm(again)

    def give_up(self, task: Any) -> None:
        """Wait no longer: its scope is gone."""
        self.disarm(task)
        super().give_up(task)


class BoundaryEvent(Catch):
    """An event on the border of an activity."""

    def perform(self, task: Any) -> bool:
        """Cancel the host, or stand ready for the next one."""
        self.disarm(task)
        self.enter(task)
        run = run_of(task)
        if self.node.interrupting:
            for other in task.parent.children:
                if other is not task:
                    run.cancel(other)
        elif self._comes_again(task):
            self.arm_again(task)
        return True

    def _comes_again(self, task: Any) -> bool:
        return self.node.trigger.kind in _LASTING or super()._comes_again(task)


class Guard(Owner):
    """Keeps a host and its boundary events together."""

    def arrive(self, task: Any) -> bool:
        """Arm the boundary events, then let the host be entered."""
        specs = task.workflow.spec.task_specs
        task._set_state(TaskState.COMPLETED)
        for name in self.node.boundary:
            event = new_task(specs[name], task)
            if event.task_spec.arm(event):
                event._ready()
        host = new_task(specs[self.node.id], task)
        host.internal_data.update(task.internal_data)
        host.task_spec._update(host)
        return False

    def released(self, task: Any, member: Any) -> None:
        """Give the boundary events up and let the host's token go on."""
        for event in task.children:
            run_of(task).cancel(event)
        member.task_spec.leave(member)


class EventTrigger(Catch):
    """The start event of an event sub-process, waiting in the scope round it."""

    synthetic = True

    def __init__(self, spec: Any, node: Node, sub_process: Node) -> None:
        """Add it; ``node`` is the start event."""
        super().__init__(spec, node, trigger_name(sub_process))
        self.sub_process = sub_process

    def arm(self, task: Any) -> bool:
        """Begin to wait under the address the sub-process will have."""
        number(task, self.sub_process.id)
        return super().arm(task)

    def wait_address(self, task: Any) -> str:
        """Give the address of the start event inside."""
        return f"{address_of(task)}/{self.node.id}"

    def perform(self, task: Any) -> bool:
        """Start the sub-process, instead of everything else in the scope or beside it."""
        self.disarm(task)
        if self.node.interrupting:
            run_of(task).cancel_all(task.workflow, but=task)
        elif self._comes_again(task):
            self.arm_again(task)
        started = new_task(task.workflow.spec.task_specs[self.sub_process.id], task)
        started.internal_data[PART] = task.internal_data[PART]
        started.task_spec._update(started)
        return True

    def _comes_again(self, task: Any) -> bool:
        return self.node.trigger.kind in _LASTING or super()._comes_again(task)

    def finish(self, task: Any) -> None:
        """Tell nothing: the sub-process was entered."""


def trigger_name(sub_process: Node) -> str:
    """Name the specification of an event sub-process's trigger."""
    return f"{sub_process.id}(start)"


class Throw(Element):
    """An intermediate throwing event or send task."""

    def leave(self, task: Any) -> None:
        """Tell it, then go on unless it ended what the token stood in."""
        scope = task.workflow
        before = scope.epoch
        self.throw(task)
        if run_of(task).alive(scope) and scope.epoch == before:
            self.go_on(task)

    def finish_round(self, task: Any) -> None:
        """Tell it once for each round."""
        self.throw(task)

    def throw(self, task: Any) -> None:
        """Tell the message, signal or escalation."""
        run = run_of(task)
        trigger = self.node.trigger
        if trigger.kind == "message":
            self._send(task)
        elif trigger.kind == "signal":
            run.signal(trigger.name)
        elif trigger.kind == "escalation":
            run.escalate(task.workflow, trigger.code)

    def _send(self, task: Any) -> None:
        run = run_of(task)
        settings = self.node.properties
        expression = settings.get("key") or self.node.trigger.properties.get("key")
        payload = {
            name.removeprefix("payload."): run.evaluate(task, settings[name])
            for name in sorted(settings)
            if name.startswith("payload.")
        }
        key = run.text(task, expression) if expression else None
        run.tell(message_sent(address_of(task), self.node.trigger.name or "", key, payload))

    def go_on(self, task: Any) -> None:
        """Leave by the flows, or at the other end of a link."""
        if self.node.trigger.kind != "link":
            super().leave(task)
            return
        for node in task.workflow.spec.container.nodes.values():
            if node.tag == "intermediateCatchEvent" and node.trigger == self.node.trigger:
                run_of(task).send(task, node.id, "")


class EndEvent(Throw):
    """Where a token ends, and what that means for the others."""

    def go_on(self, task: Any) -> None:
        """End the token, the scope, or what an error or cancellation reaches."""
        run = run_of(task)
        scope = task.workflow
        kind = self.node.trigger.kind
        if kind == "terminate":
            run.end(scope, "terminated")
        elif kind == "error":
            run.throw_error(task, self.node.trigger.code)
        elif kind == "cancel":
            run.cancel_transaction(task)
        else:
            run.settle(scope)
