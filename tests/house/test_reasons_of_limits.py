"""Fixed words that a history keeps in Chinese have an English form: reasons of limits, names of holidays."""

from pathlib import Path

import pytest
import yaml

from casework import library
from engine import Definition
from engine.elements import elements
from web import words

_PROCESSES = Path(__file__).resolve().parents[2] / "processes"
_CALENDARS = sorted((_PROCESSES / "parameters" / "calendars").glob("*.yaml"))


@pytest.mark.parametrize("procedure", library.procedures(library.sources(_PROCESSES)))
def test_a_limit_is_lifted_for_what_an_element_is_called(procedure: str) -> None:
    known = elements(Definition(procedure, library.sources(_PROCESSES)))
    labels = {each.zh for each in known.values()}
    for each in known.values():
        assert {order.reason for order in each.deadlines if order.reason} <= labels, each.id


@pytest.mark.parametrize("path", _CALENDARS, ids=lambda path: path.stem)
def test_every_holiday_has_its_words(path: Path) -> None:
    year = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = {name for days in year.values() if isinstance(days, dict) for name in days.values()}
    assert {f"holiday.{name}" for name in named} <= words.table().keys()
