"""Erasing personal facts and files on lawful order: one person proposes, a second confirms, and the text is gone.

Only the rows that hold salted leaves are deleted. The entries stay as they are, with the hashes of what was erased:
every chain still verifies, and replay says *erased* of the case. What was copied from the erased leaves goes in the
same transaction: search terms, title, half-filled forms, the inputs of acts, messages and incidents, and the words that
the lists of materials, recusals and numbers show.

The file of a material or a paper is erased where the order names it: marked in that transaction, its bytes taken away
after it, by the nightly clean-up where a worker died between the two. The entry that names order and ground names the
file too, so that it counts as erased and not as missing.

A case must have ended: an open one still has to be worked on, and without its facts it could not be.

What is kept says who ordered what and that it was done: the order with its number and ground, official numbers, persons
of the office by id, hashes, and facts that are not declared personal. What a message brought to another case is that
case's own; reasons that operators give stand in the register of incidents.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import storage.cases
import storage.copies
import storage.entries
import storage.files
import storage.incidents
import storage.numbers
import storage.search
from casework import advance, chain, desk, documents, people, proposals, reading, recusal, tables
from casework.advance import Arrival
from casework.cases import CaseView
from casework.context import Context
from casework.errors import NotFoundError, RefusedError
from casework.officers import CONFIRMED
from casework.proposals import Proposal
from engine import Facts
from engine.elements import declarations
from engine.facts import Fact
from engine.values import Value, decode
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow, LeafRow

KIND: Final = "erased"
#: Field of the entry that names the files erased.
FILES: Final = "erasure.files"

#: What was said of a file goes with it.
_SAID_OF_FILE: Final = frozenset({"material.kind", "material.name"})

#: Fields that go with what they tell of, and are not chosen by themselves.
_GO_ALONG: Final = frozenset({"confirmation.digest", "proposal.facts"})

#: A shorter text stands in too many places to be taken for a copy.
_SHORTEST_COPY: Final = 2

#: How long a file may lie without a row that names it: its upload was refused, or its paper was printed again.
_UNNAMED: Final = timedelta(days=1)


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


@dataclass(frozen=True)
class Field:
    """What can be erased of a history: a fact wherever it stands, or what a person wrote in one entry.

    Attributes:
        name: of the fact, or of the field of an act at the desk.
        fact: its declaration; null for a field of an act at the desk.
        seqs: numbers of the entries that hold it, in order.
    """

    name: str
    fact: Fact | None
    seqs: list[int]


@dataclass(frozen=True)
class Erasable:
    """What a case holds that an order may name: fields, and the SHA-256 of materials and papers."""

    fields: list[Field]
    files: list[str]


def erasable(ctx: Context, person: str, case_id: str) -> Erasable:
    """List what of a case may be proposed to be erased: what is personal, and the files that are still there.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person works in no role of the case's office, or is recused.
    """
    with ctx.database.writing() as tx:
        me, case = reading.open_for(ctx, tx, person, case_id, "erasing")
        people.require_staff(tx, me, case)
        leaves = storage.entries.leaves(tx, case_id)
        return Erasable(_fields(ctx, tx, case, leaves), _files(tx, case_id))


def _fields(ctx: Context, tx: Tx, case: CaseRow, leaves: Iterable[LeafRow]) -> list[Field]:
    """Tell what leaves hold: facts in the order of their declaration, then the words of persons by entry."""
    declared = declarations(advance.definition_of(ctx, tx, case))
    order = {name: n for n, name in enumerate(declared)}
    held: dict[tuple[int, int, str], set[int]] = {}
    for leaf in leaves:
        body = decode(leaf.body)
        name = _name(body)
        if name in order:
            held.setdefault((0, order[name], name), set()).add(leaf.seq)
        elif name in desk.FIELDS and name not in _GO_ALONG and body[2]:
            held.setdefault((1, leaf.seq, name), set()).add(leaf.seq)
    return [Field(key[2], declared.get(key[2]), sorted(held[key])) for key in sorted(held)]


def _name(body: list[Any]) -> str:
    """Name the field a leaf holds; nothing for an effect that only holds a copy."""
    if body[0] == "p":
        return str(body[1])
    return str(body[1]["name"]) if body[1]["effect"] == "fact_written" else ""


def _files(tx: Tx, case_id: str) -> list[str]:
    """Name the files of a case's materials and papers that are still there, each once."""
    held = [row.sha256 for row in storage.files.materials(tx, case_id)]
    held += [row.sha256 for row in storage.files.documents(tx, case_id)]
    return [sha256 for sha256 in dict.fromkeys(held) if storage.files.get(tx, sha256) is not None]


