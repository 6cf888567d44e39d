"""Every history that was ever recorded runs on the code of today and comes out the same, byte for byte."""

from pathlib import Path

import pytest

from casework import history
from casework.context import Context
from storage import open_database
from storage.files import FileStore
from tests.histories import recording

RECORDED = sorted(recording.HERE.glob("v*/*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_history_still_verifies_and_runs_the_same(path: Path, sqlite_url: str, tmp_path: Path) -> None:
    database = open_database(sqlite_url)
    ctx = Context(database, FileStore(tmp_path / "files"), tmp_path)
    with database.writing() as tx:
        told = recording.put_back(tx, path)
    assert history.verify(ctx).faults == []
    with database.reading() as tx:
        executed = history.execute(ctx, tx, told["case"])
    assert executed.entries == sum(1 for entry in told["entries"] if entry["basis"])
    assert executed.snapshot.projection.outcome == told["outcome"]
    database.close()


def test_there_are_recorded_histories() -> None:
    assert RECORDED
