"""Changing several records through HTTP: the field, the value, the preview, the change."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.rows import Filter, Selection
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor

CHANGE = f"{PERSONS}change/"
Pairs = list[tuple[str, str]]


def people(count: int = 2) -> list[int]:
    """Give the numbers of new persons in a town of their own."""
    rows = [{"last_name": f"Zorn {n}", "city": "Vesoul"} for n in range(count)]
    return gate().create_many("directory.person", rows)


def ticked(ids: list[int]) -> Pairs:
    return [("rowid", str(id)) for id in ids]


def living_in(city: str) -> int:
    where = Selection(filters=(Filter("city", "equals", city),))
    return gate().count("directory.person", where).value


def confirmed(visitor: Visitor, sent: Pairs) -> int:
    """Confirm what a preview of these values shows; the status of the answer."""
    page = visitor.post(CHANGE, [*sent, ("step", "preview")]).text
    found = re.search(r'name="previewed" value="(\w+)"', page)
    assert found, page
    sent = [*sent, ("previewed", found[1]), ("step", "apply")]
    return visitor.post(CHANGE, sent).status_code


def test_the_action_of_the_list_asks_for_the_field(admin: Visitor) -> None:
    page = admin.post(f"{PERSONS}action/", [*ticked(people()), ("action", "change")])
    assert (page.status_code, '<option value="city">' in page.text) == (200, True)


def test_the_field_that_was_chosen_asks_for_its_value(admin: Visitor) -> None:
    page = admin.post(CHANGE, [*ticked(people()), ("field", "city")])
    assert 'name="value-city"' in page.text


def test_a_preview_changes_nothing(admin: Visitor) -> None:
    sent = [*ticked(people()), ("field", "city"), ("value-city", "Dole"), ("step", "preview")]
    page = admin.post(CHANGE, sent)
    assert "2 records change." in page.text
    assert living_in("Dole") == 0


def test_the_ticked_records_are_changed(admin: Visitor) -> None:
    sent = [*ticked(people()), ("field", "city"), ("value-city", "Dole")]
    assert (confirmed(admin, sent), living_in("Dole")) == (302, 2)


def test_all_that_match_are_changed(admin: Visitor) -> None:
    people(3)
    sent = [("all", "1"), ("selection", "?f.city.equals=vesoul")]
    sent += [("field", "city"), ("value-city", "Dole")]
    assert (confirmed(admin, sent), living_in("Dole")) == (302, 3)


def test_nothing_is_changed_that_was_not_previewed(admin: Visitor) -> None:
    sent = [*ticked(people()), ("field", "city"), ("value-city", "Dole"), ("step", "apply")]
    answer = admin.post(CHANGE, sent)
    assert (answer.status_code, living_in("Dole")) == (409, 0)


@pytest.mark.parametrize(
    ("field", "value"), [("birth_date", "not a day"), ("last_name", ""), ("email", "nobody")]
)
def test_a_wrong_value_is_said_and_nothing_is_changed(
    admin: Visitor, field: str, value: str
) -> None:
    sent = [*ticked(people()), ("field", field), (f"value-{field}", value), ("step", "preview")]
    answer = admin.post(CHANGE, sent)
    assert "step" in answer.text
    assert 'value="apply"' not in answer.text


@pytest.mark.parametrize("field", ["nope", "id", "version", "created_at"])
def test_a_field_that_nobody_changes_is_not_taken(admin: Visitor, field: str) -> None:
    sent = [*ticked(people()), ("field", field), (f"value-{field}", "1"), ("step", "preview")]
    assert 'name="previewed"' not in admin.post(CHANGE, sent).text


@pytest.mark.parametrize("rows", [[], [("rowid", "-1")], [("rowid", "x")]])
def test_rows_that_are_none_are_refused(admin: Visitor, rows: Pairs) -> None:
    assert admin.post(CHANGE, [*rows, ("field", "city")]).status_code == 400


def test_who_may_not_change_the_table_finds_no_page(signed_in: Callable[[str], Visitor]) -> None:
    answer = signed_in("dpo").post(CHANGE, [*ticked(people()), ("field", "city")])
    assert answer.status_code == 404
