"""The registers: who may change them, what they refuse, and that every change stands in a chain of its own."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import storage.entries
from casework import chain, history, library, registers, sign_ins, tasks
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from storage import Database, open_database
from storage.files import FileStore
from tests.errand import ELSEWHERE, FOUND, HERE, INSPECT, Office, an_office, person_today

PASSWORD = "a long password of nobody"
RENEWED = "another password of nobody"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    database = open_database(sqlite_url)
    yield an_office(database, tmp_path)
    database.close()


def add(office: Office, actor: str = "admin") -> None:
    registers.add_person(office.ctx, actor, "he", "何方", "hefang", PASSWORD)


def let_go(office: Office, actor: str = "admin", reason: str = "调离") -> None:
    registers.set_active(office.ctx, actor, "li", active=False, reason=reason)


def give(desk: Office, actor: str = "admin", **changes: str | None) -> None:
    told = {"office": HERE, "role": "head", "from_on": "2026-11-10", "to_on": None} | changes
    registers.give_role(desk.ctx, actor, "li", **told)  # type: ignore[arg-type] # the days of a role, by name


def arrange(desk: Office, actor: str = "admin", **changes: str | None) -> None:
    told = {"absent": "li", "substitute": "wang", "office": HERE, "role": "investigator", "from_on": "2026-11-10"}
    registers.arrange_substitution(desk.ctx, actor, **told | changes)  # type: ignore[arg-type] # as above


def renew(office: Office, actor: str = "admin", password: str = RENEWED, reason: str = "遗忘") -> None:
    registers.set_password(office.ctx, actor, "li", password, reason)


CHANGES: list[Callable[..., None]] = [add, let_go, give, arrange, renew]


def last_entry(office: Office) -> tuple[str, str, dict[str, object]]:
    with office.ctx.database.reading() as tx:
        row = storage.entries.read(tx, "persons")[-1]
        apart = storage.entries.leaves(tx, "persons", row.seq)
    payload, _effects = chain.open_body(row.body, [chain.SealedLeaf(each.n, each.salt, each.body) for each in apart])
    return row.kind, row.actor, payload


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (add, "person_added", {"person.id": "he", "person.name": "何方", "person.sign_in": "hefang"}),
        (let_go, "person_changed", {"person.id": "li", "person.active": False, "register.reason": "调离"}),
        (renew, "person_changed", {"person.id": "li", "person.password": "new", "register.reason": "遗忘"}),
        (
            give,
            "role_given",
            {
                "person.id": "li",
                "role.office": HERE,
                "role.role": "head",
                "role.from_on": "2026-11-10",
                "role.to_on": None,
            },
        ),
        (
            arrange,
            "substitution_arranged",
            {
                "absence.absent": "li",
                "absence.substitute": "wang",
                "absence.office": HERE,
                "absence.role": "investigator",
                "absence.from_on": "2026-11-10",
                "absence.to_on": None,
            },
        ),
    ],
)
def test_every_change_stands_in_the_registers_chain(
    office: Office, change: Callable[..., None], kind: str, told: dict[str, object]
) -> None:
    change(office)
    found, actor, payload = last_entry(office)
    payload.pop("absence.id", None)
    assert (found, actor, payload) == (kind, "admin", told)
    assert history.verify(office.ctx).faults == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("actor", ["lu", "zhou", "chen"])
def test_who_is_no_administrator_changes_nothing(office: Office, change: Callable[..., None], actor: str) -> None:
    before = last_entry(office)
    with pytest.raises(NotAllowedError) as refused:
        change(office, actor)
    assert refused.value.code == "not_administrator"
    assert last_entry(office) == before


@pytest.mark.parametrize("change", CHANGES)
def test_an_administrator_who_left_changes_nothing(office: Office, change: Callable[..., None]) -> None:
    registers.set_active(office.ctx, "system:test", "admin", active=False, reason="调离")
    with pytest.raises(NotFoundError):
        change(office)


def test_the_absent_person_arranges_their_own_substitute_and_nobody_elses(office: Office) -> None:
    arrange(office, "li", to_on="2026-11-20")
    with pytest.raises(NotAllowedError):
        arrange(office, "li", absent="zhao", to_on="2026-11-20")


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ({"from_on": "2026-11-09", "to_on": "2026-11-09"}, True),
        ({"from_on": "2026-11-08", "to_on": "2026-11-09"}, False),
        ({"to_on": None}, False),
        ({"to_on": "2026-11-20", "office": ELSEWHERE}, False),
        ({"to_on": "2026-11-20", "substitute": "shi"}, False),
        ({"to_on": "2026-11-20", "substitute": "xu"}, False),
    ],
)
def test_the_absent_person_names_a_colleague_for_days_that_come_and_end(
    office: Office, told: dict[str, Any], may: bool
) -> None:
    office.hire("shi", "reviewer", office=ELSEWHERE)
    office.hire("xu", "auditor")
    give(office, office=ELSEWHERE, role="investigator")
    if may:
        arrange(office, "li", **told)
        return
    with pytest.raises(NotAllowedError) as refused:
        arrange(office, "li", **told)
    assert refused.value.code == "absence_bounds"
    arrange(office, **told)


@pytest.mark.parametrize(
    ("change", "told", "code"),
    [
        (give, {"role": "king"}, "role_unknown"),
        (give, {"office": "999999"}, "office_unknown"),
        (give, {"from_on": "2026-11-31"}, "no_day"),
        (give, {"from_on": ""}, "required"),
        (give, {"from_on": "2026-11-10", "to_on": "2026-11-09"}, "period"),
        (give, {"to_on": "soon"}, "no_day"),
        (arrange, {"role": "king"}, "role_unknown"),
        (arrange, {"role": ""}, "required"),
        (arrange, {"office": ""}, "required"),
        (arrange, {"role": "head"}, "absence_role"),
        (arrange, {"office": ELSEWHERE}, "absence_role"),
        (arrange, {"from_on": ""}, "required"),
        (arrange, {"substitute": "li"}, "own_substitute"),
        (arrange, {"substitute": "nobody"}, "person_unknown"),
        (arrange, {"to_on": "2026-11-09"}, "period"),
        (let_go, {"reason": " "}, "reason_required"),
        (renew, {"reason": " "}, "reason_required"),
        (renew, {"password": "ninechars"}, "password_short"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_entry(
    office: Office, change: Callable[..., None], told: dict[str, str], code: str
) -> None:
    before = last_entry(office)
    with pytest.raises(RefusedError) as refused:
        change(office, **told)
    assert refused.value.code == code
    assert last_entry(office) == before


def test_a_new_password_takes_the_place_of_the_old_one_and_ends_the_sessions(office: Office) -> None:
    renew(office, password=PASSWORD)
    session = sign_ins.open_session(office.ctx, "li")
    others = sign_ins.open_session(office.ctx, "wang")
    renew(office)
    assert sign_ins.sign_in(office.ctx, "li", PASSWORD) is None
    found = sign_ins.sign_in(office.ctx, "li", RENEWED)
    assert found is not None
    assert found.id == "li"
    assert sign_ins.of_session(office.ctx, others).id == "wang"
    with pytest.raises(NotFoundError):
        sign_ins.of_session(office.ctx, session)


def test_a_role_that_begins_later_is_stood_in_for_when_it_runs(office: Office) -> None:
    give(office, from_on="2026-12-01", to_on="2026-12-31")
    arrange(office, role="head", from_on="2026-11-20", to_on="2026-12-02")
    with pytest.raises(RefusedError) as refused:
        arrange(office, role="head", from_on="2027-01-01")
    assert refused.value.code == "absence_role"


def test_one_day_is_a_period(office: Office) -> None:
    give(office, to_on="2026-11-10")
    arrange(office, to_on="2026-11-10")


def test_nobody_is_added_in_the_place_of_another(office: Office) -> None:
    before = last_entry(office)
    with pytest.raises(RefusedError) as refused:
        registers.add_person(office.ctx, "admin", "li", "何方", "hefang", PASSWORD)
    assert refused.value.code == "person_known"
    assert last_entry(office) == before
    assert (person_today(office.ctx, "li").name, person_today(office.ctx, "li").sign_in) == ("Li", "li")


def test_a_short_password_and_a_taken_name_are_refused(office: Office) -> None:
    for sign_in, password, code in [("he", "ninechars", "password_short"), ("li", PASSWORD, "sign_in_taken")]:
        with pytest.raises(RefusedError) as refused:
            registers.add_person(office.ctx, "admin", None, "何方", sign_in, password)
        assert refused.value.code == code
    assert registers.add_person(office.ctx, "admin", None, "何方", "he", "tenletters")


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_a_name_is_kept_as_it_can_be_read_and_typed_again(database: Database, tmp_path: Path) -> None:
    """Some keyboards send a letter and its accent apart, some copies bring what nobody sees."""
    ctx = Context(database, FileStore(tmp_path / "files"), tmp_path, identity_key=b"k" * 32)
    person = registers.add_person(ctx, "system:test", None, " Jose\u0301\x00\u202e ", "jo\nse\u0301", PASSWORD)
    assert person_today(ctx, person).name == "Jos\u00e9"
    found = sign_ins.sign_in(ctx, "jos\u00e9", PASSWORD)
    assert found is not None
    assert found.id == person
    for name in ("\x00", " \u200b "):
        with pytest.raises(RefusedError):
            registers.add_person(ctx, "system:test", None, name, "other", PASSWORD)


def test_rare_ideographs_of_a_name_are_kept(office: Office) -> None:
    person = registers.add_person(office.ctx, "admin", None, "𬬻𮯰", "rare", PASSWORD)
    assert person_today(office.ctx, person).name == "𬬻𮯰"


def test_a_clock_set_back_does_not_set_the_chain_back(office: Office) -> None:
    give(office)
    office.clock.moment -= timedelta(days=400)
    arrange(office, "system:test")
    with office.ctx.database.reading() as tx:
        before, after = (row.at for row in storage.entries.read(tx, "persons")[-2:])
    assert after == before
    assert history.verify(office.ctx).faults == []


def test_lists_are_for_administrators(office: Office) -> None:
    arrange(office)
    office.hire("he", "intake", office=ELSEWHERE)
    assert (ELSEWHERE, "intake", "2026-11-09", None) in next(
        each.roles for each in registers.persons(office.ctx, "admin") if each.id == "he"
    )
    assert [each.substitute_name for each in registers.absences(office.ctx, "admin")] == ["Wang"]
    with pytest.raises(NotAllowedError):
        registers.persons(office.ctx, "lu")


def test_an_absence_is_seen_by_those_it_is_about_and_by_administrators(office: Office) -> None:
    arrange(office)
    seen = {
        person: [(each.absent_name, each.may_end) for each in registers.absences(office.ctx, person)]
        for person in ("admin", "li", "wang", "zhou")
    }
    assert seen == {"admin": [("Li", True)], "li": [("Li", True)], "wang": [("Li", False)], "zhou": []}


def test_a_person_names_colleagues_of_their_office_and_an_administrator_anybody(office: Office) -> None:
    office.hire("shi", "reviewer", office=ELSEWHERE)
    named = {person: {id_ for id_, _name in registers.substitutes(office.ctx, person)} for person in ("li", "admin")}
    assert "zhao" in named["li"]
    assert named["li"].isdisjoint({"li", "shi"})
    assert {"li", "shi", "admin"} <= named["admin"]


# --- the absent person is back --------------------------------------------------------------------------------


def begun(office: Office) -> str:
    """Arrange an absence that has begun; gives its id."""
    arrange(office, from_on="2026-11-05", to_on="2026-11-20")
    (row,) = registers.absences(office.ctx, "admin")
    return row.id


@pytest.mark.parametrize("actor", ["li", "admin"])
def test_an_absence_ends_at_once_when_the_person_is_back(office: Office, actor: str) -> None:
    absence = begun(office)
    assert person_today(office.ctx, "wang").holds({"investigator"})
    registers.end_substitution(office.ctx, actor, absence)
    assert not person_today(office.ctx, "wang").holds({"investigator"})
    (row,) = registers.absences(office.ctx, "admin")
    assert (row.from_on, row.to_on, row.may_end) == ("2026-11-05", "2026-11-08", False)
    told = {"absence.id": absence, "absence.absent": "li", "absence.ended_on": "2026-11-09"}
    assert last_entry(office) == ("substitution_ended", actor, told)
    assert history.verify(office.ctx).faults == []


@pytest.mark.parametrize("from_on", ["2026-11-09", "2026-11-30"])
def test_an_absence_that_begins_today_or_later_never_was(office: Office, from_on: str) -> None:
    arrange(office, from_on=from_on)
    (row,) = registers.absences(office.ctx, "admin")
    registers.end_substitution(office.ctx, "li", row.id)
    assert registers.absences(office.ctx, "admin") == []
    assert not person_today(office.ctx, "wang").holds({"investigator"})
    assert last_entry(office)[0] == "substitution_ended"


def test_what_the_substitute_holds_is_no_longer_theirs_to_complete(office: Office) -> None:
    office.hire("gong", "reviewer")
    arrange(office, substitute="gong", from_on="2026-11-05", to_on="2026-11-20")
    (row,) = registers.absences(office.ctx, "admin")
    case = office.registered()
    tasks.claim(office.ctx, "gong", case, INSPECT, office.token())
    registers.end_substitution(office.ctx, "li", row.id)
    with pytest.raises(NotAllowedError):
        office.complete("gong", case, INSPECT, FOUND)


@pytest.mark.parametrize("actor", ["wang", "zhao", "lu"])
def test_nobody_else_ends_an_absence(office: Office, actor: str) -> None:
    absence = begun(office)
    before = last_entry(office)
    with pytest.raises(NotAllowedError) as refused:
        registers.end_substitution(office.ctx, actor, absence)
    assert refused.value.code == "not_administrator"
    assert last_entry(office) == before
    assert person_today(office.ctx, "wang").holds({"investigator"})


def test_an_absence_that_is_over_or_unknown_is_not_ended(office: Office) -> None:
    absence = begun(office)
    registers.end_substitution(office.ctx, "li", absence)
    with pytest.raises(RefusedError) as refused:
        registers.end_substitution(office.ctx, "li", absence)
    assert refused.value.code == "absence_over"
    with pytest.raises(NotFoundError):
        registers.end_substitution(office.ctx, "li", "nothing")


def test_a_basis_and_a_shipped_procedure_stand_in_chains_of_their_own(office: Office) -> None:
    def kinds(register: str) -> list[str]:
        with office.ctx.database.reading() as tx:
            return [row.kind for row in storage.entries.read(tx, register)]

    assert (kinds("parameters"), kinds("definitions")) == (["basis_loaded"], ["definition_shipped"])
    library.load_basis(office.ctx, "演示")
    library.import_shipped(office.ctx)
    assert (kinds("parameters"), kinds("definitions")) == (["basis_loaded"], ["definition_shipped"])
    library.load_basis(office.ctx, None)
    assert kinds("parameters") == ["basis_loaded"] * 2
    assert history.verify(office.ctx).faults == []
