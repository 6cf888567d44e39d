"""Each fault a drawing can have is put into a sound one by hand, and must be named."""

import pytest

from engine.geometry import LARGEST_PLANE, faults
from engine.xml import BPMN, BPMN_DI, DC, DI

SOUND = f"""
<definitions xmlns="{BPMN}" xmlns:bpmndi="{BPMN_DI}" xmlns:dc="{DC}" xmlns:di="{DI}">
  <process id="procedure">
    <laneSet id="lanes"><lane id="office"><flowNodeRef>draft</flowNodeRef></lane></laneSet>
    <userTask id="draft"/><userTask id="check"/><boundaryEvent id="late" attachedToRef="draft"/>
    <endEvent id="done"/><subProcess id="look"/>
    <sequenceFlow id="on" sourceRef="draft" targetRef="check"/>
    <sequenceFlow id="off" sourceRef="late" targetRef="done"/>
  </process>
  <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="procedure">
    <bpmndi:BPMNShape bpmnElement="office"><dc:Bounds x="0" y="0" width="400" height="300"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="draft"><dc:Bounds x="50" y="50" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="check"><dc:Bounds x="250" y="50" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="late"><dc:Bounds x="82" y="112" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="done"><dc:Bounds x="202" y="202" width="36" height="36"/>
      <bpmndi:BPMNLabel><dc:Bounds x="200" y="242" width="40" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="look"><dc:Bounds x="280" y="180" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge bpmnElement="on"><di:waypoint x="150" y="90"/><di:waypoint x="250" y="90"/>
      <bpmndi:BPMNLabel><dc:Bounds x="160" y="70" width="40" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge bpmnElement="off"><di:waypoint x="100" y="148"/><di:waypoint x="100" y="220"/>
      <di:waypoint x="202" y="220"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
  <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="look"/></bpmndi:BPMNDiagram>
</definitions>
"""


def test_a_sound_drawing_has_no_fault() -> None:
    assert faults(SOUND) == []


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        ('Shape bpmnElement="check"', 'Shape bpmnElement="nothing"', "check is not drawn"),
        ('Edge bpmnElement="on"', 'Edge bpmnElement="nothing"', "on is not drawn"),
        ('Shape bpmnElement="office"', 'Shape bpmnElement="nothing"', "office is not drawn"),
        ('Plane bpmnElement="look"', 'Plane bpmnElement="nothing"', "look has no plane of its own"),
        ('x="250" y="50"', 'x="149" y="50"', "procedure: draft overlaps check"),
        ('x="50" y="50"', 'x="50" y="-1"', "procedure: draft lies outside its lane office"),
        ('<di:waypoint x="250" y="90"/>', '<di:waypoint x="250" y="91"/>', "procedure: on runs aslant"),
        ('<di:waypoint x="250" y="90"/>', "", "procedure: on has no line"),
        ('x="250" y="90"', 'x="240" y="90"', "procedure: on does not end on the border of check"),
        ('x="202" y="202"', 'x="180" y="70"', "procedure: on runs through done"),
        ('x="160" y="70" width="40"', 'x="160" y="70" width="95"', "procedure: the label of on covers check"),
        ('x="160" y="70"', 'x="210" y="250"', "procedure: the label of done covers that of on"),
    ],
)
def test_a_fault_is_named(sound: str, broken: str, fault: str) -> None:
    assert sound in SOUND
    assert fault in faults(SOUND.replace(sound, broken))


def test_a_flow_along_another_with_other_ends_is_named() -> None:
    along = SOUND.replace(
        '<di:waypoint x="202" y="220"/>', '<di:waypoint x="100" y="90"/><di:waypoint x="200" y="90"/>'
    )
    assert "procedure: on runs along off" in faults(along)


def test_a_flow_through_its_own_source_is_named() -> None:
    inside = SOUND.replace('<di:waypoint x="150" y="90"/>', '<di:waypoint x="50" y="90"/>')
    assert "procedure: on runs through draft" in faults(inside)


def test_a_crowded_plane_is_named() -> None:
    nodes = "".join(f'<userTask id="n{number}"/>' for number in range(LARGEST_PLANE))
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="n{number}"><dc:Bounds x="{200 * number}" y="900" width="100" height="80"/>'
        "</bpmndi:BPMNShape>"
        for number in range(LARGEST_PLANE)
    )
    crowded = SOUND.replace("</process>", f"{nodes}</process>").replace(
        "</bpmndi:BPMNPlane>", f"{shapes}</bpmndi:BPMNPlane>", 1
    )
    assert faults(crowded) == [f"procedure: {LARGEST_PLANE + 4} nodes on one plane, at most {LARGEST_PLANE}"]


def test_a_diagram_without_a_drawing_names_everything_missing() -> None:
    bare = SOUND[: SOUND.index("<bpmndi:BPMNDiagram>")] + "</definitions>"
    missing = {fault.split()[0] for fault in faults(bare)}
    assert missing == {"office", "draft", "check", "late", "done", "look", "on", "off"}
