"""SpiffWorkflow's workflows, as the engine uses them: a case, and the scopes of sub-processes inside it.

The library's own predictions, end join and data are not used: they cost most of its time, and what they decide
(which branch merges, which value wins) depends on the drawing or is wrong in loops. A scope here is a flat set of
tasks; it is over when no token is left in it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.diagram import Container
from engine.spiff.factbook import Place
from engine.spiff.purity import next_id

#: Name of the specification every scope's tree hangs under; no element id may hold a parenthesis.
ROOT = "(root)"

#: Id of that task in every scope; the library gives its own from 1.
ROOT_ID = -1


class ScopeSpec(BpmnProcessSpec):
    """The specification of one process or sub-process."""

    def __init__(self, name: str, container: Container) -> None:
        """Make an empty one; ``build`` adds the elements."""
        WorkflowSpec.__init__(self, name=name)
        self.container = container
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
        self.bpmn_start_events: list[Any] = []


def new_task(spec: Any, parent: Any, state: int = TaskState.FUTURE, identity: int | None = None) -> Any:
    """Make a task under another, in its scope.

    The library's constructor looks its parent up again for each thing it does to it; a step makes many tasks.
    """
    task = _task(parent.workflow, spec, state, identity or next_id())
    task._parent = parent.id
    parent._children.append(task.id)
    return task


class _Token(Task):
    """A task without data, which facts stand for, and without what the library keeps for logs and threads."""

    data: Mapping[str, Any] = MappingProxyType({})
    triggered = False
    thread_id = 0
    last_state_change = 0

    def _ready(self) -> None:
        """Be run next; the library asks first whether it has ended, which no caller of ours makes ready."""
        self._state = TaskState.READY
        self.task_spec._on_ready(self)


def _task(scope: Any, spec: Any, state: int, identity: int) -> Any:
    task = _Token.__new__(_Token)
    task.id, task.workflow, task.task_spec, task._state = identity, scope, spec, state
    task._parent, task._children, task.internal_data = None, [], {}
    scope.tasks[identity] = task
    return task


class _Tokens:
    """What a case and the scopes in it have in common."""

    #: Address of the process or sub-process.
    address: str
    #: Where its elements read and write facts.
    place: Place
    #: How often each element has been reached.
    counts: dict[str, int]
    #: How often everything in it was cancelled.
    epoch: int = 0
    #: The step that is being taken.
    run: Any
    spec: ScopeSpec
    tasks: dict[int, Any]

    def begin(self, address: str, place: Place) -> None:
        """Stand at an address with nothing entered yet."""
        self.address, self.place, self.counts = address, place, {}
        self.task_tree = _task(self, self.spec.task_specs[ROOT], TaskState.COMPLETED, ROOT_ID)

    def unfinished(self) -> list[Any]:
        """Give every task that has not ended, in the order they came."""
        return [task for task in self.tasks.values() if task._state < TaskState.COMPLETED]

    def _task_completed_notify(self, task: Any) -> None:
        """Do nothing: the run asks whether a scope is over, and nothing is polled."""


class Scope(_Tokens, BpmnSubWorkflow):
    """A sub-process, event sub-process or called process that runs."""

    def __init__(self, spec: ScopeSpec, parent_task_id: int, case: "Case") -> None:
        """Make one without tokens; the library's constructor would make and predict some."""
        self.spec, self.parent_task_id, self.top_workflow, self.run = spec, parent_task_id, case, case.run
        self.tasks = {}
        self.data: dict[str, Any] = {}
        self.completed, self.success, self.last_task = False, True, None


class _NoScripts:
    """Stands in for the library's script engine: it would hand texts to ``eval`` and ``exec``."""


class Case(_Tokens, BpmnWorkflow):
    """A whole case."""

    def __init__(self, spec: ScopeSpec, specs: dict[str, ScopeSpec]) -> None:
        """Make one without tokens; ``specs`` are those of its sub-processes and called diagrams."""
        super().__init__(spec, specs, script_engine=_NoScripts(), deserializing=True)

    def create_subprocess(self, my_task: Any, spec_name: str) -> Scope:
        """Make the scope of a sub-process's task."""
        scope = Scope(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = scope
        return scope
