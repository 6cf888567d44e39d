"""Two officers: two signed-in persons confirm the same bytes, and only then is their task completed."""

from pathlib import Path

import pytest

import storage.cases
import storage.drafts
from casework import advance, cases, history, interventions, officers, registers, tasks
from casework.errors import NotAllowedError, TakenError
from engine.values import digest, encode
from storage import Database
from tests.errand import APPROVE, CHECK, CHECKED, DONE, FOUND, HERE, INSPECT, Office, an_office

OTHERWISE = {"errand.finding": "地面干燥"}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


@pytest.fixture
def case(office: Office) -> str:
    return office.registered()


def told(office: Office, case: str) -> list[tuple[str, str | None]]:
    timeline = cases.view(office.ctx, "lu", case, "test").timeline
    return [(row.kind, row.actor) for row in timeline if row.address == INSPECT]


def differ(office: Office, case: str) -> None:
    """Let one officer confirm, and another something else a while later."""
    office.complete("li", case, INSPECT, FOUND)
    office.clock.pass_by(minutes=5)
    with pytest.raises(TakenError):
        office.complete("zhao", case, INSPECT, OTHERWISE)


def test_the_first_officers_completion_is_kept_as_a_confirmation(office: Office, case: str) -> None:
    kept = office.complete("li", case, INSPECT, FOUND)
    assert kept.awaits_second
    assert kept.next_tasks == []
    view = tasks.view(office.ctx, "zhao", case, INSPECT)
    (confirmation,) = view.confirmations
    assert (confirmation.person, confirmation.name, confirmation.values) == ("li", "Li", FOUND)
    assert (confirmation.at, confirmation.digest) == (office.ctx.now(), digest(encode(FOUND)))
    assert (view.values, view.may_complete) == (FOUND, True)
    assert told(office, case) == [("confirmed", "Li")]


def test_a_confirmation_is_in_the_history_with_the_digest_of_what_was_confirmed(office: Office, case: str) -> None:
    kept = office.complete("li", case, INSPECT, FOUND)
    row = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert (row.seq, row.kind, row.payload) == (
        kept.seq,
        "confirmed",
        {"confirmation.digest": digest(encode(FOUND))},
    )


