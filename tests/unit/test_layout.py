"""Diagrams are invented here as outlines: a line a node, lanes with what lies in them, flows as arrows."""

import codecs
import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from lxml import etree

from engine.geometry import faults
from engine.layout import LARGEST_PLANE, LayoutRefusedError, layout, layout_file
from engine.xml import BPMN, BPMN_DI, DI, Element, XmlRefusedError, parse

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "user": "userTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "sub": "subProcess",
    "event_sub": "subProcess",
    "on": "boundaryEvent",
}

RECOGNITION = """
    lane 受理窗口: received register complete supplement arrived withdrawn
    lane 承办调查: jurisdiction ours referred review acceptable fork investigate burden join draft reject
    lane 审核: check agreed
    lane 审批: approve signed
    lane 送达归档: serve archive closed
    start received 收到申请
    user register 登记申请
    rule jurisdiction 判断管辖
    xor ours 是否本局管辖？
    end referred 已移送
    user review 审查材料
    xor complete 材料是否齐全？
    user supplement 接收补正材料
    catch arrived 补正材料送达
    xor acceptable 是否受理？
    and fork
    sub investigate 调查核实
      lane 承办调查: asked question record
      lane 审核: look known
      start asked 开始
      user question 询问
      user look 复核笔录
      user record 制作笔录
      end known 查明
      asked -> question -> record -> look -> known
    user burden 通知用人单位举证
    and join
    user draft 拟定认定结论
    user reject 拟定不予受理
    user check 审核决定
    xor agreed 是否同意？
    user approve 审批决定
    xor signed 是否批准？
    call serve 送达文书
    user archive 立卷归档
    end closed 已结案
    end withdrawn 已撤回
    on overdue@supplement 逾期未补正
    on withdrawal@investigate 申请人撤回
    event_sub recusal 回避申请
    received -> register -> jurisdiction -> ours -是-> review -> complete -齐全-> acceptable -受理-> fork
    ours -否-> referred
    complete -缺件-> supplement -> arrived -> review
    acceptable -不予受理-> reject -> approve
    fork -> investigate -> join
    fork -> burden -> join -> draft -> check -> agreed -同意-> approve -> signed -批准-> serve -> archive -> closed
    agreed -退回-> draft
    signed -退回-> draft
    overdue -> withdrawn
    withdrawal -> withdrawn
"""

PARALLEL = """
    start opened 开始调查
    and fork
    xor burden 用人单位应举证？
    call evidence 送达举证通知
    xor settled
    user plan 制定调查计划
    user talk 询问笔录
    user records 调取材料
    user witness 见证人签名
    and join
    end done 调查完毕
    on refused@talk 拒绝签名
    on gone@talk 下落不明
    on long@talk 久未完成
    opened -> fork -> burden -应举证-> evidence -> settled -> join -> done
    burden -不需-> settled
    fork -> plan -> talk -> records -> join
    refused -> witness -> records
    gone -> done
    long -> talk
"""

LOOPS = """
    start opened 开始
    user draft 起草
    user check 审核
    xor right 通过？
    end done 完成
    opened -> draft -> check -> right -是-> done
    right -否-> draft
    check -> check
"""


AGAIN = """
    start asked 开始
    xor due 待制作
    user issue 制作
    user again 重新制作
    end made 完成
    on given_up@issue 无法制作
    asked -> due -> issue -> made
    given_up -> again -> due
"""


def a_diagram(outline: str, *, pool: bool = False) -> str:
    """Write an outline as BPMN without a drawing."""
    lines = [line for line in outline.splitlines() if line.strip()]
    around = '<collaboration id="all"><participant id="pool" name="工伤" processRef="procedure"/></collaboration>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns="{BPMN}" id="definitions" targetNamespace="urn:x">\n{around if pool else ""}\n'
        f'<process id="procedure" isExecutable="true">\n{"".join(_container("procedure", lines))}</process>\n'
        "</definitions>\n"
    )


def _container(key: str, lines: Sequence[str]) -> Iterator[str]:
    depth = min((_indent(line) for line in lines), default=0)
    lanes = [line.strip().removeprefix("lane ") for line in lines if line.strip().startswith("lane")]
    if any(_indent(line) == depth and line.strip().startswith("lane") for line in lines):
        own = [line for line in lines if _indent(line) == depth and line.strip().startswith("lane")]
        lanes = [line.strip().removeprefix("lane ") for line in own]
        yield f'<laneSet id="{key}_lanes">{"".join(_lane(key, n, lane) for n, lane in enumerate(lanes))}</laneSet>\n'
    for index, line in enumerate(lines):
        if _indent(line) == depth and not line.strip().startswith("lane"):
            inner = []
            for below in lines[index + 1 :]:
                if _indent(below) == depth:
                    break
                inner.append(below)
            yield from _flows(line.strip()) if "->" in line else _node(line.strip(), inner)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lane(key: str, number: int, lane: str) -> str:
    name, nodes = lane.split(":")
    references = "".join(f"<flowNodeRef>{node}</flowNodeRef>" for node in nodes.split())
    return f'<lane id="{key}_lane_{number}" name="{name}">{references}</lane>'


