"""What nobody has entered is never taken as nought: who answers in its place depends on what kind of value it is.

Amounts and ratios refuse by name; a limit the law leaves to the office is entered by the officer with a reason; a
threshold that routes a case sends the question to a person.
"""

import inspect
import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from engine.spiff.diagram import Node, read_processes
from engine.xml import parse
from handlers import recognition
from handlers.law import Value
from handlers.law.basis import Basis, ParameterUnsetError, build_basis
from handlers.rule import Given, find

PROCESSES = Path(__file__).parents[2] / "processes"
ON = date(2026, 11, 21)

#: By threshold: a rule that asks for it, facts that make it ask, and what it answers where none is set.
THRESHOLDS: dict[str, tuple[str, dict[str, Value], dict[str, Value]]] = {
    "withdrawal_accepted": (
        "withdrawal@2",
        {},
        {"withdrawal.answer": "ask", "withdrawal.question": "practice_unset"},
    ),
    "large_payment": (
        "discussion@1",
        {"payment.estimate": "100.00", "acceptance.decided_on": "2026-11-09"},
        {"discussion.required": True, "discussion.why": ["large_payment_unknown"]},
    ),
    "rescue_border_minutes": (
        "forty_eight_hours@2",
        {
            "injury.died": True,
            "injury.first_diagnosis_at": "2026-03-03T01:00:00Z",
            "injury.death_at": "2026-03-03T04:00:00Z",
        },
        {"illness.forty_eight_hours": "unset", "illness.minutes": 180},
    ),
}


def basis() -> Basis:
    """Give the shipped basis without the set of invented values."""
    return Basis.from_value(build_basis(PROCESSES))


def file(stem: str) -> dict[str, dict[str, Value]]:
    """Read the parameters of a file."""
    found: dict[str, dict[str, Value]] = yaml.safe_load((PROCESSES / f"parameters/{stem}.yaml").read_text("utf-8"))
    return found["parameters"]


def nodes() -> list[Node]:
    """Give every element of the diagrams."""
    stems = ("recognition", "suspend_limits", "serve_document")
    read = [read_processes(parse((PROCESSES / f"{stem}.bpmn").read_bytes()))[stem] for stem in stems]
    return [node for container in read for _, node in container.walk()]


def test_every_parameter_a_rule_of_recognition_names_is_gone_through_here() -> None:
    stages = [inspect.getsource(stage) for _, stage in inspect.getmembers(recognition, inspect.ismodule)]
    named = set(re.findall(r"basis\.(?:threshold|parameter)\(\s*\"(\w+)\"", "".join(stages)))
    assert named == THRESHOLDS.keys()
    assert named <= file("thresholds").keys()


@pytest.mark.parametrize("name", THRESHOLDS)
def test_an_unset_threshold_sends_the_question_to_a_person(name: str) -> None:
    rule, facts, answer = THRESHOLDS[name]
    assert f"recognition.{rule}" in {node.properties.get("rule") for node in nodes()}
    given = Given({"case.office": "530102"} | facts, ON, basis())
    assert answer.items() <= find(f"recognition.{rule}")(given).items()


def test_every_shipped_threshold_is_one_of_these() -> None:
    assert file("thresholds").keys() == THRESHOLDS.keys()


@pytest.mark.parametrize("name", [name for name, told in file("amounts").items() if not told["values"]])
def test_an_unset_amount_is_refused_by_name(name: str) -> None:
    with pytest.raises(ParameterUnsetError, match=name):
        basis().parameter(name, ON, "530102")


def test_a_limit_the_law_leaves_to_the_office_is_entered_by_the_officer_with_a_reason() -> None:
    left = {limit for limit in basis().limit_ids if basis().limit(limit, ON).length is None}
    starts = " ".join(node.properties.get("deadline.start", "") for node in nodes())
    entered = dict(re.findall(r"(\w+) on=\S+ length=(\S+)", starts))
    assert {"O01", "O02", "O04"} == entered.keys() <= left
    asked = [json.loads(path.read_text("utf-8")) for path in (PROCESSES / "forms").glob("*.json")]
    for length in entered.values():
        form = next(form for form in asked if length in form["properties"])
        demanded = {*form["required"], *(name for rule in form.get("allOf", ()) for name in rule["then"]["required"])}
        assert {length, f"{length}_reason"} <= demanded
