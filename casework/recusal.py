"""Recusal 回避: asked for, decided by a head of the office, and what follows from it.

Anybody of the office may ask that a person be recused, themselves or a colleague, or note that a party asks. A head
who is not the one concerned decides; over the head of an office the office above it decides. Who is recused may do
nothing more in the case, nor may anybody for them; what they did stays, and is marked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import uuid_utils

import storage.cases
import storage.entries
import storage.people
import storage.tasks
from casework import advance, desk, library, officers, people, reading
from casework.advance import Arrival
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from casework.people import Role
from engine.values import Value
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow
from storage.people import BarredRow, RecusalRow

#: Kind of the entries: a recusal asked for, and one decided.
KIND: Final = "recused"
#: Ground of the bar that a granted recusal puts up.
GROUND: Final = "recusal"

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"


@dataclass(frozen=True)
class Recusal:
    """A request, as the case page shows it.

    Attributes:
        id: of the request.
        person: name of who should be recused.
        asked_by: name of the person who asked, or the party in words.
        asked_at: instant.
        ground: in words.
        state: ``asked``, ``granted``, ``refused``.
        decided_by: name of who decided, or null.
        decided_at: instant, or null.
        may_decide: whether the reader may decide it now.
    """

    id: str
    person: str
    asked_by: str
    asked_at: str
    ground: str
    state: str
    decided_by: str | None
    decided_at: str | None
    may_decide: bool


def ask(  # noqa: PLR0913 - who asks, about whom, why, and for which party
    ctx: Context, person: str, case_id: str, *, concerning: str, ground: str, token: str, party: str | None = None
) -> str:
    """Ask that a person be recused from a case.

    Args:
        ctx: the surroundings.
        person: id of who asks, or who notes that a party asks.
        case_id: of the case.
        concerning: id of who should be recused.
        ground: in words.
        token: of the form.
        party: who asks, in words, when it is a party to the case.

    Returns:
        id of the request; the same form gives the same request.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: no ground, nobody of that id, somebody recused already, the case has ended, no token, or one
            that stands for something else.
    """
    said, asked_by = desk.reason_given(ground), (party or "").strip() or person
    words: dict[str, Value] = {
        "recusal.person": concerning,
        "recusal.state": ASKED,
        "recusal.asked_by": asked_by,
        "recusal.ground": said,
    }
    told = Arrival(KIND, person, desk.key(token), None, words)
    with ctx.database.writing() as tx:
        me, _case = reading.open_for(ctx, tx, person, case_id, "recusal")
        case = advance.lock(tx, case_id)
        known = desk.made_before(tx, case_id, told)
        if known is not None:
            event, _effects = advance.read_event(tx, known)
            return str(event.payload["recusal.id"])
        people.require_staff(tx, me, case)
        _require_askable(tx, case, concerning)
        at = max(ctx.now(), case.at)
        row = RecusalRow(str(uuid_utils.uuid7()), case_id, concerning, asked_by, at, said)
        storage.people.put_recusal(tx, row)
        advance.record(tx, case, replace(told, payload={**words, "recusal.id": row.id}), at, desk.personal)
    return row.id


def _require_askable(tx: Tx, case: CaseRow, concerning: str) -> None:
    if case.state != "open":
        raise RefusedError("case_ended", case=case.id)
    if storage.people.get(tx, concerning) is None:
        raise RefusedError("person_unknown", person=concerning)
    if concerning in people.recused(tx, case.id):
        raise RefusedError("recused_already", person=concerning)


def decide(  # noqa: PLR0913 - who decides which request how, and why
    ctx: Context, person: str, case_id: str, request: str, *, granted: bool, reason: str, token: str
) -> None:
    """Decide on a recusal; one that is granted bars the person from the whole case and frees what they had.

    Raises:
        NotFoundError: no such case or request, or not theirs to see.
        NotAllowedError: no head who may decide it, or the person concerned.
        RefusedError: no reason given, decided before, the case has ended, no token, or one that stands for something
            else.
    """
    state = GRANTED if granted else REFUSED
    words: dict[str, Value] = {
        "recusal.id": request,
        "recusal.state": state,
        "recusal.ground": desk.reason_given(reason),
    }
    told = Arrival(KIND, person, desk.key(token), None, dict(words))
    with ctx.database.writing() as tx:
        me, _case = _open(ctx, tx, person, case_id)
        case = advance.lock(tx, case_id)
        if desk.made_before(tx, case_id, told):
            return
        row = storage.people.get_recusal(tx, request)
        if row is None or row.case != case_id:
            raise NotFoundError("recusal_unknown", recusal=request)
        absent = _require_decider(ctx, tx, me.roles, person, case, row.person)
        if row.state != ASKED:
            raise RefusedError("recusal_decided", state=row.state)
        if case.state != "open":
            raise RefusedError("case_ended", case=case_id)
        at = max(ctx.now(), case.at)
        storage.people.put_recusal(tx, replace(row, state=state, decided_by=person, decided_at=at))
        words["recusal.person"] = row.person
        if granted:
            words["recusal.released"] = _take_out(tx, case_id, row.person, at)
        advance.record(tx, case, replace(told, payload=words, on_behalf_of=absent), at, desk.personal)


def _open(ctx: Context, tx: Tx, person: str, case_id: str) -> tuple[people.Person, CaseRow]:
    """Give a case to who may see it, or to a head of the office above who is to decide on a recusal in it."""
    try:
        return reading.open_for(ctx, tx, person, case_id, "recusal")
    except NotFoundError:
        me = people.person_in(ctx, tx, person)
        case = storage.cases.get(tx, case_id)
        asked = [] if case is None else [r for r in storage.people.recusals_in(tx, case_id) if r.state == ASKED]
        if case is None or not any(_decides(ctx, tx, me, case, row.person) for row in asked):
            raise
        return me, case


def _require_decider(
    ctx: Context, tx: Tx, roles: Iterable[Role], person: str, case: CaseRow, concerned: str
) -> str | None:
    """Check that a person may decide on somebody's recusal; gives the absent head they do it for, or null."""
    barred = people.recused(tx, case.id) | {concerned}
    return people.require_head(roles, _deciding_office(ctx, tx, case, concerned), person, barred)


