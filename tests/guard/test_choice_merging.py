"""Merging two choices: every row moves, whoever may read it, and nothing else changes."""

from __future__ import annotations

import json
from datetime import date

import pytest

from portal import choices
from portal.actor import Condition
from portal.builtin.directory import Attachment, Person
from portal.builtin.journal import Entry
from portal.choice import Choice
from portal.choice_merging import Merger, Merging
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.i18n import language
from tests import factories
from tests.guard.conftest import ATTACHMENT, PERSON, Office

CHOICE = "typing.choice"
PLAIN = "directory.civilities"
TREE = "members.validity-types"
MEMBERSHIP = "members.membership"
KEEP = "read update erase"


def add(office: Office, label: str, list_name: str = TREE, parent: int | None = None) -> int:
    """Make a choice and read the lists again."""
    row = {"list_name": list_name, "label_fr": label, "parent": parent}
    made = office.gate.create(CHOICE, row)
    office.refresh()
    return made


def called(office: Office, *persons: int) -> tuple[int, int]:
    """Call these persons "Mme", and give the numbers of "Mme" and "M."."""
    first, second = (office.gate.choice_id(PLAIN, slug) for slug in ("mme", "m"))
    for id in persons:
        office.gate.update(PERSON, id, {"civility": first}, 1)
    return first, second


def parents() -> dict[int, int | None]:
    return dict(Choice.select(Choice.id, Choice.parent).tuples())


def test_every_row_takes_the_second_choice(office: Office) -> None:
    first, second = called(office, office.eric, office.zoe)
    merger = Merger(office.gate)
    assert merger.run(merger.plan(first, second)) == 2
    named = Person.select().where(Person.civility == second).order_by(Person.id)
    assert [person.id for person in named] == [office.eric, office.zoe]


def test_the_first_choice_is_gone(office: Office) -> None:
    first, second = called(office, office.eric)
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    office.refresh()
    assert first not in choices.current().by_id


def test_a_plan_changes_nothing(office: Office) -> None:
    first, second = called(office, office.eric)
    plan = Merger(office.gate).plan(first, second)
    assert (plan.rows, Person.get_by_id(office.eric).civility_id) == ({PERSON: 1}, first)


def test_a_row_out_of_reach_moves_too_and_its_table_is_not_named(office: Office) -> None:
    first, second = called(office, office.eric)
    merger = Merger(office.granted(factories.grant(CHOICE, KEEP)))
    plan = merger.plan(first, second)
    assert (plan.rows, plan.unseen) == ({}, 1)
    merger.run(plan)
    assert Person.get_by_id(office.eric).civility_id == second


@pytest.mark.parametrize("verbs", ["read", "read update", "read erase"])
def test_who_may_not_change_and_erase_choices_merges_none(office: Office, verbs: str) -> None:
    first, second = called(office, office.eric)
    with pytest.raises(Forbidden):
        Merger(office.granted(factories.grant(CHOICE, verbs))).plan(first, second)


def test_who_keeps_one_list_merges_none_of_another(office: Office) -> None:
    first, second = called(office, office.eric)
    one_list = (Condition("list_name", "equals", TREE),)
    kept = factories.grant(CHOICE, KEEP, conditions=one_list)
    with pytest.raises(NotFound):
        Merger(office.granted(kept)).plan(first, second)


def test_a_stale_form_of_a_moved_row_is_refused(office: Office) -> None:
    first, second = called(office, office.eric)
    version = office.gate.one(PERSON, office.eric).version
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    with pytest.raises(Conflict):
        office.gate.update(PERSON, office.eric, {"last_name": "Autre"}, version)


def test_the_journal_names_the_persons_whose_rows_moved(office: Office) -> None:
    first, second = called(office, office.eric, office.zoe)
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    entry = Entry.select().where(Entry.table_name == PERSON).order_by(Entry.id.desc()).get()
    assert (entry.kind, sorted(json.loads(entry.persons))) == ("update", [office.eric, office.zoe])


def test_a_plan_that_has_changed_is_refused(office: Office) -> None:
    first, second = called(office, office.eric)
    plan = Merger(office.gate).plan(first, second)
    office.gate.update(PERSON, office.zoe, {"civility": first}, 1)
    with pytest.raises(Conflict):
        Merger(office.gate).run(plan)
    assert Person.get_by_id(office.eric).civility_id == first


