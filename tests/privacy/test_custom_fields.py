"""Custom fields are data about persons like others: dictionary, register, access document."""

from __future__ import annotations

import pytest

from portal import catalog, configured
from portal.gate import Gate
from portal.privacy import access, dictionary
from portal.version import catalog_version
from tests.privacy.conftest import RECENT, Club

PERSON = "directory.person"


def define(club: Club, table: str = PERSON, **more: object) -> None:
    """Define a text field and let the club's gate know it."""
    said = {"table_name": table, "key": "helmet", "label_fr": "Casque", "kind": "text"}
    club.gate.create("typing.customfield", said | more)
    configured.refresh(catalog_version())
    club.gate = Gate(club.gate.actor, club.gate.channel, today=club.gate.today)


def of_persons() -> list[str]:
    """Give the personal fields that the activity of the directory records."""
    activity = catalog.current().table(PERSON).declaration.activity
    assert activity is not None
    return [entry.field for entry in dictionary.personal(catalog.current(), activity.name)]


def test_a_new_field_is_personal_in_the_dictionary(club: Club) -> None:
    define(club)
    assert "x_helmet" in of_persons()


def test_a_field_that_is_classified_as_not_personal_is_not(club: Club) -> None:
    define(club, personal=False)
    assert "x_helmet" not in of_persons()


def test_a_sensitive_field_is_said_to_be(club: Club) -> None:
    define(club, sensitive=True, data_type="sensitive")
    found = {e.field: e for e in dictionary.entries([catalog.current().table(PERSON)])}
    assert found["x_helmet"].sensitive


@pytest.mark.parametrize("table", [PERSON, "bookings.booking"])
def test_its_values_stand_in_the_access_document(club: Club, table: str) -> None:
    id = club.person if table == PERSON else club.booking(RECENT)
    define(club, table)
    club.change(table, id, x_helmet="Rouge vif")
    values = access.collect(club.gate, club.person)
    assert "Rouge vif" in str([values["identity"], values["sections"]])
