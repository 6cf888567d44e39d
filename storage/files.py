"""Files, named by the SHA-256 of their bytes, and the rows that tell what they are to a case.

The bytes are written and flushed before any row names them: a row never names a file that a power cut took. A file
without a row is left by an upload that failed, and harmless. A file erased on lawful order keeps its row, which then
says so; its bytes are taken away once that is committed.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import bindparam, select, union

from storage.database import Tx
from storage.errors import FileDamagedError, FileMissingError, FileTooLargeError, ValueFormError
from storage.rows import Upsert, many, one, parameters, run
from storage.tables import document, file, material

#: Media type of a file whose bytes were erased on lawful order.
ERASED: Final = "erased"

_CHUNK: Final = 1 << 20
#: What the name of a file begins with while it is written, and where whole files lie.
_INCOMING: Final = ".incoming-"
_FOLDERS: Final = "[0-9a-f][0-9a-f]"
_NAME_LENGTH: Final = 64
_DIGITS: Final = frozenset("0123456789abcdef")


class FileStore:
    """A folder of files, each under the first two digits of its name.

    Attributes:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, stream: BinaryIO, limit: int) -> tuple[str, int]:
        """Keep what a stream gives; the same bytes again are kept once.

        Args:
            stream: read to its end.
            limit: how many bytes it may have.

        Returns:
            SHA-256 and size in bytes.

        Raises:
            FileTooLargeError: when there is more; nothing of it is kept.
        """
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=_INCOMING)
        try:
            with os.fdopen(handle, "wb") as target:
                sha256, size = _copy(stream, target, limit)
                target.flush()
                os.fsync(target.fileno())
            self._settle(Path(temporary), sha256)
        finally:
            Path(temporary).unlink(missing_ok=True)
        return sha256, size

    def open(self, sha256: str) -> BufferedReader:
        """Open a file to read.

        Raises:
            FileMissingError: when it is not kept.
        """
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise FileMissingError(sha256, "not kept") from error

    def verify(self, sha256: str) -> int:
        """Read a file through and return its size in bytes.

        Raises:
            FileMissingError: when it is not kept.
            FileDamagedError: when its bytes have another hash.
        """
        with self.open(sha256) as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
        if found != sha256:
            raise FileDamagedError(sha256, f"its bytes now have the hash {found}")
        return size

    def erase(self, sha256: str) -> bool:
        """Take a file's bytes away for ever; gives whether they lay here."""
        path = self.path(sha256)
        if not path.exists():
            return False
        path.unlink(missing_ok=True)
        _flush_folder(path.parent)
        return True

    def require(self, sha256: str) -> None:
        """Check that a file lies here, of which a row is about to be committed.

        Raises:
            FileMissingError: its bytes were taken away between their coming and their row.
        """
        if not self.path(sha256).exists():
            raise FileMissingError(sha256, "not kept any more")

    def clear(self, kept: Callable[[str], Container[str]], before: datetime) -> int:
        """Take away every file that is not kept and has not been touched since an instant; gives how many.

        Args:
            kept: names the files kept that begin with two digits; asked for one folder after the other, so that never
                all of them are held at once.
            before: the instant.
        """
        gone = self._clear(self.folder.glob(f"{_INCOMING}*"), (), before)
        return gone + sum(
            self._clear(folder.iterdir(), kept(folder.name), before) for folder in self.folder.glob(_FOLDERS)
        )

    def _clear(self, paths: Iterable[Path], kept: Container[str], before: datetime) -> int:
        old = [path for path in paths if path.name not in kept and _lies_since(path, before)]
        gone = [path for path in old if self._take_away(path, before)]
        for folder in {path.parent for path in gone}:
            _flush_folder(folder)
        return len(gone)

    def _take_away(self, path: Path, before: datetime) -> bool:
        """Take a file away that was old when it was looked at, unless its bytes have come again since."""
        aside = self.folder / f"{_INCOMING}{path.name}"
        try:
            path.replace(aside)
        except FileNotFoundError:  # somebody else took it away, or what came in has its name by now
            return False
        if _lies_since(aside, before):
            aside.unlink(missing_ok=True)
            return True
        aside.replace(path)
        return False

    def names(self) -> Iterator[str]:
        """Go through the names of all files kept, whether a row names them or not."""
        for path in sorted(self.folder.glob(f"{_FOLDERS}/*")):
            yield path.name

    def path(self, sha256: str) -> Path:
        """Tell where a file lies, or would.

        Raises:
            ValueFormError: for a name that is no SHA-256, before it can lead out of the folder.
        """
        if len(sha256) != _NAME_LENGTH or not _DIGITS.issuperset(sha256):
            raise ValueFormError(sha256, "a SHA-256 in hexadecimal")
        return self.folder / sha256[:2] / sha256

    def _settle(self, temporary: Path, sha256: str) -> None:
        path = self.path(sha256)
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            _flush_folder(self.folder)
        temporary.chmod(0o640)
        temporary.replace(path)
        _flush_folder(path.parent)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A kept file.

    Attributes:
        sha256: its name.
        size: in bytes.
        media_type: ``application/pdf``; ``ERASED`` for one whose bytes were erased.
        at: when it was first kept.
    """

    sha256: str
    size: int
    media_type: str
    at: str


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A file somebody handed in to a case.

    Attributes:
        case: id of the case.
        id: of the material in the case.
        sha256: of the file.
        name: as it was handed in.
        kind: what it is, a code.
        at: when it was added.
        by: person's id.
        received_on: legal date of its receipt, or null.
        address: of the task it was handed in with, or null.
    """

    case: str
    id: str
    sha256: str
    name: str
    kind: str
    at: str
    by: str
    received_on: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An official paper made for a case.

    Attributes:
        case: id of the case.
        address: of the act that issued it.
        template: stem of its template.
        title: of the paper.
        sha256: of the file.
        issued_at: when.
        number: official number, or null.
        seal: which seal it bears, or null while unsealed.
        sealed_by: person's id, or null.
        sealed_at: when, or null.
    """

    case: str
    address: str
    template: str
    title: str
    sha256: str
    issued_at: str
    number: str | None = None
    seal: str | None = None
    sealed_by: str | None = None
    sealed_at: str | None = None


_FILE: Final = [file.c[name] for name in FileRow.__slots__]
_MATERIAL: Final = [material.c[name] for name in MaterialRow.__slots__]
_DOCUMENT: Final = [document.c[name] for name in DocumentRow.__slots__]

#: Of a row that stands it changes nothing and locks it all the same: who erases that file waits, or is waited for.
_KEEP: Final = Upsert(file, {"size": file.c.size})
_SHA256: Final = bindparam("_sha256", type_=file.c.sha256.type)
_KEEP_AGAIN: Final = file.update().where(file.c.sha256 == _SHA256, file.c.media_type == ERASED)
_ERASE: Final = file.update().where(file.c.sha256 == _SHA256).values(media_type=ERASED)
_ERASED: Final = select(file.c.sha256).where(file.c.media_type == ERASED).order_by(file.c.sha256).with_for_update()
_HOLDERS: Final = union(
    *(select(table.c.case).where(table.c.sha256 == bindparam("sha256")) for table in (material, document))
)
_REMOVE: Final = material.delete().where(material.c.case == bindparam("_case"), material.c.sha256 == _SHA256)
_GET: Final = select(*_FILE).where(file.c.sha256 == bindparam("sha256", type_=file.c.sha256.type))
_NAMES: Final = select(file.c.sha256).where(file.c.sha256.between(bindparam("first"), bindparam("last")))
_ALL: Final = select(*_FILE).order_by(file.c.sha256).execution_options(yield_per=1000)
_ADD_MATERIAL: Final = material.insert()
_MATERIALS: Final = (
    select(*_MATERIAL).where(material.c.case == bindparam("case")).order_by(material.c.at, material.c.id)
)
_GET_MATERIAL: Final = select(*_MATERIAL).where(material.c.case == bindparam("case"), material.c.id == bindparam("id"))
_ADD_DOCUMENT: Final = Upsert(document)
_DOCUMENTS: Final = (
    select(*_DOCUMENT).where(document.c.case == bindparam("case")).order_by(document.c.issued_at, document.c.address)
)
_GET_DOCUMENT: Final = select(*_DOCUMENT).where(
    document.c.case == bindparam("case"), document.c.address == bindparam("address")
)
_SEAL: Final = document.update().where(
    document.c.case == bindparam("_case"), document.c.address == bindparam("_address"), document.c.sealed_at.is_(None)
)


def keep(tx: Tx, row: FileRow) -> None:
    """Record a file that lies in the store; one already recorded stays as it is, unless it was erased.

    Who erases it waits from here to the end of the transaction: it still has to lie there (``FileStore.require``).
    """
    run(tx, _KEEP(tx), parameters(row))
    run(tx, _KEEP_AGAIN, {"_sha256": row.sha256, "media_type": row.media_type, "at": row.at})


def get(tx: Tx, sha256: str) -> FileRow | None:
    """Read what is known of a file that is kept; null also for one that was erased."""
    found = one(tx, _GET, FileRow, sha256=sha256)
    return None if found is None or found.media_type == ERASED else found


def erase(tx: Tx, case: str, sha256: str) -> None:
    """Record that a case's file is erased: a material is gone, a document stays as one that cannot be read.

    The bytes are taken away when that is committed.
    """
    run(tx, _ERASE, {"_sha256": sha256})
    run(tx, _REMOVE, {"_case": case, "_sha256": sha256})


def erased(tx: Tx) -> list[str]:
    """List the files that are recorded as erased, and hold them so to the end of a writing transaction."""
    return list(tx.connection.scalars(_ERASED))


def holders(tx: Tx, sha256: str) -> set[str]:
    """Name the cases that have a file as a material or a document."""
    return set(tx.connection.scalars(_HOLDERS, {"sha256": sha256}))


def names(tx: Tx, beginning: str) -> set[str]:
    """Name the files recorded whose names begin with some digits."""
    first, last = (beginning.ljust(_NAME_LENGTH, digit) for digit in "0f")
    return set(tx.connection.scalars(_NAMES, {"first": first, "last": last}))


def all_files(tx: Tx) -> Iterator[FileRow]:
    """Go through every file recorded, in the order of their names."""
    for row in tx.connection.execute(_ALL):
        yield FileRow(*row)


def add_material(tx: Tx, row: MaterialRow) -> None:
    """Add a material to a case; its file is recorded before.

    Raises:
        TakenError: when the case has a material of that id.
        UnknownParentError: when the file is not recorded.
    """
    run(tx, _ADD_MATERIAL, parameters(row))


def materials(tx: Tx, case: str) -> list[MaterialRow]:
    """List a case's materials, the oldest first."""
    return many(tx, _MATERIALS, MaterialRow, case=case)


