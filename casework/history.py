"""Proving the past: every chain checked, every case executed again.

``verify`` needs nothing but the stored bytes. ``replay`` steps each case through its recorded events, against
the definition and the basis each entry names, and asks that every effect come out the same, byte for byte, and
that what is open at the end be what the tables say.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import storage.cases
import storage.deadlines
import storage.entries
import storage.files
import storage.tasks
import storage.timers
from casework import advance, chain
from casework.advance import SNAPSHOT, Snapshot
from casework.context import Context
from engine import EngineError
from engine.values import encode
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.errors import FileError
from storage.files import FileRow
from storage.rows import NO_HEAD


@dataclass(frozen=True)
class Verified:
    """What checking all chains and files found.

    Attributes:
        chains: how many.
        entries: how many.
        files: how many.
        erased: ``chain/seq`` of entries with an erased leaf.
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
    """Check every chain, every head a case names, and every file a row names."""
    entries, erased, faults, chains = 0, [], [], 0
    with ctx.database.reading() as tx:
        heads = list(storage.entries.heads(tx))
        for head in heads:
            chains += 1
            for row, found in _chain_faults(tx, head.chain):
                entries += 1
                place = f"{row.chain}/{row.seq}"
                faults += [f"{place}: {fault}" for fault in found]
                if _erased(tx, row):
                    erased.append(place)
        last = {head.chain: (head.seq, head.hash) for head in heads}
        faults += [f"{case}: {fault}" for case, fault in _head_faults(tx, last)]
        files = list(storage.files.all_files(tx))
    faults += [fault for file in files for fault in _file_faults(ctx, file)]
    return Verified(chains, entries, len(files), erased, faults)


def _chain_faults(tx: Tx, name: str) -> Iterator[tuple[EntryRow, list[str]]]:
    """Go through a chain and say of each entry what is wrong with it."""
    prev_hash, at = NO_HEAD, ""
    for seq, row in enumerate(storage.entries.read(tx, name), start=1):
        found = chain.body_faults(row.body, advance.sealed_of(tx, row), row.body_root)
        if row.seq != seq:
            found.append(f"entry {seq} is missing")
        if row.prev_hash != prev_hash:
            found.append("does not name the entry before")
        if chain.header_of(row).hash() != row.hash:
            found.append("does not have its hash")
        if row.at < at:
            found.append("is earlier than the entry before")
        prev_hash, at = row.hash, row.at
        yield row, found


def _file_faults(ctx: Context, file: FileRow) -> list[str]:
    try:
        size = ctx.files.verify(file.sha256)
    except FileError as error:
        return [f"file {error}"]
    return [] if size == file.size else [f"file {file.sha256}: has {size} bytes, {file.size} were recorded"]


def _erased(tx: Tx, row: EntryRow) -> bool:
    try:
        chain.open_body(row.body, advance.sealed_of(tx, row))
    except chain.ErasedError:
        return True
    return False


def _head_faults(tx: Tx, last: dict[str, tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """Compare the head each case names with the end of its chain; a chain cut short shows here."""
    for case_id in _every_case(tx):
        case = storage.cases.get(tx, case_id)
        if case is not None and last.get(case_id, (0, NO_HEAD)) != (case.seq, case.head):
            yield case_id, "its chain does not end where the case says"


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
        snapshot, entries = execute(ctx, tx, case_id)
        result.entries += entries
        _compare_tables(tx, case, snapshot)
    except chain.ErasedError:
        result.erased.append(case_id)
    except DivergedError as error:
        result.diverged.append({"case": case_id, "where": str(error)})
    else:
        result.identical += 1


def execute(ctx: Context, tx: Tx, case_id: str) -> tuple[Snapshot, int]:
    """Step a case through its history; gives what it comes to, and how many entries were stepped.

    Raises:
        DivergedError: an entry's effects came out differently.
        chain.ErasedError: part of an entry was erased.
    """
    snapshot, entries = Snapshot(), 0
    for row in storage.entries.read(tx, case_id):
        if not advance.is_move(row):
            continue
        event, recorded = advance.read_event(tx, row)
        try:
            effects, _changes = advance.take(ctx, tx, row, snapshot, event)
        except EngineError as error:
            raise DivergedError(f"entry {row.seq}: {error}") from error
        if encode(effects) != encode(recorded):
            raise DivergedError(f"entry {row.seq}: {_first_difference(effects, recorded)}")
        entries += 1
    return snapshot, entries


def _first_difference(made: list[dict[str, object]], recorded: list[dict[str, object]]) -> str:
    for n, (new, old) in enumerate(zip(made, recorded, strict=False)):
        if new != old:
            return f"effect {n} is {new['effect']} where {old['effect']} was recorded, or differs in its keys"
    return f"{len(made)} effects where {len(recorded)} were recorded"


def _compare_tables(tx: Tx, case: CaseRow, snapshot: Snapshot) -> None:
    """Ask that tasks, deadlines, timers and the snapshot say what the history says.

    Raises:
        DivergedError: when one does not.
    """
    projection = snapshot.projection
    tasks = {row.address: (row.element, row.due_on) for row in storage.tasks.of_case(tx, case.id)}
    expected = {
        address: (task["element"], projection.due(task.get("deadline")).on)
        for address, task in projection.tasks.items()
    }
    if tasks != expected:
        raise DivergedError(f"open tasks are {sorted(tasks)}, the history says {sorted(expected)}")
    deadlines = {row.deadline: bytes(row.record) for row in storage.deadlines.of_case(tx, case.id)}
    if deadlines != {name: encode(record) for name, record in projection.deadlines.items()}:
        raise DivergedError("deadlines differ from the history")
    timers = {row.address: row.due_at for row in storage.timers.of_case(tx, case.id)}
    if timers != projection.timers:
        raise DivergedError(f"timers are {sorted(timers)}, the history says {sorted(projection.timers)}")
    if case.snapshot is not None and case.snapshot_engine == SNAPSHOT and case.snapshot != snapshot.encode():
        raise DivergedError("the snapshot differs from the history")


def rebuild(ctx: Context) -> int:
    """Make the snapshots of open cases again from their histories; gives how many."""
    with ctx.database.reading() as tx:
        case_ids = list(_every_case(tx))
    made = 0
    for case_id in case_ids:
        with ctx.database.writing() as tx:
            case = advance.lock(tx, case_id)
            if case.state == "open" and case.snapshot is None:
                snapshot = advance.refold(ctx, tx, case_id)
                storage.cases.keep_snapshot(tx, case_id, snapshot.encode(), SNAPSHOT)
                made += 1
    return made
