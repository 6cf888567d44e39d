"""What every function of casework is given: the database, the files, the clock and the content."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine import Definition
from handlers.law.basis import Basis
from handlers.law.dates import instant_text
from storage import Database, Tx
from storage.files import FileStore

#: Actors that are not persons.
SYSTEM = "system"


def utc_now() -> datetime:
    """The machine's clock; the one place it is read."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Job:
    """A wake-up: what a worker looks at once the transaction that asks for it has committed.

    Attributes:
        name: the function of ``casework.working`` it calls.
        key: the same key again is the same job.
        case: whose turn it is; jobs of one case run one after the other.
        about: what the function is given behind the case.
    """

    name: str
    key: str
    case: str
    about: tuple[str, ...]


def asleep(_tx: Tx, _job: Job) -> None:
    """Wake nobody: a worker's sweep finds what is to be done."""


@dataclass(frozen=True)
class Context:
    """The surroundings of a transaction; made once by the composition root or a test.

    Attributes:
        database: opened and upgraded.
        files: uploaded materials and issued documents, by SHA-256.
        processes: folder of the content that is shipped.
        clock: gives aware instants in UTC; a test gives one it can move.
        identity_key: key of the hashes that identity numbers are searched by.
        wake: puts a job into the queue, in the transaction it is given; the composition root joins the queue.
        definitions: definitions met so far, by hash; they never change.
        bases: bases met so far, by hash; they never change.
    """

    database: Database
    files: FileStore
    processes: Path
    clock: Callable[[], datetime] = utc_now
    identity_key: bytes = b""
    wake: Callable[[Tx, Job], None] = asleep
    definitions: dict[str, Definition] = field(default_factory=dict, repr=False)
    bases: dict[str, Basis] = field(default_factory=dict, repr=False)

    def now(self) -> str:
        """The instant in the form in which histories keep it, ``2026-11-21T08:30:00.000000Z``."""
        return instant_text(self.clock())
