"""Files that are handed in and taken away at the same moment: no row ever names bytes that are gone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from pathlib import Path

import pytest

import storage.files
from casework import history, materials
from storage import Database, Tx, open_database
from storage.errors import BusyError, FileMissingError
from storage.files import FileRow, FileStore, MaterialRow
from tests.errand import Office, an_office

SCAN = b"%PDF-1.7 a scan"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def hand_in(office: Office, case: str) -> MaterialRow:
    return materials.add(
        office.ctx,
        "wang",
        case,
        BytesIO(SCAN),
        name="扫描件.pdf",
        media_type="application/pdf",
        kind="identity",
        token=office.token(),
    )


class TakenMeanwhile(FileStore):
    """A folder from which somebody takes the bytes away between their coming and their row."""

    def open(self, sha256: str) -> BufferedReader:
        """Open a file to read, for the last time."""
        stream = super().open(sha256)
        self.erase(sha256)
        return stream


def test_a_file_whose_bytes_were_taken_away_meanwhile_is_to_be_handed_in_again(office: Office, tmp_path: Path) -> None:
    case = office.registered()
    losing = replace(office.ctx, files=TakenMeanwhile(tmp_path / "files"))
    with pytest.raises(FileMissingError):
        hand_in(Office(losing, office.clock), case)
    with office.ctx.database.reading() as tx:
        assert storage.files.materials(tx, case) == []
    assert hand_in(office, case).name == "扫描件.pdf"
    assert history.verify(office.ctx).faults == []


class PutMeanwhile(datetime):
    """An instant that, when it is asked for, sees the same bytes come again."""

    put: Callable[[], object]

    def timestamp(self) -> float:
        """Tell it, after somebody has put the file."""
        type(self).put()
        return super().timestamp()


def test_bytes_that_come_again_while_they_are_cleared_away_stay(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    sha256, _size = store.put(BytesIO(SCAN), 100)
    os.utime(store.path(sha256), (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    PutMeanwhile.put = lambda: store.put(BytesIO(SCAN), 100)
    assert store.clear(lambda _folder: (), PutMeanwhile(2026, 6, 1, tzinfo=UTC)) == 0
    assert store.verify(sha256) == len(SCAN)
    assert [path.name for path in store.folder.rglob("*") if path.is_file()] == [sha256]


ROW = FileRow("ab" * 32, 10, "application/pdf", "2026-11-20T00:00:00.000000Z")


@pytest.fixture
def database_with_a_file(postgres_url: str) -> Iterator[Database]:
    """One in which two transactions can write at the same moment, as SQLite lets nobody."""
    database = open_database(postgres_url)
    with database.writing() as tx:
        storage.files.keep(tx, ROW)
    yield database
    database.close()


@contextmanager
def in_haste(database: Database) -> Iterator[Tx]:
    """Open a transaction that waits for nobody."""
    with database.writing() as tx:
        tx.connection.exec_driver_sql("SET LOCAL lock_timeout = '20ms'")
        yield tx


def test_who_erases_a_file_waits_for_who_hands_it_in(database_with_a_file: Database) -> None:
    with database_with_a_file.writing() as hands_in:
        storage.files.keep(hands_in, ROW)
        with pytest.raises(BusyError), in_haste(database_with_a_file) as erases:
            storage.files.erase(erases, "case", ROW.sha256)


def test_who_hands_a_file_in_waits_for_who_takes_its_bytes_away(database_with_a_file: Database) -> None:
    with database_with_a_file.writing() as erases:
        storage.files.erase(erases, "case", ROW.sha256)
    with database_with_a_file.writing() as takes_away:
        assert storage.files.erased(takes_away) == [ROW.sha256]
        with pytest.raises(BusyError), in_haste(database_with_a_file) as hands_in:
            storage.files.keep(hands_in, ROW)
