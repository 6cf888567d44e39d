import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import Declarations, FactsRefusedError, load_facts, read_date, read_decimal, read_instant
from engine.values import Value

TEXT = """
worker.name: {type: text, label: 姓名, label_en: Name, personal: true, searchable: name, max_length: 4}
worker.identity: {type: identity, label: 证件号, label_en: Identity, personal: true, searchable: identity}
applicant.kind:
  type: code
  label: 申请人
  label_en: Applicant
  codes: {kin: {zh: 近亲属, en: Kin}, union: {zh: 工会, en: Union}}
pay.sum: {type: money, label: 金额, label_en: Sum, unit: 元}
pay.rate: {type: decimal, places: 3, label: 比例, label_en: Rate}
pay.any: {type: decimal, label: 数, label_en: Number}
accident.on: {type: date, label: 日期, label_en: Day, article: '工伤保险条例:17'}
accident.at: {type: instant, label: 时刻, label_en: Instant}
worker.age: {type: integer, label: 年龄, label_en: Age}
notice.sent: {type: boolean, label: 已送, label_en: Sent}
opinion.votes:
  type: list
  of: code
  label: 意见
  label_en: Votes
  append_only: true
  max_length: 2
  codes: {yes_: {zh: 同意, en: Agree}}
material.files: {type: list, label: 材料, label_en: Materials}
decision.paper: {type: file, label: 文书, label_en: Paper}
"""
DECLARED = load_facts({"facts/test.yaml": TEXT})
SHA = "0" * 64


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("worker.name", "张三"),
        ("worker.name", None),
        ("worker.identity", "11010519491231002X"),
        ("applicant.kind", "kin"),
        ("pay.sum", "12.50"),
        ("pay.sum", "-0.01"),
        ("pay.rate", "0.125"),
        ("pay.any", "12"),
        ("accident.on", "2028-02-29"),
        ("accident.at", "2026-11-21T08:30:00Z"),
        ("accident.at", "2026-11-21T08:30:00.123456Z"),
        ("worker.age", 30),
        ("notice.sent", False),
        ("opinion.votes", ["yes_", None]),
        ("material.files", [{"name": "a"}, 1]),
        ("decision.paper", SHA),
    ],
)
def test_a_value_of_its_type_fits(name: str, value: Value) -> None:
    assert DECLARED.check_value(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("worker.name", 3, "not_text"),
        ("worker.name", "欧阳上官王", "too_long"),
        ("worker.name", "e\u0301", "not_a_value"),
        ("applicant.kind", "employer", "unknown_code"),
        ("applicant.kind", True, "not_text"),
        ("pay.sum", 12, "not_money"),
        ("pay.sum", "12.5", "places"),
        ("pay.sum", "12.500", "places"),
        ("pay.sum", "012.50", "not_money"),
        ("pay.sum", "1e2", "not_money"),
        ("pay.sum", "+1.00", "not_money"),
        ("pay.sum", "１.00", "not_money"),
        ("pay.rate", "0.12", "places"),
        ("pay.any", 1.5, "not_a_value"),
        ("accident.on", "2026-02-29", "not_date"),
        ("accident.on", "2026-2-9", "not_date"),
        ("accident.on", "20260209", "not_date"),
        ("accident.at", "2026-11-21T08:30:00+08:00", "not_instant"),
        ("accident.at", "2026-11-21T25:30:00Z", "not_instant"),
        ("accident.at", "2026-11-21", "not_instant"),
        ("worker.age", "30", "not_integer"),
        ("worker.age", True, "not_integer"),
        ("notice.sent", 1, "not_boolean"),
        ("opinion.votes", "yes_", "not_list"),
        ("opinion.votes", ["no"], "unknown_code"),
        ("opinion.votes", ["yes_"] * 3, "too_long"),
        ("decision.paper", "paper.pdf", "not_file"),
        ("worker.height", 1, "undeclared"),
    ],
)
def test_any_other_value_is_refused_by_name(name: str, value: Value, code: str) -> None:
    assert DECLARED.check_value(name, value) == code


def test_a_fact_nobody_declared_is_held_to_be_personal() -> None:
    assert DECLARED.personal("worker.name")
    assert not DECLARED.personal("pay.sum")
    assert DECLARED.personal("worker.height")


