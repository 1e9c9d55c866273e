"""Ready-made profile types are never overwritten; accounts and passwords go by the gate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from portal import catalog
from portal.accounts import links, profiles, sessions
from portal.accounts.links import Purpose
from portal.accounts.ready_made import PROFILES
from portal.accounts.signin import SignInRefused, sign_in
from portal.actor import Actor, Origin, process
from portal.builtin.accounts import Account, Grant, ProfileType
from portal.builtin.history import Change
from portal.builtin.journal import Entry
from portal.channels import Channel
from portal.declare import Reach, Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.settings import Settings
from portal.settings_sections import Database
from portal.start import open_portal

PASSWORD = "un planeur au-dessus des nuages"
OTHER = "trois hirondelles sur le hangar"
HERE = Origin("192.0.2.7", True, "browser", "r1")
SLUGS = [
    "superuser",
    "technical",
    "dpo",
    "structure",
    "secretary",
    "treasurer",
    "instructor",
    "member",
]


@pytest.fixture
def gate(portal_url: str, tmp_path: Path) -> Gate:
    """Give the door of a new portal, for the portal itself."""
    open_portal(Settings(tmp_path / "instance", database=Database(url=portal_url)))
    sessions.forget_grants()
    return Gate(process("tests"), Channel.FORM)


def person(gate: Gate, last_name: str = "Morel") -> int:
    """Make a person."""
    return gate.create(
        "directory.person",
        {"last_name": last_name, "first_name": "Inès", "birth_date": date(1980, 3, 14)},
    )


def actor(account: int) -> Actor:
    """Give the actor of an account's new session."""
    found = sessions.actor_of(sessions.open_session(account, HERE), HERE)
    assert found is not None
    return found


def made(gate: Gate, login: str, profile: str, **options: object) -> int:
    """Make an account that holds a profile type."""
    return profiles.create_account(gate, login, PASSWORD, profiles=[(profile, None)], **options)


def test_a_new_portal_has_the_eight_profile_types(gate: Gate) -> None:
    assert [row.slug for row in ProfileType.select().order_by(ProfileType.id)] == SLUGS


def test_a_decision_of_the_administrator_is_never_overwritten(gate: Gate) -> None:
    ProfileType.update(label_fr="Bureau").where(ProfileType.slug == "secretary").execute()
    rights = Grant.select().count()
    Grant.delete().where(Grant.id == Grant.select().order_by(Grant.id.desc()).get().id).execute()
    assert profiles.install(gate) == 0
    assert ProfileType.get(ProfileType.slug == "secretary").label_fr == "Bureau"
    assert Grant.select().count() == rights - 1


def test_a_missing_profile_type_is_added_with_its_rights(gate: Gate) -> None:
    ProfileType.delete().where(ProfileType.slug == "member").execute()
    assert profiles.install(gate) == 1
    added = ProfileType.get(ProfileType.slug == "member")
    assert Grant.select().where(Grant.profile_type == added).count() == len(PROFILES[-1].rights)


def test_every_right_names_tables_and_fields_that_exist(gate: Gate) -> None:
    known = {table.name: set(table.fields) for table in catalog.current()}
    modules = {name.partition(".")[0] for name in known}
    for right in (right for profile in PROFILES for right in profile.rights):
        if right.table == "*" or right.table.endswith(".*"):
            assert right.table == "*" or right.table.partition(".")[0] in modules
            continue
        named = f"{right.readable} {right.writable} {right.masked}".split()
        assert set(named) - {"*"} <= known[right.table]


def test_every_reach_by_structure_is_on_a_table_that_has_one(gate: Gate) -> None:
    tables = {table.name: table for table in catalog.current()}
    for right in (right for profile in PROFILES for right in profile.rights):
        if right.reach is Reach.STRUCTURE and right.table in tables:
            assert tables[right.table].structure is not None


def test_labels_of_profile_types_are_in_both_languages() -> None:
    assert all(profile.label.fr and profile.label.en for profile in PROFILES)


def test_only_the_privacy_officer_reads_the_journal(gate: Gate) -> None:
    readers = []
    for slug in SLUGS:
        account = made(gate, f"a-{slug}", slug)
        if Gate(actor(account), Channel.LIST).can(Verb.READ, "journal.entry"):
            readers.append(slug)
    assert readers == ["dpo"]


def test_the_treasurer_sees_no_birth_date_note_or_emergency_contact(gate: Gate) -> None:
    door = Gate(actor(made(gate, "tresor", "treasurer")), Channel.LIST)
    shown = {field.name for field in door.fields("directory.person")}
    assert {"last_name", "email", "city"} <= shown
    assert shown.isdisjoint({"birth_date", "notes", "emergency_contact"})


def test_a_member_changes_their_own_contact_fields_alone(gate: Gate) -> None:
    own, other = person(gate), person(gate, "Durand")
    door = Gate(actor(made(gate, "ines", "member", person=own)), Channel.FORM)
    door.update("directory.person", own, {"city": "Gap"}, 1)
    assert door.one("directory.person", own).values["city"] == "Gap"
    with pytest.raises(Forbidden):
        door.update("directory.person", own, {"last_name": "Martin"}, 2)
    with pytest.raises(NotFound):
        door.one("directory.person", other)


def test_an_account_signs_in_with_its_password(gate: Gate) -> None:
    account = made(gate, "Inès", "member", person=person(gate), staff=True)
    assert sign_in("ines", PASSWORD, HERE) == account
    signed = actor(account)
    assert (signed.profiles, signed.staff) == (("member",), True)


