"""The demonstration: whoever signs in finds something to do, and the data fits the forms of today."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casework import demo, history, library
from casework.context import Context
from casework.demo import Loaded
from casework.rows import BadRow, read_rows
from engine.elements import declarations
from engine.model import Definition
from storage import cases, open_database, people, tasks, upgrade
from storage.files import FileStore
from tests.acceptance.recognition_case import definition

PROCESSES = Path(__file__).parents[2] / "processes"
#: A Sunday in another year than the data was written in.
NOW = datetime(2027, 3, 14, 3, 0, tzinfo=UTC)
WORKING = ("intake", "investigator", "reviewer", "approver", "archivist")


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder}/anjuan.db"
    upgrade(url)
    made = Context(open_database(url), FileStore(folder / "files"), PROCESSES, clock=lambda: NOW, identity_key=b"k")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def loaded(ctx: Context) -> Loaded:
    return demo.load(ctx, only_if_empty=True)


def test_every_case_comes_as_far_as_it_should(loaded: Loaded) -> None:
    told = json.loads((demo.FOLDER / "cases.json").read_text(encoding="utf-8"))
    assert loaded.refused == []
    assert loaded.cases == len(told["cases"])


def test_every_role_that_works_finds_something_to_do(ctx: Context, loaded: Loaded) -> None:
    with ctx.database.reading() as tx:
        open_cases = [row.id for row in cases.find(tx, offices=["530102"], state="open", limit=50)]
        roles = {row.role for case in open_cases for row in tasks.of_case(tx, case)}
    assert roles == set(WORKING)
    assert {role for person in loaded.people for office, role in person["roles"] if office == "530102"} > roles


def test_the_demonstration_is_history_like_any_other(ctx: Context, loaded: Loaded) -> None:
    assert history.verify(ctx).faults == []
    replayed = history.replay(ctx)
    assert (replayed.cases, replayed.diverged) == (loaded.cases, [])


def test_every_case_and_person_is_marked_as_invented(ctx: Context, loaded: Loaded) -> None:
    with ctx.database.reading() as tx:
        assert all("示例" in row.title for row in cases.find(tx, offices=None, state=None, limit=50))
        assert all("示例" in row.name for row in people.persons(tx))
        _name, basis = library.newest_basis(ctx, tx)
    assert basis.parameter_set == demo.PARAMETER_SET


def test_loading_it_again_adds_nothing_and_gathers_nothing(ctx: Context, loaded: Loaded) -> None:
    before = history.verify(ctx)
    again = demo.load(ctx, only_if_empty=False)
    assert (again.cases, again.refused) == (0, [])
    assert [each["state"] for each in again.procedures] == ["unchanged"]
    assert demo.load(ctx, only_if_empty=True).procedures == again.procedures
    assert history.verify(ctx) == before


def test_shipped_content_that_changed_is_proposed_when_the_demonstration_is_loaded_again(
    ctx: Context, loaded: Loaded, tmp_path: Path
) -> None:
    changed = Context(ctx.database, ctx.files, tmp_path / "processes", clock=ctx.clock)
    changed.processes.mkdir()
    for path in PROCESSES.rglob("*"):
        copy = changed.processes / path.relative_to(PROCESSES)
        if path.is_dir():
            copy.mkdir(exist_ok=True, parents=True)
        else:
            copy.parent.mkdir(exist_ok=True, parents=True)
            copy.write_bytes(path.read_bytes())
    diagram = changed.processes / "recognition.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace("登记申请", "登记工伤认定申请"), "utf-8")
    states = [demo.load(changed, only_if_empty=True).procedures[0]["state"] for _ in range(2)]
    assert states == ["proposed", "unchanged"]
    assert [each["state"] for each in demo.load(ctx, only_if_empty=True).procedures] == ["unchanged"]


def test_the_example_of_a_file_to_import_fits_the_form_of_today(tmp_path: Path) -> None:
    shipped: Definition = definition()
    rows = list(read_rows(demo.FOLDER / "applications.jsonl", declarations(shipped)))
    assert rows
    assert not any(isinstance(row, BadRow) for row in rows)


def test_days_of_the_demonstration_are_told_from_today(ctx: Context, loaded: Loaded) -> None:
    with ctx.database.reading() as tx:
        opened = [row.opened_at for row in cases.find(tx, offices=None, state=None, limit=50)]
    assert max(opened) <= NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert min(opened) >= (NOW - timedelta(days=60)).strftime("%Y-%m-%d")
