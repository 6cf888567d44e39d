"""Persons, roles, substitution, bars, rights, recusals."""

from dataclasses import replace

import pytest

from storage import Database, Tx, people
from storage.errors import TakenError
from storage.people import BarredRow, HeldRole, PersonRow, RecusalRow, RightRow, RoleRow, SubstitutionRow
from tests.integration.storage_rows import AT, LATER, a_case, furnish

TODAY = "2026-11-21"


def held(tx: Tx, person: str, on: str = TODAY) -> list[HeldRole]:
    """Roles on a day, in a fixed order."""
    return sorted(people.roles_on(tx, person, on), key=lambda role: (role.office, role.role, role.on_behalf_of or ""))


def test_a_role_counts_from_its_first_day_to_its_last(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        people.put_role(tx, RoleRow("zhang", "city", "intake", "2026-11-01", "2026-11-21"))
        people.put_role(tx, RoleRow("zhang", "city", "reviewer", "2026-11-22"))
        assert held(tx, "zhang", "2026-10-31") == []
        assert held(tx, "zhang", "2026-11-01") == held(tx, "zhang", "2026-11-21") == [HeldRole("city", "intake", None)]
        assert held(tx, "zhang", "2026-11-22") == [HeldRole("city", "reviewer", None)]
        assert [row.sign_in for row in people.holders(tx, "city", "intake", TODAY)] == ["zhangsan"]
        assert people.holders(tx, "city", "intake", "2026-11-22") == []


def test_a_substitute_has_the_roles_of_the_absent_while_both_last(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        people.put_role(tx, RoleRow("zhang", "city", "intake", "2026-01-01"))
        people.put_role(tx, RoleRow("zhang", "city", "reviewer", "2026-01-01", "2026-11-20"))
        people.put_role(tx, RoleRow("li", "city", "intake", "2026-01-01"))
        people.put_substitution(tx, SubstitutionRow("s1", "zhang", "li", None, None, "2026-11-20", "2026-11-21"))
        own = HeldRole("city", "intake", None)
        assert held(tx, "li", "2026-11-19") == [own]
        assert held(tx, "li", "2026-11-20") == [
            own,
            HeldRole("city", "intake", "zhang"),
            HeldRole("city", "reviewer", "zhang"),
        ]
        assert held(tx, "li", "2026-11-21") == [own, HeldRole("city", "intake", "zhang")]
        assert held(tx, "li", "2026-11-22") == [own]
        people.drop_substitution(tx, "s1")
        assert held(tx, "li") == [own]
        assert people.substitutions(tx) == []


def test_a_substitution_may_be_for_one_role_of_one_office(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        for office in ("city", "county"):
            for role in ("intake", "reviewer"):
                people.put_role(tx, RoleRow("zhang", office, role, "2026-01-01"))
        people.put_substitution(tx, SubstitutionRow("s1", "zhang", "li", "county", "reviewer", "2026-01-01"))
        assert held(tx, "li") == [HeldRole("county", "reviewer", "zhang")]


def test_somebody_is_added_once_and_in_nobodys_place(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
    for taken, constraint in (("zhang", "pk_person"), ("new", "uq_person_sign_in")):
        with pytest.raises(TakenError, match=constraint), database.writing() as tx:
            people.add_person(tx, PersonRow(taken, "何方", "zhangsan" if taken == "new" else "hefang"))
    with database.reading() as tx:
        kept = people.get(tx, "zhang")
    assert kept is not None
    assert kept.sign_in == "zhangsan"


def test_an_arrangement_is_read_and_given_its_last_day(database: Database) -> None:
    row = SubstitutionRow("s1", "zhang", "li", "city", "intake", "2026-11-01")
    with database.writing() as tx:
        furnish(tx)
        people.put_substitution(tx, row)
        people.put_substitution(tx, replace(row, to_on="2026-11-20"))
        assert people.get_substitution(tx, "s1") == replace(row, to_on="2026-11-20")
        assert people.get_substitution(tx, "s2") is None


def test_persons_are_found_by_id_and_by_what_they_type(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        zhang = people.by_sign_in(tx, "zhangsan")
        assert zhang is not None
        assert people.get(tx, "zhang") == zhang
        assert people.by_sign_in(tx, "nobody") is None
        assert people.names(tx) == {"zhang": "张三", "li": "李四"}
        assert [row.id for row in people.persons(tx)] == ["li", "zhang"]


def test_who_is_barred_in_a_case_is_listed_with_the_ground(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        bars = [BarredRow("c1", "li", "*", "recusal"), BarredRow("c1", "zhang", "approve", "separate")]
        people.bar(tx, bars)
        assert people.barred_in(tx, "c1") == bars


def test_a_reading_right_is_an_offices_or_a_persons_and_ends(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        office = RightRow("r1", "c1", "county", None, "transferred", "all", "2026-11-01", "2026-11-30")
        person = RightRow("r2", "c1", None, "zhang", "joint_review", "all", "2026-11-01")
        people.put_right(tx, office)
        people.put_right(tx, person)
        assert people.rights_on(tx, "c1", "li", ["county", "zone"], TODAY) == [office]
        assert people.rights_on(tx, "c1", "zhang", [], TODAY) == [person]
        assert people.rights_on(tx, "c1", "li", ["county"], "2026-12-01") == []


def test_a_recusal_is_asked_then_decided(database: Database) -> None:
    with database.writing() as tx:
        furnish(tx)
        a_case(tx)
        asked = RecusalRow("q1", "c1", "zhang", "party", AT, "kin")
        people.put_recusal(tx, asked)
        assert people.recusals_in(tx, "c1") == [asked]
        decided = RecusalRow("q1", "c1", "zhang", "party", AT, "kin", "granted", "li", LATER)
        people.put_recusal(tx, decided)
        assert people.get_recusal(tx, "q1") == decided