def get_material(tx: Tx, case: str, id: str) -> MaterialRow | None:  # noqa: A002 - its column
    """Read one material."""
    return one(tx, _GET_MATERIAL, MaterialRow, case=case, id=id)


def file_document(tx: Tx, row: DocumentRow) -> None:
    """Add a document to a case; its file is recorded before.

    Raises:
        UnknownParentError: when the file is not recorded.
    """
    run(tx, _ADD_DOCUMENT(tx), parameters(row))


def documents(tx: Tx, case: str) -> list[DocumentRow]:
    """List a case's documents, the oldest first."""
    return many(tx, _DOCUMENTS, DocumentRow, case=case)


def get_document(tx: Tx, case: str, address: str) -> DocumentRow | None:
    """Read one document."""
    return one(tx, _GET_DOCUMENT, DocumentRow, case=case, address=address)


def seal_document(tx: Tx, case: str, address: str, *, seal: str, by: str, at: str) -> bool:
    """Record that a document was sealed.

    Returns:
        Whether it was unsealed until now.
    """
    values = {"_case": case, "_address": address, "seal": seal, "sealed_by": by, "sealed_at": at}
    return run(tx, _SEAL, values).rowcount == 1


def _copy(stream: BinaryIO, target: BinaryIO, limit: int) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise FileTooLargeError("", f"more than {limit} bytes")
        hasher.update(chunk)
        target.write(chunk)
    return hasher.hexdigest(), size


def _lies_since(path: Path, before: datetime) -> bool:
    """Tell whether a file was last touched before an instant; one that is renamed at this moment was not."""
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
