"""One task: its form, claiming and releasing it, keeping it half-filled, completing it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import documents, tasks
from casework.errors import InvalidFormError, RequestError, TakenError
from casework.forms import far_days
from casework.tasks import Completed, TaskForm, TaskView
from web import forms, refusals
from web.cases import comparing, papers, telling
from web.current import context, form_token, person_id
from web.pages import declared, label_of, moment
from web.words import say

_INDEX = re.compile(r"\[\d+\]")


def route(blueprint: Blueprint) -> None:
    """Put the pages of a task under the cases."""
    blueprint.add_url_rule("/<case_id>/tasks/<path:address>", "task", show)
    blueprint.add_url_rule("/<case_id>/tasks/<path:address>", "act", act, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/claim/<path:address>", "claim", claim, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/release/<path:address>", "release", release, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/reassign/<path:address>", "reassign", reassign, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/withdraw/<path:address>", "withdraw", withdraw, methods=["POST"])


def show(case_id: str, address: str) -> ResponseReturnValue:
    """The task's form with what is known and what was kept half-filled, also once somebody else completed it."""
    try:
        view = tasks.view(context(), person_id(), case_id, address)
    except TakenError as error:
        return _left_behind(tasks.form(context(), person_id(), case_id, address), error)
    return _page(view.form, view.values, view=view)


def _left_behind(form: TaskForm, taken: TakenError) -> ResponseReturnValue:
    """Show what a person had kept of a form that somebody else completed; who had kept nothing is told just that.

    Raises:
        TakenError: the person kept nothing of it.
    """
    if form.draft is None:
        raise taken
    return _page(form, form.draft, refused=refusals.sentence(taken)), refusals.status(taken)


def act(case_id: str, address: str) -> ResponseReturnValue:
    """Do what the pressed button says: complete, keep half-filled, add or delete a row, show what now applies, preview.

    The form is read by its schema also when the task is closed meanwhile: casework then says who was first and keeps
    what was typed, or gives the first answer again when the very same form comes twice.
    """
    form = tasks.form(context(), person_id(), case_id, address)
    try:
        files = _uploads(case_id, form.schema)
    except RequestError as error:
        return _again(form, forms.read(form.schema, _posted({}), form.asked), refused=error)
    if files:  # the page shows a file by the name of the material it has become
        form = tasks.form(context(), person_id(), case_id, address)
    action = request.form.get(forms.ACTION, "complete")
    row_button = action.startswith(("add:", "delete:"))
    payload = forms.read(form.schema, _posted(files), form.asked, blank_rows=row_button)
    if row_button:
        return _page(form, forms.change_rows(form.schema, payload, action), view=_view(form))
    if action.startswith(comparing.TAKE):
        view = _view(form)
        return _page(form, comparing.taken(payload, view.confirmations if view else (), action), view=view)
    return _ACTIONS.get(action, _complete)(form, payload)


def _posted(files: Mapping[str, list[str]]) -> forms.Posted:
    return forms.Posted(list(request.form.items(multi=True)), files)


def _uploads(case_id: str, schema: forms.Schema) -> dict[str, list[str]]:
    """Store every file of this post, so that a failed submit does not lose it; hashes by control."""
    wanted = forms.file_controls(schema)
    kept: dict[str, list[str]] = {}
    for number, (control, upload) in enumerate(request.files.items(multi=True)):
        if upload.filename and _INDEX.sub("[]", control) in wanted:
            kind = schema["properties"][control.partition("[")[0]].get("x-label", "")
            kept.setdefault(control, []).append(papers.keep(case_id, upload, kind, f"{form_token()}:{number}"))
    return kept


