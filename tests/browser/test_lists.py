"""A typed list by hand: a new choice, its place, its help on a form, its retirement."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Visits

LIST = "/admin/lists/directory.civilities/"
PERSON = "/admin/directory.person/new/"
Said = Callable[..., str]


def add(page: Page, said: Said, label: str, comment: str = "") -> None:
    """Add a choice from the page of its list."""
    page.get_by_role("link", name=said("New"), exact=True).click()
    page.get_by_label(said("Label in French")).fill(label)
    page.get_by_label(said("Comment")).fill(comment)
    page.get_by_role("button", name=said("Save"), exact=True).click()


def labels(page: Page) -> list[str]:
    return page.locator("table.choices tbody th a").all_inner_texts()


def test_a_new_choice_comes_last_and_goes_up(visit: Visits, said: Said) -> None:
    page = visit("admin", LIST)
    add(page, said, "Docteur")
    assert labels(page)[-1] == "Docteur"
    page.get_by_role("button", name=f"{said('Move up')}{said(': ')}Docteur").click()
    expect(page.locator("table.choices tbody th a").nth(1)).to_have_text("Docteur")


def test_the_comment_of_the_chosen_choice_stands_below_its_field(visit: Visits, said: Said) -> None:
    page = visit("admin", LIST)
    add(page, said, "Docteur", "Pour un médecin.")
    page.goto(page.url.replace(LIST, PERSON))
    told = page.locator("[data-chosen-help]")
    expect(told).to_be_hidden()
    page.get_by_label(said("Civility")).select_option(label="Docteur")
    expect(told).to_have_text("Pour un médecin.")


def test_a_retired_choice_is_gone_from_forms(visit: Visits, said: Said) -> None:
    page = visit("admin", LIST)
    add(page, said, "Docteur")
    page.get_by_role("link", name="Docteur", exact=True).click()
    page.get_by_label(said("Available")).uncheck()
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.locator("tr.off")).to_contain_text("Docteur")
    page.goto(page.url.replace(LIST, PERSON))
    expect(page.get_by_label(said("Civility"))).not_to_contain_text("Docteur")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_pages_of_a_list_fit_the_screen(visit: Visits, width: int) -> None:
    page = visit("admin", "/admin/lists/")
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("", "members.validity-types/", "members.validity-types/new/"):
        page.goto(page.url.partition("/admin/")[0] + "/admin/lists/" + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
