"""The limits that run on a case: started, met, suspended, resumed and lifted by the elements that say so.

It happens when the element completes (``orders``), on the legal date the fact holds, never on the date of the click.
How long a limit runs is the law's matter (``handlers.law.deadlines``).
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from engine.effects import deadline_changed, deadline_started
from engine.model import EventRefusedError, StepError
from engine.spiff.element import address_of, place_of
from engine.spiff.factbook import Place
from engine.spiff.orders import Order
from engine.values import Value
from handlers.law import deadlines as law
from handlers.law.dates import DateFormatError, parse_date
from handlers.law.limits import LimitUnknownError

#: A deadline's record, as ``handlers.law.deadlines`` makes it.
Record = dict[str, Value]

_ADDRESS = re.compile(r"(?P<deadline>[A-Z]+\d+[a-z]?#\d+)/(?P<what>due|warn(?P<step>\d+))", re.ASCII)
_REFUSALS = (
    law.DateRefusedError,
    law.LengthRefusedError,
    law.DeadlineStateError,
    LimitUnknownError,
    DateFormatError,
)
_OPEN = frozenset({"running", "suspended", "breached"})
_SUSPENDED = frozenset({"suspended"})
_ENDED = frozenset({"met", "lifted"})
_HOW = {"meet": "met", "lift": "lifted", "resume": "resumed", "suspend": "suspended", "extend": "extended"}


def is_deadline_timer(address: str) -> bool:
    """Tell whether a timer's address is a deadline's, ``D05#1/due``."""
    return _ADDRESS.fullmatch(address) is not None


