"""Labels keep clear of the slash that marks a default flow."""

from pathlib import Path

import pytest

from engine.layout import layout
from engine.xml import BPMN_DI, DC, DI, Element, parse

SHIPPED = sorted(Path("processes").glob("*.bpmn"))
#: Where bpmn-js draws the slash: from where to where along the flow, and how far to either side of it.
NEAR, FAR, ASIDE = 6, 10, 6
#: Left, top, right, bottom.
Corners = tuple[float, float, float, float]

ASKED = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">
  <startEvent id="begun" /><exclusiveGateway id="asked" name="合法？" default="lawful" />
  <userTask id="go" name="继续" /><userTask id="stop" name="退回" /><endEvent id="gone" /><endEvent id="stopped" />
  <sequenceFlow id="f1" sourceRef="begun" targetRef="asked" />
  <sequenceFlow id="lawful" name="是" sourceRef="asked" targetRef="go" />
  <sequenceFlow id="not" name="否" sourceRef="asked" targetRef="stop" />
  <sequenceFlow id="f2" sourceRef="go" targetRef="gone" />
  <sequenceFlow id="f3" sourceRef="stop" targetRef="stopped" />
</process></definitions>"""


def number(element: Element, name: str) -> float:
    return float(element.get(name, "nan"))


def slash(edge: Element) -> Corners:
    """Give where the slash of a default flow is drawn."""
    (x, y), (next_x, next_y) = [(number(at, "x"), number(at, "y")) for at in edge.findall(f"{{{DI}}}waypoint")][:2]
    if y == next_y:
        near, far = (x + NEAR, x + FAR) if next_x > x else (x - FAR, x - NEAR)
        return near, y - ASIDE, far, y + ASIDE
    near, far = (y + NEAR, y + FAR) if next_y > y else (y - FAR, y - NEAR)
    return x - ASIDE, near, x + ASIDE, far


def on_slashes(text: str) -> list[str]:
    """Name the default flows on whose slash a label lies."""
    root = parse(text)
    defaults = {element.get("default", "") for element in root.iter()} - {""}
    found = []
    for plane in root.iter(f"{{{BPMN_DI}}}BPMNPlane"):
        bounds = [*plane.iterfind(f".//{{{BPMN_DI}}}BPMNLabel/{{{DC}}}Bounds")]
        edges = {edge.get("bpmnElement", ""): edge for edge in plane.iter(f"{{{BPMN_DI}}}BPMNEdge")}
        for flow in sorted(defaults & edges.keys()):
            found += [flow for label in bounds if overlaps(slash(edges[flow]), label)]
    return found


def overlaps(one: Corners, label: Element) -> bool:
    left, top = number(label, "x"), number(label, "y")
    right, bottom = left + number(label, "width"), top + number(label, "height")
    return one[0] < right and left < one[2] and one[1] < bottom and top < one[3]


def test_a_short_answer_stands_beside_the_slash() -> None:
    assert on_slashes(layout(ASKED)) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_shipped_label_lies_on_a_slash(path: Path) -> None:
    assert on_slashes(layout(path.read_text("utf-8"))) == []
    assert on_slashes(path.read_text("utf-8")) == []
