"""The form of a record through HTTP: new, changed, stale, with inline rows."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from uuid import uuid4

from flask import Flask
from werkzeug.datastructures import MultiDict

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


def test_a_new_record_leads_to_its_sheet(admin: Visitor) -> None:
    answer = admin.post(f"{PERSONS}new/", {"last_name": "Okonkwo", "once": uuid4().hex})
    assert answer.location == f"{PERSONS}details/?id={named('Okonkwo')}"


def test_a_form_sent_twice_makes_one_record(app: Flask, admin: Visitor) -> None:
    data = {"last_name": "Okonkwo", "once": uuid4().hex}
    first, second = admin.post(f"{PERSONS}new/", data), admin.post(f"{PERSONS}new/", data)
    assert first.location == second.location
    asked = Selection(filters=(Filter("last_name", "equals", "Okonkwo"),))
    assert gate().count("directory.person", asked).value == 1


def test_a_double_click_makes_one_record(app: Flask, admin: Visitor) -> None:
    data = MultiDict({"last_name": "Okonkwo", "once": uuid4().hex, "csrf_token": admin.token()})
    cookie = admin.client.get_cookie("greffe")
    assert cookie is not None

    def send() -> None:
        client = app.test_client()
        client.set_cookie("greffe", cookie.value)
        client.post(f"{PERSONS}new/", data=data)

    threads = [threading.Thread(target=send) for _click in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = Selection(filters=(Filter("last_name", "equals", "Okonkwo"),))
    assert gate().count("directory.person", asked).value == 1


def test_a_refused_form_keeps_what_was_typed(admin: Visitor) -> None:
    data = {
        "last_name": "",
        "city": "Aix-les-Bains",
        "birth_date": "31 février",
        "once": uuid4().hex,
    }
    answer = admin.post(f"{PERSONS}new/", data)
    assert answer.status_code == 400
    assert 'value="Aix-les-Bains"' in answer.text
    assert 'value="31 février"' in answer.text
    assert '<a href="#last_name">' in answer.text
    assert 'id="birth_date-error"' in answer.text


def test_a_field_that_the_form_lacks_is_left_as_it_is(admin: Visitor) -> None:
    person = some_person()
    admin.post(f"{PERSONS}edit/?id={person}", {"city": "Annecy", "version": 1})
    values = gate().one("directory.person", person).values
    assert (values["last_name"], values["city"]) == ("Zylberstein", "Annecy")


def test_a_field_that_was_not_offered_is_ignored(admin: Visitor) -> None:
    person = some_person()
    data = {"city": "Annecy", "id": "7", "uuid": "x", "created_at": "2000-01-01", "version": 1}
    assert admin.post(f"{PERSONS}edit/?id={person}", data).status_code == 302
    assert gate().one("directory.person", person).id == person


def test_a_withheld_field_is_not_written(signed_in: Callable[[str], Visitor]) -> None:
    visitor = signed_in("treasurer")
    page = gate().list("members.membership", Selection(page_size=1))
    row = page.rows[0]
    data = {"season": "1950", "comment": "x", "version": row.version}
    visitor.post(f"/admin/members.membership/edit/?id={row.id}", data)
    assert gate().one("members.membership", row.id).values["season"] == row.values["season"]


def test_an_unticked_box_is_saved(admin: Visitor) -> None:
    person = some_person()
    admin.post(f"{PERSONS}edit/?id={person}", [("active", "false"), ("version", 1)])
    assert gate().one("directory.person", person).values["active"] is False


def test_a_stale_save_shows_both_versions(admin: Visitor) -> None:
    person = some_person()
    gate().update("directory.person", person, {"city": "Grenoble"}, 1)
    answer = admin.post(f"{PERSONS}edit/?id={person}", {"city": "Annecy", "version": 1})
    assert answer.status_code == 409
    assert "Grenoble" in answer.text
    assert "Annecy" in answer.text
    assert gate().one("directory.person", person).values["city"] == "Grenoble"


def test_each_field_of_a_stale_save_is_chosen(admin: Visitor) -> None:
    person = some_person()
    gate().update("directory.person", person, {"city": "Grenoble", "profession": "Luthière"}, 1)
    data = {
        "city": "Annecy",
        "profession": "Notaire",
        "version": 2,
        "choose.city": "mine",
        "choose.profession": "theirs",
    }
    assert admin.post(f"{PERSONS}edit/?id={person}", data).status_code == 302
    values = gate().one("directory.person", person).values
    assert (values["city"], values["profession"]) == ("Annecy", "Luthière")


def test_a_save_without_its_version_is_refused(admin: Visitor) -> None:
    assert admin.post(f"{PERSONS}edit/?id={some_person()}", {"city": "x"}).status_code == 400


def test_a_reference_is_found_by_its_words_without_script(admin: Visitor) -> None:
    person = some_person()
    data = {"person-text": "zylberstein ida", "starts_on": "2026-01-01", "once": uuid4().hex}
    data |= {"structure": "1", "version": "1"}
    answer = admin.post("/admin/directory.attachment/new/", data)
    assert answer.status_code == 302
    asked = Selection(filters=(Filter("person", "equals", str(person)),))
    assert gate().count(ATTACHMENTS, asked).value == 1


def test_a_reference_with_several_matches_offers_them(admin: Visitor) -> None:
    gate().create_many(
        "directory.person", [{"last_name": "Quintal", "first_name": n} for n in ("Ana", "Bea")]
    )
    answer = admin.post(
        "/admin/directory.attachment/new/", {"person-text": "quintal", "structure": "1"}
    )
    assert answer.status_code == 400
    assert re.search(r'<option value="\d+">Quintal Ana</option>', answer.text)


def test_inline_rows_are_added_changed_and_deleted(admin: Visitor) -> None:
    person = some_person()
    address = f"{PERSONS}edit/?id={person}"
    start = f"{ATTACHMENTS}-0-"
    admin.post(address, {"version": 1, f"{ATTACHMENTS}-999-structure": "1"})
    asked = Selection(filters=(Filter("person", "equals", str(person)),))
    (row,) = gate().list(ATTACHMENTS, asked).rows
    changed = {
        "version": version(person),
        f"{start}id": row.id,
        f"{start}version": row.version,
        f"{start}structure": "1",
        f"{start}starts_on": "2026-02-03",
    }
    assert admin.post(address, changed).status_code == 302
    (row,) = gate().list(ATTACHMENTS, asked).rows
    assert str(row.values["starts_on"]) == "2026-02-03"
    erased = changed | {
        "version": version(person),
        f"{start}version": row.version,
        f"{start}erase": "1",
    }
    assert admin.post(address, erased).status_code == 302
    assert gate().list(ATTACHMENTS, asked).rows == ()


def test_a_refused_inline_row_is_shown_beside_its_field(admin: Visitor) -> None:
    start = f"{ATTACHMENTS}-999-"
    data = {"version": 1, f"{start}structure": "1"}
    data |= {f"{start}starts_on": "2026-02-03", f"{start}ends_on": "2025-02-03"}
    answer = admin.post(f"{PERSONS}edit/?id={some_person()}", data)
    assert answer.status_code == 400
    assert "The end is before the beginning." in answer.text
