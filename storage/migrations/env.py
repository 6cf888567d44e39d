"""Run by Alembic for every command; ``storage.migrate`` calls it in this process."""

from sqlite3 import Connection as SqliteConnection

from alembic import context
from sqlalchemy import URL, Connection, create_engine, event, text

from storage.tables import metadata

#: Two processes that start at once take turns; the number means nothing.
_LOCK = 4_203_971


def _run(url: URL) -> None:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            _take_turns(connection)
            context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
            context.run_migrations()
    finally:
        engine.dispose()


def _prepare(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000").close()
    # Kept in the file; set here, before anybody else has it open, since the change itself does not wait its turn.
    connection.execute("PRAGMA journal_mode = WAL").close()


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


_run(context.config.attributes["url"])
