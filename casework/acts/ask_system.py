"""Ask another system. Until a source is connected the answers come from a simulated one, and say so.

Given: ``source`` (its name), ``subject`` (what is asked about), ``into`` (the fact the answer goes to).
"""

from typing import Final

from casework.acts import ActError, Answer, Wanted, text_given
from casework.context import Context

#: Invented answers by source; a real source takes the place of its line.
SIMULATED: Final = {
    "insurance": "simulated: insured",
    "registration": "simulated: registered",
}


def carry_out(_ctx: Context, wanted: Wanted) -> Answer:
    """Ask.

    Raises:
        ActGivenError: there is no source, subject or fact to answer into.
        ActError: no such source is connected; it may be later.
    """
    source, _subject, into = (text_given(wanted, name) for name in ("source", "subject", "into"))
    if source not in SIMULATED:
        raise ActError(f"no source {source} is connected")
    return Answer({into: SIMULATED[source]})