def _find(tx: Tx, case_id: str, names: frozenset[str], seqs: Collection[int] | None) -> Iterator[Leaf]:
    rows = {row.seq: row for row in storage.entries.read(tx, case_id)}
    leaves = [(leaf, decode(leaf.body)) for leaf in storage.entries.leaves(tx, case_id)]
    chosen = [(leaf, body) for leaf, body in leaves if seqs is None or leaf.seq in seqs]
    copies = {text for _leaf, body in chosen for text in _texts(body, names) if len(text) >= _SHORTEST_COPY}
    held = [(leaf, body) for leaf, body in chosen if _holds(body, names) or _copies(body, copies)]
    confirmed = {(rows[leaf.seq].address, CONFIRMED) for leaf, body in held if body[0] == "p"}
    digests = [(leaf, body) for leaf, body in chosen if _stands_for(rows[leaf.seq], confirmed)]
    for leaf, body in sorted([*held, *digests], key=lambda each: (each[0].seq, each[0].n)):
        yield Leaf(leaf.seq, leaf.n, body[1] if body[0] == "p" else body[1]["effect"])


def _stands_for(row: EntryRow, confirmed: Collection[tuple[str | None, str]]) -> bool:
    """Tell whether an entry holds the digest of what is erased: it would tell which of few texts it was."""
    return row.address is not None and (row.address, row.kind) in confirmed


