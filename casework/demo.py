"""Demonstration: invented people for every role, and a handful of invented cases in different states.

Everything loaded here is marked: names say 示例, the parameter set is 演示, and every paper printed with it says so.
What is loaded stands in ``demo/``: ``people.json``, and ``cases.json`` with each case's application and the steps its
people took. Days are told from today (``day:-6``), so that what was due soon when it was written is due soon whenever
it is loaded; each step is taken on its day.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import storage.acts
import storage.definitions
import storage.people
import storage.tasks
from casework import acts, importing, library, publishing, registers, tasks, working
from casework.context import Context
from casework.errors import IncidentError, NotFoundError, RequestError
from engine import BEHAVIOUR, Definition
from engine.values import Value
from handlers.law.dates import SHANGHAI, instant_text
from storage.errors import TakenError

PARAMETER_SET: Final = "演示"
PASSWORD: Final = "anjuan-demo"  # noqa: S105 - printed for everybody who tries the product
FOLDER: Final = Path(__file__).parent.parent / "demo"
_ACTOR: Final = "system:demo"
_SOURCE: Final = "demo"
#: What the ids of invented persons begin with.
_INVENTED: Final = "demo-"
#: For how many days before today the people have had their roles; no step lies further back.
_SINCE: Final = 60
_OPENS: Final = time(9, 0, tzinfo=SHANGHAI)
_DAY = re.compile(r"day:(-?\d+)(?: (\d\d):(\d\d))?", re.ASCII)


@dataclass
class Loaded:
    """What was loaded.

    Attributes:
        procedures: what became of each shipped procedure: ``{"procedure", "hash", "state"}``.
        cases: how many cases were made now.
        refused: ``{"case", "reason"}`` of each that did not come as far as it should.
        people: ``{"sign_in", "name", "roles"}`` of everybody who can sign in.
        password: of all of them.
    """

    procedures: list[dict[str, str]]
    cases: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    password: str = PASSWORD


def load(ctx: Context, *, only_if_empty: bool, folder: Path = FOLDER) -> Loaded:
    """Load offices, the parameter set, the shipped procedures, people and cases; what is there already stays.

    Args:
        ctx: the surroundings, with upgraded tables.
        only_if_empty: leave a database that has persons as it is, but for shipped content that is new. One whose
            persons are real is left so in any case.
        folder: with ``people.json`` and ``cases.json``.
    """
    if is_real(ctx):
        # Invented parameters would count for its cases.
        return Loaded(_procedures(ctx))
    publishing.take_in_basis(ctx, PARAMETER_SET)
    loaded = Loaded(_procedures(ctx), people=json.loads((folder / "people.json").read_text(encoding="utf-8")))
    with ctx.database.reading() as tx:
        known = {row.sign_in: row.id for row in storage.people.persons(tx)}
    if known and only_if_empty:
        return loaded
    for person in loaded.people:
        if person["sign_in"] not in known:
            known[person["sign_in"]] = _add_person(ctx, person)
    told = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    for case in told["cases"]:
        _load_case(ctx, told["application"], case, known, loaded)
    return loaded


def is_real(ctx: Context) -> bool:
    """Tell whether there are persons and none of them was invented here."""
    with ctx.database.reading() as tx:
        persons = [row.id for row in storage.people.persons(tx)]
    return bool(persons) and not any(person.startswith(_INVENTED) for person in persons)


def _procedures(ctx: Context) -> list[dict[str, str]]:
    """Take the shipped procedures into the library; gathering them anew is left out where no file of theirs changed."""
    texts = library.sources(ctx.processes)
    with ctx.database.reading() as tx:
        kept = {row.procedure: row.hash for row in reversed(storage.definitions.proposals(tx))}
        kept = {
            name: storage.definitions.history(tx, name)[0].hash for name in storage.definitions.procedures(tx)
        } | kept
        unchanged = [
            {"procedure": name, "hash": kept[name], "state": "unchanged"}
            for name in library.procedures(texts)
            if name in kept and _says(library.definition(ctx, tx, kept[name]), texts)
        ]
    if len(unchanged) == len(library.procedures(texts)):
        return unchanged
    return [vars(each) for each in library.import_shipped(ctx)]


def _says(definition: Definition, texts: Mapping[str, str]) -> bool:
    """Tell whether a definition holds these very texts: gathered anew, it would lead to the same files."""
    return definition.behaviour == BEHAVIOUR and all(texts.get(path) == text for path, text in definition.files.items())


def _add_person(ctx: Context, person: Mapping[str, Any]) -> str:
    since = (ctx.clock() - timedelta(days=_SINCE)).astimezone(SHANGHAI).date().isoformat()
    invented = f"{_INVENTED}{person['sign_in']}"
    added = registers.add_person(ctx, _ACTOR, invented, person["name"], person["sign_in"], PASSWORD)
    for office, role in person["roles"]:
        registers.give_role(ctx, _ACTOR, added, office=office, role=role, from_on=since)
    return added


# --- cases --------------------------------------------------------------------------------------------------


def _load_case(
    ctx: Context,
    application: Mapping[str, Value],
    case: Mapping[str, Any],
    people: Mapping[str, str],
    loaded: Loaded,
) -> None:
    """Register one case and take its steps; one that was loaded before stays as it is.

    A case's ``until`` names the task it waits at in the end, where papers must be made for it to come there.
    """
    intake = importing.Intake(people[case["by"]], case["office"])
    brought = _dated(ctx, {**application, **case["application"]})
    try:
        case_id = importing.register(_on(ctx, case["day"]), intake, brought, _SOURCE, case["name"])
        loaded.cases += 1
        for minutes, step in enumerate(case["steps"], start=1):
            _take_step(
                _on(ctx, step["day"], minutes), case_id, people[step["by"]], step["does"], _dated(ctx, step["gives"])
            )
        if "until" in case:
            _open_task(ctx, case_id, case["until"])
    except TakenError:
        return
    except (RequestError, IncidentError, acts.ActError) as error:
        loaded.refused.append({"case": case["name"], "reason": str(error)})


def _take_step(ctx: Context, case_id: str, person: str, element: str, gives: Mapping[str, Value]) -> None:
    """Complete a task as its person would: what the form starts with, and what they fill in."""
    address = _open_task(ctx, case_id, element)
    starts_with = tasks.view(ctx, person, case_id, address).values
    tasks.complete(ctx, person, case_id, address, {**starts_with, **gives})


def _open_task(ctx: Context, case_id: str, element: str) -> str:
    """Give the address of an element's task; while it is not open, papers the case waits for are made.

    Raises:
        NotFoundError: the case does not come there.
        ActError: a paper could not be made.
    """
    while True:
        with ctx.database.reading() as tx:
            found = sorted(row.address for row in storage.tasks.of_case(tx, case_id) if row.element == element)
            wanted = [row.address for row in storage.acts.of_case(tx, case_id) if row.state == "wanted"]
        if found:
            return found[0]
        if not any(working.carry_out(ctx, case_id, address) for address in wanted):
            raise NotFoundError("task_unknown", element=element)


def _on(ctx: Context, day: int, minutes: int = 0) -> Context:
    """Give the surroundings as they were on a day, at the hour the office opens; today, as they are."""
    if day == 0:
        return ctx
    opens = datetime.combine(_today(ctx) + timedelta(days=day), _OPENS) + timedelta(minutes=minutes)
    return replace(ctx, clock=lambda: opens)


def _today(ctx: Context) -> date:
    return ctx.clock().astimezone(SHANGHAI).date()


def _dated(ctx: Context, value: Value) -> Any:
    """Give values with each ``day:-6`` made a date and each ``day:-6 10:30``, in Shanghai, an instant."""
    if isinstance(value, dict):
        return {key: _dated(ctx, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(ctx, item) for item in value]
    return _DAY.sub(partial(_date, ctx), value) if isinstance(value, str) else value


def _date(ctx: Context, found: re.Match[str]) -> str:
    day = _today(ctx) + timedelta(days=int(found[1]))
    if found[2] is None:
        return day.isoformat()
    return instant_text(datetime.combine(day, time(int(found[2]), int(found[3]), tzinfo=SHANGHAI)))
