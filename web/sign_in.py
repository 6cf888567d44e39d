"""Signing in and out, and the language switch: the only pages that need no session."""

from flask import Blueprint, Flask, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from casework import sign_ins
from casework.errors import NotFoundError
from casework.people import Person
from web.current import context
from web.words import COOKIE, LANGUAGES, say

blueprint = Blueprint("sign_in", __name__)

#: Endpoints that answer without a session; every other one leads to the sign-in page.
OPEN = frozenset({"sign_in.show", "sign_in.submit", "sign_in.choose_language", "static", "health"})

_YEAR = 365 * 24 * 3600


class SignedIn(UserMixin):  # type: ignore[misc] # Flask-Login is published without types
    """A session and its person, in the shape Flask-Login asks for; ``id`` is what the cookie holds of the session."""

    def __init__(self, token: str, person: Person) -> None:
        self.id = token
        self.person = person


def install(app: Flask) -> None:
    """Make every request of an application know its person, and close what is not open to all."""
    manager = LoginManager(app)
    manager.session_protection = "basic"
    manager.user_loader(_load)
    app.before_request(_require_session)
    app.register_blueprint(blueprint)


def _load(token: str) -> SignedIn | None:
    try:
        return SignedIn(token, sign_ins.of_session(context(), token))
    except NotFoundError:  # signed out, or no longer active: the session ends here
        return None


def _require_session() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in OPEN or current_user.is_authenticated:
        return None
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.show", next=target))


@blueprint.get("/sign-in")
def show() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes to where they wanted."""
    if current_user.is_authenticated:
        return redirect(_local(request.args.get("next")))
    return render_template("sign_in.html", sign_in="", error=None)


@blueprint.post("/sign-in")
def submit() -> ResponseReturnValue:
    """Open a session; a wrong name and a wrong password are told in the same words."""
    name = request.form.get("sign_in", "").strip()
    person = sign_ins.sign_in(context(), name, request.form.get("password", ""))
    if person is None:
        return render_template("sign_in.html", sign_in=name, error=say("sign_in.wrong")), 422
    # What the session held before belongs to nobody: a planted session must not become a signed-in one.
    session.clear()
    login_user(SignedIn(sign_ins.open_session(context(), person.id), person))
    session.permanent = True
    return redirect(_local(request.form.get("next")))


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Close the session, also for a copy of its cookie."""
    sign_ins.close_session(context(), current_user.get_id())
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.show"))


@blueprint.post("/language")
def choose_language() -> ResponseReturnValue:
    """Keep the chosen language in a cookie and go back to the page."""
    response: Response = redirect(_local(request.form.get("next")))  # type: ignore[assignment]
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        secure = bool(request.is_secure)
        response.set_cookie(COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


def _local(target: str | None) -> str:
    """A page of ours to go to; an address of another host would make us a springboard.

    One slash begins a path of ours, two a host; a browser reads a backslash as a slash, and what cannot be printed
    as nothing.
    """
    ours = target and target.startswith("/") and not target.startswith("//")
    return target if target and ours and "\\" not in target and target.isprintable() else url_for("inbox.show")
