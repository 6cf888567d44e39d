"""What is published, by whom and from when: a changed shipped definition is a proposal until two stand for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import bench.ground
from bench.ground import FORM, OFFICE, Ground
from casework import history, library, listing, opening, publishing, registers, tasks
from casework.context import Context
from casework.errors import RefusedError
from storage import cases as stored_cases

BEFORE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FROM = "2026-12-01"
#: The last minute of the day before in Shanghai, and the first of that day.
LAST_MINUTE = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
FIRST_MINUTE = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    """A database with two analysts, somebody who is none, and a proposal beside the procedure in force."""
    with bench.ground.prepared(database_url) as made:
        ctx = at(made.ctx, BEFORE)
        for name, role in (("wu", "analyst"), ("zheng", "analyst"), ("chen", "reviewer")):
            registers.add_person(ctx, "system:test", name, f"示例 {name}", name, "a long password")
            registers.give_role(ctx, "system:test", name, office=OFFICE, role=role, from_on="2026-01-01")
        diagram = ctx.processes / "small.bpmn"
        text = diagram.read_text(encoding="utf-8")
        changed = text.replace('name="', 'name="新版', 1)
        assert changed != text
        diagram.write_text(changed, encoding="utf-8")
        states = {each.procedure: each.state for each in library.import_shipped(ctx)}
        assert states.pop("small") == "proposed"
        assert set(states.values()) <= {"unchanged"}
        yield replace(made, ctx=ctx)


def at(ctx: Context, moment: datetime) -> Context:
    return replace(ctx, clock=lambda: moment)


def states(ctx: Context) -> list[str]:
    return [each["state"] for each in listing.definitions(ctx) if each["procedure"] == "small"]


def runs_on(ctx: Context, person: str, token: str) -> str:
    """Open a case and say which definition it runs on."""
    case = opening.start(ctx, person, "small", OFFICE, token)
    with ctx.database.reading() as tx:
        row = stored_cases.get(tx, case)
    assert row is not None
    return row.definition


def test_a_definition_is_published_by_two_people_and_from_a_day(ground: Ground) -> None:
    ctx, person = ground.ctx, ground.person
    old = runs_on(ctx, person, "before the proposal is published")
    early = opening.start(ctx, person, "small", OFFICE, "early")
    assert states(ctx) == ["current", "proposed"]

    published = publishing.publish(ctx, "small", "wu", "zheng", FROM)
    assert (published["from_on"], published["procedure"]) == (FROM, "small")
    new = published["hash"]
    assert new != old
    assert states(ctx) == ["current", "planned"]

    assert runs_on(ctx, person, "at once") == old
    assert runs_on(at(ctx, LAST_MINUTE), person, "the day before") == old
    later = at(ctx, FIRST_MINUTE)
    assert runs_on(later, person, "that day") == new
    assert states(later) == ["current"]

    tasks.complete(later, person, early, "small/enter", FORM)
    tasks.complete(later, person, early, "small/check", {"matter.agreed": True})
    with ctx.database.reading() as tx:
        row = stored_cases.get(tx, early)
    assert row is not None
    assert (row.definition, row.state) == (old, "ended")
    replayed = history.replay(ctx)
    assert (replayed.identical, replayed.diverged) == (replayed.cases, [])


def test_a_publication_is_in_a_chain_with_both_names(ground: Ground) -> None:
    publishing.publish(ground.ctx, "small", "wu", "zheng", None)
    assert history.verify(ground.ctx).faults == []
    assert history.verify(ground.ctx).chains == 3, "the registers of persons, parameters and definitions"
    current = next(each for each in listing.definitions(ground.ctx) if each["procedure"] == "small")
    assert (current["by"], current["confirmed_by"], current["from_on"]) == ("wu", "zheng", "2026-11-23")


@pytest.mark.parametrize(
    ("by", "confirmed_by", "from_on", "code"),
    [
        ("wu", "wu", FROM, "second_person"),
        ("chen", "zheng", FROM, "no_role"),
        ("wu", "chen", FROM, "no_role"),
        ("nobody", "zheng", FROM, "person_unknown"),
        ("wu", "nobody", FROM, "person_unknown"),
        ("wu", "zheng", "2026-11-22", "publication_day"),
        ("wu", "zheng", "2026-02-30", "publication_day"),
        ("wu", "zheng", "tomorrow", "publication_day"),
    ],
)
def test_a_publication_without_two_analysts_and_a_day_to_come_is_refused(
    ground: Ground, by: str, confirmed_by: str, from_on: str, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        publishing.publish(ground.ctx, "small", by, confirmed_by, from_on)
    assert refused.value.code == code
    assert states(ground.ctx) == ["current", "proposed"]


def test_an_analyst_who_left_publishes_nothing(ground: Ground) -> None:
    registers.set_active(ground.ctx, "system:test", "zheng", active=False, reason="left")
    with pytest.raises(RefusedError) as refused:
        publishing.publish(ground.ctx, "small", "wu", "zheng", FROM)
    assert refused.value.code == "person_unknown"


def test_what_is_published_is_no_proposal_any_more(ground: Ground) -> None:
    publishing.publish(ground.ctx, "small", "wu", "zheng", FROM)
    with pytest.raises(RefusedError) as refused:
        publishing.publish(ground.ctx, "small", "wu", "zheng", FROM)
    assert refused.value.code == "no_proposal"
    assert {each.state for each in library.import_shipped(ground.ctx)} == {"unchanged"}
