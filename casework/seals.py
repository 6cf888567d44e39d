"""Seals: which official paper bears which seal, as the steps of a case tell it.

The facts ``document.number``, ``document.seal`` and ``document.sealed_by`` of a scope say that its paper was sealed,
whether its own task sealed it or its caller did. An unsealed paper cannot be served: the diagram asks for it.
"""

from typing import Final

import storage.files
from engine import Event, Facts
from storage import Tx
from storage.cases import CaseRow

#: The fact that tells of a seal.
SEAL: Final = "document.seal"
_NUMBER: Final = "document.number"


def note(tx: Tx, case: CaseRow, facts: Facts, event: Event) -> None:
    """Write on every paper that the facts tell was sealed which seal it bears; one already sealed stays as it is."""
    papers = {row.number: row for row in storage.files.documents(tx, case.id) if row.seal is None}
    for scope in facts.values():
        seal, number = (scope.get(name, [None])[0] for name in (SEAL, _NUMBER))
        if seal is not None and number in papers:
            address = papers[number].address
            storage.files.seal_document(tx, case.id, address, seal=str(seal), by=event.actor, at=event.at)
