"""The privacy pages through HTTP: register, retention, purge, rules, access documents."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.rows import Selection
from tests.factories import gate
from tests.privacy.words import words
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
REGISTER = "/admin/privacy/register/"
RETENTION = "/admin/privacy/retention/"
ADDRESSES = (
    REGISTER,
    f"{REGISTER}export/?format=csv&lang=fr",
    RETENTION,
    f"{RETENTION}bookings/",
    "/admin/privacy/attachments/",
    "/admin/privacy/evidence/?id=1",
)


def previewed(page: str) -> str:
    """Give what a page says that it previewed."""
    found = re.search(r'name="previewed" value="([^"]+)"', page)
    assert found, page[:400]
    return found[1]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("login", ["secretary", "treasurer", "structure", "instructor", "member"])
def test_the_pages_do_not_exist_for_others(signed_in: SignIn, login: str, address: str) -> None:
    assert signed_in(login).get(address).status_code == 404


def test_the_register_shows_its_fifteen_columns(signed_in: SignIn) -> None:
    page = signed_in("dpo").get(REGISTER).text
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert head.count("<th ") == 15


@pytest.mark.parametrize("kind", ["odt", "docx", "ods", "csv", "json"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_the_register_is_downloaded(signed_in: SignIn, kind: str, code: str) -> None:
    answer = signed_in("dpo").get(f"{REGISTER}export/?format={kind}&lang={code}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')


@pytest.mark.parametrize("query", ["format=xls", "format=odt&lang=de"])
def test_an_unknown_format_is_refused(signed_in: SignIn, query: str) -> None:
    assert signed_in("dpo").get(f"{REGISTER}export/?{query}").status_code == 400


def test_retention_has_a_line_for_each_activity(signed_in: SignIn) -> None:
    page = signed_in("dpo").get(RETENTION).text
    for label in ("Persons / members", "Bookings", "Trainings", "Accounting entries"):
        assert label in page


@pytest.mark.parametrize(
    ("rest", "status"),
    [("nothing/", 404), ("bookings/?page=-1", 400), ("bookings/?page=x", 400), ("%00/", 404)],
)
def test_bad_addresses_are_answered(signed_in: SignIn, rest: str, status: int) -> None:
    assert signed_in("dpo").get(RETENTION + rest).status_code == status


def test_a_purge_is_previewed_confirmed_and_proved(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    address = f"{RETENTION}bookings/"
    before = gate().obsolete("bookings").counts()
    assert before.deletable
    page = officer.get(address).text
    done = officer.post(
        address, {"previewed": previewed(page), "word": "Purge"}, follow_redirects=True
    )
    assert done.status_code == 200
    assert "Evidence of a purge" in done.text
    after = gate().obsolete("bookings").counts()
    assert (after.deletable, after.blocked, after.not_obsolete) == (
        0,
        before.blocked,
        before.not_obsolete,
    )


def test_a_purge_needs_its_word(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    address = f"{RETENTION}bookings/"
    before = gate().obsolete("bookings").counts()
    answer = officer.post(address, {"previewed": previewed(officer.get(address).text), "word": ""})
    assert answer.status_code == 400
    assert gate().obsolete("bookings").counts() == before


def test_a_purge_of_what_was_not_previewed_is_refused(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    address = f"{RETENTION}bookings/"
    answer = officer.post(address, {"previewed": "bookings 1 row", "word": "purge"})
    assert answer.status_code == 409
    assert gate().count("privacy.purge", Selection()).value == 0


def test_a_purge_without_the_forgery_token_is_refused(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    address = f"{RETENTION}bookings/"
    sent = {"previewed": previewed(officer.get(address).text), "word": "purge"}
    assert officer.client.post(address, data=sent).status_code == 400
    assert gate().count("privacy.purge", Selection()).value == 0


def test_the_attachment_rules_are_listed(signed_in: SignIn) -> None:
    page = signed_in("dpo").get("/admin/privacy/attachments/").text
    assert "An instructor: persons now in training" in page
    assert "Resource › Person in charge" in page


def test_a_sheet_offers_the_access_document(signed_in: SignIn) -> None:
    page = signed_in("dpo").get("/admin/directory.person/details/?id=3").text
    assert page.count("/admin/documents/access/?person=3") == 7


def test_a_secretary_is_offered_none(signed_in: SignIn) -> None:
    own = gate("secretary").actor.person
    rows = gate("secretary").list("directory.person", Selection()).rows
    other = next(row.id for row in rows if row.id != own)
    secretary = signed_in("secretary")
    assert (
        "documents/access" not in secretary.get(f"/admin/directory.person/details/?id={other}").text
    )
    refused = secretary.get(f"/admin/documents/access/?person={other}&format=odt&lang=fr")
    assert refused.status_code == 403


@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_the_access_document_is_made_of_the_rows_on_screen(signed_in: SignIn, kind: str) -> None:
    answer = signed_in("dpo").get(f"/admin/documents/access/?person=3&format={kind}&lang=fr")
    assert answer.status_code == 200
    values = gate().one("directory.person", 3).values
    text = words(answer.data)
    assert str(values["last_name"]) in text
    assert str(values["email"]) in text


def test_a_member_downloads_their_own_data(signed_in: SignIn) -> None:
    member = signed_in("member")
    assert member.get("/me/").text.count('href="/me/data?') == 7
    answer = member.get("/me/data?format=docx&lang=fr")
    own = gate("member").actor.person or 0
    assert str(gate().one("directory.person", own).values["last_name"]) in words(answer.data)


def test_a_stranger_is_sent_to_sign_in(visitor: Visitor) -> None:
    assert visitor.get("/me/data").status_code == 302
    assert visitor.get(REGISTER).status_code == 302
