"""Access codes close fields and records to the accounts that do not hold them, on every channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from portal import codes, counts
from portal.accounts import profiles, sessions
from portal.actor import Actor, Origin
from portal.builtin.accounts import CodedRow
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.fieldtypes import MASKED
from portal.gate import Gate
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, PERSON, TODAY, Office


@dataclass
class Vault:
    """The office, with a code on Zoé's record and one on the field e-mail."""

    office: Office
    record: int
    field: int

    def gate(self, *held: int, **options: Any) -> Gate:
        """A gate with every right, for an account that holds these codes."""
        actor = factories.granted(
            factories.grant("*", "read create update erase export import execute", **options)
        )
        return Gate(replace(actor, codes=frozenset(held)), Channel.LIST, today=TODAY)

    def persons(self, *held: int) -> list[str]:
        return self.office.persons(self.gate(*held))


@pytest.fixture
def vault(office: Office) -> Vault:
    """Give an office where something is kept under a code."""
    record, field = office.gate.create_many(
        "accounts.accesscode",
        [{"label_fr": "Dossiers", "slug": "files"}, {"label_fr": "Adresses", "slug": "mail"}],
    )
    office.gate.create(
        "accounts.codedrow", {"table_name": PERSON, "row": office.zoe, "code": record}
    )
    office.gate.create(
        "accounts.codedfield", {"table_name": PERSON, "field": "email", "code": field}
    )
    office.refresh()
    return Vault(office, record, field)


# --- records


def test_a_record_with_a_code_is_not_there_without_it(vault: Vault) -> None:
    assert vault.persons() == ["Éric", "Paul"]


def test_a_record_with_a_code_is_there_for_who_holds_it(vault: Vault) -> None:
    assert vault.persons(vault.record) == ["Éric", "Paul", "Zoé"]


def test_another_code_does_not_open_the_record(vault: Vault) -> None:
    assert vault.persons(vault.field) == ["Éric", "Paul"]


def test_a_record_with_two_codes_opens_to_who_holds_both(vault: Vault) -> None:
    more = {"table_name": PERSON, "row": vault.office.zoe, "code": vault.field}
    vault.office.gate.create("accounts.codedrow", more)
    vault.office.refresh()
    assert "Zoé" not in vault.persons(vault.record)
    assert "Zoé" in vault.persons(vault.record, vault.field)


def test_a_process_of_the_portal_is_not_held_up(vault: Vault) -> None:
    assert "Zoé" in vault.office.persons()


def test_a_record_with_a_code_has_no_sheet(vault: Vault) -> None:
    with pytest.raises(NotFound):
        vault.gate().one(PERSON, vault.office.zoe)


def test_a_record_with_a_code_is_not_counted(vault: Vault) -> None:
    assert vault.gate().count(PERSON, Selection()).value == 2


def test_a_count_is_not_remembered_for_who_holds_other_codes(vault: Vault) -> None:
    keys = [
        counts.key(gate.scope(PERSON, Verb.READ), Selection())
        for gate in (vault.gate(), vault.gate(vault.record))
    ]
    assert keys[0] != keys[1]


def test_a_record_with_a_code_is_not_found(vault: Vault) -> None:
    assert vault.gate().list(PERSON, Selection(search="Zoé")).rows == ()


def test_a_record_with_a_code_is_not_exported(vault: Vault) -> None:
    chunks = vault.gate().export(PERSON, Selection(), ["last_name"])
    assert sum(len(rows) for _columns, rows in chunks) == 2


def test_the_title_of_a_record_with_a_code_is_not_told(vault: Vault) -> None:
    only = Selection(sort="id")
    rows = vault.gate().list(ATTACHMENT, only, ["person"]).rows
    assert [str(row.values["person"]) for row in rows] == ["Éric", "(not accessible)", "Paul"]


def test_a_record_with_a_code_is_not_changed(vault: Vault) -> None:
    with pytest.raises(NotFound):
        vault.gate().update(PERSON, vault.office.zoe, {"first_name": "Z"}, 1)


def test_a_record_with_a_code_is_changed_by_who_holds_it(vault: Vault) -> None:
    vault.gate(vault.record).update(PERSON, vault.office.zoe, {"first_name": "Z"}, 1)
    assert vault.office.gate.one(PERSON, vault.office.zoe).values["first_name"] == "Z"


