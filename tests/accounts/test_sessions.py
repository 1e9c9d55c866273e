"""Who a session speaks for, how many statements that takes, and when it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from peewee import Database

from portal import version
from portal.accounts import sessions
from portal.actor import Actor, Condition, Grant, Origin
from portal.builtin import accounts
from portal.builtin.directory import Attachment, Structure
from portal.builtin.operations import Session, State
from portal.database import proxy, transaction
from portal.declare import Reach, Verb
from portal.errors import Forbidden
from portal.models import utc_now
from portal.settings_sections import Sessions
from tests.accounts.conftest import Signer

HERE = Origin("192.0.2.7", True, "browser", "r1")


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    statements: list[str] = []
    sent = Database.execute_sql

    def execute_sql(database: Database, sql: str, *args: object, **options: object) -> object:
        statements.append(sql)
        return sent(database, sql, *args, **options)

    for kind in (Database, type(proxy.obj)):
        if "execute_sql" in vars(kind):
            monkeypatch.setattr(kind, "execute_sql", execute_sql)
    yield statements
    monkeypatch.undo()


def test_a_session_speaks_for_its_account(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    actor = sessions.actor_of(token, HERE)
    assert actor is not None
    assert (actor.name, actor.account, actor.person) == ("Inès", signer.account, signer.person)
    assert actor.configuration == version.catalog_version()
    assert (actor.profiles, actor.staff, actor.origin) == (("secretary",), False, HERE)
    assert actor.grants == (
        Grant(
            "directory.person",
            frozenset({Verb.READ}),
            Reach.STRUCTURE,
            zones=frozenset({signer.structure}),
            profile="secretary",
        ),
    )


def test_the_database_keeps_no_token(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    assert len(token) >= 43
    assert Session.get().token == sessions.digest(token)
    assert sessions.actor_of(Session.get().token, HERE) is None


def test_who_speaks_is_one_statement(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sessions.open_session(signer.account, HERE)
    sessions.actor_of(token, HERE)
    with counted(monkeypatch) as statements:
        assert sessions.actor_of(token, HERE) is not None
    assert len(statements) == 1


def test_a_changed_right_takes_one_more_statement_and_holds_at_once(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sessions.open_session(signer.account, HERE)
    sessions.actor_of(token, HERE)
    changed = {"verbs": "read update", "version": accounts.Grant.version + 1}
    accounts.Grant.update(changed).execute()
    with counted(monkeypatch) as statements:
        actor = sessions.actor_of(token, HERE)
    assert actor is not None
    assert actor.grants[0].verbs == {Verb.READ, Verb.UPDATE}
    assert len(statements) == 2


def test_a_withdrawn_right_is_gone_at_once(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    sessions.actor_of(token, HERE)
    accounts.Grant.delete().execute()
    actor = sessions.actor_of(token, HERE)
    assert actor is not None
    assert actor.grants == ()


def test_a_withdrawn_profile_is_gone_at_once(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    sessions.actor_of(token, HERE)
    accounts.Holding.delete().execute()
    actor = sessions.actor_of(token, HERE)
    assert actor is not None
    assert (actor.grants, actor.profiles) == ((), ())


def test_a_zone_replaces_the_structures_of_the_person(signer: Signer) -> None:
    other = Structure.create(name="Modélisme", path="/2/")
    accounts.Holding.update(zone=other).execute()
    actor = sessions.load_actor(signer.account, HERE)
    assert actor.grants[0].zones == {other.id}


def test_present_attachments_alone_make_zones(signer: Signer) -> None:
    today = date(2026, 5, 1)
    places = [Structure.create(name=name, path=f"/{name}/") for name in ("past", "soon", "now")]
    dates = ((None, date(2026, 4, 30)), (date(2026, 5, 2), None), (today, today))
    for place, (starts, ends) in zip(places, dates, strict=True):
        Attachment.create(person=signer.person, structure=place, starts_on=starts, ends_on=ends)
    actor = sessions.load_actor(signer.account, HERE, today=today)
    assert actor.grants[0].zones == {signer.structure, places[2].id}


def test_two_profiles_give_the_grants_of_both(signer: Signer) -> None:
    more = accounts.ProfileType.create(label_fr="Trésorier", slug="treasurer")
    accounts.Grant.create(
        profile_type=more,
        table_name="accounting.*",
        verbs="*",
        reach="all",
        readable="day label",
        writable="",
        masked="debit",
        conditions="label contains vol\n\nday after 2026-01-01\n",
    )
    accounts.Holding.create(account=signer.account, profile_type=more)
    actor = sessions.load_actor(signer.account, HERE)
    assert actor.profiles == ("secretary", "treasurer")
    assert actor.grants[1] == Grant(
        "accounting.*",
        frozenset(Verb),
        Reach.ALL,
        readable=frozenset({"day", "label"}),
        writable=frozenset(),
        masked=frozenset({"debit"}),
        zones=frozenset({signer.structure}),
        conditions=(
            Condition("label", "contains", "vol"),
            Condition("day", "after", "2026-01-01"),
        ),
        profile="treasurer",
    )


def test_an_unknown_reach_gives_nothing(signer: Signer) -> None:
    accounts.Grant.update(reach="everywhere").execute()
    assert sessions.load_actor(signer.account, HERE).grants[0].verbs == frozenset()


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "é\0"])
def test_an_invented_token_speaks_for_nobody(signer: Signer, token: str) -> None:
    assert sessions.actor_of(token, HERE) is None


def test_a_session_ends_after_its_idle_limit(signer: Signer) -> None:
    now = utc_now()
    token = sessions.open_session(signer.account, HERE, Sessions(idle_minutes=30), now)
    assert sessions.actor_of(token, HERE, now=now + timedelta(minutes=29)) is not None
    assert sessions.actor_of(token, HERE, now=now + timedelta(minutes=58)) is not None
    assert sessions.actor_of(token, HERE, now=now + timedelta(minutes=88)) is None


def test_a_session_ends_after_its_absolute_limit(signer: Signer) -> None:
    now = utc_now()
    limits = Sessions(idle_minutes=600, absolute_hours=2)
    token = sessions.open_session(signer.account, HERE, limits, now)
    assert sessions.actor_of(token, HERE, now=now + timedelta(minutes=119)) is not None
    assert sessions.actor_of(token, HERE, now=now + timedelta(minutes=120)) is None


def test_a_session_is_touched_once_a_minute(signer: Signer) -> None:
    now = utc_now()
    token = sessions.open_session(signer.account, HERE, now=now)
    sessions.actor_of(token, HERE, now=now + timedelta(seconds=59))
    assert Session.get().seen_at == now
    sessions.actor_of(token, HERE, now=now + timedelta(seconds=61))
    assert Session.get().seen_at == now + timedelta(seconds=61)


def test_a_session_is_used_while_somebody_writes_for_long(signer: Signer) -> None:
    now = utc_now()
    token = sessions.open_session(signer.account, HERE, now=now)
    actors, late = list[object](), now + timedelta(minutes=2)

    def use() -> None:
        try:
            actors.append(sessions.actor_of(token, HERE, now=late))
        finally:
            proxy.close()

    with transaction():
        State.insert(name="held", value="").execute()
        thread = threading.Thread(target=use)
        thread.start()
        thread.join(15)
        used = list(actors)
    thread.join()
    assert [type(actor) for actor in used] == [Actor]


def test_signing_out_ends_the_session_on_the_server(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    sessions.end(token)
    assert sessions.actor_of(token, HERE) is None


def test_disabling_the_account_ends_its_sessions(signer: Signer) -> None:
    token = sessions.open_session(signer.account, HERE)
    accounts.Account.update(active=False).execute()
    assert sessions.actor_of(token, HERE) is None
    with pytest.raises(Forbidden):
        sessions.load_actor(signer.account, HERE)


def test_all_sessions_but_the_present_one_end(signer: Signer) -> None:
    first = sessions.open_session(signer.account, HERE)
    second = sessions.open_session(signer.account, HERE)
    speaking = sessions.actor_of(second, HERE)
    assert speaking is not None
    assert sessions.end_all(signer.account, but=speaking.session) == 1
    assert sessions.actor_of(first, HERE) is None
    assert sessions.actor_of(second, HERE) is not None


def test_a_session_of_another_account_cannot_be_ended(signer: Signer) -> None:
    other = accounts.Account.create(login="paul", login_key="paul")
    sessions.open_session(signer.account, HERE)
    listed = sessions.sessions_of(signer.account)
    assert [(row["address"], row["client"]) for row in listed] == [("192.0.2.7", "browser")]
    assert not sessions.end_session(other.id, listed[0]["id"])
    assert sessions.end_session(signer.account, listed[0]["id"])
    assert sessions.sessions_of(signer.account) == []


def test_the_wildcard_does_not_contain_the_journal() -> None:
    every = Grant("*", frozenset(Verb), Reach.ALL)
    assert every.covers("directory.person")
    assert not every.covers("journal.entry")
    assert Grant("journal.*", frozenset(Verb), Reach.ALL).covers("journal.entry")


def test_a_module_wildcard_covers_its_module_alone() -> None:
    books = Grant("accounting.*", frozenset(Verb), Reach.ALL)
    assert books.covers("accounting.entry")
    assert not books.covers("accountingx.entry")
    assert not Grant("accounting.entry", frozenset(Verb), Reach.ALL).covers("accounting.balance")
