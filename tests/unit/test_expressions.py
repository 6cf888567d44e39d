from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import (
    ExpressionError,
    ExpressionRefusedError,
    compile_expression,
    compile_script,
    is_fact_name,
)
from engine.facts import load_facts
from engine.operations import FUNCTIONS
from engine.values import Value, encode

TODAY = date(2026, 11, 21)
DECLARED = load_facts(
    {
        "facts/test.yaml": """
pay.sum: {type: money, label: 金额, label_en: Sum}
pay.rate: {type: decimal, label: 比例, label_en: Rate}
pay.parts: {type: list, of: money, label: 各项, label_en: Parts}
accident.on: {type: date, label: 日期, label_en: Day}
accident.at: {type: instant, label: 时刻, label_en: Instant}
worker.name: {type: text, label: 姓名, label_en: Name}
worker.age: {type: integer, label: 年龄, label_en: Age}
"""
    }
)


def value_of(text: str, **facts: Value) -> Value:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return compile_expression(text).evaluate(named, TODAY, DECLARED)


# --- numbers ---


def test_decimals_are_exact() -> None:
    assert value_of("0.1 + 0.2 == 0.3") is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2", 3),
        ("7 - 10", -3),
        ("-(3)", -3),
        ("1.50 * 2", "3.00"),
        ("6 / 2", 3),
        ("7 / 2", "3.5"),
        ("1 / 3", "0.3333333333333333333333333333"),
        ("100 / 0.1", 1000),
        ("12.5 - 12.5", "0.0"),
        ("-7 // 2", -4),
        ("-7.0 // 2", -4),
        ("-7 % 3", 2),
        ("-7.0 % 2", "1.0"),
        ("7 % -3", -2),
        ("1.10 + 2", "3.10"),
        ("9007199254740991", 9007199254740991),
    ],
)
def test_arithmetic_gives_values_of_a_case(text: str, value: Value) -> None:
    assert value_of(text) == value
    encode(value_of(text))


@given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
def test_sums_and_products_are_those_of_decimals(one: Decimal, other: Decimal) -> None:
    assert value_of("pay.sum + pay.rate", pay__sum=f"{one:f}", pay__rate=f"{other:f}") == f"{one + other + 0:f}"
    product = value_of("pay.sum * pay.rate", pay__sum=f"{one:f}", pay__rate=f"{other:f}")
    assert Decimal(str(product)) == one * other


@pytest.mark.parametrize("text", ["1 / 0", "1.0 / 0", "1 // 0", "1 % 0.0"])
def test_division_by_zero_has_no_value(text: str) -> None:
    with pytest.raises(ExpressionError) as failed:
        value_of(text)
    assert failed.value.code == "division_by_zero"


def test_a_whole_number_beyond_the_largest_has_no_value() -> None:
    with pytest.raises(ExpressionError, match="too_large"):
        value_of("9007199254740991 + 1")


def test_digits_are_never_lost_in_silence() -> None:
    with pytest.raises(ExpressionError, match="inexact"):
        value_of("1234567890123456789012345678 * 1.234567890123456789012345678")


@pytest.mark.parametrize("text", ["True + 1", "'a' * 3", "'a' - 'b'", "worker.name % 2", "[1] * 2"])
def test_arithmetic_takes_numbers_only(text: str) -> None:
    with pytest.raises(ExpressionError, match="type"):
        value_of(text, worker__name="%s")


def test_text_and_lists_can_be_joined() -> None:
    assert value_of("'a' + 'b'") == "ab"
    assert value_of("[1] + [2]") == [1, 2]


def test_joined_text_is_bounded() -> None:
    with pytest.raises(ExpressionError, match="too_large"):
        value_of("worker.name + worker.name", worker__name="a" * 15_000)


# --- null ---


@pytest.mark.parametrize(
    "text",
    ["a.b == 1", "a.b != 1", "a.b < 1", "1 < a.b", "a.b in [1]", "a.b not in [1]", "1 in a.b", "1 < 2 < a.b"],
)
def test_null_in_a_comparison_is_false(text: str) -> None:
    assert value_of(text) is False


def test_known_asks_whether_a_fact_has_a_value() -> None:
    assert value_of("known(a.b)") is False
    assert value_of("known(a.b)", a__b=False) is True


@pytest.mark.parametrize("text", ["a.b + 1", "1 - a.b", "-a.b", "a.b / 2", "len(a.b)", "min(1, a.b)", "sum([1, a.b])"])
def test_null_in_arithmetic_has_no_value(text: str) -> None:
    with pytest.raises(ExpressionError, match="null"):
        value_of(text)


def test_a_field_of_nothing_is_null() -> None:
    assert value_of("known(a.b['c'])") is False


def test_null_counts_as_false_in_logic() -> None:
    assert value_of("a.b and True") is False
    assert value_of("a.b or True") is True
    assert value_of("not a.b") is True
    assert value_of("1 if a.b else 2") == 2


