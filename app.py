"""Anjuan 案卷, a case processor for work-injury insurance: the composition root and the command line.

``create_app`` joins the rooms for a web server; below it stands what each command does, whose arguments are told in
``command_line.py``. ``python app.py --help`` lists them.
"""

import signal

#: Who interrupts a command while it loads is answered by its end, not by where it stood; 130 in a shell.
_LOADING = __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _LOADING:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import dataclasses
import errno
import gc
import getpass
import io
import json
import multiprocessing
import os
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

# Nothing that loading makes is garbage; to search it for some, over and over, takes a quarter of the start.
gc.disable()

try:
    from flask import Flask
    from gunicorn.app.base import Application
except ModuleNotFoundError:  # pragma: no cover - another Python than the project's
    print(
        "请用项目自带的 Python 运行：.venv/bin/python app.py（`make run` 会建立它）\n"
        "Run this with the project's own Python: .venv/bin/python app.py (`make run` makes it)",
        file=sys.stderr,
    )
    sys.exit(2)

import casework.demo
import casework.history
import casework.importing
import casework.library
import casework.listing
import casework.people
import casework.publishing
import casework.registers
import command_line
import reports
import web
from casework.context import Context, Job
from casework.errors import IncidentError, RefusedError, RequestError
from engine import EngineError
from engine.check import report
from engine.layout import LayoutRefusedError, layout_file
from engine.model import DefinitionRefusedError
from engine.refusals import refusal
from engine.xml import LARGEST_FILE, XmlRefusedError
from handlers.law.basis import ParameterFileError
from storage import Database, StorageError, Tx, open_database, protect, require_current, upgrade
from storage.backup import backup, restore
from storage.errors import SchemaError
from storage.files import FileStore

if TYPE_CHECKING:
    from casework.jobs import Queue, Worker

gc.freeze()
gc.enable()

ROOT = Path(__file__).parent
PROCESSES = ROOT / "processes"

DEFAULT_DATABASE = "sqlite:///var/anjuan.db"
DEFAULT_MAX_UPLOAD = 20 * 1024 * 1024
DEFAULT_KEEP_JOBS_DAYS = 7

#: How often the progress of an import is told, in rows.
_TOLD_EVERY: Final = 100
#: Who did what an operator does here.
_ACTOR: Final = "system:command-line"


def database_url() -> str:
    """Say which database is used."""
    return os.environ.get("ANJUAN_DATABASE_URL", DEFAULT_DATABASE)


