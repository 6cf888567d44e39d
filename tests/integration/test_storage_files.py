"""Files by their hash, and the rows that name them."""

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from storage import Database, files
from storage.errors import FileDamagedError, FileMissingError, FileTooLargeError, UnknownParentError, ValueFormError
from storage.files import DocumentRow, FileRow, FileStore, MaterialRow
from tests.integration.storage_rows import AT, LATER, a_hash, a_history


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def everything_in(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_named_by_its_bytes_and_kept_once(store: FileStore) -> None:
    data = "工伤认定申请表".encode() * 200_000
    name, size = store.put(BytesIO(data), limit=len(data))
    assert (name, size) == (sha256(data).hexdigest(), len(data))
    assert store.put(BytesIO(data), limit=len(data)) == (name, size)
    with store.open(name) as stream:
        assert stream.read() == data
    assert everything_in(store.folder) == [store.path(name)]
    assert list(store.names()) == [name]
    assert store.verify(name) == size


def test_a_file_over_the_limit_leaves_nothing(store: FileStore) -> None:
    with pytest.raises(FileTooLargeError):
        store.put(BytesIO(b"x" * 11), limit=10)
    assert everything_in(store.folder) == []


def test_a_changed_file_is_noticed(store: FileStore) -> None:
    name, _size = store.put(BytesIO(b"original"), limit=100)
    store.path(name).write_bytes(b"forgery!")
    with pytest.raises(FileDamagedError):
        store.verify(name)
    with pytest.raises(FileMissingError):
        store.verify(a_hash(9))


def test_files_no_row_names_are_looked_for_one_folder_after_the_other(store: FileStore, database: Database) -> None:
    (kept, size), *others = (store.put(BytesIO(bytes([n])), limit=1) for n in range(4))
    with database.writing() as tx:
        files.keep(tx, FileRow(kept, size, "application/pdf", AT))
    asked: list[str] = []

    def named(beginning: str) -> set[str]:
        asked.append(beginning)
        with database.reading() as tx:
            return files.names(tx, beginning)

    assert store.clear(named, datetime(9999, 1, 1, tzinfo=UTC)) == len(others)
    assert list(store.names()) == [kept]
    assert sorted(asked) == sorted(name[:2] for name, _size in [(kept, size), *others])


def test_rows_of_files_are_named_by_the_beginning_of_their_names(database: Database) -> None:
    with database.writing() as tx:
        for name in ("a0" + "0" * 62, "a0" + "f" * 62, "a1" + "0" * 62, "9f" + "f" * 62):
            files.keep(tx, FileRow(name, 1, "application/pdf", AT))
        assert files.names(tx, "a0") == {"a0" + "0" * 62, "a0" + "f" * 62}


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "ab" * 31 + "/x", "AB" * 32, "ab" * 31 + "..", "é" * 64])
def test_a_name_that_leads_elsewhere_is_refused(store: FileStore, name: str) -> None:
    with pytest.raises(ValueFormError):
        store.path(name)


def test_rows_tell_what_a_file_is_to_a_case(database: Database) -> None:
    a_history(database)
    material = MaterialRow("c1", "m1", a_hash(5), "诊断证明.pdf", "diagnosis", AT, "zhang", "2026-11-20", "a")
    document = DocumentRow("c1", "recognition/issue", "decision", "认定工伤决定书", a_hash(5), AT, "〔2026〕1号")
    with database.writing() as tx:
        files.keep(tx, FileRow(a_hash(5), 10, "application/pdf", AT))
        files.keep(tx, FileRow(a_hash(5), 10, "application/pdf", LATER))
        files.add_material(tx, material)
        files.file_document(tx, document)
        assert list(files.all_files(tx)) == [FileRow(a_hash(5), 10, "application/pdf", AT)]
        assert files.get(tx, a_hash(6)) is None
        assert files.materials(tx, "c1") == [material]
        assert files.get_material(tx, "c1", "m1") == material
        assert files.documents(tx, "c1") == [document]
    with pytest.raises(UnknownParentError), database.writing() as tx:
        files.add_material(tx, MaterialRow("c1", "m2", a_hash(6), "x", "x", AT, "zhang"))


def test_a_document_is_sealed_once(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        files.keep(tx, FileRow(a_hash(5), 10, "application/pdf", AT))
        files.file_document(tx, DocumentRow("c1", "a", "decision", "x", a_hash(5), AT))
        assert files.seal_document(tx, "c1", "a", seal="city", by="zhang", at=LATER)
        assert not files.seal_document(tx, "c1", "a", seal="other", by="li", at=LATER)
        row = files.get_document(tx, "c1", "a")
        assert row is not None
        assert (row.seal, row.sealed_by, row.sealed_at) == ("city", "zhang", LATER)
