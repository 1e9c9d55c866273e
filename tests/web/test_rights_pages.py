"""The pages of rights: choosing what a right says, comparing profile types, asking why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from portal.actor import Condition
from portal.builtin.accounts import AccessCode, CodedRow, CodeHeld, Grant, ProfileType
from portal.builtin.directory import Person
from tests import factories
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/rights/"
RIGHT = {
    "table": "directory.person",
    "verb": "read",
    "reach": "all",
    "reads_all": "1",
    "condition-0-field": "city",
    "condition-0-operator": "equals",
    "condition-0-value": "Lyon",
}


def profile(slug: str = "member") -> int:
    return int(ProfileType.get(ProfileType.slug == slug).id)


def right_of(slug: str, table: str) -> Grant:
    found = Grant.select().where(Grant.profile_type == profile(slug), Grant.table_name == table)
    return found.order_by(Grant.id.desc()).get()  # type: ignore[no-any-return]  # a row


# --- a right


def test_a_right_is_added_from_what_was_chosen(admin: Visitor) -> None:
    answer = admin.post(f"{PAGE}new/", RIGHT | {"profile": profile()})
    made = right_of("member", "directory.person")
    assert answer.status_code == 302
    assert (made.verbs, made.reach, made.conditions) == ("read", "all", "city equals Lyon")


def test_a_new_right_opens_rows_at_the_next_request(admin: Visitor, signed_in: SignIn) -> None:
    Person.update(city="Lyon").execute()
    before = len(factories.actor("member").grants)
    admin.post(f"{PAGE}new/", RIGHT | {"profile": profile()})
    added = factories.actor("member").grants[-1]
    assert len(factories.actor("member").grants) == before + 1
    assert added.conditions == (Condition("city", "equals", "Lyon"),)


def test_several_permissions_and_fields_are_kept(admin: Visitor) -> None:
    chosen = [
        *(RIGHT | {"profile": str(profile()), "reads_all": ""}).items(),
        ("verb", "update"),
        ("field-email", "write"),
        ("field-city", "read"),
        ("field-birth_date", "masked"),
    ]
    admin.post(f"{PAGE}new/", chosen)
    made = right_of("member", "directory.person")
    assert (made.verbs, set(made.readable.split())) == ("read update", {"email", "city"})
    assert (made.writable, made.masked) == ("email", "birth_date")


def test_a_condition_without_sense_is_refused_and_what_was_typed_stays(admin: Visitor) -> None:
    wrong = RIGHT | {
        "profile": profile(),
        "condition-0-field": "birth_date",
        "condition-0-operator": "before",
        "condition-0-value": "presque",
    }
    answer = admin.post(f"{PAGE}new/", wrong)
    assert answer.status_code == 400
    assert 'value="presque"' in answer.text
    assert right_of("member", "directory.person").conditions == ""


@pytest.mark.parametrize(
    ("name", "value"), [("reach", "everywhere"), ("condition-0-field", "nowhere"), ("verb", "fly")]
)
def test_what_the_form_does_not_offer_is_refused(admin: Visitor, name: str, value: str) -> None:
    answer = admin.post(f"{PAGE}new/", RIGHT | {"profile": profile(), name: value})
    assert answer.status_code == 400 or right_of("member", "directory.person").verbs == ""


def test_a_right_is_changed(admin: Visitor) -> None:
    right = right_of("member", "directory.person")
    page = admin.get(f"{PAGE}edit/?id={right.id}").text
    assert "Lit" not in page
    answer = admin.post(
        f"{PAGE}edit/", RIGHT | {"id": right.id, "version": right.version, "reach": "own"}
    )
    changed = Grant.get_by_id(right.id)
    assert (answer.status_code, changed.conditions) == (302, "city equals Lyon")


def test_a_right_that_is_saved_as_it_stands_says_the_same(admin: Visitor) -> None:
    right = right_of("member", "directory.person")
    page = admin.get(f"{PAGE}edit/?id={right.id}").text
    assert page.count(" selected>read and written") == len(right.writable.split())


def test_a_right_that_changed_meanwhile_is_not_overwritten(admin: Visitor) -> None:
    right = right_of("member", "directory.person")
    answer = admin.post(f"{PAGE}edit/", RIGHT | {"id": right.id, "version": 99})
    assert answer.status_code == 409


def test_a_right_is_taken_away(admin: Visitor) -> None:
    right = right_of("member", "directory.person")
    assert admin.post(f"{PAGE}erase/", {"id": right.id}).status_code == 302
    assert Grant.get_or_none(Grant.id == right.id) is None


def test_the_rights_of_a_profile_type_are_words(admin: Visitor) -> None:
    page = admin.get(f"{PAGE}profile/?id={profile()}").text
    assert "Own rows: read, change" in page
    assert "directory.person" not in page.split("<main")[1].split("Add a right")[0]


@pytest.mark.parametrize("login", ["dpo", "secretary"])
def test_who_may_not_write_rights_finds_no_form(signed_in: SignIn, login: str) -> None:
    address = f"{PAGE}new/?profile={profile()}&table=directory.person"
    assert signed_in(login).get(address).status_code == 404


def test_who_lost_the_privilege_of_accounts_and_rights_finds_no_form(
    signed_in: SignIn, code: int
) -> None:
    ProfileType.update(privileges="profile").where(ProfileType.slug == "technical").execute()
    visitor = signed_in("technical")
    begun = f"{PAGE}new/?profile={profile()}&table=directory.person"
    statuses = [
        visitor.get(address).status_code for address in (begun, f"/admin/codes/fields/?id={code}")
    ]
    assert statuses == [404, 404]
    assert "Add a right" not in visitor.get(f"{PAGE}profile/?id={profile()}").text


def test_a_right_on_a_table_that_there_is_not_is_not_begun(admin: Visitor) -> None:
    address = f"{PAGE}new/?profile={profile()}&table=nowhere.thing"
    assert admin.get(address).status_code == 404


# --- the summary


def test_the_summary_says_what_each_profile_type_lets_do(admin: Visitor) -> None:
    page = admin.get(f"{PAGE}summary/").text
    assert "Superuser" in page
    assert "Rows of the structure: read, add, change" in page


def test_chosen_profile_types_stand_side_by_side_with_what_differs(admin: Visitor) -> None:
    pair = f"profile={profile('secretary')}&profile={profile('instructor')}"
    page = admin.get(f"{PAGE}summary/?{pair}&only=differences").text
    head = page.split("<thead>")[1].split("</thead>")[0]
    assert ("Secretary" in head, "Treasurer" in head) == (True, False)
    assert '<tr class="differs">' in page
    assert '<tr>\n<th scope="row">' not in page.split("<table")[1]


def test_the_summary_is_a_file(admin: Visitor) -> None:
    answer = admin.get(f"{PAGE}export/?profile={profile('member')}")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["Module", "Table", "Member", "Differs"]
    assert any("Own rows: read" in line[2] for line in lines)


def test_who_reads_no_rights_finds_no_summary(signed_in: SignIn) -> None:
    assert signed_in("secretary").get(f"{PAGE}summary/").status_code == 404


# --- why


def ask(visitor: Visitor, login: str, field: str = "", row: int = 0) -> str:
    person = row or factories.actor("secretary").person
    address = f"{PAGE}why/?account={login}&table=directory.person&row={person}&field={field}"
    return visitor.get(address).text


def test_why_names_the_right_and_its_reach(admin: Visitor) -> None:
    page = ask(admin, "secretary")
    assert "secretary sees this record." in page
    assert "Secretary" in page


def test_why_not_says_that_no_right_reaches_the_record(admin: Visitor) -> None:
    page = ask(admin, "member")
    assert "member does not see this record" in page
    assert "No right reaches this record." in page


def test_why_not_a_field_says_that_the_right_withholds_it(admin: Visitor) -> None:
    page = ask(admin, "treasurer", "birth_date")
    assert "but not the field" in page
    assert "the field is not among those that it lets read" in page


@pytest.mark.parametrize(
    "query",
    [
        "account=nobody&table=directory.person&row=1",
        "account=admin&table=nowhere&row=1",
        "account=admin&table=directory.person&row=999999",
        "account=admin&table=directory.person&row=1&field=nowhere",
        "account=admin&table=directory.person&row=",
    ],
)
def test_a_question_without_an_answer_is_refused_in_words(admin: Visitor, query: str) -> None:
    answer = admin.get(f"{PAGE}why/?{query}")
    assert answer.status_code in (400, 404)
    assert "refusal" in answer.text


@pytest.mark.parametrize("login", ["dpo", "secretary", "member"])
def test_only_who_looks_after_accounts_may_ask(signed_in: SignIn, login: str) -> None:
    assert signed_in(login).get(f"{PAGE}why/").status_code == 404


# --- access codes


@pytest.fixture
def code() -> int:
    """Give an access code that the superuser holds."""
    made = AccessCode.create(label_fr="Dossiers", slug="files")
    CodeHeld.create(account=factories.account("admin"), code=made.id)
    return int(made.id)


def codes_of(person: int) -> list[int]:
    return [row.code_id for row in CodedRow.select().where(CodedRow.row == person)]


def test_a_code_is_put_on_a_record_and_taken_off(admin: Visitor, code: int) -> None:
    person = factories.actor("secretary").person or 0
    record = {"table": "directory.person", "id": person}
    assert admin.post("/admin/codes/record/", record | {"code": code}).status_code == 302
    assert codes_of(person) == [code]
    assert "checked" in admin.get(f"/admin/codes/record/?table=directory.person&id={person}").text
    admin.post("/admin/codes/record/", record)
    assert codes_of(person) == []


def test_a_record_with_a_code_is_gone_for_the_others(
    admin: Visitor, signed_in: SignIn, code: int
) -> None:
    person = factories.actor("secretary").person or 0
    admin.post("/admin/codes/record/", {"table": "directory.person", "id": person, "code": code})
    address = f"/admin/directory.person/details/?id={person}"
    assert signed_in("technical").get(address).status_code == 404
    assert admin.get(address).status_code == 200


def test_a_code_that_one_does_not_hold_is_not_put(admin: Visitor, code: int) -> None:
    CodeHeld.delete().execute()
    person = factories.actor("secretary").person or 0
    record = {"table": "directory.person", "id": person, "code": code}
    assert admin.post("/admin/codes/record/", record).status_code == 400
    assert codes_of(person) == []


def test_a_code_is_put_on_fields(admin: Visitor, signed_in: SignIn, code: int) -> None:
    sent = {"id": code, "table": "directory.person", "field": "email"}
    assert admin.post("/admin/codes/fields/", sent).status_code == 302
    address = f"/admin/directory.person/details/?id={factories.actor('secretary').person}"
    assert "E-mail" in admin.get(address).text.split("<main")[1]
    assert "E-mail" not in signed_in("technical").get(address).text.split("<main")[1]


@pytest.mark.parametrize("field", ["nowhere", "id"])
def test_a_code_is_put_on_no_field_that_there_is_not(admin: Visitor, code: int, field: str) -> None:
    sent = {"id": code, "table": "directory.person", "field": field}
    assert admin.post("/admin/codes/fields/", sent).status_code == 400


@pytest.mark.parametrize("table", ["accounts.grant", "journal.entry", "nowhere.thing", ""])
def test_what_the_portal_is_made_of_takes_no_code(admin: Visitor, table: str, code: int) -> None:
    answer = admin.get(f"/admin/codes/record/?table={table}&id=1")
    assert answer.status_code == 404


def test_the_sheet_of_a_record_leads_to_its_codes(admin: Visitor, signed_in: SignIn) -> None:
    person = factories.actor("secretary").person
    address = f"/admin/directory.person/details/?id={person}"
    link = f"/admin/codes/record/?id={person}&amp;table=directory.person"
    assert link in admin.get(address).text
    assert link not in signed_in("secretary").get(address).text
