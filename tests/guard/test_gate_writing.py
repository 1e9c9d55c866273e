"""Writing through the gate: all of it or nothing, within the reach and the fields of who writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal import journal, structure
from portal.actor import Condition
from portal.builtin.directory import Person, Structure
from portal.builtin.journal import Entry
from portal.builtin.privacy import Erased
from portal.declare import Reach
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.rows import Erasure, Filter, Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, PERSON, Office

WRITE = "read create update erase"


def attached_to(*structures: int) -> dict[str, list[dict[str, Any]]]:
    """The children of a person who is attached there."""
    return {ATTACHMENT: [{"structure": id} for id in structures]}


# --- creating


def test_a_person_made_with_an_attachment_is_in_reach(office: Office) -> None:
    gate = office.in_section(WRITE)
    made = gate.create(PERSON, {"last_name": "Neuf"}, attached_to(office.section))
    assert gate.one(PERSON, made).title == "Neuf"


def test_a_person_made_without_an_attachment_is_refused(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.in_section(WRITE).create(PERSON, {"last_name": "Neuf"})


def test_what_is_refused_leaves_nothing(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.in_section(WRITE).create(PERSON, {"last_name": "Neuf"})
    assert Person.select().where(Person.last_name == "Neuf").count() == 0


def test_a_person_out_of_reach_is_not_pulled_in_by_an_attachment(office: Office) -> None:
    with pytest.raises(Invalid):
        office.in_section(WRITE).create(
            ATTACHMENT, {"person": office.paul, "structure": office.section}
        )


def test_a_row_out_of_reach_is_refused_as_one_that_does_not_exist(office: Office) -> None:
    said = []
    for person in (office.paul, 10**9):
        with pytest.raises(Invalid) as refused:
            office.in_section(WRITE).create(
                ATTACHMENT, {"person": person, "structure": office.section}
            )
        said.append((str(refused.value), refused.value.fields))
    assert said[0] == said[1]


def test_two_profiles_do_not_add_up_to_one_that_writes(office: Office) -> None:
    zone = frozenset({office.section})
    gate = office.granted(
        factories.grant(
            ATTACHMENT,
            "read create",
            Reach.STRUCTURE,
            zones=zone,
            writable=frozenset({"person", "structure"}),
        ),
        factories.grant(
            ATTACHMENT, "read create", Reach.STRUCTURE, zones=frozenset({office.elsewhere})
        ),
        factories.grant(PERSON, "read"),
        factories.grant("directory.structure", "read"),
    )
    values = {"person": office.zoe, "structure": office.section, "ends_on": date(2027, 1, 1)}
    with pytest.raises(Forbidden):
        gate.create(ATTACHMENT, values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"last_name": ""},
        {"last_name": "a\x00"},
        {"last_name": "a" * 101},
        {"last_name": "\udfff"},
        {"last_name": 3},
        {"last_name": "A", "birth_date": "2020-01-01"},
        {"last_name": "A", "birth_date": date(1, 1, 1)},
        {"last_name": "A", "birth_date": datetime(2020, 1, 1)},
        {"last_name": "A", "active": "yes"},
        {"last_name": "A", "civility": 10**9},
    ],
)
def test_a_value_that_cannot_be_is_refused(office: Office, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        office.gate.create(PERSON, values)


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at"])
def test_nobody_writes_what_the_portal_keeps(office: Office, name: str) -> None:
    with pytest.raises(Forbidden):
        office.gate.create(PERSON, {"last_name": "A", name: 1})


@pytest.mark.parametrize("name", ["uuid", "version", "archived_at", "custom", "nowhere"])
def test_a_column_that_is_no_field_cannot_be_written(office: Office, name: str) -> None:
    with pytest.raises(NotFound):
        office.gate.create(PERSON, {"last_name": "A", name: "1"})


def test_a_number_too_large_for_its_column_is_refused(office: Office) -> None:
    outing = {"person": office.eric, "day": date(2026, 1, 1), "minutes": 2**31}
    with pytest.raises(Invalid):
        office.gate.create("activities.outing", outing)


def test_a_wrong_row_among_many_is_named(office: Office) -> None:
    with pytest.raises(Invalid, match="2"):
        office.gate.create_many(PERSON, [{"last_name": "A"}, {"last_name": ""}])


def test_a_wrong_row_among_many_stores_none(office: Office) -> None:
    with pytest.raises(Invalid):
        office.gate.create_many(PERSON, [{"last_name": "A"}, {"last_name": ""}])
    assert office.gate.count(PERSON, Selection()).value == 3


def test_a_value_that_must_be_unique_is_refused_twice(office: Office) -> None:
    account = {"code": "411", "label": "Éric"}
    office.gate.create("accounting.ledgeraccount", account)
    with pytest.raises(Invalid) as refused:
        office.gate.create("accounting.ledgeraccount", account)
    assert set(refused.value.fields) == {"code"}


def test_a_rule_over_several_fields_is_asked(office: Office) -> None:
    values = {
        "person": office.eric,
        "structure": office.section,
        "starts_on": date(2026, 2, 1),
        "ends_on": date(2026, 1, 1),
    }
    with pytest.raises(Invalid) as refused:
        office.gate.create(ATTACHMENT, values)
    assert set(refused.value.fields) == {"ends_on"}


def test_an_amount_comes_back_as_it_went(office: Office) -> None:
    fee = Decimal("123456789.01")
    values = {
        "person": office.eric,
        "season": "2026",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(9999, 12, 31),
        "fee": fee,
    }
    made = office.gate.create("members.membership", values)
    row = office.gate.one("members.membership", made)
    assert (row.values["fee"], row.values["ends_on"]) == (fee, date(9999, 12, 31))


def test_a_retired_choice_is_not_taken(office: Office) -> None:
    choice = office.gate.choice_id("directory.civilities", "m")
    office.gate.update("typing.choice", choice, {"available": False}, 1)
    office.refresh()
    with pytest.raises(Invalid):
        office.gate.create(PERSON, {"last_name": "A", "civility": choice})


def test_a_retired_choice_stays_where_it_was(office: Office) -> None:
    choice = office.gate.choice_id("directory.civilities", "m")
    office.gate.update(PERSON, office.eric, {"civility": choice}, 1)
    office.gate.update("typing.choice", choice, {"available": False}, 1)
    office.refresh()
    office.gate.update(PERSON, office.eric, {"civility": choice, "city": "Pau"}, 2)
    assert office.gate.one(PERSON, office.eric).values["city"] == "Pau"


# --- changing


def test_a_change_asks_for_the_version_that_was_read(office: Office) -> None:
    office.gate.update(PERSON, office.eric, {"city": "Pau"}, 1)
    with pytest.raises(Conflict) as refused:
        office.gate.update(PERSON, office.eric, {"city": "Tarbes"}, 1)
    assert refused.value.current_version == 2


def test_a_change_to_the_same_values_keeps_the_version(office: Office) -> None:
    office.gate.update(PERSON, office.eric, {"last_name": "Éric"}, 1)
    assert office.gate.one(PERSON, office.eric).version == 1


def test_a_changed_word_is_found_and_the_old_one_is_not(office: Office) -> None:
    office.gate.update(PERSON, office.eric, {"last_name": "Éloi"}, 1)
    found = [
        office.gate.count(PERSON, Selection(search=word)).value
        for word in ("eloi", "eric", "example")
    ]
    assert found == [1, 1, 3]


def test_a_row_out_of_reach_cannot_be_changed(office: Office) -> None:
    with pytest.raises(NotFound):
        office.in_section(WRITE).update(PERSON, office.paul, {"city": "Pau"}, 1)


def test_a_row_is_not_moved_out_of_reach(office: Office) -> None:
    gate = office.in_section(WRITE)
    row = gate.related(PERSON, office.zoe)[0].rows[0]
    with pytest.raises(Forbidden):
        gate.update(ATTACHMENT, row.id, {"structure": office.elsewhere}, row.version)


def test_a_right_without_update_changes_nothing(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.in_section("read").update(PERSON, office.zoe, {"city": "Pau"}, 1)


def test_a_table_that_is_not_read_does_not_exist_to_be_changed(office: Office) -> None:
    with pytest.raises(NotFound):
        office.in_section(WRITE, ATTACHMENT).update(PERSON, office.zoe, {"city": "Pau"}, 1)


def test_a_reason_does_not_let_change_an_archived_row(office: Office) -> None:
    Person.update(archived_at=datetime(2020, 1, 1)).where(Person.id == office.zoe).execute()
    gate = office.granted(factories.grant("*", f"{WRITE} disclose"), reason="asked")
    with pytest.raises(NotFound):
        gate.update(PERSON, office.zoe, {"city": "Pau"}, 1)


def test_a_child_of_another_parent_is_not_changed(office: Office) -> None:
    child = office.gate.related(PERSON, office.zoe)[0].rows[0]
    changes = {ATTACHMENT: [{"id": child.id, "version": 1, "ends_on": date(2026, 1, 1)}]}
    with pytest.raises(NotFound):
        office.gate.update(PERSON, office.eric, {}, 1, changes)


def test_a_child_of_another_parent_is_not_erased(office: Office) -> None:
    child = office.gate.related(PERSON, office.zoe)[0].rows[0]
    with pytest.raises(NotFound):
        office.gate.update(
            PERSON, office.eric, {}, 1, {ATTACHMENT: [{"id": child.id, "erase": True}]}
        )


def test_a_wrong_child_is_named_by_its_place(office: Office) -> None:
    children = {ATTACHMENT: [{"structure": office.section}, {"structure": 10**9}]}
    with pytest.raises(Invalid) as refused:
        office.gate.update(PERSON, office.eric, {"city": "Pau"}, 1, children)
    assert set(refused.value.fields) == {f"{ATTACHMENT}:1:structure"}


def test_a_wrong_child_undoes_its_parent(office: Office) -> None:
    with pytest.raises(Invalid):
        office.gate.update(
            PERSON, office.eric, {"city": "Pau"}, 1, {ATTACHMENT: [{"structure": 10**9}]}
        )
    assert office.gate.one(PERSON, office.eric).values["city"] == ""


def test_an_audited_change_is_told_to_who_reads_the_field(office: Office) -> None:
    office.gate.update(PERSON, office.eric, {"email": "new@example.org"}, 1)
    (change,) = office.gate.history(PERSON, office.eric)
    assert (change.field, change.old, change.new) == (
        "email",
        "eric@example.org",
        "new@example.org",
    )


def test_an_audited_change_is_not_told_on_a_row_where_the_field_is_hidden(office: Office) -> None:
    office.gate.update(PERSON, office.zoe, {"email": "new@example.org"}, 1)
    gate = office.granted(
        factories.grant(PERSON, "read", readable=frozenset({"last_name"})),
        factories.grant(PERSON, "read", Reach.OWN),
    )
    assert gate.history(PERSON, office.zoe) == ()


# --- the tree


def test_a_structure_below_itself_is_refused(office: Office) -> None:
    below = office.gate.create("directory.structure", {"name": "B", "parent": office.section})
    with pytest.raises(Invalid):
        office.gate.update("directory.structure", office.section, {"parent": below}, 1)


def test_a_second_root_is_refused(office: Office) -> None:
    with pytest.raises(Invalid):
        office.gate.create("directory.structure", {"name": "B"})


def test_a_structure_made_below_ones_own_is_in_reach(office: Office) -> None:
    gate = office.in_section(WRITE, "directory.structure")
    made = gate.create("directory.structure", {"name": "B", "parent": office.section})
    office.refresh()
    assert made in structure.current().below({office.section})


def test_a_structure_is_not_made_beside_ones_own(office: Office) -> None:
    gate = office.in_section(WRITE, "directory.structure")
    with pytest.raises(Forbidden):
        gate.create("directory.structure", {"name": "B", "parent": office.elsewhere})


def test_a_zone_without_a_path_opens_nothing(office: Office) -> None:
    Structure.update(path="").where(Structure.id == office.section).execute()
    tree = structure.Tree(dict(Structure.select(Structure.id, Structure.path).tuples()))
    assert tree.below({office.section}) == ()


# --- the journal of writes


def broken(*_given: object, **_named: object) -> None:
    """A journal that cannot be written."""
    raise RuntimeError("the journal cannot be written")


ACTS: dict[str, Callable[[Office, Erasure], object]] = {
    "create": lambda office, plan: office.gate.create(PERSON, {"last_name": "Neuf"}),
    "update": lambda office, plan: office.gate.update(PERSON, office.paul, {"last_name": "N"}, 1),
    "erase": lambda office, plan: office.gate.erase(plan),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_cannot_be_journaled_does_not_happen(
    office: Office, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    plan = office.gate.erasure(PERSON, [office.paul])
    monkeypatch.setattr(journal, "record", broken)
    with pytest.raises(RuntimeError):
        ACTS[act](office, plan)
    monkeypatch.undo()
    assert office.persons() == ["Éric", "Paul", "Zoé"]


def test_a_change_is_one_entry(office: Office) -> None:
    before = Entry.select().count()
    office.gate.update(PERSON, office.paul, {"city": "Pau"}, 1)
    last = Entry.select().order_by(Entry.id.desc()).get()
    assert (Entry.select().count() - before, last.kind, last.persons) == (
        1,
        "update",
        f"[{office.paul}]",
    )


# --- erasing


def test_an_erasure_says_what_goes_along(office: Office) -> None:
    assert office.gate.erasure(PERSON, [office.paul]).along == {ATTACHMENT: 1}


def test_an_erasure_takes_along_what_it_said(office: Office) -> None:
    office.gate.erase(office.gate.erasure(PERSON, [office.paul]))
    assert office.gate.count(ATTACHMENT, Selection()).value == 2


def test_an_erased_row_is_not_found_by_its_words(office: Office) -> None:
    office.gate.erase(office.gate.erasure(PERSON, [office.paul]))
    assert office.gate.count(PERSON, Selection(search="paul")).value == 0


def test_an_erased_row_is_known_by_its_identity_alone(office: Office) -> None:
    uuid = Person.get_by_id(office.paul).uuid
    office.gate.erase(office.gate.erasure(PERSON, [office.paul]))
    assert Erased.select().where(Erased.row_uuid == uuid).count() == 1


def test_a_row_that_others_refer_to_is_blocked(office: Office) -> None:
    office.gate.create(
        "accounting.ledgeraccount", {"code": "1", "label": "É", "person": office.eric}
    )
    plan = office.gate.erasure(PERSON, [office.eric, office.zoe])
    assert (set(plan.blocked), plan.deletable) == ({office.eric}, (office.zoe,))


def test_a_block_does_not_name_a_table_that_is_not_read(office: Office) -> None:
    office.gate.create(
        "accounting.ledgeraccount", {"code": "1", "label": "É", "person": office.eric}
    )
    gate = office.granted(factories.grant("directory.*", WRITE))
    (reasons,) = gate.erasure(PERSON, [office.eric]).blocked.values()
    assert [(str(reason), reason.table) for reason in reasons] == [
        ("Rows that you may not read refer to it", "")
    ]


def test_what_goes_along_unseen_is_counted_apart(office: Office) -> None:
    plan = office.granted(factories.grant(PERSON, WRITE)).erasure(PERSON, [office.zoe])
    assert (plan.along, plan.unseen) == ({}, 1)


def test_a_blocked_row_is_not_erased_by_a_plan_of_before(office: Office) -> None:
    plan = office.gate.erasure(PERSON, [office.eric])
    office.gate.create(
        "accounting.ledgeraccount", {"code": "1", "label": "É", "person": office.eric}
    )
    with pytest.raises(Held):
        office.gate.erase(plan)


def test_a_plan_that_no_longer_tells_all_is_refused(office: Office) -> None:
    plan = office.gate.erasure(PERSON, [office.eric])
    office.gate.create(ATTACHMENT, {"person": office.eric, "structure": office.elsewhere})
    with pytest.raises(Conflict):
        office.gate.erase(plan)


def test_who_reaches_one_structure_of_two_does_not_erase(office: Office) -> None:
    office.gate.create(ATTACHMENT, {"person": office.zoe, "structure": office.elsewhere})
    with pytest.raises(NotFound):
        office.in_section(WRITE).erasure(PERSON, [office.zoe])


def test_who_reaches_one_structure_of_two_still_changes(office: Office) -> None:
    office.gate.create(ATTACHMENT, {"person": office.zoe, "structure": office.elsewhere})
    office.in_section(WRITE).update(PERSON, office.zoe, {"city": "Pau"}, 1)
    assert office.gate.one(PERSON, office.zoe).values["city"] == "Pau"


def test_two_rights_with_a_condition_each_do_not_add_up_to_erase(office: Office) -> None:
    office.gate.create(ATTACHMENT, {"person": office.zoe, "structure": office.elsewhere})
    other = (Condition("city", "equals", "Pau"),)
    gate = office.granted(
        factories.grant(PERSON, WRITE, Reach.STRUCTURE, zones=frozenset({office.section})),
        factories.grant(
            PERSON, WRITE, Reach.STRUCTURE, zones=frozenset({office.elsewhere}), conditions=other
        ),
    )
    with pytest.raises(NotFound):
        gate.erasure(PERSON, [office.zoe])


def test_an_erasure_by_filter_takes_what_is_seen_and_may_go(office: Office) -> None:
    gate = office.in_section(WRITE)
    every = Selection(filters=(Filter("email", "contains", "example"),))
    assert set(gate.erasure(PERSON, every).deletable) == {office.eric, office.zoe}


def test_a_filter_of_an_erasure_asks_no_hidden_field(office: Office) -> None:
    gate = office.granted(
        factories.grant(PERSON, "read", readable=frozenset({"last_name"})),
        factories.grant(PERSON, "erase"),
    )
    with pytest.raises(Invalid):
        gate.erasure(PERSON, Selection(filters=(Filter("email", "contains", "zoe"),)))


@pytest.mark.parametrize("ids", [[0], [-1], [2**70], ["1"], [None]])
def test_an_erasure_of_no_row_is_answered_as_missing(office: Office, ids: list[Any]) -> None:
    with pytest.raises(NotFound):
        office.gate.erasure(PERSON, ids)


def test_a_restriction_is_not_told_to_who_may_not_disclose(office: Office) -> None:
    restrict(office, office.zoe)
    with pytest.raises(NotFound):
        office.in_section(WRITE).erasure(PERSON, [office.zoe])


def test_a_restriction_blocks_who_may_disclose(office: Office) -> None:
    restrict(office, office.zoe)
    assert set(office.gate.erasure(PERSON, [office.zoe]).blocked) == {office.zoe}


def restrict(office: Office, person: int) -> None:
    """Restrict a person's data."""
    office.gate.create(
        "privacy.restriction",
        {"person": person, "ground": "accuracy", "starts_on": date(2026, 1, 1)},
    )
    office.refresh()
