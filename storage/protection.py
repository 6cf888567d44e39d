"""On PostgreSQL: what the application's role may do, so that nobody who holds its password can change a history."""

from typing import Final

from sqlalchemy import Connection, text

from storage.database import open_database
from storage.errors import AddressError, ProtectionError
from storage.tables import definition, entry, leaf, metadata

#: What the role loses, by table: an entry and a definition are for ever, a leaf can only be erased.
_REVOKED: Final = {
    entry.name: "UPDATE, DELETE, TRUNCATE",
    definition.name: "UPDATE, DELETE, TRUNCATE",
    leaf.name: "UPDATE, TRUNCATE",
}

_STANDING: Final = text(
    "SELECT rolsuper, pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = CAST('entry' AS regclass)), 'USAGE')"
    " AS owns FROM pg_roles WHERE rolname = :role"
)


def protect(url: str, role: str) -> None:
    """Let a role use the tables, but neither change nor delete entries; run again after every upgrade.

    Args:
        url: of a PostgreSQL database, as the owner of its tables.
        role: under which the application will connect.

    Raises:
        AddressError: for SQLite, which has no roles; there triggers refuse the same.
        ProtectionError: when the role is not there, is a superuser, or owns the tables: none of them can be held.
    """
    database = open_database(url)
    try:
        if database.dialect != "postgresql":
            raise AddressError("no_roles")
        with database.writing() as tx:
            _require_holdable(tx.connection, role)
            for statement in _statements(tx.connection, role):
                tx.connection.exec_driver_sql(statement)
    finally:
        database.close()


def _require_holdable(connection: Connection, role: str) -> None:
    standing = connection.execute(_STANDING, {"role": role}).first()
    if standing is None:
        raise ProtectionError(f"there is no role {role}")
    if standing.rolsuper or standing.owns:
        raise ProtectionError(f"{role} owns the tables or is a superuser; give the application a role of its own")


def _statements(connection: Connection, role: str) -> list[str]:
    quoted = connection.dialect.identifier_preparer.quote_identifier
    name = quoted(role)
    tables = ", ".join(quoted(table.name) for table in metadata.sorted_tables)
    granted = [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON alembic_version TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {name}",
    ]
    return granted + [f"REVOKE {what} ON {quoted(table)} FROM {name}" for table, what in _REVOKED.items()]
