"""Reading through the gate: order, pages, filters, statements, and the journal before the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from peewee import Database

from portal import counts, journal
from portal import gate as gates
from portal.actor import Condition
from portal.builtin.journal import Entry
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Invalid, NotFound
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import PERSON, TODAY, Office


def titles(office: Office, selection: Selection) -> list[str]:
    """The titles of a page."""
    return [row.title for row in office.gate.list(PERSON, selection).rows]


def asked(field: str, operator: str, value: str) -> Selection:
    """A selection by one filter."""
    return Selection(filters=(Filter(field, operator, value),))


# --- order and pages


def test_accents_do_not_change_the_order(office: Office) -> None:
    office.gate.create(PERSON, {"last_name": "Eric-Martin"})
    assert titles(office, Selection()) == ["Éric", "Eric-Martin", "Paul", "Zoé"]


def test_a_text_without_a_folded_copy_sorts_by_its_letters(office: Office) -> None:
    for name, work in (("A", "évêque"), ("B", "Zoologue"), ("C", "electricien")):
        office.gate.create(PERSON, {"last_name": name, "profession": work})
    asked_for = Selection(sort="profession", filters=(Filter("profession", "empty", "false"),))
    assert titles(office, asked_for) == ["C", "A", "B"]


def test_the_page_after_a_row_begins_behind_it(office: Office) -> None:
    assert titles(office, Selection(after=office.paul)) == ["Zoé"]


def test_the_page_before_a_row_ends_in_front_of_it(office: Office) -> None:
    assert titles(office, Selection(before=office.zoe)) == ["Éric", "Paul"]


def test_the_page_before_a_row_is_the_nearest_one(office: Office) -> None:
    assert titles(office, Selection(before=office.zoe, page_size=1)) == ["Paul"]


def test_a_descending_list_goes_on_downwards(office: Office) -> None:
    assert titles(office, Selection(after=office.paul, descending=True)) == ["Éric"]


def test_equal_titles_are_all_reached_by_next(office: Office) -> None:
    twins = office.gate.create_many(PERSON, [{"last_name": "Zoé"}] * 3)
    found = office.gate.list(PERSON, Selection(after=office.zoe)).rows
    assert [row.id for row in found] == twins


def test_a_page_says_that_another_follows(office: Office) -> None:
    assert office.gate.list(PERSON, Selection(page_size=2)).has_next


def test_the_last_page_says_that_none_follows(office: Office) -> None:
    assert not office.gate.list(PERSON, Selection(page_size=2, page=1)).has_next


@pytest.mark.parametrize(
    "selection",
    [
        Selection(page=-1),
        Selection(page=2**70),
        Selection(page_size=0),
        Selection(page_size=501),
        Selection(after=-3),
        Selection(after=2**70),
        Selection(before=123_456),
        Selection(sort="nowhere"),
        Selection(sort="password'--"),
        Selection(sort="city", after=1),
        Selection(ids=tuple(range(1, 10_002))),
        Selection(filters=(Filter("city", "empty", "true"),) * 31),
    ],
)
def test_a_page_that_cannot_be_is_refused(office: Office, selection: Selection) -> None:
    with pytest.raises(Invalid):
        office.gate.list(PERSON, selection)


def test_who_reaches_a_part_does_not_jump_to_a_far_page(office: Office) -> None:
    with pytest.raises(Invalid):
        office.in_section("read").list(PERSON, Selection(page=201))


def test_who_reaches_everything_jumps_to_a_far_page(office: Office) -> None:
    assert titles(office, Selection(page=100_000)) == []


@pytest.mark.parametrize("id", [0, -1, 2**63, 2**200, True, "1", None, 1.0])
def test_what_is_no_number_of_a_row_is_no_row(office: Office, id: Any) -> None:
    with pytest.raises(NotFound):
        office.gate.one(PERSON, id)


@pytest.mark.parametrize("table", ["nowhere", "directory.person;", "", "directory_person"])
def test_an_unknown_table_does_not_exist(office: Office, table: str) -> None:
    with pytest.raises(NotFound):
        office.gate.list(table, Selection())


# --- filters


@pytest.mark.parametrize("text", ["Eric", "ÉRIC", "éric", "e\u0301ric"])
def test_equals_knows_no_accent_and_no_case(office: Office, text: str) -> None:
    assert titles(office, asked("last_name", "equals", text)) == ["Éric"]


@pytest.mark.parametrize("text", ["ric", "RÍC"])
def test_contains_knows_no_accent_and_no_case(office: Office, text: str) -> None:
    assert titles(office, asked("last_name", "contains", text)) == ["Éric"]


def test_contains_without_a_folded_copy_knows_no_accent(office: Office) -> None:
    office.gate.create(PERSON, {"last_name": "A", "profession": "Évêque"})
    assert titles(office, asked("profession", "contains", "VEQ")) == ["A"]


@pytest.fixture
def townsfolk(office: Office) -> Office:
    """Give four persons of two towns, one of them inactive, in no order."""
    told = (
        ("Zola", "Évian", True),
        ("Alba", "Evian", True),
        ("Mara", "evian", False),
        ("Nora", "Brest", True),
    )
    office.gate.create_many(
        PERSON,
        [
            {"last_name": last, "first_name": "A", "city": town, "active": active}
            for last, town, active in told
        ],
    )
    return office


def test_the_rows_of_one_value_stand_in_the_order_of_their_titles(townsfolk: Office) -> None:
    assert titles(townsfolk, asked("city", "equals", "Evian")) == ["Alba A", "Mara A", "Zola A"]


def test_the_rows_of_two_values_meet_both(townsfolk: Office) -> None:
    filters = (Filter("city", "equals", "Evian"), Filter("active", "equals", "true"))
    assert titles(townsfolk, Selection(filters=filters)) == ["Alba A", "Zola A"]


def test_the_rows_of_one_value_go_on_behind_a_row(townsfolk: Office) -> None:
    wanted = asked("city", "equals", "Evian")
    first = townsfolk.gate.list(PERSON, replace(wanted, page_size=1)).rows[0]
    assert titles(townsfolk, replace(wanted, after=first.id)) == ["Mara A", "Zola A"]


def test_an_empty_text_is_found_though_it_has_a_copy(townsfolk: Office) -> None:
    found = titles(townsfolk, asked("city", "empty", "true"))
    assert not {"Alba A", "Mara A", "Zola A", "Nora A"} & set(found)


def test_a_text_without_letters_is_not_empty(office: Office) -> None:
    office.gate.create(PERSON, {"last_name": "Zola", "first_name": "A", "city": "\u0301"})
    assert "Zola A" not in titles(office, asked("city", "empty", "true"))


@pytest.mark.parametrize("text", ["%", "_", "*", "\\", "'", '"', "e%c"])
def test_a_filter_takes_signs_as_they_are(office: Office, text: str) -> None:
    assert titles(office, asked("last_name", "contains", text)) == []


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("last_name", "before", "a"),
        ("last_name", "like", "a"),
        ("last_name", "equals", "a" * 501),
        ("last_name", "equals", "a\x00"),
        ("last_name", "equals", "\ud800"),
        ("birth_date", "equals", "yesterday"),
        ("birth_date", "between", "2020-01-01"),
        ("birth_date", "between", ".."),
        ("birth_date", "before", "0001-01-01"),
        ("id", "equals", "9" * 30),
        ("id", "equals", "one"),
        ("active", "equals", "maybe"),
        ("active", "contains", "a"),
        ("civility", "equals", "nobody"),
        ("nowhere", "equals", "a"),
        ("uuid", "contains", "a"),
        ("last_name_key", "contains", "a"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    office: Office, field: str, operator: str, value: str
) -> None:
    with pytest.raises(Invalid):
        office.gate.list(PERSON, asked(field, operator, value))


def test_a_moment_is_found_by_its_day(office: Office) -> None:
    row = office.gate.one(PERSON, office.eric)
    field = next(f for f in office.gate.fields(PERSON) if f.name == "created_at")
    day = field.type.write(row.values["created_at"])[:10]
    assert len(titles(office, asked("created_at", "equals", day))) == 3


def test_a_moment_is_found_as_it_is_exported(office: Office) -> None:
    row = office.gate.one(PERSON, office.eric)
    field = next(f for f in office.gate.fields(PERSON) if f.name == "created_at")
    moment = field.type.write(row.values["created_at"])
    assert "Éric" in titles(office, asked("created_at", "equals", moment))


def test_a_search_of_two_thousand_words_is_answered(office: Office) -> None:
    assert titles(office, Selection(search="eric " * 2_000)) == ["Éric"]


@pytest.mark.parametrize("text", ["\x00", "'\"", "NEAR(", "* OR 1", "-", "\ud800"])
def test_a_search_of_signs_finds_nothing(office: Office, text: str) -> None:
    assert titles(office, Selection(search=text)) == []


def test_a_lookup_needs_two_letters(office: Office) -> None:
    assert office.gate.lookup(PERSON, "e") == ()


def test_a_count_is_exact_below_its_cap(office: Office) -> None:
    count = office.gate.count(PERSON, Selection())
    assert (count.value, count.capped) == (3, False)


def test_a_count_beyond_its_cap_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "CAP", 2)
    count = office.gate.count(PERSON, Selection())
    assert (count.value, count.capped) == (2, True)


def test_a_count_asked_exactly_is_not_capped(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "CAP", 2)
    assert office.gate.count(PERSON, Selection(), exact=True).value == 3


# --- statements


SETTING_UP = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every statement that the database is given, but those that open and close."""
    seen: list[str] = []
    execute = Database.execute_sql

    def noted(self: Any, sql: str, params: Any = None, *more: Any) -> Any:
        if not sql.startswith(SETTING_UP):
            seen.append(sql)
        return execute(self, sql, params, *more)

    monkeypatch.setattr(Database, "execute_sql", noted)
    return seen


