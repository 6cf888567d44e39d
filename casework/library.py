"""Definitions and bases: what a step reads beside the case, each named by the hash of its bytes.

Both are immutable, so what was read once is kept in the context. ``import_shipped`` puts the content of
``processes/`` into the library; the first version of a shipped procedure is current at once, a changed one
is a proposal until two people publish it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import storage.bases
import storage.definitions
from casework import registry
from casework.context import SYSTEM, Context
from casework.errors import NotFoundError, RefusedError
from engine import Definition
from engine.bundle import LIMITS, bundle
from engine.elements import elements
from engine.values import decode, digest, encode
from handlers.law.basis import Basis, build_basis
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.definitions import PublicationRow

#: Provenance of what came with the product, in the place of the two people who publish what did not.
SHIPPED = "shipped"
#: Who brings it, in the registers.
_SHIPPER = f"{SYSTEM}:shipped"
#: From when the first shipped version of a procedure is in force.
ALWAYS = "1900-01-01"

_TEXT_SUFFIXES = {".bpmn", ".dmn", ".json", ".yaml", ".typ"}
#: Folders whose content is the basis, not part of a definition; only which limits there are is asked of it.
_NOT_BUNDLED = {"parameters", "law"}


def definition(ctx: Context, tx: Tx, name: str) -> Definition:
    """Give the definition of that hash.

    Raises:
        NotFoundError: when the library does not hold it.
    """
    if name not in ctx.definitions:
        row = storage.definitions.get(tx, name)
        if row is None:
            raise NotFoundError("definition_unknown", definition=name)
        ctx.definitions[name] = Definition.from_data(row.data)
    return ctx.definitions[name]


def basis(ctx: Context, tx: Tx, name: str) -> Basis:
    """Give the basis of that hash.

    Raises:
        NotFoundError: when the library does not hold it.
    """
    if name not in ctx.bases:
        row = storage.bases.get(tx, name)
        if row is None:
            raise NotFoundError("basis_unknown", basis=name)
        ctx.bases[name] = Basis.from_value(decode(row.data))
    return ctx.bases[name]


def newest_basis(ctx: Context, tx: Tx) -> tuple[str, Basis]:
    """Give the basis that events are stepped with today, with its hash.

    Raises:
        RefusedError: when none has been loaded.
    """
    name = storage.bases.newest_hash(tx)
    if name is None:
        raise RefusedError("no_basis")
    return name, basis(ctx, tx, name)


def directory(ctx: Context, tx: Tx) -> Mapping[str, Mapping[str, Any]]:
    """Give the directory of offices in force: what it says of each, by id."""
    offices: Mapping[str, Mapping[str, Any]] = newest_basis(ctx, tx)[1].value["offices"]
    return offices


def offices(ctx: Context, tx: Tx) -> dict[str, Mapping[str, str]]:
    """Give the names of all offices in force (``zh``, ``en``), by id."""
    return {office: record["name"] for office, record in directory(ctx, tx).items()}


def current_definition(ctx: Context, tx: Tx, procedure: str) -> tuple[str, Definition]:
    """Give the definition a case opened now runs on, with its hash.

    Raises:
        NotFoundError: when the procedure has none in force.
    """
    row = storage.definitions.current(tx, procedure, shanghai_date(ctx.now()).isoformat())
    if row is None:
        raise NotFoundError("procedure_unknown", procedure=procedure)
    return row.hash, definition(ctx, tx, row.hash)


def names(ctx: Context) -> dict[str, dict[str, str]]:
    """Give the labels (``zh``, ``en``) of every procedure in force, by stem; asks the database in any case."""
    found = {}
    with ctx.database.reading() as tx:
        for procedure in storage.definitions.procedures(tx):
            with suppress(NotFoundError):
                told = elements(current_definition(ctx, tx, procedure)[1])[procedure]
                found[procedure] = {"zh": told.zh, "en": told.en}
    return found


@dataclass(frozen=True)
class Imported:
    """What became of one shipped procedure: ``current``, ``proposed`` or ``unchanged``."""

    procedure: str
    hash: str
    state: str


def sources(folder: Path) -> dict[str, str]:
    """Read every text of the content that definitions are made of, by path below ``processes/``, and the limits."""
    found = {path: path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.suffix in _TEXT_SUFFIXES}
    return {
        name.as_posix(): path.read_text(encoding="utf-8")
        for path, name in found.items()
        if name.parts[0] not in _NOT_BUNDLED or name.as_posix() == LIMITS
    }


def procedures(texts: Mapping[str, str]) -> list[str]:
    """Name the procedures among the sources: main diagrams that have facts of their own."""
    return [
        path.removesuffix(".bpmn")
        for path in texts
        if path.endswith(".bpmn") and "/" not in path and f"facts/{path.removesuffix('.bpmn')}.yaml" in texts
    ]


def import_shipped(ctx: Context) -> list[Imported]:
    """Take the content of ``processes/`` into the library, provenance *shipped*.

    Raises:
        DefinitionRefusedError: when a diagram is not one the engine runs; nothing is imported.
    """
    texts = sources(ctx.processes)
    made = [bundle(procedure, texts) for procedure in procedures(texts)]
    with ctx.database.writing() as tx:
        return [_import_one(ctx, tx, each) for each in made]


def _import_one(ctx: Context, tx: Tx, each: Definition) -> Imported:
    at = ctx.now()
    if storage.definitions.get(tx, each.hash) is not None:
        return Imported(each.procedure, each.hash, "unchanged")
    storage.definitions.put(tx, each.hash, procedure=each.procedure, data=each.data, at=at, provenance=SHIPPED)
    today = shanghai_date(at).isoformat()
    is_first = storage.definitions.current(tx, each.procedure, today) is None
    if is_first:
        row = PublicationRow(each.procedure, ALWAYS, at, each.hash, by=SHIPPED, confirmed_by=None, provenance=SHIPPED)
        storage.definitions.publish(tx, row)
    imported = Imported(each.procedure, each.hash, "current" if is_first else "proposed")
    told = {f"definition.{name}": value for name, value in asdict(imported).items()}
    registry.record(ctx, tx, "definitions", "definition_shipped", _SHIPPER, told)
    return imported


def load_basis(ctx: Context, parameter_set: str | None) -> str:
    """Make a basis from ``processes/parameters`` and put it into the library; its hash is given back."""
    data = encode(build_basis(ctx.processes, parameter_set))
    name = digest(data)
    with ctx.database.writing() as tx:
        if storage.bases.newest_hash(tx) != name:
            storage.bases.put(tx, name, data=data, at=ctx.now())
            told = {"basis.hash": name, "basis.parameter_set": parameter_set}
            registry.record(ctx, tx, "parameters", "basis_loaded", _SHIPPER, told)
    return name
