"""What a form names must be there: a file in the case, an office in the directory that the fact can mean."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import storage.files
from casework import forms, library
from casework.context import Context
from casework.errors import InvalidFormError
from engine import Definition
from engine.elements import declarations
from engine.values import Value
from storage import Tx


def require(ctx: Context, tx: Tx, case_id: str, definition: Definition, payload: Mapping[str, Value]) -> None:
    """Ask that every file a payload names be in the case, and every office one that its fact can mean.

    Raises:
        InvalidFormError: with ``unknown_file`` or ``unknown_office`` at each field that names another.
    """
    declared = declarations(definition)
    named = {name: (fact.type, fact.of) for name in payload if (fact := declared.get(name)) is not None}
    wanted = {name: kind for name, kinds in named.items() for kind in ("file", "office") if kind in kinds}
    if not wanted:
        return
    directory = library.directory(ctx, tx)
    files = {row.sha256 for row in storage.files.materials(tx, case_id)} if "file" in wanted.values() else set()
    known: dict[str, AbstractSet[Any]] = {
        name: files if kind == "file" else forms.offices_meant(declared[name], directory).keys()
        for name, kind in wanted.items()
    }
    problems: dict[str, tuple[str, Mapping[str, object]]] = {
        name: (f"unknown_{kind}", {})
        for name, kind in wanted.items()
        if not set(payload[name] if isinstance(payload[name], list) else [payload[name]]) <= known[name]
    }
    if problems:
        raise InvalidFormError(problems)
