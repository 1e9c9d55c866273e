"""Signing in and out, and the language, by hand."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.factories import PASSWORD


def test_a_person_signs_in_and_out(visit: Visits, said: Callable[..., str]) -> None:
    page = visit("", "/")
    page.get_by_label(said("Sign-in name")).fill("secretary")
    page.get_by_label(said("Password")).fill(PASSWORD)
    page.get_by_role("button", name=said("Sign in")).click()
    expect(page).to_have_url(f"{visit.site.url}/me/")
    page.locator(".gear").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said("Start"))
    page.locator("header details.drop summary").click()
    page.get_by_role("button", name=said("Sign out")).click()
    expect(page.get_by_role("status")).to_have_text(said("You are signed out."))


def test_a_wrong_password_is_said_in_words(visit: Visits, said: Callable[..., str]) -> None:
    page = visit("", "/sign-in")
    page.get_by_label(said("Sign-in name")).fill("secretary")
    page.get_by_label(said("Password")).fill("not the password")
    page.get_by_role("button", name=said("Sign in")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(said("Sign-in name"))).to_have_value("secretary")


def test_the_language_is_switched_and_kept(visit: Visits, said: Callable[..., str]) -> None:
    page = visit("secretary", "/admin/directory.person/?f.active.equals=true")
    other = "en" if visit.language == "fr" else "fr"
    page.locator("form.language button").click()
    expect(page.locator("html")).to_have_attribute("lang", other)
    expect(page).to_have_url(f"{visit.site.url}/admin/directory.person/?f.active.equals=true")
    again = visit("secretary", "/admin/")
    expect(again.locator("html")).to_have_attribute("lang", other)
