"""Copies: whole, of one state, from either database into either."""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from storage import Database, backup, cases, entries, files, heartbeats, open_database, restore, timers
from storage.errors import BackupError
from storage.files import FileRow, FileStore
from tests.integration.storage_rows import AT, LATER, a_case, a_hash, a_history, an_entry
from tests.postgres import Server


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def lived_in(database: Database, store: FileStore) -> None:
    """A database with a history, a file and a timer already handed over."""
    a_history(database)
    name, size = store.put(BytesIO("材料".encode()), limit=100)
    with database.writing() as tx:
        files.keep(tx, FileRow(name, size, "text/plain", AT))
        timers.set(tx, "c1", {"D05#1/due": AT})
        timers.mark_handed(tx, timers.due(tx, AT), LATER)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that has no tables yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/restored/anjuan.db"
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.create_database())


def test_a_copy_restored_anywhere_gives_the_same_copy_again(
    database: Database, store: FileStore, empty_url: str, tmp_path: Path
) -> None:
    lived_in(database, store)
    first = backup(database, store, tmp_path / "first")
    assert first.tables["entry"].rows == 3
    elsewhere = FileStore(tmp_path / "elsewhere")
    assert restore(tmp_path / "first", empty_url, elsewhere) == first
    restored = open_database(empty_url)
    with restored.reading() as tx, database.reading() as original:
        assert entries.read(tx, "c1") == entries.read(original, "c1")
        assert entries.leaves(tx, "c1") == entries.leaves(original, "c1")
        assert cases.get(tx, "c1") == cases.get(original, "c1")
        assert [elsewhere.verify(row.sha256) for row in files.all_files(tx)] == [6]
        assert [row.handed_at for row in timers.of_case(tx, "c1")] == [None]
    second = backup(restored, elsewhere, tmp_path / "second")
    restored.close()
    differing = [name for name in first.tables if first.tables[name] != second.tables[name]]
    assert differing == ["timer"]  # its jobs are gone, so its mark is too


def test_a_copy_is_of_one_state_while_others_write(database: Database, store: FileStore, tmp_path: Path) -> None:
    lived_in(database, store)

    class Writing(FileStore):
        def open(self, sha256: str):  # type: ignore[no-untyped-def]
            with database.writing() as tx:
                a_case(tx, "c2")
                entries.append(tx, an_entry("c2"))
            return super().open(sha256)

    made = backup(database, Writing(store.folder), tmp_path / "copy")
    assert (made.tables["case"].rows, made.tables["entry"].rows) == (1, 3)


def test_a_database_that_holds_something_is_not_restored_over(
    database: Database, database_url: str, store: FileStore, tmp_path: Path
) -> None:
    lived_in(database, store)
    backup(database, store, tmp_path / "copy")
    with pytest.raises(BackupError, match="database_not_empty"):
        restore(tmp_path / "copy", database_url, FileStore(tmp_path / "elsewhere"))
    assert list(FileStore(tmp_path / "elsewhere").names()) == []
    with pytest.raises(BackupError, match="folder_not_empty"):
        backup(database, store, tmp_path / "copy")


def test_a_database_with_any_row_is_not_restored_over(sqlite_url: str, store: FileStore, tmp_path: Path) -> None:
    database = open_database(sqlite_url)
    backup(database, store, tmp_path / "copy")
    with database.writing() as tx:
        heartbeats.beat(tx, "worker-1", AT)
    database.close()
    with pytest.raises(BackupError, match="heartbeat"):
        restore(tmp_path / "copy", sqlite_url, store)


def cut_a_table(copy: Path) -> None:
    """Lose the end of a table."""
    path = copy / "tables" / "entry.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-20])


def forge_a_row(copy: Path) -> None:
    """Change what an entry says."""
    path = copy / "tables" / "entry.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b'"zhang"', b'"wang"')))


def lose_a_table(copy: Path) -> None:
    """Lose a table."""
    (copy / "tables" / "leaf.jsonl.gz").unlink()


def change_a_file(copy: Path) -> None:
    """Change a file's bytes."""
    next(iter((copy / "files").glob("??/*"))).write_bytes(b"forged")


def lose_a_file(copy: Path) -> None:
    """Lose a file that a row names."""
    next(iter((copy / "files").glob("??/*"))).unlink()


def cut_the_manifest(copy: Path) -> None:
    """Leave of the manifest what is still JSON."""
    (copy / "manifest.json").write_bytes(b'{"format": 1, "tables": []}')


def lose_the_manifest(copy: Path) -> None:
    """Stop before the end."""
    (copy / "manifest.json").unlink()


def make_it_of_the_future(copy: Path) -> None:
    """Write a format this release does not know."""
    path = copy / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))


@pytest.mark.parametrize(
    "damage",
    [
        cut_a_table,
        forge_a_row,
        lose_a_table,
        change_a_file,
        lose_a_file,
        cut_the_manifest,
        lose_the_manifest,
        make_it_of_the_future,
    ],
)
def test_a_damaged_copy_is_refused_and_nothing_restored(
    sqlite_url: str, store: FileStore, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    database = open_database(sqlite_url)
    lived_in(database, store)
    backup(database, store, tmp_path / "copy")
    database.close()
    damage(tmp_path / "copy")
    url = f"sqlite:///{tmp_path}/restored.db"
    with pytest.raises(BackupError):
        restore(tmp_path / "copy", url, FileStore(tmp_path / "elsewhere"))
    if (tmp_path / "restored.db").exists():
        restored = open_database(url)
        with restored.reading() as tx:
            assert cases.ids(tx) == []
        restored.close()


def test_a_file_that_is_missing_makes_no_copy(database: Database, store: FileStore, tmp_path: Path) -> None:
    with database.writing() as tx:
        files.keep(tx, FileRow(a_hash(5), 10, "text/plain", AT))
    with pytest.raises(BackupError):
        backup(database, store, tmp_path / "copy")
    assert not (tmp_path / "copy" / "manifest.json").exists()