def _texts(body: list[Any], names: frozenset[str]) -> Iterator[str]:
    """Give the texts a leaf lays down for one of the fields, also those inside a list or a record."""
    if body[0] == "p" and body[1] in names:
        yield from _strings(body[2])
    elif body[0] == "e" and body[1]["effect"] == "fact_written" and body[1]["name"] in names:
        yield from _strings(body[1].get("value"))


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
    fields: Mapping[str, Collection[int] | None],
    *,
    files: Collection[str] = (),
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
        fields: names of facts, or of fields of acts at the desk, each with the entries it is erased from; null
            stands for all.
        files: of materials and papers, by SHA-256; what was said of them when they were handed in goes with them.
        order: number of the order.
        ground: article it rests on.
        reason: in words.
        token: of the form.

    Raises:
        NotFoundError: no such case, not theirs to see, or without such a file.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: the case is open or in incident, a field is not found or not personal, nothing is named, another
            case has the file too, or order, ground or reason is missing.
    """
    told = {"proposal.order": desk.reason_given(order), "proposal.ground": desk.reason_given(ground)}
    with ctx.database.writing() as tx:
        case = _lock_ended(ctx, tx, person, case_id)
        places = _places(tx, case_id, fields)
        places |= {leaf.place: leaf for leaf in _said_of(tx, case_id, files)}
        if not places and not files:
            raise RefusedError("nothing_to_erase", names=[])
        for sha256 in files:
            _require_own(tx, case_id, sha256)
        leaves = sorted(places.values(), key=lambda leaf: (leaf.seq, leaf.n))
        payload: dict[str, Value] = {
            **told,
            "proposal.leaves": [leaf.place for leaf in leaves],
            "proposal.names": sorted(fields),
            **({"proposal.files": sorted(files)} if files else {}),
        }
        return proposals.propose(ctx, tx, person, case, kind=KIND, reason=reason, token=token, payload=payload)


def _places(tx: Tx, case_id: str, fields: Mapping[str, Collection[int] | None]) -> dict[str, Leaf]:
    """Find the leaves of every field.

    Raises:
        RefusedError: one is nowhere in its entries, or not personal.
    """
    places: dict[str, Leaf] = {}
    for name, seqs in fields.items():
        found = {leaf.place: leaf for leaf in _find(tx, case_id, frozenset({name}), seqs)}
        if not found:
            raise RefusedError("nothing_to_erase", names=[name])
        places |= found
    return places


def _said_of(tx: Tx, case_id: str, files: Collection[str]) -> Iterator[Leaf]:
    """Find the leaves that say by which name, and as what, files were handed in."""
    for leaf in storage.entries.leaves(tx, case_id):
        name = _name(decode(leaf.body))
        if name in _SAID_OF_FILE:
            told = chain.plain_payload(_entry(tx, case_id, leaf.seq).body)
            if told["material.sha256"] in files:
                yield Leaf(leaf.seq, leaf.n, name)


def _entry(tx: Tx, case_id: str, seq: int) -> EntryRow:
    (row,) = storage.entries.read(tx, case_id, after=seq - 1, limit=1)
    return row


def _require_own(tx: Tx, case_id: str, sha256: str) -> None:
    """Refuse a file that is not the case's, or not its alone.

    Raises:
        NotFoundError: no material and no paper of the case, or erased before.
        RefusedError: another case has it too; the order would have to name that one.
    """
    if sha256 not in _files(tx, case_id):
        raise NotFoundError("file_unknown", sha256=sha256)
    _require_alone(tx, case_id, sha256)


def _require_alone(tx: Tx, case_id: str, sha256: str) -> None:
    if storage.files.holders(tx, sha256) - {case_id}:
        raise RefusedError("file_shared", sha256=sha256)


def _lock_ended(ctx: Context, tx: Tx, person: str, case_id: str) -> CaseRow:
    reading.open_for(ctx, tx, person, case_id, "erasing")
    case = advance.lock(tx, case_id)
    if case.state == "open":
        raise RefusedError("case_open", case=case_id)
    if any(row.closed_at is None for row in storage.incidents.of_case(tx, case_id)):
        raise RefusedError("case_in_incident", case=case_id)
    return case


@dataclass(frozen=True)
class Erasure:
    """A proposed erasure as its second person sees it.

    Attributes:
        proposal: who proposes it, on which order and ground, and why.
        fields: that would be erased, each with its entries.
        files: that would be erased, by SHA-256.
        may_confirm: whether the reader may confirm it.
        seconds: names of the heads who may.
    """

    proposal: Proposal
    fields: list[Field]
    files: list[str]
    may_confirm: bool
    seconds: list[str]


def waiting(ctx: Context, person: str, case_id: str) -> list[Erasure]:
    """List what was proposed to be erased from a case and waits for its second person.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "erasing")
        made = [each for each in proposals.waiting(tx, case_id) if each.kind == KIND]
        return [_shown(ctx, tx, person, case, each) for each in made]


def _shown(ctx: Context, tx: Tx, person: str, case: CaseRow, proposal: Proposal) -> Erasure:
    places = set(proposal.payload["proposal.leaves"])
    leaves = [leaf for leaf in storage.entries.leaves(tx, case.id) if f"{leaf.seq}/{leaf.n}" in places]
    files = list(proposal.payload.get("proposal.files", []))
    return Erasure(
        proposal=proposal,
        fields=_fields(ctx, tx, case, leaves),
        files=files,
        may_confirm=proposals.may_second(ctx, tx, person, case, proposal),
        seconds=proposals.seconds(ctx, tx, case, proposal),
    )


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
        for sha256 in made.payload.get("proposal.files", []):
            _require_own(tx, case_id, sha256)
            storage.files.erase(tx, case_id, sha256)
            # Who handed it in to another case at this moment has come before, or waits and keeps it again.
            _require_alone(tx, case_id, sha256)
        _erase_leaves(tx, case_id, made.payload["proposal.leaves"])
        seq = advance.record(tx, case, _arrival(person, made, absent), ctx.now(), desk.personal)
        _erase_copies(ctx, tx, case_id, made.payload["proposal.names"])
    _take_bytes_away(ctx)
    return seq


def is_erased(tx: Tx, case_id: str, material: str) -> bool:
    """Tell of a material that is no longer there whether it was erased on lawful order."""
    rows = storage.entries.read(tx, case_id)
    gone = {sha256 for row in rows if row.kind == KIND for sha256 in chain.plain_payload(row.body).get(FILES, [])}
    added = (chain.plain_payload(row.body) for row in rows if row.kind == "material_added")
    return any(told["material.id"] == material and told["material.sha256"] in gone for told in added)


