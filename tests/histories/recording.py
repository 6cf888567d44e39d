"""Writing cases of a database as histories that are kept, and putting them back into another database."""

import base64
import json
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import storage.bases
import storage.cases
import storage.definitions
import storage.entries
from casework.context import Context
from storage import Tx
from storage.entries import EntryRow, LeafRow

HERE = Path(__file__).parent


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in asdict(row).items()
    }


def _row(kind: Any, plain: dict[str, Any], binary: tuple[str, ...]) -> Any:
    return kind(**{name: base64.b64decode(value) if name in binary else value for name, value in plain.items()})


def _keep(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zlib.compress(data, 9))


def record(ctx: Context, case_id: str, name: str, folder: Path) -> None:
    """Write a case's history into a folder, with the definitions and bases it names."""
    with ctx.database.reading() as tx:
        case = storage.cases.get(tx, case_id)
        rows = storage.entries.read(tx, case_id)
        leaves = storage.entries.leaves(tx, case_id)
        assert case is not None
        for hash_ in {row.definition for row in rows if row.definition}:
            found = storage.definitions.get(tx, hash_)
            assert found is not None
            _keep(folder / "definitions", hash_, found.data)
        for hash_ in {row.basis for row in rows if row.basis}:
            kept = storage.bases.get(tx, hash_)
            assert kept is not None
            _keep(folder / "bases", hash_, kept.data)
    told = {
        "case": case_id,
        "procedure": case.procedure,
        "office": case.office,
        "outcome": case.outcome,
        "entries": [_plain(row) for row in rows],
        "leaves": [_plain(leaf) for leaf in leaves],
    }
    (folder / f"{name}.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def put_back(tx: Tx, path: Path) -> dict[str, Any]:
    """Put a recorded history into a database; gives what was told of it."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    entries = [_row(EntryRow, plain, ("body",)) for plain in told["entries"]]
    at = entries[0].at
    for hash_ in {row.definition for row in entries if row.definition}:
        data = zlib.decompress((path.parent / "definitions" / hash_).read_bytes())
        storage.definitions.put(tx, hash_, procedure=told["procedure"], data=data, at=at, provenance="shipped")
    for hash_ in {row.basis for row in entries if row.basis}:
        data = zlib.decompress((path.parent / "bases" / hash_).read_bytes())
        storage.bases.put(tx, hash_, data=data, at=at)
    case = storage.cases.insert(
        tx,
        id=told["case"],
        procedure=told["procedure"],
        definition=entries[0].definition,
        basis=entries[0].basis,
        office=told["office"],
        opened_at=at,
    )
    for row in entries:
        leaves = [_row(LeafRow, leaf, ("salt", "body")) for leaf in told["leaves"] if leaf["seq"] == row.seq]
        storage.entries.append(tx, row, leaves)
    last = entries[-1]
    storage.cases.save(
        tx, case.id, expected_version=case.version, seq=last.seq, head=last.hash, at=last.at, snapshot=None
    )
    return told
