"""The drawing says nothing: real cases run the same on their diagrams turned upside down, branches and all."""

import re
from pathlib import Path

import pytest

from casework import advance
from casework.context import Context
from engine import Definition, step
from engine.model import Facts
from engine.values import Value, encode
from storage import entries, open_database
from storage.files import FileStore
from tests.histories import recording

RECORDED = sorted(recording.HERE.glob("v1/*.json"))

#: More than the height of any drawing.
BELOW = 100_000


def upside_down(definition: Definition) -> Definition:
    """Mirror every diagram: each y is taken from below, so that what stood first stands last."""
    drawn = re.compile(r'\by="(-?\d+(?:\.\d+)?)"')
    files = {
        path: drawn.sub(lambda found: f'y="{BELOW - round(float(found[1]))}"', text) if path.endswith(".bpmn") else text
        for path, text in definition.files.items()
    }
    assert files != definition.files
    return Definition(definition.procedure, files, definition.rules)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_real_case_runs_the_same_on_its_diagrams_turned_upside_down(
    path: Path, sqlite_url: str, tmp_path: Path
) -> None:
    database = open_database(sqlite_url)
    ctx = Context(database, FileStore(tmp_path / "files"), tmp_path)
    turned: dict[str, Definition] = {}
    state: Value = None
    facts: Facts = {"": {}}
    with database.writing() as tx:
        told = recording.put_back(tx, path)
        rows = [row for row in entries.read(tx, told["case"]) if advance.is_move(row)]
        for row in rows:
            definition, basis = advance.surroundings(ctx, tx, row)
            mirrored = turned.get(definition.hash) or turned.setdefault(definition.hash, upside_down(definition))
            event, effects = advance.read_event(tx, row)
            made = step(mirrored, state, facts, event, basis)
            state, facts = made.state, made.facts
            assert encode(made.effects) == encode(effects)
    database.close()
    assert len(rows) > 1