@dataclass(frozen=True)
class Erased:
    """What was erased from a case: facts with the entry that names the order, and files by SHA-256."""

    facts: list[tuple[Fact, int]]
    files: frozenset[str]


def erased(view: CaseView) -> Erased:
    """Tell what the orders in a case's history took away, of what its page would otherwise show."""
    declared = declarations(view.definition)
    left = {each.fact.name for each in view.facts}
    orders = [row for row in view.timeline if row.kind == KIND]
    names = {name: row.seq for row in orders for name in row.payload["erasure.names"]}
    files = frozenset(sha256 for row in orders for sha256 in row.payload.get(FILES, ()))
    return Erased([(fact, names[name]) for name, fact in declared.items() if name in names.keys() - left], files)


def finish(ctx: Context) -> int:
    """Take away the bytes of erased files that a worker who died left behind, and those no row names; gives how many.

    No order could name the latter: they are of uploads that were refused and of papers that were printed again.
    """
    return _take_bytes_away(ctx) + ctx.files.clear(partial(_named, ctx), ctx.clock() - _UNNAMED)


def _named(ctx: Context, beginning: str) -> set[str]:
    with ctx.database.reading() as tx:
        return storage.files.names(tx, beginning)


def _take_bytes_away(ctx: Context) -> int:
    """Take away the bytes of every file recorded as erased; gives how many still lay there.

    In a transaction, for which who hands one of them in again waits.
    """
    with ctx.database.writing() as tx:
        return sum(ctx.files.erase(sha256) for sha256 in storage.files.erased(tx))


def _arrival(person: str, made: Proposal, absent: str | None) -> Arrival:
    asked = ("order", "ground", "leaves", "names", "files")
    told = {f"erasure.{each}": made.payload[f"proposal.{each}"] for each in asked if f"proposal.{each}" in made.payload}
    return Arrival(KIND, person, proposals.key(made.seq), None, told, absent)


def _erase_leaves(tx: Tx, case_id: str, places: Iterable[str]) -> None:
    """Delete leaves, each with the words a list shows of it."""
    held = {f"{leaf.seq}/{leaf.n}": leaf for leaf in storage.entries.leaves(tx, case_id)}
    for leaf in (held[place] for place in places if place in held):
        storage.entries.erase_leaves(tx, case_id, leaf.seq, [leaf.n])
        name = _name(decode(leaf.body))
        if name in _LISTED:
            shown = _LISTED[name](tx, _entry(tx, case_id, leaf.seq))
            storage.copies.forget_words(tx, name, case_id, shown)


def _material(_tx: Tx, row: EntryRow) -> str:
    return str(chain.plain_payload(row.body)["material.id"])


def _request(_tx: Tx, row: EntryRow) -> str:
    """Name the request that shows what was written when it was asked for; what was decided it does not show."""
    told = chain.plain_payload(row.body)
    return str(told["recusal.id"]) if told["recusal.state"] == recusal.ASKED else ""


def _number(tx: Tx, row: EntryRow) -> str:
    """Name the act's number that an entry made void, of the several an act may have lost."""
    text = chain.plain_payload(row.body)["number.text"]
    rows = storage.numbers.of_case(tx, row.chain)
    return next(each.address for each in rows if each.act == row.address and documents.number_text(each) == text)


#: What finds the row of a list that shows the words of an entry.
_LISTED: Final[Mapping[str, Callable[[Tx, EntryRow], str]]] = {
    "material.kind": _material,
    "material.name": _material,
    "number.reason": _number,
    "recusal.asked_by": _request,
    "recusal.ground": _request,
}


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
    facts: dict[str, list[Value]] = {}
    for row, payload, effects, _gone in reading.entries(tx, case.id):
        for effect in effects:
            if effect["effect"] == "fact_written" and not effect.get("scope"):
                name = effect["name"]
                facts[name] = [effect.get("value", payload.get(name)), row.seq]
    return {"": {name: pair for name, pair in facts.items() if name in declared}}
