"""Every command as an operator calls it: words for a reader, JSON for a program, one line for a refusal."""

import argparse
import codecs
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

import app
import casework.history
import casework.importing
import command_line
import reports
import storage.cases
from casework import library
from engine.values import digest
from storage import open_database
from storage.tables import metadata
from tests.builders import an_application
from tests.not_run import not_run
from tests.postgres import Server

COMMANDS = [
    ("serve",),
    ("worker",),
    ("import",),
    ("case", "list"),
    ("case", "show"),
    ("case", "open"),
    ("definitions", "list"),
    ("definitions", "import"),
    ("definitions", "publish"),
    ("check",),
    ("layout",),
    ("verify",),
    ("replay",),
    ("backup",),
    ("restore",),
    ("db", "upgrade"),
    ("db", "protect"),
    ("user", "add"),
    ("demo",),
]


WUHUA_ZH = "昆明市五华区人力资源和社会保障局"
WUHUA = "530102 Wuhua District Bureau of Human Resources and Social Security"
CHINESE, ENGLISH = "未办理：没有这个案件：nothing", "refused: There is no such case: nothing"


class Terminal(io.StringIO):
    """A terminal somebody sits at."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Ran:
    """What a command left behind: exit status, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line of a refusal."""
        assert self.status == 2
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            status = app.main([str(each) for each in arguments])
        except SystemExit as refused:
            status = int(refused.code or 0)
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return call


def settings(monkeypatch: pytest.MonkeyPatch, url: str, files: Path) -> None:
    """Name a database and a folder of files to the commands that follow."""
    monkeypatch.setenv("ANJUAN_DATABASE_URL", url)
    monkeypatch.setenv("ANJUAN_FILES", str(files))
    monkeypatch.setenv("ANJUAN_IDENTITY_KEY", "k" * 32)


@dataclass(frozen=True)
class Place:
    """A database with the demonstration in it, and its files."""

    url: str
    files: Path


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A database of either kind, set up by ``db upgrade`` and ``demo`` alone; shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("place")
    server: Server | None = None
    name = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        name = server.create_database()
    made = Place(server.url(name) if server else f"sqlite:///{folder}/anjuan.db", folder / "files")
    with pytest.MonkeyPatch.context() as environment:
        settings(environment, made.url, made.files)
        assert app.main(["db", "upgrade"]) == 0
        assert app.main(["demo"]) == 0
    yield made
    if server:
        server.drop_database(name)


@pytest.fixture
def here(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """That database, named to the commands."""
    settings(monkeypatch, place.url, place.files)
    return place


def rows(place: Place) -> dict[str, int]:
    """Count the rows of every table."""
    database = open_database(place.url)
    with database.reading() as tx:
        counted = {
            name: tx.connection.scalars(select(func.count()).select_from(table)).one()
            for name, table in metadata.tables.items()
        }
    database.close()
    return counted


# --- help, and what is no command ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *COMMANDS], ids=" ".join)
def test_a_command_explains_itself_in_either_language(run: Run, command: tuple[str, ...]) -> None:
    told = {language: run(*command, "--help", "--language", language) for language in ("zh", "en")}
    for each in told.values():
        assert (each.status, each.err) == (0, "")
        assert " ".join(command) in " ".join(each.out.split())
        assert "--json" in each.out
    assert not re.search(r"[\u4e00-\u9fff]", told["en"].out)
    explained = told["zh"].out.partition("\n\n")[2]
    assert not re.search(r"\b(a|an|of|the|this|to|is|options|arguments)\b", explained)


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        ([], "缺少参数：COMMAND", "the following arguments are required: COMMAND"),
        (["verify", "more"], "多余的参数：more", "unrecognized arguments: more"),
        (["replay"], "须写明其中之一：--all cases", "one of the arguments --all cases is required"),
        (["replay", "x", "--all"], "参数 --all：不能与 cases 同用", "argument --all: not allowed with argument cases"),
        (["case", "list", "--limit"], "参数 --limit：须带一个值", "argument --limit: expected one argument"),
        (
            ["case", "list", "--limit", "x"],
            "参数 --limit：须为 1 至 1000000 的整数：'x'",
            "argument --limit: not a whole number from 1 to 1000000: 'x'",
        ),
        (
            ["case", "list", "--state", "x"],
            "参数 --state：没有这个选择：'x'（可选 'open', 'ended', 'closed'）",
            "argument --state: invalid choice: 'x' (choose from 'open', 'ended', 'closed')",
        ),
        (["check"], "缺少参数：files", "the following arguments are required: files"),
        (["verify", "--json=x"], "参数 --json：不带值：'x'", "argument --json: ignored explicit argument 'x'"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_command_is_told_in_either_language(
    run: Run, arguments: list[str], chinese: str, english: str
) -> None:
    assert run("--language", "zh", *arguments).err.endswith(f"：有误：{chinese}\n")
    assert run("--language=en", *arguments).err.endswith(f": error: {english}\n")


def test_a_language_there_is_none_of_is_refused_in_the_terminals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "argument --language: invalid choice: 'fr'" in run("verify", "--language", "fr").err
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "参数 --language：没有这个选择：'fr'" in run("verify", "--language", "fr").err
    assert "参数 --language：须带一个值" in run("verify", "--language").err


def test_the_language_is_told_to_the_library_for_one_command_only(run: Run) -> None:
    assert run("--language", "zh").err.startswith("用法：")
    assert argparse.ArgumentParser(prog="other").format_usage() == "usage: other [-h]\n"


def test_the_commands_are_those_that_are_tried_here(run: Run) -> None:
    listed = re.search(r"\{([a-z,]+)\}|COMMAND\n((?:    .+\n)+)", run("--help").out)
    assert listed is not None
    names = set(re.findall(r"^    ([a-z]+)\b", run("--help").out, re.MULTILINE))
    assert names == {command[0] for command in COMMANDS}
    assert set(app._COMMANDS) == {" ".join(command) for command in COMMANDS}


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["case"], ["replay"], ["import", "x.csv"], ["db"]])
def test_a_command_that_is_not_whole_is_refused_with_how_to_say_it(run: Run, arguments: list[str]) -> None:
    told = run(*arguments)
    assert told.status == 2
    assert "usage: python app.py" in told.err
    assert told.out == ""


# --- diagrams, without a database ---------------------------------------------------------------------------


def test_check_says_that_a_shipped_diagram_runs(run: Run) -> None:
    path = app.PROCESSES / "serve_document.bpmn"
    told = run("check", path)
    assert told.status == 0
    assert told.out.splitlines()[0] == f"{path}: runs"
    assert run("check", path, "--json").json[0]["runs"] is True


def test_check_names_element_reason_and_remedy(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "unfit.bpmn"
    text = (app.PROCESSES / "serve_document.bpmn").read_text(encoding="utf-8")
    path.write_text(text.replace("userTask", "adHocSubProcess"), "utf-8")
    told = run("check", path)
    assert told.status == 1
    assert told.out.splitlines()[0] == f"{path}: refused"
    found = run("check", path, "--json").json[0]
    assert found["runs"] is False
    assert found["refusals"]
    assert {"element", "code", "reason", "remedy"} <= set(found["refusals"][0])
    assert all(one["reason"]["en"] in told.out for one in found["refusals"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not XML at all",
        b"\xff\xfe\x00\x01",
        b"<!DOCTYPE x [<!ENTITY e 'e'>]><x>&e;</x>",
        b"<a>" * 400 + b"</a>" * 400,
        b"<definitions/>",
        b"x" * (3 * 1024 * 1024),
    ],
    ids=["empty", "words", "bytes", "entity", "deep", "no namespace", "large"],
)
@pytest.mark.parametrize("suffix", [".bpmn", ".dmn", ".txt"])
def test_check_refuses_any_file_and_never_fails(run: Run, tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    told = run("check", path, "--json")
    assert told.status == 1
    assert told.err == ""
    assert told.json[0]["runs"] is False
    assert told.json[0]["refusals"]


def test_check_goes_through_the_reference_diagrams(run: Run) -> None:
    folder = os.environ.get("ANJUAN_MIWG", "")
    if not Path(folder or "nowhere").is_dir():
        not_run("the reference diagrams", "ANJUAN_MIWG names no folder")
    paths = sorted(Path(folder).glob("*.bpmn"))
    told = run("check", *paths, "--json")
    assert told.status in (0, 1)
    assert told.err == ""
    assert [one["file"] for one in told.json] == [str(path) for path in paths]
    assert all(one["runs"] or one["refusals"] for one in told.json)
    assert len(run("check", *paths).out.splitlines()) >= len(paths)


@pytest.mark.parametrize(("command", "status"), [("check", 1), ("layout", 2)])
def test_a_file_without_end_is_read_no_further_than_a_diagram_may_go(run: Run, command: str, status: int) -> None:
    told = run(command, "/dev/zero")
    assert told.status == status
    assert re.search("too.large", told.out + told.err)


def test_a_file_that_is_not_there_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    for command in ("check", "layout"):
        missing = tmp_path / "missing.bpmn"
        assert run(command, missing).refusal == f"refused: {missing}: There is no such file or folder"
        assert run(command, tmp_path).refusal == f"refused: {tmp_path}: It is a folder, not a file"


def test_layout_writes_the_drawing_and_nothing_else(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "serve_document.bpmn"
    shutil.copyfile(app.PROCESSES / path.name, path)
    told = run("layout", path, "--json")
    assert told.json == [{"file": str(path), "layout": "written"}]
    once = path.read_bytes()
    assert run("layout", path).status == 0
    assert path.read_bytes() == once


@pytest.mark.parametrize(
    ("content", "chinese", "english"),
    [(b"no diagram", "不是可读的 XML", "not readable XML"), (b"<!DOCTYPE a><a/>", "含有 DOCTYPE", "document type")],
)
def test_layout_names_the_file_it_refuses_in_either_language(
    run: Run, tmp_path: Path, content: bytes, chinese: str, english: str
) -> None:
    path = tmp_path / "bad.bpmn"
    path.write_bytes(content)
    for language, words in (("zh", chinese), ("en", english)):
        refused = run("layout", path, "--language", language).refusal
        assert str(path) in refused
        assert words in refused


@pytest.mark.parametrize("before", [b"", codecs.BOM_UTF8])
def test_layout_keeps_line_ends_and_byte_order_mark(run: Run, tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "serve_document.bpmn"
    content = before + (app.PROCESSES / path.name).read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(content)
    assert run("layout", path).status == 0
    assert path.read_bytes() == content


def test_layout_writes_no_file_when_one_is_refused(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.bpmn", tmp_path / "bad.bpmn"
    good.write_text((app.PROCESSES / "serve_document.bpmn").read_text("utf-8").replace('x="', 'x="1'), "utf-8")
    before = good.read_bytes()
    bad.write_bytes(b"\xff\xfe no diagram")
    assert run("layout", good, bad).refusal.startswith("refused: ")
    assert good.read_bytes() == before


# --- with a database ----------------------------------------------------------------------------------------


def test_a_database_without_tables_is_refused_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(monkeypatch, f"sqlite:///{tmp_path}/empty.db", tmp_path / "files")
    for command in (
        ("case", "list"),
        ("verify",),
        ("definitions", "list"),
        ("definitions", "import"),
        ("replay", "--all"),
        ("worker",),
        ("import", "rows.csv", "--by", "chuangkou", "--office", "530102"),
        ("backup", tmp_path / "copy"),
        ("user", "add", "somebody", "--name", "x", "--password", "long enough"),
    ):
        assert run(*command).refusal == (
            "refused: The database has no tables of Anjuan yet; run `app.py db upgrade`"
        ), command
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me:secret@nowhere/x", "Only SQLite files and PostgreSQL are supported: mysql://me:***@nowhere/x"),
        ("nonsense", "ANJUAN_DATABASE_URL is no database address; write sqlite:///var/anjuan.db or "),
        ("postgresql://me:secret@127.0.0.1:1/x", "The database cannot be used: connection failed: "),
    ],
)
@pytest.mark.parametrize("command", [("case", "list"), ("db", "upgrade"), ("serve", "--port", "1"), ("worker",)])
def test_a_database_that_cannot_be_had_is_refused_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], url: str, words: str
) -> None:
    settings(monkeypatch, url, tmp_path)
    monkeypatch.setattr(app, "_free_address", lambda host, port: f"{host}:{port}")
    refusal = run(*command).refusal
    assert refusal.startswith(f"refused: {words}")
    assert "secret" not in refusal
    assert "SELECT" not in refusal


def test_a_refusal_is_told_to_a_program_as_json(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, f"sqlite:///{tmp_path}/empty.db", tmp_path / "files")
    for arguments in (("--json", "case", "list"), ("verify", "--json"), ("replay", "--all", "--json")):
        told = run(*arguments)
        assert (told.status, told.err) == (2, "")
        assert told.json["error"]["code"] == "schema_missing"
        assert "db upgrade" in told.json["error"]["text"]


def test_an_address_another_program_serves_on_is_refused_before_anything_begins(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(monkeypatch, f"sqlite:///{tmp_path}/new.db", tmp_path / "files")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run("serve", "--demo", "--port", port).refusal == (
            f"refused: 127.0.0.1:{port} is in use by another program; "
            "stop that one, or choose another port by --port or ANJUAN_PORT"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", ["ANJUAN_MAX_UPLOAD", "ANJUAN_KEEP_JOBS_DAYS"])
@pytest.mark.parametrize("value", ["x", "0", "-1", "1.5"])
def test_a_setting_that_is_no_number_is_refused_by_name(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert run("serve").refusal == f"refused: {variable} must be a whole number of at least 1: {value}"


def test_a_number_of_proxies_that_is_none_is_refused_by_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_PROXIES", "-1")
    assert run("serve").refusal == "refused: ANJUAN_PROXIES must be a whole number of at least 0: -1"


@pytest.mark.parametrize("port", ["0", "70000", "-1", "http"])
def test_a_port_that_is_none_is_refused_with_how_to_say_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    assert "not a whole number from 1 to 65535" in run("serve", "--port", port).err
    monkeypatch.setenv("ANJUAN_PORT", port)
    assert "not a whole number from 1 to 65535" in run("serve").err
    assert run("check", app.PROCESSES / "serve_document.bpmn").status == 0


def test_cases_are_listed_shown_and_opened(here: Place, run: Run) -> None:
    listed = run("case", "list", "--json", "--office", "530102").json
    assert {each["state"] for each in listed} == {"open", "ended"}
    assert [each["state"] for each in run("case", "list", "--state", "ended", "--json").json] == ["ended"]
    assert len(run("case", "list", "--limit", "2").out.splitlines()) == 2
    assert run("case", "list", "--state", "closed").out == "no cases\n"
    case = run("case", "open", "recognition", "--office", "530102", "--by", "chuangkou", "--json").json["case"]
    shown = run("case", "show", case, "--json").json
    assert [entry["kind"] for entry in shown["history"]] == ["opened", "claimed"]
    words = run("case", "show", case).out
    assert words.splitlines()[0] == f"case {case}, recognition, office {WUHUA}: Open"
    assert f"waits for Intake of {WUHUA}: recognition/" in words
    assert ", claimed by 示例·受理 王芳 (demo-chuangkou)" in words
    assert "示例·受理 王芳 (demo-chuangkou) opened the case" in words
    assert shown["persons"] == {"demo-chuangkou": "示例·受理 王芳"}
    assert shown["offices"]["530102"]["zh"] == WUHUA_ZH


def test_a_list_of_cases_says_what_each_is_where_it_stands_and_what_is_due_next(here: Place, run: Run) -> None:
    told = run("case", "list", "--office", "530102", "--json").json
    shown = {each["id"]: run("case", "show", each["id"], "--json").json for each in told}
    for each in told:
        assert each["procedure_name"] == {"zh": "工伤认定", "en": "Work-injury recognition"}
        assert each["office_name"]["zh"] == WUHUA_ZH
        assert bool(each["stands"]) is (each["state"] == "open")
        running = [one for one in shown[each["id"]]["deadlines"] if one["state"] == "running"]
        # D08 tells how long a file is kept: nothing has to be done on its last day.
        owed = [one["due_on"] for one in running if not one["deadline"].startswith("D08#")]
        assert each["due_on"] == min(owed, default=None)
    due = next(each for each in told if each["due_on"])
    for language, words in (("en", ", due {due_on}"), ("zh", "，{due_on} 到期")):
        lines = run("case", "list", "--office", "530102", "--language", language).out.splitlines()
        line = next(line for line in lines if line.startswith(due["id"]))
        assert due["procedure_name"][language] in line
        assert due["title"] in line
        assert f"530102 {due['office_name'][language]}" in line
        assert due["stands"][0][language] in line
        assert line.endswith(words.format(due_on=due["due_on"]))


def test_cases_are_listed_by_a_part_of_their_title_or_number(here: Place, run: Run) -> None:
    told = run("case", "list", "--json").json
    one = next(each for each in told if each["number"])
    for text in (one["title"][-2:], one["number"], one["number"][2:6]):
        found = run("case", "list", "--text", text, "--json").json
        assert found == [each for each in told if text in each["title"] or text in (each["number"] or "")]
    assert run("case", "list", "--text", one["number"], "--state", "closed").out == "no cases\n"
    assert run("case", "list", "--text", "%").out == "no cases\n"


def test_a_case_is_shown_in_chinese_where_that_is_asked_for(here: Place, run: Run) -> None:
    case = run("case", "list", "--state", "open", "--office", "530102", "--json").json[0]["id"]
    words = run("case", "show", case, "--language", "zh").out
    assert words.splitlines()[0] == f"案件 {case}，recognition，530102 {WUHUA_ZH}：办理中"
    assert "开始了案件" in words


@pytest.mark.parametrize("limit", ["0", "-1", "x", "99999999999999999999"])
def test_a_number_of_cases_that_is_none_is_refused(here: Place, run: Run, limit: str) -> None:
    assert "not a whole number from 1 to 1000000" in run("case", "list", "--limit", limit).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("case", "show", "nothing"), "There is no such case: nothing"),
        (("case", "list", "--office", "nowhere"), "There is no such office: nowhere"),
        (("replay", "nothing"), "There is no such case: nothing"),
        (("case", "open", "nothing", "--office", "530102", "--by", "chuangkou"), "There is no such procedure: nothing"),
        (
            ("case", "open", "recognition", "--office", "nowhere", "--by", "chuangkou"),
            "There is no such office: nowhere",
        ),
        (("case", "open", "recognition", "--office", "530102", "--by", "nobody"), "Nobody signs in as nobody"),
        (
            ("case", "open", "recognition", "--office", "530102", "--by", "songda"),
            "The person lacks the role for this: Intake",
        ),
        (
            ("definitions", "publish", "recognition", "--by", "fenxi1", "--confirmed-by", "fenxi1"),
            "Another person must confirm",
        ),
        (
            ("definitions", "publish", "recognition", "--by", "fenxi1", "--confirmed-by", "songda"),
            "The person lacks the role for this: Process design",
        ),
        (
            ("definitions", "publish", "recognition", "--by", "nobody", "--confirmed-by", "fenxi2"),
            "Nobody signs in as nobody",
        ),
        (
            ("definitions", "publish", "recognition", "--by", "fenxi1", "--confirmed-by", "fenxi2"),
            "recognition has no proposal",
        ),
        (
            (
                "definitions",
                "publish",
                "recognition",
                "--by",
                "fenxi1",
                "--confirmed-by",
                "fenxi2",
                "--from",
                "2020-01-01",
            ),
            "2020-01-01 cannot be the day of publication",
        ),
        (("import", "nothing.csv", "--by", "chuangkou", "--office", "530102"), "There is no such file: nothing.csv"),
        (("import", "nothing.csv", "--by", "chuangkou", "--office", "nowhere"), "There is no such office: nowhere"),
        (
            ("import", "nothing.csv", "--by", "songda", "--office", "530102"),
            "The person lacks the role for this: Intake",
        ),
        (
            ("import", "nothing.csv", "--by", "chuangkou", "--office", "530102", "--procedure", "nothing"),
            "There is no such procedure: nothing",
        ),
        (("import", "Makefile", "--by", "chuangkou", "--office", "530102"), "Only .jsonl and .csv files are read"),
        (("case", "show", "\udcff"), "An argument or a file is not text"),
        (("restore", "tests"), "There is no whole copy in tests"),
        (("backup", "tests"), "The folder is not empty: tests"),
        (("backup", "Makefile"), "Makefile: It is no folder"),
        (
            ("user", "add", "chuangkou", "--name", "x", "--password", "long enough"),
            "The sign-in name chuangkou is taken",
        ),
        (("user", "add", "somebody", "--name", "x", "--password", "short"), "A password needs at least 10 characters"),
        (
            ("user", "add", "somebody", "--name", "x", "--password", "long enough", "--role", "nowhere:intake"),
            "There is no such office: nowhere",
        ),
        (
            ("user", "add", "somebody", "--name", "x", "--password", "long enough", "--role", "530102:king"),
            "There is no such role: king",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refusal_is_one_line_and_changes_nothing(
    here: Place, run: Run, arguments: tuple[str, ...], words: str
) -> None:
    before = rows(here)
    assert run(*arguments).refusal == f"refused: {words}"
    assert rows(here) == before


def test_a_refusal_is_told_in_the_language_of_the_terminal(
    here: Place, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for locale, words in (("zh_CN.UTF-8", CHINESE), ("", CHINESE), ("en_GB.UTF-8", ENGLISH), ("C", ENGLISH)):
        monkeypatch.setenv("LC_ALL", locale)
        monkeypatch.delenv("LC_MESSAGES", raising=False)
        monkeypatch.delenv("LANG", raising=False)
        assert run("case", "show", "nothing").refusal == words
        assert run("case", "show", "nothing", "--language", "zh").refusal == CHINESE
        assert run("--language", "en", "case", "show", "nothing").refusal == ENGLISH


def test_definitions_are_listed_and_imported(here: Place, run: Run) -> None:
    assert [each["state"] for each in run("definitions", "list", "--json").json] == ["current"]
    assert run("definitions", "list").out.startswith("recognition  current from the start, shipped  ")
    assert [each["state"] for each in run("definitions", "import", "--json").json] == ["unchanged"]
    assert run("definitions", "import").out.startswith("recognition  unchanged  ")


def test_histories_are_proved(here: Place, run: Run) -> None:
    verified = run("verify", "--json")
    assert verified.status == 0
    assert verified.json["faults"] == []
    assert run("verify").out.endswith(": everything is as it was written\n")
    replayed = run("replay", "--all", "--json").json
    assert set(replayed) == {"cases", "entries", "identical", "erased", "diverged"}
    assert replayed["cases"] == replayed["identical"] > 0
    assert replayed["entries"] > replayed["cases"]
    case = run("case", "list", "--json").json[0]["id"]
    assert run("replay", case, "--json").json["cases"] == 1
    assert run("replay", case).out.startswith("1 cases with ")


def test_applications_are_imported_and_bad_rows_named(here: Place, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "applications.jsonl"
    rows = [an_application(worker__name="导入甲"), an_application(worker__name=None), an_application(worker__sex="x")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    arguments = ("import", path, "--by", "chuangkou", "--office", "530102")
    told = run(*arguments)
    assert told.status == 1
    assert told.out.splitlines() == [
        "3 rows: 1 taken, 0 taken before, 2 refused",
        "  row 2, worker.name: is required",
        "  row 3, worker.sex: is not one of the choices",
    ]
    assert "3 rows" in told.err
    again = run(*arguments, "--json").json
    assert (again["rows"], again["taken"], again["known"], len(again["refused"])) == (3, 0, 1, 2)
    assert run(*arguments, "--language", "zh").out.splitlines() == [
        "共读 3 行：受理 0 行，此前已受理 1 行，有误 2 行",
        "  第 2 行，worker.name：必填",
        "  第 3 行，worker.sex：不在可选范围内",
    ]


def test_what_is_wrong_with_a_row_is_told_in_either_language(here: Place, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = ["[1]", "no JSON", "1.5", '{"a": 1, "a": 2}', "x" * 200_001]
    rows += [json.dumps(an_application(worker__name="长" * 300)), json.dumps({"worker.name": "\u0000"})]
    path.write_bytes("\n".join(rows).encode() + b"\n\xff\n")
    arguments = ("import", path, "--by", "chuangkou", "--office", "530102", "--language")
    chinese, english = run(*arguments, "zh").out, run(*arguments, "en").out
    assert "第 1 行：这一行不是记录 {...}" in chinese
    assert "row 1: the line is not a record, {...}" in english
    assert re.search(r"第 6 行，worker\.name：不得超过 \d+ 个字", chinese)
    assert re.search(r"row 6, worker\.name: may have at most \d+ characters", english)
    assert len(chinese.splitlines()) == len(english.splitlines()) >= 9
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert not re.search(r"\b(the|is|has|was|not)\b|—", chinese)
    assert "—" not in english


def interrupting(data: bytes) -> str:
    """Press Ctrl-C before the hash is made."""
    signal.raise_signal(signal.SIGINT)
    return digest(data)


def test_an_import_that_is_interrupted_says_what_was_taken_and_goes_on_when_run_again(
    here: Place, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "applications.jsonl"
    kind = here.url.partition(":")[0]
    path.write_text("".join(json.dumps(an_application(worker__name=f"{kind}{n}")) + "\n" for n in range(3)), "utf-8")
    arguments = ("import", path, "--by", "chuangkou", "--office", "530102")
    # Ctrl-C while the first row is being taken.
    monkeypatch.setattr(casework.importing, "digest", interrupting)
    told = run(*arguments)
    assert told.status == 1
    assert told.out.splitlines() == [
        "1 rows: 1 taken, 0 taken before, 0 refused",
        "stopped after row 1 (interrupted); what was taken stays, and running it again goes on",
    ]
    assert "Traceback" not in told.err
    monkeypatch.undo()
    settings(monkeypatch, here.url, here.files)
    again = run(*arguments, "--json").json
    assert (again["rows"], again["taken"], again["known"], again["stopped"]) == (3, 2, 1, "")


def test_a_command_that_is_interrupted_ends_with_a_word(here: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(casework.history, "verify", interrupted)
    assert run("verify") == Ran(130, "", "stopped\n")


def test_a_person_is_added_with_roles(here: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"new-{here.url.partition(':')[0]}"
    told = run("user", "add", name, "--name", "示例", "--password", "long enough", "--role", "530102:intake", "--json")
    assert told.json["sign_in"] == name
    assert run("case", "open", "recognition", "--office", "530102", "--by", name).status == 0
    unseen = run("user", "add", f"{name}\n-5", "--name", "示例", "--password", "long enough", "--json")
    assert unseen.json["sign_in"] == f"{name}-5"
    monkeypatch.setattr("getpass.getpass", lambda prompt: "asked for and given")
    monkeypatch.setattr("sys.stdin", Terminal())
    assert run("user", "add", f"{name}-2", "--name", "示例").out.endswith(f", signs in as {name}-2\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("read from a pipe\n"))
    assert run("user", "add", f"{name}-3", "--name", "示例").status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("user", "add", f"{name}-4", "--name", "示例").refusal == "refused: No password was given"


def test_a_copy_is_restored_proves_itself_and_runs_on(
    here: Place, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = run("backup", tmp_path / "copy", "--json").json
    assert copied["files"] > 0
    assert run("backup", tmp_path / "copy").refusal == f"refused: The folder is not empty: {tmp_path / 'copy'}"
    proof = run("verify", "--json").json
    settings(monkeypatch, f"sqlite:///{tmp_path}/restored.db", tmp_path / "restored")
    told = run("restore", tmp_path / "copy")
    assert told.status == 0
    assert f"{copied['files']} files" in told.out
    assert run("verify", "--json").json == proof
    replayed = run("replay", "--all", "--json").json
    assert replayed["diverged"] == []
    assert run("case", "open", "recognition", "--office", "530102", "--by", "chuangkou").status == 0
    assert run("restore", tmp_path / "copy").refusal.startswith("refused: The database is not empty (table ")
    assert run("restore", tmp_path / "nothing").refusal.startswith("refused: There is no whole copy in ")


def test_loading_the_demonstration_again_adds_nothing(here: Place, run: Run) -> None:
    before = run("verify", "--json").json
    told = run("demo", "--json").json
    assert told["cases"] == 0
    assert told["refused"] == []
    assert [each["state"] for each in told["procedures"]] == ["unchanged"]
    assert {"chuangkou", "diaocha1", "shenhe", "shenpi", "songda", "kezhang", "guanli"} <= {
        each["sign_in"] for each in told["people"]
    }
    words = run("demo", "--if-empty").out
    assert "all with the password anjuan-demo" in words
    assert run("verify", "--json").json == before


def test_a_real_office_is_set_up_without_a_demonstration_and_never_gets_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(monkeypatch, f"sqlite:///{tmp_path}/real.db", tmp_path / "files")
    assert run("db", "upgrade").out == "the database is at this version\n"
    assert [each["state"] for each in run("definitions", "import", "--json").json] == ["current"]
    added = ("user", "add", "zhang", "--name", "张", "--password", "long enough", "--role", "530102:intake")
    assert run(*added).status == 0
    before = run("verify", "--json").json
    assert run("demo").refusal.startswith("refused: The database holds persons who are not invented")
    assert run("demo", "--if-empty", "--json").json["people"] == []
    assert run("demo", "--if-empty").out.startswith("The database holds persons who are not invented")
    assert run("definitions", "import", "--json").json[0]["state"] == "unchanged"
    assert run("verify", "--json").json == before
    with app.opened() as ctx, ctx.database.reading() as tx:
        assert library.newest_basis(ctx, tx)[1].parameter_set is None


def test_tables_at_this_version_are_left_alone(here: Place, run: Run) -> None:
    assert run("db", "upgrade", "--json").json == {"database": "at this version"}


# --- a terminal of any kind -----------------------------------------------------------------------------------


def in_a_shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in a shell, where ``anjuan`` is the product."""
    script = f'anjuan() {{ "{sys.executable}" "{app.__file__}" "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", script], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_whoever_reads_a_report_may_stop_reading(here: Place) -> None:
    told = in_a_shell("set -o pipefail; anjuan case list | true")
    assert (told.returncode, told.stderr) == (0, "")


