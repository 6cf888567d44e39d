"""A session that ends while a form is open: what was typed is not lost, and nobody else can plant it."""

import html
import re
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from casework import cases, opening
from tests.world import OWN, PASSWORD, Browser, World

_HERE = {"Referer": "http://localhost/cases"}
_TYPED = {"visit.host": '赵示例 <b>&"', "visit.kind": "home", "_do": "complete", "token": "t-1"}


@pytest.fixture
def task(world: World, request: pytest.FixtureRequest) -> str:
    """The path of the first task of a case of the test's own."""
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, request.node.nodeid)
    return f"/cases/{case}/tasks/{quote(world.address)}"


def _post(browser: Browser, path: str, **headers: str) -> TestResponse:
    return browser.client.post(path, data={"csrf_token": browser.csrf, **_TYPED}, headers=headers, buffered=True)


def _hidden(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text.partition("<main")[2])
    return {html.unescape(name): html.unescape(value) for name, value in found}


@pytest.fixture(params=["signed out elsewhere", "its cookie has gone"])
def gone(world: World, request: pytest.FixtureRequest) -> Browser:
    """A browser whose session ended while a form was open in it."""
    browser = world.browser(f"{OWN}-intake")
    if request.param == "its cookie has gone":
        browser.client.delete_cookie("session")
    else:
        with browser.client.session_transaction() as session:
            session["_user_id"] = "a session that was closed"
    return browser


def test_what_was_typed_is_shown_again_after_signing_in(world: World, gone: Browser, task: str) -> None:
    door = _post(gone, task, **_HERE)
    assert door.status_code == 401
    assert "尚未提交" in door.text
    asked = _hidden(door)

    wrong = gone.client.post("/sign-in", data={**asked, "sign_in": f"{OWN}-intake", "password": "no"}, buffered=True)
    again = {**_hidden(wrong), "sign_in": f"{OWN}-intake", "password": PASSWORD}
    page = gone.client.post("/sign-in", data=again, buffered=True)
    held = _hidden(page)
    assert f'action="{task}"' in page.text
    assert {name: held[name] for name in ("visit.host", "visit.kind")} == {
        "visit.host": '赵示例 <b>&"',
        "visit.kind": "home",
    }
    assert "_do" not in held
    assert PASSWORD not in page.text

    form = gone.client.post(task, data={**held, "_do": "refresh"}, buffered=True)
    assert form.status_code == 200
    assert html.escape('赵示例 <b>&"', quote=False) in form.text.replace("&#34;", '"')
    started = cases.view(world.ctx, f"{OWN}-intake", task.split("/")[2], "link").timeline
    assert [row.kind for row in started] == ["opened", "claimed"]


def test_another_site_plants_nothing_in_the_sign_in_page(gone: Browser, task: str) -> None:
    for headers in ({"Referer": "https://example.org/"}, {"Referer": "http://localhost.example.org/"}, {}):
        answer = _post(gone, task, **headers)
        assert answer.status_code in {302, 400}
        assert "赵示例" not in answer.text


def test_what_is_held_may_not_be_anything(world: World) -> None:
    for held in ("{}", "[1]", '[["a"]]', '[["a", 1]]', "[[", '[["_do", "complete"]]'):
        answer = world.browser().post("/sign-in", sign_in=f"{OWN}-intake", password=PASSWORD, next="/inbox", held=held)
        assert answer.status_code in {200, 302}, held
        assert 'value="complete"' not in answer.text


def test_another_form_leads_back_to_its_page_and_says_that_nothing_was_done(gone: Browser, task: str) -> None:
    case = task.rpartition("/tasks/")[0]
    headers = {**_HERE, "Referer": f"http://localhost{case}?why=task"}
    answer = gone.client.post(f"{case}/comments", data={"text": "a remark"}, headers=headers, buffered=True)
    assert answer.location == f"/sign-in?next={case}?why%3Dtask"
    assert "没有执行" in gone.get(answer.location).text
