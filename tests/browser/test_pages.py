"""Every main page in both languages: accessible, without a sideways scroll, usable by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visits

PERSONS = "/admin/directory.person/"
GRAVE = ("serious", "critical")
PAGES = (
    "/admin/",
    PERSONS,
    f"{PERSONS}?f.active.equals=true&add=city&search=a",
    f"{PERSONS}?search=nothing-like-it",
    f"{PERSONS}details/?id=7",
    f"{PERSONS}details/?id=7&tab=history",
    f"{PERSONS}edit/?id=7",
    f"{PERSONS}new/",
    f"{PERSONS}delete/?id=7",
    f"{PERSONS}?sort=nothing",
    "/admin/bookings.booking/",
    "/admin/accounting.entry/",
    "/admin/search/?q=du",
    "/admin/privacy/register/",
    "/admin/privacy/retention/",
    "/admin/privacy/retention/bookings/",
    "/admin/privacy/attachments/",
    "/admin/operations/",
    "/admin/imports/new/?table=directory.person",
    "/admin/duplicates/",
    "/admin/duplicates/merge/?first=7&second=8",
    "/me/",
    "/me/password",
    "/me/sessions",
)
Said = Callable[..., str]


def pages(page: Page) -> Iterator[str]:
    """Open the pages one after the other."""
    for address in PAGES:
        page.goto(address)
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


def test_no_page_is_hard_to_use_with_a_screen_reader(visit: Visits) -> None:
    found = {"/sign-in": findings(visit("", "/sign-in"))}
    page = visit("dpo")
    for address in pages(page):
        found[address] = findings(page)
    assert {address: grave for address, grave in found.items() if grave} == {}


def test_no_page_scrolls_sideways_on_a_phone(visit: Visits) -> None:
    page = visit("admin", width=NARROW)
    wide = {
        address: page.evaluate("document.documentElement.scrollWidth") for address in pages(page)
    }
    assert {address: width for address, width in wide.items() if width > NARROW} == {}


def test_the_menu_unfolds_on_a_phone(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/", width=NARROW)
    entry = page.get_by_role("navigation", name=said("Tables")).get_by_role(
        "link", name=said("Persons")
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
