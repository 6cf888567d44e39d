"""Signing in, and how guessing is slowed down without locking anybody out for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import storage.people
import storage.sign_ins
import storage.tasks
from casework import cases, registers, sign_ins, tasks
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError, SignInThrottledError
from casework.sign_ins import MOST_FAILURES_OF_A_NAME, MOST_FAILURES_OF_AN_ADDRESS, Origin
from storage import Database, open_database
from storage.files import FileStore
from storage.people import RightRow
from tests.errand import CHECK, CHECKED, ELSEWHERE, HERE, INSPECT, Clock, Office, an_office, person_today

PASSWORD = "a long password of nobody"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(database: Database, tmp_path: Path, clock: Clock) -> Context:
    made = Context(database, FileStore(tmp_path / "files"), tmp_path, clock=clock, identity_key=b"k" * 32)
    registers.add_person(made, "system:test", "wang", "王强", "wang", PASSWORD)
    return made


def fail(ctx: Context, name: str = "wang", times: int = MOST_FAILURES_OF_A_NAME) -> None:
    for _ in range(times):
        assert sign_ins.sign_in(ctx, name, "a wrong password") is None


def test_a_person_signs_in_by_name_and_password(ctx: Context) -> None:
    person = sign_ins.sign_in(ctx, "wang", PASSWORD)
    assert person is not None
    assert person.id == "wang"


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("wang", ""), ("", PASSWORD)])
def test_a_wrong_name_or_password_opens_nothing(ctx: Context, name: str, password: str) -> None:
    assert sign_ins.sign_in(ctx, name, password) is None


def test_a_person_who_left_does_not_sign_in(ctx: Context) -> None:
    registers.set_active(ctx, "system:test", "wang", active=False, reason="调离")
    assert sign_ins.sign_in(ctx, "wang", PASSWORD) is None


def test_after_five_failures_even_the_right_password_has_to_wait(ctx: Context) -> None:
    fail(ctx)
    with pytest.raises(SignInThrottledError) as refused:
        sign_ins.sign_in(ctx, "wang", PASSWORD)
    assert (refused.value.code, refused.value.minutes) == ("too_many_attempts", 15)


def test_after_a_while_the_failures_count_no_more(ctx: Context, clock: Clock) -> None:
    fail(ctx)
    clock.pass_by(minutes=14)
    with pytest.raises(SignInThrottledError) as refused:
        sign_ins.sign_in(ctx, "wang", PASSWORD)
    assert refused.value.minutes == 1
    clock.pass_by(minutes=1)
    assert sign_ins.sign_in(ctx, "wang", PASSWORD) is not None


def test_waiting_is_not_made_longer_by_trying(ctx: Context, clock: Clock) -> None:
    fail(ctx)
    clock.pass_by(minutes=10)
    with pytest.raises(SignInThrottledError):
        sign_ins.sign_in(ctx, "wang", PASSWORD)
    clock.pass_by(minutes=5)
    assert sign_ins.sign_in(ctx, "wang", PASSWORD) is not None


def test_signing_in_forgets_the_failures_before_it(ctx: Context) -> None:
    for _ in range(3):
        fail(ctx, times=MOST_FAILURES_OF_A_NAME - 1)
        assert sign_ins.sign_in(ctx, "wang", PASSWORD) is not None


def test_one_name_does_not_slow_another_down(ctx: Context) -> None:
    fail(ctx, "nobody")
    with pytest.raises(SignInThrottledError):
        sign_ins.sign_in(ctx, "nobody", PASSWORD)
    assert sign_ins.sign_in(ctx, "wang", PASSWORD) is not None


def fail_from(ctx: Context, origin: Origin, times: int = MOST_FAILURES_OF_A_NAME, name: str = "wang") -> None:
    for _ in range(times):
        assert sign_ins.sign_in(ctx, name, "a wrong password", origin) is None


def throttled(ctx: Context, origin: Origin, name: str = "wang") -> bool:
    try:
        return sign_ins.sign_in(ctx, name, PASSWORD, origin) is None
    except SignInThrottledError:
        return True


def fill(ctx: Context, address: str) -> None:
    """Let an address fail as often as it may, by names of which there are none."""
    with ctx.database.writing() as tx:
        for n in range(MOST_FAILURES_OF_AN_ADDRESS):
            sign_ins._count(ctx, tx, f"{n:064x}", Origin(address))


def test_an_address_that_tries_many_names_has_to_wait_and_no_other(ctx: Context, clock: Clock) -> None:
    fill(ctx, "192.0.2.1")
    assert throttled(ctx, Origin("192.0.2.1"))
    assert not throttled(ctx, Origin("192.0.2.2"))
    clock.pass_by(minutes=15)
    assert not throttled(ctx, Origin("192.0.2.1"))


def test_many_failures_from_anywhere_lock_nobody_out(ctx: Context) -> None:
    for n in range(5):
        fill(ctx, f"192.0.2.{n}")
    assert not throttled(ctx, Origin("198.51.100.1"))


def test_nobody_is_locked_out_of_the_browser_they_signed_in_from_before(ctx: Context) -> None:
    fill(ctx, "192.0.2.1")
    fail_from(ctx, Origin("198.51.100.1"))
    assert throttled(ctx, Origin("198.51.100.2"))
    assert not throttled(ctx, Origin("192.0.2.1", browser="known"))


def test_a_known_browser_may_fail_as_often_as_a_name_and_counts_by_itself(ctx: Context, clock: Clock) -> None:
    known = Origin("192.0.2.1", browser="known")
    fail_from(ctx, known)
    assert not throttled(ctx, Origin("192.0.2.1"))
    fail_from(ctx, known)
    assert throttled(ctx, known)
    assert throttled(ctx, Origin("192.0.2.1"))
    clock.pass_by(minutes=15)
    assert not throttled(ctx, known)


def test_a_known_browser_counts_by_the_name_it_is_known_for(ctx: Context) -> None:
    registers.add_person(ctx, "system:test", "li", "李", "li", PASSWORD)
    fail_from(ctx, Origin(browser="shared"), times=2 * MOST_FAILURES_OF_A_NAME)
    assert throttled(ctx, Origin(browser="shared"))
    assert not throttled(ctx, Origin(browser="shared"), name="li")


def test_who_signs_in_often_from_one_address_locks_it_for_nobody(ctx: Context) -> None:
    for _ in range(3):
        assert sign_ins.sign_in(ctx, "wang", PASSWORD, Origin("192.0.2.1")) is not None
    with ctx.database.writing() as tx:
        address = sign_ins._keyed(ctx, "address", "192.0.2.1")
        assert storage.sign_ins.count(tx, address, ctx.now(), sign_ins._counted_since(ctx))[0] == 1


def test_tries_at_the_same_moment_wait_for_each_other(ctx: Context) -> None:
    def attempt(_: int) -> str:
        try:
            return str(sign_ins.sign_in(ctx, "wang", "a wrong password"))
        except SignInThrottledError:
            return "throttled"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(12)))
    assert sorted(answers) == ["None"] * MOST_FAILURES_OF_A_NAME + ["throttled"] * (12 - MOST_FAILURES_OF_A_NAME)


def test_several_processes_count_together(ctx: Context) -> None:
    fail(ctx)
    elsewhere = open_database(ctx.database.url)
    other = Context(elsewhere, ctx.files, ctx.processes, clock=ctx.clock, identity_key=ctx.identity_key)
    with pytest.raises(SignInThrottledError):
        sign_ins.sign_in(other, "wang", PASSWORD)
    elsewhere.close()


@pytest.mark.parametrize("name", ["wang\x00", "\ud800", "wang" * 5000])
def test_what_is_nobodys_name_is_a_wrong_name(ctx: Context, name: str) -> None:
    assert sign_ins.sign_in(ctx, name, PASSWORD) is None


def test_roles_begin_and_end_with_their_days(database: Database, tmp_path: Path) -> None:
    office = an_office(database, tmp_path)
    registers.give_role(
        office.ctx, "system:test", "wang", office=HERE, role="head", from_on="2026-11-10", to_on="2026-11-11"
    )
    held = []
    for _ in range(4):
        held.append(person_today(office.ctx, "wang").holds({"head"}, HERE))
        office.clock.pass_by(days=1)
    assert held == [False, True, True, False]


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def sees(office: Office, person: str, case: str) -> bool:
    try:
        cases.view(office.ctx, person, case, "test")
    except NotFoundError:
        return False
    return True


def let_read(office: Office, case: str, to_office: str | None = None, to_person: str | None = None) -> None:
    right = RightRow("right", case, to_office, to_person, "joint_review", "all", "2026-11-10", "2026-11-11")
    with office.ctx.database.writing() as tx:
        storage.people.put_right(tx, right)


def test_a_right_to_read_opens_one_case_to_another_office_between_its_days(office: Office) -> None:
    case, other = office.registered(), office.registered()
    office.hire("he", "investigator", office=ELSEWHERE)
    let_read(office, case, to_office=ELSEWHERE)
    seen = []
    for _ in range(4):
        seen.append((sees(office, "he", case), sees(office, "he", other)))
        office.clock.pass_by(days=1)
    assert seen == [(False, False), (True, False), (True, False), (False, False)]


def test_a_right_to_read_given_to_a_person_is_not_their_colleagues(office: Office) -> None:
    case = office.registered()
    for person in ("he", "xu"):
        office.hire(person, "investigator", office=ELSEWHERE)
    let_read(office, case, to_person="he")
    office.clock.pass_by(days=1)
    assert (sees(office, "he", case), sees(office, "xu", case)) == (True, False)


def test_a_right_to_read_moves_nothing(office: Office) -> None:
    """The same role in the office that may read is not the role in the office whose task it is."""
    case = office.inspected()
    office.hire("he", "reviewer", "head", office=ELSEWHERE)
    let_read(office, case, to_office=ELSEWHERE)
    office.clock.pass_by(days=1)
    view = tasks.view(office.ctx, "he", case, CHECK)
    assert (view.may_complete, view.refusal, view.candidates) == (False, "no_role", [])
    for door in (
        lambda: office.complete("he", case, CHECK, CHECKED),
        lambda: tasks.claim(office.ctx, "he", case, CHECK, office.token()),
        lambda: tasks.reassign(office.ctx, "he", case, CHECK, to="he", reason="忙", token=office.token()),
    ):
        with pytest.raises(NotAllowedError):
            door()


def test_an_office_sees_a_case_while_it_has_a_task_in_it(office: Office) -> None:
    office.hire("he", "investigator", office=ELSEWHERE)
    case = office.registered()
    with office.ctx.database.writing() as tx:
        storage.tasks.transfer(tx, case, HERE, ELSEWHERE)
    assert sees(office, "he", case)


#: Noon in China of the 9th is where the office's clock stands; the 10th begins at 16:00 in Greenwich.
BORDERS = [
    (datetime(2026, 11, 9, 15, 59, 59, tzinfo=UTC), False),
    (datetime(2026, 11, 9, 16, 0, tzinfo=UTC), True),
    (datetime(2026, 11, 11, 15, 59, 59, tzinfo=UTC), True),
    (datetime(2026, 11, 11, 16, 0, tzinfo=UTC), False),
]


@pytest.mark.parametrize(("moment", "may"), BORDERS)
def test_a_substitution_and_a_role_turn_at_midnight_in_china(office: Office, moment: datetime, may: bool) -> None:
    case = office.registered()
    for person in ("he", "xu"):
        office.hire(person, "intake")
    registers.arrange_substitution(
        office.ctx,
        "li",
        absent="li",
        substitute="he",
        office=HERE,
        role="investigator",
        from_on="2026-11-10",
        to_on="2026-11-11",
    )
    registers.give_role(
        office.ctx, "admin", "xu", office=HERE, role="investigator", from_on="2026-11-10", to_on="2026-11-11"
    )
    office.clock.moment = moment
    for person in ("he", "xu"):
        assert tasks.view(office.ctx, person, case, INSPECT).may_complete is may


def test_a_substitute_acts_in_the_role_and_office_arranged_and_not_through_a_second_substitute(office: Office) -> None:
    registers.give_role_now(office.ctx, "admin", "li", HERE, "reviewer")
    registers.give_role_now(office.ctx, "admin", "li", ELSEWHERE, "investigator")
    for person in ("he", "xu"):
        office.hire(person, "intake")
    told = {"office": HERE, "role": "investigator", "from_on": "2026-11-09"}
    registers.arrange_substitution(office.ctx, "admin", absent="li", substitute="he", **told)
    with pytest.raises(RefusedError) as refused:
        registers.arrange_substitution(office.ctx, "admin", absent="he", substitute="xu", **told)
    assert refused.value.code == "absence_role"
    held = {(role.office, role.role, role.absent) for role in person_today(office.ctx, "he").roles}
    assert held == {(HERE, "intake", None), (HERE, "investigator", "li")}
    assert not person_today(office.ctx, "xu").holds({"investigator"})


def test_a_substitution_ends_with_the_absent_persons_role(office: Office) -> None:
    office.hire("he", "intake")
    registers.arrange_substitution(
        office.ctx, "admin", absent="li", substitute="he", office=HERE, role="investigator", from_on="2026-11-09"
    )
    registers.give_role(
        office.ctx, "admin", "li", office=HERE, role="investigator", from_on="2026-11-09", to_on="2026-11-09"
    )
    assert person_today(office.ctx, "he").holds({"investigator"}, HERE)
    office.clock.pass_by(days=1)
    assert not person_today(office.ctx, "he").holds({"investigator"})
