"""Erasing on lawful order: what is to be erased is chosen on a page, and a second person confirms it."""

from collections.abc import Collection

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import cases, erasing
from casework.cases import CaseView
from casework.erasing import Field
from casework.errors import RefusedError
from web import refusals
from web.cases import telling
from web.current import context, person_id
from web.pages import label_of
from web.words import say, say_code

#: Why the case is read here, as the read log keeps it.
_WHY = "erasing"
#: How much of what a person wrote is shown beside its box, in characters.
_SHOWN = 40


def route(blueprint: Blueprint) -> None:
    """Put the pages of an erasure among the acts beside the way."""
    below = "/<case_id>/interventions"
    blueprint.add_url_rule(f"{below}/erasure", "erasure", show)
    blueprint.add_url_rule(f"{below}/erasure", "propose_erasure", propose, methods=["POST"])
    blueprint.add_url_rule(f"{below}/<int:proposal>/erase", "erase", erase, methods=["POST"])


def key(field: Field) -> str:
    """Name a field in its box: a fact wherever it stands, what a person wrote by its entry."""
    return field.name if field.fact else f"{field.name} {field.seqs[0]}"


def called(field: Field) -> str:
    """What a field is called."""
    return label_of(field.fact) if field.fact else say_code("desk_field", field.name)


def excerpt(view: CaseView, field: Field) -> str:
    """The beginning of what a person wrote, to tell one entry from another; nothing of a fact."""
    told = str(view.timeline[field.seqs[0] - 1].payload.get(field.name, ""))
    return "" if field.fact else view.persons.get(told, told)[:_SHOWN]


def show(case_id: str) -> ResponseReturnValue:
    """What a case holds that an order may name, and the form that proposes to erase it."""
    return _page(cases.view(context(), person_id(), case_id, why=_WHY))


def _page(view: CaseView, refused: RefusedError | None = None) -> ResponseReturnValue:
    page = render_template(
        "erasure.html",
        view=view,
        case=view.case,
        offered=erasing.erasable(context(), person_id(), view.case.id),
        files=telling.files(view),
        chosen={*request.form.getlist("field"), *request.form.getlist("file")},
        given=request.form,
        refused=refusals.sentence(refused) if refused else None,
        key=key,
        called=called,
        excerpt=excerpt,
    )
    return page, refusals.status(refused) if refused else 200


def propose(case_id: str) -> ResponseReturnValue:
    """Propose what was ticked; what is refused is shown again."""
    offered = erasing.erasable(context(), person_id(), case_id)
    fields = _ticked(offered.fields, request.form.getlist("field"))
    order, ground, reason, token = (request.form.get(each, "") for each in ("order", "ground", "reason", "token"))
    try:
        erasing.propose(
            context(),
            person_id(),
            case_id,
            fields,
            files=request.form.getlist("file"),
            order=order,
            ground=ground,
            reason=reason,
            token=token,
        )
    except RefusedError as refused:
        return _page(cases.view(context(), person_id(), case_id, why=_WHY), refused)
    flash(say("proposal.made"), "success")
    return redirect(url_for("cases.interventions", case_id=case_id, _anchor="waiting"))


def _ticked(offered: Collection[Field], boxes: Collection[str]) -> dict[str, list[int] | None]:
    """Give the fields whose boxes were ticked: a fact from all its entries, what a person wrote from the entry."""
    fields: dict[str, list[int] | None] = {}
    for field in offered:
        if key(field) in boxes:
            fields[field.name] = None if field.fact else [*(fields.get(field.name) or []), *field.seqs]
    return fields


def erase(case_id: str, proposal: int) -> ResponseReturnValue:
    """Erase what was proposed, as the second person."""
    erasing.erase(context(), person_id(), case_id, proposal)
    flash(say("erasure.done"), "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="timeline"))
