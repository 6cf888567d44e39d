from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.money import (
    ROUNDINGS,
    AmountRefusedError,
    RoundingUnknownError,
    amount,
    decimal,
    product,
    round_to_fen,
    round_to_yuan,
    round_up_to_fen,
    rounding,
)

FEN = st.integers(-(10**15), 10**15).map(lambda fen: Decimal(fen) / 100)


@pytest.mark.parametrize("value", [1.0, 0.1, 1, None, Decimal(1)])
def test_what_is_not_text_is_refused_a_float_above_all(value: object) -> None:
    with pytest.raises(AmountRefusedError, match="not_text"):
        amount(value)


@pytest.mark.parametrize("text", ["", "1,000.00", "1e3", "+5", "05", ".5", "5.", " 5", "NaN", "Infinity", "１２", "-"])
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(AmountRefusedError, match="not_a_decimal"):
        amount(text)


def test_a_third_decimal_place_is_refused_unless_it_is_nothing() -> None:
    with pytest.raises(AmountRefusedError, match="too_many_places"):
        amount("1.005")
    assert amount("1.500") == Decimal("1.50")
    assert decimal("0.005") == Decimal("0.005")


@given(FEN)
def test_an_amount_is_read_as_it_is_written(number: Decimal) -> None:
    assert amount(f"{number:.2f}") == number


@pytest.mark.parametrize(
    ("number", "fen", "yuan", "up"),
    [
        ("2.345", "2.35", "2", "2.35"),
        ("2.344", "2.34", "2", "2.35"),
        ("2.5", "2.50", "3", "2.50"),
        ("-2.345", "-2.35", "-2", "-2.34"),
        ("0.005", "0.01", "0", "0.01"),
    ],
)
def test_a_half_is_rounded_away_from_zero(number: str, fen: str, yuan: str, up: str) -> None:
    assert round_to_fen(Decimal(number)) == Decimal(fen)
    assert round_to_yuan(Decimal(number)) == Decimal(yuan)
    assert round_up_to_fen(Decimal(number)) == Decimal(up)


@given(FEN)
def test_what_is_already_in_fen_is_not_changed_by_rounding_to_fen(number: Decimal) -> None:
    assert round_to_fen(number) == number == round_up_to_fen(number)


def test_rounding_rules_are_found_by_name_and_no_other_way() -> None:
    assert all(rounding(name) is rule for name, rule in ROUNDINGS.items())
    with pytest.raises(RoundingUnknownError):
        rounding("bankers")


@given(FEN, st.integers(0, 10_000).map(lambda n: Decimal(n) / 10_000))
def test_products_are_exact(number: Decimal, ratio: Decimal) -> None:
    assert product(number, ratio) * 1_000_000 == int(number * 100) * int(ratio * 10_000)


def test_the_work_death_allowance_is_twenty_times_the_income_to_the_fen() -> None:
    assert product(amount("56502"), decimal("20")) == Decimal("1130040.00")


def test_a_product_with_more_digits_than_money_has_is_an_error() -> None:
    long = Decimal("1" + 39 * "0" + "1")
    with pytest.raises(Inexact):
        product(long, long)
