"""An account is created step by step in a browser; its person signs in and finds their account."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visits
from tests.browser.test_pages import findings
from tests.browser.test_record import choose

Said = Callable[..., str]
PASSWORD = "cumulus planeur verveine"


def forward(page: Page, said: Said, step: str) -> None:
    """Go to the next step, which is called `step`."""
    page.get_by_role("button", name=said("Next"), exact=True).click()
    expect(page.locator("[aria-current=step]")).to_have_text(said(step))


def test_an_account_is_created_in_steps_and_signs_in(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/accounts.account/")
    page.get_by_role("link", name=said("New"), exact=True).click()
    expect(page.locator("[aria-current=step]")).to_have_text(said("Person"))
    page.locator("#new-last_name").fill("Dubois")
    page.locator("#new-first_name").fill("Léa")
    choose(page, "new-structure", "ulm", "Section ULM")
    assert findings(page) == []
    forward(page, said, "Sign-in name")
    page.locator("#login").fill("lea")
    forward(page, said, "Password")
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    assert findings(page) == []
    forward(page, said, "Profile types")
    page.get_by_role("button", name=said("Back"), exact=True).click()
    kept = said("A password is kept. Leave both fields empty to use it.")
    expect(page.get_by_text(kept)).to_be_visible()
    forward(page, said, "Profile types")
    member = "Adhérent" if visit.language == "fr" else "Member"
    page.get_by_role("checkbox", name=member, exact=True).check()
    assert findings(page) == []
    page.get_by_role("button", name=said("Create the account")).click()
    expect(page.get_by_role("status")).to_have_text(said("The account is created."))
    assert findings(page) == []
    theirs = visit("", "/sign-in")
    theirs.locator("#login").fill("lea")
    theirs.locator("#password").fill(PASSWORD)
    theirs.get_by_role("button", name=said("Sign in"), exact=True).click()
    expect(theirs).to_have_url("/me/")


def test_my_account_is_usable_on_a_phone(visit: Visits, said: Said) -> None:
    page = visit("member", "/me/account", width=NARROW)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.locator("#login").fill("ines")
    page.locator("#current-name").fill("greffe-demo-2026")
    page.get_by_role("button", name=said("Change the sign-in name")).click()
    expect(page.get_by_role("status")).to_have_text(said("The sign-in name was changed."))
