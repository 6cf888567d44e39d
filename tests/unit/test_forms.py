"""Forms from JSON Schema: what a posted form says, and what the person sees of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from web import forms
from web.forms import Posted

SCHEMA: dict[str, Any] = {
    "title": "登记",
    "x-title-en": "Register",
    "type": "object",
    "required": ["worker.name", "applicant.kind"],
    "allOf": [
        {
            "if": {"properties": {"applicant.kind": {"const": "kin"}}},
            "then": {"required": ["applicant.relation"]},
        }
    ],
    "properties": {
        "applicant.kind": {
            "type": "string",
            "enum": ["worker", "kin"],
            "x-label": "申请人",
            "x-label-en": "Applicant",
            "x-codes": {"worker": {"zh": "职工", "en": "Worker"}, "kin": {"zh": "近亲属", "en": "Kin"}},
            "x-order": 2,
        },
        "worker.name": {"type": "string", "x-label": "姓名", "x-order": 1, "x-group": "职工"},
        "applicant.relation": {"type": "string", "x-label": "关系", "x-visible-when": "applicant.kind == 'kin'"},
        "relation.proof": {"type": "string", "x-widget": "file", "x-visible-when": "known(applicant.relation)"},
        "worker.months": {"type": "integer", "x-label": "月数"},
        "accident.happened_at": {"type": "string", "format": "date-time", "x-label": "时间"},
        "injury.died": {"type": "boolean", "x-widget": "radio", "x-label": "死亡"},
        "insurance.paid": {"type": "boolean", "x-label": "参保"},
        "injury.parts": {"type": "array", "items": {"type": "string", "enum": ["arm", "leg"]}, "x-label": "部位"},
        "cost.list": {
            "type": "array",
            "x-label": "费用",
            "items": {
                "type": "object",
                "required": ["what"],
                "properties": {
                    "what": {"type": "string", "x-label": "项目"},
                    "amount": {"type": "string", "x-widget": "money", "x-label": "金额"},
                    "receipt": {"type": "string", "x-widget": "file", "x-label": "收据"},
                },
            },
        },
    },
}


def asked(values: Mapping[str, Any]) -> set[str]:
    names = set(SCHEMA["properties"])
    if values.get("applicant.kind") != "kin":
        names.discard("applicant.relation")
    if "applicant.relation" not in values:
        names.discard("relation.proof")
    return names


def read(*pairs: tuple[str, str], **options: Any) -> dict[str, Any]:
    return forms.read(SCHEMA, Posted(pairs, options.pop("files", None)), asked, **options)


@pytest.fixture
def chinese() -> Iterator[None]:
    with Flask("forms").test_request_context("/"):
        yield


@pytest.fixture
def english() -> Iterator[None]:
    with Flask("forms").test_request_context("/", headers={"Cookie": "language=en"}):
        yield


def field(form: forms.Form, path: str) -> forms.Field:
    return next(each for _, fields in form.groups for each in forms._walk(fields) if each.path == path)


# --- reading


def test_an_empty_box_is_absent() -> None:
    assert read(("worker.name", ""), ("worker.months", "")) == {"insurance.paid": False}


def test_what_the_schema_does_not_name_is_not_looked_at() -> None:
    assert "worker.salary" not in read(("worker.salary", "9000"))


def test_an_integer_is_read_and_what_is_none_stays_as_typed() -> None:
    assert read(("worker.months", "12"))["worker.months"] == 12
    for typed in ("1.5", "1e3", "十二", "99999999999999999999", "0x1f"):
        assert read(("worker.months", typed))["worker.months"] == typed


def test_amounts_stay_text_so_that_no_float_ever_appears() -> None:
    rows = read(("cost.list._row", "0"), ("cost.list[0].amount", "1200.00"))["cost.list"]
    assert rows == [{"amount": "1200.00"}]


def test_wall_time_becomes_an_instant() -> None:
    posted = read(("accident.happened_at", "2026-10-30T09:20"))
    assert posted["accident.happened_at"] == "2026-10-30T01:20:00.000000Z"


def test_a_day_that_does_not_exist_stays_as_typed() -> None:
    assert read(("accident.happened_at", "2026-02-30T09:20"))["accident.happened_at"] == "2026-02-30T09:20"


def test_rare_ideographs_survive() -> None:
    assert read(("worker.name", "𬭎𠅤"))["worker.name"] == "𬭎𠅤"


def test_a_radio_may_stay_unanswered_and_a_box_not() -> None:
    assert "injury.died" not in read()
    assert read(("injury.died", "false"))["injury.died"] is False
    assert read()["insurance.paid"] is False


def test_several_boxes_are_a_list() -> None:
    assert read(("injury.parts", "arm"), ("injury.parts", "leg"))["injury.parts"] == ["arm", "leg"]


def test_a_hidden_field_is_dropped_and_so_is_what_it_asked_for() -> None:
    posted = read(("applicant.kind", "worker"), ("applicant.relation", "父"), ("relation.proof", "ab"))
    assert "applicant.relation" not in posted
    assert "relation.proof" not in posted


def test_empty_rows_are_dropped_unless_a_row_button_was_pressed() -> None:
    rows = [("cost.list._row", "0"), ("cost.list._row", "1"), ("cost.list[1].what", "检查费")]
    assert read(*rows)["cost.list"] == [{"what": "检查费"}]
    assert read(*rows, blank_rows=True)["cost.list"] == [{}, {"what": "检查费"}]


def test_row_numbers_nobody_types_are_not_looked_at() -> None:
    rows = [("cost.list._row", "1000000"), ("cost.list._row", "-1"), ("cost.list._row", "x"), ("cost.list._row", "²")]
    assert "cost.list" not in read(*rows)


def test_a_kept_file_is_replaced_by_a_new_one() -> None:
    kept = [("applicant.kind", "kin"), ("applicant.relation", "父"), ("relation.proof", "a" * 64)]
    assert read(*kept)["relation.proof"] == "a" * 64
    assert read(*kept, files={"relation.proof": ["b" * 64]})["relation.proof"] == "b" * 64


def test_files_of_a_row_are_known_by_their_place() -> None:
    assert forms.file_controls(SCHEMA) == {"relation.proof", "cost.list[].receipt"}


# --- row buttons


@pytest.mark.parametrize(
    ("action", "rows"),
    [
        ("add:cost.list", [{"what": "a"}, {"what": "b"}, {}]),
        ("delete:cost.list:0", [{"what": "b"}]),
        ("delete:cost.list:7", [{"what": "a"}, {"what": "b"}]),
        ("delete:cost.list:-1", [{"what": "a"}, {"what": "b"}]),
        ("add:worker.name", [{"what": "a"}, {"what": "b"}]),
        ("add:nothing", [{"what": "a"}, {"what": "b"}]),
    ],
)
def test_row_buttons_change_their_table_and_nothing_else(action: str, rows: list[dict[str, Any]]) -> None:
    payload = {"cost.list": [{"what": "a"}, {"what": "b"}]}
    assert forms.change_rows(SCHEMA, payload, action) == {"cost.list": rows}


def test_a_table_grows_to_its_bound_and_no_further() -> None:
    payload: dict[str, Any] = {"cost.list": [{}] * forms.MAX_ROWS}
    assert len(forms.change_rows(SCHEMA, payload, "add:cost.list")["cost.list"]) == forms.MAX_ROWS


# --- showing


def test_fields_stand_in_the_forms_order_and_groups(chinese: None) -> None:
    form = forms.build(SCHEMA, {}, asked({}))
    assert form.title == "登记"
    assert [heading for heading, _ in form.groups] == ["职工", ""]
    assert form.groups[1][1][0].path == "applicant.kind"


def test_labels_and_choices_are_english_by_the_switch_and_chinese_where_there_is_no_english(english: None) -> None:
    form = forms.build(SCHEMA, {"applicant.kind": "kin"}, asked({"applicant.kind": "kin"}))
    kind = field(form, "applicant.kind")
    assert form.title == "Register"
    assert kind.label == "Applicant"
    assert [(each.label, each.chosen) for each in kind.options] == [("Worker", False), ("Kin", True)]
    assert field(form, "worker.name").label == "姓名"


def test_an_instant_is_shown_as_wall_time(chinese: None) -> None:
    form = forms.build(SCHEMA, {"accident.happened_at": "2026-10-30T01:20:00.000000Z"}, asked({}))
    assert field(form, "accident.happened_at").value == "2026-10-30T09:20"


def test_what_was_typed_wrongly_is_shown_again(chinese: None) -> None:
    form = forms.build(SCHEMA, {"worker.months": "十二"}, asked({}), {"worker.months": ("not_integer", {})})
    shown = field(form, "worker.months")
    assert (shown.value, shown.error) == ("十二", "应为整数")


def test_the_summary_names_labels_and_links_to_fields_in_the_forms_order(chinese: None) -> None:
    errors = {
        "cost.list[0].amount": ("not_money", {}),
        "applicant.kind": ("required", {}),
        "worker.name": ("maxLength", {"limit": 60}),
    }
    form = forms.build(SCHEMA, {"cost.list": [{"what": "检查费"}]}, asked({}), errors)
    assert [(link, name) for link, name, _ in form.summary] == [
        ("f-worker-name", "姓名"),
        ("f-applicant-kind", "申请人"),
        ("f-cost-list-0-amount", "费用 第 1 行 金额"),
    ]
    assert form.summary[0][2] == "不得超过 60 个字"


def test_an_error_no_field_shows_is_still_told(chinese: None) -> None:
    form = forms.build(SCHEMA, {}, asked({}), {"worker.salary": ("unknown_field", {}), "": ("dependentRequired", {})})
    assert [link for link, _, _ in form.summary] == ["", ""]


def test_fields_demanded_by_a_condition_are_marked(chinese: None) -> None:
    form = forms.build(SCHEMA, {"applicant.kind": "kin"}, asked({"applicant.kind": "kin"}))
    assert field(form, "applicant.relation").required
    assert not field(form, "worker.months").required


def test_a_table_shows_an_empty_row_to_begin_with(chinese: None) -> None:
    table = field(forms.build(SCHEMA, {}, asked({})), "cost.list")
    assert [[cell.path for cell in row] for row in table.rows] == [
        ["cost.list[0].what", "cost.list[0].amount", "cost.list[0].receipt"]
    ]
