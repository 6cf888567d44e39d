"""Everything one procedure uses, gathered into a definition.

A definition holds exactly what its diagram leads to: called diagrams, decisions, forms, facts, documents and rule
versions. What it does not use is left out, so a change elsewhere does not give it another name.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final

from engine.check import check
from engine.check.language import Use, uses
from engine.decisions import Decision, DecisionRefusedError, load_decision
from engine.expressions import ExpressionRefusedError, compile_expression
from engine.facts import Declarations, Fact, FactsRefusedError, load_facts
from engine.model import Definition, DefinitionRefusedError, Refusal
from engine.refusals import refusal
from engine.xml import BPMN, Element, XmlRefusedError, parse, properties
from handlers.law.basis import ParameterFileError, read_limits
from handlers.law.limits import Limit
from handlers.rule import RuleError, find

SHARED_FACTS: Final = "facts/common.yaml"
LIMITS: Final = "parameters/limits.yaml"
#: Settings of an act or a task that name a document's template.
DOCUMENT_SETTINGS: Final = ("act.document", "act.template", "preview")

#: Another file a template takes in: ``#import "lib.typ": *``, ``#include "x.typ"``, ``json("x.json")``.
_TEMPLATE_FILE = re.compile(r"(?:import|include|json|yaml|csv|read|image)[\s(]+\"([^\"]+)\"")
#: How a template asks for a fact: ``fact("worker.name")``, ``facts.at("worker.name")``.
_TEMPLATE_FACT = re.compile(r"\b(?:fact|at)\(\s*\"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\"", re.ASCII)
#: How a template asks for a limit, ``limit("D05")``, and names the fact of its legal date in its head.
_TEMPLATE_LIMIT = re.compile(r"\blimit\(\s*\"([A-Z]+\d+[a-z]?)\"", re.ASCII)
_TEMPLATE_DATE = re.compile(r"^//\s*dated:\s*([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\s*$", re.ASCII | re.MULTILINE)

#: Types of fact a form's field of a JSON type may write.
_FORM_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset(
        {"text", "decimal", "money", "date", "instant", "code", "person", "office", "file", "identity"}
    ),
    "integer": frozenset({"integer"}),
    "boolean": frozenset({"boolean"}),
    "array": frozenset({"list"}),
}

#: What an annotation of a form may hold: its JSON type, and the facts that stand in it.
_NAMING: Final[Mapping[str, tuple[type, Callable[[Any], Iterable[Any]]]]] = {
    "": (object, lambda _words: ()),
    "codes": (list, lambda _codes: ()),
    "condition": (str, lambda _text: ()),  # an expression is compiled for the facts in it
    "fact": (str, lambda fact: (fact,)),
    "facts": (list, iter),
    "columns": (dict, lambda facts: facts.values()),
}
_OF_ALL: Final = dict.fromkeys(("x-article", "x-help", "x-help-en"), "")
_OF_COLUMN: Final = _OF_ALL | dict.fromkeys(("x-codes", "x-label", "x-label-en", "x-order", "x-unit", "x-widget"), "")
#: The annotations of a form, of a field and of a column of its table, with what each names. There are no others: one
#: that is misspelt, or stands where nothing reads it, would be passed over in silence.
_ANNOTATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "form": _OF_ALL
    | dict.fromkeys(("x-title", "x-title-en"), "")
    | {"x-fresh-unless": "condition", "x-shows": "facts"},
    "field": _OF_COLUMN
    | dict.fromkeys(("x-credit-code", "x-default", "x-group", "x-group-en", "x-not-later"), "")
    | dict.fromkeys(("x-among", "x-identity-born", "x-identity-kind", "x-not-before"), "fact")
    | {"x-rows": "columns", "x-urgent": "codes", "x-visible-when": "condition"},
    "column": _OF_COLUMN,
}


def bundle(procedure: str, sources: Mapping[str, str]) -> Definition:
    """Gather a procedure's definition.

    Args:
        procedure: stem of its diagram, ``recognition``.
        sources: text by path below ``processes/``; what the procedure does not use is passed over.

    Raises:
        DefinitionRefusedError: with every reason of the check and of the agreement between its files.
    """
    gathered = _Gathering(sources)
    gathered.diagram(f"{procedure}.bpmn")
    gathered.facts()
    gathered.agree()
    refusals = check(gathered.files) + gathered.refusals
    if refusals:
        raise DefinitionRefusedError(refusals)
    return Definition(procedure, dict(sorted(gathered.files.items())), tuple(sorted(gathered.rules)))


class _Gathering:
    """Collects the files of one procedure, and what is wrong between them."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.files: dict[str, str] = {}
        self.rules: set[str] = set()
        self.refusals: list[Refusal] = []
        self._sources = sources
        #: Facts named, with file and element: checked when the declarations are known.
        self._named: list[tuple[str, str, str]] = []
        self._limits: list[tuple[str, str, str]] = []
        #: What a deadline setting does with its limit, and whether it gives a length.
        self._orders: list[tuple[str, str, str, str, bool]] = []
        #: Facts with a text they are compared with or given.
        self._literals: list[tuple[str, str, str, str]] = []
        self._declared = Declarations({})
        self._processes: set[str] = set()
        self._called: list[tuple[str, str, str]] = []

    # --- gathering ---

    def diagram(self, path: str) -> None:
        """Take a diagram and what it leads to."""
        root = self._xml(path)
        if root is None:
            return
        own = {process.get("id", "") for process in root.iterchildren(f"{{{BPMN}}}process")}
        self._processes |= own
        for element in root.iter(f"{{{BPMN}}}*"):
            self._element(path, element, own)
        for use in uses(root):
            self._use(path, use)

    def _xml(self, path: str) -> Element | None:
        text = self._take(path)
        try:
            return None if text is None else parse(text)
        except XmlRefusedError:
            return None  # the check says why

    def _take(self, path: str, by: tuple[str, str] | None = None) -> str | None:
        """Add a file; null when it was there before, or is missing (which is a refusal)."""
        if path in self.files:
            return None
        text = self._sources.get(path)
        if text is None:
            self._refuse(*(by or (path, "")), "file_missing", path)
            return None
        self.files[path] = text
        return text

    def _element(self, path: str, element: Element, own: set[str]) -> None:
        owner = (path, element.get("id", ""))
        called = element.get("calledElement", "").rpartition(":")[2]
        if called and called not in own:
            if f"{called}.bpmn" in self._sources:
                self.diagram(f"{called}.bpmn")
            self._called.append((*owner, called))
        settings = properties(element)
        if form := settings.get("form"):
            self._form(owner, f"forms/{form}.json")
        if decision := settings.get("decision"):
            self._decision(owner, f"decisions/{decision}.dmn")
        if rule := settings.get("rule"):
            self._rule(owner, rule)
        for setting in DOCUMENT_SETTINGS:
            if setting in settings:
                self._documents(owner, settings[setting])

    def _use(self, path: str, use: Use) -> None:
        for fact in chain(use.reads, use.writes):
            self._named.append((path, use.element, fact))
        self._literals += [(path, use.element, *pair) for pair in sorted(use.literals)]
        if use.limit:
            self._limits.append((path, use.element, use.limit))
            action = use.place.removeprefix("deadline.")
            self._orders.append((path, use.element, use.limit, action, " length=" in use.text))

    def _rule(self, owner: tuple[str, str], name: str) -> None:
        try:
            rule = find(name)
        except RuleError:
            self._refuse(*owner, "rule_unknown", name)
            return
        self.rules.add(name)
        self._named += [(*owner, fact) for fact in (*rule.reads, *rule.writes)]

    def _decision(self, owner: tuple[str, str], path: str) -> None:
        text = self._take(path, owner)
        if text is None:
            return
        try:
            table: Decision = load_decision(text)
        except (DecisionRefusedError, XmlRefusedError):
            return  # the check says why
        self._named += [(path, table.id, fact) for fact in (*sorted(table.reads), *table.writes)]
        self._literals += [(path, table.id, *pair) for pair in sorted(table.literals)]

    def _form(self, owner: tuple[str, str], path: str) -> None:
        self._take(path, owner)

    def _documents(self, owner: tuple[str, str], text: str) -> None:
        """Take the templates to choose between: the one named, or the texts an expression is made of."""
        names = [text] if text.isidentifier() else _results(text)
        if not names:
            self._refuse(*owner, "document_unknown", text)
        for name in names:
            self._template(owner, f"documents/{name}.typ")

    def _template(self, owner: tuple[str, str], path: str) -> None:
        text = self._take(path, owner)
        if text is None:
            return
        asked = chain(_TEMPLATE_FACT.findall(text), _TEMPLATE_DATE.findall(text))
        self._named += [(path, "", fact) for fact in asked]
        self._limits += [(path, "", limit) for limit in _TEMPLATE_LIMIT.findall(text)]
        for other in _TEMPLATE_FILE.findall(text):
            if not other.startswith("@"):  # a package of Typst's own
                self._template((path, ""), _beside(path, other))

    def facts(self) -> None:
        """Take the declarations: the shared ones, and those of every diagram in use."""
        stems = [path.removesuffix(".bpmn") for path in self.files if path.endswith(".bpmn")]
        for path in (SHARED_FACTS, *(f"facts/{stem}.yaml" for stem in stems)):
            if path in self._sources:
                self._take(path)
        texts = {path: text for path, text in self.files.items() if path.startswith("facts/")}
        try:
            self._declared = load_facts(texts)
        except FactsRefusedError as error:
            for path, fact, code in error.problems:
                self._refuse(path, fact, "facts", f"{fact} {code}".strip())

    # --- agreement ---

    def agree(self) -> None:
        """Hold the files against one another, the declarations and the limits."""
        self._agree_calls()
        if any(found.code == "facts" for found in self.refusals):
            return  # every fact would seem undeclared
        for path in [path for path in self.files if path.startswith("forms/")]:
            self._agree_form(path)
        self._agree_facts()
        self._agree_limits()

    def _agree_calls(self) -> None:
        for path, element, called in self._called:
            if called not in self._processes:
                self._refuse(path, element, "called_missing", called)

    def _agree_facts(self) -> None:
        for path, element, fact in dict.fromkeys(self._named):
            if fact not in self._declared:
                self._refuse(path, element, "fact_undeclared", fact)
        for path, element, fact, text in dict.fromkeys(self._literals):
            codes = self._declared[fact].codes if fact in self._declared else {}
            if codes and text not in codes:
                self._refuse(path, element, "code_unknown", f"{fact}: {text}")

    def _agree_limits(self) -> None:
        known = _limits_of(self._sources.get(LIMITS, ""))
        for path, element, limit in dict.fromkeys(self._limits) if known else ():
            if limit not in known:
                self._refuse(path, element, "limit_unknown", limit)
        for path, element, limit, action, given in dict.fromkeys(self._orders):
            if limit in known and (code := _contradiction(known[limit], action, given)):
                self._refuse(path, element, code, limit)

    def _agree_form(self, path: str) -> None:
        try:
            schema = json.loads(self.files[path])
        except (ValueError, RecursionError) as error:
            self._refuse(path, "", "form", str(error))
            return
        if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
            self._refuse(path, "", "form", "properties")
            return
        for part in _schemas(schema):
            self._annotations(path, "", "form", part)
            for name, field in part.get("properties", {}).items():
                self._field(path, name, field if isinstance(field, dict) else {})
            for name in part.get("required", ()):
                if name not in schema["properties"]:
                    self._refuse(path, str(name), "form", f"required: {name}")

    def _field(self, path: str, name: str, field: dict[str, Any]) -> None:
        self._annotations(path, name, "field", field)
        for key, column in _columns(field).items():
            self._annotations(path, f"{name}.{key}", "column", column)
        fact = self._declared.get(name)
        if fact is None:
            self._refuse(path, name, "fact_undeclared", name)
            return
        self._agree_field(path, fact, field)

    def _agree_field(self, path: str, fact: Fact, field: dict[str, Any]) -> None:
        kind = field.get("type")
        if isinstance(kind, str) and fact.type not in _FORM_TYPES.get(kind, frozenset()):
            self._refuse(path, fact.name, "form_type", f"{fact.name}: {kind} / {fact.type}")
        choices = field.get("enum", [field["const"]] if "const" in field else [])
        urgent = field["x-urgent"] if isinstance(field.get("x-urgent"), list) else []
        for choice in choices + urgent if fact.type == "code" else urgent:
            if choice not in fact.codes:
                self._refuse(path, fact.name, "form_code", f"{fact.name}: {choice}")

    def _annotations(self, path: str, element: str, place: str, part: Mapping[str, Any]) -> None:
        for name in (name for name in part if name.startswith("x-")):
            naming = _ANNOTATIONS[place].get(name)
            if naming is None:
                self._refuse(path, element or name, "form_annotation", name)
            else:
                self._annotation(path, element or name, name, part[name], naming)

    def _annotation(self, path: str, element: str, name: str, told: Any, naming: str) -> None:
        shape, facts = _NAMING[naming]
        if not isinstance(told, shape):
            self._refuse(path, element, "form", f"{name}: {json.dumps(told, ensure_ascii=False)}")
        elif naming == "condition":
            self._condition(path, element, name, str(told))
        else:
            self._named += [(path, element, str(fact)) for fact in facts(told)]

    def _condition(self, path: str, element: str, name: str, text: str) -> None:
        try:
            condition = compile_expression(text)
        except ExpressionRefusedError as error:
            self._refuse(path, element, "form", f"{name}: {error}")
            return
        self._named += [(path, element, fact) for fact in condition.names]
        self._literals += [(path, element, *pair) for pair in sorted(condition.compared)]

    def _refuse(self, file: str, element: str, code: str, detail: str) -> None:
        self.refusals.append(refusal(file, element, code, detail))


