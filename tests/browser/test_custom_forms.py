"""A custom form by hand: made, arranged by mouse or keyboard, then filled by who meets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visits
from tests.browser.test_pages import findings

FIELDS = "/admin/typing.customfield/new/"
FORMS = "/admin/typing.customform/new/"
PERSON = "/admin/directory.person/new/"
Said = Callable[..., str]


def save(page: Page, said: Said) -> None:
    page.get_by_role("button", name=said("Save"), exact=True).last.click()


def define_field(page: Page, said: Said) -> None:
    """Define a text field of persons that no form asks yet."""
    page.goto(FIELDS)
    page.locator("#table_name").select_option("directory.person")
    page.locator("#key").fill("jacket")
    page.locator("#label_fr").fill("Blouson")
    page.locator("#kind").select_option("text")
    save(page, said)
    page.wait_for_url(re.compile("details"))


def make_form(page: Page, said: Said, profile: str = "") -> None:
    """Make a form of new persons, for everyone or for one profile type; its content follows."""
    page.goto(FORMS)
    page.locator("#name").fill("Person - 010")
    page.locator("#table_name").select_option("directory.person")
    page.locator("#form").select_option("create")
    if profile:
        page.locator("#applies_to").select_option("profiles")
        page.locator("[name$=profile_type-text]").first.fill(profile)
        page.locator("[role=option]").first.click()
    save(page, said)
    page.wait_for_url(re.compile("/admin/forms/content/"))


def put_in(page: Page, said: Said, label: str) -> None:
    page.get_by_role("button", name=f"{said('Put into the form')}{said(': ')}{label}").click()
    expect(page.locator("[data-placed]")).to_contain_text(label)


def order(page: Page) -> list[str]:
    found: list[Any] = page.locator("[data-placed] > li").evaluate_all(
        "items => items.map(item => item.dataset.field)"
    )
    return [str(name) for name in found]


def drag(page: Page, name: str, before: str) -> None:
    """Drag a field by its handle until it stands before another one."""
    page.set_viewport_size({"width": 1440, "height": 4000})
    handle = page.locator(f"li[data-field={name}] [data-handle]").bounding_box()
    target = page.locator(f"li[data-field={before}]").bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + target["height"] + 30, steps=40)
    page.mouse.move(target["x"] + 20, target["y"] + 5, steps=10)
    page.mouse.up()


def test_a_dragged_field_is_filled_by_the_one_who_meets_the_form(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/")
    define_field(page, said)
    make_form(page, said, "Secr")
    put_in(page, said, "Blouson")
    drag(page, "x_jacket", "last_name")
    arranged = order(page)
    save(page, said)
    page.wait_for_load_state()
    assert order(page) == arranged
    assert arranged.index("x_jacket") == arranged.index("last_name") - 1

    other = visit("secretary", PERSON)
    asked = order_of(other)
    assert asked.index("x_jacket") < asked.index("last_name")
    other.get_by_label("Blouson").fill("XL")
    other.locator("#last_name").fill("Zorn")
    save(other, said)
    other.wait_for_url(re.compile("details"))
    expect(other.locator("main")).to_contain_text("XL")


def test_a_field_is_moved_and_left_out_by_keyboard_alone(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/")
    make_form(page, said)
    before = order(page)
    second = before[1]
    page.locator(f"li[data-field={second}] button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-placed] > li").first).to_have_attribute("data-field", second)
    page.locator("li[data-field=landline] button").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("li[data-field=landline]")).to_have_count(0)
    page.locator(".form-end button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(said("Saved."))).to_be_visible()
    page.goto(PERSON)
    assert {"landline", "mobile"} & set(order_of(page)) == {"mobile"}


def order_of(page: Page) -> list[str]:
    """Give the ids of what a form asks, in their order."""
    found: list[Any] = page.locator(".field :is(input, select)[id]").evaluate_all(
        "inputs => inputs.map(input => input.id)"
    )
    return [str(name) for name in found]


def test_the_page_is_easy_to_use_and_fits_a_phone(visit: Visits, said: Said) -> None:
    page = visit("admin", "/admin/")
    make_form(page, said)
    assert findings(page) == []
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_the_settings_file_is_easy_to_use_and_fits_a_phone(visit: Visits) -> None:
    page = visit("admin", "/admin/settings-file/", width=NARROW)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
