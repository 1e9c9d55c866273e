"""What every answer carries and every request must pass.

Headers, policy, hosts, forgery tokens, sizes.

Refuses a request before a page sees it: an unknown host, a forged form, a NUL, an address that is
too long.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.errors import Invalid
from portal.i18n import _
from portal.settings import Settings
from portal.web import addresses

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
LONGEST_QUERY = 8_000
LARGEST_REQUEST = 8 * 1024 * 1024
LARGEST_UPLOADS = {"imports.new": 128 * 1024 * 1024}
"""Pages that take larger files than others, by endpoint."""
HSTS = "max-age=31536000; includeSubDomains"


def nonce() -> str:
    """The nonce of this answer, for a page of a plugin that carries its own script element."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def _take_larger_files() -> None:
    """Raise the limit of a request to a page that takes files, before anything reads it."""
    most = LARGEST_UPLOADS.get(request.endpoint or "")
    if most is not None:
        request.max_content_length = most


def is_https(settings: Settings) -> bool:
    """True when the outside knows the portal by an https address."""
    return settings.server.public_address.startswith("https://")


def protect(app: Flask, settings: Settings) -> CSRFProtect:
    """Put the protections of `settings` on `app`; gives the forgery guard."""
    https = is_https(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-greffe" if https else "greffe",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        TRUSTED_HOSTS=_trusted_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,
        PREFERRED_URL_SCHEME="https" if https else "http",
    )
    if settings.server.trusted_proxy:
        app.wsgi_app = _NamedProxy(app.wsgi_app, settings.server.trusted_proxy)  # type: ignore[method-assign]  # as Flask documents it
    app.before_request(_take_larger_files)
    app.before_request(_refuse_hostile_text)
    guard = CSRFProtect(app)
    app.after_request(_Headers(settings))
    return guard


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """The names that a request may use.

    None (any) only when the portal was told to listen beyond loopback.
    """
    public = urlsplit(settings.server.public_address).hostname
    if public:
        return [*LOOPBACK, public]
    return list(LOOPBACK) if settings.server.host in (*LOOPBACK, "::1") else None


class _NamedProxy:
    """X-Forwarded-* is believed from one address only."""

    def __init__(self, app, address: str) -> None:  # type: ignore[no-untyped-def]  # a WSGI callable
        self.plain, self.address = app, address
        self.behind = ProxyFix(app, x_for=1, x_proto=1, x_host=0)

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]  # a WSGI callable
        known = environ.get("REMOTE_ADDR") == self.address
        return (self.behind if known else self.plain)(environ, start_response)


def _refuse_hostile_text() -> None:
    if len(request.query_string) > LONGEST_QUERY:
        abort(414)
    addresses.check()
    for values in (request.args, request.form):
        for name, value in values.items(multi=True):
            if "\x00" in name or "\x00" in value:
                raise Invalid(_("The request contains a NUL character."), _("Type it again."))
    if "\x00" in request.path:
        abort(404)


class _Headers:
    """The headers of every answer, with what the settings override; made once."""

    def __init__(self, settings: Settings) -> None:
        chosen = settings.security
        self.policy = {**POLICY, **chosen.csp}
        self.fixed: dict[str, str] = {
            "X-Frame-Options": chosen.x_frame_options,
            "X-Content-Type-Options": chosen.x_content_type_options,
            "X-XSS-Protection": chosen.x_xss_protection,
            "Referrer-Policy": chosen.referrer_policy,
            "Permissions-Policy": chosen.permissions_policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if is_https(settings):
            self.fixed["Strict-Transport-Security"] = HSTS
        self.fixed |= dict(chosen.headers)
        self.text = self._written(self.policy)

    def _written(self, policy: Mapping[str, str]) -> str:
        return "; ".join(f"{name} {value}".strip() for name, value in policy.items() if value)

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        for name, value in self.fixed.items():
            if value:
                headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", self._policy())
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
        return response

    def _policy(self) -> str:
        if "nonce" not in g:
            return self.text
        source = f"{self.policy['script-src']} 'nonce-{g.nonce}'"
        return self._written({**self.policy, "script-src": source})
