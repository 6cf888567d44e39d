"""A withdrawal brought to an office that has not said whether it takes any: an officer answers, nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from casework import cases, library, opening
from tests.world import LAW, OWN, World, a_world

_REGISTER = "recognition/handle_application/consider_withdrawal/register_withdrawal"
_JUDGE = "recognition/handle_application/consider_withdrawal/judge_withdrawal"
_REQUEST = {
    "withdrawal.stated": "asked",
    "withdrawal.requested_on": "2026-11-09",
    "withdrawal.by": "张伟",
    "withdrawal.reasons": "双方和解",
}
_ANSWER = {"withdrawal.answer_reasons": "撤回将损害职工权益", "withdrawal.answered_on": "2026-11-09"}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = a_world(tmp_path_factory.mktemp("withdrawal"))
    yield made
    made.ctx.database.close()


def _open_elements(world: World, case: str) -> set[str]:
    view = cases.view(world.ctx, f"{OWN}-intake", case, "link")
    return {task.element for task, _element, _assignee in view.tasks}


def test_an_officer_answers_a_withdrawal_no_practice_settles_and_the_case_goes_on(world: World) -> None:
    law = replace(world.ctx, processes=LAW)
    library.load_basis(law, None)
    library.import_shipped(law)
    case = opening.start(world.ctx, f"{OWN}-intake", "recognition", OWN, "an application")
    told = {"message": "withdrawn", "token": "withdrawal"}
    intake, reviewer = world.browser(f"{OWN}-intake"), world.browser(f"{OWN}-reviewer")
    assert intake.send(f"/cases/{case}/interventions/message", told).status_code == 302
    assert _open_elements(world, case) == {"register_application", "register_withdrawal"}
    asked = intake.send(f"/cases/{case}/tasks/{quote(_REGISTER)}", _REQUEST | {"_do": "complete", "token": "request"})
    assert asked.status_code == 302
    assert _open_elements(world, case) == {"register_application", "judge_withdrawal"}
    path = f"/cases/{case}/tasks/{quote(_JUDGE)}"
    assert "不准予撤回，继续办理" in reviewer.get(path).text
    reviewer.post("/language", language="en", next="/inbox")
    assert "Refused: the case goes on" in reviewer.get(path).text
    answered = reviewer.send(path, _ANSWER | {"withdrawal.answer": "refused", "_do": "complete", "token": "answer"})
    assert answered.status_code == 302
    assert _open_elements(world, case) == {"register_application"}
    assert "申请人撤回申请" in intake.get(f"/cases/{case}/interventions").text
