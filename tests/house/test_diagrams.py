"""The shipped diagrams can be read: complete, nothing over anything, nothing through anything."""

from pathlib import Path

import pytest

from engine.geometry import faults

DIAGRAMS = sorted(Path("processes").glob("**/*.bpmn"))


def test_there_are_diagrams_to_look_at() -> None:
    assert DIAGRAMS


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_shipped_diagram_is_drawn_without_fault(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []
