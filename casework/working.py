"""What a worker does: fires a timer, carries out an act, delivers a message.

Each function is what one job calls. It looks whether the case still waits for that very thing, and does nothing
when it does not, so a job that runs twice, late, or after a crash changes nothing.
"""

from typing import Final

import storage.acts
import storage.cases
import storage.incidents
import storage.messages
from casework import acts, advance
from casework.acts import Wanted
from casework.advance import Arrival
from casework.context import Context
from casework.errors import IncidentError
from engine.values import decode, encode
from storage.errors import TakenError

TIMER: Final = "system:timer"
ACT: Final = "system:act"
MESSAGE: Final = "system:message"

#: Reason of an incident that stands for an act given up after several tries.
ACT_FAILED: Final = "act"


def fire_timer(ctx: Context, case_id: str, address: str, due_at: str) -> bool:
    """Tell a case that an instant it set has come; gives whether it was told now.

    Args:
        ctx: the surroundings.
        case_id: of the case.
        address: of the timer.
        due_at: the instant the job was made for; a timer that moved meanwhile has a job of its own.
    """
    arrival = Arrival("timer_fired", TIMER, f"timer:{address}@{due_at}", address)
    try:
        with advance.writing(ctx) as tx:
            case = storage.cases.lock(tx, case_id)
            if case is None or case.state != "open":
                return False
            snapshot = advance.load(ctx, tx, case)
            if snapshot.projection.timers.get(address) != due_at:
                return False
            advance.advance(ctx, tx, case, snapshot, arrival)
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        # Kept, and seen by an operator; a second try of the job would only keep it twice.
        return False
    return True


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
    with ctx.database.reading() as tx:
        row = storage.acts.get(tx, case_id, address)
        case = storage.cases.get(tx, case_id)
    if row is None or row.state != "wanted" or case is None or case.state != "open":
        return False
    wanted = Wanted(case_id, address, case.office, decode(row.given))
    answer = acts.find(row.act)(ctx, wanted)
    arrival = Arrival("act_answered", ACT, f"act:{address}", address, answer.payload)
    try:
        with advance.writing(ctx) as tx:
            locked = advance.lock(tx, case_id)
            snapshot = advance.load(ctx, tx, locked)
            if address not in snapshot.projection.acts:
                return False
            answer.settle(tx)
            advance.advance(ctx, tx, locked, snapshot, arrival)
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        return False
    return True


def give_up(ctx: Context, case_id: str, address: str, detail: str) -> None:
    """Keep an act that failed too often as an incident; an operator's retry wakes it again."""
    with ctx.database.writing() as tx:
        for incident in storage.incidents.of_case(tx, case_id):
            if incident.address == address and incident.closed_at is None:
                return
        storage.incidents.open(
            tx,
            case=case_id,
            address=address,
            reason=ACT_FAILED,
            detail=detail,
            input=encode({"act": address}),
            at=ctx.now(),
        )


def deliver(ctx: Context, case_id: str, message_id: str) -> bool:
    """Give a case a message it waits for; gives whether it was taken now."""
    try:
        with advance.writing(ctx) as tx:
            case = storage.cases.lock(tx, case_id)
            message = storage.messages.get(tx, message_id)
            if case is None or case.state != "open" or message is None or message.delivered_at is not None:
                return False
            snapshot = advance.load(ctx, tx, case)
            name = f"message:{message.name}" + ("" if message.key is None else f"/{message.key}")
            waits = snapshot.projection.waits.values()
            if not any(w["name"] == message.name and w.get("key") in (None, message.key) for w in waits):
                return False
            payload = decode(message.payload)
            arrival = Arrival("message_received", MESSAGE, f"message:{message.id}", name, payload)
            storage.messages.delivered(tx, message.id, ctx.now())
            advance.advance(ctx, tx, case, snapshot, arrival)
    except TakenError as error:
        return _taken_before(error)
    except IncidentError:
        return False
    return True
