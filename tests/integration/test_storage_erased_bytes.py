"""What is deleted from SQLite is overwritten: its bytes lie in no free page of the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

import storage.people
from storage import open_database, upgrade
from storage.people import PersonRow

MARK = "马可留此"


def test_the_bytes_of_a_deleted_row_are_in_the_file_no_more(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    upgrade(f"sqlite:///{file}")
    database = open_database(f"sqlite:///{file}")
    with database.writing() as tx:
        for n in range(200):
            storage.people.put_person(tx, PersonRow(f"p{n}", MARK * 20, f"p{n}"))
    settle(file)
    assert MARK.encode() in file.read_bytes()
    with database.writing() as tx:
        tx.connection.execute(text("DELETE FROM person"))
    database.close()
    settle(file)
    assert MARK.encode() not in file.read_bytes()


def settle(file: Path) -> None:
    """Bring what the write-ahead file holds into the file itself."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
