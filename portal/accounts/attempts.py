"""Attempts that are counted: sign-ins that failed, links that were asked for.

Refuses to keep a name or an address: both stand in the table as digests, for a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import Select, fn

from portal.builtin.operations import Attempt
from portal.database import is_postgresql, proxy, transaction
from portal.errors import PortalError
from portal.i18n import _
from portal.models import utc_now

WINDOW = timedelta(minutes=15)
SIGN_IN, LINK, OWN = "", "link ", "own "  # what is counted apart

_COUNTING = 7_203_001  # the advisory lock of PostgreSQL under which attempts are counted


class TooManyAttempts(PortalError):
    """Too many attempts were made for this account or from this address."""

    status = 429

    def __init__(self) -> None:
        super().__init__(_("There were too many attempts."), _("Wait a quarter of an hour."))


@dataclass(frozen=True, slots=True)
class Most:
    """How many attempts a quarter of an hour allows for one name, and from one address."""

    by_name: int
    by_address: int


def count(kind: str, name: str, address: str, most: Most, now: datetime) -> None:
    """Count an attempt before it is tried, so that a hundred at once are no way around.

    Raises TooManyAttempts. An address is its /64 network in IPv6.
    """
    by_name, by_address = _name(kind, name), _digest(f"{kind}address", _network(address))
    with transaction():
        if is_postgresql():  # SQLite has one writer; here two would count without each other
            Select(columns=[fn.pg_advisory_xact_lock(_COUNTING)]).execute(proxy.obj)
        Attempt.delete().where(Attempt.tried_at < now - WINDOW).execute()
        tried = Attempt.select()
        of_name = tried.where(Attempt.account_digest == by_name).count()
        of_address = tried.where(Attempt.address_digest == by_address).count()
        if of_name >= most.by_name or of_address >= most.by_address:
            raise TooManyAttempts
        Attempt.insert(account_digest=by_name, address_digest=by_address, tried_at=now).execute()


def counted(kind: str, name: str, now: datetime | None = None) -> int:
    """How many attempts stand against a name in this quarter of an hour."""
    since = (now or utc_now()) - WINDOW
    mine = (Attempt.account_digest == _name(kind, name)) & (Attempt.tried_at >= since)
    return int(Attempt.select().where(mine).count())


def forget(kind: str, name: str) -> int:
    """Forget the attempts that stand against a name; gives how many there were."""
    with transaction():
        query = Attempt.delete().where(Attempt.account_digest == _name(kind, name))
        return int(query.execute())


def _name(kind: str, name: str) -> str:
    return _digest(f"{kind}login", name)


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
