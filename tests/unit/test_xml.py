import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.xml import (
    BPMN,
    DEEPEST,
    LARGEST_FILE,
    MOST_ELEMENTS,
    SETTINGS,
    XmlRefusedError,
    child,
    children,
    name_of,
    namespace_of,
    parse,
    properties,
    text_of,
)

BILLION = "<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;</a>"
OUTSIDE = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"


def code_of(source: str | bytes) -> str:
    with pytest.raises(XmlRefusedError) as refused:
        parse(source)
    return refused.value.code


@pytest.mark.parametrize("source", [BILLION, OUTSIDE, "<!DOCTYPE a><a/>", BILLION.encode("utf-16")])
def test_a_document_type_is_refused(source: str | bytes) -> None:
    assert code_of(source) == "doctype"


@pytest.mark.parametrize(
    "source", ["", "a", "<a>", "<a></b>", "<a/><b/>", "<a>&b;</a>", "<a x='1' x='2'/>", "\ud800", b"\xff\xfe"]
)
def test_what_is_no_xml_is_refused(source: str | bytes) -> None:
    assert code_of(source) == "not_xml"


def test_depth_is_bounded() -> None:
    assert name_of(parse("<a>" * DEEPEST + "</a>" * DEEPEST)) == "a"
    assert code_of("<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1)) == "too_deep"
    assert code_of("<a>" * 5000 + "</a>" * 5000) in ("too_deep", "not_xml")


def test_the_number_of_elements_is_bounded() -> None:
    assert code_of("<a>" + "<b/>" * MOST_ELEMENTS + "</a>") == "too_many_elements"


def test_size_is_bounded_before_anything_is_read() -> None:
    assert code_of("<" * (LARGEST_FILE + 1)) == "too_large"


def test_text_is_read_whatever_encoding_it_declares() -> None:
    assert text_of(parse('<?xml version="1.0" encoding="GBK"?><a>工伤</a>')) == "工伤"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert text_of(parse('\ufeff<?xml version="1.0" encoding="GBK"?><a>工伤</a>')) == "工伤"


def test_bytes_are_read_in_the_encoding_they_declare() -> None:
    assert text_of(parse('<?xml version="1.0" encoding="GBK"?><a>工伤</a>'.encode("gbk"))) == "工伤"


def test_comments_and_instructions_are_left_out() -> None:
    assert len(parse("<a><!-- b --><?c d?><e/></a>")) == 1


def test_children_are_those_of_the_parents_namespace() -> None:
    root = parse("<a xmlns='one' xmlns:o='two'><b/><o:b/><c/></a>")
    assert [namespace_of(found) for found in children(root, "b", "c")] == ["one", "one"]
    assert child(root, "d") is None


def test_settings_are_read_in_the_order_of_the_file() -> None:
    root = parse(
        f"""<task xmlns="{BPMN}" xmlns:s="{SETTINGS}"><extensionElements><s:properties>
        <s:property name="form" value="decide"/><s:property name="article" value="工伤保险条例:17"/>
        </s:properties></extensionElements></task>"""
    )
    assert list(properties(root).items()) == [("form", "decide"), ("article", "工伤保险条例:17")]
    assert properties(parse("<task/>")) == {}


@given(st.text("<>/ab&;!=\"'? \n[]", max_size=80) | st.binary(max_size=80))
def test_anything_is_read_or_refused(source: str | bytes) -> None:
    try:
        parse(source)
    except XmlRefusedError:
        return
