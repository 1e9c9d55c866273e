"""The history: what audited fields were, per row, gone with the row or its person."""

from __future__ import annotations

import pytest

from portal import history
from portal.actor import process
from portal.builtin.directory import Person
from portal.builtin.history import Change
from portal.choice import Choice
from portal.database import open_database, proxy

TABLE = "directory.person"


@pytest.fixture
def person(database_url: str) -> Person:
    """Give a person in a database with a history."""
    open_database(database_url)
    proxy.connect(reuse_if_open=True)
    proxy.create_tables([Choice, Person, Change])
    return Person.create(last_name="Dupont", last_name_key="dupont")


def test_each_changed_field_is_kept_with_both_values(person: Person) -> None:
    changes = {"last_name": ("Dupont", "Martin"), "email": ("", "a@example.org")}
    history.record(TABLE, person.id, person.uuid, changes, process("import"))
    kept = {(c.field, c.old, c.new, c.actor) for c in history.of(TABLE, person.id)}
    assert kept == {
        ("last_name", "Dupont", "Martin", "import"),
        ("email", "", "a@example.org", "import"),
    }


def test_a_value_that_stays_is_not_kept(person: Person) -> None:
    history.record(TABLE, person.id, person.uuid, {"email": ("a", "a")}, process("import"))
    assert Change.select().count() == 0


def test_the_latest_change_comes_first(person: Person) -> None:
    for old, new in (("a", "b"), ("b", "c")):
        history.record(TABLE, person.id, person.uuid, {"email": (old, new)}, process("import"))
    assert [change.new for change in history.of(TABLE, person.id)] == ["c", "b"]


def test_a_row_that_is_forgotten_leaves_the_others(person: Person) -> None:
    for row in (1, 2, 3):
        history.record("bookings.booking", row, "u", {"day": ("a", "b")}, process("import"))
    history.forget("bookings.booking", [1, 3])
    assert [change.row for change in Change.select()] == [2]


def test_the_history_goes_with_its_person(person: Person) -> None:
    changes = {"last_name": ("Dupont", "Martin")}
    history.record(TABLE, person.id, "u", changes, process("import"), person=person.id)
    Person.delete().where(Person.id == person.id).execute()
    assert Change.select().count() == 0
