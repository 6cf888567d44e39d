"""Absences at the desk: who is away arranges their own and ends it when they are back; an administrator anybody's."""

import re
from collections.abc import Iterator

import pytest

from casework import registers
from handlers.law.dates import shanghai_date
from tests.world import OTHER, OWN, Browser, World


@pytest.fixture
def absence(world: World) -> Iterator[str]:
    """The approver's absence from today on, in which the reviewer acts for them; gives its id."""
    today = shanghai_date(world.ctx.now()).isoformat()
    given = {"absent": f"{OWN}-approver", "substitute": f"{OWN}-reviewer", "office": OWN, "role": "approver"}
    answer = world.browser(f"{OWN}-approver").send("/admin/absences", {**given, "from_on": today, "to_on": today})
    assert answer.status_code == 302
    (row,) = registers.absences(world.ctx, f"{OWN}-approver")
    yield row.id
    for left in registers.absences(world.ctx, f"{OWN}-approver"):
        registers.end_substitution(world.ctx, "system:test", left.id)


def buttons(browser: Browser) -> list[str]:
    return re.findall(r'action="(/admin/absences/[^"]+/end)"', browser.get("/admin/absences").text)


@pytest.mark.parametrize("person", [f"{OWN}-approver", f"{OWN}-administrator"])
def test_who_was_away_or_an_administrator_ends_an_absence(world: World, absence: str, person: str) -> None:
    browser = world.browser(person)
    assert buttons(browser) == [f"/admin/absences/{absence}/end"]
    answer = browser.post(f"/admin/absences/{absence}/end")
    assert (answer.status_code, answer.location) == (302, "/admin/absences")
    assert buttons(browser) == []
    assert browser.post(f"/admin/absences/{absence}/end").status_code == 404


def test_the_substitute_sees_the_absence_and_does_not_end_it(world: World, absence: str) -> None:
    browser = world.browser(f"{OWN}-reviewer")
    assert "示例approver" in browser.get("/admin/absences").text
    assert buttons(browser) == []
    assert browser.post(f"/admin/absences/{absence}/end").status_code == 403


@pytest.mark.parametrize("person", [f"{OWN}-head", f"{OTHER}-approver", f"{OTHER}-administrator"])
def test_an_absence_of_others_is_shown_to_administrators_only(world: World, absence: str, person: str) -> None:
    browser = world.browser(person)
    shown = "administrator" in person
    assert bool(buttons(browser)) is shown
    if not shown:
        assert "没有记录" in browser.get("/admin/absences").text
        assert browser.post(f"/admin/absences/{absence}/end").status_code == 403


def test_an_officer_is_offered_colleagues_and_the_pages_that_are_theirs(world: World) -> None:
    page = world.browser(f"{OWN}-approver").get("/admin/absences").text
    assert f'value="{OWN}-reviewer"' in page
    assert f'value="{OTHER}-reviewer"' not in page
    assert f'<input type="hidden" name="absent" value="{OWN}-approver">' in page
    assert "/admin/parameters" in page
    for closed in ("/admin/persons", "/admin/incidents"):
        assert closed not in page
    assert world.browser(f"{OWN}-approver").get("/admin/").location == "/admin/absences"


def test_an_officer_is_offered_their_own_offices_and_roles_and_an_administrator_all(world: World) -> None:
    page = world.browser(f"{OWN}-approver").get("/admin/absences").text
    options = re.findall(r'<option value="([^"]*)"', page)
    assert {OWN, "approver"} <= set(options)
    assert not {OTHER, "head"} & set(options)
    options = re.findall(r'<option value="([^"]*)"', world.browser(f"{OWN}-administrator").get("/admin/absences").text)
    assert {OWN, OTHER, "approver", "head"} <= set(options)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_that_is_missing_or_none_is_told_as_such(world: World, language: str) -> None:
    browser = world.browser(f"{OWN}-approver")
    browser.post("/language", language=language, next="/inbox")
    given = {"absent": f"{OWN}-approver", "substitute": f"{OWN}-reviewer", "office": OWN, "role": "approver"}
    told = {"zh": ("有必填的项目没有填写", "不是日期：soon"), "en": ("is missing", "is no day: soon")}
    missing, none = told[language]
    for day, words in (("", missing), ("soon", none)):
        answer = browser.send("/admin/absences", given | {"from_on": day})
        assert answer.status_code == 422
        assert words in answer.text


def test_the_page_is_whole_in_english(world: World, absence: str) -> None:
    browser = world.browser(f"{OWN}-approver")
    browser.post("/language", language="en", next="/inbox")
    page = browser.get("/admin/absences").text
    for told in ("Back: end it now", "While you are away", "Arrange a substitution"):
        assert told in page
