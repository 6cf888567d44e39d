"""What relied on a fact: found in the history by what the diagrams, tables, rules, forms and papers read.

A fact is relied on by what reads it, and by what reads a fact that was made from it. Which these are the definition
says; which of them took part, after the fact was written, the history says.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from casework import advance, chain
from casework.context import Context
from engine import Definition
from engine.check.language import uses
from engine.decisions import load_decision
from engine.effects import Effect
from engine.elements import ElementInfo, element_of, elements
from engine.expressions import compile_expression
from engine.xml import parse
from handlers.rule import find
from storage import Tx
from storage.cases import CaseRow
from storage.entries import EntryRow

#: How a template asks for a fact: ``fact("worker.name")``, ``facts.at("worker.name")``.
_ASKED_BY_TEMPLATE: Final = re.compile(r"\b(?:fact|at)\(\s*\"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\"", re.ASCII)
_QUOTED: Final = re.compile(r"[\"']([^\"']+)[\"']")
#: What of a diagram reads a fact, by the beginning of the place where it is named.
_KINDS: Final = {
    "conditionExpression": "condition",
    "condition": "condition",
    "script": "script",
    "timer": "timer",
    "deadline": "deadline",
    "act": "act",
    "in": "call",
    "out": "call",
}


@dataclass(frozen=True)
class Reader:
    """Something of a definition that reads facts.

    Attributes:
        element: id of the element it belongs to.
        kind: ``decision``, ``rule``, ``form``, ``document``, ``condition``, ``script``, ``timer``, ``deadline``,
            ``act``, ``call``, ``other``.
        name: of the table, rule, form or template; the place in the diagram otherwise.
        reads: names of facts.
        writes: names of facts made from them.
    """

    element: str
    kind: str
    name: str
    reads: frozenset[str]
    writes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reliance:
    """That something relied on a fact in a case.

    Attributes:
        seq: number of the entry.
        at: instant of it.
        actor: id of who was at work.
        address: of the element.
        element: what the diagram says of it.
        kind: as ``Reader`` has it.
        name: as ``Reader`` has it.
        fact: the fact that was read: the one asked about, or one made from it.
    """

    seq: int
    at: str
    actor: str
    address: str
    element: ElementInfo
    kind: str
    name: str
    fact: str


def relied_on(ctx: Context, tx: Tx, case: CaseRow, fact: str, before: int | None = None) -> list[Reliance]:
    """List what relied on a fact of a case since it was first written, in the order of the history.

    Args:
        ctx: the surroundings.
        tx: any transaction.
        case: of which case.
        fact: its name.
        before: only entries before this one; all when null.
    """
    definition = advance.definition_of(ctx, tx, case)
    taking_part = _reached(readers(definition), fact)
    told = elements(definition)
    found: list[Reliance] = []
    written = False
    for row, sealed in advance.history(tx, case.id):
        if before is not None and row.seq >= before:
            break
        effects = _effects(row, sealed)
        first, written = not written, written or _writes(effects, fact)
        if written:
            found += _in_entry(row, effects, taking_part, told, lays_down=first)
    return found


def _effects(row: EntryRow, sealed: Iterable[chain.SealedLeaf]) -> list[Effect]:
    if not advance.is_move(row):
        return []
    try:
        return chain.open_body(row.body, sealed)[1]
    except chain.ErasedError:
        return []


def _writes(effects: Iterable[Effect], fact: str) -> bool:
    return any(effect["effect"] == "fact_written" and effect["name"] == fact for effect in effects)


def _in_entry(
    row: EntryRow,
    effects: Iterable[Effect],
    taking_part: Mapping[str, list[tuple[Reader, str]]],
    told: Mapping[str, ElementInfo],
    *,
    lays_down: bool,
) -> Iterator[Reliance]:
    """Give what of an entry relied on the fact; the form that lays it down relies on nothing."""
    for effect in effects:
        if effect["effect"] not in ("left", "act_wanted"):
            continue
        address = effect["address"]
        for reader, fact in taking_part.get(element_of(address), ()):
            is_end_of_act = effect["effect"] == "left" and reader.kind in ("act", "document")
            if not is_end_of_act and not (lays_down and reader.kind == "form"):
                element = told[reader.element]
                yield Reliance(row.seq, row.at, row.actor, address, element, reader.kind, reader.name, fact)


def _reached(all_readers: Iterable[Reader], fact: str) -> dict[str, list[tuple[Reader, str]]]:
    """Follow a fact through what is made from it; gives the readers by element, each with the fact it reads."""
    by_fact: dict[str, list[Reader]] = {}
    for reader in all_readers:
        for name in reader.reads:
            by_fact.setdefault(name, []).append(reader)
    met, waiting = {fact}, deque([fact])
    found: dict[Reader, str] = {}
    while waiting:
        name = waiting.popleft()
        for reader in by_fact.get(name, ()):
            found.setdefault(reader, name)
            waiting.extend(sorted(reader.writes - met))
            met |= reader.writes
    grouped: dict[str, list[tuple[Reader, str]]] = {}
    for reader, name in found.items():
        grouped.setdefault(reader.element, []).append((reader, name))
    return grouped


@lru_cache(maxsize=64)
def readers(definition: Definition) -> tuple[Reader, ...]:
    """List everything of a definition that reads facts."""
    found: list[Reader] = []
    for path, text in definition.files.items():
        if path.endswith(".bpmn"):
            found += _of_diagram(text)
    for element in elements(definition).values():
        found += _of_element(definition, element)
    return tuple(found)


def _of_diagram(text: str) -> Iterator[Reader]:
    """Give what the diagram itself reads: conditions count for the gateway they leave, all others for their element."""
    root = parse(text)
    sources = {flow.get("id"): flow.get("sourceRef") for flow in root.iter("{*}sequenceFlow")}
    for use in uses(root):
        if use.reads:
            kind = _KINDS.get(use.place.partition(".")[0], "other")
            owner = sources.get(use.element) or use.element
            yield Reader(owner, kind, use.place, use.reads, frozenset(use.writes))


def _of_element(definition: Definition, element: ElementInfo) -> Iterator[Reader]:
    settings = element.properties
    if element.form:
        yield Reader(element.id, "form", element.form, _of_form(definition.files[element.form]))
    if decision := settings.get("decision"):
        table = load_decision(definition.files[f"decisions/{decision}.dmn"])
        yield Reader(element.id, "decision", decision, table.reads, frozenset(table.writes))
    if name := settings.get("rule"):
        rule = find(name)
        yield Reader(element.id, "rule", name, frozenset(rule.reads), frozenset(rule.writes))
    for template in _QUOTED.findall(settings.get("act.document", "") + settings.get("act.template", "")):
        text = definition.files.get(f"documents/{template}.typ", "")
        yield Reader(element.id, "document", template, frozenset(_ASKED_BY_TEMPLATE.findall(text)))


def _of_form(text: str) -> frozenset[str]:
    """Name the facts a form shows, and those that decide which of its fields are seen."""
    fields = json.loads(text)["properties"]
    conditions = [compile_expression(each["x-visible-when"]) for each in fields.values() if each.get("x-visible-when")]
    return frozenset(fields).union(*(condition.names for condition in conditions))
