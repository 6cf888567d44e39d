"""Erasing personal facts and files on lawful order: one person proposes, a second confirms, and the text is gone.

Only the rows that hold salted leaves are deleted. The entries stay as they are, with the hashes of what was erased:
every chain still verifies, and replay says *erased* of the case. What was copied from the erased leaves goes in the
same transaction: search terms, title, half-filled forms, the inputs of acts, messages and incidents.

The file of a material or a paper is erased where the order names it: marked in that transaction, its bytes taken away
after it, by the nightly clean-up where a worker died between the two. The entry that names order and ground names the
file too, so that it counts as erased and not as missing.

A case must have ended: an open one still has to be worked on, and without its facts it could not be.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import storage.cases
import storage.copies
import storage.entries
import storage.files
import storage.incidents
import storage.search
from casework import advance, desk, proposals, reading, tables
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotFoundError, RefusedError
from casework.officers import CONFIRMED
from casework.proposals import Proposal
from engine import Facts
from engine.elements import declarations
from engine.values import Value, decode
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow, LeafRow

KIND: Final = "erased"
#: Field of the entry that names the files erased.
FILES: Final = "erasure.files"

_NAME: Final = "material.name"

#: A shorter text stands in too many places to be taken for a copy.
_SHORTEST_COPY: Final = 2


@dataclass(frozen=True)
class Leaf:
    """A leaf to be erased: its entry, its place there, and the field or effect it holds."""

    seq: int
    n: int
    name: str

    @property
    def place(self) -> str:
        """``3/0``."""
        return f"{self.seq}/{self.n}"


def find(
    ctx: Context, person: str, case_id: str, names: Collection[str], seqs: Collection[int] | None = None
) -> list[Leaf]:
    """Find every leaf of a case that holds one of some fields, or a copy of its value.

    Args:
        ctx: the surroundings.
        person: id of who looks.
        case_id: of the case.
        names: of facts, or of fields of acts at the desk (``comment.text``).
        seqs: only in these entries; in all when null.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "erasing")
        return list(_find(tx, case_id, frozenset(names), seqs))


def _find(tx: Tx, case_id: str, names: frozenset[str], seqs: Collection[int] | None) -> Iterator[Leaf]:
    rows = {row.seq: row for row in storage.entries.read(tx, case_id)}
    leaves = [(leaf, decode(leaf.body)) for leaf in storage.entries.leaves(tx, case_id)]
    chosen = [(leaf, body) for leaf, body in leaves if seqs is None or leaf.seq in seqs]
    copies = frozenset(_texts(body, names) for _leaf, body in chosen) - {""}
    held = [(leaf, body) for leaf, body in chosen if _holds(body, names) or _copies(body, copies)]
    confirmed = {(rows[leaf.seq].address, CONFIRMED) for leaf, body in held if body[0] == "p"}
    digests = [(leaf, body) for leaf, body in chosen if _stands_for(rows[leaf.seq], confirmed)]
    for leaf, body in sorted([*held, *digests], key=lambda each: (each[0].seq, each[0].n)):
        yield Leaf(leaf.seq, leaf.n, body[1] if body[0] == "p" else body[1]["effect"])


def _stands_for(row: EntryRow, confirmed: Collection[tuple[str | None, str]]) -> bool:
    """Tell whether an entry holds the digest of what is erased: it would tell which of few texts it was."""
    return row.address is not None and (row.address, row.kind) in confirmed


def _texts(body: list[Any], names: frozenset[str]) -> str:
    """Give the text a leaf lays down for one of the fields, or nothing."""
    value = None
    if body[0] == "p" and body[1] in names:
        value = body[2]
    elif body[0] == "e" and body[1]["effect"] == "fact_written" and body[1]["name"] in names:
        value = body[1].get("value")
    return value if isinstance(value, str) and len(value) >= _SHORTEST_COPY else ""


def _holds(body: list[Any], names: frozenset[str]) -> bool:
    """Tell whether a leaf is of one of the fields; a proposal's facts are a record of several."""
    if body[0] == "p":
        return body[1] in names or (body[1] == "proposal.facts" and not names.isdisjoint(body[2]))
    return body[1]["effect"] == "fact_written" and body[1]["name"] in names


