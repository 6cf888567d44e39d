"""A case: finding or starting one, its page with facts, history, deadlines, papers and diagram, remarks on it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import cases, documents, drawing, erasing, forms, library, listing, opening, registers
from web.cases import erasure, interventions, papers, telling, work
from web.current import context, form_token, person_id
from web.pages import drawn
from web.words import say

blueprint = Blueprint("cases", __name__, url_prefix="/cases")
papers.route(blueprint)
work.route(blueprint)
interventions.route(blueprint)
erasure.route(blueprint)

#: Why a page was reached, as the read log keeps it; anything else is told as a link.
REASONS = frozenset({"inbox", "search", "task", "link"})
#: A shorter text would find half the register.
_SHORTEST_QUERY = 2


@blueprint.get("/")
def find() -> ResponseReturnValue:
    """Cases by number, name or identity number among those the person may see; all of their offices without any."""
    text = request.args.get("query", "")
    procedures = library.names(context())
    if not text:
        listed = cases.newest(context(), person_id(), request.args.get("before"))
        found, before, asked = listed.rows, listed.before, True
    else:
        asked = len(text) >= _SHORTEST_QUERY
        found, before = cases.find(context(), person_id(), text) if asked else [], None
    stands = {case: telling.places(at) for case, at in listing.standing(context(), found).items()}
    return render_template(
        "find.html", query=text, found=found, stands=stands, before=before, asked=asked, procedures=procedures
    )


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """What the person may start, and in which office."""
    return render_template("start.html", choices=opening.startable(context(), person_id()))


@blueprint.post("/new")
def start() -> ResponseReturnValue:
    """Open a case and go to its first task, which is then the person's."""
    procedure, _, office = request.form.get("choice", "").partition(" ")
    case_id = opening.start(context(), person_id(), procedure, office, form_token())
    view = cases.view(context(), person_id(), case_id, why="task")
    task = view.tasks[0][0]
    return redirect(url_for("cases.task", case_id=case_id, address=task.address))


@blueprint.get("/<case_id>")
def show(case_id: str) -> ResponseReturnValue:
    """The whole case on one page."""
    why = request.args.get("why", "link")
    view = cases.view(context(), person_id(), case_id, why=why if why in REASONS else "link")
    return render_template(
        "case.html",
        view=view,
        case=view.case,
        telling=telling,
        offices=registers.offices(context()),
        today=telling.today(context().clock()),
        names=telling.names(view),
        kinds=forms.kinds(view.definition),
        intervenes=interventions.may_intervene(view.case.office),
        erased=erasing.erased(view),
        numbers=papers.numbers(view.case.id, view.case.office),
        number_text=documents.number_text,
    )


@blueprint.get("/<case_id>/diagram")
def diagram(case_id: str) -> ResponseReturnValue:
    """The diagrams a case runs on, its own and those it called, with where it stands, for the viewer in the browser."""
    return drawn(drawing.of_case(context(), person_id(), case_id))


@blueprint.post("/<case_id>/comments")
def comment(case_id: str) -> ResponseReturnValue:
    """Add a remark; the same form twice adds it once."""
    cases.comment(context(), person_id(), case_id, request.form.get("text", ""), form_token())
    flash(say("comment.kept"), "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="comments"))
