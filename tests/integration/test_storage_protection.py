"""What the application's role may not do, on a real PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, make_url, text, update

import app
from casework.context import Job
from casework.jobs import Queue
from storage import Database, bases, cases, definitions, entries, open_database, protect
from storage.errors import AddressError, ProtectionError, UnavailableError
from storage.tables import definition, entry, leaf
from tests.integration.storage_rows import AT, a_hash, a_history, a_leaf, an_entry
from tests.postgres import Server

ROLE = "anjuan_application"


@pytest.fixture
def application(postgres: Server, postgres_url: str) -> Iterator[Database]:
    """A database with a history, opened as the application's role, which is held."""
    postgres.execute(f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    owner = open_database(postgres_url)
    a_history(owner)
    owner.close()
    protect(postgres_url, ROLE)
    protect(postgres_url, ROLE)
    database = open_database(make_url(postgres_url).set(username=ROLE).render_as_string(hide_password=False))
    yield database
    database.close()


def test_the_application_goes_on_with_its_work(application: Database) -> None:
    with application.writing() as tx:
        row = cases.lock(tx, "c1")
        assert row is not None
        entries.append(tx, an_entry(seq=4), [a_leaf(4)])
        cases.save(tx, "c1", expected_version=row.version, seq=4, head=a_hash(1004), at=AT, snapshot=None)
        definitions.put(tx, a_hash(2), procedure="recognition", data=b"{}", at=AT, provenance="shipped")
        bases.put(tx, a_hash(1), data=b"{}", at=AT)
        assert entries.erase_leaves(tx, "c1", 4, [0]) == 1


@pytest.mark.parametrize(
    "statement",
    [
        update(entry).values(actor="li"),
        delete(entry),
        text("TRUNCATE entry CASCADE"),
        update(leaf).values(body=b"forged"),
        update(definition).values(data=b"forged"),
        delete(definition),
        text("ALTER TABLE entry ADD COLUMN more text"),
    ],
    ids=["update", "delete", "truncate", "leaf", "definition", "no definition", "alter"],
)
def test_the_application_cannot_change_what_is_for_ever(application: Database, statement: object) -> None:
    with pytest.raises(UnavailableError, match=r"permission denied|must be owner"), application.writing() as tx:
        tx.connection.execute(statement)  # type: ignore[call-overload]


def test_a_role_that_is_held_serves_and_puts_jobs_into_the_queue(
    application: Database,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANJUAN_FILES", str(tmp_path))
    monkeypatch.setenv("ANJUAN_DATABASE_URL", postgres_url)
    monkeypatch.setenv("ANJUAN_IDENTITY_KEY", "of the test")
    assert app.main(["db", "upgrade"]) == 0
    assert app.main(["db", "protect", ROLE, "--language", "en"]) == 0
    assert f"{ROLE} can run serve and worker" in capsys.readouterr().out

    monkeypatch.setenv("ANJUAN_DATABASE_URL", application.url)
    app.prepare()
    with application.writing() as tx:
        Queue(application.url).enqueue(tx, Job("fire_timer", "timer:x", "c1", ("address", "due")))
    with application.reading() as tx:
        assert tx.connection.execute(text("SELECT status FROM dbos.workflow_status")).scalars().all() == ["ENQUEUED"]
    assert app.main(["db", "protect", ROLE, "--language", "en"]) == 2
    assert "connect as the owner" in capsys.readouterr().err


def test_a_role_that_cannot_be_held_is_refused(postgres: Server, postgres_url: str, sqlite_url: str) -> None:
    with pytest.raises(ProtectionError, match="database_role_owns"):
        protect(postgres_url, "anjuan")
    with pytest.raises(ProtectionError, match="database_role_unknown"):
        protect(postgres_url, "nobody_of_that_name")
    with pytest.raises(AddressError):
        protect(sqlite_url, ROLE)


def test_a_role_that_may_act_as_the_owner_is_refused(postgres: Server, postgres_url: str) -> None:
    postgres.execute("CREATE ROLE anjuan_deputy LOGIN NOINHERIT IN ROLE anjuan")
    try:
        with pytest.raises(ProtectionError, match="database_role_owns"):
            protect(postgres_url, "anjuan_deputy")
    finally:
        postgres.execute("DROP ROLE anjuan_deputy")


def test_only_the_owner_of_the_tables_can_hold_a_role(application: Database, postgres: Server) -> None:
    with pytest.raises(ProtectionError, match="database_not_owned"):
        protect(application.url, ROLE)


def test_what_everybody_may_is_not_overlooked(application: Database, postgres_url: str) -> None:
    owner = open_database(postgres_url)
    with owner.writing() as tx:
        tx.connection.execute(text("GRANT DELETE ON entry TO PUBLIC"))
    owner.close()
    with pytest.raises(ProtectionError, match="database_role_inherits"):
        protect(postgres_url, ROLE)
