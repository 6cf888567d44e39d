"""The laws that diagrams, limits and papers cite: what each is called in both languages."""

from collections.abc import Mapping
from pathlib import Path

import yaml


def titles(processes: Path) -> dict[str, Mapping[str, str]]:
    """Give the titles (``zh``, ``en``) of the laws of the shipped content, by each name they are cited by.

    Args:
        processes: folder of the content; one without laws gives none.
    """
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted((processes / "law").glob("*.yaml")):
        told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found |= {name: told["title"] for name in (told["law"], *told.get("also", ())) if "title" in told}
    return found
