"""Two persons become one: what moves, what is kept, what forbids it."""

from __future__ import annotations

from datetime import date

import pytest

from portal import duplicates, history
from portal.builtin.directory import Attachment
from portal.builtin.journal import Entry
from portal.declare import Reach
from portal.duplicates import KINDS
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.gate import Gate
from portal.models import utc_now
from portal.person_merging import PersonMerger, PersonMerging
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, PERSON, Office

EVERYTHING = "read create update erase"


def made(office: Office, **values: object) -> int:
    return office.gate.create(PERSON, {"last_name": "Zorro", "first_name": "Diego", **values})


def merged(gate: Gate, first: int, second: int, *taken: str) -> PersonMerging:
    merger = PersonMerger(gate)
    plan = merger.plan(first, second)
    merger.run(plan, taken)
    return plan


def attachments(office: Office, person: int) -> int:
    of = Selection(filters=(Filter("person", "equals", str(person)),))
    return office.gate.count(ATTACHMENT, of, exact=True).value


# --- proposals


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (0, {"birth_date": date(1980, 1, 1)}, {"birth_date": date(1980, 1, 1)}),
        (1, {"email": "Z@example.org"}, {"email": "z@example.org", "last_name": "Z"}),
        (2, {"mobile": "06 12 34 56 78"}, {"mobile": "06.12.34.56.78", "last_name": "Z"}),
    ],
)
def test_persons_alike_are_proposed(
    office: Office, kind: int, one: dict[str, object], other: dict[str, object]
) -> None:
    pair = {made(office, **one), made(office, **other)}
    groups, _more = duplicates.groups(office.gate, KINDS[kind], 0)
    assert [{row.id for row in group.rows} for group in groups] == [pair]


def test_empty_values_make_nobody_alike(office: Office) -> None:
    made(office, last_name="A")
    made(office, last_name="B")
    assert [duplicates.groups(office.gate, kind, 0)[0] for kind in KINDS] == [[], [], [], []]


def test_a_value_that_one_may_not_read_proposes_nobody(office: Office) -> None:
    made(office, email="z@example.org")
    made(office, email="z@example.org")
    shown = frozenset({"last_name", "first_name"})
    gate = office.granted(factories.grant(PERSON, "read update erase", readable=shown))
    assert duplicates.groups(gate, KINDS[1], 0) == ([], False)


# --- merging


def test_every_row_moves_to_the_person_who_stays(office: Office) -> None:
    first, second = made(office), made(office)
    for person in (first, first, second):
        office.gate.create(ATTACHMENT, {"person": person, "structure": office.section})
    plan = merged(office.gate, first, second)
    assert (dict(plan.rows), attachments(office, second)) == ({ATTACHMENT: 2}, 3)


def test_who_administers_a_structure_merges_persons_in_it(office: Office) -> None:
    first, second = made(office), made(office)
    for person in (first, second):
        office.gate.create(ATTACHMENT, {"person": person, "structure": office.section})
    merged(office.in_section(EVERYTHING), first, second)
    assert attachments(office, second) == 2


@pytest.mark.parametrize("whole", [True, False])
def test_archived_rows_move_with_their_person(office: Office, whole: bool) -> None:
    first, second = made(office), made(office)
    for person in (first, first, second):
        office.gate.create(ATTACHMENT, {"person": person, "structure": office.section})
    row = Attachment.select().where(Attachment.person == first).get()
    Attachment.update(archived_at=utc_now()).where(Attachment.id == row.id).execute()
    merged(office.gate if whole else office.in_section(EVERYTHING), first, second)
    moved = Attachment.get_by_id(row.id)
    assert (moved.person_id, moved.archived_at is None) == (second, False)


def test_the_first_person_is_gone(office: Office) -> None:
    first, second = made(office), made(office)
    merged(office.gate, first, second)
    with pytest.raises(NotFound):
        office.gate.one(PERSON, first)


def test_the_chosen_values_are_kept(office: Office) -> None:
    first = made(office, city="Lyon", profession="Pilote")
    second = made(office, city="Nantes", profession="Fauconnier")
    merged(office.gate, first, second, "city")
    values = office.gate.one(PERSON, second).values
    assert (values["city"], values["profession"]) == ("Lyon", "Fauconnier")


def test_a_value_is_proposed_where_the_other_has_none(office: Office) -> None:
    first, second = made(office, city="Lyon", notes="A"), made(office, notes="B")
    plan = PersonMerger(office.gate).plan(first, second)
    found = {d.field.name: d.takes_first for d in plan.differences}
    assert found == {"city": True, "notes": False}


