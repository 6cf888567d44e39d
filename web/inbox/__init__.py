"""The inbox: one list of open work over one's offices and roles, worst first, with the filters in sight."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import inbox, library, tasks
from casework.errors import RequestError
from casework.inbox import PageKey, Tallies
from casework.kept import clean
from casework.people import LEADING_ROLES, WORKING_ROLES
from web import refusals
from web.current import context, form_token, person, person_id
from web.pages import role_names
from web.words import say

blueprint = Blueprint("inbox", __name__)

#: Cards above the list; a count without a filter of its own is only shown.
URGENCIES = ("overdue", "soon", "later", "undated")
#: Filters that a link of the page sets or clears; paging starts anew with each.
_FILTERS = ("holder", "procedure", "role", "urgency")


@blueprint.get("/inbox")
def show() -> ResponseReturnValue:
    """The list, filtered by the address, paged by the key of the last row of the page before."""
    chosen = _chosen(request.args)
    procedures = library.names(context())
    page = inbox.page(
        context(),
        person_id(),
        holder=chosen["holder"] or inbox.HOLDERS[0],
        procedure=chosen["procedure"],
        role=chosen["role"],
        urgency=chosen["urgency"],
        procedures=procedures,
        after=_key(request.args.getlist("after")),
    )
    return render_template(
        "inbox.html",
        page=page,
        chosen=chosen,
        tallies=_in_order(page.tallies),
        procedures=procedures,
        urgencies=URGENCIES,
        staff=page.staff,
        paged="after" in request.args,
        link=lambda **change: _link(chosen, change),
    )


def _in_order(told: Tallies) -> Tallies:
    """What stands behind each filter, roles in the order in which a case passes them."""
    ordered = {role: told.role[role] for role, _word in role_names() if role in told.role and role in WORKING_ROLES}
    return replace(told, role=ordered)


def _chosen(given: Mapping[str, str]) -> dict[str, str | None]:
    chosen: dict[str, str | None] = {name: (given.get(name) or "").strip() or None for name in _FILTERS}
    offered = (*inbox.HOLDERS, inbox.OFFICE) if person().holds(LEADING_ROLES) else inbox.HOLDERS
    if chosen["holder"] not in offered:
        chosen["holder"] = inbox.HOLDERS[0]
    if chosen["urgency"] not in inbox.URGENCIES:
        chosen["urgency"] = None
    return chosen


def _key(parts: list[str]) -> PageKey | None:
    """The key of a page's last row, as the link to the next page carries it: day (or empty), case, address.

    One that no page of ours wrote is none: the list then begins anew.
    """
    if len(parts) != 3:  # noqa: PLR2004 - the three parts of a key
        return None
    due_on, case, address = parts
    return PageKey(due_on or None, case, address) if _is_day(due_on) or not due_on else None


def _is_day(text: str) -> bool:
    """Tell whether a text is a day as our links write it; other writings of ISO 8601 are none."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _link(chosen: Mapping[str, str | None], change: Mapping[str, object]) -> str:
    """The address of this list with other filters, or with its next page."""
    wanted: dict[str, Any] = {name: value for name, value in {**chosen, **change}.items() if value}
    return url_for("inbox.show", **wanted)


def item(case_id: str, address: str) -> str:
    """One row's name in a bulk form; neither part can hold the space between them."""
    return f"{quote(case_id)} {quote(address)}"


blueprint.add_app_template_global(item, "inbox_item")


def _ticked() -> list[tuple[str, str, str]]:
    """The ticked rows: case, address, and a token of each row's own; what names no row is left aside."""
    token = form_token()
    pairs = ([unquote(part) for part in each.split(" ")] for each in request.form.getlist("item"))
    return [
        (pair[0], pair[1], f"{token}:{pair[1]}")
        for pair in pairs
        # Nothing in them that no database could look up.
        if len(pair) == 2 and pair == [clean(part) for part in pair]  # noqa: PLR2004 - a case and an address
    ]


def _each_ticked(
    act: Callable[[str, str, str], None], told: str, sentence: Callable[[RequestError], str]
) -> ResponseReturnValue:
    """Do something with every ticked row; why some were refused is told once with their number, the rest is done."""
    ticked = _ticked()
    refused: Counter[str] = Counter()
    for case_id, address, token in ticked:
        try:
            act(case_id, address, token)
        except RequestError as error:
            refused[sentence(error)] += 1
    for why, number in refused.items():
        flash(say("inbox.refused", n=number, why=why), "warning")
    if done := len(ticked) - refused.total():
        flash(say(told, n=done), "success")
    elif not ticked:
        flash(say("inbox.none_ticked"), "warning")
    return redirect(_link(_chosen(request.form), {}))


@blueprint.post("/inbox/claim")
def claim() -> ResponseReturnValue:
    """Claim every ticked row."""
    return _each_ticked(partial(tasks.claim, context(), person_id()), "inbox.claimed", refusals.sentence)


@blueprint.post("/inbox/reassign")
def reassign() -> ResponseReturnValue:
    """Hand every ticked row over to one person, for one reason."""
    to, reason = request.form.get("to", ""), request.form.get("reason", "")

    def hand_over(case_id: str, address: str, token: str) -> None:
        tasks.reassign(context(), person_id(), case_id, address, to=to, reason=reason, token=token)

    return _each_ticked(hand_over, "inbox.reassigned", _about_receiver)


def _about_receiver(error: RequestError) -> str:
    """What a refusal to hand over says: roles and separation of duties are those of who would get the task."""
    if error.code in {"no_role", "separated"}:
        return say(f"refused_to.{error.code}")
    return refusals.sentence(error)
