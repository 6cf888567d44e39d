"""Anjuan 案卷, a case processor for work-injury insurance: the composition root and the command line.

``create_app`` joins the rooms for a web server; ``python app.py --help`` lists the commands.
"""

import argparse
import dataclasses
import getpass
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import Application

import casework.demo
import casework.history
import casework.importing
import casework.library
import casework.listing
import casework.people
import casework.publishing
import casework.registers
import reports
import web
from casework.context import Context
from casework.errors import IncidentError, RefusedError, RequestError
from casework.jobs import Pace, Queue, Worker, prepare_queue
from engine import EngineError
from engine.check import report
from engine.layout import layout
from storage import StorageError, open_database, upgrade
from storage.backup import backup, restore
from storage.files import FileStore

ROOT = Path(__file__).parent
PROCESSES = ROOT / "processes"

DEFAULT_DATABASE = "sqlite:///var/anjuan.db"
DEFAULT_MAX_UPLOAD = 20 * 1024 * 1024
DEFAULT_KEEP_JOBS_DAYS = 7

#: Who did what an operator does here.
_ACTOR: Final = "system:command-line"

#: Says a report, line after line.
_Say = Callable[[Any], Iterator[str]]


def database_url() -> str:
    """Say which database is used."""
    return os.environ.get("ANJUAN_DATABASE_URL", DEFAULT_DATABASE)


def _secret(variable: str) -> str:
    """Give a secret from the environment, else one kept in a file of ``var/`` that only its owner reads."""
    if os.environ.get(variable):
        return os.environ[variable]
    path = ROOT / "var" / variable.lower()
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, secrets.token_hex(32).encode())
        os.close(handle)
    return path.read_text(encoding="ascii")


def prepare() -> str:
    """Bring the tables to this version, those of the job queue too; gives the database's address."""
    url = database_url()
    upgrade(url)
    prepare_queue(url)
    return url


def make_context() -> Context:
    """Open the database and the files named by the environment."""
    database = open_database(database_url())
    return Context(
        database=database,
        files=FileStore(Path(os.environ.get("ANJUAN_FILES", str(ROOT / "var" / "files")))),
        processes=PROCESSES,
        identity_key=_secret("ANJUAN_IDENTITY_KEY").encode(),
        wake=Queue(database.url).enqueue,
    )


@contextmanager
def opened() -> Iterator[Context]:
    """Open the database for one command, and close it when the command is done."""
    ctx = make_context()
    try:
        yield ctx
    finally:
        ctx.database.close()


def make_worker(ctx: Context, name: str) -> Worker:
    """Make a worker, at the pace the environment tells."""
    keep = timedelta(days=int(os.environ.get("ANJUAN_KEEP_JOBS_DAYS", DEFAULT_KEEP_JOBS_DAYS)))
    return Worker(ctx, name, Pace(keep=keep))


