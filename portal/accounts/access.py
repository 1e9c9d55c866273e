"""How an account gets in, as whoever may administer it sees and changes it.

A password or a link in its place, whether the account is active, and the lock after wrong attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.account_rules import AccountRules
from portal.accounts import invitations, profiles, sessions, signin
from portal.accounts.invitations import Invitation
from portal.accounts.profiles import ACCOUNT
from portal.builtin.accounts import Account
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.privileges import ACCOUNTS
from portal.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands: what whoever may administer it acts upon.

    `email` is "" where the account has none, or the actor may not read it. `sessions` are those
    that are open, `failures` the wrong attempts of this quarter of an hour.
    """

    id: int
    title: str
    email: str
    active: bool
    has_password: bool
    disabled_at: datetime | None
    last_sign_in: datetime | None
    sessions: int
    failures: int

    @property
    def locked(self) -> bool:
        """True when the account may not sign in for the rest of this quarter of an hour."""
        return self.failures >= signin.BY_ACCOUNT


def may_administer(gate: Gate) -> bool:
    """True when the actor administers accounts and may set the password of some; asks no row."""
    if not gate.actor.may(ACCOUNTS) or not gate.can(Verb.UPDATE, ACCOUNT):
        return False
    return any(
        profiles.lets_write_password(grant) for grant in gate.scope(ACCOUNT, Verb.UPDATE).grants
    )


def standing(gate: Gate, account: int) -> Standing:
    """How an account stands.

    Raises NotFound for who may not set its password, Forbidden for one that is too strong.
    """
    try:
        row = profiles.require_password_right(gate, account)
    except Forbidden:
        raise NotFound(_("There is no such row here."), _("It may have been erased.")) from None
    AccountRules(gate).before(ACCOUNT, [account])
    columns = (Account.login, Account.active, Account.password, Account.disabled_at)
    query = Account.select(*columns, Account.last_sign_in).where(Account.id == account)
    login, active, password, disabled_at, last = query.tuples().get()
    return Standing(
        id=account,
        title=row.title,
        email=str(row.values.get("email") or ""),
        active=bool(active),
        has_password=bool(password),
        disabled_at=disabled_at,
        last_sign_in=last,
        sessions=len(sessions.sessions_of(account)),
        failures=signin.failures(login),
    )


def send_link(gate: Gate, account: int, settings: Settings, address: str) -> Invitation:
    """Send the account a link to choose a password, or give it to be shown once.

    Raises Invalid for a disabled account.
    """
    if not standing(gate, account).active:
        raise Invalid(_("A disabled account gets no link."), _("Enable it first."))
    with transaction():
        _touch(gate, account)
        return invitations.invite(account, settings, address)


def lift_lock(gate: Gate, account: int) -> int:
    """Forget the wrong attempts of an account; gives how many there were."""
    with transaction():
        _touch(gate, account)
        login = Account.select(Account.login).where(Account.id == account).tuples().get()[0]
        return signin.forgive(login)


def _touch(gate: Gate, account: int) -> None:
    """Ask the right to set the account's password, and journal the act as a change of it."""
    row = profiles.require_password_right(gate, account)
    gate.update(ACCOUNT, account, {}, row.version)
