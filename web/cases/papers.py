"""Materials handed in and documents issued: adding, reading, previewing."""

from typing import Any, BinaryIO, cast
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from casework import documents, materials
from casework.errors import RefusedError
from casework.people import LEADING_ROLES
from web import refusals
from web.current import context, form_token, person, person_id
from web.words import say

_PDF = "application/pdf"
#: Kinds of file a browser may show within our pages; every other one is only downloaded.
_SHOWN = frozenset({_PDF, "image/png", "image/jpeg"})


def route(blueprint: Blueprint) -> None:
    """Put the pages of papers under the cases."""
    blueprint.add_url_rule("/<case_id>/materials", "add_material", add_material, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/materials/<material_id>", "material", material)
    blueprint.add_url_rule("/<case_id>/documents/<path:address>", "document", document)
    blueprint.add_url_rule("/<case_id>/void/<path:address>", "void", void, methods=["POST"])
    blueprint.add_url_rule("/<case_id>/preview/<path:address>", "preview", preview)


def add_material(case_id: str) -> ResponseReturnValue:
    """Take one or several files into the case; one that is refused keeps no other out.

    Raises:
        RefusedError: none of them was taken.
    """
    token, kind = form_token(), request.form.get("kind", "").strip()
    uploads = [each for each in request.files.getlist("file") if each.filename]
    refused: dict[str, RefusedError] = {}
    for number, upload in enumerate(uploads):
        try:
            keep(case_id, upload, kind, f"{token}:{number}")
        except RefusedError as error:
            refused[upload.filename or ""] = error
    if refused and len(refused) == len(uploads):
        raise next(iter(refused.values()))
    flash(*_told(len(uploads) - len(refused)))
    for name, refusal in refused.items():
        flash(say("materials.refused", name=name, why=refusals.sentence(refusal)), "warning")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="materials"))


def _told(added: int) -> tuple[str, str]:
    return (say("materials.added", n=added), "success") if added else (say("materials.no_file"), "warning")


def keep(case_id: str, upload: FileStorage, kind: str, token: str) -> str:
    """Store an uploaded file as a material of the case and give its hash."""
    added = materials.add(
        context(),
        person_id(),
        case_id,
        cast(BinaryIO, upload.stream),
        name=upload.filename or "",
        media_type=upload.mimetype,
        kind=kind,
        token=token,
    )
    return added.sha256


def material(case_id: str, material_id: str) -> ResponseReturnValue:
    """One file somebody handed in."""
    opened = materials.read(context(), person_id(), case_id, material_id)
    return _sent(send_file(opened.stream, mimetype=opened.media_type), opened.material.name, opened.media_type)


def document(case_id: str, address: str) -> ResponseReturnValue:
    """One paper of ours, as issued; named by the act that issued it."""
    opened = documents.read(context(), person_id(), case_id, address)
    return _sent(send_file(opened.stream, mimetype=_PDF), opened.name, _PDF)


def numbers(case_id: str, office: str) -> list[Any]:
    """The numbers of a case's papers, for who may make one void; nothing for everybody else."""
    if not person().holds(LEADING_ROLES, office):
        return []
    return documents.numbers(context(), person_id(), case_id)


def void(case_id: str, address: str) -> ResponseReturnValue:
    """Make the number void that is reserved for a paper."""
    documents.void(context(), person_id(), case_id, address, request.form.get("reason", ""), form_token())
    flash(say("numbers.voided"), "success")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="documents"))


def preview(case_id: str, address: str) -> ResponseReturnValue:
    """The paper a task would issue, as a draft: no number, a watermark."""
    data = documents.preview(context(), person_id(), case_id, address)
    return _sent(Response(data, mimetype=_PDF), "preview.pdf", _PDF)


def _sent(response: Response, name: str, media_type: str) -> Response:
    """Send a file so that it can do nothing in our name: no script, and shown only where the kind is harmless."""
    how = "inline" if media_type in _SHOWN else "attachment"
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