def test_choices_of_two_lists_are_not_merged(office: Office) -> None:
    with pytest.raises(Invalid):
        Merger(office.gate).plan(
            office.gate.choice_id(PLAIN, "mme"), office.gate.choice_id(TREE, "licence")
        )


def test_a_choice_is_not_merged_with_itself(office: Office) -> None:
    mme = office.gate.choice_id(PLAIN, "mme")
    with pytest.raises(Invalid):
        Merger(office.gate).plan(mme, mme)


@pytest.mark.parametrize("asked", ["mme", "m"])
def test_a_choice_that_a_right_asks_for_is_not_merged(office: Office, asked: str) -> None:
    first, second = called(office, office.eric)
    profile = office.gate.create("accounts.profiletype", {"label_fr": "Trésor", "slug": "purse"})
    right = {"profile_type": profile, "table_name": PERSON, "verbs": "read", "reach": "all"}
    office.gate.create("accounts.grant", {**right, "conditions": f"civility equals {asked}"})
    plan: Merging = Merger(office.gate).plan(first, second)
    assert [blocker.kind for blocker in plan.blocked] == ["right"]
    with pytest.raises(Held):
        Merger(office.gate).run(plan)
    assert Person.get_by_id(office.eric).civility_id == first


def test_what_stood_below_the_first_stands_below_the_second(office: Office) -> None:
    first, second = add(office, "Un"), add(office, "Deux")
    low = add(office, "Bas", parent=first)
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    assert parents()[low] == second


def test_merging_into_a_choice_below_makes_no_loop(office: Office) -> None:
    top = add(office, "Haut")
    first = add(office, "Un", parent=top)
    middle = add(office, "Milieu", parent=first)
    second = add(office, "Deux", parent=middle)
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    found = parents()
    assert (found[second], found[middle]) == (top, second)


def test_rows_of_a_child_table_move(office: Office) -> None:
    first, second = (
        office.gate.choice_id("directory.attachment-types", slug) for slug in ("member", "officer")
    )
    row = Attachment.select().where(Attachment.person == office.zoe).get()
    office.gate.update(ATTACHMENT, row.id, {"kind": first}, row.version)
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    assert Attachment.get_by_id(row.id).kind_id == second


# --- history, and custom fields


def test_history_keeps_the_words_of_the_choice_that_is_gone(office: Office) -> None:
    first, second = (
        office.gate.choice_id("members.membership-types", slug) for slug in ("adult", "young")
    )
    span = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    row = office.gate.create(
        MEMBERSHIP, {"person": office.zoe, "kind": first, "season": "2026", **span}
    )
    merger = Merger(office.gate)
    merger.run(merger.plan(first, second))
    office.refresh()
    with language("fr"):
        (change,) = office.gate.history(MEMBERSHIP, row)
        told = (change.field, change.old, change.new)
    assert told == ("kind", "Membre actif", "Membre de moins de 25 ans")


def test_a_custom_field_takes_the_second_choice(office: Office) -> None:
    definition = {"table_name": PERSON, "key": "rang", "label_fr": "Rang", "kind": "choice"}
    office.gate.create("typing.customfield", {**definition, "choice_list": TREE, "position": 1})
    office.refresh()
    gate = factories.gate()
    first, second = add(office, "Un"), add(office, "Deux")
    gate.update(PERSON, office.zoe, {"x_rang": first}, 1)
    assert gate.erasure(CHOICE, [first]).deletable == ()
    merger = Merger(gate)
    assert merger.run(merger.plan(first, second)) == 1
    office.refresh()
    assert str(gate.one(PERSON, office.zoe).values["x_rang"]) == "Deux"


def test_what_else_a_row_keeps_in_custom_fields_stays(office: Office) -> None:
    for key, kind, of in (("rang", "choice", TREE), ("nom", "text", "")):
        definition = {"table_name": PERSON, "key": key, "label_fr": key, "kind": kind}
        office.gate.create("typing.customfield", {**definition, "choice_list": of})
    office.refresh()
    gate = factories.gate()
    first, second = add(office, "Un"), add(office, "Deux")
    gate.update(PERSON, office.zoe, {"x_rang": first, "x_nom": "Élan"}, 1)
    merger = Merger(gate)
    merger.run(merger.plan(first, second))
    assert gate.one(PERSON, office.zoe).values["x_nom"] == "Élan"