class Deadlines:
    """The deadlines of a case during one step."""

    def __init__(self, run: Any, held: Mapping[str, Value], started: Mapping[str, int]) -> None:
        """Take over what runs.

        Args:
            run: the step.
            held: by deadline (``D05#1``) its ``record``, the address ``at`` which it was started, and which facts its
                ``dates`` and lengths were told by: as ``handlers.law.deadlines.redate`` names them, scope, name,
                indices, and the number of the entry that wrote it.
            started: how often each limit was started.
        """
        self._run = run
        self.held: dict[str, dict[str, Value]] = dict(held)
        self.started: dict[str, int] = dict(started)

    def complete(self, task: Any, orders: tuple[Order, ...]) -> None:
        """Do what a completed element says."""
        for order in orders:
            try:
                self._obey(task, order)
            except _REFUSALS as error:
                raise StepError(address_of(task), "deadline", f"{order.limit}: {error}") from error

    def _obey(self, task: Any, order: Order) -> None:
        if order.action == "start":
            self._start(task, order, self._date(task, order))
            return
        wanted = _SUSPENDED if order.action == "resume" else _OPEN
        name = self._nearest(order.limit, task.workflow.address, wanted)
        if name is not None:
            before = self.held[name]["record"]
            after = self._changed(task, order, before)
            if order.action == "extend":
                self._remember(task, order.length, name, f"extension/{len(after['extensions']) - 1}")
            else:
                self._remember(task, order.on, name, _date_changed(order.action, before, after))
            self._change(name, _HOW[order.action], after)

    def _changed(self, task: Any, order: Order, record: Record) -> Record:
        basis, told, on = self._run.basis, self._run.today, self._date(task, order)
        if order.action == "lift":
            return law.lift(basis, record, on, self._reason(task, order))
        if order.action == "extend":
            return law.extend(basis, record, self._fact(task, order.length), self._reason(task, order))
        act: Callable[..., Record] = {"meet": law.meet, "suspend": law.suspend, "resume": law.resume}[order.action]
        return act(basis, record, on, told)

    def _start(self, task: Any, order: Order, on: date) -> None:
        count = self.started[order.limit] = self.started.get(order.limit, 0) + 1
        name = f"{order.limit}#{count}"
        length = self._fact(task, order.length) if order.length else None
        record = law.start(self._run.basis, name, on, self._run.today, length)
        self.held[name] = {"record": record, "at": task.workflow.address}
        self._remember(task, order.on, name, "started_on")
        self._remember(task, order.length, name, "length")
        self._run.tell(deadline_started(name, record))
        self._wake(name)

    def _remember(self, task: Any, fact: str | None, name: str, told: str) -> None:
        """Keep which fact a date or length of a deadline was told by, should it be corrected."""
        if fact:
            place = place_of(task)
            source = [place.scope, fact, place.path(fact), self._run.facts.written_by(place.scope, fact)]
            held = self.held[name]
            self.held[name] = held | {"dates": held.get("dates", {}) | {told: source}}

    def _fact(self, task: Any, name: str | None) -> Value:
        return self._run.facts.read(place_of(task)).get(name) if name else None

    def _reason(self, task: Any, order: Order) -> str:
        return str(self._fact(task, order.reason) or order.reason or self._run.name_of(task))

    def _date(self, task: Any, order: Order) -> date:
        if order.on is None:
            return self._run.today
        value = self._fact(task, order.on)
        if value is None:
            raise StepError(address_of(task), "deadline", f"{order.limit}: {order.on} is not known")
        return parse_date(value)

    def _nearest(self, limit: str, address: str, states: frozenset[str]) -> str | None:
        """Choose the deadline of a limit that is meant: of those not ended, nearest in the case, then newest."""
        found = [
            name
            for name, held in self.held.items()
            if name.partition("#")[0] == limit and held["record"]["state"] in states and not _has_ended(held["record"])
        ]
        return max(found, key=lambda name: (_shared(self.held[name]["at"], address), _number(name)), default=None)

    def _change(self, name: str, how: str, record: Record) -> None:
        self.held[name] = self.held[name] | {"record": record}
        self._run.tell(deadline_changed(name, how, record))
        self._wake(name)

    def _wake(self, name: str) -> None:
        """Set the timers of a deadline where it puts them now, and those of events that follow it."""
        wanted = law.timers(self._run.basis, self.held[name]["record"])
        prefix = f"{name}/"
        for address in sorted(address for address in self._run.timers.due if address.startswith(prefix)):
            if address.removeprefix(prefix) not in wanted:
                self._run.timers.clear(address)
        for what in sorted(wanted):
            self._run.timers.set(prefix + what, wanted[what])
        self._run.follow(name.partition("#")[0])

    def offset_instant(self, limit: str, address: str, days: int) -> str | None:
        """Tell where a timer ``D05 -7d`` stands: null while no such deadline runs."""
        name = self._nearest(limit, address, _OPEN)
        return None if name is None else law.offset_instant(self.held[name]["record"], days)

    def fire(self, address: str) -> None:
        """Hear that a deadline's instant came.

        Raises:
            EventRefusedError: when that instant is not set.
        """
        found = _ADDRESS.fullmatch(address)
        if found is None or address not in self._run.timers.due:
            raise EventRefusedError(f"no timer is set at {address}")
        self._run.timers.clear(address)
        name = found["deadline"]
        record = self.held[name]["record"]
        if found["step"]:
            self._change(name, "warned", law.warn(record, int(found["step"]), self._run.today))
        else:
            record = law.breach(record)
            self._change(name, "breached" if record["state"] == "breached" else "met", record)

    def relying_on(self, place: Place, facts: Collection[str]) -> dict[str, list[str]]:
        """Give, by deadline, what was told of it by what these facts say now; an earlier round's is not it."""
        found = {
            deadline: [
                told
                for told, source in sorted(held.get("dates", {}).items())
                if source[0] == place.scope and source[1] in facts and self._is_current(held["record"], told, source)
            ]
            for deadline, held in sorted(self.held.items())
        }
        return {deadline: dates for deadline, dates in found.items() if dates}

    def _is_current(self, record: Record, told: str, source: Value) -> bool:
        """Tell whether the fact a date or length was told by still says what it said."""
        scope, name, path, written = source
        if path:
            return bool(_at(self._run.facts.value(scope, name), path) == law.told_of(record, told))
        return bool(self._run.facts.written_by(scope, name) == written)

    def correct(self, relying: Mapping[str, list[str]]) -> None:
        """Count deadlines again: the facts that told these dates and lengths of theirs were corrected."""
        for name, dates in relying.items():
            held, facts = self.held[name], self._run.facts
            corrected: dict[str, Value] = {}
            sources = dict(held["dates"])
            for told in dates:
                scope, fact, path, _ = sources[told]
                corrected[told] = _at(facts.value(scope, fact), path)
                sources[told] = [scope, fact, path, facts.written_by(scope, fact)]
            self.held[name] = held | {"dates": sources}
            self._redate(name, corrected)

    def kept(self) -> dict[str, dict[str, Value]]:
        """Give what the next steps need: an ended deadline only while one of its dates could still be corrected."""
        return {
            name: held
            for name, held in self.held.items()
            if not _has_ended(held["record"])
            or any(self._is_current(held["record"], *date_) for date_ in held.get("dates", {}).items())
        }

    def _redate(self, name: str, corrected: Mapping[str, Value]) -> None:
        before = self.held[name]["record"]
        try:
            right = {
                told: value if value is None or law.is_length(told) else parse_date(value)
                for told, value in corrected.items()
            }
            record = law.redate(self._run.basis, before, right, self._run.today)
        except _REFUSALS as error:
            raise StepError(name, "deadline", str(error)) from error
        if record != before:
            self._change(name, "moved", record)

    def recompute(self) -> None:
        """Count again every deadline that has not ended: the basis changed."""
        for name, held in sorted(self.held.items()):
            if held["record"]["state"] in {"running", "suspended"}:
                record = law.recompute(self._run.basis, held["record"])
                if record != held["record"]:
                    self._change(name, "moved", record)
                else:
                    self._wake(name)

    def close(self) -> None:
        """Give up every limit the office still had to act by: the case was closed on order."""
        for name, held in sorted(self.held.items()):
            record = held["record"]
            if record["state"] in {"running", "suspended"} and record["kind"] == "act_by":
                self._change(name, "lifted", law.lift(self._run.basis, record, self._run.today, "closed"))


def _date_changed(action: str, before: Record, after: Record) -> str:
    """Name the date an order gave a deadline, as ``redate`` names it."""
    if action in ("suspend", "resume"):
        pairs = zip_longest(before["suspensions"], after["suspensions"])
        number = next(index for index, (old, new) in enumerate(pairs) if old != new)
        return f"{'suspended_on' if action == 'suspend' else 'resumed_on'}/{number}"
    return {"meet": "met_on", "lift": "lifted_on"}[action]


def _has_ended(record: Mapping[str, Value]) -> bool:
    """Tell whether nothing can happen to a deadline any more: it was met, or given up, in time or not."""
    return record["state"] in _ENDED or "met_on" in record or "lifted_on" in record


def _number(name: str) -> int:
    return int(name.partition("#")[2])


def _shared(one: str, other: str) -> int:
    """Count how many parts of two addresses are the same from the start."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


def _at(value: Value, path: list[int]) -> Value:
    for index in path:
        value = value[index] if isinstance(value, list) and index < len(value) else None
    return value
