"""Sessions: who is signed in, and the actor that a session, a job or a command line speaks as.

Refuses to trust the browser with anything but a random token: the session itself, its limits and
its rights stand in the database, and one statement reads them. Rights are read again at each
request, so that what is withdrawn is gone.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from peewee import JOIN, SQL, Query, Table, Value, fn

from portal import actor as who
from portal.actor import EVERYTHING, Actor, Origin
from portal.builtin.accounts import Account, CodeHeld, Grant, Holding, ProfileType
from portal.builtin.directory import Attachment
from portal.builtin.operations import Session
from portal.database import is_sqlite, proxy, transaction
from portal.errors import Busy, Forbidden
from portal.fieldtypes import EDGES
from portal.granting import NO_LEVEL, grants_of
from portal.i18n import _
from portal.models import utc_now
from portal.privileges import EVERY
from portal.settings_sections import Sessions
from portal.text import fold

TOKEN_BYTES = 32
TOUCH = timedelta(minutes=1)
TOUCH_PATIENCE = 0.2
"""Seconds that a request waits to note that its session is in use."""
SUPERUSER = "superuser"

_grants: dict[int, tuple[str, tuple[who.Grant, ...]]] = {}
_grants_lock = threading.Lock()
_compiled: dict[str, tuple[str, Sequence[Any]]] = {}


@dataclass(slots=True)
class _Opening:
    """What the settings open beyond the rights that are stored."""

    journal: bool = False


_opening = _Opening()


def configure(*, journal_for_superuser: bool) -> None:
    """Say whether the superuser's right on everything contains the access journal."""
    _opening.journal = journal_for_superuser


def digest(token: str) -> str:
    """What the database keeps of a token: its SHA-256, which is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    account_id: int, origin: Origin, limits: Sessions | None = None, now: datetime | None = None
) -> str:
    """Open a session and give its token, which is shown once. Forgets sessions that have ended."""
    limits, now = limits or Sessions(), now or utc_now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction():
        Session.delete().where(Session.ends_at <= now).execute()
        Session.insert(
            account=account_id,
            token=digest(token),
            address=origin.address[:60],
            client=origin.client[:60],
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=limits.absolute_hours),
            idle_minutes=limits.idle_minutes,
        ).execute()
    return token


def actor_of(
    token: str, origin: Origin, *, now: datetime | None = None, today: date | None = None
) -> Actor | None:
    """The actor that the token speaks for, or None when there is no such session (any more).

    `now` is in UTC, `today` in the organisation's zone. One statement, and a second one when the
    rights of a profile type changed; the session's touch comes at most once a minute.
    """
    now = now or utc_now()
    rows = _run("session", today or _day(now), token=digest(token[:200]), now=now)
    if not rows:
        return None
    session = rows[0]
    if now - session.seen_at >= timedelta(minutes=session.idle_minutes):
        return None
    if now - session.seen_at >= TOUCH:
        with suppress(Busy), transaction(TOUCH_PATIENCE):  # the next request touches it then
            Session.update(seen_at=now).where(Session.id == session.session).execute()
    actor = _actor(rows, origin)
    return replace(actor, session=session.session, configuration=session.configuration)


def load_actor(account_id: int, origin: Origin, *, today: date | None = None) -> Actor:
    """The actor of an account outside a session: a job or the command line.

    Raises Forbidden when the account is unknown or disabled.
    """
    rows = _run("account", today or _day(utc_now()), account=account_id)
    if not rows:
        raise Forbidden(_("This account does not exist or is disabled."))
    return _actor(rows, origin)


def account_of(login: str) -> int | None:
    """The number of the active account of a login, whatever its case and accents; None without."""
    named = (Account.login_key == fold(login.strip())) & Account.active
    row = Account.select(Account.id).where(named).tuples().first()
    return None if row is None else int(row[0])


def end(token: str) -> None:
    """Sign out: the session of this token ends."""
    with transaction():
        Session.delete().where(Session.token == digest(token[:200])).execute()


def end_session(account_id: int, session_id: int) -> bool:
    """End one session of an account; false when it has none of that number."""
    with transaction():
        query = Session.delete().where(Session.id == session_id, Session.account == account_id)
        return bool(query.execute())


def end_all(account_id: int, but: int | None = None) -> int:
    """End the sessions of an account, except number `but`; gives how many ended."""
    with transaction():
        query = Session.delete().where(Session.account == account_id)
        if but is not None:
            query = query.where(Session.id != but)
        return int(query.execute())


def sessions_of(account_id: int, now: datetime | None = None) -> list[Mapping[str, Any]]:
    """The open sessions of an account, the latest first: id, address, client and dates (UTC)."""
    query = (
        Session.select(
            Session.id,
            Session.address,
            Session.client,
            Session.created_at,
            Session.seen_at,
            Session.ends_at,
        )
        .where(Session.account == account_id, Session.ends_at > (now or utc_now()))
        .order_by(Session.seen_at.desc(), Session.id.desc())
    )
    return list(query.dicts())


def forget_grants() -> None:
    """Drop the rights kept in memory: for a process that opens another database."""
    with _grants_lock:
        _grants.clear()


# --- the one statement ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slot:
    """The place of a value in the statement, which is compiled once: it costs a hundred runs."""

    name: str


class _Row(NamedTuple):
    account: int
    login: str
    person: int | None
    staff: bool
    language: str
    field_numbers: bool
    profile: int | None
    slug: str
    zone: int | None
    stamp: str
    level: int | None
    privileges: str | None
    code: int | None
    role: int | None
    session: int
    seen_at: datetime
    idle_minutes: int
    configuration: int


def _run(kind: str, today: date, **values: Any) -> list[_Row]:
    """The rows by "session" or "account": one for each profile held and present structure."""
    dialect = f"{kind} {is_sqlite()}"
    if dialect not in _compiled:
        query = _by_session() if kind == "session" else _by_account()
        _compiled[dialect] = query.sql()
    sql, places = _compiled[dialect]
    values["today"] = today
    parameters = [values[place.name] if isinstance(place, _Slot) else place for place in places]
    read = Session.seen_at.python_value
    rows = (_Row._make(row) for row in proxy.obj.execute_sql(sql, parameters).fetchall())
    return [row._replace(seen_at=read(row.seen_at)) for row in rows]


def _day(now: datetime) -> date:
    """The day that it is for the organisation."""
    return now.replace(tzinfo=UTC).astimezone(EDGES.zone).date()


def _slot(name: str) -> Value:
    return Value(_Slot(name), converter=False)


def _by_session() -> Query:
    configuration = Table("portal_version", ("catalog",)).select(SQL("catalog"))
    session = (Session.profile_type, Session.id, Session.seen_at, Session.idle_minutes)
    return (
        _holdings(*session, configuration)
        .join_from(Account, Session, on=(Session.account == Account.id))
        .where(Session.token == _slot("token"), Session.ends_at > _slot("now"), Account.active)
    )


def _by_account() -> Query:
    nothing = (Value(None), Value(0), Value(None), Value(0), Value(0))
    return _holdings(*nothing).where(Account.id == _slot("account"), Account.active)


def _holdings(*more: Any) -> Query:
    today = _slot("today")
    attached = (
        (Attachment.person == Account.person)
        & Holding.zone.is_null()
        & (Attachment.starts_on.is_null() | (Attachment.starts_on <= today))
        & (Attachment.ends_on.is_null() | (Attachment.ends_on >= today))
    )
    return (
        Account.select(
            Account.id,
            Account.login,
            Account.person,
            Account.staff,
            Account.language,
            Account.field_numbers,
            ProfileType.id,
            ProfileType.slug,
            fn.COALESCE(Holding.zone, Attachment.structure),
            _stamp(),
            ProfileType.level,
            ProfileType.privileges,
            CodeHeld.code,
            *more,
        )
        .join_from(Account, Holding, JOIN.LEFT_OUTER, on=(Holding.account == Account.id))
        .join_from(Holding, ProfileType, JOIN.LEFT_OUTER)
        .join_from(Account, Attachment, JOIN.LEFT_OUTER, on=attached)
        .join_from(Account, CodeHeld, JOIN.LEFT_OUTER, on=(CodeHeld.account == Account.id))
        .order_by(ProfileType.id)
    )


def _stamp() -> Query:
    """What changes with a profile type's rights: keys are never reused, versions only grow."""
    rights = Grant.alias()
    parts = (fn.COUNT(rights.id), fn.COALESCE(fn.MAX(rights.id), 0))
    versions = fn.COALESCE(fn.SUM(rights.version), 0)
    stamp = parts[0].concat(Value(":")).concat(parts[1]).concat(Value(":")).concat(versions)
    return rights.select(stamp).where(rights.profile_type == ProfileType.id)


