"""Notify the officers of a case: a note in the inbox beside each of its open tasks, and in the history.

Given: ``text`` (the note), ``into`` (a fact that is told the instant it was done, optional).
"""

import storage.tasks
from casework.acts import Answer, Wanted, text_given
from casework.context import Context
from casework.desk import NOTE_LENGTH
from storage import Tx


def carry_out(ctx: Context, wanted: Wanted) -> Answer:
    """Show the note in the inbox with every open task of the case.

    Raises:
        ActGivenError: there is no text.
    """
    text = text_given(wanted, "text")

    def settle(tx: Tx) -> None:
        storage.tasks.relabel(tx, wanted.case, latest_note=text[:NOTE_LENGTH])

    into = wanted.given.get("into")
    return Answer({} if into is None else {str(into): ctx.now()}, settle)
