"""One task: its form, claiming and releasing it, keeping it half-filled, completing it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import documents, tasks
from casework.errors import InvalidFormError, RequestError, TakenError
from casework.tasks import Completed, TaskForm, TaskView
from web import forms, refusals
from web.cases import papers, telling
from web.current import context, person_id
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
    """The task's form with what is known and what was kept half-filled."""
    view = tasks.view(context(), person_id(), case_id, address)
    form = tasks.form(context(), person_id(), case_id, address)
    return _page(form, view.values, view=view)


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
        return _page(form, forms.change_rows(form.schema, payload, action))
    return _ACTIONS.get(action, _complete)(form, payload)


def _posted(files: Mapping[str, list[str]]) -> forms.Posted:
    return forms.Posted(list(request.form.items(multi=True)), files)


def _uploads(case_id: str, schema: forms.Schema) -> dict[str, list[str]]:
    """Store every file of this post, so that a failed submit does not lose it; hashes by control."""
    wanted = forms.file_controls(schema)
    kept: dict[str, list[str]] = {}
    for number, (control, upload) in enumerate(request.files.items(multi=True)):
        if upload.filename and _INDEX.sub("[]", control) in wanted:
            token = f"{request.form.get('token', '')}:{number}:{upload.filename}"
            kind = schema["properties"][control.partition("[")[0]].get("x-label", "")
            kept.setdefault(control, []).append(papers.keep(case_id, upload, kind, token))
    return kept


def _asked(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    return {"asked": sorted(form.asked(payload))}


def _keep(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    tasks.keep_draft(context(), person_id(), form.case.id, form.address, payload)
    flash(say("draft.kept"), "success")
    return redirect(url_for("cases.task", case_id=form.case.id, address=form.address))


def _preview(form: TaskForm, payload: Mapping[str, Any]) -> ResponseReturnValue:
    """Print what is typed now: a preview is made from the kept form."""
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
    return redirect(url_for("cases.show", case_id=form.case.id, why="task"))


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
    page = _page(form, values, errors=errors, refused=refusals.sentence(refused) if refused else None)
    return page, refusals.status(refused) if refused else 422


def _page(
    form: TaskForm,
    values: Mapping[str, Any],
    *,
    view: TaskView | None = None,
    errors: Mapping[str, forms.Error] | None = None,
    refused: str | None = None,
) -> str:
    if view is None:
        view = _view(form)
    return render_template(
        "task.html",
        view=view,
        case=form.case,
        task=form,
        form=forms.build(form.schema, values, form.asked(values), errors),
        refused=refused,
        previews=documents.PREVIEW in form.element.properties,
        materials={each.sha256: each for each in form.materials},
        light=telling.standing(view.due_on, "running", telling.today(context().clock())) if view else None,
        form_token=request.form.get("token"),
    )


#: What the buttons of a task's form do; every other one completes.
_ACTIONS: Final[Mapping[str, Callable[[TaskForm, Mapping[str, Any]], ResponseReturnValue]]] = {
    "asked": _asked,
    "keep": _keep,
    "preview": _preview,
    "refresh": _page,
}


def _view(form: TaskForm) -> TaskView | None:
    """How the task stands, or nothing once it is closed."""
    try:
        return tasks.view(context(), person_id(), form.case.id, form.address)
    except TakenError:
        return None


def claim(case_id: str, address: str) -> ResponseReturnValue:
    """Take the task and go to it."""
    tasks.claim(context(), person_id(), case_id, address, request.form.get("token", ""))
    return redirect(url_for("cases.task", case_id=case_id, address=address))


def release(case_id: str, address: str) -> ResponseReturnValue:
    """Give the task back to those who may claim it."""
    tasks.release(context(), person_id(), case_id, address, request.form.get("token", ""))
    flash(say("task.released"), "success")
    return redirect(url_for("inbox.show"))


def reassign(case_id: str, address: str) -> ResponseReturnValue:
    """Hand the task to a colleague, with the reason."""
    given = request.form
    to, reason, token = given.get("to", ""), given.get("reason", ""), given.get("token", "")
    tasks.reassign(context(), person_id(), case_id, address, to=to, reason=reason, token=token)
    flash(say("task.reassigned"), "success")
    return redirect(url_for("cases.show", case_id=case_id))


def withdraw(case_id: str, address: str) -> ResponseReturnValue:
    """Take one's own confirmation of a task of two officers back; what was confirmed is a draft again."""
    tasks.withdraw(context(), person_id(), case_id, address, request.form.get("token", ""))
    flash(say("task.withdrawn"), "success")
    return redirect(url_for("cases.task", case_id=case_id, address=address))