def test_the_history_of_both_is_told_of_the_one_who_stays(office: Office) -> None:
    first, second = made(office), made(office)
    office.gate.update(PERSON, first, {"last_name": "Zorra"}, 1)
    merged(office.gate, first, second)
    assert [(c.old, c.new) for c in history.of(PERSON, second)] == [("Zorro", "Zorra")]


def test_a_merge_is_journaled_with_both(office: Office) -> None:
    first, second = made(office), made(office)
    merged(office.gate, first, second)
    last = Entry.select().order_by(Entry.id.desc()).get()
    assert (last.kind, last.persons) == ("update", f"[{first},{second}]")


def test_who_stays_is_found_by_the_words_that_were_kept(office: Office) -> None:
    first, second = made(office, city="Quetzaltenango"), made(office)
    merged(office.gate, first, second, "city")
    rows = office.gate.list(PERSON, Selection(search="quetzal")).rows
    assert [row.id for row in rows] == [second]


# --- what forbids it


def test_a_person_is_not_merged_with_themselves(office: Office) -> None:
    with pytest.raises(Invalid):
        PersonMerger(office.gate).plan(office.eric, office.eric)


@pytest.mark.parametrize("verbs", ["read update", "read erase"])
def test_a_merge_needs_to_change_and_to_erase_persons(office: Office, verbs: str) -> None:
    gate = office.granted(factories.grant(PERSON, verbs))
    with pytest.raises(Forbidden):
        PersonMerger(gate).plan(made(office), made(office))


def test_a_merge_needs_the_right_on_every_table_that_moves(office: Office) -> None:
    first, second = made(office), made(office)
    office.gate.create(ATTACHMENT, {"person": first, "structure": office.section})
    gate = office.granted(
        factories.grant(PERSON, "read update erase"), factories.grant(ATTACHMENT, "read")
    )
    with pytest.raises(Forbidden, match="all the rows of “Attachments”"):
        PersonMerger(gate).plan(first, second)


def test_a_table_that_one_may_not_read_is_not_named(office: Office) -> None:
    first, second = made(office), made(office)
    office.gate.create(ATTACHMENT, {"person": first, "structure": office.section})
    gate = office.granted(factories.grant(PERSON, "read update erase"))
    with pytest.raises(Forbidden, match="Rows that you may not read"):
        PersonMerger(gate).plan(first, second)


def test_both_persons_must_lie_wholly_in_reach(office: Office) -> None:
    first, second = made(office), made(office)
    for structure in (office.section, office.elsewhere):
        office.gate.create(ATTACHMENT, {"person": first, "structure": structure})
    office.gate.create(ATTACHMENT, {"person": second, "structure": office.section})
    with pytest.raises(NotFound):
        PersonMerger(office.in_section(EVERYTHING)).plan(first, second)


@pytest.mark.parametrize("held", [0, 1])
def test_a_legal_hold_on_one_of_them_forbids_it(office: Office, held: int) -> None:
    both = made(office), made(office)
    hold = {"person": both[held], "reason": "Dispute", "review_on": date(2099, 1, 1)}
    office.gate.create("privacy.legalhold", hold)
    plan = PersonMerger(office.gate).plan(*both)
    with pytest.raises(Held, match="legal hold"):
        PersonMerger(office.gate).run(plan, ())


def test_what_changed_since_it_was_looked_at_is_looked_at_again(office: Office) -> None:
    first, second = made(office), made(office)
    plan = PersonMerger(office.gate).plan(first, second)
    office.gate.create(ATTACHMENT, {"person": first, "structure": office.section})
    with pytest.raises(Conflict):
        PersonMerger(office.gate).run(plan, ())


def test_a_refused_merge_moves_nothing(office: Office) -> None:
    first, second = made(office, email="z@example.org"), made(office)
    office.gate.create(ATTACHMENT, {"person": first, "structure": office.section})
    plan = PersonMerger(office.gate).plan(first, second)
    with pytest.raises(Invalid):
        PersonMerger(office.gate).run(plan, ("id",))
    assert attachments(office, first) == 1


def test_what_moves_lies_in_reach_afterwards(office: Office) -> None:
    gate = office.granted(
        factories.grant(PERSON, "read update erase"),
        factories.grant(ATTACHMENT, "read update", Reach.OWN),
    )
    plan = PersonMerger(gate).plan(office.eric, office.zoe)
    with pytest.raises(Forbidden, match="out of your reach"):
        PersonMerger(gate).run(plan, ())
    assert attachments(office, office.eric) == 1
