"""What one person proposes and a second confirms, because a legal result changes by it.

A proposal is an entry at the desk: who, what, why. What it asks for happens when a head of the office who is not the
proposer confirms it; the entry that then follows has the proposal's number in its key, so that a proposal is settled
once, and the history says which reasons stood behind what happened.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import storage.entries
import storage.people
from casework import advance, chain, desk, people, reading
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from engine.values import Value
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow

#: Kinds of the entries: a proposal made, and one that is not followed.
PROPOSED: Final = "proposed"
DECLINED: Final = "declined"


@dataclass(frozen=True)
class Proposal:
    """A proposal that waits for its second person.

    Attributes:
        seq: number of its entry.
        at: instant.
        person: id of who proposes.
        on_behalf_of: the person they act for, or null.
        name: of who proposes.
        kind: of the entry it asks for.
        reason: in words.
        payload: what it asks for, by field.
    """

    seq: int
    at: str
    person: str
    on_behalf_of: str | None
    name: str
    kind: str
    reason: str
    payload: Mapping[str, Value]


def key(proposal: int) -> str:
    """Name the entry that settles a proposal."""
    return f"proposal:{proposal}"


def propose(  # noqa: PLR0913 - who proposes what, and why
    ctx: Context, tx: Tx, person: str, case: CaseRow, *, kind: str, reason: str, token: str, payload: dict[str, Value]
) -> int:
    """Record a proposal in a locked case; gives its number, the same for the same form.

    Raises:
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: no reason given, no token, or one that stands for something else.
    """
    words = {"proposal.kind": kind, "proposal.reason": desk.reason_given(reason), **payload}
    told = Arrival(PROPOSED, person, desk.key(token), None, words)
    known = desk.made_before(tx, case.id, told)
    if known is not None:
        return known.seq
    absent = _require_proposer(ctx, tx, person, case)
    return advance.record(tx, case, replace(told, on_behalf_of=absent), ctx.now(), desk.personal)


def _require_proposer(ctx: Context, tx: Tx, person: str, case: CaseRow) -> str | None:
    out = people.recused(tx, case.id)
    roles = [r for r in people.roles_today(ctx, tx, person) if r.office == case.office]
    able = [role for role in roles if role.role in people.WORKING_ROLES and role.absent not in out]
    if person in out or not able:
        raise NotAllowedError("no_role", role=None, office=case.office)
    return None if any(role.absent is None for role in able) else able[0].absent


def waiting(tx: Tx, case_id: str) -> list[Proposal]:
    """List the proposals of a case that nobody has settled, the oldest first; an erased one asks for nothing more."""
    rows = storage.entries.read(tx, case_id)
    settled = {row.key for row in rows}
    found = []
    for row in rows:
        if row.kind == PROPOSED and key(row.seq) not in settled:
            with suppress(chain.ErasedError):
                found.append(_read(tx, row))
    return found


def _read(tx: Tx, row: EntryRow) -> Proposal:
    payload, _effects = chain.open_body(row.body, advance.sealed_of(tx, row))
    kind, reason = payload.pop("proposal.kind"), payload.pop("proposal.reason")
    name = people.name_of(tx, row.actor)
    return Proposal(row.seq, row.at, row.actor, row.on_behalf_of, name, kind, reason, payload)


def require(tx: Tx, case_id: str, proposal: int) -> Proposal:
    """Give a proposal that waits.

    Raises:
        NotFoundError: no such proposal.
        RefusedError: it is settled, or part of it was erased.
    """
    found = storage.entries.read(tx, case_id, after=proposal - 1, limit=1)
    if not found or found[0].seq != proposal or found[0].kind != PROPOSED:
        raise NotFoundError("proposal_unknown", proposal=proposal)
    if storage.entries.by_key(tx, case_id, key(proposal)) is not None:
        raise RefusedError("proposal_settled", proposal=proposal)
    try:
        return _read(tx, found[0])
    except chain.ErasedError as error:
        raise RefusedError("proposal_settled", proposal=proposal) from error


def require_second(ctx: Context, tx: Tx, person: str, case: CaseRow, proposal: Proposal) -> str | None:
    """Check that a person may confirm a proposal; gives the absent head they do it for, or null.

    Raises:
        NotAllowedError: no head of the office, recused, or somebody who stands for the proposal already.
    """
    first = {proposal.person} | ({proposal.on_behalf_of} if proposal.on_behalf_of else set())
    roles = people.roles_today(ctx, tx, person)
    return people.require_head(roles, case.office, person, first | people.recused(tx, case.id))


def may_second(ctx: Context, tx: Tx, person: str, case: CaseRow, proposal: Proposal) -> bool:
    """Tell whether a person may confirm a proposal."""
    try:
        require_second(ctx, tx, person, case, proposal)
    except NotAllowedError:
        return False
    return True


def seconds(ctx: Context, tx: Tx, case: CaseRow, proposal: Proposal) -> list[str]:
    """Name the heads of the office who may confirm a proposal; who stands in for one of these may too."""
    today = shanghai_date(ctx.now()).isoformat()
    heads = storage.people.holders(tx, case.office, people.HEAD, today)
    return [row.name for row in heads if may_second(ctx, tx, row.id, case, proposal)]


def decline(ctx: Context, person: str, case_id: str, proposal: int, reason: str) -> None:
    """Settle a proposal without following it: its own proposer takes it back, or a head declines it.

    Raises:
        NotFoundError: no such case or proposal, or not theirs to see.
        NotAllowedError: neither.
        RefusedError: no reason given, or it is settled.
    """
    said = desk.reason_given(reason)
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "proposal")
        case = advance.lock(tx, case_id)
        made = require(tx, case_id, proposal)
        absent = None if made.person == person else require_second(ctx, tx, person, case, made)
        payload = {"proposal.seq": proposal, "proposal.reason": said}
        told = Arrival(DECLINED, person, key(proposal), None, payload, absent)
        advance.record(tx, case, told, ctx.now(), desk.personal)
