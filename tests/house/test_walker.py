"""A seeded random walker over every shipped diagram, and over one that holds all that ever broke the library.

Each step is taken from saved bytes, with and without compaction; both must tell the same. A case that has not ended has
something open, and what the engine says is open is what a reader of its effects knows.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine import StepError
from engine.bundle import bundle
from engine.facts import Declarations, Fact, load_facts
from engine.spiff.diagram import read_processes
from engine.values import Value
from engine.xml import parse
from handlers.law.basis import Basis, build_basis
from handlers.law.dates import instant_text, parse_instant, shanghai_date
from tests.builders import an_application
from tests.diagrams import (
    ACase,
    about,
    boundary,
    call,
    catch,
    end,
    event_sub,
    flow,
    gateway,
    many,
    path,
    process,
    start,
    sub,
    timer,
    user,
)
from tests.whereabouts import locate, waiting

PROCESSES = Path("processes")
BASIS = Basis.from_value(build_basis(PROCESSES, "演示"))
WALKS = 25
STEPS = 80
BEGIN = "2026-11-09T02:00:00.000000Z"

#: How much likelier work is than what interrupts it: a walk that is withdrawn at once sees little.
RATHER = {"task_completed": 40, "act_answered": 40, "timer_fired": 3, "message_received": 1}

#: What most forms are given; the rest is invented by type.
LIKELY = an_application()


def sources() -> dict[str, str]:
    """Read every shipped file that may belong to a definition."""
    kinds = {".bpmn", ".dmn", ".json", ".yaml", ".typ"}
    found = (path_ for path_ in PROCESSES.rglob("*") if path_.suffix in kinds)
    return {str(path_.relative_to(PROCESSES)): path_.read_text() for path_ in found}


SHIPPED = sorted(path_.stem for path_ in PROCESSES.glob("*.bpmn"))


class Walker:
    """Walks one case at random, giving forms what they could be given."""

    def __init__(self, case: ACase, random: Random) -> None:
        self.case = case
        self.random = random
        self.now = parse_instant(BEGIN)
        self.failed = 0
        texts = {name: text for name, text in case.definition.files.items() if name.startswith("facts/")}
        self.declared = load_facts(texts) if texts else Declarations({})

    def walk(self, given: list[str]) -> None:
        """Go on until the case ends or enough steps were taken; ``given`` are the facts it is opened with."""
        self.take("opened", None, {name: self.fact(name) for name in given})
        for _ in range(STEPS):
            if self.case.outcome is not None:
                return
            self.demand_open_work()
            self.now += timedelta(hours=self.random.randrange(1, 60))
            self.one_step()

    def demand_open_work(self) -> None:
        """Demand that something is open, and that engine and effects agree on what."""
        waits = {address for address in waiting(self.case.definition, self.case.state) if self.is_told(address)}
        timers = {address for address in self.case.timers if address.startswith(self.case.definition.procedure)}
        known = {*self.case.tasks, *self.case.acts, *self.case.waits, *timers}
        assert known, "an open case waits for nothing"
        assert known == waits

    def is_told(self, address: str) -> bool:
        """Tell whether effects say that something waits; they say nothing of conditions."""
        found = locate(self.case.definition, address)
        return found is not None and found.node.trigger.kind != "conditional"

    def one_step(self) -> None:
        """Do one thing of what is open; what fails is tried another way, for a random answer may make no sense."""
        for _ in range(40):
            choices = list(self.choices())
            weights = [RATHER[kind] for kind, _, _ in choices]
            kind, address, payload = self.random.choices(choices, weights)[0]
            try:
                self.take(kind, address, payload)
            except StepError as error:
                if error.reason == "engine":
                    raise
                self.failed += 1
            else:
                return
        pytest.fail(f"nothing could be done at {sorted(self.case.tasks)}")

    def choices(self) -> Iterator[tuple[str, str, dict[str, Value]]]:
        """Give everything that could happen now."""
        for address, task in sorted(self.case.tasks.items()):
            yield "task_completed", address, self.form(task.get("form"))
        for address in sorted(self.case.acts):
            found = locate(self.case.definition, address)
            assert found is not None
            yield "act_answered", address, self.facts(found.node.properties.get("writes", "").split(","))
        for address, wait in sorted(self.case.waits.items()):
            found = locate(self.case.definition, address)
            named = found.node.properties.get("writes", "") if found else ""
            key = f"/{wait['key']}" if "key" in wait else ""
            yield "message_received", f"message:{wait['name']}{key}", self.facts(named.split(","))
        for address in sorted(self.case.timers):
            yield "timer_fired", address, {}

    def take(self, kind: str, address: str | None, payload: Mapping[str, Value]) -> None:
        """Take a step; a timer comes when it is due."""
        if kind == "timer_fired" and address is not None:
            self.now = max(self.now, parse_instant(self.case.timers[address]))
        self.case.take(kind, address, payload, at=instant_text(self.now))

    # --- answers ---

    def form(self, name: str | None) -> dict[str, Value]:
        """Fill a form in."""
        schema = json.loads(self.case.definition.files.get(name or "", "{}"))
        filled = {field: part for field, part in fields(schema).items() if self.random.random() < 0.97}
        given = {field: self.field(field, part) for field, part in filled.items()}
        return given or self.undeclared()

    def field(self, name: str, schema: Mapping[str, Any]) -> Value:
        """Give one field a value: likely ones first, then what its schema allows."""
        if name in LIKELY and self.random.random() < 0.8:
            return LIKELY[name]
        if schema.get("type") in {"array", "object"} or "enum" in schema:
            return self.of_schema(schema)
        return self.value(self.declared.get(name))

    def of_schema(self, schema: Mapping[str, Any]) -> Value:
        """Give a value a schema allows."""
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if schema.get("type") == "array":
            return [self.of_schema(schema.get("items", {})) for _ in range(self.random.randrange(1, 3))]
        if schema.get("type") == "object":
            return {name: self.of_schema(part) for name, part in schema.get("properties", {}).items()}
        kinds = {"date": "date", "date-time": "instant"}
        return self.value(None, kinds.get(schema.get("format", ""), schema.get("type", "text")))

    def facts(self, names: list[str]) -> dict[str, Value]:
        """Give each fact a value of its declared type; without declarations one that gateways can read."""
        wanted = [name.strip() for name in names if name.strip()]
        return {name: self.fact(name) for name in wanted} or self.undeclared()

    def fact(self, name: str) -> Value:
        if name in LIKELY and self.random.random() < 0.8:
            return LIKELY[name]
        return self.value(self.declared.get(name))

    def undeclared(self) -> dict[str, Value]:
        return {} if self.declared else {"x.again": self.random.random() < 0.4, "x.way": self.random.randrange(3)}

    def value(self, fact: Fact | None, kind: str = "") -> Value:
        """Give a value of a fact's type."""
        kind = kind or (fact.type if fact else "text")
        day = shanghai_date(instant_text(self.now)) - timedelta(days=self.random.randrange(12))
        if kind == "code" and fact is not None:
            return self.random.choice(sorted(fact.codes))
        if kind == "list":
            inner = fact.of if fact is not None and fact.of else "text"
            return [self.value(fact, inner) for _ in range(self.random.randrange(1, 3))]
        plain: dict[str, Value] = {
            "boolean": self.random.random() < 0.5,
            "integer": self.random.randrange(1, 4),
            "decimal": "1.5",
            "money": "100.00",
            "date": day.isoformat(),
            "instant": f"{day.isoformat()}T01:00:00.000000Z",
            "office": "530102",
            "person": "u1",
            "file": "0" * 64,
        }
        return plain.get(kind, "文字")


