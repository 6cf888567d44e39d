"""The few acts that reach outside the engine: named in the diagram, carried out after the commit that wanted them.

An act is one module here with a function ``carry_out(ctx, wanted) -> Answer``. It runs outside any transaction and
may run twice, so all it does outside is keyed by the case and the address. What must happen together with the
recorded answer goes into ``Answer.settle``, which runs in that entry's transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from casework.context import Context
from engine.values import Value
from storage import Tx


@dataclass(frozen=True)
class Wanted:
    """What a case wants done.

    Attributes:
        case: id of the case.
        address: of the act in the case; with the case, the key of everything it does outside.
        office: id of the case's office.
        given: inputs by name, as the diagram gives them.
        kept: the answer an earlier try brought and the case could not take, or nothing; an act that must not
            choose twice gives it again.
    """

    case: str
    address: str
    office: str
    given: Mapping[str, Value]
    kept: Mapping[str, Value] = field(default_factory=dict)


def nothing(_tx: Tx) -> None:
    """Settle nothing."""


@dataclass(frozen=True)
class Answer:
    """What an act brought back.

    Attributes:
        payload: facts by name.
        settle: writes what belongs to the answer, in the transaction that records it.
    """

    payload: Mapping[str, Value]
    settle: Callable[[Tx], None] = nothing


class Act(Protocol):
    """An act's function."""

    def __call__(self, ctx: Context, wanted: Wanted) -> Answer:
        """Carry it out."""


class ActError(Exception):
    """An act could not be carried out; trying again may help."""


class ActGivenError(ActError):
    """The diagram gives an act something it cannot work with; only a change of the facts or the diagram helps."""


class ActUnknownError(ActError):
    """No module here carries out an act of that name."""


def text_given(wanted: Wanted, name: str) -> str:
    """Give an input that is a text.

    Raises:
        ActGivenError: the diagram gives none, or an empty one.
    """
    text = wanted.given.get(name)
    if not isinstance(text, str) or not text.strip():
        raise ActGivenError(f"{wanted.address} gives no {name}")
    return text.strip()


def find(name: str) -> Act:
    """Give the act of a name.

    Raises:
        ActUnknownError: there is none.
    """
    if name not in {module.name for module in iter_modules(__path__)}:
        raise ActUnknownError(name)
    act: Act | None = getattr(import_module(f"{__name__}.{name}"), "carry_out", None)
    if act is None:
        raise ActUnknownError(name)
    return act
