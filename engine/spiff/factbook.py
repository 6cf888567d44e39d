"""The facts of a case during one step: read by scope and loop, written with who wrote them before.

A called diagram has a scope of its own. Inside a multi-instance activity a fact that its body writes is a list in
the scope, and each instance reads and writes its own element.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from engine.effects import Effect, fact_written
from engine.model import Facts
from engine.values import Value


@dataclass(frozen=True)
class Place:
    """Where facts are read and written.

    Attributes:
        scope: key in ``Facts``; empty for the case itself.
        loops: for each multi-instance round that encloses the place, outermost first, the facts its body writes and
            the index of the instance.
    """

    scope: str = ""
    loops: tuple[tuple[frozenset[str], int], ...] = ()

    def path(self, name: str) -> list[int]:
        """Give the indices of a fact's own element here; none where it is not a list of instances."""
        return [index for written, index in self.loops if name in written]

    def inside(self, written: frozenset[str], index: int) -> "Place":
        """Give the place inside one more instance."""
        return Place(self.scope, (*self.loops, (written, index)))


class FactBook:
    """All facts of a case while a step runs; what went in is not touched."""

    def __init__(self, facts: Facts, seq: int, effects: list[Effect], append_only: frozenset[str]) -> None:
        """Open it.

        Args:
            facts: before the step.
            seq: number of the running entry.
            effects: gets one ``fact_written`` for each write.
            append_only: facts a write adds to, so that branches running together do not lose each other's items.
        """
        self.facts: Facts = {scope: dict(written) for scope, written in facts.items()}
        self.writes = 0
        self._plain: dict[str, dict[str, Value]] = {}
        self._seq = seq
        self._effects = effects
        self._append_only = append_only

    def read(self, place: Place) -> Mapping[str, Value]:
        """Give the value of every fact as seen from a place; the mapping follows later writes of its scope."""
        plain = self._plain.get(place.scope)
        if plain is None:
            written = self.facts.get(place.scope, {})
            plain = self._plain[place.scope] = {name: pair[0] for name, pair in written.items()}
        if not place.loops:
            return plain
        return ChainMap(self._own_elements(place, plain), plain)

    @staticmethod
    def _own_elements(place: Place, plain: Mapping[str, Value]) -> dict[str, Value]:
        own: dict[str, Value] = {}
        for written, index in place.loops:
            for name in written:
                value = own[name] if name in own else plain.get(name)
                own[name] = value[index] if isinstance(value, list) and index < len(value) else None
        return own

    def value(self, scope: str, name: str) -> Value:
        """Give a fact's whole value."""
        return self.facts.get(scope, {}).get(name, [None])[0]

    def written_by(self, scope: str, name: str) -> int | None:
        """Give the number of the entry that wrote a fact."""
        return self.facts.get(scope, {}).get(name, [None, None])[1]

    def write(self, place: Place, name: str, value: Value, *, own: bool = False) -> None:
        """Write a fact.

        Args:
            place: where; inside an instance its element of the list is written.
            name: of the fact.
            value: the new value; of a fact that is added to, one item or a list of them.
            own: whether it is the event's own field of that name.
        """
        if name in self._append_only:
            added = value if isinstance(value, list) else [] if value is None else [value]
            value, own = [*(self.value(place.scope, name) or []), *added], False
        elif place.loops and (path := place.path(name)):
            value, own = _replaced(self.value(place.scope, name), path, value), False
        self._put(place, name, value, own=own)

    def correct(self, place: Place, name: str, value: Value) -> None:
        """Put the event's value in place of a fact's, whole."""
        self._put(place, name, value, own=True)

    def _put(self, place: Place, name: str, value: Value, *, own: bool) -> None:
        scope = self.facts.setdefault(place.scope, {})
        before = scope.get(name)
        scope[name] = [value, self._seq]
        if place.scope in self._plain:
            self._plain[place.scope][name] = value
        self.writes += 1
        old = None if before is None else before[1]
        self._effects.append(fact_written(name, scope=place.scope, old=old, value=value, own=own))


def _replaced(held: Value, path: list[int], value: Value) -> Value:
    """Give a copy of a list with one element changed, filled with null up to it."""
    if not path:
        return value
    items = list(held) if isinstance(held, list) else []
    items += [None] * (path[0] + 1 - len(items))
    items[path[0]] = _replaced(items[path[0]], path[1:], value)
    return items
