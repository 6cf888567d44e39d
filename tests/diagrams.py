"""Small diagrams written in a line or two, and cases that run them, for tests of the engine.

A case here takes every step twice, from saved bytes: once as the engine does it, once with nothing compacted away.
Both must tell the same, and neither may change what it was given.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

from engine import Definition, Event
from engine.effects import Effect
from engine.step import take
from engine.values import Value, decode, encode
from handlers.law.basis import Basis

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="http://example.org/tests" id="tests">'
)
AT = "2026-03-02T02:00:00.000000Z"

#: No limits, no calendars: for diagrams without deadlines.
BARE = Basis.from_value({"limits": {}, "parameters": {}, "calendars": {}, "offices": {}})


def element(tag: str, name: str, *inside: str, attributes: str = "", **settings: Any) -> str:
    """Write an element; settings are our properties, ``__`` for the dot."""
    return f'<bpmn:{tag} id="{name}" name="{name}" {attributes}>{_settings(settings)}{"".join(inside)}</bpmn:{tag}>'


def _settings(settings: Mapping[str, Any]) -> str:
    if not settings:
        return ""
    lines = "".join(
        f"<s:property name={quoteattr(name.replace('__', '.'))} value={quoteattr(str(value))}/>"
        for name, value in settings.items()
    )
    return f"<bpmn:extensionElements><s:properties>{lines}</s:properties></bpmn:extensionElements>"


def start(name: str = "begin", *inside: str, interrupting: bool = True) -> str:
    """Write a start event."""
    return element("startEvent", name, *inside, attributes="" if interrupting else 'isInterrupting="false"')


def end(name: str = "done", *inside: str, **settings: Any) -> str:
    """Write an end event."""
    return element("endEvent", name, *inside, **settings)


def user(name: str, *inside: str, **settings: Any) -> str:
    """Write a user task."""
    return element("userTask", name, *inside, **settings)


def script(name: str, text: str, *inside: str, **settings: Any) -> str:
    """Write a script task."""
    return element("scriptTask", name, *inside, f"<bpmn:script>{text}</bpmn:script>", **settings)


def catch(name: str, *inside: str, **settings: Any) -> str:
    """Write an intermediate catching event."""
    return element("intermediateCatchEvent", name, *inside, **settings)


def throw(name: str, *inside: str, **settings: Any) -> str:
    """Write an intermediate throwing event."""
    return element("intermediateThrowEvent", name, *inside, **settings)


def boundary(name: str, host: str, *inside: str, interrupting: bool = True, **settings: Any) -> str:
    """Write a boundary event."""
    attributes = f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return element("boundaryEvent", name, *inside, attributes=attributes, **settings)


def gateway(kind: str, name: str, default: str = "") -> str:
    """Write a gateway: ``exclusive``, ``parallel``, ``inclusive``, ``eventBased``."""
    return element(f"{kind}Gateway", name, attributes=f'default="{default}"' if default else "")


def sub(name: str, *inside: str, tag: str = "subProcess", attributes: str = "", **settings: Any) -> str:
    """Write a sub-process."""
    return element(tag, name, *inside, attributes=attributes, **settings)


def event_sub(name: str, *inside: str) -> str:
    """Write an event sub-process."""
    return sub(name, *inside, attributes='triggeredByEvent="true"')


def handler(name: str, event: str, *elements: str, interrupting: bool = True) -> str:
    """Write an event sub-process: what starts it, and elements one after the other."""
    begin, finish = f"{name}_start", f"{name}_end"
    first = start(begin, event, interrupting=interrupting)
    return event_sub(name, first, *elements, end(finish), path(begin, *_ids(*elements), finish))


def call(name: str, *inside: str, called: str = "other", **settings: Any) -> str:
    """Write a call activity."""
    return element("callActivity", name, *inside, attributes=f'calledElement="{called}"', **settings)


def timer(text: str, timing: str = "timeDuration") -> str:
    """Write what a timer event waits for."""
    return f"<bpmn:timerEventDefinition><bpmn:{timing}>{text}</bpmn:{timing}></bpmn:timerEventDefinition>"


def about(kind: str, name: str = "") -> str:
    """Write what another event is about: a message, signal, error or escalation by id, ``terminate``, ``cancel``."""
    reference = f' {kind}Ref="{name}"' if name else ""
    return f"<bpmn:{kind}EventDefinition{reference}/>"


def link(name: str) -> str:
    """Write one end of a link."""
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def when(condition: str) -> str:
    """Write what a conditional event waits for."""
    return (
        "<bpmn:conditionalEventDefinition>"
        f"<bpmn:condition>{_escaped(condition)}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


def many(count: str, *, sequential: bool = False, until: str = "") -> str:
    """Write that an activity has several instances."""
    condition = f"<bpmn:completionCondition>{_escaped(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )


def again(condition: str, *, before: bool = False, maximum: int | None = None) -> str:
    """Write that an activity repeats while a condition holds."""
    attributes = f'testBefore="{str(before).lower()}"' + (f' loopMaximum="{maximum}"' if maximum else "")
    return (
        f"<bpmn:standardLoopCharacteristics {attributes}>"
        f"<bpmn:loopCondition>{_escaped(condition)}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )


def path(*names: str) -> str:
    """Write flows from each element to the next; a flow's id is ``source_to_target``."""
    return "".join(flow(one, other) for one, other in pairwise(names))


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    """Write one flow."""
    inside = f"<bpmn:conditionExpression>{_escaped(condition)}</bpmn:conditionExpression>" if condition else ""
    identity = name or f"{source}_to_{target}"
    return f'<bpmn:sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def row(*elements: str, begin: str = "begin", finish: str = "done") -> str:
    """Write elements one after the other between a start and an end; what has no id, as a loop, stands beside them."""
    return start(begin) + "".join(elements) + end(finish) + path(begin, *_ids(*elements), finish)


