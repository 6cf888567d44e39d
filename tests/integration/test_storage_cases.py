"""Cases and their histories."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from storage import Database, bases, cases, definitions, entries, open_database
from storage.definitions import PublicationRow
from storage.errors import StaleError, TakenError, UnknownParentError
from storage.rows import NO_HEAD
from storage.tables import entry
from tests.integration.storage_rows import AT, LATER, a_case, a_hash, a_history, a_leaf, an_entry, furnish


def test_a_new_case_is_open_and_has_no_entry(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        made = a_case(tx, title="张三")
        assert cases.lock(tx, "c1") == made
        assert (made.state, made.seq, made.head, made.version, made.snapshot) == ("open", 0, NO_HEAD, 0, None)
        assert cases.lock(tx, "c2") is None


def test_a_case_needs_a_definition_that_is_kept(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
    with pytest.raises(UnknownParentError), database.writing() as tx:
        a_case(tx, definition=a_hash(77))


def test_a_save_changes_the_head_and_what_it_names_and_nothing_else(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        before = cases.get(tx, "c1")
        assert before is not None
        cases.save(
            tx,
            "c1",
            expected_version=1,
            seq=4,
            head=a_hash(4),
            at=LATER,
            snapshot=None,
            state="ended",
            outcome="completed",
            ended_at=LATER,
            title=None,
        )
        after = cases.get(tx, "c1")
    assert after is not None
    assert (after.seq, after.head, after.at, after.snapshot, after.version) == (4, a_hash(4), LATER, None, 2)
    assert (after.state, after.outcome, after.ended_at) == ("ended", "completed", LATER)
    assert (after.title, after.office, after.definition) == (before.title, before.office, before.definition)


def test_a_save_over_somebody_elses_is_refused(database: Database) -> None:
    a_history(database)
    with pytest.raises(StaleError), database.writing() as tx:
        cases.save(tx, "c1", expected_version=0, seq=4, head=a_hash(4), at=AT, snapshot=None)


def test_snapshots_are_dropped_and_kept_again(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        assert cases.drop_snapshots(tx) == 1
        assert cases.drop_snapshots(tx) == 0
        cases.keep_snapshot(tx, "c1", b"{}", "2")
        row = cases.get(tx, "c1")
    assert row is not None
    assert (row.snapshot, row.snapshot_engine, row.version) == (b"{}", "2", 1)


def test_cases_are_listed_by_office_newest_first_a_page_at_a_time(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        for n in range(6):
            a_case(tx, f"c{n}", office="city" if n % 2 else "county", dossier="d1" if n < 2 else None)
        assert [row.id for row in cases.find(tx, offices=["city"], limit=2)] == ["c5", "c3"]
        assert [row.id for row in cases.find(tx, offices=["city"], before="c3")] == ["c1"]
        assert [row.id for row in cases.find(tx, offices=[])] == []
        assert [row.id for row in cases.find(tx, dossier="d1", state="open", procedure="recognition")] == ["c1", "c0"]
        assert set(cases.of_ids(tx, ["c1", "c9"])) == {"c1"}
        assert cases.ids(tx, after="c3") == ["c4", "c5"]


def test_a_case_is_found_by_each_of_its_numbers(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        cases.name(tx, "c1", alias="宜人社工认〔2026〕1号", office="city", at=AT)
        cases.name(tx, "c1", alias="宜人社工认〔2026〕2号", office="city", at=LATER)
        assert cases.by_number(tx, "宜人社工认〔2026〕2号") == "c1"
        assert cases.by_number(tx, "宜人社工认〔2026〕3号") is None
        assert cases.by_number_prefix(tx, "宜人社工认〔2026〕", ["city"]) == ["c1", "c1"]
        assert cases.by_number_prefix(tx, "宜人社工认〔2026〕", ["elsewhere"]) == []
        assert cases.numbers(tx, "c1") == ["宜人社工认〔2026〕1号", "宜人社工认〔2026〕2号"]
        a_case(tx, "c2")
    with pytest.raises(TakenError), database.writing() as tx:
        cases.name(tx, "c2", alias="宜人社工认〔2026〕2号", office="city", at=AT)


def test_the_number_that_heads_a_case_takes_the_place_of_its_first(database: Database) -> None:
    def shown(number: str, *, heads: bool) -> str | None:
        cases.name(tx, "c1", alias=number, office="city", at=AT, heads=heads)
        return cases.of_ids(tx, ["c1"])["c1"].number

    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        assert shown("宜人社工仲告〔2026〕1号", heads=False) == "宜人社工仲告〔2026〕1号"
        assert shown("宜人社工受〔2026〕7号", heads=True) == "宜人社工受〔2026〕7号"
        assert shown("宜人社工认〔2026〕5号", heads=False) == "宜人社工受〔2026〕7号"


def test_entries_come_back_as_they_went_in(database: Database) -> None:
    a_history(database)
    with database.reading() as tx:
        assert entries.read(tx, "c1") == [an_entry(seq=seq) for seq in (1, 2, 3)]
        assert entries.read(tx, "c1", after=1, limit=1) == [an_entry(seq=2)]
        assert entries.by_key(tx, "c1", an_entry(seq=2).key) == an_entry(seq=2)
        assert entries.by_key(tx, "c1", "task:unknown") is None
        assert [(head.chain, head.seq, head.hash) for head in entries.heads(tx)] == [("c1", 3, a_hash(1003))]


def test_erasing_a_leaf_leaves_its_entry(database: Database) -> None:
    a_history(database)
    with database.writing() as tx:
        assert entries.leaves(tx, "c1", 1) == entries.leaves(tx, "c1") == [a_leaf()]
        assert entries.erase_leaves(tx, "c1", 1, [0, 5]) == 1
        assert entries.leaves(tx, "c1") == []
        assert entries.read(tx, "c1", limit=1) == [an_entry()]


def test_a_leaf_belongs_to_an_entry(database: Database) -> None:
    a_history(database)
    with pytest.raises(UnknownParentError), database.writing() as tx:
        entries.append(tx, an_entry(seq=4), [a_leaf(seq=5)])


@pytest.mark.parametrize("statement", [update(entry).values(actor="li"), delete(entry)], ids=["update", "delete"])
def test_an_entry_on_sqlite_is_neither_changed_nor_deleted(sqlite_url: str, statement: object) -> None:
    database = open_database(sqlite_url)
    a_history(database)
    with pytest.raises(DBAPIError, match="an entry is for ever"), database.writing() as tx:
        tx.connection.execute(statement)  # type: ignore[call-overload]
    database.close()


def test_a_case_of_25_entries_takes_at_most_30_kilobytes(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx, "0193a5b0-0000-7000-8000-000000000001")
        for seq in range(1, 26):
            entries.append(tx, an_entry("0193a5b0-0000-7000-8000-000000000001", seq, body=_a_body(seq)))
        stored = tx.connection.exec_driver_sql(
            'SELECT sum(length(body) + length("case") + length(kind) + length(key) + length(address) + length(at)'
            " + length(actor) + 5 * 32 + 12) FROM entry"
        ).scalar()
    assert stored is not None
    assert 5_000 < stored < 30_000


def _a_body(seq: int) -> bytes:
    """A body of the size recognition's have: some fields, thirty effects."""
    effects = [
        f'["e",{{"address":"recognition/main/step_{seq}_{n}","effect":"{("entered", "left")[n % 2]}"}}]'
        for n in range(24)
    ]
    facts = [
        f'["e",{{"effect":"fact_written","name":"application.field_{seq}_{n}","value":"值{seq * n}"}}]'
        for n in range(8)
    ]
    return f"[{','.join(effects + facts)}]".encode()


