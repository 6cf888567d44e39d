"""A case in words: how its deadlines stand and were counted, what each entry of its history says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from casework import forms
from casework.cases import CaseView, DeadlineView, FactView, TimelineRow
from casework.forms import Column
from casework.inbox import SOON_DAYS
from web.pages import SHANGHAI, article, day, fact, joined, named, unit
from web.words import label, say, say_code

#: Effects worth a line; the others are the machine's own bookkeeping and stay with the auditor.
_TOLD: Final = frozenset(
    {"deadline_started", "deadline_changed", "decided", "task_opened", "act_wanted", "message_sent", "ended"}
)
#: Fields of entries in which people wrote something, or named a file.
_REMARKS: Final = (
    "comment.text",
    "task.reason",
    "register.reason",
    "material.name",
    "proposal.reason",
    "recusal.ground",
    "review.finding",
)
#: Facts whose group is what a reader of a case looks for first.
_ALWAYS_SHOWN: Final = frozenset({"application.received_on", "decision.result", "decision.decided_on"})
_ENDED: Final = frozenset({"met", "lifted"})


def today(now: datetime) -> date:
    """The legal date of an instant."""
    return now.astimezone(SHANGHAI).date()


def standing(due_on: str | None, state: str, on: date) -> tuple[str, int | None]:
    """How a deadline stands: the word of its light, and the days that are left or gone.

    Args:
        due_on: its last day.
        state: of its record, ``running`` for a task that answers to it.
        on: the legal date.
    """
    if state in _ENDED:
        return state, None
    if state == "suspended":
        return "paused", None
    if due_on is None:
        return "none", None
    days = (date.fromisoformat(due_on) - on).days
    return ("overdue" if days < 0 else "soon" if days <= SOON_DAYS else "later"), days


def counted(view: DeadlineView) -> list[str]:
    """A deadline's days as sentences, in the order in which they were counted."""
    return [_line(line) for line in view.explanation]


def _line(line: Mapping[str, Any]) -> str:
    what = line["what"]
    fields = {
        **line,
        "day": day(line["day"]),
        "until": day(line.get("until")),
        "unit": unit(line.get("unit")),
        "holiday": line.get("holiday", ""),
    }
    if line.get("until") == line["day"]:
        what = f"{what}_one"
    elif what == "suspended" and "until" not in line:
        what = "suspended_open"
    told = say_code("day", what, **fields).strip()
    return told + "".join(say(f"day.{mark}", **{mark: line[mark]}) for mark in _MARKS if line.get(mark))


_MARKS: Final = ("rolled", "worked_for", "provisional", "month_end", "late")


def marks(record: Mapping[str, Any]) -> list[str]:
    """What is to be known of a deadline beside its days: told late, out of the law's order, not yet announced."""
    told = [*record.get("marks", ()), *(["provisional"] if record.get("provisional") else [])]
    return [say_code("mark", mark) for mark in told]


@dataclass(frozen=True)
class Handed:
    """A file somebody handed in, as its entry tells of it."""

    id: str
    name: str
    kind: str
    at: str


def materials(view: CaseView) -> list[Handed]:
    """The files handed in, in order; one whose entry was erased is no longer told of."""
    added = (row for row in view.timeline if row.kind == "material_added" and "material.id" in row.payload)
    return [
        Handed(row.payload["material.id"], row.payload["material.name"], row.payload["material.kind"], row.at)
        for row in added
    ]


def entry(row: TimelineRow) -> str:
    """One entry of the history as a sentence."""
    who = row.actor or say("entry.system")
    if row.on_behalf_of:
        who = say("entry.for", who=who, absent=row.on_behalf_of)
    what = named(row.element) if row.element else (row.address or "")
    state = row.payload.get("recusal.state")
    return say_code("entry", f"{row.kind}_{state}" if state else row.kind, who=who, what=what)


def remark(row: TimelineRow) -> str:
    """What a person wrote with an entry, or nothing."""
    return next((str(row.payload[name]) for name in _REMARKS if name in row.payload), "")


def followed(row: TimelineRow, names: Mapping[str, str]) -> list[str]:
    """What followed from an entry, in sentences.

    Args:
        row: the entry.
        names: labels of elements by id.
    """
    return [text for effect in row.effects if effect["effect"] in _TOLD for text in _effect(effect, names)]


def _effect(effect: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    kind = effect["effect"]
    if kind == "decided":
        for fired in effect["rows"]:
            law = article(fired.get("article"))
            yield say("effect.decided", decision=effect["decision"], row=fired.get("row"), article=law)
    elif kind in {"deadline_started", "deadline_changed"}:
        yield _deadline(effect)
    else:
        where = effect.get("element") or element_of(effect.get("address", ""))
        yield say(f"effect.{kind}", **{**effect, "what": names.get(where, where)})


def _deadline(effect: Mapping[str, Any]) -> str:
    value = effect["value"]
    how = effect.get("how", "started")
    law = article(value.get("article"))
    return say_code("deadline", how, deadline=value["limit"], due_on=day(value["due_on"]), article=law)


def now(tasks: Iterable[Any]) -> str:
    """What is being done now, named by its elements."""
    return joined(dict.fromkeys(named(element) for _, element, _ in tasks)) or "—"


def element_of(address: str) -> str:
    """The element id an address ends in, without occurrence and index."""
    return address.rpartition("/")[2].partition("[")[0].partition("#")[0]


def opened(number: int, runs: Iterable[Iterable[FactView]]) -> bool:
    """Whether a group of facts is shown unfolded: the first, what was applied for, and the decision."""
    return number == 0 or any(each.fact.name in _ALWAYS_SHOWN for run in runs for each in run)


def facts(view: CaseView) -> list[tuple[str, int, list[list[FactView]]]]:
    """Facts of a case by the entry that wrote them, those about one thing side by side.

    Returns:
        In the order of the entries: what the entry did, its number, its facts in runs about one thing (``worker``).
    """
    rows = {row.seq: row for row in view.timeline}
    told = sorted((each for each in view.facts if each.value is not None), key=lambda each: each.seq)
    return [
        (_heading(rows[seq]), seq, [list(run) for _, run in groupby(each, key=_thing)])
        for seq, each in groupby(told, key=lambda each: each.seq)
    ]


def _heading(row: TimelineRow) -> str:
    return named(row.element) if row.element else entry(row)


def _thing(told: FactView) -> tuple[str, str]:
    return told.scope, told.fact.name.partition(".")[0]


def columns(view: CaseView, told: FactView) -> list[Column]:
    """The columns a fact is shown in, where it is a list of records; none where it is anything else."""
    rows = told.value if isinstance(told.value, list) else []
    keys = dict.fromkeys(key for row in rows if isinstance(row, Mapping) for key in row)
    return forms.columns(view.definition, told.fact.name, keys)


def heading(column: Column) -> str:
    """What a column is called: as declared, else as the pages call it."""
    return label(column.label) if column.label else say_code("record", column.key)


def cell(view: CaseView, column: Column, value: Any) -> str:
    """One value of a record as a person reads it."""
    return fact(value, column.type, files(view) if column.type == "file" else column.codes)


def files(view: CaseView) -> dict[str, str]:
    """The names of a case's materials and papers by their hash."""
    papers = {each.sha256: each.title for each in view.documents}
    return papers | {each.sha256: each.name for each in view.materials}


def limit_title(view: DeadlineView) -> str:
    """What a deadline is about."""
    return label(view.limit.title)
