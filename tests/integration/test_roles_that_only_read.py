"""On PostgreSQL an auditor may be given a role that only reads: it proves, and is refused the rest in one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

import app
from storage import open_database, upgrade
from tests.errand import an_office
from tests.postgres import Server

ROLE = "anjuan_reads"
REFUSED = [("user", "add", "somebody", "--name", "x", "--password", "long enough"), ("worker",), ("db", "upgrade")]


@pytest.fixture(scope="module")
def url(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of two cases, under a role that may read it and nothing else."""
    name = postgres.create_database()
    owner = postgres.url(name)
    upgrade(owner)
    database = open_database(owner)
    office = an_office(database, tmp_path_factory.mktemp("office"))
    office.done()
    office.registered()
    with database.writing() as tx:
        for each in (f"CREATE ROLE {ROLE} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}"):
            tx.connection.execute(text(each))
    yield make_url(owner).set(username=ROLE).render_as_string(hide_password=False)
    with database.writing() as tx:
        for each in (f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}"):
            tx.connection.execute(text(each))
    database.close()
    postgres.drop_database(name)


@pytest.fixture
def reading(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ANJUAN_DATABASE_URL", url)
    monkeypatch.setenv("ANJUAN_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("ANJUAN_IDENTITY_KEY", "k" * 32)
    return url


@pytest.mark.parametrize("arguments", [("replay", "--all"), ("case", "list"), ("definitions", "list")], ids=" ".join)
def test_a_role_that_only_reads_proves_and_lists(reading: str, arguments: tuple[str, ...]) -> None:
    assert app.main([*arguments]) == 0


@pytest.mark.parametrize("arguments", REFUSED, ids=lambda value: " ".join(value[:2]))
def test_what_such_a_role_may_not_do_is_refused_in_one_line(
    reading: str, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    assert app.main([*arguments, "--language", "en"]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("refused: The database cannot be used: ")
    assert "permission denied" in line
