"""Ask another system. Until a source is connected the answers come from a simulated one, and say so.

Given: ``source`` (its name), ``subject`` (what is asked about), ``into`` (the fact the answer goes to).
"""

from typing import Final

from casework.acts import ActError, Answer, Wanted
from casework.context import Context

#: Invented answers by source; a real source takes the place of its line.
SIMULATED: Final = {
    "insurance": "simulated: insured",
    "registration": "simulated: registered",
}


def carry_out(_ctx: Context, wanted: Wanted) -> Answer:
    """Ask.

    Raises:
        ActError: no such source is connected; it may be later.
    """
    source = str(wanted.given.get("source"))
    if source not in SIMULATED:
        raise ActError(f"no source {source} is connected")
    return Answer({str(wanted.given["into"]): SIMULATED[source]})
