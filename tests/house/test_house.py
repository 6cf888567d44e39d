"""The house keeps its own rules: contracts that really refuse, papers that stay true, locks that lock."""

import ast
import json
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import NetworkRefusedError

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements", "requirements-dev")
ROOMS = ("web", "casework", "engine", "storage", "handlers")


@cache
def committed() -> list[Path]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@cache
def texts() -> dict[Path, str]:
    found = {}
    for path in committed():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            found[path.relative_to(ROOT)] = data.decode("utf-8")
    return found


@cache
def syntax() -> dict[Path, ast.Module]:
    return {path: ast.parse(text) for path, text in texts().items() if path.suffix == ".py"}


# --- import contracts -------------------------------------------------------------------------------------------

#: For each contract, files that break it and nothing else needs to: path below the root, text.
BREACHES: list[tuple[str, dict[str, str]]] = [
    ("layers", {"handlers/law/breach.py": "import engine.model"}),
    ("layers", {"engine/breach.py": "import storage.rows"}),
    ("layers", {"storage/breach.py": "import engine.values"}),
    ("layers", {"casework/breach.py": "import web.pages"}),
    ("web-uses-casework-only", {"web/breach.py": "import engine.model"}),
    ("web-uses-casework-only", {"web/breach.py": "from storage import rows"}),
    ("procedures", {"handlers/breach.py": "import handlers.other_breach", "handlers/other_breach.py": ""}),
    ("procedures", {"handlers/law/breach.py": "import handlers.other_breach", "handlers/other_breach.py": ""}),
    ("spiffworkflow", {"engine/breach.py": "from SpiffWorkflow.task import Task"}),
    ("lxml", {"casework/breach.py": "from lxml import etree"}),
    ("database", {"casework/breach.py": "import sqlalchemy"}),
    ("flask", {"casework/breach.py": "from flask import request"}),
    ("dbos", {"casework/breach.py": "from dbos import DBOS"}),
    ("typst", {"web/breach.py": "import typst"}),
]


@pytest.fixture(scope="module")
def copy_of_the_rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("rooms")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for room in ROOMS:
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", "static", "templates")
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)
    return copy


@pytest.mark.parametrize(("contract", "files"), BREACHES, ids=[f"{c}: {' '.join(f)}" for c, f in BREACHES])
def test_an_import_contract_refuses_a_deliberate_breach(
    contract: str, files: dict[str, str], copy_of_the_rooms: Path
) -> None:
    for name, text in files.items():
        (copy_of_the_rooms / name).write_text(f'"""A breach."""\n\n{text}\n', encoding="utf-8")
    try:
        broken = _lint_imports(copy_of_the_rooms, contract)
    finally:
        for name in files:
            (copy_of_the_rooms / name).unlink()
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "BROKEN" in broken.stdout
    assert "breach" in broken.stdout


def _lint_imports(root: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--contract", contract]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_every_import_contract_has_a_deliberate_breach() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"] for contract in configured["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _ in BREACHES}


def test_only_advance_takes_a_step_of_the_engine() -> None:
    takers = {
        str(path)
        for path, tree in syntax().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("engine", "engine.step")
        and any(name.name == "step" for name in node.names)
        and path.parts[0] in ("app.py", "web", "casework")
    }
    assert takers == {"casework/advance.py"}


# --- what may not stand in a committed file ---------------------------------------------------------------------

# Put together here, so that this file does not name them either.
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("work", "root", "home", "Users"))
REGISTRIES = tuple(".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))


@pytest.mark.parametrize("named", [*MACHINE_PATHS, *REGISTRIES])
def test_no_committed_file_names_a_path_of_a_machine_or_a_registry(named: str) -> None:
    pattern = re.compile(rf"(?<![\w.}}-]){re.escape(named)}|(?<=\.){re.escape(named)}")
    assert [str(path) for path, text in texts().items() if pattern.search(text)] == []


def test_no_name_hides_what_a_thing_does() -> None:
    empty_words = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)|(Service|Manager|Helper|Util)s?$")
    names = {str(path): path.stem for path in syntax()}
    names |= {
        f"{path}:{node.lineno}": node.name
        for path, tree in syntax().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    assert [place for place, name in names.items() if empty_words.search(name)] == []


def test_every_exception_ends_in_error() -> None:
    classes = [
        (path, node)
        for path, tree in syntax().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(_base(base).endswith(("Error", "Exception")) for base in node.bases)
    ]
    assert [f"{path}:{node.lineno}" for path, node in classes if not node.name.endswith("Error")] == []


def _base(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_a_silenced_lint_rule_has_its_reason_beside_it() -> None:
    silenced = re.compile(r"#\s*noqa\b(?!: [A-Z]+\d+(, [A-Z]+\d+)* - \S)")
    places = [
        f"{path}:{number}"
        for path, text in texts().items()
        if path.suffix == ".py" and path != Path("tests/house/test_house.py")
        for number, line in enumerate(text.splitlines(), 1)
        if silenced.search(line)
    ]
    assert places == []


def test_the_name_of_a_test_is_a_sentence() -> None:
    assert [name for name in _tests() if name.rsplit("::", 1)[1].count("_") < 3] == []


def _tests() -> Iterator[str]:
    for path, tree in syntax().items():
        if path.parts[0] == "tests":
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield f"{path}::{node.name}"


# --- papers -----------------------------------------------------------------------------------------------------


def test_the_readme_names_every_environment_variable_and_no_other() -> None:
    read = re.compile(r"\bANJUAN_[A-Z][A-Z_]*")
    used = {
        name
        for path, text in texts().items()
        if path.suffix in (".py", ".sh") or path.name in ("Makefile", "run")
        for name in read.findall(text)
    }
    rows = [line for line in texts()[Path("README.md")].splitlines() if line.startswith("| `ANJUAN_")]
    assert sorted(used) == sorted(name for row in rows for name in read.findall(row.split("|")[1]))


def test_every_room_stands_in_the_architecture() -> None:
    page = texts()[Path("docs/architecture.md")]
    assert [room for room in ROOMS if f"`{room}/`" not in page] == []


def test_a_link_between_papers_leads_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
    lost = [
        f"{path}: {target}"
        for path, text in texts().items()
        if path.suffix == ".md"
        for target in link.findall(text)
        if not (ROOT / path.parent / target).exists()
    ]
    assert lost == []


# --- locks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_a_lock_pins_every_package_by_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    pinned = re.compile(r"[\w.-]+(\[[\w,]+\])?==\S+ .*--hash=sha256:", re.DOTALL)
    assert [package for package in packages if package and not pinned.match(package)] == []
    assert not re.search(r"^--|https?://", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node"])
def test_a_lock_holds_what_its_source_asks_for(name: str) -> None:
    asked = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
    locked = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert {_normal(each) for each in asked} <= {_normal(each) for each in locked}


def test_the_development_lock_holds_the_running_one() -> None:
    pins = [set(re.findall(r"^\S+==\S+", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)) for name in LOCKS]
    assert pins[0] <= pins[1]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("folder", ["web/frontend", "casework/acts/fonts"])
def test_an_npm_lock_has_a_checksum_for_every_package_and_no_address(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "integrity" not in package or "resolved" in package] == []


# --- the tests themselves ---------------------------------------------------------------------------------------


def test_a_test_cannot_reach_another_machine() -> None:
    with socket.socket() as outside, pytest.raises(NetworkRefusedError):
        outside.connect(("192.0.2.1", 80))
