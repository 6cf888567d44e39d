"""Background work, on DBOS: the only module that knows it.

A job is a wake-up, not the truth. It names a case and what the case waits for, and calls one function of
casework, which loads the case and sees whether that is still so; running a job twice changes nothing, because
the entry's key is unique. So no transaction steps of the library are used.

Far-off dates are no jobs: they are rows of ``timer``, and a sweep hands those that are due over, in the
transaction that marks them. Acts and messages are swept in the same way, so that what a crash left between a
commit and its job is found again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, run_dbos_database_migrations
from dbos._error import DBOSMaxStepRetriesExceeded  # the library raises it and exports it nowhere

import storage.acts
import storage.heartbeats
import storage.messages
import storage.timers
from casework import working
from casework.context import Context, instant
from storage import Tx

log = structlog.get_logger()

#: A contract name, not a version: a job stamped with another one would wait for ever.
_CONTRACT: Final = "anjuan-jobs-1"
_QUEUE: Final = "case"
_WORKERS: Final = 4
_POLLING_SECONDS: Final = 0.2
_SWEEP_SECONDS: Final = 2.0
_BEAT_SECONDS: Final = 5.0
#: How long a worker may be silent before its jobs are taken over.
_SILENT: Final = timedelta(seconds=30)
#: How long an act may be wanted before the sweep wakes it again.
_FORGOTTEN: Final = timedelta(seconds=20)
_MOST: Final = 500
#: How often an act is tried before an operator has to look.
_TRIES: Final = 5


@dataclass
class Worker:
    """A running worker; ``stop`` ends it.

    Attributes:
        ctx: the surroundings.
        executor: its name among all workers.
    """

    ctx: Context
    executor: str
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _seen_silent: set[str] = field(default_factory=set)

    def start(self) -> None:
        """Begin to work. The heartbeat is written first: a worker that is seen without one is taken for dead."""
        self.beat()
        _configure(self.ctx, self.executor)
        DBOS.launch()
        DBOS.register_queue(
            _QUEUE,
            partition_concurrency=1,
            worker_concurrency=_WORKERS,
            polling_interval_sec=_POLLING_SECONDS,
            on_conflict="always_update",
        )
        for work, seconds in ((self.beat, _BEAT_SECONDS), (self.sweep, _SWEEP_SECONDS), (self.reap, _BEAT_SECONDS)):
            thread = threading.Thread(target=partial(self._repeat, work, seconds), name=work.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish what is running, and end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        DBOS.destroy()

    def _repeat(self, work: Callable[[], Any], seconds: float) -> None:
        while not self._stopping.wait(seconds):
            try:
                work()
            except Exception:  # noqa: BLE001 - a sweep that fails once must not be the last one
                log.exception("sweep_failed", work=work.__name__)

    def beat(self) -> None:
        """Say that this worker lives."""
        with self.ctx.database.writing() as tx:
            storage.heartbeats.beat(tx, self.executor, self.ctx.now())

    def sweep(self) -> int:
        """Hand over every timer that is due, and wake acts and messages that nobody carries; gives how many."""
        return sweep(self.ctx)

    def reap(self) -> None:
        """Take over the jobs of workers that have been silent twice in a row."""
        with self.ctx.database.reading() as tx:
            beats = storage.heartbeats.beats(tx)
        last = instant(self.ctx.clock() - _SILENT)
        owners = {job.executor_id for job in DBOS.list_workflows(status="PENDING") if job.executor_id}
        silent = {owner for owner in owners if beats.get(owner, "") < last and owner != self.executor}
        dead = sorted(silent & self._seen_silent)
        self._seen_silent = silent
        if dead:
            log.warning("jobs_taken_over", workers=dead)
            # Conditional on the executor's id, so that two reapers do no harm; there is no public way.
            DBOS._recover_pending_workflows(dead)  # noqa: SLF001


def _configure(ctx: Context, executor: str) -> None:
    _at_work.clear()
    _at_work.append(ctx)
    DBOS(config=_config(ctx, executor))


def _config(ctx: Context, executor: str) -> DBOSConfig:
    return DBOSConfig(
        name="anjuan",
        system_database_url=ctx.database.url,
        application_version=_CONTRACT,
        executor_id=executor,
        use_listen_notify=False,
        log_level="WARNING",
        enable_otlp=False,
    )


#: The surroundings of the jobs of this process: DBOS calls functions by name, with what can be stored.
_at_work: list[Context] = []


@DBOS.workflow(name="fire_timer")
def _fire_timer(case: str, address: str, due_at: str) -> None:
    working.fire_timer(_at_work[0], case, address, due_at)


@DBOS.workflow(name="carry_out")
def _carry_out(case: str, address: str) -> None:
    try:
        _try_act(case, address)
    except DBOSMaxStepRetriesExceeded as error:
        working.give_up(_at_work[0], case, address, str(error.errors[-1]))


@DBOS.step(name="try_act", retries_allowed=True, max_attempts=_TRIES, interval_seconds=1.0, backoff_rate=2.0)
def _try_act(case: str, address: str) -> None:
    working.carry_out(_at_work[0], case, address)


@DBOS.workflow(name="deliver")
def _deliver(case: str, message: str) -> None:
    working.deliver(_at_work[0], case, message)


def prepare_queue(url: str) -> None:
    """Make or bring up to date the queue's tables, in the application's own database."""
    run_dbos_database_migrations(url)


_clients: dict[str, DBOSClient] = {}


def _client(ctx: Context) -> DBOSClient:
    if ctx.database.url not in _clients:
        _clients[ctx.database.url] = DBOSClient(system_database_url=ctx.database.url)
    return _clients[ctx.database.url]


def enqueue(ctx: Context, tx: Tx, name: str, key: str, case: str, *arguments: str) -> None:
    """Put a job into the queue in a transaction of the application; one at a time runs for each case.

    Args:
        ctx: the surroundings.
        tx: rolled back, it takes the job with it.
        name: ``fire_timer``, ``carry_out`` or ``deliver``.
        key: the same key again is the same job.
        case: whose turn it is.
        *arguments: of the job, behind the case.
    """
    _client(ctx).enqueue_in_transaction(
        tx.connection,
        {
            "workflow_name": name,
            "queue_name": _QUEUE,
            "workflow_id": key,
            "queue_partition_key": case,
            "app_version": _CONTRACT,
        },
        case,
        *arguments,
    )


def sweep(ctx: Context) -> int:
    """Hand over what is due: timers, acts nobody carries out, messages whose receiver waits; gives how many."""
    now = ctx.now()
    with ctx.database.writing() as tx:
        timers = storage.timers.due(tx, now, _MOST)
        for timer in timers:
            key = f"timer:{timer.case}:{timer.address}:{timer.due_at}"
            enqueue(ctx, tx, "fire_timer", key, timer.case, timer.address, timer.due_at)
        storage.timers.mark_handed(tx, timers, now)
        acts = storage.acts.wanted(tx, instant(ctx.clock() - _FORGOTTEN), _MOST)
        for act in acts:
            # A new key each sweep: a job that gave up must not stand in the way of the next one.
            enqueue(ctx, tx, "carry_out", f"act:{act.case}:{act.address}:{now}", act.case, act.address)
        messages = storage.messages.deliverable(tx, _MOST)
        for message in messages:
            enqueue(ctx, tx, "deliver", f"message:{message.id}:{now}", message.to_case, message.id)
    return len(timers) + len(acts) + len(messages)
