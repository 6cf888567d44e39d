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

#: Whether roles are superusers, and whether they may act as the owner of the tables.
_STANDING: Final = text(
    "SELECT rolname, rolsuper, pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = CAST('entry' AS regclass)),"
    " 'MEMBER') AS owns FROM pg_roles WHERE rolname = :role OR rolname = current_user"
)
_MAY_STILL: Final = text("SELECT has_table_privilege(:role, :name, :privilege)")


def protect(url: str, role: str) -> None:
    """Let a role use the tables, but neither change nor delete entries; run again after every upgrade.

    Args:
        url: of a PostgreSQL database, as the owner of its tables.
        role: under which the application will connect.

    Raises:
        AddressError: for SQLite, which has no roles; there triggers refuse the same.
        ProtectionError: when the role is not there, is a superuser, owns the tables or may change entries by another
            role it belongs to: none of them can be held; or when who asks does not own the tables. Nothing was changed.
    """
    database = open_database(url)
    try:
        if database.dialect != "postgresql":
            raise AddressError("no_roles")
        with database.writing() as tx:
            _require_holdable(tx.connection, role)
            for statement in _statements(tx.connection, role):
                tx.connection.exec_driver_sql(statement)
            _require_held(tx.connection, role)
    finally:
        database.close()


def _require_holdable(connection: Connection, role: str) -> None:
    standing = {row.rolname: row for row in connection.execute(_STANDING, {"role": role})}
    if role not in standing:
        raise ProtectionError("database_role_unknown", role=role)
    if standing[role].rolsuper or standing[role].owns:
        raise ProtectionError("database_role_owns", role=role)
    if not any(row.rolsuper or row.owns for row in standing.values()):
        raise ProtectionError("database_not_owned")


def _require_held(connection: Connection, role: str) -> None:
    """See that nothing else gives the role what was taken from it: what everybody may, or a role it belongs to."""
    for table, revoked in _REVOKED.items():
        for privilege in revoked.split(", "):
            if connection.execute(_MAY_STILL, {"role": role, "name": table, "privilege": privilege}).scalar():
                raise ProtectionError("database_role_inherits", role=role, privilege=privilege, table=table)


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
