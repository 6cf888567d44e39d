"""Everybody who signs in arrives at a desk that is theirs, and is offered no other."""

import re
from urllib.parse import urlsplit

import pytest

from casework import cases
from tests.world import OWN, World

#: Where each kind of role arrives, and what the top bar offers.
_DESKS = {
    "intake": ("/inbox", {"/inbox", "/cases/", "/cases/new", "/admin/absences"}),
    "auditor": ("/cases/", {"/cases/", "/admin/procedures"}),
    "analyst": ("/admin/procedures", {"/admin/procedures"}),
    "administrator": ("/admin/", {"/admin/"}),
}


@pytest.mark.parametrize("role", sorted(_DESKS))
def test_who_signs_in_arrives_at_a_desk_of_theirs(world: World, role: str) -> None:
    first, offered = _DESKS[role]
    browser = world.browser(f"{OWN}-{role}")
    assert browser.get("/").location == first
    bar = re.search(r"<nav aria-label=.*?</nav>", browser.get("/admin/offices").text, re.DOTALL)
    assert bar is not None
    assert {urlsplit(each).path for each in re.findall(r'href="([^"]+)"', bar[0])} == offered


def test_an_analyst_sees_which_version_is_in_force_and_its_diagrams(world: World) -> None:
    analyst = world.browser(f"{OWN}-analyst")
    page = analyst.get("/admin/procedures").text
    assert "现行" in page
    assert "自始" in page
    assert "1900-01-01" not in page
    version = re.search(r"/admin/procedures/([0-9a-f]{64})", page)
    assert version is not None
    assert "data-diagram" in analyst.get(version[0]).text
    drawn = analyst.get(f"{version[0]}/diagram").get_json()
    assert drawn[0]["xml"].startswith("<?xml")
    assert drawn[0]["now"] == drawn[0]["done"] == []


def test_a_version_that_nobody_kept_is_not_there(world: World) -> None:
    assert world.browser(f"{OWN}-analyst").get(f"/admin/procedures/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(("role", "sees"), [("auditor", True), ("analyst", False), ("administrator", False)])
def test_a_role_that_sees_no_case_finds_none_in_the_list_either(world: World, role: str, sees: bool) -> None:
    person = f"{OWN}-{role}"
    assert bool(cases.newest(world.ctx, person).rows) is sees
    assert (world.browser(person).get(f"/cases/{world.case}").status_code == 200) is sees