def fields(schema: Any) -> dict[str, Any]:
    """Give a form's fields with their schemas, those inside conditions too."""
    if isinstance(schema, list):
        return {name: part for one in schema for name, part in fields(one).items()}
    if not isinstance(schema, dict):
        return {}
    inner = {
        name: part
        for key in ("allOf", "anyOf", "oneOf", "then", "else")
        for name, part in fields(schema.get(key)).items()
    }
    return inner | {name: part for name, part in schema.get("properties", {}).items() if name not in inner or part}


def inputs(procedure: str) -> list[str]:
    """Give the facts a case is opened with: its office, and what callers give to a called diagram."""
    found = {"case.office"}
    for diagram_ in (path_.read_text() for path_ in PROCESSES.glob("*.bpmn")):
        for process_ in read_processes(parse(diagram_)).values():
            for _, node in process_.walk():
                if node.called == procedure:
                    found |= {name.removeprefix("in.") for name in node.properties if name.startswith("in.")}
    return sorted(found)


@pytest.mark.parametrize("procedure", SHIPPED)
def test_every_shipped_diagram_can_be_walked(procedure: str) -> None:
    definition = bundle(procedure, sources())
    given = inputs(procedure)
    ended = 0
    for seed in range(WALKS):
        case = ACase(basis=BASIS)
        case.definition = definition
        Walker(case, Random(seed)).walk(given)
        ended += case.outcome is not None

    assert ended


