"""Interventions: a fact corrected, a case closed on order; one person proposes, a second confirms."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import storage.cases
import storage.entries
import storage.tasks
from casework import advance, cases, history, interventions, proposals, search, tasks
from casework.errors import IncidentError, InvalidFormError, NotAllowedError, NotFoundError, RefusedError
from casework.interventions import Intervention
from engine.values import Value
from storage import open_database
from tests.errand import APPROVE, CHECK, DONE, ELSEWHERE, HERE, INSPECT, Office, an_office


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    database = open_database(sqlite_url)
    yield an_office(database, tmp_path)
    database.close()


def propose(office: Office, case: str, person: str = "zhou", **facts: Value) -> int:
    named = {f"errand.{name}": value for name, value in facts.items()}
    return interventions.propose_correction(office.ctx, person, case, named, reason="登记有误", token=office.token())


def correct(office: Office, case: str, **facts: Value) -> int:
    return interventions.confirm(office.ctx, "lu", case, propose(office, case, **facts))


def close(office: Office, case: str) -> int:
    proposal = interventions.propose_closing(
        office.ctx, "zhou", case, ground="昆人社〔2026〕1号", reason="重复登记", token=office.token()
    )
    return interventions.confirm(office.ctx, "lu", case, proposal)


def shown(office: Office, case: str, person: str = "lu") -> Intervention:
    (only,) = interventions.waiting(office.ctx, person, case)
    return only


def fact(office: Office, case: str, name: str) -> Value:
    return next(
        each.value for each in cases.view(office.ctx, "lu", case, "test").facts if each.fact.name == f"errand.{name}"
    )


def _proposed_unchecked(office: Office, case: str, facts: dict[str, Value]) -> int:
    """Propose what an earlier version of the product still let pass."""
    payload: dict[str, Value] = {"proposal.facts": facts, "proposal.scope": ""}
    with office.ctx.database.writing() as tx:
        row = advance.lock(tx, case)
        kind = interventions.CORRECTION
        return proposals.propose(
            office.ctx, tx, "zhou", row, kind=kind, reason="登记有误", token=office.token(), payload=payload
        )


# --- correcting a fact --------------------------------------------------------------------------------------------


def test_a_proposed_correction_changes_nothing_yet(office: Office) -> None:
    case = office.registered()
    propose(office, case, amount=5)
    assert fact(office, case, "amount") == 12


def test_a_second_person_sees_both_values_and_both_last_days_before_confirming(office: Office) -> None:
    case = office.registered()
    propose(office, case, received_on="2026-11-05")
    seen = shown(office, case)
    assert [(each.fact.name, each.old, each.new) for each in seen.facts] == [
        ("errand.received_on", "2026-11-06", "2026-11-05")
    ]
    (limit,) = seen.limits
    assert (limit.deadline, limit.before["due_on"], limit.after["due_on"]) == ("D03#1", "2026-11-23", "2026-11-20")
    assert (seen.proposal.name, seen.proposal.reason) == ("Zhou", "登记有误")
    assert (seen.may_confirm, seen.would_fail) == (True, None)
    assert not shown(office, case, "zhou").may_confirm


def test_a_confirmed_correction_moves_the_limits_and_keeps_the_old_value(office: Office) -> None:
    case = office.registered()
    seq = correct(office, case, received_on="2026-11-05")
    view = cases.view(office.ctx, "lu", case, "test")
    assert fact(office, case, "received_on") == "2026-11-05"
    assert [each.record["due_on"] for each in view.deadlines] == ["2026-11-20"]
    assert tasks.view(office.ctx, "li", case, INSPECT).due_on == "2026-11-20"
    written = next(e for e in view.timeline[seq - 1].effects if e["effect"] == "fact_written")
    assert view.timeline[written["old"] - 1].payload["errand.received_on"] == "2026-11-06"
    assert history.replay(office.ctx).identical == 1


def test_a_correction_names_its_proposal(office: Office) -> None:
    case = office.registered()
    proposal = propose(office, case, amount=5)
    seq = interventions.confirm(office.ctx, "lu", case, proposal)
    with office.ctx.database.reading() as tx:
        settled = storage.entries.by_key(tx, case, proposals.key(proposal))
    assert settled is not None
    assert (settled.seq, settled.kind, settled.actor) == (seq, "fact_corrected", "lu")


def test_what_relied_on_a_corrected_fact_is_listed_until_a_person_has_looked(office: Office) -> None:
    case = office.checked()
    correct(office, case, amount=5)
    (correction,) = interventions.to_review(office.ctx, "zhou", case)
    assert correction.names == ["errand.amount"]
    assert [(each.element.id, each.kind, each.fact) for each in correction.relying] == [
        ("measure_errand", "decision", "errand.amount"),
        ("weigh_errand", "script", "errand.amount"),
    ]
    interventions.review(office.ctx, "zhou", case, correction.seq, "份额须重新计算，已告知审批人")
    assert interventions.to_review(office.ctx, "zhou", case) == []
    with pytest.raises(RefusedError):
        interventions.review(office.ctx, "zhou", case, correction.seq, "再看一次")


def test_reliance_follows_a_fact_into_the_called_diagram_and_into_forms(office: Office) -> None:
    case = office.checked()
    with office.ctx.database.reading() as tx:
        row = storage.cases.get(tx, case)
        assert row is not None
        found = interventions.relied_on(office.ctx, tx, row, "errand.finding")
    assert [(each.element.id, each.kind) for each in found] == [("check_errand", "call")]


def test_the_form_that_lays_a_fact_down_does_not_rely_on_it(office: Office) -> None:
    case = office.registered()
    with office.ctx.database.reading() as tx:
        row = storage.cases.get(tx, case)
        assert row is not None
        found = interventions.relied_on(office.ctx, tx, row, "errand.received_on")
    assert [(each.element.id, each.kind) for each in found] == [("register_errand", "deadline")]


def test_a_corrected_name_is_found_by_and_shown_everywhere(office: Office) -> None:
    case = office.registered()
    named = {"errand.title": "李娜", "worker.identity_number": "530102199203034567"}
    proposal = interventions.propose_correction(
        office.ctx, "zhou", case, named, reason="登记有误", token=office.token()
    )
    interventions.confirm(office.ctx, "lu", case, proposal)
    with office.ctx.database.reading() as tx:
        (task,) = storage.tasks.of_case(tx, case)
        row = storage.cases.get(tx, case)
        found = {
            words: search.find(office.ctx, tx, words, [HERE])
            for words in ("李娜", "张伟", "530102199203034567", "53010219900101001x")
        }
    assert row is not None
    assert (task.title, row.title) == ("李娜", "李娜")
    assert {words: bool(ids) for words, ids in found.items()} == {
        "李娜": True,
        "张伟": False,
        "530102199203034567": True,
        "53010219900101001x": False,
    }


def test_a_fact_is_corrected_to_unknown_by_two_like_to_any_other_value(office: Office) -> None:
    case = office.registered()
    propose(office, case, amount=None)
    assert [(each.old, each.new) for each in shown(office, case).facts] == [(12, None)]
    interventions.confirm(office.ctx, "lu", case, shown(office, case).proposal.seq)
    assert fact(office, case, "amount") is None
    correct(office, case, amount=7)
    assert fact(office, case, "amount") == 7
    assert history.replay(office.ctx).identical == 1


def test_a_limit_whose_first_day_turns_out_to_be_unknown_is_lifted_and_shown_so_beforehand(office: Office) -> None:
    case = office.registered()
    propose(office, case, received_on=None)
    (limit,) = shown(office, case).limits
    assert (limit.before["state"], limit.after["state"]) == ("running", "lifted")
    interventions.confirm(office.ctx, "lu", case, shown(office, case).proposal.seq)
    assert tasks.view(office.ctx, "li", case, INSPECT).due_on is None
    assert history.replay(office.ctx).identical == 1


def test_a_form_of_another_act_proposes_nothing(office: Office) -> None:
    case = office.registered()
    cases.comment(office.ctx, "zhou", case, "备注", "one form")
    with pytest.raises(RefusedError) as refused:
        interventions.propose_closing(office.ctx, "zhou", case, ground="令", reason="重复", token="one form")
    assert refused.value.code == "stale_form"
    interventions.propose_closing(office.ctx, "zhou", case, ground="令", reason="重复", token="a form")
    with pytest.raises(RefusedError) as refused:
        interventions.propose_correction(
            office.ctx, "zhou", case, {"errand.amount": 5}, reason="登记有误", token="a form"
        )
    assert refused.value.code == "stale_form"


def test_the_inbox_says_what_was_corrected(office: Office) -> None:
    case = office.registered()
    correct(office, case, amount=5)
    with office.ctx.database.reading() as tx:
        (task,) = storage.tasks.of_case(tx, case)
    assert task.latest_note == "更正：数量"


def test_nobody_confirms_their_own_proposal_nor_has_it_confirmed_for_them(office: Office) -> None:
    case = office.registered()
    proposal = propose(office, case, "lu", amount=5)
    with pytest.raises(NotAllowedError) as refused:
        interventions.confirm(office.ctx, "lu", case, proposal)
    assert refused.value.code == "separated"
    office.let_act_for("chen", "lu", "head")
    with pytest.raises(NotAllowedError):
        interventions.confirm(office.ctx, "chen", case, proposal)


def test_only_a_head_confirms(office: Office) -> None:
    case = office.registered()
    proposal = propose(office, case, amount=5)
    for person in ("wang", "chen"):
        with pytest.raises(NotAllowedError) as refused:
            interventions.confirm(office.ctx, person, case, proposal)
        assert refused.value.code == "no_role"


def test_a_proposal_is_settled_once(office: Office) -> None:
    case = office.registered()
    proposal = propose(office, case, amount=5)
    interventions.confirm(office.ctx, "lu", case, proposal)
    settlings: tuple[Callable[[], object], ...] = (
        lambda: interventions.confirm(office.ctx, "lu", case, proposal),
        lambda: proposals.decline(office.ctx, "lu", case, proposal, "晚了"),
    )
    for settle in settlings:
        with pytest.raises(RefusedError) as refused:
            settle()
        assert refused.value.code == "proposal_settled"


def test_a_proposer_takes_back_and_a_head_declines(office: Office) -> None:
    case = office.registered()
    own, other = propose(office, case, amount=5), propose(office, case, amount=6)
    with pytest.raises(NotAllowedError):
        proposals.decline(office.ctx, "wang", case, own, "不同意")
    proposals.decline(office.ctx, "zhou", case, own, "看错了")
    proposals.decline(office.ctx, "lu", case, other, "无依据")
    assert interventions.waiting(office.ctx, "lu", case) == []
    assert fact(office, case, "amount") == 12


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("errand.amount", "twelve", "not_integer"),
        ("errand.amount", 12, "unchanged"),
        ("errand.received_on", "2026-02-30", "not_date"),
        ("errand.received_on", "2099-01-01", "later_than_today"),
        ("errand.received_on", "1926-11-06", "before_the_law"),
        ("errand.received_on", "0001-01-01", "day_too_early"),
        ("errand.other", 1, "undeclared"),
    ],
)
def test_a_correction_that_is_none_is_refused_at_its_field(office: Office, name: str, value: Value, code: str) -> None:
    case = office.registered()
    with pytest.raises(InvalidFormError) as refused:
        interventions.propose_correction(
            office.ctx, "zhou", case, {name: value}, reason="登记有误", token=office.token()
        )
    assert refused.value.errors == {name: (code, {})}


def test_a_correction_that_the_machine_cannot_take_is_foreseen_and_kept(office: Office) -> None:
    case = office.registered()
    proposal = _proposed_unchecked(office, case, {"errand.received_on": "1900-01-01"})
    assert shown(office, case).would_fail is not None
    with pytest.raises(IncidentError):
        interventions.confirm(office.ctx, "lu", case, proposal)
    assert fact(office, case, "received_on") == "2026-11-06"


# --- closing on order -----------------------------------------------------------------------------------------------


def test_a_case_closed_on_order_leaves_nothing_open(office: Office) -> None:
    case = office.registered()
    close(office, case)
    view = cases.view(office.ctx, "lu", case, "test")
    assert (view.case.state, view.case.outcome, view.tasks) == ("closed", "closed", [])
    assert view.timeline[-1].kind == "closed"
    assert view.timeline[-2].payload["proposal.ground"] == "昆人社〔2026〕1号"
    assert [each.record["state"] for each in view.deadlines] == ["lifted"]
    with pytest.raises(RefusedError):
        close(office, case)
    assert history.replay(office.ctx).identical == 1


def test_closing_needs_ground_and_reason(office: Office) -> None:
    case = office.registered()
    for ground, reason in (("", "重复"), ("昆人社〔2026〕1号", " ")):
        with pytest.raises(RefusedError) as refused:
            interventions.propose_closing(office.ctx, "zhou", case, ground=ground, reason=reason, token=office.token())
        assert refused.value.code == "reason_required"


def test_a_case_that_ended_is_neither_corrected_nor_closed(office: Office) -> None:
    case = office.checked()
    proposal = propose(office, case, amount=5)
    office.complete("chen", case, APPROVE, DONE)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: propose(office, case, amount=6),
        lambda: interventions.confirm(office.ctx, "lu", case, proposal),
        lambda: close(office, case),
    )
    for attempt in attempts:
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert refused.value.code == "case_ended"


def test_a_stranger_neither_sees_nor_makes_proposals(office: Office) -> None:
    stranger = office.hire("he", "head", "reviewer", office=ELSEWHERE)
    case = office.registered()
    proposal = propose(office, case, amount=5)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: propose(office, case, stranger, amount=6),
        lambda: interventions.confirm(office.ctx, stranger, case, proposal),
        lambda: interventions.waiting(office.ctx, stranger, case),
        lambda: interventions.to_review(office.ctx, stranger, case),
        lambda: proposals.decline(office.ctx, stranger, case, proposal, "不"),
    )
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            attempt()


def test_a_fact_of_a_called_diagram_is_corrected_where_it_stands(office: Office) -> None:
    case = office.inspected()
    scope = "errand/check_errand"
    proposal = interventions.propose_correction(
        office.ctx, "zhou", case, {"errand.finding": "地面干燥"}, reason="抄错", token=office.token(), scope=scope
    )
    interventions.confirm(office.ctx, "lu", case, proposal)
    values = {
        each.scope: each.value
        for each in cases.view(office.ctx, "lu", case, "test").facts
        if each.fact.name == "errand.finding"
    }
    assert values == {"": "地面湿滑", scope: "地面干燥"}
    assert tasks.view(office.ctx, "zhou", case, CHECK).may_complete
