"""What is kept: cases, their histories and projections, registers, files.

The only room that knows SQLAlchemy. It takes and gives rows and bytes, never the engine's types. Every function takes
a transaction first; ``open_database`` gives those.
"""

from storage.database import Database, Tx, open_database
from storage.errors import StorageError
from storage.migrate import upgrade

__all__ = ["Database", "StorageError", "Tx", "open_database", "upgrade"]
