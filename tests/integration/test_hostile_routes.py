"""Every route × every role × own office, other office, no session: what is refused changes no row of any table."""

import io
import sqlite3
from collections import defaultdict
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from casework import cases
from tests.routes import ADMINISTRATOR, CASE, OPEN, ROUTES, SESSION
from tests.world import BYSTANDER, OTHER, OWN, ROLES, Browser, World

#: What may grow by a request that is refused: who read a case of theirs, and who guessed a password.
_TOLD_ANYWAY = frozenset({"read_log", "read_file", "search_log", "sign_in_failure"})
#: What a form of any route may carry, so that no refusal is owed to an empty box alone.
_FIELDS = {
    "text": "a remark",
    "reason": "a reason",
    "ground": "an order",
    "to": f"{OWN}-intake",
    "person": f"{OWN}-reviewer",
    "decision": "granted",
    "fact": " visit.host",
    "visit.host": "钱示例",
    "choice": f"visit {OWN}",
    "name": "示例",
    "sign_in": "somebody-new",
    "password": "a long password",
    "office": OWN,
    "role": "head",
    "from_on": "2026-01-01",
    "absent": BYSTANDER,
    "substitute": f"{OTHER}-intake",
    "active": "false",
}


def _tables(world: World) -> dict[str, str]:
    """Digest every table whole, row by row, but those that a refusal is told in."""
    found: defaultdict[str, Any] = defaultdict(sha256)
    with closing(sqlite3.connect(str(make_url(world.ctx.database.url).database))) as connection:
        for statement in connection.iterdump():
            if statement.startswith('INSERT INTO "'):
                found[statement.split('"', 2)[1]].update(statement.encode())
    return {name: rows.hexdigest() for name, rows in found.items() if name not in _TOLD_ANYWAY}


def _ask(browser: Browser, world: World, route: str) -> TestResponse:
    method, path = route.split(" ", 1)
    if method == "GET":
        return browser.get(world.url(path))
    # A file is read to its end when it is sent, so each form gets its own; so does a token.
    given = {**_FIELDS, "item": f"{world.case} {world.address}", "token": f"{route} {browser.csrf[-9:]}"}
    return browser.send(world.url(path), {**given, "file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")})


def test_the_tables_compared_are_all_there_are_but_the_logs(world: World) -> None:
    cases.view(world.ctx, f"{OWN}-intake", world.case, "link")
    compared = set(_tables(world))
    assert {"case", "entry", "leaf", "task", "person", "person_role", "register", "definition", "basis"} <= compared
    assert not compared & _TOLD_ANYWAY


def test_a_change_anywhere_would_be_seen(world: World) -> None:
    before = _tables(world)
    cases.comment(world.ctx, f"{OWN}-intake", world.case, "a remark", "the token of this test")
    changed = {name for name, digest in _tables(world).items() if digest != before[name]}
    assert {"entry", "leaf", "case"} <= changed


def test_without_a_session_nothing_is_changed(world: World) -> None:
    before = _tables(world)
    for route in sorted(ROUTES):
        _ask(world.browser(), world, route)
        assert _tables(world) == before, route


@pytest.mark.parametrize("role", ROLES)
def test_nobody_of_another_office_changes_anything_of_a_case(world: World, role: str) -> None:
    browser = world.browser(f"{OTHER}-{role}")
    before = _tables(world)
    for route in sorted(route for route, reach in ROUTES.items() if reach == CASE):
        assert _ask(browser, world, route).status_code == 404, route
        assert _tables(world) == before, route


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"administrator"}))
def test_who_is_no_administrator_changes_no_register(world: World, role: str) -> None:
    browser = world.browser(f"{OWN}-{role}")
    before = _tables(world)
    for route in sorted(route for route, reach in ROUTES.items() if reach == ADMINISTRATOR):
        assert _ask(browser, world, route).status_code >= 400, route
        assert _tables(world) == before, route


@pytest.mark.parametrize("role", ROLES)
def test_what_is_refused_in_ones_own_office_changes_nothing_either(world: World, role: str) -> None:
    browser = world.browser(f"{OWN}-{role}")
    for route in sorted(route for route in ROUTES if route != "POST /sign-out"):
        before = _tables(world)
        answer = _ask(browser, world, route)
        if answer.status_code >= 400:
            assert _tables(world) == before, (route, answer.status_code)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_works_on_no_case_claims_hands_over_and_completes_none(world: World, role: str) -> None:
    browser = world.browser(f"{OWN}-{role}")
    routes = [
        route
        for route in sorted(ROUTES)
        if route.startswith("POST /cases/<") and ROUTES[route] == CASE and not route.endswith("/comments")
    ]
    before = _tables(world)
    for route in routes:
        assert _ask(browser, world, route).status_code in {403, 404, 409, 422}, route
        assert _tables(world) == before, route


def test_every_route_is_of_a_known_reach() -> None:
    assert set(ROUTES.values()) == {OPEN, SESSION, CASE, ADMINISTRATOR}
