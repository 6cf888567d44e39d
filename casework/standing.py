"""What acts at the desk left standing in a case, as its history tells it: the counterpart of ``projection``.

Acts at the desk do not move the machine, so no step says what they changed; their entries do. Replay compares this
fold with the tables, as it compares the projection. It reads only fields that are not personal, so nothing erased
is missing from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from casework import chain, erasing, officers, recusal
from engine.values import Value
from storage.entries import EntryRow


@dataclass
class Standing:
    """Who has what, and what is out of force, after some entry.

    Attributes:
        assignees: who took a task or was given it, or null once it was given back, by address.
        confirmed: the officer whose confirmation waits for the second, by address.
        recused: persons who may do nothing in the case.
        materials: SHA-256 of what was handed in, by id of the material.
        voided: addresses of the acts whose number is void.
    """

    assignees: dict[str, str | None] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    recused: set[str] = field(default_factory=set)
    materials: dict[str, str] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)

    def take(self, row: EntryRow) -> None:
        """Take in an act at the desk; one that leaves nothing standing is passed over."""
        take_in = _TAKE_IN.get(row.kind)
        if take_in is not None:
            take_in(self, row, chain.plain_payload(row.body))


def _recused(standing: Standing, _row: EntryRow, told: Mapping[str, Value]) -> None:
    """Bar a person for good, and take from them what they had."""
    if told["recusal.state"] != recusal.GRANTED:
        return
    person = told["recusal.person"]
    standing.recused.add(person)
    standing.assignees |= {at: None for at, held_by in standing.assignees.items() if held_by == person}
    standing.confirmed = {at: by for at, by in standing.confirmed.items() if by != person}


def _erased(standing: Standing, _row: EntryRow, told: Mapping[str, Value]) -> None:
    """Take away the materials whose file was erased."""
    files = told.get(erasing.FILES, ())
    standing.materials = {each: sha256 for each, sha256 in standing.materials.items() if sha256 not in files}


def _unconfirmed(standing: Standing, row: EntryRow, _told: Mapping[str, Value]) -> None:
    standing.confirmed.pop(row.address or "", None)


_TAKE_IN: Final[Mapping[str, Callable[[Standing, EntryRow, Mapping[str, Value]], None]]] = {
    "claimed": lambda s, row, _told: s.assignees.update({row.address or "": row.actor}),
    "released": lambda s, row, _told: s.assignees.update({row.address or "": None}),
    "reassigned": lambda s, row, told: s.assignees.update({row.address or "": told["task.assignee"]}),
    "material_added": lambda s, _row, told: s.materials.update({told["material.id"]: told["material.sha256"]}),
    "number_voided": lambda s, row, _told: s.voided.add(row.address or ""),
    officers.CONFIRMED: lambda s, row, _told: s.confirmed.update({row.address or "": row.actor}),
    officers.VOIDED: _unconfirmed,
    officers.WITHDRAWN: _unconfirmed,
    recusal.KIND: _recused,
    erasing.KIND: _erased,
}
