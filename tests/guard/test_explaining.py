"""The reasons given for what an actor sees are those of the gate: compared on random triples."""

from __future__ import annotations

import random

from portal import explaining, grants
from portal.actor import Condition
from portal.channels import Channel
from portal.declare import Reach, Verb
from portal.explaining import HIDDEN, MASKED, SHOWN, OfGrant
from portal.fieldtypes import MASKED as DOTS
from portal.fieldtypes import Reference
from portal.gate import Gate
from tests import channels, factories
from tests.canaries import TODAY, World
from tests.channels import ACTOR_NAMES, REASON
from tests.guard.conftest import PERSON, Office

TRIPLES = 1_000


def gate_of(world: World, name: str) -> Gate:
    oracle = channels.oracle_of(world, name)
    reason = REASON if oracle.reason else ""
    return Gate(oracle.actor, Channel.LIST, reason=reason, today=TODAY)


def access(gate: Gate, table: str, row: int, field: str) -> tuple[bool, str]:
    """What the gate itself gives: whether it shows the row, and how the field stands in it."""
    if not gate.can(Verb.READ, table):
        return False, HIDDEN
    rows = gate.many(table, [row])
    if not rows:
        return False, HIDDEN
    value = rows[0].values.get(field)
    if value is DOTS:
        return True, MASKED
    if isinstance(value, Reference):
        return True, SHOWN
    return True, HIDDEN if value is None else SHOWN


def test_a_thousand_answers_are_what_the_gate_does(world: World) -> None:
    chance = random.Random(4)  # noqa: S311 - the same triples each time
    gates = {name: gate_of(world, name) for name in ACTOR_NAMES}
    wrong, tried = [], 0
    while tried < TRIPLES:
        name, table = chance.choice(ACTOR_NAMES), chance.choice(world.tables)
        row = chance.choice(sorted(world.rows[table.name]))
        field = chance.choice(list(table.fields.values()))
        if world.rows[table.name][row][field.name] is None:
            continue
        tried += 1
        gate = gates[name]
        found = explaining.answer(gate.scope(table.name, Verb.READ), row, field)
        real = access(gate, table.name, row, field.name)
        if found is None or (found.seen, found.state) != real:
            wrong.append((name, table.name, row, field.name, real, found))
    assert wrong == []


def test_the_triples_are_of_every_kind(world: World) -> None:
    """A comparison of refusals alone would say nothing."""
    chance = random.Random(4)  # noqa: S311 - the same triples each time
    table = world.catalog.table(PERSON)
    found = set()
    for name in ACTOR_NAMES:
        for field in table.fields.values():
            row = chance.choice(sorted(world.rows[PERSON]))
            scope = gate_of(world, name).scope(PERSON, Verb.READ)
            answer = explaining.answer(scope, row, field)
            assert answer is not None
            found.add((answer.seen, answer.state))
    assert found == {(True, SHOWN), (True, MASKED), (True, HIDDEN), (False, HIDDEN)}


# --- what is said


def right(office: Office, row: int, field: str = "", **options: object) -> OfGrant:
    gate = office.granted(factories.grant(PERSON, **options))  # type: ignore[arg-type]  # as given
    scope = gate.scope(PERSON, Verb.READ)
    answer = explaining.answer(scope, row, scope.table.fields.get(field))
    assert answer is not None
    return answer.rights[0]


def test_a_row_that_there_is_not_has_no_answer(office: Office) -> None:
    scope = office.granted(factories.grant(PERSON)).scope(PERSON, Verb.READ)
    assert explaining.answer(scope, 999_999) is None


def test_a_right_that_reaches_other_rows_does_not_give_this_one(office: Office) -> None:
    found = right(office, office.zoe, reach=Reach.OWN)
    assert (found.within, found.gives) == (False, False)


def test_each_condition_of_a_right_is_told_apart(office: Office) -> None:
    conditions = (Condition("last_name", "contains", "o"), Condition("city", "equals", "Lyon"))
    found = right(office, office.zoe, conditions=conditions)
    assert found.met == ((conditions[0], True), (conditions[1], False))
    assert (found.within, found.gives) == (True, False)


def test_a_field_that_a_right_withholds_says_by_what(office: Office) -> None:
    assert right(office, office.zoe, "email", readable=frozenset({"city"})).lacks == ("readable",)
    assert right(office, office.zoe, "email", masked=frozenset({"email"})).lacks == ("unmasked",)


def test_without_a_right_nothing_is_seen(office: Office) -> None:
    answer = explaining.answer(office.granted().scope(PERSON, Verb.READ), office.zoe)
    assert answer is not None
    assert (answer.seen, answer.clauses["within_reach"]) == (False, False)


def test_every_condition_that_was_asked_is_named(office: Office) -> None:
    known = {clause.__name__ for clause in grants.row_clauses()}
    answer = explaining.answer(office.gate.scope(PERSON, Verb.READ), office.zoe)
    assert answer is not None
    assert set(answer.clauses) <= known
