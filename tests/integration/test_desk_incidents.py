"""Incidents at the operator's desk: each kind has its ways to be answered, in words, and no way that is refused."""

import pytest

import storage.incidents
from casework import incidents, working
from casework.incidents import Answer
from engine.values import encode
from tests.world import OWN, Browser, World


@pytest.fixture
def operator(world: World) -> Browser:
    return world.browser(f"{OWN}-administrator")


def _open(
    world: World, reason: str, address: str | None, kind: str | None, *, case: bool = True, actor: str = "x"
) -> str:
    kept = {} if kind is None else {"kind": kind, "actor": actor, "key": "x", "address": address}
    with world.ctx.database.writing() as tx:
        return storage.incidents.open(
            tx,
            case=world.case if case else None,
            address=address,
            reason=reason,
            detail="what failed",
            input=encode(kept),
            at=world.ctx.now(),
        )


@pytest.mark.parametrize(
    ("reason", "address", "kind", "case", "retry", "drop"),
    [
        ("no_row", "visit/register_visit", "task_completed", True, True, True),
        ("deadline", None, "fact_corrected", True, True, True),
        ("engine", None, "opened", False, False, True),
        ("job", "timer:D03#1/due", "timer_fired", True, True, False),
        ("no_path", "message:withdrawn", "message_received", True, True, True),
        ("act", "act:visit/print", "act_answered", True, True, False),
        ("stuck", None, None, True, True, False),
        ("number", "number:visit/print", None, True, True, False),
    ],
)
def test_every_incident_offers_the_ways_there_are(  # noqa: PLR0917 - an incident, and what may be done about it
    world: World,
    operator: Browser,
    reason: str,
    address: str | None,
    kind: str | None,
    case: bool,
    retry: bool,
    drop: bool,
) -> None:
    incident = _open(world, reason, address, kind, case=case)
    page = operator.get("/admin/incidents").text
    assert (f"/admin/incidents/{incident}/retry" in page) is retry
    assert (f"/admin/incidents/{incident}/drop" in page) is drop
    answer = operator.post(f"/admin/incidents/{incident}/drop", reason="无须再办")
    assert (answer.status_code == 302) is drop


def test_a_message_of_another_case_comes_once_and_is_never_given_up(world: World, operator: Browser) -> None:
    incident = _open(world, "job", "message:1", "message_received", actor=working.MESSAGE)
    (listed,) = [each for each in incidents.listing(world.ctx, f"{OWN}-administrator") if each.id == incident]
    assert listed.answers == {Answer.RETRY}
    assert f"/admin/incidents/{incident}/drop" not in operator.get("/admin/incidents").text
    answer = operator.post(f"/admin/incidents/{incident}/drop", reason="无须再办")
    assert answer.status_code == 422
    assert "案件仍需要这项办理" in answer.text


def test_an_act_that_failed_is_told_to_look_again_and_that_a_head_can_void_its_number_first(
    world: World, operator: Browser
) -> None:
    _open(world, "act", "act:visit/print", "act_answered")
    page = operator.get("/admin/incidents").text
    assert "先由负责人在案件的文书一栏作废文号，再重新检查" in page
    operator.post("/language", language="en", next="/inbox")
    page = operator.get("/admin/incidents").text
    assert "a head first makes the number void" in page
    assert "Look again" in page


def test_what_failed_is_told_in_words_and_its_details_folded_away(world: World, operator: Browser) -> None:
    _open(world, "stuck", None, None)
    page = operator.get("/admin/incidents").text
    assert "案件停滞，无人可办" in page
    assert "由负责人依令结案" in page
    assert "<summary>技术信息</summary>" in page
