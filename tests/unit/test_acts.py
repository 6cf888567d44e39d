"""Acts as a diagram gives them: what they cannot work with is refused by name, before anything is asked outside."""

from pathlib import Path

import pytest

from casework import acts
from casework.acts import ActError, ActGivenError, ActUnknownError, Wanted
from casework.context import Context
from engine.values import Value
from storage import open_database
from storage.files import FileStore


@pytest.fixture
def ctx(sqlite_url: str, tmp_path: Path) -> Context:
    return Context(open_database(sqlite_url), FileStore(tmp_path / "files"), tmp_path)


def carry_out(ctx: Context, act: str, **given: Value) -> dict[str, Value]:
    return dict(acts.find(act)(ctx, Wanted("case", "panel/act", "530102", given)).payload)


def test_a_connected_source_answers_into_the_fact_named(ctx: Context) -> None:
    asked = carry_out(ctx, "ask_system", source="insurance", subject="张伟", into="panel.insured")
    assert asked == {"panel.insured": "simulated: insured"}


def test_a_source_nobody_connected_may_be_there_later(ctx: Context) -> None:
    with pytest.raises(ActError, match="no source tax is connected") as refused:
        carry_out(ctx, "ask_system", source="tax", subject="张伟", into="panel.insured")
    assert not isinstance(refused.value, ActGivenError)


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("ask_system", {"source": "insurance", "subject": "张伟"}),
        ("ask_system", {"source": "insurance", "into": "panel.insured"}),
        ("ask_system", {"source": "insurance", "subject": "", "into": "panel.insured"}),
        ("draw_lots", {"among": ["甲", "乙"], "count": 1}),
        ("draw_lots", {"among": "甲乙", "count": 1, "into": "panel.drawn"}),
        ("draw_lots", {"among": ["甲", ["乙"]], "count": 1, "into": "panel.drawn"}),
        ("draw_lots", {"among": ["甲", "乙"], "count": True, "into": "panel.drawn"}),
        ("notify", {"text": "  "}),
    ],
)
def test_an_act_refuses_what_it_cannot_work_with(ctx: Context, act: str, given: dict[str, Value]) -> None:
    with pytest.raises(ActGivenError):
        carry_out(ctx, act, **given)


@pytest.mark.parametrize("name", ["printing", "typefaces", "fonts", "nothing", "__init__"])
def test_only_modules_that_carry_out_are_acts(name: str) -> None:
    with pytest.raises(ActUnknownError):
        acts.find(name)
