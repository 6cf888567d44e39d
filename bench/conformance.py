"""The conformance models of the University of Bamberg, run by our engine.

Every run must give what is expected, or its model must be refused by name when it is checked; silently wrong is
none. The folder holds ``manifest.json``, ``models/`` and ``invalid/``; it lies beside the project, not in it.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine
from engine import Definition, EngineError, Event, Step, StepError
from engine.check import check
from engine.expressions import ExpressionRefusedError
from engine.spiff.diagram import Container, read_processes
from engine.values import Value, decode, encode
from engine.xml import parse
from handlers.law.basis import Basis
from handlers.law.dates import instant_text, parse_instant

START = "2026-01-05T01:00:00.000000Z"
#: Case time after which nothing more is waited for.
LAST = "2026-01-05T01:01:59.000000Z"

#: Label of a helper that shows that another process was reached; where it is not asked for it says nothing.
_MARKER = "marker"

_ELEMENT = re.compile(r"(?P<id>.+?)(?:#\d+)?(?P<round>\[\d+\])?")
#: A model without limits needs no basis of the law.
_BASIS: Any = Basis.from_value({"limits": {}, "parameters": {}, "calendars": {}, "offices": {}})


def run(folder: Path) -> dict[str, Value]:
    """Run every model.

    Args:
        folder: of the conformance set.

    Returns:
        ``right``, ``refused`` and ``wrong`` runs as numbers, ``wrong_runs`` with what was expected and what came,
        ``refused_models`` by name with the reasons, ``invalid`` and ``invalid_not_refused``.
    """
    counted: Counter[str] = Counter()
    wrong: list[Value] = []
    refused: dict[str, Value] = {}
    for model in json.loads((folder / "manifest.json").read_text()):
        text = (folder / "models" / model["file"]).read_text()
        reasons = sorted({refusal.code for refusal in check({model["file"]: text})})
        if reasons:
            refused[model["name"]] = reasons
        for number, expected in enumerate(model["runs"]):
            came = "!refused" if reasons else _Play(model, text).play(expected["facts"])
            verdict = _verdict(came, expected["expect"])
            counted[verdict] += 1
            if verdict == "wrong":
                wrong.append({"run": f"{model['name']}/{number}", "expected": expected["expect"], "came": came})
    accepted = [path.name for path in sorted((folder / "invalid").iterdir()) if not _is_refused(path)]
    return {
        "right": counted["right"],
        "refused": counted["refused"],
        "wrong": counted["wrong"],
        "wrong_runs": wrong,
        "refused_models": refused,
        "invalid": len(list((folder / "invalid").iterdir())),
        "invalid_not_refused": accepted,
    }


def _is_refused(path: Path) -> bool:
    return bool(check({path.name: path.read_text()}))


def _verdict(came: Any, expected: list[str]) -> str:
    """Say whether what came is right, refused or wrong.

    A failure that was expected is right in any form. A model that deadlocks is stopped as an incident and nothing of
    the step is kept: that is a refusal, only later.
    """
    failure_expected = any(label.startswith("!") and label != "!error_event" for label in expected)
    if came == "!refused":
        return "right" if failure_expected else "refused"
    if failure_expected:
        return "right" if {"!error", "!stuck"} & set(came) else "wrong"
    if "!stuck" in came:
        return "refused"
    if _MARKER not in expected:
        came = [label for label in came if label != _MARKER]
    return "right" if sorted(came) == sorted(expected) else "wrong"


class _Case:
    """One case of a process: where it stands and what it has done."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.step: Step | None = None
        self.seq = 0
        self.timers: dict[str, str] = {}
        self.waits: dict[str, str] = {}

    def take(self, kind: str, at: str, address: str | None = None, payload: Any = None) -> list[dict[str, Value]]:
        """Take a step, from canonical bytes, and give its effects."""
        self.seq += 1
        event = Event(self.seq, kind, at, "system:bench", None, address, payload or {})
        state = None if self.step is None else decode(encode(self.step.state))
        facts = {} if self.step is None else decode(encode(self.step.facts))
        self.step = engine.step(self.definition, state, facts, event, _BASIS)
        for effect in self.step.effects:
            self._follow(effect)
        return self.step.effects

    def _follow(self, effect: dict[str, Value]) -> None:
        name, address = effect["effect"], effect.get("address", "")
        if name == "timer_set":
            self.timers[address] = effect["due_at"]
        elif name == "timer_cleared":
            self.timers.pop(address, None)
        elif name == "message_waited":
            self.waits[address] = effect["name"]
        elif name == "message_unwaited":
            self.waits.pop(address, None)


class _Play:
    """One run of a model: its process and, where it takes part, the second one of the file."""

    def __init__(self, model: dict[str, Any], text: str) -> None:
        self.labels = model["elements"]
        self.processes = read_processes(parse(text))
        self.looped = {node.id for process in self.processes.values() for node in _nodes(process) if node.loop}
        called = {node.called for process in self.processes.values() for node in _nodes(process)}
        names = sorted((name for name in self.processes if name not in called), key=lambda name: name != model["name"])
        self.cases = [_Case(Definition(name, {model["file"]: text})) for name in names]
        self.did: list[str] = []
        self.unread: dict[str, int] = defaultdict(int)

    def play(self, facts: dict[str, Value]) -> list[str]:
        """Give the labels of what was done, and how it failed."""
        try:
            self._start(facts)
            self._go_on()
        except StepError as error:
            return [*self.did, "!stuck" if error.reason == "engine" else "!error", str(error)]
        except (EngineError, ExpressionRefusedError) as error:
            return [*self.did, "!error", str(error)]
        return self.did

    def _start(self, facts: dict[str, Value]) -> None:
        for case in self.cases:
            if case is self.cases[0] or _starts_by_itself(self.processes[case.definition.procedure]):
                self._note(case.take("opened", START, payload=facts))

    def _go_on(self) -> None:
        now = START
        while True:
            if self._deliver(now):
                continue
            due = min(((at, i, a) for i, case in enumerate(self.cases) for a, at in case.timers.items()), default=None)
            if due is None or due[0] > LAST:
                return
            now = instant_text(max(parse_instant(due[0]), parse_instant(now)))
            self._note(self.cases[due[1]].take("timer_fired", now, due[2]))

    def _deliver(self, now: str) -> bool:
        for name in [name for name, count in self.unread.items() if count]:
            for case in self.cases:
                if name in case.waits.values():
                    self.unread[name] -= 1
                    self._note(case.take("message_received", now, f"message:{name}"))
                    return True
                if case.step is None:
                    self.unread[name] -= 1
                    self._note(case.take("opened", now, payload={"test": "", "integerVariable": 0}))
                    return True
        return False

    def _note(self, effects: list[dict[str, Value]]) -> None:
        for effect in effects:
            if effect["effect"] == "left":
                self._count(effect["address"].rpartition("/")[2])
            elif effect["effect"] == "message_sent":
                self.unread[effect["name"]] += 1
            elif effect["effect"] == "ended" and effect["outcome"].startswith("error"):
                self.did.append("!error_event")

    def _count(self, part: str) -> None:
        found = _ELEMENT.fullmatch(part)
        if found is not None and found["id"] in self.labels and (found["id"] not in self.looped or found["round"]):
            self.did.append(self.labels[found["id"]])


def _nodes(process: Container) -> Iterator[Any]:
    return (node for _, node in process.walk())


def _starts_by_itself(process: Container) -> bool:
    return any(node.trigger.kind == "none" for node in process.starts)
