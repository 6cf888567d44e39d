"""A form beside what another officer confirmed: every kind of field, told as a person reads it."""

from collections.abc import Mapping
from typing import Any

import pytest

from casework.officers import Confirmation
from engine.values import digest, encode
from web import forms
from web.cases import comparing
from web.cases.comparing import Compared
from web.forms import Form, Passage

_FACES: Mapping[str, Any] = {"front": {"zh": "正面", "en": "Front"}, "back": {"zh": "背面", "en": "Back"}}
_ROW: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "about": {"type": "string", "x-label": "内容", "x-widget": "textarea"},
        "on": {"type": "string", "format": "date", "x-label": "日期"},
        "signed": {"type": "boolean", "x-label": "签名"},
    },
}
FIELDS: Mapping[str, Any] = {
    "a.text": {"type": "string", "x-label": "文字", "x-widget": "textarea"},
    "a.count": {"type": "integer", "x-label": "人数", "x-unit": "人"},
    "a.day": {"type": "string", "format": "date", "x-label": "日"},
    "a.moment": {"type": "string", "format": "date-time", "x-label": "时"},
    "a.sum": {"type": "string", "x-widget": "money", "x-unit": "元", "x-label": "金额"},
    "a.face": {"type": "string", "enum": list(_FACES), "x-codes": _FACES, "x-label": "面"},
    "a.faces": {"type": "array", "items": {"type": "string", "enum": list(_FACES)}, "x-codes": _FACES},
    "a.true": {"type": "boolean", "x-label": "属实"},
    "a.file": {"type": "string", "x-widget": "file", "x-label": "附件"},
    "a.files": {"type": "array", "x-widget": "file", "items": {"type": "string"}, "x-label": "附件"},
    "a.rows": {"type": "array", "items": _ROW, "x-label": "笔录"},
}
SCHEMA: Mapping[str, Any] = {"type": "object", "properties": FIELDS}
NAMES = {"1" * 64: "笔录.pdf", "2" * 64: "照片.png"}


def confirmed(values: Mapping[str, Any], person: str = "li", *, stands: bool = False) -> Confirmation:
    return Confirmation(person, "李示例", "2026-11-22T02:00:00.000000Z", digest(encode(dict(values))), values, stands)


def laid_beside(
    mine: Mapping[str, Any], *confirmations: Confirmation, asked: Any = FIELDS
) -> tuple[Form, list[Compared]]:
    form = forms.build(SCHEMA, mine, asked)
    return comparing.beside(form, confirmations, "zhao", SCHEMA, asked, NAMES)


def passages(mine: Any, theirs: Any, name: str) -> list[Passage]:
    """What is told at one field, where one person filled in one value and another confirmed the other."""
    form, _ = laid_beside({name: mine}, confirmed({name: theirs}))
    (field,) = (each for _heading, fields in form.groups for each in fields if each.path == name)
    return [passage for told in field.otherwise for passage in told.passages]


@pytest.mark.parametrize(
    ("name", "mine", "theirs", "told"),
    [
        ("a.text", None, "甲", "甲"),
        ("a.text", "甲", None, "（未填写）"),
        ("a.text", "甲乙", "丙丁", "丙丁"),
        ("a.count", None, 3, "3人"),
        ("a.day", "2026-11-20", "2026-11-21", "2026-11-21 周六"),
        ("a.moment", None, "2026-11-21T02:30:00.000000Z", "2026-11-21 10:30"),
        ("a.sum", "1.00", "20000.00", "20,000.00元"),
        ("a.face", "front", "back", "背面"),
        ("a.face", "front", None, "（未填写）"),
        ("a.faces", ["front"], ["front", "back"], "正面、背面"),
        ("a.true", True, False, "否"),
        ("a.true", False, True, "是"),
        ("a.file", "1" * 64, "2" * 64, "照片.png"),
        ("a.file", "1" * 64, "3" * 64, "已上传的文件"),
        ("a.files", ["1" * 64], ["1" * 64, "2" * 64], "笔录.pdf、照片.png"),
    ],
)
def test_a_value_is_told_as_a_person_reads_it(name: str, mine: object, theirs: object, told: str) -> None:
    assert passages(mine, theirs, name) == [Passage("", told)]


