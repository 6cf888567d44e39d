"""The desk in a real browser: keyboard, conditions, errors, both languages, without scripts, and what axe finds."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.world import OWN, PASSWORD, World, a_world

_PAGES = (
    "/inbox",
    "/inbox?holder=anyone",
    "/cases/?query=示例",
    "/cases/new",
    "/admin/persons",
    "/admin/absences",
    "/admin/offices",
    "/admin/parameters",
    "/admin/limits",
    "/admin/incidents",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = a_world(tmp_path_factory.mktemp("desk"))
    yield made
    made.ctx.database.close()


@pytest.fixture
def address(world: World, serve: Callable[[Flask], Any]) -> Iterator[str]:
    with serve(world.app) as at:
        yield at


def _sign_in(page: Page, address: str, role: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#sign_in", f"{OWN}-{role}")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/inbox")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_no_violation_on_any_page(
    page: Page, address: str, world: World, axe: Callable[[Page], list[str]], language: str
) -> None:
    page.goto(f"{address}/sign-in")
    assert axe(page) == []
    _sign_in(page, address, "administrator")
    if language == "en":
        page.click("button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "en")
    for path in (*_PAGES, "/nowhere"):
        page.goto(address + path)
        assert axe(page) == [], path


def test_axe_finds_no_violation_on_a_case_and_its_task(
    page: Page, address: str, world: World, axe: Callable[[Page], list[str]]
) -> None:
    _sign_in(page, address, "intake")
    below = ("", "/interventions", "/tasks/<path:address>")
    for path in (f"/cases/<case_id>{part}" for part in below):
        page.goto(address + world.url(path))
        assert axe(page) == [], path
    page.click("footer button[value=complete]")
    expect(page.locator("#summary")).to_be_focused()
    assert axe(page) == []


def test_the_error_summary_leads_to_the_field(page: Page, address: str, world: World) -> None:
    _sign_in(page, address, "intake")
    page.goto(address + world.url("/cases/<case_id>/tasks/<path:address>"))
    page.fill("#f-visit-host", "张伟")
    page.click("footer button[value=complete]")
    page.click("#summary a >> nth=0")
    target = page.locator("#summary a >> nth=0").get_attribute("href") or ""
    expect(page.locator(target)).to_be_in_viewport()
    expect(page.locator("#f-visit-host")).to_have_value("张伟")


def test_a_field_appears_when_its_condition_holds(page: Page, address: str, world: World) -> None:
    _sign_in(page, address, "intake")
    page.goto(address + world.url("/cases/<case_id>/tasks/<path:address>"))
    relation = page.locator("[data-field='visit.firm']")
    expect(relation).to_be_hidden()
    page.select_option("#f-visit-kind", "firm")
    expect(relation).to_be_visible()
    page.select_option("#f-visit-kind", "home")
    expect(relation).to_be_hidden()


def test_without_scripts_a_condition_is_followed_by_a_button(
    page_without_script: Page, address: str, world: World
) -> None:
    page = page_without_script
    _sign_in(page, address, "intake")
    page.goto(address + world.url("/cases/<case_id>/tasks/<path:address>"))
    page.select_option("#f-visit-kind", "firm")
    page.click("button[value=refresh]")
    expect(page.locator("[data-field='visit.firm']")).to_be_visible()
    expect(page.locator("#f-visit-kind")).to_have_value("firm")


def test_a_half_filled_form_is_kept_and_shown_again(page_without_script: Page, address: str, world: World) -> None:
    page = page_without_script
    _sign_in(page, address, "intake")
    path = address + world.url("/cases/<case_id>/tasks/<path:address>")
    page.goto(path)
    page.fill("#f-visit-host", "𬭎伟")
    page.click("button[value=keep]")
    page.goto(f"{address}/inbox")
    page.goto(path)
    expect(page.locator("#f-visit-host")).to_have_value("𬭎伟")


def test_the_first_stop_of_the_keyboard_leads_past_the_bar(page: Page, address: str, world: World) -> None:
    _sign_in(page, address, "intake")
    page.goto(f"{address}/inbox")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_rows_stay_fifty_pixels_high_in_both_languages(page: Page, address: str, world: World) -> None:
    _sign_in(page, address, "intake")
    page.goto(f"{address}/inbox")
    for language in ("en", "zh-CN"):
        page.click("button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", language)
        heights = page.eval_on_selector_all(".list tbody tr", "rows => rows.map(row => row.offsetHeight)")
        assert heights
        assert all(height <= 54 for height in heights)
