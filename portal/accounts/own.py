"""One's own account: its name, its e-mail address, and what it holds.

Refuses to change anything of it without its password. The gate keeps an account from itself
(`portal.account_rules`), so the portal writes here, journaled with the account's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts import links
from portal.accounts.links import Purpose
from portal.accounts.profiles import ACCOUNT, portal_gate, require_own_password
from portal.actor import Actor, Origin
from portal.builtin.accounts import Account
from portal.catalog import STRUCTURE
from portal.database import transaction
from portal.declare import Reach, Verb
from portal.errors import Invalid
from portal.gate import Gate
from portal.i18n import Label, _, gettext
from portal.operations import mail
from portal.privileges import LABELS
from portal.settings import Settings

PATH = "/confirm-email/"


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What a person reads of their own account.

    `structures` are those in whose zone some right holds, with all that stand below them; `all` is
    true when a right holds everywhere.
    """

    login: str
    email: str
    privileges: tuple[Label, ...]
    structures: tuple[str, ...]
    all: bool


def read(gate: Gate) -> OwnAccount:
    """The account of who speaks; what it says of itself needs no right on a table."""
    query = Account.select(Account.login, Account.email).where(Account.id == gate.actor.account)
    login, email = query.tuples().get()
    zones = sorted({zone for grant in gate.actor.grants for zone in grant.zones})
    known = gate.titles(STRUCTURE, zones) if zones and gate.can(Verb.READ, STRUCTURE) else {}
    return OwnAccount(
        login=login,
        email=email,
        privileges=tuple(words for name, words in LABELS.items() if gate.actor.may(name)),
        structures=tuple(known[zone] for zone in zones if zone in known),
        all=any(grant.reach is Reach.ALL and _of_persons(grant) for grant in gate.actor.grants),
    )


def _of_persons(grant: Any) -> bool:
    return bool(grant.covers("directory.person"))


def change_login(actor: Actor, password: str, login: str) -> None:
    """Another sign-in name for one's own account. Raises Invalid for a taken or impossible one."""
    account = require_own_password(actor, password)
    _write(account, actor.origin, login=login.strip())


def change_email(actor: Actor, password: str, email: str, settings: Settings, address: str) -> bool:
    """Another e-mail address for one's own account; true when a link was sent to confirm it.

    Without mail settings it is written at once. Raises Invalid for what is no address.
    """
    email = email.strip()
    if email and not mail.is_address(email):
        raise Invalid(_("This is not an e-mail address."), fields={"email": _("Not an address.")})
    account = require_own_password(actor, password)
    if not email or not settings.mail.host:
        _write(account, actor.origin, email=email)
        return False
    with transaction():
        token = links.issue(Purpose.EMAIL, account, value=email)
        mail.queue(email, gettext("Confirm your e-mail address"), _message(actor, address, token))
    return True


def confirm_email(token: str, origin: Origin) -> str:
    """Use a link up and write the address that it confirms. Raises Invalid."""
    with transaction():
        opened = links.consume(token, Purpose.EMAIL)
        _write(opened.account or 0, origin, email=opened.value)
    return opened.value


def _write(account: int, origin: Origin, **values: Any) -> None:
    gate = portal_gate(account, origin)
    gate.update(ACCOUNT, account, values, gate.one(ACCOUNT, account).version)


def _message(actor: Actor, address: str, token: str) -> str:
    lines = (
        gettext("Confirm at this address that the account {login} is yours:"),
        "{link}",
        gettext("The link works once, within the hour."),
        gettext("If you did not ask for it, do nothing."),
    )
    return "\n\n".join(lines).format(login=actor.name, link=f"{address}{PATH}{token}") + "\n"
