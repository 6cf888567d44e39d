"""The one translator between engine and storage, and the only caller of ``engine.step``.

What comes in is an ``Arrival``. It is written as canonical bytes and decoded again before the engine sees
it, so that a step can read nothing that is not in the history. What follows is chained, appended, and copied
to the tables, in the transaction of the caller. A step is whole or nothing: when the engine refuses, the
transaction is rolled back and the arrival is kept as an incident.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import storage.cases
import storage.entries
import storage.incidents
from casework import chain, library, tables
from casework.context import Context
from casework.errors import IncidentError, NotFoundError, RefusedError
from casework.projection import Changes, Projection
from engine import Definition, EngineError, Event, EventRefusedError, Facts, StepError, step
from engine.effects import Effect
from engine.elements import declarations
from engine.values import Value, encode, read, write
from handlers.law.basis import Basis
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow

#: Part of every snapshot: one made by another engine is not read but made again from the history.
SNAPSHOT = "engine-1"


@dataclass(frozen=True)
class Arrival:
    """What came in, before it has a number and an instant.

    Attributes:
        kind: of the entry it becomes.
        actor: id of the person, or ``system:...``.
        key: guards against doubling; unique in the case.
        address: what it is about.
        payload: values by fact name.
        on_behalf_of: the person substituted for.
    """

    kind: str
    actor: str
    key: str
    address: str | None = None
    payload: Mapping[str, Value] = field(default_factory=dict)
    on_behalf_of: str | None = None


@dataclass
class Snapshot:
    """Everything derived of a case after its last moving entry; a cache, rebuilt by replay."""

    state: Value = None
    facts: Facts = field(default_factory=lambda: {"": {}})
    projection: Projection = field(default_factory=Projection)

    def encode(self) -> bytes:
        """Write it as canonical bytes."""
        return write({"state": self.state, "facts": self.facts, "projection": self.projection.to_value()})

    @classmethod
    def decode(cls, data: bytes) -> "Snapshot":
        """Read it back."""
        value = read(data)
        return cls(value["state"], value["facts"], Projection.from_value(value["projection"]))


@dataclass(frozen=True)
class Advanced:
    """What one arrival led to.

    Attributes:
        seq: number of the entry.
        effects: what followed.
        snapshot: the case afterwards.
    """

    seq: int
    effects: list[Effect]
    snapshot: Snapshot


#: Checks a locked case before it moves; raises a ``RequestError`` to refuse.
Guard = Callable[[Tx, CaseRow, Snapshot], None]


def submit(ctx: Context, case_id: str, arrival: Arrival, guard: Guard | None = None) -> Advanced:
    """Move a case by one arrival, in a transaction of its own.

    Args:
        ctx: the surroundings.
        case_id: of the case.
        arrival: what came in.
        guard: asked while the case is locked, before the step.

    Raises:
        NotFoundError: no such case.
        RefusedError: nothing in the case waits for this.
        storage.errors.TakenError: the key is taken; the caller decides what that means.
        IncidentError: the step failed; the arrival is kept for an operator.
    """
    with writing(ctx) as tx:
        case = lock(tx, case_id)
        snapshot = load(ctx, tx, case)
        if guard is not None:
            guard(tx, case, snapshot)
        return advance(ctx, tx, case, snapshot, arrival)


class _StepFailedError(Exception):
    """A step failed inside a transaction that must not commit; carries what is kept once it is rolled back."""

    def __init__(self, case_id: str, arrival: Arrival, error: EngineError) -> None:
        super().__init__(str(error))
        self.case_id = case_id
        self.arrival = arrival
        self.error = error


@contextmanager
def writing(ctx: Context, about: str | None = None, reason: str | None = None) -> Iterator[Tx]:
    """Open a transaction in which a case may move; a step that fails rolls it back and is kept as an incident.

    Args:
        ctx: the surroundings.
        about: what the incident stands at; where the step failed when left out. A job names what it is about,
            so that it is not woken again while an operator has it.
        reason: of the incident; the step's own when left out.

    Raises:
        IncidentError: a step failed.
    """
    try:
        with ctx.database.writing() as tx:
            yield tx
    except _StepFailedError as failed:
        raise keep_incident(ctx, failed.case_id, failed.arrival, failed.error, about, reason) from failed.error


def lock(tx: Tx, case_id: str) -> CaseRow:
    """Lock a case for the transaction.

    Raises:
        NotFoundError: no such case.
    """
    return require(storage.cases.lock(tx, case_id), case_id)


def require(case: CaseRow | None, case_id: str) -> CaseRow:
    """Give a case that must be there.

    Raises:
        NotFoundError: it is not.
    """
    if case is None:
        raise NotFoundError("case_unknown", case=case_id)
    return case


def load(ctx: Context, tx: Tx, case: CaseRow) -> Snapshot:
    """Give what is derived of a case: from its snapshot, or from its history when there is none."""
    if case.snapshot is not None and case.snapshot_engine == SNAPSHOT:
        return Snapshot.decode(case.snapshot)
    return refold(ctx, tx, case.id)


def refold(ctx: Context, tx: Tx, case_id: str) -> Snapshot:
    """Make the snapshot of a case again by stepping through its history."""
    snapshot = Snapshot()
    for row, sealed in history(tx, case_id):
        if is_move(row):
            event, _effects = read_event(tx, row, sealed)
            take(ctx, tx, row, snapshot, event)
    return snapshot


def is_move(row: EntryRow) -> bool:
    """Tell whether an entry moves the machine; acts at the desk do not."""
    return row.basis is not None


def history(tx: Tx, name: str) -> list[tuple[EntryRow, list[chain.SealedLeaf]]]:
    """Read a whole chain, each entry with its personal leaves that still exist, in two queries.

    Args:
        tx: any transaction.
        name: id of the case, or of the register.
    """
    kept: dict[int, list[chain.SealedLeaf]] = {}
    rows = storage.entries.read(tx, name)
    for leaf in storage.entries.leaves(tx, name):
        kept.setdefault(leaf.seq, []).append(chain.SealedLeaf(leaf.n, leaf.salt, leaf.body))
    return [(row, kept.get(row.seq, [])) for row in rows]


def read_event(tx: Tx, row: EntryRow, sealed: Sequence[chain.SealedLeaf] | None = None) -> tuple[Event, list[Effect]]:
    """Read an entry back as the event it was and the effects that followed.

    Args:
        tx: any transaction.
        row: the entry.
        sealed: its personal leaves, as ``history`` gives them; looked up when left out.

    Raises:
        chain.ErasedError: when part of it was erased.
    """
    payload, effects = chain.open_body(row.body, sealed_of(tx, row) if sealed is None else sealed)
    event = Event(row.seq, row.kind, row.at, row.actor, row.on_behalf_of, row.address, payload)
    return event, effects


def sealed_of(tx: Tx, row: EntryRow) -> list[chain.SealedLeaf]:
    """Give the personal leaves of an entry that still exist."""
    return [chain.SealedLeaf(leaf.n, leaf.salt, leaf.body) for leaf in storage.entries.leaves(tx, row.chain, row.seq)]


def take(ctx: Context, tx: Tx, row: EntryRow, snapshot: Snapshot, event: Event) -> tuple[list[Effect], Changes]:
    """Step a snapshot by a recorded event, against the definition and basis its entry names."""
    return fold(*surroundings(ctx, tx, row), snapshot, event)


def surroundings(ctx: Context, tx: Tx, row: EntryRow) -> tuple[Definition, Basis]:
    """Give the definition and the basis a moving entry was stepped with."""
    return library.definition(ctx, tx, row.definition or ""), library.basis(ctx, tx, row.basis or "")


def fold(definition: Definition, basis: Basis, snapshot: Snapshot, event: Event) -> tuple[list[Effect], Changes]:
    """Step a snapshot by an event; gives what followed, and what it means for the tables."""
    made = step(definition, snapshot.state, snapshot.facts, event, basis)
    snapshot.state, snapshot.facts = made.state, made.facts
    return made.effects, snapshot.projection.apply(event, made.effects)


def advance(ctx: Context, tx: Tx, case: CaseRow, snapshot: Snapshot, arrival: Arrival) -> Advanced:
    """Move a locked case by one arrival: step, entry, tables.

    The transaction is one of ``writing``, which keeps the arrival when the step fails.

    Raises:
        RefusedError: the case has ended, or nothing in it waits for this.
    """
    if case.state != "open":
        raise RefusedError("case_ended", case=case.id)
    definition = library.definition(ctx, tx, case.definition)
    basis_hash, basis = library.newest_basis(ctx, tx)
    event = _event(case, arrival, max(ctx.now(), case.at))
    try:
        effects, changes = fold(definition, basis, snapshot, event)
    except EventRefusedError as error:
        raise RefusedError("not_waiting", address=arrival.address) from error
    except EngineError as error:
        raise _StepFailedError(case.id, arrival, error) from error
    body = chain.make_body(event.payload, effects, declarations(definition).personal)
    head = append(tx, case, arrival, event, body, (case.definition, basis_hash))
    tables.write(ctx, tx, case, definition, snapshot.facts, snapshot.projection, event, changes)
    outcome = snapshot.projection.outcome
    storage.cases.save(
        tx,
        case.id,
        seq=event.seq,
        head=head,
        at=event.at,
        snapshot=snapshot.encode() if outcome is None else None,
        snapshot_engine=SNAPSHOT if outcome is None else None,
        state=None if outcome is None else _state(outcome),
        outcome=outcome,
        ended_at=None if outcome is None else event.at,
        basis=basis_hash,
        title=tables.title(definition, snapshot.facts),
        expected_version=case.version,
    )
    return Advanced(event.seq, effects, snapshot)


def record(tx: Tx, case: CaseRow, arrival: Arrival, at: str, personal: Callable[[str], bool]) -> int:
    """Append an act at the desk, which is part of the history and does not move the machine."""
    event = _event(case, arrival, max(at, case.at))
    head = append(tx, case, arrival, event, chain.make_body(event.payload, [], personal))
    storage.cases.save(
        tx,
        case.id,
        expected_version=case.version,
        seq=event.seq,
        head=head,
        at=event.at,
        snapshot=case.snapshot,
        snapshot_engine=case.snapshot_engine,
    )
    return event.seq


def _state(outcome: str) -> str:
    return "closed" if outcome == "closed" else "ended"


def _event(case: CaseRow, arrival: Arrival, at: str) -> Event:
    """Number and date an arrival, and read it back from its canonical bytes."""
    written = Event(
        case.seq + 1, arrival.kind, at, arrival.actor, arrival.on_behalf_of, arrival.address, dict(arrival.payload)
    )
    return Event(**read(encode(written.__dict__)))


def append(
    tx: Tx,
    case: CaseRow,
    arrival: Arrival,
    event: Event,
    body: chain.Body,
    stepped_with: tuple[str | None, str | None] = (None, None),
) -> str:
    """Chain an entry to the one before and append it; its hash is given back.

    Args:
        tx: a writing transaction.
        case: locked.
        arrival: what came in, for its key.
        event: the same with number and instant.
        body: payload and effects.
        stepped_with: hashes of definition and basis; nulls for an act at the desk.
    """
    definition, basis = stepped_with
    row, leaves = chain.link(
        body,
        case=case.id,
        seq=event.seq,
        at=event.at,
        actor=event.actor,
        on_behalf_of=event.on_behalf_of,
        kind=event.kind,
        key=arrival.key,
        address=event.address,
        definition=definition,
        basis=basis,
        prev_hash=case.head,
    )
    storage.entries.append(tx, row, leaves)
    return row.hash


def keep_incident(
    ctx: Context,
    case_id: str,
    arrival: Arrival,
    error: EngineError,
    about: str | None = None,
    reason: str | None = None,
) -> IncidentError:
    """Keep the input of a step that failed, so that an operator can submit it again."""
    address = about or (error.address if isinstance(error, StepError) else arrival.address)
    reason = reason or (error.reason if isinstance(error, StepError) else "engine")
    with ctx.database.writing() as tx:
        # A case that was opened in the transaction that failed is gone with it.
        kept = None if storage.cases.get(tx, case_id) is None else case_id
        number = storage.incidents.open(
            tx,
            case=kept,
            address=address,
            reason=reason,
            detail=str(error),
            input=encode(asdict(arrival)),
            at=ctx.now(),
        )
    return IncidentError(number, reason)


def definition_of(ctx: Context, tx: Tx, case: CaseRow) -> Definition:
    """Give the definition a case runs on."""
    return library.definition(ctx, tx, case.definition)


def visible_facts(facts: Facts, address: str) -> dict[str, Value]:
    """Give the values an address sees: those of the called diagram it lies in, else the case's own."""
    scopes = [scope for scope in facts if scope and address.startswith(f"{scope}/")]
    scope = max(scopes, key=len, default="")
    return {name: written[0] for name, written in facts[scope].items()}


@lru_cache(maxsize=64)
def first_task(definition: Definition, basis: Basis) -> Effect | None:
    """Give the first task of a case as it is opened, by opening one that is nowhere kept; callers leave it as it is."""
    opened = Event(1, "opened", "2000-01-01T00:00:00.000000Z", "system:nobody")
    made = step(definition, None, {"": {}}, opened, basis)
    return next((effect for effect in made.effects if effect["effect"] == "task_opened"), None)


def first_role(definition: Definition, basis: Basis) -> str | None:
    """Tell which role a case's first task is for."""
    task = first_task(definition, basis)
    return None if task is None else task.get("role")