# --- comparisons ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("1 == 1.0", True),
        ("'a' in 'abc'", True),
        ("'x' not in ['a', 'b']", True),
        ("True == True", True),
        ("[1, 2] == [1, 2]", True),
        ("1 in [True, '1', 1.0]", True),
        ("True in [1]", False),
        ("not (1 == 1)", False),
        ("true and not false", True),
    ],
)
def test_values_of_one_kind_are_compared(text: str, value: bool) -> None:
    assert value_of(text) is value


@pytest.mark.parametrize("text", ["'3' == 3", "True == 1", "1 < 'a'", "[1] < [2]", "True < False", "1 in 3"])
def test_different_kinds_are_not_compared(text: str) -> None:
    with pytest.raises(ExpressionError, match="type"):
        value_of(text)


@pytest.mark.parametrize("text", ["1 and True", "not 'a'", "1 if 1 else 2", "[] or True"])
def test_logic_takes_true_and_false_only(text: str) -> None:
    with pytest.raises(ExpressionError, match="not_boolean"):
        value_of(text)


def test_logic_stops_at_what_decides() -> None:
    assert value_of("known(a.b) and a.b + 1 > 0") is False
    assert value_of("not known(a.b) or a.b + 1 > 0") is True


# --- what facts declare ---


def test_a_declared_decimal_is_read_as_one() -> None:
    assert value_of("pay.sum > 9.5", pay__sum="10.00") is True
    assert value_of("sum(pay.parts)", pay__parts=["1.10", "2.20"]) == "3.30"


def test_a_day_is_compared_with_a_day_or_its_text() -> None:
    assert value_of("accident.on >= '2021-12-01'", accident__on="2021-12-01") is True
    assert value_of("accident.on < today()", accident__on="2026-11-20") is True
    assert value_of("accident.at < '2026-01-01T00:00:00Z'", accident__at="2025-12-31T16:00:00.000000Z") is True


def test_a_day_and_an_instant_are_not_compared() -> None:
    with pytest.raises(ExpressionError, match="type"):
        value_of("accident.on < accident.at", accident__on="2026-11-20", accident__at="2026-11-20T00:00:00Z")


def test_a_day_that_is_none_has_no_value() -> None:
    with pytest.raises(ExpressionError, match="not_date"):
        value_of("accident.on < '2026-02-30'", accident__on="2026-11-20")


def test_a_name_alone_gives_the_fact_unchanged() -> None:
    assert value_of("accident.at", accident__at="2026-11-20T00:00:00Z") == "2026-11-20T00:00:00Z"
    assert value_of("pay.sum", pay__sum="1.50") == "1.50"


def test_a_fact_that_is_not_of_its_type_is_named() -> None:
    with pytest.raises(ExpressionError) as failed:
        value_of("pay.sum + 1", pay__sum="zwölf")
    assert (failed.value.code, failed.value.detail) == ("not_decimal", "pay.sum")


# --- functions ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("today()", "2026-11-21"),
        ("add_days(today(), 10)", "2026-12-01"),
        ("add_days('2028-02-28', 1)", "2028-02-29"),
        ("days_between('2026-11-01', today())", 20),
        ("date('2026-01-05')", "2026-01-05"),
        ("len('张三')", 2),
        ("len([1, 2])", 2),
        ("min(3, 1.5)", "1.5"),
        ("max([1, 4, 2])", 4),
        ("max('2026-01-01', '2026-02-01')", "2026-02-01"),
        ("sum([])", 0),
        ("abs(-1.5)", "1.5"),
        ("any([False, True])", True),
        ("all([])", True),
        ("lower('AB') + upper('c')", "abC"),
        ("contains(['a'], 'a')", True),
        ("starts_with('工伤认定', '工伤')", True),
        ("starts_with(a.b, 'x')", False),
        ("[10, 20][1]", 20),
        ("[10, 20][-1]", 20),
    ],
)
def test_each_function_gives_its_value(text: str, value: Value) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["[1][1]", "[1][0.5]", "[][0]"])
def test_an_item_that_is_not_there_has_no_value(text: str) -> None:
    with pytest.raises(ExpressionError, match="index"):
        value_of(text)


def test_a_day_beyond_the_calendar_has_no_value() -> None:
    with pytest.raises(ExpressionError, match="too_large"):
        value_of("add_days('9999-12-31', 1)")


# --- what is not of the language ---


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2 ** 3", "operator"),
        ("1 << 2", "operator"),
        ("~1", "operator"),
        ("+a.b", "operator"),
        ("a is b", "operator"),
        ("a == None", "null_comparison"),
        ("null != a.b", "null_comparison"),
        ("round(1.5)", "call"),
        ("open('x')", "call"),
        ("worker.name.upper()", "call"),
        ("().__class__", "construct"),
        ("a.__class__", "name"),
        ("__import__", "name"),
        ("[x for x in y]", "construct"),
        ("lambda: 1", "construct"),
        ("f'{a}'", "construct"),
        ("{'a': 1}", "construct"),
        ("a[1:2]", "construct"),
        ("(a := 1)", "construct"),
        ("1e5", "number"),
        ("0x10", "number"),
        ("1_000", "number"),
        ("1if a else 2", "number"),
        ("9" * 29, "number"),
        ("1j", "number"),
        ("b'a'", "literal"),
        ("...", "literal"),
        ("'a\tb'", None),
        ("'\u202e'", "literal"),
        ("'a\\n'", "escape"),
        ("len(a=1)", "arguments"),
        ("len()", "arguments"),
        ("today(1)", "arguments"),
        ("", "empty"),
        ("  \n ", "empty"),
        ("a and", "syntax"),
        ("a # b", "comment"),
        ("a\n# or\nb", "comment"),
        ("金额 > 1", "name"),
        ("a\x00", "syntax"),
        ("a" * 3000, "too_long"),
        ("not " * 100 + "a", "too_deep"),
        ("-" * 1500 + "1", "too_deep"),
        ("(" * 300 + "1" + ")" * 300, "syntax"),
        ("import os", "syntax"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, code: str | None) -> None:
    if code is None:
        compile_expression(text)
        return
    with pytest.raises(ExpressionRefusedError) as refused:
        compile_expression(text)
    assert refused.value.code == code


