"""A custom field through HTTP: defined on a screen, then on every other screen at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal import configured
from portal.builtin.directory import Person
from portal.builtin.operations import Job
from portal.operations import custom_fields, jobs
from portal.rows import Selection
from portal.start import Portal
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


# --- another type, and deletion


def definition() -> int:
    """Give the number of the only definition."""
    return gate().list("typing.customfield", Selection()).rows[0].id


def with_values(admin: Visitor, *values: str) -> int:
    """Give the number of a text field that as many new persons have."""
    define(admin)
    rows = [{"last_name": f"Nom {value}", "x_winch_name": value} for value in values]
    gate().create_many("directory.person", rows)
    return definition()


def retype(admin: Visitor, id: int, **more: Any) -> TestResponse:
    values = {"version": gate().one("typing.customfield", id).version, "kind": "integer"}
    return admin.post(f"{FIELDS}edit/?id={id}", values | more)


def test_another_type_shows_first_what_would_not_convert(admin: Visitor) -> None:
    answer = retype(admin, with_values(admin, "12", "beaucoup"))
    assert answer.status_code == 200
    assert "2 records; those of 1 record" in answer.text
    assert "Nom beaucoup" in answer.text
    assert gate().one("typing.customfield", definition()).values["kind"] == "text"


def test_another_type_is_saved_once_it_is_confirmed(admin: Visitor) -> None:
    id = with_values(admin, "12", "beaucoup")
    assert retype(admin, id, previewed="integer 2 1").status_code == 302
    assert gate().one("typing.customfield", id).values["kind"] == "integer"


def test_another_type_for_which_all_converts_is_saved_at_once(admin: Visitor) -> None:
    id = with_values(admin, "12", "13")
    assert retype(admin, id).status_code == 302


def test_saving_a_definition_asks_for_the_job(admin: Visitor) -> None:
    define(admin, indexed="true")
    assert Job.select().where(Job.name == custom_fields.JOB).count() == 1


def test_the_page_of_deletion_says_how_many_records_hold_a_value(admin: Visitor) -> None:
    id = with_values(admin, "12", "13", "14")
    page = admin.get(f"/admin/custom-fields/delete/?id={id}").text
    assert "3 records of “Persons” hold a value of this field." in page


def test_the_ordinary_page_of_deletion_refuses_while_records_hold_values(admin: Visitor) -> None:
    id = with_values(admin, "12")
    assert "1 row of “Persons” uses it" in admin.get(f"{FIELDS}delete/?id={id}").text


def test_deletion_wants_the_word_and_the_count(admin: Visitor) -> None:
    address = f"/admin/custom-fields/delete/?id={with_values(admin, '12')}"
    for values in ({"previewed": "1"}, {"previewed": "2", "word": "delete"}, {"word": "delete"}):
        assert admin.post(address, values).status_code == 400


def test_a_confirmed_deletion_erases_values_and_field(admin: Visitor, demo_portal: Portal) -> None:
    id = with_values(admin, "12")
    values = {"previewed": "1", "word": "delete"}
    assert admin.post(f"/admin/custom-fields/delete/?id={id}", values).status_code == 302
    jobs.run_pending(demo_portal.settings)
    assert gate().count("typing.customfield", Selection()).value == 0
    texts = [text for (text,) in Person.select(Person.custom).tuples()]
    assert set(texts) == {"{}"}


def test_deletion_is_for_who_erases_custom_fields(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    id = with_values(admin, "12")
    page = signed_in("secretary").get(f"/admin/custom-fields/delete/?id={id}")
    assert page.status_code == 404
