"""Leaving a test out for want of something that cannot be had on this machine."""

from typing import NoReturn

import pytest

MARK = "not run: "


def not_run(what: str, why: str) -> NoReturn:
    """Leave out a test; the run names it in its last lines, and in CI fails for it.

    Args:
        what: what is wanting, ``Chromium``.
        why: what was tried.
    """
    pytest.skip(f"{MARK}{what}: {why}")
