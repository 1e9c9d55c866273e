"""Sign-in: login and password against the table of accounts, throttled by account and by address.

Refuses to say whether an account exists: an unknown login, a disabled account and a wrong password
get the same sentence after the same work. Attempts stand in a table, so a restart forgets none.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from peewee import Select, fn

from portal import journal
from portal.accounts import passwords
from portal.actor import Actor, Origin, process
from portal.builtin.accounts import Account
from portal.builtin.operations import Attempt
from portal.channels import Channel
from portal.database import is_postgresql, proxy, transaction
from portal.declare import Verb
from portal.errors import PortalError
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.text import fold

WINDOW = timedelta(minutes=15)
BY_ACCOUNT = 5
BY_ADDRESS = 30
LOGIN_LENGTH = 100

_COUNTING = 7_203_001  # the advisory lock of PostgreSQL under which attempts are counted


class SignInRefused(PortalError):
    """The login and the password do not open an account."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _("This sign-in name and this password do not match an active account."),
            _("Check both and try again."),
        )


class TooManyAttempts(PortalError):
    """Too many sign-ins were tried for this account or from this address."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            _("There were too many attempts to sign in."), _("Wait a quarter of an hour.")
        )


def sign_in(login: str, password: str, origin: Origin, *, now: datetime | None = None) -> int:
    """The id of the account that the login and the password open; journaled either way.

    Raises SignInRefused, or TooManyAttempts after 5 failures in 15 minutes for one login, or 30
    from one address (one /64 network in IPv6).
    """
    now = now or utc_now()
    key = fold(login.strip()[:LOGIN_LENGTH]).replace("\0", "")
    _count(_digest("login", key), _digest("address", _network(origin.address)), now)
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
            Attempt.delete().where(Attempt.account_digest == _digest("login", key)).execute()
        journal.record(speaker, act)
    if account is None or not opened:
        raise SignInRefused
    return int(account)


def forgive(login: str) -> int:
    """Forget the failures counted for a login; gives how many there were."""
    key = fold(login.strip()[:LOGIN_LENGTH])
    with transaction():
        query = Attempt.delete().where(Attempt.account_digest == _digest("login", key))
        return int(query.execute())


def _speaker(account: int | None, origin: Origin) -> Actor:
    if account is None:
        return Actor("sign-in", process("sign-in").grants, origin=origin)
    return Actor("sign-in", (), account=account, origin=origin)


def _count(account: str, address: str, now: datetime) -> None:
    """Count an attempt before it is tried, so that a hundred at once are no way around."""
    with transaction():
        if is_postgresql():  # SQLite has one writer; here two would count without each other
            Select(columns=[fn.pg_advisory_xact_lock(_COUNTING)]).execute(proxy.obj)
        Attempt.delete().where(Attempt.tried_at < now - WINDOW).execute()
        tried = Attempt.select()
        by_account = tried.where(Attempt.account_digest == account).count()
        by_address = tried.where(Attempt.address_digest == address).count()
        if by_account >= BY_ACCOUNT or by_address >= BY_ADDRESS:
            raise TooManyAttempts
        Attempt.insert(account_digest=account, address_digest=address, tried_at=now).execute()


def _digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind} {value}".encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """What is counted as one address: it, or its /64 network in IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((int(found), 64), strict=False))
