"""A custom field through HTTP: defined on a screen, then on every other screen at once."""

from __future__ import annotations

from typing import Any

import pytest

from portal import configured
from portal.version import catalog_version
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor
from tests.web.test_tables import version

FIELDS = "/admin/typing.customfield/"
WINCH = {
    "table_name": "directory.person",
    "key": "winch_name",
    "label_fr": "Surnom au treuil",
    "label_en": "Winch name",
    "kind": "text",
    "in_forms": "true",
    "shown": "true",
    "section_en": "At the winch",
    "section_fr": "Au treuil",
}


def define(visitor: Visitor, **more: Any) -> None:
    """Define a custom field of persons on its form."""
    answer = visitor.post(f"{FIELDS}new/", WINCH | more)
    assert answer.status_code == 302, answer.text
    configured.refresh(catalog_version())


def person(name: str = "Mercier") -> int:
    """Give the number of a person of the demonstration who has that name, or a new one."""
    return gate().create("directory.person", {"last_name": name})


def test_a_definition_offers_its_table_in_words(admin: Visitor) -> None:
    assert '<option value="directory.person">Persons</option>' in admin.get(f"{FIELDS}new/").text


def test_a_wrong_key_is_said_beside_the_field(admin: Visitor) -> None:
    answer = admin.post(f"{FIELDS}new/", WINCH | {"key": "Winch"})
    assert answer.status_code == 400
    assert 'id="key-error"' in answer.text


def test_a_new_field_stands_on_the_forms_at_once(admin: Visitor) -> None:
    define(admin)
    page = admin.get(f"{PERSONS}new/").text
    assert 'name="x_winch_name"' in page
    assert "At the winch" in page


def test_a_field_that_is_not_in_all_forms_stands_on_none(admin: Visitor) -> None:
    define(admin, in_forms="false")
    assert 'name="x_winch_name"' not in admin.get(f"{PERSONS}new/").text


def test_a_value_is_saved_and_shown_in_its_section(admin: Visitor) -> None:
    define(admin)
    id = person()
    values = {"version": version(id), "x_winch_name": "Rapace"}
    assert admin.post(f"{PERSONS}edit/?id={id}", values).status_code == 302
    page = admin.get(f"{PERSONS}details/?id={id}").text
    assert page.index("At the winch") < page.index("Rapace")


def test_a_field_that_is_not_shown_stays_off_the_sheet(admin: Visitor) -> None:
    define(admin, shown="false")
    assert "Winch name" not in admin.get(f"{PERSONS}details/?id={person()}").text


def test_a_list_shows_sorts_and_filters_it(admin: Visitor) -> None:
    define(admin)
    id = person()
    gate().update("directory.person", id, {"x_winch_name": "Rapace"}, version(id))
    address = "?columns=x_winch_name&sort=x_winch_name&f.x_winch_name.contains=rap"
    page = admin.get(PERSONS + address)
    assert page.status_code == 200
    assert "<td>Rapace</td>" in page.text


def test_a_wrong_value_is_said_beside_the_field(admin: Visitor) -> None:
    define(admin, kind="integer", maximum="9")
    values = {"last_name": "Neuf", "x_winch_name": "10"}
    answer = admin.post(f"{PERSONS}new/", values)
    assert answer.status_code == 400
    assert 'id="x_winch_name-error"' in answer.text


def test_free_values_are_offered_from_those_of_other_records(admin: Visitor) -> None:
    define(admin, kind="suggested")
    id = person()
    gate().update("directory.person", id, {"x_winch_name": "Rapace"}, version(id))
    assert '<option value="Rapace">' in admin.get(f"{PERSONS}new/").text


def test_a_box_left_unticked_says_nothing_of_an_older_record(admin: Visitor) -> None:
    id = person()
    define(admin, kind="boolean")
    values = {"version": version(id), "last_name": "Autre", "x_winch_name": "false"}
    admin.post(f"{PERSONS}edit/?id={id}", values)
    assert gate().one("directory.person", id).values["x_winch_name"] is None


def test_it_is_in_the_export(admin: Visitor) -> None:
    define(admin)
    assert "x_winch_name" in admin.get(f"{PERSONS}export/csv/").text.splitlines()[0]


@pytest.mark.parametrize("name", ["x_nowhere", "x_", "x_winch_name__more"])
def test_a_filter_on_a_custom_field_that_is_none_is_refused(admin: Visitor, name: str) -> None:
    define(admin)
    assert admin.get(f"{PERSONS}?f.{name}.equals=1").status_code in (400, 404)
