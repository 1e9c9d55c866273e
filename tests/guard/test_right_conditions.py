"""The conditions of a right: checked when saved, asked by every verb, never a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal import conditions
from portal.actor import Condition
from portal.errors import Forbidden, Invalid, NotFound
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import PERSON, Office

IN_LYON = Condition("city", "equals", "Lyon")
CALLED_E = Condition("last_name", "contains", "e")
EVERY_VERB = "read create update erase export"


@pytest.fixture
def towns(office: Office) -> Office:
    """Give the office; Éric and Paul live in Lyon, Zoé in Nice."""
    for person, city in ((office.eric, "Lyon"), (office.zoe, "Nice"), (office.paul, "Lyon")):
        office.gate.update(PERSON, person, {"city": city}, 1)
    return office


def profile(office: Office) -> int:
    return office.gate.create("accounts.profiletype", {"label_fr": "Essai", "slug": "essai"})


def save(office: Office, text: str, table: str = PERSON, **more: Any) -> int:
    values = {"profile_type": profile(office), "table_name": table, "verbs": "read"}
    return office.gate.create(
        "accounts.grant", values | {"reach": "all", "conditions": text} | more
    )


def refusal(office: Office, text: str, table: str = PERSON, **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        save(office, text, table, **more)
    return {name: str(why) for name, why in refused.value.fields.items()}


# --- saving


def test_a_comparison_of_a_field_of_the_table_is_saved(office: Office) -> None:
    id = save(office, "city equals Lyon\nbirth_date before 1990-01-01")
    kept = office.gate.one("accounts.grant", id).values["conditions"]
    assert kept == "city equals Lyon\nbirth_date before 1990-01-01"


def test_a_field_that_the_table_lacks_is_refused_by_name(office: Office) -> None:
    assert "nowhere" in refusal(office, "nowhere equals 1")["conditions"]


def test_an_operator_of_another_type_is_refused(office: Office) -> None:
    assert "contains" in refusal(office, "birth_date contains 19")["conditions"]


def test_a_value_of_another_type_is_refused(office: Office) -> None:
    assert refusal(office, "birth_date before soon")["conditions"]


def test_a_condition_on_a_secret_field_is_refused(office: Office) -> None:
    assert refusal(office, "password contains a", "accounts.account")["conditions"]


def test_a_condition_over_a_module_names_a_field_of_each_of_its_tables(office: Office) -> None:
    assert "Organisation" in refusal(office, "last_name equals a", "directory.*")["conditions"]


def test_a_condition_on_a_table_that_is_not_installed_is_refused(office: Office) -> None:
    assert refusal(office, "city equals Lyon", "nowhere.thing")["conditions"]


def test_a_right_on_a_module_that_is_not_installed_is_kept(office: Office) -> None:
    assert save(office, "", "nowhere.*", readable="some field")


def test_more_than_twenty_conditions_are_refused(office: Office) -> None:
    assert refusal(office, "\n".join(["city equals a"] * 21))["conditions"]


def test_an_unknown_permission_is_refused(office: Office) -> None:
    assert "fly" in refusal(office, "", verbs="read fly")["verbs"]


@pytest.mark.parametrize("part", ["readable", "writable", "masked"])
def test_a_field_that_no_table_of_the_right_has_is_refused(office: Office, part: str) -> None:
    assert "nowhere" in refusal(office, "", **{part: "last_name nowhere"})[part]


def test_what_is_no_name_of_a_table_is_refused(office: Office) -> None:
    assert refusal(office, "", "Directory Person")["table_name"]


def test_what_is_written_is_read_back() -> None:
    kept = (IN_LYON, Condition("email", "empty", ""), Condition("city", "equals", "La Rochelle"))
    assert conditions.parse(conditions.write(kept)) == kept


# --- reading


def test_every_condition_of_a_right_holds_for_its_rows(towns: Office) -> None:
    right = factories.grant(PERSON, conditions=(IN_LYON, CALLED_E))
    assert towns.persons(towns.granted(right)) == ["Éric"]


def test_rights_with_different_conditions_add_up(towns: Office) -> None:
    nice = factories.grant(PERSON, conditions=(Condition("city", "equals", "Nice"),))
    lyon = factories.grant(PERSON, conditions=(IN_LYON, CALLED_E))
    assert towns.persons(towns.granted(nice, lyon)) == ["Éric", "Zoé"]


def test_a_field_shows_only_on_the_rows_of_the_right_that_shows_it(towns: Office) -> None:
    whole = factories.grant(PERSON, readable=frozenset({"last_name"}))
    lyon = factories.grant(PERSON, conditions=(IN_LYON,))
    rows = towns.granted(whole, lyon).list(PERSON, Selection()).rows
    assert {row.title: bool(row.values["email"]) for row in rows} == {
        "Éric": True,
        "Paul": True,
        "Zoé": False,
    }


def test_a_condition_that_cannot_be_asked_gives_no_row(towns: Office) -> None:
    right = factories.grant(PERSON, conditions=(Condition("city", "like", "Lyon"),))
    assert towns.persons(towns.granted(right)) == []


def test_a_condition_on_a_secret_field_gives_no_row(towns: Office) -> None:
    right = factories.grant(
        "accounts.account", conditions=(Condition("password", "contains", "$"),)
    )
    assert towns.granted(right).count("accounts.account", Selection()).value == 0


def test_an_export_holds_the_rows_that_meet_the_conditions(towns: Office) -> None:
    gate = towns.granted(factories.grant(PERSON, "read export", conditions=(IN_LYON,)))
    chunks = gate.export(PERSON, Selection(), ["last_name"])
    assert sorted(row[2] for _columns, rows in chunks for row in rows) == ["Paul", "Éric"]


# --- writing


def lyon_only(towns: Office, verbs: str = EVERY_VERB, **options: Any) -> Any:
    return towns.granted(factories.grant(PERSON, verbs, conditions=(IN_LYON,), **options))


def test_a_row_that_meets_the_conditions_is_created(towns: Office) -> None:
    assert lyon_only(towns).create(PERSON, {"last_name": "Léa", "city": "Lyon"})


def test_no_row_is_created_where_a_condition_does_not_hold(towns: Office) -> None:
    with pytest.raises(Forbidden, match="conditions"):
        lyon_only(towns).create(PERSON, {"last_name": "Léa", "city": "Nice"})
    assert "Léa" not in towns.persons()


def test_one_row_that_does_not_meet_the_conditions_undoes_all_of_them(towns: Office) -> None:
    rows = [{"last_name": "Léa", "city": "Lyon"}, {"last_name": "Luc", "city": "Nice"}]
    with pytest.raises(Forbidden):
        lyon_only(towns).create_many(PERSON, rows)
    assert "Léa" not in towns.persons()


def test_a_row_that_does_not_meet_the_conditions_is_not_changed(towns: Office) -> None:
    with pytest.raises(NotFound):
        lyon_only(towns).update(PERSON, towns.zoe, {"first_name": "Z"}, 2)


def test_a_row_is_not_moved_to_where_a_condition_does_not_hold(towns: Office) -> None:
    with pytest.raises(Forbidden, match="conditions"):
        lyon_only(towns).update(PERSON, towns.eric, {"city": "Nice"}, 2)
    assert towns.gate.one(PERSON, towns.eric).values["city"] == "Lyon"


def test_a_row_is_not_moved_in_to_where_a_condition_holds(towns: Office) -> None:
    with pytest.raises(NotFound):
        lyon_only(towns).update(PERSON, towns.zoe, {"city": "Lyon"}, 2)


def test_a_field_is_not_changed_so_that_only_a_right_that_may_not_write_it_remains(
    towns: Office,
) -> None:
    everywhere = factories.grant(PERSON, "read update", writable=frozenset({"first_name"}))
    lyon = factories.grant(PERSON, "read update", conditions=(IN_LYON,))
    gate = towns.granted(everywhere, lyon)
    with pytest.raises(Forbidden, match="City"):
        gate.update(PERSON, towns.eric, {"city": "Nice"}, 2)
    gate.update(PERSON, towns.zoe, {"first_name": "Z"}, 2)


def test_a_row_is_moved_from_one_right_to_another_that_lets_write_the_same(towns: Office) -> None:
    nice = Condition("city", "equals", "Nice")
    rights = [factories.grant(PERSON, "read update", conditions=(one,)) for one in (IN_LYON, nice)]
    towns.granted(*rights).update(PERSON, towns.eric, {"city": "Nice"}, 2)
    assert towns.gate.one(PERSON, towns.eric).values["city"] == "Nice"


def test_a_row_that_does_not_meet_the_conditions_is_not_erased(towns: Office) -> None:
    with pytest.raises(NotFound):
        lyon_only(towns).erasure(PERSON, [towns.zoe])


def test_to_erase_what_matches_a_filter_leaves_out_what_does_not_meet_the_conditions(
    towns: Office,
) -> None:
    wide = factories.grant(PERSON, "read")
    gate = towns.granted(wide, factories.grant(PERSON, "erase", conditions=(IN_LYON, CALLED_E)))
    found = gate.erasure(PERSON, Selection(filters=(Filter("last_name", "empty", "false"),)))
    assert {*found.deletable, *found.blocked} == {towns.eric}


def test_who_discloses_under_a_condition_learns_of_no_other_restriction(towns: Office) -> None:
    restricted = {"person": towns.zoe, "ground": "claims", "starts_on": towns.gate.today}
    towns.gate.create("privacy.restriction", restricted)
    towns.refresh()
    wide = factories.grant(PERSON, "read erase")
    lyon = factories.grant(PERSON, "disclose", conditions=(IN_LYON,))
    gate = towns.granted(wide, lyon)
    with pytest.raises(NotFound):
        gate.erasure(PERSON, [towns.zoe])
    nice = replace(lyon, conditions=(Condition("city", "equals", "Nice"),))
    assert towns.granted(wide, nice).erasure(PERSON, [towns.zoe]).blocked
