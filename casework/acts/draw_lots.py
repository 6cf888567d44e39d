"""Draw lots: choose some of several at random, as the law asks of experts; the draw is in the history.

Given: ``among`` (list of texts), ``count`` (how many), ``into`` (the fact the drawn ones go to).
"""

import secrets

from casework.acts import ActGivenError, Answer, Wanted
from casework.context import Context


def carry_out(_ctx: Context, wanted: Wanted) -> Answer:
    """Draw; the order drawn is kept. A draw the case could not take stands: nobody draws until it suits.

    Raises:
        ActGivenError: there are fewer to draw among than are to be drawn, or one stands there twice.
    """
    if wanted.kept:
        return Answer(wanted.kept)
    among, count = wanted.given.get("among"), wanted.given.get("count")
    if not isinstance(among, list) or type(count) is not int or len({*among}) != len(among):
        raise ActGivenError("draw_lots needs a list of different texts and a number")
    if not 0 < count <= len(among):
        raise ActGivenError(f"{count} cannot be drawn among {len(among)}")
    return Answer({str(wanted.given["into"]): secrets.SystemRandom().sample(among, count)})
