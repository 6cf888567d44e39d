"""Finding cases: by number, by name, by identity number; the same on both databases.

Names are found by exact match, by prefix and by two-character grams (the commonest Chinese names have two
characters). Identity numbers are found by a keyed hash only, so that the table of terms tells nobody one.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

import storage.search
from casework.context import Context
from engine import Facts
from engine.facts import Declarations
from storage import Tx
from storage.cases import CaseRow


def index(ctx: Context, tx: Tx, case: CaseRow, facts_declared: Declarations, facts: Facts, names: Iterable[str]) -> None:
    """Write the search rows of the facts that changed, in the place of those they had."""
    changed = {name for name in names if name in facts_declared and facts_declared[name].searchable}
    for name in sorted(changed):
        value = facts[""].get(name, [None])[0]
        text = "" if value is None else str(value)
        if facts_declared[name].searchable == "identity":
            storage.search.put(tx, case.id, name, keyed_hash(ctx, text) if text else None, ())
        else:
            storage.search.put(tx, case.id, name, fold(text) or None, grams(text))


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
