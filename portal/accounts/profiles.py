"""Profile types and the accounts that hold them: written through the gate, like anything else.

What ships is added and never overwritten. A password goes in as its hash and comes out never; a
change of it ends the account's sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from portal.account_rules import require_login
from portal.accounts import attempts, links, passwords, sessions
from portal.accounts.attempts import OWN, Most
from portal.accounts.links import Purpose
from portal.accounts.ready_made import PROFILES, Profile, Right
from portal.actor import EVERYTHING, Actor, Grant, Origin, process
from portal.builtin.accounts import Account
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid
from portal.gate import Gate
from portal.i18n import _
from portal.models import utc_now
from portal.processes import PASSWORD_OF
from portal.reaches import conjunction
from portal.rows import Row, Selection

ACCOUNT = "accounts.account"
MOST_OF_ONES_OWN = Most(by_name=10, by_address=50)


def install(gate: Gate) -> int:
    """Write the ready-made profile types that are missing; how many were. Never overwrites one."""
    with transaction():
        known = set(_profile_ids(gate))
        missing = [profile for profile in PROFILES if profile.slug not in known]
        ids = gate.create_many("accounts.profiletype", [_profile_row(p) for p in missing])
        pairs: list[tuple[Profile, int]] = list(zip(missing, ids, strict=True))
        rows = [_right_row(right, key) for profile, key in pairs for right in profile.rights]
        gate.create_many("accounts.grant", rows)
    return len(missing)


def create_account(
    gate: Gate,
    login: str,
    password: str,
    *,
    person: int | None = None,
    profiles: Sequence[tuple[str, int | None]] = (),
    staff: bool = False,
    email: str = "",
) -> int:
    """A new account that holds `profiles`: pairs of a profile type's slug and a zone (or None).

    Raises Invalid for a login that is taken or a weak password; then nothing is stored.
    """
    login = login.strip()
    require_login(login)
    passwords.check(password, owner(gate, login, person))
    with transaction():
        known = _profile_ids(gate)
        unknown = [slug for slug, _zone in profiles if slug not in known]
        if unknown:
            raise Invalid(
                _("There is no profile type '{name}'.").format(name=unknown[0][:60]),
                _("Use one of: {known}.").format(known=", ".join(known)),
            )
        values = {"login": login, "person": person, "email": email, "staff": staff}
        account = gate.create(ACCOUNT, values | {"active": True})
        holdings = [
            {"account": account, "profile_type": known[slug], "zone": zone}
            for slug, zone in profiles
        ]
        gate.create_many("accounts.holding", holdings)
        _write_password(gate.actor.origin, account, password, 1)
    return account


def set_password(gate: Gate, account: int, password: str) -> None:
    """Give an account a new password and end its sessions; for who may write accounts.

    Raises Invalid for a weak one, Forbidden without the right, NotFound for one out of reach.
    """
    row = require_password_right(gate, account)
    passwords.check(password, _owner_of(gate, row))
    with transaction():
        gate.update(ACCOUNT, account, {}, row.version)  # within reach, and journaled as theirs
        _write_password(gate.actor.origin, account, password, row.version)
        sessions.end_all(account)


def require_password_right(gate: Gate, account: int) -> Row:
    """The row of an account whose password the actor may set without knowing the old one.

    Raises NotFound for one out of reach, Forbidden without the right.
    """
    row = gate.one(ACCOUNT, account)
    scope = gate.scope(ACCOUNT, Verb.UPDATE)
    grants = tuple(grant for grant in scope.grants if lets_write_password(grant))
    alias = Account.alias("t")
    reached = conjunction(alias.id == account, scope.rows(alias), scope.rows_of(grants, alias))
    if not grants or not alias.select().where(reached).exists():
        raise Forbidden(_("You may not change the password of an account."))
    return row


def change_own_password(actor: Actor, old: str, new: str) -> None:
    """Change the password of who speaks, who says the old one; their other sessions end.

    Raises Invalid when the old one is wrong or the new one is weak.
    """
    account = require_own_password(actor, old)
    _replace_password(account, new, actor.origin, keep=actor.session)


def require_own_password(actor: Actor, typed: str) -> int:
    """The number of the account of who speaks, who types its password once more.

    Raises Invalid for a wrong one, TooManyAttempts after ten of them in a quarter of an hour.
    """
    account = actor.account or 0
    attempts.count(OWN, str(account), actor.origin.address, MOST_OF_ONES_OWN, utc_now())
    stored = Account.select(Account.password).where(Account.id == account).tuples().first()
    if not passwords.verify(typed, stored[0] if stored else ""):
        sentence = _("This is not your present password.")
        raise Invalid(sentence, fields={"old_password": sentence})
    attempts.forget(OWN, str(account))
    return account


def reset_password(token: str, password: str, origin: Origin) -> int:
    """Use up a link and give its account a new password; the account's id.

    Raises Invalid when the link does not work, or the password is weak: the link then still works.
    """
    with transaction():
        account = links.consume(token, Purpose.PASSWORD).account or 0
        _replace_password(account, password, origin)
    return account


def set_active(gate: Gate, account: int, *, active: bool) -> None:
    """Enable or disable an account; disabling ends its sessions and its links at once."""
    row = gate.one(ACCOUNT, account)
    gate.update(ACCOUNT, account, {"active": active}, row.version)


def end_session(gate: Gate, session: int) -> None:
    """End a session: one's own, or that of an account that the actor may change.

    Raises NotFound for a session or an account out of reach.
    """
    owner = gate.one("operations.session", session).values["account"].id
    if owner != gate.actor.account:
        row = gate.one(ACCOUNT, owner)
        gate.update(ACCOUNT, owner, {}, row.version)  # within reach, and journaled
    sessions.end_session(owner, session)


def has_administrator() -> bool:
    """True when somebody may sign in to the administration; else the first link may be made."""
    return bool(Account.select().where(Account.active, Account.staff).exists())


def first_administrator(token: str, login: str, password: str, origin: Origin) -> int:
    """Use up the first link and create the superuser who set the portal up; the account's id."""
    actor = replace(process("first administrator"), origin=origin)
    with transaction():
        links.consume(token, Purpose.FIRST_ADMINISTRATOR)
        if has_administrator():
            raise Invalid(_("This portal has an administrator already."), _("Sign in instead."))
        gate = Gate(actor, Channel.SIGN_IN)
        return create_account(gate, login, password, profiles=[("superuser", None)], staff=True)


