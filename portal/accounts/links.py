"""One-time links: what lets a person in once without a password (first administrator, reset).

Refuses to keep the token: only its hash is stored. A link opens one thing, for one account at most,
once, within the hour.
"""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.accounts.sessions import TOKEN_BYTES, digest
from portal.builtin.accounts import Account
from portal.builtin.operations import Link
from portal.database import transaction
from portal.errors import Invalid
from portal.i18n import _
from portal.models import utc_now

TERM = timedelta(hours=1)


class Purpose(enum.StrEnum):
    """What a link opens."""

    FIRST_ADMINISTRATOR = "first_administrator"
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - the name of a purpose


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opened, and for which account (none for the first administrator)."""

    purpose: Purpose
    account: int | None
    value: str = ""


def issue(
    purpose: Purpose, account: int | None = None, *, value: str = "", now: datetime | None = None
) -> str:
    """Make a link and give its token, shown once. Earlier links of the same kind stop working."""
    now = now or utc_now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction():
        Link.delete().where((Link.ends_at <= now) | _same(purpose, account)).execute()
        Link.insert(
            token=digest(token),
            purpose=purpose.value,
            account=account,
            value=value,
            created_at=now,
            ends_at=now + TERM,
        ).execute()
    return token


def valid(token: str, purpose: Purpose, *, now: datetime | None = None) -> bool:
    """True when the link would open; it is not used up, so that a page may show its form."""
    return bool(Link.select().where(*_open(token, purpose, now or utc_now())).exists())


def consume(token: str, purpose: Purpose, *, now: datetime | None = None) -> Opened:
    """Use the link up and say what it opens. Raises Invalid when it is unknown, used or too old.

    Inside a transaction that fails, the link is not used up.
    """
    conditions = _open(token, purpose, now or utc_now())
    with transaction():
        row = Link.select(Link.account, Link.value).where(*conditions).tuples().first()
        if row is None or not Link.delete().where(*conditions).execute():
            raise does_not_work()
    return Opened(purpose, row[0], row[1])


def does_not_work() -> Invalid:
    """The same words for a link that is unknown, used or too old."""
    return Invalid(
        _("This link does not work: it was used, or is older than one hour."),
        _("Ask for a new one."),
    )


def revoke(account: int) -> None:
    """The links of an account stop working: it was disabled, or has a new password."""
    with transaction():
        Link.delete().where(Link.account == account).execute()


def _same(purpose: Purpose, account: int | None) -> object:
    same = Link.account.is_null() if account is None else Link.account == account
    return (Link.purpose == purpose.value) & same


def _open(token: str, purpose: Purpose, now: datetime) -> tuple[object, ...]:
    """A link that is not used up, not too old, and of no disabled account."""
    active = Account.select(Account.id).where(Account.active)
    return (
        Link.account.is_null() | Link.account.in_(active),
        Link.token == digest(token[:200]),
        Link.purpose == purpose.value,
        Link.ends_at > now,
    )
