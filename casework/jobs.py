"""Background work, on DBOS: the only module that knows it.

A job is a wake-up, not the truth. It names a case and what the case waits for, and calls one function of
``casework.working``, which loads the case and sees whether that is still so; running a job twice changes nothing,
because the entry's key is unique. So no transaction steps of the library are used.

Far-off dates are no jobs: they are rows of ``timer``, and ``casework.sweeping`` hands those that are due over, in the
transaction that marks them. What cannot be done after several tries, or kills its worker each time, becomes an
incident.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Final

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, StepOptions
from dbos._error import DBOSMaxStepRetriesExceeded  # the library raises it and exports it nowhere

import storage.heartbeats
from casework import erasing, recounting, sweeping, working
from casework.context import Context, Job
from handlers.law.dates import SHANGHAI, instant_text
from storage import Tx
from storage.errors import UnavailableError

log = structlog.get_logger()

#: A contract name, not a version: a job stamped with another one would wait for ever.
_CONTRACT: Final = "anjuan-jobs-1"
_QUEUE: Final = "case"
_WORKERS: Final = 4
#: How often a job that killed its worker is taken up again.
_RECOVERIES: Final = 10
_NIGHT_HOUR: Final = 3
_PAGE: Final = 500
_FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED"]


@dataclass(frozen=True)
class Pace:
    """How fast a worker works; in seconds where nothing else is said.

    Attributes:
        polling: between two looks at the queue.
        sweep: between two looks for what is due.
        beat: between two heartbeats, and between two looks for workers without one.
        silent: how long another worker may be silent before its jobs are taken over.
        forgotten: how long something may have been handed over before it is handed over again.
        inspect: between two looks for what stands still.
        tries: how often a job is tried before an operator has to look.
        back_off: from the first try to the second; doubled for each further one.
        keep: how long a finished job can be looked up.
        finish: how long a worker that is stopped may take to finish what it does.
    """

    polling: float = 0.2
    sweep: float = 2.0
    beat: float = 2.0
    silent: timedelta = timedelta(seconds=10)
    forgotten: timedelta = sweeping.FORGOTTEN
    inspect: float = 3600.0
    tries: int = 5
    back_off: float = 1.0
    keep: timedelta = timedelta(days=7)
    finish: int = 10


def prepare_queue(url: str, role: str | None = None) -> None:
    """Make or bring up to date the queue's tables, in the application's own database.

    Args:
        url: of the database.
        role: of PostgreSQL that may use them besides their owner.

    Raises:
        UnavailableError: they cannot be made, or not by who connects.
    """
    try:
        DBOS.migrate(url, application_role=role)
    except Exception as error:  # the library gives whatever the database's driver raised
        raise UnavailableError(str(error).partition("\n")[0]) from error


class Queue:
    """The queue as those see it who put something in; it connects to nothing of its own.

    Attributes:
        url: of the application's database, which is also the queue's.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _client(self) -> DBOSClient:
        return DBOSClient(system_database_url=self.url, lazy=True)

    def enqueue(self, tx: Tx, job: Job) -> None:
        """Put a job into the queue in a transaction of the application; rolled back, it takes the job with it."""
        self._client.enqueue_in_transaction(
            tx.connection,
            {
                "workflow_name": job.name,
                "queue_name": _QUEUE,
                "workflow_id": job.key,
                "queue_partition_key": job.case,
                "app_version": _CONTRACT,
            },
            job.case,
            *job.about,
        )


