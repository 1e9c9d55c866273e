"""Identifiers are made by the gate, of formulas, and numbered without a gap or a duplicate."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from portal import catalog, identifying
from portal.actor import Grant, process
from portal.builtin.directory import Person
from portal.builtin.identifiers import Numbering
from portal.database import proxy
from portal.declare import Reach, Verb
from portal.errors import Forbidden, Invalid
from portal.rows import Filter, Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, EVERY, PERSON, TODAY, Office

WRITTEN = "typing.identifier"
MEMBERSHIP = "members.membership"


def write(office: Office, kind: str, formula: str = "", table: str = PERSON, **more: str) -> int:
    """Give a formula, as an administrator does, and let the next request begin."""
    values = {"table_name": table, "kind": kind, "formula": formula, "syntax": "jinja"}
    id = office.gate.create(WRITTEN, values | more)
    office.refresh()
    return id


def person(office: Office, name: str = "Nouvelle", **values: object) -> int:
    return office.gate.create(PERSON, {"last_name": name} | values)


def value(office: Office, id: int, name: str = "identifier", table: str = PERSON) -> object:
    return office.gate.one(table, id).values[name]


def remake(office: Office, table: str = PERSON, *, anew: bool = True) -> list[identifying.Part]:
    """Make every identifier of a table again."""
    known = catalog.current()
    bound = identifying.restart(known.table(table)) if anew else 0
    parts, after = [], 0
    while True:
        part = identifying.remake(known, process("test"), table, after, numbered_to=bound)
        if not part.rows:
            return parts
        parts.append(part)
        after = part.last


# --- formulas


def test_a_table_ships_with_an_external_identifier(office: Office) -> None:
    assert value(office, office.zoe) == f"P{office.zoe:05d}"


def test_an_identifier_is_made_when_a_row_is_created(office: Office) -> None:
    write(office, "identifier", "OA-{{ last_name|slug }}")
    assert value(office, person(office, "Élodie Œuvre")) == "OA-elodie-oeuvre"


def test_the_simple_syntax_makes_an_identifier(office: Office) -> None:
    write(office, "identifier", "OA-{city}", syntax="simple")
    assert value(office, person(office, city="Albi")) == "OA-Albi"


def test_an_identifier_follows_its_row(office: Office) -> None:
    write(office, "identifier", "{{ last_name }}")
    id = person(office)
    office.gate.update(PERSON, id, {"last_name": "Autre"}, 1)
    assert value(office, id) == "Autre"


def test_a_change_of_something_else_leaves_it(office: Office) -> None:
    office.gate.update(PERSON, office.zoe, {"city": "Albi"}, 1)
    assert value(office, office.zoe) == f"P{office.zoe:05d}"


def test_an_identifier_of_nothing_is_none(office: Office) -> None:
    write(office, "identifier", "{{ city }}")
    assert [value(office, person(office)), value(office, person(office))] == [None, None]


def test_a_full_identifier_uses_the_external_one(office: Office) -> None:
    write(office, "full_identifier", "{{ identifier }} {{ last_name|upper }}")
    id = person(office)
    assert value(office, id, "full_identifier") == f"P{id:05d} NOUVELLE"


def test_a_formula_uses_the_identifier_of_what_a_row_refers_to(office: Office) -> None:
    write(office, "identifier", "{{ person.identifier }}/{{ season }}", MEMBERSHIP)
    values = {"person": office.zoe, "season": "2026", "starts_on": TODAY, "ends_on": TODAY}
    id = office.gate.create(MEMBERSHIP, values)
    assert value(office, id, table=MEMBERSHIP) == f"P{office.zoe:05d}/2026"


def test_a_choice_is_written_by_its_slug(office: Office) -> None:
    write(office, "full_identifier", "{{ kind }} {{ kind.label }}", "directory.structure")
    kind = office.gate.choice_id("directory.structure-types", "section")
    values = {"name": "Parachutisme", "parent": office.root, "kind": kind}
    id = office.gate.create("directory.structure", values)
    assert value(office, id, "full_identifier", "directory.structure") == "section Section"


def test_two_rows_do_not_share_an_external_identifier(office: Office) -> None:
    write(office, "identifier", "{{ last_name }}")
    person(office)
    with pytest.raises(Invalid, match="External identifier"):
        person(office)


def test_an_identifier_is_not_endless(office: Office) -> None:
    write(office, "identifier", "{{ last_name }}" * 5)
    with pytest.raises(Invalid, match="more than 200 characters"):
        person(office, "x" * 60)


@pytest.mark.parametrize("name", ["identifier", "full_identifier", "custom_index"])
def test_nobody_writes_an_identifier_by_hand(office: Office, name: str) -> None:
    gate = office.granted(Grant("*", EVERY, Reach.ALL))
    with pytest.raises(Forbidden):
        gate.create(PERSON, {"last_name": "Nouvelle", name: 7})


def test_a_row_is_found_by_its_identifier(office: Office) -> None:
    wanted = (Filter("identifier", "equals", f"P{office.zoe:05d}"),)
    rows = office.gate.list(PERSON, Selection(filters=wanted)).rows
    assert [row.id for row in rows] == [office.zoe]


def test_an_identifier_is_searched_sorted_and_exported(office: Office) -> None:
    gate, text = office.gate, f"P{office.zoe:05d}"
    assert [row.id for row in gate.list(PERSON, Selection(search=text)).rows] == [office.zoe]
    rows = gate.list(PERSON, Selection(sort="identifier", descending=True)).rows
    assert rows[0].id == max(office.eric, office.zoe, office.paul)
    chunks = gate.export(PERSON, Selection(search=text), ["identifier"])
    assert [column.load(row) for columns, rows in chunks for row in rows for column in columns] == [
        text
    ]


def test_many_rows_get_their_identifiers_at_once(office: Office) -> None:
    ids = office.gate.create_many(PERSON, [{"last_name": f"N{n}"} for n in range(20)])
    assert [value(office, id) for id in ids] == [f"P{id:05d}" for id in ids]


def test_what_is_made_of_a_field_is_shown_where_that_field_is(office: Office) -> None:
    write(office, "identifier", "{{ city }}-{{ id }}")
    id = person(office, city="Albi")
    readable = frozenset({"last_name", "identifier"})
    gate = office.granted(Grant("*", frozenset({Verb.READ}), Reach.ALL, readable=readable))
    assert "identifier" not in gate.one(PERSON, id).values


# --- what is refused at save


@pytest.mark.parametrize(
    ("kind", "formula", "why"),
    [
        ("identifier", "{{ lost }}", "Line 1, column 4: there is no variable “lost”"),
        ("identifier", "{{ last_name() }}", "Line 1, column 13: formulas call nothing"),
        ("identifier", "{% for a in b %}", "Line 1, column 4"),
        ("identifier", "{{ identifier }}", "made of each other"),
        ("full_identifier", "{{ full_identifier }}", "made of each other"),
        ("custom_index", "{{ id }}", "keys and no formula"),
        ("identifier", "{{ person.last_name }}", "no variable"),
    ],
)
def test_a_formula_that_cannot_be_held_is_refused(
    office: Office, kind: str, formula: str, why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        write(office, kind, formula)


def test_identifiers_in_a_ring_are_refused(office: Office) -> None:
    write(office, "full_identifier", "{{ identifier }}")
    with pytest.raises(Invalid, match="made of each other"):
        write(office, "identifier", "{{ full_identifier }}")


def test_a_fixed_identifier_stays(office: Office) -> None:
    with pytest.raises(Invalid, match="is fixed"):
        write(office, "identifier", "{{ id }}", "accounting.ledgeraccount")


@pytest.mark.parametrize("table", ["directory.attachment", "nothing.here"])
def test_a_table_without_identifiers_gets_none(office: Office, table: str) -> None:
    with pytest.raises(Invalid):
        write(office, "identifier", "{{ id }}", table)


@pytest.mark.parametrize("keys", ["identifier", "lost", "last_name lost"])
def test_rows_are_numbered_within_fields_that_there_are(office: Office, keys: str) -> None:
    with pytest.raises(Invalid, match="numbered within"):
        write(office, "custom_index", keys=keys)


def test_protected_and_sensitive_fields_are_no_variables(office: Office) -> None:
    table = office.gate.catalog.table("members.validity")
    found = identifying.identifiers.variables(office.gate.catalog, table)
    assert "medical_class" not in found


# --- the custom index


def test_rows_are_numbered_within_their_keys(office: Office) -> None:
    write(office, "custom_index", keys="city")
    ids = [person(office, city=city) for city in ("Albi", "Gap", "Albi")]
    assert [value(office, id, "custom_index") for id in ids] == [1, 1, 2]


def test_rows_written_at_once_are_numbered_in_order(office: Office) -> None:
    write(office, "custom_index")
    ids = office.gate.create_many(PERSON, [{"last_name": f"N{n}"} for n in range(5)])
    assert [value(office, id, "custom_index") for id in ids] == [1, 2, 3, 4, 5]


def test_a_row_that_changes_its_key_gets_another_number(office: Office) -> None:
    write(office, "custom_index", keys="city")
    ids = [person(office, city=city) for city in ("Gap", "Albi", "Albi")]
    office.gate.update(PERSON, ids[2], {"city": "Gap"}, 1)
    assert value(office, ids[2], "custom_index") == 2


def test_a_row_that_is_refused_takes_no_number(office: Office) -> None:
    write(office, "custom_index")
    gate = office.in_section("read create")
    with pytest.raises(Forbidden):
        gate.create(PERSON, {"last_name": "Dehors"})
    assert value(office, person(office), "custom_index") == 1


def test_the_number_of_an_erased_row_is_not_given_again(office: Office) -> None:
    write(office, "custom_index")
    first = person(office)
    office.gate.erase(office.gate.erasure(PERSON, [first]))
    assert value(office, person(office), "custom_index") == 2


def test_a_formula_uses_the_number(office: Office) -> None:
    write(office, "custom_index", keys="city")
    write(office, "identifier", "{{ city }}-{{ custom_index|pad(3) }}")
    ids = [person(office, city="Albi"), person(office, city="Albi")]
    assert [value(office, id) for id in ids] == ["Albi-001", "Albi-002"]


def test_counters_keep_no_value_of_a_row(office: Office) -> None:
    write(office, "custom_index", keys="last_name")
    person(office, "Zylberstein")
    kept = list(Numbering.select().dicts())
    assert "Zylberstein" not in str(kept)


def test_eight_writers_leave_no_gap_and_no_duplicate(office: Office) -> None:
    write(office, "custom_index", keys="city")
    failures = in_threads(8, lambda: [person(office, city="Albi") for _number in range(6)])
    wanted = (Filter("city", "equals", "Albi"),)
    rows = office.gate.list(PERSON, Selection(filters=wanted, page_size=100)).rows
    numbers = sorted(row.values["custom_index"] for row in rows)
    assert (failures, numbers) == ([], list(range(1, 49)))


def in_threads(count: int, act: Callable[[], object]) -> list[BaseException]:
    """Do the same in many threads; what failed."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            proxy.close()

    threads = [threading.Thread(target=work) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


# --- all rows again


def test_rows_of_before_get_what_was_written_since(office: Office) -> None:
    write(office, "identifier", "{{ last_name|slug }}")
    remake(office)
    assert value(office, office.zoe) == "zoe"


def test_rows_of_before_are_numbered_in_their_order(office: Office) -> None:
    write(office, "custom_index")
    last = person(office)
    remake(office)
    ids = [office.eric, office.zoe, office.paul, last, person(office)]
    assert [value(office, id, "custom_index") for id in ids] == [1, 2, 3, 4, 5]


def test_making_them_again_leaves_versions(office: Office) -> None:
    write(office, "identifier", "{{ last_name|slug }}")
    remake(office)
    assert office.gate.one(PERSON, office.zoe).version == 1


def test_making_them_twice_changes_nothing(office: Office) -> None:
    write(office, "identifier", "{{ last_name|slug }}")
    remake(office)
    assert [part.changed for part in remake(office)] == [0]


def test_what_is_made_again_is_found_by_its_new_words(office: Office) -> None:
    write(office, "identifier", "new-{{ last_name|slug }}")
    remake(office)
    rows = office.gate.list(PERSON, Selection(search="new-zoe")).rows
    assert [row.id for row in rows] == [office.zoe]


def test_rows_that_would_share_an_identifier_are_named(office: Office) -> None:
    write(office, "identifier", "all")
    (part,) = remake(office)
    found = [(c.row, c.other, c.text) for c in part.collisions]
    assert found == [(office.zoe, office.eric, "all"), (office.paul, office.eric, "all")]
    assert [value(office, id) for id in (office.eric, office.zoe)] == ["all", None]


def test_two_rows_exchange_their_identifiers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at_once in (500, 1):
        monkeypatch.setattr(identifying, "ROWS_AT_ONCE", at_once)
        swapped = {office.eric: f"P{office.zoe:05d}", office.zoe: f"P{office.eric:05d}"}
        Person.update(identifier=None).execute()
        for id, text in swapped.items():
            Person.update(identifier=text).where(Person.id == id).execute()
        collisions = [part.collisions for part in remake(office)]
        assert set(collisions) == {()}
        assert value(office, office.zoe) == f"P{office.zoe:05d}"


def test_a_formula_whose_name_is_gone_refuses_no_row(office: Office) -> None:
    id = write(office, "identifier", "{{ city }}")
    proxy.execute_sql("UPDATE typing_identifier SET formula = '{{ gone }}'")
    office.gate.update(WRITTEN, id, {"syntax": "jinja"}, 1)
    Person.update(identifier=None).execute()
    identifying.identifiers.refresh(-5)
    assert value(office, person(office)) is None


def test_an_administrator_who_may_not_write_formulas_is_refused(office: Office) -> None:
    gate = office.granted(factories.grant("*", "read"), factories.grant(ATTACHMENT, "create"))
    with pytest.raises(Forbidden):
        gate.create(WRITTEN, {"table_name": PERSON, "kind": "identifier", "formula": "x"})
