"""Printing papers: the one place that runs Typst.

A paper's bytes follow from its template, what it is given, the version of Typst and the fonts, and from nothing
else: templates are compiled in memory below an empty folder, fonts come from packages and never from the machine,
and the date in the file is the paper's legal date.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
import typst

from casework.acts import ActError, typefaces
from engine.values import Value
from handlers.law.dates import DateFormatError, parse_date, parse_instant, start_of_day

MEDIA_TYPE: Final = "application/pdf"

_MAIN: Final = "main.typ"
#: A package of Typst's own would be fetched over the network.
_PACKAGE: Final = re.compile(r'"@[a-z]')
_PANIC: Final = "panicked with: "
#: File, line and column in a diagnostic, without the folder.
_PLACE: Final = re.compile(r"([a-z_]+\.typ:\d+:\d+)")
#: What stands in a text without being drawn.
_UNDRAWN: Final = frozenset("\n\r\t\u200b\u00a0\u3000 ")


class PrintingError(ActError):
    """A paper could not be printed; the message says why."""


class FactMissingError(PrintingError):
    """A paper asks for something that is not known.

    Attributes:
        what: ``fact worker.name``, or ``office court`` for a field of the office's record.
    """

    def __init__(self, template: str, what: str) -> None:
        super().__init__(f"{template}: not known: {what}")
        self.what = what


class GlyphMissingError(PrintingError):
    """The fonts lack a character; a paper with an empty box in a name is no paper.

    Attributes:
        characters: those that are missing, each once.
    """

    def __init__(self, template: str, characters: str) -> None:
        names = " ".join(f"U+{ord(character):04X}" for character in characters)
        super().__init__(f"{template}: the fonts have no glyph for {characters} ({names})")
        self.characters = characters


def render(template: str, texts: Mapping[str, str], given: Mapping[str, Value]) -> bytes:
    """Print a paper.

    Args:
        template: path of its template, ``documents/recognition_decision.typ``.
        texts: of the template and every file it takes in, by path.
        given: what the template reads: records ``paper``, ``facts``, ``labels``, ``codes``, ``limits``;
            ``paper.dated_on`` is the date of the file.

    Returns:
        A PDF file; for equal arguments equal bytes.

    Raises:
        FactMissingError: the paper demands something that is not known.
        GlyphMissingError: a text holds a character the fonts lack.
        PrintingError: the template is wrong, takes in a package from outside, or the paper's date is none that a
            file can bear.
    """
    if any(_PACKAGE.search(text) for text in texts.values()):
        raise PrintingError(f"{template}: takes in a package")
    # Typst would print an empty box for what cannot be drawn, and say nothing.
    written = frozenset(character for text in _words(given) for character in text) - _UNDRAWN
    if lacking := typefaces.missing(texts, written):
        raise GlyphMissingError(template, lacking)
    files = {path: text.encode() for path, text in texts.items()}
    files[_MAIN] = f'#include "{template}"'.encode()
    made_at = _midnight(template, given["paper"]["dated_on"])
    with (
        tempfile.TemporaryDirectory(prefix="anjuan-printing-") as empty,
        typefaces.fonts(texts, written) as fonts,
    ):
        try:
            return _compile(files, root=empty, given=orjson.dumps(given).decode(), timestamp=made_at, fonts=fonts)
        except typst.TypstError as error:
            raise _reason(template, error) from error


def _midnight(template: str, dated_on: Value) -> datetime:
    """Give the instant at which the paper's day began; the first day there is began before every instant."""
    try:
        return parse_instant(start_of_day(parse_date(dated_on)))
    except (DateFormatError, OverflowError) as error:
        raise PrintingError(f"{template}: no paper can be dated {dated_on}") from error


def _compile(files: Mapping[str, bytes], *, root: str, given: str, timestamp: datetime, fonts: typst.Fonts) -> bytes:
    # Typst takes a project in memory as a mapping, which its published types leave out.
    project: Any = dict(files)
    made: bytes = typst.compile(
        project,
        root=root,
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        # Papers are kept for fifty years (工伤认定办法 24), and are for everybody to read.
        pdf_standards=["a-2a", "ua-1"],
        sys_inputs={"given": given},
        package_path=root,
        package_cache_path=root,
        timestamp=timestamp,
    )
    return made


def _reason(template: str, error: typst.TypstError) -> PrintingError:
    if error.message.startswith(_PANIC):
        return FactMissingError(template, error.message.removeprefix(_PANIC).strip('"'))
    place = _PLACE.search(error.diagnostic)
    return PrintingError(f"{template}: {error.message}{f' at {place[1]}' if place else ''}")


def _words(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
