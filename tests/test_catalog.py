"""The catalog refuses a declaration that it cannot hold, with the rule and the remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from peewee import CharField, DateField, FloatField, ForeignKeyField

from portal import declare
from portal.builtin import directory
from portal.builtin.directory import Person, Structure
from portal.catalog import Catalog, LoadedPlugin, freeze
from portal.choice import Choice
from portal.declare import DataType
from portal.errors import DeclarationError, NotFound
from portal.plugins import discover


class Loan(declare.DomainModel):
    """Somebody borrows something."""

    person = ForeignKeyField(Person, backref="+")
    thing = CharField(max_length=40)
    lent_on = DateField()


class Weight(declare.DomainModel):
    """A number that the portal does not keep so."""

    person = ForeignKeyField(Person, backref="+")
    kilos = FloatField()


class Shelf(declare.DomainModel):
    """A table that refers to one that nobody declares."""

    loan = ForeignKeyField(Loan, backref="+")


class Odd(declare.DomainModel):
    """A reference with an act that the portal does not know."""

    person = ForeignKeyField(Person, on_delete="SET DEFAULT", backref="+")


LENDING = declare.Activity(
    "lending",
    (declare.Purpose("Lend", declare.LegalBasis.CONTRACT),),
    declare.Retention(declare.years(1), counted_from="lent_on"),
)
LOANS = declare.Table(
    Loan,
    label="Loans",
    activity=LENDING,
    title=("thing",),
    subject="person",
    structure="person.structures",
    personal=dict.fromkeys(("person", "thing", "lent_on"), DataType.PERSONAL_LIFE),
)


def frozen(*tables: declare.Table, **more: Any) -> Catalog:
    """A catalog with the core and one plugin."""
    loaded, _broken = discover()
    plugin = declare.Plugin("Lending", tables=tables, **more)
    return freeze([*loaded, LoadedPlugin("lending", plugin, origin="folder")])


def refusal(*tables: declare.Table, **more: Any) -> str:
    """Why the plugin is left out; empty when it is not."""
    return "".join(str(broken.why) for broken in frozen(*tables, **more).broken)


def test_a_table_is_named_after_its_plugin_and_its_model() -> None:
    assert "lending.loan" in frozen(LOANS).tables


def test_a_plugin_that_holds_is_not_refused() -> None:
    assert refusal(LOANS) == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"subject": "nobody"}, "no reference 'nobody'"),
        ({"subject": "thing"}, "no reference 'thing'"),
        ({"subject": "person.civility"}, "no reference 'civility'"),
        ({"structure": "person"}, "must end at 'directory.structure'"),
        ({"structure": "structures"}, "must end at 'directory.structure'"),
        ({"attached": ("thing",)}, "no reference 'thing'"),
        ({"subject": ""}, "has personal fields and no subject"),
        ({"activity": None}, "belongs to no activity"),
        ({"title": ("person",)}, "uses the reference 'person'"),
        ({"title": ("name",)}, "names name in `title`"),
        ({"columns": ("name",)}, "names name in `columns`"),
        ({"personal": {}}, "not classified"),
        ({"not_personal": ("thing",)}, "both personal and not personal"),
        ({"inline": ("lending.nothing",)}, "which no plugin declares"),
        ({"counted_from": "thing"}, "which is no date"),
        ({"counted_from": "person.nothing"}, "which is no date"),
        ({"secret": ("thing",), "title": ("thing",)}, "is secret"),
        ({"secret": ("thing",), "title": ("lent_on",), "searched": ("thing",)}, "is secret"),
        ({"secret": ("thing",), "title": ("lent_on",), "audited": ("thing",)}, "is secret"),
    ],
)
def test_a_declaration_that_does_not_hold_is_refused(changed: dict[str, Any], words: str) -> None:
    assert words in refusal(replace(LOANS, **changed))


def test_a_refusal_says_what_to_do() -> None:
    assert "References there: person." in refusal(replace(LOANS, subject="nobody"))


def test_a_type_that_the_portal_does_not_have_is_refused() -> None:
    table = replace(
        LOANS,
        model=Weight,
        title=(),
        counted_from="created_at",
        personal={"person": DataType.IDENTITY, "kilos": DataType.OTHER},
    )
    assert "for which the portal has no field type" in refusal(table)


def test_a_reference_to_a_table_that_nobody_declares_is_refused() -> None:
    table = declare.Table(Shelf, "Shelves", no_personal_data="Things", not_personal=("loan",))
    assert "which no plugin declares" in refusal(table)


def test_an_act_on_erasure_that_is_not_known_is_refused() -> None:
    table = replace(
        LOANS,
        model=Odd,
        title=(),
        counted_from="created_at",
        personal={"person": DataType.IDENTITY},
    )
    assert "SET DEFAULT" in refusal(table)


def test_a_hold_on_an_unknown_table_is_refused_with_those_that_exist() -> None:
    hold = declare.Hold("lending.thing", lambda _today: Loan.select(Loan.id), "Held")
    assert "Known tables: accounting.balance" in refusal(LOANS, holds=(hold,))


def test_an_activity_declared_twice_with_other_contents_is_refused() -> None:
    other = replace(LENDING, label="Other")
    assert "declared twice" in refusal(LOANS, activities=(other,))


def test_a_plugin_that_is_refused_leaves_the_others() -> None:
    assert "members.membership" in frozen(replace(LOANS, subject="nobody")).tables


def test_a_core_that_does_not_hold_stops_everything() -> None:
    wrong = replace(directory.persons, subject="nobody")
    plugin = declare.Plugin("Directory", tables=(wrong,))
    with pytest.raises(DeclarationError):
        freeze([LoadedPlugin("directory", plugin)])


@pytest.mark.parametrize("name", ["nowhere", "directory.person' OR 1", ""])
def test_an_unknown_table_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        frozen().table(name)


def test_a_table_knows_what_refers_to_it() -> None:
    incoming = {(i.table, i.field, i.act) for i in frozen(LOANS).table("directory.person").incoming}
    assert {
        ("lending.loan", "person", "blocks"),
        ("directory.attachment", "person", "goes_along"),
    } <= incoming


def test_a_choice_is_no_reference_that_people_follow() -> None:
    fields = frozen().table("directory.person").fields
    assert (fields["civility"].target, fields["civility"].type.name) == ("", "choice")


def test_the_search_leaves_secrets_out() -> None:
    assert "password" not in frozen().table("accounts.account").searched


def test_columns_that_the_portal_keeps_are_no_fields() -> None:
    hidden = {"uuid", "version", "archived_at", "custom", "last_name_key"}
    assert hidden.isdisjoint(frozen().table("directory.person").fields)


def test_a_part_of_an_activity_is_set_apart_by_its_field() -> None:
    catalog = frozen()
    parts = [(p.table.name, p.field, p.is_set) for p in catalog.parts("trainings")]
    assert ("activities.outing", "training", True) in parts


def test_the_persons_come_first_of_what_is_about_persons() -> None:
    assert frozen().about_persons()[0].model is Person


def test_the_models_of_the_core_are_declared() -> None:
    models = {table.model for table in frozen()}
    assert {Person, Structure, Choice} <= models
