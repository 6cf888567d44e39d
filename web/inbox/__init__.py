"""The inbox: one list of open work over one's offices and roles, worst first, with the filters in sight."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import inbox, library, tasks
from casework.errors import RequestError
from casework.inbox import PageKey
from casework.people import ADMINISTRATOR
from web import refusals
from web.current import context, person, person_id
from web.words import say, say_code

blueprint = Blueprint("inbox", __name__)

HOLDERS = ("mine", "nobody", "anyone")
#: Cards above the list; a count without a filter of its own is only shown.
URGENCIES = ("overdue", "soon", "later", "undated")
#: Filters that a link of the page sets or clears; paging starts anew with each.
_FILTERS = ("holder", "procedure", "role", "urgency")


@blueprint.get("/inbox")
def show() -> ResponseReturnValue:
    """The list, filtered by the address, paged by the key of the last row of the page before."""
    chosen = _chosen(request.args)
    page = inbox.page(
        context(),
        person_id(),
        holder=chosen["holder"] or HOLDERS[0],
        procedure=chosen["procedure"],
        role=chosen["role"],
        urgency=chosen["urgency"],
        after=_key(request.args.getlist("after")),
    )
    return render_template(
        "inbox.html",
        page=page,
        chosen=chosen,
        holders=HOLDERS,
        procedures=sorted(library.names(context()).items()),
        urgencies=URGENCIES,
        roles=sorted(
            {(each.role, say_code("role", each.role)) for each in person().roles if each.role != ADMINISTRATOR}
        ),
        link=lambda **change: _link(chosen, change),
        form_token=secrets.token_urlsafe(12),
    )


def _chosen(given: Mapping[str, str]) -> dict[str, str | None]:
    chosen: dict[str, str | None] = {name: (given.get(name) or "").strip() or None for name in _FILTERS}
    if chosen["holder"] not in HOLDERS:
        chosen["holder"] = HOLDERS[0]
    if chosen["urgency"] not in inbox.URGENCIES:
        chosen["urgency"] = None
    return chosen


def _key(parts: list[str]) -> PageKey | None:
    """The key of a page's last row, as the link to the next page carries it: day (or empty), case, address."""
    if len(parts) != 3:  # noqa: PLR2004 - the three parts of a key
        return None
    due_on, case, address = parts
    return PageKey(due_on or None, case, address)


def _link(chosen: Mapping[str, str | None], change: Mapping[str, object]) -> str:
    """The address of this list with other filters, or with its next page."""
    wanted: dict[str, Any] = {name: value for name, value in {**chosen, **change}.items() if value}
    return url_for("inbox.show", **wanted)


def item(case_id: str, address: str) -> str:
    """One row's name in a bulk form; neither part can hold the space between them."""
    return f"{quote(case_id)} {quote(address)}"


blueprint.add_app_template_global(item, "inbox_item")


@blueprint.post("/inbox/claim")
def claim() -> ResponseReturnValue:
    """Claim every ticked row; what somebody else was faster with is told row by row, the rest is claimed."""
    ticked = [each.split(" ") for each in request.form.getlist("item")]
    token = request.form.get("token", "")
    done = 0
    for case_id, address in (pair for pair in ticked if len(pair) == 2):  # noqa: PLR2004 - a case and an address
        try:
            tasks.claim(context(), person_id(), unquote(case_id), unquote(address), f"{token}:{done}")
        except RequestError as error:
            flash(refusals.sentence(error), "warning")
        else:
            done += 1
    if done:
        flash(say("inbox.claimed", n=done), "success")
    elif not ticked:
        flash(say("inbox.none_ticked"), "warning")
    return redirect(_link(_chosen(request.form), {}))
