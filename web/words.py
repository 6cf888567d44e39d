"""The words of the pages: Chinese by default, English by a switch kept in a cookie.

``words.yaml`` holds every sentence as ``key: [Chinese, English]``; where English distinguishes one from many, it is
a record ``{one, other}`` chosen by the field ``n``. A table needs no build step, and a test shows it complete.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import has_request_context, request

LANGUAGES = ("zh", "en")
COOKIE = "language"

_Sentence = str | dict[str, str]


@cache
def table() -> dict[str, list[_Sentence]]:
    """Every sentence by its key, in the order of ``LANGUAGES``."""
    path = Path(__file__).with_name("words.yaml")
    entries: dict[str, list[_Sentence]] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return entries


def language() -> str:
    """The language of the one who asks, ``zh`` unless the cookie says otherwise."""
    chosen = request.cookies.get(COOKIE) if has_request_context() else None
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def say(key: str, **fields: object) -> str:
    """Give a sentence in the reader's language.

    Args:
        key: of ``words.yaml``.
        fields: what the sentence names; ``n`` also chooses between one and many.

    Raises:
        KeyError: when the table has no such sentence, which is a mistake of ours.
    """
    sentence = table()[key][LANGUAGES.index(language())]
    if isinstance(sentence, dict):
        sentence = sentence["one" if fields.get("n") == 1 else "other"]
    return sentence.format_map(_Fields(fields))


class _Fields(dict[str, Any]):
    """What a sentence names; what was not told is shown as a dash rather than failing the page."""

    def __missing__(self, key: str) -> str:
        return "—"


def say_code(family: str, code: str, **fields: object) -> str:
    """Give the sentence for a code that came from elsewhere; an unknown code gets the family's ``other``.

    Args:
        family: first part of the key, ``refused``.
        code: second part; the sentence ``other`` may name it as ``{code}``.
        fields: what the sentence names.
    """
    key = f"{family}.{code}"
    return say(key if key in table() else f"{family}.other", **{"code": code, **fields})


def label(labels: Mapping[str, str] | str | None) -> str:
    """Choose among labels by language; one in only one language serves both, and text is its own label."""
    if labels is None or isinstance(labels, str):
        return labels or ""
    return labels.get(language()) or labels.get("zh") or next(iter(labels.values()), "")
