"""The check before publication: what runs here, and for everything else a named reason.

The library that moves the tokens passes over in silence what it does not know, and gets some of what it knows
wrong. So nothing is published that this check has not let through: it reads any file, however broken, and gives a
list of refusals, each with element, code, reason and remedy in Chinese and English. An empty list means that it runs.

The rules stand in families: ``structure`` (does it hang together), ``elements`` (does it run here), ``throwing`` (can
what an event waits for come), ``language`` (is each text of our language), ``personal`` (does it copy what must be
erasable), ``concurrency`` (what tokens side by side may do), ``deadlock`` (whether they ever meet), ``lint`` (bpmn.io's
own rules). Whether the files of a procedure agree with one another is ``engine.bundle``'s matter.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from engine.check.concurrency import called_many, check_loops, check_messages, check_writes
from engine.check.deadlock import check_joins
from engine.check.diagram import Diagram, Finding, Node, Scope, read_diagram, size_of
from engine.check.elements import check_elements, check_settings
from engine.check.language import uses
from engine.check.lint import lint
from engine.check.personal import check_personal
from engine.check.structure import check_structure
from engine.check.throwing import check_errors, unthrown
from engine.decisions import DecisionRefusedError, load_decision
from engine.facts import Declarations, FactsRefusedError, load_facts
from engine.layout import LARGEST_DIAGRAM
from engine.model import Refusal
from engine.refusals import refusal
from engine.values import Value
from engine.xml import (
    BPMN,
    DMN_VERSIONS,
    SETTINGS,
    Element,
    XmlRefusedError,
    children,
    name_of,
    namespace_of,
    parse,
    properties,
    text_of,
)
from handlers.rule import RuleError, find

__all__ = ["check", "report"]


def check(files: Mapping[str, str | bytes]) -> list[Refusal]:
    """Give every reason why files cannot be published.

    Args:
        files: content by path. BPMN and DMN files are checked; forms, facts and decisions beside them say which
            facts each element writes. Without declarations of facts the rules about facts are left out.

    Returns:
        Refusals by file and element; empty when everything runs.
    """
    return [*_refusals(files)]


def report(path: str, content: bytes) -> dict[str, Value]:
    """Check one file alone, for the command line and the studio.

    Returns:
        ``{"file", "runs", "refusals": [...], "hints": [...]}``; each of them has ``element``, ``code``, and ``reason``
        and ``remedy`` by language.
    """
    refusals = check({path: content}) if _is_checked(path) else [refusal(path, "", "not_bpmn", path)]
    hints = [refusal(path, *found) for found in _hints(content)]
    return {
        "file": path,
        "runs": not refusals,
        "refusals": [_as_value(one) for one in refusals],
        "hints": [_as_value(one) for one in hints],
    }


def _as_value(one: Refusal) -> dict[str, Value]:
    return {
        "element": one.element,
        "code": one.code,
        "reason": dict(one.reason),
        "remedy": dict(one.remedy),
    }


def _refusals(files: Mapping[str, str | bytes]) -> Iterator[Refusal]:
    diagrams: dict[str, Diagram] = {}
    for path, content in files.items():
        if not _is_checked(path):
            continue
        try:
            root = parse(content)
        except XmlRefusedError as error:
            yield refusal(path, "", error.code, error.detail)
            continue
        if namespace_of(root) in DMN_VERSIONS:
            yield from _decision(path, content)
        elif (size := size_of(root)) > LARGEST_DIAGRAM:
            yield refusal(path, "", "too_many_nodes", f"{size} > {LARGEST_DIAGRAM}")
        elif namespace_of(root) == BPMN and name_of(root) == "definitions":
            diagrams[path] = read_diagram(root)
        else:
            yield refusal(path, "", "not_bpmn", str(root.tag))
    yield from _diagrams(diagrams, files)


def _is_checked(path: str) -> bool:
    """Tell diagrams and tables from the other files of a procedure; an unknown ending is looked into."""
    return not path.endswith((".json", ".yaml", ".yml", ".typ", ".md"))


def _decision(path: str, content: str | bytes) -> Iterator[Refusal]:
    try:
        table = load_decision(content)
    except DecisionRefusedError as error:
        for element, code, detail in error.problems:
            known = code if code in _TABLE_CODES else f"expression_{code}"
            yield refusal(path, element, known, detail)
        return
    for first, second in table.overlaps():
        yield refusal(path, second.id, "rows_overlap", f"{first.id}, {second.id}")


_TABLE_CODES: Final = frozenset(
    {
        "not_dmn",
        "no_table",
        "several_decisions",
        "required_decision",
        "hit_policy",
        "aggregation",
        "no_input",
        "no_output",
        "output_name",
        "duplicate_output",
        "cells",
        "unary_test",
        "no_rules",
    }
)


def _diagrams(diagrams: Mapping[str, Diagram], files: Mapping[str, str | bytes]) -> Iterator[Refusal]:
    ids = frozenset(identity for diagram in diagrams.values() for identity in diagram.named)
    declared = _declared(files)
    processes = {process.id: process for diagram in diagrams.values() for process in diagram.processes}
    many = called_many(diagrams.values())
    for path, diagram in diagrams.items():
        found = [*lint(diagram.root)[0], *_findings(diagram, ids, many), *_calls(diagram, processes)]
        if declared is not None:
            found += _facts_findings(diagram, declared, files)
            found += unthrown(diagram, diagrams.values())
        for finding in _once(found):
            yield refusal(path, *finding)


def _findings(diagram: Diagram, ids: frozenset[str], many: Collection[str]) -> Iterator[Finding]:
    yield from check_structure(diagram)
    yield from check_elements(diagram)
    yield from check_settings(diagram, ids)
    yield from check_errors(diagram)
    yield from check_loops(diagram)
    yield from check_messages(diagram, many)
    yield from check_joins(diagram)
    for use in uses(diagram.root):
        if use.code is not None:
            yield Finding(use.element, use.code, use.detail)


def _calls(diagram: Diagram, processes: Mapping[str, Scope]) -> Iterator[Finding]:
    """Name calls of what cannot be called; whether a called process exists is asked when a procedure is bundled.

    A process of that id in another file than the one it is called from is told there as well: only one of them runs.
    """
    for process in diagram.processes:
        if processes[process.id] is not process:
            yield Finding(process.id, "process_twice")
    for node in diagram.nodes():
        target = diagram.named.get(node.called)
        if node.called and target is not None and name_of(target).startswith("global"):
            yield Finding(node.id, "called_global", node.called)
        elif node.called in processes and not _starts_plainly(processes[node.called]):
            yield Finding(node.id, "called_start", node.called)


def _starts_plainly(process: Scope) -> bool:
    starts = [node for node in process.nodes.values() if node.tag == "startEvent"]
    # Without any it is refused for that.
    return not starts or any(node.kind == "none" for node in starts)


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Say a thing once: where two rules found it, the one that says more."""
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        same = kept.setdefault((finding.element, finding.code), [])
        if finding not in same:
            same.append(finding)
    return [one for same in kept.values() for one in ([one for one in same if one.detail] or same[:1])]


