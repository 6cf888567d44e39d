"""The inbox: its order, its pages, its filters, its counts."""

import random
from collections.abc import Callable

import pytest

from storage import Database, Tx, people, tasks
from storage.errors import TakenError
from storage.people import BarredRow
from storage.tasks import MOST, Counts, Filters, TaskRow
from tests.integration.storage_rows import AT, a_case, a_history, a_task, furnish

CITY_INTAKE = ("city", "intake")
COUNTY_REVIEW = ("county", "reviewer")


def an_inbox(tx: Tx, number: int = 60) -> list[TaskRow]:
    """Fill an inbox with tasks of two offices and roles, in no order; gives the rows."""
    furnish(tx)
    chance = random.Random(7)
    rows = []
    for n in range(number):
        a_case(tx, f"c{n:03}")
        office, role = chance.choice([CITY_INTAKE, COUNTY_REVIEW, ("city", "reviewer")])
        rows.append(
            a_task(
                f"c{n:03}",
                office=office,
                role=role,
                due_on=chance.choice([None, "2026-11-20", "2026-11-21", "2026-12-01", "2027-01-01"]),
                assignee=chance.choice([None, None, "zhang", "li"]),
                procedure=chance.choice(["recognition", "appraisal"]),
            )
        )
    tasks.insert(tx, rows)
    return rows


def in_order(rows: list[TaskRow]) -> list[TaskRow]:
    """The order of the inbox: by last day, none last, then case."""
    return sorted(rows, key=lambda row: (row.due_on or "9999", row.case, row.address))


def all_pages(tx: Tx, roles: list[tuple[str, str]], *, filters: Filters | None = None, size: int = 7) -> list[TaskRow]:
    """Follow an inbox to its end."""
    rows: list[TaskRow] = []
    key = None
    while True:
        page = tasks.page(
            tx, offices_roles=roles, person="zhang", filters=filters or Filters(), after_key=key, size=size
        )
        rows += page.rows
        key = page.next
        if key is None:
            return rows


def test_pages_follow_each_other_without_gap_or_double_worst_first(database: Database) -> None:
    with database.writing() as tx:
        rows = an_inbox(tx)
        mine = [row for row in rows if (row.office, row.role) in (CITY_INTAKE, COUNTY_REVIEW)]
        assert all_pages(tx, [CITY_INTAKE, COUNTY_REVIEW, CITY_INTAKE]) == in_order(mine)
        assert all_pages(tx, [CITY_INTAKE], size=1) == in_order(
            [row for row in rows if (row.office, row.role) == CITY_INTAKE]
        )


def test_who_holds_no_role_sees_nothing(database: Database) -> None:
    with database.writing() as tx:
        an_inbox(tx)
        assert all_pages(tx, []) == []
        assert tasks.counts(tx, offices_roles=[], person="zhang", today="2026-11-21", soon="2026-11-24") == Counts(
            0, 0, 0, 0
        )


@pytest.mark.parametrize("holder", ["anyone", "mine", "nobody", "others"])
@pytest.mark.parametrize("procedure", [None, "appraisal"])
def test_filters_leave_exactly_what_they_name(database: Database, holder: str, procedure: str | None) -> None:
    keeps: Callable[[TaskRow], bool] = {
        "anyone": lambda row: True,
        "mine": lambda row: row.assignee == "zhang",
        "nobody": lambda row: row.assignee is None,
        "others": lambda row: row.assignee == "li",
    }[holder]
    with database.writing() as tx:
        rows = an_inbox(tx)
        wanted = [
            row
            for row in rows
            if (row.office, row.role) in (CITY_INTAKE, COUNTY_REVIEW)
            and keeps(row)
            and procedure in (None, row.procedure)
        ]
        filters = Filters(holder=holder, procedure=procedure)  # type: ignore[arg-type]
        assert all_pages(tx, [CITY_INTAKE, COUNTY_REVIEW], filters=filters) == in_order(wanted)


def test_days_bound_a_page_on_both_sides(database: Database) -> None:
    with database.writing() as tx:
        rows = an_inbox(tx)
        mine = [row for row in rows if (row.office, row.role) == CITY_INTAKE]
        overdue = Filters(due_to="2026-11-20")
        assert all_pages(tx, [CITY_INTAKE], filters=overdue, size=2) == in_order(
            [row for row in mine if row.due_on == "2026-11-20"]
        )
        later = Filters(due_from="2026-11-25")
        assert all_pages(tx, [CITY_INTAKE], filters=later, size=2) == in_order(
            [row for row in mine if row.due_on in (None, "2026-12-01", "2027-01-01")]
        )


