"""What elements say of deadlines: ``deadline.start`` = ``D05 on=acceptance.decided_on``, several by ``;``."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What an element may do to deadlines, in the order it is done: what ends first, what begins last.
ACTIONS = ("meet", "lift", "resume", "suspend", "extend", "start")


@dataclass(frozen=True)
class Order:
    """One ``deadline.*`` setting: what is done to which limit.

    Attributes:
        action: one of ``ACTIONS``.
        limit: id of the limit.
        on: fact of the legal date, or null for the day of the event.
        length: fact of the number of units, where the office sets it.
        reason: fact of the reason, or the words themselves.
    """

    action: str
    limit: str
    on: str | None = None
    length: str | None = None
    reason: str | None = None


def orders(properties: Mapping[str, str]) -> tuple[Order, ...]:
    """Read the ``deadline.*`` settings of an element, in the order they are obeyed."""
    found = []
    for action in ACTIONS:
        for part in filter(None, (part.split() for part in properties.get(f"deadline.{action}", "").split(";"))):
            options = dict(option.partition("=")[::2] for option in part[1:])
            found.append(Order(action, part[0], options.get("on"), options.get("length"), options.get("reason")))
    return tuple(found)
