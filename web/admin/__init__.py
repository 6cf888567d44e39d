"""Plain pages of the registers: persons, roles, absences, offices, parameters with their source, incidents.

Who may see and change them is casework's to say; each change is an entry in a chain of its own.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import drawing, incidents, library, listing, registers
from casework.incidents import Answer, Incident
from casework.people import ADMINISTRATOR
from web.current import context, person, person_id
from web.pages import drawn, role_names
from web.words import say

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

#: Pages of this desk, in the order of its column.
PAGES: Final = ("persons", "absences", "offices", "procedures", "parameters", "limits", "incidents")
#: Those that everybody may open.
_FOR_EVERYBODY: Final = frozenset({"absences", "offices", "procedures", "parameters", "limits"})


@blueprint.context_processor
def _column() -> dict[str, object]:
    pages = PAGES if _administers() else [page for page in PAGES if page in _FOR_EVERYBODY]
    return {"admin_pages": pages, "offices": registers.offices(context())}


def _administers() -> bool:
    return person().holds({ADMINISTRATOR})


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _done(page: str) -> ResponseReturnValue:
    flash(say("admin.kept"), "success")
    return redirect(url_for(f"admin.{page}"))


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The first of the pages."""
    return redirect(url_for("admin.persons" if _administers() else "admin.absences"))


@blueprint.get("/persons")
def persons() -> ResponseReturnValue:
    """Who can sign in, with the roles they hold, held and will hold."""
    return render_template("admin/persons.html", persons=registers.persons(context(), person_id()))


@blueprint.post("/persons")
def add_person() -> ResponseReturnValue:
    """Add a person."""
    registers.add_person(
        context(), person_id(), None, _text("name"), _text("sign_in"), request.form.get("password", "")
    )
    return _done("persons")


@blueprint.post("/persons/<person>/roles")
def give_role(person: str) -> ResponseReturnValue:
    """Give a role from a day on, or set the last day of one."""
    first, last = _text("from_on"), _text("to_on") or None
    registers.give_role(
        context(), person_id(), person, office=_text("office"), role=_text("role"), from_on=first, to_on=last
    )
    return _done("persons")


@blueprint.post("/persons/<person>/active")
def set_active(person: str) -> ResponseReturnValue:
    """Let a person sign in, or no longer."""
    active = _text("active") == "true"
    registers.set_active(context(), person_id(), person, active=active, reason=_text("reason"))
    return _done("persons")


@blueprint.post("/persons/<person>/password")
def set_password(person: str) -> ResponseReturnValue:
    """Set a new password in the place of one that is lost or known to others."""
    registers.set_password(context(), person_id(), person, request.form.get("password", ""), _text("reason"))
    return _done("persons")


@blueprint.get("/absences")
def absences() -> ResponseReturnValue:
    """Who stands in for whom, and when; for who is no administrator, their own part of it."""
    told = registers.absences(context(), person_id())
    names = registers.substitutes(context(), person_id())
    offices, roles = _places()
    return render_template(
        "admin/absences.html", absences=told, names=names, administers=_administers(), places=offices, roles=roles
    )


def _places() -> tuple[list[tuple[str, Any]], list[tuple[str, str]]]:
    """The offices and roles an absence may be about: all for an administrator, for everybody else their own."""
    offices, roles = list(registers.offices(context()).items()), role_names()
    if _administers():
        return offices, roles
    held = [role for role in person().roles if role.absent is None]
    own = {role.office for role in held} | {role.role for role in held}
    return [each for each in offices if each[0] in own], [each for each in roles if each[0] in own]


@blueprint.post("/absences")
def arrange() -> ResponseReturnValue:
    """Let one person act for an absent one."""
    given = {name: _text(name) for name in ("absent", "substitute", "office", "role", "from_on")}
    registers.arrange_substitution(context(), person_id(), **given, to_on=_text("to_on") or None)
    return _done("absences")


@blueprint.post("/absences/<absence>/end")
def end_absence(absence: str) -> ResponseReturnValue:
    """End an absence now: who was away is back."""
    registers.end_substitution(context(), person_id(), absence)
    return _done("absences")


@blueprint.get("/offices")
def offices() -> ResponseReturnValue:
    """The offices of the basis in force."""
    return render_template("admin/offices.html")


@blueprint.get("/parameters")
def parameters() -> ResponseReturnValue:
    """The dated parameters in force, each with its source; those nobody has set are named as such."""
    told = registers.parameters(context(), person_id())
    return render_template("admin/parameters.html", parameters=told, in_order=_in_order)


def _in_order(parts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parts of a parameter's value with their numbers in order: the tenth grade after the ninth."""
    return sorted(parts.items(), key=lambda part: [int(each) if each.isdigit() else 0 for each in part[0].split("_")])


@blueprint.get("/limits")
def limits() -> ResponseReturnValue:
    """The statutory limits in force, each with its article."""
    return render_template("admin/limits.html", limits=registers.limits(context()))


@blueprint.get("/procedures")
def procedures() -> ResponseReturnValue:
    """The versions of every procedure: in force, from a later day, or proposed; they are published elsewhere."""
    names = library.names(context())
    return render_template(
        "admin/procedures.html", versions=listing.definitions(context()), names=names, from_the_start=library.ALWAYS
    )


@blueprint.get("/procedures/<name>")
def procedure(name: str) -> ResponseReturnValue:
    """The diagrams of one version."""
    own = drawing.of_definition(context(), name)[0]
    return render_template("admin/procedure.html", version=name, process=own.process)


@blueprint.get("/procedures/<name>/diagram")
def diagram(name: str) -> ResponseReturnValue:
    """The same for the viewer in the browser."""
    return drawn(drawing.of_definition(context(), name))


@blueprint.get("/incidents", endpoint="incidents")
def list_incidents() -> ResponseReturnValue:
    """Failures that stopped a case and wait for an operator, each with the ways there are to answer it."""
    told = incidents.listing(context(), person_id())
    return render_template("admin/incidents.html", incidents=told, advice=_advice, Answer=Answer)


def _advice(incident: Incident) -> str:
    """Name the sentence that says what stopped, and what is to be done about it."""
    if Answer.GIVE_UP in incident.answers:
        return "act_with_way_on"
    if Answer.LOOK_AGAIN in incident.answers:
        return incident.reason
    if Answer.RETRY in incident.answers:
        return "brought" if Answer.DROP in incident.answers else "awaited"
    return "unopened"


@blueprint.post("/incidents/<incident>/retry")
def retry(incident: str) -> ResponseReturnValue:
    """Submit the kept input of an incident again; where that fails too, a new incident waits."""
    through = incidents.retry(context(), person_id(), incident, _text("reason"))
    if not through:
        flash(say("admin.failed_again"), "warning")
    return _done("incidents") if through else redirect(url_for("admin.incidents"))


@blueprint.post("/incidents/<incident>/drop")
def drop(incident: str) -> ResponseReturnValue:
    """Give an incident up: its input is not submitted any more."""
    incidents.drop(context(), person_id(), incident, _text("reason"))
    return _done("incidents")


@blueprint.post("/incidents/<incident>/give-up")
def give_up(incident: str) -> ResponseReturnValue:
    """Give the act up that failed: the case goes the way its diagram has for that."""
    incidents.give_up(context(), person_id(), incident, _text("reason"))
    return _done("incidents")
