"""Purges, anonymisation and legal holds through HTTP: approved, switched, placed, lifted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from portal import approvals
from portal.rows import Filter, Selection
from tests.factories import gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
BOOKINGS = "/admin/privacy/retention/bookings/"
ANONYMISE = "/admin/privacy/anonymise/"
HOLDS = "/admin/privacy/holds/"


def hidden(page: str, name: str = "previewed") -> list[str]:
    """Give the values of the hidden fields of that name."""
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


@pytest.fixture
def two_persons() -> Iterator[None]:
    """Ask for a second person."""
    approvals.configure(second_person=True)
    yield
    approvals.configure(second_person=False)


def test_a_purge_is_approved_then_switched_to_automatic(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    refused = officer.post(BOOKINGS, {"act": "automatic"})
    assert (refused.status_code, "was approved yet" in refused.text) == (409, True)
    seen = hidden(officer.get(BOOKINGS).text)[0]
    approved = officer.post(BOOKINGS, {"act": "approve", "previewed": seen}, follow_redirects=True)
    assert "This preview was approved on" in approved.text
    switched = officer.post(BOOKINGS, {"act": "automatic"}, follow_redirects=True)
    assert "This activity purges itself each night" in switched.text
    assert "Purges itself each night" in officer.get("/admin/privacy/retention/").text
    by_hand = officer.post(BOOKINGS, {"act": "by-hand"}, follow_redirects=True)
    assert "Off: this activity is only purged by hand" in by_hand.text


def test_who_approved_is_not_offered_to_run_where_two_persons_are_asked(
    signed_in: SignIn, two_persons: None
) -> None:
    officer = signed_in("dpo")
    page = officer.get(BOOKINGS).text
    assert 'id="word"' not in page
    officer.post(BOOKINGS, {"act": "approve", "previewed": hidden(page)[0]})
    again = officer.get(BOOKINGS).text
    assert 'id="word"' not in again
    sent = {"previewed": hidden(again)[0], "word": "purge"}
    assert officer.post(BOOKINGS, sent).status_code == 403
    other = signed_in("admin")
    assert 'id="word"' in other.get(BOOKINGS).text
    done = other.post(BOOKINGS, sent, follow_redirects=True)
    assert "Approved by" in done.text


def test_the_evidence_says_what_was_counted_afterwards(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    sent = {"previewed": hidden(officer.get(BOOKINGS).text)[0], "word": "purge"}
    done = officer.post(BOOKINGS, sent, follow_redirects=True)
    assert "Nothing deletable is left, and nothing else was touched" in done.text


def test_a_person_is_anonymised_once_the_word_is_typed(signed_in: SignIn) -> None:
    officer = signed_in("admin")
    row = gate().list("directory.person", Selection(page_size=1)).rows[0]
    page = officer.get(f"{ANONYMISE}?id={row.id}").text
    sent = {"person": str(row.id), "previewed": hidden(page)[0]}
    assert officer.post(ANONYMISE, sent).status_code == 400
    stale = officer.post(ANONYMISE, {**sent, "previewed": "1", "word": "anonymise"})
    assert stale.status_code == 409
    done = officer.post(ANONYMISE, {**sent, "word": "anonymise"}, follow_redirects=True)
    assert "Evidence of an anonymisation" in done.text
    after = gate().one("directory.person", row.id).values
    assert after["last_name"].startswith("anonyme-")


@pytest.mark.parametrize("sent", [{}, {"person": "x"}, {"person": "999999999"}])
def test_a_wrong_choice_of_persons_is_refused(signed_in: SignIn, sent: dict[str, str]) -> None:
    answer = signed_in("admin").post(ANONYMISE, {**sent, "word": "anonymise"})
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("address", [ANONYMISE, HOLDS])
@pytest.mark.parametrize("login", ["treasurer", "member"])
def test_the_pages_do_not_exist_for_others(signed_in: SignIn, login: str, address: str) -> None:
    assert signed_in(login).get(address).status_code == 404


def test_a_record_is_held_and_released(signed_in: SignIn) -> None:
    officer = signed_in("admin")
    booking = gate().list("bookings.booking", Selection(page_size=1)).rows[0].id
    address = f"{HOLDS}record/?table=bookings.booking&id={booking}"
    later = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 - the organisation's day
    assert officer.post(address, {"reason": "", "review_on": later}).status_code == 400
    assert officer.post(address, {"reason": "x", "review_on": "2001-01-01"}).status_code == 400
    assert officer.post(address, {"reason": "x", "review_on": "never"}).status_code == 400
    officer.post(address, {"reason": "Litige", "review_on": later})
    page = officer.get(HOLDS).text
    assert "Litige" in page
    number = re.search(r'name="id" value="([0-9]+)"', page)
    assert number
    sent = {"kind": "privacy.rowhold", "id": number[1]}
    assert officer.post(f"{HOLDS}lift/", sent).status_code == 302
    standing = Selection(filters=(Filter("lifted_at", "empty", ""),))
    assert gate().count("privacy.rowhold", standing).value == 0
    assert officer.post(f"{HOLDS}lift/", sent).status_code == 400


def test_an_overdue_review_is_on_the_start_page(signed_in: SignIn) -> None:
    person = gate().list("directory.person", Selection(page_size=1)).rows[0].id
    late = {"person": person, "reason": "Litige", "review_on": date(2020, 1, 1)}
    gate().create("privacy.legalhold", late)
    assert "1 legal hold was to be reviewed before today." in signed_in("dpo").get("/admin/").text
