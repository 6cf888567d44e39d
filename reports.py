"""What the command line says: reports in words, one line after the other, and refusals in one.

Sentences that the pages say too are theirs, in Chinese where the terminal's locale is Chinese.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from casework.errors import IncidentError, RequestError, TakenError
from web import words


def _language() -> int:
    """Tell which of the languages of the words the terminal's locale asks for; English for all but Chinese."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return words.LANGUAGES.index("zh" if named.startswith("zh") else "en")


def _sentence(family: str, code: str, fields: Mapping[str, object]) -> str:
    """Say a code in words; one without words of its own is named."""
    table = words.table()
    chosen = table.get(f"{family}.{code}") or table[f"{family}.other"]
    sentence = chosen[_language()]
    told = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in fields.items()}
    text = sentence["other"] if isinstance(sentence, dict) else sentence
    return text.format_map(defaultdict(lambda: "—", told | {"code": code}))


def refusal(error: Exception) -> str:
    """Say in one line why a command was refused."""
    if isinstance(error, TakenError):
        return _sentence("taken", error.code, error.fields)
    if isinstance(error, RequestError):
        return _sentence("refused", error.code, error.fields)
    if isinstance(error, IncidentError):
        return _sentence("error", "incident", {"incident": error.incident})
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def say_rows(report: Any) -> Iterator[str]:
    """Say a report that has no better words: its fields, one a line."""
    for row in report if isinstance(report, list) else [report]:
        yield from (f"{key}: {value}" for key, value in row.items())


def say_import(report: Any) -> Iterator[str]:
    """Say what became of a file of applications: the counts, and every fault of every bad row."""
    bad = len({fault["row"] for fault in report["refused"]})
    yield f"{report['rows']} rows: {report['taken']} taken, {report['known']} taken before, {bad} refused"
    for fault in report["refused"]:
        place = f"row {fault['row']}, {fault['field']}" if fault["field"] else f"row {fault['row']}"
        family = "field" if f"field.{fault['reason']}" in words.table() else "refused"
        yield f"  {place}: {_ROW_FAULTS.get(fault['reason']) or _sentence(family, fault['reason'], {})}"


#: What can be wrong with a row of a file and with no field of a page.
_ROW_FAULTS: Final = {
    "line_too_long": "the line is too long",
    "not_text": "the line is not text in the file's encoding",
    "not_json": "the line is not JSON",
    "not_a_record": "the line is not a record, {...}",
    "twice": "is said twice",
    "number": "is a number with a point: write decimals as text",
    "not_csv": "the row is not CSV",
    "too_many_cells": "has more cells than the headings",
}


def say_check(report: Any) -> Iterator[str]:
    """Say of each file whether it runs, and of what does not the reason and the remedy."""
    language = words.LANGUAGES[_language()]
    for file in report:
        yield f"{file['file']}: {'runs' if file['runs'] else 'refused'}"
        for kind in ("refusals", "hints"):
            for one in file[kind]:
                place = f"{one['element']}: " if one["element"] else ""
                hint = "hint: " if kind == "hints" else ""
                yield f"  {hint}{place}{one['reason'][language]} {one['remedy'][language]}"


def say_cases(report: Any) -> Iterator[str]:
    """Say cases, one a line."""
    for case in report:
        state = case["outcome"] or case["state"]
        number = case["number"] or "-"
        yield f"{case['id']}  {case['opened_at'][:10]}  {case['office']}  {state}  {number}  {case['title']}"
    if not report:
        yield "no cases"


def say_case(report: Any) -> Iterator[str]:
    """Say where a case stands, and its history, an entry a line."""
    yield f"case {report['case']}, {report['procedure']}, office {report['office']}: {_state(report)}"
    for task in report["tasks"]:
        due = f", due {task['due_on']}" if task["due_on"] else ""
        yield f"  waits for {task['role']} of {task['office']}: {task['address']}{due}"
    for each in report["deadlines"]:
        yield f"  {each['deadline']}: {each['state']}, from {each['started_on']}, due {each['due_on']}"
    for entry in report["history"]:
        about = f" {entry['address']}" if entry["address"] else ""
        yield f"  {entry['seq']:>4}  {entry['at'][:19]}Z  {entry['kind']}{about}  by {entry['actor']}"


def _state(report: Mapping[str, Any]) -> str:
    return f"{report['state']}, {report['outcome']}" if report["outcome"] else str(report["state"])


def say_definitions(report: Any) -> Iterator[str]:
    """Say the versions of procedures, one a line."""
    for each in report:
        since = f" from {each['from_on']}" if "from_on" in each else ""
        by = f", {each['provenance']}" if "provenance" in each else ""
        yield f"{each['procedure']}  {each['state']}{since}{by}  {each['hash'][:12]}"
    if not report:
        yield "no procedures"


def say_verified(report: Any) -> Iterator[str]:
    """Say what checking every chain and file found."""
    found = f"{len(report['faults'])} faults" if report["faults"] else "everything is as it was written"
    yield f"{report['chains']} chains, {report['entries']} entries, {report['files']} files: {found}"
    yield from (f"  {fault}" for fault in report["faults"])
    yield from (f"  {place}: erased in part on lawful order" for place in report["erased"])


def say_replayed(report: Any) -> Iterator[str]:
    """Say what executing cases again found."""
    counts = f"{report['identical']} identical, {len(report['erased'])} erased, {len(report['diverged'])} diverged"
    yield f"{report['cases']} cases with {report['entries']} entries executed again: {counts}"
    yield from (f"  {one['case']}: {one['where']}" for one in report["diverged"])
    yield from (f"  {case}: erased in part on lawful order" for case in report["erased"])


def say_copy(report: Any) -> Iterator[str]:
    """Say what a copy holds."""
    rows = sum(table["rows"] for table in report["tables"].values())
    yield f"{report['folder']}: {rows} rows of {len(report['tables'])} tables, {report['files']} files"


def say_demo(report: Any) -> Iterator[str]:
    """Say who can sign in, and what did not go as it should."""
    yield "The people of the demonstration, all with the password " + report["password"]
    yield from (f"  {person['sign_in']:<10} {person['name']}" for person in report["people"])
    for each in report["procedures"]:
        if each["state"] == "proposed":
            yield f"{each['procedure']} has changed: publish it with `definitions publish`."
    yield from (f"case {each['case']}: {each['reason']}" for each in report["refused"])
