"""What the command line says: reports in words, one line after the other, and refusals in one.

Chinese, as the pages, unless ``--language`` or the terminal's locale names another language; then English. Sentences
that the pages say too are theirs; the others stand in ``reports.yaml``.
"""

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from casework.errors import IncidentError, RequestError, TakenError
from casework.importing import INTERRUPTED
from casework.library import ALWAYS
from engine import EngineError
from engine.model import DefinitionRefusedError
from storage.errors import BusyError, OperatingError, UnavailableError
from web import words

#: Says a report, one line after the other.
Say = Callable[["Words", Any], Iterator[str]]


def language(chosen: str | None) -> str:
    """Tell which language to speak: the one chosen, else that of the terminal's locale, Chinese where it names none."""
    if chosen is not None:
        return chosen
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "zh"
    return "zh" if named.startswith("zh") else "en"


@cache
def table() -> dict[str, Any]:
    """Our own sentences by their keys, in the order of the languages."""
    own: dict[str, Any] = yaml.load(Path(__file__).with_suffix(".yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return own


def _sentence(key: str) -> Any:
    """Give a sentence in every language, or null: one of our own, else one of the pages, whose table is read late."""
    return table().get(key) or words.table().get(key)


class Words:
    """The sentences in one language.

    Attributes:
        language: ``zh`` or ``en``.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = words.LANGUAGES.index(language)

    def __call__(self, key: str, **fields: object) -> str:
        """Give a sentence; what it names and was not told is a dash."""
        sentence = _sentence(key)[self._place]
        text = sentence if isinstance(sentence, str) else sentence["one" if fields.get("n") == 1 else "other"]
        told = {
            name: self("and").join(map(str, value)) if isinstance(value, list) else value
            for name, value in fields.items()
        }
        return text.format_map(defaultdict(lambda: "—", told))

    def of_code(self, family: str, code: str, **fields: object) -> str:
        """Give the sentence of a code; one without words of its own is named."""
        key = f"{family}.{code}"
        return self(key if _sentence(key) else f"{family}.other", **{"code": code} | fields)

    def of_library(self, family: str) -> dict[str, str]:
        """Give a family of sentences that a library says in English, each by its English words."""
        said = (each for key, each in table().items() if key.startswith(f"{family}."))
        return {languages[words.LANGUAGES.index("en")]: languages[self._place] for languages in said}


def refusal(say: Words, error: Exception) -> dict[str, str]:
    """Say why a command was refused: ``code``, a stable word, and ``text``, one line."""
    code, text = next((told(say, error) for kind, told in _REFUSALS if isinstance(error, kind)), ("other", str(error)))
    return {"code": code, "text": " ".join(text.split())}


def _of_request(say: Words, error: RequestError | OperatingError) -> tuple[str, str]:
    role = error.fields.get("role")
    named = {} if role is None else {"role": say.of_code("role", str(role))}
    return error.code, say.of_code("refused", error.code, **{**error.fields, **named})


def _of_definition(say: Words, error: DefinitionRefusedError) -> tuple[str, str]:
    return "definition", "; ".join(
        f"{f'{each.file} {each.element}'.rstrip()}: {each.reason[say.language]}" for each in error.refusals
    )


def of_file(say: Words, error: OSError) -> str:
    """Say what went wrong with a file."""
    code = errno.errorcode.get(error.errno or 0, "other")
    what = say.of_code("file", code, why=error.strerror or str(error))
    return f"{error.filename}: {what}" if error.filename else what


#: How each kind of refusal is said; the first that fits counts.
_REFUSALS: Final[Sequence[tuple[Any, Callable[[Words, Any], tuple[str, str]]]]] = (
    (TakenError, lambda say, error: (error.code, say.of_code("taken", error.code, **error.fields))),
    (RequestError | OperatingError, _of_request),
    (IncidentError, lambda say, error: ("incident", say("error.incident", incident=error.incident))),
    (DefinitionRefusedError, _of_definition),
    (EngineError, lambda _say, error: ("diagram", str(error))),
    (BusyError, lambda say, _error: ("busy", say("refused.busy"))),
    (UnavailableError, lambda say, error: ("unavailable", say("refused.unavailable", why=str(error)))),
    (UnicodeError, lambda say, _error: ("not_text", say("refused.not_text"))),
    (OSError, lambda say, error: ("file", of_file(say, error))),
)


def say_nothing(_say: Words, _report: Any) -> Iterator[str]:
    """Say nothing: the command has told what it does while it ran."""
    return iter(())


def say_import(say: Words, report: Any) -> Iterator[str]:
    """Say what became of a file of applications: the counts, and every fault of every bad row."""
    bad = len({fault["row"] for fault in report["refused"]})
    yield say("import.counts", **{**report, "bad": bad})
    for fault in report["refused"]:
        place = "import.field" if fault["field"] else "import.row"
        yield "  " + say(place, row=fault["row"], field=fault["field"], fault=_fault(say, fault))
    if report["stopped"]:
        why = say("import.interrupted") if report["stopped"] == INTERRUPTED else report["stopped"]
        yield say("import.stopped", rows=report["rows"], why=why)


def _fault(say: Words, fault: Mapping[str, Any]) -> str:
    """Say what is wrong with a row: in the words of rows, of fields of a form, or of any refusal."""
    reason = fault["reason"]
    if reason == "incident":
        return say("error.incident", incident=fault["incident"])
    families = (family for family in ("row", "field") if _sentence(f"{family}.{reason}"))
    return say.of_code(next(families, "refused"), reason, **fault)


def say_check(say: Words, report: Any) -> Iterator[str]:
    """Say of each file whether it runs, and of what does not the reason and the remedy."""
    for file in report:
        yield say("check.runs" if file["runs"] else "check.refused", file=file["file"])
        for kind in ("refusals", "hints"):
            for one in file[kind]:
                place = f"{one['element']}: " if one["element"] else ""
                hint = say("check.hint") if kind == "hints" else ""
                yield f"  {hint}{place}{one['reason'][say.language]} {one['remedy'][say.language]}"


def say_layout(say: Words, report: Any) -> Iterator[str]:
    """Say which diagrams were drawn anew."""
    yield from (say("layout.written", file=each["file"]) for each in report)


def say_cases(say: Words, report: Any) -> Iterator[str]:
    """Say cases, one a line: what each is, where it stands, and what is due next."""
    yield from (_case(say, case) for case in report)
    if not report:
        yield say("cases.none")


def _case(say: Words, case: Mapping[str, Any]) -> str:
    places = [each[say.language] for each in case["stands"]]
    told = (
        case["id"],
        case["opened_at"][:10],
        case["number"] or "-",
        case["procedure_name"][say.language] if case["procedure_name"] else case["procedure"],
        case["title"],
        f"{case['office']} {case['office_name'][say.language]}" if case["office_name"] else case["office"],
        _state(say, case) + (say("cases.stands", places=places) if places else "") + _due(say, case),
    )
    return "  ".join(told)


def say_case(say: Words, report: Any) -> Iterator[str]:
    """Say where a case stands, and its history, an entry a line; persons and offices by name beside their ids."""
    office = _office(say, report, report["office"])
    yield say("case.head", case=report["case"], procedure=report["procedure"], office=office, state=_state(say, report))
    for task in report["tasks"]:
        yield "  " + _task(say, report, task)
    for each in report["deadlines"]:
        state = say.of_code("deadline_state", each["state"])
        yield "  " + say("case.deadline", **{**each, "state": state})
    for entry in report["history"]:
        who = _person(say, report, entry["actor"])
        did = say.of_code("entry", entry["kind"], who=who, what=entry["address"] or "—")
        yield f"  {entry['seq']:>4}  {entry['at'][:19]}Z  {did}"


def _task(say: Words, report: Any, task: Mapping[str, Any]) -> str:
    role, office = say.of_code("role", task["role"] or ""), _office(say, report, task["office"])
    taken = say("case.taken", person=_person(say, report, task["assignee"])) if task["assignee"] else ""
    return say("case.waits", role=role, office=office, address=task["address"]) + taken + _due(say, task)


def _due(say: Words, told: Mapping[str, Any]) -> str:
    return say("case.due", due_on=told["due_on"]) if told["due_on"] else ""


def _office(say: Words, report: Any, office: str) -> str:
    named = report["offices"].get(office, {})
    return f"{office} {named[say.language]}" if say.language in named else office


def _person(say: Words, report: Any, person: str) -> str:
    if person.startswith("system:"):
        return say("entry.system")
    name = report["persons"].get(person)
    return f"{name} ({person})" if name else person


def _state(say: Words, case: Mapping[str, Any]) -> str:
    state = say.of_code("case_state", case["state"])
    return f"{state}, {case['outcome']}" if case["outcome"] else state


def say_opened(say: Words, report: Any) -> Iterator[str]:
    """Say which case was opened."""
    yield say("case.opened", **report)


def say_definitions(say: Words, report: Any) -> Iterator[str]:
    """Say the versions of procedures, one a line."""
    for each in report:
        since = _since(say, each["from_on"]) if "from_on" in each else ""
        by = say.of_code("provenance", each["provenance"]) if "provenance" in each else ""
        state = say(f"definition.{each['state']}")
        yield say("definition", procedure=each["procedure"], state=state, since=since, by=by, hash=each["hash"][:12])
    if not report:
        yield say("definition.none")


def _since(say: Words, from_on: str) -> str:
    return say("definition.always") if from_on == ALWAYS else say("definition.since", from_on=from_on)


def say_published(say: Words, report: Any) -> Iterator[str]:
    """Say what was made current."""
    yield say("definition.published", **{**report, "hash": report["hash"][:12]})


def say_verified(say: Words, report: Any) -> Iterator[str]:
    """Say what checking every chain and file found."""
    faults = report["faults"]
    found = say("verify.faults", n=len(faults)) if faults else say("verify.whole")
    yield say("verify", **{**report, "found": found})
    yield from (f"  {fault}" for fault in faults)
    yield from ("  " + say("erased", place=place) for place in report["erased"])


def say_replayed(say: Words, report: Any) -> Iterator[str]:
    """Say what executing cases again found."""
    yield say("replay", **{**report, "erased": len(report["erased"]), "diverged": len(report["diverged"])})
    yield from (f"  {one['case']}: {one['where']}" for one in report["diverged"])
    yield from ("  " + say("erased", place=case) for case in report["erased"])


def say_copy(say: Words, report: Any) -> Iterator[str]:
    """Say what a copy holds."""
    rows = sum(table["rows"] for table in report["tables"].values())
    yield say("copy", folder=report["folder"], rows=rows, tables=len(report["tables"]), files=report["files"])


def say_upgraded(say: Words, _report: Any) -> Iterator[str]:
    """Say that the tables are those of this version."""
    yield say("upgraded")


def say_protected(say: Words, report: Any) -> Iterator[str]:
    """Say which role is held."""
    yield say("protected", **report)


def say_added(say: Words, report: Any) -> Iterator[str]:
    """Say who was added."""
    yield say("user.added", **report)


def say_demo(say: Words, report: Any) -> Iterator[str]:
    """Say who can sign in, and what did not go as it should."""
    yield say("demo.people" if report["people"] else "demo.left", password=report["password"])
    yield from (f"  {person['sign_in']:<10} {person['name']}" for person in report["people"])
    for each in report["procedures"]:
        if each["state"] == "proposed":
            yield say("demo.changed", procedure=each["procedure"])
    yield from (say("demo.refused", **each) for each in report["refused"])
