"""Signing in, and how guessing is slowed down without locking anybody out for ever."""

from pathlib import Path

import pytest

from casework import people, registers
from casework.context import Context
from casework.errors import SignInThrottledError
from casework.people import MOST_FAILURES, MOST_FAILURES_OF_A_NAME
from storage import Database, open_database, sign_ins
from storage.files import FileStore
from tests.errand import HERE, Clock, an_office

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
        assert people.sign_in(ctx, name, "a wrong password") is None


def test_a_person_signs_in_by_name_and_password(ctx: Context) -> None:
    person = people.sign_in(ctx, "wang", PASSWORD)
    assert person is not None
    assert person.id == "wang"


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("wang", ""), ("", PASSWORD)])
def test_a_wrong_name_or_password_opens_nothing(ctx: Context, name: str, password: str) -> None:
    assert people.sign_in(ctx, name, password) is None


def test_a_person_who_left_does_not_sign_in(ctx: Context) -> None:
    registers.set_active(ctx, "system:test", "wang", active=False, reason="调离")
    assert people.sign_in(ctx, "wang", PASSWORD) is None


def test_after_five_failures_even_the_right_password_has_to_wait(ctx: Context) -> None:
    fail(ctx)
    with pytest.raises(SignInThrottledError) as refused:
        people.sign_in(ctx, "wang", PASSWORD)
    assert (refused.value.code, refused.value.minutes) == ("too_many_attempts", 15)


def test_after_a_while_the_failures_count_no_more(ctx: Context, clock: Clock) -> None:
    fail(ctx)
    clock.pass_by(minutes=14)
    with pytest.raises(SignInThrottledError) as refused:
        people.sign_in(ctx, "wang", PASSWORD)
    assert refused.value.minutes == 1
    clock.pass_by(minutes=1)
    assert people.sign_in(ctx, "wang", PASSWORD) is not None


def test_waiting_is_not_made_longer_by_trying(ctx: Context, clock: Clock) -> None:
    fail(ctx)
    clock.pass_by(minutes=10)
    with pytest.raises(SignInThrottledError):
        people.sign_in(ctx, "wang", PASSWORD)
    clock.pass_by(minutes=5)
    assert people.sign_in(ctx, "wang", PASSWORD) is not None


def test_signing_in_forgets_the_failures_before_it(ctx: Context) -> None:
    for _ in range(3):
        fail(ctx, times=MOST_FAILURES_OF_A_NAME - 1)
        assert people.sign_in(ctx, "wang", PASSWORD) is not None


def test_one_name_does_not_slow_another_down(ctx: Context) -> None:
    fail(ctx, "nobody")
    with pytest.raises(SignInThrottledError):
        people.sign_in(ctx, "nobody", PASSWORD)
    assert people.sign_in(ctx, "wang", PASSWORD) is not None


def test_failures_of_many_names_slow_everybody_down(ctx: Context, clock: Clock) -> None:
    with ctx.database.writing() as tx:
        for n in range(MOST_FAILURES):
            sign_ins.failed(tx, f"{n:064x}", ctx.now(), since="2026-11-09T00:00:00.000000Z")
    with pytest.raises(SignInThrottledError):
        people.sign_in(ctx, "wang", PASSWORD)
    clock.pass_by(minutes=15)
    assert people.sign_in(ctx, "wang", PASSWORD) is not None


def test_several_processes_count_together(ctx: Context) -> None:
    fail(ctx)
    elsewhere = open_database(ctx.database.url)
    other = Context(elsewhere, ctx.files, ctx.processes, clock=ctx.clock, identity_key=ctx.identity_key)
    with pytest.raises(SignInThrottledError):
        people.sign_in(other, "wang", PASSWORD)
    elsewhere.close()


@pytest.mark.parametrize("name", ["wang\x00", "\ud800", "wang" * 5000])
def test_what_is_nobodys_name_is_a_wrong_name(ctx: Context, name: str) -> None:
    assert people.sign_in(ctx, name, PASSWORD) is None


def test_roles_begin_and_end_with_their_days(database: Database, tmp_path: Path) -> None:
    office = an_office(database, tmp_path)
    registers.give_role(
        office.ctx, "system:test", "wang", office=HERE, role="head", from_on="2026-11-10", to_on="2026-11-11"
    )
    held = []
    for _ in range(4):
        held.append(people.get(office.ctx, "wang").holds({"head"}, HERE))
        office.clock.pass_by(days=1)
    assert held == [False, True, True, False]
