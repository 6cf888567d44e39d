"""What a worker does: fires a timer, carries out an act, delivers a message; and what it gives up.

Each function is what one job calls. It looks whether the case still waits for that very thing, and does nothing
when it does not, or when an operator has it as an incident; so a job that runs twice, late, or after a crash changes
nothing. The incident of a job stands at ``timer:ADDRESS``, ``act:ADDRESS`` or ``message:ID``.

``casework/dispatch.py`` says where a message between cases goes; ``send`` takes one from a person.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import storage.acts
import storage.cases
import storage.entries
import storage.incidents
import storage.messages
from casework import acts, advance, desk, dispatch, people, reading
from casework.acts import Wanted
from casework.advance import Arrival
from casework.context import Context, Job
from casework.errors import IncidentError, InvalidFormError, RefusedError
from engine.elements import ElementInfo, declarations, element_of, elements
from engine.values import Value, decode, encode
from storage import Tx
from storage.acts import ActRow
from storage.cases import CaseRow
from storage.errors import TakenError
from storage.incidents import IncidentRow
from storage.messages import MessageRow

TIMER: Final = "system:timer"
ACT: Final = "system:act"
MESSAGE: Final = "system:message"

#: Reason of an incident that stands for an act: it failed several times, or the case could not take its answer.
ACT_FAILED: Final = "act"
#: Reason of an incident that stands for a timer or a message no worker could bring.
JOB_FAILED: Final = "job"
#: Reasons of what a worker found standing still: an open case, a reserved number. There is no input to submit.
STUCK: Final = "stuck"
NUMBER_UNSETTLED: Final = "number"
#: Reasons of incidents of which a retry submits nothing: once they are closed a worker looks again by itself.
LOOKED_AT_AGAIN: Final = frozenset({ACT_FAILED, STUCK, NUMBER_UNSETTLED})


def fire_timer(ctx: Context, case_id: str, address: str, due_at: str) -> bool:
    """Tell a case that an instant it set has come; gives whether it was told now.

    Args:
        ctx: the surroundings.
        case_id: of the case.
        address: of the timer.
        due_at: the instant the job was made for; a timer that moved meanwhile has a job of its own.
    """
    try:
        with advance.writing(ctx, about=f"timer:{address}") as tx:
            case = _open_case(tx, case_id, f"timer:{address}")
            if case is None:
                return False
            snapshot = advance.load(ctx, tx, case)
            if snapshot.projection.timers.get(address) != due_at:
                return False
            advance.advance(ctx, tx, case, snapshot, _timer_fired(address, due_at))
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        # Kept, and seen by an operator; a second try of the job would only keep it twice.
        return False
    return True


def _timer_fired(address: str, due_at: str) -> Arrival:
    return Arrival("timer_fired", TIMER, f"timer:{address}@{due_at}", address)


def _open_case(tx: Tx, case_id: str, about: str) -> CaseRow | None:
    """Lock a case, unless it has ended or an operator has what the job is about."""
    case = storage.cases.lock(tx, case_id)
    if case is None or case.state != "open" or _in_incident(tx, case_id, about):
        return None
    return case


def _incidents_of(tx: Tx, case_id: str, about: str) -> list[IncidentRow]:
    return [row for row in storage.incidents.of_case(tx, case_id) if row.address == about]


def _in_incident(tx: Tx, case_id: str, about: str) -> bool:
    return any(row.closed_at is None for row in _incidents_of(tx, case_id, about))


def _taken_before(error: TakenError) -> bool:
    if error.constraint != "uq_entry_case_key":
        raise error
    return False


def carry_out(ctx: Context, case_id: str, address: str) -> bool:
    """Carry out an act a case wants and bring the answer back; gives whether it was answered now.

    The act itself runs outside any transaction. What it does outside must bear being done twice: it is given the
    case and the address as the key of what it does.

    Raises:
        acts.ActError: the act failed; the job tries again.
    """
    found = _wanted(ctx, case_id, address)
    if found is None:
        return False
    act, wanted = found
    answer = acts.find(act.act)(ctx, wanted)
    try:
        with advance.writing(ctx, about=f"act:{address}", reason=ACT_FAILED) as tx:
            case = _open_case(tx, case_id, f"act:{address}")
            if case is None:
                return False
            snapshot = advance.load(ctx, tx, case)
            if address not in snapshot.projection.acts:
                return False
            answer.settle(tx)
            # What was settled may have named the case, and tasks that open now show its name.
            case = advance.lock(tx, case_id)
            advance.advance(ctx, tx, case, snapshot, _act_answered(address, answer.payload))
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        return False
    return True


def _act_answered(address: str, payload: Mapping[str, Value]) -> Arrival:
    return Arrival("act_answered", ACT, f"act:{address}", address, payload)


def _wanted(ctx: Context, case_id: str, address: str) -> tuple[ActRow, Wanted] | None:
    """Give what is wanted at an address, or null when nobody waits for it now."""
    with ctx.database.reading() as tx:
        row = storage.acts.get(tx, case_id, address)
        case = storage.cases.get(tx, case_id)
        if row is None or row.state != "wanted" or case is None or case.state != "open":
            return None
        earlier = _incidents_of(tx, case_id, f"act:{address}")
    if any(each.closed_at is None for each in earlier):
        return None
    kept = decode(earlier[-1].input)["payload"] if earlier else {}
    return row, Wanted(case_id, address, case.office, decode(row.given), kept)


def deliver(ctx: Context, case_id: str, message_id: str) -> bool:
    """Give a case a message it waits for; gives whether it was taken now."""
    try:
        with advance.writing(ctx, about=f"message:{message_id}") as tx:
            case = _open_case(tx, case_id, f"message:{message_id}")
            message = storage.messages.get(tx, message_id)
            if case is None or message is None or message.delivered_at is not None:
                return False
            arrival = _message_received(message)
            if storage.entries.by_key(tx, case_id, arrival.key) is not None:
                # An operator's retry recorded it.
                storage.messages.delivered(tx, message_id, ctx.now())
                return False
            snapshot = advance.load(ctx, tx, case)
            if not any(dispatch.fits(wait, message.name, message.key) for wait in snapshot.projection.waits.values()):
                return False
            storage.messages.delivered(tx, message_id, ctx.now())
            advance.advance(ctx, tx, case, snapshot, arrival)
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        return False
    return True


def _message_received(message: MessageRow) -> Arrival:
    key = f"message:{message.id}"
    return Arrival("message_received", MESSAGE, key, _name(message.name, message.key), decode(message.payload))


def _name(name: str, key: str | None) -> str:
    return f"message:{name}" + ("" if key is None else f"/{key}")


@dataclass(frozen=True)
class Awaited:
    """A message that a case waits for, and the element that takes it."""

    name: str
    key: str | None
    element: ElementInfo


def awaited(ctx: Context, person: str, case_id: str) -> list[Awaited]:
    """List the messages a case waits for now, each name and key once.

    Raises:
        NotFoundError: no such case, or not theirs to see.
    """
    with ctx.database.writing() as tx:
        _me, case = reading.open_for(ctx, tx, person, case_id, "message")
        told = elements(advance.definition_of(ctx, tx, case))
        waits = advance.load(ctx, tx, case).projection.waits if case.state == "open" else {}
    found = {(wait["name"], wait.get("key")): told[element_of(address)] for address, wait in sorted(waits.items())}
    return [Awaited(name, key, element) for (name, key), element in found.items()]


def send(  # noqa: PLR0913 - who tells which case what
    ctx: Context, person: str, case_id: str, name: str, key: str | None, payload: Mapping[str, Value], *, token: str
) -> bool:
    """Give a case a message a person brings to the desk, ``withdrawn``; it is taken at once or refused.

    Args:
        ctx: the surroundings.
        person: id of who tells.
        case_id: of the case.
        name: of the message.
        key: correlation key, or null.
        payload: values by fact name.
        token: of the form; the same form again does nothing.

    Returns:
        Whether it was taken now.

    Raises:
        NotFoundError: no such case, or not theirs to see.
        NotAllowedError: the person does not work on the cases of its office, or is recused.
        InvalidFormError: a value does not fit its fact, or there is no such fact.
        RefusedError: the case has ended or does not wait for it, no token, or one that stands for something else.
        IncidentError: the step failed; the input is kept.
    """
    arrival = Arrival("message_received", person, desk.key(token), _name(name, key), dict(payload))
    try:
        with advance.writing(ctx) as tx:
            me, _case = reading.open_for(ctx, tx, person, case_id, "message")
            case = advance.lock(tx, case_id)
            people.require_staff(tx, me, case)
            if desk.made_before(tx, case_id, arrival):
                return False
            snapshot = advance.load(ctx, tx, case)
            if not any(dispatch.fits(wait, name, key) for wait in snapshot.projection.waits.values()):
                raise RefusedError("case_ended" if case.state != "open" else "not_waiting", address=arrival.address)
            _check(ctx, tx, case, payload)
            advance.advance(ctx, tx, case, snapshot, arrival)
    except TakenError as error:
        return _taken_before(error)
    return True


def _check(ctx: Context, tx: Tx, case: CaseRow, payload: Mapping[str, Value]) -> None:
    declared = declarations(advance.definition_of(ctx, tx, case))
    errors: dict[str, tuple[str, dict[str, object]]] = {}
    for name, value in payload.items():
        code = declared[name].check(value) if name in declared else "unknown"
        if code is not None:
            errors[name] = (code, {})
    if errors:
        raise InvalidFormError(errors)


def give_up(ctx: Context, job: Job, detail: str) -> None:
    """Keep what a job failed at too often as an incident, so that an operator sees it; again changes nothing."""
    with ctx.database.writing() as tx:
        kept = _kept(tx, job)
        if kept is None:
            return
        about, reason, arrival = kept
        if storage.cases.lock(tx, job.case) is None or _in_incident(tx, job.case, about):
            return
        storage.incidents.open(
            tx,
            case=job.case,
            address=about,
            reason=reason,
            detail=detail,
            input=encode(asdict(arrival)),
            at=ctx.now(),
        )


def _kept(tx: Tx, job: Job) -> tuple[str, str, Arrival] | None:
    """Give the place, the reason and the input of the incident a job becomes; null when nothing waits for it."""
    if job.name == "carry_out":
        (address,) = job.about
        return f"act:{address}", ACT_FAILED, _act_answered(address, {})
    if job.name == "fire_timer":
        address, due_at = job.about
        return f"timer:{address}", JOB_FAILED, _timer_fired(address, due_at)
    (message_id,) = job.about
    message = storage.messages.get(tx, message_id)
    return None if message is None else (f"message:{message_id}", JOB_FAILED, _message_received(message))
