"""Legal holds: of persons and of records; they block every erasure until they are lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.privacy import legal_holds, retention
from tests.factories import grant, granted
from tests.privacy.conftest import OLD, TODAY, Club

LATER = TODAY + timedelta(days=30)
BOOKING = "bookings.booking"


def test_a_held_record_is_neither_purged_nor_erased_nor_anonymised(club: Club) -> None:
    booking, other = club.booking(OLD), club.booking(OLD)
    legal_holds.place(club.gate, BOOKING, booking, "Litige", LATER)
    assert club.counts("bookings") == (0, 1, 1)
    assert club.why("bookings") == {"This record is kept for a dispute (legal hold)": 1}
    assert club.gate.erasure(BOOKING, [booking]).deletable == ()
    assert club.gate.anonymisation(BOOKING, [booking]).ids == ()
    retention.run(club.gate, retention.plan(club.gate, "bookings"))
    assert (club.exists(BOOKING, booking), club.exists(BOOKING, other)) == (True, False)


def test_a_hold_placed_since_the_preview_stops_the_purge(club: Club) -> None:
    booking = club.booking(OLD)
    plan = retention.plan(club.gate, "bookings")
    erasure = club.gate.erasure(BOOKING, [booking])
    legal_holds.place(club.gate, BOOKING, booking, "Litige", LATER)
    with pytest.raises(Conflict):
        retention.run(club.gate, plan)
    with pytest.raises(Held):
        club.gate.erase(erasure)
    assert club.exists(BOOKING, booking)


def test_a_held_child_keeps_its_parent(club: Club) -> None:
    person = club.add("directory.person", last_name="Petit", active=False)
    held = club.add("members.validity", person=person, issued_on=OLD, expires_on=TODAY)
    legal_holds.place(club.gate, "members.validity", held, "Litige", LATER)
    assert club.gate.erasure("directory.person", [person]).deletable == ()
    assert club.counts("persons")[1] == 0


def test_a_held_person_keeps_all_their_rows(club: Club) -> None:
    club.booking(OLD)
    legal_holds.place(club.gate, "directory.person", club.person, "Litige", LATER)
    assert club.counts("bookings") == (0, 0, 1)


def test_lifting_a_hold_is_one_act(club: Club) -> None:
    booking = club.booking(OLD)
    legal_holds.place(club.gate, BOOKING, booking, "Litige", LATER)
    (hold,) = legal_holds.in_force(club.gate)
    assert (hold.table, hold.row, hold.reason, hold.overdue) == (BOOKING, booking, "Litige", False)
    legal_holds.lift(club.gate, hold.kind, hold.id)
    assert (legal_holds.in_force(club.gate), club.counts("bookings")) == ([], (0, 1, 0))
    with pytest.raises(Invalid, match="lifted already"):
        legal_holds.lift(club.gate, hold.kind, hold.id)


def test_an_overdue_review_is_counted(club: Club) -> None:
    day = TODAY - timedelta(days=1)
    club.add("privacy.legalhold", person=club.person, reason="Litige", review_on=day)
    assert legal_holds.overdue(club.gate) == 1
    assert [hold.overdue for hold in legal_holds.in_force(club.gate)] == [True]


def test_a_hold_needs_a_reason_and_a_day_to_come(club: Club) -> None:
    booking = club.booking(OLD)
    with pytest.raises(Invalid, match="why"):
        legal_holds.place(club.gate, BOOKING, booking, " ", LATER)
    with pytest.raises(Invalid, match="from today on"):
        legal_holds.place(club.gate, BOOKING, booking, "Litige", TODAY - timedelta(days=1))
    with pytest.raises(NotFound):
        legal_holds.place(club.gate, BOOKING, booking + 1, "Litige", LATER)
    with pytest.raises(NotFound):
        legal_holds.place(club.gate, "privacy.purge", 1, "Litige", LATER)
    assert legal_holds.in_force(club.gate) == []


def test_who_may_not_place_or_lift_is_refused(club: Club) -> None:
    booking = club.booking(OLD)
    legal_holds.place(club.gate, BOOKING, booking, "Litige", LATER)
    (hold,) = legal_holds.in_force(club.gate)
    reader = club.acting(granted(grant("*", "read")))
    with pytest.raises(Forbidden):
        legal_holds.place(reader, BOOKING, booking, "Litige", LATER)
    with pytest.raises(Forbidden):
        legal_holds.lift(reader, hold.kind, hold.id)
