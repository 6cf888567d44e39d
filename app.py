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
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import Application

import casework.demo
import casework.errors
import casework.history
import casework.importing
import casework.library
import casework.listing
import casework.people
import casework.publishing
import casework.registers
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
from web import words

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
        made.set_defaults(run=run, say=say or _say_rows)
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
    taken = commands.add("import", _import, "take applications from a file of JSON lines or CSV", say=_say_import)
    taken.add_argument("file")
    taken.add_argument("--by", required=True, help="sign-in name of the person who imports")
    taken.add_argument("--office", required=True, help="office that gets the cases")
    case = commands.group("case", "list, show and open cases")
    listed = commands.add("list", _case_list, "list cases, the newest first", case, _say_cases)
    listed.add_argument("--office")
    listed.add_argument("--state", choices=["open", "ended", "closed"])
    listed.add_argument("--limit", type=int, default=50)
    commands.add("show", _case_show, "show a case with its history", case, _say_case).add_argument("case")
    opened = commands.add("open", _case_open, "open a case", case)
    opened.add_argument("procedure")
    opened.add_argument("--office", required=True)
    opened.add_argument("--by", required=True, help="sign-in name of the person who opens it")


def _describe_definitions(commands: _Commands) -> None:
    definitions = commands.group("definitions", "list, import and publish procedures")
    commands.add(
        "list", _definitions_list, "list procedures, versions in force and proposals", definitions, _say_definitions
    )
    commands.add("import", _definitions_import, "take processes/ into the library", definitions, _say_definitions)
    publish = commands.add("publish", _definitions_publish, "make a proposal current from a day on", definitions)
    publish.add_argument("name", help="procedure")
    publish.add_argument("--by", required=True, help="sign-in name of who publishes")
    publish.add_argument("--confirmed-by", required=True, help="sign-in name of the second person")
    publish.add_argument("--from", dest="from_on", help="first day, today when left out")
    check = commands.add("check", _check, "say whether BPMN and DMN files run, or why not", say=_say_check)
    check.add_argument("files", nargs="+")
    commands.add("layout", _layout, "lay diagrams out anew").add_argument("files", nargs="+")


def _describe_proofs(commands: _Commands) -> None:
    commands.add("verify", _verify, "check every chain and every file", say=_say_verified)
    replay = commands.add("replay", _replay, "execute cases again and compare", say=_say_replayed)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every case")
    which.add_argument("cases", nargs="*", default=[], help="ids of cases")


def _describe_setting_up(commands: _Commands) -> None:
    copied = commands.add("backup", _backup, "copy database and files while running", say=_say_copy)
    copied.add_argument("target", help="an empty or new folder")
    restored = commands.add("restore", _restore, "put a copy into an empty database", say=_say_copy)
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
        "demo", _demo, "load offices, the parameter set 演示, invented persons and cases", say=_say_demo
    )
    demo.add_argument("--if-empty", action="store_true", help="do nothing when there are persons already")


# --- reports in words ------------------------------------------------------------------------------------


