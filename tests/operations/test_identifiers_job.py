"""The job that makes identifiers again: asked after an upgrade, once, and it names collisions."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from portal import configured, version
from portal.builtin.directory import Person
from portal.builtin.operations import DONE, QUEUED, Job
from portal.channels import Channel
from portal.choice_merging import Merger
from portal.database import proxy
from portal.gate import Gate
from portal.identifying import Collision
from portal.operations import identifying, jobs
from portal.person_merging import PersonMerger
from portal.start import Portal, open_portal
from tests import factories

PERSON = "directory.person"
FORMULA = "typing.identifier"


@pytest.fixture
def portal(portal_url: str, tmp_path: Path) -> Portal:
    """Give a portal with two persons."""
    made = factories.make_portal(tmp_path / "home", portal_url)
    factories.gate().create_many(PERSON, [{"last_name": "Un"}, {"last_name": "Deux"}])
    return made


def asked() -> list[str]:
    """The states of the jobs of identifiers."""
    query = Job.select(Job.state).where(Job.name == identifying.JOB).order_by(Job.id)
    return [state for (state,) in query.tuples()]


def identifiers() -> list[str | None]:
    query = Person.select(Person.identifier).order_by(Person.id)
    return [text for (text,) in query.tuples().execute(proxy.obj)]


def test_a_portal_of_before_makes_its_identifiers(portal: Portal) -> None:
    Person.update(identifier=None).execute()
    open_portal(portal.settings)
    assert asked() == [QUEUED]
    jobs.run_pending(portal.settings)
    assert (asked(), None in identifiers()) == ([DONE], False)


def test_a_portal_whose_identifiers_stand_asks_for_nothing(portal: Portal) -> None:
    open_portal(portal.settings)
    assert asked() == []


def test_a_job_that_waits_is_not_asked_for_twice(portal: Portal) -> None:
    first = identifying.ask_for(PERSON, None, anew=True)
    assert identifying.ask_for(PERSON, None, anew=True) == first
    assert (asked(), identifying.under_way(PERSON)) == ([QUEUED], True)


def test_a_job_that_is_done_is_not_under_way(portal: Portal) -> None:
    identifying.ask_for(PERSON, None, anew=True)
    jobs.run_pending(portal.settings)
    assert not identifying.under_way(PERSON)


def test_the_job_goes_by_parts(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifying.identifying, "ROWS_AT_ONCE", 1)
    Person.update(identifier=None).execute()
    identifying.ask_for(PERSON, None, anew=False)
    jobs.run_pending(portal.settings)
    assert None not in identifiers()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "“C-1”: Un and Deux"),
        ({"masked": frozenset({"identifier"})}, "Un and Deux"),
        ({"masked": frozenset({"last_name"})}, "“C-1”: No. 1 and No. 2"),
    ],
)
def test_a_shared_identifier_is_told_to_who_may_read_it(
    portal: Portal, options: dict[str, frozenset[str]], told: str
) -> None:
    gate = Gate(factories.granted(factories.grant(PERSON, **options)), Channel.LIST)
    first, second = (id for (id,) in Person.select(Person.id).order_by(Person.id).tuples())
    collisions = [Collision(second, first, "C-1"), Collision(first, second, "C-1")]
    said = identifying._told(gate, gate.catalog.table(PERSON), 2, 0, collisions[1:])
    assert said.splitlines()[1] == told


def test_a_job_that_nobody_asked_for_tells_numbers(portal: Portal) -> None:
    told = identifying._told(
        factories.gate(),
        Gate(factories.process("test"), Channel.LIST).catalog.table(PERSON),
        2,
        0,
        [Collision(1, 2, "C-1")],
    )
    assert told.splitlines()[1] == "No. 1 and No. 2"


def wanted() -> list[tuple[str, bool, int | None]]:
    """The tables whose job waits, whether they are numbered anew, and for whom."""
    query = Job.select(Job.arguments, Job.account).where(Job.name == identifying.JOB)
    found = [(json.loads(text), of) for text, of in query.order_by(Job.id).tuples()]
    return [(given["table"], given["anew"], of) for given, of in found]


FULL = {"table_name": PERSON, "kind": "full_identifier", "formula": "P-{civility}"}
ABOUT = {"formula": "M-{{ person.id }}", "syntax": "jinja"}
INDEX = {"table_name": PERSON, "kind": "custom_index", "keys": "civility"}


def test_a_formula_asks_for_the_job_whoever_writes_it(portal: Portal) -> None:
    gate = factories.gate()
    id = gate.create(FORMULA, FULL)
    assert wanted() == [(PERSON, False, None)]
    jobs.run_pending(portal.settings)
    assert Person.select().where(Person.full_identifier == "").count() == 0
    gate.update(FORMULA, id, {"formula": "Q-{id}"}, 1)
    jobs.run_pending(portal.settings)
    gate.erase(gate.erasure(FORMULA, [id]))
    jobs.run_pending(portal.settings)
    assert wanted() == [(PERSON, False, None)] * 3
    assert Person.select().where(Person.full_identifier != "").count() == 0


def test_a_numbering_asks_for_new_numbers_in_the_same_job(portal: Portal) -> None:
    gate = factories.gate()
    gate.create_many(FORMULA, [FULL, INDEX])
    account = gate.create("accounts.account", {"login": "clerk"})
    identifying.ask_for(PERSON, account, anew=False)
    assert wanted() == [(PERSON, True, account)]


@pytest.mark.parametrize(("formula", "made"), [("P-{civility}", True), ("P-{id}", False)])
def test_a_merge_of_choices_asks_for_what_is_made_of_them(
    portal: Portal, formula: str, made: bool
) -> None:
    gate = factories.gate()
    gate.create(FORMULA, {**FULL, "formula": formula})
    configured.refresh(version.catalog_version())
    first, second = (gate.choice_id("directory.civilities", slug) for slug in ("mme", "m"))
    one = gate.create(PERSON, {"last_name": "Trois", "civility": first})
    jobs.run_pending(portal.settings)
    merger = Merger(gate)
    merger.run(merger.plan(first, second))
    assert asked() == ([DONE, QUEUED] if made else [DONE])
    jobs.run_pending(portal.settings)
    assert Person.get_by_id(one).full_identifier == ("P-m" if made else f"P-{one}")


def test_a_merge_of_persons_asks_for_what_is_made_of_them(portal: Portal) -> None:
    gate = factories.gate()
    table = "members.membership"
    gate.create(
        FORMULA, {**FULL, "table_name": table, "formula": "M-{{ person.id }}", "syntax": "jinja"}
    )
    configured.refresh(version.catalog_version())
    first, second = gate.create_many(PERSON, [{"last_name": "Trois"}, {"last_name": "Trois"}])
    span = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    row = gate.create(
        table,
        {
            "person": first,
            "kind": gate.choice_id("members.membership-types", "adult"),
            "season": "2026",
            **span,
        },
    )
    jobs.run_pending(portal.settings)
    merger = PersonMerger(gate)
    merger.run(merger.plan(first, second), ())
    assert asked() == [DONE, QUEUED]
    jobs.run_pending(portal.settings)
    assert gate.one(table, row).values["full_identifier"] == f"M-{second}"