@pytest.mark.parametrize(
    ("name", "mine", "theirs"),
    [
        ("a.text", None, None),
        ("a.text", "", None),
        ("a.text", "甲", "甲"),
        ("a.true", None, False),
        ("a.faces", None, []),
        ("a.rows", None, []),
        ("a.rows", [{"about": "甲", "signed": False}], [{"about": "甲"}]),
    ],
)
def test_what_says_the_same_is_not_marked(name: str, mine: object, theirs: object) -> None:
    assert passages(mine, theirs, name) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "parts"),
    [
        ("地面湿滑，无异常", "地面干燥，无异常", ("地面", "干燥", "，无异常")),
        ("地面湿滑", "地面湿滑，有油", ("地面湿滑", "，有油", "")),
        ("地面湿滑，有油", "地面湿滑", ("地面湿滑", "", "")),
        ("ababa", "aba", ("aba", "", "")),
        ("前" * 50 + "一" + "后" * 50, "前" * 50 + "二" + "后" * 50, ("…" + "前" * 40, "二", "后" * 40 + "…")),
    ],
)
def test_a_text_is_parted_where_it_differs(mine: str, theirs: str, parts: tuple[str, str, str]) -> None:
    assert passages(mine, theirs, "a.text") == [Passage("", *parts)]


def test_a_table_is_compared_cell_by_cell() -> None:
    mine = [{"about": "甲见", "on": "2026-11-20"}]
    theirs = [{"about": "甲闻", "on": "2026-11-20"}, {"about": "乙", "signed": True}]
    assert passages(mine, theirs, "a.rows") == [
        Passage("第 1 行 内容", "甲", "闻", ""),
        Passage("第 2 行 内容", "乙"),
        Passage("第 2 行 签名", "是"),
    ]
    assert Passage("第 2 行 内容", "（未填写）") in passages(theirs, mine, "a.rows")


def test_a_field_that_is_not_asked_is_not_compared() -> None:
    _form, (compared,) = laid_beside({}, confirmed({"a.text": "甲", "a.count": 3}), asked={"a.count"})
    assert [field.path for field, _passages in compared.fields] == ["a.count"]


def test_everybody_who_confirmed_is_told_of_and_one_s_own_words_are_one_s_own() -> None:
    mine = {"a.text": "丙"}
    form, compared = laid_beside(mine, confirmed({"a.text": "甲"}), confirmed({"a.text": "乙"}, "zhao"))
    assert [(each.who, each.taken_from) for each in compared] == [("李示例", "li"), ("您", "zhao")]
    (field,) = (each for _heading, fields in form.groups for each in fields if each.otherwise)
    assert [(each.who, each.taken_from) for each in field.otherwise] == [("李示例", "li"), ("您", "zhao")]


def test_what_two_confirmed_alike_is_told_once() -> None:
    theirs = {"a.text": "甲"}
    _form, (compared,) = laid_beside({}, confirmed(theirs, "zhao"), confirmed(theirs, stands=True))
    assert (compared.who, compared.confirmation.stands) == ("李示例", True)


def test_who_waits_for_the_second_can_fill_nothing_in() -> None:
    _form, compared = laid_beside({}, confirmed({"a.text": "甲"}), confirmed({}, "zhao", stands=True))
    assert [each.taken_from for each in compared] == ["", ""]


@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("take:a.text:li", {"a.text": "甲", "a.count": 1}),
        ("take:a.count:li", {"a.text": "丙"}),
        ("take::li", {"a.text": "甲"}),
        ("take::nobody", {"a.text": "丙", "a.count": 1}),
        ("take:", {"a.text": "丙", "a.count": 1}),
    ],
)
def test_a_button_takes_over_one_field_or_all(action: str, left: Mapping[str, object]) -> None:
    mine = {"a.text": "丙", "a.count": 1}
    assert comparing.taken(mine, [confirmed({"a.text": "甲"})], action) == left