def test_counts_agree_with_the_rows(database: Database) -> None:
    with database.writing() as tx:
        rows = an_inbox(tx)
        mine = [row for row in rows if (row.office, row.role) in (CITY_INTAKE, COUNTY_REVIEW)]
        days = [row.due_on for row in mine]
        counts = tasks.counts(
            tx, offices_roles=[CITY_INTAKE, COUNTY_REVIEW], person="zhang", today="2026-11-21", soon="2026-11-24"
        )
        assert counts == Counts(
            overdue=days.count("2026-11-20"),
            soon=days.count("2026-11-21"),
            later=days.count("2026-12-01") + days.count("2027-01-01"),
            undated=days.count(None),
        )


def test_counting_stops_at_the_most(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        tasks.insert(tx, [a_task(address=f"recognition/opinion[{n}]") for n in range(MOST + 5)])
        counts = tasks.counts(tx, offices_roles=[CITY_INTAKE], person="zhang", today="2026-11-21", soon="2026-11-24")
        assert counts == Counts(0, 0, 0, MOST)


def test_what_a_person_is_barred_from_is_marked_or_left_out(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        for case in ("c1", "c2", "c3"):
            a_case(tx, case)
            tasks.insert(tx, [a_task(case)])
        people.bar(
            tx,
            [
                BarredRow("c1", "zhang", "register", "separate_from:register"),
                BarredRow("c2", "zhang", "*", "recusal"),
                BarredRow("c3", "zhang", "approve_decision", "separate_from:draft_decision"),
                BarredRow("c3", "li", "register", "recusal"),
            ],
        )
        page = tasks.page(tx, offices_roles=[CITY_INTAKE], person="zhang")
        assert page.barred == {
            ("c1", "recognition/register"): "separate_from:register",
            ("c2", "recognition/register"): "recusal",
        }
        assert [row.case for row in all_pages(tx, [CITY_INTAKE], filters=Filters(without_barred=True))] == ["c3"]


def test_a_task_opens_once_is_claimed_released_and_closed(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        tasks.insert(tx, [a_task()])
        assert tasks.assign(tx, "c1", "recognition/register", "zhang", AT)
        claimed = tasks.get(tx, "c1", "recognition/register")
        assert claimed is not None
        assert (claimed.assignee, claimed.claimed_at) == ("zhang", AT)
        assert tasks.of_case(tx, "c1") == [claimed]
        assert tasks.of_cases(tx, ["c1", "c2"]) == {"c1": [claimed]}
        assert tasks.assign(tx, "c1", "recognition/register", None, AT)
        assert tasks.get(tx, "c1", "recognition/register") == a_task()
        tasks.close(tx, "c1", ["recognition/register", "recognition/unknown"])
        assert tasks.of_case(tx, "c1") == []
        assert not tasks.assign(tx, "c1", "recognition/register", "zhang", AT)


def test_a_task_cannot_open_twice(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        tasks.insert(tx, [a_task()])
    with pytest.raises(TakenError) as taken, database.writing() as tx:
        tasks.insert(tx, [a_task()])
    assert taken.value.constraint == "pk_task"


def test_rows_follow_their_deadline_their_case_and_its_office(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        tasks.insert(
            tx,
            [
                a_task(address="recognition/a", limit_id="D05", due_on="2026-12-01", assignee="li", claimed_at=AT),
                a_task(address="recognition/b", limit_id="D03", due_on="2026-12-02", office="county"),
            ],
        )
        tasks.reschedule(tx, "c1", [("D05", "2027-01-05", True), ("D09", None, False)])
        tasks.relabel(tx, "c1", case_number="2026-1", title="李四", latest_note="等材料")
        tasks.transfer(tx, "c1", "city", "zone")
        moved, stayed = tasks.of_case(tx, "c1")[::-1]
        assert (moved.address, moved.due_on, moved.paused) == ("recognition/a", "2027-01-05", True)
        assert (moved.office, moved.assignee, moved.claimed_at) == ("zone", None, None)
        assert (stayed.address, stayed.due_on, stayed.paused, stayed.office) == (
            "recognition/b",
            "2026-12-02",
            False,
            "county",
        )
        assert {(row.case_number, row.title, row.latest_note) for row in (moved, stayed)} == {
            ("2026-1", "李四", "等材料")
        }
