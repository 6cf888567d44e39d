"""Acts beside the way of a case over HTTP: proposed by one, confirmed by another, refused in words."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from casework import cases, demo, interventions, library, opening, registers
from casework.errors import InvalidFormError
from tests.world import LAW, OTHER, OWN, PASSWORD, Browser, World

_FILLED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": "false"}
_ASKED_ON = "visit.asked_on"


@pytest.fixture(scope="module")
def world(world: World) -> World:
    registers.add_person(world.ctx, "system:test", "second head", "示例二", "second head", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "second head", OWN, "head")
    return world


@pytest.fixture
def case(world: World, request: pytest.FixtureRequest) -> str:
    """A registered visit of the test's own."""
    made = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, request.node.nodeid)
    world.browser(f"{OWN}-intake").send(f"/cases/{made}/tasks/{quote(world.address)}", _FILLED)
    return made


@pytest.fixture
def reviewer(world: World) -> Browser:
    return world.browser(f"{OWN}-reviewer")


@pytest.fixture
def head(world: World) -> Browser:
    return world.browser(f"{OWN}-head")


def _fact(world: World, case: str, name: str) -> object:
    view = cases.view(world.ctx, f"{OWN}-intake", case, "link")
    return next(each.value for each in view.facts if each.fact.name == name)


def _correct(browser: Browser, case: str, **changes: str) -> int:
    """Propose another day; gives the status."""
    given = {
        "fact": _ASKED_ON,
        "visit.asked_on": "2026-11-05",
        "reason": "登记有误",
        "token": "one form",
        "_do": "propose",
    }
    return browser.send(f"/cases/{case}/interventions/correction", given | changes).status_code


def _number(browser: Browser, case: str, what: str) -> str:
    """The number in the address of a form of the page."""
    found = re.search(rf"/interventions/(\d+)/{what}", browser.get(f"/cases/{case}/interventions").text)
    assert found, what
    return found[1]


def _confirm(browser: Browser, case: str) -> None:
    number = _number(browser, case, "confirm")
    assert browser.post(f"/cases/{case}/interventions/{number}/confirm").status_code == 302


# --- corrections


def test_the_case_page_leads_there_for_who_works_on_it_only(world: World, case: str, reviewer: Browser) -> None:
    link = f'href="/cases/{case}/interventions"'
    assert link in reviewer.get(f"/cases/{case}").text
    assert link not in world.browser(f"{OWN}-auditor").get(f"/cases/{case}").text


def test_a_correction_is_asked_with_the_control_of_its_fact(case: str, reviewer: Browser) -> None:
    page = reviewer.get(f"/cases/{case}/interventions/correction?fact={quote(_ASKED_ON)}").text
    assert 'type="date" id="f-visit-asked-on" name="visit.asked_on"' in page
    assert 'value="2026-11-06"' in page
    page = reviewer.get(f"/cases/{case}/interventions/correction?fact={quote('visit.kind')}").text
    assert '<option value="firm"' in page
    assert reviewer.get(f"/cases/{case}/interventions/correction?fact={quote('visit.nothing')}").status_code == 404


def test_a_proposed_correction_shows_both_values_and_both_last_days_to_its_second_person(
    world: World, case: str, reviewer: Browser, head: Browser
) -> None:
    assert _correct(reviewer, case) == 302
    assert _fact(world, case, "visit.asked_on") == "2026-11-06"
    page = head.get(f"/cases/{case}/interventions").text
    for told in ("登记有误", "2026-11-06 周五", "2026-11-05 周四", "2026-11-23 周一", "2026-11-20 周五"):
        assert told in page
    assert "/confirm" not in reviewer.get(f"/cases/{case}/interventions").text


def test_the_same_form_twice_makes_one_proposal(case: str, reviewer: Browser) -> None:
    assert [_correct(reviewer, case), _correct(reviewer, case)] == [302, 302]
    assert reviewer.get(f"/cases/{case}/interventions").text.count("/decline") == 1


