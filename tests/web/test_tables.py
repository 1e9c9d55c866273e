"""The table interface through HTTP: list, sheet, form, deletion, export, lookup."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
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


# --- list


def test_a_list_links_each_title(admin: Visitor) -> None:
    page = admin.get(PERSONS).text
    assert page.count("/admin/directory.person/details/?id=") == 40


def test_a_list_of_fifty_rows_is_light(admin: Visitor) -> None:
    gate().create_many(
        "directory.person",
        [
            {"last_name": f"Nom{n}", "email": f"nom{n}@example.org", "city": "Chambéry"}
            for n in range(40)
        ],
    )
    page = admin.get(PERSONS)
    assert page.text.count('name="rowid"') == 50
    assert len(page.data) <= 60_000


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=abc",
        "page=99999999999999999999",
        "page_size=1000000",
        "page_size=0",
        "sort=nothing",
        "sort=password",
        "desc=2",
        "columns=nothing",
        "f.nothing.equals=1",
        "f.last_name.before=1",
        "f.last_name.like=1",
        "f.birth_date.equals=yesterday",
        "f.birth_date.between=2020-01-01",
        "f.id.equals=99999999999999999999",
        "f.active.equals=maybe",
        "after=abc",
        "after=99999999",
        "count=roughly",
        "add=nothing",
        "search=" + "a" * 501,
        "search=%00",
        "search=" + "+".join(["word"] * 60),
    ],
)
def test_a_wrong_parameter_is_answered_with_a_sentence(admin: Visitor, query: str) -> None:
    answer = admin.get(f"{PERSONS}?{query}")
    assert answer.status_code == 400
    assert "<h1>" in answer.text


def test_two_thousand_words_are_too_many(admin: Visitor) -> None:
    assert admin.get(f"{PERSONS}?search=" + "+".join(["word"] * 2_000)).status_code in (400, 414)


@pytest.mark.parametrize("query", ["search=a%0Ab", "search=%22*", "f.city.contains=%25_"])
def test_odd_text_is_only_text(admin: Visitor, query: str) -> None:
    assert admin.get(f"{PERSONS}?{query}").status_code == 200


def test_next_and_previous_walk_the_whole_list(admin: Visitor) -> None:
    seen: list[str] = []
    address = f"{PERSONS}?page_size=15"
    while address:
        page = admin.get(address).text
        seen += re.findall(r'name="rowid" value="(\d+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = PERSONS + found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 40


def test_a_filter_shows_as_a_sentence_that_can_be_taken_off(admin: Visitor) -> None:
    page = admin.get(f"{PERSONS}?f.active.equals=false").text
    assert re.search(r'<a href="\?">Active: No', page)


def test_the_filter_form_works_without_script(admin: Visitor) -> None:
    assert 'name="add_operator"' in admin.get(f"{PERSONS}?add=birth_date").text
    answer = admin.get(
        f"{PERSONS}?add_field=birth_date&add_operator=between&add_value=1980-01-01&add_last=1990-01-01"
    )
    assert answer.location == f"{PERSONS}?f.birth_date.between=1980-01-01..1990-01-01"


def test_an_empty_list_says_why(admin: Visitor) -> None:
    assert "Nothing matches." in admin.get(f"{PERSONS}?search=xyzzyplugh").text


def test_a_value_is_never_markup(admin: Visitor) -> None:
    person = gate().create("directory.person", {"last_name": "<script>alert(1)</script>"})
    for address in (f"{PERSONS}?page_size=100", f"{PERSONS}details/?id={person}"):
        assert "<script>alert" not in admin.get(address).text


def test_a_wrong_filter_of_the_form_is_refused(admin: Visitor) -> None:
    address = f"{PERSONS}?add_field=nothing&add_operator=equals"
    assert admin.get(address, follow_redirects=True).status_code == 400


# --- sheet


@pytest.mark.parametrize("id", ["999999", "abc", "-1", "0", "9" * 30, "%00"])
def test_a_sheet_that_is_not_there_is_a_page(admin: Visitor, id: str) -> None:
    assert admin.get(f"{PERSONS}details/?id={id}").status_code in (400, 404)


def test_a_sheet_shows_the_rows_that_refer_to_it(admin: Visitor) -> None:
    page = admin.get(f"{PERSONS}details/?id=5").text
    assert "/admin/members.membership/?f.person.equals=5" in page


def test_the_history_shows_old_and_new(admin: Visitor) -> None:
    person = some_person()
    admin.post(f"{PERSONS}edit/?id={person}", {"last_name": "Nouvelle", "version": 1})
    page = admin.get(f"{PERSONS}details/?id={person}&tab=history").text
    assert "Zylberstein" in page
    assert "Nouvelle" in page


# --- forms


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


# --- the other pages


@pytest.mark.parametrize(
    "login", ["admin", "dpo", "structure", "secretary", "treasurer", "instructor", "technical"]
)
def test_every_table_opens_for_its_readers(signed_in: Callable[[str], Visitor], login: str) -> None:
    visitor = signed_in(login)
    home = visitor.get("/admin/").text
    tables = set(re.findall(r'href="(/admin/[a-z]+\.[a-z]+/)"', home))
    assert tables
    for address in sorted(tables):
        page = visitor.get(address)
        assert page.status_code == 200, address
        found = re.search(r"details/\?id=(\d+)", page.text)
        if found:
            assert visitor.get(f"{address}details/?id={found[1]}").status_code == 200, address
        for act in ("new/", f"edit/?id={found[1] if found else 0}"):
            assert visitor.get(address + act).status_code in (200, 404), address + act


@pytest.mark.parametrize("login", ["member", "admin", "instructor"])
def test_a_person_reads_their_own_record(signed_in: Callable[[str], Visitor], login: str) -> None:
    page = signed_in(login).get("/me/")
    assert page.status_code == 200
    assert "Last name" in page.text


def test_the_start_page_tells_what_was_done_last(admin: Visitor) -> None:
    some_person()
    admin.post(f"{PERSONS}new/", {"last_name": "Okonkwo", "once": uuid4().hex})
    assert "Okonkwo" in admin.get("/admin/").text


def test_search_everywhere_finds_a_person(admin: Visitor) -> None:
    person = some_person()
    assert f"details/?id={person}" in admin.get("/admin/search/?q=zylberstein").text


@pytest.mark.parametrize(
    "address",
    [
        PERSONS,
        f"{PERSONS}?page_size=500",
        f"{PERSONS}?search=du",
        "/admin/activities.outing/",
        "/admin/members.validity/?f.person.equals=5",
    ],
)
def test_a_list_costs_eight_statements_at_most(
    admin: Visitor, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    admin.get(address)
    with caplog.at_level("DEBUG", logger="peewee"):
        admin.get(address)
    said = [record.message for record in caplog.records if record.name == "peewee"]
    free = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ")
    counted = [text for text in said if not text.removeprefix("('").startswith(free)]
    assert len(counted) <= 8, counted


def test_a_new_person_starts_in_the_structure_of_who_adds_them(
    signed_in: Callable[[str], Visitor],
) -> None:
    page = signed_in("structure").get(f"{PERSONS}new/").text
    first_row = page.split('data-children="directory.attachment"')[1].split("data-blank")[0]
    assert "Section planeur" in first_row
