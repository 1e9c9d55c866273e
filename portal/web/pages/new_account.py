"""A new account, step by step: the person, the sign-in name, the password, the profile types.

Nothing is stored before the last step but what was typed, on the server, for two hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose

from portal.accounts import access, drafts, invitations, opening, passwords
from portal.accounts.profiles import ACCOUNT
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.web import parameters
from portal.web.account_steps import LAST, Steps
from portal.web.pages import accounts
from portal.web.session import actor, gate, portal_address

FIRST = 1


class NewAccountView(BaseView):
    """`<prefix>/accounts/new/`: the steps, and the creation at the end of the last one."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("New account")), endpoint="new_account", url=f"{prefix}/accounts/new"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """One step; a posted one leads to the next, or back, and keeps what was typed."""
        asked = opened()
        token = request.values.get("draft", "")
        number = parameters.whole(request.values, "step", FIRST, FIRST, LAST)
        kept = drafts.read(_owner(asked), token) if token else {}
        if request.method == "GET":
            return self._page(Steps(asked, kept), number, token)
        steps = Steps(asked, {**kept, **_typed(number, kept)})
        if request.form.get("go") == "back":
            if number == 3:
                self._refusal(steps, number)
            token = drafts.keep(_owner(asked), steps.kept, token)
            return redirect(_address(max(FIRST, number - 1), token))
        refusal = self._refusal(steps, number)
        if refusal is not None:
            return self._page(steps, number, token, refusal), 400
        token = drafts.keep(_owner(asked), steps.kept, token)
        if number < LAST:
            return redirect(_address(number + 1, token))
        return self._finish(asked, steps, token)

    def _refusal(self, steps: Steps, number: int) -> Invalid | None:
        """What is wrong with a step; a password that was typed is checked and hashed here."""
        try:
            if number == 3:
                _take_password(steps)
            steps.check(number)
        except Invalid as refused:
            return refused
        return None

    def _finish(self, asked: Gate, steps: Steps, token: str) -> Any:
        """Create the account, or show the step that has to be mended."""
        for number in range(FIRST, LAST + 1):
            refusal = self._refusal(steps, number) if number != 3 else steps.password_missing()
            if refusal is not None:
                return self._page(steps, number, token, refusal), 400
        try:
            account, link = _created(asked, steps, token)
        except (Invalid, Forbidden) as refused:
            return self._page(steps, steps.step_of(refused), token, refused), refused.status
        if link:
            return accounts.page(account, link=link)
        flash(gettext("The account is created."))
        return redirect(url_for("account_access.access", id=account))

    def _page(self, steps: Steps, number: int, token: str, refused: Any = None) -> str:
        return str(
            self.render(
                "accounts/new.html",
                it=steps,
                number=number,
                token=token,
                error="" if refused is None else steps.show(refused),
                mail=accounts.sends_mail(),
            )
        )


def may_open(asked: Gate) -> bool:
    """True when the actor creates accounts and sets their passwords."""
    return access.may_administer(asked) and asked.can(Verb.CREATE, ACCOUNT)


def opened() -> Gate:
    """A gate for the steps, which do not exist for who may not create accounts."""
    asked = gate(Channel.FORM)
    if not may_open(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _owner(asked: Gate) -> int:
    if asked.actor.account is None:
        raise NotFound(_("There is nothing at this address."))
    return asked.actor.account


def _typed(number: int, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed in a step, in place of what was kept of it; never a password."""
    hidden = ("csrf_token", "password", "again", "draft", "step", "go", "username")
    pairs = [(k, v) for k, v in request.form.items(multi=True) if k not in hidden]
    return {f"step{number}": [[name, value[:1_000]] for name, value in pairs[:500]]}


def _take_password(steps: Steps) -> None:
    """Check the password that was typed, if one was, and keep its hash."""
    if steps.values(3).get("how") != "password":
        steps.kept.pop("hash", None)
        return
    first, second = request.form.get("password", ""), request.form.get("again", "")
    if not first and not second and steps.has_password():
        return
    password = accounts.typed_password()
    passwords.check(password, steps.owner())
    steps.keep_password(passwords.hashed(password))


def _created(asked: Gate, steps: Steps, token: str) -> tuple[int, str]:
    """The number of the new account, and a link to be shown once, if one was asked for."""
    with transaction():
        drafts.drop(_owner(asked), token)
        account = opening.open_account(asked, steps.new_account())
        if steps.values(3).get("how") != "link":
            return account, ""
        made = invitations.invite(account, accounts.settings(), portal_address())
    return account, made.link


def _address(number: int, token: str) -> str:
    return url_for("new_account.index", step=number, draft=token)


def new_page(asked: Gate, table: str) -> str:
    """Where a new row of `table` is made when that is not its form: the steps of an account."""
    return url_for("new_account.index") if table == ACCOUNT and may_open(asked) else ""
