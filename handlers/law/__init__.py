"""The words of the law that every procedure shares: sources, limits, workdays, dates, money, identity numbers.

Everything here is pure. Nothing reads a clock, a database or the machine's time zone; the only thing read from
disk is the content below ``processes/``, and only by ``basis.build_basis`` and ``sources.articles``.
"""

from typing import Any

#: A JSON value (null, bool, integer, text, list, record): what facts, parameters and records are made of.
#: The engine holds the same alias; the law stands below the engine and cannot borrow it.
Value = Any
