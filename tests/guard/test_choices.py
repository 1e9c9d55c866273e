"""The rules of typed lists, which hold on every channel because the gate keeps them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal import choices
from portal.actor import Condition
from portal.choice import Choice
from portal.errors import Held, Invalid
from portal.i18n import language
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, PERSON, Office

CHOICE = "typing.choice"
PLAIN = "directory.civilities"
TREE = "members.validity-types"
VALIDITY = "members.validity"
ISSUED = {"issued_on": date(2026, 1, 1)}


def add(office: Office, label: str, list_name: str = PLAIN, **values: Any) -> int:
    """Make a choice and read the lists again."""
    made = office.gate.create(CHOICE, {"list_name": list_name, "label_fr": label, **values})
    office.refresh()
    return made


def stored(id: int) -> Any:
    """Give a choice as it is stored."""
    return Choice.get_by_id(id)


def change(office: Office, id: int, **values: Any) -> None:
    """Change a choice as it stands, and read the lists again."""
    office.gate.update(CHOICE, id, values, stored(id).version)
    office.refresh()


def labels(list_name: str) -> list[str]:
    return [str(option.label) for option in choices.current().of(list_name)]


# --- identifiers


def test_an_identifier_is_made_from_the_label(office: Office) -> None:
    assert stored(add(office, "Maître d’œuvre (été)")).slug == "maitre-d-oeuvre-ete"


def test_two_like_labels_get_two_identifiers(office: Office) -> None:
    add(office, "Docteur")
    assert stored(add(office, "Docteur")).slug == "docteur-2"


def test_like_labels_of_one_batch_get_two_identifiers(office: Office) -> None:
    rows = [{"list_name": PLAIN, "label_fr": "Docteur"}] * 2
    ids = office.gate.create_many(CHOICE, rows)
    assert [stored(id).slug for id in ids] == ["docteur", "docteur-2"]


def test_a_label_without_latin_letters_gets_an_identifier(office: Office) -> None:
    assert stored(add(office, "Доктор")).slug == "choice"


@pytest.mark.parametrize("slug", ["Docteur", "été", "a b", "a_b", "-a", "a/b", "a\n", "ａ"])
def test_an_identifier_of_other_characters_is_refused(office: Office, slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(office, "Docteur", slug=slug)
    assert "slug" in refused.value.fields


def test_an_identifier_that_the_list_has_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        add(office, "Autre", slug="mme")
    assert "slug" in refused.value.fields


def test_the_same_identifier_may_be_in_another_list(office: Office) -> None:
    assert stored(add(office, "Madame", "members.membership-types", slug="mme")).slug == "mme"


@pytest.mark.parametrize("values", [{"slug": "other"}, {"list_name": TREE}])
def test_identifier_and_list_do_not_change(office: Office, values: dict[str, str]) -> None:
    made = add(office, "Docteur")
    with pytest.raises(Invalid):
        change(office, made, **values)


def test_a_choice_may_be_saved_with_the_identifier_that_it_has(office: Office) -> None:
    made = add(office, "Docteur")
    change(office, made, slug="docteur", label_fr="Docteure")
    assert stored(made).label_fr == "Docteure"


def test_a_label_of_blanks_is_refused(office: Office) -> None:
    with pytest.raises(Invalid):
        add(office, "  ")


def test_a_list_that_does_not_exist_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        add(office, "Docteur", "directory.nothing")
    assert "list_name" in refused.value.fields


# --- trees


def test_a_parent_of_another_list_is_refused(office: Office) -> None:
    parent = office.gate.choice_id(PLAIN, "mme")
    with pytest.raises(Invalid) as refused:
        add(office, "Sous", TREE, parent=parent)
    assert "parent" in refused.value.fields


def test_a_list_that_is_no_tree_takes_no_parent(office: Office) -> None:
    parent = office.gate.choice_id(PLAIN, "mme")
    with pytest.raises(Invalid):
        add(office, "Sous", PLAIN, parent=parent)


def test_a_choice_below_itself_is_refused(office: Office) -> None:
    top = add(office, "Haut", TREE)
    middle = add(office, "Milieu", TREE, parent=top)
    low = add(office, "Bas", TREE, parent=middle)
    with pytest.raises(Invalid):
        change(office, top, parent=low)
    assert stored(top).parent_id is None


def test_a_choice_as_its_own_parent_is_refused(office: Office) -> None:
    top = add(office, "Haut", TREE)
    with pytest.raises(Invalid):
        change(office, top, parent=top)


def test_a_tree_shows_each_choice_below_its_parent(office: Office) -> None:
    top = add(office, "Zéro", TREE, position=-10)
    add(office, "Dessous", TREE, parent=top, position=500)
    tree = [(str(o.label), depth) for o, depth in choices.current().tree(TREE)]
    assert tree[:2] == [("Zéro", 0), ("Dessous", 1)]


def test_what_stands_below_an_unavailable_choice_is_offered(office: Office) -> None:
    top = add(office, "Haut", TREE, available=False, position=-10)
    low = add(office, "Bas", TREE, parent=top, position=-10)
    assert [(o.id, depth) for o, depth in choices.current().offered(TREE)][0] == (low, 0)


# --- order


def test_choices_stand_by_number_then_by_label_without_accents(office: Office) -> None:
    for label in ("Zoé", "Éclair", "Abc"):
        add(office, label, position=1000)
    add(office, "Premier", position=-1)
    with language("fr"):
        assert labels(PLAIN) == ["Premier", "Mme", "M.", "Abc", "Éclair", "Zoé"]


def test_ties_follow_the_language_of_the_reader(office: Office) -> None:
    add(office, "Avion", label_en="Plane", position=1000)
    add(office, "Planeur", label_en="Glider", position=1000)
    with language("en"):
        assert labels(PLAIN)[-2:] == ["Glider", "Plane"]


# --- use and erasure


def test_a_choice_in_use_is_not_erased_and_says_where(office: Office) -> None:
    member = office.gate.choice_id("directory.attachment-types", "member")
    rows = office.gate.list(ATTACHMENT, Selection()).rows
    for row in rows[:2]:
        office.gate.update(ATTACHMENT, row.id, {"kind": member}, row.version)
    with language("en"):
        (reason,) = office.gate.erasure(CHOICE, [member]).blocked[member]
        assert (reason.table, reason.count) == (ATTACHMENT, 2)
        assert str(reason).startswith("2 rows of “")


def test_a_choice_in_use_stays(office: Office) -> None:
    mme = office.gate.choice_id(PLAIN, "mme")
    office.gate.update(PERSON, office.zoe, {"civility": mme}, 1)
    plan = office.gate.erasure(CHOICE, [mme])
    assert (plan.deletable, office.gate.erase(plan)) == ((), 0)


def test_a_choice_that_was_taken_since_the_preview_stays(office: Office) -> None:
    mme = office.gate.choice_id(PLAIN, "mme")
    plan = office.gate.erasure(CHOICE, [mme])
    office.gate.update(PERSON, office.zoe, {"civility": mme}, 1)
    with pytest.raises(Held):
        office.gate.erase(plan)


def test_tables_out_of_right_are_not_named(office: Office) -> None:
    mme = office.gate.choice_id(PLAIN, "mme")
    office.gate.update(PERSON, office.zoe, {"civility": mme}, 1)
    keeper = office.granted(factories.grant(CHOICE, "read update erase"))
    (reason,) = keeper.erasure(CHOICE, [mme]).blocked[mme]
    assert (reason.table, reason.count) == ("", 0)


def test_a_choice_that_a_right_asks_for_stays(office: Office) -> None:
    profile = office.gate.create("accounts.profiletype", {"label_fr": "Trésor", "slug": "purse"})
    office.gate.create(
        "accounts.grant",
        {
            "profile_type": profile,
            "table_name": PERSON,
            "verbs": "read",
            "reach": "all",
            "conditions": "civility equals mme",
        },
    )
    mme = office.gate.choice_id(PLAIN, "mme")
    (reason,) = office.gate.erasure(CHOICE, [mme]).blocked[mme]
    assert reason.kind == "right"


def test_a_choice_that_nobody_uses_is_erased(office: Office) -> None:
    made = add(office, "Docteur")
    assert office.gate.erase(office.gate.erasure(CHOICE, [made])) == 1


def test_a_parent_is_not_erased_before_its_children(office: Office) -> None:
    top = add(office, "Haut", TREE)
    add(office, "Bas", TREE, parent=top)
    assert office.gate.erasure(CHOICE, [top]).deletable == ()


# --- availability


def test_an_unavailable_choice_is_not_offered(office: Office) -> None:
    made = add(office, "Docteur", available=False)
    assert made not in [o.id for o, _depth in choices.current().offered(PLAIN)]


def test_an_unavailable_choice_is_offered_where_it_is_set(office: Office) -> None:
    made = add(office, "Docteur", available=False)
    assert made in [o.id for o, _depth in choices.current().offered(PLAIN, made)]


def test_an_unavailable_choice_is_still_shown(office: Office) -> None:
    made = add(office, "Docteur")
    office.gate.update(PERSON, office.zoe, {"civility": made}, 1)
    change(office, made, available=False)
    assert str(office.gate.one(PERSON, office.zoe).values["civility"]) == "Docteur"


# --- the fields of a list

MONTHS = "x_members_validity_types__usual_months"


def test_a_field_of_a_list_is_written_and_read(office: Office) -> None:
    made = add(office, "Brevet", TREE, **{MONTHS: 24})
    assert office.gate.one(CHOICE, made).values[MONTHS] == 24


def test_a_field_of_a_list_takes_values_of_its_kind_only(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        add(office, "Brevet", TREE, **{MONTHS: "x"})
    assert MONTHS in refused.value.fields


def test_choices_are_filtered_by_a_field_of_their_list(office: Office) -> None:
    made = add(office, "Brevet", TREE, **{MONTHS: 24})
    found = office.gate.list(CHOICE, Selection(filters=(Filter(MONTHS, "equals", "24"),)))
    assert [row.id for row in found.rows] == [made]


# --- filters


def validities(office: Office, kind: str) -> list[str]:
    """Give the numbers of the validities that a filter by a kind finds."""
    found = office.gate.list(
        VALIDITY, Selection(filters=(Filter("kind", "equals", kind),)), ["number"]
    )
    return sorted(str(row.values["number"]) for row in found.rows)


def test_a_filter_asks_for_what_stands_below_too(office: Office) -> None:
    for slug in ("licence", "pilot-licence", "insurance"):
        kind = office.gate.choice_id(TREE, slug)
        office.gate.create(VALIDITY, {"person": office.zoe, "kind": kind, "number": slug, **ISSUED})
    assert validities(office, "licence") == ["licence", "pilot-licence"]
    assert validities(office, "pilot-licence") == ["pilot-licence"]


def test_a_condition_of_a_right_names_one_choice_alone(office: Office) -> None:
    for slug in ("licence", "pilot-licence"):
        kind = office.gate.choice_id(TREE, slug)
        office.gate.create(VALIDITY, {"person": office.zoe, "kind": kind, "number": slug, **ISSUED})
    only = (Condition("kind", "equals", "licence"),)
    keeper = office.granted(factories.grant(VALIDITY, "read", conditions=only))
    rows = keeper.list(VALIDITY, Selection(), ["number"]).rows
    assert [row.values["number"] for row in rows] == ["licence"]