# --- from rows to an actor -----------------------------------------------------------------------


def _actor(rows: list[_Row], origin: Origin) -> Actor:
    first = rows[0]
    roles = {row.profile for row in rows if row.profile is not None}
    if first.role in roles:
        rows = [row for row in rows if row.profile == first.role]
    zones: dict[int, set[int]] = {}
    slugs: dict[int, str] = {}
    stamps: dict[int, str] = {}
    for row in rows:
        if row.profile is None:
            continue
        slugs[row.profile] = row.slug
        stamps[row.profile] = row.stamp
        held = zones.setdefault(row.profile, set())
        if row.zone is not None:
            held.add(row.zone)
    known = _grants_of(stamps)
    grants = tuple(
        replace(
            grant,
            zones=frozenset(zones[profile]),
            profile=slugs[profile],
            journal=_opening.journal and slugs[profile] == SUPERUSER and grant.table == EVERYTHING,
        )
        for profile in slugs
        for grant in known[profile]
    )
    return Actor(
        name=first.login,
        grants=grants,
        account=first.account,
        person=first.person,
        profiles=tuple(slugs.values()),
        origin=origin,
        staff=bool(first.staff),
        language=first.language,
        field_numbers=bool(first.field_numbers),
        privileges=frozenset(
            name for row in rows for name in (row.privileges or "").split() if name in EVERY
        ),
        level=min((row.level for row in rows if row.level is not None), default=NO_LEVEL),
        roles=len(roles),
        codes=frozenset(row.code for row in rows if row.code is not None),
    )


def _grants_of(stamps: Mapping[int, str]) -> dict[int, tuple[who.Grant, ...]]:
    """The rights of profile types by number, from memory where their stamp is still the same."""
    found: dict[int, tuple[who.Grant, ...]] = {}
    with _grants_lock:
        for profile, stamp in stamps.items():
            kept = _grants.get(profile)
            if kept is not None and kept[0] == stamp:
                found[profile] = kept[1]
    missing = [profile for profile in stamps if profile not in found]
    if missing:
        found |= grants_of(missing)
        with _grants_lock:
            _grants.update({profile: (stamps[profile], found[profile]) for profile in missing})
    return found