def _ids(*elements: str) -> list[str]:
    return [name for one in elements if (name := one.partition(' id="')[2].partition('"')[0])]


def inner(*elements: str) -> str:
    """Write what a sub-process holds: elements one after the other."""
    return row(*elements, begin="in", finish="out")


def process(name: str, *inside: str, **settings: Any) -> str:
    """Write a process."""
    return f'<bpmn:process id="{name}" isExecutable="true">{_settings(settings)}{"".join(inside)}</bpmn:process>'


def diagram(*processes: str) -> str:
    """Write a file: processes, with the messages, signals, errors and escalations the tests use."""
    return HEAD + ROOTS + "".join(processes) + "</bpmn:definitions>"


ROOTS = "".join(
    f'<bpmn:{kind} id="{name}" name="{name}" {kind}Code="{name}"/>'
    for kind, names in {
        "message": ("stop", "news", "reply"),
        "signal": ("alarm", "other_alarm"),
        "error": ("broken", "lost"),
        "escalation": ("late", "very_late"),
    }.items()
    for name in names
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class ACase:
    """A case that runs in memory, and what a reader of its effects knows of it."""

    def __init__(
        self, *inside: str, basis: Basis = BARE, called: str = "", files: Mapping[str, str] | None = None
    ) -> None:
        """Make a case of a process ``p`` with these elements; ``called`` are further processes."""
        text = diagram(process("p", *inside), called) if inside else ""
        self.definition = Definition("p", ({"p.bpmn": text} if inside else {}) | dict(files or {}))
        self.basis = basis
        self.seq = 0
        self.state: Value = None
        self.loose: Value = None
        self.facts: Any = {}
        self.effects: list[Effect] = []
        self.history: list[Effect] = []
        self.tasks: dict[str, Effect] = {}
        self.acts: dict[str, Effect] = {}
        self.timers: dict[str, str] = {}
        self.waits: dict[str, Effect] = {}
        self.deadlines: dict[str, Value] = {}
        self.inside: Counter[str] = Counter()
        self.outcome: str | None = None

    # --- events ---

    def open(self, **facts: Value) -> "ACase":
        """Open it."""
        return self.take("opened", payload=facts)

    def complete(self, name: str, **facts: Value) -> "ACase":
        """Complete a task, by its address or the id of its element."""
        return self.take("task_completed", self.at(self.tasks, name), facts)

    def answer(self, name: str, **facts: Value) -> "ACase":
        """Answer an act."""
        return self.take("act_answered", self.at(self.acts, name), facts)

    def fire(self, name: str, at: str = AT) -> "ACase":
        """Let a timer come."""
        return self.take("timer_fired", self.at(self.timers, name), at=at)

    def receive(self, name: str, key: str = "", **facts: Value) -> "ACase":
        """Receive a message."""
        return self.take("message_received", f"message:{name}" + (f"/{key}" if key else ""), facts)

    def take(
        self, kind: str, address: str | None = None, payload: Mapping[str, Value] | None = None, at: str = AT
    ) -> "ACase":
        """Take a step both ways, from saved bytes."""
        given = {name.replace("__", "."): value for name, value in (payload or {}).items()}
        event = Event(self.seq + 1, kind, at, "u1", None, address, given)
        steps = []
        for state, compact in ((self.state, True), (self.loose, False)):
            before = encode([state, self.facts])
            steps.append(take(self.definition, state, self.facts, event, self.basis, compact=compact))
            assert encode([state, self.facts]) == before, "a step changed what it was given"
        one, other = steps
        assert encode([one.facts, one.effects]) == encode([other.facts, other.effects]), "compaction changed the step"
        self.seq += 1
        self.state, self.loose = decode(encode(one.state)), decode(encode(other.state))
        self.facts, self.effects = decode(encode(one.facts)), decode(encode(one.effects))
        for effect in self.effects:
            self._follow(effect)
        self.history += self.effects
        self._demand_sense()
        return self

    # --- what followed ---

    def _follow(self, effect: Effect) -> None:  # noqa: C901 - one line for each kind of effect
        address = effect.get("address", "")
        match effect["effect"]:
            case "entered":
                self.inside[address] += 1
            case "left" | "cancelled":
                self.inside[address] -= 1
                assert self.inside[address] >= 0, f"{address} was left without being entered"
            case "task_opened":
                assert address not in self.tasks
                self.tasks[address] = effect
            case "task_closed":
                del self.tasks[address]
            case "act_wanted":
                self.acts[address] = effect
            case "act_cancelled":
                del self.acts[address]
            case "timer_set":
                self.timers[address] = effect["due_at"]
            case "timer_cleared":
                del self.timers[address]
            case "message_waited":
                assert address not in self.waits
                self.waits[address] = effect
            case "message_unwaited":
                del self.waits[address]
            case "deadline_started" | "deadline_changed":
                self.deadlines[effect["deadline"]] = effect["value"]
            case "ended":
                assert self.outcome is None
                self.outcome = effect["outcome"]

    def _demand_sense(self) -> None:
        """Demand what every case must keep: nothing left over after the end, work before it."""
        for address in [a for a in self.acts if not self.inside[a]]:
            del self.acts[address]
        if self.outcome is not None:
            assert not self.tasks
            assert not self.acts
            assert not self.waits
            assert not [address for address in self.timers if address.startswith(f"{self.definition.procedure}/")]
            assert not +self.inside, "something was entered and never left"

    @staticmethod
    def at(open_: Mapping[str, Any], name: str) -> str:
        """Find the one open address that is, or ends in, an element."""
        if name in open_:
            return name
        found = [a for a in open_ if a.rpartition("/")[2].partition("#")[0].partition("[")[0] == name]
        assert len(found) == 1, f"{name} is open at {found} of {sorted(open_)}"
        return found[0]

    def told(self, effect: str) -> list[Effect]:
        """Give the last step's effects of one kind."""
        return [found for found in self.effects if found["effect"] == effect]

    def left(self) -> list[str]:
        """Give the addresses left so far, below the process."""
        return [e["address"].partition("/")[2] for e in self.history if e["effect"] == "left"]

    def open_tasks(self) -> list[str]:
        """Give the addresses of open tasks, below the process."""
        return sorted(address.partition("/")[2] for address in self.tasks)

    def fact(self, name: str, scope: str = "") -> Value:
        """Give a fact's value."""
        return self.facts.get(scope, {}).get(name, [None])[0]
