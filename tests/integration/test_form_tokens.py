"""The token of a form: the same form twice is one act with one answer, another act under it is refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

import storage.tasks
from casework import cases, desk, interventions, materials, opening, recusal, tasks, working
from casework.errors import RefusedError
from storage import Database, open_database
from tests.errand import CHECK, HERE, INSPECT, Office, an_office

_PDF = b"%PDF-1.7 an invented record"


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


@pytest.fixture
def case(office: Office) -> str:
    return office.inspected()


def _assignee(office: Office, case: str) -> str | None:
    with office.ctx.database.reading() as tx:
        row = storage.tasks.get(tx, case, CHECK)
    assert row is not None
    return row.assignee


def _entries(office: Office, case: str) -> int:
    return len(cases.view(office.ctx, "lu", case, "test").timeline)


def _comment(office: Office, case: str, token: str, text: str = "备注") -> None:
    cases.comment(office.ctx, "zhou", case, text, token)


def _upload(office: Office, case: str, token: str, data: bytes = _PDF, kind: str = "笔录") -> str:
    added = materials.add(
        office.ctx,
        "zhou",
        case,
        io.BytesIO(data),
        name="记录.pdf",
        media_type="application/pdf",
        kind=kind,
        token=token,
    )
    return added.id


def _ask(office: Office, case: str, token: str, ground: str = "相识") -> object:
    return recusal.ask(office.ctx, "zhou", case, concerning="li", ground=ground, token=token)


def _close(office: Office, case: str, token: str, reason: str = "重复登记") -> object:
    return interventions.propose_closing(office.ctx, "zhou", case, ground="令", reason=reason, token=token)


def _hand_over(office: Office, case: str, token: str, to: str = "wu") -> None:
    tasks.reassign(office.ctx, "lu", case, CHECK, to=to, reason="休假", token=token)


#: Acts at the desk, each with what may be said otherwise in it.
_ACTS: dict[str, Callable[[Office, str, str], object]] = {
    "claimed": lambda office, case, token: tasks.claim(office.ctx, "zhou", case, CHECK, token),
    "reassigned": _hand_over,
    "commented": _comment,
    "material_added": _upload,
    "recused": _ask,
    "proposed": _close,
}


@pytest.mark.parametrize("kind", _ACTS)
def test_a_form_without_a_token_is_refused_and_keeps_nothing(office: Office, case: str, kind: str) -> None:
    before = _entries(office, case)
    for token in ("", " "):
        with pytest.raises(RefusedError) as refused:
            _ACTS[kind](office, case, token)
        assert refused.value.code == "no_token"
    assert _entries(office, case) == before


def test_a_case_is_not_opened_by_a_form_without_a_token(office: Office) -> None:
    with pytest.raises(RefusedError) as refused:
        opening.start(office.ctx, "wang", "errand", HERE, "")
    assert refused.value.code == "no_token"


def test_a_message_is_not_brought_by_a_form_without_a_token(office: Office, case: str) -> None:
    with pytest.raises(RefusedError) as refused:
        working.send(office.ctx, "zhou", case, "stopped", None, {}, token="")
    assert refused.value.code == "no_token"


@pytest.mark.parametrize("kind", _ACTS)
def test_the_same_form_twice_gives_the_first_answer_again(office: Office, case: str, kind: str) -> None:
    first = _ACTS[kind](office, case, "one form")
    after = _entries(office, case)
    assert _ACTS[kind](office, case, "one form") == first
    assert _entries(office, case) == after


@pytest.mark.parametrize("kind", [kind for kind in _ACTS if kind != "material_added"])
def test_a_token_that_stands_for_another_act_is_refused(office: Office, case: str, kind: str) -> None:
    other = _comment if kind != "commented" else _close
    other(office, case, "one form")
    before = _entries(office, case)
    with pytest.raises(RefusedError) as refused:
        _ACTS[kind](office, case, "one form")
    assert refused.value.code == "stale_form"
    assert _entries(office, case) == before


@pytest.mark.parametrize(
    ("act", "other"),
    [(_comment, "另一备注"), (_ask, "另一理由"), (_close, "另一理由"), (_hand_over, "zhou")],
)
def test_a_token_that_stands_for_other_words_is_refused(
    office: Office, case: str, act: Callable[..., object], other: str
) -> None:
    act(office, case, "one form")
    with pytest.raises(RefusedError) as refused:
        act(office, case, "one form", other)
    assert refused.value.code == "stale_form"


def test_a_token_of_somebody_elses_form_is_refused(office: Office, case: str) -> None:
    cases.comment(office.ctx, "wu", case, "备注", "one form")
    with pytest.raises(RefusedError) as refused:
        _comment(office, case, "one form")
    assert refused.value.code == "stale_form"


def test_a_second_click_on_giving_back_gives_back_once(office: Office, case: str) -> None:
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    for _ in range(2):
        tasks.release(office.ctx, "zhou", case, CHECK, "one form")
    assert _assignee(office, case) is None


def test_a_second_click_takes_nothing_from_who_claimed_meanwhile(office: Office, case: str) -> None:
    tasks.claim(office.ctx, "zhou", case, CHECK, office.token())
    tasks.release(office.ctx, "zhou", case, CHECK, "one form")
    tasks.claim(office.ctx, "wu", case, CHECK, office.token())
    tasks.release(office.ctx, "zhou", case, CHECK, "one form")
    assert _assignee(office, case) == "wu"


def test_a_second_click_on_withdrawing_a_confirmation_withdraws_once(office: Office) -> None:
    case = office.registered()
    office.complete("li", case, INSPECT, {"errand.finding": "地面湿滑"})
    for _ in range(2):
        tasks.withdraw(office.ctx, "li", case, INSPECT, "one form")
    assert [each.kind for each in cases.view(office.ctx, "lu", case, "test").timeline][-1] == "confirmation_withdrawn"


def test_a_second_click_on_deciding_a_recusal_decides_once(office: Office, case: str) -> None:
    request = recusal.ask(office.ctx, "zhou", case, concerning="li", ground="相识", token=office.token())
    for _ in range(2):
        recusal.decide(office.ctx, "lu", case, request, granted=True, reason="属实", token="one form")
    with pytest.raises(RefusedError) as refused:
        recusal.decide(office.ctx, "lu", case, request, granted=False, reason="属实", token="one form")
    assert refused.value.code == "stale_form"


def test_another_file_chosen_in_the_same_form_is_another_material(office: Office, case: str) -> None:
    first = _upload(office, case, "one form")
    second = _upload(office, case, "one form", b"%PDF-1.7 the right record")
    assert first != second
    assert len(tasks.form(office.ctx, "zhou", case, CHECK).materials) == 2


def test_the_same_file_said_to_be_another_thing_is_refused(office: Office, case: str) -> None:
    _upload(office, case, "one form")
    with pytest.raises(RefusedError) as refused:
        _upload(office, case, "one form", kind="证明")
    assert refused.value.code == "stale_form"


def test_the_same_start_twice_is_one_case_and_somebody_elses_token_starts_none(office: Office) -> None:
    case = opening.start(office.ctx, "wang", "errand", HERE, "one form")
    assert opening.start(office.ctx, "wang", "errand", HERE, "one form") == case
    with pytest.raises(RefusedError) as refused:
        opening.start(office.ctx, "sun", "errand", HERE, "one form")
    assert refused.value.code == "stale_form"


def test_the_same_start_twice_at_the_same_moment_is_one_case(postgres_url: str, tmp_path: Path) -> None:
    office = an_office(open_database(postgres_url), tmp_path)
    quicker: list[str] = []

    def clock() -> datetime:
        """Tell the time; when it is asked for first, no case is there yet, and the other click makes it."""
        if not quicker:
            quicker.append(opening.start(office.ctx, "wang", "errand", HERE, "one form"))
        return office.clock()

    assert [opening.start(replace(office.ctx, clock=clock), "wang", "errand", HERE, "one form")] == quicker
    office.ctx.database.close()


def test_the_key_of_a_form_names_its_token() -> None:
    assert desk.key("one form") == "form:one form"
