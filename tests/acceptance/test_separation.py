"""Separation of duties holds on every way round it: who did one thing does not decide on it, whoever they act for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from casework import inbox, registers, tasks
from casework.errors import NotAllowedError
from storage import Database
from tests.errand import (
    AGAIN,
    APPROVE,
    APPROVE_AGAIN,
    CHECK,
    CHECK_AGAIN,
    CHECKED,
    DONE,
    FOUND,
    HERE,
    INSPECT,
    INSPECT_AGAIN,
    Office,
    an_office,
)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def give(office: Office, person: str, role: str) -> None:
    registers.give_role_now(office.ctx, "system:test", person, HERE, role)


def is_separated(office: Office, person: str, case: str, address: str = APPROVE) -> bool:
    """Try every door: the form, the claim, a head who hands the task over; look at page and inbox."""
    doors: tuple[Callable[[], object], ...] = (
        lambda: office.complete(person, case, address, DONE),
        lambda: tasks.claim(office.ctx, person, case, address, office.token()),
        lambda: tasks.reassign(office.ctx, "lu", case, address, to=person, reason="忙", token=office.token()),
    )
    codes = set()
    for door in doors:
        with pytest.raises(NotAllowedError) as refused:
            door()
        codes.add(refused.value.code)
    view = tasks.view(office.ctx, person, case, address)
    return codes == {"separated"} and not view.may_complete and view.refusal == "separated"


def ground(office: Office, person: str, case: str) -> str | None:
    return next(row.barred for row in inbox.page(office.ctx, person).rows if row.task.case == case)


def test_separation_survives_every_detour(office: Office) -> None:
    # The plain case: who registered, inspected or checked holds the approver's role, and may not approve.
    case = office.checked()
    for person in ("wang", "li", "zhao", "zhou"):
        give(office, person, "approver")
        assert is_separated(office, person, case)

    # Administrators, and heads, are nobody special.
    give(office, "wang", "administrator")
    give(office, "wang", "head")
    assert is_separated(office, "wang", case)

    # A substitute counts, and so does the absent person they acted for.
    other = office.registered()
    office.inspect(other, INSPECT)
    office.let_act_for("sun", "wu", "reviewer")
    office.complete("sun", other, CHECK, CHECKED)
    for person in ("sun", "wu"):
        give(office, person, "approver")
        assert is_separated(office, person, other)

    # Acting for one who is barred does not help, nor does acting for one who is not.
    newcomer = office.hire("he", "intake")
    office.let_act_for(newcomer, "wu", "approver")
    assert is_separated(office, newcomer, other)
    office.let_act_for("zhou", "chen", "approver")
    assert is_separated(office, "zhou", case)

    # A task handed from one to another bars who completed it, not who had it.
    third = office.inspected()
    tasks.claim(office.ctx, "zhou", third, CHECK, office.token())
    tasks.reassign(office.ctx, "lu", third, CHECK, to="wu", reason="周休假", token=office.token())
    office.complete("wu", third, CHECK, CHECKED)
    assert is_separated(office, "wu", third)
    assert tasks.view(office.ctx, "zhou", third, APPROVE).may_complete

    # The called diagram bars the officers of the calling one, and the calling one its reviewer.
    fourth = office.inspected()
    give(office, "li", "reviewer")
    assert is_separated(office, "li", fourth, CHECK)

    # In a second round everybody who took part in the first is still barred.
    office.complete("wu", fourth, CHECK, CHECKED)
    office.complete("chen", fourth, APPROVE, AGAIN)
    for person in ("qian", "zhao"):
        office.complete(person, fourth, INSPECT_AGAIN, FOUND)
    assert is_separated(office, "li", fourth, CHECK_AGAIN)
    office.complete("zhou", fourth, CHECK_AGAIN, CHECKED)
    give(office, "qian", "approver")
    for person in ("li", "zhao", "qian", "wu", "zhou"):
        assert is_separated(office, person, fourth, APPROVE_AGAIN)
    office.complete("chen", fourth, APPROVE_AGAIN, DONE)


def test_the_inbox_shows_on_what_ground_somebody_is_barred(office: Office) -> None:
    case = office.checked()
    give(office, "zhou", "approver")
    assert ground(office, "zhou", case) == "separate_from:check_paper"
    assert ground(office, "chen", case) is None