def _node(line: str, inner: list[str]) -> Iterator[str]:
    kind, key, name = (*line.split(" ", 2), "")[:3]
    key, _, host = key.partition("@")
    extra = f' attachedToRef="{host}"' if host else ' triggeredByEvent="true"' if kind == "event_sub" else ""
    yield f'<{TAGS[kind]} id="{key}" name="{name}"{extra}>{"".join(_container(key, inner))}</{TAGS[kind]}>\n'


def _flows(line: str) -> Iterator[str]:
    source, *rest = re.split(r" -(?:(\w+)-)?> ", line)
    for label, target in zip(rest[::2], rest[1::2], strict=True):
        named = f' name="{label}"' if label else ""
        yield f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}"{named}/>\n'
        source = target


def shapes(xml: str | bytes, plane: str = "procedure") -> dict[str, tuple[int, int, int, int]]:
    """Give left, top, right and bottom of every shape of a plane."""
    found = {}
    for shape in _plane(xml, plane).iter(f"{{{BPMN_DI}}}BPMNShape"):
        x, y, width, height = (int(number) for number in shape[0].attrib.values())
        found[str(shape.attrib["bpmnElement"])] = (x, y, x + width, y + height)
    return found


def ways(xml: str, plane: str = "procedure") -> dict[str, list[tuple[int, int]]]:
    """Give the corners of every flow of a plane."""
    return {
        str(edge.attrib["bpmnElement"]): [
            (int(point.attrib["x"]), int(point.attrib["y"])) for point in edge.iter(f"{{{DI}}}waypoint")
        ]
        for edge in _plane(xml, plane).iter(f"{{{BPMN_DI}}}BPMNEdge")
    }


def _plane(xml: str | bytes, key: str) -> Element:
    found = [each for each in parse(xml).iter(f"{{{BPMN_DI}}}BPMNPlane") if each.get("bpmnElement") == key]
    assert len(found) == 1
    return found[0]


def meaning(xml: str) -> str:
    """Give the canonical form of everything but the drawing."""
    root = parse(xml)
    for diagram in root.findall(f"{{{BPMN_DI}}}BPMNDiagram"):
        root.remove(diagram)
    return str(etree.canonicalize(etree.tostring(root, encoding="unicode"), strip_text=True))


