"""Refusals and failures as pages: the one place where they get an HTTP status and words."""

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from casework.errors import (
    IncidentError,
    InvalidFormError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    RequestError,
    TakenError,
)
from web.current import page_before
from web.pages import joined, moment
from web.words import say, say_code

_STATUS: dict[type[RequestError], int] = {
    NotFoundError: 404,
    NotAllowedError: 403,
    TakenError: 409,
    InvalidFormError: 422,
    RefusedError: 422,
}
#: Refusals whose code asks for another status than their class.
_STATUS_OF_CODE = {"too_many_attempts": 429, "no_token": 400, "stale_form": 409, "file_too_large": 413}
#: Statuses that have words of their own; every other one is told as 400 or 500.
_TOLD = frozenset({400, 403, 404, 405, 409, 413, 422, 429, 500})
#: Headers of an HTTP error that say what the asker may do instead.
_PASSED_ON = frozenset({"Allow", "Retry-After"})
#: How much of a request that is too large is read before its answer, in bytes; a larger one is cut off.
_LARGEST_READ_OUT = 256 * 1024 * 1024
_CHUNK = 1024 * 1024


def status(error: RequestError) -> int:
    """The HTTP status a refusal is answered with."""
    return _STATUS_OF_CODE.get(error.code) or _STATUS.get(type(error), 422)


def sentence(error: RequestError) -> str:
    """What a refusal says, in the reader's language; nothing of a case the reader may not see."""
    if isinstance(error, TakenError):
        return say_code("taken", error.code, who=error.who, at=moment(error.at))
    if isinstance(error, NotFoundError):
        return say_code("not_found", error.code)
    return say_code("refused", error.code, **{key: _plain(value) for key, value in error.fields.items()})


def _plain(value: object) -> object:
    return joined(map(str, value)) if isinstance(value, list | tuple) else value


def install(app: Flask) -> None:
    """Answer every refusal, and every failure, with a page."""
    app.register_error_handler(RequestError, _refused)
    app.register_error_handler(IncidentError, _incident)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _failed)


def page(code: int, text: str, *, bare: bool = False) -> ResponseReturnValue:
    """The page of an error; a bare one does not ask who is signed in."""
    title = say(f"error.{code}.title")
    # Where a form was refused, one may begin anew from its page.
    back = page_before() if request.method == "POST" else None
    return render_template("error.html", status=code, title=title, text=text, back=back, bare=bare), code


def _refused(error: RequestError) -> ResponseReturnValue:
    return page(status(error), sentence(error))


def _incident(error: IncidentError) -> ResponseReturnValue:
    return page(500, say("error.incident", incident=error.incident))


def _forged(_: CSRFError) -> ResponseReturnValue:
    return page(400, say("error.form_expired"))


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:  # noqa: PLR2004 - a redirect is raised as an exception too
        return error.get_response()
    if code == 413:  # noqa: PLR2004 - more than is taken
        _read_out()
    told = code if code in _TOLD else (400 if code < 500 else 500)  # noqa: PLR2004 - the two halves of errors
    response = make_response(page(told, say(f"error.{told}.text")))
    response.headers.update((name, value) for name, value in error.get_headers() if name in _PASSED_ON)
    return response


def _read_out() -> None:
    """Read what is left of a request: a browser whose upload is cut off shows no page, only that the line broke."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, _LARGEST_READ_OUT)
    while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)


def _failed(_: Exception) -> ResponseReturnValue:
    # The exception is logged by Flask; the page tells nothing of it, and asks nothing of what may have failed.
    return page(500, say("error.500.text"), bare=True)
