"""The ledger outside the database: what was erased goes again after a restore, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from portal import erasure_ledger
from portal.builtin.directory import Person
from portal.builtin.privacy import Erased
from portal.database import close_database
from portal.errors import Invalid
from portal.privacy import erasure
from tests.conftest import DATABASES
from tests.factories import make_portal
from tests.privacy.conftest import RECENT, TODAY, Club

PERSON = "directory.person"


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def club(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Club]:
    """Give one portal for the module."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("ledger"), url)
    yield Club()
    close_database()
    if server:
        server.drop(url)


def erased(club: Club) -> tuple[str, str]:
    """Give the identity of a person who was erased, and the ledger that says so."""
    Erased.delete().execute()
    person = club.add(PERSON, last_name="Vidal", first_name="Rose")
    identity = Person.get_by_id(person).uuid
    erasure.run(club.gate, erasure.plan(club.gate, person))
    return identity, "".join(erasure_ledger.written())


def restored(identity: str) -> int:
    """Put the person back as an older backup does, whose own ledger does not know of them."""
    Erased.delete().execute()
    return int(Person.create(last_name="Vidal", first_name="Rose", uuid=identity).id)


def test_a_restored_row_is_erased_again(club: Club) -> None:
    identity, ledger = erased(club)
    person = restored(identity)
    done = erasure_ledger.apply(club.gate, erasure_ledger.read(ledger))
    assert (done.deleted, done.blocked) == (1, {})
    assert not club.exists(PERSON, person)


def test_applying_it_twice_changes_nothing(club: Club) -> None:
    identity, ledger = erased(club)
    restored(identity)
    erasure_ledger.apply(club.gate, erasure_ledger.read(ledger))
    again = erasure_ledger.apply(club.gate, erasure_ledger.read(ledger))
    assert (again.deleted, again.anonymised, again.blocked) == (0, 0, {})
    assert Erased.select().where(Erased.row_uuid == identity).count() == 1


def test_an_anonymised_person_is_anonymised_again(club: Club) -> None:
    Erased.delete().execute()
    person = club.add(PERSON, last_name="Vidal", first_name="Rose")
    training = {"person": person, "started_on": RECENT, "ended_on": TODAY}
    club.add("activities.training", instructor=club.instructor, **training)
    identity = Person.get_by_id(person).uuid
    erasure.run(club.gate, erasure.plan(club.gate, person))
    ledger = "".join(erasure_ledger.written())
    Erased.delete().execute()
    Person.update(last_name="Vidal", first_name="Rose").where(Person.id == person).execute()
    assert Person.get_by_id(person).uuid == identity
    done = erasure_ledger.apply(club.gate, erasure_ledger.read(ledger))
    assert done.anonymised >= 1
    assert "Vidal" not in club.gate.one(PERSON, person).title


def test_what_a_hold_protects_stays_and_is_told(club: Club) -> None:
    identity, ledger = erased(club)
    person = restored(identity)
    hold = {"reason": "Dispute", "review_on": date(2027, 1, 1)}
    club.add("privacy.legalhold", person=person, **hold)
    done = erasure_ledger.apply(club.gate, erasure_ledger.read(ledger))
    assert (done.deleted, done.blocked) == (0, {PERSON: 1})
    assert club.exists(PERSON, person)


def test_a_ledger_names_nobody(club: Club) -> None:
    _identity, ledger = erased(club)
    assert "Vidal" not in ledger


def test_an_unknown_table_is_left_out(club: Club) -> None:
    entry = erasure_ledger.Entry("gone.table", "0" * 32, anonymised=False)
    assert erasure_ledger.apply(club.gate, [entry]).deleted == 0


@pytest.mark.parametrize(
    "text", ["", "name,first\nVidal,Rose\n", "table,row,anonymised,on\ndirectory.person,x,0,\n"]
)
def test_a_file_that_is_no_ledger_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        erasure_ledger.read(text)
