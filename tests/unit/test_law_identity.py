from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.identity import (
    KINDS,
    IdentityKindUnknownError,
    age,
    birth_date,
    credit_code_check,
    credit_code_refusal,
    refusal,
    resident_check,
)

CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BORN = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SERIALS = st.integers(0, 999)
CODES = st.builds(
    lambda head, area, tail: head + area + tail,
    st.text(CREDIT, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT, min_size=9, max_size=9),
)


def resident(born: date, serial: int) -> str:
    digits = f"530102{born:%Y%m%d}{serial:03d}"
    return digits + resident_check(digits)


def test_published_examples_of_the_standards_hold() -> None:
    assert resident_check("11010519491231002") == "X"
    assert resident_check("44052418800101001") == "4"
    assert credit_code_check("91350100M000100Y4") == "3"


@given(BORN, SERIALS)
def test_a_resident_number_with_its_check_digit_is_taken(born: date, serial: int) -> None:
    number = resident(born, serial)
    assert refusal("resident_id", number) is None
    assert birth_date(number) == born


@given(BORN, SERIALS, BORN)
def test_a_resident_number_of_another_day_of_birth_is_refused(born: date, serial: int, told: date) -> None:
    assert refusal("resident_id", resident(born, serial), told) == (None if told == born else "born")
    assert refusal("resident_id", resident(born, serial), born) is None


def test_no_other_paper_tells_a_day_of_birth() -> None:
    assert refusal("passport", "E12345678", date(1990, 1, 1)) is None


@given(BORN, SERIALS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: date, serial: int, place: int, shift: int) -> None:
    number = resident(born, serial)
    wrong = str((int(number[place]) + shift) % 10)
    assert refusal("resident_id", number[:place] + wrong + number[place + 1 :]) in ("check_digit", "date")


@given(BORN, SERIALS, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_noticed(born: date, serial: int, place: int) -> None:
    number = resident(born, serial)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or refusal("resident_id", swapped) is not None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("11010519491231002X", None),
        ("11010519491231002x", "form"),
        ("110105491231002", "form"),
        ("1101051949123100２X", "form"),
        ("110105194912310021", "check_digit"),
        ("110105194913310021", "date"),
        ("110105190002290029", "date"),
        ("11010519491231002X\n", "form"),
        ("", "form"),
    ],
)
def test_what_is_wrong_with_a_resident_number_is_said(number: str, reason: str | None) -> None:
    assert refusal("resident_id", number) == reason


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("passport", "E12345678"),
        ("hm_permit", "H12345678"),
        ("taiwan_permit", "12345678"),
        ("hmt_residence", "810000199001010010"),
        ("foreign_residence", "USA110082010101"),
        ("foreign_residence", "911156199001010010"),
        ("other", "军官证 第0123号"),
    ],
)
def test_papers_without_a_check_digit_are_taken_by_their_kind(kind: str, number: str) -> None:
    assert refusal(kind, number) is None


def test_every_kind_refuses_an_empty_number_and_an_unknown_kind_is_an_error() -> None:
    assert all(refusal(kind, "") == "form" for kind in KINDS)
    with pytest.raises(IdentityKindUnknownError):
        refusal("library_card", "1")


@given(CODES)
def test_a_credit_code_with_its_check_character_is_taken(code: str) -> None:
    assert credit_code_refusal(code + credit_code_check(code)) is None


@given(CODES, st.integers(2, 7), st.integers(1, 9))
def test_one_wrong_digit_of_a_credit_code_is_always_noticed(code: str, place: int, shift: int) -> None:
    whole = code + credit_code_check(code)
    wrong = str((int(whole[place]) + shift) % 10)
    assert credit_code_refusal(whole[:place] + wrong + whole[place + 1 :]) == "check_digit"


@pytest.mark.parametrize(
    "code", ["", "91350100M000100Y4", "91350100m000100y43", "91350100I000100Y43", "9135010AM000100Y43"]
)
def test_what_has_not_the_form_of_a_credit_code_is_refused(code: str) -> None:
    assert credit_code_refusal(code) == "form"


def test_a_person_is_a_year_older_on_the_birthday_not_before() -> None:
    assert age(date(1960, 7, 1), date(2026, 6, 30)) == 65
    assert age(date(1960, 7, 1), date(2026, 7, 1)) == 66
    assert age(date(2000, 2, 29), date(2026, 2, 28)) == 25