def _secret(variable: str) -> str:
    """Give a secret from the environment, else one kept in a file of ``var/`` that only its owner reads."""
    if os.environ.get(variable):
        return os.environ[variable]
    path = ROOT / "var" / variable.lower()
    if not path.exists():
        _keep_secret(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii")


def _keep_secret(path: Path, secret: str) -> None:
    """Write a secret; whole or not at all, and where two processes begin at once the first one's stays."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
        file.write(secret)
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)


def _whole_number(variable: str, default: int, least: int = 1) -> int:
    """Read a whole number from the environment.

    Raises:
        RefusedError: it is none, or smaller than the least.
    """
    told = os.environ.get(variable) or str(default)
    if not (told.isascii() and told.isdigit() and int(told) >= least):
        raise RefusedError("setting", variable=variable, value=told, least=least)
    return int(told)


def _max_upload() -> int:
    return _whole_number("ANJUAN_MAX_UPLOAD", DEFAULT_MAX_UPLOAD)


def _proxies() -> int:
    return _whole_number("ANJUAN_PROXIES", 0, least=0)


def _keep_jobs() -> timedelta:
    return timedelta(days=_whole_number("ANJUAN_KEEP_JOBS_DAYS", DEFAULT_KEEP_JOBS_DAYS))


def _jobs() -> Any:
    """Load the job queue and its library, which would take a quarter of a start; the first page needs neither."""
    return import_module("casework.jobs")


def _waking(url: str) -> Callable[[Tx, Job], None]:
    """Give what puts jobs into the queue, which is joined with the first of them."""
    queue: Callable[[], Queue] = cache(lambda: _jobs().Queue(url))
    return lambda tx, job: queue().enqueue(tx, job)


def prepare() -> None:
    """Bring the tables to this version, those of the job queue too."""
    url = database_url()
    upgrade(url)
    _jobs().prepare_queue(url)


def _prepare_if_needed() -> None:
    """Bring the tables to this version if ours are of another; if not, whoever works sees to the queue's."""
    try:
        with opened(_reading_context) as ctx:
            ctx.database.require_writable()
    except SchemaError:
        prepare()


def _files() -> FileStore:
    return FileStore(Path(os.environ.get("ANJUAN_FILES", str(ROOT / "var" / "files"))))


def _database() -> Database:
    """Open the database, if its tables are those of this version."""
    database = open_database(database_url())
    try:
        require_current(database)
    except StorageError:
        database.close()
        raise
    return database


def make_context() -> Context:
    """Open the database and the files named by the environment.

    Raises:
        SchemaError: the database's tables are not those of this version.
    """
    ctx = _reading_context()
    key = _secret("ANJUAN_IDENTITY_KEY").encode()
    return dataclasses.replace(ctx, identity_key=key, wake=_waking(ctx.database.url))


def _reading_context() -> Context:
    """Open them for what only reads: it needs no secret, and may stand where nothing can be written."""
    return Context(database=_database(), files=_files(), processes=PROCESSES)


@contextmanager
def opened(make: Callable[[], Context] = make_context) -> Iterator[Context]:
    """Open the database for one command, and close it when the command is done."""
    ctx = make()
    try:
        yield ctx
    finally:
        ctx.database.close()


def _opened_to_read() -> AbstractContextManager[Context]:
    return opened(_reading_context)


def make_worker(ctx: Context, name: str) -> "Worker":
    """Make a worker, at the pace the environment tells."""
    jobs = _jobs()
    worker: Worker = jobs.Worker(ctx, name, jobs.Pace(keep=_keep_jobs()))
    return worker


def create_app() -> Flask:
    """Make the web application; what gunicorn serves."""
    return web.create_app(
        make_context(),
        secret_key=_secret("ANJUAN_SECRET_KEY"),
        secure_cookies=os.environ.get("ANJUAN_SECURE_COOKIES") == "1",
        max_upload=_max_upload(),
        proxies=_proxies(),
    )


# --- commands: each gives what it reports, and main() prints it -----------------------------------------


class _Server(Application):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn in this process: what is imported already need not be imported again."""

    def __init__(self, bind: str) -> None:
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        """Take what ``gunicorn.conf.py`` says, and where to listen."""
        self.load_config_from_file(str(ROOT / "gunicorn.conf.py"))
        self.cfg.set("bind", self._bind)

    def load(self) -> Flask:
        """Make the application, in the process that serves."""
        return create_app()


def _serve(options: argparse.Namespace) -> None:
    # What gunicorn would say over many lines, or only after the fork, is said in one before anything begins.
    for setting in (_max_upload, _proxies, _keep_jobs):
        setting()
    bind = _free_address(options.host, options.port)
    if options.demo:
        _load_demonstration(options)
    else:
        _prepare_if_needed()
    _Server(bind).run()


def _free_address(host: str, port: int) -> str:
    """Write where to serve as gunicorn reads it.

    Raises:
        RefusedError: another program serves there, or nobody can.
    """
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise RefusedError(
                "address_taken" if taken else "address_unusable", address=bind, why=error.strerror
            ) from error
    return bind


def _load_demonstration(options: argparse.Namespace) -> None:
    """Load the demonstration where there is nothing yet, in a process of its own.

    Printing its papers starts threads, and gunicorn forks: the process that serves would wait for them for ever. A
    fork that is made before is quicker than a second interpreter.
    """
    arguments = ["demo", "--if-empty", *(["--language", options.language] if options.language else [])]
    loading = multiprocessing.get_context("fork").Process(target=lambda: sys.exit(main(arguments)))
    loading.start()
    loading.join()
    if loading.exitcode not in (0, 1):
        sys.exit(loading.exitcode)


@contextmanager
def _until_told_to_stop() -> Iterator[threading.Event]:
    """Give what is set once this process is told to stop, by Ctrl-C or by its supervisor; a second Ctrl-C ends it."""
    stopping = threading.Event()

    def stop(number: int, _frame: object) -> None:
        if stopping.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _worker(options: argparse.Namespace) -> None:
    with opened() as ctx, _until_told_to_stop() as stopping:
        worker = make_worker(ctx, options.name)
        worker.start()
        print(options.words("worker.started", name=options.name), flush=True)
        stopping.wait()
        finished = worker.stop()
        print(options.words("worker.stopped", name=options.name), flush=True)
    if not finished:
        # Python would wait for the job that hangs; another worker takes it over.
        os._exit(0)


def _db_upgrade(_options: argparse.Namespace) -> dict[str, str]:
    prepare()
    return {"database": "at this version"}


def _db_protect(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        protect(ctx.database.url, options.role)
        _jobs().prepare_queue(ctx.database.url, options.role)
    return {"role": options.role, "protected": "entries, definitions, leaves"}


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    _prepare_if_needed()
    with opened() as ctx:
        if not options.if_empty and casework.demo.is_real(ctx):
            raise RefusedError("not_a_demonstration")
        return dataclasses.asdict(casework.demo.load(ctx, only_if_empty=options.if_empty))


def _user_add(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        roles = [_office_and_role(ctx, each) for each in options.role]
        password = _asked_password(options.words) if options.password is None else options.password
        person = casework.registers.add_person(ctx, _ACTOR, None, options.name, options.sign_in, password)
        for office, role in roles:
            casework.registers.give_role_now(ctx, _ACTOR, person, office, role)
        with ctx.database.reading() as tx:
            # As it is kept, without what nobody sees or types.
            return {"person": person, "sign_in": casework.people.person_in(ctx, tx, person).sign_in}


def _office_and_role(ctx: Context, text: str) -> tuple[str, str]:
    """Read ``OFFICE:ROLE``, and refuse what there is not before anybody is added.

    Raises:
        RefusedError: no such office or role.
    """
    office, _, role = text.partition(":")
    _require_office(ctx, office)
    if role not in casework.people.ROLES:
        raise RefusedError("role_unknown", role=role)
    return office, role


def _require_office(ctx: Context, office: str) -> None:
    if office not in casework.registers.offices(ctx):
        raise RefusedError("office_unknown", office=office)


def _asked_password(say: reports.Words) -> str:
    """Ask for a password without showing it, or read it from a pipe.

    Raises:
        RefusedError: there is none.
    """
    try:
        told = getpass.getpass(say("user.password")) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    except EOFError:
        told = ""
    if not told:
        raise RefusedError("no_password")
    return told


def _definitions_list(_options: argparse.Namespace) -> list[dict[str, Any]]:
    with _opened_to_read() as ctx:
        return casework.listing.definitions(ctx)


def _definitions_import(_options: argparse.Namespace) -> list[dict[str, Any]]:
    with opened() as ctx:
        return [dataclasses.asdict(each) for each in casework.publishing.take_in(ctx)]


def _definitions_publish(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        return casework.publishing.publish(ctx, options.name, options.by, options.confirmed_by, options.from_on)


def _case_list(options: argparse.Namespace) -> list[dict[str, Any]]:
    with _opened_to_read() as ctx:
        if options.office is not None:
            _require_office(ctx, options.office)
        return casework.listing.list_cases(
            ctx, office=options.office, state=options.state, text=options.text, limit=options.limit
        )


def _case_show(options: argparse.Namespace) -> dict[str, Any]:
    with _opened_to_read() as ctx:
        return casework.listing.show_case(ctx, options.case)


def _case_open(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        token = secrets.token_hex(8)
        return casework.listing.open_case(ctx, options.by, options.procedure, options.office, token)


def _import(options: argparse.Namespace) -> dict[str, Any]:
    def goes_on(done: int) -> bool:
        if done % _TOLD_EVERY == 0:
            print("\r" + options.words("import.progress", rows=done), end="", file=sys.stderr, flush=True)
        return not stopping.is_set()

    with opened() as ctx, _until_told_to_stop() as stopping:
        _require_office(ctx, options.office)
        report = casework.importing.import_file(
            ctx,
            Path(options.file),
            sign_in=options.by,
            office=options.office,
            procedure=options.procedure,
            goes_on=goes_on,
        )
    print("\r" + options.words("import.progress", rows=report.rows), file=sys.stderr)
    return dataclasses.asdict(report)


def _check(options: argparse.Namespace) -> list[dict[str, Any]]:
    contents = {name: _content(name) for name in options.files}
    return [report(name, content) for name, content in contents.items()]


def _content(name: str) -> bytes:
    """Read a file no further than what is refused for its size: a device or a pipe may have no end."""
    with Path(name).open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _layout(options: argparse.Namespace) -> list[dict[str, str]]:
    # All are laid out before the first is written, so that a refusal leaves every file as it was.
    laid_out = {name: _laid_out(name) for name in options.files}
    for name, content in laid_out.items():
        _replace(Path(name).resolve(), content)
    return [{"file": name, "layout": "written"} for name in laid_out]


def _laid_out(name: str) -> bytes:
    """Lay out a file, and name it where it is refused.

    Raises:
        DefinitionRefusedError: it is no diagram we read, or has more on a plane than anybody could.
    """
    try:
        return layout_file(_content(name))
    except XmlRefusedError as error:
        raise DefinitionRefusedError([refusal(name, "", error.code, error.detail)]) from error
    except LayoutRefusedError as error:
        raise DefinitionRefusedError([refusal(name, error.element, "too_many_nodes", str(error.count))]) from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file anew: a full disk leaves what was there."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _verify(_options: argparse.Namespace) -> dict[str, Any]:
    with _opened_to_read() as ctx:
        return dataclasses.asdict(casework.history.verify(ctx))


def _replay(options: argparse.Namespace) -> dict[str, Any]:
    with _opened_to_read() as ctx:
        replayed = casework.history.replay(ctx, None if options.all else options.cases)
        if options.all and ctx.database.read_only is None:
            casework.history.rebuild(ctx)
        return dataclasses.asdict(replayed)


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    with _opened_to_read() as ctx:
        copied = backup(ctx.database, ctx.files, Path(options.target))
    return {"folder": options.target} | dataclasses.asdict(copied)


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    copied = restore(Path(options.source), database_url(), _files())
    _jobs().prepare_queue(database_url())
    return {"folder": options.source} | dataclasses.asdict(copied)


#: What runs each command, and what says its report in words.
_COMMANDS: Final[Mapping[str, tuple[Callable[[argparse.Namespace], Any], reports.Say]]] = {
    "serve": (_serve, reports.say_nothing),
    "worker": (_worker, reports.say_nothing),
    "import": (_import, reports.say_import),
    "case list": (_case_list, reports.say_cases),
    "case show": (_case_show, reports.say_case),
    "case open": (_case_open, reports.say_opened),
    "definitions list": (_definitions_list, reports.say_definitions),
    "definitions import": (_definitions_import, reports.say_definitions),
    "definitions publish": (_definitions_publish, reports.say_published),
    "check": (_check, reports.say_check),
    "layout": (_layout, reports.say_layout),
    "verify": (_verify, reports.say_verified),
    "replay": (_replay, reports.say_replayed),
    "backup": (_backup, reports.say_copy),
    "restore": (_restore, reports.say_copy),
    "db upgrade": (_db_upgrade, reports.say_upgraded),
    "db protect": (_db_protect, reports.say_protected),
    "user add": (_user_add, reports.say_added),
    "demo": (_demo, reports.say_demo),
}

#: What in a report says that something is wrong.
_WRONG: Final = ("faults", "diverged", "refusals", "refused", "stopped")


def _failed(report: Any) -> bool:
    """Tell whether a report is of something wrong, so that a script sees it in the exit status."""
    rows: list[Mapping[str, Any]] = report if isinstance(report, list) else [report]
    return any(row.get(sign) for row in rows for sign in _WRONG)


def _say_all_characters() -> None:
    """Let a terminal that cannot show a character show its number: a name must not end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_report(options: argparse.Namespace, say: reports.Say, report: Any) -> int:
    """Print what a command reports; gives its exit status, which does not hang on whether anybody reads to the end."""
    status = 1 if _failed(report) else 0
    try:
        told = [json.dumps(report, ensure_ascii=False)] if options.json else say(options.words, report)
        print(*told, sep="\n", flush=True)
    except BrokenPipeError:
        # Nothing is left to be flushed when Python ends, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(options.words("unwritten", why=reports.of_file(options.words, error)), file=sys.stderr)
        return 1
    return status


def _print_refusal(options: argparse.Namespace, error: Exception) -> None:
    refused = reports.refusal(options.words, error)
    if options.json:
        print(json.dumps({"error": refused}, ensure_ascii=False), flush=True)
    else:
        print(options.words("refusal", why=refused["text"]), file=sys.stderr)


#: What is refused in one line; anything else is a mistake of ours and shows where.
_REFUSALS: Final = (
    RequestError,
    IncidentError,
    StorageError,
    EngineError,
    ParameterFileError,
    OSError,
    UnicodeError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        the exit status: 0, 1 for a report of something wrong, 2 for a refusal, 130 when it was interrupted.
    """
    _say_all_characters()
    told = sys.argv[1:] if arguments is None else arguments
    words = reports.Words(command_line.language(told))
    options = command_line.parse(words, told)
    options.words = words
    run, say = _COMMANDS[options.command]
    try:
        report = run(options)
        return 0 if report is None else _print_report(options, say, report)
    except KeyboardInterrupt:
        print(words("interrupted"), file=sys.stderr)
        return 130
    except _REFUSALS as error:
        _print_refusal(options, error)
        return 2


if __name__ == "__main__":
    if _LOADING:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
