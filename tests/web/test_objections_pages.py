"""The objection list through HTTP: entered, looked for, lifted, and decided with a request."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.rows import Filter, Selection
from tests.factories import gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/privacy/objections/"
PERSON = "directory.person"
MAIL = {"email": "Out.Of.Here@example.org"}


def test_an_objection_is_entered_found_and_lifted(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    done = officer.post(f"{PAGE}new/", {**MAIL, "scope": "recorded"}, follow_redirects=True)
    assert "The objection is on the list." in done.text
    assert "example.org" not in done.text
    found = officer.post(f"{PAGE}find/", {"email": "out.of.here@EXAMPLE.org"})
    entry = re.search(r'name="entry" value="([0-9a-f]+)"', found.text)
    assert entry
    refused = signed_in("admin").post(
        "/admin/directory.person/new/", {"last_name": "Durand", **MAIL}
    )
    assert "objected to being recorded" in refused.text
    lifted = officer.post(f"{PAGE}lift/", {"entry": entry[1]}, follow_redirects=True)
    assert "The objection is lifted." in lifted.text
    assert officer.post(f"{PAGE}lift/", {"entry": entry[1]}).status_code == 400
    assert (
        "Nobody who is so recognised"
        in officer.post(f"{PAGE}find/", {"email": "else@example.org"}).text
    )


def test_a_person_is_entered_from_their_sheet(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    wanted = Selection(filters=(Filter("accepts_news", "equals", "true"),), page_size=1)
    person = gate().list(PERSON, wanted).rows[0]
    address = f"{PAGE}new/?id={person.id}"
    assert (
        address.replace("&", "&amp;")
        in officer.get(f"/admin/{PERSON}/details/?id={person.id}").text
    )
    page = officer.get(address).text
    assert person.title in page
    kinds = re.findall(r'name="kinds" value="([a-z]+)"', page)
    sent = [("kinds", kind) for kind in kinds]
    assert officer.post(address, [*sent, ("scope", "")]).status_code == 400
    assert officer.post(address, [("scope", "news")]).status_code == 400
    done = officer.post(address, [*sent, ("scope", "news")], follow_redirects=True)
    assert "get no more news" in done.text or "gets no more news" in done.text
    assert gate().one(PERSON, person.id).values["accepts_news"] is False


@pytest.mark.parametrize(
    "sent",
    [
        {"scope": "news"},
        {"scope": "news", "email": "not an address"},
        {"scope": "news", "phone": "call me"},
        {"scope": "news", "birth_date": "yesterday"},
        {"scope": "everything", **MAIL},
    ],
)
def test_what_is_wrong_is_told_beside_the_form(signed_in: SignIn, sent: dict[str, str]) -> None:
    answer = signed_in("dpo").post(f"{PAGE}new/", sent)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_a_search_for_nothing_is_refused(signed_in: SignIn) -> None:
    assert signed_in("dpo").post(f"{PAGE}find/", {}).status_code == 400


@pytest.mark.parametrize("login", ["treasurer", "member", "secretary"])
def test_the_list_does_not_exist_for_others(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    assert visitor.get(PAGE).status_code == 404
    assert visitor.post(f"{PAGE}new/", {**MAIL, "scope": "news"}).status_code == 404
    assert visitor.post(f"{PAGE}find/", MAIL).status_code == 404


def test_the_decision_on_an_objection_asks_what_it_is_about(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    sent = {
        "received_on": gate().today.isoformat(),
        "channel": "email",
        "rights": "objection",
        "applicant_name": "Durand",
        "applicant_email": MAIL["email"],
        "capacity": "self",
    }
    made = officer.post("/admin/privacy/requests/new/", sent)
    id = made.location.rpartition("=")[2]
    page = officer.get(f"/admin/privacy/requests/one/?id={id}").text
    assert 'name="objection" value="news"' in page
    act = "/admin/privacy/requests/act/"
    officer.post(act, {"id": id, "act": "identity_checked", "means": "known"})
    decided = {"id": id, "act": "decided", "decision": "granted"}
    assert officer.post(act, decided).status_code == 400
    done = officer.post(act, {**decided, "objection": "news"}, follow_redirects=True)
    assert "Put on the objection list" in done.text