def _copies(body: list[Any], copies: Collection[str]) -> bool:
    """Tell whether the inputs of an act or a message hold a copy of a value."""
    if body[0] != "e" or body[1]["effect"] not in ("act_wanted", "message_sent"):
        return False
    return any(copy in text for text in _strings(body[1]) for copy in copies)


def _strings(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def propose(  # noqa: PLR0913 - what is erased, on which order and ground, and why
    ctx: Context,
    person: str,
    case_id: str,
    names: Collection[str],
    *,
    files: Collection[str] = (),
    seqs: Collection[int] | None = None,
    order: str,
    ground: str,
    reason: str,
    token: str,
) -> int:
    """Propose that fields and files of an ended case be erased; gives the number of the proposal.

    Args:
        ctx: the surroundings.
        person: id of who proposes.
        case_id: of the case.
        names: of facts, or of fields of acts at the desk.
        files: of materials and papers, by SHA-256; the names they were handed in by go with them.
        seqs: only in these entries; in all when null.
        order: number of the order.
        ground: article it rests on.
        reason: in words.
        token: of the form.

    Raises:
        NotFoundError: no such case, not theirs to see, or without such a file.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: the case is open or in incident, nothing personal is found, another case has the file too, or
            order, ground or reason is missing.
    """
    told = {"proposal.order": desk.reason_given(order), "proposal.ground": desk.reason_given(ground)}
    with ctx.database.writing() as tx:
        case = _lock_ended(ctx, tx, person, case_id)
        places = {leaf.place: leaf for leaf in _find(tx, case_id, frozenset(names), seqs)}
        places |= {leaf.place: leaf for leaf in _file_names(tx, case_id, files)}
        if not places and not files:
            raise RefusedError("nothing_to_erase", names=sorted(names))
        for sha256 in files:
            _require_own(tx, case_id, sha256)
        leaves = sorted(places.values(), key=lambda leaf: (leaf.seq, leaf.n))
        payload: dict[str, Value] = {
            **told,
            "proposal.leaves": [leaf.place for leaf in leaves],
            "proposal.names": sorted(names),
            **({"proposal.files": sorted(files)} if files else {}),
        }
        return proposals.propose(ctx, tx, person, case, kind=KIND, reason=reason, token=token, payload=payload)


def _file_names(tx: Tx, case_id: str, files: Collection[str]) -> Iterator[Leaf]:
    """Find the leaves that hold the names by which files were handed in."""
    for leaf in storage.entries.leaves(tx, case_id):
        if decode(leaf.body)[:2] == ["p", _NAME]:
            (row,) = storage.entries.read(tx, case_id, after=leaf.seq - 1, limit=1)
            if _told(row).get("material.sha256") in files:
                yield Leaf(leaf.seq, leaf.n, _NAME)


def _told(row: EntryRow) -> dict[str, Value]:
    """Give the fields of an entry that are not personal."""
    return {leaf[1]: leaf[2] for leaf in decode(row.body) if leaf[0] == "p"}


def _require_own(tx: Tx, case_id: str, sha256: str) -> None:
    """Refuse a file that is not the case's, or not its alone.

    Raises:
        NotFoundError: no material and no paper of the case.
        RefusedError: another case has it too; the order would have to name that one.
    """
    holders = storage.files.holders(tx, sha256)
    if case_id not in holders:
        raise NotFoundError("file_unknown", sha256=sha256)
    if holders != {case_id}:
        raise RefusedError("file_shared", sha256=sha256)


def _lock_ended(ctx: Context, tx: Tx, person: str, case_id: str) -> CaseRow:
    reading.open_for(ctx, tx, person, case_id, "erasing")
    case = advance.lock(tx, case_id)
    if case.state == "open":
        raise RefusedError("case_open", case=case_id)
    if any(row.closed_at is None for row in storage.incidents.of_case(tx, case_id)):
        raise RefusedError("case_in_incident", case=case_id)
    return case


def waiting(ctx: Context, person: str, case_id: str) -> list[Proposal]:
    """List what was proposed to be erased from a case and waits for its second person.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "erasing")
        return [each for each in proposals.waiting(tx, case_id) if each.kind == KIND]


def erase(ctx: Context, person: str, case_id: str, proposal: int) -> int:
    """Erase what was proposed, as the second person.

    Returns:
        number of the entry that names order and ground.

    Raises:
        NotFoundError: no such case or proposal, or not theirs to see.
        NotAllowedError: no head of the office, recused, or the proposer.
        RefusedError: it is settled, another case has one of the files too, or the case is open or in incident.
    """
    with ctx.database.writing() as tx:
        case = _lock_ended(ctx, tx, person, case_id)
        made = proposals.require(tx, case_id, proposal)
        if made.kind != KIND:
            raise RefusedError("other_proposal", proposal=proposal)
        absent = proposals.require_second(ctx, tx, person, case, made)
        files = made.payload.get("proposal.files", [])
        for sha256 in files:
            _require_own(tx, case_id, sha256)
            storage.files.erase(tx, case_id, sha256)
        _erase_leaves(tx, case_id, made.payload["proposal.leaves"])
        seq = advance.record(tx, case, _arrival(person, made, absent), ctx.now(), desk.personal)
        _erase_copies(ctx, tx, case_id, made.payload["proposal.names"])
    for sha256 in files:
        ctx.files.erase(sha256)
    return seq


def finish(ctx: Context) -> int:
    """Take away the bytes of erased files that a worker who died left behind; gives how many."""
    with ctx.database.reading() as tx:
        left = storage.files.erased(tx)
    gone = [sha256 for sha256 in left if ctx.files.path(sha256).exists()]
    for sha256 in gone:
        ctx.files.erase(sha256)
    return len(gone)


def _arrival(person: str, made: Proposal, absent: str | None) -> Arrival:
    asked = ("order", "ground", "leaves", "names", "files")
    told = {f"erasure.{each}": made.payload[f"proposal.{each}"] for each in asked if f"proposal.{each}" in made.payload}
    return Arrival(KIND, person, proposals.key(made.seq), None, told, absent)


def _erase_leaves(tx: Tx, case_id: str, places: Iterable[str]) -> None:
    for place in places:
        seq, _slash, n = place.partition("/")
        (row,) = storage.entries.read(tx, case_id, after=int(seq) - 1, limit=1)
        storage.entries.erase_leaves(tx, case_id, row.seq, [int(n)])
        # The list of materials shows the name of one entry: that one's, and no other's.
        if row.kind == "material_added":
            storage.files.forget_name(tx, case_id, _told(row)["material.id"])


def _erase_copies(ctx: Context, tx: Tx, case_id: str, names: Collection[str]) -> None:
    """Take away what was copied from the erased leaves."""
    storage.search.put_all(tx, case_id, dict.fromkeys(names, (None, ())))
    storage.copies.forget(tx, case_id)
    case = advance.lock(tx, case_id)
    shown = tables.title(advance.definition_of(ctx, tx, case), _facts_left(ctx, tx, case))
    storage.cases.save(
        tx,
        case_id,
        expected_version=case.version,
        seq=case.seq,
        head=case.head,
        at=case.at,
        snapshot=None,
        title=shown,
    )


def _facts_left(ctx: Context, tx: Tx, case: CaseRow) -> Facts:
    """Fold the case's own facts out of the leaves that are still there."""
    declared = declarations(advance.definition_of(ctx, tx, case))
    kept = {(leaf.seq, leaf.n): leaf for leaf in storage.entries.leaves(tx, case.id)}
    facts: dict[str, list[Value]] = {}
    for row in storage.entries.read(tx, case.id):
        leaves = list(_readable(row, kept))
        payload = {leaf[1]: leaf[2] for leaf in leaves if leaf[0] == "p"}
        for leaf in leaves:
            effect = leaf[1]
            if leaf[0] == "e" and effect["effect"] == "fact_written" and not effect.get("scope"):
                name = effect["name"]
                facts[name] = [effect.get("value", payload.get(name)), row.seq]
    return {"": {name: pair for name, pair in facts.items() if name in declared}}


def _readable(row: EntryRow, kept: Mapping[tuple[int, int], LeafRow]) -> Iterator[list[Any]]:
    for n, leaf in enumerate(decode(row.body)):
        if leaf[0] != "s":
            yield leaf
        elif (row.seq, n) in kept:
            yield decode(kept[row.seq, n].body)
