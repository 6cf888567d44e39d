"""Two officers who do not agree, at the desk: each sees what the other confirmed, where it differs, and can take it."""

import re

import pytest

from casework import cases, opening, registers, tasks
from tests.pages import CONFIRM, REVIEW
from tests.world import OWN, PASSWORD, Browser, World

FIRST, SECOND = f"{OWN}-approver", "second approver"
REGISTERED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": False}
REVIEWED = {"visit.reviewed_on": "2026-11-06", "visit.opinion": "同意"}
A = {"visit.confirmed_at": "2026-11-09T10:30", "visit.confirmed": "true"}
B = {"visit.confirmed_at": "2026-11-09T10:31", "visit.confirmed": "true"}


@pytest.fixture(scope="module")
def world(world: World) -> World:
    registers.add_person(world.ctx, "system:test", SECOND, "示例二", SECOND, PASSWORD)
    registers.give_role_now(world.ctx, "system:test", SECOND, OWN, "approver")
    return world


@pytest.fixture
def path(world: World, request: pytest.FixtureRequest) -> str:
    """The page of a task of two officers in a case of the test's own."""
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, request.node.nodeid)
    tasks.complete(world.ctx, f"{OWN}-intake", case, world.address, REGISTERED)
    tasks.complete(world.ctx, f"{OWN}-reviewer", case, REVIEW, REVIEWED)
    return f"/cases/{case}/tasks/{CONFIRM}"


@pytest.fixture
def first(world: World) -> Browser:
    return world.browser(FIRST)


@pytest.fixture
def second(world: World) -> Browser:
    return world.browser(SECOND)


def marks(page: str) -> list[str]:
    """Words at the fields that are filled in otherwise, in their order."""
    told = re.findall(r'<p class="told">(.*?)</p>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+$", "", each) for each in told]


def value(page: str) -> str:
    found = re.search(r'name="visit.confirmed_at"[^>]* value="([^"]*)"', page)
    return found[1] if found else ""


def disagree(first: Browser, second: Browser, path: str) -> str:
    """Let the first confirm A, the second B; gives the page the second gets."""
    assert first.send(path, A).status_code == 302
    refused = second.send(path, B)
    assert refused.status_code == 409
    return refused.text


def test_the_second_is_shown_at_once_where_the_first_differs(first: Browser, second: Browser, path: str) -> None:
    page = disagree(first, second, path)
    assert marks(page) == ["2026-11-09 10:30"]
    assert "与 示例approver 于" in page
    assert 'href="#f-visit-confirmed-at">确认时间</a>' in page
    assert value(page) == B["visit.confirmed_at"]


def test_the_first_finds_what_the_second_confirmed_at_the_field(first: Browser, second: Browser, path: str) -> None:
    disagree(first, second, path)
    page = first.get(path).text
    assert value(page) == A["visit.confirmed_at"]
    assert marks(page) == ["2026-11-09 10:31"]
    assert re.search(r"不同。示例二 于 \d{4}-\d\d-\d\d \d\d:\d\d 确认的内容：", page)
    assert 'aria-describedby="f-visit-confirmed-at-otherwise"' in page


@pytest.mark.parametrize("button", ["take::", "take:visit.confirmed_at:"])
def test_the_value_of_the_other_is_filled_in_by_a_button_and_completes(
    first: Browser, second: Browser, path: str, button: str
) -> None:
    disagree(first, second, path)
    assert f'value="{button}{SECOND}"' in first.get(path).text
    page = first.send(path, A | {"_do": f"{button}{SECOND}"}).text
    assert value(page) == B["visit.confirmed_at"]
    assert "下面所填与 示例二 于" in page
    assert marks(page) == ["2026-11-09 10:30"]  # one's own, which is not out of sight either
    assert "与 您 于" in page
    assert first.send(path, B).status_code == 302
    assert second.send(path, B).status_code == 302
    assert first.get(path).status_code == 409


def test_one_field_is_taken_and_the_others_stay_as_they_are_filled_in(
    first: Browser, second: Browser, path: str
) -> None:
    first.send(path, A)
    second.send(path, {"visit.confirmed_at": B["visit.confirmed_at"]})
    page = first.get(path).text
    assert marks(page) == ["2026-11-09 10:31", "否"]
    page = first.send(path, A | {"_do": f"take:visit.confirmed_at:{SECOND}"}).text
    assert (value(page), "checked" in page) == (B["visit.confirmed_at"], True)


@pytest.mark.parametrize("button", ["take::nobody", "take:visit.host:second approver", "take:", "take:::"])
def test_a_button_that_names_nothing_that_was_confirmed_changes_nothing(
    first: Browser, second: Browser, path: str, button: str
) -> None:
    disagree(first, second, path)
    typed = A | {"visit.confirmed_at": "2026-11-09T09:00"}
    answer = first.send(path, typed | {"_do": button})
    assert (answer.status_code, value(answer.text)) == (200, "2026-11-09T09:00")


def test_a_draft_thrown_away_leaves_what_was_confirmed_last_and_never_an_empty_form(
    first: Browser, second: Browser, path: str
) -> None:
    disagree(first, second, path)
    for browser in (first, second):
        browser.send(path, A | {"visit.confirmed_at": "2026-11-09T09:00", "_do": "keep"})
        assert browser.send(path, {"_do": "forget"}).status_code == 302
        page = browser.get(path).text
        assert value(page) == B["visit.confirmed_at"]
        assert "确认的内容相同。此前的确认已作废" in page


def test_a_confirmation_that_stands_is_compared_with_a_draft(first: Browser, second: Browser, path: str) -> None:
    first.send(path, A)
    second.send(path, B | {"_do": "keep"})
    page = second.get(path).text
    assert "示例approver 已于" in page
    assert "下面所填与其不同" in page
    assert marks(page) == ["2026-11-09 10:30"]
    page = second.send(path, B | {"_do": f"take::{FIRST}"}).text
    assert marks(page) == []
    assert "内容相同即办结" in page


def test_who_waits_for_the_second_sees_what_differed_and_has_no_buttons_to_fill_it_in(
    first: Browser, second: Browser, path: str
) -> None:
    disagree(first, second, path)
    first.send(path, A)
    page = first.get(path).text
    assert marks(page) == ["2026-11-09 10:31"]
    assert "take:" not in page


def test_who_may_not_confirm_is_shown_nothing_of_it(first: Browser, second: Browser, path: str, world: World) -> None:
    disagree(first, second, path)
    page = world.browser(f"{OWN}-head").get(path).text
    assert marks(page) == []
    assert value(page) == ""
    assert "take:" not in page


def test_all_of_it_is_told_in_english_too(first: Browser, second: Browser, path: str) -> None:
    disagree(first, second, path)
    first.client.set_cookie("language", "en")
    page = first.get(path).text
    assert "differs in 1 field from what 示例二 confirmed on" in page
    assert "Fill in all that 示例二 confirmed" in page


def test_the_history_tells_of_the_disagreement_as_before(
    first: Browser, second: Browser, path: str, world: World
) -> None:
    disagree(first, second, path)
    case = path.split("/")[2]
    kinds = [row.kind for row in cases.view(world.ctx, FIRST, case, "link").timeline]
    assert kinds[-2:] == ["confirmed", "confirmation_voided"]