def test_a_confirmed_correction_is_in_force_until_and_after_it_was_reviewed(
    world: World, case: str, reviewer: Browser, head: Browser
) -> None:
    _correct(reviewer, case)
    _confirm(head, case)
    assert _fact(world, case, "visit.asked_on") == "2026-11-05"
    number = _number(reviewer, case, "review")
    reviewer.post(f"/cases/{case}/interventions/{number}/review", reason="期限已重新计算")
    assert "/review" not in reviewer.get(f"/cases/{case}/interventions").text
    assert "期限已重新计算" in reviewer.get(f"/cases/{case}").text


def test_nobody_confirms_their_own_proposal_but_may_take_it_back(case: str, head: Browser) -> None:
    _correct(head, case)
    page = head.get(f"/cases/{case}/interventions").text
    assert "/confirm" not in page
    number = _number(head, case, "decline")
    assert head.post(f"/cases/{case}/interventions/{number}/confirm").status_code == 403
    assert head.post(f"/cases/{case}/interventions/{number}/decline", reason="误提").status_code == 302
    assert head.post(f"/cases/{case}/interventions/{number}/decline", reason="误提").status_code == 422


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"visit.asked_on": "2026-11-06"}, "与现有内容相同"),
        ({"visit.asked_on": "yesterday"}, "应为日期"),
        ({"visit.asked_on": ""}, "请填写应有的内容"),
        ({"reason": " "}, "请填写理由"),
    ],
)
def test_a_correction_that_cannot_be_taken_is_shown_again(
    case: str, reviewer: Browser, change: dict[str, str], told: str
) -> None:
    given = {"fact": _ASKED_ON, "visit.asked_on": "2026-11-05", "reason": "手误", "token": "a form"} | change
    answer = reviewer.send(f"/cases/{case}/interventions/correction", given)
    assert answer.status_code == 422
    assert told in answer.text


def test_a_fact_is_corrected_to_unknown_and_shown_as_such(
    world: World, case: str, reviewer: Browser, head: Browser
) -> None:
    change = {"fact": "visit.host", "visit.host": "赵示例", "unknown": "true"}
    assert _correct(reviewer, case, **change) == 302
    assert "不明" in head.get(f"/cases/{case}/interventions").text
    _confirm(head, case)
    assert _fact(world, case, "visit.host") is None
    assert "不明" in head.get(f"/cases/{case}").text
    again = reviewer.get(f"/cases/{case}/interventions/correction?fact=visit.host")
    assert again.status_code == 200


def test_a_correction_names_no_file_that_is_not_there(world: World, case: str) -> None:
    with pytest.raises(InvalidFormError) as refused:
        interventions.propose_correction(
            world.ctx, f"{OWN}-reviewer", case, {"visit.record": "0" * 64}, reason="补录", token="no such file"
        )
    assert refused.value.errors == {"visit.record": ("unknown_file", {})}


# --- closing


def test_a_case_is_closed_on_order_by_two(world: World, case: str, head: Browser) -> None:
    given = {"ground": "昆人社〔2026〕1号", "reason": "重复登记", "token": "closing"}
    head.send(f"/cases/{case}/interventions/closing", given)
    second = world.browser("second head")
    assert "昆人社〔2026〕1号" in second.get(f"/cases/{case}/interventions").text
    _confirm(second, case)
    assert cases.view(world.ctx, f"{OWN}-intake", case, "link").case.state != "open"


def test_closing_needs_an_order(case: str, head: Browser) -> None:
    answer = head.send(
        f"/cases/{case}/interventions/closing", {"ground": "", "reason": "重复登记", "token": "no order"}
    )
    assert answer.status_code == 422


# --- messages


def test_a_message_nobody_waits_for_is_neither_offered_nor_taken(case: str, reviewer: Browser) -> None:
    assert 'name="message"' not in reviewer.get(f"/cases/{case}/interventions").text
    answer = reviewer.send(f"/cases/{case}/interventions/message", {"message": "withdrawn", "token": "message"})
    assert answer.status_code == 422


