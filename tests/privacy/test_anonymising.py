"""Anonymising: random values for names, no text left, nothing of what the law keeps altered."""

from __future__ import annotations

from datetime import date

import pytest

from portal.accounts import profiles, sessions
from portal.actor import Origin
from portal.anonymising import ACCOUNT, MARK, Action, Anonymisation, Anonymiser, actions
from portal.builtin.accounts import Account
from portal.builtin.operations import Session
from portal.builtin.privacy import Erased
from portal.catalog import PERSON
from portal.errors import Conflict, Forbidden, Held, NotFound
from portal.privacy import retention
from portal.rows import Selection
from portal.settings_sections import Sessions
from tests.factories import PASSWORD, grant, granted
from tests.privacy.conftest import OLD, RECENT, Club

CANARY = "Zylberstein"


@pytest.fixture
def person(club: Club) -> int:
    """Give a person whose name stands in every text about them."""
    return club.add(
        PERSON,
        last_name=CANARY,
        first_name=CANARY,
        birth_date=date(1980, 1, 2),
        email=f"{CANARY}@exemple.fr",
        notes=f"Bonjour {CANARY}",
        active=False,
    )


def plan(club: Club, *ids: int) -> Anonymisation:
    """Give what anonymising persons would do."""
    return club.gate.anonymisation(PERSON, ids)


def run(club: Club, *ids: int) -> int:
    """Anonymise persons."""
    return Anonymiser(club.gate).run(plan(club, *ids))


def test_a_plan_changes_nothing(club: Club, person: int) -> None:
    before = club.gate.one(PERSON, person)
    assert plan(club, person).ids == (person,)
    assert club.gate.one(PERSON, person) == before


def test_nothing_of_the_person_is_left(club: Club, person: int) -> None:
    booking = club.booking(RECENT, person=person, comment=f"Avec {CANARY}")
    assert plan(club, person).along == {"bookings.booking": 1}
    run(club, person)
    row = club.gate.one(PERSON, person)
    assert row.values["last_name"].startswith(MARK)
    assert (row.values["first_name"], row.values["birth_date"], row.values["email"]) == (
        "",
        None,
        "",
    )
    assert CANARY.lower() not in str(row).lower()
    assert club.gate.one("bookings.booking", booking).values["comment"] == ""
    assert club.gate.one("bookings.booking", booking).values["person"] is not None
    assert club.gate.list(PERSON, Selection(search=CANARY)).rows == ()
    assert club.gate.history(PERSON, person) == ()


def test_each_replacement_is_another_one(club: Club) -> None:
    ids = [club.add(PERSON, last_name="Petit", active=False) for _n in range(3)]
    run(club, *ids)
    names = {club.gate.one(PERSON, id).values["last_name"] for id in ids}
    assert len(names) == 3
    assert not any(str(id) == name.removeprefix(MARK) for id in ids for name in names)


def test_entries_within_their_term_are_never_altered(club: Club, person: int) -> None:
    year = club.fiscal_year(2026, closed=False)
    account = club.ledger_account(person=person, label=CANARY)
    entry = club.entry(year, account, RECENT, label=f"Vol {CANARY}")
    before = club.gate.one("accounting.entry", entry)
    found = plan(club, person)
    assert found.untouched["accounting.entry"] == 1
    assert "accounting.entry" not in found.along
    run(club, person)
    assert club.gate.one("accounting.entry", entry) == before


def test_the_account_is_closed_and_its_sessions_end(club: Club, person: int) -> None:
    number = profiles.create_account(club.gate, CANARY, PASSWORD, person=person)
    sessions.open_session(number, Origin(), Sessions())
    run(club, person)
    account = Account.get_by_id(number)
    assert (account.active, account.password, account.login.startswith(MARK)) == (False, "", True)
    assert Session.select().where(Session.account == number).count() == 0


def test_a_person_under_legal_hold_is_not_anonymised(club: Club, person: int) -> None:
    looked = plan(club, person)
    club.add("privacy.legalhold", person=person, reason="Litige", review_on=RECENT)
    assert plan(club, person).ids == ()
    with pytest.raises(Held, match="protected"):
        Anonymiser(club.gate).run(looked)
    assert club.gate.one(PERSON, person).values["last_name"] == CANARY


def test_what_has_changed_since_the_preview_is_not_anonymised(club: Club, person: int) -> None:
    looked = plan(club, person)
    club.booking(RECENT, person=person)
    with pytest.raises(Conflict):
        Anonymiser(club.gate).run(looked)
    assert club.gate.one(PERSON, person).values["last_name"] == CANARY


def test_it_needs_the_right_to_erase_every_table_that_it_touches(club: Club, person: int) -> None:
    club.booking(RECENT, person=person, comment=CANARY)
    with pytest.raises(NotFound):
        club.acting(granted(grant("bookings.*"))).anonymisation(PERSON, [person])
    some = club.acting(granted(grant("directory.*", "read erase"), grant("bookings.*", "read")))
    with pytest.raises(Forbidden, match="Bookings"):
        Anonymiser(some).run(some.anonymisation(PERSON, [person]))
    assert club.gate.one(PERSON, person).values["last_name"] == CANARY


def test_it_leaves_evidence_and_a_line_in_the_ledger(club: Club, person: int) -> None:
    found = retention.evidence(club.gate, run(club, person))
    assert (found.anonymised, found.erased, found.details) == (1, 0, {PERSON: 1})
    assert Erased.select().where(Erased.table_name == PERSON, Erased.anonymised).count() == 1
    reader = club.acting(granted(grant("journal.*")))
    kinds = [row.values["kind"] for row in reader.list("journal.entry", Selection()).rows]
    assert kinds.count("anonymise") == 1


def test_a_row_of_another_table_is_anonymised_alone(club: Club) -> None:
    booking = club.booking(OLD, comment=CANARY)
    Anonymiser(club.gate).run(club.gate.anonymisation("bookings.booking", [booking]))
    assert club.gate.one("bookings.booking", booking).values["comment"] == ""
    assert club.gate.one(PERSON, club.person).values["last_name"] == "Dupont"


def test_every_text_of_a_person_goes(club: Club) -> None:
    found = actions(club.gate.catalog.table(PERSON))
    assert found["last_name"] is Action.RANDOM
    assert {found[name] for name in ("email", "notes", "address", "identifier")} == {Action.EMPTY}
    assert {found[name] for name in ("id", "created_at")} == {Action.KEEP}
    assert actions(club.gate.catalog.table(ACCOUNT))["login"] is Action.RANDOM
