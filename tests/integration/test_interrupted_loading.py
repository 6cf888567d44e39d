"""A command that is interrupted while it still loads ends at once, and shows nobody where it stood."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Runs the command line, and is interrupted by its own hand when a module is looked for.
INTERRUPTED = """
import os, runpy, signal, sys

class Interrupting:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting)
sys.path.insert(0, os.getcwd())
signal.signal(signal.SIGINT, getattr(signal, sys.argv[2]))
runpy.run_path("app.py", run_name="__main__")
"""


def interrupted_at(module: str, handler: str = "default_int_handler") -> subprocess.CompletedProcess[str]:
    """Ask for the commands, and interrupt where a module is loaded."""
    command = [sys.executable, "-c", INTERRUPTED, module, handler]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("module", ["flask", "casework.demo", "storage.backup"])
def test_a_command_interrupted_while_it_loads_ends_in_silence(module: str) -> None:
    ended = interrupted_at(module)
    assert (ended.returncode, ended.stderr, ended.stdout) == (-signal.SIGINT, "", "")


def test_what_is_told_to_ignore_interrupts_goes_on_loading() -> None:
    ended = interrupted_at("casework.demo", "SIG_IGN")
    assert ended.returncode != -signal.SIGINT
    assert "usage" in ended.stdout + ended.stderr