def test_an_application_is_withdrawn_at_the_desk_while_the_case_waits_for_that(world: World) -> None:
    law = replace(world.ctx, processes=LAW)
    library.load_basis(law, demo.PARAMETER_SET)  # without it no office has said whether it takes withdrawals
    library.import_shipped(law)
    case = opening.start(world.ctx, f"{OWN}-intake", "recognition", OWN, "an application")
    intake = world.browser(f"{OWN}-intake")
    assert "申请人撤回申请" in intake.get(f"/cases/{case}/interventions").text
    told = {"message": "withdrawn", "token": "withdrawal"}
    path = f"/cases/{case}/interventions/message"
    assert [intake.send(path, told).status_code for _ in range(2)] == [302, 302]
    assert "示例intake 告知案件：申请人撤回申请" in intake.get(f"/cases/{case}").text
    assert {
        task.element for task, _element, _assignee in cases.view(world.ctx, f"{OWN}-intake", case, "link").tasks
    } == {
        "register_application",
        "register_withdrawal",
    }


# --- recusal


def test_a_granted_recusal_marks_what_the_person_did(world: World, case: str, reviewer: Browser, head: Browser) -> None:
    asked = {"person": f"{OWN}-intake", "reason": "与当事人有亲属关系", "party": "", "token": "recusal"}
    assert reviewer.send(f"/cases/{case}/interventions/recusal", asked).status_code == 302
    page = head.get(f"/cases/{case}/interventions").text
    path = re.search(rf"/cases/{case}/interventions/recusal/[0-9a-f-]+", page)
    assert path
    assert path[0] not in reviewer.get(f"/cases/{case}/interventions").text
    head.send(path[0], {"decision": "granted", "reason": "情况属实", "token": "decision"})
    page = head.get(f"/cases/{case}").text
    assert "此人后来回避" in page
    assert "申请 示例intake 回避" in page
    assert "决定 示例intake 回避" in page


def test_recusing_nobody_is_refused(case: str, reviewer: Browser) -> None:
    asked = {"person": "", "reason": "与当事人有亲属关系", "token": "nobody"}
    assert reviewer.send(f"/cases/{case}/interventions/recusal", asked).status_code == 422


# --- two officers


def test_a_first_officer_takes_the_own_confirmation_back(world: World, case: str, reviewer: Browser) -> None:
    reviewed = {"visit.reviewed_on": "2026-11-09", "visit.opinion": "同意"}
    reviewer.send(f"/cases/{case}/tasks/visit/review_visit", reviewed)
    approver = world.browser(f"{OWN}-approver")
    path = f"/cases/{case}/tasks/visit/confirm_visit"
    approver.send(path, {"visit.confirmed_at": "2026-11-09T10:30", "visit.confirmed": "true"})
    assert f"/cases/{case}/withdraw/visit/confirm_visit" in approver.get(path).text
    assert approver.post(f"/cases/{case}/withdraw/visit/confirm_visit", token="withdrawal").location == path
    page = approver.get(path).text
    assert "/withdraw/" not in page
    assert 'value="2026-11-09T10:30"' in page


# --- the rest


def test_the_page_is_whole_in_english(case: str, reviewer: Browser) -> None:
    _correct(reviewer, case)
    reviewer.post("/language", language="en", next="/inbox")
    page = reviewer.get(f"/cases/{case}/interventions").text
    assert "Correct a fact" in page
    assert "Asked on" in page
    assert "Deadlines that move" in page


def test_another_office_cannot_tell_that_the_case_is_there(world: World, case: str) -> None:
    stranger = world.browser(f"{OTHER}-head")
    assert stranger.get(f"/cases/{case}/interventions").status_code == 404
    assert _correct(stranger, case) == 404


def test_health_is_told_to_everybody_and_nothing_else(world: World) -> None:
    answer = world.browser().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")
