"""A task that answers to several limits is due when the one that ends next is."""

from datetime import date
from pathlib import Path

import pytest

from casework import inbox
from casework.projection import NOT_DUE, Due, Projection
from handlers.law.basis import Basis, build_basis

NEXT = "2026-12-04"
LATER = "2027-01-11"


def running(limit: str, due_on: str, state: str = "running") -> dict[str, dict[str, str]]:
    return {f"{limit}#1": {"limit": limit, "due_on": due_on, "state": state}}


@pytest.mark.parametrize(
    ("deadlines", "due"),
    [
        ({}, NOT_DUE),
        (running("D05", LATER), Due(LATER, paused=False)),
        (running("D05", LATER) | running("D06", NEXT), Due(NEXT, paused=False)),
        (running("D05", LATER) | running("D06", NEXT, "lifted"), Due(LATER, paused=False)),
        (running("D05", LATER) | running("D06", NEXT, "breached"), Due(NEXT, paused=False)),
        (running("D05", LATER) | running("D06", NEXT, "suspended"), Due(LATER, paused=False)),
        (running("D05", LATER, "suspended") | running("D06", NEXT, "met"), Due(LATER, paused=True)),
    ],
)
def test_the_limit_that_ends_next_says_when_a_task_is_due(deadlines: dict[str, dict[str, str]], due: Due) -> None:
    projection = Projection(deadlines=dict(deadlines))
    assert projection.due("D05;D06") == due
    assert projection.due(None) == NOT_DUE


def test_the_articles_of_all_its_limits_are_named_each_once() -> None:
    basis = Basis.from_value(build_basis(Path("processes"), "演示"))
    told = inbox._articles(basis, "D05;D06", date(2026, 11, 22))
    assert told == "工伤保险条例:20;工伤认定办法:18;工伤认定办法:21"
    assert inbox._articles(basis, None, date(2026, 11, 22)) is None
