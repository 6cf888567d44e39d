"""What every test may ask for: a database of either kind, a loopback-only network, and to be told of as not run."""

import ipaddress
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

import hypothesis
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

import storage.database
from casework import library, sign_ins
from engine import Definition
from engine.bundle import bundle
from engine.values import Value
from handlers.law.basis import build_basis
from storage import Database, open_database, upgrade
from tests.not_run import MARK, not_run
from tests.postgres import NoPostgresError, Server
from tests.world import World, a_world

# The same examples in every run, on a machine as slow as it likes.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("house")


# --- quicker than it is served ----------------------------------------------------------------------------------

#: How SQLite writes where it is served: each commit waits for the disk.
_DURABLE = vars(storage.database)["_WRITING"]


@pytest.fixture(scope="session", autouse=True)
def _quicker() -> Iterator[None]:
    """Leave out what nearly every test with a database would wait for, and few are about.

    A password is hashed at the least cost, a commit does not wait for the disk, and of the same content the same
    procedure and the same basis are made once. A process that a test starts is as it is served.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_ins, "_HASHER", PasswordHasher.from_parameters(CHEAPEST))
        patch.setattr(storage.database, "_WRITING", (*_DURABLE, "PRAGMA synchronous = OFF"))
        patch.setattr(library, "bundle", _gathered_once())
        patch.setattr(library, "build_basis", _read_once())
        yield


def _gathered_once() -> Callable[[str, Mapping[str, str]], Definition]:
    @lru_cache(maxsize=64)
    def gathered(procedure: str, sources: frozenset[tuple[str, str]]) -> Definition:
        return bundle(procedure, dict(sources))

    return lambda procedure, sources: gathered(procedure, frozenset(sources.items()))


def _read_once() -> Callable[[Path, str | None], dict[str, Value]]:
    known: dict[Hashable, dict[str, Value]] = {}

    def read(folder: Path, parameter_set: str | None) -> dict[str, Value]:
        files = sorted((folder / "parameters").rglob("*.yaml"))
        told = parameter_set, *((path.relative_to(folder), path.read_bytes()) for path in files)
        if told not in known:
            known[told] = build_basis(folder, parameter_set)
        return known[told]

    return read


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite write as it does where it is served."""
    monkeypatch.setattr(storage.database, "_WRITING", _DURABLE)


# --- the network: loopback only ---------------------------------------------------------------------------------


class NetworkRefusedError(Exception):
    """A test reached for another machine."""


def _refuse_other_hosts(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in (None, "", b"", "localhost", b"localhost") and not _is_loopback(host):
        raise NetworkRefusedError(f"tests talk to this machine only, not to {host!r}")


def _is_loopback(host: object) -> bool:
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


# --- what could not be run --------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_refuse_other_hosts)


def _left_out(config: pytest.Config) -> Counter[str]:
    """Count the tests not run, by reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    reasons = (str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple))
    return Counter(reason.split(MARK, 1)[1] for reason in reasons if MARK in reason)


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_ci() and session.exitstatus == pytest.ExitCode.OK and _left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    # Around all others, so that these lines are the last before the closing one.
    yield
    left_out = _left_out(config)
    for reason, count in sorted(left_out.items()):
        terminalreporter.write_line(f"NOT RUN ({count}): {reason}", red=_is_ci(), yellow=True)
    if left_out and _is_ci():
        terminalreporter.write_line("In CI everything is run: this run has failed.", red=True)


# --- databases --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    try:
        server = Server()
    except NoPostgresError as error:
        not_run("PostgreSQL", str(error))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: migrations are run once."""
    path = tmp_path_factory.mktemp("template") / "anjuan.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres: Server) -> str:
    name = postgres.create_database()
    upgrade(postgres.url(name))
    return name


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a SQLite file of the test's own, with all tables."""
    path = tmp_path / "anjuan.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Server, _postgres_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own, with all tables."""
    name = postgres.create_database(_postgres_template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of the test's own, with all tables; the test runs once on each kind."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return cast(str, request.getfixturevalue(kind))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """That database, opened."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A day at the desk of two offices, for the tests of one file."""
    made = a_world(tmp_path_factory.mktemp("world"))
    yield made
    made.ctx.database.close()