def test_a_record_with_a_code_is_not_erased(vault: Vault) -> None:
    with pytest.raises(NotFound):
        vault.gate().erasure(PERSON, [vault.office.zoe])


def test_no_row_refers_to_a_record_with_a_code_that_lacks(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.gate().create(
            ATTACHMENT, {"person": vault.office.zoe, "structure": vault.office.elsewhere}
        )


def test_the_codes_of_an_erased_record_go_with_it(vault: Vault) -> None:
    gate = vault.office.gate
    (attachment,) = gate.list(
        ATTACHMENT, Selection(filters=(Filter("person", "equals", str(vault.office.zoe)),))
    ).rows
    gate.erase(gate.erasure(ATTACHMENT, [attachment.id]))
    gate.erase(gate.erasure(PERSON, [vault.office.zoe]))
    assert CodedRow.select().count() == 0


# --- fields


def test_a_field_with_a_code_is_not_there_without_it(vault: Vault) -> None:
    assert "email" not in vault.gate().one(PERSON, vault.office.eric).values


def test_a_field_with_a_code_is_there_for_who_holds_it(vault: Vault) -> None:
    row = vault.gate(vault.field).one(PERSON, vault.office.eric)
    assert row.values["email"] == "eric@example.org"


def test_a_masked_field_with_a_code_does_not_even_show_dots(vault: Vault) -> None:
    gate = vault.gate(masked=frozenset({"email", "city"}))
    values = gate.one(PERSON, vault.office.eric).values
    assert (values.get("email"), values["city"]) == (None, MASKED)


def test_a_field_with_a_code_is_not_filtered_by(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.gate().list(PERSON, Selection(filters=(Filter("email", "contains", "eric"),)))


def test_a_field_with_a_code_is_not_sorted_by(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.gate().list(PERSON, Selection(sort="email"))


def test_the_words_of_a_field_with_a_code_are_not_found(vault: Vault) -> None:
    asked = Selection(search="example")
    assert vault.gate().list(PERSON, asked).rows == ()
    assert len(vault.gate(vault.field).list(PERSON, asked).rows) == 2


def test_a_field_with_a_code_is_not_exported(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.gate().export(PERSON, Selection(), ["email"])


def test_a_field_with_a_code_is_not_written(vault: Vault) -> None:
    with pytest.raises(Forbidden):
        vault.gate().update(PERSON, vault.office.eric, {"email": "x@example.org"}, 1)


def test_former_values_of_a_field_with_a_code_are_not_told(vault: Vault) -> None:
    vault.office.gate.update(PERSON, vault.office.eric, {"email": "new@example.org"}, 1)
    for held, told in (((), 0), ((vault.field,), 1)):
        gate = vault.gate(*held)
        found = [c for c in gate.history(PERSON, vault.office.eric) if c.field == "email"]
        listed = gate.list("history.change", Selection()).rows
        assert (len(found), len(listed)) == (told, told)


def test_a_row_named_by_a_field_with_a_code_keeps_its_number(vault: Vault) -> None:
    more = {"table_name": PERSON, "field": "last_name", "code": vault.field}
    vault.office.gate.create("accounts.codedfield", more)
    vault.office.refresh()
    assert not {"Éric", "Paul"} & set(vault.persons())


# --- setting them


@pytest.mark.parametrize("name", ["nowhere", "id", "password"])
def test_no_code_is_set_on_a_field_that_there_is_not(vault: Vault, name: str) -> None:
    table = "accounts.account" if name == "password" else PERSON
    values = {"table_name": table, "field": name, "code": vault.field}
    with pytest.raises(Invalid):
        vault.office.gate.create("accounts.codedfield", values)


def test_no_code_is_set_on_a_table_that_there_is_not(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.office.gate.create(
            "accounts.codedrow", {"table_name": "a.b", "row": 1, "code": vault.field}
        )


def test_a_code_that_is_taken_off_closes_nothing(vault: Vault) -> None:
    gate = vault.office.gate
    row = gate.list("accounts.codedrow", Selection()).rows[0]
    gate.erase(gate.erasure("accounts.codedrow", [row.id]))
    vault.office.refresh()
    assert "Zoé" in vault.persons()


def test_an_account_carries_its_codes(vault: Vault) -> None:
    gate = vault.office.gate
    account = profiles.create_account(
        gate, "zelda", factories.PASSWORD, profiles=[("member", None)]
    )
    assert sessions.load_actor(account, Origin()).codes == frozenset()
    gate.create("accounts.codeheld", {"account": account, "code": vault.record})
    assert sessions.load_actor(account, Origin()).codes == {vault.record}


def test_a_code_in_use_is_not_erased(vault: Vault) -> None:
    gate = vault.office.gate
    assert gate.erasure("accounts.accesscode", [vault.record]).blocked


def test_no_code_adds_nothing_to_a_statement(office: Office) -> None:
    assert codes.in_force() is codes.NONE
    scope = Gate(Actor("x", (factories.grant("*"),), account=1), Channel.LIST).scope(
        PERSON,
        Verb.READ,
    )
    assert codes.codes_of_row_held(scope, PERSON) is None


def test_codes_are_read_once_for_each_configuration(vault: Vault) -> None:
    assert codes.in_force() is codes.in_force()


# --- who sets codes, on every channel

ROWS, FIELDS, CODE = "accounts.codedrow", "accounts.codedfield", "accounts.accesscode"


def setter(vault: Vault, *held: int, level: int = 60, tables: str = "*") -> Gate:
    """Give a gate that sets codes, for an account that holds these ones and reads these tables."""
    actor = factories.granted(
        factories.grant("accounts.*", "read create update erase"), factories.grant(tables)
    )
    return Gate(replace(actor, codes=frozenset(held), level=level), Channel.API, today=TODAY)


@pytest.mark.parametrize("level", [0, 60])
def test_nobody_puts_a_code_that_they_do_not_hold(vault: Vault, level: int) -> None:
    gate = setter(vault, vault.record, level=level)
    with pytest.raises(Invalid):
        gate.create(ROWS, {"table_name": PERSON, "row": vault.office.paul, "code": vault.field})
    with pytest.raises(Invalid):
        gate.create(FIELDS, {"table_name": PERSON, "field": "mobile", "code": vault.field})


def test_who_holds_a_code_puts_it(vault: Vault) -> None:
    gate = setter(vault, vault.field)
    gate.create(ROWS, {"table_name": PERSON, "row": vault.office.paul, "code": vault.field})
    gate.create(FIELDS, {"table_name": PERSON, "field": "mobile", "code": vault.field})
    assert CodedRow.select().where(CodedRow.row == vault.office.paul).count() == 1


@pytest.mark.parametrize("level", [0, 60])
def test_nobody_takes_off_a_code_that_they_do_not_hold(vault: Vault, level: int) -> None:
    gate = setter(vault, level=level)
    (row,) = gate.list(ROWS, Selection()).rows
    with pytest.raises(Invalid):
        gate.erase(gate.erasure(ROWS, [row.id]))
    with pytest.raises(Invalid):
        gate.update(ROWS, row.id, {"row": vault.office.paul}, row.version)


def test_a_code_is_not_exchanged_for_one_that_they_do_not_hold(vault: Vault) -> None:
    gate = setter(vault, vault.record)
    (row,) = gate.list(ROWS, Selection()).rows
    with pytest.raises(Invalid):
        gate.update(ROWS, row.id, {"code": vault.field}, row.version)


def test_no_code_is_put_on_a_record_out_of_reach(vault: Vault) -> None:
    gate = setter(vault, vault.field)  # which does not hold the code of Zoé's record
    with pytest.raises(Invalid):
        gate.create(ROWS, {"table_name": PERSON, "row": vault.office.zoe, "code": vault.field})


def test_no_code_is_put_on_a_table_out_of_reach(vault: Vault) -> None:
    gate = setter(vault, vault.field, tables="members.*")
    with pytest.raises(Invalid):
        gate.create(ROWS, {"table_name": PERSON, "row": vault.office.paul, "code": vault.field})
    with pytest.raises(Invalid):
        gate.create(FIELDS, {"table_name": PERSON, "field": "mobile", "code": vault.field})


def test_no_code_is_put_on_what_the_portal_is_made_of(vault: Vault) -> None:
    with pytest.raises(Invalid):
        vault.office.gate.create(
            ROWS, {"table_name": CODE, "row": vault.record, "code": vault.record}
        )
