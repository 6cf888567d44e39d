"""The version by which days are counted: one that is not known here is refused, never taken for another."""

import shutil
from pathlib import Path

import pytest

from handlers.law.basis import Basis, ParameterFileError, build_basis

PROCESSES = Path(__file__).parents[2] / "processes"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROCESSES / "parameters", tmp_path / "parameters")
    return tmp_path


@pytest.mark.parametrize("version", ["3", "0", "-1", "true", '"2"', "two", "[2]"])
def test_limits_of_a_counting_nobody_knows_are_refused(folder: Path, version: str) -> None:
    limits = folder / "parameters" / "limits.yaml"
    text = limits.read_text(encoding="utf-8")
    limits.write_text(text.replace("counting: 2\n", f"counting: {version}\n"), encoding="utf-8")
    with pytest.raises(ParameterFileError, match="counting"):
        build_basis(folder)


def test_a_basis_of_a_later_release_is_not_counted_by_the_newest_version_of_this_one(folder: Path) -> None:
    later = Basis(build_basis(folder) | {"counting": 3})
    with pytest.raises(ParameterFileError, match="counting"):
        _ = later.calendar


def test_a_basis_without_a_version_is_counted_by_the_first(folder: Path) -> None:
    old = build_basis(folder)
    del old["counting"]
    assert Basis(old).counting == 1
