"""A clock that is set back sets no history back: an entry is never earlier than the one before it."""

from pathlib import Path

import pytest

import storage.entries
from casework import cases, history, opening, tasks
from storage import Database
from tests.errand import CHECK, CHECKED, HERE, Office, an_office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def instants(office: Office, case: str) -> list[str]:
    with office.ctx.database.reading() as tx:
        return [row.at for row in storage.entries.read(tx, case)]


@pytest.mark.parametrize("act", ["complete", "claim", "comment"])
def test_what_follows_a_clock_set_back_has_the_instant_of_what_went_before(office: Office, act: str) -> None:
    case = office.inspected()
    before = instants(office, case)
    office.clock.pass_by(hours=-2)
    if act == "complete":
        office.complete("zhou", case, CHECK, CHECKED)
    elif act == "claim":
        tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    else:
        cases.comment(office.ctx, "zhou", case, "材料齐全", office.token())
    assert instants(office, case) == [*before, before[-1]]
    assert history.verify(office.ctx).faults == []
    assert history.replay(office.ctx).identical == 1


def test_the_clock_counts_again_once_it_has_caught_up(office: Office) -> None:
    case = office.inspected()
    office.clock.pass_by(hours=-2)
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    office.clock.pass_by(hours=3)
    office.complete("zhou", case, CHECK, CHECKED)
    assert instants(office, case)[-2:] == ["2026-11-09T03:00:00.000000Z", "2026-11-09T04:00:00.000000Z"]


def test_a_case_opened_later_does_not_wait_for_the_clock_of_another(office: Office) -> None:
    office.inspected()
    office.clock.pass_by(hours=-2)
    case = opening.start(office.ctx, "wang", "errand", HERE, office.token())
    assert instants(office, case)[0] == "2026-11-09T01:00:00.000000Z"
