"""An auditor's copy on a medium nobody can write: its histories are proved all the same."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import app
import casework.jobs  # noqa: F401 - loaded while we may read where Python lies: nobody may not
import reports
import storage.heartbeats
from storage import Database, open_database
from storage.errors import ReadOnlyError
from tests.errand import an_office

NOBODY = 65534
PROOFS = [("verify",), ("replay", "--all"), ("case", "list"), ("definitions", "list")]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a person whom the modes of files hold; root they do not."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def copy(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a database of two cases, ``copy.db``, and its ``files``."""
    database = open_database(sqlite_url)
    office = an_office(database, tmp_path)
    office.done()
    office.registered()
    database.close()
    # Not below pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(tmp_path / "anjuan.db", folder / "copy.db")
        shutil.copytree(tmp_path / "files", folder / "files")
        monkeypatch.setenv("ANJUAN_DATABASE_URL", f"sqlite:///{folder}/copy.db")
        monkeypatch.setenv("ANJUAN_FILES", str(folder / "files"))
        # Without a secret of its own, and where none can be made.
        monkeypatch.delenv("ANJUAN_IDENTITY_KEY", raising=False)
        monkeypatch.setattr(app, "ROOT", folder)
        reports.table()
        yield folder
        folder.chmod(0o700)


def locked(folder: Path, *, mode: int = 0o555) -> None:
    """Let nobody write what lies in a folder, nor the folder unless its mode says otherwise."""
    for each in folder.iterdir():
        each.chmod(0o555 if each.is_dir() else 0o444)
    folder.chmod(mode)


@contextmanager
def in_use(folder: Path) -> Iterator[Database]:
    """Let a server have the database open, something it wrote still in its log."""
    database = open_database(f"sqlite:///{folder}/copy.db")
    with database.writing() as tx:
        storage.heartbeats.beat(tx, "server", "2026-11-22T00:00:00.000000Z")
    assert (folder / "copy.db-wal").stat().st_size > 0
    yield database
    database.close()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with as_nobody():
        assert app.main([*arguments, "--language", "en"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    return told.err.strip()


@pytest.mark.parametrize("arguments", PROOFS, ids=" ".join)
@pytest.mark.parametrize("mode", [0o555, 0o777], ids=["in a folder nobody writes", "in a folder everybody writes"])
def test_a_copy_nobody_can_write_is_proved_and_left_as_it_is(copy: Path, arguments: tuple[str, ...], mode: int) -> None:
    locked(copy, mode=mode)
    with as_nobody():
        assert app.main([*arguments]) == 0
    assert sorted(each.name for each in copy.iterdir()) == ["copy.db", "files"]


def test_a_file_anybody_may_write_is_proved_in_a_folder_nobody_may(copy: Path) -> None:
    locked(copy)
    (copy / "copy.db").chmod(0o666)
    with as_nobody():
        assert app.main(["verify"]) == 0


@pytest.mark.parametrize("arguments", PROOFS, ids=" ".join)
def test_a_database_in_use_by_its_server_is_proved_by_somebody_who_only_reads(
    copy: Path, arguments: tuple[str, ...]
) -> None:
    with in_use(copy):
        locked(copy)
        with as_nobody():
            assert app.main([*arguments]) == 0


def test_a_copy_taken_half_way_is_refused_with_what_to_do(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with in_use(copy):
        wal = (copy / "copy.db-wal").read_bytes()
    (copy / "copy.db-wal").write_bytes(wal)
    locked(copy)
    assert refused(capsys, "verify") == (
        f"refused: {copy}/copy.db cannot be written, and what stands in copy.db-wal is not yet taken into it: "
        "copy both into a folder that can be written"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("worker",),
        ("demo",),
        ("user", "add", "somebody", "--name", "x", "--password", "long enough"),
        ("case", "open", "errand", "--office", "530102", "--by", "wang"),
        ("db", "upgrade"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_what_would_write_into_it_is_refused_in_one_line(
    copy: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJUAN_IDENTITY_KEY", "k" * 32)
    locked(copy)
    assert refused(capsys, *arguments) in (
        f"refused: {copy}/copy.db cannot be written",
        "refused: The database cannot be used: attempt to write a readonly database",
    )


def test_a_write_to_it_is_refused_before_it_is_tried(copy: Path) -> None:
    locked(copy)
    with as_nobody():
        database = open_database(f"sqlite:///{copy}/copy.db")
        with pytest.raises(ReadOnlyError), database.writing():
            pytest.fail("a database that cannot be written was opened to be written")
        database.close()


def test_a_file_somebody_writes_while_it_is_read_is_refused_and_not_half_believed(copy: Path) -> None:
    locked(copy)
    with as_nobody():
        database = open_database(f"sqlite:///{copy}/copy.db")
    (copy / "copy.db").chmod(0o600)
    copy.chmod(0o700)
    with pytest.raises(ReadOnlyError, match="read_only_changed"), database.reading(), in_use(copy):
        pass
    database.close()


def test_it_can_be_copied_on(copy: Path) -> None:
    locked(copy)
    with tempfile.TemporaryDirectory() as target:
        Path(target).chmod(0o777)
        with as_nobody():
            assert app.main(["backup", f"{target}/again"]) == 0
        assert Path(target, "again", "manifest.json").is_file()
