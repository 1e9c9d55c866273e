"""The table interface through HTTP: list, sheet, form, deletion, export, lookup."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from portal import counts, patience
from portal.database import is_sqlite
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


@pytest.mark.parametrize(
    "query", ["page=-1", "sort=nothing", "f.birth_date.equals=yesterday", "count=roughly", "wait=2"]
)
def test_a_count_refuses_what_its_list_refuses(admin: Visitor, query: str) -> None:
    assert admin.get(f"{PERSONS}count/?{query}").status_code == 400
    assert admin.get(f"{PERSONS}?{query}").status_code == 400


def test_a_count_is_asked_apart_in_words(admin: Visitor) -> None:
    told = admin.get(f"{PERSONS}count/?page_size=15&f.active.equals=true").json
    assert told == {"count": "35 records", "capped": False, "pages": 3}


def test_a_table_that_one_may_not_read_is_not_counted(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("instructor").get("/admin/journal.entry/count/").status_code == 404


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no time for a count beside its page."""
    monkeypatch.setattr(counts, "AT_HAND_SECONDS", 0.0)
    monkeypatch.setattr(counts, "FEW_ROWS", 10)
    monkeypatch.setattr(patience, "STEPS", 1)


@pytest.mark.usefixtures("hurried")
def test_a_list_leaves_a_count_that_takes_long_for_later(admin: Visitor) -> None:
    address = f"{PERSONS}?page_size=15&page=1"
    page = admin.get(address).text
    assert 'data-later-count="count/?page_size=15&amp;page=1"' in page
    assert "40 records" not in page
    link = re.search(r'<a href="([^"]+)">count them</a>', page)
    assert link
    waited = admin.get(PERSONS + link[1].replace("&amp;", "&")).text
    assert "40 records" in waited
    assert "data-later-count" not in waited
    assert re.findall('name="rowid" value="([0-9]+)"', waited) == re.findall(
        'name="rowid" value="([0-9]+)"', page
    )


@pytest.mark.usefixtures("hurried")
def test_a_list_whose_rows_take_long_says_so(
    admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.0)
    page = admin.get(f"{PERSONS}?f.city.contains=e").text
    assert ("The records are still being looked for." in page) == is_sqlite()
    assert "Nothing matches." not in page
    assert 'name="rowid"' in admin.get(f"{PERSONS}?f.city.contains=e&wait=1").text


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
            assert visitor.get(address + act, follow_redirects=True).status_code in (200, 404), (
                address + act
            )


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
