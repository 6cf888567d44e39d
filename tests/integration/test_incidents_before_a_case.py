"""Incidents of what failed before there was a case: an application imported again is not one more of them."""

from storage import Database, incidents
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