def _asked(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    return {"asked": sorted(form.asked(payload))}


def _refresh(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    return _page(form, payload, view=_view(form))


def _keep(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    kept = tasks.keep_draft(context(), person_id(), form.case.id, form.address, payload)
    if kept.taken is None:
        flash(say("draft.kept"), "success")
    return _back(form)


def _keep_by_itself(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    """Keep what was typed so far, asked for by the page itself; the answer says when, or that others were faster."""
    kept = tasks.keep_draft(context(), person_id(), form.case.id, form.address, payload)
    taken = refusals.sentence(kept.taken) if kept.taken else None
    return {"kept": say("draft.kept_at", at=moment(kept.at)[-5:]), "taken": taken}


def _forget(form: TaskForm, _payload: Mapping[str, Any]) -> ResponseReturnValue:
    """Throw away what was kept half-filled."""
    tasks.forget_draft(context(), person_id(), form.case.id, form.address)
    flash(say("draft.forgotten"), "success")
    return _back(form) if _view(form) else redirect(url_for("cases.show", case_id=form.case.id, why="task"))


def _back(form: TaskForm) -> ResponseReturnValue:
    return redirect(url_for("cases.task", case_id=form.case.id, address=form.address))


def _preview(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    """Print what is typed now, if its days are any that a paper can bear: a preview is made from the kept form."""
    if far := dict(far_days(form.schema, payload)):
        return _again(form, payload, errors=far)
    tasks.keep_draft(context(), person_id(), form.case.id, form.address, payload)
    return redirect(url_for("cases.preview", case_id=form.case.id, address=form.address))


def _complete(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    """Complete the task; whatever is refused, what the person typed is shown again."""
    try:
        done = tasks.complete(context(), person_id(), form.case.id, form.address, payload)
    except InvalidFormError as error:
        return _again(form, payload, errors=error.errors)
    except RequestError as error:
        return _again(form, payload, refused=error)
    flash(_told(done), "success")
    for against in _came_back(form, done):
        flash(against, "warning")
    return redirect(url_for("cases.show", case_id=form.case.id, why="task"))


def _came_back(form: TaskForm, done: Completed) -> Iterator[str]:
    """Say what speaks against an answer that was taken and whose task is open again for it."""
    for address in done.next_tasks:
        if telling.element_of(address) == form.element.id:
            again = tasks.form(context(), person_id(), form.case.id, address)
            for each in telling.parted(again.shown)[0]:
                yield label_of(each.fact) + say("colon") + declared(each.value, each.fact, each.codes)


def _told(done: Completed) -> str:
    if done.awaits_second:
        return say("task.awaits_second")
    return say("task.completed" if done.first else "task.completed_before")


def _again(
    form: TaskForm,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, forms.Error] | None = None,
    refused: RequestError | None = None,
) -> ResponseReturnValue:
    """The page as it was posted, with what is wrong."""
    told = refusals.sentence(refused) if refused else None
    page = _page(form, values, view=_view(form), errors=errors, refused=told)
    return page, refusals.status(refused) if refused else 422


def _page(
    form: TaskForm,
    values: Mapping[str, Any],
    *,
    view: TaskView | None = None,
    errors: Mapping[str, forms.Error] | None = None,
    refused: str | None = None,
) -> str:
    """The page of a task; without a view it is closed by now.

    A field that is not asked yet holds what the case knows, for the answer that will ask for it.
    """
    asked = form.asked(values)
    unasked = {name: value for name, value in form.known.items() if name not in asked}
    laid_out = forms.build(form.schema, unasked | dict(values), asked, errors)
    confirmed = view.confirmations if view else ()
    files = {each.sha256: each.name for each in form.materials}
    laid_out, compared = comparing.beside(laid_out, confirmed, person_id(), form.schema, asked, files)
    return render_template(
        "task.html",
        view=view,
        case=form.case,
        task=form,
        telling=telling,
        form=laid_out,
        compared=compared,
        refused=refused,
        previews=documents.PREVIEW in form.element.properties,
        materials={each.sha256: each for each in form.materials},
        file_names={each.sha256: each.name for each in form.materials},
        light=telling.standing(view.due_on, "running", telling.today(context().clock())) if view else None,
    )


#: What the buttons of a task's form do; every other one completes.
_ACTIONS: Final[Mapping[str, Callable[[TaskForm, Mapping[str, Any]], ResponseReturnValue]]] = {
    "asked": _asked,
    "forget": _forget,
    "keep": _keep,
    "keep-by-itself": _keep_by_itself,
    "preview": _preview,
    "refresh": _refresh,
}


def _view(form: TaskForm) -> TaskView | None:
    """How the task stands, or nothing once it is closed."""
    try:
        return tasks.view(context(), person_id(), form.case.id, form.address)
    except TakenError:
        return None


def claim(case_id: str, address: str) -> ResponseReturnValue:
    """Take the task and go to it."""
    tasks.claim(context(), person_id(), case_id, address, form_token())
    return redirect(url_for("cases.task", case_id=case_id, address=address))


def release(case_id: str, address: str) -> ResponseReturnValue:
    """Give the task back to those who may claim it."""
    tasks.release(context(), person_id(), case_id, address, form_token())
    flash(say("task.released"), "success")
    return redirect(url_for("inbox.show"))


def reassign(case_id: str, address: str) -> ResponseReturnValue:
    """Hand the task to a colleague, with the reason."""
    to, reason = request.form.get("to", ""), request.form.get("reason", "")
    tasks.reassign(context(), person_id(), case_id, address, to=to, reason=reason, token=form_token())
    flash(say("task.reassigned"), "success")
    return redirect(url_for("cases.show", case_id=case_id))


def withdraw(case_id: str, address: str) -> ResponseReturnValue:
    """Take one's own confirmation of a task of two officers back; what was confirmed is a draft again."""
    tasks.withdraw(context(), person_id(), case_id, address, form_token())
    flash(say("task.withdrawn"), "success")
    return redirect(url_for("cases.task", case_id=case_id, address=address))
