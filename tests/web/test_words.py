"""Screens speak of tables, rights and accounts by their words, never by names of the code."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal import catalog, rightwords
from portal.declare import Verb
from portal.i18n import language
from portal.start import Portal
from tests.factories import gate
from tests.web.conftest import Visitor

GRANTS = "/admin/accounts.grant/"
CODE = re.compile(r"\b[a-z]+\.[a-z_]+\b(?=[^<>]*</)")


def grant(name: str) -> dict[str, object]:
    """Give a right of every kind of words to the first profile type."""
    return {
        "profile_type": 1,
        "table_name": name,
        "verbs": "read create",
        "reach": "all",
        "readable": "last_name city",
        "writable": "*",
    }


def test_a_right_is_listed_in_words(admin: Visitor) -> None:
    gate().create("accounts.grant", grant("directory.person"))
    page = admin.get(f"{GRANTS}?columns=table_name,verbs,readable,writable").text
    assert "<td>Persons</td><td>read, add</td><td>Last name, City</td><td>All fields</td>" in page


@pytest.mark.parametrize(
    ("name", "words"),
    [("*", "All tables"), ("bookings.*", "Bookings, all tables"), ("gone.table", "gone.table")],
)
def test_a_right_on_many_tables_is_in_words(admin: Visitor, name: str, words: str) -> None:
    gate().create("accounts.grant", grant(name) | {"readable": "*"})
    page = admin.get(f"{GRANTS}?columns=table_name&page_size=500").text
    assert f"<td>{words}</td>" in page


def test_no_row_of_the_rights_shows_a_name_of_the_code(admin: Visitor) -> None:
    page = admin.get(f"{GRANTS}?page_size=500&columns=table_name,verbs,reach,readable,masked").text
    assert CODE.findall(page[page.index("<tbody") : page.index("</tbody>")]) == []


def test_the_form_of_a_right_ticks_its_verbs(admin: Visitor) -> None:
    id = gate().create("accounts.grant", grant("gone.table"))
    page = admin.get(f"{GRANTS}edit/?id={id}").text
    ticked = re.findall(r'name="verbs" value="(\w+)" checked', page)
    assert (ticked, '<option value="gone.table" selected>' in page) == (["read", "create"], True)


def test_the_journal_names_tables_and_accounts(signed_in: Callable[[str], Visitor]) -> None:
    officer = signed_in("dpo")
    officer.get("/admin/directory.person/")
    page = officer.get("/admin/journal.entry/?columns=account,table_name").text
    assert re.search(r"details/\?id=\d+\">dpo</a></td><td>Persons</td>", page)


@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_is_refused_in_words(demo_portal: Portal, verb: Verb) -> None:
    table = catalog.current().tables["directory.person"]
    with language("fr"):
        told = rightwords.refusal(verb, table.label) + rightwords.remedy(verb, table.label)
    assert told.count("«\u00a0Personnes\u00a0»") == 2
    assert not re.search(r"[a-z]\.[a-z]|:[a-z]", told)