@dataclass
class Worker:
    """A worker of this process, of which there is one at most; ``stop`` ends it.

    Attributes:
        ctx: the surroundings; what it wakes goes to the queue.
        executor: its name, unlike that of any other worker that runs.
        pace: how fast it works.
    """

    ctx: Context
    executor: str
    pace: Pace = field(default_factory=Pace)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _seen_silent: set[str] = field(default_factory=set)
    _doing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Join the queue: a sweep that woke nobody would mark timers that nobody fires."""
        self.ctx = replace(self.ctx, wake=Queue(self.ctx.database.url).enqueue)

    def start(self) -> None:
        """Begin to work. The heartbeat is written first: a worker that is seen without one is taken for dead."""
        self.beat()
        _at_work.append(self)
        DBOS(config=_config(self.ctx, self.executor))
        DBOS.launch()
        DBOS.register_queue(
            _QUEUE,
            partition_concurrency=1,
            worker_concurrency=_WORKERS,
            polling_interval_sec=self.pace.polling,
            on_conflict="always_update",
        )
        self._every(self.pace.beat, self.beat)
        self._every(self.pace.beat, self.reap)
        self._every(self.pace.sweep, self.sweep)
        self._every(self.pace.inspect, self.keep_house)

    def stop(self) -> bool:
        """Finish what is running, in the time there is for it, and end.

        Returns:
            Whether all is finished. A job that hangs keeps a thread, for which Python would wait at the end of the
            process: end it by ``os._exit``; another worker takes the job over.
        """
        self._stopping.set()
        end = time.monotonic() + self.pace.finish
        for thread in self._threads:
            # Even where jobs get no time at all, what a thread has begun takes a moment.
            thread.join(max(1.0, end - time.monotonic()))
        DBOS.destroy(workflow_completion_timeout_sec=self.pace.finish)
        _at_work.remove(self)
        if self._doing:
            log.warning("jobs_left_unfinished", jobs=sorted(self._doing))
        return not self._doing

    @contextmanager
    def doing(self, job: str) -> Iterator[None]:
        """Know of a job while it is done."""
        self._doing.append(job)
        try:
            yield
        finally:
            self._doing.remove(job)

    def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        thread = threading.Thread(target=partial(self._repeat, work, seconds), name=work.__name__, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _repeat(self, work: Callable[[], Any], seconds: float) -> None:
        while not self._stopping.wait(seconds):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - what fails once must not be the last of its kind
                # The kind alone: a message of the database may hold what a case holds.
                log.warning("worker_disturbed", work=work.__name__, error=type(error).__name__)

    def beat(self) -> None:
        """Say that this worker lives."""
        with self.ctx.database.writing() as tx:
            storage.heartbeats.beat(tx, self.executor, self.ctx.now())

    def sweep(self) -> int:
        """Hand over what is due and what was forgotten; gives how many."""
        return sweeping.sweep(self.ctx, self.pace.forgotten)

    def reap(self) -> None:
        """Take over the jobs of workers that have been silent twice in a row, and give up those that kill workers."""
        with self.ctx.database.reading() as tx:
            beats = storage.heartbeats.beats(tx)
        last = instant_text(self.ctx.clock() - self.pace.silent)
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {job.executor_id for job in pending if job.executor_id}
        silent = {owner for owner in owners if beats.get(owner, "") < last and owner != self.executor}
        dead = sorted(silent & self._seen_silent)
        self._seen_silent = silent
        if dead:
            log.warning("jobs_taken_over", workers=dead)
            # Conditional on the executor's id, so that two reapers do no harm.
            DBOS._recover_pending_workflows(dead)  # noqa: SLF001 - there is no public way
        self._give_up_poison()

    def _give_up_poison(self) -> None:
        for found in DBOS.list_workflows(status="MAX_RECOVERY_ATTEMPTS_EXCEEDED", queue_name=_QUEUE):
            case, *about = found.input["args"] if found.input else ("",)
            working.give_up(
                self.ctx, Job(found.name, found.workflow_id, case, tuple(about)), "it stopped every worker that did it"
            )
            DBOS.delete_workflow(found.workflow_id)

    def keep_house(self) -> None:
        """Tell operators what stands still; by night forget finished jobs and workers long gone."""
        sweeping.inspect(self.ctx)
        if self.ctx.clock().astimezone(SHANGHAI).hour == _NIGHT_HOUR:
            self.tidy()

    def tidy(self) -> int:
        """Forget jobs finished long ago, workers long gone, and bytes ordered to be erased; gives how many jobs.

        Deadlines that a new calendar moves were counted again when it was loaded; what was cut short then is done here.
        """
        recounting.recount(self.ctx)
        sweeping.forget_workers(self.ctx)
        erasing.finish(self.ctx)
        gone = 0
        for page in self._finished(instant_text(self.ctx.clock() - self.pace.keep)):
            DBOS.delete_workflows(page)
            gone += len(page)
        return gone

    def _finished(self, before: str) -> Iterator[list[str]]:
        """Give the ids of jobs finished before an instant, a page at a time, until there is none."""
        while page := DBOS.list_workflows(
            status=_FINISHED, completed_before=before, limit=_PAGE, load_input=False, load_output=False
        ):
            yield [job.workflow_id for job in page]


def _config(ctx: Context, executor: str) -> DBOSConfig:
    return DBOSConfig(
        name="anjuan",
        system_database_url=ctx.database.url,
        application_version=_CONTRACT,
        executor_id=executor,
        use_listen_notify=False,
        log_level="ERROR",
        enable_otlp=False,
    )


#: The worker of this process: DBOS calls functions by name, with what can be stored.
_at_work: list[Worker] = []


@DBOS.workflow(name="fire_timer", max_recovery_attempts=_RECOVERIES)
def _fire_timer(case: str, address: str, due_at: str) -> None:
    _try(working.fire_timer, case, address, due_at)


@DBOS.workflow(name="carry_out", max_recovery_attempts=_RECOVERIES)
def _carry_out(case: str, address: str) -> None:
    _try(working.carry_out, case, address)


@DBOS.workflow(name="deliver", max_recovery_attempts=_RECOVERIES)
def _deliver(case: str, message: str) -> None:
    _try(working.deliver, case, message)


def _try(work: Callable[..., bool], case: str, *about: str) -> None:
    """Do what a job is for, with waits that double between the tries, and give it up after the last."""
    worker = _at_work[-1]
    settings: StepOptions = {
        "name": work.__name__,
        "retries_allowed": True,
        "max_attempts": worker.pace.tries,
        "interval_seconds": worker.pace.back_off,
        "backoff_rate": 2.0,
    }
    try:
        with worker.doing(work.__name__):
            DBOS.run_step(settings, partial(work, worker.ctx, case, *about))
    except DBOSMaxStepRetriesExceeded as error:
        last = error.errors[-1]
        working.give_up(worker.ctx, Job(work.__name__, "", case, about), f"{type(last).__name__}: {last}")
