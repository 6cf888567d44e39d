"""Tasks at the desk: who may claim, release, hand over, keep half-filled, complete; and who was first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy

import storage.drafts
import storage.reads
import storage.tasks
from casework import cases, history, inbox, registers, tasks
from casework.errors import InvalidFormError, NotAllowedError, NotFoundError, RefusedError, TakenError
from storage import Database
from tests.errand import (
    APPROVE,
    CHECK,
    CHECKED,
    DONE,
    ELSEWHERE,
    FOUND,
    HERE,
    INSPECT,
    REGISTER,
    REGISTERED,
    Office,
    an_office,
)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def assignee(office: Office, case: str, address: str) -> str | None:
    with office.ctx.database.reading() as tx:
        row = storage.tasks.get(tx, case, address)
    assert row is not None
    return row.assignee


def kinds(office: Office, case: str) -> list[str]:
    return [row.kind for row in cases.view(office.ctx, "lu", case, "test").timeline]


# --- completing --------------------------------------------------------------------------------------------------


def test_of_two_who_complete_one_task_the_second_is_told_who_was_first_and_when(office: Office) -> None:
    case = office.inspected()
    office.complete("zhou", case, CHECK, CHECKED)
    office.clock.pass_by(minutes=1)
    with pytest.raises(TakenError) as told:
        office.complete("wu", case, CHECK, {"errand.checked": False})
    assert (told.value.code, told.value.who, told.value.at) == ("task_completed", "Zhou", "2026-11-09T03:00:00.000000Z")
    assert kinds(office, case).count("task_completed") == 3


def test_of_many_at_the_same_moment_one_completes_and_all_others_are_told_who(office: Office) -> None:
    case = office.inspected()
    everybody = ["zhou", "wu", *(office.hire(f"reviewer{n}", "reviewer") for n in range(4))]
    together = Barrier(len(everybody))

    def attempt(person: str) -> str:
        together.wait()
        try:
            office.complete(person, case, CHECK, CHECKED)
        except TakenError as error:
            return error.who
        return "first"

    with ThreadPoolExecutor(len(everybody)) as threads:
        answers = dict(zip(everybody, threads.map(attempt, everybody), strict=True))
    (winner,) = [person for person, answer in answers.items() if answer == "first"]
    assert {answer for person, answer in answers.items() if person != winner} == {winner.title()}
    assert kinds(office, case).count("task_completed") == 3
    assert history.verify(office.ctx).faults == []


def test_two_officers_at_the_same_moment_complete_once(office: Office) -> None:
    case = office.registered()
    together = Barrier(2)

    def attempt(person: str) -> bool:
        together.wait()
        return office.complete(person, case, INSPECT, FOUND).awaits_second

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, ("li", "zhao"))) == [False, True]
    assert history.replay(office.ctx).identical == 1


def test_the_same_form_twice_gets_the_first_answer_again(office: Office) -> None:
    case = office.inspected()
    first = office.complete("zhou", case, CHECK, CHECKED)
    again = office.complete("zhou", case, CHECK, CHECKED)
    assert (first.seq, first.next_tasks) == (again.seq, again.next_tasks)
    assert (first.first, again.first) == (True, False)


def test_another_form_of_the_same_person_is_not_taken_for_the_first(office: Office) -> None:
    case = office.open()
    office.complete("wang", case, REGISTER, {**REGISTERED, "errand.amount": None})
    with pytest.raises(TakenError):
        office.complete("wang", case, REGISTER, REGISTERED)


def test_a_form_that_came_too_late_is_kept_for_its_person(office: Office) -> None:
    case = office.inspected()
    office.complete("zhou", case, CHECK, CHECKED)
    with pytest.raises(TakenError):
        office.complete("wu", case, CHECK, {"errand.checked": False})
    with office.ctx.database.reading() as tx:
        kept = storage.drafts.get(tx, case, CHECK, "wu")
    assert kept is not None
    assert kept.body == b'{"errand.checked":false}'


def test_a_form_with_errors_changes_nothing(office: Office) -> None:
    case = office.open()
    with pytest.raises(InvalidFormError) as told:
        office.complete("wang", case, REGISTER, {"errand.received_on": "2026-13-01", "errand.other": "?"})
    assert {name: code for name, (code, _) in told.value.errors.items()} == {
        "errand.title": "required",
        "errand.received_on": "format",
        "errand.other": "unknown_field",
    }
    assert kinds(office, case) == ["opened", "claimed"]


def test_who_holds_another_role_may_not_complete(office: Office) -> None:
    case = office.open()
    with pytest.raises(NotAllowedError) as told:
        office.complete("li", case, REGISTER, REGISTERED)
    assert told.value.code == "no_role"


def test_a_task_that_somebody_claimed_is_completed_by_nobody_else(office: Office) -> None:
    case = office.open()
    with pytest.raises(TakenError) as told:
        office.complete("sun", case, REGISTER, REGISTERED)
    assert (told.value.code, told.value.who) == ("task_claimed", "Wang")


def test_a_task_that_never_was_is_not_found(office: Office) -> None:
    case = office.open()
    with pytest.raises(NotFoundError):
        office.complete("wang", case, "errand/nothing", REGISTERED)


def test_a_role_that_ended_completes_nothing(office: Office) -> None:
    case = office.inspected()
    registers.give_role(
        office.ctx, "system:test", "zhou", office=HERE, role="reviewer", from_on="2026-11-09", to_on="2026-11-10"
    )
    office.clock.pass_by(days=2)
    with pytest.raises(NotFoundError):
        office.complete("zhou", case, CHECK, CHECKED)


def test_a_person_who_left_completes_nothing(office: Office) -> None:
    case = office.inspected()
    registers.set_active(office.ctx, "system:test", "zhou", active=False, reason="调离")
    with pytest.raises(NotFoundError):
        office.complete("zhou", case, CHECK, CHECKED)


def test_a_completed_case_has_a_history_that_replays(office: Office) -> None:
    office.done()
    assert history.verify(office.ctx).faults == []
    replayed = history.replay(office.ctx)
    assert (replayed.identical, replayed.diverged) == (1, [])


# --- another office ----------------------------------------------------------------------------------------------


def test_a_person_of_another_office_learns_nothing_of_a_case(office: Office) -> None:
    stranger = office.hire("he", "intake", "reviewer", "head", office=ELSEWHERE)
    case = office.inspected()
    attempts = (
        lambda: tasks.view(office.ctx, stranger, case, CHECK),
        lambda: tasks.form(office.ctx, stranger, case, CHECK),
        lambda: tasks.claim(office.ctx, stranger, case, CHECK, office.token()),
        lambda: tasks.release(office.ctx, stranger, case, CHECK, office.token()),
        lambda: tasks.reassign(office.ctx, stranger, case, CHECK, to=stranger, reason="?", token=office.token()),
        lambda: tasks.keep_draft(office.ctx, stranger, case, CHECK, CHECKED),
        lambda: tasks.complete(office.ctx, stranger, case, CHECK, CHECKED),
        lambda: tasks.complete(office.ctx, stranger, case, REGISTER, REGISTERED),
        lambda: tasks.withdraw(office.ctx, stranger, case, INSPECT, office.token()),
    )
    for attempt in attempts:
        with pytest.raises(NotFoundError) as told:
            attempt()
        assert told.value.code == "case_unknown"
    assert inbox.page(office.ctx, stranger).rows == []


def test_an_administrator_sees_no_case_by_that_role(office: Office) -> None:
    case = office.inspected()
    with pytest.raises(NotFoundError):
        office.complete("admin", case, CHECK, CHECKED)


# --- claiming, releasing, handing over ---------------------------------------------------------------------------


def test_of_two_who_claim_one_task_the_second_is_told_who_has_it(office: Office) -> None:
    case = office.inspected()
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    with pytest.raises(TakenError) as told:
        tasks.claim(office.ctx, "wu", case, CHECK, office.token())
    assert (told.value.code, told.value.who) == ("task_claimed", "Zhou")
    assert assignee(office, case, CHECK) == "zhou"


def test_claiming_twice_is_claiming_once(office: Office) -> None:
    case = office.inspected()
    tasks.claim(office.ctx, "zhou", case, CHECK, "one form")
    tasks.claim(office.ctx, "zhou", case, CHECK, "one form")
    tasks.claim(office.ctx, "zhou", case, CHECK, "another form")
    assert kinds(office, case).count("claimed") == 2  # with the first task, which is claimed by opening the case


def test_a_released_task_is_anybodys_again(office: Office) -> None:
    case = office.inspected()
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    tasks.release(office.ctx, "zhou", case, CHECK, office.token())
    assert assignee(office, case, CHECK) is None
    assert office.complete("wu", case, CHECK, CHECKED).first


def test_nobody_releases_what_another_has(office: Office) -> None:
    case = office.inspected()
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    with pytest.raises(NotAllowedError) as told:
        tasks.release(office.ctx, "wu", case, CHECK, office.token())
    assert told.value.code == "not_assignee"


def test_a_head_hands_a_claimed_task_to_a_colleague_with_a_reason(office: Office) -> None:
    case = office.inspected()
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    tasks.reassign(office.ctx, "lu", case, CHECK, to="wu", reason="周休假", token=office.token())
    assert assignee(office, case, CHECK) == "wu"
    row = cases.view(office.ctx, "lu", case, "test").timeline[-1]
    assert (row.kind, row.payload) == ("reassigned", {"task.assignee": "wu", "task.reason": "周休假"})


@pytest.mark.parametrize(
    ("who", "to", "reason", "error", "code"),
    [
        ("zhou", "wu", "忙", NotAllowedError, "not_leading"),
        ("lu", "wang", "忙", NotAllowedError, "no_role"),
        ("lu", "li", "忙", NotAllowedError, "no_role"),
        ("lu", "wu", " ", RefusedError, "reason_required"),
    ],
)
def test_handing_over_is_refused(
    office: Office, who: str, to: str, reason: str, error: type[NotAllowedError], code: str
) -> None:
    case = office.inspected()
    with pytest.raises(error) as told:
        tasks.reassign(office.ctx, who, case, CHECK, to=to, reason=reason, token=office.token())
    assert told.value.code == code
    assert assignee(office, case, CHECK) is None


# --- half-filled forms -------------------------------------------------------------------------------------------


def test_a_half_filled_form_comes_back_to_its_person_only(office: Office) -> None:
    case = office.open()
    tasks.keep_draft(office.ctx, "wang", case, REGISTER, {"errand.title": "半"})
    assert tasks.view(office.ctx, "wang", case, REGISTER).values == {"errand.title": "半"}
    assert tasks.view(office.ctx, "sun", case, REGISTER).values == {}


def test_a_half_filled_form_survives_that_somebody_else_completes(office: Office) -> None:
    case = office.inspected()
    tasks.keep_draft(office.ctx, "wu", case, CHECK, {"errand.checked": False})
    office.complete("zhou", case, CHECK, CHECKED)
    with pytest.raises(TakenError) as told:
        tasks.view(office.ctx, "wu", case, CHECK)
    assert told.value.who == "Zhou"
    kept = tasks.form(office.ctx, "wu", case, CHECK)
    assert kept.draft == {"errand.checked": False}
    (left,) = cases.view(office.ctx, "wu", case, "test").drafts
    assert (left.address, left.kept_at, left.is_open) == (CHECK, kept.draft_kept_at, False)
    tasks.forget_draft(office.ctx, "wu", case, CHECK)
    assert cases.view(office.ctx, "wu", case, "test").drafts == []


def test_a_tasks_page_is_one_transaction_and_counts_as_one_reading(office: Office) -> None:
    case = office.inspected()
    view = tasks.view(office.ctx, "wu", case, CHECK)
    assert view.form.schema["properties"].keys() == {"errand.checked"}
    with office.ctx.database.reading() as tx:
        read = [row.count for row in storage.reads.of_case(tx, case) if row.person == "wu"]
    assert read == [1]


def test_a_half_filled_form_may_be_kept_after_the_task_closed(office: Office) -> None:
    case = office.checked()
    tasks.keep_draft(office.ctx, "wu", case, CHECK, {"errand.checked": False})
    with pytest.raises(NotFoundError):
        tasks.keep_draft(office.ctx, "wu", case, "errand/nothing", {})


def test_completing_forgets_ones_own_half_filled_form(office: Office) -> None:
    case = office.inspected()
    tasks.keep_draft(office.ctx, "zhou", case, CHECK, {"errand.checked": False})
    office.complete("zhou", case, CHECK, CHECKED)
    with office.ctx.database.reading() as tx:
        assert storage.drafts.get(tx, case, CHECK, "zhou") is None


# --- cost --------------------------------------------------------------------------------------------------------


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Collects every statement sent to any database."""
    seen: list[str] = []

    def collect(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", collect)
    yield seen
    sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", collect)


@pytest.mark.parametrize(("person", "address", "given"), [("zhou", CHECK, CHECKED), ("chen", APPROVE, DONE)])
def test_a_completion_takes_at_most_ten_statements(
    office: Office, statements: list[str], person: str, address: str, given: dict[str, object]
) -> None:
    case = office.inspected() if address == CHECK else office.checked()
    statements.clear()
    office.complete(person, case, address, given)
    assert len(statements) <= 10, "\n".join(statement.split("\n")[0] for statement in statements)
