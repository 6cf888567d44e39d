"""The conformance models of BPMN engines: what runs here runs as the standard says, the rest is refused by name."""

import os
from pathlib import Path

import pytest

from bench import conformance
from tests.not_run import not_run

#: Runs that plain SpiffWorkflow 3.2.0 gets right.
PLAIN_RIGHT = 64


@pytest.fixture(scope="module")
def result() -> dict[str, object]:
    folder = os.environ.get("ANJUAN_CONFORMANCE", "")
    if not folder:
        not_run("the conformance models", "ANJUAN_CONFORMANCE names no folder")
    return conformance.run(Path(folder))


def test_no_run_is_silently_wrong(result: dict[str, object]) -> None:
    assert result["wrong_runs"] == []


def test_more_runs_are_right_than_plain_spiffworkflow_gives(result: dict[str, object]) -> None:
    assert isinstance(result["right"], int)
    assert result["right"] >= PLAIN_RIGHT


def test_every_model_that_breaks_the_standard_is_refused(result: dict[str, object]) -> None:
    assert result["invalid_not_refused"] == []
