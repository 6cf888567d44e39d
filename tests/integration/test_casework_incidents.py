"""Incidents: a step that failed leaves its input with an operator, who retries it or gives it up with a reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import storage.entries
from casework import cases, history, incidents, interventions, tasks
from casework.errors import IncidentError, NotAllowedError, NotFoundError, RefusedError
from storage import open_database
from tests.errand import CHECK, FOUND, INSPECT, Office, an_office


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    database = open_database(sqlite_url)
    yield an_office(database, tmp_path)
    database.close()


def stopped(office: Office) -> tuple[str, str]:
    """Bring a case to where its amount is needed and nobody knows it; gives case and incident."""
    case = office.registered(amount=None)
    office.complete("li", case, INSPECT, FOUND)
    with pytest.raises(IncidentError) as failed:
        office.complete("zhao", case, INSPECT, FOUND)
    return case, failed.value.incident


def mend(office: Office, case: str) -> None:
    proposal = interventions.propose_correction(
        office.ctx, "zhou", case, {"errand.amount": 3}, reason="补录", token=office.token()
    )
    interventions.confirm(office.ctx, "lu", case, proposal)


def test_a_failed_step_leaves_no_entry_and_one_incident(office: Office) -> None:
    case, incident = stopped(office)
    assert [row.kind for row in cases.view(office.ctx, "lu", case, "test").timeline][-1] == "confirmed"
    (kept,) = incidents.listing(office.ctx, "admin")
    assert (kept.id, kept.case, kept.reason) == (incident, case, "expression")
    assert history.verify(office.ctx).faults == []


def test_a_retried_input_counts_for_both_officers_as_they_gave_it(office: Office) -> None:
    case, incident = stopped(office)
    mend(office, case)
    assert incidents.retry(office.ctx, "admin", incident, "已补录数量")
    row = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert (row.kind, row.actor, row.payload["task.first_officer"]) == ("task_completed", "Zhao", "li")
    assert incidents.listing(office.ctx, "admin") == []


def test_an_input_that_fails_again_waits_again(office: Office) -> None:
    _case, incident = stopped(office)
    assert not incidents.retry(office.ctx, "admin", incident, "再试")
    (again,) = incidents.listing(office.ctx, "admin")
    assert again.id != incident


def test_an_input_brought_again_by_its_person_is_not_taken_twice(office: Office) -> None:
    case, incident = stopped(office)
    mend(office, case)
    office.complete("zhao", case, INSPECT, FOUND)
    assert incidents.retry(office.ctx, "admin", incident, "已由本人重新提交")
    kinds = [row.kind for row in cases.view(office.ctx, "lu", case, "test").timeline]
    assert kinds.count("task_completed") == 2


def test_an_incident_is_answered_once(office: Office) -> None:
    case, incident = stopped(office)
    mend(office, case)
    incidents.retry(office.ctx, "admin", incident, "已补录数量")
    for answer in (incidents.retry, incidents.drop):
        with pytest.raises(RefusedError) as refused:
            answer(office.ctx, "admin", incident, "再来")
        assert refused.value.code == "incident_closed"


def test_a_completion_may_be_given_up_because_its_task_stands(office: Office) -> None:
    case, incident = stopped(office)
    incidents.drop(office.ctx, "admin", incident, "由承办人重新提交")
    assert incidents.listing(office.ctx, "admin") == []
    assert tasks.view(office.ctx, "zhao", case, INSPECT).may_complete
    with office.ctx.database.reading() as tx:
        assert [row.kind for row in storage.entries.read(tx, "incidents")] == ["incident_dropped"]


def test_only_an_administrator_answers_and_gives_a_reason(office: Office) -> None:
    _case, incident = stopped(office)
    with pytest.raises(NotAllowedError):
        incidents.retry(office.ctx, "lu", incident, "再试")
    with pytest.raises(RefusedError):
        incidents.retry(office.ctx, "admin", incident, "  ")
    with pytest.raises(NotFoundError):
        incidents.retry(office.ctx, "admin", "0" * 36, "再试")


def test_the_case_goes_on_after_the_retry(office: Office) -> None:
    case, incident = stopped(office)
    mend(office, case)
    incidents.retry(office.ctx, "admin", incident, "已补录数量")
    office.complete("zhou", case, CHECK, {"errand.checked": True})
    assert history.replay(office.ctx).identical == 1
