"""Who may change whom: levels, nothing beyond one's own rights, and a superuser who stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal import configured, version
from portal.accounts import profiles, sessions
from portal.actor import Origin, process
from portal.builtin.accounts import Account, Grant, Holding, ProfileType
from portal.builtin.directory import Attachment
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden, Held, Invalid
from portal.gate import Gate
from portal.models import utc_now
from portal.person_merging import PersonMerger
from portal.privacy import retention
from portal.rows import Selection
from portal.settings import Settings
from portal.settings_sections import Database
from portal.start import open_portal

PASSWORD = "un planeur au-dessus des nuages"
HERE = Origin("192.0.2.7", True, "browser", "r1")
ACCOUNT, HOLDING = "accounts.account", "accounts.holding"
PERSON, ATTACHMENT = "directory.person", "directory.attachment"
STRUCTURE = "directory.structure"
PROFILE_TYPE, GRANT = "accounts.profiletype", "accounts.grant"
READ_ALL = {"table_name": "members.*", "verbs": "read", "reach": "all"}

Door = Callable[[str], Gate]


@pytest.fixture
def portal(portal_url: str, tmp_path: Path) -> Gate:
    """Give the door of a new portal with an account of each ready-made profile type."""
    open_portal(Settings(tmp_path / "instance", database=Database(url=portal_url)))
    sessions.forget_grants()
    gate = Gate(process("tests"), Channel.FORM)
    for slug in ("superuser", "technical", "dpo", "structure", "secretary", "member"):
        profiles.create_account(gate, slug, PASSWORD, profiles=[(slug, None)], staff=True)
    return gate


@pytest.fixture
def door(portal: Gate) -> Door:
    """Give a function that answers the gate of an account."""

    def made(login: str) -> Gate:
        return Gate(sessions.load_actor(number(login), HERE), Channel.FORM)

    return made


def number(login: str) -> int:
    return int(Account.get(Account.login_key == login).id)


def profile(slug: str) -> int:
    return int(ProfileType.get(ProfileType.slug == slug).id)


def holding(login: str) -> int:
    return int(Holding.get(Holding.account == number(login)).id)


def change(gate: Gate, table: str, id: int, **values: Any) -> None:
    gate.update(table, id, values, gate.one(table, id).version)


def hand(gate: Gate, login: str, slug: str) -> int:
    """Give an account a profile type."""
    return gate.create(HOLDING, {"account": number(login), "profile_type": profile(slug)})


# --- the level of an actor


@pytest.mark.parametrize(("login", "level"), [("superuser", 0), ("technical", 1), ("member", 90)])
def test_the_level_of_an_account_is_that_of_its_profile_type(
    door: Door, login: str, level: int
) -> None:
    assert door(login).actor.level == level


def test_the_strongest_of_several_profile_types_is_the_level(portal: Gate, door: Door) -> None:
    hand(portal, "member", "secretary")
    assert door("member").actor.level == 40


def test_an_account_without_a_profile_type_is_weaker_than_all(portal: Gate, door: Door) -> None:
    profiles.create_account(portal, "paul", PASSWORD)
    assert door("paul").actor.level == 100


# --- accounts


def test_a_stronger_account_changes_a_weaker_one(door: Door) -> None:
    change(door("technical"), ACCOUNT, number("secretary"), email="a@b.example")
    assert Account.get_by_id(number("secretary")).email == "a@b.example"


@pytest.mark.parametrize("login", ["superuser", "technical"])
@pytest.mark.parametrize(
    "values", [{"email": "x@y.example"}, {"login": "other"}, {"active": False}, {"staff": False}]
)
def test_no_account_changes_itself_or_a_stronger_one(
    door: Door, login: str, values: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden, match="as strong as yours"):
        change(door("technical"), ACCOUNT, number(login), **values)


def test_ones_own_language_is_ones_own(door: Door) -> None:
    change(door("technical"), ACCOUNT, number("technical"), language="en")
    assert Account.get_by_id(number("technical")).language == "en"


def test_no_account_sets_the_password_of_a_stronger_one(door: Door) -> None:
    with pytest.raises(Forbidden):
        profiles.set_password(door("technical"), number("superuser"), "trois hirondelles bleues")


def test_no_account_takes_over_one_that_holds_more(door: Door) -> None:
    for act in (
        lambda: profiles.set_password(door("technical"), number("dpo"), "trois hirondelles bleues"),
        lambda: change(door("technical"), ACCOUNT, number("dpo"), email="x@y.example"),
    ):
        with pytest.raises(Forbidden, match="do not hold yourself"):
            act()


def test_superusers_change_one_another(portal: Gate, door: Door) -> None:
    profiles.create_account(portal, "deux", PASSWORD, profiles=[("superuser", None)], staff=True)
    change(door("superuser"), ACCOUNT, number("deux"), login="zwei")
    change(door("superuser"), ACCOUNT, number("superuser"), login="chef")
    assert Account.select().where(Account.login_key.in_(["zwei", "chef"])).count() == 2


def test_no_account_erases_a_stronger_one(door: Door) -> None:
    gate = door("technical")
    with pytest.raises(Forbidden):
        gate.erase(gate.erasure(ACCOUNT, [number("technical")]))
    gate.erase(gate.erasure(ACCOUNT, [number("member")]))
    assert not Account.select().where(Account.login_key == "member").exists()


def merge(gate: Gate, first: int, second: int) -> None:
    merger = PersonMerger(gate)
    merger.run(merger.plan(first, second), ())


def owner(portal: Gate, login: str) -> int:
    """Give an account a person, who is new."""
    person = portal.create(PERSON, {"last_name": login})
    change(portal, ACCOUNT, number(login), person=person)
    return person


@pytest.mark.parametrize("login", ["superuser", "technical"])
def test_merging_persons_moves_no_account_as_strong_as_ones_own(
    portal: Gate, door: Door, login: str
) -> None:
    theirs, other = owner(portal, login), portal.create(PERSON, {"last_name": "Claire"})
    with pytest.raises(Forbidden, match="as strong as yours"):
        merge(door("technical"), theirs, other)
    assert Account.get_by_id(number(login)).person_id == theirs


def test_merging_persons_moves_no_account_that_holds_more(portal: Gate, door: Door) -> None:
    theirs, mine = owner(portal, "dpo"), owner(portal, "technical")
    with pytest.raises(Forbidden, match="do not hold yourself"):
        merge(door("technical"), theirs, mine)


def test_merging_persons_moves_a_weaker_account(portal: Gate, door: Door) -> None:
    theirs, other = owner(portal, "member"), portal.create(PERSON, {"last_name": "Claire"})
    merge(door("technical"), theirs, other)
    assert Account.get_by_id(number("member")).person_id == other


# --- what an account reaches by its person


@dataclass(frozen=True)
class Branch:
    """Two structures, and `head`: an account that administers accounts and persons in the first."""

    here: int
    there: int
    head: int


@pytest.fixture
def branch(portal: Gate) -> Branch:
    """Give two structures, and an account without a zone whose person is in the first of them."""
    root = portal.list(STRUCTURE, Selection()).rows[0].id
    here, there = (
        portal.create(STRUCTURE, {"name": name, "parent": root}) for name in ("Ici", "Là")
    )
    configured.refresh(version.catalog_version())
    profile_of(
        portal,
        "head",
        20,
        (PERSON, "read update erase", "structure"),
        (ATTACHMENT, "read create update erase", "all"),
        (ACCOUNT, "read create update", "all"),
        (HOLDING, "read create update", "all"),
        (PROFILE_TYPE, "read update", "all"),
        (GRANT, "read create update", "all"),
        (STRUCTURE, "read create update", "all"),
    )
    profile_of(portal, "clerk", 60, (PERSON, "read", "structure"))
    return Branch(here, there, account_of(portal, "head", person_in(portal, here)))


def profile_of(portal: Gate, slug: str, level: int, *rights: tuple[str, str, str]) -> int:
    """Make a profile type with these rights: table, verbs and reach."""
    id = portal.create(PROFILE_TYPE, {"label_fr": slug, "slug": slug, "level": level})
    for table, verbs, reach in rights:
        portal.create(
            GRANT, {"profile_type": id, "table_name": table, "verbs": verbs, "reach": reach}
        )
    return id


def account_of(portal: Gate, slug: str, person: int, *zones: int) -> int:
    """Make an account of a profile type, in these zones or where its person is."""
    held = [(slug, zone) for zone in zones or (None,)]
    return profiles.create_account(portal, slug, PASSWORD, person=person, profiles=held)


def person_in(portal: Gate, *structures: int) -> int:
    """Make a person who is attached to these structures."""
    person = portal.create(PERSON, {"last_name": "Claire"})
    for structure in structures:
        portal.create(ATTACHMENT, {"person": person, "structure": structure})
    return person


def test_an_account_is_not_given_a_person_who_raises_its_reach(
    portal: Gate, door: Door, branch: Branch
) -> None:
    clerk = account_of(portal, "clerk", person_in(portal, branch.here))
    both = person_in(portal, branch.here, branch.there)
    with pytest.raises(Forbidden, match="do not hold yourself"):
        change(door("head"), ACCOUNT, clerk, person=both)


def test_an_account_is_given_another_person_within_ones_own_reach(
    portal: Gate, door: Door, branch: Branch
) -> None:
    clerk = account_of(portal, "clerk", person_in(portal, branch.here))
    other = person_in(portal, branch.here)
    change(door("head"), ACCOUNT, clerk, person=other)
    assert Account.get_by_id(clerk).person_id == other


@pytest.mark.parametrize("who", ["head", "clerk"])
def test_attaching_a_person_raises_no_account_beyond_ones_own_reach(
    portal: Gate, door: Door, branch: Branch, who: str
) -> None:
    account_of(portal, "clerk", person_in(portal, branch.here))
    person = Account.get_by_id(number(who)).person_id
    with pytest.raises(Forbidden, match="do not hold yourself"):
        door("head").create(ATTACHMENT, {"person": person, "structure": branch.there})


def test_an_attachment_is_not_moved_beyond_ones_own_reach(
    portal: Gate, door: Door, branch: Branch
) -> None:
    person = person_in(portal, branch.here)
    account_of(portal, "clerk", person)
    row = Attachment.get(Attachment.person == person)
    with pytest.raises(Forbidden, match="do not hold yourself"):
        change(door("head"), ATTACHMENT, row.id, structure=branch.there)


@pytest.mark.parametrize("where", ["here", "there"])
def test_persons_are_attached_where_their_account_reaches_nothing_more(
    portal: Gate, door: Door, branch: Branch, where: str
) -> None:
    person = person_in(portal, branch.here)
    if where == "here":
        account_of(portal, "clerk", person)
    else:
        change(portal, ACCOUNT, number("member"), person=person)
    door("head").create(ATTACHMENT, {"person": person, "structure": getattr(branch, where)})
    assert Attachment.select().where(Attachment.person == person).count() == 2


def below(portal: Gate, parent: int, name: str) -> int:
    """Make a structure below another one."""
    made = portal.create(STRUCTURE, {"name": name, "parent": parent})
    configured.refresh(version.catalog_version())
    return made


@pytest.mark.parametrize("held", ["where its person is", "in a zone", "by nobody but oneself"])
def test_a_structure_is_not_moved_where_accounts_reach_more_than_oneself(
    portal: Gate, door: Door, branch: Branch, held: str
) -> None:
    hall = below(portal, branch.here, "Salle")
    if held == "where its person is":
        account_of(portal, "clerk", person_in(portal, hall))
    elif held == "in a zone":
        account_of(portal, "clerk", person_in(portal), hall)
    with pytest.raises(Forbidden, match="do not hold yourself"):
        change(door("head"), STRUCTURE, branch.there, parent=hall)
    assert portal.one(STRUCTURE, branch.there).values["parent"].id != hall


def test_a_structure_is_moved_within_ones_own_reach(
    portal: Gate, door: Door, branch: Branch
) -> None:
    hall, room = below(portal, branch.here, "Salle"), below(portal, branch.here, "Bureau")
    account_of(portal, "clerk", person_in(portal, hall))
    change(door("head"), STRUCTURE, room, parent=hall)
    assert portal.one(STRUCTURE, room).values["parent"].id == hall


def test_a_structure_is_moved_where_accounts_reached_it_already(
    portal: Gate, door: Door, branch: Branch
) -> None:
    hall = below(portal, branch.there, "Salle")
    top = portal.one(STRUCTURE, branch.there).values["parent"].id
    account_of(portal, "clerk", person_in(portal), top)
    change(door("head"), STRUCTURE, hall, parent=top)
    assert portal.one(STRUCTURE, hall).values["parent"].id == top


def test_a_new_structure_raises_nobody(portal: Gate, door: Door, branch: Branch) -> None:
    account_of(portal, "clerk", person_in(portal), branch.there)
    assert door("head").create(STRUCTURE, {"name": "Salle", "parent": branch.there})


def give_clerks(door: Door, reach: str = "structure") -> None:
    """Have the head let clerks change persons."""
    right = {"table_name": PERSON, "verbs": "read update", "reach": reach}
    door("head").create(GRANT, right | {"profile_type": profile("clerk")})


@pytest.mark.parametrize("by_zone", [True, False])
def test_no_right_is_added_where_a_profile_type_is_held_beyond_ones_zones(
    portal: Gate, door: Door, branch: Branch, by_zone: bool
) -> None:
    zones = (branch.there,) if by_zone else ()
    account_of(portal, "clerk", person_in(portal, branch.there), *zones)
    with pytest.raises(Forbidden, match="do not hold yourself"):
        give_clerks(door)


def test_no_profile_type_held_beyond_ones_zones_is_changed(
    portal: Gate, door: Door, branch: Branch
) -> None:
    account_of(portal, "clerk", person_in(portal, branch.there))
    with pytest.raises(Forbidden, match="do not hold yourself"):
        change(door("head"), PROFILE_TYPE, profile("clerk"), level=30)


def test_a_right_is_added_where_a_profile_type_is_held_within_ones_zones(
    portal: Gate, door: Door, branch: Branch
) -> None:
    account_of(portal, "clerk", person_in(portal, branch.here))
    give_clerks(door)
    assert Grant.select().where(Grant.profile_type == profile("clerk")).count() == 2


# --- profile types held


def test_a_weaker_profile_type_is_handed_out(door: Door) -> None:
    hand(door("technical"), "member", "secretary")
    assert Holding.select().where(Holding.account == number("member")).count() == 2


@pytest.mark.parametrize("slug", ["superuser", "technical"])
def test_nobody_hands_out_a_profile_type_as_strong_as_their_own(door: Door, slug: str) -> None:
    with pytest.raises(Forbidden, match="as strong as yours"):
        hand(door("technical"), "member", slug)
    assert Holding.select().where(Holding.account == number("member")).count() == 1


@pytest.mark.parametrize("slug", ["superuser", "dpo", "member"])
def test_nobody_raises_their_own_account(door: Door, slug: str) -> None:
    with pytest.raises(Forbidden):
        hand(door("technical"), "technical", slug)


@pytest.mark.parametrize("login", ["technical", "member"])
def test_the_technical_administrator_gives_nobody_the_journal(door: Door, login: str) -> None:
    with pytest.raises(Forbidden):
        hand(door("technical"), login, "dpo")
    right = {"profile_type": profile("member"), "table_name": "journal.*"}
    for table in ("journal.*", "journal.entry"):
        with pytest.raises(Forbidden, match="do not hold yourself"):
            door("technical").create(
                GRANT, right | {"table_name": table, "verbs": "read", "reach": "all"}
            )


def test_a_superuser_appoints_a_privacy_officer(door: Door) -> None:
    hand(door("superuser"), "member", "dpo")
    assert door("member").can(Verb.READ, "journal.entry")


def test_a_profile_type_held_is_not_moved_to_ones_own_account(door: Door) -> None:
    with pytest.raises(Forbidden):
        change(door("technical"), HOLDING, holding("member"), account=number("technical"))
    with pytest.raises(Forbidden):
        change(door("technical"), HOLDING, holding("member"), profile_type=profile("superuser"))


def test_inline_rows_of_the_form_are_refused_alike(door: Door) -> None:
    gate, id = door("technical"), number("member")
    rows = {HOLDING: [{"profile_type": profile("superuser")}]}
    with pytest.raises(Forbidden):
        gate.update(ACCOUNT, id, {}, gate.one(ACCOUNT, id).version, rows)
    with pytest.raises(Forbidden):
        gate.create(ACCOUNT, {"login": "neu"}, rows)
    assert not Account.select().where(Account.login_key == "neu").exists()


def test_many_rows_at_once_are_refused_alike(door: Door) -> None:
    rows = [{"account": number("member"), "profile_type": profile("superuser")}]
    with pytest.raises(Forbidden):
        door("technical").create_many(HOLDING, rows)


def test_the_profile_type_of_a_stronger_account_is_not_taken_away(door: Door) -> None:
    gate = door("technical")
    with pytest.raises(Forbidden):
        gate.erase(gate.erasure(HOLDING, [holding("superuser")]))


def test_the_machines_owner_hands_out_what_they_will(portal: Gate) -> None:
    hand(portal, "member", "superuser")
    assert Holding.select().where(Holding.account == number("member")).count() == 2


# --- profile types and their rights


@pytest.mark.parametrize("slug", ["superuser", "technical"])
def test_no_right_is_added_to_a_stronger_profile_type(door: Door, slug: str) -> None:
    with pytest.raises(Forbidden, match="as strong as yours"):
        door("technical").create(GRANT, READ_ALL | {"profile_type": profile(slug)})


def test_a_right_is_added_to_a_weaker_profile_type(door: Door) -> None:
    door("technical").create(GRANT, READ_ALL | {"profile_type": profile("member")})


@pytest.mark.parametrize("level", [0, 1])
def test_no_profile_type_is_made_as_strong_as_ones_own(door: Door, level: int) -> None:
    with pytest.raises(Forbidden):
        door("technical").create(PROFILE_TYPE, {"label_fr": "Neuf", "slug": "neuf", "level": level})
    with pytest.raises(Forbidden):
        change(door("technical"), PROFILE_TYPE, profile("member"), level=level)


def test_ones_own_profile_type_is_not_made_stronger(door: Door) -> None:
    with pytest.raises(Forbidden):
        change(door("technical"), PROFILE_TYPE, profile("technical"), level=0)


def granted(portal: Gate, **right: str) -> int:
    """Make a profile type of level 10 that changes rights, and has this right; an account too."""
    id = portal.create(PROFILE_TYPE, {"label_fr": "Clé", "slug": "key", "level": 10})
    for table in (PROFILE_TYPE, GRANT, ACCOUNT, HOLDING):
        base = {"profile_type": id, "verbs": "*", "reach": "all"}
        portal.create(GRANT, base | {"table_name": table})
    portal.create(GRANT, {"profile_type": id, **right})
    profiles.create_account(portal, "key", PASSWORD, profiles=[("key", None)], staff=True)
    return id


MINE = {
    "table_name": "members.membership",
    "verbs": "read update",
    "reach": "structure",
    "readable": "person season",
    "writable": "season",
    "conditions": "season equals 2026",
}


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"verbs": "read"},
        {"readable": "person"},
        {"masked": "season"},
        {"conditions": "season equals 2026\nseason contains 20"},
    ],
)
def test_what_one_holds_is_given(portal: Gate, door: Door, right: dict[str, str]) -> None:
    granted(portal, **MINE)
    door("key").create(GRANT, MINE | right | {"profile_type": profile("member")})


@pytest.mark.parametrize(
    "right",
    [
        {"table_name": "*", "readable": "*", "conditions": ""},
        {"table_name": "members.*", "readable": "person", "writable": "", "conditions": ""},
        {"table_name": "directory.person", "readable": "*", "writable": "", "conditions": ""},
        {"verbs": "read erase"},
        {"verbs": "*"},
        {"reach": "all"},
        {"reach": "attached"},
        {"reach": "own"},
        {"readable": "*"},
        {"readable": "person season comment"},
        {"writable": "*"},
        {"conditions": ""},
    ],
)
def test_what_one_does_not_hold_is_not_given(
    portal: Gate, door: Door, right: dict[str, str]
) -> None:
    granted(portal, **MINE)
    with pytest.raises(Forbidden, match="do not hold yourself"):
        door("key").create(GRANT, MINE | right | {"profile_type": profile("member")})


def test_a_masked_field_is_not_given_open(portal: Gate, door: Door) -> None:
    granted(portal, **MINE | {"masked": "season"})
    with pytest.raises(Forbidden):
        door("key").create(GRANT, MINE | {"profile_type": profile("member")})


def test_a_privilege_that_one_lacks_is_not_given(portal: Gate, door: Door) -> None:
    granted(portal, **MINE)
    values = {"label_fr": "Neuf", "slug": "neuf", "level": 50, "privileges": "backups"}
    with pytest.raises(Forbidden, match="privileges"):
        door("key").create(PROFILE_TYPE, values)


# --- a superuser stays


def test_the_last_superuser_is_not_disabled_by_anybody(portal: Gate, door: Door) -> None:
    for gate in (portal, door("superuser")):
        with pytest.raises(Forbidden, match="no active superuser"):
            profiles.set_active(gate, number("superuser"), active=False)
        with pytest.raises(Forbidden, match="no active superuser"):
            change(gate, ACCOUNT, number("superuser"), staff=False)


def test_the_last_superuser_is_held_from_erasure(portal: Gate) -> None:
    erasure = portal.erasure(ACCOUNT, [number("superuser")])
    assert (erasure.deletable, list(erasure.blocked)) == ((), [number("superuser")])


def test_two_superusers_do_not_go_together(portal: Gate) -> None:
    profiles.create_account(portal, "deux", PASSWORD, profiles=[("superuser", None)], staff=True)
    both = portal.erasure(ACCOUNT, [number("superuser"), number("deux")])
    with pytest.raises((Forbidden, Held)):
        portal.erase(both)
    portal.erase(portal.erasure(ACCOUNT, [number("deux")]))
    assert Account.select().where(Account.login_key == "superuser").exists()


def test_the_last_superuser_keeps_the_profile_type(portal: Gate) -> None:
    with pytest.raises(Forbidden, match="no active superuser"):
        portal.erase(portal.erasure(HOLDING, [holding("superuser")]))
    with pytest.raises(Forbidden, match="no active superuser"):
        change(portal, HOLDING, holding("superuser"), profile_type=profile("member"))


def test_the_profile_type_of_the_last_superuser_keeps_its_strength(portal: Gate) -> None:
    with pytest.raises(Forbidden, match="no active superuser"):
        change(portal, PROFILE_TYPE, profile("superuser"), level=5)
    right = Grant.get(Grant.profile_type == profile("superuser"))
    with pytest.raises(Forbidden, match="no active superuser"):
        portal.erase(portal.erasure(GRANT, [right.id]))
    with pytest.raises(Forbidden, match="no active superuser"):
        change(portal, GRANT, right.id, table_name="members.*")


def test_a_superuser_goes_when_another_one_stays(portal: Gate, door: Door) -> None:
    profiles.create_account(portal, "deux", PASSWORD, profiles=[("superuser", None)], staff=True)
    profiles.set_active(door("deux"), number("superuser"), active=False)
    assert not Account.get_by_id(number("superuser")).active


def test_the_last_superuser_does_not_expire(portal: Gate) -> None:
    long_ago = utc_now() - timedelta(days=4_000)
    Account.update(last_sign_in=long_ago, created_at=long_ago, active=False).where(
        Account.login_key != "superuser"
    ).execute()
    Account.update(last_sign_in=long_ago, created_at=long_ago).where(
        Account.login_key == "superuser"
    ).execute()
    retention.run(portal, retention.plan(portal, "portal_accounts"))
    assert [row.login for row in Account.select()] == ["superuser"]


# --- sign-in names


def test_a_sign_in_name_is_changed(door: Door) -> None:
    change(door("superuser"), ACCOUNT, number("superuser"), login="claire")
    assert Account.select().where(Account.login_key == "claire").exists()


@pytest.mark.parametrize("login", ["Member", "MEMBER", " x", "a\nb", "x" * 101])
def test_an_impossible_or_taken_name_is_refused(door: Door, login: str) -> None:
    with pytest.raises(Invalid):
        change(door("superuser"), ACCOUNT, number("dpo"), login=login)
    with pytest.raises(Invalid):
        door("superuser").create(ACCOUNT, {"login": login})


# --- disabling, on every channel


def test_an_account_disabled_by_its_form_loses_its_sessions_for_good(door: Door) -> None:
    token = sessions.open_session(number("member"), HERE)
    gate = door("superuser")
    change(gate, ACCOUNT, number("member"), active=False)
    assert Account.get_by_id(number("member")).disabled_at is not None
    change(gate, ACCOUNT, number("member"), active=True)
    assert sessions.actor_of(token, HERE) is None
    assert Account.get_by_id(number("member")).disabled_at is None
