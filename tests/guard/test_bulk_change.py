"""One value for many rows: what is previewed, what is refused, what is done, what is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import bulk_change
from portal.builtin.journal import Entry
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Conflict, Forbidden, Invalid
from portal.gate import Gate
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import PERSON, Office
from tests.guard.test_custom_fields import define

ALL = Selection()


def form(office: Office) -> Gate:
    return office.gate.at(Channel.FORM)


def values(office: Office, field: str) -> set[object]:
    return {row.values[field] for row in office.gate.stream(PERSON, ALL, [field])}


def test_a_preview_changes_nothing(office: Office) -> None:
    before = values(office, "city")
    planned = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    assert (len(planned.changes), values(office, "city")) == (3, before)


def test_what_was_previewed_is_done(office: Office) -> None:
    planned = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    assert bulk_change.run(form(office), planned) == 3
    assert values(office, "city") == {"Lyon"}


def test_rows_that_have_the_value_are_left_alone(office: Office) -> None:
    first = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    bulk_change.run(form(office), first)
    again = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    assert (again.changes, again.unchanged) == ((), 3)


def test_only_the_rows_asked_for_are_changed(office: Office) -> None:
    one = Selection(ids=(office.eric,))
    bulk_change.run(form(office), bulk_change.plan(form(office), PERSON, one, "city", "Lyon"))
    assert office.gate.count(PERSON, _in("Lyon")).value == 1


def _in(city: str) -> Selection:
    return Selection(filters=(Filter("city", "equals", city),))


def test_what_was_changed_is_found(office: Office) -> None:
    bulk_change.run(form(office), bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon"))
    assert office.gate.count(PERSON, Selection(search="lyon")).value == 3


def test_a_custom_field_is_changed_like_any_other(office: Office) -> None:
    define(office, "jacket")
    planned = bulk_change.plan(form(office), PERSON, ALL, "x_jacket", "XL")
    bulk_change.run(form(office), planned)
    assert values(office, "x_jacket") == {"XL"}


def test_a_value_that_a_row_cannot_have_is_refused_by_row(office: Office) -> None:
    planned = bulk_change.plan(form(office), PERSON, ALL, "last_name", None)
    assert (planned.changes, len(planned.refused)) == ((), 3)


def test_rows_out_of_the_reach_of_changes_are_refused(office: Office) -> None:
    actor = factories.granted(
        factories.grant(PERSON, "read"),
        factories.grant(PERSON, "read update", Reach.STRUCTURE, zones=frozenset({office.section})),
    )
    planned = bulk_change.plan(Gate(actor, Channel.FORM), PERSON, ALL, "city", "Lyon")
    assert len(planned.refused) == 1
    assert {c.id for c in planned.changes} == {office.eric, office.zoe}


def test_who_may_not_change_the_table_is_refused(office: Office) -> None:
    actor = factories.granted(factories.grant(PERSON, "read"))
    with pytest.raises(Forbidden):
        bulk_change.plan(Gate(actor, Channel.FORM), PERSON, ALL, "city", "Lyon")


def test_a_field_that_is_withheld_is_changed_on_no_row(office: Office) -> None:
    grant = replace(factories.grant(PERSON, "read update"), writable=frozenset({"first_name"}))
    asked = Gate(factories.granted(grant), Channel.FORM)
    planned = bulk_change.plan(asked, PERSON, ALL, "city", "Lyon")
    assert planned.changes == ()


def test_a_row_that_was_changed_meanwhile_stops_all(office: Office) -> None:
    planned = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    row = office.gate.one(PERSON, office.zoe)
    office.gate.update(PERSON, office.zoe, {"first_name": "Z"}, row.version)
    with pytest.raises(Conflict):
        bulk_change.run(form(office), planned)
    assert "Lyon" not in values(office, "city")


def test_another_value_gives_another_preview(office: Office) -> None:
    first = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    second = bulk_change.plan(form(office), PERSON, ALL, "city", "Nice")
    assert first.signature != second.signature


def test_more_rows_than_are_changed_at_once_are_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_change, "MOST", 2)
    with pytest.raises(Invalid, match="More than 2"):
        bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")


def test_a_change_is_one_entry_of_the_journal(office: Office) -> None:
    planned = bulk_change.plan(form(office), PERSON, ALL, "city", "Lyon")
    before = Entry.select().count()
    bulk_change.run(form(office), planned)
    last = Entry.select().order_by(Entry.id.desc()).get()
    assert (Entry.select().count() - before, last.kind, last.row_count) == (1, "update", 3)


def test_the_configuration_is_not_changed_in_bulk(office: Office) -> None:
    with pytest.raises(Invalid, match="one by one"):
        bulk_change.plan(form(office), "typing.choice", ALL, "available", False)