def create_app() -> Flask:
    """Make the web application; what gunicorn serves."""
    return web.create_app(
        make_context(),
        secret_key=_secret("ANJUAN_SECRET_KEY"),
        secure_cookies=os.environ.get("ANJUAN_SECURE_COOKIES") == "1",
        max_upload=int(os.environ.get("ANJUAN_MAX_UPLOAD", DEFAULT_MAX_UPLOAD)),
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
    prepare()
    if options.demo:
        # In the process that serves: a second interpreter would double the time to the first page.
        with opened() as ctx:
            loaded = casework.demo.load(ctx, only_if_empty=True)
        print(*reports.say_demo(dataclasses.asdict(loaded)), sep="\n", flush=True)
    _Server(f"{options.host}:{options.port}").run()


def _worker(options: argparse.Namespace) -> None:
    worker = make_worker(make_context(), options.name)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    worker.start()
    print(f"worker {options.name} started", flush=True)
    stopping.wait()
    worker.stop()


def _db_upgrade(_options: argparse.Namespace) -> dict[str, str]:
    prepare()
    return {"database": "at this version"}


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    prepare()
    with opened() as ctx:
        return dataclasses.asdict(casework.demo.load(ctx, only_if_empty=options.if_empty))


def _user_add(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        roles = [_office_and_role(ctx, each) for each in options.role]
        password = getpass.getpass("Password: ") if options.password is None else options.password
        person = casework.registers.add_person(ctx, _ACTOR, None, options.name, options.sign_in, password)
        for office, role in roles:
            casework.registers.give_role_now(ctx, _ACTOR, person, office, role)
    return {"person": person, "sign_in": options.sign_in}


def _office_and_role(ctx: Context, text: str) -> tuple[str, str]:
    """Read ``OFFICE:ROLE``, and refuse what there is not before anybody is added.

    Raises:
        RefusedError: no such office or role.
    """
    office, _, role = text.partition(":")
    if office not in casework.registers.offices(ctx):
        raise RefusedError("office_unknown", office=office)
    if role not in casework.people.ROLES:
        raise RefusedError("role_unknown", role=role)
    return office, role


def _definitions_list(_options: argparse.Namespace) -> list[dict[str, Any]]:
    with opened() as ctx:
        return casework.listing.definitions(ctx)


def _definitions_import(_options: argparse.Namespace) -> list[dict[str, Any]]:
    with opened() as ctx:
        return [dataclasses.asdict(each) for each in casework.library.import_shipped(ctx)]


def _definitions_publish(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        return casework.publishing.publish(ctx, options.name, options.by, options.confirmed_by, options.from_on)


def _case_list(options: argparse.Namespace) -> list[dict[str, Any]]:
    with opened() as ctx:
        return casework.listing.list_cases(ctx, options.office, options.state, options.limit)


def _case_show(options: argparse.Namespace) -> dict[str, Any]:
    with opened() as ctx:
        return casework.listing.show_case(ctx, options.case)


def _case_open(options: argparse.Namespace) -> dict[str, str]:
    with opened() as ctx:
        token = secrets.token_hex(8)
        return casework.listing.open_case(ctx, options.by, options.procedure, options.office, token)


def _import(options: argparse.Namespace) -> dict[str, Any]:
    def told(done: int) -> None:
        print(f"\r{done} rows", end="", file=sys.stderr, flush=True)

    with opened() as ctx:
        report = casework.importing.import_file(
            ctx, Path(options.file), sign_in=options.by, office=options.office, told=told
        )
    print(file=sys.stderr)
    return dataclasses.asdict(report)


def _check(options: argparse.Namespace) -> list[dict[str, Any]]:
    contents = {name: Path(name).read_bytes() for name in options.files}
    return [report(name, content) for name, content in contents.items()]


def _layout(options: argparse.Namespace) -> list[dict[str, str]]:
    # All are laid out before the first is written, so that a refusal leaves every file as it was.
    laid_out = {name: layout(Path(name).read_text(encoding="utf-8")) for name in options.files}
    for name, text in laid_out.items():
        Path(name).write_text(text, encoding="utf-8")
    return [{"file": name, "layout": "written"} for name in laid_out]


def _verify(_options: argparse.Namespace) -> dict[str, Any]:
    with opened() as ctx:
        return dataclasses.asdict(casework.history.verify(ctx))


def _replay(options: argparse.Namespace) -> dict[str, Any]:
    with opened() as ctx:
        return dataclasses.asdict(casework.history.replay(ctx, None if options.all else options.cases))


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    with opened() as ctx:
        copied = backup(ctx.database, ctx.files, Path(options.target))
    return {"folder": options.target} | dataclasses.asdict(copied)


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    with opened() as ctx:
        copied = restore(Path(options.source), database_url(), ctx.files)
    prepare_queue(database_url())
    return {"folder": options.source} | dataclasses.asdict(copied)


class _Commands:
    """The commands being described: each is named with what runs it, what says its report, and what it is for."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.top = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        self, name: str, run: Callable[[argparse.Namespace], Any], text: str, under: Any = None, say: _Say | None = None
    ) -> Any:
        """Add a command, or one of a group; ``say`` gives its report in words, one line after the other."""
        made = (under or self.top).add_parser(name, help=text, description=text)
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the report as JSON")
        made.set_defaults(run=run, say=say or reports.say_rows)
        return made

    def group(self, name: str, text: str) -> Any:
        """Add a group of commands."""
        return self.top.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="COMMAND")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    commands = _Commands(parser)
    _describe_running(commands)
    _describe_cases(commands)
    _describe_definitions(commands)
    _describe_proofs(commands)
    _describe_setting_up(commands)
    return parser


def _describe_running(commands: _Commands) -> None:
    serve = commands.add("serve", _serve, "serve the web pages, with a worker inside unless told otherwise")
    serve.add_argument("--host", default=os.environ.get("ANJUAN_HOST", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=int(os.environ.get("ANJUAN_PORT", "8000")))
    serve.add_argument("--demo", action="store_true", help="load the demonstration into an empty database first")
    worker = commands.add("worker", _worker, "carry out background work")
    worker.add_argument("--name", default=f"worker-{os.uname().nodename}-{os.getpid()}", help="unique among workers")


def _describe_cases(commands: _Commands) -> None:
    taken = commands.add(
        "import", _import, "take applications from a file of JSON lines or CSV", say=reports.say_import
    )
    taken.add_argument("file")
    taken.add_argument("--by", required=True, help="sign-in name of the person who imports")
    taken.add_argument("--office", required=True, help="office that gets the cases")
    case = commands.group("case", "list, show and open cases")
    listed = commands.add("list", _case_list, "list cases, the newest first", case, reports.say_cases)
    listed.add_argument("--office")
    listed.add_argument("--state", choices=["open", "ended", "closed"])
    listed.add_argument("--limit", type=int, default=50)
    commands.add("show", _case_show, "show a case with its history", case, reports.say_case).add_argument("case")
    opened = commands.add("open", _case_open, "open a case", case)
    opened.add_argument("procedure")
    opened.add_argument("--office", required=True)
    opened.add_argument("--by", required=True, help="sign-in name of the person who opens it")


def _describe_definitions(commands: _Commands) -> None:
    definitions = commands.group("definitions", "list, import and publish procedures")
    commands.add(
        "list",
        _definitions_list,
        "list procedures, versions in force and proposals",
        definitions,
        reports.say_definitions,
    )
    commands.add(
        "import", _definitions_import, "take processes/ into the library", definitions, reports.say_definitions
    )
    publish = commands.add("publish", _definitions_publish, "make a proposal current from a day on", definitions)
    publish.add_argument("name", help="procedure")
    publish.add_argument("--by", required=True, help="sign-in name of who publishes")
    publish.add_argument("--confirmed-by", required=True, help="sign-in name of the second person")
    publish.add_argument("--from", dest="from_on", help="first day, today when left out")
    check = commands.add("check", _check, "say whether BPMN and DMN files run, or why not", say=reports.say_check)
    check.add_argument("files", nargs="+")
    commands.add("layout", _layout, "lay diagrams out anew").add_argument("files", nargs="+")


def _describe_proofs(commands: _Commands) -> None:
    commands.add("verify", _verify, "check every chain and every file", say=reports.say_verified)
    replay = commands.add("replay", _replay, "execute cases again and compare", say=reports.say_replayed)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every case")
    which.add_argument("cases", nargs="*", default=[], help="ids of cases")


def _describe_setting_up(commands: _Commands) -> None:
    copied = commands.add("backup", _backup, "copy database and files while running", say=reports.say_copy)
    copied.add_argument("target", help="an empty or new folder")
    restored = commands.add("restore", _restore, "put a copy into an empty database", say=reports.say_copy)
    restored.add_argument("source", help="a folder that backup made")
    database = commands.group("db", "look after the database")
    commands.add("upgrade", _db_upgrade, "bring the tables to this version", database)
    user = commands.group("user", "look after persons")
    added = commands.add("add", _user_add, "add a person who can sign in", user)
    added.add_argument("sign_in")
    added.add_argument("--name", required=True)
    added.add_argument("--password", help="asked for when left out")
    added.add_argument("--role", action="append", default=[], metavar="OFFICE:ROLE")
    demo = commands.add(
        "demo", _demo, "load offices, the parameter set 演示, invented persons and cases", say=reports.say_demo
    )
    demo.add_argument("--if-empty", action="store_true", help="do nothing when there are persons already")


def _failed(result: Any) -> bool:
    """Tell whether a report is of something wrong, so that a script sees it in the exit status."""
    rows = result if isinstance(result, list) else [result]
    return any(row.get("faults") or row.get("diverged") or row.get("refusals") or row.get("refused") for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 1 for a report of something wrong, 2 for a refusal."""
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except (RequestError, IncidentError, StorageError, EngineError, OSError, UnicodeDecodeError) as error:
        print(f"refused: {reports.refusal(error)}", file=sys.stderr)
        return 2
    if result is None:
        return 0
    print(json.dumps(result, ensure_ascii=False) if options.json else "\n".join(options.say(result)))
    return 1 if _failed(result) else 0


if __name__ == "__main__":
    sys.exit(main())
