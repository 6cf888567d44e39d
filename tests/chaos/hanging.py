"""A worker whose question to another system is never answered, and which is told to stop meanwhile.

Run as a program: ``python -m tests.chaos.hanging FILE COMMAND...``; the file is made once the job hangs.
"""

import sys
import threading
from functools import partial
from pathlib import Path

import app
import casework.jobs
from casework.acts import ask_system


class Silent(dict[str, str]):
    """A system that never answers."""

    def __init__(self, asked: Path) -> None:
        super().__init__()
        self._asked = asked

    def __contains__(self, source: object) -> bool:
        self._asked.touch()
        return threading.Event().wait()


if __name__ == "__main__":
    ask_system.SIMULATED = Silent(Path(sys.argv[1]))  # type: ignore[misc]  # in the place of the real source
    # The pace of any worker, in less time.
    vars(casework.jobs)["Pace"] = partial(casework.jobs.Pace, finish=1, polling=0.05)
    sys.exit(app.main(sys.argv[2:]))
