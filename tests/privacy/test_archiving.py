"""The archive phase: out of the lists after the active phase, opened with a right and a reason."""

from __future__ import annotations

from datetime import date

import pytest

from portal import archiving
from portal.actor import process
from portal.channels import Channel
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.operations import automatic_purge, jobs
from portal.privacy import retention
from portal.rows import Selection
from tests.factories import grant, granted
from tests.privacy.conftest import RECENT, TODAY, Club

TRAINING = "activities.training"
ENDED = date(2024, 5, 4)
"""More than a year ago, and less than five: in the archive phase of trainings."""


@pytest.fixture
def training(club: Club) -> int:
    """Give a training that is past its active phase, beside one that is not."""
    club.training(RECENT, RECENT, appraisal="Récente")
    return club.training(ENDED, ENDED, appraisal="Ancienne")


def listed(gate: Gate) -> list[int]:
    return [row.id for row in gate.list(TRAINING, Selection()).rows]


def test_nothing_is_archived_before_somebody_says_so(club: Club, training: int) -> None:
    phase = archiving.Archive(club.gate, "trainings").phase()
    assert phase is not None
    assert (phase.on, phase.archived, phase.waiting) == (False, 0, 1)
    assert not archiving.decided("trainings")
    assert training in listed(club.gate)


def test_rows_past_their_active_phase_leave_lists_and_searches(club: Club, training: int) -> None:
    assert retention.archive(club.gate, "trainings", on=True) == 1
    assert training not in listed(club.gate)
    assert len(listed(club.gate)) == 1
    assert club.gate.list(TRAINING, Selection(search="ancienne")).rows == ()
    with pytest.raises(NotFound):
        club.gate.one(TRAINING, training)


def test_an_archived_row_opens_with_the_right_and_a_reason(club: Club, training: int) -> None:
    retention.archive(club.gate, "trainings", on=True)
    with pytest.raises(Invalid, match="why"):
        club.gate.protected(TRAINING, 0)
    asked = club.acting(process("test"), Channel.LIST, reason="Litige en cours")
    (row,) = asked.protected(TRAINING, 0).rows
    assert (row.id, row.states) == (training, frozenset({"archived"}))
    without = granted(grant("activities.*", "read"), grant("directory.*"))
    with pytest.raises(Forbidden):
        club.acting(without, Channel.LIST, reason="Litige en cours").protected(TRAINING, 0)
    reader = club.acting(granted(grant("journal.*")))
    kinds = [entry.values["kind"] for entry in reader.list("journal.entry", Selection()).rows]
    assert "archive_access" in kinds


def test_switched_off_everything_is_back(club: Club, training: int) -> None:
    retention.archive(club.gate, "trainings", on=True)
    assert retention.archive(club.gate, "trainings", on=False) == 1
    assert training in listed(club.gate)


def test_the_phase_follows_the_date_of_the_row(club: Club, training: int) -> None:
    retention.archive(club.gate, "trainings", on=True)
    later = club.training(ENDED, ENDED)
    archive = archiving.Archive(club.gate, "trainings")
    assert archive.follow() == 1
    assert later not in listed(club.gate)
    club.gate.catalog.table(TRAINING).model.update(ended_on=TODAY).execute()
    assert archive.follow() == 2
    assert {training, later} <= set(listed(club.gate))


def test_an_archived_row_is_purged_at_its_term(club: Club) -> None:
    club.training(date(2012, 1, 1), date(2012, 1, 2))
    retention.archive(club.gate, "trainings", on=True)
    assert club.counts("trainings") == (0, 1, 0)
    retention.run(club.gate, retention.plan(club.gate, "trainings"))
    assert club.counts("trainings") == (0, 0, 0)


def test_an_activity_without_the_phase_is_refused(club: Club) -> None:
    with pytest.raises(Invalid, match="no archive phase"):
        retention.archive(club.gate, "bookings", on=True)


def test_who_may_not_purge_does_not_archive(club: Club, training: int) -> None:
    with pytest.raises(Forbidden):
        retention.archive(club.acting(granted(grant("*", "read"))), "trainings", on=True)


def test_it_is_worked_out_each_night() -> None:
    assert jobs.KINDS["retention.archive"].nightly
    assert automatic_purge.JOB in jobs.KINDS
