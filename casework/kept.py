"""What can be kept of what comes in: values of ours, in text that both databases and every paper can hold."""

import re
import unicodedata
from typing import Final

from engine.values import Value, ValueRefusedError, check

#: Control characters but tabs and line breaks: no field has a use for them, and PostgreSQL keeps no U+0000 in text.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def is_kept(value: Value) -> bool:
    """Tell whether a value can be kept, before anything is done with it."""
    try:
        check(value)
    except ValueRefusedError:
        return False
    return not _holds_control(value)


def _holds_control(value: Value) -> bool:
    if isinstance(value, str):
        return not value.isprintable() and _CONTROL.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_control(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(map(_holds_control, value))


#: Embeddings, overrides and isolates of the direction of writing: a name would be read otherwise than it is kept.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Categories of characters that nobody sees or types in a line.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean(text: str) -> str:
    """Give a text of any lines as it can be kept: NFC, one kind of line break, nothing at its ends, no control."""
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(each for each in whole if each in "\n\t" or not _is_control(each)).strip()


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _TURNING


def one_line(text: str) -> str:
    """Give a name as it can be kept: NFC, nothing at its ends, and no character that is not seen."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(each for each in whole if unicodedata.category(each) not in _UNSEEN).strip()
