"""What can be kept of what comes in: values of ours, in text that both databases and every paper can hold."""

import re
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