# --- rows ---------------------------------------------------------------------------------------


def _profile_ids(gate: Gate) -> dict[str, int]:
    rows = gate.stream("accounts.profiletype", Selection(), ["slug"])
    return {str(row.values["slug"]): row.id for row in rows}


def _profile_row(profile: Profile) -> dict[str, Any]:
    return {
        "label_fr": profile.label.fr,
        "label_en": profile.label.en,
        "slug": profile.slug,
        "level": profile.level,
        "manager": profile.manager,
        "privileges": profile.privileges,
        "comment": profile.comment,
    }


def _right_row(right: Right, profile: int) -> dict[str, Any]:
    return {
        "profile_type": profile,
        "table_name": right.table,
        "verbs": right.verbs,
        "reach": right.reach.value,
        "readable": right.readable,
        "writable": right.writable,
        "masked": right.masked,
    }


def owner(gate: Gate, login: str, person: int | None) -> passwords.Owner:
    """What the password must not contain, as far as the gate shows it."""
    if person is None:
        return passwords.Owner(login)
    values = gate.one("directory.person", person).values
    names = tuple(str(values.get(name) or "") for name in ("last_name", "first_name"))
    birth = values.get("birth_date")
    return passwords.Owner(login, names, birth if isinstance(birth, date) else None)


def _owner_of(gate: Gate, row: Row) -> passwords.Owner:
    person = getattr(row.values.get("person"), "id", None)
    return owner(gate, str(row.values.get("login", "")), person)


# --- passwords ----------------------------------------------------------------------------------


def lets_write_password(grant: Grant) -> bool:
    """True when a right to change accounts lets set their passwords too."""
    return EVERYTHING in grant.writable or "password" in grant.writable


def _replace_password(
    account: int, password: str, origin: Origin, *, keep: int | None = None
) -> None:
    gate = portal_gate(account, origin)
    row = gate.one(ACCOUNT, account)
    passwords.check(password, _owner_of(gate, row))
    with transaction():
        _write_password(origin, account, password, row.version)
        sessions.end_all(account, but=keep)


def _write_password(origin: Origin, account: int, password: str, version: int) -> None:
    """Store a hash: a secret field, which the gate lets no account write, only the portal."""
    values = {"password": passwords.hashed(password)}
    portal_gate(account, origin).update(ACCOUNT, account, values, version)
    links.revoke(account)


def keep_hash(origin: Origin, account: int, hashed: str) -> None:
    """Store the hash of a new account's password, which was checked when it was typed."""
    gate = portal_gate(account, origin)
    gate.update(ACCOUNT, account, {"password": hashed}, gate.one(ACCOUNT, account).version)


def portal_gate(account: int, origin: Origin) -> Gate:
    """The portal itself, which writes what an account may not of itself."""
    actor = process(f"{PASSWORD_OF}{account}")
    return Gate(replace(actor, origin=origin), Channel.FORM)
