"""Custom forms through HTTP: settings first, then the content, then the form as it was arranged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from portal import configured
from portal.rows import Filter, Selection
from portal.version import catalog_version
from tests.factories import account, gate
from tests.web.conftest import PERSONS, Visitor
from tests.web.test_custom_fields import define

FORMS = "/admin/typing.customform/"
CONTENT = "/admin/forms/content/?id="
SHORT = {
    "name": "Person - 010 - Short",
    "table_name": "directory.person",
    "form": "create",
    "applies_to": "everyone",
    "available": "true",
}


def made(visitor: Visitor, **more: Any) -> str:
    """Make a custom form, and give the address of its content, which follows."""
    answer = visitor.post(f"{FORMS}new/", SHORT | more)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def state(visitor: Visitor, address: str) -> list[tuple[str, str]]:
    """Give what the page of the content would send."""
    page = visitor.get(address).text
    stamp = re.search(r'name="stamp" value="(\w+)"', page)
    assert stamp
    names = re.findall(r'name="field" value="(\w+)"', page)
    return [("stamp", stamp[1]), *(("field", name) for name in names)]


def saved(visitor: Visitor, address: str, sent: list[tuple[str, str]]) -> int:
    status = visitor.post(address, [*sent, ("act", "save")]).status_code
    configured.refresh(catalog_version())
    return status


def asked(visitor: Visitor, address: str = f"{PERSONS}new/") -> list[str]:
    """Give the names of the fields of a form, in their order on the page."""
    page = visitor.get(address).text
    return list(dict.fromkeys(re.findall(r'<(?:input|select|textarea)[^>]* id="(\w+)"', page)))


def without(sent: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    return [pair for pair in sent if pair != ("field", name)]


def test_the_content_follows_the_settings(admin: Visitor) -> None:
    assert made(admin).startswith(CONTENT)


def test_the_page_shows_the_form_as_it_ships(admin: Visitor) -> None:
    names = [name for kind, name in state(admin, made(admin)) if kind == "field"]
    assert {"last_name", "first_name", "email"} <= set(names)


def test_the_preview_cannot_be_sent(admin: Visitor) -> None:
    page = admin.get(made(admin)).text
    assert page.count("<fieldset disabled>") == page.count('name="field"')


def test_a_field_left_out_is_not_asked_any_more(admin: Visitor) -> None:
    address = made(admin)
    assert saved(admin, address, without(state(admin, address), "landline")) == 302
    assert "landline" not in asked(admin)


def test_a_custom_field_is_put_into_the_form_and_filled(admin: Visitor) -> None:
    define(admin, in_forms="false")
    address = made(admin)
    sent = [*state(admin, address), ("field", "x_winch_name")]
    sent += [("label_en.x_winch_name", "Nickname"), ("help_en.x_winch_name", "As pilots say it.")]
    assert saved(admin, address, sent) == 302
    page = admin.get(f"{PERSONS}new/").text
    assert "Nickname" in page
    assert "As pilots say it." in page
    admin.post(f"{PERSONS}new/", {"last_name": "Zorn", "x_winch_name": "Zo", "active": "true"})
    found = gate().list(
        "directory.person", Selection(filters=(Filter("last_name", "equals", "Zorn"),))
    )
    assert found.rows[0].values["x_winch_name"] == "Zo"


@pytest.mark.parametrize(("act", "place"), [("up", -1), ("down", 1)])
def test_a_button_moves_a_field_by_one_place(admin: Visitor, act: str, place: int) -> None:
    address = made(admin)
    sent = state(admin, address)
    names = [name for kind, name in sent if kind == "field"]
    page = admin.post(address, [*sent, ("act", f"{act}:first_name")]).text
    after = re.findall(r'name="field" value="(\w+)"', page)
    assert after.index("first_name") == names.index("first_name") + place


def test_a_move_stores_nothing(admin: Visitor) -> None:
    address = made(admin)
    sent = state(admin, address)
    admin.post(address, [*sent, ("act", "out:first_name")])
    assert state(admin, address) == sent


def test_a_required_field_may_not_be_left_out_of_a_new_record(admin: Visitor) -> None:
    address = made(admin)
    answer = admin.post(address, [*without(state(admin, address), "last_name"), ("act", "save")])
    assert answer.status_code == 400
    assert "nobody could make a record" in answer.text
    assert "last_name" in asked(admin)


def test_a_form_that_somebody_saved_meanwhile_is_not_overwritten(admin: Visitor) -> None:
    address = made(admin)
    first, second = state(admin, address), state(admin, address)
    saved(admin, address, without(first, "landline"))
    assert saved(admin, address, without(second, "mobile")) == 409
    assert "mobile" in asked(admin)


@pytest.mark.parametrize("act", ["", "up", "up:nope", "fly:first_name", "in:first_name"])
def test_a_move_that_is_none_is_refused(admin: Visitor, act: str) -> None:
    address = made(admin)
    answer = admin.post(address, [*state(admin, address), ("act", act)])
    assert answer.status_code == 400


def test_a_field_that_is_none_is_refused(admin: Visitor) -> None:
    address = made(admin)
    sent = [*state(admin, address), ("field", "nope"), ("act", "save")]
    assert admin.post(address, sent).status_code == 400


def test_a_form_for_an_account_is_met_by_that_account_alone(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    start = {"typing.customformaccount-0-account": str(account("secretary"))}
    address = made(admin, applies_to="accounts", **start)
    saved(admin, address, without(state(admin, address), "landline"))
    assert "landline" in asked(admin)
    assert "landline" not in asked(signed_in("secretary"))


def test_who_may_not_change_forms_finds_no_page(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    address = made(admin)
    assert signed_in("secretary").get(address).status_code == 404


def test_a_field_left_out_of_the_search_is_no_filter_any_more(admin: Visitor) -> None:
    address = made(admin, form="search")
    before = admin.get(PERSONS).text
    assert saved(admin, address, without(state(admin, address), "landline")) == 302
    assert '<option value="landline">' in before
    assert '<option value="landline">' not in admin.get(PERSONS).text


def test_the_numbers_of_fields_are_shown_to_who_wants_them(admin: Visitor) -> None:
    before = admin.get(f"{PERSONS}new/").text
    row = gate().one("accounts.account", account("admin"))
    gate().update("accounts.account", row.id, {"field_numbers": True}, row.version)
    after = admin.get(f"{PERSONS}new/").text
    assert (before.count("field-number"), '<span class="field-number">1</span>' in after) == (
        0,
        True,
    )
