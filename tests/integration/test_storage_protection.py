"""What the application's role may not do, on a real PostgreSQL server."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, make_url, text, update
from sqlalchemy.exc import ProgrammingError

from storage import Database, bases, cases, definitions, entries, open_database, protect
from storage.errors import AddressError, ProtectionError
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
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), application.writing() as tx:
        tx.connection.execute(statement)  # type: ignore[call-overload]


def test_a_role_that_cannot_be_held_is_refused(postgres_url: str, sqlite_url: str) -> None:
    with pytest.raises(ProtectionError, match="superuser"):
        protect(postgres_url, "anjuan")
    with pytest.raises(ProtectionError, match="no role"):
        protect(postgres_url, "nobody_of_that_name")
    with pytest.raises(AddressError):
        protect(sqlite_url, ROLE)
