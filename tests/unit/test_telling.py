"""A case in words: how deadlines stand and were counted, what an entry says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from casework.cases import DeadlineView, TimelineRow
from casework.decided import FiredRow
from web import pages
from web.cases import telling

_TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with Flask("telling").test_request_context("/"):
        yield


_NAMES = telling.Names({"review_visit": "审核走访", "grade": "比对走访"}, {"D03": "审核申请材料"}, {"li": "李梅"})


def an_entry(kind: str, **changes: Any) -> TimelineRow:
    told: dict[str, Any] = {
        "seq": 1,
        "at": "2026-11-21T01:00:00.000000Z",
        "actor": "王强",
        "on_behalf_of": None,
        "kind": kind,
        "element": None,
        "address": None,
        "payload": {},
        "effects": [],
        "erased": False,
        "hash": "0" * 64,
    }
    return TimelineRow(**(told | changes))


def a_deadline(explanation: list[dict[str, Any]]) -> DeadlineView:
    return DeadlineView(record={}, limit=None, explanation=explanation)


def test_the_legal_day_begins_at_midnight_in_shanghai() -> None:
    assert telling.today(datetime(2026, 11, 20, 16, tzinfo=UTC)) == _TODAY
    assert telling.today(datetime(2026, 11, 20, 15, 59, tzinfo=UTC)) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("due_on", "state", "told"),
    [
        ("2026-11-20", "running", ("overdue", -1)),
        ("2026-11-21", "running", ("soon", 0)),
        ("2026-11-24", "running", ("soon", 3)),
        ("2026-11-25", "running", ("later", 4)),
        ("2026-11-20", "breached", ("overdue", -1)),
        ("2026-11-20", "suspended", ("paused", None)),
        ("2026-11-20", "met", ("met", None)),
        ("2026-11-20", "lifted", ("lifted", None)),
        (None, "running", ("none", None)),
    ],
)
def test_a_deadline_stands_by_its_state_and_its_last_day(due_on: str | None, state: str, told: Any) -> None:
    assert telling.standing(due_on, state, _TODAY) == told


def test_days_are_told_run_by_run() -> None:
    lines: list[dict[str, Any]] = [
        {"what": "start", "day": "2026-11-06"},
        {"what": "counted", "day": "2026-11-07", "until": "2026-11-21", "number": 1, "number_until": 15},
        {"what": "unrolled", "day": "2026-11-21"},
        {"what": "rest", "day": "2026-11-22", "until": "2026-11-22", "holiday": "中秋节"},
        {"what": "due", "day": "2026-11-23", "rolled": True},
        {"what": "met", "day": "2026-11-25", "late": 2},
    ]
    assert telling.counted(a_deadline(lines), _NAMES) == [
        "2026-11-06 周五 起始日，不计入",
        "2026-11-07 周六 至 2026-11-21 周六，计入第 1 至 15 日",
        "2026-11-21 周六 期满，是休息日，顺延",
        "2026-11-22 周日，休息日 中秋节",
        "2026-11-23 周一 届满（已顺延）",
        "2026-11-25 周三 办结（超期 2 日）",
    ]


def test_a_suspension_that_goes_on_has_no_end() -> None:
    assert telling.counted(a_deadline([{"what": "suspended", "day": "2026-11-09"}]), _NAMES) == [
        "2026-11-09 周一 起中止"
    ]


def test_an_entry_names_who_acted_for_whom() -> None:
    row = an_entry("task_completed", on_behalf_of="李梅", element=SimpleNamespace(id="review", zh="审核", en="Review"))
    assert telling.entry(row, _NAMES) == "王强（代 李梅） 完成了“审核”"


def test_the_system_has_a_name_too() -> None:
    row = an_entry("act_answered", actor=None, element=SimpleNamespace(id="print", zh="制作决定书", en="Print"))
    assert telling.entry(row, _NAMES) == "系统办理了“制作决定书”"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("D03#1/due", "“审核申请材料”的期限届满"),
        ("D03#2/warn5", "距“审核申请材料”的期限届满还有 5 日"),
    ],
)
def test_the_clock_of_a_limit_is_told_by_what_the_limit_is_about(address: str, told: str) -> None:
    assert telling.entry(an_entry("timer_fired", actor=None, address=address), _NAMES) == told


def test_a_message_names_the_person_who_brought_it() -> None:
    withdrawn = SimpleNamespace(id="withdrawn", zh="申请人撤回申请", en="Withdrawn")
    row = an_entry("message_received", element=withdrawn, address="message:withdrawn")
    assert telling.entry(row, _NAMES) == "王强 告知案件：申请人撤回申请"
    assert telling.entry(replace(row, actor=None), _NAMES) == "收到消息：申请人撤回申请"


def test_an_entry_names_to_whom_a_task_went_and_who_is_to_be_recused() -> None:
    review = SimpleNamespace(id="review", zh="审核", en="Review")
    row = an_entry("reassigned", element=review, payload={"task.assignee": "li", "task.reason": "休假"})
    assert telling.entry(row, _NAMES) == "王强 将“审核”转给 李梅"
    row = an_entry("recused", payload={"recusal.person": "li", "recusal.state": "asked"})
    assert telling.entry(row, _NAMES) == "王强 申请 李梅 回避"


def test_what_followed_is_told_by_element_article_and_day() -> None:
    record = {"limit": "D03", "due_on": "2026-11-23", "article": "工伤认定办法:8"}
    effects: list[dict[str, Any]] = [
        {"effect": "entered", "address": "visit/review_visit"},
        {"effect": "deadline_started", "deadline": "D03#1", "value": record},
        {"effect": "deadline_changed", "deadline": "D03#1", "how": "met", "value": record},
        {
            "effect": "decided",
            "address": "visit/grade",
            "decision": "grounds",
            "rows": [{"row": n, "article": "法释〔2014〕9号:4"} for n in (3, 4)],
        },
        {"effect": "task_opened", "address": "visit/review_visit#2", "element": "review_visit"},
    ]
    recognise = {"zh": "应当认定", "en": "To be recognised"}
    worded = FiredRow(
        3, {"zh": "无证据证明系非工作原因", "en": "Nothing proves another cause"}, [recognise], "法释〔2014〕9号:4"
    )
    fired = {"visit/grade": [worded, FiredRow(4, None, [], "法释〔2014〕9号:4")]}
    assert telling.followed(an_entry("task_completed", effects=effects, fired=fired), _NAMES) == [
        "开始计算“审核申请材料”的期限，至 2026-11-23 周一（《工伤认定办法》第8条）",
        "在期限内办结：审核申请材料",
        "比对走访：应当认定——无证据证明系非工作原因（法释〔2014〕9号第4条）",
        "比对走访：决策表第 4 行（法释〔2014〕9号第4条）",
        "待办：审核走访",
    ]


def test_an_item_of_an_article_is_cited_as_the_law_is_written() -> None:
    assert (
        pages.article("工伤保险条例:14(6);法释〔2014〕9号:4")
        == "《工伤保险条例》第14条第（六）项；法释〔2014〕9号第4条"
    )


def test_articles_of_one_law_name_it_once() -> None:
    cited = pages.article("工伤认定办法:7;工伤认定办法:8;工伤保险条例:18")
    assert cited == "《工伤认定办法》第7条、第8条；《工伤保险条例》第18条"
    assert pages.article("工伤认定办法") == "《工伤认定办法》"
    assert pages.article("") == "—"


def test_addresses_lead_to_their_element() -> None:
    assert telling.element_of("recognition/investigate#2/opinion[3]") == "opinion"
    assert telling.element_of("") == ""


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (None, "text", "—"),
        ([], "text", "—"),
        (True, "boolean", "是"),
        ("2026-11-20T16:00:00.000000Z", "instant", "2026-11-21 00:00"),
        ("2026-11-21", "date", "2026-11-21 周六"),
        (["a", "b"], "code", "甲、乙"),
        ([{"name": "张三", "pages": 2}, {"name": "李四", "pages": None}], "list", "张三 2、李四"),
        (0, "integer", "0"),
    ],
)
def test_facts_are_shown_as_a_person_reads_them(value: Any, kind: str, told: Any) -> None:
    codes = {"a": {"zh": "甲", "en": "A"}, "b": {"zh": "乙", "en": "B"}}
    assert pages.fact(value, kind, codes) == told
