"""Incidents of what failed before there was a case: an application imported again is not one more of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import storage.definitions
from casework import history, importing
from casework import incidents as answers
from casework.importing import Report
from engine import Definition
from storage import Database, incidents
from storage.definitions import PublicationRow
from tests.diagrams import diagram, end, path, process, script, start, user
from tests.errand import HERE, REGISTERED, ROOT, Office, an_office
from tests.integration.storage_rows import AT, LATER


def keep(database: Database, *, address: str = "p/work", brought: bytes = b"row") -> str:
    with database.writing() as tx:
        return incidents.open(tx, case=None, address=address, reason="expression", detail="", input=brought, at=AT)


def test_the_same_input_that_fails_again_before_a_case_is_the_same_incident(database: Database) -> None:
    first = keep(database)
    assert keep(database) == first
    assert keep(database, brought=b"another row") != first
    assert keep(database, address="p/other") != first


def test_an_incident_an_operator_closed_is_not_found_again(database: Database) -> None:
    first = keep(database)
    with database.writing() as tx:
        assert incidents.close(tx, first, how="dropped", at=LATER, by="operator")
    assert keep(database) != first


# --- an import whose row fails in the machinery -------------------------------------------------------------------

#: The share of an errand of no known amount cannot be told: the step fails, whoever brings the row.
ROWS = [dict(REGISTERED), {name: value for name, value in REGISTERED.items() if name != "errand.amount"}]


@cache
def a_definition() -> Definition:
    """Make a procedure whose first form is followed by a sum."""
    lane = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="intake" name="受理"><bpmn:extensionElements><s:properties>'
        '<s:property name="role" value="intake"/></s:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>register</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    held = (
        lane,
        start(),
        user("register", form="register_errand"),
        script("weigh", "errand.share = errand.amount + 1"),
        user("look"),
        end(),
        path("begin", "register", "weigh", "look", "done"),
    )
    content = ROOT / "tests" / "content"
    kept = [*content.glob("facts/*.yaml"), content / "forms" / "register_errand.json"]
    files = {file.relative_to(content).as_posix(): file.read_text(encoding="utf-8") for file in kept}
    return Definition("errand", {**files, "errand.bpmn": diagram(process("errand", *held))})


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """An office whose procedure fails behind its first form."""
    made, definition = an_office(database, tmp_path), a_definition()
    with database.writing() as tx:
        at = "2026-11-09T03:00:01.000000Z"
        storage.definitions.put(
            tx, definition.hash, procedure="errand", data=definition.data, at=at, provenance="shipped"
        )
        row = PublicationRow("errand", "2026-01-01", at, definition.hash, "shipped", None, "shipped")
        storage.definitions.publish(tx, row)
    return made


def bring(office: Office, folder: Path, rows: list[dict[str, Any]]) -> Report:
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return importing.import_file(office.ctx, file, sign_in="wang", office=HERE, procedure="errand")


def waiting(office: Office) -> list[str]:
    return [each.id for each in answers.listing(office.ctx, "admin")]


def test_a_row_that_fails_however_often_it_is_imported_is_one_incident(office: Office, tmp_path: Path) -> None:
    first = bring(office, tmp_path, ROWS)
    (incident,) = waiting(office)
    assert (first.taken, first.refused) == (1, [{"row": 2, "field": "", "reason": "incident", "incident": incident}])
    for order in (ROWS, ROWS[::-1]):
        again = bring(office, tmp_path, order)
        assert (again.taken, again.known) == (0, 1)
        assert [each["incident"] for each in again.refused] == [incident]
    assert waiting(office) == [incident]
    assert history.verify(office.ctx).faults == []
    assert history.replay(office.ctx).cases == 1


def test_another_row_that_fails_is_an_incident_of_its_own(office: Office, tmp_path: Path) -> None:
    bring(office, tmp_path, ROWS)
    bring(office, tmp_path, [ROWS[1] | {"errand.title": "李强"}])
    assert len(waiting(office)) == 2


def test_a_row_an_operator_gave_up_is_an_incident_again_when_it_is_imported_again(
    office: Office, tmp_path: Path
) -> None:
    bring(office, tmp_path, ROWS)
    (incident,) = waiting(office)
    answers.drop(office.ctx, "admin", incident, "由窗口重新登记")
    assert waiting(office) == []
    bring(office, tmp_path, ROWS)
    (again,) = waiting(office)
    assert again != incident