def test_a_report_that_cannot_be_written_is_told(here: Place) -> None:
    told = in_a_shell("anjuan verify > /dev/full", LC_ALL="C.UTF-8")
    assert told.returncode == 1
    assert told.stderr.startswith("It was done, but the report could not be written: The disk is full")


def test_a_terminal_that_cannot_show_chinese_shows_its_numbers(here: Place) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = in_a_shell("anjuan case list --state ended", **ascii_only)
    assert (told.returncode, told.stderr) == (0, "")
    assert "\\u" in told.stdout


def test_another_python_than_the_projects_own_is_told_which(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-S", app.__file__, "case", "list"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert ".venv/bin/python app.py" in told.stderr
    assert "Traceback" not in told.stderr


# --- the words ------------------------------------------------------------------------------------------------


@cache
def own_words() -> dict[str, list[str]]:
    told: dict[str, list[str]] = yaml.safe_load(Path(reports.__file__).with_suffix(".yaml").read_text("utf-8"))
    return told


@pytest.mark.parametrize("key", sorted(own_words()))
def test_a_sentence_of_the_command_line_stands_in_both_languages_and_names_the_same_things(key: str) -> None:
    chinese, english = own_words()[key]
    named = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (chinese, english)]
    assert named[0] == named[1]
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert key in said_in(Path(app.__file__)) | said_in(Path(reports.__file__)) | KEYS_BY_CODE


