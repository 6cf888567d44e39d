"""What is kept: cases, their histories and projections, registers, files.

The only room that knows SQLAlchemy. It takes and gives rows and bytes, never the engine's types. Every function takes
a transaction first; ``open_database`` gives those.
"""

from storage.backup import backup, restore
from storage.database import Database, Tx, open_database
from storage.errors import StorageError
from storage.migrate import require_current, upgrade
from storage.protection import protect

__all__ = [
    "Database",
    "StorageError",
    "Tx",
    "backup",
    "open_database",
    "protect",
    "require_current",
    "restore",
    "upgrade",
]
