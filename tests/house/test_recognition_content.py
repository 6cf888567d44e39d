"""Recognition agrees with itself: every element named in two languages, with its article and its lane."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.decisions import load_decision
from engine.facts import Declarations, load_facts
from engine.spiff.diagram import Container, Node, read_processes
from engine.xml import BPMN, BPMN_DI, parse
from handlers.law.sources import articles, look_up
from handlers.law.sources import parse as parse_sources
from handlers.rule import Rule, find

PROCESSES = Path("processes")
DIAGRAMS = ("recognition", "suspend_limits", "serve_document")
MOST_SHAPES = 25
#: Elements of a withdrawal: no article knows one, it is the practice of an office.
PRACTICE = {
    "consider_withdrawal",
    "withdrawal_asked",
    "register_withdrawal",
    "is_withdrawal_stated",
    "withdrawal_mistaken",
    "check_withdrawal",
    "is_withdrawal_clear",
    "judge_withdrawal",
    "withdrawal_answered",
    "is_withdrawal_granted",
    "withdrawal_granted",
    "withdrawal_refused",
    "withdrawn",
    "record_withdrawal",
}


@cache
def container(stem: str) -> Container:
    return read_processes(parse((PROCESSES / f"{stem}.bpmn").read_bytes()))[stem]


def nodes() -> Iterator[Node]:
    """Give every element of the diagrams."""
    for stem in DIAGRAMS:
        for _, node in container(stem).walk():
            yield node


@cache
def declared() -> Declarations:
    return load_facts({path.name: path.read_text("utf-8") for path in (PROCESSES / "facts").glob("*.yaml")})


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(find(node.properties["rule"]) for node in nodes() if "rule" in node.properties)


def forms() -> Iterator[tuple[str, dict[str, object]]]:
    """Give every form the diagrams name, by stem."""
    for stem in sorted({node.properties["form"] for node in nodes() if "form" in node.properties}):
        yield stem, json.loads((PROCESSES / "forms" / f"{stem}.json").read_text("utf-8"))


def test_every_element_has_both_names_and_an_article() -> None:
    nameless = [node.id for node in nodes() if not (node.name and node.name_en)]
    without_article = {node.id for node in nodes() if not node.properties.get("article")}
    assert nameless == []
    assert without_article == PRACTICE


def test_every_answer_of_a_gateway_has_both_names() -> None:
    forks = [node for node in nodes() if node.tag in ("exclusiveGateway", "inclusiveGateway")]
    answers = [flow for node in forks if len(node.outgoing) > 1 for flow in node.outgoing]
    assert [flow.id for flow in answers if not (flow.name and flow.name_en)] == []


def test_every_task_of_a_person_has_a_role_and_a_form() -> None:
    tasks = [node for node in nodes() if node.tag == "userTask"]
    assert [node.id for node in tasks if not node.role or "form" not in node.properties] == []


def test_every_form_is_used_and_titled_in_both_languages() -> None:
    used = dict(forms())
    shipped = {path.stem for path in (PROCESSES / "forms").glob("*.json")}
    assert used.keys() <= shipped
    assert [stem for stem, form in used.items() if not (form.get("title") and form.get("x-title-en"))] == []


def test_every_article_that_is_cited_is_among_the_law() -> None:
    known = articles(PROCESSES / "law")
    cited = {node.properties["article"] for node in nodes() if "article" in node.properties}
    cited |= {fact.article for fact in declared().values() if fact.article}
    cited |= {";".join(map(str, rule.law)) for rule in rules()}
    for stem in ("jurisdiction", "recognition_ground"):
        table = load_decision((PROCESSES / "decisions" / f"{stem}.dmn").read_bytes())
        cited |= {row.article for row in table.rules if row.article}
    for text in sorted(cited):
        for source in parse_sources(text):
            look_up(known, source)


@pytest.mark.parametrize("stem", DIAGRAMS)
def test_no_plane_holds_more_than_can_be_taken_in(stem: str) -> None:
    root = parse((PROCESSES / f"{stem}.bpmn").read_bytes())
    lanes = {lane.get("id") for lane in root.iter(f"{{{BPMN}}}lane")}
    planes = list(root.iter(f"{{{BPMN_DI}}}BPMNPlane"))
    assert planes
    for plane in planes:
        shapes = [each.get("bpmnElement") for each in plane.iter(f"{{{BPMN_DI}}}BPMNShape")]
        assert len([shape for shape in shapes if shape not in lanes]) <= MOST_SHAPES, plane.get("bpmnElement")


def test_those_who_draft_review_and_approve_are_kept_apart() -> None:
    found = {node.id: node for node in nodes()}
    assert found["review_decision"].properties["separate_from"] == "draft_decision"
    assert found["approve_decision"].properties["separate_from"] == "draft_decision,review_decision"
    assert found["approve_suspension"].properties["separate_from"] == "plan_inquiry,change_inquiry"
    assert found["investigate"].properties["officers"] == "2"


def test_every_limit_of_the_procedure_is_started_and_met_somewhere() -> None:
    settings = [
        (name.removeprefix("deadline."), part.split()[0])
        for node in nodes()
        for name, text in node.properties.items()
        if name.startswith("deadline.")
        for part in text.split(";")
    ]
    for limit in ("D03", "D04", "D05", "D06", "D07"):
        assert {("start", limit), ("meet", limit), ("lift", limit)} <= set(settings)
    for limit in ("D05", "D06"):
        assert {("suspend", limit), ("resume", limit)} <= set(settings)
    assert {("start", "D08"), ("start", "D30")} <= set(settings)
