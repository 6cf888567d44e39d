"""A case in words: how its deadlines stand and were counted, what each entry of its history says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from casework import forms
from casework.cases import Awaited, CaseView, DeadlineView, FactView, TimelineRow
from casework.decided import FiredRow
from casework.forms import WALL_CLOCK, Column
from casework.inbox import urgency
from web.pages import article, day, fact, joined, moment, named, unit
from web.words import label, say, say_code

#: Effects worth a line; the others are the machine's own bookkeeping and stay with the auditor.
_TOLD: Final = frozenset(
    {"deadline_started", "deadline_changed", "decided", "task_opened", "act_wanted", "message_sent", "ended"}
)
#: Fields of entries in which people wrote something, or named a file.
_REMARKS: Final = (
    "act.given_up",
    "comment.text",
    "number.reason",
    "task.reason",
    "register.reason",
    "material.name",
    "proposal.reason",
    "recusal.ground",
    "review.finding",
)
#: Facts whose group is what a reader of a case looks for first.
_ALWAYS_SHOWN: Final = frozenset({"application.received_on", "decision.result", "decision.decided_on"})
#: Characters of a text that takes a line of its own.
_LONG: Final = 24
_ENDED: Final = frozenset({"met", "lifted"})


def today(now: datetime) -> date:
    """The legal date of an instant."""
    return now.astimezone(WALL_CLOCK).date()


def standing(due_on: str | None, state: str, on: date) -> tuple[str, int | None]:
    """How a deadline stands: the word of its light, and the days that are left or gone.

    Args:
        due_on: its last day.
        state: of its record, ``running`` for a task that answers to it.
        on: the legal date.
    """
    if state in _ENDED:
        return state, None
    return urgency(due_on, paused=state == "suspended", on=on)


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
    """A file somebody handed in; one that was erased has neither id nor name."""

    id: str
    name: str
    kind: str
    at: str


def materials(view: CaseView) -> list[Handed]:
    """The files handed in, in order; of one that was erased on lawful order only when that was."""
    left = [Handed(each.id, each.name, each.kind, each.at) for each in view.materials]
    instants = {each.at for each in left}
    added = [row for row in view.timeline if row.kind == "material_added"]
    # A name can be erased alone: its entry tells nothing any more, and its file is still there.
    gone = [Handed("", "", "", row.at) for row in added if row.erased and row.at not in instants]
    return sorted([*left, *gone[: len(added) - len(left)]], key=lambda each: each.at)


@dataclass(frozen=True)
class Names:
    """What the entries of a history name by an id, in words.

    Attributes:
        elements: labels of elements by id.
        limits: what a limit is about, by id.
        persons: names by id.
    """

    elements: Mapping[str, str]
    limits: Mapping[str, str]
    persons: Mapping[str, str]


def names(view: CaseView) -> Names:
    """Give the words for what a case's history names."""
    return Names(
        {each.id: named(each) for each in view.elements.values()},
        {each.record["limit"]: limit_title(each) for each in view.deadlines},
        view.persons,
    )


def entry(row: TimelineRow, names: Names) -> str:
    """One entry of the history as a sentence."""
    who = row.actor or say("entry.system")
    if row.on_behalf_of:
        who = say("entry.for", who=who, absent=row.on_behalf_of)
    if clock := _CLOCK.fullmatch(row.address or ""):
        return _time_came(clock, names)
    payload = row.payload
    what = named(row.element) if row.element else ""
    to = names.persons.get(payload.get("task.assignee") or payload.get("recusal.person") or "", "")
    return say_code("entry", _kind(row), who=who, what=what, to=to)


#: What entries tell that a worker makes as a rule, where a person made them.
_BY_PERSON: Final = {"act_answered": "act_given_up", "message_received": "message_brought"}


def _kind(row: TimelineRow) -> str:
    """The kind of an entry as far as it has a sentence of its own."""
    if row.actor and row.kind in _BY_PERSON:
        return _BY_PERSON[row.kind]
    return f"{row.kind}_{row.payload['recusal.state']}" if "recusal.state" in row.payload else row.kind


#: The address of what a limit's own clock fires: ``D06#1/warn5``, ``D06#1/due``.
_CLOCK: Final = re.compile(r"(?P<limit>[A-Za-z0-9]+)#\d+/(?:due|warn(?P<left>\d+))", re.ASCII)


def _time_came(clock: re.Match[str], names: Names) -> str:
    what = names.limits.get(clock["limit"], clock["limit"])
    if clock["left"] is None:
        return say("entry.limit_due", what=what)
    return say("entry.limit_near", what=what, n=int(clock["left"]))


