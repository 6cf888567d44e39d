import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.values import LARGEST_INTEGER, ValueRefusedError, decode, digest, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda text: unicodedata.normalize("NFC", text)
)
KEYS = st.from_regex(r"[a-z0-9_.]{1,12}", fullmatch=True)
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_decoding_gives_back_what_was_encoded(value: object) -> None:
    assert decode(encode(value)) == value


@given(st.floats())
def test_a_float_is_never_a_value(number: float) -> None:
    with pytest.raises(ValueRefusedError):
        encode({"amount": number})


@pytest.mark.parametrize("number", [LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1, 10**40])
def test_an_integer_beyond_two_to_the_53_is_refused(number: int) -> None:
    with pytest.raises(ValueRefusedError, match="integer beyond"):
        encode([number])


@pytest.mark.parametrize("text", ["e\u0301", "\u1112\u1161\u11ab", "\ufa0c"])
def test_text_that_is_not_nfc_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="NFC"):
        encode(text)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueRefusedError, match="surrogate"):
        encode("\ud800")


def test_rare_ideographs_survive() -> None:
    assert decode(encode("𠮷𬴂㐂")) == "𠮷𬴂㐂"


@pytest.mark.parametrize("key", ["姓名", "a b", "worker name", "a\n"])
def test_a_key_outside_the_alphabet_is_refused(key: str) -> None:
    with pytest.raises(ValueRefusedError, match="alphabet"):
        encode({key: 1})


@pytest.mark.parametrize("value", [{1: 2}, (1, 2), {1}, b"x", object()])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(ValueRefusedError):
        encode(value)


def test_a_refusal_says_where() -> None:
    with pytest.raises(ValueRefusedError) as refused:
        encode({"facts": {"payments": [1, 1.5]}})
    assert refused.value.path == ".facts.payments[1]"


@pytest.mark.parametrize("data", [b"", b"{", b"1.0", b'{"a": NaN}', b"9007199254740993", b"1e3"])
def test_bytes_that_hold_no_value_are_refused(data: bytes) -> None:
    with pytest.raises(ValueRefusedError):
        decode(data)


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    assert digest(encode({"b": 1, "a": 2})) == digest(encode({"a": 2, "b": 1}))
