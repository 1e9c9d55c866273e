"""How an account gets in: password, link, disabling, lock; for whoever may administer it."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.accounts import access, profiles
from portal.channels import Channel
from portal.errors import Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.settings import Settings
from portal.web import parameters
from portal.web.session import actor, gate, portal_address


class AccountsView(BaseView):
    """`<prefix>/accounts/`: what is done with the access of one account."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Accounts")), endpoint="account_access", url=f"{prefix}/accounts"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Response:
        """The list of accounts."""
        return redirect(url_for("accounts_account.index_view"))

    @expose("/access/")
    def access(self) -> str:
        """How the account stands, and what may be done with it."""
        return page(parameters.key(request.args))

    @expose("/password/", methods=("POST",))
    def password(self) -> Any:
        """Give the account a new password."""
        account = parameters.key(request.form)
        asked = _opened()
        try:
            profiles.set_password(asked, account, typed_password())
        except Invalid as refused:
            return page(account, said(refused)), refused.status
        flash(gettext("The password was set; the sessions of this account have ended."))
        return _back(account)

    @expose("/link/", methods=("POST",))
    def link(self) -> Any:
        """Send the account a link to choose a password, or show it once."""
        account = parameters.key(request.form)
        made = access.send_link(_opened(), account, settings(), portal_address())
        if made.link:
            return page(account, link=made.link)
        text = gettext("A link to choose a password is being sent to {email}.")
        flash(text.format(email=made.sent_to))
        return _back(account)

    @expose("/active/", methods=("POST",))
    def active(self) -> Response:
        """Enable or disable the account."""
        account = parameters.key(request.form)
        active = parameters.flag(request.form, "active")
        profiles.set_active(_opened(), account, active=active)
        flash(
            gettext("The account may sign in again.")
            if active
            else gettext("The account is disabled; its sessions have ended.")
        )
        return _back(account)

    @expose("/unlock/", methods=("POST",))
    def unlock(self) -> Response:
        """Forget the wrong attempts to sign in."""
        account = parameters.key(request.form)
        count = access.lift_lock(_opened(), account)
        text = ngettext(
            "{count} attempt to sign in is forgotten.",
            "{count} attempts to sign in are forgotten.",
            count,
        )
        flash(text.format(count=count))
        return _back(account)


def page(account: int, error: str = "", link: str = "") -> str:
    """How the account stands, with what was refused, or a link that is shown this once."""
    it = access.standing(_opened(), account)
    mail = sends_mail()
    return render_template("accounts/access.html", it=it, error=error, link=link, mail=mail)


def sends_mail() -> bool:
    """True when the portal sends messages."""
    return bool(settings().mail.host)


def may_administer(asked: Gate) -> bool:
    """True when the sheet of an account leads to this page."""
    return access.may_administer(asked)


def typed_password() -> str:
    """The new password of the form, typed twice. Raises Invalid when the two differ."""
    first, second = request.form.get("password", ""), request.form.get("again", "")
    if first != second:
        raise Invalid(_("The two new passwords differ."), _("Type the same one twice."))
    return first


def said(refused: Invalid) -> str:
    """A refusal in words: of its fields, when it names some."""
    return " ".join(str(sentence) for sentence in refused.fields.values()) or str(refused)


def settings() -> Settings:
    """The settings of this portal."""
    settings: Settings = current_app.extensions["portal"].settings
    return settings


def _opened() -> Gate:
    """A gate for these pages, which do not exist for who may set no password."""
    asked = gate(Channel.FORM)
    if not access.may_administer(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _back(account: int) -> Response:
    return redirect(url_for("account_access.access", id=account))
