"""How gunicorn runs Anjuan: one process that serves, with a worker inside it, started after the fork."""

import os
import threading
import traceback
from typing import TYPE_CHECKING, Any, Final

from gunicorn.arbiter import Arbiter

from app import make_context, make_worker

if TYPE_CHECKING:
    from casework.jobs import Worker

wsgi_app = "app:create_app()"
workers = 1
threads = 8
#: Nobody steers it but by signals.
control_socket_disable = True

_running: "Final[list[Worker]]" = []
_starting: Final[list[threading.Thread]] = []


def post_worker_init(worker: Any) -> None:
    """Start the embedded worker in the process that serves, beside its first pages; threads do not survive a fork."""
    if os.environ.get("ANJUAN_EMBEDDED_WORKER", "1") != "1":
        return
    # The first of the processes in a container has the same name each time, and finds its own jobs again at once.
    name = f"web-{os.uname().nodename}-{worker.pid or os.getpid()}"
    _starting.append(threading.Thread(target=_start, args=(name,), name="embedded worker"))
    _starting[0].start()


def _start(name: str) -> None:
    """Start the embedded worker; where it cannot, nothing is served either, as if it had failed before the fork."""
    try:
        _running.append(make_worker(make_context(), name))
        _running[0].start()
    except Exception:  # noqa: BLE001 - whatever it is, a thread would end with it and nobody would notice
        traceback.print_exc()
        os._exit(Arbiter.WORKER_BOOT_ERROR)


def worker_exit(_server: object, _worker: object) -> None:
    """End the embedded worker with its process."""
    while _starting:
        _starting.pop().join()
    while _running:
        if not _running.pop().stop():
            # A job that hangs is in a thread of DBOS, for which Python would wait without end. This is gunicorn's last
            # hook, its requests are answered, and what is not committed is done again by whoever works next.
            os._exit(0)
