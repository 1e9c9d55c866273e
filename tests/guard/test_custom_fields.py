"""A field that an administrator adds is a field like any other, at once and everywhere."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.database import close_database, is_sqlite, proxy
from portal.errors import Forbidden, Invalid
from portal.exports import csv_lines
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import PERSON, Office

FIELD = "typing.customfield"
VALUES: dict[str, Any] = {
    "text": "Élan",
    "longtext": "Une ligne\net une autre",
    "integer": -72,
    "decimal": Decimal("1.25"),
    "boolean": True,
    "date": date(2020, 2, 3),
    "suggested": "Bleu",
    "email": "a@example.org",
    "link": "https://example.org",
    "phone": "+33 1 02 03 04 05",
}
FINDS = [
    ("text", "equals", "elan"),
    ("text", "contains", "LA"),
    ("longtext", "contains", "autre"),
    ("integer", "equals", "-72"),
    ("integer", "between", "-80..-70"),
    ("integer", "before", "0"),
    ("decimal", "equals", "1.250"),
    ("decimal", "after", "1.2"),
    ("boolean", "equals", "true"),
    ("date", "equals", "2020-02-03"),
    ("date", "before", "2020-02-04"),
    ("date", "between", "2020-02-01..2020-02-29"),
    ("suggested", "equals", "bleu"),
    ("email", "contains", "example"),
    ("link", "contains", "example"),
    ("phone", "contains", "02 03"),
]


def define(office: Office, key: str, kind: str = "text", **more: Any) -> int:
    """Give the number of a new custom field of persons, known to the next reading."""
    values = {"table_name": PERSON, "key": key, "label_fr": key, "kind": kind} | more
    id = office.gate.create(FIELD, values)
    office.refresh()
    office.gate = office.gate.at(office.gate.channel)
    office.gate = type(office.gate)(office.gate.actor, office.gate.channel)
    return id


def listed(office: Office, field: str, operator: str, value: str) -> list[str]:
    wanted = Selection(filters=(Filter(field, operator, value),))
    return [row.title for row in office.gate.list(PERSON, wanted).rows]


def custom(office: Office, id: int) -> str:
    """Give the JSON of a person as the database holds it."""
    query = "SELECT custom FROM directory_person ORDER BY id"
    rows = proxy.execute_sql(query).fetchall()
    return str(rows[[office.eric, office.zoe, office.paul].index(id)][0])


@pytest.fixture
def every_kind(office: Office) -> Office:
    """Give an office whose persons have a field of each kind, filled in for Éric alone."""
    for kind in VALUES:
        define(office, f"a_{kind}", kind)
    values = {f"x_a_{kind}": value for kind, value in VALUES.items()}
    office.gate.update(PERSON, office.eric, values, 1)
    return office


def test_a_value_of_each_kind_is_read_as_it_was_written(every_kind: Office) -> None:
    row = every_kind.gate.one(PERSON, every_kind.eric)
    assert {kind: row.values[f"x_a_{kind}"] for kind in VALUES} == VALUES


def test_rows_without_a_value_are_read_as_empty(every_kind: Office) -> None:
    row = every_kind.gate.one(PERSON, every_kind.zoe)
    assert {row.values[f"x_a_{kind}"] for kind in VALUES} == {None}


@pytest.mark.parametrize(("kind", "operator", "value"), FINDS)
def test_a_filter_finds_the_row(every_kind: Office, kind: str, operator: str, value: str) -> None:
    assert listed(every_kind, f"x_a_{kind}", operator, value) == ["Éric"]


@pytest.mark.parametrize("kind", VALUES)
def test_the_others_are_empty(every_kind: Office, kind: str) -> None:
    assert listed(every_kind, f"x_a_{kind}", "empty", "true") == ["Paul", "Zoé"]


@pytest.mark.parametrize("kind", VALUES)
def test_a_list_is_sorted_by_it_with_the_empty_ones_last(every_kind: Office, kind: str) -> None:
    rows = every_kind.gate.list(PERSON, Selection(sort=f"x_a_{kind}")).rows
    assert rows[0].title == "Éric"


def test_texts_are_sorted_without_regard_to_accents(office: Office) -> None:
    define(office, "nick")
    for id, name in ((office.eric, "Zed"), (office.zoe, "élan"), (office.paul, "Abel")):
        office.gate.update(PERSON, id, {"x_nick": name}, 1)
    rows = office.gate.list(PERSON, Selection(sort="x_nick")).rows
    assert [row.title for row in rows] == ["Paul", "Zoé", "Éric"]


def test_values_are_nested_by_section(office: Office) -> None:
    define(office, "body__size", "integer")
    define(office, "body__weight", "decimal")
    office.gate.update(PERSON, office.eric, {"x_body__size": 3, "x_body__weight": Decimal(2)}, 1)
    assert custom(office, office.eric) == '{"body":{"size":3,"weight":"2.000"}}'


def test_an_emptied_value_leaves_no_empty_section(office: Office) -> None:
    define(office, "body__size", "integer")
    office.gate.update(PERSON, office.eric, {"x_body__size": 3}, 1)
    office.gate.update(PERSON, office.eric, {"x_body__size": None}, 2)
    assert custom(office, office.eric) == "{}"


def test_values_of_other_keys_are_kept(office: Office) -> None:
    id = define(office, "nick")
    define(office, "pet")
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    proxy.execute_sql("DELETE FROM typing_customfield WHERE key = 'nick'")
    office.gate.update(PERSON, office.eric, {"x_pet": "chat"}, 2)
    assert (id, custom(office, office.eric)) == (id, '{"nick":"Rico","pet":"chat"}')


def test_a_change_raises_the_version_of_the_row(office: Office) -> None:
    define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    assert office.gate.one(PERSON, office.eric).version == 2


def test_a_searched_field_is_found_by_its_words(office: Office) -> None:
    define(office, "nick", searched=True)
    office.gate.update(PERSON, office.eric, {"x_nick": "Ricochet"}, 1)
    rows = office.gate.list(PERSON, Selection(search="ricoch")).rows
    assert [row.title for row in rows] == ["Éric"]


def test_a_field_that_is_not_searched_is_not_found(office: Office) -> None:
    define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Ricochet"}, 1)
    assert office.gate.list(PERSON, Selection(search="ricoch")).rows == ()


def test_it_is_exported_by_its_name(every_kind: Office) -> None:
    names = ["last_name", "x_a_decimal", "x_a_date", "x_a_boolean"]
    text = "".join(csv_lines(every_kind.gate, PERSON, Selection(), names))
    assert "Éric,1.25,2020-02-03,true\r\n" in text


def test_a_grant_that_does_not_name_it_does_not_show_it(office: Office) -> None:
    define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    narrow = office.granted(factories.grant(PERSON, "read", readable=frozenset({"last_name"})))
    assert "x_nick" not in narrow.one(PERSON, office.eric).values


def test_a_grant_that_does_not_name_it_does_not_filter_by_it(office: Office) -> None:
    define(office, "nick")
    narrow = office.granted(factories.grant(PERSON, "read", readable=frozenset({"last_name"})))
    with pytest.raises(Invalid):
        narrow.list(PERSON, Selection(filters=(Filter("x_nick", "equals", "Rico"),)))


def test_a_grant_that_masks_it_shows_dots(office: Office) -> None:
    define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    masking = office.granted(factories.grant(PERSON, "read", masked=frozenset({"x_nick"})))
    assert str(masking.one(PERSON, office.eric).values["x_nick"]) == "••••"


def test_a_grant_that_does_not_let_write_it_refuses_it(office: Office) -> None:
    define(office, "nick")
    narrow = office.granted(
        factories.grant(PERSON, "read update", writable=frozenset({"last_name"}))
    )
    with pytest.raises(Forbidden):
        narrow.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)


# --- what is refused


@pytest.mark.parametrize("key", ["Big", "_a", "a___b", "a_", "a1", "é", "", "a b", "a-b", "a.b"])
def test_a_key_that_is_none_is_refused(office: Office, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        define(office, key)
    assert "key" in refused.value.fields


def test_a_key_is_given_once_in_its_table(office: Office) -> None:
    define(office, "nick")
    with pytest.raises(Invalid) as refused:
        define(office, "nick")
    assert "key" in refused.value.fields


@pytest.mark.parametrize(("first", "second"), [("body", "body__size"), ("body__size", "body")])
def test_a_key_is_not_the_section_of_another(office: Office, first: str, second: str) -> None:
    define(office, first)
    with pytest.raises(Invalid):
        define(office, second)


@pytest.mark.parametrize(
    ("kind", "wrong", "value"),
    [
        ("text", "minimum", "1"),
        ("integer", "minimum", "beaucoup"),
        ("date", "maximum", "demain"),
        ("choice", "choice_list", ""),
        ("integer", "searched", True),
        ("text", "longest", 0),
        ("integer", "longest", 3),
        ("text", "kept_months", 0),
        ("text", "required", True),
    ],
)
def test_a_definition_that_cannot_be_held_is_refused(
    office: Office, kind: str, wrong: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        define(office, "nick", kind, **{wrong: value})
    assert wrong in refused.value.fields


@pytest.mark.parametrize(("field", "value"), [("minimum", "10"), ("maximum", "1")])
def test_a_value_beyond_its_bounds_is_refused(office: Office, field: str, value: str) -> None:
    define(office, "size", "integer", **{field: value})
    with pytest.raises(Invalid) as refused:
        office.gate.update(PERSON, office.eric, {"x_size": 5}, 1)
    assert "x_size" in refused.value.fields


def test_a_text_that_is_too_long_is_refused(office: Office) -> None:
    define(office, "nick", longest=3)
    with pytest.raises(Invalid):
        office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)


def test_a_required_field_is_asked_of_new_rows(office: Office) -> None:
    define(office, "nick", required=True, in_forms=True)
    with pytest.raises(Invalid) as refused:
        office.gate.create(PERSON, {"last_name": "Neuf"})
    assert "x_nick" in refused.value.fields


def test_a_new_row_has_the_value_of_new_rows(office: Office) -> None:
    define(office, "size", "integer", initial="7")
    id = office.gate.create(PERSON, {"last_name": "Neuf"})
    assert office.gate.one(PERSON, id).values["x_size"] == 7


def test_a_unique_value_is_refused_a_second_time(office: Office) -> None:
    define(office, "badge", unique=True)
    office.gate.update(PERSON, office.eric, {"x_badge": "É7"}, 1)
    with pytest.raises(Invalid) as refused:
        office.gate.update(PERSON, office.zoe, {"x_badge": "e7"}, 1)
    assert "x_badge" in refused.value.fields


def test_a_refused_unique_value_is_not_stored(office: Office) -> None:
    define(office, "badge", unique=True)
    office.gate.update(PERSON, office.eric, {"x_badge": "7"}, 1)
    with pytest.raises(Invalid):
        office.gate.create_many(PERSON, [{"last_name": "Un", "x_badge": "7"}])
    assert listed(office, "x_badge", "equals", "7") == ["Éric"]


def test_what_is_not_of_its_type_any_more_reads_as_empty(office: Office) -> None:
    define(office, "size", "integer")
    proxy.execute_sql('UPDATE directory_person SET custom = \'{"size": "beaucoup"}\'')
    assert office.gate.one(PERSON, office.eric).values["x_size"] is None


# --- choices


def test_a_choice_of_a_list_is_found_and_sorted(office: Office) -> None:
    define(office, "state", "choice", choice_list="directory.attachment-types")
    member = office.gate.choice_id("directory.attachment-types", "member")
    office.gate.update(PERSON, office.eric, {"x_state": member}, 1)
    found = listed(office, "x_state", "equals", "member")
    rows = office.gate.list(PERSON, Selection(sort="x_state")).rows
    assert (found, rows[0].title) == (["Éric"], "Éric")


def test_it_is_personal_until_it_is_classified(office: Office) -> None:
    define(office, "nick")
    assert office.gate.catalog.table(PERSON).fields["x_nick"].data_type is not None


# --- history and several writers


def test_old_values_are_kept_where_the_field_asks_for_it(office: Office) -> None:
    define(office, "nick", audited=True)
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    office.gate.update(PERSON, office.eric, {"x_nick": "Zaza"}, 2)
    changes = office.gate.history(PERSON, office.eric)
    assert [(change.old, change.new) for change in changes] == [("Rico", "Zaza"), ("", "Rico")]


def test_old_values_are_not_kept_otherwise(office: Office) -> None:
    define(office, "nick")
    office.gate.update(PERSON, office.eric, {"x_nick": "Rico"}, 1)
    assert office.gate.history(PERSON, office.eric) == ()


def test_of_writers_at_once_one_alone_gets_a_unique_value(office: Office) -> None:
    define(office, "badge", unique=True)
    start = threading.Barrier(4)
    said: list[str] = []

    def write(name: str) -> None:
        gate = factories.gate()
        start.wait()
        try:
            gate.create(PERSON, {"last_name": name, "x_badge": "7"})
            said.append("written")
        except Invalid:
            said.append("refused")
        finally:
            if is_sqlite():
                close_database()

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(said) == ["refused"] * 3 + ["written"]


# --- what a definition may not become


@pytest.mark.parametrize("key", ["members_validity_types__usual_months", "members_validity_types"])
def test_a_field_that_a_list_declares_is_not_replaced(office: Office, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        define(office, key, table_name="typing.choice")
    assert set(refused.value.fields) == {"key"}


def test_no_two_alike_is_refused_while_rows_are_alike(office: Office) -> None:
    id = define(office, "nick")
    for person, nick in ((office.eric, "Élan"), (office.zoe, "elan"), (office.paul, "")):
        office.gate.update(PERSON, person, {"x_nick": nick}, 1)
    with pytest.raises(Invalid) as refused:
        office.gate.update(FIELD, id, {"unique": True}, 1)
    assert str(refused.value.fields["unique"]).startswith("2 ")
    office.gate.update(PERSON, office.zoe, {"x_nick": "Autre"}, 2)
    office.gate.update(FIELD, id, {"unique": True}, 1)