def rich() -> ACase:
    """Two nested rework loops round a parallel block, a called diagram for each of several, timers and messages."""
    block = sub(
        "block",
        start("block_in"),
        gateway("parallel", "fork"),
        user("left"),
        call("serve", many("2"), called="serving"),
        gateway("parallel", "join"),
        end("block_out"),
        path("block_in", "fork", "left", "join", "block_out"),
        path("fork", "serve", "join"),
        event_sub(
            "noted",
            start("told", about("message", "news"), interrupting=False),
            user("note"),
            end("note_out"),
            path("told", "note", "note_out"),
        ),
    )
    main = sub(
        "main",
        start("main_in"),
        user("draft"),
        gateway("exclusive", "enter"),
        block,
        user("inner_review"),
        gateway("exclusive", "inner", "inner_to_any"),
        gateway("inclusive", "any", "any_to_c"),
        user("a"),
        user("b"),
        user("c"),
        gateway("inclusive", "every"),
        user("outer_review"),
        gateway("exclusive", "outer", "outer_to_main_out"),
        end("main_out"),
        path("main_in", "draft", "enter", "block", "inner_review", "inner", "any"),
        flow("inner", "enter", "x.again == true"),
        flow("any", "a", "x.way != 0"),
        flow("any", "b", "x.way == 1"),
        flow("any", "c"),
        path("a", "every"),
        path("b", "every"),
        path("c", "every", "outer_review", "outer", "main_out"),
        flow("outer", "draft", "x.again == true"),
        boundary("remind", "draft", timer('"R/P1D"', "timeCycle"), interrupting=False),
        user("hurry"),
        end("hurried"),
        path("remind", "hurry", "hurried"),
        boundary("too_late", "outer_review", timer('"P3D"')),
        end("expired", about("error", "lost")),
        path("too_late", "expired"),
    )
    return ACase(
        start(),
        main,
        boundary("withdrawn", "main", about("message", "stop")),
        boundary("failed", "main", about("error")),
        gateway("eventBased", "first"),
        catch("pause", timer('"P5D"')),
        catch("answered", about("message", "reply")),
        end(),
        end("gone"),
        end("lost_out"),
        path("begin", "main", "done"),
        path("withdrawn", "first", "pause", "gone"),
        path("first", "answered", "lost_out"),
        flow("failed", "main"),
        called=process(
            "serving",
            start("in"),
            user("send"),
            boundary("again", "send", timer('"P2D"')),
            user("send_again"),
            gateway("exclusive", "sent"),
            end("out"),
            path("in", "send", "sent", "out"),
            path("again", "send_again", "sent"),
        ),
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_diagram_that_broke_the_library_can_be_walked(seed: int) -> None:
    case = rich()
    walker = Walker(case, Random(seed))
    walker.walk([])

    assert walker.failed == 0
