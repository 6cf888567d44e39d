"""The check before publication (thin: whole soon)."""

from collections.abc import Mapping

from engine.model import Refusal


def check(files: Mapping[str, str]) -> list[Refusal]:
    """Give every reason why these files cannot be published."""
    return []
