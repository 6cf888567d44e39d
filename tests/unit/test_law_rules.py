from datetime import date
from typing import Any

import pytest

from handlers.law import Value
from handlers.law.basis import Basis
from handlers.law.sources import Source
from handlers.rule import (
    FactUndeclaredError,
    Given,
    Rule,
    RuleNameError,
    RuleRefusedError,
    RuleUnknownError,
    find,
    rule,
)

PARAMETERS = {"set": {"values": [{"value": "20"}]}, "unset": {"values": []}}
BASIS = Basis.from_value({"limits": {}, "grounds": {}, "parameters": PARAMETERS, "calendars": {}, "offices": {}})
LAW = (Source("工伤保险条例", "20"),)


@rule("trial.choose_track@1", reads=("application.clear",), writes=("case.track",), law=LAW)
def choose_track_1(given: Given) -> dict[str, Value]:
    return {"case.track": "simple" if given.fact("application.clear") else "ordinary"}


@rule("trial.nosy@1", reads=("application.clear",), writes=("case.track",), law=LAW)
def nosy_1(given: Given) -> dict[str, Value]:
    return {"case.track": given.fact("worker.name")}


@rule("trial.careless@1", reads=(), writes=("case.track",), law=LAW)
def careless_1(given: Given) -> dict[str, Value]:
    return {"case.tracks": "simple"}


@rule("trial.reckoning@1", reads=("name",), writes=("case.multiple",), law=LAW)
def reckoning_1(given: Given) -> dict[str, Value]:
    return {"case.multiple": given.basis.parameter(given.fact("name"), given.today, "530102")}


def given(**facts: Any) -> Given:
    return Given({name.replace("__", "."): value for name, value in facts.items()}, date(2026, 11, 21), BASIS)


def test_a_rule_answers_from_the_facts_it_declares() -> None:
    assert choose_track_1(given(application__clear=True)) == {"case.track": "simple"}


def test_a_fact_nobody_wrote_reads_as_null() -> None:
    assert choose_track_1(given()) == {"case.track": "ordinary"}
    assert not given().known("application.clear")


def test_a_rule_that_reads_what_it_does_not_declare_is_stopped() -> None:
    with pytest.raises(FactUndeclaredError, match=r"worker\.name"):
        nosy_1(given(worker__name="张三"))


def test_a_rule_that_writes_what_it_does_not_declare_is_stopped() -> None:
    with pytest.raises(FactUndeclaredError, match=r"case\.tracks"):
        careless_1(given())


def test_a_rule_refuses_by_name_where_a_parameter_is_empty() -> None:
    assert reckoning_1(given(name="set")) == {"case.multiple": "20"}
    with pytest.raises(RuleRefusedError, match="unset") as refused:
        reckoning_1(given(name="unset"))
    assert refused.value.reason == "parameter_unset"
    assert refused.value.fields == {"name": "unset", "on": "2026-11-21", "office": "530102"}


def test_a_rule_is_found_by_name_and_version() -> None:
    found = find("trial.choose_track@1")
    assert isinstance(found, Rule)
    assert (found.reads, found.writes, found.law) == (("application.clear",), ("case.track",), LAW)


@pytest.mark.parametrize(
    "name",
    [
        "trial.choose_track@2",
        "nowhere.rule@1",
        "law.limits@1",
        "trial.choose_track",
        "os.system@1",
        "../law.x@1",
        "a.b@0",
        "",
    ],
)
def test_a_rule_that_does_not_exist_is_an_error(name: str) -> None:
    with pytest.raises(RuleUnknownError):
        find(name)


def test_a_name_is_given_once_and_has_a_version_and_an_article() -> None:
    def other(_given: Given) -> dict[str, Value]:
        return {}

    with pytest.raises(RuleNameError):
        rule("trial.choose_track@1", reads=(), writes=(), law=LAW)(other)
    with pytest.raises(RuleNameError):
        rule("trial.choose_track", reads=(), writes=(), law=LAW)
    with pytest.raises(RuleNameError):
        rule("trial.lawless@1", reads=(), writes=(), law=())
