"""Signing in and out, and the language switch: the only pages that need no session.

Whose session ended while a task's form was open signs in on a page that carries what was typed, and is shown the form
with it again.

A browser keeps, in a cookie of the sign-in page alone, an id and a signature for each of the last persons who signed in
from it: by it they are known there, and nobody elsewhere can lock them out.
"""

import json
import re
import secrets
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import Signer

from casework import sign_ins
from casework.errors import NotFoundError
from casework.people import Person
from casework.sign_ins import Origin
from web.current import context, page_before
from web.forms import ACTION
from web.words import COOKIE, LANGUAGES, say

blueprint = Blueprint("sign_in", __name__)

#: Endpoints that answer without a session; every other one leads to the sign-in page.
OPEN = frozenset({"sign_in.show", "sign_in.submit", "sign_in.choose_language", "static", "health"})

#: The form that holds the work of an hour; every other one is a line or two.
_HELD_FORM: Final = "cases.act"
#: What is made anew with each page, and which button was pressed: the form is shown again, not sent.
_NOT_HELD = frozenset({"csrf_token", "token", ACTION})

_YEAR = 365 * 24 * 3600

_KNOWN = "known"
#: A browser's own id, as ``secrets`` makes it.
_BROWSER = re.compile(r"[\w-]{22}", re.ASCII)
#: How many persons a shared browser is known by.
_MOST_KNOWN = 8
#: What one household or office has of IPv6 addresses.
_IPV6_NETWORK = 64


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
    if request.method == "GET":
        return redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")))
    before = page_before()
    if before is None:
        return redirect(url_for("sign_in.show"))
    if request.endpoint == _HELD_FORM:
        held = [each for each in request.form.items(multi=True) if each[0] not in _NOT_HELD]
        return _door(say("sign_in.ended_held"), next_page=request.path, held=json.dumps(held)), 401
    flash(say("sign_in.ended"), "warning")
    return redirect(url_for("sign_in.show", next=before))


def _door(error: str | None = None, *, sign_in: str = "", next_page: str = "", held: str = "") -> str:
    return render_template("sign_in.html", error=error, sign_in=sign_in, next=next_page, held=held)


@blueprint.get("/sign-in")
def show() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes to where they wanted."""
    if current_user.is_authenticated:
        return redirect(_local(request.args.get("next")))
    return _door(next_page=request.args.get("next", ""))


@blueprint.post("/sign-in")
def submit() -> ResponseReturnValue:
    """Open a session; a wrong name and a wrong password are told in the same words."""
    name = request.form.get("sign_in", "").strip()
    origin = Origin(_network(request.remote_addr or ""), _known_browser(name))
    person = sign_ins.sign_in(context(), name, request.form.get("password", ""), origin)
    if person is None:
        wanted, held = request.form.get("next", ""), request.form.get("held", "")
        return _door(say("sign_in.wrong"), sign_in=name, next_page=wanted, held=held), 422
    # What the session held before belongs to nobody: a planted session must not become a signed-in one.
    session.clear()
    login_user(SignedIn(sign_ins.open_session(context(), person.id), person))
    session.permanent = True
    response = make_response(_onward())
    _know_browser(response, name)
    return response


def _onward() -> ResponseReturnValue:
    """Go where the person wanted to; what they had typed goes there too, to be shown, not to be done."""
    wanted, held = _local(request.form.get("next")), _held()
    return render_template("held.html", wanted=wanted, held=held, action=ACTION) if held else redirect(wanted)


def _held() -> list[tuple[str, str]]:
    """What was typed before the session ended: names and texts; a page that was meddled with holds nothing."""
    try:
        return [
            (str(name), str(text)) for name, text in json.loads(request.form.get("held", "[]")) if name not in _NOT_HELD
        ]
    except (ValueError, TypeError):
        return []


def _network(address: str) -> str:
    """Give what of a client's address its owner cannot change at will."""
    try:
        read = ip_address(address)
    except ValueError:  # a socket of this machine has none
        return address
    if isinstance(read, IPv4Address):
        return address
    # A socket of both kinds sees an address of IPv4 as one of IPv6, and all of them in one network.
    return str(read.ipv4_mapped or ip_network((read, _IPV6_NETWORK), strict=False))


def _cookie() -> tuple[str, list[str]]:
    """Read what this browser keeps: its id, new where it keeps none, and the signatures."""
    browser, *signatures = request.cookies.get(_KNOWN, "").split(".")
    return (browser, signatures[:_MOST_KNOWN]) if _BROWSER.fullmatch(browser) else (secrets.token_urlsafe(16), [])


def _known_browser(name: str) -> str | None:
    """Give this browser's id if the person of that sign-in name has signed in from it."""
    browser, signatures = _cookie()
    return browser if any(_signer().verify_signature(_signed(browser, name), each) for each in signatures) else None


def _know_browser(response: Response, name: str) -> None:
    """Let this browser keep that the person of that sign-in name has signed in from it."""
    browser, signatures = _cookie()
    fresh = _signer().get_signature(_signed(browser, name)).decode("ascii")
    kept = [fresh, *(each for each in signatures if each != fresh)][:_MOST_KNOWN]
    response.set_cookie(
        _KNOWN,
        ".".join([browser, *kept]),
        max_age=_YEAR,
        path=url_for("sign_in.show"),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="known browser", digest_method=sha256)


def _signed(browser: str, name: str) -> bytes:
    return f"{browser} {name}".encode("utf-8", "surrogatepass")


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
    return target if target and ours and "\\" not in target and target.isprintable() else url_for("home")
