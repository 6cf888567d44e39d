from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decisions import Decision, DecisionError, DecisionRefusedError, load_decision
from engine.expressions import ExpressionError
from engine.facts import load_facts
from engine.values import Value
from engine.xml import DMN, XmlRefusedError

TODAY = date(2026, 11, 21)


def table(
    *rows: Sequence[str],
    inputs: Sequence[str] = ("a.b",),
    outputs: Sequence[str] = ("r.out",),
    policy: str = "UNIQUE",
    aggregation: str = "",
    defaults: Sequence[str] = (),
    annotation: str = "article",
) -> str:
    """Write a decision table; a row is its input cells, its output cells, and perhaps an article."""
    columns = "".join(
        f'<input id="in{i}"><inputExpression id="ie{i}"><text>{escape(text)}</text></inputExpression></input>'
        for i, text in enumerate(inputs)
    )
    for i, name in enumerate(outputs):
        default = f"<defaultOutputEntry><text>{escape(defaults[i])}</text></defaultOutputEntry>" if defaults else ""
        columns += f'<output id="out{i}" name="{escape(name)}">{default}</output>'
    columns += f'<annotation name="{annotation}"/>'
    lines = ""
    for number, row in enumerate(rows, start=1):
        cells = row[: len(inputs)]
        answers = row[len(inputs) : len(inputs) + len(outputs)]
        notes = row[len(inputs) + len(outputs) :]
        lines += f'<rule id="row{number}"><description>noted</description>'
        lines += "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
        lines += "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in answers)
        lines += "".join(f"<annotationEntry><text>{escape(note)}</text></annotationEntry>" for note in notes)
        lines += "</rule>"
    total = f'aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<definitions xmlns="{DMN}" id="d" name="d" namespace="n"><decision id="ground" name="依据">'
        f'<decisionTable id="t" hitPolicy="{policy}" {total}>{columns}{lines}</decisionTable></decision></definitions>'
    )


def decide(decision: Decision, **facts: Value) -> Value:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return decision.decide(named, TODAY)[0]["r.out"]


def fits(cell: str, value: Value, **facts: Value) -> bool:
    return decide(load_decision(table([cell, "True"], defaults=["False"])), a__b=value, **facts) is True


# --- cells ---


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("", 1, True),
        ("-", None, True),
        ('"employer"', "employer", True),
        ('"employer"', "kin", False),
        ('"a", "b"', "b", True),
        ('"a,b"', "a,b", True),
        ("48", 48, True),
        ("48", "48", False),
        ("> 48", 49, True),
        ("> 48", 48, False),
        (">= 48", 48, True),
        ("< 0.5", 0, True),
        ("= 3", 3, True),
        ("!= 3", 4, True),
        ("in [1, 2]", 2, True),
        ("not in [1, 2]", 2, False),
        ("[1..5]", 5, True),
        ("[1..5[", 5, False),
        ("(1..5)", 1, False),
        ("]1..5]", 1, False),
        ("[1..2], 7", 7, True),
        ('["2026-01-01".."2026-12-31"]', "2026-06-01", True),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 2, False),
        ("not(> 5)", 6, False),
        ("? > 3 and ? < 5", 4, True),
        ("known(?) and ? > c.d", 4, True),
        ("not known(?)", None, True),
        ("not (? > 3)", 3, True),
        ("true", True, True),
        ("false", True, False),
        ('starts_with(?, "工")', "工伤", True),
        ('"?"', "?", True),
        ("today()", "2026-11-21", True),
    ],
)
def test_a_cell_fits(cell: str, value: Value, expected: bool) -> None:
    assert fits(cell, value, c__d=3) is expected


@pytest.mark.parametrize("cell", ["1", "> 1", "!= 1", "not(1)", "in [1]", "not in [1]", "[1..5]", "? != 1"])
def test_a_null_input_fits_no_cell_that_compares(cell: str) -> None:
    assert not fits(cell, None)


@pytest.mark.parametrize(
    "cell", ["> 48 and ? < 60", "a.b == 3", "> 3 or", "1,,2", "round(?)", "[1..", "not(1", "? ** 2", "and"]
)
def test_a_cell_that_asks_nothing_sensible_is_refused(cell: str) -> None:
    with pytest.raises(DecisionRefusedError):
        load_decision(table([cell, "1"]))


@given(st.text("?<>=!()[].,-\"' 019aandortinkw", max_size=15))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    try:
        decision = load_decision(table([cell, "True"], defaults=["False"]))
    except (DecisionRefusedError, XmlRefusedError):
        return
    try:
        decision.decide({"a.b": 3}, TODAY)
    except ExpressionError:
        return


# --- hit policies ---


def test_unique_gives_the_only_row() -> None:
    outputs, rows = load_decision(table(["< 5", '"low"'], [">= 5", '"high"', "工伤保险条例:14"])).decide(
        {"a.b": 7}, TODAY
    )
    assert outputs == {"r.out": "high"}
    assert rows == [{"row": 2, "id": "row2", "article": "工伤保险条例:14"}]


def test_unique_refuses_two_rows() -> None:
    with pytest.raises(DecisionError) as failed:
        decide(load_decision(table(["< 5", "1"], ["< 7", "2"])), a__b=3)
    assert (failed.value.code, failed.value.rows) == ("not_unique", (1, 2))


def test_first_takes_the_first_row() -> None:
    outputs, rows = load_decision(table(["< 5", "1"], ["< 7", "2"], policy="FIRST")).decide({"a.b": 3}, TODAY)
    assert outputs == {"r.out": 1}
    assert [row["row"] for row in rows] == [1]


