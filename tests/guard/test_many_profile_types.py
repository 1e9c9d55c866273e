"""Profile types that an account does not hold cost it nothing: the same statements, as long."""

from __future__ import annotations

from typing import Any

import pytest

from portal.accounts import profiles, sessions
from portal.actor import Actor, Origin
from portal.channels import Channel
from portal.database import proxy
from portal.gate import Gate
from portal.rows import Selection
from tests.factories import PASSWORD
from tests.guard.conftest import PERSON, TODAY, Office

MANY = 50


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch, office: Office) -> list[str]:
    """Give the statements that are run from now on."""
    found: list[str] = []
    run = type(proxy.obj).execute_sql

    def noted(self: Any, sql: str, *rest: Any, **more: Any) -> Any:
        found.append(sql)
        return run(self, sql, *rest, **more)

    monkeypatch.setattr(type(proxy.obj), "execute_sql", noted)
    return found


def add_profile_types(office: Office) -> None:
    """Fifty profile types with a right and a condition each, which somebody else holds."""
    made = office.gate.create_many(
        "accounts.profiletype",
        [{"label_fr": f"Profil {n}", "slug": f"profile-{n}"} for n in range(MANY)],
    )
    right = {"table_name": PERSON, "verbs": "read", "reach": "all", "conditions": "city equals A"}
    office.gate.create_many("accounts.grant", [{"profile_type": id, **right} for id in made])
    others = [(f"profile-{n}", None) for n in range(MANY)]
    profiles.create_account(office.gate, "others", PASSWORD, profiles=others)


def listing(account: int, statements: list[str]) -> tuple[Actor, list[str]]:
    """The rights of an account and the statements of a list of persons."""
    list_persons(account)  # what the process keeps is read
    statements.clear()
    actor = list_persons(account)
    return actor, list(statements)


def list_persons(account: int) -> Actor:
    """Sign an account in and list the persons that it sees."""
    actor = sessions.load_actor(account, Origin())
    gate = Gate(actor, Channel.LIST, today=TODAY)
    gate.list(PERSON, Selection(search="o"))
    gate.count(PERSON, Selection())
    return actor


def test_a_list_costs_the_same_with_fifty_more_profile_types(
    office: Office, statements: list[str]
) -> None:
    held = [("secretary", office.section), ("member", None)]
    account = profiles.create_account(office.gate, "reader", PASSWORD, profiles=held)
    actor, before = listing(account, statements)
    add_profile_types(office)
    office.refresh()
    same, after = listing(account, statements)
    assert same.grants == actor.grants
    assert after == before
