"""What a refusal says: for each code the reason and the remedy, in Chinese and in English.

``refusals.yaml`` holds the words; it is read when the first refusal is made, for most starts never make one. A test
asks that every code a rule can give has its words there.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from engine.model import Refusal

LANGUAGES: Final = ("zh", "en")


@cache
def table() -> Mapping[str, Mapping[str, list[str]]]:
    """By code its ``reason`` and ``remedy``, each in the order of ``LANGUAGES``; ``{detail}`` is what was found."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    words: Mapping[str, Mapping[str, list[str]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return words


def refusal(file: str, element: str, code: str, detail: str = "") -> Refusal:
    """Make a refusal in both languages.

    Args:
        file: path of the file.
        element: id of the element, or empty.
        code: a key of the table.
        detail: what was found.
    """
    words = table()[code]
    return Refusal(file, element, code, _said(words["reason"], detail), _said(words["remedy"], detail))


def _said(texts: list[str], detail: str) -> dict[str, str]:
    said = (text.replace("{detail}", detail).rstrip("：: ") for text in texts)
    return dict(zip(LANGUAGES, said, strict=True))