@pytest.mark.parametrize("page_size", [1, 50, 500])
@pytest.mark.parametrize("table", ["accounting.entry", "activities.outing", PERSON])
def test_a_list_page_is_eight_statements_at_most(
    office: Office, statements: list[str], page_size: int, table: str
) -> None:
    fresh(office).list("directory.structure", Selection())  # reads the configuration once
    gate = fresh(office)
    statements.clear()
    gate.count(table, Selection(page_size=page_size))
    gate.list(table, Selection(page_size=page_size))
    assert len(statements) <= 6, statements


def fresh(office: Office) -> gates.Gate:
    """A new gate, as a request has one."""
    return gates.Gate(office.gate.actor, Channel.LIST, today=TODAY)


def test_a_page_with_every_reference_takes_no_more_statements(
    office: Office, statements: list[str]
) -> None:
    office.gate.create_many(
        "directory.attachment",
        [{"person": office.eric, "structure": office.root} for _number in range(60)],
    )
    taken = []
    fresh(office).list("directory.attachment", Selection())
    for size in (1, 60):
        statements.clear()
        fresh(office).list("directory.attachment", Selection(page_size=size))
        taken.append(len(statements))
    assert taken[0] == taken[1]


# --- the journal


def entries() -> list[Any]:
    """The entries of the journal, in order."""
    return list(Entry.select().order_by(Entry.id))


