"""Materials: files somebody handed in to a case."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import uuid_utils

import storage.files
import storage.reads
from casework import advance, desk, erasing, people, reading
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotFoundError, RefusedError
from casework.kept import one_line
from engine.values import Value
from storage import Tx
from storage.entries import EntryRow
from storage.errors import FileTooLargeError
from storage.files import FileRow, MaterialRow

LARGEST: Final = 20 * 1024 * 1024
LONGEST_NAME: Final = 200

#: Media types that are taken, with the bytes their files begin with; the browser's word is not believed.
SIGNATURES: Final[dict[str, tuple[bytes, ...]]] = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
    "audio/mpeg": (b"ID3", b"\xff\xfb"),
    "video/mp4": (b"\x00\x00\x00",),
}
#: How the names of such files end, if they do. A name is what the file is opened by once it was downloaded.
SUFFIXES: Final[dict[str, frozenset[str]]] = {
    "application/pdf": frozenset({".pdf"}),
    "image/jpeg": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "image/png": frozenset({".png"}),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": frozenset({".docx"}),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": frozenset({".xlsx"}),
    "audio/mpeg": frozenset({".mp3"}),
    "video/mp4": frozenset({".mp4"}),
}


@dataclass(frozen=True)
class Opened:
    """A material that is read: its row, and the stream of its bytes."""

    material: MaterialRow
    media_type: str
    stream: BinaryIO


def add(  # noqa: PLR0913 - a file and what is said of it, each given by name
    ctx: Context, person: str, case_id: str, stream: BinaryIO, *, name: str, media_type: str, kind: str, token: str
) -> MaterialRow:
    """Keep a file as a material of a case.

    Args:
        ctx: the surroundings.
        person: id of who adds it.
        case_id: of the case.
        stream: of its bytes, read to the end.
        name: as it was handed in.
        media_type: one of ``SIGNATURES``.
        kind: what it is.
        token: of the form, so that a second click adds nothing; another file chosen in it is another material.

    Raises:
        RefusedError: too large, empty, of a type not taken, not of the type it or its name says, too many words, no
            token, or the same form called the same file something else before.
        NotAllowedError: the person only reads the case, or is recused from it.
        NotFoundError: no such case, or not theirs to see.
    """
    key = desk.key(token)
    plain = one_line(PurePosixPath(name.replace("\\", "/")).name)
    _require_words(plain, media_type, kind)
    # The gate comes before the bytes: nobody fills the store through a case that is not theirs.
    with ctx.database.writing() as tx:
        me, case = reading.open_for(ctx, tx, person, case_id, "material")
        people.require_hand(tx, me, case)
    try:
        sha256, size = ctx.files.put(stream, LARGEST)
    except FileTooLargeError as error:
        raise RefusedError("file_too_large", limit=LARGEST) from error
    _require_signature(ctx, sha256, size, media_type)
    at = ctx.now()
    words: dict[str, Value] = {
        "material.sha256": sha256,
        "material.name": plain,
        "material.kind": kind,
        "material.size": size,
        "material.media_type": media_type,
    }
    told = Arrival("material_added", person, f"{key}:{sha256}", None, words)
    with ctx.database.writing() as tx:
        case = advance.lock(tx, case_id)
        known = desk.made_before(tx, case_id, told)
        if known is not None:
            return _added(tx, known)
        row = MaterialRow(case_id, str(uuid_utils.uuid7()), sha256, plain, kind, at, person)
        storage.files.keep(tx, FileRow(sha256, size, media_type, at))
        ctx.files.require(sha256)
        storage.files.add_material(tx, row)
        advance.record(tx, case, replace(told, payload={**words, "material.id": row.id}), at, desk.personal)
    return row


def _added(tx: Tx, entry: EntryRow) -> MaterialRow:
    """Give the material an entry added.

    Raises:
        NotFoundError: it was erased on lawful order.
    """
    event, _effects = advance.read_event(tx, entry)
    row = storage.files.get_material(tx, entry.chain, event.payload["material.id"])
    if row is None:
        raise NotFoundError("material_erased", material=event.payload["material.id"])
    return row


def _require_words(name: str, media_type: str, kind: str) -> None:
    """Refuse what is said of a file before it is read.

    Raises:
        RefusedError: its name is none or too long, its type not taken or not that of its name, its kind too long.
    """
    if not name.strip(".") or len(name) > LONGEST_NAME:
        raise RefusedError("file_name", limit=LONGEST_NAME)
    if len(kind) > LONGEST_NAME:
        raise RefusedError("invalid_form")
    if media_type not in SIGNATURES:
        raise RefusedError("file_type", media_type=media_type)
    if PurePosixPath(name).suffix.lower() not in {"", *SUFFIXES[media_type]}:
        raise RefusedError("file_content", media_type=media_type)


def _require_signature(ctx: Context, sha256: str, size: int, media_type: str) -> None:
    with ctx.files.open(sha256) as kept:
        beginning = kept.read(16)
    if size == 0 or not beginning.startswith(SIGNATURES[media_type]):
        raise RefusedError("file_content", media_type=media_type)


def read(ctx: Context, person: str, case_id: str, material: str) -> Opened:
    """Open a material for a person who may see its case; that it was opened is logged.

    Raises:
        NotFoundError: no such material, not theirs to see, or erased on lawful order.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "material")
        row = storage.files.get_material(tx, case_id, material)
        if row is None:
            gone = erasing.is_erased(tx, case_id, material)
            raise NotFoundError("material_erased" if gone else "material_unknown", material=material)
        reading.log_file(ctx, tx, person, case_id, row.sha256)
        kept = storage.files.get(tx, row.sha256)
    if kept is None:
        raise NotFoundError("material_unknown", material=material)
    return Opened(row, kept.media_type, ctx.files.open(row.sha256))
