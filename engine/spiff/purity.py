"""SpiffWorkflow without a clock, a random number and a log line for every change of state.

The library names each task by a random UUID and stamps it with the time; a step that did so could not be replayed.
Its two names are redirected here, once, when the module is imported: ids are counted within a case and never leave
the engine (what leaves is the address), and time stands still. Its state setter, which builds a dictionary for a
log line whether or not anybody listens, is replaced by the assignment alone.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from itertools import count
from typing import Any

import SpiffWorkflow.task as library

_ids: ContextVar[Iterator[int]] = ContextVar("task ids of the running step")


class _StandingClock:
    """Stands in for the module ``time``."""

    @staticmethod
    def time() -> int:
        """Tell that no time has passed."""
        return 0


def next_id() -> int:
    """Give the next task id of the running step."""
    return next(_ids.get())


def _set_state(task: Any, value: int) -> None:
    task._state = value


def begin_step(first: int) -> None:
    """Count task ids on from where the case's last step stopped, for this thread's step alone."""
    _ids.set(count(first))


library.uuid4 = next_id
library.time = _StandingClock
library.Task._set_state = _set_state