@cache
def said_in(path: Path) -> set[str]:
    return set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', path.read_text("utf-8")))


#: Sentences whose key is put together of a family and a code.
FAMILIES = ("refused.", "file.", "row.", "deadline_state.", "definition.", "provenance.", "argparse.", "help.")
KEYS_BY_CODE = {key for key in own_words() if key.startswith(FAMILIES)}


def test_every_sentence_of_help_explains_a_command_or_an_argument_there_is() -> None:
    used: set[str] = set()

    class Noting(reports.Words):
        def __call__(self, key: str, **fields: object) -> str:
            used.add(key)
            return super().__call__(key, **fields)

    command_line._parser(Noting("en"))
    assert used | {"help.not_a_number"} == {key for key in own_words() if key.startswith("help.")}


def test_every_refusal_of_storage_an_operator_meets_has_words_of_its_own() -> None:
    storage = "\n".join(path.read_text("utf-8") for path in Path("storage").glob("*.py"))
    codes = set(re.findall(r"""\b(?:Schema|Backup|Address|Protection)Error\(\s*"([a-z_]+)\"""", storage))
    assert len(codes) > 10
    assert {f"refused.{code}" for code in codes} <= set(own_words())


def test_executing_every_case_again_restores_the_snapshots_that_were_deleted(run: Run, here: Place) -> None:
    database = open_database(here.url)
    try:
        with database.writing() as tx:
            assert storage.cases.drop_snapshots(tx) > 0
        assert run("replay", "--all").status == 0
        with database.reading() as tx:
            kept = [storage.cases.get(tx, row.id) for row in storage.cases.find(tx, state="open")]
        assert all(row is not None and row.snapshot is not None for row in kept)
    finally:
        database.close()
    told = run("replay", "--all", "--json").json
    assert told["identical"] == told["cases"]
