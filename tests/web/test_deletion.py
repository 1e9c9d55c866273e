"""Deleting, exporting and looking up rows through HTTP."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from portal.rows import Filter, Selection
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor

ATTACHMENTS = "directory.attachment"


def named(name: str) -> int:
    """Give the number of the person of this last name."""
    page = gate().list(
        "directory.person", Selection(filters=(Filter("last_name", "equals", name),))
    )
    return page.rows[0].id


def some_person() -> int:
    """Give the number of a person with nothing that blocks their deletion."""
    return gate().create("directory.person", {"last_name": "Zylberstein", "first_name": "Ida"})


def version(id: int) -> int:
    return gate().one("directory.person", id).version


# --- deletion


def test_looking_at_a_deletion_deletes_nothing(admin: Visitor) -> None:
    person = some_person()
    assert "Delete “Zylberstein Ida”" in admin.get(f"{PERSONS}delete/?id={person}").text
    assert gate().one("directory.person", person).id == person


def confirmed(page: str) -> list[tuple[str, str]]:
    """Give the hidden fields of a deletion's page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return [(n, v) for n, v in found if n not in ("csrf_token", "next")]


def test_a_confirmed_deletion_deletes(admin: Visitor) -> None:
    person = some_person()
    page = admin.get(f"{PERSONS}delete/?id={person}").text
    assert "Deleted: 1 person" in admin.post(f"{PERSONS}delete/", confirmed(page)).text
    assert admin.get(f"{PERSONS}details/?id={person}").status_code == 404


def test_what_blocks_is_said(admin: Visitor) -> None:
    assert "cannot be deleted" in admin.get(f"{PERSONS}delete/?id=5").text


def test_several_rows_need_the_typed_word(admin: Visitor) -> None:
    ids = [some_person(), some_person()]
    ticked = [("action", "delete"), *(("rowid", id) for id in ids)]
    page = admin.post(f"{PERSONS}action/", ticked).text
    fields = confirmed(page)
    assert admin.post(f"{PERSONS}delete/", fields).status_code == 400
    assert admin.get(f"{PERSONS}details/?id={ids[0]}").status_code == 200
    answer = admin.post(f"{PERSONS}delete/", [*fields, ("word", "Delete")])
    assert "Deleted: 2 persons" in answer.text


def test_all_that_match_are_deleted_by_the_filters(admin: Visitor) -> None:
    gate().create_many("directory.person", [{"last_name": "Ubiquité"} for _n in range(60)])
    asked = [("action", "delete"), ("all", "1"), ("selection", "?f.last_name.equals=ubiquite")]
    page = admin.post(f"{PERSONS}action/", asked).text
    answer = admin.post(f"{PERSONS}delete/", [*confirmed(page), ("word", "delete")])
    assert "Deleted: 60 persons" in answer.text


def test_a_deletion_that_changed_since_is_shown_again(admin: Visitor) -> None:
    person = some_person()
    page = admin.get(f"{PERSONS}delete/?id={person}").text
    gate().create(ATTACHMENTS, {"person": person, "structure": 1})
    assert admin.post(f"{PERSONS}delete/", confirmed(page)).status_code == 409
    assert gate().one("directory.person", person).id == person


def test_an_act_without_a_ticked_row_is_refused(admin: Visitor) -> None:
    assert admin.post(f"{PERSONS}action/", {"action": "delete"}).status_code == 400


def test_an_unknown_act_is_refused(admin: Visitor) -> None:
    assert admin.post(f"{PERSONS}action/", {"action": "explode", "rowid": 1}).status_code == 400


# --- export and lookup


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_an_export_holds_every_row_of_the_filter(admin: Visitor) -> None:
    answer = admin.get(f"{PERSONS}export/csv/?columns=last_name,active&f.active.equals=false")
    rows = rows_of(answer.text)
    asked = Selection(filters=(Filter("active", "equals", "false"),))
    assert rows[0] == ["last_name", "active"]
    assert len(rows) - 1 == gate().count("directory.person", asked).value
    assert {row[1] for row in rows[1:]} == {"false"}


def test_ticked_rows_are_exported_alone(admin: Visitor) -> None:
    answer = admin.post(f"{PERSONS}action/", [("action", "export"), ("rowid", 3), ("rowid", 5)])
    assert [row[0] for row in rows_of(answer.text)[1:]] == ["3", "5"]


def test_an_export_without_the_right_is_refused(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("instructor").get(f"{PERSONS}export/csv/").status_code == 403


def test_an_export_has_no_password(admin: Visitor) -> None:
    answer = admin.get("/admin/accounts.account/export/csv/")
    assert "argon2" not in answer.text
    assert "password" not in rows_of(answer.text)[0]


def test_a_lookup_answers_numbers_and_titles(admin: Visitor) -> None:
    person = some_person()
    answer = admin.get(f"{PERSONS}lookup/?search=zylb")
    assert answer.json == [{"id": person, "title": "Zylberstein Ida"}]


def test_a_lookup_needs_two_letters(admin: Visitor) -> None:
    assert admin.get(f"{PERSONS}lookup/?search=z").json == []


def test_a_lookup_refuses_in_json(visitor: Visitor) -> None:
    assert visitor.get(f"{PERSONS}lookup/?search=zy").status_code in (302, 401)
