"""The first start of a new installation: the demonstration is loaded where it is served, and its papers are printed."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError

import pytest

import app
import storage.acts
import storage.cases
import storage.files
from storage import open_database
from tests.panel import until

#: For loading the demonstration and printing its papers, on a machine under load.
_START_SECONDS = 180.0
#: For ending, under load; one that waits for a thread that is not there is killed after thirty.
_END_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Tell whether a server answers, whatever it says."""
    with suppress(URLError, ConnectionError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
        return True
    return False


@contextmanager
def serving(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve the demonstration from a database of its own."""
    environment = {
        **os.environ,
        "ANJUAN_DATABASE_URL": f"sqlite:///{folder}/anjuan.db",
        "ANJUAN_FILES": str(folder / "files"),
        "ANJUAN_SECRET_KEY": "secret",
        "ANJUAN_IDENTITY_KEY": "identity",
    }
    command = [sys.executable, app.__file__, "serve", "--demo", "--port", str(port), "--language", "en"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def papers_wait(folder: Path) -> bool:
    """Tell whether a case still waits for a paper."""
    database = open_database(f"sqlite:///{folder}/anjuan.db")
    with database.reading() as tx:
        every = storage.cases.ids(tx)
        states = {row.state for case in every for row in storage.acts.of_case(tx, case)}
        papers = [row for case in every for row in storage.files.documents(tx, case)]
    database.close()
    return "wanted" in states or not papers


@pytest.mark.loopback
def test_a_first_start_prints_the_papers_of_the_demonstration_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as server:
        assert until(lambda: answers(port), _START_SECONDS)
        assert until(lambda: not papers_wait(tmp_path), _START_SECONDS)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=_END_SECONDS) == 0
    log = (tmp_path / "log").read_text("utf-8")
    assert "all with the password anjuan-demo" in log
    assert "Traceback" not in log
