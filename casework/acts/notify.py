"""Notify a person: a note that stands in the case's history and on the case's tasks.

Given: ``text`` (the note), ``into`` (a fact that is told that it was done, optional).
"""

import storage.tasks
from casework.acts import Answer, Wanted
from casework.context import Context
from casework.desk import NOTE_LENGTH
from storage import Tx


def carry_out(ctx: Context, wanted: Wanted) -> Answer:
    """Show the note in the inbox with every open task of the case."""
    text = str(wanted.given["text"])

    def settle(tx: Tx) -> None:
        storage.tasks.relabel(tx, wanted.case, latest_note=text[:NOTE_LENGTH])

    into = wanted.given.get("into")
    return Answer({} if into is None else {into: ctx.now()}, settle)
