"""What cases wait for: timers fire, acts are carried out, messages arrive; each once, whatever runs twice."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, event

import storage.acts
import storage.cases
import storage.deadlines
import storage.entries
import storage.incidents
import storage.messages
import storage.numbers
import storage.tasks
from bench.ground import OFFICE
from casework import dispatch, history, incidents, registers, sweeping, working
from casework.acts import ActError, ActGivenError, Wanted, ask_system, draw_lots
from casework.context import Job
from casework.errors import InvalidFormError, NotAllowedError, NotFoundError, RefusedError
from casework.projection import Changes
from engine import Event
from engine.values import decode
from storage.tables import task
from tests.panel import ASK, DRAW, OVERDUE, REMIND, WEIGH, Desk, a_desk, do

DUE = "D03#1/due"


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as made:
        yield made


def weighed_by(desk: Desk) -> str:
    """Bring a case to its weighing: it spoke to itself."""
    case = desk.registered()
    desk.work()
    return case


def administrator(desk: Desk) -> str:
    person = registers.add_person(desk.ctx, "system:test", None, "管理", "admin", "a long password of nobody")
    registers.give_role(desk.ctx, "system:test", person, office=OFFICE, role="administrator", from_on="2020-01-01")
    return person


# --- timers -------------------------------------------------------------------------------------------------------


def test_the_end_of_a_last_day_is_told_once(desk: Desk) -> None:
    case = desk.registered()
    due_at = desk.timers(case)[DUE]
    desk.moment = OVERDUE
    assert working.fire_timer(desk.ctx, case, DUE, due_at)
    assert not working.fire_timer(desk.ctx, case, DUE, due_at)
    with desk.ctx.database.reading() as tx:
        assert [row.state for row in storage.deadlines.of_case(tx, case)] == ["breached"]
    assert history.replay(desk.ctx).diverged == []


def test_a_timer_that_moved_is_told_by_its_own_job_only(desk: Desk) -> None:
    case = desk.registered()
    desk.moment = OVERDUE
    assert not working.fire_timer(desk.ctx, case, DUE, "2026-11-20T16:00:00.000000Z")
    assert "timer_fired" not in desk.kinds(case)


def test_a_sweep_hands_over_what_is_due_once_and_nothing_else(desk: Desk) -> None:
    case = desk.registered()
    desk.woken.clear()
    assert sweeping.sweep(desk.ctx) == 0
    desk.moment = OVERDUE
    sweeping.sweep(desk.ctx)
    handed = [job for job in desk.woken if job.name == "fire_timer"]
    assert {job.about for job in handed} == set(desk.timers(case).items())
    desk.woken.clear()
    sweeping.sweep(desk.ctx)
    assert [job for job in desk.woken if job.name == "fire_timer"] == []


def test_a_timer_whose_job_was_lost_is_handed_over_again_as_another_job(desk: Desk) -> None:
    desk.registered()
    desk.moment = OVERDUE
    sweeping.sweep(desk.ctx)
    lost = {job.key for job in desk.woken}
    desk.woken.clear()
    desk.pass_by(seconds=31)
    sweeping.sweep(desk.ctx)
    assert "fire_timer" in {job.name for job in desk.woken}
    assert not lost & {job.key for job in desk.woken if job.name == "fire_timer"}


def test_a_reminder_comes_beside_the_task_it_reminds_of(desk: Desk) -> None:
    case = weighed_by(desk)
    desk.pass_by(days=2)
    sweeping.sweep(desk.ctx)
    desk.work()
    with desk.ctx.database.reading() as tx:
        open_tasks = storage.tasks.of_case(tx, case)
    assert [(row.address, row.latest_note) for row in open_tasks] == [(WEIGH, "请评议")]
    assert desk.facts(case)["panel.reminded_at"] == desk.ctx.now()
    assert REMIND not in desk.timers(case)


# --- acts ---------------------------------------------------------------------------------------------------------


def test_a_step_wakes_what_it_wants_and_the_act_is_carried_out_once(desk: Desk) -> None:
    case = desk.registered()
    (woken,) = desk.woken
    assert (woken.name, woken.case, woken.about) == ("carry_out", case, (DRAW,))
    assert do(desk.ctx, woken)
    drawn = desk.facts(case)["panel.drawn"]
    assert len(drawn) == 2
    assert not do(desk.ctx, woken)
    assert desk.facts(case)["panel.drawn"] == drawn
    assert desk.kinds(case).count("act_answered") == 1


def test_a_step_that_is_rolled_back_takes_its_jobs_and_messages_with_it(desk: Desk) -> None:
    case = desk.registered()
    desk.woken.clear()

    def fails(_tx: object, _job: Job) -> None:
        raise ZeroDivisionError

    object.__setattr__(desk.ctx, "wake", fails)
    with pytest.raises(ZeroDivisionError):
        working.carry_out(desk.ctx, case, DRAW)
    with desk.ctx.database.reading() as tx:
        acts = storage.acts.of_case(tx, case)
    assert [(row.address, row.state) for row in acts] == [(DRAW, "wanted")]
    assert "act_answered" not in desk.kinds(case)


def test_a_forgotten_act_is_woken_by_the_sweep(desk: Desk) -> None:
    case = desk.registered()
    desk.woken.clear()
    assert sweeping.sweep(desk.ctx) == 0, "its own job has not had its time yet"
    desk.pass_by(seconds=31)
    assert sweeping.sweep(desk.ctx) == 1
    assert desk.woken[0].about == (DRAW,)
    desk.work()
    assert "panel.drawn" in desk.facts(case)


def test_an_act_given_up_waits_for_an_operator_and_a_retry_carries_it_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = desk.registered(source="registry")
    do(desk.ctx, desk.woken.pop(0))
    asked = desk.woken.pop(0)
    with pytest.raises(ActError):
        do(desk.ctx, asked)
    for _again in range(2):
        working.give_up(desk.ctx, asked, "no source registry is connected")
    (incident,) = desk.open_incidents(case)
    assert (incident.reason, incident.address) == (working.ACT_FAILED, f"act:{ASK}")
    desk.pass_by(minutes=5)
    assert sweeping.sweep(desk.ctx) == 0, "what an operator has is not tried again"
    assert not do(desk.ctx, asked)
    monkeypatch.setitem(ask_system.SIMULATED, "registry", "simulated: known")
    assert incidents.retry(desk.ctx, administrator(desk), incident.id, "已接通")
    assert sweeping.sweep(desk.ctx) == 1
    desk.work()
    assert desk.facts(case)["panel.insured"] == "simulated: known"
    assert history.replay(desk.ctx).diverged == []


def test_an_answer_the_case_could_not_take_is_one_incident_and_kept(desk: Desk) -> None:
    case = desk.registered(other=None)
    desk.work()
    (incident,) = desk.open_incidents(case)
    assert incident.detail.startswith("panel/tell_other: expression")
    assert decode(incident.input)["payload"] == {"panel.insured": "simulated: insured"}
    desk.pass_by(minutes=5)
    assert sweeping.sweep(desk.ctx) == 0
    assert incidents.retry(desk.ctx, administrator(desk), incident.id, "再试")
    assert sweeping.sweep(desk.ctx) == 1
    desk.work()
    (again,) = desk.open_incidents(case)
    assert again.id != incident.id
    assert desk.kinds(case)[-1] == "act_answered"


def test_a_draw_the_case_could_not_take_stands(desk: Desk) -> None:
    case = desk.registered()
    wanted = Wanted(
        case, DRAW, OFFICE, {"among": ["赵", "钱"], "count": 1, "into": "panel.drawn"}, {"panel.drawn": ["孙"]}
    )
    assert draw_lots.carry_out(desk.ctx, wanted).payload == {"panel.drawn": ["孙"]}


@pytest.mark.parametrize("changes", [{"wanted": 5}, {"wanted": 0}, {"experts": ["赵", "赵"]}, {"experts": None}])
def test_lots_that_cannot_be_drawn_are_not_drawn(desk: Desk, changes: dict[str, object]) -> None:
    given = {"among": changes.get("experts", ["赵", "钱"]), "count": changes.get("wanted", 1), "into": "panel.drawn"}
    with pytest.raises(ActGivenError):
        draw_lots.carry_out(desk.ctx, Wanted("case", DRAW, OFFICE, given))


# --- messages between cases ---------------------------------------------------------------------------------------


def a_deaf_case(desk: Desk) -> str:
    """Open a case that waits for no message yet, and whose act nobody carries out."""
    case = desk.registered(title="不听案")
    desk.woken.clear()
    return case


def test_a_message_reaches_the_case_its_key_names(desk: Desk) -> None:
    receiver = desk.registered(title="收件案", other=a_deaf_case(desk))
    desk.registered(title="发件案", other=receiver)
    desk.work()
    assert desk.facts(receiver)["panel.heard"] == "发件案"


def test_a_message_is_kept_until_its_receiver_waits_and_then_taken_once(desk: Desk) -> None:
    receiver = desk.registered(title="收件案", other=a_deaf_case(desk))
    waiting = list(desk.woken)
    desk.woken.clear()
    desk.registered(title="发件案", other=receiver)
    desk.work()
    with desk.ctx.database.reading() as tx:
        (kept,) = storage.messages.undelivered(tx, receiver)
    assert not working.deliver(desk.ctx, receiver, kept.id), "nobody waits for it yet"
    desk.woken += waiting
    desk.work()
    assert desk.facts(receiver)["panel.heard"] == "发件案"
    assert not working.deliver(desk.ctx, receiver, kept.id)
    assert desk.kinds(receiver).count("message_received") == 1
    assert history.replay(desk.ctx).diverged == []


def test_a_message_without_receiver_comes_back_to_its_sender(desk: Desk) -> None:
    case = weighed_by(desk)
    assert desk.facts(case)["panel.heard"] == "第一案"


def test_a_message_goes_to_the_cases_of_the_dossier_that_wait_for_it(desk: Desk) -> None:
    neighbour = desk.registered(title="同卷案", other=a_deaf_case(desk))
    in_dossier(desk, neighbour)
    desk.work()
    sender = desk.registered(title="发件案")
    in_dossier(desk, sender)
    desk.work()
    assert desk.facts(neighbour)["panel.heard"] == "发件案"
    assert "panel.heard" not in desk.facts(sender)


def in_dossier(desk: Desk, case: str) -> None:
    with desk.ctx.database.writing() as tx:
        row = desk.row(tx, case)
        storage.cases.save(
            tx,
            case,
            expected_version=row.version,
            seq=row.seq,
            head=row.head,
            at=row.at,
            snapshot=row.snapshot,
            snapshot_engine=row.snapshot_engine,
            dossier="dossier",
        )


def test_a_message_an_operator_resubmitted_is_not_delivered_again(desk: Desk) -> None:
    case = desk.registered()
    working.carry_out(desk.ctx, case, DRAW)
    working.carry_out(desk.ctx, case, ASK)
    with desk.ctx.database.reading() as tx:
        (message,) = storage.messages.undelivered(tx, case)
    working.give_up(desk.ctx, Job("deliver", "", case, (message.id,)), "broken")
    (incident,) = desk.open_incidents(case)
    desk.pass_by(minutes=5)
    assert sweeping.sweep(desk.ctx) == 0
    assert incidents.retry(desk.ctx, administrator(desk), incident.id, "再试")
    assert not working.deliver(desk.ctx, case, message.id)
    with desk.ctx.database.reading() as tx:
        assert storage.messages.undelivered(tx, case) == []
    assert desk.kinds(case).count("message_received") == 1


# --- messages from the desk ---------------------------------------------------------------------------------------


def test_a_message_from_the_desk_is_taken_at_once_and_once(desk: Desk) -> None:
    case = weighed_by(desk)
    given = {"panel.reason": "申请人撤回"}
    assert working.send(desk.ctx, desk.person, case, "told", None, given, token="form 9")
    assert not working.send(desk.ctx, desk.person, case, "told", None, given, token="form 9")
    with desk.ctx.database.reading() as tx:
        assert desk.row(tx, case).state == "ended"
        last = storage.entries.read(tx, case)
        assert [row.actor for row in last][-1] == desk.person
    assert desk.timers(case) == {}, "an ended case is told of nothing, though its limit runs on"
    assert history.replay(desk.ctx).diverged == []
    with pytest.raises(RefusedError, match="case_ended"):
        working.send(desk.ctx, desk.person, case, "told", None, given, token="form 10")


def test_a_message_nobody_waits_for_is_refused(desk: Desk) -> None:
    case = desk.registered()
    with pytest.raises(RefusedError, match="not_waiting"):
        working.send(desk.ctx, desk.person, case, "told", None, {}, token="form 9")


def test_a_message_from_the_desk_brings_declared_facts_of_their_type(desk: Desk) -> None:
    case = weighed_by(desk)
    with pytest.raises(InvalidFormError) as refused:
        working.send(desk.ctx, desk.person, case, "told", None, {"panel.reason": 7, "panel.none": 1}, token="form 9")
    assert set(refused.value.errors) == {"panel.reason", "panel.none"}


def test_a_message_from_the_desk_needs_a_role_that_works_in_the_office(desk: Desk) -> None:
    case = weighed_by(desk)
    stranger = a_person(desk, "stranger", "530103", "intake")
    auditor = a_person(desk, "auditor", OFFICE, "auditor")
    with pytest.raises(NotFoundError):
        working.send(desk.ctx, stranger, case, "told", None, {}, token="form 9")
    with pytest.raises(NotAllowedError):
        working.send(desk.ctx, auditor, case, "told", None, {}, token="form 9")


def a_person(desk: Desk, name: str, office: str, role: str) -> str:
    person = registers.add_person(desk.ctx, "system:test", None, name, name, "a long password of nobody")
    registers.give_role(desk.ctx, "system:test", person, office=office, role=role, from_on="2020-01-01")
    return person


# --- what stands still --------------------------------------------------------------------------------------------


def test_an_open_case_in_which_nothing_is_ready_or_waiting_becomes_one_incident(desk: Desk) -> None:
    healthy, stuck = weighed_by(desk), weighed_by(desk)
    with desk.ctx.database.writing() as tx:
        tx.connection.execute(delete(task).where(task.c.case == stuck))
        storage.messages.clear_waits(tx, stuck, ["panel/told_off"])
        storage.timers.clear(tx, stuck, [REMIND])
    assert DUE in desk.timers(stuck), "a deadline moves no token"
    assert sweeping.inspect(desk.ctx) == 1
    assert sweeping.inspect(desk.ctx) == 0
    assert [row.reason for row in desk.open_incidents(stuck)] == [working.STUCK]
    assert desk.open_incidents(healthy) == []
    assert incidents.retry(desk.ctx, administrator(desk), desk.open_incidents(stuck)[0].id, "看过")


def test_a_number_left_without_a_paper_becomes_one_incident(desk: Desk) -> None:
    case = desk.registered()
    with desk.ctx.database.writing() as tx:
        storage.numbers.reserve(tx, series="测试", year=2026, case=case, address=DRAW, at=desk.ctx.now())
    assert sweeping.inspect(desk.ctx) == 0
    desk.pass_by(hours=1)
    assert sweeping.inspect(desk.ctx) == 1
    assert sweeping.inspect(desk.ctx) == 0
    assert [row.reason for row in desk.open_incidents(case)] == [working.NUMBER_UNSETTLED]


def test_a_timer_given_up_is_one_incident_with_its_input(desk: Desk) -> None:
    case = desk.registered()
    due_at = desk.timers(case)[DUE]
    working.give_up(desk.ctx, Job("fire_timer", "", case, (DUE, due_at)), "broken")
    (incident,) = desk.open_incidents(case)
    assert decode(incident.input)["key"] == f"timer:{DUE}@{due_at}"
    desk.moment = OVERDUE
    desk.woken.clear()
    sweeping.sweep(desk.ctx)
    assert (DUE, due_at) not in {job.about for job in desk.woken}
    assert incidents.retry(desk.ctx, administrator(desk), incident.id, "再试")
    assert desk.kinds(case)[-1] == "timer_fired"


# --- the cost of it -----------------------------------------------------------------------------------------------


def test_a_step_that_sends_wants_and_awaits_nothing_is_dispatched_without_a_statement(desk: Desk) -> None:
    case = desk.registered()
    statements: list[str] = []
    with desk.ctx.database.writing() as tx:
        row = desk.row(tx, case)
        event.listen(tx.connection, "before_cursor_execute", lambda *told: statements.append(told[2]))
        dispatch.after_step(desk.ctx, tx, row, Event(9, "task_completed", row.at, desk.person), Changes(facts=["a.b"]))
    assert statements == []
