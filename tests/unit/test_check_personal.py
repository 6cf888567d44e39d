"""A diagram may not copy what is personal to where no order could erase it."""

import pytest

from engine.check import check
from tests.diagrams import about, call, catch, element, end, path, process, script, start, throw, user
from tests.unit.test_check import drawn

FACTS = """
worker.name: {type: text, label: 姓名, label_en: Name, personal: true}
worker.notes: {type: list, label: 记录, label_en: Notes, personal: true}
worker.born_on: {type: date, label: 出生, label_en: Born on, personal: true}
matter.reasons: {type: text, label: 理由, label_en: Reasons}
matter.notes: {type: list, label: 附记, label_en: Remarks}
matter.kind: {type: code, label: 类别, label_en: Kind, codes: {known: {zh: 已知, en: Known}}}
matter.adult: {type: boolean, label: 成年, label_en: Of age}
matter.number: {type: text, label: 编号, label_en: Number}
matter.office: {type: office, label: 部门, label_en: Office, personal: true}
"""


def copied(middle: str) -> set[str]:
    """Name the elements of a procedure of one element that are refused for copying."""
    text = drawn(process("p", start(), middle, end(), path("begin", "x", "done")))
    return {one.element for one in check({"p.bpmn": text, "facts/p.yaml": FACTS}) if one.code == "personal_copied"}


@pytest.mark.parametrize(
    "middle",
    [
        user("x", deadline__lift="D05 reason=worker.name"),
        user("x", deadline__meet="D03", deadline__extend="D04; D05 length=matter.days reason=worker.born_on"),
        catch("x", about("message", "news"), key="worker.name"),
        throw("x", about("message", "news"), key="matter.number if known(matter.number) else worker.name"),
        user("x", office="matter.office"),
        script("x", 'matter.number = "1"\nmatter.reasons = worker.name'),
        script("x", "matter.notes = [worker.name]"),
        script("x", "matter.reasons = worker.notes[0]"),
        call("x", called="q", in__matter__reasons="worker.name"),
        call("x", called="q", out__matter__reasons="worker.name"),
        throw("x", about("message", "news"), payload__matter__reasons="worker.name"),
    ],
)
def test_what_would_stand_unsealed_for_ever_is_refused(middle: str) -> None:
    assert copied(middle) == {"x"}


@pytest.mark.parametrize(
    "middle",
    [
        user("x", deadline__lift="D05 reason=申请人撤回申请"),
        user("x", deadline__lift="D05 on=worker.born_on reason=matter.reasons"),
        catch("x", about("message", "news"), key="matter.number"),
        user("x", office="city"),
        script("x", 'matter.kind = "known" if known(worker.name) else "known"'),
        script("x", "matter.adult = worker.born_on < today()"),
        script("x", "worker.name = worker.name"),
        script("x", "matter.reasons = matter.number"),
        call("x", called="q", in__worker__name="worker.name", in__matter__reasons="matter.number"),
        element("serviceTask", "x", act="ask_system", act__source="worker.name"),
    ],
)
def test_what_stays_in_a_leaf_of_its_own_or_says_nothing_may_be_given_on(middle: str) -> None:
    assert copied(middle) == set()
