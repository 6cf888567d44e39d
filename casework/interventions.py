"""Interventions: correcting a fact and closing on order, each proposed by one person and confirmed by a second.

A correction keeps the old value in the history, counts again every limit that was started on the fact, and lists
everything that relied on it; the list stays on the case's page until a person has looked at it and said so.
Answering an incident is the third intervention; it changes no legal result by itself and stands in ``incidents``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import storage.entries
import storage.tasks
from casework import advance, chain, desk, forms, library, people, proposals, reading, references, reliance
from casework.advance import Arrival, Snapshot
from casework.context import Context
from casework.errors import InvalidFormError, RefusedError
from casework.proposals import Proposal
from casework.reliance import Reliance
from engine import EngineError, Event
from engine.effects import Effect
from engine.elements import declarations
from engine.facts import Fact
from engine.values import Value
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow

CORRECTION: Final = "fact_corrected"
CLOSING: Final = "closed"
#: Kind of the entry by which a person says that they looked at what relied on a corrected fact.
REVIEWED: Final = "reviewed"

relied_on = reliance.relied_on


@dataclass(frozen=True)
class FactChange:
    """A fact with the value it has, or had, and the one it gets."""

    fact: Fact
    old: Value
    new: Value


@dataclass(frozen=True)
class LimitChange:
    """A deadline with its record before and after."""

    deadline: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]


@dataclass(frozen=True)
class Intervention:
    """A proposal as its second person sees it.

    Attributes:
        proposal: who proposes what, and why.
        facts: to be corrected, with both values.
        limits: that would be counted again, with both records.
        relying: what relied on the facts so far.
        would_fail: why the step would fail, or null.
        may_confirm: whether the reader may confirm it.
        seconds: names of the heads who may.
    """

    proposal: Proposal
    facts: list[FactChange]
    limits: list[LimitChange]
    relying: list[Reliance]
    would_fail: str | None
    may_confirm: bool
    seconds: list[str]


# --- proposing -----------------------------------------------------------------------------------------------


def propose_correction(  # noqa: PLR0913 - who corrects what, where, and why
    ctx: Context,
    person: str,
    case_id: str,
    facts: Mapping[str, Value],
    *,
    reason: str,
    token: str,
    scope: str = "",
) -> int:
    """Propose that facts of a case be corrected.

    Args:
        ctx: the surroundings.
        person: id of who proposes.
        case_id: of the case.
        facts: new values by name; null says that the fact is not known.
        reason: in words.
        token: of the form.
        scope: address of the called diagram they belong to; empty for the case's own.

    Returns:
        number of the proposal.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        InvalidFormError: a fact is not declared, its value is none of its type or names what is not there, or it has
            that value already.
        RefusedError: no reason, no fact, no such scope, or the case has ended.
    """
    with ctx.database.writing() as tx:
        case = _lock_open(ctx, tx, person, case_id)
        snapshot = advance.load(ctx, tx, case)
        if not facts or scope not in snapshot.facts:
            raise RefusedError("nothing_to_correct")
        _require_values(ctx, tx, case, snapshot, facts, scope)
        payload: dict[str, Value] = {"proposal.facts": dict(facts), "proposal.scope": scope}
        return proposals.propose(ctx, tx, person, case, kind=CORRECTION, reason=reason, token=token, payload=payload)


def _require_values(
    ctx: Context, tx: Tx, case: CaseRow, snapshot: Snapshot, facts: Mapping[str, Value], scope: str
) -> None:
    definition = advance.definition_of(ctx, tx, case)
    declared = declarations(definition)
    limits = dict(forms.before_the_law(definition, facts, lambda: library.newest_basis(ctx, tx)[1]))
    problems: dict[str, tuple[str, Mapping[str, object]]] = {**limits}
    for name, value in facts.items():
        code = declared.check_value(name, value) or forms.misdated(definition, name, value, ctx.now())
        if code is None and snapshot.facts[scope].get(name, [None])[0] == value:
            code = "unchanged"
        if code is not None:
            problems[name] = (code, {})
    if problems:
        raise InvalidFormError(problems)
    references.require(ctx, tx, case.id, definition, {name: facts[name] for name in facts if facts[name] is not None})


def propose_closing(ctx: Context, person: str, case_id: str, *, ground: str, reason: str, token: str) -> int:
    """Propose that a case be closed on order; gives the number of the proposal.

    Args:
        ctx: the surroundings.
        person: id of who proposes.
        case_id: of the case.
        ground: the order or the article it rests on.
        reason: in words.
        token: of the form.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: no ground, no reason, or the case has ended.
    """
    payload: dict[str, Value] = {"proposal.ground": desk.reason_given(ground)}
    with ctx.database.writing() as tx:
        case = _lock_open(ctx, tx, person, case_id)
        return proposals.propose(ctx, tx, person, case, kind=CLOSING, reason=reason, token=token, payload=payload)


def _lock_open(ctx: Context, tx: Tx, person: str, case_id: str) -> CaseRow:
    reading.open_for(ctx, tx, person, case_id, "intervention")
    case = advance.lock(tx, case_id)
    if case.state != "open":
        raise RefusedError("case_ended", case=case_id)
    return case


# --- confirming ----------------------------------------------------------------------------------------------


def waiting(ctx: Context, person: str, case_id: str) -> list[Intervention]:
    """List the interventions that wait for their second person, with what each would change.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        reading.open_for(ctx, tx, person, case_id, "intervention")
        case = advance.lock(tx, case_id)
        if case.state != "open":
            return []
        made = [each for each in proposals.waiting(tx, case_id) if each.kind in (CORRECTION, CLOSING)]
        return [_foresee(ctx, tx, person, case, each) for each in made]


