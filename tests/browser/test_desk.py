"""The desk in a real browser: keyboard, conditions, errors, both languages, without scripts, and what axe finds."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

import storage.tasks
from casework import opening, registers, tasks
from tests.pages import ROLES, Pages, all_pages
from tests.world import OWN, PASSWORD, World


@pytest.fixture
def address(world: World, serve: Callable[[Flask], Any]) -> Iterator[str]:
    with serve(world.app) as at:
        yield at


def _sign_in(page: Page, address: str, role: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#sign_in", f"{OWN}-{role}")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture(scope="module")
def pages(world: World) -> Pages:
    return all_pages(world)


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 1280), ("zh", 390), ("en", 390)])
@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_no_violation_and_nothing_sticks_out_on_any_page(  # noqa: PLR0917 - what a page is seen with
    page: Page, address: str, pages: Pages, axe: Callable[[Page], list[str]], language: str, role: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/sign-in")
    if role != "nobody":
        _sign_in(page, address, role)
    if language == "en":
        page.click("button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "en")
    for path in pages.of(role):
        page.goto(address + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_axe_finds_no_violation_on_a_refused_form(
    page: Page, address: str, world: World, axe: Callable[[Page], list[str]]
) -> None:
    _sign_in(page, address, "intake")
    page.goto(address + world.url("/cases/<case_id>/tasks/<path:address>"))
    page.click("footer button[value=complete]")
    expect(page.locator("#summary")).to_be_focused()
    assert axe(page) == []
    page.fill("#f-visit-host", "张伟")
    expect(page.locator("[data-field='visit.host'] .error")).to_have_count(0)


def test_a_half_filled_form_keeps_itself_without_a_button(page: Page, address: str, world: World) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "kept by itself")
    path = f"{address}/cases/{case}/tasks/{world.address}"
    _sign_in(page, address, "intake")
    page.goto(path)
    page.fill("#f-visit-host", "张伟")
    expect(page.locator("[data-kept]")).to_have_text(re.compile(r"\d\d:\d\d 已自动暂存"))
    page.goto(path)
    expect(page.locator("#f-visit-host")).to_have_value("张伟")


def test_who_types_on_is_told_that_somebody_else_completed_the_task(page: Page, address: str, world: World) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "taken meanwhile")
    registers.add_person(world.ctx, "system:test", "typing", "示例二号", "typing", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "typing", OWN, "intake")
    tasks.release(world.ctx, f"{OWN}-intake", case, world.address, "released")
    page.goto(f"{address}/sign-in")
    page.fill("#sign_in", "typing")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.goto(f"{address}/cases/{case}/tasks/{world.address}")
    filled = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": False}
    tasks.complete(world.ctx, f"{OWN}-intake", case, world.address, filled)
    page.fill("#f-visit-host", "张伟")
    expect(page.locator("[data-taken]")).to_contain_text("示例intake 已于")
    page.goto(f"{address}/cases/{case}")
    page.locator("aside").get_by_text("登记走访").click()
    expect(page.locator("#f-visit-host")).to_have_value("张伟")
    page.click("button[value=forget]")
    expect(page.locator(".note.success")).to_be_visible()


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


def test_what_is_typed_when_a_session_ends_is_there_again_after_signing_in(
    page: Page, address: str, world: World, axe: Callable[[Page], list[str]]
) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "the session ends")
    _sign_in(page, address, "intake")
    page.goto(f"{address}/cases/{case}/tasks/{world.address}")
    page.fill("#f-visit-host", "张伟")
    page.context.clear_cookies(name="session")
    page.click("footer button[value=complete]")
    expect(page.locator(".note.danger")).to_contain_text("尚未提交")
    assert axe(page) == []
    page.fill("#sign_in", f"{OWN}-intake")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.get_by_role("heading", name="接着填写")).to_be_visible()
    assert axe(page) == []
    page.click("button[value=refresh]")
    expect(page.locator("#f-visit-host")).to_have_value("张伟")


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


def test_a_number_stands_on_one_line_beside_long_names(page: Page, address: str, world: World) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "a long number")
    with world.ctx.database.writing() as tx:
        storage.tasks.relabel(
            tx, case, case_number="演示五华工受〔2026〕1234号", title="昆明春城示例机械有限公司 · 示例·张伟"
        )
    page.set_viewport_size({"width": 1366, "height": 768})
    _sign_in(page, address, "intake")
    page.goto(f"{address}/inbox?holder=anyone")
    number = page.get_by_role("link", name="演示五华工受〔2026〕1234号")
    assert number.evaluate("link => link.getClientRects().length") == 1
    assert page.locator(".list").evaluate("list => list.scrollWidth <= list.clientWidth")


def test_a_rows_own_button_is_pressed_by_the_keyboard_and_the_keys_are_told(
    page: Page, address: str, world: World
) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "a key of its own")
    tasks.release(world.ctx, f"{OWN}-intake", case, world.address, "free for a key")
    _sign_in(page, address, "intake")
    page.goto(f"{address}/inbox?holder=nobody")
    expect(page.locator("[data-keys]")).to_contain_text("j、k")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("登记走访")


def test_rows_are_walked_ticked_and_opened_by_the_keyboard(page: Page, address: str, world: World) -> None:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, "by the keyboard")
    tasks.release(world.ctx, f"{OWN}-intake", case, world.address, "free again")
    _sign_in(page, address, "intake")
    page.goto(f"{address}/inbox?holder=nobody")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody tr").first.locator(".tick input")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_be_visible()