def remark(row: TimelineRow) -> str:
    """What a person wrote with an entry, or nothing; of an erasure its order and ground."""
    if row.kind == "erased":
        return say("erasure.on", order=row.payload["erasure.order"], ground=row.payload["erasure.ground"])
    return next((str(row.payload[name]) for name in _REMARKS if name in row.payload), "")


def followed(row: TimelineRow, names: Names) -> list[str]:
    """What followed from an entry, in sentences."""
    return [text for effect in row.effects if effect["effect"] in _TOLD for text in _effect(effect, row, names)]


def _effect(effect: Mapping[str, Any], row: TimelineRow, names: Names) -> Iterable[str]:
    kind = effect["effect"]
    where = effect.get("element") or element_of(effect.get("address", ""))
    what = names.elements.get(where, where)
    if kind == "decided":
        for each in row.fired.get(effect["address"], ()):
            yield say("effect.decided", what=what, row=fired(each), article=article(each.article))
    elif kind in {"deadline_started", "deadline_changed"}:
        yield _deadline(effect, names)
    else:
        yield say(f"effect.{kind}", **{**effect, "what": what})


def fired(row: FiredRow) -> str:
    """A row of a decision table in its own words, behind what it came to; by its number where nobody wrote any."""
    outcome = joined(label(each) for each in row.outcome)
    words = label(row.words) if row.words else say("fired.unnamed", n=row.number)
    return say("fired", outcome=outcome, words=words) if outcome else words


def awaited(each: Awaited) -> str:
    """What a case waits for at an element, in words."""
    return say_code("awaited", each.kind, until=moment(each.until))


def _deadline(effect: Mapping[str, Any], names: Names) -> str:
    value = effect["value"]
    how = effect.get("how", "started")
    what = names.limits.get(value["limit"], value["limit"])
    return say_code("deadline", how, what=what, due_on=day(value["due_on"]), article=article(value.get("article")))


def now(view: CaseView) -> str:
    """What is being done or waited for now, named by its elements."""
    return places([*(element for _, element, _ in view.tasks), *(each.element for each in view.awaited)]) or "—"


def places(at: Iterable[Any]) -> str:
    """Elements of a diagram by their names, each once."""
    return joined(dict.fromkeys(map(named, at)))


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
    rows, words = {row.seq: row for row in view.timeline}, names(view)
    told = sorted((each for each in view.facts if _is_told(each, rows[each.seq])), key=lambda each: each.seq)
    return [
        (_heading(rows[seq], words), seq, [list(run) for _, run in groupby(each, key=_thing)])
        for seq, each in groupby(told, key=lambda each: each.seq)
    ]


def _is_told(told: FactView, written_by: TimelineRow) -> bool:
    """Tell whether a fact is shown: one that says something, and one of which a correction says that nobody knows."""
    return told.value is not None or written_by.kind == "fact_corrected"


def _heading(row: TimelineRow, names: Names) -> str:
    return named(row.element) if row.element else entry(row, names)


def _thing(told: FactView) -> tuple[str, str]:
    return told.scope, told.fact.name.partition(".")[0]


def columns(view: CaseView, told: FactView) -> list[Column]:
    """The columns a fact is shown in, where it is a list of records; none where it is anything else."""
    rows = told.value if isinstance(told.value, list) else []
    keys = dict.fromkeys(key for row in rows if isinstance(row, Mapping) for key in row)
    return forms.columns(view.definition, told.fact.name, keys)


def is_wide(view: CaseView, told: FactView, offices: Mapping[str, Any]) -> bool:
    """Tell whether a fact takes a line of its own: a table, or a text that would be a tower in a narrow column."""
    if columns(view, told):
        return True
    return is_long(fact(told.value, told.fact.of or told.fact.type, codes(view, told.fact, offices)))


def is_long(text: str) -> bool:
    """Tell whether a value as it is shown would be a tower in a narrow column."""
    return len(text) > _LONG


def heading(column: Column) -> str:
    """What a column is called: as declared, else as the pages call it."""
    return label(column.label) if column.label else say_code("record", column.key)


def cell(view: CaseView, column: Column, value: Any) -> str:
    """One value of a record as a person reads it."""
    return fact(value, column.type, files(view) if column.type == "file" else column.codes)


def codes(view: CaseView, fact: Any, offices: Mapping[str, Any]) -> Mapping[str, Any]:
    """The labels of what a fact's values name: codes, offices, files, persons."""
    kinds = {fact.type, fact.of}
    if "office" in kinds:
        return offices
    if "person" in kinds:
        return view.persons
    return files(view) if "file" in kinds else fact.codes


def files(view: CaseView) -> dict[str, str]:
    """The names of a case's materials and papers by their hash."""
    papers = {each.sha256: each.title for each in view.documents}
    return papers | {each.sha256: each.name for each in view.materials}


def limit_title(view: DeadlineView) -> str:
    """What a deadline is about."""
    return label(view.limit.title)