def _language() -> int:
    """Tell which of the languages of the words the terminal's locale asks for; English for all but Chinese."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return words.LANGUAGES.index("zh" if named.startswith("zh") else "en")


def _sentence(family: str, code: str, fields: Mapping[str, object]) -> str:
    """Say a code in words; one without words of its own is named."""
    table = words.table()
    chosen = table.get(f"{family}.{code}") or table[f"{family}.other"]
    sentence = chosen[_language()]
    told = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in fields.items()}
    text = sentence["other"] if isinstance(sentence, dict) else sentence
    return text.format_map(defaultdict(lambda: "—", told | {"code": code}))


def _refusal(error: Exception) -> str:
    """Say in one line why a command was refused."""
    if isinstance(error, casework.errors.TakenError):
        return _sentence("taken", error.code, error.fields)
    if isinstance(error, RequestError):
        return _sentence("refused", error.code, error.fields)
    if isinstance(error, IncidentError):
        return _sentence("error", "incident", {"incident": error.incident})
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def _say_rows(report: Any) -> Iterator[str]:
    """Say a report that has no better words: its fields, one a line."""
    for row in report if isinstance(report, list) else [report]:
        yield from (f"{key}: {value}" for key, value in row.items())


def _say_import(report: Any) -> Iterator[str]:
    bad = len({fault["row"] for fault in report["refused"]})
    yield f"{report['rows']} rows: {report['taken']} taken, {report['known']} taken before, {bad} refused"
    for fault in report["refused"]:
        place = f"row {fault['row']}, {fault['field']}" if fault["field"] else f"row {fault['row']}"
        family = "field" if f"field.{fault['reason']}" in words.table() else "refused"
        yield f"  {place}: {_ROW_FAULTS.get(fault['reason']) or _sentence(family, fault['reason'], {})}"


#: What can be wrong with a row of a file and with no field of a page.
_ROW_FAULTS: Final = {
    "line_too_long": "the line is too long",
    "not_text": "the line is not text in the file's encoding",
    "not_json": "the line is not JSON",
    "not_a_record": "the line is not a record, {...}",
    "twice": "is said twice",
    "number": "is a number with a point: write decimals as text",
    "not_csv": "the row is not CSV",
    "too_many_cells": "has more cells than the headings",
}


def _say_check(report: Any) -> Iterator[str]:
    language = words.LANGUAGES[_language()]
    for file in report:
        yield f"{file['file']}: {'runs' if file['runs'] else 'refused'}"
        for kind in ("refusals", "hints"):
            for one in file[kind]:
                place = f"{one['element']}: " if one["element"] else ""
                hint = "hint: " if kind == "hints" else ""
                yield f"  {hint}{place}{one['reason'][language]} {one['remedy'][language]}"


def _say_cases(report: Any) -> Iterator[str]:
    for case in report:
        state = case["outcome"] or case["state"]
        number = case["number"] or "-"
        yield f"{case['id']}  {case['opened_at'][:10]}  {case['office']}  {state}  {number}  {case['title']}"
    if not report:
        yield "no cases"


def _say_case(report: Any) -> Iterator[str]:
    yield f"case {report['case']}, {report['procedure']}, office {report['office']}: {_state(report)}"
    for task in report["tasks"]:
        due = f", due {task['due_on']}" if task["due_on"] else ""
        yield f"  waits for {task['role']} of {task['office']}: {task['address']}{due}"
    for each in report["deadlines"]:
        yield f"  {each['deadline']}: {each['state']}, from {each['started_on']}, due {each['due_on']}"
    for entry in report["history"]:
        about = f" {entry['address']}" if entry["address"] else ""
        yield f"  {entry['seq']:>4}  {entry['at'][:19]}Z  {entry['kind']}{about}  by {entry['actor']}"


def _state(report: Mapping[str, Any]) -> str:
    return f"{report['state']}, {report['outcome']}" if report["outcome"] else str(report["state"])


def _say_definitions(report: Any) -> Iterator[str]:
    for each in report:
        since = f" from {each['from_on']}" if "from_on" in each else ""
        by = f", {each['provenance']}" if "provenance" in each else ""
        yield f"{each['procedure']}  {each['state']}{since}{by}  {each['hash'][:12]}"
    if not report:
        yield "no procedures"


def _say_verified(report: Any) -> Iterator[str]:
    found = f"{len(report['faults'])} faults" if report["faults"] else "everything is as it was written"
    yield f"{report['chains']} chains, {report['entries']} entries, {report['files']} files: {found}"
    yield from (f"  {fault}" for fault in report["faults"])
    yield from (f"  {place}: erased in part on lawful order" for place in report["erased"])


def _say_replayed(report: Any) -> Iterator[str]:
    counts = f"{report['identical']} identical, {len(report['erased'])} erased, {len(report['diverged'])} diverged"
    yield f"{report['cases']} cases with {report['entries']} entries executed again: {counts}"
    yield from (f"  {one['case']}: {one['where']}" for one in report["diverged"])
    yield from (f"  {case}: erased in part on lawful order" for case in report["erased"])


def _say_copy(report: Any) -> Iterator[str]:
    rows = sum(table["rows"] for table in report["tables"].values())
    yield f"{report['folder']}: {rows} rows of {len(report['tables'])} tables, {report['files']} files"


def _say_demo(report: Any) -> Iterator[str]:
    yield "The people of the demonstration, all with the password " + report["password"]
    yield from (f"  {person['sign_in']:<10} {person['name']}" for person in report["people"])
    for each in report["procedures"]:
        if each["state"] == "proposed":
            yield f"{each['procedure']} has changed: publish it with `definitions publish`."
    yield from (f"case {each['case']}: {each['reason']}" for each in report["refused"])


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
        print(f"refused: {_refusal(error)}", file=sys.stderr)
        return 2
    if result is None:
        return 0
    print(json.dumps(result, ensure_ascii=False) if options.json else "\n".join(options.say(result)))
    return 1 if _failed(result) else 0


if __name__ == "__main__":
    sys.exit(main())
