"""The typefaces papers are set in, and what they can draw.

Noto Serif SC and Noto Sans SC come as Python packages and draw 31,000 characters. Names hold rarer ones, so a template
may name HanaMin 花园明朝 behind them, which draws every ideograph of GB 18030-2022 and comes in slices packed for
browsers: the few a paper needs are cut out of theirs and joined to one small font. The same characters give the same
font, to the byte.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import typst
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pylopdf_fonts_zh_cn import sans_path, serif_path

#: Name by which a template asks for the font of rare ideographs.
RARE: Final = "HanaMin"

_SLICES: Final = Path(__file__).parent / "fonts/node_modules/hanamin"
_FACE: Final = re.compile(r"url\(([^)]*Ideographs[^)]*)\)[^}]*unicode-range:([^;}]*)", re.ASCII)


class _Range(NamedTuple):
    """Code points, both ends included, and the file of the slice that draws them."""

    first: int
    last: int
    file: str


def missing(texts: Mapping[str, str], characters: frozenset[str]) -> str:
    """Tell which characters no font that a template names can draw.

    Args:
        texts: of the template and every file it takes in.
        characters: what is to be printed.
    """
    lacking = _lacking(characters)
    if _names_rare(texts):
        lacking = frozenset(character for character in lacking if _slice(character) is None)
    return "".join(sorted(lacking))


@contextmanager
def fonts(texts: Mapping[str, str], characters: frozenset[str]) -> Iterator[typst.Fonts]:
    """Give the fonts that draw some characters, none of which is missing."""
    rare = "".join(sorted(_lacking(characters))) if _names_rare(texts) else ""
    if not rare:
        yield _common()
        return
    with tempfile.TemporaryDirectory(prefix="anjuan-fonts-") as folder:
        (Path(folder) / "rare.ttf").write_bytes(_cut(rare))
        yield _load(folder)


def _names_rare(texts: Mapping[str, str]) -> bool:
    """Tell whether a template names the font: one published before it was there prints without it."""
    return any(f'"{RARE}"' in text for text in texts.values())


def _lacking(characters: frozenset[str]) -> frozenset[str]:
    return frozenset(character for character in characters if ord(character) not in _drawn())


@cache
def _drawn() -> frozenset[int]:
    """Give the code points that one of the common fonts can draw."""
    found: set[int] = set()
    for path in (serif_path(), sans_path()):
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


@cache
def _common() -> typst.Fonts:
    return _load()


def _load(*folders: str) -> typst.Fonts:
    common = {str(path.parent) for path in (serif_path(), sans_path())}
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*sorted(common), *folders])


# --- rare ideographs ---------------------------------------------------------------------------------------------


@cache
def _ranges() -> tuple[_Range, ...]:
    """Read which slice draws what; nothing where the package is not installed."""
    sheet = _SLICES / "HanaMin.css"
    text = sheet.read_text(encoding="utf-8") if sheet.exists() else ""
    return tuple(
        _Range(int(first, 16), int(last or first, 16), file)
        for file, listed in _FACE.findall(text)
        for first, last in re.findall(r"U\+([0-9a-f]+)(?:-([0-9a-f]+))?", listed)
    )


def _slice(character: str) -> str | None:
    return next((each.file for each in _ranges() if each.first <= ord(character) <= each.last), None)


@lru_cache(maxsize=256)
def _cut(characters: str) -> bytes:
    """Cut characters out of their slices and join them to one font."""
    wanted: dict[Path, str] = {}
    for character in characters:
        path = _SLICES / (_slice(character) or "")
        wanted[path] = wanted.get(path, "") + character
    # Loaded by the first paper that needs it: few names hold such a character, and every start would wait for it.
    font: bytes = import_module("casework.acts.cutting").cut(wanted, RARE)
    return font
