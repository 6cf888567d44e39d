"""The one way into XML: diagrams and decision tables come from people, and some of them from strangers.

Everything the engine reads goes through ``parse``: it refuses document types and entities, and bounds size,
depth and number of elements, so that no file can make a process read another file, or grow without end.
The names of the namespaces we read stand here as well.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.model import EngineError

Element = etree._Element  # noqa: SLF001 - lxml publishes the type of its elements under this name only

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN_DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
DMN: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
#: Our settings in a diagram: the namespace SpiffWorkflow's own modeller writes.
SETTINGS: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"

#: Namespaces of DMN 1.1 to 1.5; their decision tables are written alike.
DMN_VERSIONS: Final = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        DMN,
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)

LARGEST_FILE: Final = 2 * 1024 * 1024
DEEPEST: Final = 100
MOST_ELEMENTS: Final = 20_000

_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml\b[^>]*\?>")


class XmlRefusedError(EngineError):
    """A file is not XML we read.

    Attributes:
        code: ``too_large``, ``too_deep``, ``too_many_elements``, ``doctype``, ``not_xml``, ``not_bpmn``.
        detail: where, for the author.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def parse(source: str | bytes) -> Element:
    """Read a file as XML, safely.

    Args:
        source: text, or bytes in the encoding they declare (UTF-8 when they declare none).

    Returns:
        The root element, without comments and processing instructions.

    Raises:
        XmlRefusedError: when it is not XML, names a document type, or passes a bound.
    """
    data = _as_bytes(source)
    if len(data) > LARGEST_FILE:
        raise XmlRefusedError("too_large", f"{len(data)} bytes, at most {LARGEST_FILE}")
    # A parser holds the state of one file: sharing it between threads would mix their errors.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise XmlRefusedError("not_xml", str(error)) from error
    if root is None:
        raise XmlRefusedError("not_xml", "no root element")
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefusedError("doctype", "a document type may not be declared")
    _bound(root)
    return root


def _as_bytes(source: str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    # Text is past its encoding already: what it declares about bytes no longer holds.
    try:
        return _DECLARATION.sub("", source, count=1).encode("utf-8")
    except UnicodeEncodeError as error:
        raise XmlRefusedError("not_xml", "text holds a lone surrogate") from error


def _bound(root: Element) -> None:
    count = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        count += 1
        depth += 1
        if depth > DEEPEST:
            raise XmlRefusedError("too_deep", f"line {element.sourceline}: deeper than {DEEPEST}")
        if count > MOST_ELEMENTS:
            raise XmlRefusedError("too_many_elements", f"more than {MOST_ELEMENTS} elements")
        if not isinstance(element.tag, str):
            raise XmlRefusedError("doctype", f"line {element.sourceline}: an entity is used")


def name_of(element: Element) -> str:
    """Give an element's name without its namespace: ``userTask``."""
    tag = str(element.tag)
    return tag[tag.rfind("}") + 1 :]


def namespace_of(element: Element) -> str:
    """Give the namespace of an element's name, or the empty text."""
    tag = str(element.tag)
    return tag[1 : tag.rfind("}")] if tag.startswith("{") else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Give the direct children of these names, of whatever namespace the parent has."""
    wanted = {f"{{{namespace_of(element)}}}{name}" for name in names}
    return (child for child in element if child.tag in wanted)


def child(element: Element, name: str) -> Element | None:
    """Give the first direct child of this name, in the parent's namespace."""
    return next(children(element, name), None)


def text_of(element: Element | None) -> str:
    """Give the text inside an element and its descendants, without the blanks round it."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def properties(element: Element) -> dict[str, str]:
    """Read the settings of ours that an element carries.

    Returns:
        Value by name, in the order of the file; empty when there are none. They are written as
        ``extensionElements/spiffworkflow:properties/spiffworkflow:property`` with ``name`` and ``value``.
    """
    path = f"{{{BPMN}}}extensionElements/{{{SETTINGS}}}properties/{{{SETTINGS}}}property"
    return {setting.get("name", ""): setting.get("value", "") for setting in element.iterfind(path)}
