"""Proving the past: every chain checked, every case executed again.

``verify`` needs nothing but the stored bytes. ``replay`` steps each case through its recorded events, against
the definition and the basis each entry names, and asks that every effect come out the same, byte for byte, and
that what is open at the end be what the tables say.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import storage.cases
import storage.deadlines
import storage.entries
import storage.files
import storage.numbers
import storage.registers
import storage.tasks
import storage.timers
from casework import advance, chain, erasing, officers, people
from casework.advance import SNAPSHOT, Snapshot
from casework.context import Context
from casework.projection import Projection
from casework.standing import Standing
from engine import EngineError
from engine.values import ValueRefusedError, encode
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.errors import FileError, StorageError
from storage.files import ERASED, FileRow
from storage.rows import NO_HEAD

#: Field of an entry that names the leaves it orders to be erased.
_LEAVES: Final = "erasure.leaves"


@dataclass(frozen=True)
class Verified:
    """What checking all chains and files found.

    Attributes:
        chains: how many.
        entries: how many.
        files: how many.
        erased: ``chain/seq`` of entries with an erased leaf, and ``file SHA256`` of erased files; what no entry orders
            is a fault besides.
        faults: what is wrong, with its place; empty when all is as it was written.
    """

    chains: int
    entries: int
    files: int
    erased: list[str]
    faults: list[str]


@dataclass
class Replayed:
    """What executing cases again found; ``cases`` is the sum of the three others.

    Attributes:
        cases: how many.
        entries: how many were stepped.
        identical: how many cases came out the same.
        erased: ids of cases that cannot be stepped because something was erased on lawful order.
        diverged: ids of cases that came out differently, with the first difference.
    """

    cases: int = 0
    entries: int = 0
    identical: int = 0
    erased: list[str] = field(default_factory=list)
    diverged: list[dict[str, str]] = field(default_factory=list)


class DivergedError(Exception):
    """A case came out differently; the message says where."""


def verify(ctx: Context) -> Verified:
    """Check every chain, every head a case or a register names, and every file a row names."""
    entries, erased, faults, ordered = 0, [], [], set()
    with ctx.database.reading() as tx:
        heads = list(storage.entries.heads(tx))
        for head in heads:
            checked = _check_chain(tx, head.chain)
            entries += checked.entries
            erased += checked.erased
            faults += checked.faults
            ordered |= checked.files_ordered
        last = {head.chain: (head.seq, head.hash) for head in heads}
        faults += [f"{name}: {fault}" for name, fault in _head_faults(tx, last)]
        files = list(storage.files.all_files(tx))
    faults += [fault for file in files for fault in _file_faults(ctx, file, ordered)]
    erased += [f"file {file.sha256}" for file in files if file.media_type == ERASED]
    return Verified(len(heads), entries, len(files), erased, faults)


@dataclass(frozen=True)
class _Checked:
    """What checking one chain found.

    Attributes:
        entries: how many.
        erased: those of them (``chain/seq``) that were erased from.
        faults: what is wrong, with its place.
        files_ordered: SHA-256 of the files whose erasing an entry orders.
    """

    entries: int
    erased: list[str]
    faults: list[str]
    files_ordered: set[str]


def _check_chain(tx: Tx, name: str) -> _Checked:
    try:
        told = advance.history(tx, name)
    except StorageError as error:
        return _Checked(0, [], [f"{name}: cannot be read: {error}"], set())
    faults = [f"{name}/{seq}: {fault}" for seq, found in _chain_faults(told) for fault in found]
    gone = {f"{row.seq}/{n}": row.seq for row, sealed in told for n in chain.places_gone(row.body, sealed)}
    rows = [row for row, _sealed in told]
    ordered = {place for row in rows for place in _ordered(row, _LEAVES)}
    faults += [f"{name}/{place}: is gone, and no entry orders it" for place in gone if place not in ordered]
    files = {sha256 for row in rows for sha256 in _ordered(row, erasing.FILES)}
    return _Checked(len(rows), [f"{name}/{seq}" for seq in dict.fromkeys(gone.values())], faults, files)


def _chain_faults(
    told: Iterable[tuple[EntryRow, Sequence[chain.SealedLeaf]]],
) -> Iterator[tuple[int, list[str]]]:
    """Go through a chain and say of each entry what is wrong with it."""
    prev_hash, at = NO_HEAD, ""
    for seq, (row, sealed) in enumerate(told, start=1):
        found = chain.body_faults(row.body, sealed, row.body_root)
        if row.seq != seq:
            found.append(f"entry {seq} is missing")
        if row.prev_hash != prev_hash:
            found.append("does not name the entry before")
        if chain.header_of(row).hash() != row.hash:
            found.append("does not have its hash")
        if row.at < at:
            found.append("is earlier than the entry before")
        prev_hash, at = row.hash, row.at
        yield row.seq, found


def _ordered(row: EntryRow, what: str) -> list[str]:
    """Name what an entry says was erased on order: its leaves, as ``3/0``, or its files."""
    if row.kind != erasing.KIND:
        return []
    try:
        return list(chain.plain_payload(row.body).get(what, ()))
    except ValueRefusedError:
        return []


def _file_faults(ctx: Context, file: FileRow, ordered: Container[str]) -> list[str]:
    if file.media_type == ERASED:
        return list(_erased_faults(ctx, file.sha256, ordered))
    try:
        size = ctx.files.verify(file.sha256)
    except FileError as error:
        return [f"file {error}"]
    return [] if size == file.size else [f"file {file.sha256}: has {size} bytes, {file.size} were recorded"]


def _erased_faults(ctx: Context, sha256: str, ordered: Container[str]) -> Iterator[str]:
    if sha256 not in ordered:
        yield f"file {sha256}: is marked erased, and no entry ordered it"
    if ctx.files.path(sha256).exists():
        yield f"file {sha256}: was erased, and its bytes are still there"


def _head_faults(tx: Tx, last: Mapping[str, tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """Compare the head each case and register names with the end of its chain; a chain cut short shows here."""
    named = {row.name: (row.seq, row.head) for row in storage.registers.heads(tx)}
    for case_id in _every_case(tx):
        case = storage.cases.get(tx, case_id)
        if case is not None:
            named[case_id] = (case.seq, case.head)
    for name, head in named.items():
        if last.get(name, (0, NO_HEAD)) != head:
            yield name, "its chain does not end where its own row says"
    for name in last.keys() - named.keys():
        yield name, "is a chain of no case and no register"


def _every_case(tx: Tx) -> Iterator[str]:
    after = ""
    while page := storage.cases.ids(tx, after):
        yield from page
        after = page[-1]


def replay(
    ctx: Context, case_ids: Sequence[str] | None = None, told: Callable[[Replayed], None] | None = None
) -> Replayed:
    """Execute cases again.

    Args:
        ctx: the surroundings.
        case_ids: which; all when null.
        told: is given the count so far after every case.
    """
    result = Replayed()
    with ctx.database.reading() as tx:
        for case_id in case_ids if case_ids is not None else _every_case(tx):
            _replay_one(ctx, tx, case_id, result)
            if told is not None:
                told(result)
    return result


def _replay_one(ctx: Context, tx: Tx, case_id: str, result: Replayed) -> None:
    result.cases += 1
    case = advance.require(storage.cases.get(tx, case_id), case_id)
    try:
        executed = execute(ctx, tx, case_id)
        result.entries += executed.entries
        _compare_tables(tx, case, executed)
    except chain.ErasedError:
        result.erased.append(case_id)
    except DivergedError as error:
        result.diverged.append({"case": case_id, "where": str(error)})
    except (StorageError, ValueRefusedError) as error:
        result.diverged.append({"case": case_id, "where": f"its history cannot be read: {error}"})
    else:
        result.identical += 1


@dataclass(frozen=True)
class Executed:
    """What executing a case again came to.

    Attributes:
        snapshot: what the machine came to.
        standing: what acts at the desk left standing.
        entries: how many were stepped.
    """

    snapshot: Snapshot
    standing: Standing
    entries: int


def execute(ctx: Context, tx: Tx, case_id: str) -> Executed:
    """Step a case through its history, and take in what was done at the desk between.

    Raises:
        DivergedError: an entry's effects came out differently.
        chain.ErasedError: part of an entry was erased.
        ValueRefusedError: an entry is not what was written.
    """
    snapshot, standing, entries = Snapshot(), Standing(), 0
    for row, sealed in advance.history(tx, case_id):
        if not advance.is_move(row):
            standing.take(row)
            continue
        event, recorded = advance.read_event(tx, row, sealed)
        try:
            effects, _changes = advance.take(ctx, tx, row, snapshot, event)
        except EngineError as error:
            raise DivergedError(f"entry {row.seq}: {error}") from error
        if encode(effects) != encode(recorded):
            raise DivergedError(f"entry {row.seq}: {_first_difference(effects, recorded)}")
        entries += 1
    return Executed(snapshot, standing, entries)


def _first_difference(made: list[dict[str, object]], recorded: list[dict[str, object]]) -> str:
    for n, (new, old) in enumerate(zip(made, recorded, strict=False)):
        if new != old:
            return f"effect {n} is {new['effect']} where {old['effect']} was recorded, or differs in its keys"
    return f"{len(made)} effects where {len(recorded)} were recorded"


def _compare_tables(tx: Tx, case: CaseRow, executed: Executed) -> None:
    """Ask that the tables and the snapshot say what the history says.

    Raises:
        DivergedError: when one does not.
    """
    projection = executed.snapshot.projection
    for name, kept, told in (*_moved(tx, case, projection), *_at_desk(tx, case, projection, executed.standing)):
        if kept != told:
            raise DivergedError(f"{name}: {_differing(kept, told)}")
    if case.snapshot is not None and case.snapshot_engine == SNAPSHOT and case.snapshot != executed.snapshot.encode():
        raise DivergedError("the snapshot differs from the history")


#: A name, what the tables say, what the history says.
Compared = Iterator[tuple[str, Mapping[str, object], Mapping[str, object]]]


def _moved(tx: Tx, case: CaseRow, projection: Projection) -> Compared:
    """Lay what the machine moved beside what the tables say of it."""
    rows = storage.tasks.of_case(tx, case.id)
    expected = {
        address: (task["element"], task.get("office") or case.office, task.get("role") or "", due.on, due.paused)
        for address, task in projection.tasks.items()
        for due in [projection.due(task.get("deadline"))]
    }
    yield "tasks", {r.address: (r.element, r.office, r.role, r.due_on, r.paused) for r in rows}, expected
    deadlines = {row.deadline: bytes(row.record) for row in storage.deadlines.of_case(tx, case.id)}
    yield "deadlines", deadlines, {name: encode(record) for name, record in projection.deadlines.items()}
    yield "timers", {row.address: row.due_at for row in storage.timers.of_case(tx, case.id)}, projection.timers
    ended = projection.outcome is not None
    yield (
        "end",
        {"outcome": case.outcome, "state": case.state != "open"},
        {"outcome": projection.outcome, "state": ended},
    )


def _at_desk(tx: Tx, case: CaseRow, projection: Projection, standing: Standing) -> Compared:
    """Lay what was done at the desk beside what the tables say of it; who had a task that is closed is past."""
    rows = storage.tasks.of_case(tx, case.id)
    yield (
        "assignees",
        {r.address: r.assignee for r in rows},
        {at: standing.assignees.get(at) for at in projection.tasks},
    )
    confirmed = {row.address: row.person for row, _entry in officers.standing(tx, case.id)}
    yield "confirmations", confirmed, {at: by for at, by in standing.confirmed.items() if at in projection.tasks}
    yield "recused", dict.fromkeys(people.recused(tx, case.id)), dict.fromkeys(standing.recused)
    yield "materials", {row.id: row.sha256 for row in storage.files.materials(tx, case.id)}, standing.materials
    void = (row.act for row in storage.numbers.of_case(tx, case.id) if row.state == "void")
    yield "void numbers", dict.fromkeys(void), dict.fromkeys(standing.voided)


def _differing(kept: Mapping[str, object], told: Mapping[str, object]) -> str:
    """Name what the tables and the history do not agree on."""
    named = sorted(name for name in kept.keys() | told.keys() if kept.get(name, ...) != told.get(name, ...))
    return f"the tables and the history differ on {', '.join(named)}"


def rebuild(ctx: Context) -> int:
    """Make the snapshots of open cases again from their histories; gives how many.

    A case of which something was erased is passed over: it has ended, and is not worked on.
    """
    with ctx.database.reading() as tx:
        # Where none is missing nothing is written: who proves may have no right to.
        case_ids = [case_id for case_id in _every_case(tx) if _lacks_snapshot(tx, case_id)]
    made = 0
    for case_id in case_ids:
        with ctx.database.writing() as tx:
            case = advance.lock(tx, case_id)
            if case.state == "open" and case.snapshot is None:
                with suppress(chain.ErasedError):
                    snapshot = advance.refold(ctx, tx, case_id)
                    storage.cases.keep_snapshot(tx, case_id, snapshot.encode(), SNAPSHOT)
                    made += 1
    return made


def _lacks_snapshot(tx: Tx, case_id: str) -> bool:
    case = storage.cases.get(tx, case_id)
    return case is not None and case.state == "open" and case.snapshot is None
