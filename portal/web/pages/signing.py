"""Signing in and out, a forgotten password, and the pages that one-time links open."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import invitations, links, profiles
from portal.accounts.attempts import TooManyAttempts
from portal.accounts.links import Purpose
from portal.accounts.signin import sign_in as open_account
from portal.errors import Invalid, NotFound, PortalError
from portal.i18n import Label, _
from portal.operations.instance import DEMO_PASSWORD
from portal.settings import Settings
from portal.web.pages.accounts import said, typed_password
from portal.web.session import begin_session, leave, local_path, portal_address

pages = Blueprint("session", __name__)
DEMO_ACCOUNTS: tuple[tuple[str, Label], ...] = (
    ("admin", _("superuser: everything outside the access journal")),
    ("dpo", _("privacy officer: registers, requests, purges")),
    ("structure", _("administrator of one section")),
    ("secretary", _("secretary of the club")),
    ("treasurer", _("treasurer: accounts and fees")),
    ("instructor", _("instructor: own trainees only")),
    ("member", _("member: own record only")),
    ("technical", _("technical administrator: everything but the journal")),
)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["portal"].settings
    return settings


@pages.route("/sign-in", methods=("GET", "POST"))
def sign_in() -> Any:
    """The sign-in page; afterwards the page that was asked for, when it is one of this portal."""
    target = local_path(request.values.get("next"))
    if request.method == "GET":
        if g.actor is not None:
            return redirect(target or _first_page())
        return _sign_in_page(target)
    login = request.form.get("login", "")
    try:
        account = open_account(login, request.form.get("password", "")[:4_096], g.origin)
    except PortalError as refused:
        return _sign_in_page(target, str(refused), login[:100]), refused.status
    actor = begin_session(account, _settings())
    target = target or _first_page(staff=actor.staff)
    if actor.roles > 1:
        return redirect(url_for("own.role", next=target))
    return redirect(target)


def _sign_in_page(target: str, error: str = "", login: str = "") -> str:
    demo = DEMO_ACCOUNTS if _settings().demo.enabled else ()
    return render_template(
        "session/sign-in.html",
        target=target,
        error=error,
        login=login,
        demo=demo,
        demo_password=DEMO_PASSWORD,
        forgotten=bool(_settings().mail.host),
    )


def _first_page(*, staff: bool | None = None) -> str:
    inside = g.actor.staff if staff is None else staff
    return f"{_settings().admin.prefix}/" if inside else url_for("me.index")


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session, here and on the server."""
    leave()
    flash(str(_("You are signed out.")))
    return redirect(url_for("session.sign_in"))


@pages.route("/first-administrator/<token>", methods=("GET", "POST"))
def first_administrator(token: str) -> Any:
    """Make the first administrator; the link works once, within the hour."""
    if not links.valid(token, Purpose.FIRST_ADMINISTRATOR):
        raise Invalid(
            _("This link does not work: it was used, or is older than one hour."),
            _("Start the portal again: it prints a new one while there is no administrator."),
        )
    error, login = "", request.form.get("login", "")
    if request.method == "POST":
        try:
            account = _made_first(token, login)
        except Invalid as refused:
            error = said(refused)
        else:
            begin_session(account, _settings())
            return redirect(f"{_settings().admin.prefix}/")
    page = render_template("session/first-administrator.html", error=error, login=login[:100])
    return (page, 400) if error else page


def _made_first(token: str, login: str) -> int:
    return profiles.first_administrator(token, login, typed_password(), g.origin)


@pages.route("/forgotten-password", methods=("GET", "POST"))
def forgotten() -> Any:
    """Ask for a link to choose a new password; the same answer whoever asks for whom."""
    if not _settings().mail.host:
        raise NotFound(_("There is nothing at this address."))
    if request.method == "POST":
        try:
            invitations.forgotten(request.form.get("who", ""), g.origin, portal_address())
        except TooManyAttempts as refused:
            return render_template("session/forgotten.html", error=str(refused)), refused.status
    return render_template("session/forgotten.html", sent=request.method == "POST")


@pages.route("/new-password/<token>", methods=("GET", "POST"))
def new_password(token: str) -> Any:
    """Choose a new password; the link works once, within the hour."""
    if not links.valid(token, Purpose.PASSWORD):
        raise links.does_not_work()
    error = ""
    if request.method == "POST":
        try:
            profiles.reset_password(token, typed_password(), g.origin)
        except Invalid as refused:
            error = said(refused)
        else:
            leave()
            flash(str(_("Your new password is set. Sign in with it.")))
            return redirect(url_for("session.sign_in"))
    page = render_template("session/choose-password.html", error=error)
    return (page, 400) if error else page
