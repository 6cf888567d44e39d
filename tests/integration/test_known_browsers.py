"""The door: whoever guesses waits, and nobody can make another person wait in front of their own browser."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import storage.people
from casework import sign_ins
from casework.context import Context
from casework.sign_ins import MOST_FAILURES_OF_A_NAME, MOST_FAILURES_OF_AN_ADDRESS, Origin
from storage import Database
from storage.files import FileStore
from storage.people import PersonRow
from tests.world import PASSWORD, PROCESSES, Browser
from web import create_app

PERSONS = CLERK, COLLEAGUE, HEAD = "wang", "li", "zhao"


@dataclass(frozen=True)
class Door:
    """The surroundings of three persons, and the application they sign in to."""

    ctx: Context
    app: Flask


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Door:
    ctx = Context(database, FileStore(tmp_path / "files"), PROCESSES, identity_key=b"k" * 32)
    with database.writing() as tx:
        for name in PERSONS:
            storage.people.add_person(tx, PersonRow(name, "示例", name, password_hash()))
    return Door(ctx, create_app(ctx, secret_key="k" * 32))


@cache
def password_hash() -> str:
    """Hash the password of all of them, once."""
    return sign_ins.hash_password(PASSWORD)


def knocks(client: FlaskClient, name: str, password: str = PASSWORD, **headers: str) -> int:
    """Try to sign in, in a browser that was closed; gives the status: 302 in, 422 wrong, 429 wait."""
    client.delete_cookie("session")
    browser = Browser(client, None)
    fields = {"csrf_token": browser.csrf, "sign_in": name, "password": password}
    return client.post("/sign-in", data=fields, headers=headers).status_code


def attack(door: Door, name: str) -> None:
    """Let strangers fail by a name as often as they may; by counting alone, for to look at a password takes time."""
    with door.ctx.database.writing() as tx:
        for _ in range(MOST_FAILURES_OF_A_NAME):
            sign_ins._count(door.ctx, tx, sign_ins._keyed(door.ctx, "name", name), Origin("203.0.113.9"))
    assert knocks(door.app.test_client(), name, "a guess") == 429


def kept(client: FlaskClient) -> str:
    cookie = client.get_cookie("known", path="/sign-in")
    assert cookie is not None
    return cookie.value


def keep(client: FlaskClient, value: str) -> FlaskClient:
    client.set_cookie("known", value, path="/sign-in")
    return client


def test_who_guesses_a_name_locks_it_for_strangers_and_not_for_its_person(door: Door) -> None:
    own, session = door.app.test_client(), Browser(door.app.test_client(), COLLEAGUE)
    assert knocks(own, CLERK) == 302
    stranger = door.app.test_client()
    assert {knocks(stranger, CLERK, "a guess") for _ in range(MOST_FAILURES_OF_A_NAME)} == {422}
    attack(door, COLLEAGUE)
    assert knocks(stranger, CLERK) == knocks(door.app.test_client(), CLERK) == 429
    assert knocks(own, CLERK) == 302
    assert session.get("/").location == "/inbox"


def test_a_browser_is_known_for_everybody_who_signed_in_from_it_and_for_nobody_else(door: Door) -> None:
    shared = door.app.test_client()
    assert knocks(shared, CLERK) == 302
    assert knocks(shared, COLLEAGUE) == 302
    for name in (CLERK, COLLEAGUE, HEAD):
        attack(door, name)
    only_cookie = keep(door.app.test_client(), kept(shared))
    assert knocks(only_cookie, CLERK) == 302
    assert knocks(only_cookie, COLLEAGUE) == 302
    assert knocks(keep(door.app.test_client(), kept(shared)), HEAD) == 429


def test_a_forged_or_broken_cookie_is_that_of_a_stranger(door: Door) -> None:
    own = door.app.test_client()
    assert knocks(own, CLERK) == 302
    browser, signature = kept(own).split(".")
    other = create_app(door.ctx, secret_key="another key of another house").test_client()
    assert knocks(other, CLERK) == 302
    attack(door, CLERK)
    for value in (browser, f"{browser[::-1]}.{signature}", f"{browser}.{signature}x", "x" * 4000, ".", kept(other)):
        assert knocks(keep(door.app.test_client(), value), CLERK) == 429, value


def test_a_cookie_tells_no_name_and_goes_to_the_sign_in_page_alone(door: Door) -> None:
    own = door.app.test_client()
    for name in (CLERK, COLLEAGUE, CLERK):
        assert knocks(own, name) == 302
    assert CLERK not in kept(own)
    assert len(kept(own).split(".")) == 3
    cookie = own.get_cookie("known", path="/sign-in")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/sign-in")


def test_a_known_browser_that_guesses_has_to_wait_too(door: Door) -> None:
    own = door.app.test_client()
    assert knocks(own, CLERK) == 302
    statuses = [knocks(own, CLERK, "a guess") for _ in range(2 * MOST_FAILURES_OF_A_NAME + 1)]
    assert statuses == [422] * 2 * MOST_FAILURES_OF_A_NAME + [429]


@pytest.fixture
def behind_a_proxy(door: Door) -> Flask:
    return create_app(door.ctx, secret_key="k" * 32, proxies=1)


def exhaust(door: Door, address: str) -> None:
    """Let an address fail as often as it may, by as many names."""
    with door.ctx.database.writing() as tx:
        for n in range(MOST_FAILURES_OF_AN_ADDRESS):
            sign_ins._count(door.ctx, tx, f"{n:064x}", Origin(address))


def test_behind_a_proxy_of_ours_the_address_is_the_one_it_saw(door: Door, behind_a_proxy: Flask) -> None:
    exhaust(door, "192.0.2.1")
    # What a stranger writes into the header stands before what our proxy adds.
    for told, status in (("192.0.2.1", 429), ("203.0.113.1, 192.0.2.1", 429), ("192.0.2.1, 192.0.2.2", 302)):
        assert knocks(behind_a_proxy.test_client(), CLERK, X_Forwarded_For=told) == status, told


def test_without_a_proxy_the_header_is_not_believed(door: Door) -> None:
    exhaust(door, "127.0.0.1")
    assert knocks(door.app.test_client(), CLERK, X_Forwarded_For="192.0.2.2") == 429


def test_addresses_of_one_network_count_as_one(door: Door, behind_a_proxy: Flask) -> None:
    exhaust(door, "2001:db8:1:2::/64")
    assert knocks(behind_a_proxy.test_client(), CLERK, X_Forwarded_For="2001:db8:1:2:ffff::9") == 429
    assert knocks(behind_a_proxy.test_client(), CLERK, X_Forwarded_For="2001:db8:1:3::1") == 302


def test_addresses_of_ipv4_a_socket_of_both_kinds_sees_are_not_one_network(door: Door, behind_a_proxy: Flask) -> None:
    exhaust(door, "192.0.2.1")
    assert knocks(behind_a_proxy.test_client(), CLERK, X_Forwarded_For="::ffff:192.0.2.1") == 429
    assert knocks(behind_a_proxy.test_client(), CLERK, X_Forwarded_For="::ffff:192.0.2.2") == 302
