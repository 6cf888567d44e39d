"""Workers and the database are killed in the middle of their work: nothing is lost, nothing is done twice.

Some tens of cases stand in a ring. Each goes round by itself: it waits for a clock, draws a lot, issues a numbered
paper, tells the next case, hears of the one before, and begins again. Meanwhile workers are killed at moments that a
seed chooses by how far the whole has come, and each is followed by one of another name, so that its jobs are found
only by those who notice that it has fallen silent.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

import bench.ground
import storage.acts
import storage.cases
import storage.entries
import storage.incidents
import storage.messages
import storage.numbers
import storage.timers
from bench.ground import OFFICE, PROCESSES
from casework import history, jobs, opening, tasks
from casework.context import Context
from casework.jobs import Queue
from handlers.law.dates import shanghai_date
from storage import upgrade
from storage.errors import StorageError
from storage.numbers import NumberRow
from tests.not_run import not_run
from tests.panel import until
from tests.postgres import NoPostgresError, Server

pytestmark = [pytest.mark.chaos, pytest.mark.loopback]

ROOT = Path(__file__).resolve().parents[2]
CASES, ROUNDS, WORKERS, KILLS = 20, 2, 3, 5
#: What workers write of one case in one round: the clock, the lot, the paper, the message.
MOVES = {"timer_fired": 1, "act_answered": 2, "message_received": 1}
WRITTEN = CASES * ROUNDS * sum(MOVES.values())
#: A generous limit for a machine under load; a quiet one takes a fraction of it.
LIMIT_SECONDS = 300.0
SEED = 20261121


@dataclass
class Ring:
    """The cases, the surroundings they live in, and who works on them.

    Attributes:
        ctx: the surroundings.
        folder: where the workers' files and logs lie.
        opened: ids of the cases.
        crew: the workers that run.
    """

    ctx: Context
    folder: Path
    opened: list[str]
    crew: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    hired: int = 0

    def hire(self) -> None:
        """Start a worker nobody has heard of."""
        self.hired += 1
        surroundings = {
            "ANJUAN_DATABASE_URL": self.ctx.database.url,
            "ANJUAN_FILES": str(self.folder / "files"),
            "ANJUAN_IDENTITY_KEY": "bench",
        }
        command = [sys.executable, "app.py", "worker", "--name", f"worker-{self.hired}"]
        with (self.folder / f"worker-{self.hired}.log").open("wb") as log:
            self.crew.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | surroundings, stdout=log, stderr=log))

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        """End a worker in the middle of what it does."""
        worker.kill()
        worker.wait()
        self.crew.remove(worker)

    def dismiss(self) -> list[int]:
        """End every worker in order, once it has begun; gives their exit statuses."""
        assert until(self._begun, LIMIT_SECONDS), self.logs()
        for worker in self.crew:
            worker.send_signal(signal.SIGTERM)
        return [worker.wait(timeout=60) for worker in self.crew]

    def _begun(self) -> bool:
        """Tell whether every worker of the crew is at work: until then a signal ends it as it ends any program."""
        names = [worker.args[-1] for worker in self.crew if isinstance(worker.args, list)]
        return all(b"started" in (self.folder / f"{name}.log").read_bytes() for name in names)

    def written(self) -> int:
        """Count what workers have written so far; the database may be down while it is asked."""
        try:
            with self.ctx.database.reading() as tx:
                kinds = [row.kind for case in self.opened for row in storage.entries.read(tx, case)]
        except StorageError:
            return 0
        return sum(1 for kind in kinds if kind in MOVES)

    def over(self) -> bool:
        """Tell whether every case has ended."""
        try:
            with self.ctx.database.reading() as tx:
                return all(row.state == "ended" for row in storage.cases.of_ids(tx, self.opened).values())
        except StorageError:
            return False

    def logs(self) -> str:
        """Give the last lines of every worker."""
        logs = sorted(self.folder.glob("worker-*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


@contextmanager
def a_ring(url: str, folder: Path) -> Iterator[Ring]:
    """Open the cases of a ring; their clocks run, and nobody works on them yet."""
    upgrade(url)
    jobs.prepare_queue(url)
    content = folder / "content"
    shutil.copytree(Path(__file__).parent / "content", content)
    shutil.copyfile(PROCESSES / "documents" / "paper.typ", content / "documents" / "paper.typ")
    with bench.ground.prepared(url, content=content) as ground:
        ctx = replace(ground.ctx, wake=Queue(url).enqueue)
        opened = [opening.start(ctx, ground.person, "relay", OFFICE, f"form {n}") for n in range(CASES)]
        for case, following in zip(opened, opened[1:] + opened[:1], strict=True):
            entered = {"relay.next": following, "relay.rounds": ROUNDS, "relay.round": 0}
            tasks.complete(ctx, ground.person, case, "relay/enter_relay", entered)
        ring = Ring(replace(ctx, files=type(ctx.files)(folder / "files")), folder, opened)
        try:
            yield ring
        finally:
            for worker in list(ring.crew):
                ring.kill(worker)


def make_havoc(ring: Ring, chance: Random, crash: Callable[[], None]) -> None:
    """Kill workers, and once the database, when the whole has come as far as the seed says."""
    moments = sorted(chance.sample(range(WRITTEN // 20, WRITTEN * 4 // 5), KILLS + 1))
    fall = chance.randrange(1, KILLS)
    for n, moment in enumerate(moments):
        assert until(lambda moment=moment: ring.written() >= moment, LIMIT_SECONDS), ring.logs()  # type: ignore[misc]
        if n == fall:
            crash()
        else:
            ring.kill(chance.choice(ring.crew))
            ring.hire()


def prove(ring: Ring) -> None:
    """See that every case is complete, and that all of it was done once."""
    with ring.ctx.database.reading() as tx:
        for case in ring.opened:
            kinds = Counter(row.kind for row in storage.entries.read(tx, case))
            assert {kind: kinds[kind] for kind in MOVES} == {kind: each * ROUNDS for kind, each in MOVES.items()}
            assert {row.state for row in storage.acts.of_case(tx, case)} == {"done"}
            assert storage.timers.of_case(tx, case) == []
            assert storage.messages.undelivered(tx, case) == []
        assert storage.incidents.list_open(tx) == []
        prove_numbers([row for case in ring.opened for row in storage.numbers.of_case(tx, case)])
    verified = history.verify(ring.ctx)
    assert verified.faults == []
    assert verified.files >= 1
    replayed = history.replay(ring.ctx)
    assert (replayed.identical, replayed.diverged) == (CASES, [])


def prove_numbers(numbers: list[NumberRow]) -> None:
    """See that the papers' numbers follow each other without a gap and without a double, and stand on papers."""
    assert {row.state for row in numbers} == {"issued"}
    assert len({row.text for row in numbers}) == len(numbers) == CASES * ROUNDS
    for year in {shanghai_date(row.reserved_at).year for row in numbers}:
        given = sorted(row.n for row in numbers if row.year == year)
        assert given == list(range(1, len(given) + 1))


def survive(ring: Ring, crash: Callable[[], None]) -> None:
    """Let a crew work under havoc until every case has ended, and prove the result."""
    for _each in range(WORKERS):
        ring.hire()
    make_havoc(ring, Random(SEED), crash)
    assert until(ring.over, LIMIT_SECONDS), ring.logs()
    assert ring.dismiss() == [0] * WORKERS, ring.logs()
    prove(ring)


def test_nothing_is_lost_or_doubled_when_workers_on_one_file_are_killed(tmp_path: Path) -> None:
    with a_ring(f"sqlite:///{tmp_path}/anjuan.db", tmp_path) as ring:

        def everybody_falls() -> None:
            for worker in list(ring.crew):
                ring.kill(worker)
                ring.hire()

        survive(ring, everybody_falls)


def test_nothing_is_lost_or_doubled_when_workers_and_the_server_are_killed(server: Server, tmp_path: Path) -> None:
    with a_ring(server.url(server.create_database()), tmp_path) as ring:

        def server_falls() -> None:
            server.kill()
            server.start()

        survive(ring, server_falls)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own: it is killed."""
    try:
        made = Server()
    except NoPostgresError as error:
        not_run("PostgreSQL", str(error))
    yield made
    made.stop()
