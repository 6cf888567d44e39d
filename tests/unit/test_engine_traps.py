"""What SpiffWorkflow does that we do not rely on: each trap has a test here or in a file named, or cannot be reached.

Elements passed over in silence are refused at publication (``test_check_*``). Of the rest:

- merged and changed data: ``test_engine_step`` (earlier facts stay), ``test_engine_facts`` (lists of instances);
- drawing order: ``test_engine_step`` (mirrored coordinates);
- time and legal dates: ``test_engine_deadlines``;
- messages for somebody else: ``test_engine_facts``, ``test_engine_nested``;
- tokens that never meet: ``test_check_joins``, and a step after which a part of a case could not move:
  ``test_engine_step``;
- loops round parallel blocks, interrupting event sub-processes, boundary messages that fire once:
  ``test_engine_elements``, ``tests/house/test_walker``, ``tests/house/test_random_diagrams``.
"""

import ast
import subprocess
import sys
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow.task as library
from SpiffWorkflow.specs.base import TaskSpec

from engine import Definition, DefinitionRefusedError, Event
from engine.spiff import codec, purity
from engine.spiff.build import Compiled, compiled
from engine.spiff.run import Run
from engine.step import take
from engine.values import encode
from tests.diagrams import AT, BARE, ACase, diagram, end, path, process, script, start, sub, user

ENGINE = Path("engine")


def modules() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text()) for file in sorted(ENGINE.rglob("*.py"))}


def imported(tree: ast.Module) -> set[str]:
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def a_case() -> ACase:
    box = sub("box", start("in"), user("work"), end("out"), path("in", "work", "out"))
    return ACase(start(), script("write", "x.y = 1"), box, end(), path("begin", "write", "box", "done"))


def running(case: ACase) -> Run:
    run = Run(compiled(case.definition), case.state, case.facts, Event(9, "transferred", AT, "u1"), BARE)
    codec.open_case(run, case.state)
    return run


def test_the_library_is_the_version_that_was_tried() -> None:
    assert version("SpiffWorkflow") == "3.2.0"


def test_only_one_folder_knows_the_library() -> None:
    knowing = {file for file, tree in modules().items() if any(n.startswith("SpiffWorkflow") for n in imported(tree))}

    assert {file.parent for file in knowing} == {ENGINE / "spiff"}


@pytest.mark.parametrize(
    "unused",
    ["serializer", "script_engine", "event_definitions", "dmn", "parser", "unstructured_join", "util.event", "diff"],
)
def test_parts_of_the_library_that_go_wrong_are_not_used(unused: str) -> None:
    """Its serializer, scripts, timers, correlation, tables, parser, joins, events, moves (6, 9 to 18, 21 to 27)."""
    for file, tree in modules().items():
        assert not [name for name in imported(tree) if name.startswith("SpiffWorkflow") and unused in name], file


def test_nothing_is_handed_to_eval_or_exec() -> None:
    for file, tree in modules().items():
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"eval", "exec", "compile", "__import__"}, file


def test_tokens_hold_no_data() -> None:
    run = running(a_case().open())

    assert [task.data for scope in run.scopes() for task in scope.tasks.values() if task.data] == []
    assert [scope.data for scope in run.scopes() if scope.data] == []


def test_ids_are_counted_and_time_stands_still() -> None:
    purity.begin_step(7)

    assert [library.uuid4(), library.uuid4()] == [7, 8]
    assert library.time.time() == 0


def test_an_id_never_leaves_the_engine() -> None:
    """A swapped coordinate once turned task 4 into task 5: what leaves is the address."""
    case = a_case().open()
    shifted = dict(case.state) | {"next": case.state["next"] + 100}
    event = Event(2, "task_completed", AT, "u1", None, "p/box/work")

    one = take(case.definition, case.state, case.facts, event, BARE)
    other = take(case.definition, shifted, case.facts, event, BARE)
    assert encode([one.facts, one.effects]) == encode([other.facts, other.effects])


def test_the_specification_is_not_in_the_state() -> None:
    large = a_case()
    assert len(encode(large.open().state)) < 400


def test_nothing_is_predicted() -> None:
    run = running(a_case().open())
    states = {task._state for scope in run.scopes() for task in scope.tasks.values()}

    assert not states & {library.TaskState.MAYBE, library.TaskState.LIKELY, library.TaskState.FUTURE}


def test_what_has_ended_is_dropped_and_what_is_open_is_kept() -> None:
    run = running(a_case().open())
    names = [task.task_spec.name for scope in run.scopes() for task in scope.tasks.values()]

    assert sorted(names) == ["(root)", "(root)", "box", "work"]


def test_every_element_class_says_itself_what_it_does() -> None:
    """None of the library's own hooks is left to run."""
    built = Compiled(a_case().definition)
    own = ("_predict", "_update", "_on_ready", "_run", "_on_complete")
    for spec in built.specs.values():
        for element in spec.task_specs.values():
            assert all(getattr(type(element), hook) is not getattr(TaskSpec, hook) for hook in own)


def test_a_definition_is_built_once() -> None:
    definition = a_case().definition
    same = Definition.from_data(definition.data)

    assert compiled(definition) is compiled(same)


def test_a_definition_of_another_behaviour_is_refused() -> None:
    with pytest.raises(DefinitionRefusedError):
        compiled(Definition("p", a_case().definition.files, behaviour=2))


@pytest.mark.parametrize("text", [diagram(), diagram(process("p", '<bpmn:complexGateway id="g"/>'))])
def test_a_definition_that_cannot_be_built_is_refused_by_name(text: str) -> None:
    with pytest.raises(DefinitionRefusedError) as caught:
        compiled(Definition("p", {"p.bpmn": text}))

    assert caught.value.refusals


def test_the_order_of_hashes_changes_nothing() -> None:
    program = (
        "from random import Random; from hashlib import sha256; from engine.values import encode; "
        "from tests.house.test_walker import Walker, rich; case = rich(); Walker(case, Random(3)).walk([]); "
        "print(sha256(encode([case.history, case.state, case.facts])).hexdigest())"
    )

    def digest(seed: int) -> Any:
        command = [sys.executable, "-c", program]
        environment = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": "."}
        return subprocess.run(command, capture_output=True, check=True, env=environment, text=True).stdout

    assert len({digest(seed) for seed in (1, 2)}) == 1


def test_a_deep_case_is_found_again() -> None:
    """The library's iterator stops at a depth of a thousand (trap 8)."""
    case = a_case().open()
    task: Any = None
    purity.begin_step(1)
    run = running(case)
    numbers = count(1000)
    for _ in range(1500):
        task = library.Task(run.case, run.case.task_tree.task_spec, task or run.case.task_tree, id=next(numbers))
    task._state = library.TaskState.WAITING

    assert task in run.case.unfinished()
