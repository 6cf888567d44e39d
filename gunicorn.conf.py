"""How gunicorn runs Anjuan: one process that serves, with a worker inside it, started after the fork."""

import os
from typing import Any

from app import make_context, make_worker
from casework.jobs import Worker

wsgi_app = "app:create_app()"
workers = 1
threads = 8
#: Nobody steers it but by signals.
control_socket_disable = True

_running: list[Worker] = []


def post_fork(_server: object, worker: Any) -> None:
    """Start the embedded worker in the process that serves; threads do not survive a fork."""
    if os.environ.get("ANJUAN_EMBEDDED_WORKER", "1") != "1":
        return
    # The first of the processes in a container has the same name each time, and finds its own jobs again at once.
    _running.append(make_worker(make_context(), f"web-{os.uname().nodename}-{worker.pid or os.getpid()}"))
    _running[0].start()


def worker_exit(_server: object, _worker: object) -> None:
    """End the embedded worker with its process."""
    while _running:
        if not _running.pop().stop():
            # A job that hangs is in a thread of DBOS, for which Python would wait without end. This is gunicorn's last
            # hook, its requests are answered, and what is not committed is done again by whoever works next.
            os._exit(0)