def middle(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


@pytest.mark.parametrize("outline", [RECOGNITION, PARALLEL, LOOPS], ids=["recognition", "parallel", "loops"])
@pytest.mark.parametrize("pool", [False, True], ids=["bare", "pool"])
def test_a_laid_out_diagram_is_without_fault(outline: str, pool: bool) -> None:
    assert faults(layout(a_diagram(outline, pool=pool))) == []


@pytest.mark.parametrize("outline", [RECOGNITION, PARALLEL, LOOPS], ids=["recognition", "parallel", "loops"])
def test_laying_out_again_changes_no_byte(outline: str) -> None:
    once = layout(a_diagram(outline))
    assert layout(once) == once
    assert layout(a_diagram(outline)) == once


def test_what_a_diagram_means_is_left_alone() -> None:
    before = a_diagram(RECOGNITION)
    assert meaning(layout(before)) == meaning(before)


def test_a_process_with_lanes_gets_no_pool() -> None:
    drawn = layout(a_diagram(RECOGNITION))
    assert "collaboration" not in drawn
    assert "participant" not in drawn


def test_comments_quotes_and_line_breaks_stay() -> None:
    before = a_diagram(LOOPS).replace(
        '<process id="procedure"', "<!-- <bpmndi:BPMNDiagram> -->\n<process\n  id='procedure'"
    )
    after = layout(before)
    drawing = after[after.index("\n  <bpmndi:BPMNDiagram") : after.index("</definitions>") - 1]
    assert after.replace(drawing, "") == before


def test_an_old_drawing_is_thrown_away_whatever_its_prefix() -> None:
    fresh = layout(a_diagram(LOOPS))
    old = f'<x:BPMNDiagram xmlns:x="{BPMN_DI}" id="old"><x:BPMNPlane bpmnElement="procedure"/></x:BPMNDiagram>'
    drawn_before = a_diagram(LOOPS).replace("</definitions>", f"  {old}\n</definitions>")
    assert layout(drawn_before) == fresh


def test_moving_a_shape_by_hand_does_not_last() -> None:
    drawn = layout(a_diagram(LOOPS))
    left = shapes(drawn)["draft"][0]
    assert layout(drawn.replace(f'x="{left}"', f'x="{left + 7}"')) == drawn


def test_each_sub_process_is_collapsed_and_has_a_plane_of_its_own() -> None:
    drawn = layout(a_diagram(RECOGNITION))
    collapsed = re.findall(r'bpmnElement="(\w+)" isExpanded="false"', drawn)
    assert collapsed == ["investigate", "recusal"]
    assert {"asked", "question", "look", "record", "known"} <= shapes(drawn, "investigate").keys()
    assert not shapes(drawn).keys() & {"asked", "question"}
    assert shapes(drawn, "recusal") == {}


def test_lanes_lie_below_one_another_in_their_order_and_touch() -> None:
    drawn = shapes(layout(a_diagram(RECOGNITION)))
    lanes = [drawn[f"procedure_lane_{number}"] for number in range(5)]
    assert all(upper[3] == lower[1] for upper, lower in pairwise(lanes))
    assert len({(lane[0], lane[2]) for lane in lanes}) == 1


def test_the_lanes_of_a_sub_process_are_drawn_on_its_plane() -> None:
    drawn = shapes(layout(a_diagram(RECOGNITION)), "investigate")
    assert drawn["investigate_lane_1"][1] <= drawn["look"][1] < drawn["look"][3] <= drawn["investigate_lane_1"][3]


def test_nodes_that_an_outer_lane_names_inside_a_sub_process_are_kept_apart() -> None:
    outline = """
        lane 受理窗口: handle ask
        lane 承办调查: answer
        sub handle 办理
          user ask 询问
          user answer 答复
          ask -> answer
    """
    drawn = shapes(layout(a_diagram(outline)), "handle")
    assert drawn["ask"][3] < drawn["answer"][1]


def test_a_pool_holds_its_lanes() -> None:
    drawn = shapes(layout(a_diagram(RECOGNITION, pool=True)), "all")
    pool, first, last = drawn["pool"], drawn["procedure_lane_0"], drawn["procedure_lane_4"]
    assert (pool[1], pool[3]) == (first[1], last[3])
    assert first[0] - pool[0] == 30
    assert first[2] == pool[2]


def test_the_main_path_keeps_one_height_in_a_lane() -> None:
    drawn = shapes(layout(a_diagram(RECOGNITION)))
    path = ["jurisdiction", "ours", "review", "acceptable", "fork", "investigate", "join", "draft"]
    assert len({middle(drawn[node])[1] for node in path}) == 1


def test_flows_run_to_the_right_unless_they_close_a_loop_or_change_lane() -> None:
    drawn = layout(a_diagram(RECOGNITION))
    boxes = shapes(drawn)
    back = {"arrived_to_review", "agreed_to_draft", "signed_to_draft"}
    for flow in ways(drawn).keys() - back:
        source, target = flow.split("_to_")
        assert middle(boxes[source])[0] <= middle(boxes[target])[0], flow


def test_a_loop_goes_back_above_or_below() -> None:
    drawn = layout(a_diagram(LOOPS))
    boxes, way = shapes(drawn), ways(drawn)["right_to_draft"]
    assert any(y < boxes["draft"][1] or y > boxes["draft"][3] for _, y in way)


def test_a_loop_goes_back_round_what_led_to_it_and_not_across() -> None:
    drawn = ways(layout(a_diagram(AGAIN)))
    (x, top), (_, bottom), *_ = drawn["given_up_to_again"]
    level = [(one, other) for one, other in pairwise(drawn["again_to_due"]) if one[1] == other[1]]
    assert level
    assert not [y for (right, y), (left, _) in level if top < y < bottom and left < x < right]


def test_a_boundary_event_sits_on_the_border_of_its_host() -> None:
    drawn = shapes(layout(a_diagram(PARALLEL)))
    host = drawn["talk"]
    events = [middle(drawn[event]) for event in ("refused", "gone", "long")]
    assert all(host[0] < x < host[2] and y in (host[1], host[3]) for x, y in events)
    assert len(set(events)) == 3


def test_shapes_have_their_constant_sizes_and_middles_on_the_raster() -> None:
    drawn = shapes(layout(a_diagram(LOOPS)))
    sizes = {key: (right - left, bottom - top) for key, (left, top, right, bottom) in drawn.items()}
    assert sizes == {"opened": (36, 36), "draft": (100, 80), "check": (100, 80), "right": (50, 50), "done": (36, 36)}
    assert all(x % 10 == y % 10 == 0 for x, y in map(middle, drawn.values()))


def test_a_file_without_a_process_stays_as_it_is() -> None:
    empty = f'<definitions xmlns="{BPMN}"/>'
    assert layout(empty) == empty


def test_flows_into_the_open_and_events_without_host_do_not_stop_it() -> None:
    broken = a_diagram("start opened 开始\non lost@nowhere 无处\nopened -> nowhere")
    assert set(shapes(layout(broken))) == {"opened", "lost"}


def in_a_file(text: str, encoding: str) -> bytes:
    """A diagram as a file in an encoding, which its declaration names but for a byte order mark."""
    return text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_file_keeps_its_line_ends(ends: str) -> None:
    before = a_diagram(LOOPS).replace("\n", ends).encode()
    after = layout_file(before)
    assert after == layout(a_diagram(LOOPS)).replace("\n", ends).encode()
    assert layout_file(after) == after


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "UTF-16"])
def test_a_file_keeps_its_encoding_and_names_it(encoding: str) -> None:
    after = layout_file(in_a_file(a_diagram(LOOPS), encoding))
    assert after == in_a_file(layout(a_diagram(LOOPS)), encoding)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_file_keeps_its_byte_order_mark(mark: bytes, encoding: str) -> None:
    text = a_diagram(LOOPS).partition("\n")[2]
    assert layout_file(mark + text.encode(encoding)) == mark + layout(text).encode(encoding)


