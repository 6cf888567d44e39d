"""Who may confirm a proposal: its page names the heads who can, and says so where nobody can."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from casework import opening, registers
from tests.world import OWN, PASSWORD, World, a_world

_FILLED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": "false"}
_CORRECTED = {"fact": "visit.asked_on", "visit.asked_on": "2026-11-05", "reason": "登记有误", "_do": "propose"}
NOBODY = "本机构没有可以确认此建议的其他负责人"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = a_world(tmp_path_factory.mktemp("seconds"))
    yield made
    made.ctx.database.close()


def proposed(world: World, role: str) -> str:
    """Let somebody of the office propose a correction; gives what its page then tells them."""
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "one visit")
    world.browser(f"{OWN}-intake").send(f"/cases/{case}/tasks/{quote(world.address)}", _FILLED)
    browser, page = world.browser(f"{OWN}-{role}"), f"/cases/{case}/interventions"
    assert browser.send(f"{page}/correction", _CORRECTED | {"token": "one form"}).status_code == 302
    return browser.get(page).text


def add_head(world: World) -> None:
    registers.add_person(world.ctx, "system:test", "second head", "示例二", "second head", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "second head", OWN, "head")


def test_the_only_head_is_told_that_nobody_can_confirm_what_they_propose(world: World) -> None:
    assert NOBODY in proposed(world, "head")


def test_who_proposes_is_told_which_heads_can_confirm_it(world: World) -> None:
    add_head(world)
    page = proposed(world, "head")
    assert "示例二（或者其代理人）" in page
    assert NOBODY not in page


def test_somebody_else_s_proposal_waits_for_the_only_head(world: World) -> None:
    page = proposed(world, "reviewer")
    assert "等待本机构负责人确认" in page
    assert NOBODY not in page
