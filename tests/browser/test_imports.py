"""A file imported by hand: sent, matched, looked at, written; and two persons made one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.rows import Filter, Selection
from tests.browser.conftest import NARROW, WIDE, Visits
from tests.browser.test_pages import findings
from tests.factories import gate

PERSON = "directory.person"
Said = Callable[..., str]


def previewed(visit: Visits, said: Said, folder: Path, width: int = WIDE) -> Page:
    """Send a file of one person from the list, and give the page of its preview."""
    file = folder / "rows.csv"
    file.write_text("Nom;Prénom;Pointure\nZylberstein;Ida;38\n", encoding="cp1252")
    page = visit("admin", f"/admin/imports/new/?table={PERSON}", width=width)
    page.get_by_label(said("File"), exact=True).set_input_files(file)
    page.get_by_role("button", name=said("Send the file")).click()
    expect(page.get_by_role("main")).to_contain_text("Windows-1252")
    expect(page.get_by_label("Nom", exact=True)).to_have_value("last_name")
    expect(page.get_by_label("Pointure", exact=True)).to_have_value("")
    page.get_by_role("button", name=said("See what it would do")).click()
    expect(page.get_by_role("main")).to_contain_text("Zylberstein Ida")
    return page


def test_a_file_is_imported(visit: Visits, said: Said, tmp_path: Path) -> None:
    page = previewed(visit, said, tmp_path)
    page.get_by_role("button", name=said("Write all of it")).click()
    expect(page.get_by_role("main")).to_contain_text(said("The import is written."))
    same = Selection(filters=(Filter("last_name", "equals", "Zylberstein"),))
    assert gate().count(PERSON, same).value == 1


def test_the_list_leads_to_the_import(visit: Visits, said: Said) -> None:
    page = visit("admin", f"/admin/{PERSON}/")
    page.get_by_role("link", name=said("Import"), exact=True).click()
    expect(page.get_by_label(said("File"), exact=True)).to_be_visible()


def test_the_preview_is_easy_to_use_and_fits_a_phone(
    visit: Visits, said: Said, tmp_path: Path
) -> None:
    page = previewed(visit, said, tmp_path, NARROW)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_two_persons_are_compared_and_merged(visit: Visits, said: Said) -> None:
    for city in ("Annecy", "Chambéry"):
        values = {"last_name": "Zylberstein", "email": "ida@example.org", "city": city}
        gate().create(PERSON, values)
    page = visit("admin", "/admin/duplicates/?kind=email")
    page.get_by_role("link", name=said("Compare")).first.click()
    page.get_by_label("Chambéry").check()
    page.locator("#word").fill(said("merge"))
    page.get_by_role("button", name=said("Merge these two persons")).click()
    expect(page.get_by_role("main")).to_contain_text("Chambéry")
    same = Selection(filters=(Filter("last_name", "equals", "Zylberstein"),))
    assert gate().count(PERSON, same).value == 1
