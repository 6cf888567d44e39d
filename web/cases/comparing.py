"""Two officers' forms side by side: where what one fills in differs from what was confirmed, and taking that over."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final

from casework.officers import Confirmation
from web import forms
from web.forms import Confirmed, Field, Form, Passage
from web.pages import fact, joined
from web.words import say

#: How the buttons begin that fill in what was confirmed: ``take:visit.host:PERSON``, ``take::PERSON`` for all of it.
TAKE: Final = "take:"
#: Characters shown of what a text has in common with one's own, on either side of where they differ.
_COMMON: Final = 40
#: Widgets in which text is written freely: two of them can differ in a word.
_WRITTEN: Final = frozenset({"text", "textarea"})


@dataclass(frozen=True)
class Compared:
    """A form beside what one officer confirmed.

    Attributes:
        confirmation: by whom and when, and whether it stands.
        who: confirmed it, as the reader is told.
        taken_from: id of the officer, for the button that fills all of it in; empty where nothing can be filled in.
        fields: those that are filled in otherwise, with what they were confirmed to be.
    """

    confirmation: Confirmation
    who: str
    taken_from: str
    fields: Sequence[tuple[Field, Sequence[Passage]]]


def beside(
    form: Form,
    confirmations: Sequence[Confirmation],
    reader: str,
    schema: forms.Schema,
    asked: Container[str],
    files: Mapping[str, str],
) -> tuple[Form, list[Compared]]:
    """Lay a form beside what was confirmed of it.

    Args:
        form: as it is filled in.
        confirmations: of its task.
        reader: id of the person who fills it in, or waits for the second because they confirmed it.
        schema: of the form.
        asked: names of the properties that are asked as it is filled in; the others are not compared.
        files: names of materials by hash.

    Returns:
        The form with every differing field marked, and what it was compared with, the newest at the end.
    """
    waits = any(each.stands and each.person == reader for each in confirmations)
    compared = [
        Compared(
            each,
            say("compare.you") if each.person == reader else each.name,
            "" if waits else each.person,
            list(_differing(form, forms.build(schema, each.values, asked), files)),
        )
        # What two confirmed alike is told once, as of the later.
        for each in {each.digest: each for each in confirmations}.values()
    ]
    return _marked(form, compared), compared


def _marked(form: Form, compared: Sequence[Compared]) -> Form:
    def mark(field: Field) -> Field:
        told = [
            Confirmed(each.who, each.confirmation.at, each.taken_from, passages)
            for each in compared
            for differing, passages in each.fields
            if differing.path == field.path
        ]
        return replace(field, otherwise=told)

    return replace(form, groups=[(heading, [mark(field) for field in fields]) for heading, fields in form.groups])


def _fields(form: Form) -> list[Field]:
    return [field for _heading, fields in form.groups for field in fields]


def _differing(mine: Form, theirs: Form, files: Mapping[str, str]) -> Iterator[tuple[Field, list[Passage]]]:
    """Give every field that is asked and filled in otherwise, with what it was confirmed to be."""
    for own, other in zip(_fields(mine), _fields(theirs), strict=True):
        passages = list(_rows(own, other, files) if own.widget == "table" else _passages(own, other, files))
        if own.asked and passages:
            yield own, passages


def _rows(own: Field, other: Field, files: Mapping[str, str]) -> Iterator[Passage]:
    """Compare two tables cell by cell; a row that one of them lacks is an empty one."""
    for number, (mine, theirs) in enumerate(zip_longest(own.rows, other.rows), 1):
        for cell, told in zip(mine or own.columns, theirs or other.columns, strict=True):
            where = say("compare.cell", row=number, column=cell.label)
            yield from (replace(each, where=where) for each in _passages(cell, told, files))


def _passages(own: Field, other: Field, files: Mapping[str, str]) -> Iterator[Passage]:
    if _content(own) != _content(other):
        told = _told(other, files)
        yield _parted(str(own.value), told) if own.widget in _WRITTEN and _content(other) else Passage("", told)


def _content(field: Field) -> Any:
    """What a field holds; a box that is not ticked holds nothing."""
    return [each.value for each in field.options if each.chosen] if field.options else field.value or None


def _told(field: Field, files: Mapping[str, str]) -> str:
    """What a field holds, as a person reads it."""
    content = _content(field)
    if field.options:
        return joined(each.label for each in field.options if each.chosen) or say("compare.empty")
    if field.widget == "checkbox":
        return say("answer.yes" if content else "answer.no")
    if content is None:
        return say("compare.empty")
    if field.widget == "file":
        return joined(files.get(each, say("form.file_kept")) for each in ([content], content)[field.multiple])
    # An instant is in the field as the browser's control writes it.
    text = content.replace("T", " ") if field.widget == "instant" else fact(content, field.widget)
    return text + (say("with_unit", unit=field.unit) if field.unit else "")


def _parted(mine: str, theirs: str) -> Passage:
    """Part a text where it differs from one's own, from the first differing character to the last."""
    begin = _in_common(mine, theirs)
    end = _in_common(mine[begin:][::-1], theirs[begin:][::-1])
    if not begin and not end:
        return Passage("", theirs)
    before, differing, after = theirs[:begin], theirs[begin : len(theirs) - end], theirs[len(theirs) - end :]
    shown = before if begin <= _COMMON else f"…{before[-_COMMON:]}"
    return Passage("", shown, differing, after if end <= _COMMON else f"{after[:_COMMON]}…")


def _in_common(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def taken(values: Mapping[str, Any], confirmations: Sequence[Confirmation], action: str) -> Mapping[str, Any]:
    """Carry out a button that takes over what an officer confirmed, of one field or of all.

    Args:
        values: as they are filled in, by fact name.
        confirmations: of the task.
        action: of the button; one that names nobody who confirmed changes nothing.
    """
    name, _, person = action.removeprefix(TAKE).partition(":")
    theirs = next((each.values for each in confirmations if each.person == person), None)
    if theirs is None or not name:
        return values if theirs is None else theirs
    others = {key: value for key, value in values.items() if key != name}
    return {**others, name: theirs[name]} if name in theirs else others
