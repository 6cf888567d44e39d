"""What the machinery could not take is not lost."""

from pathlib import Path

import pytest

from casework import cases, history, incidents, interventions
from casework.errors import IncidentError
from storage import Database
from tests.errand import APPROVE, CHECK, CHECKED, DONE, FOUND, INSPECT, an_office


def test_an_input_whose_step_failed_is_kept_and_resubmitted(database: Database, tmp_path: Path) -> None:
    office = an_office(database, tmp_path)
    case = office.registered(amount=None)
    office.complete("li", case, INSPECT, FOUND)
    before = cases.view(office.ctx, "lu", case, "test").case

    # The share cannot be computed without an amount: the step fails, and nothing of it is in the history.
    with pytest.raises(IncidentError) as failed:
        office.complete("zhao", case, INSPECT, FOUND)
    after = cases.view(office.ctx, "lu", case, "test").case
    assert (after.seq, after.head) == (before.seq, before.head)
    (kept,) = incidents.listing(office.ctx, "admin")
    assert (kept.id, kept.case) == (failed.value.incident, case)

    # Two persons put the cause right, an operator submits what was kept: the form is not filled in again.
    proposal = interventions.propose_correction(
        office.ctx, "zhou", case, {"errand.amount": 3}, reason="补录数量", token="mend"
    )
    interventions.confirm(office.ctx, "lu", case, proposal)
    office.clock.pass_by(hours=1)
    assert incidents.retry(office.ctx, "admin", kept.id, "数量已补录")
    assert incidents.listing(office.ctx, "admin") == []
    entry = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert (entry.kind, entry.actor, entry.at) == ("task_completed", "Zhao", "2026-11-09T04:00:00.000000Z")
    assert entry.payload["errand.finding"] == "地面湿滑"

    # From there the case runs to its end, and its history is what really happened.
    office.complete("zhou", case, CHECK, CHECKED)
    office.complete("chen", case, APPROVE, DONE)
    assert history.verify(office.ctx).faults == []
    assert history.replay(office.ctx).identical == 1
