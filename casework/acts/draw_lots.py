"""Draw lots: choose some of several at random, as the law asks of experts; the draw is in the history.

Given: ``among`` (list of texts), ``count`` (how many), ``into`` (the fact the drawn ones go to).
"""

import secrets

from casework.acts import ActGivenError, Answer, Wanted, text_given
from casework.context import Context


def carry_out(_ctx: Context, wanted: Wanted) -> Answer:
    """Draw; the order drawn is kept. A draw the case could not take stands: nobody draws until it suits.

    Raises:
        ActGivenError: there are fewer to draw among than are to be drawn, or one stands there twice.
    """
    if wanted.kept:
        return Answer(wanted.kept)
    among, count, into = wanted.given.get("among"), wanted.given.get("count"), text_given(wanted, "into")
    if not isinstance(among, list) or not all(isinstance(each, str) for each in among) or type(count) is not int:
        raise ActGivenError("draw_lots needs a list of texts and a number")
    if not 0 < count <= len(among) or len({*among}) != len(among):
        raise ActGivenError(f"{count} cannot be drawn among {len(among)}, each of whom stands there once")
    return Answer({into: secrets.SystemRandom().sample(among, count)})
