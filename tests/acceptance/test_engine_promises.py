"""What the engine promises of the past, each by the name it was promised under."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench.ground
from bench.ground import FORM, OFFICE, Ground
from casework import advance, cases, documents, history, library, opening, tasks
from casework.errors import InvalidFormError
from engine import Definition, Event, step
from engine.layout import layout
from engine.model import Facts
from engine.values import Value, ValueRefusedError, encode
from handlers.law.sources import Source
from handlers.rule import Given, rule
from storage import definitions, entries
from storage.definitions import PublicationRow
from tests.builders import an_application
from tests.pdf import words

CASES = 200


@pytest.fixture
def ground(sqlite_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(sqlite_url) as made:
        yield made


def a_case(ground: Ground, number: int, **changes: object) -> str:
    case = opening.start(ground.ctx, ground.person, "small", OFFICE, f"token-{number}")
    given = FORM | {"matter.amount": number} | {name.replace("__", "."): value for name, value in changes.items()}
    tasks.complete(ground.ctx, ground.person, case, "small/enter", given)
    if number % 3:
        tasks.complete(ground.ctx, ground.person, case, "small/check", {"matter.agreed": number % 2 == 0})
    return case


def mirrored(xml: str) -> str:
    """Turn a drawing upside down: every y is taken from ten thousand."""
    return re.sub(r'\by="(-?\d+(?:\.\d+)?)"', lambda found: f'y="{10_000 - round(float(found[1]))}"', xml)


def test_a_layout_only_edit_changes_nothing(ground: Ground) -> None:
    recorded = [a_case(ground, number) for number in range(CASES)]
    ctx = ground.ctx
    with ctx.database.reading() as tx:
        _name, before = library.current_definition(ctx, tx, "small")
        drawn = layout(before.files["small.bpmn"])
        assert mirrored(drawn) != drawn
        edited = Definition("small", {**before.files, "small.bpmn": mirrored(drawn)}, before.rules)
        assert edited.hash != before.hash
        for case in recorded:
            rows = [row for row in entries.read(tx, case) if advance.is_move(row)]
            state: Value = None
            facts: Facts = {"": {}}
            for row in rows:
                event, effects = advance.read_event(tx, row)
                made = step(edited, state, facts, event, advance.surroundings(ctx, tx, row)[1])
                state, facts = made.state, made.facts
                assert encode(made.effects) == encode(effects)


def test_a_changed_shipped_definition_is_a_proposal_and_leaves_old_cases_identical(ground: Ground) -> None:
    ctx = ground.ctx
    old = [a_case(ground, number) for number in range(6)]
    path = ctx.processes / "small.bpmn"
    changed = path.read_text(encoding="utf-8").replace("matter.amount * 2", "matter.amount * 3")
    path.write_text(changed, encoding="utf-8")
    states = {each.procedure: each.state for each in library.import_shipped(ctx)}
    assert states["small"] == "proposed", "a changed shipped definition is a proposal until two people publish it"
    again = history.replay(ctx)
    assert (again.identical, again.diverged) == (len(old), [])


def test_decimals_are_exact_and_floats_refused(ground: Ground) -> None:
    with pytest.raises(ValueRefusedError):
        encode({"matter.amount": 1.5})
    case = opening.start(ground.ctx, ground.person, "small", OFFICE, "token-float")
    with pytest.raises(InvalidFormError) as told:
        tasks.complete(ground.ctx, ground.person, case, "small/enter", FORM | {"matter.amount": 80.5})
    assert set(told.value.errors) == {"matter.amount"}


@rule("promise.weigh@1", reads=("matter.amount",), writes=("matter.weight",), law=(Source("工伤保险条例", "17"),))
def weigh_1(given: Given) -> dict[str, Value]:
    """Weigh as the rule was first published."""
    return {"matter.weight": given.fact("matter.amount") * 2}


@rule("promise.weigh@2", reads=("matter.amount",), writes=("matter.weight",), law=(Source("工伤保险条例", "17"),))
def weigh_2(given: Given) -> dict[str, Value]:
    """Weigh as the rule was corrected, beside the old one."""
    return {"matter.weight": given.fact("matter.amount") * 3}


def weighed_by(ground: Ground, version: str) -> None:
    """Let the procedure name a version of the rule, and take it into the library."""
    path = ground.ctx.processes / "small.bpmn"
    named = (
        f'<spiffworkflow:properties><spiffworkflow:property name="rule" value="{version}" /></spiffworkflow:properties>'
    )
    told = re.sub(
        r"<bpmn:(?:script|service)Task id=\"weigh\".*?</bpmn:(?:script|service)Task>",
        '<bpmn:serviceTask id="weigh" name="计算"><bpmn:extensionElements>' + named + "</bpmn:extensionElements>"
        "<bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:serviceTask>",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    path.write_text(told, encoding="utf-8")
    proposed = {each.procedure: each.hash for each in library.import_shipped(ground.ctx)}["small"]
    at = ground.ctx.now()
    with ground.ctx.database.writing() as tx:
        row = PublicationRow("small", "1900-01-02", at, proposed, by="a", confirmed_by="b", provenance="shipped")
        definitions.publish(tx, row)


def weight_of(ground: Ground, case: str) -> object:
    shown = cases.view(ground.ctx, ground.person, case, "inbox")
    return next(each.value for each in shown.facts if each.fact.name == "matter.weight")


def test_a_new_rule_version_leaves_old_cases_identical(ground: Ground) -> None:
    weighed_by(ground, "promise.weigh@1")
    old = [a_case(ground, number) for number in range(1, 5)]
    weighed_by(ground, "promise.weigh@2")
    new = a_case(ground, 7)
    assert [weight_of(ground, case) for case in old] == [2, 4, 6, 8]
    assert weight_of(ground, new) == 21
    again = history.replay(ground.ctx)
    assert (again.identical, again.diverged) == (5, [])


@pytest.fixture
def recognition(sqlite_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(sqlite_url, content=bench.ground.PROCESSES) as made:
        yield made


@pytest.mark.parametrize("name", ["王伟", "龚䶮", "𬬻𬱖", "𠮷田", "欧阳娜娜", "买买提·吐尔逊"])
def test_rare_ideographs_and_two_character_names_survive_form_hash_pdf_and_search(
    recognition: Ground, name: str
) -> None:
    ctx, person = recognition.ctx, recognition.person
    case = opening.start(ctx, person, "recognition", OFFICE, "token")
    address = cases.view(ctx, person, case, "task").tasks[0][0].address
    given = an_application(worker__name=name)
    tasks.keep_draft(ctx, person, case, address, given)
    assert name in words(documents.preview(ctx, person, case, address))
    tasks.complete(ctx, person, case, address, given)
    shown = cases.view(ctx, person, case, "inbox")
    assert [each.value for each in shown.facts if each.fact.name == "worker.name"] == [name]
    assert history.verify(ctx).faults == []
    assert [row.id for row in cases.find(ctx, person, name[:2])] == [case]
    assert history.replay(ctx).identical == 1


def test_a_step_reads_no_clock(ground: Ground) -> None:
    with ground.ctx.database.reading() as tx:
        _name, definition = library.current_definition(ground.ctx, tx, "small")
        _hash, basis = library.newest_basis(ground.ctx, tx)
    opened = Event(1, "opened", "1999-01-01T00:00:00.000000Z", "system:test")
    one, other = (step(definition, None, {"": {}}, opened, basis) for _ in range(2))
    assert encode([one.state, one.facts, one.effects]) == encode([other.state, other.facts, other.effects])


def test_shipped_content_is_read_from_its_own_folder_only(ground: Ground, tmp_path: Path) -> None:
    shutil.copytree(ground.ctx.processes, tmp_path / "processes")
    assert library.sources(tmp_path / "processes") == library.sources(ground.ctx.processes)
