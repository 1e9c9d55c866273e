"""Signing in and out, who is let in where, and the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.accounts import links, profiles
from portal.accounts.links import Purpose
from portal.settings_sections import Demo, Server
from portal.start import Portal
from portal.web.app import make_app
from tests.factories import gate, make_portal
from tests.web.conftest import PERSONS, Visitor


def test_sign_in_opens_the_administration(visitor: Visitor) -> None:
    answer = visitor.sign_in("admin")
    assert (answer.status_code, answer.location) == (302, "/admin/")


def test_a_member_is_led_to_their_own_record(visitor: Visitor) -> None:
    assert visitor.sign_in("member").location == "/me/"


def test_a_stranger_is_led_to_sign_in_and_back(visitor: Visitor) -> None:
    answer = visitor.get(PERSONS + "?page=1")
    assert answer.location == "/sign-in?next=%2Fadmin%2Fdirectory.person%2F%3Fpage%3D1"


def test_sign_in_leads_back_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    assert visitor.sign_in("admin", next=PERSONS).location == PERSONS


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "javascript:alert(1)",
        "/\t/example.org",
    ],
)
def test_sign_in_leads_nowhere_else(visitor: Visitor, target: str) -> None:
    assert visitor.sign_in("admin", next=target).location == "/admin/"


def test_unknown_account_and_wrong_password_get_the_same_answer(visitor: Visitor) -> None:
    wrong = visitor.sign_in("admin", "not the password")
    unknown = visitor.sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 403
    assert refusal(wrong) == refusal(unknown) != ""


def refusal(answer: TestResponse) -> str:
    """Give the sentence of a refusal."""
    return answer.text.partition('role="alert">')[2].partition("</p>")[0]


def test_too_many_attempts_are_refused(visitor: Visitor) -> None:
    answers = [visitor.sign_in("admin", "wrong").status_code for _attempt in range(6)]
    assert answers == [403] * 5 + [429]


@pytest.mark.parametrize("path", ["/admin/", PERSONS, "/admin/nothing/", "/admin/search/?q=du"])
def test_a_member_finds_nothing_below_the_prefix(
    signed_in: Callable[[str], Visitor], path: str
) -> None:
    assert signed_in("member").get(path).status_code == 404


def test_a_table_without_a_right_is_not_there(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("technical").get("/admin/journal.entry/").status_code == 404


def test_sign_out_ends_the_session_on_the_server(admin: Visitor) -> None:
    cookie = admin.client.get_cookie("greffe")
    assert cookie is not None
    admin.post("/sign-out")
    admin.client.set_cookie("greffe", cookie.value)
    assert admin.get("/admin/").status_code == 302


def test_sign_out_by_an_address_does_nothing(admin: Visitor) -> None:
    assert admin.get("/sign-out").status_code == 405


def test_the_cookie_holds_the_token_and_no_name(app: Flask, admin: Visitor) -> None:
    with admin.client.session_transaction() as kept:
        assert set(kept) <= {"_user_id", "_fresh", "csrf_token"}


def test_the_language_comes_from_the_browser_first(visitor: Visitor) -> None:
    assert '<html lang="fr">' in visitor.get("/sign-in", headers={"Accept-Language": "fr"}).text


def test_the_language_is_kept_on_the_account(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    answer = admin.post("/me/language", {"language": "fr", "next": PERSONS})
    assert answer.location == PERSONS
    assert '<html lang="fr">' in signed_in("admin").get("/admin/").text


def test_an_unknown_language_is_refused(admin: Visitor) -> None:
    assert admin.post("/me/language", {"language": "tlh"}).status_code == 400


def test_a_demonstration_names_its_accounts(visitor: Visitor) -> None:
    assert "greffe-demo-2026" in visitor.get("/sign-in").text


def test_only_a_demonstration_names_accounts(demo_portal: Portal) -> None:
    plain = replace(demo_portal, settings=replace(demo_portal.settings, demo=Demo()))
    assert "greffe-demo-2026" not in make_app(plain).test_client().get("/sign-in").text


def test_a_password_change_needs_the_present_one(admin: Visitor) -> None:
    new = "cumulus planeur verveine"
    answer = admin.post("/me/password", {"current": "x", "password": new, "again": new})
    assert answer.status_code == 400


def test_a_changed_password_opens_and_the_old_one_does_not(admin: Visitor, app: Flask) -> None:
    new = "cumulus planeur verveine"
    data = {"current": "greffe-demo-2026", "password": new, "again": new}
    assert admin.post("/me/password", data).status_code == 302
    assert Visitor(app.test_client()).sign_in("admin").status_code == 403
    assert Visitor(app.test_client()).sign_in("admin", new).status_code == 302


def test_a_person_ends_their_other_sessions(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    other = signed_in("admin")
    admin.post("/me/sessions", {"id": "others"})
    assert other.get("/admin/").status_code == 302
    assert admin.get("/admin/").status_code == 200


def test_the_first_administrator_comes_by_a_link_that_works_once(
    tmp_path: Path, database_url: str
) -> None:
    portal = make_portal(tmp_path, database_url)
    profiles.install(gate())
    from_link = Visitor(make_app(portal).test_client())
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    password = "cumulus planeur verveine"
    data = {"login": "claire", "password": password, "again": password}
    assert from_link.post(f"/first-administrator/{token}", data).location == "/admin/"
    assert from_link.get(f"/first-administrator/{token}").status_code == 400


def test_a_foreign_host_is_refused(visitor: Visitor) -> None:
    assert visitor.get("/sign-in", base_url="http://example.org").status_code == 400


def test_the_public_host_is_trusted(demo_portal: Portal) -> None:
    server = Server(public_address="https://club.example.org")
    portal = replace(demo_portal, settings=replace(demo_portal.settings, server=server))
    answer = make_app(portal).test_client().get("/sign-in", base_url="https://club.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-greffe=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Strict-Transport-Security" in answer.headers
