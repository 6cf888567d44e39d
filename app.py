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
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

import casework.demo
import casework.history
import casework.importing
import casework.library
import casework.listing
import casework.publishing
import casework.registers
import web
from casework.context import Context
from casework.errors import IncidentError, RequestError
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


def _serve(options: argparse.Namespace) -> None:
    prepare()
    command = ["gunicorn", "--workers", "1", "--threads", "8", "--bind", f"{options.host}:{options.port}"]
    command += ["--no-control-socket", "--config", str(ROOT / "gunicorn.conf.py"), "app:create_app()"]
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - our own interpreter, fixed words


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
    return {"database": "upgraded"}


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    prepare()
    return casework.demo.load(make_context(), only_if_empty=options.if_empty)


def _user_add(options: argparse.Namespace) -> dict[str, str]:
    password = options.password or getpass.getpass("Password: ")
    ctx = make_context()
    person = casework.registers.add_person(ctx, "system:command-line", None, options.name, options.sign_in, password)
    for role in options.role:
        office, _, name = role.partition(":")
        casework.registers.give_role_now(ctx, "system:command-line", person, office, name)
    return {"person": person}


def _definitions_list(_options: argparse.Namespace) -> list[dict[str, Any]]:
    return casework.listing.definitions(make_context())


def _definitions_import(_options: argparse.Namespace) -> list[dict[str, Any]]:
    return [dataclasses.asdict(each) for each in casework.library.import_shipped(make_context())]


def _definitions_publish(options: argparse.Namespace) -> dict[str, str]:
    return casework.publishing.publish(make_context(), options.name, options.by, options.confirmed_by, options.from_on)


def _case_list(options: argparse.Namespace) -> list[dict[str, Any]]:
    return casework.listing.list_cases(make_context(), options.office, options.state, options.limit)


def _case_show(options: argparse.Namespace) -> dict[str, Any]:
    return casework.listing.show_case(make_context(), options.case)


def _case_open(options: argparse.Namespace) -> dict[str, str]:
    return casework.listing.open_case(
        make_context(), options.by, options.procedure, options.office, secrets.token_hex(8)
    )


def _import(options: argparse.Namespace) -> dict[str, Any]:
    def told(done: int) -> None:
        print(f"\r{done}", end="", file=sys.stderr, flush=True)

    report = casework.importing.import_file(
        make_context(), Path(options.file), sign_in=options.by, office=options.office, told=told
    )
    print(file=sys.stderr)
    return dataclasses.asdict(report)


def _check(options: argparse.Namespace) -> list[dict[str, Any]]:
    return [report(name, Path(name).read_bytes()) for name in options.files]


def _layout(options: argparse.Namespace) -> list[dict[str, str]]:
    for name in options.files:
        path = Path(name)
        path.write_text(layout(path.read_text(encoding="utf-8")), encoding="utf-8")
    return [{"file": name, "layout": "written"} for name in options.files]


def _verify(_options: argparse.Namespace) -> dict[str, Any]:
    return dataclasses.asdict(casework.history.verify(make_context()))


def _replay(options: argparse.Namespace) -> dict[str, Any]:
    return dataclasses.asdict(casework.history.replay(make_context(), None if options.all else options.cases))


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    ctx = make_context()
    return dataclasses.asdict(backup(ctx.database, ctx.files, Path(options.target)))


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    prepare()
    return dataclasses.asdict(restore(Path(options.source), database_url(), make_context().files))


class _Commands:
    """The commands being described: one line of code for each."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.top = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(self, name: str, run: Callable[[argparse.Namespace], Any], text: str, under: Any = None) -> Any:
        """Add a command, or one of a group."""
        made = (under or self.top).add_parser(name, help=text, description=text)
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the report as JSON")
        made.set_defaults(run=run)
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
    worker = commands.add("worker", _worker, "carry out background work")
    worker.add_argument("--name", default=f"worker-{os.uname().nodename}-{os.getpid()}", help="unique among workers")


def _describe_cases(commands: _Commands) -> None:
    taken = commands.add("import", _import, "take applications from a file of JSON lines or CSV")
    taken.add_argument("file")
    taken.add_argument("--by", required=True, help="sign-in name of the person who imports")
    taken.add_argument("--office", required=True, help="office that gets the cases")
    case = commands.group("case", "list, show and open cases")
    listed = commands.add("list", _case_list, "list cases, the newest first", case)
    listed.add_argument("--office")
    listed.add_argument("--state", choices=["open", "ended", "closed"])
    listed.add_argument("--limit", type=int, default=50)
    commands.add("show", _case_show, "show a case with its history", case).add_argument("case")
    opened = commands.add("open", _case_open, "open a case", case)
    opened.add_argument("procedure")
    opened.add_argument("--office", required=True)
    opened.add_argument("--by", required=True, help="sign-in name of the person who opens it")


def _describe_definitions(commands: _Commands) -> None:
    definitions = commands.group("definitions", "list, import and publish procedures")
    commands.add("list", _definitions_list, "list procedures, versions in force and proposals", definitions)
    commands.add("import", _definitions_import, "take processes/ into the library", definitions)
    publish = commands.add("publish", _definitions_publish, "make a proposal current from a day on", definitions)
    publish.add_argument("name", help="procedure")
    publish.add_argument("--by", required=True, help="sign-in name of who publishes")
    publish.add_argument("--confirmed-by", required=True, help="sign-in name of the second person")
    publish.add_argument("--from", dest="from_on", help="first day, today when left out")
    commands.add("check", _check, "say whether BPMN and DMN files run, or why not").add_argument("files", nargs="+")
    commands.add("layout", _layout, "lay diagrams out anew").add_argument("files", nargs="+")


def _describe_proofs(commands: _Commands) -> None:
    commands.add("verify", _verify, "check every chain and every file")
    replay = commands.add("replay", _replay, "execute cases again and compare")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every case")
    which.add_argument("cases", nargs="*", default=[], help="ids of cases")


def _describe_setting_up(commands: _Commands) -> None:
    commands.add("backup", _backup, "copy database and files while running").add_argument("target")
    commands.add("restore", _restore, "put a copy into an empty database").add_argument("source")
    database = commands.group("db", "look after the database")
    commands.add("upgrade", _db_upgrade, "bring the tables to this version", database)
    user = commands.group("user", "look after persons")
    added = commands.add("add", _user_add, "add a person who can sign in", user)
    added.add_argument("sign_in")
    added.add_argument("--name", required=True)
    added.add_argument("--password", help="asked for when left out")
    added.add_argument("--role", action="append", default=[], metavar="OFFICE:ROLE")
    demo = commands.add("demo", _demo, "load offices, the parameter set 演示, invented persons and cases")
    demo.add_argument("--if-empty", action="store_true", help="do nothing when there are persons already")


def _print(result: Any, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for row in result if isinstance(result, list) else [result]:
        print("\n".join(f"{key}: {_words(value)}" for key, value in row.items()))
        print()


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"\n  {_words(item)}" for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    return str(value)


def _failed(result: Any) -> bool:
    """Tell whether a report is of something wrong, so that a script sees it in the exit status."""
    rows = result if isinstance(result, list) else [result]
    return any(row.get("faults") or row.get("diverged") or row.get("refusals") or row.get("refused") for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 1 for a report of something wrong, 2 for a refusal."""
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except (RequestError, IncidentError, StorageError, EngineError, OSError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    if result is not None:
        _print(result, as_json=options.json)
    return 1 if result is not None and _failed(result) else 0


if __name__ == "__main__":
    sys.exit(main())
