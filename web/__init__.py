"""HTTP and nothing else: one package per desk, each parsing a request, asking casework, rendering a page."""

from datetime import timedelta

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from casework import laws, library
from casework.context import Context
from web import admin, cases, current, inbox, pages, refusals, sign_in

#: No script, style or picture of another host, no inline script, no frame around us.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_MEGABYTE = 1024 * 1024


def create_app(
    ctx: Context, *, secret_key: str, secure_cookies: bool = False, max_upload: int = 50 * _MEGABYTE, proxies: int = 0
) -> Flask:
    """Build the web application.

    Args:
        ctx: what casework is given with every call.
        secret_key: signs sessions and form tokens; the same in every process.
        secure_cookies: whether cookies go over HTTPS only; true wherever the site is served by HTTPS.
        max_upload: largest request body in bytes.
        proxies: how many proxies of ours stand before it, each adding to ``X-Forwarded-For``; without one the header
            is a stranger's word and not read.
    """
    app = Flask(__name__)
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=max_upload,
        MAX_FORM_MEMORY_SIZE=2 * _MEGABYTE,
        MAX_FORM_PARTS=5000,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure_cookies,
    )
    current.bind(app, ctx)
    # Who has no session is led to sign in before a form is asked for its token, which went with the session.
    sign_in.install(app)
    CSRFProtect(app)
    pages.install(app, laws.titles(ctx.processes))
    refusals.install(app)
    for desk in (inbox, cases, admin):
        app.register_blueprint(desk.blueprint)
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/healthz", "health", _health)
    app.after_request(_guard)
    return app


def _home() -> ResponseReturnValue:
    """Go to the first desk that is this person's; who has none yet sees that nothing waits in the inbox."""
    return redirect(url_for(next((endpoint for endpoint, _, shown in pages.desks() if shown), "inbox.show")))


def _health() -> ResponseReturnValue:
    """Tell that the database answers, and nothing else; a failure is answered like every other."""
    library.names(current.context())
    return Response("ok", mimetype="text/plain")


def _guard(response: Response) -> Response:
    """Send every answer with the security headers, and keep all but our own sources out of caches."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.cache_control.no_store = True
    return response
