"""A recognition case that is stored: the same as ``recognition_case``, but every event goes through ``casework``.

Papers are made, numbers taken, rows written; what is typed into the forms carries a mark.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import storage.cases
from casework import advance, opening, working
from casework.acts import ActError
from casework.advance import Arrival
from casework.context import Context, Job
from casework.forms import schema_of
from engine.elements import declarations
from engine.values import Value
from tests.acceptance.recognition_case import WUHUA, Case, definition
from tests.integration.paper_cases import Clock, publish

#: What says that a text is not whatever a person likes.
BOUND = frozenset({"enum", "const", "pattern", "format"})
#: Hour, in UTC, at which everything of a day is done.
MORNING = time(2, tzinfo=UTC)


def written_fields(form: str) -> dict[str, frozenset[str]]:
    """Name the fields of a form that a person writes words into; of a list, the words of its items."""
    found = {}
    for name, field in schema_of(definition(), form)["properties"].items():
        inside = field.get("items", {}).get("properties", {})
        words = frozenset(key for key, told in inside.items() if _is_written(told))
        if words or (_is_written(field) and declarations(definition())[name].type == "text"):
            found[name] = words
    return found


def _is_written(field: Mapping[str, Any]) -> bool:
    return field.get("type") == "string" and not BOUND & field.keys()


class StoredCase(Case):
    """One case in a database, and the day it is.

    Attributes:
        ctx: its surroundings.
        id: of the case.
        marked: the fields, each with its form, that the mark was typed into.
    """

    def __init__(self, ctx: Context, day: str = "2026-11-09", *, office: str = WUHUA) -> None:
        """Open it on a day in an office."""
        assert isinstance(ctx.clock, Clock)
        self.ctx, self._clock = ctx, ctx.clock
        self.id = ""
        self.marked: set[tuple[str, str]] = set()
        self.mark = "印记"
        self._seen = 0
        publish(ctx, definition())
        super().__init__(day, office=office)

    def complete(self, element: str, given: Mapping[str, Value] | None = None, **fields: Value) -> None:
        """Complete the open task of an element with the mark in every text of its form."""
        values = {**(given or {}), **{name.replace("__", "."): value for name, value in fields.items()}}
        form = self.tasks[self.address(element)]["form"]
        for name, words in written_fields(form).items():
            values[name] = self._marked(values.get(name), words)
        super().complete(element, values)

    def _marked(self, value: Value, words: frozenset[str]) -> Value:
        if not words:
            return self.mark + str(value or "")
        return [{**item, **{word: self.mark + str(item.get(word, "")) for word in words}} for item in value or ()]

    def _take(
        self, kind: str, actor: str, address: str | None, payload: Mapping[str, Value], at: str | None = None
    ) -> None:
        # A timer comes with the midnight it is set to; people work in the morning of the day it is.
        moment = datetime.fromisoformat(at) if at else datetime.combine(self.day, MORNING)
        self._clock.moment = max(moment, self._clock.moment) if self.id else moment
        if kind == "opened":
            with self.ctx.database.writing() as tx:
                self.id, _ = opening.open_case(self.ctx, tx, actor, "recognition", str(payload["case.office"]))
        else:
            key = f"{kind}:{address}:{self._seen}"
            advance.submit(self.ctx, self.id, Arrival(kind, actor, key, address, dict(payload)))
            if kind == "task_completed":
                form = self.tasks[str(address)]["form"]
                self.marked |= {(form, name) for name, value in payload.items() if self.mark in str(value)}
        self.follow()

    def follow(self) -> None:
        """Take up what the entries since the last look tell, and let what is wanted be done."""
        with self.ctx.database.reading() as tx:
            rows = [row for row, _sealed in advance.history(tx, self.id) if row.seq > self._seen]
            told = [advance.read_event(tx, row) for row in rows if advance.is_move(row)]
            case = advance.require(storage.cases.get(tx, self.id), self.id)
            self._facts = advance.load(self.ctx, tx, case).facts
        self._seen = rows[-1].seq
        effects = [effect for _event, followed in told for effect in followed]
        self.effects += effects
        for effect in effects:
            self._apply(effect)
        for effect in effects:
            if effect["effect"] == "act_wanted":
                self._carry_out(effect["address"], effect["given"]["document"])

    def _carry_out(self, address: str, stem: str) -> None:
        """Do what a worker does: make the paper, or leave it to an operator."""
        try:
            assert working.carry_out(self.ctx, self.id, address)
        except ActError as error:
            working.give_up(self.ctx, Job("carry_out", "", self.id, (address,)), str(error))
        else:
            self.documents.append(stem)
            self.follow()

    def _at(self) -> str:
        return max(f"{self.day}T02:00:00.000000Z", self.ctx.now())
