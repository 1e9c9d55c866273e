"""Protected data through HTTP: a typed reason first, for one answer, and an entry of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from portal.builtin.directory import Person
from portal.builtin.journal import Entry
from portal.models import utc_now
from portal.rows import Selection
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor

SignIn = Callable[[str], Visitor]
VALIDITIES = "/admin/members.validity/"
BECAUSE = {"disclosure-reason": "asked by the person"}


def certificate() -> int:
    """Give a new medical certificate."""
    person = gate().list("directory.person", Selection(page_size=1)).rows[0].id
    values = {"person": person, "issued_on": date(2026, 3, 2), "medical_class": "class-2"}
    return gate().create("members.validity", values)


def archived_person() -> int:
    id = gate().create("directory.person", {"last_name": "Zylberstein"})
    Person.update(archived_at=utc_now()).where(Person.id == id).execute()
    return id


def medical(page: str) -> bool:
    return "<dt>Medical class</dt>" in page


def test_a_sheet_with_closed_data_offers_to_open_them(admin: Visitor) -> None:
    id = certificate()
    page = admin.get(f"{VALIDITIES}details/?id={id}").text
    assert (medical(page), f"{VALIDITIES}open/{id}/" in page) == (False, True)


def test_a_sheet_without_closed_data_offers_nothing(admin: Visitor) -> None:
    id = gate().create("directory.person", {"last_name": "Zylberstein"})
    assert "/open/" not in admin.get(f"{PERSONS}details/?id={id}").text


def test_the_reason_is_asked_before_anything_shows(admin: Visitor) -> None:
    page = admin.get(f"{VALIDITIES}open/{certificate()}/").text
    assert 'name="disclosure-reason"' in page
    assert not medical(page)


@pytest.mark.parametrize("reason", ["", "abc", " " * 9, "x" * 301, "a\x00bcdefg"])
def test_a_reason_that_says_nothing_is_refused(admin: Visitor, reason: str) -> None:
    answer = admin.post(f"{VALIDITIES}open/{certificate()}/", {"disclosure-reason": reason})
    assert (answer.status_code, medical(answer.text)) == (400, False)


def test_a_reason_opens_the_sheet_and_is_journaled(admin: Visitor) -> None:
    page = admin.post(f"{VALIDITIES}open/{certificate()}/", BECAUSE)
    entry = Entry.select().order_by(Entry.id.desc()).get()
    assert (page.status_code, medical(page.text)) == (200, True)
    assert (entry.kind, entry.reason) == ("archive_access", "asked by the person")


def test_the_next_answer_is_closed_again(admin: Visitor) -> None:
    id = certificate()
    admin.post(f"{VALIDITIES}open/{id}/", BECAUSE)
    assert not medical(admin.get(f"{VALIDITIES}details/?id={id}").text)


def test_the_form_of_an_opened_record_changes_its_protected_field(admin: Visitor) -> None:
    id = certificate()
    edit = f"{VALIDITIES}edit/?id={id}"
    form = admin.post(edit, {**BECAUSE, "disclosure-begin": "1"}).text
    assert 'name="medical_class"' in form
    admin.post(edit, {**BECAUSE, "version": "1", "medical_class": "lapl"})
    row = gate().one("members.validity", id)
    assert row.version == 2


def test_the_form_of_a_closed_record_does_not_hold_its_protected_field(admin: Visitor) -> None:
    assert 'name="medical_class"' not in admin.get(f"{VALIDITIES}edit/?id={certificate()}").text


def test_an_archived_record_is_reached_by_a_reason(admin: Visitor) -> None:
    id = archived_person()
    assert admin.get(f"{PERSONS}details/?id={id}").status_code == 404
    listed = admin.post(f"{PERSONS}protected/", BECAUSE).text
    assert f"{PERSONS}open/{id}/" in listed
    page = admin.post(f"{PERSONS}open/{id}/", BECAUSE).text
    assert '<span class="badge">Archived</span>' in page
    assert "/edit/" not in page


def test_the_list_of_protected_records_asks_first(admin: Visitor) -> None:
    archived_person()
    assert "Zylberstein" not in admin.get(f"{PERSONS}protected/").text


@pytest.mark.parametrize("address", [f"{PERSONS}protected/", f"{PERSONS}open/1/"])
@pytest.mark.parametrize("login", ["secretary", "treasurer", "instructor"])
def test_who_may_not_disclose_finds_no_page(signed_in: SignIn, login: str, address: str) -> None:
    visitor = signed_in(login)
    assert visitor.get(address).status_code == 404
    assert visitor.post(address, BECAUSE).status_code == 404


def test_a_page_out_of_bounds_is_refused(admin: Visitor) -> None:
    answer = admin.post(f"{PERSONS}protected/", {**BECAUSE, "page": "-1"})
    assert answer.status_code == 400


def test_a_record_that_is_not_there_is_not_found(admin: Visitor) -> None:
    answers = [admin.post(f"{PERSONS}open/{id}/", BECAUSE) for id in ("999999", "9" * 30)]
    assert [answer.status_code for answer in answers] == [404, 404]
