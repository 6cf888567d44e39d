"""Recusal 回避: asked, decided by a head who is not concerned, and what follows from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from casework import cases, history, inbox, interventions, recusal, registers, tasks
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from storage import open_database
from tests.errand import CHECK, CHECKED, ELSEWHERE, FOUND, HERE, INSPECT, Office, an_office

#: The bureau above the office.
CITY = "530100"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    database = open_database(sqlite_url)
    yield an_office(database, tmp_path)
    database.close()


def recuse(office: Office, case: str, person: str, by: str = "lu") -> None:
    request = recusal.ask(office.ctx, "zhou", case, concerning=person, ground="系申请人近亲属", token=office.token())
    recusal.decide(office.ctx, by, case, request, granted=True, reason="属实", token=office.token())


def test_whoever_is_recused_does_nothing_more_in_the_case(office: Office) -> None:
    case = office.registered()
    recuse(office, case, "li")
    for attempt in (
        lambda: office.complete("li", case, INSPECT, FOUND),
        lambda: tasks.claim(office.ctx, "li", case, INSPECT, office.token()),
        lambda: tasks.reassign(office.ctx, "lu", case, INSPECT, to="li", reason="忙", token=office.token()),
    ):
        with pytest.raises(NotAllowedError) as refused:
            attempt()
        assert refused.value.code == "separated"
    assert tasks.view(office.ctx, "li", case, INSPECT).refusal == "separated"
    assert [row.barred for row in inbox.page(office.ctx, "li").rows] == ["recusal"]


def test_a_recusal_is_for_one_case(office: Office) -> None:
    case, other = office.registered(), office.registered()
    recuse(office, case, "li")
    assert tasks.view(office.ctx, "li", other, INSPECT).may_complete


def test_nobody_acts_for_a_recused_person(office: Office) -> None:
    case = office.registered()
    recuse(office, case, "li")
    office.let_act_for("wang", "li")
    with pytest.raises(NotAllowedError):
        office.complete("wang", case, INSPECT, FOUND)


def test_a_recused_persons_claims_and_confirmations_are_freed(office: Office) -> None:
    case = office.registered()
    tasks.claim(office.ctx, "li", case, INSPECT, office.token())
    office.complete("li", case, INSPECT, FOUND)
    recuse(office, case, "li")
    view = tasks.view(office.ctx, "zhao", case, INSPECT)
    assert (view.assignee, view.confirmations) == (None, [])
    assert office.complete("zhao", case, INSPECT, FOUND).awaits_second
    assert office.complete("qian", case, INSPECT, FOUND).next_tasks == [CHECK]


def test_what_a_recused_person_did_is_kept_and_marked(office: Office) -> None:
    case = office.inspected()
    recuse(office, case, "li")
    timeline = cases.view(office.ctx, "lu", case, "test").timeline
    with office.ctx.database.reading() as tx:
        marked = recusal.marked(tx, case)
    assert [(row.kind, row.actor) for row in timeline if row.seq in marked] == [("confirmed", "Li")]
    assert office.complete("zhou", case, CHECK, CHECKED).first
    assert history.replay(office.ctx).identical == 1


def test_asking_and_deciding_stand_in_the_history(office: Office) -> None:
    case = office.registered()
    asked = recusal.ask(
        office.ctx, "zhou", case, concerning="li", ground="系近亲属", party="申请人张伟", token=office.token()
    )
    recusal.decide(office.ctx, "lu", case, asked, granted=True, reason="属实", token=office.token())
    told = [row for row in cases.view(office.ctx, "lu", case, "test").timeline if row.kind == "recused"]
    assert [(row.actor, row.payload["recusal.state"], row.payload["recusal.ground"]) for row in told] == [
        ("Zhou", "asked", "系近亲属"),
        ("Lu", "granted", "属实"),
    ]
    assert told[0].payload["recusal.asked_by"] == "申请人张伟"
    (shown,) = recusal.requests(office.ctx, "zhou", case)
    assert (shown.person, shown.asked_by, shown.state, shown.decided_by) == ("Li", "申请人张伟", "granted", "Lu")


def test_a_refused_recusal_bars_nobody(office: Office) -> None:
    case = office.registered()
    asked = recusal.ask(office.ctx, "li", case, concerning="li", ground="相识", token=office.token())
    recusal.decide(office.ctx, "lu", case, asked, granted=False, reason="不影响公正", token=office.token())
    assert tasks.view(office.ctx, "li", case, INSPECT).may_complete
    with pytest.raises(RefusedError) as refused:
        recusal.decide(office.ctx, "lu", case, asked, granted=True, reason="再想", token=office.token())
    assert refused.value.code == "recusal_decided"


def test_only_a_head_who_is_not_concerned_decides(office: Office) -> None:
    registers.give_role_now(office.ctx, "system:test", "chen", HERE, "head")
    case = office.registered()
    asked = recusal.ask(office.ctx, "zhou", case, concerning="lu", ground="系近亲属", token=office.token())
    for person, code in (("zhou", "no_role"), ("lu", "separated")):
        with pytest.raises(NotAllowedError) as refused:
            recusal.decide(office.ctx, person, case, asked, granted=False, reason="无", token=office.token())
        assert refused.value.code == code
    assert [row.may_decide for row in recusal.requests(office.ctx, "lu", case)] == [False]
    assert [row.may_decide for row in recusal.requests(office.ctx, "chen", case)] == [True]
    recusal.decide(office.ctx, "chen", case, asked, granted=True, reason="属实", token=office.token())


def test_over_the_only_head_the_office_above_decides(office: Office) -> None:
    above = office.hire("city", "head", office=CITY)
    case = office.registered()
    with pytest.raises(NotFoundError):
        recusal.requests(office.ctx, above, case)
    asked = recusal.ask(office.ctx, "zhou", case, concerning="lu", ground="系近亲属", token=office.token())
    assert [row.may_decide for row in recusal.requests(office.ctx, above, case)] == [True]
    recusal.decide(office.ctx, above, case, asked, granted=True, reason="属实", token=office.token())
    with pytest.raises(NotFoundError):
        recusal.requests(office.ctx, above, case)


def test_a_recused_head_intervenes_no_more(office: Office) -> None:
    registers.give_role_now(office.ctx, "system:test", "chen", HERE, "head")
    case = office.registered()
    recuse(office, case, "lu", by="chen")
    proposal = interventions.propose_closing(
        office.ctx, "zhou", case, ground="昆人社〔2026〕1号", reason="重复", token=office.token()
    )
    with pytest.raises(NotAllowedError):
        interventions.confirm(office.ctx, "lu", case, proposal)
    with pytest.raises(NotAllowedError):
        tasks.reassign(office.ctx, "lu", case, INSPECT, to="li", reason="忙", token=office.token())


@pytest.mark.parametrize(
    ("asker", "concerning", "ground", "code"),
    [
        ("zhou", "li", " ", "reason_required"),
        ("zhou", "nobody", "相识", "person_unknown"),
        ("admin", "li", "相识", "case_unknown"),
    ],
)
def test_a_request_is_refused(office: Office, asker: str, concerning: str, ground: str, code: str) -> None:
    case = office.registered()
    with pytest.raises((RefusedError, NotFoundError)) as refused:
        recusal.ask(office.ctx, asker, case, concerning=concerning, ground=ground, token=office.token())
    assert refused.value.code == code


def test_the_same_request_twice_is_one(office: Office) -> None:
    case = office.registered()
    one, other = (
        recusal.ask(office.ctx, "zhou", case, concerning="li", ground="相识", token="one form") for _ in range(2)
    )
    assert one == other
    assert len(recusal.requests(office.ctx, "zhou", case)) == 1


def test_a_stranger_asks_nothing(office: Office) -> None:
    stranger = office.hire("he", "head", office=ELSEWHERE)
    case = office.registered()
    with pytest.raises(NotFoundError):
        recusal.ask(office.ctx, stranger, case, concerning="li", ground="相识", token=office.token())