def _decides(ctx: Context, tx: Tx, me: people.Person, case: CaseRow, concerned: str) -> bool:
    try:
        _require_decider(ctx, tx, me.roles, me.id, case, concerned)
    except NotAllowedError:
        return False
    return True


def _deciding_office(ctx: Context, tx: Tx, case: CaseRow, concerned: str) -> str:
    """Name the office whose head decides: the case's own, or the one above it where the head is concerned."""
    today = shanghai_date(ctx.now()).isoformat()
    heads = {row.id for row in storage.people.holders(tx, case.office, people.HEAD, today)}
    if concerned not in heads or heads - {concerned}:
        return case.office
    _name, basis = library.newest_basis(ctx, tx)
    return str(basis.office(case.office).get("parent") or case.office)


def _take_out(tx: Tx, case_id: str, person: str, at: str) -> list[str]:
    """Bar a person from a case, free the tasks they had, void what they confirmed; gives the addresses."""
    storage.people.bar(tx, [BarredRow(case_id, person, people.EVERYTHING, GROUND)])
    held = [row.address for row in storage.tasks.of_case(tx, case_id) if row.assignee == person]
    for address in held:
        storage.tasks.assign(tx, case_id, address, None, at)
    return sorted({*held, *officers.drop_of_person(tx, case_id, person)})


def requests(ctx: Context, person: str, case_id: str) -> list[Recusal]:
    """List a case's requests, the oldest first.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        me, case = _open(ctx, tx, person, case_id)
        rows = storage.people.recusals_in(tx, case_id)
        names = storage.people.names(tx)
        return [
            Recusal(
                id=row.id,
                person=names.get(row.person, row.person),
                asked_by=names.get(row.asked_by, row.asked_by),
                asked_at=row.asked_at,
                ground=row.ground,
                state=row.state,
                decided_by=names.get(row.decided_by or ""),
                decided_at=row.decided_at,
                may_decide=row.state == ASKED and _decides(ctx, tx, me, case, row.person),
            )
            for row in rows
        ]


def colleagues(ctx: Context, person: str, case_id: str) -> list[tuple[str, str]]:
    """List who works in the office of a case today and is not recused from it: ids and names, by name.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "recusal")
        today = shanghai_date(ctx.now()).isoformat()
        out = people.recused(tx, case_id)
        held = (storage.people.holders(tx, case.office, role, today) for role in sorted(people.WORKING_ROLES))
        found = {row.id: row.name for rows in held for row in rows if row.id not in out}
    return sorted(found.items(), key=lambda each: (each[1], each[0]))


def marked(tx: Tx, case_id: str) -> set[int]:
    """Name the entries of a case that persons made who were recused later: they are kept, and shown as such."""
    out = people.recused(tx, case_id)
    if not out:
        return set()
    return {row.seq for row in storage.entries.read(tx, case_id) if row.actor in out or row.on_behalf_of in out}
