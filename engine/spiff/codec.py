"""Where a case's tokens stand, as a small value, and back.

The specification is never stored: the state names specifications of the definition by name. Compaction: what has
ended is left out, for nothing looks back at it; an open task hangs under what keeps it together with others (a host
and its boundary events, a loop and its rounds, a gateway and its events), every other one under the scope.

A task is ``[id, specification, state, data, tasks under it, scope inside it]``, a scope ``[counts, tasks]``.
"""

from typing import Any

from SpiffWorkflow.task import Task

from engine.spiff import purity
from engine.spiff.build import Compiled
from engine.spiff.element import Owner, address_of
from engine.spiff.factbook import Place
from engine.spiff.run import Run
from engine.spiff.scope import Case
from engine.values import Value


def open_case(run: Run, state: dict[str, Value]) -> None:
    """Give a run the tokens of a case: those a state holds, or none yet."""
    purity.begin_step(state.get("next", 1))
    compiled: Compiled = run.compiled
    case = Case(compiled.specs[compiled.main], compiled.specs, deserializing=True)
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
        "deadlines": run.deadlines.held,
    }
    if run.outcome is not None:
        state["outcome"] = run.outcome
    return state


def _write_scope(scope: Any, compact: bool) -> Value:
    tasks = _open_tasks(scope) if compact else [(task, task.children) for task in scope.task_tree.children]
    return [scope.counts, [_write_task(task, under, compact) for task, under in tasks]]


def _open_tasks(scope: Any) -> list[tuple[Any, list[Any]]]:
    """Give the open tasks of a scope with the open tasks each keeps together."""
    kept: dict[int, tuple[Any, list[Any]]] = {}
    for task in scope.unfinished():
        parent = task.parent
        if parent.id in kept:
            kept[parent.id][1].append(task)
            continue
        if isinstance(parent.task_spec, Owner) and parent.task_spec.synthetic:
            kept[parent.id] = (parent, [task])
            continue
        kept[task.id] = (task, [])
    return list(kept.values())


def _write_task(task: Any, under: list[Any], compact: bool) -> Value:
    scope = task.workflow.top_workflow.subprocesses.get(task.id)
    record = [
        task.id,
        task.task_spec.name,
        task._state,
        task.internal_data,
        [_write_task(child, child.children, compact) for child in under],
    ]
    return record if scope is None else [*record, _write_scope(scope, compact)]


def _read_scope(scope: Any, record: Value) -> None:
    counts, tasks = record
    scope.counts = dict(counts)
    for task in tasks:
        _read_task(scope, scope.task_tree, task)
    scope.tasks = dict(sorted(scope.tasks.items()))


def _read_task(scope: Any, parent: Any, record: Value) -> None:
    identity, name, state, data, under, *inside = record
    task = Task(scope, scope.spec.task_specs[name], parent, state=state, id=identity)
    task.internal_data = dict(data)
    for child in under:
        _read_task(scope, task, child)
    if inside:
        inner = scope.top_workflow.create_subprocess(task, task.task_spec.spec)
        inner.begin(address_of(task), task.task_spec.place_inside(task))
        _read_scope(inner, inside[0])

