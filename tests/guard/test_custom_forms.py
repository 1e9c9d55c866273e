"""Custom forms: which one a person meets, what it shapes, what it may not leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal import catalog, customforms, form_content
from portal.actor import Actor
from portal.builtin.customforms import CREATE, EDIT, SEARCH
from portal.errors import Invalid
from portal.fields import Field
from portal.gate import Gate
from tests import factories
from tests.guard.conftest import PERSON, Office
from tests.guard.test_custom_fields import define

FORM = "typing.customform"
PLACED = "typing.customformfield"
PROFILE = "typing.customformprofile"
ACCOUNT = "typing.customformaccount"


def make(
    office: Office, name: str = "Short", placed: Any = (), left_out: str = "", **more: Any
) -> int:
    """Give the number of a custom form of persons, known to the next reading."""
    values = {"name": name, "table_name": PERSON, "form": CREATE} | more
    rows = [{"field_name": field, "position": n} for n, field in enumerate(placed)]
    rows += [{"field_name": field, "left_out": True} for field in left_out.split()]
    id = office.gate.create(FORM, values, {PLACED: rows} if rows else {})
    office.refresh()
    return id


def person(profiles: tuple[str, ...] = (), account: int = 7) -> Actor:
    return replace(factories.granted(account_id=account), profiles=profiles)


def met(actor: Actor, form: str = CREATE) -> str:
    """Give the name of the form that an actor meets; "" for the form as it ships."""
    shape = customforms.current().of(actor, PERSON, form)
    return shape.name if shape else ""


def asked(office: Office, form: str = CREATE) -> list[Field]:
    """Give the fields that a form asks of everyone."""
    table = catalog.current().table(PERSON)
    shape = customforms.current().of(person(), PERSON, form)
    return list(customforms.shaped(shape, customforms.fields_of(table, form)))


def test_without_a_custom_form_the_form_is_as_it_ships(office: Office) -> None:
    assert met(person()) == ""


def test_a_form_for_everyone_is_met_by_everyone(office: Office) -> None:
    make(office)
    assert met(person()) == "Short"


def test_it_shapes_the_form_that_it_names_alone(office: Office) -> None:
    make(office)
    assert [met(person(), form) for form in (EDIT, SEARCH)] == ["", ""]


def test_a_form_that_is_not_in_use_is_met_by_nobody(office: Office) -> None:
    make(office, available=False)
    assert met(person()) == ""


def test_a_form_for_a_profile_type_goes_before_one_for_everyone(office: Office) -> None:
    make(office, "All")
    form = make(office, "Treasurers", applies_to="profiles")
    type_ = office.gate.create(
        "accounts.profiletype", {"label_fr": "T", "slug": "money", "privileges": ""}
    )
    office.gate.create(PROFILE, {"form": form, "profile_type": type_})
    office.refresh()
    assert [met(person(("money",))), met(person(("other",)))] == ["Treasurers", "All"]


def test_a_form_for_an_account_goes_before_the_others(office: Office) -> None:
    make(office, "All")
    form = make(office, "Mine", applies_to="accounts")
    account = office.gate.create("accounts.account", {"login": "somebody"})
    office.gate.create(ACCOUNT, {"form": form, "account": account})
    office.refresh()
    assert [met(person(account=account)), met(person(account=account + 1))] == ["Mine", "All"]


def test_among_equals_the_first_by_name_is_met(office: Office) -> None:
    make(office, "Étroit")
    make(office, "Zen")
    make(office, "Daily")
    assert met(person()) == "Daily"


def test_fields_left_out_are_not_asked(office: Office) -> None:
    make(office, left_out="first_name landline")
    assert not {"first_name", "landline"} & {field.name for field in asked(office)}


def test_a_custom_field_enters_the_form_that_places_it(office: Office) -> None:
    define(office, "winch")
    before = {field.name for field in asked(office)}
    make(office, placed=["x_winch"])
    assert "x_winch" not in before
    assert asked(office)[-1].name == "x_winch"


def test_placed_fields_stand_in_their_order(office: Office) -> None:
    define(office, "winch")
    make(office, placed=["x_winch", "last_name", "first_name"])
    names = [f.name for f in asked(office)]
    assert [n for n in names if n in ("x_winch", "last_name", "first_name")] == [
        "x_winch",
        "last_name",
        "first_name",
    ]


def test_a_field_that_is_not_placed_follows_the_one_that_it_ships_after(office: Office) -> None:
    shipped = [field.name for field in asked(office)]
    after = shipped[shipped.index("first_name") + 1]
    make(office, placed=["first_name", "last_name"])
    names = [field.name for field in asked(office)]
    assert names.index(after) == names.index("first_name") + 1
    assert names.index("first_name") < names.index("last_name")


def test_a_placed_field_has_the_words_of_the_form(office: Office) -> None:
    form = make(office)
    words = {"label_fr": "Surnom", "label_en": "Nickname", "help_en": "As pilots say it."}
    office.gate.create(PLACED, {"form": form, "field_name": "first_name"} | words)
    office.refresh()
    field = next(f for f in asked(office) if f.name == "first_name")
    assert (str(field.label), str(field.help)) == ("Nickname", "As pilots say it.")


def test_all_fields_are_searched_by_until_a_form_leaves_one_out(office: Office) -> None:
    define(office, "winch")
    fields = customforms.fields_of(catalog.current().table(PERSON), SEARCH)
    whole = customforms.shaped(None, fields, searching=True)
    make(office, form=SEARCH, left_out="x_winch")
    shape = customforms.current().of(person(), PERSON, SEARCH)
    left = customforms.shaped(shape, fields, searching=True)
    assert {f.name for f in whole} - {f.name for f in left} == {"x_winch"}


def test_a_required_field_without_default_stays_in_a_creation_form(office: Office) -> None:
    with pytest.raises(Invalid, match="Last name.*nobody could make a record"):
        make(office, left_out="last_name")


def test_a_required_field_may_be_left_out_of_a_modification(office: Office) -> None:
    make(office, form=EDIT, left_out="last_name")
    assert "last_name" not in {field.name for field in asked(office, EDIT)}


@pytest.mark.parametrize(
    "wrong",
    [{"left_out": "nope"}, {"left_out": "id"}, {"table_name": "no.table"}, {"form": "other"}],
)
def test_a_form_of_what_is_not_there_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        make(office, **wrong)


def test_a_field_that_is_not_there_is_not_placed(office: Office) -> None:
    with pytest.raises(Invalid, match="nope"):
        make(office, placed=["nope"])


def test_a_field_of_a_form_is_named_by_its_label(office: Office) -> None:
    define(office, "jacket", label_fr="Blouson")
    id = make(office, placed=("x_jacket",))
    (row,) = office.gate.related(FORM, id)[0].rows
    assert row.title == "Blouson"


def test_a_field_that_vanished_stays_in_its_form_without_effect(office: Office) -> None:
    field = define(office, "winch")
    form = make(office, placed=["x_winch", "first_name"])
    office.gate.erase(office.gate.erasure("typing.customfield", [field]))
    office.refresh()
    row = office.gate.one(FORM, form)
    office.gate.update(FORM, form, {"name": "Shorter"}, row.version)
    office.refresh()
    assert met(person()) == "Shorter"
    assert "x_winch" not in {field.name for field in asked(office)}
    now = Gate(office.gate.actor, office.gate.channel)
    assert form_content.content(now, form).vanished == ("unknown field “winch”",)


def test_a_field_that_is_needed_since_it_was_left_out_is_asked(office: Office) -> None:
    field = define(office, "winch", in_forms=True)
    make(office, left_out="x_winch")
    assert "x_winch" not in {f.name for f in asked(office)}
    row = office.gate.one("typing.customfield", field)
    office.gate.update("typing.customfield", field, {"required": True}, row.version)
    office.refresh()
    assert "x_winch" in {f.name for f in asked(office)}
