"""One recognition from the window to the next desk, in a real browser, on the demonstration's people."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from casework import demo
from casework.context import Context
from storage import open_database, upgrade
from storage.files import FileStore
from tests.builders import an_application
from web import create_app

_PROCESSES = Path(__file__).resolve().parents[2] / "processes"
#: The builder's dates, and instants in UTC, as the browser's controls write them in China.
_TYPED = {"accident.happened_at": "2026-10-20T10:30", "injury.first_diagnosis_at": "2026-10-20T12:00"}


@pytest.fixture
def address(tmp_path: Path, serve: Callable[[Flask], Any]) -> Iterator[str]:
    url = f"sqlite:///{tmp_path}/anjuan.db"
    upgrade(url)
    ctx = Context(open_database(url), FileStore(tmp_path / "files"), _PROCESSES, identity_key=b"k" * 32)
    demo.load(ctx, only_if_empty=False)
    with serve(create_app(ctx, secret_key="k" * 32)) as at:
        yield at
    ctx.database.close()


def _sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#sign_in", name)
    page.fill("#password", demo.PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/inbox")


def _fill(field: Locator, value: Any) -> None:
    """Fill the control of a fact as a person would, whatever kind it is."""
    if isinstance(value, list):
        for each in value:
            _tick(field.locator(f"input[value='{each}']"))
    elif field.locator("select").count():
        field.locator("select").select_option(value)
    elif field.locator("input[type=radio]").count():
        _tick(field.locator(f"input[value='{str(value).lower()}']"))
    elif isinstance(value, bool):
        if value:
            _tick(field.locator("input"))
    else:
        field.locator("input, textarea").fill(value)


def _tick(control: Locator) -> None:
    """Choose by the keyboard: fields that appear above meanwhile move what a click would hit."""
    control.press("Space")
    expect(control).to_be_checked()


def _register(page: Page, values: dict[str, Any]) -> None:
    """Fill what is asked, again and again, because an answer may ask for more."""
    left = values | _TYPED
    while left:
        wanted = ", ".join(f"[data-field='{name}']" for name in left)
        field = page.locator(wanted).locator("visible=true").first
        expect(field).to_be_visible()
        # By its own name from here on: what is the first of them changes when an answer asks for another above.
        name = field.get_attribute("data-field") or ""
        _fill(page.locator(f"[data-field='{name}']"), left.pop(name))
    page.click("footer button[value=complete]")


def test_an_application_taken_at_the_window_waits_in_the_inbox_of_who_reviews_it(page: Page, address: str) -> None:
    _sign_in(page, address, "chuangkou")
    page.goto(f"{address}/cases/new")
    page.get_by_label("五华").check()
    page.locator("main form button").click()
    expect(page.locator("h1")).to_have_text("登记申请")
    _register(page, an_application(worker__name="示例·新人"))
    expect(page.locator(".note.success")).to_be_visible()
    expect(page.locator("aside")).to_contain_text("审核申请材料")
    page.goto(f"{address}/inbox?holder=anyone")
    row = page.locator("tbody tr", has_text="示例·新人")
    expect(row).to_contain_text("审核申请材料")
    page.click(".bar .who button >> nth=1")
    _sign_in(page, address, "shenpi")
    page.goto(f"{address}/inbox?holder=anyone")
    expect(page.locator("tbody tr", has_text="示例·新人")).to_have_count(0)
