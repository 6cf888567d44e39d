"""What the engine promises of the past, each by the name it was promised under."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench.ground
from bench.ground import FORM, OFFICE, Ground
from casework import advance, cases, history, library, search, tasks
from casework.errors import InvalidFormError
from engine import Definition, Event, step
from engine.layout import layout
from engine.model import Facts
from engine.values import Value, ValueRefusedError, encode
from storage import entries

CASES = 200


@pytest.fixture
def ground(sqlite_url: str) -> Iterator[Ground]:
    with bench.ground.prepared(sqlite_url) as made:
        yield made


def a_case(ground: Ground, number: int, **changes: object) -> str:
    case = cases.start(ground.ctx, ground.person, "small", OFFICE, f"token-{number}")
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


def test_a_new_definition_version_leaves_old_cases_identical(ground: Ground) -> None:
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
    case = cases.start(ground.ctx, ground.person, "small", OFFICE, "token-float")
    with pytest.raises(InvalidFormError) as told:
        tasks.complete(ground.ctx, ground.person, case, "small/enter", FORM | {"matter.amount": 80.5})
    assert set(told.value.errors) == {"matter.amount"}


@pytest.mark.parametrize("name", ["王伟", "𠮷野", "㛃", "欧阳娜娜", "买买提·吐尔逊"])
def test_rare_ideographs_and_two_character_names_survive_form_hash_and_search(ground: Ground, name: str) -> None:
    case = a_case(ground, 1, matter__applicant=name)
    shown = cases.view(ground.ctx, ground.person, case, "inbox")
    assert [each.value for each in shown.facts if each.fact.name == "matter.applicant"] == [name]
    assert history.verify(ground.ctx).faults == []
    assert [row.id for row in cases.find(ground.ctx, ground.person, name[:2])] == [case]
    assert search.grams("王伟") == ("王伟",)
    assert history.replay(ground.ctx).identical == 1


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