def test_declarations_are_a_mapping() -> None:
    assert DECLARED["pay.sum"].unit == "元"
    assert "worker.height" not in DECLARED
    assert len(DECLARED) == len(list(DECLARED))


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("pay.sum", 7, "7.00"),
        ("pay.sum", "7.5", "7.50"),
        ("pay.sum", "7.500", "7.50"),
        ("pay.sum", "7.505", "7.505"),
        ("pay.rate", 0, "0.000"),
        ("pay.any", 7, "7"),
        ("pay.any", "7.50", "7.50"),
        ("worker.age", "30.0", 30),
        ("worker.age", "30.5", "30.5"),
        ("worker.name", 3, 3),
        ("worker.height", 3, 3),
    ],
)
def test_a_calculated_value_is_fitted_without_rounding(name: str, value: Value, stored: Value) -> None:
    assert DECLARED.fit(name, value) == stored


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[", "not_yaml"),
        ("- a", "not_a_mapping"),
        ("a.b: &x {}\nc.d: *x", "alias"),
        ("a.b: {type: text, type: date}", "duplicate_key"),
        ("a.b: {}\na.b: {}", "duplicate_key"),
        ("a: {type: text, label: x, label_en: y}", "name"),
        ("A.b: {type: text, label: x, label_en: y}", "name"),
        ("a.b.c: {type: text, label: x, label_en: y}", "name"),
        ("a.class: {type: text, label: x, label_en: y}", "keyword"),
        ("a.b: 3", "not_a_mapping"),
        ("a.b: {type: text, label: x, label_en: y, colour: red}", "unknown_key"),
        ("a.b: {type: float, label: x, label_en: y}", "type"),
        ("a.b: {type: text, label: x}", "label"),
        ("a.b: {type: code, label: x, label_en: y}", "codes"),
        ("a.b: {type: code, label: x, label_en: y, codes: {k: {zh: k}}}", "codes"),
        ("a.b: {type: text, label: x, label_en: y, codes: {k: {zh: k, en: k}}}", "codes"),
        ("a.b: {type: text, label: x, label_en: y, searchable: full}", "searchable"),
        ("a.b: {type: text, label: x, label_en: y, personal: yes please}", "flag"),
        ("a.b: {type: text, label: x, label_en: y, append_only: true}", "append_only"),
        ("a.b: {type: text, label: x, label_en: y, max_length: 0}", "max_length"),
        ("a.b: {type: money, label: x, label_en: y, places: 3}", "places"),
        ("a.b: {type: text, of: date, label: x, label_en: y}", "of"),
        ("a.b: {type: text, label: x, label_en: y, unit: 3}", "unit"),
        ("a.b: {type: office, label: x, label_en: y, offices: agency}", "offices"),
        ("a.b: {type: text, label: x, label_en: y, offices: authority}", "offices"),
        ("!!python/object/apply:os.system ['true']", "duplicate_key"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(FactsRefusedError) as refused:
        load_facts({"facts/test.yaml": text})
    assert code in {problem[2] for problem in refused.value.problems}


def test_every_problem_is_told() -> None:
    with pytest.raises(FactsRefusedError) as refused:
        load_facts({"a.yaml": "a.b: 1\na.c: 2", "b.yaml": "["})
    assert len(refused.value.problems) == 3


def test_two_files_may_say_the_same_of_a_fact_but_nothing_else() -> None:
    one = "a.b: {type: text, label: x, label_en: y}"
    assert len(load_facts({"a.yaml": one, "b.yaml": one})) == 1
    with pytest.raises(FactsRefusedError, match="declared_twice"):
        load_facts({"a.yaml": one, "b.yaml": one.replace("text", "date")})


def test_an_empty_file_declares_nothing() -> None:
    assert load_facts({"a.yaml": "# nothing yet\n"}) == Declarations({})


@given(st.text(max_size=30) | st.integers() | st.booleans())
def test_reading_gives_a_value_or_an_error(value: Value) -> None:
    for read in (read_date, read_decimal, read_instant):
        with contextlib.suppress(ValueError):
            read(value)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_sum_of_money_fits_as_it_is_written(amount: object) -> None:
    assert DECLARED.check_value("pay.sum", f"{amount:f}") in (None, "not_money")
    assert DECLARED.fit("pay.sum", f"{amount:f}") == f"{amount:f}"
