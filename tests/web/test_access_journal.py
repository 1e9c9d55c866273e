"""The access journal on screen: filters, files, highlight, and who finds the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from portal import journal_alerts
from portal.accounts import profiles
from portal.builtin.journal import Alert
from portal.channels import Channel
from portal.journal_checks import Found
from tests.factories import PASSWORD, account, actor, gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
JOURNAL = "/admin/privacy/journal/"


@pytest.mark.parametrize("login", ["admin", "secretary", "treasurer", "instructor", "member"])
@pytest.mark.parametrize("rest", ["", "export/csv/", "export/json/"])
def test_the_journal_is_not_there_for_others(signed_in: SignIn, login: str, rest: str) -> None:
    visitor = signed_in(login)
    assert visitor.get(JOURNAL + rest).status_code == 404
    assert JOURNAL not in visitor.get("/admin/").text


def test_the_officer_reads_it_with_its_purpose(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    page = officer.get(JOURNAL).text
    assert "serves to investigate incidents and nothing else" in page
    assert "Entries are kept for 184 days." in page
    assert f'href="{JOURNAL}"' in officer.get("/admin/").text


def test_an_entry_to_look_at_is_marked_in_words(signed_in: SignIn) -> None:
    page = signed_in("dpo").get(JOURNAL).text
    assert re.search(r'<tr class="look">.*?⚠ </span>no account</strong>', page, re.DOTALL)


def test_pages_are_turned_by_links(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.pages.access_journal.PAGE_SIZE", 3)
    officer = signed_in("dpo")
    for _time in range(5):
        officer.get("/admin/directory.structure/")
    page = officer.get(f"{JOURNAL}?account=dpo").text
    found = re.search(r'rel="next" href="(\?[^"]+)"', page)
    assert found
    older = officer.get(JOURNAL + found[1].replace("&amp;", "&"))
    assert 'rel="prev"' in older.text
    assert "account=dpo" in found[1]


@pytest.mark.parametrize(
    "query",
    [
        "since=tomorrow",
        "kind=looking",
        "account=nobody-there",
        "before=x",
        "after=-1",
        "attention=2",
        "nothing=1",
        "person=1&person=2",
        "since=2026-02-02&until=2026-02-01",
        "person=%00",
        f"address={'1' * 300}&since=0001-01-01",
        "person=999999999999999999",
        "account=99999999999999999999999",
    ],
)
def test_bad_addresses_are_answered(signed_in: SignIn, query: str) -> None:
    assert signed_in("dpo").get(f"{JOURNAL}?{query}").status_code in (200, 400)


def test_it_is_downloaded_with_its_notice(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    text = officer.get(f"{JOURNAL}export/csv/?account=dpo")
    assert "Destroy this file" in text.text
    assert text.headers["Content-Disposition"] == 'attachment; filename="journal.csv"'
    data = json.loads(officer.get(f"{JOURNAL}export/json/").text)
    assert data["notice"].startswith("Destroy")
    assert officer.get(f"{JOURNAL}export/xlsx/").status_code == 400


# --- superusers, and what a person sees


def test_the_start_page_offers_to_make_a_superuser_technical(
    signed_in: SignIn, admin: Visitor
) -> None:
    other = profiles.create_account(
        gate(), "other", PASSWORD, profiles=[("superuser", None)], staff=True
    )
    assert "Make a technical administrator" in admin.get("/admin/").text
    done = admin.post("/admin/superusers/technical/", {"id": str(other)}, follow_redirects=True)
    assert "other is a technical administrator now." in done.text
    assert "Make a technical administrator" not in done.text
    assert "The only superuser, who stays" in done.text


def test_a_person_sees_the_accesses_to_their_record_by_role(signed_in: SignIn) -> None:
    person = actor("member").person
    gate("secretary", Channel.DETAIL).one("directory.person", person)
    member = signed_in("member")
    assert 'href="/me/accesses"' in member.get("/me/").text
    page = member.get("/me/accesses").text
    assert re.search(r"<td>Sheet viewed</td><td>Secretary</td>", page)
    assert "<td>secretary</td>" not in page


def test_who_is_no_person_has_no_accesses(signed_in: SignIn) -> None:
    profiles.create_account(gate(), "alone", PASSWORD, profiles=[("secretary", None)])
    assert signed_in("alone").get("/me/accesses").status_code == 404


# --- alerts


def test_the_start_page_tells_of_alerts_and_they_are_dealt_with(
    signed_in: SignIn, admin: Visitor
) -> None:
    day = datetime.now(UTC).date()
    journal_alerts.keep(day, [("large_export", Found(5_000, account("secretary"), entry=3))], 184)
    officer, told = signed_in("dpo"), "1 alert of the access journal waits"
    assert told in officer.get("/admin/").text
    assert told not in admin.get("/admin/").text
    page = officer.get(f"{JOURNAL}alerts/").text
    assert "Large list exported" in page
    link = re.search(r'href="(/admin/privacy/journal/\?since[^"]+)"', page)
    assert link
    assert officer.get(link[1].replace("&amp;", "&")).status_code == 200
    id = str(Alert.get().id)
    done = officer.post(f"{JOURNAL}deal/", {"id": id, "note": "fine"}, follow_redirects=True)
    assert "The alert is dealt with." in done.text
    assert "fine" in officer.get(f"{JOURNAL}alerts/?all=1").text
    assert officer.post(f"{JOURNAL}deal/", {"id": id}).status_code == 404


@pytest.mark.parametrize("login", ["admin", "secretary", "member"])
def test_alerts_are_not_there_for_others(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    assert visitor.get(f"{JOURNAL}alerts/").status_code == 404
    assert visitor.post(f"{JOURNAL}deal/", {"id": "1"}).status_code == 404
