"""Bringing a database to the newest form of its tables."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from storage.database import Tx, parse
from storage.errors import StorageError

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations a database does not have yet; none on a current one.

    Args:
        url: as ``open_database`` takes it.
        revision: where to stop.

    Raises:
        AddressError: for another kind of database.
    """
    command.upgrade(_config(url), revision)


def revision(tx: Tx) -> str:
    """Tell which form a database's tables have."""
    found = MigrationContext.configure(tx.connection).get_current_revision()
    if found is None:
        raise StorageError("the database has no tables yet")
    return found


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = parse(url)
    return config
