"""Official numbers: neither gap nor double, whoever fails where."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import Database, numbers
from storage.errors import NumberError
from storage.numbers import NumberRow
from tests.integration.storage_rows import AT, LATER, a_history


def reserve(database: Database, address: str, *, year: int = 2026, fail: bool = False) -> NumberRow:
    """Reserve a number in a transaction of its own."""
    with database.writing() as tx:
        row = numbers.reserve(tx, series="city/recognition", year=year, case="c1", address=address, at=AT)
        if fail:
            raise ConnectionError
        return row


def test_numbers_follow_each_other_and_begin_again_each_year(database: Database) -> None:
    a_history(database)
    assert [reserve(database, f"act#{n}").n for n in (1, 2, 3)] == [1, 2, 3]
    assert reserve(database, "act#4", year=2027).n == 1


def test_the_same_act_gets_the_same_number_again(database: Database) -> None:
    a_history(database)
    assert reserve(database, "act#1") == reserve(database, "act#1")
    assert reserve(database, "act#2").n == 2


def test_a_reservation_that_failed_leaves_no_gap(database: Database) -> None:
    a_history(database)
    reserve(database, "act#1")
    with pytest.raises(ConnectionError):
        reserve(database, "act#2", fail=True)
    assert reserve(database, "act#3").n == 2


def test_acts_that_reserve_at_once_get_different_numbers(database: Database) -> None:
    a_history(database)
    with ThreadPoolExecutor(max_workers=8) as pool:
        rows = list(pool.map(lambda n: reserve(database, f"act#{n}"), range(24)))
    assert sorted(row.n for row in rows) == list(range(1, 25))


def test_a_number_is_issued_with_its_text(database: Database) -> None:
    a_history(database)
    reserve(database, "act#1")
    with database.writing() as tx:
        numbers.issue(tx, "c1", "act#1", text="〔2026〕1号", at=LATER)
        numbers.issue(tx, "c1", "act#1", text="〔2026〕1号", at=LATER)
        row = numbers.get(tx, "c1", "act#1")
        assert row is not None
        assert (row.state, row.text, row.settled_at) == ("issued", "〔2026〕1号", LATER)
        with pytest.raises(NumberError):
            numbers.issue(tx, "c1", "act#1", text="〔2026〕2号", at=LATER)
        with pytest.raises(NumberError):
            numbers.void(tx, "c1", "act#1", reason="given up", at=LATER)
        with pytest.raises(NumberError):
            numbers.issue(tx, "c1", "act#2", text="〔2026〕2号", at=LATER)


def test_a_void_number_stays_and_is_not_given_again(database: Database) -> None:
    a_history(database)
    reserve(database, "act#1")
    with database.writing() as tx:
        assert numbers.void(tx, "c1", "act#1", reason="given up", at=LATER)
        assert not numbers.void(tx, "c1", "act#1", reason="again", at=LATER)
        assert not numbers.void(tx, "c1", "act#9", reason="never reserved", at=LATER)
    assert reserve(database, "act#2").n == 2
    again = reserve(database, "act#1")
    assert (again.n, again.act, reserve(database, "act#1")) == (3, "act#1", again)
    with database.reading() as tx:
        listed = numbers.listed(tx, "city/recognition", 2026)
        assert [(row.n, row.state, row.reason) for row in listed] == [
            (1, "void", "given up"),
            (2, "reserved", None),
            (3, "reserved", None),
        ]
        assert [row.n for row in numbers.unsettled(tx, AT)] == [2, 3]
        assert len(numbers.of_case(tx, "c1")) == 3
