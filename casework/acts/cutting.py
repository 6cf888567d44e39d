"""Cutting a few characters out of large fonts, and joining them to a small one."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from fontTools.merge import Merger  # type: ignore[import-untyped]
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

#: Day of HanaMin's edition, 2017-09-04, in seconds since 1904: a font cut today is no other than one cut before.
_EDITION: Final = 3_587_328_000
#: Numbers of the names a font is known by: family, and family with style.
_FAMILY: Final = 1
_FULL: Final = 4


def cut(wanted: Mapping[Path, str], family: str) -> bytes:
    """Make one font of some characters of others.

    Args:
        wanted: the fonts, and what is cut out of each.
        family: what the font is called.
    """
    parts = [BytesIO(_cut_one(path, inside, family)) for path, inside in sorted(wanted.items())]
    return _written(Merger().merge(parts))


def _cut_one(path: Path, characters: str, family: str) -> bytes:
    font = TTFont(path, recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[]))
    subsetter.populate(text=characters)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (_FAMILY, _FULL):
            record.string = family
    return _written(font)


def _written(font: TTFont) -> bytes:
    """Write a font unpacked."""
    font.flavor, font.recalcTimestamp = None, False
    font["head"].created = font["head"].modified = _EDITION
    made = BytesIO()
    font.save(made)
    return made.getvalue()
