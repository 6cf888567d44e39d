"""How gunicorn runs Anjuan: one process that serves, with a worker inside it, started after the fork."""

import os

from app import make_context
from casework.jobs import Worker

_running: list[Worker] = []


def post_fork(_server: object, worker: object) -> None:
    """Start the embedded worker in the process that serves; threads do not survive a fork."""
    if os.environ.get("ANJUAN_EMBEDDED_WORKER", "1") != "1":
        return
    _running.append(Worker(make_context(), f"web-{os.uname().nodename}-{getattr(worker, 'age', 0)}"))
    _running[0].start()


def worker_exit(_server: object, _worker: object) -> None:
    """End the embedded worker with its process."""
    for worker in _running:
        worker.stop()
