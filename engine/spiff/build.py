"""A definition made ready to run: SpiffWorkflow specifications of its diagrams, its rules, tables and facts.

It is built once per process and definition, and shared by every step: nothing in it changes.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import Any

from engine.decisions import Decision, load_decision
from engine.expressions import compile_script
from engine.facts import Declarations, load_facts
from engine.model import BEHAVIOUR, Definition, DefinitionRefusedError
from engine.refusals import refusal
from engine.spiff.activities import (
    ActTask,
    CallActivity,
    DecisionTask,
    EventSubProcess,
    ManualTask,
    MultiInstance,
    PlainTask,
    RuleTask,
    ScriptTask,
    StandardLoop,
    SubProcess,
    UserTask,
)
from engine.spiff.diagram import Container, Node, read_processes
from engine.spiff.element import Element, Root
from engine.spiff.events import BoundaryEvent, Catch, EndEvent, EventTrigger, Guard, StartEvent, Throw
from engine.spiff.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from engine.spiff.scope import ROOT, ScopeSpec
from engine.spiff.timers import FOLLOWING
from engine.xml import parse
from handlers.rule import find

#: Definitions kept ready; each takes some hundred kilobytes.
MOST_DEFINITIONS = 64

_ELEMENTS: Mapping[str, type[Element]] = {
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": Catch,
    "intermediateThrowEvent": Throw,
    "boundaryEvent": BoundaryEvent,
    "task": PlainTask,
    "userTask": UserTask,
    "manualTask": ManualTask,
    "scriptTask": ScriptTask,
    "businessRuleTask": DecisionTask,
    "sendTask": Throw,
    "receiveTask": Catch,
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "eventBasedGateway": EventGateway,
}
_SUB_PROCESSES = frozenset({"subProcess", "transaction"})
_ROOT_NODE = Node(ROOT, "root", "", {})


class Compiled:
    """A definition, ready to run."""

    def __init__(self, definition: Definition) -> None:
        """Build every diagram of a definition.

        Raises:
            DefinitionRefusedError: when a called process is missing or an element is none we run.
        """
        self.definition = definition
        if definition.behaviour != BEHAVIOUR:
            raise _refused("", "", "behaviour", str(definition.behaviour))
        self.processes: dict[str, Container] = {}
        #: Which file a process stands in.
        self.files: dict[str, str] = {}
        for path in sorted(definition.files):
            if path.endswith(".bpmn"):
                found = read_processes(parse(definition.files[path]))
                self.processes |= found
                self.files |= dict.fromkeys(found, path)
        self.main = self._main_process()
        self.specs: dict[str, ScopeSpec] = {}
        self._entries: dict[tuple[str, str], Element] = {}
        self._decisions: dict[str, Decision] = {}
        self._written: dict[tuple[str, str], frozenset[str]] = {}
        self._build(self.main, self.processes[self.main])

    def _main_process(self) -> str:
        procedure = self.definition.procedure
        if procedure in self.processes:
            return procedure
        path = f"{procedure}.bpmn"
        for process, file in self.files.items():
            if file == path:
                return process
        raise _refused(path, "", "process_missing", procedure)

    # --- specifications ---

    def _build(self, name: str, container: Container) -> None:
        if name in self.specs:
            return
        spec = self.specs[name] = ScopeSpec(name, container)
        Root(spec, _ROOT_NODE)
        for node in container.nodes.values():
            self._add(spec, name, node)
        for node in container.event_sub_processes:
            if node.inner is not None and node.inner.starts:
                EventTrigger(spec, node.inner.starts[0], node)
        for node in container.nodes.values():
            self._entries[name, node.id] = spec.task_specs[f"{node.id}(guard)" if node.boundary else node.id]

    def _add(self, spec: ScopeSpec, name: str, node: Node) -> None:
        if node.loop is None:
            self._element(spec, name, node, node.id)
        else:
            kind = MultiInstance if node.loop.is_multi_instance else StandardLoop
            kind(spec, node, node.loop, f"{node.id}(round)")
            self._element(spec, name, node, f"{node.id}(round)")
        if node.boundary:
            Guard(spec, node, f"{node.id}(guard)")

    def _element(self, spec: ScopeSpec, name: str, node: Node, spec_name: str) -> Element:
        if node.tag in _SUB_PROCESSES and node.inner is not None:
            inner = f"{name}/{node.id}"
            self._build(inner, node.inner)
            kind = EventSubProcess if node.by_event else SubProcess
            return kind(spec, node, spec_name, scope=inner)
        if node.tag == "callActivity":
            if node.called not in self.processes:
                raise _refused(self._file_of(name), node.id, "called_missing", node.called or "")
            self._build(node.called, self.processes[node.called])
            return CallActivity(spec, node, spec_name, scope=node.called)
        if node.tag == "serviceTask" and ("rule" in node.properties or "act" in node.properties):
            return (RuleTask if "rule" in node.properties else ActTask)(spec, node, spec_name)
        if node.tag not in _ELEMENTS:
            raise _refused(self._file_of(name), node.id, "unsupported_element", node.tag)
        return _ELEMENTS[node.tag](spec, node, spec_name)

    def _file_of(self, scope: str) -> str:
        return self.files.get(scope.partition("/")[0], "")

    def entry(self, spec: ScopeSpec, node_id: str) -> Element:
        """Give what a token arriving at a node meets: the node, or the guard of its boundary events."""
        return self._entries[spec.name, node_id]

    def triggers(self, scope: str) -> list[Element]:
        """Give the triggers of a scope's event sub-processes."""
        return self._triggers[scope]

    @cached_property
    def _triggers(self) -> dict[str, list[Element]]:
        return {
            name: [element for element in spec.task_specs.values() if isinstance(element, EventTrigger)]
            for name, spec in self.specs.items()
        }

    def first(self, scope: str) -> list[Node]:
        """Give the nodes a scope's first tokens stand on: the plain start events, or the only other one."""
        starts = self.specs[scope].container.starts
        return [node for node in starts if node.trigger.kind == "none"] or list(starts[:1])

    @cached_property
    def has_conditions(self) -> bool:
        """Whether anything waits for a condition."""
        return any(node.trigger.kind == "conditional" for node in self._nodes())

    @cached_property
    def has_inclusive(self) -> bool:
        """Whether there are inclusive gateways to ask when nothing else moves."""
        return any(node.tag == "inclusiveGateway" for node in self._nodes())

    @cached_property
    def has_joins(self) -> bool:
        """Whether there are parallel gateways at which a token may wait for others in vain."""
        return any(node.tag == "parallelGateway" and len(node.incoming) > 1 for node in self._nodes())

    @cached_property
    def followed(self) -> frozenset[str]:
        """Limits whose deadlines a timer follows."""
        found = (FOLLOWING.fullmatch(node.trigger.expression.strip()) for node in self._nodes())
        return frozenset(match["limit"] for match in found if match)

    def _nodes(self) -> Iterator[Node]:
        return (element.node for spec in self.specs.values() for element in spec.task_specs.values())

    # --- what the elements name ---

    @cached_property
    def declarations(self) -> Declarations | None:
        """The declared facts; null when the definition has none, as in an example of the language alone."""
        texts = {path: text for path, text in self.definition.files.items() if path.startswith("facts/")}
        return load_facts(texts) if texts else None

    @cached_property
    def append_only(self) -> frozenset[str]:
        """Facts that a write adds to."""
        return frozenset(name for name, fact in (self.declarations or {}).items() if fact.append_only)

    def decision(self, name: str) -> Decision:
        """Give a decision table by its file's stem."""
        if name not in self._decisions:
            self._decisions[name] = load_decision(self.definition.files[f"decisions/{name}.dmn"])
        return self._decisions[name]

    def written_in(self, scope: str, node: Node) -> frozenset[str]:
        """Tell which facts a multi-instance activity's body writes: lists with an element for each instance."""
        key = (scope, node.id)
        if key not in self._written:
            self._written[key] = frozenset(self._writes(node)) - self.append_only
        return self._written[key]

    def _writes(self, node: Node) -> set[str]:
        settings = node.properties
        written = set()
        if "form" in settings:
            written |= set(_fields(json.loads(self.definition.files.get(f"forms/{settings['form']}.json", "{}"))))
        if "rule" in settings:
            written |= set(find(settings["rule"]).writes)
        if "decision" in settings:
            written |= set(self.decision(settings["decision"]).writes)
        if node.script:
            written |= set(compile_script(node.script).writes)
        written |= {fact for head, _, fact in (name.partition(".") for name in settings) if head in ("out", "keep")}
        written |= set(filter(None, (part.strip() for part in settings.get("writes", "").split(","))))
        if node.inner is not None:
            for inner in node.inner.nodes.values():
                written |= self._writes(inner)
        return written


def _refused(file: str, element: str, code: str, detail: str) -> DefinitionRefusedError:
    return DefinitionRefusedError([refusal(file, element, code, detail)])


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """Give the fields of a form, those that appear on a condition too."""
    yield from schema.get("properties", {})
    parts = [schema[key] for key in ("then", "else") if key in schema]
    for key in ("allOf", "anyOf", "oneOf"):
        parts += schema.get(key, [])
    for part in parts:
        yield from _fields(part)


_kept: OrderedDict[str, Compiled] = OrderedDict()
_lock = Lock()


def compiled(definition: Definition) -> Compiled:
    """Give a definition ready to run; those used last are kept.

    Raises:
        DefinitionRefusedError: when it cannot be built.
    """
    key = definition.hash
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    found = Compiled(definition)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_DEFINITIONS:
            _kept.popitem(last=False)
    return found
