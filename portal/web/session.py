"""Who speaks: the session's token becomes `g.actor` once a request, and which language is read.

The cookie holds the token of a session that stands on the server, and nothing else of the person.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response

from portal.accounts import sessions
from portal.actor import Actor, Origin
from portal.channels import Channel
from portal.configured import refresh
from portal.errors import Invalid
from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.i18n import LANGUAGES, _, language
from portal.settings import Settings

LANGUAGE_COOKIE = "greffe_language"
CLIENTS = ("Firefox", "Edg", "OPR", "Chrome", "Safari", "curl", "python")
PROGRAM = "web service"
"""The kind of client of a program; the others are browsers, by their name."""
CLIENT_NAMES = {"Edg": "Edge", "OPR": "Opera", "curl": PROGRAM, "python": PROGRAM}


class SignedIn(UserMixin):
    """An actor as flask-login carries it; its id is the session's token."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token, self.actor = token, actor

    def get_id(self) -> str:
        return self.token


def register(app: Flask, settings: Settings) -> None:
    """Load actor and language before each request; keep strangers out of the administration."""
    manager = LoginManager()
    manager.session_protection = None  # the session stands on the server, which ends it
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    prefix, default = settings.admin.prefix, settings.locale.language

    def begin() -> Response | None:
        g.origin = origin_of_request()
        g.actor = None
        if request.endpoint != "static":
            user = current_user._get_current_object()
            g.actor = user.actor if isinstance(user, SignedIn) else None
        if g.actor is not None:
            refresh(g.actor.configuration)
        g.speaking = language(_language(default))
        g.speaking.__enter__()
        inside = request.path == prefix or request.path.startswith(prefix + "/")
        if inside and g.actor is None:
            return to_sign_in()
        if inside and g.actor is not None and not g.actor.staff:
            raise NotFound
        return None

    def stop_speaking(error: BaseException | None) -> None:
        speaking = g.pop("speaking", None)
        if speaking is not None:
            speaking.__exit__(None, None, None)

    app.before_request(begin)
    app.teardown_request(stop_speaking)


def _load(token: str) -> SignedIn | None:
    today = datetime.now(EDGES.zone).date()
    actor = sessions.actor_of(token, g.get("origin") or origin_of_request(), today=today)
    return SignedIn(token, actor) if actor else None


def _language(default: str) -> str:
    """The account's choice, else this browser's cookie, its own languages, the portal's default."""
    chosen = g.actor.language if g.actor else ""
    if not chosen:
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(LANGUAGES) or default
    return str(chosen)


def origin_of_request() -> Origin:
    """Where this request comes from, as the journal keeps it."""
    address = request.remote_addr or ""
    try:
        routable = ipaddress.ip_address(address).is_global
    except ValueError:
        address, routable = "", False
    agent = request.headers.get("User-Agent", "")[:400]
    client = next((name for name in CLIENTS if name in agent), "browser")
    return Origin(
        address=address,
        routable=routable,
        client=CLIENT_NAMES.get(client, client),
        request=secrets.token_hex(8),
    )


def actor() -> Actor:
    """The actor of this request; 401 for a stranger."""
    if g.actor is None:
        raise Unauthorized
    found: Actor = g.actor
    return found


def gate(channel: Channel) -> Gate:
    """The door, for who speaks in this request."""
    return Gate(actor(), channel)


def begin_session(account: int, settings: Settings) -> Actor:
    """Open a new session for an account and end the one that this browser had; who speaks now."""
    leave()
    token = sessions.open_session(account, g.origin, settings.sessions)
    session.clear()
    found = _load(token)
    if found is None:
        raise Unauthorized
    login_user(found)
    return found.actor


def portal_address() -> str:
    """The address that links in messages begin with.

    From the settings; else this machine's own, which no forged host can change. Raises Invalid
    when the portal listens to others and its settings do not say by which address.
    """
    settings: Settings = current_app.extensions["portal"].settings
    if settings.server.public_address:
        return settings.server.public_address.rstrip("/")
    if current_app.config["TRUSTED_HOSTS"]:
        return request.host_url.rstrip("/")
    raise Invalid(
        _("The portal does not know by which address others reach it."),
        _("Set server.public_address in greffe.toml."),
    )


def leave() -> None:
    """End this browser's session, on the server too."""
    if isinstance(current_user._get_current_object(), SignedIn):
        sessions.end(current_user.token)
    logout_user()
    session.clear()


def to_sign_in() -> Response:
    """Send a stranger to the sign-in page and back here afterwards; a form of theirs is refused."""
    if request.method not in ("GET", "HEAD"):
        raise Unauthorized
    here = request.full_path.rstrip("?")
    return redirect(f"{url_for('session.sign_in')}?{urlencode({'next': here})}")


def local_path(text: str | None) -> str:
    """`text` when it is a path of this portal, else nothing: no link leads a person elsewhere."""
    if not text or not text.startswith("/") or text.startswith("//") or len(text) > 2_000:
        return ""
    if any(ord(c) < 33 or c in "\\\x7f" for c in text):
        return ""
    parts = urlsplit(text)
    return "" if parts.scheme or parts.netloc else text
