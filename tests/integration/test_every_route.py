"""Every route × every role × own office, other office, no session: an answer or a clear refusal, and nothing leaked."""

import io

import pytest
from werkzeug.test import TestResponse

from casework import cases
from tests.routes import ADMINISTRATOR, CASE, OPEN, ROUTES
from tests.world import OTHER, OWN, ROLES, Browser, World

#: Routes that close the session the test goes on with.
_ENDING = {"POST /sign-out"}
#: What a form of any route may carry, so that no refusal is owed to an empty box.
_FIELDS = {"text": "a remark", "reason": "a reason", "ground": "an order", "token": "a form", "to": f"{OWN}-intake"}


def _length(world: World) -> int:
    return len(cases.view(world.ctx, f"{OWN}-intake", world.case, "link").timeline)


def _ask(browser: Browser, world: World, route: str) -> TestResponse:
    method, path = route.split(" ", 1)
    if method == "GET":
        return browser.get(world.url(path))
    # A file is read to its end when it is sent, so each form gets its own.
    return browser.post(world.url(path), file=(io.BytesIO(b"%PDF-1.7"), "a.pdf"), **_FIELDS)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_without_a_session_a_route_leads_to_the_sign_in_page_or_is_open(world: World, route: str) -> None:
    before = _length(world)
    answer = _ask(world.browser(), world, route)
    if ROUTES[route] == OPEN:
        assert answer.status_code < 500
    else:
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")
    assert _length(world) == before


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_another_office_is_answered_as_if_it_were_not_there(world: World, role: str) -> None:
    before = _length(world)
    browser = world.browser(f"{OTHER}-{role}")
    for route in sorted(route for route, reach in ROUTES.items() if reach == CASE):
        answer = _ask(browser, world, route)
        assert answer.status_code == 404, route
        assert world.case not in answer.text.replace(world.url("/cases/<case_id>"), ""), route
    assert _length(world) == before


@pytest.mark.parametrize("office", [OWN, OTHER])
@pytest.mark.parametrize("role", ROLES)
def test_no_route_fails_and_registers_answer_to_administrators_only(world: World, office: str, role: str) -> None:
    browser = world.browser(f"{office}-{role}")
    for route in sorted(set(ROUTES) - _ENDING):
        answer = _ask(browser, world, route)
        assert answer.status_code < 500, route
        if ROUTES[route] == ADMINISTRATOR and role != "administrator":
            assert answer.status_code in {403, 422}, route


def test_a_forged_post_is_refused(world: World) -> None:
    before = _length(world)
    browser = world.browser(f"{OWN}-intake")
    browser.csrf = "forged"
    for route in sorted(route for route in ROUTES if route.startswith("POST")):
        answer = _ask(browser, world, route)
        assert answer.status_code == 400, route
        assert "登录已过期" in answer.text, route
    assert _length(world) == before


def test_every_answer_carries_the_security_headers(world: World) -> None:
    browser = world.browser(f"{OWN}-auditor")
    for route in sorted(set(ROUTES) - _ENDING):
        headers = _ask(browser, world, route).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src" in policy, route
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy, route
        assert headers["X-Content-Type-Options"] == "nosniff", route
        assert headers["Referrer-Policy"] == "same-origin", route
