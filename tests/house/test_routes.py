"""No route without an entry that says who reaches it, no entry without a route."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from casework.context import Context
from storage import open_database
from storage.files import FileStore
from tests.routes import OPEN, ROUTES
from web import create_app, sign_in


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    database = open_database(sqlite_url)
    yield create_app(Context(database, FileStore(tmp_path / "files"), Path("processes")), secret_key="k" * 32)
    database.close()


def _rules(app: Flask) -> dict[str, Rule]:
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & methods
    }


def test_every_route_has_an_entry_and_every_entry_a_route(app: Flask) -> None:
    assert set(_rules(app)) == set(ROUTES)


def test_exactly_the_routes_told_open_answer_without_a_session(app: Flask) -> None:
    rules = _rules(app)
    told = {rules[each].endpoint for each, reach in ROUTES.items() if reach == OPEN}
    assert told == sign_in.OPEN


def test_only_get_and_post_are_answered(app: Flask) -> None:
    assert set().union(*(rule.methods or () for rule in app.url_map.iter_rules())) == {"GET", "HEAD", "OPTIONS", "POST"}
