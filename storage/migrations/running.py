"""Running the migrations, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL

from storage.errors import SchemaError


def run(url: URL, revision: str) -> None:
    """Run the migrations that a database does not have yet, up to a revision.

    Raises:
        SchemaError: its tables were made by a newer version.
        DBAPIError: the database refused.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise SchemaError("schema_newer") from error
