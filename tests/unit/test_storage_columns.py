"""The column types: what they refuse and how they order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from storage.columns import Day, Hash, Instant, OpenDay
from storage.errors import ValueFormError

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-21T08:30:00",
        "2026-11-21T08:30:00+08:00",
        "2026-11-21T08:30:00.1234567Z",
        "2026-11-21 08:30:00Z",
        "2026-02-30T08:30:00Z",
        "2026-11-21T24:30:00Z",
        "2026-11-21",
        "2026-11-21T08:30:00Z\n",
        20261121,
    ],
)
def test_an_instant_without_its_zone_or_of_another_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueFormError):
        Instant().process_bind_param(value, DIALECT)


@given(st.datetimes(), st.datetimes(), st.booleans(), st.booleans())
def test_instants_of_any_precision_sort_as_they_follow_each_other(
    one: Any, other: Any, one_short: bool, other_short: bool
) -> None:
    moments = [
        moment.replace(microsecond=0) if short else moment for moment, short in ((one, one_short), (other, other_short))
    ]
    texts = [
        moment.isoformat(timespec="seconds" if not moment.microsecond else "microseconds") + "Z" for moment in moments
    ]
    stored = [Instant().process_bind_param(text, DIALECT) or "" for text in texts]
    assert (stored[0] < stored[1]) == (moments[0] < moments[1])
    assert [Instant().process_result_value(each, DIALECT) for each in stored] == texts


@pytest.mark.parametrize("value", ["2026-2-1", "2026-02-30", "2026-11-21T00:00:00Z", "", 5])
def test_a_day_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValueFormError):
        Day().process_bind_param(value, DIALECT)


def test_no_day_sorts_after_every_day() -> None:
    stored = OpenDay().process_bind_param(None, DIALECT)
    assert stored > "2999-12-31"
    assert OpenDay().process_result_value(stored, DIALECT) is None


@pytest.mark.parametrize("value", ["AB" * 32, "ab" * 31, "zz" * 32, "", 5, "ab " * 32])
def test_a_text_that_is_no_hash_is_refused(value: Any) -> None:
    with pytest.raises(ValueFormError):
        Hash().process_bind_param(value, DIALECT)


def test_a_hash_is_kept_in_32_bytes() -> None:
    stored = Hash().process_bind_param("0f" * 32, DIALECT)
    assert stored == b"\x0f" * 32
    assert Hash().process_result_value(stored, DIALECT) == "0f" * 32