def test_a_newer_definition_takes_the_place_of_what_was_proposed_before(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        assert [row.hash for row in definitions.proposals(tx)] == [a_hash(1)]
        definitions.put(tx, a_hash(2), procedure="recognition", data=b"[]", at=LATER, provenance="studio")
        assert [row.hash for row in definitions.proposals(tx)] == [a_hash(2)]
        definitions.publish(tx, PublicationRow("recognition", "2026-12-01", AT, a_hash(2), "zhang", "li", "studio"))
        assert definitions.proposals(tx) == []


def test_the_publication_in_force_is_the_latest_that_began(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        definitions.put(tx, a_hash(2), procedure="recognition", data=b"[]", at=LATER, provenance="studio")
        for n, from_on, at in ((1, "2026-01-01", AT), (2, "2026-12-01", AT), (1, "2026-12-01", LATER)):
            definitions.publish(tx, PublicationRow("recognition", from_on, at, a_hash(n), "zhang", "li", "studio"))
        assert definitions.current(tx, "recognition", "2025-12-31") is None
        first, last = (definitions.current(tx, "recognition", on) for on in ("2026-11-30", "2026-12-01"))
        assert first is not None
        assert last is not None
        assert (first.from_on, first.hash) == ("2026-01-01", a_hash(1))
        assert (last.at, last.hash) == (LATER, a_hash(1))
        assert len(definitions.history(tx, "recognition")) == 3
        assert definitions.procedures(tx) == ["recognition"]
        kept = definitions.get(tx, a_hash(2))
        assert kept is not None
        assert kept.data == b"[]"


def test_going_back_to_an_older_basis_makes_it_the_newest_again(database: Database) -> None:
    with database.writing() as tx:
        bases.put(tx, a_hash(1), data=b"1", at="2026-01-01T00:00:00.000000Z")
        bases.put(tx, a_hash(2), data=b"2", at="2026-01-02T00:00:00.000000Z")
        assert bases.newest_hash(tx) == a_hash(2)
        bases.put(tx, a_hash(1), data=b"1", at="2026-01-03T00:00:00.000000Z")
        newest = bases.newest(tx)
        assert newest is not None
        assert (newest.hash, newest.data) == (a_hash(1), b"1")
        assert bases.get(tx, a_hash(2)) is not None


def test_asking_for_the_newest_basis_is_planned_once(postgres_url: str) -> None:
    """PostgreSQL plans a prepared statement five times, then keeps a plan, unless its limit is a parameter."""
    database = open_database(postgres_url)
    with database.writing() as tx:
        furnish(tx)
        for _ in range(20):
            bases.newest_hash(tx)
        plans = "SELECT max(custom_plans) FROM pg_prepared_statements WHERE statement LIKE 'SELECT basis.hash%'"
        assert (tx.connection.scalar(text(plans)) or 0) <= 5
    database.close()
