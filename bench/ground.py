"""The ground every measurement stands on: a fresh database, one person, the two small procedures."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from casework import library, registers
from casework.context import Context
from storage import open_database, upgrade
from storage.files import FileStore

PROCESSES = Path(__file__).parent.parent / "processes"
CONTENT = Path(__file__).parent / "content"
OFFICE = "530102"
ROLES = ("intake", "investigator", "reviewer", "approver", "archivist")

#: What one form brings: 2 KB, as the peers were measured with.
FORM = {"matter.amount": 80, "matter.applicant": "张伟"} | {f"matter.field_{n:02d}": "案" * 30 for n in range(20)}


@dataclass(frozen=True)
class Ground:
    """Where is measured: the surroundings and the person who works."""

    ctx: Context
    person: str


@contextmanager
def prepared(url: str | None, content: Path = CONTENT) -> Iterator[Ground]:
    """Give a ground on a database of its own, with one person in every role.

    Args:
        url: of an empty database; a SQLite file when left out.
        content: folder of the procedures; the two small ones when left out.
    """
    with surroundings(url, content) as ctx:
        library.load_basis(ctx, "演示")
        library.import_shipped(ctx)
        person = registers.add_person(ctx, "system:bench", None, "测量", "bench", "bench-bench-bench")
        for role in ROLES:
            registers.give_role(ctx, "system:bench", person, office=OFFICE, role=role, from_on="2020-01-01")
        yield Ground(ctx, person)


@contextmanager
def surroundings(url: str | None, content: Path) -> Iterator[Context]:
    """Give an upgraded database with nothing in it, and a folder of content beside the parameters that are shipped.

    Args:
        url: of an empty database; a SQLite file when left out.
        content: folder of the procedures.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        shutil.copytree(PROCESSES / "parameters", here / "processes" / "parameters")
        shutil.copytree(content, here / "processes", dirs_exist_ok=True)
        address = url or f"sqlite:///{here}/bench.db"
        upgrade(address)
        database = open_database(address)
        try:
            yield Context(database, FileStore(here / "files"), here / "processes", identity_key=b"bench")
        finally:
            database.close()
