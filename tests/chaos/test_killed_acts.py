"""A worker is killed at every stage of issuing a paper, on both databases: neither a gap nor a double, nothing lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import storage.entries
import storage.files
import storage.numbers
from casework import history, working
from casework.context import Context
from storage import Database
from tests.chaos.dying import STAGES
from tests.integration.paper_cases import ISSUE, a_case, a_context, issue, want

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).resolve().parents[2]
STEM = "acceptance_decision"


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    return a_context(database, tmp_path)


def killed(ctx: Context, case: str, stage: str) -> int:
    """Let a process of its own carry the act out until it dies; gives its exit status."""
    command = [sys.executable, "-m", "tests.chaos.dying", ctx.database.url, str(ctx.files.folder), case, stage]
    return subprocess.run(command, cwd=ROOT, check=False, env=os.environ, timeout=120).returncode


def answers_of(ctx: Context, case: str) -> int:
    with ctx.database.reading() as tx:
        return sum(1 for row in storage.entries.read(tx, case) if row.kind == "act_answered")


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_at_any_stage_leaves_neither_gap_nor_double(ctx: Context, stage: str) -> None:
    case, following = a_case(ctx, STEM), a_case(ctx, STEM)
    want(ctx, case)

    assert killed(ctx, case, stage) == -signal.SIGKILL

    answered = stage == STAGES[-1]
    assert answers_of(ctx, case) == int(answered)
    assert history.verify(ctx).faults == []
    # Whoever takes the job up finds the act as it was left; and nothing to do once it was answered.
    assert working.carry_out(ctx, case, ISSUE) is not answered
    assert issue(ctx, following)
    with ctx.database.reading() as tx:
        numbers = [storage.numbers.get(tx, each, ISSUE) for each in (case, following)]
        papers = [storage.files.documents(tx, each) for each in (case, following)]
    assert [(row.n, row.state) for row in numbers if row] == [(1, "issued"), (2, "issued")]
    assert [[paper.number for paper in each] for each in papers] == [[row.text] for row in numbers if row]
    assert answers_of(ctx, case) == 1
    assert history.verify(ctx).faults == []
    assert history.replay(ctx).diverged == []


def test_killed_again_and_again_it_is_still_one_paper(ctx: Context) -> None:
    case = a_case(ctx, STEM)
    want(ctx, case)
    for stage in STAGES:
        assert killed(ctx, case, stage) == -signal.SIGKILL
    assert not working.carry_out(ctx, case, ISSUE)
    with ctx.database.reading() as tx:
        assert [(row.n, row.state) for row in storage.numbers.of_case(tx, case)] == [(1, "issued")]
        assert len(storage.files.documents(tx, case)) == 1
