"""A list by hand: search, filter, sort, columns, ticked rows, deletion, export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal import counts, patience
from portal.rows import Filter, Selection
from tests.browser.conftest import Visits
from tests.factories import gate

PERSONS = "/admin/directory.person/"
Said = Callable[..., str]


def strangers(count: int, name: str = "Ubiquité") -> None:
    """Write persons whom nothing blocks from being deleted."""
    gate().create_many(
        "directory.person", [{"last_name": name, "first_name": f"N{n:02}"} for n in range(count)]
    )


def left(name: str = "ubiquite") -> int:
    asked = Selection(filters=(Filter("last_name", "equals", name),))
    return gate().count("directory.person", asked).value


def rows(page: Page) -> int:
    return page.locator("table.list tbody tr").count()


def test_a_search_narrows_the_list(visit: Visits, said: Said) -> None:
    strangers(2)
    page = visit("admin", PERSONS)
    page.get_by_label(said("Search in this list")).fill("ubiq")
    page.get_by_role("main").get_by_role("button", name=said("Search"), exact=True).click()
    expect(page.locator("ul.chips")).to_contain_text("ubiq")
    assert rows(page) == 2
    page.locator("ul.chips a").first.click()
    expect(page.locator("ul.chips")).to_have_count(0)


def test_a_filter_becomes_a_sentence_in_the_address(visit: Visits, said: Said) -> None:
    strangers(3)
    page = visit("admin", PERSONS)
    page.locator("summary", has_text=said("Filter")).click()
    page.locator("select#add").select_option("last_name")
    page.locator("#add-operator").select_option("equals")
    page.locator("#add-value").fill("Ubiquité")
    page.get_by_role("button", name=said("Add the filter")).click()
    expect(page.locator("ul.chips li").first).to_contain_text(
        f"{said('Last name')} {said('is')} Ubiquité"
    )
    assert "f.last_name.equals=Ubiquit" in page.url
    assert rows(page) == 3


def test_a_count_comes_after_its_page(
    visit: Visits, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "AT_HAND_SECONDS", 0.0)
    monkeypatch.setattr(patience, "STEPS", 1)
    page = visit("admin", f"{PERSONS}?page_size=15")
    expect(page.get_by_role("status").first).to_have_text(re.compile("^40 "))
    expect(page.locator("[data-pages]")).to_have_text(re.compile("3"))


def test_rows_that_take_long_come_after_their_page(
    visit: Visits, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.0)
    monkeypatch.setattr(patience, "STEPS", 1)
    page = visit("admin", f"{PERSONS}?f.active.equals=true")
    expect(page.locator("table.list tbody tr")).to_have_count(35)
    expect(page.get_by_role("status").first).to_have_text(re.compile("^35 "))
    page.locator("input[data-tick-all]").check()
    expect(page.locator("[data-count]")).to_have_text(said("{number} ticked", number=35))


def test_a_click_on_a_head_sorts_and_a_second_turns_it(visit: Visits, said: Said) -> None:
    page = visit("admin", PERSONS)
    head = page.locator("table.list thead th", has_text=said("City"))
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    first = page.locator("table.list tbody tr").first.inner_text()
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.locator("table.list tbody tr").first.inner_text() != first


def test_columns_are_chosen(visit: Visits, said: Said) -> None:
    page = visit("admin", PERSONS)
    page.locator("summary", has_text=said("Columns")).click()
    page.get_by_label(said("Profession")).check()
    page.get_by_role("button", name=said("Show these columns")).click()
    expect(page.locator("table.list thead")).to_contain_text(said("Profession"))


def test_ticked_rows_are_deleted_after_a_preview_and_a_word(visit: Visits, said: Said) -> None:
    strangers(3)
    page = visit("admin", f"{PERSONS}?f.last_name.equals=Ubiquité")
    ticks = page.locator("input[name=rowid]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    expect(page.locator(".bar-count")).to_have_text(said("{number} ticked", number=2))
    page.locator("button[value=delete]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2")
    assert left() == 3
    page.locator("button.btn-danger").click()
    expect(page.get_by_role("alert")).to_contain_text(said("delete"))
    page.locator("#word").fill(said("delete"))
    page.locator("button.btn-danger").click()
    expect(page.get_by_role("link", name=said("Back to the list"))).to_be_visible()
    assert left() == 1


def test_all_that_match_are_deleted_at_once(visit: Visits, said: Said) -> None:
    strangers(60)
    page = visit("admin", f"{PERSONS}?f.last_name.equals=Ubiquité")
    page.locator("[data-tick-all]").check()
    page.locator("input[name=all]").check()
    page.locator("button[value=delete]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("60")
    page.locator("#word").fill(said("delete"))
    page.locator("button.btn-danger").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("60")
    assert left() == 0


def test_a_range_is_ticked_with_shift(visit: Visits, said: Said) -> None:
    page = visit("admin", PERSONS)
    ticks = page.locator("input[name=rowid]")
    ticks.nth(1).click()
    ticks.nth(5).click(modifiers=["Shift"])
    expect(page.locator(".bar-count")).to_have_text(said("{number} ticked", number=5))


def test_one_record_says_what_goes_along(visit: Visits, said: Said) -> None:
    strangers(1)
    person = gate().list("directory.person", Selection(search="ubiquite")).rows[0].id
    gate().create("directory.attachment", {"person": person, "structure": 1})
    page = visit("admin", f"{PERSONS}details/?id={person}")
    page.get_by_role("link", name=said("Delete")).click()
    expect(page.get_by_role("heading", name=said("What goes along"))).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(said("Attachments"))
    page.get_by_role("link", name=said("Keep everything")).click()
    assert left() == 1


def test_the_list_is_downloaded_as_csv(visit: Visits, said: Said, tmp_path: Path) -> None:
    strangers(4)
    page = visit("admin", f"{PERSONS}?f.last_name.equals=Ubiquité")
    page.locator("summary", has_text=said("Export")).click()
    with page.expect_download() as started:
        page.get_by_role("link", name=said("Export as CSV")).click()
    started.value.save_as(tmp_path / "persons.csv")
    text = (tmp_path / "persons.csv").read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == 5
