"""One profile type at a time: which of those an account holds its session uses, or all of them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.builtin.accounts import Holding, ProfileType
from portal.builtin.operations import Session
from portal.database import transaction
from portal.errors import NotFound
from portal.i18n import Text, _


@dataclass(frozen=True, slots=True)
class Role:
    """A profile type that an account holds, and whether the session uses it alone."""

    id: int
    label: Text
    used: bool


def roles_of(account: int, session: int | None) -> list[Role]:
    """The profile types that an account holds, the strongest first."""
    kept = Session.select(Session.profile_type).where(Session.id == session).tuples().first()
    used = kept[0] if kept else None
    columns = (ProfileType.id, ProfileType.label_fr, ProfileType.label_en, ProfileType.level)
    query = ProfileType.select(*columns).join(Holding).where(Holding.account == account)
    rows = query.distinct().order_by(ProfileType.level, ProfileType.id).tuples()
    return [Role(id, Text(french, english), id == used) for id, french, english, _level in rows]


def use(account: int, session: int, profile_type: int | None) -> None:
    """From its next request on, a session uses one profile type of its account, or all (None).

    Raises NotFound for one that the account does not hold.
    """
    if profile_type is not None:
        mine = (Holding.account == account) & (Holding.profile_type == profile_type)
        if not Holding.select().where(mine).exists():
            raise NotFound(_("Your account does not hold this profile type."))
    with transaction():
        mine = (Session.id == session) & (Session.account == account)
        Session.update(profile_type=profile_type).where(mine).execute()