def test_any_takes_rows_that_say_the_same() -> None:
    decision = load_decision(table(["< 5", "1"], ["< 7", "1"], ["< 9", "2"], policy="ANY"))
    outputs, rows = decision.decide({"a.b": 8}, TODAY)
    assert (outputs, len(rows)) == ({"r.out": 2}, 1)
    with pytest.raises(DecisionError, match="not_equal"):
        decide(decision, a__b=3)


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_lists_keep_the_order_of_the_table(policy: str) -> None:
    decision = load_decision(table(["< 9", '"b"'], ["< 5", '"a"'], ["> 9", '"c"'], policy=policy))
    outputs, rows = decision.decide({"a.b": 3}, TODAY)
    assert outputs == {"r.out": ["b", "a"]}
    assert [row["row"] for row in rows] == [1, 2]


@pytest.mark.parametrize(("aggregation", "value"), [("SUM", "3.50"), ("MIN", 1), ("MAX", "2.50"), ("COUNT", 2)])
def test_collect_adds_up_what_its_rows_say(aggregation: str, value: Value) -> None:
    decision = load_decision(table(["-", "1"], ["-", "2.50"], policy="COLLECT", aggregation=aggregation))
    assert decide(decision, a__b=3) == value


def test_only_numbers_are_aggregated() -> None:
    with pytest.raises(DecisionError, match="aggregation"):
        decide(load_decision(table(["-", '"x"'], policy="COLLECT", aggregation="SUM")), a__b=3)


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"])
def test_no_row_and_no_default_is_an_error(policy: str) -> None:
    with pytest.raises(DecisionError, match="no_row"):
        decide(load_decision(table(["> 5", "1"], policy=policy)), a__b=3)


def test_the_default_speaks_where_no_row_does() -> None:
    outputs, rows = load_decision(table(["> 5", "1"], defaults=["0"])).decide({"a.b": 3}, TODAY)
    assert (outputs, rows) == ({"r.out": 0}, [])


def test_every_output_needs_a_default() -> None:
    decision = load_decision(table(["> 5", "1", "2"], outputs=("r.out", "r.more"), defaults=("0", "")))
    with pytest.raises(DecisionError, match="no_row"):
        decide(decision, a__b=3)


def test_the_article_may_stand_in_a_chinese_column() -> None:
    decision = load_decision(table(["-", "1", "工伤保险条例:15"], annotation="依据"))
    assert decision.rules[0].article == "工伤保险条例:15"
    assert decision.rules[0].description == "noted"


def test_answers_are_fitted_to_their_facts() -> None:
    declared = load_facts(
        {"f.yaml": "r.out: {type: money, label: x, label_en: y}\na.b: {type: money, label: x, label_en: y}"}
    )
    decision = load_decision(table(["> 9.5", "a.b * 2"]))
    assert decision.decide({"a.b": "10.00"}, TODAY, declared)[0] == {"r.out": "20.00"}
    with pytest.raises(ExpressionError, match="not_money"):
        load_decision(table(["-", '"x"'])).decide({"a.b": "10.00"}, TODAY, declared)


# --- what a table says of itself ---


def test_reads_and_writes_are_named() -> None:
    decision = load_decision(table(["? > c.d", "e.f + 1"], inputs=("len(a.b)",), defaults=["g.h"]))
    assert decision.reads == {"a.b", "c.d", "e.f", "g.h"}
    assert decision.writes == ("r.out",)


def test_rows_of_a_unique_table_that_plainly_fit_together_are_told() -> None:
    decision = load_decision(table(['"x"', "-", "1"], ['"x"', "> 3", "2"], ['"y"', "-", "3"], inputs=("a.b", "c.d")))
    assert [(one.id, other.id) for one, other in decision.overlaps()] == [("row1", "row2")]
    assert not list(load_decision(table(["-", "1"], ["-", "2"], policy="FIRST")).overlaps())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (table(["1", "1"], policy="PRIORITY"), "hit_policy"),
        (table(["1", "1"], policy="COLLECT", aggregation="MEAN"), "aggregation"),
        (table(["1", "1"], policy="FIRST", aggregation="SUM"), "aggregation"),
        (table(), "no_rules"),
        (table(["1"], inputs=()), "no_input"),
        (table(["1"], outputs=()), "no_output"),
        (table(["1"]), "cells"),
        (table(["1", "1"], outputs=("result code",)), "output_name"),
        (table(["1", "1", "2"], outputs=("r.out", "r.out")), "duplicate_output"),
        (table(["1", "2 **"]), "syntax"),
        (table(["[.." * 100_000, "1"]), "too_long"),
        (table(["1", "1"], inputs=("",)), "empty"),
        (f'<definitions xmlns="{DMN}"/>', "no_table"),
        (f'<definitions xmlns="{DMN}"><decision id="a"/></definitions>', "no_table"),
        (f'<definitions xmlns="{DMN}"><decision id="a"/><decision id="b"/></definitions>', "several_decisions"),
        ("<definitions/>", "not_dmn"),
        (
            table(["1", "1"]).replace(
                "<decisionTable",
                '<informationRequirement id="r"><requiredDecision href="#x"/></informationRequirement><decisionTable',
            ),
            "required_decision",
        ),
    ],
)
def test_what_does_not_run_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(DecisionRefusedError) as refused:
        load_decision(text)
    assert code in {problem[1] for problem in refused.value.problems}


def test_every_problem_is_told() -> None:
    with pytest.raises(DecisionRefusedError) as refused:
        load_decision(table(["round(1)", "2 ** 2"], ["> > 1", "1"], policy="PRIORITY"))
    assert len(refused.value.problems) >= 4