def _foresee(ctx: Context, tx: Tx, person: str, case: CaseRow, proposal: Proposal) -> Intervention:
    """Take the step a proposal asks for on a copy of the case, and tell what it would change."""
    snapshot = advance.load(ctx, tx, case)
    scope = str(proposal.payload.get("proposal.scope", ""))
    declared = declarations(advance.definition_of(ctx, tx, case))
    facts = [
        FactChange(declared[name], snapshot.facts[scope].get(name, [None])[0], value)
        for name, value in proposal.payload.get("proposal.facts", {}).items()
    ]
    before = dict(snapshot.projection.deadlines)
    effects, failure = _try(ctx, tx, case, snapshot, _arrival(person, proposal, None))
    return Intervention(
        proposal=proposal,
        facts=facts,
        limits=_limit_changes(before, effects),
        relying=[each for change in facts for each in relied_on(ctx, tx, case, change.fact.name)],
        would_fail=failure,
        may_confirm=proposals.may_second(ctx, tx, person, case, proposal),
        seconds=proposals.seconds(ctx, tx, case, proposal),
    )


def _try(ctx: Context, tx: Tx, case: CaseRow, snapshot: Snapshot, arrival: Arrival) -> tuple[list[Effect], str | None]:
    """Step a copy of a case; gives the effects, or why there would be none."""
    last = storage.entries.read(tx, case.id, after=case.seq - 1, limit=1)[0]
    basis, _value = library.newest_basis(ctx, tx)
    today = replace(last, definition=case.definition, basis=basis)
    at = max(ctx.now(), case.at)
    event = Event(case.seq + 1, arrival.kind, at, arrival.actor, None, arrival.address, dict(arrival.payload))
    try:
        effects, _changes = advance.take(ctx, tx, today, snapshot, event)
    except EngineError as error:
        return [], str(error)
    return effects, None


def _limit_changes(before: Mapping[str, Value], effects: Sequence[Effect]) -> list[LimitChange]:
    return [
        LimitChange(effect["deadline"], before[effect["deadline"]], effect["value"])
        for effect in effects
        if effect["effect"] == "deadline_changed" and effect["deadline"] in before
    ]


def _arrival(person: str, proposal: Proposal, absent: str | None) -> Arrival:
    """Make the event a proposal asks for; its reasons stay with the proposal, whose number is in the key."""
    facts = proposal.payload.get("proposal.facts", {})
    scope = proposal.payload.get("proposal.scope") or None
    return Arrival(proposal.kind, person, proposals.key(proposal.seq), scope, facts, absent)