def test_a_refusal_says_where() -> None:
    with pytest.raises(ExpressionRefusedError) as refused:
        compile_expression("  worker.name == '张三' and\n round(worker.age) > 1")
    assert refused.value.position == 27


def test_a_hash_inside_quotes_is_no_comment() -> None:
    assert value_of("worker.name == '#1'", worker__name="#1") is True


def test_lines_of_a_condition_are_joined() -> None:
    assert value_of("1 == 1 and\n  2 == 2") is True


@given(st.text(max_size=60) | st.text("abc.()[]'\"+-*/%<>=! 01\n#,:andortif", max_size=60))
def test_any_text_is_compiled_or_refused_and_evaluated_or_not(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionRefusedError:
        return
    try:
        encode(expression.evaluate({}, TODAY))
    except ExpressionError:
        return


@given(
    st.recursive(
        st.sampled_from(["a.b", "c.d", "1", "2.50", "'x'", "True", "null", "[1, 2]", "today()"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "==", "and", "or", "in"]), inner).map(
                lambda parts: f"({' '.join(parts)})"
            ),
            st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner).map(lambda parts: f"{parts[0]}({parts[1]})"),
            inner.map(lambda part: f"(not {part})"),
        ),
        max_leaves=8,
    )
)
def test_an_evaluation_gives_a_value_or_says_why_not(text: str) -> None:
    try:
        value = compile_expression(text).evaluate({"a.b": 3, "c.d": "1.50"}, TODAY)
    except (ExpressionRefusedError, ExpressionError):
        return
    encode(value)


# --- names ---


def test_names_are_the_facts_it_reads() -> None:
    assert compile_expression("known(a.b) and c in [d.e, 'f.g']").names == {"a.b", "c", "d.e"}


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("worker.name", True), ("amount", True), ("worker.name + 1", False), ("true", False), ("1", False), ("", False)],
)
def test_a_fact_name_is_known(text: str, is_name: bool) -> None:
    assert is_fact_name(text) is is_name


def test_a_condition_holds_only_when_it_is_true() -> None:
    assert compile_expression("a.b").holds({}, TODAY) is False
    assert compile_expression("a.b").holds({"a.b": True}, TODAY) is True
    with pytest.raises(ExpressionError, match="not_boolean"):
        compile_expression("a.b").holds({"a.b": "yes"}, TODAY)


# --- scripts ---


def test_later_lines_see_earlier_ones() -> None:
    script = compile_script("pay.rate = pay.rate + 1\n\n# twice\npay.sum = pay.rate * 2\n")
    assert script.reads == {"pay.rate"}
    assert script.writes == ("pay.rate", "pay.sum")
    assert script.run({"pay.rate": "1.5"}, TODAY, DECLARED) == {"pay.rate": "2.5", "pay.sum": "5.00"}


def test_a_line_that_fails_leaves_nothing_behind() -> None:
    facts: dict[str, Value] = {"a": 1}
    with pytest.raises(ExpressionError):
        compile_script("a = 2\nb = c + 1").run(facts, TODAY)
    assert facts == {"a": 1}


def test_a_value_that_its_fact_does_not_take_is_refused() -> None:
    with pytest.raises(ExpressionError) as failed:
        compile_script("pay.sum = 10 / 3").run({}, TODAY, DECLARED)
    assert (failed.value.code, failed.value.detail) == ("not_money", "pay.sum")


def test_a_fact_can_be_emptied() -> None:
    assert compile_script("a.b = None").run({"a.b": 1}, TODAY) == {"a.b": None}


@pytest.mark.parametrize(
    "text",
    ["a += 1", "a = b = 1", "a, b = 1, 2", "a[0] = 1", "print('x')", "import os", "if a: b = 1", "del a", "a: int = 1"],
)
def test_a_script_holds_assignments_only(text: str) -> None:
    with pytest.raises(ExpressionRefusedError) as refused:
        compile_script(text)
    assert refused.value.code == "assignment"


def test_a_script_may_be_indented() -> None:
    assert compile_script("\n    a = 1\n    b = 2\n").writes == ("a", "b")


def test_the_language_has_no_names_of_its_own_to_write() -> None:
    with pytest.raises(ExpressionRefusedError):
        compile_script("today = 1")
