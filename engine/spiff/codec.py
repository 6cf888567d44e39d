"""Where a case's tokens stand, as a small value, and back.

The specification is never stored: the state names specifications of the definition by name. Compaction: what has
ended is left out, for nothing looks back at it; an open task hangs under what keeps it together with others (a host
and its boundary events, a loop and its rounds, a gateway and its events), every other one under the scope.

A task is ``[id, id of the task it hangs under, specification, state, data, scope inside it]``, a scope is ``[counts,
tasks]``.
"""

from typing import Any

from engine.spiff import purity
from engine.spiff.build import Compiled
from engine.spiff.element import address_of
from engine.spiff.events import Guard
from engine.spiff.factbook import Place
from engine.spiff.run import Run
from engine.spiff.scope import Case, new_task
from engine.values import Value

#: In place of a parent's id: the task hangs under the scope itself.
NO_PARENT = 0


def open_case(run: Run, state: dict[str, Value]) -> None:
    """Give a run the tokens of a case: those a state holds, or none yet."""
    purity.begin_step(state.get("next", 1))
    compiled: Compiled = run.compiled
    case = Case(compiled.specs[compiled.main], compiled.specs)
    case.run = run
    run.case = case
    case.begin(compiled.definition.procedure, Place())
    if "case" in state:
        _read_scope(case, state["case"])


def save(run: Run, *, compact: bool = True) -> dict[str, Value]:
    """Write where a case stands.

    Args:
        run: a step that is over.
        compact: whether what has ended is left out; false is for tests that show it makes no difference.
    """
    state: dict[str, Value] = {
        "next": purity.next_id(),
        "case": _write_scope(run.case, compact),
        "timers": run.timers.due,
        "deadlines": run.deadlines.kept(),
        "limits": run.deadlines.started,
    }
    if run.outcome is not None:
        state["outcome"] = run.outcome
    return state


def _write_scope(scope: Any, compact: bool) -> Value:
    tasks = _open_tasks(scope) if compact else [t for t in scope.tasks.values() if t is not scope.task_tree]
    kept = {task.id for task in tasks}
    return [scope.counts, [_write_task(task, kept, compact) for task in tasks]]


def _open_tasks(scope: Any) -> list[Any]:
    """Give the open tasks of a scope, and what keeps some of them together, in the order they came."""
    open_ = scope.unfinished()
    guards = {t.parent.id: t.parent for t in open_ if isinstance(t.parent.task_spec, Guard)}
    return sorted([*guards.values(), *open_], key=lambda task: task.id)


def _write_task(task: Any, kept: set[int], compact: bool) -> Value:
    parent = task._parent if task._parent in kept else NO_PARENT
    record = [task.id, parent, task.task_spec.name, task._state, task.internal_data]
    scope = task.workflow.run.case.subprocesses.get(task.id)
    return record if scope is None else [*record, _write_scope(scope, compact)]


def _read_scope(scope: Any, record: Value) -> None:
    counts, tasks = record
    scope.counts = dict(counts)
    for identity, parent, name, state, data, *inside in tasks:
        above = scope.tasks[parent] if parent else scope.task_tree
        task = new_task(scope.spec.task_specs[name], above, state, identity)
        task.internal_data = dict(data)
        if inside:
            inner = scope.run.case.create_subprocess(task, task.task_spec.spec)
            inner.begin(address_of(task), task.task_spec.place_inside(task))
            _read_scope(inner, inside[0])
