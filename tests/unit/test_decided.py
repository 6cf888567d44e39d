"""The rows of a decision table that fired, in the table's own words."""

import pytest

from casework import decided
from casework.decided import FiredRow
from engine import Definition
from engine.effects import Effect
from tests.acceptance.recognition_case import definition


@pytest.fixture(scope="module")
def recognition() -> Definition:
    return definition()


def _fired(*rows: tuple[int, str]) -> Effect:
    told = [{"row": number, "id": name, "article": "工伤保险条例:14(1)"} for number, name in rows]
    return {"effect": "decided", "address": "recognition/x", "decision": "recognition_ground", "rows": told}


def test_a_row_says_what_it_came_to_and_why_in_both_languages(recognition: Definition) -> None:
    assert decided.rows(recognition, _fired((3, "physiological_need"))) == [
        FiredRow(
            3,
            {"zh": "解决必要的生理需要", "en": "A necessary physiological need"},
            [{"zh": "第十四条第（一）项", "en": "Article 14 (1)"}, {"zh": "应当认定", "en": "To be recognised"}],
            "工伤保险条例:14(1)",
        )
    ]


def test_rows_come_in_the_order_in_which_they_fired(recognition: Definition) -> None:
    rows = decided.rows(recognition, _fired((4, "physiological_need_before_2025"), (3, "physiological_need")))
    assert [each.number for each in rows] == [4, 3]


def test_the_decision_that_writes_a_fact_is_found_by_the_fact(recognition: Definition) -> None:
    assert decided.writing(recognition, ["ground.proposed", "worker.name"]) == {"recognition_ground"}
    assert decided.writing(recognition, ["worker.name"]) == frozenset()
