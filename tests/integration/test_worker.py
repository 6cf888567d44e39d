"""A worker at its queue: what a step wants is done without anybody asking again, and what fails reaches an operator."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError

import pytest
from dbos import DBOS
from sqlalchemy import text

import bench.ground
import storage.acts
import storage.cases
import storage.heartbeats
import storage.incidents
import storage.tasks
from bench.ground import OFFICE
from casework import history, incidents, jobs, opening, registers, tasks, working
from casework.acts import ask_system
from casework.context import Context, Job
from casework.jobs import Pace, Queue, Worker
from storage import Database, open_database
from storage.incidents import IncidentRow
from tests.panel import ASK, CONTENT, DRAW, REGISTERED, WEIGH, until
from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
FAST = Pace(polling=0.05, sweep=0.05, beat=0.05, forgotten=timedelta(0), back_off=0.0, finish=0)


@dataclass
class House:
    """A database with its queue, and a person who opens cases in it."""

    ctx: Context
    person: str

    def registered(self, token: str, **changes: str) -> str:
        """Open a case and register it."""
        case = opening.start(self.ctx, self.person, "panel", OFFICE, token)
        values = {**REGISTERED, **{f"panel.{name}": value for name, value in changes.items()}}
        tasks.complete(self.ctx, self.person, case, "panel/register_panel", values)
        return case

    def weighs(self, case: str) -> bool:
        """Tell whether a case has come to its weighing."""
        with self.ctx.database.reading() as tx:
            return any(row.address == WEIGH for row in storage.tasks.of_case(tx, case))

    def open_incidents(self, case: str) -> list[IncidentRow]:
        """Give the incidents of a case that wait for an operator."""
        with self.ctx.database.reading() as tx:
            return [row for row in storage.incidents.of_case(tx, case) if row.closed_at is None]

    def proven(self) -> bool:
        """Tell whether every chain and every case is as it was written."""
        return history.verify(self.ctx).faults == [] and history.replay(self.ctx).diverged == []


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    jobs.prepare_queue(database_url)
    with bench.ground.prepared(database_url, content=CONTENT) as ground:
        yield House(replace(ground.ctx, wake=Queue(database_url).enqueue), ground.person)


@contextmanager
def at_work(ctx: Context, pace: Pace = FAST) -> Iterator[Worker]:
    """Let a worker work in this process."""
    worker = Worker(ctx, "test-worker", pace)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def test_a_worker_does_what_a_step_wants_and_tells_the_case(house: House) -> None:
    with at_work(house.ctx):
        case = house.registered("form 1")
        assert until(lambda: house.weighs(case))
    assert house.proven()


def test_a_job_that_hangs_does_not_hold_a_worker_that_is_told_to_stop(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Event(), threading.Event()

    class Silent(dict[str, str]):
        def __contains__(self, source: object) -> bool:
            begun.set()
            return not released.wait(60)

    monkeypatch.setattr(ask_system, "SIMULATED", Silent())
    worker = Worker(house.ctx, "test-worker", replace(FAST, tries=1))
    worker.start()
    house.registered("form 1", source="registry")
    assert begun.wait(30)
    try:
        assert not worker.stop()
    finally:
        released.set()


def test_a_job_rolled_back_with_its_step_never_runs(house: House) -> None:
    case = house.registered("form 1")
    job = Job("fire_timer", "timer:x", case, ("address", "due"))
    with suppress(ZeroDivisionError), house.ctx.database.writing() as tx:
        house.ctx.wake(tx, job)
        raise ZeroDivisionError
    with at_work(house.ctx):
        assert until(lambda: house.weighs(case))
        assert DBOS.get_workflow_status("timer:x") is None


def test_an_act_that_fails_five_times_waits_for_an_operator_and_is_done_on_his_retry(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Broken(dict[str, str]):
        def __contains__(self, source: object) -> bool:
            asked.append(str(source))
            return super().__contains__(source)

    source = Broken()
    monkeypatch.setattr(ask_system, "SIMULATED", source)
    operator = registers.add_person(house.ctx, "system:test", None, "管理", "admin", "a long password of nobody")
    registers.give_role(house.ctx, "system:test", operator, office=OFFICE, role="administrator", from_on="2020-01-01")
    with at_work(house.ctx, replace(FAST, forgotten=timedelta(hours=1))) as worker:
        case = house.registered("form 1", source="registry")
        assert until(lambda: bool(house.open_incidents(case)))
        (incident,) = house.open_incidents(case)
        assert asked == ["registry"] * 5
        assert (incident.reason, incident.address) == (working.ACT_FAILED, f"act:{ASK}")
        assert "no source registry is connected" in incident.detail
        worker.pace = FAST
        assert worker.sweep() == 0
        source["registry"] = "simulated: known"
        assert incidents.retry(house.ctx, operator, incident.id, "已接通")
        assert until(lambda: house.weighs(case))
    assert house.open_incidents(case) == []
    assert house.proven()


def test_a_job_that_stops_every_worker_becomes_an_incident(house: House) -> None:
    case = house.registered("form 1")
    table = "workflow_status" if house.ctx.database.dialect == "sqlite" else "dbos.workflow_status"
    with house.ctx.database.writing() as tx:
        changed = text(f"UPDATE {table} SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'")  # noqa: S608 - a fixed name
        tx.connection.execute(changed)
    with at_work(house.ctx):
        assert until(lambda: bool(house.open_incidents(case)))
        assert until(lambda: DBOS.get_workflow_status(f"act:{case}:{DRAW}") is None)
    assert [row.address for row in house.open_incidents(case)] == [f"act:{DRAW}"]


def test_jobs_of_a_silent_worker_are_taken_over(house: House) -> None:
    case = house.registered("form 1")
    table = "workflow_status" if house.ctx.database.dialect == "sqlite" else "dbos.workflow_status"
    with house.ctx.database.writing() as tx:
        changed = text(f"UPDATE {table} SET status = 'PENDING', executor_id = 'gone'")  # noqa: S608 - a fixed name
        tx.connection.execute(changed)
    with at_work(house.ctx, replace(FAST, forgotten=timedelta(hours=1))):
        assert until(lambda: house.weighs(case))
    assert house.proven()


def test_by_night_finished_jobs_and_workers_long_gone_are_forgotten(house: House) -> None:
    with house.ctx.database.writing() as tx:
        storage.heartbeats.beat(tx, "gone", "2020-01-01T00:00:00.000000Z")
    with at_work(house.ctx, replace(FAST, keep=timedelta(0))) as worker:
        case = house.registered("form 1")
        assert until(lambda: house.weighs(case))
        assert until(lambda: not DBOS.list_workflows(status=["PENDING", "ENQUEUED"]))
        assert worker.tidy() >= 3
        assert DBOS.list_workflows(status="SUCCESS") == []
    with house.ctx.database.reading() as tx:
        assert set(storage.heartbeats.beats(tx)) == {"test-worker"}


# --- the commands -------------------------------------------------------------------------------------------------


@dataclass
class Commands:
    """The command line, on the house's database and files."""

    house: House
    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Name the database and the files."""
        named = {"ANJUAN_DATABASE_URL": self.house.ctx.database.url, "ANJUAN_FILES": str(self.folder / "files")}
        keys = {"ANJUAN_IDENTITY_KEY": "bench", "ANJUAN_SECRET_KEY": "a secret of the tests"}
        return os.environ | named | keys | more

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "app.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(**more), capture_output=True, text=True, check=False, timeout=120
        )

    @contextmanager
    def running(
        self, *arguments: str, program: Sequence[str] = ("app.py",), **more: str
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command until the block is left, and see it end in order."""
        log = self.folder / "log"
        with log.open("w") as out:
            command = [sys.executable, *program, *arguments]
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment(**more), stdout=out, stderr=out)
            try:
                yield process
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=60) == 0
            finally:
                process.kill()
                process.wait()
        assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def commands(house: House, tmp_path: Path) -> Commands:
    return Commands(house, tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Tell whether a server answers, whatever it says."""
    with suppress(URLError, ConnectionError), urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 - loopback
        return bool(page.status)
    return False


@pytest.mark.loopback
def test_serve_carries_out_what_a_case_wants_and_stops_in_order(commands: Commands) -> None:
    port = free_port()
    with commands.running("serve", "--port", str(port)):
        assert until(lambda: answers(f"http://127.0.0.1:{port}/"))
        case = commands.house.registered("form 1")
        assert until(lambda: commands.house.weighs(case))
    assert commands.house.proven()


@pytest.mark.loopback
def test_serve_without_a_worker_inside_leaves_the_work_to_others(commands: Commands) -> None:
    port = free_port()
    with commands.running("serve", "--port", str(port), ANJUAN_EMBEDDED_WORKER="0"):
        assert until(lambda: answers(f"http://127.0.0.1:{port}/"))
        case = commands.house.registered("form 1")
        with commands.house.ctx.database.reading() as tx:
            assert storage.heartbeats.beats(tx) == {}
        assert not commands.house.weighs(case)


@pytest.mark.loopback
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_whose_job_hangs_ends_in_order_and_the_act_is_done_after_it(commands: Commands, command: str) -> None:
    house, asked = commands.house, commands.folder / "asked"
    port = ["--port", str(free_port())] if command == "serve" else []
    case = house.registered("form 1", source="registration")
    with commands.running(command, *port, program=("-m", "tests.chaos.hanging", str(asked))):
        assert until(asked.exists)
    assert not house.weighs(case)
    with at_work(house.ctx, replace(FAST, silent=timedelta(0), forgotten=timedelta(hours=1))):
        assert until(lambda: house.weighs(case))
    assert house.open_incidents(case) == []
    assert house.proven()


def test_a_copy_taken_while_a_worker_works_is_whole(
    commands: Commands, house: House, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with commands.running("worker", "--name", "copied"):
        opened = [house.registered(f"form {n}") for n in range(12)]
        assert until(lambda: any(house.weighs(case) for case in opened))
        copied = commands.run("backup", str(tmp_path / "copy"))
        assert copied.returncode == 0, copied.stderr
        assert until(lambda: all(house.weighs(case) for case in opened))
    url = other_database(house.ctx.database, tmp_path, request)
    elsewhere = {"ANJUAN_DATABASE_URL": url, "ANJUAN_FILES": str(tmp_path / "restored")}
    restored = commands.run("restore", str(tmp_path / "copy"), **elsewhere)
    assert restored.returncode == 0, restored.stderr
    for command in (("verify", "--json"), ("replay", "--all", "--json")):
        report = commands.run(*command, **elsewhere)
        assert report.returncode == 0, report.stdout + report.stderr
    database = open_database(url)
    try:
        there = House(replace(house.ctx, database=database, wake=Queue(url).enqueue), house.person)
        with at_work(there.ctx):
            assert until(lambda: all(there.weighs(case) for case in opened))
        assert there.proven()
    finally:
        database.close()


def other_database(database: Database, folder: Path, request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database of the same kind."""
    if database.dialect == "sqlite":
        return f"sqlite:///{folder}/restored.db"
    server: Server = request.getfixturevalue("postgres")
    name = server.create_database()
    request.addfinalizer(lambda: server.drop_database(name))
    return server.url(name)