def test_a_password_stands_in_no_history_journal_or_row(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    row = gate.one("accounts.account", account)
    stored = Account.get().password
    assert stored not in str(row.values) + str(list(Change.select().dicts()))
    assert stored not in str(list(Entry.select().dicts()))


def test_a_login_is_taken_once_however_it_is_written(gate: Gate) -> None:
    made(gate, "Inès", "member")
    with pytest.raises(Invalid, match="taken"):
        made(gate, "INES", "member")


@pytest.mark.parametrize("login", ["", "   ", "x" * 101, "a\nb", "a\0b"])
def test_an_impossible_login_is_refused(gate: Gate, login: str) -> None:
    with pytest.raises(Invalid) as refused:
        made(gate, login, "member")
    assert list(refused.value.fields) == ["login"]


def test_a_password_with_the_persons_name_or_birth_date_is_refused(gate: Gate) -> None:
    own = person(gate)
    for weak in ("la maison morel est bleue", "vole depuis 14-03-1980"):
        with pytest.raises(Invalid):
            profiles.create_account(gate, "im", weak, person=own)


def test_an_unknown_profile_type_leaves_no_account(gate: Gate) -> None:
    with pytest.raises(Invalid, match="king"):
        made(gate, "ines", "king")
    assert Account.select().count() == 0


def test_who_changes_their_password_says_the_old_one(gate: Gate) -> None:
    signed = actor(made(gate, "ines", "member"))
    with pytest.raises(Invalid, match="present password"):
        profiles.change_own_password(signed, "wrong", OTHER)
    profiles.change_own_password(signed, PASSWORD, OTHER)
    assert sign_in("ines", OTHER, HERE) == signed.account
    with pytest.raises(SignInRefused):
        sign_in("ines", PASSWORD, HERE)


def test_a_changed_password_ends_the_other_sessions(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    elsewhere = sessions.open_session(account, HERE)
    token = sessions.open_session(account, HERE)
    signed = sessions.actor_of(token, HERE)
    assert signed is not None
    profiles.change_own_password(signed, PASSWORD, OTHER)
    assert sessions.actor_of(token, HERE) is not None
    assert sessions.actor_of(elsewhere, HERE) is None


def test_an_administrator_sets_a_password_and_is_journaled(gate: Gate) -> None:
    chief, account = made(gate, "chief", "superuser"), made(gate, "ines", "member")
    token = sessions.open_session(account, HERE)
    profiles.set_password(Gate(actor(chief), Channel.FORM), account, OTHER)
    assert sign_in("ines", OTHER, HERE) == account
    assert sessions.actor_of(token, HERE) is None
    assert Entry.select().where(Entry.account == chief, Entry.kind == "update").count() == 1


def test_a_member_sets_no_password_without_the_old_one(gate: Gate) -> None:
    account = made(gate, "ines", "member", person=person(gate))
    with pytest.raises(Forbidden):
        profiles.set_password(Gate(actor(account), Channel.FORM), account, OTHER)


def test_a_link_gives_an_account_a_new_password_once(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    token = links.issue(Purpose.PASSWORD, account)
    with pytest.raises(Invalid, match="12 characters"):
        profiles.reset_password(token, "court", HERE)
    assert profiles.reset_password(token, OTHER, HERE) == account
    assert sign_in("ines", OTHER, HERE) == account
    with pytest.raises(Invalid):
        profiles.reset_password(token, PASSWORD, HERE)


def test_a_link_opens_no_disabled_account(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    token = links.issue(Purpose.PASSWORD, account)
    profiles.set_active(gate, account, active=False)
    with pytest.raises(Invalid, match="does not work"):
        profiles.reset_password(token, OTHER, HERE)


def test_disabling_an_account_ends_its_sessions_and_is_dated(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    token = sessions.open_session(account, HERE)
    profiles.set_active(gate, account, active=False)
    assert sessions.actor_of(token, HERE) is None
    assert Account.get().disabled_at is not None
    profiles.set_active(gate, account, active=True)
    assert sessions.actor_of(token, HERE) is None
    assert Account.get().disabled_at is None


def test_the_first_administrator_comes_by_the_link_and_is_the_only_one(gate: Gate) -> None:
    assert not profiles.has_administrator()
    first = links.issue(Purpose.FIRST_ADMINISTRATOR)
    account = profiles.first_administrator(first, "chief", PASSWORD, HERE)
    assert actor(account).profiles == ("superuser",)
    second = links.issue(Purpose.FIRST_ADMINISTRATOR)
    with pytest.raises(Invalid, match="administrator already"):
        profiles.first_administrator(second, "other", PASSWORD, HERE)


def test_a_failed_first_administrator_leaves_the_link_whole(gate: Gate) -> None:
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    with pytest.raises(Invalid):
        profiles.first_administrator(token, "chief", "court", HERE)
    assert links.valid(token, Purpose.FIRST_ADMINISTRATOR)


def test_a_person_ends_their_own_session_and_nobody_elses(gate: Gate) -> None:
    own = made(gate, "ines", "member", person=person(gate))
    other = made(gate, "paul", "member", person=person(gate, "Durand"))
    mine, theirs = actor(own), actor(other)
    door = Gate(mine, Channel.DETAIL)
    with pytest.raises(NotFound):
        profiles.end_session(door, theirs.session or 0)
    profiles.end_session(door, mine.session or 0)
    assert sessions.sessions_of(own) == []
    assert len(sessions.sessions_of(other)) == 1


def test_who_reads_all_sessions_ends_none_without_the_right(gate: Gate) -> None:
    account = made(gate, "ines", "member")
    door = Gate(actor(made(gate, "dpo", "dpo", person=person(gate))), Channel.DETAIL)
    session = actor(account).session or 0
    with pytest.raises(NotFound):
        profiles.end_session(door, session)
    chief = Gate(actor(made(gate, "chief", "superuser")), Channel.DETAIL)
    profiles.end_session(chief, session)
    assert sessions.sessions_of(account) == []