def test_a_list_is_one_entry_that_names_its_channel(office: Office) -> None:
    before = len(entries())
    office.gate.list(PERSON, Selection())
    (entry,) = entries()[before:]
    named = (entry.channel, entry.table_name, entry.row_count, entry.person_count)
    assert named == ("list", PERSON, 3, 3)


def test_a_lookup_is_one_entry_of_its_own_channel(office: Office) -> None:
    before = len(entries())
    office.gate.lookup(PERSON, "eric")
    (entry,) = entries()[before:]
    assert (entry.channel, entry.persons) == ("lookup", f"[{office.eric}]")


def test_former_values_are_journaled(office: Office) -> None:
    before = len(entries())
    office.gate.history(PERSON, office.eric)
    (entry,) = entries()[before:]
    assert (entry.table_name, entry.persons) == (PERSON, f"[{office.eric}]")


@pytest.mark.parametrize(
    "act",
    [
        lambda gate, id: gate.list(PERSON, Selection()),
        lambda gate, id: gate.one(PERSON, id),
        lambda gate, id: gate.many(PERSON, [id]),
        lambda gate, id: gate.titles(PERSON, [id]),
        lambda gate, id: gate.related(PERSON, id),
        lambda gate, id: gate.lookup(PERSON, "eric"),
        lambda gate, id: list(gate.stream(PERSON, Selection())),
        lambda gate, id: list(gate.export(PERSON, Selection())),
        lambda gate, id: gate.history(PERSON, id),
    ],
    ids=["list", "one", "many", "titles", "related", "lookup", "stream", "export", "history"],
)
def test_what_cannot_be_journaled_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch, act: Any
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("the journal cannot be written")

    monkeypatch.setattr(journal, "record", broken)
    with pytest.raises(RuntimeError):
        act(office.gate, office.eric)


def test_the_wildcard_does_not_open_the_journal(office: Office) -> None:
    gate = office.granted(factories.grant("*", "read"))
    with pytest.raises(NotFound):
        gate.list("journal.entry", Selection())


def test_a_right_that_names_the_journal_opens_it(office: Office) -> None:
    gate = office.granted(factories.grant("journal.*", "read"))
    assert gate.list("journal.entry", Selection()).rows


# --- what depends on rights


def test_a_condition_that_a_table_cannot_be_asked_opens_no_row(office: Office) -> None:
    condition = (Condition("nowhere", "equals", "1"),)
    gate = office.granted(factories.grant(PERSON, "read", Reach.ALL, conditions=condition))
    assert office.persons(gate) == []


def test_an_export_right_alone_exports_nothing(office: Office) -> None:
    gate = office.granted(
        factories.grant(PERSON, "read", Reach.OWN), factories.grant(PERSON, "export")
    )
    assert [rows for _columns, rows in gate.export(PERSON, Selection())] == []


def test_a_related_table_with_withheld_columns_is_shown(office: Office) -> None:
    gate = office.granted(
        factories.grant(PERSON, "read"),
        factories.grant("directory.attachment", "read", readable=frozenset({"person"})),
    )
    (related,) = gate.related(PERSON, office.eric)
    assert set(related.rows[0].values) == {"id", "person"}
