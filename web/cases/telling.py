"""A case in words: how its deadlines stand and were counted, what each entry of its history says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from casework import forms
from casework.cases import Awaited, CaseView, DeadlineView, FactView, TimelineRow
from casework.decided import FiredRow
from casework.forms import WALL_CLOCK, Column
from casework.inbox import urgency
from casework.papers import SERVED
from casework.reliance import Reliance
from casework.tasks import ShownFact
from web.pages import article, day, declared, fact, joined, label_of, moment, named, unit
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


def counted(view: DeadlineView, names: "Names") -> list[str]:
    """A deadline's days as sentences, in the order in which they were counted."""
    why = {"lifted": _reason(view.record, names)}
    return [_line({**line, "why": why.get(line["what"], "")}) for line in view.explanation]


def _reason(record: Mapping[str, Any], names: "Names") -> str:
    """Why a limit was lifted: what an element is called, what somebody wrote, or a word of the engine's own."""
    said = record.get("reason")
    return say("colon") + (names.labels.get(said) or say_code("lift_reason", said)) if said else ""


def _line(line: Mapping[str, Any]) -> str:
    what = line["what"]
    fields = {
        **line,
        "day": day(line["day"]),
        "until": day(line.get("until")),
        "unit": unit(line.get("unit")),
        "holiday": _holiday(line.get("holiday")),
    }
    if line.get("until") == line["day"]:
        what = f"{what}_one"
    elif what == "suspended" and "until" not in line:
        what = "suspended_open"
    told = say_code("day", what, **fields).strip()
    known = {**line, "worked_for": _holiday(line.get("worked_for"))}
    return told + "".join(say(f"day.{mark}", **{mark: known[mark]}) for mark in _MARKS if known.get(mark))


def _holiday(name: str | None) -> str:
    """A holiday as the State Council's notices name it, in the reader's language."""
    return say_code("holiday", name) if name else ""


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
        facts: declarations by name.
        labels: of elements by their Chinese ones, which a history names as reasons.
        rows: entries by number.
    """

    elements: Mapping[str, str]
    limits: Mapping[str, str]
    persons: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[int, TimelineRow] = field(default_factory=dict)


def names(view: CaseView) -> Names:
    """Give the words for what a case's history names."""
    return Names(
        {each.id: named(each) for each in view.elements.values()},
        {each.record["limit"]: limit_title(each) for each in view.deadlines},
        view.persons,
        {each.fact.name: each.fact for each in view.facts},
        {each.zh: named(each) for each in view.elements.values()},
        {row.seq: row for row in view.timeline},
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
    told = say_code("entry", _kind(row), who=who, what=what, to=to)
    details = _details(row, names)
    return f"{told}{say('colon')}{joined(details)}" if details else told


def _details(row: TimelineRow, names: Names) -> list[str]:
    """What an entry's sentence adds: what was decided, corrected or proposed."""
    match row.kind:
        case "task_completed":
            answers = _answers(row, names)
            return answers if len(answers) <= _FEW else []
        case "fact_corrected":
            return [_corrected(row, name, names) for name in row.payload if name in names.facts]
        case "proposed":
            return [say_code("proposal_kind", str(row.payload.get("proposal.kind", "")))]
    return []


def _corrected(row: TimelineRow, name: str, names: Names) -> str:
    """One corrected fact with what it was and what it is; without what was erased."""
    about, old = names.facts[name], _before(row, name, names)
    before, after = (
        declared(value, about, about.codes) for value in (old and old.payload.get(name), row.payload[name])
    )
    return say("entry.corrected_fact", what=label_of(about), before=before, after=after)


def _answers(row: TimelineRow, names: Names) -> list[str]:
    """What a form chose among codes, a decision or an outcome; who a person is, is none."""
    coded = ((names.facts.get(name), value) for name, value in row.payload.items() if isinstance(value, str))
    chosen = [(about, value) for about, value in coded if about and about.codes and not about.personal]
    return [
        declared(value, about, about.codes) for about, value in chosen if not _is_taken_over(row, about.name, names)
    ]


def _is_taken_over(row: TimelineRow, name: str, names: Names) -> bool:
    """Tell whether an earlier task had given the same answer, and this one's form only showed it again."""
    old = _before(row, name, names)
    return old is not None and old.element != row.element and old.payload.get(name) == row.payload[name]


def _before(row: TimelineRow, name: str, names: Names) -> TimelineRow | None:
    """The entry that wrote a fact before another one did."""
    written = (each for each in row.effects if each["effect"] == "fact_written" and each["name"] == name)
    return names.rows.get(next((each.get("old", 0) for each in written), 0))


#: A form with more answers than these registers something; it decides nothing.
_FEW: Final = 3
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


def parted(shown: Sequence[ShownFact]) -> tuple[list[ShownFact], list[ShownFact]]:
    """Part what speaks against an earlier answer, ``<thing>.objection``, from the rest of what a task rests on."""
    against = [each for each in shown if each.fact.name.endswith("objection")]
    return against, [each for each in shown if each not in against]


def once_each(relied: Iterable[Reliance]) -> list[Reliance]:
    """What relied on a fact, where one element read it for several limits told once."""
    return list({(each.seq, each.address, each.kind): each for each in relied}.values())


def awaited(each: Awaited) -> str:
    """What a case waits for at an element, in words."""
    return say_code("awaited", each.kind, until=moment(each.until))


def _deadline(effect: Mapping[str, Any], names: Names) -> str:
    value = effect["value"]
    how = effect.get("how", "started")
    what = names.limits.get(value["limit"], value["limit"])
    told = say_code("deadline", how, what=what, due_on=day(value["due_on"]), article=article(value.get("article")))
    return told + _reason(value, names) if how == "lifted" else told


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
    return forms.columns_of(view.definition, told.fact.name, told.value)


def is_wide(view: CaseView, told: FactView, offices: Mapping[str, Any]) -> bool:
    """Tell whether a fact takes a line of its own: a table, or a text that would be a tower in a narrow column."""
    if columns(view, told):
        return True
    return is_long(declared(told.value, told.fact, codes(view, told.fact, offices)))


def is_long(text: str) -> bool:
    """Tell whether a value as it is shown would be a tower in a narrow column."""
    return len(text) > _LONG


def heading(column: Column) -> str:
    """What a column is called: as declared, else as the pages call it."""
    return label(column.label) if column.label else say_code("record", column.key)


def cell(column: Column, value: Any, files: Mapping[str, str]) -> str:
    """One value of a record as a person reads it; files are names by hash."""
    return fact(value, column.type, files if column.type == "file" else column.codes)


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
    papers = {each.row.sha256: label(each.title) for each in view.documents}
    return papers | {each.sha256: each.name for each in view.materials}


def meant(view: CaseView, address: str) -> str:
    """The paper that a task in a called diagram is about, behind the task's name; two may be served at once."""
    scope = address.rpartition("/")[0]
    number = next((each.value for each in view.facts if each.scope == scope and each.fact.name == SERVED), None)
    papers = (label(each.title) for each in view.documents if number and each.row.number == number)
    return next((say("task.meant", what=each) for each in papers), "")


def limit_title(view: DeadlineView) -> str:
    """What a deadline is about."""
    return label(view.limit.title)
