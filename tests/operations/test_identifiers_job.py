"""The job that makes identifiers again: asked after an upgrade, once, and it names collisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.builtin.directory import Person
from portal.builtin.operations import DONE, QUEUED, Job
from portal.channels import Channel
from portal.database import proxy
from portal.gate import Gate
from portal.identifying import Collision
from portal.operations import identifying, jobs
from portal.start import Portal, open_portal
from tests import factories

PERSON = "directory.person"


@pytest.fixture
def portal(database_url: str, tmp_path: Path) -> Portal:
    """Give a portal with two persons."""
    made = factories.make_portal(tmp_path / "home", database_url)
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
