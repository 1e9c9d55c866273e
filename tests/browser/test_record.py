"""A record by hand: sheet, form, inline rows, a stale save, its documents."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.rows import Filter, Selection
from tests.browser.conftest import Visits
from tests.factories import gate

PERSONS = "/admin/directory.person/"
ATTACHMENTS = "directory.attachment"
Said = Callable[..., str]


def somebody() -> int:
    return gate().create("directory.person", {"last_name": "Zylberstein", "first_name": "Ida"})


def city_of(person: int) -> str:
    return str(gate().one("directory.person", person).values["city"])


def test_a_record_is_changed_and_says_so(visit: Visits, said: Said) -> None:
    person = somebody()
    page = visit("admin", f"{PERSONS}details/?id={person}")
    page.get_by_role("link", name=said("Edit"), exact=True).click()
    page.get_by_label(said("City")).fill("Annecy")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.get_by_role("status")).to_have_text(said("Saved."))
    assert city_of(person) == "Annecy"


def test_control_s_saves(visit: Visits, said: Said) -> None:
    person = somebody()
    page = visit("admin", f"{PERSONS}edit/?id={person}")
    page.get_by_label(said("City")).fill("Albertville")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status")).to_have_text(said("Saved."))
    assert city_of(person) == "Albertville"


def test_an_error_leads_to_its_field(visit: Visits, said: Said) -> None:
    page = visit("admin", f"{PERSONS}new/")
    page.get_by_label(said("City")).fill("Annecy")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.locator("#errors")).to_be_focused()
    page.locator("#errors a", has_text=said("Last name")).click()
    expect(page.locator("#last_name")).to_be_focused()
    expect(page.get_by_label(said("City"))).to_have_value("Annecy")


def test_leaving_with_unsaved_changes_asks(visit: Visits, said: Said) -> None:
    page = visit("admin", f"{PERSONS}edit/?id={somebody()}")
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]  # a Dialog of Playwright
        dialog.accept()  # type: ignore[attr-defined]  # a Dialog of Playwright

    page.on("dialog", answer)
    page.get_by_label(said("City")).press_sequentially("Annecy")
    page.get_by_role("link", name=said("Cancel")).click()
    page.wait_for_url("**/details/**")
    assert asked == ["beforeunload"]


def choose(page: Page, field: str, typed: str, title: str) -> None:
    """Choose a reference by typing."""
    page.locator(f"[id='{field}']").press_sequentially(typed)
    page.get_by_role("option", name=title).first.click()


def test_a_reference_is_found_by_typing(visit: Visits, said: Said) -> None:
    person = somebody()
    page = visit("admin", "/admin/members.membership/new/")
    choose(page, "person", "zylb", "Zylberstein Ida")
    page.get_by_label(said("Season")).fill("2026")
    page.get_by_label(said("From")).fill("2026-01-01")
    page.get_by_label(said("Until")).fill("2026-12-31")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.get_by_role("status")).to_have_text(said("Saved."))
    asked = Selection(filters=(Filter("person", "equals", str(person)),))
    assert gate().count("members.membership", asked).value == 1


def test_inline_rows_are_added(visit: Visits, said: Said) -> None:
    person = somebody()
    page = visit("admin", f"{PERSONS}edit/?id={person}")
    start = f"{ATTACHMENTS}-999-".replace(".", "_")
    choose(page, f"{start}structure", "plan", "Section planeur")
    page.get_by_role("button", name=said("Another row")).click()
    choose(page, f"{start}structure".replace("999", "2"), "ulm", "Section ULM")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.get_by_role("status")).to_have_text(said("Saved."))
    asked = Selection(filters=(Filter("person", "equals", str(person)),))
    assert gate().count(ATTACHMENTS, asked).value == 2


def test_a_stale_save_is_settled_field_by_field(visit: Visits, said: Said) -> None:
    person = somebody()
    page = visit("admin", f"{PERSONS}edit/?id={person}")
    gate().update("directory.person", person, {"city": "Grenoble", "profession": "Luthière"}, 1)
    page.get_by_label(said("City")).fill("Annecy")
    page.get_by_label(said("Profession")).fill("Notaire")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        said("Somebody else changed this record")
    )
    page.locator("input[name='choose.profession'][value=theirs]").check()
    page.get_by_role("button", name=said("Save these choices")).click()
    expect(page.get_by_role("status")).to_have_text(said("Saved."))
    values = gate().one("directory.person", person).values
    assert (values["city"], values["profession"]) == ("Annecy", "Luthière")


def test_a_document_is_taken_from_the_sheet(visit: Visits, said: Said, tmp_path: Path) -> None:
    page = visit("dpo", f"{PERSONS}details/?id=7")
    page.locator("summary", has_text=said("Documents")).click()
    with page.expect_download() as started:
        page.locator(".tools .drop-box a").first.click()
    started.value.save_as(tmp_path / "access.odt")
    with zipfile.ZipFile(tmp_path / "access.odt") as package:
        text = package.read("content.xml").decode()
    assert str(gate().one("directory.person", 7).values["last_name"]) in text


def test_the_history_says_who_changed_what(visit: Visits, said: Said) -> None:
    person = somebody()
    gate("admin").update("directory.person", person, {"last_name": "Nouvelle"}, 1)
    page = visit("admin", f"{PERSONS}details/?id={person}")
    page.get_by_role("link", name=said("History"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Zylberstein")
