"""What follows when a custom field changes: indexes, conversions, the erasure of its values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal import catalog, custom_conversion, custom_erasing, custom_upkeep, customfields
from portal.actor import process
from portal.builtin.directory import Person
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.custom_conversion import Conversion
from portal.database import is_sqlite, proxy
from portal.errors import Forbidden, Held
from portal.gate import Gate
from portal.models import utc_now
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import PERSON, Office
from tests.guard.test_custom_fields import FIELD, custom, define, listed


def persons() -> CatalogTable:
    """Give the table of persons as the process knows it now."""
    return catalog.current().table(PERSON)


def bring(office: Office) -> None:
    """Do what the job does, as the process knows the definitions now."""
    office.refresh()
    custom_upkeep.bring(catalog.current())


def change(office: Office, id: int, **values: Any) -> None:
    """Change a definition."""
    row = office.gate.one(FIELD, id)
    office.gate.update(FIELD, id, values, row.version)
    office.refresh()
    office.gate = Gate(office.gate.actor, Channel.LIST)


def indexes() -> list[str]:
    """Give the indexes of custom fields that the database has."""
    if is_sqlite():
        rows = proxy.execute_sql("SELECT name FROM sqlite_master WHERE type = 'index'")
    else:
        rows = proxy.execute_sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    return [name for (name,) in rows.fetchall() if name.startswith("x_")]


def plan(office: Office, wanted: Filter) -> str:
    """Give how the database would look for the rows of a filter."""
    said: list[tuple[str, Any]] = []
    run = proxy.obj.execute_sql

    def heard(sql: str, params: Any = None) -> Any:
        said.append((sql, params))
        return run(sql, params)

    proxy.obj.execute_sql = heard
    try:
        office.gate.list(PERSON, Selection(filters=(wanted,)))
    finally:
        del proxy.obj.execute_sql
    if not is_sqlite():
        proxy.execute_sql("SET enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN " if is_sqlite() else "EXPLAIN "
    sql, params = next(q for q in said if '"custom"' in q[0])
    return str(proxy.execute_sql(explain + sql, params).fetchall())


INDEXED = [
    ("text", "Rico", "equals", "rico"),
    ("suggested", "Rico", "equals", "rico"),
    ("integer", 7, "between", "5..9"),
    ("decimal", 7, "after", "6.5"),
    ("boolean", True, "equals", "true"),
    ("date", None, "before", "2020-02-03"),
]


@pytest.mark.parametrize(("kind", "value", "operator", "asked"), INDEXED)
def test_a_filter_reads_the_index(
    office: Office, kind: str, value: Any, operator: str, asked: str
) -> None:
    define(office, "nick", kind, indexed=True)
    bring(office)
    assert indexes()[0] in plan(office, Filter("x_nick", operator, asked))


def test_an_index_goes_when_it_is_not_asked_for_any_more(office: Office) -> None:
    id = define(office, "nick", indexed=True)
    bring(office)
    change(office, id, indexed=False)
    bring(office)
    assert indexes() == []


def test_what_was_brought_in_line_is_not_pending(office: Office) -> None:
    define(office, "nick", indexed=True, searched=True)
    bring(office)
    assert not custom_upkeep.pending(catalog.current())


def test_an_index_that_was_lost_is_made_again(office: Office) -> None:
    define(office, "nick", indexed=True)
    bring(office)
    proxy.execute_sql(f'DROP INDEX "{indexes()[0]}"')
    bring(office)
    assert len(indexes()) == 1


def test_words_are_found_once_the_field_is_searched(office: Office) -> None:
    id = define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Ricochet"}, 1)
    bring(office)
    change(office, id, searched=True)
    bring(office)
    rows = office.gate.list(PERSON, Selection(search="ricochet")).rows
    assert [row.title for row in rows] == ["Éric"]


# --- another type


def filled(office: Office, kind: str, first: Any, second: Any) -> int:
    """Give the number of a field whose values Éric and Zoé have."""
    id = define(office, "nick", kind)
    bring(office)
    office.gate.update(PERSON, office.eric, {"x_nick": first}, 1)
    office.gate.update(PERSON, office.zoe, {"x_nick": second}, 1)
    return id


@pytest.mark.parametrize(
    ("kind", "values", "into", "shown"),
    [
        ("text", ("12", "-3"), "integer", (12, -3)),
        ("integer", (12, -3), "text", ("12", "-3")),
        ("integer", (12, -3), "decimal", (12, -3)),
        ("text", ("oui", "non"), "boolean", (True, False)),
        ("boolean", (True, False), "text", ("true", "false")),
    ],
)
def test_values_take_the_form_of_the_new_type(
    office: Office, kind: str, values: tuple[Any, Any], into: str, shown: tuple[Any, Any]
) -> None:
    id = filled(office, kind, *values)
    change(office, id, kind=into)
    bring(office)
    rows = [office.gate.one(PERSON, person) for person in (office.eric, office.zoe)]
    assert tuple(row.values["x_nick"] for row in rows) == shown


def test_a_value_that_does_not_convert_is_there_again_when_the_type_is(office: Office) -> None:
    id = filled(office, "text", "12", "beaucoup")
    change(office, id, kind="integer")
    bring(office)
    assert office.gate.one(PERSON, office.zoe).values["x_nick"] is None
    change(office, id, kind="text")
    bring(office)
    assert office.gate.one(PERSON, office.zoe).values["x_nick"] == "beaucoup"


def test_a_conversion_that_is_begun_again_changes_nothing_more(office: Office) -> None:
    id = filled(office, "decimal", 5, 7)
    old = persons().fields["x_nick"]
    change(office, id, kind="text")
    new = persons().fields["x_nick"]
    custom_upkeep.convert(persons(), old, new)
    before = custom(office, office.eric)
    assert custom_upkeep.convert(persons(), old, new) == 0
    assert (before, custom(office, office.eric)) == ('{"nick":"5"}', '{"nick":"5"}')


def test_a_preview_says_what_would_not_convert(office: Office) -> None:
    filled(office, "text", "12", "beaucoup")
    values = next(v for v in customfields.definitions() if v["key"] == "nick")
    old, new = persons().fields["x_nick"], customfields.field_of({**values, "kind": "integer"})
    told = custom_conversion.preview(persons(), old, new)
    assert told == Conversion(2, 1, ((office.zoe, "beaucoup"),))


def test_a_choice_becomes_its_label_and_a_label_its_choice(office: Office) -> None:
    id = define(office, "state", "choice", choice_list="directory.attachment-types")
    bring(office)
    member = office.gate.choice_id("directory.attachment-types", "member")
    office.gate.update(PERSON, office.eric, {"x_state": member}, 1)
    change(office, id, kind="text", choice_list="")
    bring(office)
    label = office.gate.one(PERSON, office.eric).values["x_state"]
    change(office, id, kind="choice", choice_list="directory.attachment-types")
    bring(office)
    back = office.gate.one(PERSON, office.eric).values["x_state"].id
    assert (label, back) == ("Adhérent", member)


# --- erasing


def test_a_definition_is_not_erased_while_rows_hold_values(office: Office) -> None:
    id = filled(office, "text", "Rico", "Zaza")
    blocked = office.gate.erasure(FIELD, [id]).blocked
    assert [(why.count, why.table) for why in blocked[id]] == [(2, PERSON)]


def test_erased_values_leave_the_rows_the_search_and_the_definitions(office: Office) -> None:
    id = define(office, "nick", searched=True)
    office.gate.update(PERSON, office.eric, {"x_nick": "Ricochet"}, 1)
    eraser = Gate(process("test"), Channel.ERASURE)
    custom_erasing.erase_values(eraser, id)
    custom_erasing.erase_definition(eraser, id)
    bring(office)
    office.gate = Gate(office.gate.actor, Channel.LIST)
    assert custom(office, office.eric) == "{}"
    assert office.gate.list(PERSON, Selection(search="ricochet")).rows == ()
    assert office.gate.count(FIELD, Selection()).value == 0


def test_values_of_rows_under_legal_hold_stay(office: Office) -> None:
    id = filled(office, "text", "Rico", "Zaza")
    office.gate.create(
        "privacy.legalhold",
        {"person": office.eric, "reason": "Litige", "review_on": date(2027, 1, 1)},
    )
    with pytest.raises(Held):
        custom_erasing.erase_values(Gate(process("test"), Channel.ERASURE), id)
    assert listed(office, "x_nick", "empty", "false") == ["Éric"]


def test_who_may_not_change_every_row_does_not_erase_the_values(office: Office) -> None:
    id = filled(office, "text", "Rico", "Zaza")
    narrow = office.granted(factories.grant(FIELD, "read erase"), factories.grant(PERSON, "read"))
    with pytest.raises(Forbidden):
        custom_erasing.erase_values(narrow, id)


def emptier(office: Office, verbs: str, *held: int) -> Gate:
    """Give a gate that may empty the field on every row, for an account that holds these codes."""
    given = office.granted(factories.grant(FIELD, "read erase"), factories.grant(PERSON, verbs))
    return Gate(replace(given.actor, codes=frozenset(held)), Channel.ERASURE)


def test_values_under_an_access_code_are_erased_by_who_holds_it(office: Office) -> None:
    id = filled(office, "text", "Rico", "Zaza")
    code = office.gate.create("accounts.accesscode", {"label_fr": "Dossiers", "slug": "files"})
    coded = {"table_name": PERSON, "row": office.zoe, "code": code}
    office.gate.create("accounts.codedrow", coded)
    office.refresh()
    with pytest.raises(Forbidden):
        custom_erasing.erase_values(emptier(office, "read update"), id)
    assert custom_erasing.erase_values(emptier(office, "read update", code), id) == 2


def test_values_of_archived_rows_are_erased_by_who_may_erase_the_rows(office: Office) -> None:
    id = filled(office, "text", "Rico", "Zaza")
    Person.update(archived_at=utc_now()).where(Person.id == office.zoe).execute()
    with pytest.raises(Forbidden):
        custom_erasing.erase_values(emptier(office, "read update"), id)
    assert custom_erasing.erase_values(emptier(office, "read update erase"), id) == 2
