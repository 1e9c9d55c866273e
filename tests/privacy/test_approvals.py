"""A purge rests on an approved preview: by whom, of which rows, when a second person is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal import approvals
from portal.declare import Reach, Verb
from portal.errors import Conflict, Forbidden
from portal.gate import Gate
from portal.operations import automatic_purge, jobs
from portal.privacy import retention
from portal.privacy.retention import Plan
from tests.factories import grant, granted
from tests.privacy.conftest import OLD, RECENT, Club

EVERYTHING = grant("*", " ".join(verb.value for verb in Verb))


@pytest.fixture
def two_persons() -> Iterator[None]:
    """Ask for a second person."""
    approvals.configure(second_person=True)
    yield
    approvals.configure(second_person=False)


def officer(club: Club, number: int) -> Gate:
    """Give the gate of an account that may do everything."""
    return club.acting(granted(EVERYTHING, account_id=number))


def plan(gate: Gate) -> Plan:
    """Give the preview of the purge of bookings."""
    return retention.plan(gate, "bookings")


def test_a_run_without_a_look_needs_an_approval(club: Club) -> None:
    club.booking(OLD)
    with pytest.raises(Conflict, match="No preview of this purge was approved"):
        retention.run(club.gate, plan(club.gate), confirmed=False)
    retention.approve(club.gate, plan(club.gate))
    assert club.counts("bookings") == (0, 1, 0)
    assert retention.run(club.gate, plan(club.gate), confirmed=False).erased == 1


def test_an_approval_says_who_and_when(club: Club) -> None:
    club.booking(OLD)
    retention.approve(officer(club, 7), plan(club.gate))
    found = plan(club.gate).approval
    assert found is not None
    assert (found.account, found.signature) == (7, plan(club.gate).signature)


def test_a_row_that_changed_since_its_approval_is_not_purged(club: Club) -> None:
    booking = club.booking(OLD)
    retention.approve(club.gate, plan(club.gate))
    club.change("bookings.booking", booking, comment="Encore")
    with pytest.raises(Conflict, match="changed since the preview was approved"):
        retention.run(club.gate, plan(club.gate), confirmed=False)
    assert club.exists("bookings.booking", booking)


def test_a_row_that_took_the_place_of_another_is_not_purged(club: Club) -> None:
    gone = club.booking(OLD)
    looked = plan(club.gate)
    club.gate.erase(club.gate.erasure("bookings.booking", [gone]))
    other = club.booking(OLD)
    with pytest.raises(Conflict):
        retention.run(club.gate, looked)
    assert club.exists("bookings.booking", other)


def test_rows_within_their_term_may_come_between(club: Club) -> None:
    club.booking(OLD)
    looked = plan(club.gate)
    club.booking(RECENT)
    assert retention.run(club.gate, looked).left == (0, 0, 1)


def test_an_old_preview_is_not_approved(club: Club) -> None:
    club.booking(OLD)
    looked = plan(club.gate)
    club.booking(OLD)
    with pytest.raises(Conflict):
        retention.approve(club.gate, looked)


def test_who_may_not_purge_approves_nothing(club: Club) -> None:
    club.booking(OLD)
    reader = club.acting(granted(grant("*", "read")))
    with pytest.raises(Forbidden):
        retention.approve(reader, plan(club.gate))
    with pytest.raises(Forbidden):
        retention.switch(reader, "bookings", on=True)


def test_the_second_person_runs_what_the_first_approved(club: Club, two_persons: None) -> None:
    club.booking(OLD)
    first, second = officer(club, 1), officer(club, 2)
    with pytest.raises(Conflict):
        retention.run(first, plan(first))
    retention.approve(first, plan(first))
    with pytest.raises(Forbidden, match="two persons"):
        retention.run(first, plan(first))
    with pytest.raises(Forbidden, match="two persons"):
        retention.run(club.gate, plan(club.gate))
    done = retention.run(second, plan(second))
    assert (done.approved_by, done.by) == ("Account 1", "Account 2")


def test_the_evidence_counts_again_afterwards(club: Club) -> None:
    club.booking(OLD)
    club.booking(RECENT)
    club.paid(booking=club.booking(OLD))
    done = retention.run(club.gate, plan(club.gate))
    assert (done.left, done.unchanged) == ((0, 1, 1), True)


def test_a_blocking_row_that_is_due_is_to_be_purged_first(club: Club) -> None:
    year = club.fiscal_year(2011)
    account = club.ledger_account()
    club.entry(year, account, OLD, booking=club.booking(OLD))
    assert plan(club.gate).first == ()
    club.add("accounting.balance", ledger_account=account, day=RECENT)
    ((name, label),) = plan(club.gate).first
    assert (name, str(label)) == ("accounting_entries", "Accounting entries")


# --- by itself


def test_an_activity_purges_itself_once_approved_and_switched_on(club: Club) -> None:
    with pytest.raises(Conflict, match="approved yet"):
        retention.switch(club.gate, "bookings", on=True)
    club.booking(OLD)
    retention.approve(club.gate, plan(club.gate))
    retention.switch(club.gate, "bookings", on=True)
    switched = approvals.automatic("bookings")
    assert switched is not None
    club.booking(OLD)
    done = retention.run_automatically(club.gate, switched)
    assert done is not None
    assert (done.erased, done.automatic) == (2, True)
    assert retention.run_automatically(club.gate, switched) is None
    retention.switch(club.gate, "bookings", on=False)
    assert approvals.automatic("bookings") is None


def test_the_night_purges_what_is_switched_on_and_nothing_else(club: Club) -> None:
    club.booking(OLD)
    club.outing(OLD)
    for activity in ("bookings", "activities"):
        retention.approve(club.gate, retention.plan(club.gate, activity))
    retention.switch(club.gate, "bookings", on=True)
    assert automatic_purge.of_tonight() == "bookings: 1"
    assert (club.counts("bookings"), club.counts("activities")) == ((0, 0, 0), (0, 1, 0))


def test_the_night_has_the_rights_of_who_switched_it_on(club: Club) -> None:
    club.booking(OLD)
    retention.approve(club.gate, plan(club.gate))
    retention.switch(officer(club, 987_654), "bookings", on=True)
    assert automatic_purge.of_tonight().startswith("! bookings: ")
    assert club.counts("bookings") == (0, 1, 0)


def test_the_automatic_purge_is_a_job_of_the_night() -> None:
    assert jobs.KINDS[automatic_purge.JOB].nightly


def test_an_approval_within_a_smaller_reach_is_not_one_of_all_rows(club: Club) -> None:
    club.booking(OLD)
    club.booking(OLD, person=club.instructor)
    own = granted(
        grant("bookings.*", "read erase", Reach.OWN),
        grant("privacy.*", "read execute"),
        person=club.instructor,
    )
    small = club.acting(own)
    retention.approve(small, plan(small))
    with pytest.raises(Conflict):
        retention.run(club.gate, plan(club.gate), confirmed=False)
    assert club.counts("bookings") == (0, 2, 0)
