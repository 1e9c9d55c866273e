"""Every main page in both languages: accessible, without a sideways scroll, usable by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.rows import Filter, Selection
from tests.browser.conftest import NARROW, Visits
from tests.factories import gate

PERSONS = "/admin/directory.person/"
CHOICE = "typing.choice"
CIVILITIES = Filter("list_name", "equals", "directory.civilities")
GRAVE = ("serious", "critical")
REFUSED = f"{PERSONS}?sort=nothing"
ADMINISTRATOR = (
    "/admin/",
    PERSONS,
    f"{PERSONS}?f.active.equals=true&add=city&search=a",
    f"{PERSONS}?search=nothing-like-it",
    f"{PERSONS}details/?id=7",
    f"{PERSONS}details/?id=7&tab=history",
    f"{PERSONS}edit/?id=7",
    f"{PERSONS}new/",
    f"{PERSONS}delete/?id=7",
    REFUSED,
    "/admin/bookings.booking/",
    "/admin/accounting.entry/",
    "/admin/search/?q=du",
    "/admin/operations/",
    "/admin/imports/new/?table=directory.person",
    "/admin/duplicates/",
    "/admin/duplicates/merge/?first=7&second=8",
    "/admin/typing.customfield/",
    "/admin/typing.customfield/new/",
    "/admin/typing.customform/",
    "/admin/typing.customform/new/",
    "/admin/lists/",
    "/admin/lists/members.validity-types/",
    "/admin/lists/import/",
    "/admin/lists/merge/?id={first}&into={second}",
    "/admin/settings-file/",
    "/admin/identifiers/",
    "/admin/rights/",
    "/admin/rights/profile/?id=1",
    "/admin/accounts/",
    "/admin/accounts/new/",
    "/me/",
    "/me/password",
    "/me/sessions",
)
OFFICER = (
    "/admin/",
    "/admin/privacy/register/",
    "/admin/privacy/register/bookings/",
    "/admin/privacy/register/bookings/retention/",
    "/admin/privacy/register/new/",
    "/admin/privacy/register/durations/",
    "/admin/privacy/retention/",
    "/admin/privacy/retention/bookings/",
    "/admin/privacy/attachments/",
    "/admin/privacy/requests/",
    "/admin/privacy/requests/new/?id=7",
    "/admin/privacy/requests/one/?id=1",
    "/admin/privacy/journal/",
    "/admin/privacy/journal/alerts/",
    "/admin/privacy/dictionary/",
    "/admin/privacy/holds/",
    "/admin/privacy/holds/record/?table=directory.person&id=7",
    "/admin/privacy/anonymise/?id=7",
    "/admin/privacy/register/bookings/screening/",
    "/admin/privacy/processors/",
    "/admin/privacy/breaches/",
    "/admin/privacy/breaches/new/",
    "/admin/privacy/objections/",
    "/admin/privacy/audit/",
    "/admin/privacy/audit/new/?table=directory.person",
    "/admin/rehearsal/",
    "/admin/privacy.purge/",
)
PAGES = {"admin": ADMINISTRATOR, "dpo": OFFICER}
Said = Callable[..., str]


def pages(page: Page, login: str) -> Iterator[str]:
    """Open the pages of an account one after the other; each is there but the refused one."""
    ids = [row.id for row in gate().list(CHOICE, Selection(filters=(CIVILITIES,))).rows]
    for told in PAGES[login]:
        address = told.format(first=ids[0], second=ids[1])
        answer = page.goto(address)
        assert answer
        assert (address, answer.ok) == (address, address != REFUSED)
        yield address


def findings(page: Page) -> list[str]:
    """Give what axe finds grave on a page."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:2]
    ]


def width(page: Page) -> int:
    """Give how wide a page is, whatever the window shows of it."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_signing_in_is_easy_with_a_screen_reader(visit: Visits) -> None:
    assert findings(visit("", "/sign-in")) == []


@pytest.mark.parametrize("login", list(PAGES))
def test_every_page_suits_a_screen_reader_and_fits_a_phone(visit: Visits, login: str) -> None:
    page = visit(login, width=NARROW)
    found = {address: (findings(page), width(page)) for address in pages(page, login)}
    poor = {address: told for address, told in found.items() if told[0] or told[1] > NARROW}
    assert poor == {}


def test_the_menu_unfolds_on_a_phone(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/", width=NARROW)
    entry = page.get_by_role("navigation", name=said("Tables")).get_by_role(
        "link", name=said("Persons"), exact=True
    )
    expect(entry).to_be_hidden()
    page.get_by_role("link", name=said("Menu"), exact=True).click()
    expect(entry).to_be_visible()
    entry.click()
    expect(page).to_have_url(f"{visit.site.url}{PERSONS}")


def test_a_person_is_found_and_opened_by_keyboard_alone(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/")
    page.keyboard.press("/")
    page.keyboard.type(said("Persons"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PERSONS}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=said("Skip to the content"))).to_be_focused()
    page.keyboard.press("Enter")
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('tbody th a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/**")
    expect(page.get_by_role("link", name=said("Edit"), exact=True)).to_be_visible()


def test_a_box_is_closed_with_escape(visit: Visits, said: Said) -> None:
    page = visit("admin", PERSONS)
    summary = page.locator("summary", has_text=said("Columns"))
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label(said("Profession"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label(said("Profession"))).to_be_hidden()
    expect(summary).to_be_focused()
