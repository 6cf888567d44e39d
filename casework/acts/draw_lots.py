"""Draw lots: choose some of several at random, as the law asks of experts; the draw is in the history.

Given: ``among`` (list of texts), ``count`` (how many), ``into`` (the fact the drawn ones go to).
"""

import secrets

from casework.acts import ActError, Answer, Wanted
from casework.context import Context


def carry_out(_ctx: Context, wanted: Wanted) -> Answer:
    """Draw; the order drawn is kept.

    Raises:
        ActError: there are fewer to draw among than are to be drawn.
    """
    among, count = list(wanted.given["among"]), int(wanted.given["count"])
    if not 0 < count <= len(among):
        raise ActError(f"{count} cannot be drawn among {len(among)}")
    return Answer({wanted.given["into"]: secrets.SystemRandom().sample(among, count)})
