"""Superusers who are no privacy officers: who looks after the portal is a technical administrator.

Both may do everything outside the access journal; a superuser may also make themselves its reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import Query

from portal.actor import EVERYTHING, JOURNAL
from portal.builtin.accounts import Account, Grant, Holding, ProfileType, superusers
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.privileges import ACCOUNTS
from portal.rows import Filter, Selection

ACCOUNT, HOLDING, PROFILE_TYPE = "accounts.account", "accounts.holding", "accounts.profiletype"
TECHNICAL = "technical"
MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class Superuser:
    """A superuser who does not read the journal; `only` when there is no other superuser."""

    account: int
    login: str
    only: bool


def concerned(gate: Gate) -> bool:
    """True for who is told of them: who administers accounts, within a right to read these."""
    return gate.actor.may(ACCOUNTS) and gate.can(Verb.READ, ACCOUNT)


def may_change(gate: Gate) -> bool:
    """True for who may make a superuser a technical administrator: a superuser."""
    return concerned(gate) and gate.actor.level == 0 and gate.can(Verb.UPDATE, HOLDING)


def not_officers(gate: Gate) -> list[Superuser]:
    """The superusers whose profile types open no journal, within the actor's reach."""
    every = {account for (account,) in superusers().tuples()}
    strange = sorted(every - _officers(every))
    if not strange or not gate.can(Verb.READ, ACCOUNT):
        return []
    titles = gate.titles(ACCOUNT, strange)
    return [Superuser(id, titles[id], len(every) == 1) for id in strange if id in titles]


def logins() -> list[str]:
    """The sign-in names of the same, for who looks at the instance from its machine."""
    every = {account for (account,) in superusers().tuples()}
    strange = sorted(every - _officers(every))
    query = Account.select(Account.login).where(Account.id.in_(strange)).order_by(Account.id)
    return [login for (login,) in query.tuples()]


def readers_of_journal() -> list[tuple[str, str]]:
    """The e-mail address and the language of each active account that reads the journal."""
    query = (
        Account.select(Account.email, Account.language)
        .where(Account.active, Account.staff, Account.email != "", Account.id.in_(_reading()))
        .order_by(Account.id)
    )
    return list(query.tuples())


def make_technical(gate: Gate, account: int) -> str:
    """Let a superuser be a technical administrator instead, and give their sign-in name.

    Raises NotFound for who is no such superuser, Forbidden for the last one or a weaker actor.
    """
    found = {one.account: one for one in not_officers(gate)}
    if not may_change(gate):
        raise Forbidden(_("You may not do this."), _("Ask a superuser."))
    if account not in found:
        raise NotFound(_("There is no such superuser."), _("Somebody may have done it already."))
    kinds = _strongest()
    technical = _technical(gate)
    with transaction():
        same = Selection(filters=(Filter("account", "equals", str(account)),), page_size=MOST_HELD)
        rows = gate.list(HOLDING, same).rows
        others = {(row.values["profile_type"].id, _id(row.values["zone"])) for row in rows}
        for row in rows:
            zone = _id(row.values["zone"])
            if row.values["profile_type"].id not in kinds:
                continue
            if (technical, zone) in others:
                gate.erase(gate.erasure(HOLDING, [row.id]))
            else:
                gate.update(HOLDING, row.id, {"profile_type": technical}, row.version)
                others.add((technical, zone))
    return found[account].login


def _id(reference: object) -> int | None:
    return getattr(reference, "id", None)


def _officers(accounts: set[int]) -> set[int]:
    """Those of these accounts that hold a right naming the access journal."""
    query = _reading().where(Holding.account.in_(sorted(accounts)))
    return {account for (account,) in query.distinct().tuples()}


def _reading() -> Query:
    """The accounts with a right that names the access journal."""
    return (
        Holding.select(Holding.account)
        .join_from(Holding, Grant, on=(Grant.profile_type == Holding.profile_type))
        .where(
            Grant.table_name.startswith(JOURNAL),
            Grant.verbs.contains(str(Verb.READ)) | Grant.verbs.contains(EVERYTHING),
        )
    )


def _strongest() -> set[int]:
    """The profile types that make a superuser."""
    query = (
        ProfileType.select(ProfileType.id)
        .join_from(ProfileType, Grant, on=(Grant.profile_type == ProfileType.id))
        .where(ProfileType.level == 0, Grant.table_name == EVERYTHING)
    )
    return {id for (id,) in query.distinct().tuples()}


def _technical(gate: Gate) -> int:
    same = Selection(filters=(Filter("slug", "equals", TECHNICAL),), page_size=1)
    found = gate.list(PROFILE_TYPE, same, ()).rows
    if not found:
        raise Invalid(
            _("There is no profile type of technical administrators (technical)."),
            _("Make one that may do everything, of level 1."),
        )
    return found[0].id