def _hints(content: bytes) -> Iterator[Finding]:
    try:
        root = parse(content)
    except XmlRefusedError:
        return
    if namespace_of(root) in DMN_VERSIONS:
        yield from _table_hints(content)
    if namespace_of(root) != BPMN or name_of(root) != "definitions" or size_of(root) > LARGEST_DIAGRAM:
        return
    yield from _once(lint(root)[1])
    diagram = read_diagram(root)
    yield from _once(unthrown(diagram, [diagram]))
    for node in diagram.nodes():
        splits = node.tag in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1
        if splits and not node.element.get("default"):
            yield Finding(node.id, "no_default")
    yield from _once(_foreign(root))


def _table_hints(content: bytes) -> Iterator[Finding]:
    try:
        table = load_decision(content)
    except DecisionRefusedError:
        return
    if not table.always_answers:
        yield Finding(table.id, "no_default_row")


def _foreign(root: Element) -> Iterator[Finding]:
    for extensions in root.iter(f"{{{BPMN}}}extensionElements"):
        parent = extensions.getparent()
        for part in extensions:
            if namespace_of(part) not in (SETTINGS, BPMN):
                yield Finding("" if parent is None else parent.get("id", ""), "foreign_extension", str(part.tag))


# --- what needs the other files of a procedure ---


def _declared(files: Mapping[str, str | bytes]) -> Declarations | None:
    texts = {path: _text(content) for path, content in files.items() if path.startswith("facts/")}
    try:
        return load_facts(texts) if texts else None
    except FactsRefusedError:
        return None  # the bundle says why


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("utf-8", errors="replace")


def _facts_findings(diagram: Diagram, declared: Declarations, files: Mapping[str, str | bytes]) -> Iterator[Finding]:
    writes: dict[str, set[str]] = {}
    for use in uses(diagram.root):
        if use.writes and not use.place.startswith("in."):
            writes.setdefault(use.element, set()).update(use.writes)
    for node in diagram.nodes():
        writes.setdefault(node.id, set()).update(_written(node, files))
    append_only = {name for name, fact in declared.items() if fact.append_only}
    yield from check_writes(diagram, writes, append_only)
    yield from check_personal(diagram, declared)
    roles = _lanes_with_role(diagram.root)
    for node in diagram.nodes():
        if node.tag == "userTask" and not _lies_in(node, roles):
            yield Finding(node.id, "role_missing")


def _written(node: Node, files: Mapping[str, str | bytes]) -> Iterator[str]:
    settings = node.settings
    if form := files.get(f"forms/{settings.get('form')}.json"):
        try:
            yield from json.loads(form).get("properties", {})
        except (ValueError, AttributeError, RecursionError):
            return  # the bundle says why
    if table := files.get(f"decisions/{settings.get('decision')}.dmn"):
        try:
            yield from load_decision(table).writes
        except (DecisionRefusedError, XmlRefusedError):
            return  # told with the table itself
    if rule := settings.get("rule"):
        try:
            yield from find(rule).writes
        except RuleError:
            return  # the bundle says so


def _lanes_with_role(root: Element) -> frozenset[str]:
    return frozenset(
        text_of(part).rpartition(":")[2]
        for lane in root.iter(f"{{{BPMN}}}lane")
        if properties(lane).get("role")
        for part in children(lane, "flowNodeRef")
    )


def _lies_in(node: Node, roles: frozenset[str]) -> bool:
    """Tell whether a node, or a sub-process round it, stands in a lane with a role."""
    if node.id in roles:
        return True
    return node.scope.owner is not None and _lies_in(node.scope.owner, roles)
