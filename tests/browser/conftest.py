"""A real Chromium, and the application served to it on this machine."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright
from werkzeug.serving import make_server

from tests.not_run import not_run

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/snap/bin/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_ROOT = Path(__file__).resolve().parents[2]
_AXE = _ROOT / "web/frontend/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium of the system; ``ANJUAN_CHROMIUM`` names one in an unusual place.

    It ends with its module: its event loop runs in this thread, and the job queue refuses to start where one does.
    """
    path = _find()
    if path is None:
        not_run("Chromium", "none in the usual places, and the system's package manager did not bring one")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        except Error as error:
            not_run("Chromium", f"{path} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


def _find() -> str | None:
    named = os.environ.get("ANJUAN_CHROMIUM")
    found = (named, *map(shutil.which, _NAMES), *(place for place in _PLACES if Path(place).exists()))
    return next((path for path in found if path), None)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a profile of its own; a script error, or a request to another host, fails the test at its end."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1366, "height": 900})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    opened.on("console", lambda message: wrong.extend(_complaint(message)))
    opened.on("request", lambda request: wrong.extend(_foreign(request)))
    opened.on("dialog", lambda dialog: dialog.accept())
    yield opened
    context.close()
    assert not wrong, wrong


@pytest.fixture
def page_without_script(chromium: Browser) -> Iterator[Page]:
    """A page where no script runs."""
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    yield context.new_page()
    context.close()


def _complaint(message: ConsoleMessage) -> list[str]:
    # A refused form answers 422 on purpose, and the browser logs that as an error of loading. A test's own server
    # is gone before its page is closed, and what was still loading then is cut off.
    expected = ("the server responded with a status of 4", "net::ERR_CONNECTION_", "TypeError: Failed to fetch")
    if message.type != "error" or any(words in message.text for words in expected):
        return []
    return [f"console: {message.text}"]


def _foreign(request: Request) -> list[str]:
    own = ("http://127.0.0.1:", "data:", "blob:", "about:")
    return [] if request.url.startswith(own) else [f"request to another host: {request.url}"]


@pytest.fixture
def serve() -> Callable[[Flask], Any]:
    """Gives what serves an application on a free port of this machine, as a context with its address."""
    return _serve


@contextmanager
def _serve(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, name="live-server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Names what axe finds against WCAG 2 A and AA on a page, one line for each element."""
    if not _AXE.exists():
        not_run("axe", "the browser packages are not installed (make assets)")
    script = _AXE.read_text(encoding="utf-8")
    return lambda page: _violations(page, script)


def _violations(page: Page, script: str) -> list[str]:
    # Evaluated from outside, so that the page's own content security policy stays as it is served.
    page.evaluate(script)
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [
        f"{violation['id']}: {node['html']} — {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
