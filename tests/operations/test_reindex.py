"""After its searched fields changed, a table is searched whole once a job has been through."""

from __future__ import annotations

import pytest

from portal import reindex, search
from portal.builtin.operations import DONE, Job
from portal.database import proxy
from portal.operations import indexing, jobs
from portal.rows import Selection
from portal.start import Portal, open_portal
from tests.cli.conftest import caller
from tests.factories import gate

PERSON = "directory.person"
OTHER_FIELDS = "UPDATE search_fields SET fields = 'id' WHERE table_name = 'directory.person'"
OTHER_VERSION = "UPDATE portal_prepared SET fingerprint = 'another'"


def upgrade(portal: Portal) -> Portal:
    """Open the portal again, as by a version that searches other fields of a person."""
    leave_as_another_version()
    return open_portal(portal.settings)


def leave_as_another_version() -> None:
    """Leave the database as a version did that searches other fields of a person."""
    proxy.execute_sql(OTHER_FIELDS)
    proxy.execute_sql(OTHER_VERSION)


def found(word: str) -> int:
    return gate().count(PERSON, Selection(search=word)).value


def name_of(id: int) -> str:
    return str(gate().one(PERSON, id).values["last_name"])


def asked() -> list[str]:
    return [state for (state,) in Job.select(Job.state).where(Job.name == indexing.JOB).tuples()]


def test_a_portal_that_did_not_change_asks_for_nothing(demo_portal: Portal) -> None:
    open_portal(demo_portal.settings)
    assert (search.stale(), asked()) == ((), [])


def test_an_index_that_waits_is_asked_for_once(demo_portal: Portal) -> None:
    open_portal(upgrade(demo_portal).settings)
    assert (search.stale(), asked()) == ((PERSON,), ["queued"])


def test_a_search_answers_from_what_is_there(demo_portal: Portal) -> None:
    upgrade(demo_portal)
    gate().create(PERSON, {"last_name": "Zwinglius"})
    assert (found(name_of(1)), found("zwingli")) == (0, 1)


def test_the_job_fills_it(demo_portal: Portal) -> None:
    before = found(name_of(1))
    portal = upgrade(demo_portal)
    jobs.run_pending(portal.settings)
    assert (found(name_of(1)), search.stale(), asked()) == (before, (), [DONE])


def test_it_is_filled_part_by_part(demo_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindex, "ROWS_AT_ONCE", 7)
    portal, told = upgrade(demo_portal), []
    count = reindex.fill(portal.catalog, lambda done, total: told.append((done, total)))
    rows = gate().count(PERSON, Selection()).value
    assert count == rows
    assert told[:2] == [(0, rows), (7, rows)]
    assert told[-1] == (rows, rows)
    assert all(found(name_of(id)) for id in range(1, 25))


def test_one_that_was_broken_off_still_waits(
    demo_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindex, "ROWS_AT_ONCE", 7)
    portal = upgrade(demo_portal)

    def stop(done: int, total: int) -> None:
        if done:
            raise jobs.Cancelled

    with pytest.raises(jobs.Cancelled):
        reindex.fill(portal.catalog, stop)
    assert search.stale() == (PERSON,)
    reindex.fill(portal.catalog)
    assert (search.stale(), bool(found(name_of(24)))) == ((), True)


def test_an_index_of_no_table_is_left_alone(demo_portal: Portal) -> None:
    search.create({"gone.thing": ("label",)})
    assert search.stale() == ("gone.thing",)
    assert reindex.waiting(demo_portal.catalog) == ()


def test_migrate_fills_it_at_once(demo_portal: Portal) -> None:
    leave_as_another_version()
    settings = demo_portal.settings
    greffe = caller(settings.home, GREFFE_DATABASE_URL=settings.database_url)
    done = greffe("migrate")
    assert (done.exit_code, done.stdout) == (0, "The database is up to date.\n")
    assert "Filling the search index" in done.stderr
    assert (search.stale(), bool(found(name_of(1)))) == ((), True)