def confirm(ctx: Context, person: str, case_id: str, proposal: int) -> int:
    """Confirm a proposal as the second person: the fact is corrected, or the case is closed.

    Returns:
        number of the entry.

    Raises:
        NotFoundError: no such case or proposal, or not theirs to see.
        NotAllowedError: no head of the office, recused, or the proposer.
        RefusedError: it is settled, or the case has ended.
        IncidentError: the step failed; the input is kept.
    """
    with advance.writing(ctx) as tx:
        case = _lock_open(ctx, tx, person, case_id)
        made = proposals.require(tx, case_id, proposal)
        if made.kind not in (CORRECTION, CLOSING):
            raise RefusedError("other_proposal", proposal=proposal)
        absent = proposals.require_second(ctx, tx, person, case, made)
        snapshot = advance.load(ctx, tx, case)
        advanced = advance.advance(ctx, tx, case, snapshot, _arrival(person, made, absent))
        if made.kind == CORRECTION:
            declared = declarations(advance.definition_of(ctx, tx, case))
            labels = "、".join(declared[name].label for name in made.payload["proposal.facts"])
            storage.tasks.relabel(tx, case_id, latest_note=f"更正：{labels}"[: desk.NOTE_LENGTH])
    return advanced.seq


# --- what a correction leaves to be looked at ------------------------------------------------------------------


@dataclass(frozen=True)
class Correction:
    """A corrected fact whose consequences a person has still to look at.

    Attributes:
        seq: number of the entry.
        at: instant of it.
        names: of the facts.
        limits: counted again by it, with both records.
        relying: what had relied on the old values.
    """

    seq: int
    at: str
    names: list[str]
    limits: list[LimitChange]
    relying: list[Reliance]


def to_review(ctx: Context, person: str, case_id: str) -> list[Correction]:
    """List the corrections of a case on whose consequences nobody has said a word yet.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "intervention")
        told = advance.history(tx, case_id)
        looked_at = {row.key for row, _sealed in told}
        found = []
        deadlines: dict[str, Value] = {}
        for row, sealed in told:
            if not advance.is_move(row):
                continue
            try:
                event, effects = advance.read_event(tx, row, sealed)
            except chain.ErasedError:
                continue
            if row.kind == CORRECTION and _review_key(row.seq) not in looked_at:
                found.append(_correction(ctx, tx, case, row, event, deadlines, effects))
            deadlines |= {each["deadline"]: each["value"] for each in effects if "deadline" in each and "value" in each}
        return found


def _correction(  # noqa: PLR0913, PLR0917 - an entry, what it says, and what stood before it
    ctx: Context,
    tx: Tx,
    case: CaseRow,
    row: EntryRow,
    event: Event,
    deadlines: Mapping[str, Value],
    effects: Sequence[Effect],
) -> Correction:
    names = sorted(event.payload)
    relying = [each for name in names for each in relied_on(ctx, tx, case, name, before=row.seq)]
    return Correction(row.seq, row.at, names, _limit_changes(deadlines, effects), relying)


def _review_key(correction: int) -> str:
    return f"review:{correction}"


def review(ctx: Context, person: str, case_id: str, correction: int, finding: str) -> None:
    """Say what is to be done, or not, about what relied on a corrected fact; it leaves the list.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person works in no role of the case's office, or is recused.
        RefusedError: no words, or the correction is none that waits for them.
    """
    said = desk.reason_given(finding)
    with ctx.database.writing() as tx:
        me, _case = reading.open_for(ctx, tx, person, case_id, "intervention")
        case = advance.lock(tx, case_id)
        people.require_staff(tx, me, case)
        corrected = storage.entries.read(tx, case_id, after=correction - 1, limit=1)
        done = storage.entries.by_key(tx, case_id, _review_key(correction))
        if not corrected or corrected[0].kind != CORRECTION or done is not None:
            raise RefusedError("nothing_to_review", correction=correction)
        payload: dict[str, Value] = {"review.correction": correction, "review.finding": said}
        told = Arrival(REVIEWED, person, _review_key(correction), None, payload)
        advance.record(tx, case, told, ctx.now(), desk.personal)