def test_two_officers_who_confirm_the_same_complete_the_task(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    done = office.complete("zhao", case, INSPECT, dict(FOUND))
    assert (done.awaits_second, done.next_tasks) == (False, [CHECK])
    assert told(office, case) == [("confirmed", "Li"), ("task_completed", "Zhao")]
    with office.ctx.database.reading() as tx:
        assert storage.drafts.confirmations(tx, case, INSPECT) == []


def test_the_entry_names_both_officers(office: Office, case: str) -> None:
    office.inspect(case, INSPECT)
    row = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert row.actor == "Zhao"
    assert row.payload == {**FOUND, "task.first_officer": "li"}


def test_replay_remembers_both_officers(office: Office, case: str) -> None:
    office.inspect(case, INSPECT)
    with office.ctx.database.reading() as tx:
        row = advance.require(storage.cases.get(tx, case), case)
        again = advance.refold(office.ctx, tx, case)
    assert again.projection.completers["inspect_errand"] == ["zhao", "li"]
    assert again.encode() == row.snapshot
    assert history.replay(office.ctx).identical == 1


def test_one_officer_alone_confirms_twice_and_completes_nothing(office: Office, case: str) -> None:
    first = office.complete("li", case, INSPECT, FOUND)
    again = office.complete("li", case, INSPECT, FOUND)
    assert (again.seq, again.first, again.awaits_second) == (first.seq, False, True)
    assert told(office, case) == [("confirmed", "Li")]
    view = tasks.view(office.ctx, "li", case, INSPECT)
    assert (view.may_complete, view.refusal) == (False, "awaits_second")


def test_an_officer_who_thinks_again_confirms_anew(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    office.complete("li", case, INSPECT, OTHERWISE)
    assert [each.values for each in tasks.view(office.ctx, "zhao", case, INSPECT).confirmations] == [OTHERWISE]
    assert office.complete("zhao", case, INSPECT, OTHERWISE).next_tasks == [CHECK]


def test_another_finding_of_the_second_voids_the_first_and_both_are_told(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(TakenError) as differs:
        office.complete("zhao", case, INSPECT, OTHERWISE)
    assert (differs.value.code, differs.value.who) == ("confirmation_differs", "Li")
    for person, own in (("li", FOUND), ("zhao", OTHERWISE)):
        view = tasks.view(office.ctx, person, case, INSPECT)
        assert view.disagreed == ("Zhao", office.ctx.now())
        assert not any(each.stands for each in view.confirmations)
        assert (view.values, view.may_complete) == (own, True)
    assert told(office, case) == [("confirmed", "Li"), ("confirmation_voided", "Zhao")]


def test_after_a_disagreement_both_begin_again(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(TakenError):
        office.complete("zhao", case, INSPECT, OTHERWISE)
    assert office.complete("zhao", case, INSPECT, OTHERWISE).awaits_second
    assert tasks.view(office.ctx, "li", case, INSPECT).disagreed is None
    assert office.complete("li", case, INSPECT, OTHERWISE).next_tasks == [CHECK]
    assert history.verify(office.ctx).faults == []


def test_each_of_two_who_disagree_sees_what_both_confirmed(office: Office, case: str) -> None:
    differ(office, case)
    for person in ("li", "zhao"):
        tasks.keep_draft(office.ctx, person, case, INSPECT, {"errand.finding": "未定"})
        shown = tasks.view(office.ctx, person, case, INSPECT).confirmations
        assert [(each.name, each.values, each.stands) for each in shown] == [
            ("Li", FOUND, False),
            ("Zhao", OTHERWISE, False),
        ]
        assert shown[0].at < shown[1].at


def test_a_draft_thrown_away_leaves_what_was_confirmed_last(office: Office, case: str) -> None:
    differ(office, case)
    for person in ("li", "zhao"):
        tasks.forget_draft(office.ctx, person, case, INSPECT)
        assert tasks.view(office.ctx, person, case, INSPECT).values == OTHERWISE
    office.complete("li", case, INSPECT, FOUND)
    assert tasks.view(office.ctx, "zhao", case, INSPECT).values == FOUND


def test_a_third_officer_sees_both_and_may_agree_with_either(office: Office, case: str) -> None:
    differ(office, case)
    assert [each.name for each in tasks.view(office.ctx, "qian", case, INSPECT).confirmations] == ["Li", "Zhao"]
    office.complete("qian", case, INSPECT, FOUND)
    assert office.complete("li", case, INSPECT, FOUND).next_tasks == [CHECK]


@pytest.mark.parametrize("person", ["zhou", "lu"])
def test_who_may_not_confirm_sees_nothing_of_what_was_confirmed(office: Office, case: str, person: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    differ(office, case)
    view = tasks.view(office.ctx, person, case, INSPECT)
    assert (view.confirmations, dict(view.values)) == ([], {})


def test_what_was_compared_goes_with_the_task(office: Office, case: str) -> None:
    differ(office, case)
    office.complete("zhao", case, INSPECT, OTHERWISE)
    assert office.complete("li", case, INSPECT, OTHERWISE).next_tasks == [CHECK]
    with office.ctx.database.reading() as tx:
        assert storage.drafts.confirmations_of_case(tx, case) == []


def test_replay_knows_a_void_confirmation_from_one_that_stands(office: Office, case: str) -> None:
    differ(office, case)
    assert history.replay(office.ctx).identical == 1
    office.complete("li", case, INSPECT, OTHERWISE)
    assert history.replay(office.ctx).identical == 1
    tasks.withdraw(office.ctx, "li", case, INSPECT, office.token())
    assert history.replay(office.ctx).identical == 1
    with pytest.raises(NotAllowedError):
        tasks.withdraw(office.ctx, "zhao", case, INSPECT, office.token())


def test_a_recused_officer_leaves_the_other_as_they_stand_and_keeps_what_they_typed(office: Office, case: str) -> None:
    differ(office, case)
    typed = {"errand.finding": "未定"}
    tasks.keep_draft(office.ctx, "zhao", case, INSPECT, typed)
    with office.ctx.database.writing() as tx:
        assert officers.drop_of_person(tx, case, "zhao") == []
        assert list(officers.standing(tx, case)) == []
        kept = storage.drafts.get(tx, case, INSPECT, "zhao")
    assert kept is not None
    assert kept.body == encode(typed)
    (left,) = tasks.view(office.ctx, "li", case, INSPECT).confirmations
    assert (left.name, left.stands) == ("Li", False)


def test_the_first_officer_may_withdraw_and_keeps_the_form(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    tasks.withdraw(office.ctx, "li", case, INSPECT, office.token())
    view = tasks.view(office.ctx, "li", case, INSPECT)
    assert (view.confirmations, view.values, view.may_complete) == ([], FOUND, True)
    assert told(office, case)[-1] == ("confirmation_withdrawn", "Li")
    assert office.complete("zhao", case, INSPECT, FOUND).awaits_second


def test_nobody_withdraws_what_another_confirmed(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(NotAllowedError) as refused:
        tasks.withdraw(office.ctx, "zhao", case, INSPECT, office.token())
    assert refused.value.code == "not_confirmed"


def test_a_claim_of_the_first_does_not_keep_the_second_out(office: Office, case: str) -> None:
    tasks.claim(office.ctx, "li", case, INSPECT, office.token())
    office.complete("li", case, INSPECT, FOUND)
    assert tasks.view(office.ctx, "zhao", case, INSPECT).may_complete
    assert office.complete("zhao", case, INSPECT, FOUND).next_tasks == [CHECK]


def test_the_second_officer_must_hold_the_role_too(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(NotAllowedError) as refused:
        office.complete("zhou", case, INSPECT, FOUND)
    assert refused.value.code == "no_role"


def test_nobody_is_both_officers_by_way_of_a_substitution(office: Office, case: str) -> None:
    office.let_act_for("wang", "li")
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(NotAllowedError) as refused:
        office.complete("wang", case, INSPECT, FOUND)
    assert refused.value.code == "separated"


def test_the_absent_whom_the_first_officer_acted_for_is_no_second(office: Office, case: str) -> None:
    office.let_act_for("wang", "li")
    office.complete("wang", case, INSPECT, FOUND)
    with pytest.raises(NotAllowedError):
        office.complete("li", case, INSPECT, FOUND)
    office.complete("zhao", case, INSPECT, FOUND)
    payload = cases.view(office.ctx, "lu", case, "test").timeline[-1].payload
    assert payload == {**FOUND, "task.first_officer": "wang", "task.first_officer_for": "li"}


def test_each_of_two_officers_gets_the_first_answer_again(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    done = office.complete("zhao", case, INSPECT, FOUND)
    for person in ("li", "zhao"):
        again = office.complete(person, case, INSPECT, FOUND)
        assert (again.seq, again.first, again.next_tasks) == (done.seq, False, [CHECK])
    with pytest.raises(TakenError):
        office.complete("qian", case, INSPECT, FOUND)


def test_a_confirmation_goes_with_its_task(office: Office, case: str) -> None:
    office.complete("li", case, INSPECT, FOUND)
    proposal = interventions.propose_closing(
        office.ctx, "zhou", case, ground="昆人社〔2026〕1号", reason="重复登记", token=office.token()
    )
    interventions.confirm(office.ctx, "lu", case, proposal)
    with office.ctx.database.reading() as tx:
        assert storage.drafts.confirmations_of_case(tx, case) == []


def test_neither_officer_approves_what_both_inspected(office: Office, case: str) -> None:
    office.inspect(case, INSPECT)
    office.complete("zhou", case, CHECK, CHECKED)
    for person in ("li", "zhao"):
        registers.give_role_now(office.ctx, "system:test", person, HERE, "approver")
        with pytest.raises(NotAllowedError) as refused:
            office.complete(person, case, APPROVE, DONE)
        assert refused.value.code == "separated"
