"""A worker that dies at a chosen stage of one act, as a machine that loses its power does: no handler, no clean-up.

Run as a program: ``python -m tests.chaos.dying URL FILES CASE STAGE``.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import make_url

from casework import working
from casework.context import Context
from storage import Database, Tx
from storage.files import FileStore
from tests.integration.paper_cases import ISSUE, PROCESSES, Clock

#: Where an act that issues a paper may be struck, in the order it goes through them.
STAGES: Final = (
    "before its number is committed",
    "once its number is committed",
    "before its file is kept",
    "once its file is kept",
    "before its answer is committed",
    "once its answer is committed",
)


def die() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDatabase(Database):
    """A database whose process dies round the commit of one of its writing transactions."""

    def __init__(self, url: str, stage: str) -> None:
        super().__init__(make_url(url))
        self.deadly = {STAGES[0]: (1, True), STAGES[1]: (1, False), STAGES[4]: (2, True), STAGES[5]: (2, False)}.get(
            stage
        )
        self.transactions = 0

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """Open a transaction; die before or after its commit when it is the one."""
        self.transactions += 1
        with super().writing() as tx:
            yield tx
            if self.deadly == (self.transactions, True):
                die()
        if self.deadly == (self.transactions, False):
            die()


class DyingStore(FileStore):
    """A folder of files whose process dies round the keeping of a file."""

    def __init__(self, folder: Path, stage: str) -> None:
        super().__init__(folder)
        self.stage = stage

    def put(self, stream: BinaryIO, limit: int) -> tuple[str, int]:
        """Keep a file; die before or after."""
        if self.stage == STAGES[2]:
            die()
        kept = super().put(stream, limit)
        if self.stage == STAGES[3]:
            die()
        return kept


def main(url: str, folder: str, case: str, stage: str) -> None:
    """Carry the act out, and die on the way."""
    ctx = Context(DyingDatabase(url, stage), DyingStore(Path(folder), stage), PROCESSES, clock=Clock())
    working.carry_out(ctx, case, ISSUE)


if __name__ == "__main__":
    main(*sys.argv[1:])
