"""Every command as an operator calls it: words for a reader, JSON for a program, one line for a refusal."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app
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
    ("user", "add"),
    ("demo",),
]


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


# --- help, and what is no command ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_explains_itself(run: Run, command: tuple[str, ...]) -> None:
    told = run(*command, "--help")
    assert told.status == 0
    assert " ".join(command) in " ".join(told.out.split())
    assert "--json" in told.out
    assert told.err == ""


def test_the_commands_are_those_that_are_tried_here(run: Run) -> None:
    listed = re.search(r"\{([a-z,]+)\}|COMMAND\n((?:    .+\n)+)", run("--help").out)
    assert listed is not None
    names = set(re.findall(r"^    ([a-z]+)\b", run("--help").out, re.MULTILINE))
    assert names == {command[0] for command in COMMANDS}


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


def test_a_file_that_is_not_there_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    for command in ("check", "layout"):
        assert run(command, tmp_path / "missing.bpmn").refusal == (
            f"refused: {tmp_path / 'missing.bpmn'}: No such file or directory"
        )
        assert run(command, tmp_path).refusal == f"refused: {tmp_path}: Is a directory"


def test_layout_writes_the_drawing_and_nothing_else(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "serve_document.bpmn"
    shutil.copyfile(app.PROCESSES / path.name, path)
    told = run("layout", path, "--json")
    assert told.json == [{"file": str(path), "layout": "written"}]
    once = path.read_bytes()
    assert run("layout", path).status == 0
    assert path.read_bytes() == once


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
        ("replay", "--all"),
    ):
        assert run(*command).refusal.startswith("refused: ")


def test_an_address_of_another_database_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, "mysql://nowhere/x", tmp_path)
    assert run("case", "list").refusal.startswith("refused: ")


def test_cases_are_listed_shown_and_opened(here: Place, run: Run) -> None:
    listed = run("case", "list", "--json", "--office", "530102").json
    assert {each["state"] for each in listed} == {"open", "ended"}
    assert [each["state"] for each in run("case", "list", "--state", "ended", "--json").json] == ["ended"]
    assert len(run("case", "list", "--limit", "2").out.splitlines()) == 2
    assert run("case", "list", "--office", "nowhere").out == "no cases\n"
    case = run("case", "open", "recognition", "--office", "530102", "--by", "chuangkou", "--json").json["case"]
    shown = run("case", "show", case, "--json").json
    assert [entry["kind"] for entry in shown["history"]] == ["opened", "claimed"]
    words = run("case", "show", case).out
    assert words.splitlines()[0] == f"case {case}, recognition, office 530102: open"
    assert "waits for intake of 530102" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("case", "show", "nothing"), "There is no such case: nothing"),
        (("replay", "nothing"), "There is no such case: nothing"),
        (("case", "open", "nothing", "--office", "530102", "--by", "chuangkou"), "There is no such procedure: nothing"),
        (
            ("case", "open", "recognition", "--office", "nowhere", "--by", "chuangkou"),
            "There is no such office: nowhere",
        ),
        (("case", "open", "recognition", "--office", "530102", "--by", "nobody"), "There is no such person"),
        (("case", "open", "recognition", "--office", "530102", "--by", "songda"), "You do not hold the role for this"),
        (
            ("definitions", "publish", "recognition", "--by", "fenxi1", "--confirmed-by", "fenxi1"),
            "Another person must confirm",
        ),
        (
            ("definitions", "publish", "recognition", "--by", "fenxi1", "--confirmed-by", "songda"),
            "You do not hold the role for this",
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
        (("import", "nothing.csv", "--by", "songda", "--office", "530102"), "You do not hold the role for this"),
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
    before = run("verify", "--json").json
    assert run(*arguments).refusal == f"refused: {words}"
    assert run("verify", "--json").json == before


def test_a_refusal_is_told_in_the_language_of_the_terminal(
    here: Place, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run("case", "show", "nothing").refusal == "refused: 没有这个案件：nothing"


def test_definitions_are_listed_and_imported(here: Place, run: Run) -> None:
    assert [each["state"] for each in run("definitions", "list", "--json").json] == ["current"]
    assert run("definitions", "list").out.startswith("recognition  current from 1900-01-01, shipped  ")
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


def test_a_person_is_added_with_roles(here: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"new-{here.url.partition(':')[0]}"
    told = run("user", "add", name, "--name", "示例", "--password", "long enough", "--role", "530102:intake", "--json")
    assert told.json["sign_in"] == name
    assert run("case", "open", "recognition", "--office", "530102", "--by", name).status == 0
    monkeypatch.setattr("getpass.getpass", lambda prompt: "asked for and given")
    assert run("user", "add", f"{name}-2", "--name", "示例").out.startswith("person: ")


def test_a_copy_is_restored_proves_itself_and_runs_on(
    here: Place, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = run("backup", tmp_path / "copy", "--json").json
    assert copied["files"] > 0
    assert run("backup", tmp_path / "copy").refusal.endswith("is not empty")
    proof = run("verify", "--json").json
    settings(monkeypatch, f"sqlite:///{tmp_path}/restored.db", tmp_path / "restored")
    told = run("restore", tmp_path / "copy")
    assert told.status == 0
    assert f"{copied['files']} files" in told.out
    assert run("verify", "--json").json == proof
    replayed = run("replay", "--all", "--json").json
    assert replayed["diverged"] == []
    assert run("case", "open", "recognition", "--office", "530102", "--by", "chuangkou").status == 0
    assert run("restore", tmp_path / "copy").refusal.startswith("refused: ")
    assert run("restore", tmp_path / "nothing").refusal.startswith("refused: ")


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


def test_tables_at_this_version_are_left_alone(here: Place, run: Run) -> None:
    assert run("db", "upgrade", "--json").json == {"database": "at this version"}
