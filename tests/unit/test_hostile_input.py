"""Whatever comes in is taken or refused by name: no crash, no endless work, nothing that cannot be kept."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import InvalidFormError, RefusedError
from casework.forms import accept
from casework.rows import LONGEST_LINE, BadRow, Row, read_rows
from engine import Definition, EngineError
from engine.bundle import bundle
from engine.elements import declarations
from engine.expressions import ExpressionRefusedError, compile_expression
from engine.facts import Declarations, Fact
from engine.values import DEEPEST, Value, ValueRefusedError, check, decode, encode
from engine.xml import XmlRefusedError, parse

_Refusal = TypeVar("_Refusal", bound=Exception)

CONTENT = Path(__file__).parents[1] / "processes"
AT = "2026-11-21T02:00:00.000000Z"
FORM = "forms/register_visit.json"
WORDS = "worker.name 1 ( ) [ ] { } + ** not in == if else for lambda : = , 'x' . @"

#: JSON of any kind, with what JSON allows and we do not: floats, large numbers, surrogates, odd keys.
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def refusal(kind: type[_Refusal], call: Callable[..., object], *arguments: object) -> _Refusal | None:
    """Call, and give the refusal of this kind; null when nothing was refused, and any other error passes."""
    try:
        call(*arguments)
    except kind as error:
        return error
    return None


# --- values -------------------------------------------------------------------------------------------------


def decoded(data: bytes) -> Value:
    """Decode bytes; null where they are refused."""
    try:
        return decode(data)
    except ValueRefusedError:
        return None


@given(st.binary(max_size=200))
def test_bytes_are_a_value_or_refused(data: bytes) -> None:
    assert decode(encode(decoded(data))) == decoded(data)


@given(ANY_JSON)
def test_any_json_is_a_value_or_refused(value: object) -> None:
    data = json.dumps(value).encode("utf-8", "surrogatepass")
    assert decode(encode(decoded(data))) == decoded(data)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [1, 50, 100, 101, 254, 1000, 1023, 100_000])
def test_a_nest_of_any_depth_is_a_value_or_refused(opening: bytes, depth: int) -> None:
    closing = opening.replace(b'"a":', b"")[::-1].translate(bytes.maketrans(b"[{", b"]}"))
    data = opening * depth + b"1" + closing * depth
    levels = depth * len(closing)
    assert (decoded(data) is not None) == (levels <= DEEPEST)
    assert decode(encode(decoded(data))) == decoded(data)


# --- XML ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_bytes_are_xml_or_refused(data: bytes) -> None:
    refused = refusal(XmlRefusedError, parse, data)
    assert refused is None or refused.code in {"not_xml", "doctype"}


@given(st.text(st.sampled_from("<>/!?&;[]a='\" \n:"), max_size=60))
def test_text_that_looks_like_xml_is_xml_or_refused(text: str) -> None:
    refused = refusal(XmlRefusedError, parse, f"<a>{text}</a>")
    assert refused is None or refused.code in {"not_xml", "doctype"}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>', "not_xml"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>', "doctype"),
        ('<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><x/>', "doctype"),
        ("<a>" * 101 + "</a>" * 101, "too_deep"),
        ("<a>" + "<b/>" * 20_000 + "</a>", "too_many_elements"),
        ("<a>" + "x" * (2 * 1024 * 1024) + "</a>", "too_large"),
        ("<a>" * 200_000, "not_xml"),
        ("<a " + " ".join(f'b{n}=""' for n in range(50)) + ">", "not_xml"),
        ("<a>\x00</a>", "not_xml"),
        ("<a>\ud800</a>", "not_xml"),
        ('<?xml version="1.0" encoding="no-such"?><a>&b;</a>', "not_xml"),
    ],
    ids=[
        "laughs",
        "file",
        "network",
        "deep",
        "many",
        "large",
        "unclosed",
        "attributes",
        "nul",
        "surrogate",
        "encoding",
    ],
)
def test_hostile_xml_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(XmlRefusedError) as refused:
        parse(text)
    assert refused.value.code == code


# --- expressions --------------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=80))
def test_text_is_an_expression_or_refused(text: str) -> None:
    refused = refusal(ExpressionRefusedError, compile_expression, text)
    assert refused is None or re.fullmatch("[a-z_]+", refused.code)


@given(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=30,
    )
)
def test_words_of_the_language_in_any_order_are_an_expression_or_refused(words: list[str]) -> None:
    refused = refusal(ExpressionRefusedError, compile_expression, " ".join(words))
    assert refused is None or re.fullmatch("[a-z_]+", refused.code)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "().__class__.__bases__[0].__subclasses__()",
        "open('/etc/hostname')",
        "[x for x in range(10)]",
        "(lambda: 1)()",
        "9 ** 9 ** 9",
        "worker.name.__class__",
        "f'{worker.name}'",
        "(" * 500 + "1" + ")" * 500,
        "-" * 5000 + "1",
        "1" + " + 1" * 5000,
        "not " * 2000 + "True",
        "1" * 5000,
        "x\x00y",
        "\ud800",
        "1_000",
        "0x10",
        "1e999",
        "yield 1",
        "a := 1",
    ],
)
def test_an_expression_that_is_not_of_our_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionRefusedError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    ["'a' * 1000000000", "'a' * 10 ** 9", "[1] * 1000000000", "10 ** 1000000", " + ".join(["'a' * 4000"] * 500)],
)
def test_an_expression_cannot_make_more_than_a_case_may_hold(text: str) -> None:
    with pytest.raises(EngineError):
        compile_expression(text).evaluate({}, date(2026, 11, 21), Declarations({}))


# --- forms --------------------------------------------------------------------------------------------------


@cache
def definition() -> Definition:
    paths = [path for path in CONTENT.rglob("*") if path.is_file()]
    return bundle("visit", {path.relative_to(CONTENT).as_posix(): path.read_text("utf-8") for path in paths})


@cache
def fields() -> Mapping[str, Fact]:
    schema = json.loads(definition().files[FORM])
    return {name: declarations(definition())[name] for name in schema["properties"]}


@given(st.dictionaries(st.sampled_from([*sorted(fields()), "other.field", "", "\x00"]), ANY_JSON, max_size=6))
def test_a_form_is_taken_as_values_or_refused_by_field(given_values: dict[str, object]) -> None:
    refused = refusal(InvalidFormError, accept, definition(), FORM, given_values, {}, AT)
    if refused is None:
        taken = accept(definition(), FORM, given_values, {}, AT)
        check(taken)
        assert set(taken) <= set(fields())
    else:
        assert refused.errors
        assert all(re.fullmatch("[A-Za-z_]+", code) for code, _ in refused.errors.values())


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "\ud800", "e\u0301"])
def test_text_that_cannot_be_kept_is_refused_at_its_field(text_field: str, text: str) -> None:
    for value in (text, [text], {text: "x"}):
        refused = refusal(InvalidFormError, accept, definition(), FORM, {text_field: value}, {}, AT)
        assert refused is not None
        assert refused.errors == {text_field: ("not_a_value", {})}


# --- rows of files ------------------------------------------------------------------------------------------


def rows_of(path: Path, content: bytes) -> list[Row | BadRow]:
    """Write a file and read its rows."""
    path.write_bytes(content)
    return list(read_rows(path, fields()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@pytest.fixture(scope="module")
def text_field() -> str:
    """Name of a field of text."""
    return next(name for name, fact in fields().items() if fact.type == "text")


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_of_json_or_bad_rows(folder: Path, content: bytes) -> None:
    for row in rows_of(folder / "any.jsonl", content):
        if not isinstance(row, BadRow):
            check(row)


@given(st.lists(ANY_JSON, max_size=5))
def test_any_json_is_a_row_or_a_bad_row(folder: Path, values: list[object]) -> None:
    content = "".join(json.dumps(value) + "\n" for value in values).encode()
    rows = rows_of(folder / "json.jsonl", content)
    assert len(rows) == len(values)
    for row in rows:
        if not isinstance(row, BadRow):
            check(row)


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_any_bytes_below_a_heading_are_rows_bad_rows_or_a_refused_file(
    folder: Path, content: bytes, encoding: str
) -> None:
    heading = ",".join(fact.label for fact in fields().values()).encode(encoding)
    path, whole = folder / "any.csv", heading + b"\n" + content
    refused = refusal(RefusedError, rows_of, path, whole)
    if refused is not None:
        assert refused.code in {"encoding", "unknown_columns", "duplicate_columns", "not_csv"}
        return
    for row in rows_of(path, whole):
        if not isinstance(row, BadRow):
            check(row)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[" * 5000, "not_json"),
        (b'{"a": ' * 900 + b"1" + b"}" * 900, "not_a_value"),
        (b'{"a": 1.5}', "number"),
        (b'{"a": NaN}', "number"),
        (b'{"a": -Infinity}', "number"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"b": {"a": 1, "a": 2}}', "twice"),
        (b'{"a": 90071992547409930}', "not_a_value"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not_json"),
        (b'{"a": "\\u0000"}', "not_a_value"),
        (b'{"a": "\\ud800"}', "not_a_value"),
        (b'{"\\u0000": "a"}', "not_a_value"),
        (b'{"a": "e\\u0301"}', "not_a_value"),
        (b'{"a": "' + b"x" * LONGEST_LINE + b'"}', "line_too_long"),
        (b'"text"', "not_a_record"),
        (b"null", "not_a_record"),
        (b"{", "not_json"),
        (b"\xff", "not_text"),
        ('{"a": "张伟"}'.encode("gb18030"), "not_text"),
    ],
)
def test_one_hostile_line_is_refused_by_name_and_the_next_is_read(tmp_path: Path, line: bytes, reason: str) -> None:
    rows = rows_of(tmp_path / "rows.jsonl", line + b'\n{"b": "=cmd|calc"}\n')
    assert isinstance(rows[0], BadRow)
    assert rows[0].reason == reason
    assert rows[1:] == [{"b": "=cmd|calc"}]


def test_a_formula_stays_text(tmp_path: Path, text_field: str) -> None:
    rows = rows_of(tmp_path / "rows.csv", f'{text_field}\n=1+1\n"=HYPERLINK(""x"")"\n@cmd\n+1\n'.encode())
    assert rows == [{text_field: "=1+1"}, {text_field: '=HYPERLINK("x")'}, {text_field: "@cmd"}, {text_field: "+1"}]


def test_one_bad_line_of_csv_is_refused_and_the_next_is_read(tmp_path: Path, text_field: str) -> None:
    lines = [b'"a"b', b"x" * (LONGEST_LINE + 1), b"a,b,c", b"\x00", b"good"]
    rows = rows_of(tmp_path / "rows.csv", b"\n".join([text_field.encode(), *lines]) + b"\n")
    assert [row.reason if isinstance(row, BadRow) else row for row in rows] == [
        "not_csv",
        "line_too_long",
        "too_many_cells",
        "not_a_value",
        {text_field: "good"},
    ]


def test_a_quotation_that_never_ends_takes_no_more_than_a_cell_may_hold(tmp_path: Path, text_field: str) -> None:
    rows = rows_of(tmp_path / "rows.csv", f'{text_field}\n"{"x" * 100}\n'.encode() + b"y\n" * 200_000)
    assert rows[0] == BadRow("not_csv")


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        (b"", "unknown_columns"),
        (b",,", "unknown_columns"),
        (b"other.field", "unknown_columns"),
        (b"\x00", "unknown_columns"),
        ("亂碼".encode("big5"), "encoding"),
        ("visit".encode("utf-16"), "encoding"),
        (b"\x80\xff", "encoding"),
        (b"x" * (LONGEST_LINE + 1), "not_csv"),
    ],
)
def test_a_file_whose_headings_mean_nothing_is_refused(tmp_path: Path, heading: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        rows_of(tmp_path / "rows.csv", heading + b"\nx\n")
    assert refused.value.code == code


def test_a_column_that_stands_twice_is_refused(tmp_path: Path, text_field: str) -> None:
    for second in (text_field, fields()[text_field].label):
        with pytest.raises(RefusedError) as refused:
            rows_of(tmp_path / "rows.csv", f"{text_field},{second}\na,b\n".encode())
        assert refused.value.fields == {"columns": [text_field]}


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    for name in ("folder.csv", "dangling.csv", "missing.csv"):
        with pytest.raises(RefusedError) as refused:
            read_rows(tmp_path / name, fields())
        assert refused.value.code == "not_a_file"
    (tmp_path / "rows.xlsx").write_bytes(b"PK")
    with pytest.raises(RefusedError) as refused:
        read_rows(tmp_path / "rows.xlsx", fields())
    assert refused.value.code == "file_type"
