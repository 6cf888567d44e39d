"""Bringing a database to the newest form of its tables."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from storage.database import parse

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


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = parse(url)
    return config
