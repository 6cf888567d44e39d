"""Transactions, migrations and the names of violations, on both databases."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from storage import (
    Database,
    Tx,
    cases,
    deadlines,
    entries,
    migrate,
    open_database,
    people,
    registers,
    require_current,
    tasks,
    timers,
    upgrade,
)
from storage.deadlines import DeadlineRow
from storage.errors import (
    AddressError,
    SchemaError,
    TakenError,
    UnavailableError,
    UnknownParentError,
    ValueFormError,
)
from storage.people import PersonRow
from storage.tables import metadata
from tests.integration.storage_rows import AT, a_case, a_hash, a_history, a_leaf, a_task, an_entry, furnish
from tests.not_run import not_run
from tests.postgres import NoPostgresError, Server


class ThrownError(Exception):
    """ThrownError by a test in the middle of a transaction."""


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.reading() as tx:
        ours = MigrationContext.configure(tx.connection, opts={"compare_type": False})
        assert compare_metadata(ours, metadata) == []


def test_upgrading_a_current_database_changes_nothing(database: Database, database_url: str) -> None:
    a_history(database)
    upgrade(database_url)
    with database.reading() as tx:
        assert cases.ids(tx) == ["c1"]
        assert migrate.revision(tx) == "0001"


def spoil(database: Database, statement: str) -> None:
    """Change a database behind the back of its migrations."""
    with database.writing() as tx:
        tx.connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "schema_newer"),
        ("ALTER TABLE heartbeat RENAME COLUMN at TO since", "schema_differs {'tables': \\['heartbeat'\\]}"),
        ("DROP TABLE read_file", "schema_differs {'tables': \\['read_file'\\]}"),
    ],
)
def test_tables_of_another_version_or_a_draft_are_refused_by_name(
    database: Database, database_url: str, statement: str, code: str
) -> None:
    require_current(database)
    spoil(database, statement)
    with pytest.raises(SchemaError, match=code):
        require_current(database)
    with pytest.raises(SchemaError, match=code):
        upgrade(database_url)


def test_tables_of_another_program_are_refused_and_left_alone(database: Database, database_url: str) -> None:
    a_history(database)
    spoil(database, "DROP TABLE alembic_version")
    with pytest.raises(SchemaError, match="schema_missing"):
        require_current(database)
    with pytest.raises(SchemaError, match="schema_foreign"):
        upgrade(database_url)
    with database.reading() as tx:
        assert cases.ids(tx) == ["c1"]


def test_asking_for_a_database_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/typo/anjuan.db")
    with pytest.raises(SchemaError, match="schema_missing"):
        require_current(database)
    assert not (tmp_path / "typo").exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/anjuan.db"
    (tmp_path / "anjuan.db").write_bytes(b"no database" * 100)
    database = open_database(url)
    with pytest.raises(UnavailableError, match="not a database"):
        require_current(database)
    database.close()
    with pytest.raises(UnavailableError, match="not a database"):
        upgrade(url)


def test_what_cannot_be_read_as_an_address_is_not_repeated() -> None:
    for url in ("postgres//me:secret@host/x", "postgresql://me:secret@host:port/x", "mysql://me:secret@host/x"):
        with pytest.raises(AddressError) as refused:
            open_database(url)
        assert "secret" not in str(refused.value)


def test_what_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as tx:
            furnish(tx)
            a_case(tx)
            raise ThrownError

    with pytest.raises(ThrownError):
        fail()
    with database.reading() as tx:
        assert cases.ids(tx) == []
        assert people.persons(tx) == []


def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, UnavailableError)), database.reading() as tx:
        people.put_person(tx, PersonRow("zhang", "张三", "zhangsan"))


def test_a_reader_sees_one_state_while_somebody_writes_and_commits(database: Database) -> None:
    a_history(database)
    with database.reading() as before:
        assert cases.ids(before) == ["c1"]
        with database.writing() as tx:
            a_case(tx, "c2")
            assert cases.ids(before) == ["c1"]
        assert cases.ids(before) == ["c1"]
    with database.reading() as after:
        assert cases.ids(after) == ["c1", "c2"]


def test_two_writers_of_one_case_take_turns(database: Database) -> None:
    a_history(database)
    locked, told = Event(), []

    def second() -> None:
        locked.wait(timeout=30)
        with database.writing() as tx:
            row = cases.lock(tx, "c1")
            told.append(row and row.seq)

    with ThreadPoolExecutor() as pool:
        with database.writing() as tx:
            row = cases.lock(tx, "c1")
            assert row is not None
            waiting = pool.submit(second)
            locked.set()
            entries.append(tx, an_entry(seq=4))
            cases.save(tx, "c1", expected_version=row.version, seq=4, head=a_hash(4), at=AT, snapshot=None)
        waiting.result(timeout=30)
    assert told == [4]


def test_a_violation_has_the_same_name_on_both_databases(database: Database) -> None:
    a_history(database)
    with pytest.raises(TakenError) as taken, database.writing() as tx:
        entries.append(tx, an_entry(seq=4, key=an_entry(seq=1).key))
    assert taken.value.constraint == "uq_entry_case_key"
    with pytest.raises(TakenError) as taken, database.writing() as tx:
        entries.append(tx, an_entry(seq=1, key="task:another"))
    assert taken.value.constraint == "pk_entry"
    with pytest.raises(TakenError) as taken, database.writing() as tx:
        people.put_person(tx, PersonRow("wang", "王五", "zhangsan"))
    assert taken.value.constraint == "uq_person_sign_in"
    with pytest.raises(UnknownParentError), database.writing() as tx:
        tasks.insert(tx, [a_task(case="nowhere")])


def test_a_naive_instant_never_reaches_a_table(database: Database) -> None:
    a_history(database)
    with pytest.raises(ValueFormError), database.writing() as tx:
        timers.set(tx, "c1", {"D05#1/due": "2026-11-21T08:30:00"})


def test_a_completion_is_at_most_ten_statements(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        tasks.insert(tx, [a_task()])
    statements: list[str] = []
    with database.writing() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
        people.roles_on(tx, "zhang", "2026-11-21")
        row = cases.lock(tx, "c1")
        assert row is not None
        tasks.get(tx, "c1", "recognition/register")
        entries.append(tx, an_entry(seq=4), [a_leaf(4, 0), a_leaf(4, 1)])
        tasks.close(tx, "c1", ["recognition/register"])
        tasks.insert(tx, [a_task(address="recognition/review"), a_task(address="recognition/check")])
        deadlines.upsert(tx, [DeadlineRow("c1", f"D0{n}#1", f"D0{n}", "running", None, None, b"{}") for n in (3, 5)])
        timers.set(tx, "c1", {"D05#1/due": AT, "D05#1/warn7": AT})
        cases.save(tx, "c1", expected_version=row.version, seq=4, head=a_hash(4), at=AT, snapshot=b"{}")
    assert len(statements) == 10, statements


def test_a_register_is_a_chain_of_its_own(database: Database) -> None:
    with database.writing() as tx:
        assert registers.lock(tx, "persons").seq == 0
        entries.append(tx, an_entry("persons", 1, definition=None, basis=None))
        registers.save(tx, "persons", seq=1, head=a_hash(5), at=AT)
    with database.writing() as tx:
        row = registers.lock(tx, "persons")
        assert (row.seq, row.head, row.at) == (1, a_hash(5), AT)
        assert [head.chain for head in entries.heads(tx)] == ["persons"]


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "var/anjuan.db"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        open_database(url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    database = open_database(sqlite_url)
    yield database
    database.close()


def test_sqlite_keeps_what_it_promised_when_the_power_goes(durable: None, sqlite_database: Database) -> None:
    with sqlite_database.writing() as tx:
        settings = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_reader_does_not_keep_a_writer_of_sqlite_waiting(sqlite_database: Database, sqlite_url: str) -> None:
    a_history(sqlite_database)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    with sqlite_database.reading() as tx:
        assert cases.ids(tx) == ["c1"]
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE \"case\" SET title = 'written'")
        other.execute("COMMIT")
    other.close()


def test_a_new_database_makes_its_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/deep/anjuan.db"
    upgrade(url)
    database = open_database(url)
    with database.reading() as tx:
        assert cases.ids(tx) == []
    database.close()


def test_a_server_that_crashes_in_a_transaction_is_told_of_and_works_again_afterwards() -> None:
    try:
        server = Server()
    except NoPostgresError as error:
        not_run("PostgreSQL", str(error))
    url = server.url(server.create_database())
    upgrade(url)
    database = open_database(url)
    a_history(database)
    with pytest.raises(UnavailableError), database.writing() as tx:
        crash_under(server, tx)
    with pytest.raises(UnavailableError), database.reading() as tx:
        cases.ids(tx)
    server.start()
    with database.writing() as tx:
        assert [cases.lock(tx, case) is not None for case in ("c1", "c2")] == [True, False]
    database.close()
    server.stop()


def crash_under(server: Server, tx: Tx) -> None:
    """Open a case, and lose the server before it is committed."""
    a_case(tx, "c2")
    server.kill()
    a_case(tx, "c3")
