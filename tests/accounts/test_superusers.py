"""Superusers who are no privacy officers become technical administrators, never the last one."""

from __future__ import annotations

import pytest

from portal.accounts import profiles, superusers
from portal.builtin.accounts import Account, Holding, ProfileType
from portal.errors import Forbidden, Invalid, NotFound
from portal.start import Portal
from tests.factories import PASSWORD, account, gate


def appoint(login: str, *kinds: str) -> int:
    held = [(kind, None) for kind in kinds]
    return profiles.create_account(gate(), login, PASSWORD, profiles=held, staff=True)


def kinds_of(id: int) -> set[str]:
    query = ProfileType.select(ProfileType.slug).join(Holding).where(Holding.account == id)
    return {slug for (slug,) in query.tuples()}


def told() -> list[tuple[str, bool]]:
    return [(one.login, one.only) for one in superusers.not_officers(gate("admin"))]


def test_the_only_superuser_is_told_and_stays(demo_portal: Portal) -> None:
    assert (told(), superusers.logins()) == ([("admin", True)], ["admin"])
    with pytest.raises(Forbidden):
        superusers.make_technical(gate("admin"), account("admin"))
    assert kinds_of(account("admin")) == {"superuser"}


def test_a_superuser_who_is_an_officer_is_not_told(demo_portal: Portal) -> None:
    appoint("both", "superuser", "dpo")
    assert told() == [("admin", False)]


def test_a_superuser_becomes_a_technical_administrator(demo_portal: Portal) -> None:
    other = appoint("other", "superuser")
    assert superusers.make_technical(gate("admin"), other) == "other"
    assert (kinds_of(other), told()) == ({"technical"}, [("admin", True)])


def test_one_may_do_so_to_oneself(demo_portal: Portal) -> None:
    appoint("other", "superuser")
    superusers.make_technical(gate("admin"), account("admin"))
    assert kinds_of(account("admin")) == {"technical"}


def test_who_is_technical_already_loses_the_rest(demo_portal: Portal) -> None:
    other = appoint("other", "superuser", "technical")
    superusers.make_technical(gate("admin"), other)
    assert kinds_of(other) == {"technical"}


@pytest.mark.parametrize("login", ["dpo", "secretary", "helper"])
def test_weaker_accounts_may_not(demo_portal: Portal, login: str) -> None:
    appoint("helper", "technical")
    other = appoint("other", "superuser")
    with pytest.raises(Forbidden):
        superusers.make_technical(gate(login), other)
    assert kinds_of(other) == {"superuser"}


def test_who_is_no_superuser_is_not_there(demo_portal: Portal) -> None:
    with pytest.raises(NotFound):
        superusers.make_technical(gate("admin"), account("secretary"))


def test_a_technical_administrator_never_reads_the_journal(demo_portal: Portal) -> None:
    appoint("helper", "technical")
    assert not any(grant.covers("journal.entry") for grant in gate("helper").actor.grants)
    assert Account.get(Account.login == "helper").staff


@pytest.mark.parametrize("kind", ["technical", "superuser"])
@pytest.mark.parametrize("table", ["journal.*", "journal.entry"])
def test_who_may_change_everything_is_given_no_right_on_the_journal(
    demo_portal: Portal, kind: str, table: str
) -> None:
    profile = ProfileType.get(ProfileType.slug == kind).id
    right = {"profile_type": profile, "table_name": table, "verbs": "read", "reach": "all"}
    with pytest.raises(Invalid):
        gate().create("accounts.grant", right)


def test_a_reader_of_the_journal_is_not_given_everything(demo_portal: Portal) -> None:
    profile = ProfileType.get(ProfileType.slug == "dpo").id
    right = {"profile_type": profile, "table_name": "*", "verbs": "update", "reach": "all"}
    with pytest.raises(Invalid):
        gate().create("accounts.grant", right)