def _limits_of(text: str) -> Mapping[str, tuple[Limit, ...]]:
    """Read every limit's versions; none where the limits themselves are not known.

    Raises:
        DefinitionRefusedError: when they cannot be read.
    """
    try:
        return read_limits(text) if text else {}
    except ParameterFileError as error:
        raise DefinitionRefusedError([refusal(LIMITS, "", "limits", str(error))]) from error


def _contradiction(versions: tuple[Limit, ...], action: str, given: bool) -> str | None:
    """Give the code of what no version of a limit lets a setting do, or null."""
    by_office = [version.length is None for version in versions]
    if action == "suspend" and not any(version.suspended_by for version in versions):
        return "limit_not_suspended"
    if action == "extend" and all(version.extension == 0 for version in versions):
        return "limit_not_extended"
    if action == "start" and given and not any(by_office):
        return "limit_length_fixed"
    if action == "start" and not given and all(by_office):
        return "limit_length_missing"
    return None


def _results(text: str) -> list[str]:
    """Give the texts an expression may result in; none where it is none, which the check says."""
    try:
        return sorted(compile_expression(text).results)
    except ExpressionRefusedError:
        return []


def _columns(field: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Give the columns of a field that is a table, by key; else none."""
    items = field.get("items")
    columns = items.get("properties", {}) if isinstance(items, dict) else {}
    return {key: column for key, column in columns.items() if isinstance(column, dict)}


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a schema and those that apply to the same record."""
    yield schema
    for key in ("if", "then", "else", "not"):
        if isinstance(schema.get(key), dict):
            yield from _schemas(schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            if isinstance(part, dict):
                yield from _schemas(part)


def _beside(path: str, other: str) -> str:
    """Resolve a path written in a template: from its own folder, or from the root with a slash."""
    parts: list[str] = []
    start = PurePosixPath(other.lstrip("/")) if other.startswith("/") else PurePosixPath(path).parent / other
    for part in start.parts:
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
