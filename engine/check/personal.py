"""Whether a diagram copies a personal fact to where no lawful order can erase it.

A personal fact is kept in a leaf of its own, which an order deletes; entries are never touched. What a diagram takes
from it into a part of an entry that is not sealed would stay there for ever: the reason of a deadline, the key of a
message, the office of a task, or a text that is not declared personal itself.
"""

from collections.abc import Iterator
from typing import Final

from engine.check.diagram import Diagram, Finding
from engine.check.language import Use, uses
from engine.expressions import compile_expression, compile_script
from engine.facts import Declarations
from engine.spiff.orders import orders

#: Settings whose value stands in an effect that is not sealed.
_TOLD: Final = frozenset({"key", "office"})
#: Settings, and what stands behind the dot of them: the fact that is written.
_WRITING: Final = frozenset({"in", "keep", "out", "payload"})
#: Types that hold what somebody wrote; of a list, when its items are such, or records.
_FREE: Final = frozenset({"text", "person", "identity", None})


def check_personal(diagram: Diagram, declared: Declarations) -> Iterator[Finding]:
    """Name every place that copies what is personal out of its leaf."""
    for node in diagram.nodes():
        for order in orders(node.settings):
            if order.reason is not None and order.reason in declared and declared.personal(order.reason):
                yield Finding(node.id, "personal_copied", f"{order.limit} reason={order.reason}")
    for use in uses(diagram.root):
        if use.code is None:
            yield from _copied(use, declared)


def _copied(use: Use, declared: Declarations) -> Iterator[Finding]:
    personal = {fact for fact in use.reads & declared.keys() if declared.personal(fact)}
    for fact in sorted(personal) if use.place in _TOLD else ():
        yield Finding(use.element, "personal_copied", f"{use.place} ← {fact}")
    for target, read in _written(use):
        if _is_free(declared, target) and not declared.personal(target):
            for fact in sorted(fact for fact in read & personal if _is_free(declared, fact)):
                yield Finding(use.element, "personal_copied", f"{target} ← {fact}")


def _written(use: Use) -> Iterator[tuple[str, frozenset[str]]]:
    """Give each fact a text of ours writes, with the facts its value is made of."""
    head, _, fact = use.place.partition(".")
    if use.place == "script":
        yield from ((target, line.names) for target, line in compile_script(use.text).lines if not line.is_test)
    elif head in _WRITING:
        yield fact, compile_expression(use.text).names


def _is_free(declared: Declarations, name: str) -> bool:
    """Tell whether a fact can hold words that somebody wrote."""
    fact = declared.get(name)
    return fact is not None and (fact.of if fact.type == "list" else fact.type) in _FREE