def test_a_file_whose_encoding_lacks_a_character_gets_its_number() -> None:
    text = a_diagram(LOOPS.replace("draft", "草")).replace("UTF-8", "US-ASCII")
    drawn = layout_file(text.encode("ascii", "xmlcharrefreplace"))
    assert b'encoding="US-ASCII"' in drawn
    assert "草" in shapes(drawn)


@pytest.mark.parametrize("content", [b'<?xml version="1.0" encoding="nonsense"?><a/>', b"\xff\xfe no diagram", b"\xff"])
def test_a_file_that_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(XmlRefusedError):
        layout_file(content)


@pytest.mark.parametrize("text", ["<definitions/>", '<html xmlns="http://www.w3.org/1999/xhtml"/>'])
def test_what_is_no_diagram_is_refused_and_not_said_to_be_drawn(text: str) -> None:
    with pytest.raises(XmlRefusedError, match="not_bpmn"):
        layout(text)


def test_a_document_type_is_refused() -> None:
    with pytest.raises(XmlRefusedError):
        layout("<!DOCTYPE definitions><definitions/>")


def test_a_plane_nobody_could_read_is_refused() -> None:
    with pytest.raises(LayoutRefusedError) as refused:
        layout(a_diagram("\n".join(f"user n{number} 任务" for number in range(LARGEST_PLANE + 1))))
    assert (refused.value.element, refused.value.count) == ("procedure", LARGEST_PLANE + 1)


@pytest.mark.parametrize("seed", range(12))
def test_invented_diagrams_of_every_shape_are_without_fault(seed: int) -> None:
    drawn = layout(a_diagram(_invented(random.Random(seed))))
    assert faults(drawn) == []
    assert layout(drawn) == drawn


def _invented(chance: random.Random) -> str:
    """Invent a diagram: a tree of nodes, some flows across it and back, boundary events, lanes."""
    count = chance.randint(2, 14)
    kinds = ["start", *chance.choices(["user", "xor", "and", "catch", "sub"], [5, 3, 1, 1, 1], k=count - 1), "end"]
    nodes = [f"n{number}" for number in range(len(kinds))]
    lines = [f"{kind} {node} {_name(chance)}" for kind, node in zip(kinds, nodes, strict=True)]
    flows = {(nodes[chance.randint(max(0, number - 4), number - 1)], nodes[number]) for number in range(1, len(nodes))}
    inner = nodes[1:-1] or nodes[1:]
    flows |= {(chance.choice(inner), chance.choice(inner)) for _ in range(count // 3)}
    hosts = [node for kind, node in zip(kinds, nodes, strict=True) if kind in {"user", "sub"}]
    for number, host in enumerate(chance.choices(hosts, k=count // 4) if hosts else []):
        lines.append(f"on b{number}@{host} {_name(chance)}")
        flows.add((f"b{number}", chance.choice(nodes[1:])))
    lanes = chance.randint(1, 5)
    lane_of = [chance.randrange(lanes) for _ in nodes]
    members = [[node for node, lane in zip(nodes, lane_of, strict=True) if lane == number] for number in range(lanes)]
    arrows = [f"{a} -{_name(chance)[:4]}-> {b}" if chance.random() < 0.3 else f"{a} -> {b}" for a, b in sorted(flows)]
    return "\n".join([*(f"lane 泳道: {' '.join(lane)}" for lane in members), *lines, *arrows])


def _name(chance: random.Random) -> str:
    return "".join(chance.choices("材料是否齐全审查调查核实认定工伤决定送达归档", k=chance.randint(1, 10)))
