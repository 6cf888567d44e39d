"""Finding cases: by number, by name, by identity number; the same on both databases.

Names are found by exact match, by prefix and by two-character grams (the commonest Chinese names have two
characters). Identity numbers are found by a keyed hash only, so that the table of terms tells nobody one.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import storage.cases
import storage.search
from casework.context import Context
from engine import Facts
from engine.facts import Declarations
from storage import Tx
from storage.cases import CaseRow

#: The fact whose keyed hash is searched.
IDENTITY_FIELD: Final = "worker.identity_number"
#: Of so many grams the rarest leads to the cases; what is looked for is then sought whole in their texts.
_MOST_GRAMS: Final = 40


def index(
    ctx: Context, tx: Tx, case: CaseRow, declared: Declarations, facts: Facts, written: Mapping[str, bool]
) -> None:
    """Write the search rows of the facts that changed, in the place of those they had.

    Args:
        ctx: the surroundings.
        tx: a writing transaction.
        case: whose facts they are.
        declared: what its facts are.
        facts: as they are now.
        written: names of the case's own facts that were written, and whether each had been written before.
    """
    fields: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    for name in sorted(name for name in written if name in declared and declared[name].searchable):
        value = facts[""].get(name, [None])[0]
        text = "" if value is None else str(value)
        if declared[name].searchable == "identity":
            fields[name] = (keyed_hash(ctx, text) if text else None, ())
        else:
            fields[name] = (fold(text) or None, grams(text))
    if fields:
        storage.search.put_all(tx, case.id, fields, first={name for name in fields if not written[name]})


def find(ctx: Context, tx: Tx, folded: str, offices: list[str]) -> list[str]:
    """Find cases by number, and cases of some offices by identity number or name; their ids, the best match first.

    A number is one case's, whichever office has it: who asks may not see it, and the caller has to look.
    """
    by_number = storage.cases.by_number(tx, folded)
    found = [] if by_number is None else [by_number]
    found += storage.cases.by_number_prefix(tx, folded, offices) if folded else []
    found += storage.search.exact(tx, IDENTITY_FIELD, keyed_hash(ctx, folded), offices=offices)
    found += storage.search.find(tx, folded, grams(folded)[:_MOST_GRAMS], offices=offices)
    return list(dict.fromkeys(found))


def fold(text: str) -> str:
    """Write a text the way it is searched: without blanks at its ends, letters lower-case."""
    return text.strip().casefold()


def grams(text: str) -> tuple[str, ...]:
    """Give every two neighbouring characters of a text, once, in order."""
    folded = fold(text)
    return tuple(sorted({folded[i : i + 2] for i in range(len(folded) - 1)}))


def keyed_hash(ctx: Context, identity: str) -> str:
    """Hash an identity number with the installation's key."""
    return hmac.new(ctx.identity_key, fold(identity).encode(), sha256).hexdigest()
