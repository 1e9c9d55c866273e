"""Privileges: named openings of the pages that are no table, carried by who acts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from peewee import TextField
from playhouse.migrate import SchemaMigrator

from portal import privileges, schema, version
from portal.accounts import profiles, sessions
from portal.accounts.ready_made import PROFILES
from portal.actor import Origin, process
from portal.builtin.accounts import ProfileType
from portal.catalog import current
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Invalid
from portal.gate import Gate
from portal.settings_sections import Journal
from tests import factories
from tests.factories import PASSWORD

ENTRY = "journal.entry"


@pytest.fixture
def portal_gate(portal_url: str, tmp_path: Path) -> Gate:
    """Give a gate that may do everything, of a new portal."""
    factories.make_portal(tmp_path / "home", portal_url)
    return factories.gate()


def holder(gate: Gate, *slugs: str) -> int:
    login = "-".join(slugs) or "nobody"
    return profiles.create_account(
        gate, login, PASSWORD, profiles=[(slug, None) for slug in slugs], staff=True
    )


def held(account: int) -> frozenset[str]:
    return sessions.load_actor(account, Origin()).privileges


def test_a_process_of_the_portal_holds_every_privilege() -> None:
    assert process("night").privileges == privileges.EVERY


@pytest.mark.parametrize("slug", ["superuser", "technical"])
def test_who_looks_after_the_portal_holds_every_privilege(portal_gate: Gate, slug: str) -> None:
    assert held(holder(portal_gate, slug)) == privileges.EVERY


@pytest.mark.parametrize(
    "slug", [p.slug for p in PROFILES if p.slug not in ("superuser", "technical", "dpo")]
)
def test_the_others_look_after_their_own_profile(portal_gate: Gate, slug: str) -> None:
    assert held(holder(portal_gate, slug)) == {privileges.PROFILE}


def test_the_privacy_officer_sees_the_jobs_of_everybody(portal_gate: Gate) -> None:
    assert held(holder(portal_gate, "dpo")) == {privileges.PROFILE, privileges.JOBS}


def test_an_account_without_a_profile_type_holds_none(portal_gate: Gate) -> None:
    assert held(holder(portal_gate)) == frozenset()


def test_the_privileges_of_several_profile_types_add_up(portal_gate: Gate) -> None:
    id = portal_gate.create(
        "accounts.profiletype",
        {"label_fr": "Sauvegardes", "slug": "saver", "privileges": "backups"},
    )
    assert id
    assert held(holder(portal_gate, "member", "saver")) == {"profile", "backups"}


def test_a_privilege_that_is_withdrawn_is_gone_at_once(portal_gate: Gate) -> None:
    account = holder(portal_gate, "member")
    row = portal_gate.one("accounts.profiletype", ProfileType.get(ProfileType.slug == "member").id)
    portal_gate.update("accounts.profiletype", row.id, {"privileges": ""}, row.version)
    assert held(account) == frozenset()


def test_an_unknown_privilege_is_refused(portal_gate: Gate) -> None:
    with pytest.raises(Invalid, match="fly"):
        portal_gate.create(
            "accounts.profiletype", {"label_fr": "X", "slug": "x", "privileges": "fly"}
        )


def test_privileges_are_shown_in_words(portal_gate: Gate) -> None:
    field = current().table("accounts.profiletype").fields["privileges"]
    assert field.type.show("backups jobs") == "Backups, Jobs of everybody"


def test_an_older_portal_keeps_what_its_profile_types_opened(portal_gate: Gate) -> None:
    migrator = SchemaMigrator.from_database(proxy.obj)
    migrate: Callable[..., None] = import_module("playhouse.migrate").migrate
    migrate(migrator.drop_column("accounts_profiletype", "privileges"))
    step = import_module("portal.migrations.0002_privileges")
    step.up(migrator, proxy.obj)
    found = dict(ProfileType.select(ProfileType.slug, ProfileType.privileges).tuples())
    assert (found["superuser"], found["member"]) == (privileges.EVERY_NAME, "profile")


def test_the_migration_leaves_a_column_that_is_there(portal_gate: Gate) -> None:
    step = import_module("portal.migrations.0002_privileges")
    step.up(SchemaMigrator.from_database(proxy.obj), proxy.obj)
    assert isinstance(ProfileType.privileges, TextField)
    assert version.schema_version() == schema.newest(schema.CORE_MIGRATIONS)


# --- the journal


def opened(gate: Gate, slug: str) -> bool:
    account = holder(gate, slug)
    return Gate(sessions.load_actor(account, Origin()), gate.channel).can(Verb.READ, ENTRY)


@pytest.mark.parametrize("slug", ["superuser", "technical"])
def test_a_right_on_everything_does_not_contain_the_journal(portal_gate: Gate, slug: str) -> None:
    assert not opened(portal_gate, slug)


@pytest.mark.parametrize(("slug", "reads"), [("superuser", True), ("technical", False)])
def test_a_setting_opens_the_journal_to_the_superuser_alone(
    portal_url: str, tmp_path: Path, slug: str, reads: bool
) -> None:
    factories.make_portal(tmp_path / "home", portal_url, journal=Journal(superuser=True))
    assert opened(factories.gate(), slug) is reads
