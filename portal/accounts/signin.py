"""Sign-in: login and password against the table of accounts, throttled by account and by address.

Refuses to say whether an account exists: an unknown login, a disabled account and a wrong password
get the same sentence after the same work. Attempts stand in a table, so a restart forgets none.
"""

from __future__ import annotations

from datetime import datetime

from portal import journal
from portal.accounts import attempts, passwords
from portal.accounts.attempts import SIGN_IN, Most, TooManyAttempts
from portal.actor import Actor, Origin, process
from portal.builtin.accounts import Account
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import PortalError
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.text import fold

__all__ = ["SignInRefused", "TooManyAttempts", "failures", "forgive", "sign_in"]

BY_ACCOUNT = 5
BY_ADDRESS = 30
LOGIN_LENGTH = 100


class SignInRefused(PortalError):
    """The login and the password do not open an account."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _("This sign-in name and this password do not match an active account."),
            _("Check both and try again."),
        )


def sign_in(login: str, password: str, origin: Origin, *, now: datetime | None = None) -> int:
    """The id of the account that the login and the password open; journaled either way.

    Raises SignInRefused, or TooManyAttempts after 5 failures in 15 minutes for one login, or 30
    from one address (one /64 network in IPv6).
    """
    now = now or utc_now()
    key = _key(login)
    attempts.count(SIGN_IN, key, origin.address, Most(BY_ACCOUNT, BY_ADDRESS), now)
    row = (
        Account.select(Account.id, Account.person, Account.password, Account.active)
        .where(Account.login_key == key)
        .order_by(Account.id)
        .limit(1)
        .tuples()
        .first()
    )
    account, person, stored, active = row or (None, None, "", False)
    opened = passwords.verify(password, stored) and bool(active)
    renewed = passwords.hashed(password) if opened and passwords.outdated(stored) else stored
    speaker = _speaker(account if opened else None, origin)
    act = Act(
        Channel.SIGN_IN,
        Verb.EXECUTE,
        "accounts.account",
        persons=(person,) if person else (),
        rows=1 if account else 0,
        outcome="done" if opened else "refused",
    )
    with transaction():
        if account is not None and opened:
            changes = {"last_sign_in": now, "password": renewed}
            Account.update(changes).where(Account.id == account).execute()
            attempts.forget(SIGN_IN, key)
        journal.record(speaker, act)
    if account is None or not opened:
        raise SignInRefused
    return int(account)


def failures(login: str) -> int:
    """How many failures stand against a login in this quarter of an hour; 5 lock it."""
    return attempts.counted(SIGN_IN, _key(login))


def forgive(login: str) -> int:
    """Forget the failures counted for a login; gives how many there were."""
    return attempts.forget(SIGN_IN, _key(login))


def _key(login: str) -> str:
    return fold(login.strip()[:LOGIN_LENGTH]).replace("\0", "")


def _speaker(account: int | None, origin: Origin) -> Actor:
    if account is None:
        return Actor("sign-in", process("sign-in").grants, origin=origin)
    return Actor("sign-in", (), account=account, origin=origin)
