"""My account: name, e-mail address, what the account holds, and which profile type is in use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import links, own, roles
from portal.accounts.attempts import TooManyAttempts
from portal.accounts.links import Purpose
from portal.actor import Actor
from portal.channels import Channel
from portal.errors import Invalid, NotFound, PortalError
from portal.i18n import _, gettext
from portal.privileges import PROFILE
from portal.web import parameters
from portal.web.pages import accounts
from portal.web.session import actor, gate, local_path, portal_address, to_sign_in

pages = Blueprint("own", __name__)
FOR_ALL = ("own.role", "own.use_role", "own.confirm_email")


@pages.before_request
def _only_signed_in() -> Response | None:
    if request.endpoint == "own.confirm_email":
        return None
    if g.actor is None:
        return to_sign_in()
    if request.endpoint not in FOR_ALL and not actor().may(PROFILE):
        raise NotFound(_("There is nothing at this address."))
    return None


@pages.get("/me/account")
def index() -> str:
    """What the account is and holds, and the forms that change it."""
    return _page()


def _page(error: str = "", about: str = "") -> str:
    me = _signed_in()
    return render_template(
        "me/account.html",
        it=own.read(gate(Channel.DETAIL)),
        roles=roles.roles_of(me.account or 0, me.session),
        error=error,
        about=about,
        typed=request.form.get(about, ""),
        mail=accounts.sends_mail(),
    )


@pages.post("/me/account/name")
def change_name() -> Any:
    """Change the sign-in name."""
    typed = request.form.get("login", "")
    try:
        own.change_login(_signed_in(), _password(), typed)
    except (Invalid, TooManyAttempts) as refused:
        return _page(_words(refused), "login"), refused.status
    flash(gettext("The sign-in name was changed."))
    return redirect(url_for("own.index"))


@pages.post("/me/account/email")
def change_email() -> Any:
    """Change the e-mail address; a link to the new one confirms it."""
    typed = request.form.get("email", "")
    try:
        address = portal_address() if accounts.sends_mail() else ""
        sent = own.change_email(_signed_in(), _password(), typed, accounts.settings(), address)
    except (Invalid, TooManyAttempts) as refused:
        return _page(_words(refused), "email"), refused.status
    flash(
        gettext("A link is being sent to {email}: it confirms the address.").format(email=typed)
        if sent
        else gettext("The e-mail address was changed.")
    )
    return redirect(url_for("own.index"))


@pages.route("/confirm-email/<token>", methods=("GET", "POST"))
def confirm_email(token: str) -> Any:
    """Confirm an address by the link that was sent to it."""
    if not links.valid(token, Purpose.EMAIL):
        raise links.does_not_work()
    if request.method == "POST":
        email = own.confirm_email(token, g.origin)
        flash(gettext("The e-mail address {email} is confirmed.").format(email=email))
        return redirect(url_for("own.index" if g.actor else "session.sign_in"))
    return render_template("session/confirm-email.html")


@pages.get("/me/role")
def role() -> Any:
    """Choose one of the profile types that the account holds, or all; no question for one."""
    me = _signed_in()
    target = local_path(request.args.get("next"))
    if me.roles < 2:
        return redirect(target or url_for("me.index"))
    held = roles.roles_of(me.account or 0, me.session)
    return render_template("me/role.html", roles=held, target=target)


@pages.post("/me/role")
def use_role() -> Response:
    """Use the profile type that was chosen from now on."""
    me = _signed_in()
    every = request.form.get("role") == "all"
    chosen = None if every else parameters.key(request.form, "role")
    roles.use(me.account or 0, me.session or 0, chosen)
    return redirect(local_path(request.form.get("next")) or url_for("root"))


def _signed_in() -> Actor:
    found = actor()
    if found.account is None or found.session is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _password() -> str:
    return request.form.get("current", "")[:4_096]


def _words(refused: PortalError) -> str:
    return accounts.said(refused) if isinstance(refused, Invalid) else str(refused)
