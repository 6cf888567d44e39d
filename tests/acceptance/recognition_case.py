"""A recognition case driven through the real engine: people fill in forms, acts answer, time is moved by the test.

Every event goes through canonical bytes, every form through the check that the desk uses, so a case here meets the
same refusals as one in the house; what is left out is storage.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from casework.forms import accept
from engine import Definition, Event, step
from engine.bundle import bundle
from engine.effects import Effect
from engine.values import Value, decode, encode
from handlers.law.basis import Basis, build_basis
from tests.builders import an_application

PROCESSES = Path(__file__).parents[2] / "processes"
WUHUA = "530102"
#: Text of the content that definitions are made of.
SUFFIXES = {".bpmn", ".dmn", ".json", ".yaml", ".typ"}


@cache
def definition() -> Definition:
    """Give the shipped procedure."""
    paths = [path for path in sorted(PROCESSES.rglob("*")) if path.suffix in SUFFIXES]
    return bundle("recognition", {path.relative_to(PROCESSES).as_posix(): path.read_text("utf-8") for path in paths})


@cache
def basis(parameter_set: str | None = "演示") -> Basis:
    """Give the shipped basis, with the invented values of a set or with what nobody has entered left empty."""
    return Basis.from_value(decode(encode(build_basis(PROCESSES, parameter_set))))


class Case:
    """One case, and the day it is."""

    def __init__(self, day: str = "2026-11-09", *, office: str = WUHUA, parameter_set: str | None = "演示") -> None:
        """Open it on a day in an office."""
        self.day = date.fromisoformat(day)
        self.basis = basis(parameter_set)
        self.effects: list[Effect] = []
        self.tasks: dict[str, Effect] = {}
        self.timers: dict[str, str] = {}
        self.deadlines: dict[str, Mapping[str, Value]] = {}
        self.documents: list[str] = []
        self.ended: str | None = None
        self._state: Value = None
        self._facts: dict[str, dict[str, list[Value]]] = {}
        self._seq = 0
        self._last_at = ""
        self._take("opened", "clerk", None, {"case.office": office})

    # --- what people and clocks do ---

    def register(self, **changes: Value) -> None:
        """Hand in an application; ``applicant__kind="worker"`` changes a field, null takes it away."""
        self.complete("register_application", an_application(**changes))

    def complete(self, element: str, given: Mapping[str, Value] | None = None, **fields: Value) -> None:
        """Complete the open task of an element; fields are facts, ``__`` for the dot."""
        address = self.address(element)
        values = {**(given or {}), **{name.replace("__", "."): value for name, value in fields.items()}}
        form = self.tasks[address]["form"]
        payload = accept(definition(), form, values, self.facts(_scope(address)), self._at())
        self._take("task_completed", "clerk", address, payload)

    def pass_to(self, day: str) -> None:
        """Let time pass to the end of a day; what falls due on the way is told in its order."""
        target = date.fromisoformat(day)
        until = f"{target}T16:00:00.000000Z"
        while due := min(((at, address) for address, at in self.timers.items() if at <= until), default=None):
            self.day = max(self.day, date.fromisoformat(due[0][:10]))
            self._take("timer_fired", "system:timer", due[1], {}, at=max(due[0], self._last_at))
        self.day = target

    def receive(self, message: str, **fields: Value) -> None:
        """Let a message arrive."""
        payload = {name.replace("__", "."): value for name, value in fields.items()}
        self._take("message_received", "system:message", f"message:{message}", payload)

    def correct(self, **fields: Value) -> None:
        """Correct facts of the case."""
        payload = {name.replace("__", "."): value for name, value in fields.items()}
        self._take("fact_corrected", "head", None, payload)

    def serve(self, *recipients: str, way: str = "direct", **fields: Value) -> None:
        """Seal the paper that is to be served if it is not, and serve it on these recipients today."""
        if self.is_open("seal_paper"):
            seal = {"document.seal": "office", "document.sealed_by": "钱示例", "document.sealed_on": self.today}
            self.complete("seal_paper", seal)
        for recipient in recipients:
            given = {"delivery.recipient": recipient, "delivery.way": "copy" if recipient == "agency" else way}
            given |= {"delivery.acted_on": self.today, "delivery.received_on": self.today, "delivery.signed_by": "本人"}
            self.complete("serve_paper", given, **fields)

    # --- what is asked of it ---

    @property
    def today(self) -> str:
        """The day it is."""
        return self.day.isoformat()

    @property
    def open_elements(self) -> list[str]:
        """Elements with an open task, in alphabetical order."""
        return sorted(task["element"] for task in self.tasks.values())

    def is_open(self, element: str) -> bool:
        """Tell whether a task of an element is open."""
        return element in self.open_elements

    def address(self, element: str) -> str:
        """Give the address of the open task of an element, the first where there are several."""
        found = sorted(address for address, task in self.tasks.items() if task["element"] == element)
        assert found, f"{element} is not open, but {self.open_elements}"
        return found[0]

    def facts(self, scope: str = "") -> dict[str, Value]:
        """Give the facts of a scope."""
        return {name: pair[0] for name, pair in self._facts.get(scope, {}).items()}

    def fact(self, name: str) -> Value:
        """Give a fact of the case; null where nobody wrote it."""
        return self.facts().get(name)

    def deadline(self, limit: str) -> Mapping[str, Value]:
        """Give the newest deadline of a limit."""
        return self.deadlines[max(name for name in self.deadlines if name.partition("#")[0] == limit)]

    def rows_fired(self, decision: str) -> list[str]:
        """Give the ids of the rows that a table's last reading fired."""
        read = [effect for effect in self.effects if effect["effect"] == "decided" and effect["decision"] == decision]
        return [row["id"] for row in read[-1]["rows"]]

    # --- the machine ---

    def _at(self) -> str:
        return max(f"{self.day}T02:00:00.000000Z", self._last_at)

    def _take(
        self, kind: str, actor: str, address: str | None, payload: Mapping[str, Value], at: str | None = None
    ) -> None:
        self._last_at = at or self._at()
        self._seq += 1
        event = Event(self._seq, kind, self._last_at, actor, None, address, decode(encode(dict(payload))))
        taken = step(definition(), decode(encode(self._state)), decode(encode(self._facts)), event, self.basis)
        self._state, self._facts = taken.state, taken.facts
        self.effects += taken.effects
        wanted = [effect for effect in taken.effects if effect["effect"] == "act_wanted"]
        for effect in taken.effects:
            self._apply(effect)
        for act in wanted:
            self._answer(act)

    def _apply(self, effect: Effect) -> None:
        match effect["effect"]:
            case "task_opened":
                self.tasks[effect["address"]] = effect
            case "task_closed":
                del self.tasks[effect["address"]]
            case "timer_set":
                self.timers[effect["address"]] = effect["due_at"]
            case "timer_cleared":
                self.timers.pop(effect["address"], None)
            case "deadline_started" | "deadline_changed":
                self.deadlines[effect["deadline"]] = effect["value"]
            case "ended":
                self.ended = effect["outcome"]

    def _answer(self, act: Effect) -> None:
        stem = act["given"]["document"]
        self.documents.append(stem)
        paper = {f"{stem}.number": f"示例〔{self.day.year}〕{len(self.documents)}号", f"{stem}.issued_on": self.today}
        self._take("act_answered", "system:act", act["address"], paper | {f"{stem}.file": "0" * 64})


def _scope(address: str) -> str:
    """Give the scope a task's facts stand in: that of the called diagram round it, or the case's own."""
    parts = address.split("/")
    called = [index for index, part in enumerate(parts[:-1]) if part.startswith(("serve_", "await_conclusion"))]
    return "/".join(parts[: called[-1] + 1]) if called else ""


def later(day: str, days: int) -> str:
    """Give the day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
