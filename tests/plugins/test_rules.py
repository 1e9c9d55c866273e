"""When the rows of the domains are due, what blocks them, and whom they are attached to."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from peewee import Query

from plugins.accounting.rules import deactivated_accounts, entries_past_their_term
from plugins.activities.rules import (
    bookings_of_trainees,
    dates_of_outings,
    dates_of_trainings,
    persons_in_training,
    validities_of_trainees,
)
from portal.builtin.directory import disabled_persons
from portal.database import proxy
from portal.errors import Invalid
from tests.plugins.conftest import TODAY, Club

MORNING, NOON = datetime(2026, 5, 2, 8), datetime(2026, 5, 2, 10)
LIMIT = date(2016, 11, 22)


def ids(query: Query) -> list[int]:
    return sorted(row[0] for row in proxy.obj.execute(query.tuples()))


def dates(query: Query) -> dict[int, str]:
    return {id: str(day) for id, day in proxy.obj.execute(query.tuples())}


def booking(club: Club, **values: Any) -> int:
    own = {"person": club.person, "starts_at": MORNING, "ends_at": NOON}
    return club.add("bookings.booking", **({"resource": club.resource()} | own | values))


def training(club: Club, **values: Any) -> int:
    own = {"person": club.person, "instructor": club.instructor, "started_on": date(2020, 1, 5)}
    return club.add("activities.training", **(own | values))


def outing(club: Club, **values: Any) -> int:
    own = {"person": club.person, "day": date(2020, 3, 1), "label": "Vol local"}
    return club.add("activities.outing", **(own | values))


def charge(club: Club, **links: int) -> int:
    year, account = club.fiscal_year(2026, closed=False), club.ledger_account()
    return club.entry(year, account, date(2026, 5, 3), debit=Decimal("42.50"), **links)


# --- what blocks an erasure


@pytest.mark.parametrize(
    ("table", "make", "link"),
    [
        ("bookings.booking", booking, "booking"),
        ("activities.outing", outing, "outing"),
        ("activities.training", training, "training"),
    ],
)
def test_a_row_that_an_entry_pays_for_is_not_erased(
    club: Club, table: str, make: Any, link: str
) -> None:
    row = make(club)
    free_before = club.deletable(table, row)
    charge(club, **{link: row})
    assert (free_before, club.deletable(table, row)) == (True, False)


def test_a_training_is_not_erased_while_its_sessions_stay(club: Club) -> None:
    row = training(club)
    outing(club, training=row)
    assert not club.deletable("activities.training", row)


def test_an_account_with_an_entry_is_not_erased(club: Club) -> None:
    year, account = club.fiscal_year(2024), club.ledger_account(active=False)
    free_before = club.deletable("accounting.ledgeraccount", account)
    club.entry(year, account, date(2024, 5, 3), debit=Decimal(10))
    assert (free_before, club.deletable("accounting.ledgeraccount", account)) == (True, False)


@pytest.mark.parametrize("make", [booking, training, outing, lambda club: club.ledger_account()])
def test_a_person_with_linked_data_is_not_erased(club: Club, make: Any) -> None:
    make(club)
    assert not club.deletable("directory.person", club.person)


def test_memberships_and_validities_go_along_with_the_person(club: Club) -> None:
    club.add(
        "members.membership",
        person=club.person,
        season="2026",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
    )
    club.add("members.validity", person=club.person, number="1", issued_on=date(2026, 1, 1))
    planned = club.gate.erasure("directory.person", [club.person])
    assert (planned.deletable, dict(planned.along)) == (
        (club.person,),
        {"members.membership": 1, "members.validity": 1},
    )


# --- what is due


def test_disabled_persons_are_due(club: Club) -> None:
    gone = club.add("directory.person", last_name="Roux", active=False)
    assert ids(disabled_persons(LIMIT)) == [gone]


def test_deactivated_accounts_are_due(club: Club) -> None:
    club.ledger_account("411001")
    closed = club.ledger_account("411002", active=False)
    assert ids(deactivated_accounts(LIMIT)) == [closed]


def old_entry(club: Club, *, year: int, closed: bool, balance: date | None) -> int:
    account = club.ledger_account()
    entry = club.entry(club.fiscal_year(year, closed=closed), account, date(year, 5, 3))
    if balance:
        club.add("accounting.balance", ledger_account=account, day=balance, amount=Decimal(-12))
    return entry


def test_an_entry_is_due_after_its_term_when_a_later_balance_stands(club: Club) -> None:
    entry = old_entry(club, year=2013, closed=True, balance=date(2013, 12, 31))
    assert ids(entries_past_their_term(LIMIT)) == [entry]


@pytest.mark.parametrize(
    ("year", "closed", "balance"),
    [
        (2013, True, None),
        (2013, True, date(2013, 5, 3)),
        (2013, False, date(2013, 12, 31)),
        (2016, True, date(2016, 12, 31)),
    ],
    ids=["no balance", "a balance of the same day", "an open year", "within ten years"],
)
def test_an_entry_is_kept(club: Club, year: int, closed: bool, balance: date | None) -> None:
    old_entry(club, year=year, closed=closed, balance=balance)
    assert ids(entries_past_their_term(LIMIT)) == []


def test_a_training_counts_from_its_last_session(club: Club) -> None:
    with_sessions, without = training(club), training(club)
    outing(club, training=with_sessions, day=date(2021, 2, 3))
    outing(club, training=with_sessions, day=date(2020, 2, 3))
    assert dates(dates_of_trainings()) == {with_sessions: "2021-02-03", without: "2020-01-05"}


def test_a_session_counts_from_the_end_of_its_training(club: Club) -> None:
    ended = training(club, ended_on=date(2022, 6, 1))
    session = outing(club, training=ended, day=date(2021, 2, 3))
    alone = outing(club, day=date(2021, 2, 4))
    assert dates(dates_of_outings()) == {session: "2022-06-01", alone: "2021-02-04"}


def test_a_flight_of_a_training_counts_under_trainings(club: Club) -> None:
    parts = {
        activity: [
            (part.table.name, part.field, part.is_set)
            for part in club.gate.catalog.parts(activity)
            if part.table.name == "activities.outing"
        ]
        for activity in ("activities", "trainings")
    }
    assert parts == {
        "activities": [("activities.outing", "training", False)],
        "trainings": [("activities.outing", "training", True)],
    }


# --- whom rows are attached to


def test_an_instructor_is_attached_to_the_persons_in_training(club: Club) -> None:
    training(club)
    assert ids(persons_in_training(club.instructor)) == [club.person]


def test_a_training_that_ended_attaches_nobody(club: Club) -> None:
    training(club, ended_on=TODAY)
    assert ids(persons_in_training(club.instructor)) == []


def test_an_instructor_is_attached_to_the_bookings_of_trainees(club: Club) -> None:
    training(club)
    own = booking(club)
    booking(club, person=club.instructor)
    assert ids(bookings_of_trainees(club.instructor)) == [own]


def test_an_instructor_is_attached_to_the_validities_of_trainees(club: Club) -> None:
    training(club)
    licence = {"number": "1", "issued_on": date(2026, 1, 1)}
    own = club.add("members.validity", person=club.person, **licence)
    club.add("members.validity", person=club.instructor, **licence)
    assert ids(validities_of_trainees(club.instructor)) == [own]


# --- what may be saved


@pytest.mark.parametrize(
    ("table", "values", "field"),
    [
        (
            "members.membership",
            {"season": "2026", "starts_on": TODAY, "ends_on": date(2026, 1, 1)},
            "ends_on",
        ),
        (
            "members.membership",
            {"season": "2026", "starts_on": TODAY, "ends_on": TODAY, "paid_on": TODAY},
            "paid_on",
        ),
        ("members.validity", {"issued_on": TODAY, "expires_on": date(2026, 1, 1)}, "expires_on"),
        ("activities.training", {"started_on": TODAY, "ended_on": date(2026, 1, 1)}, "ended_on"),
        ("activities.outing", {"day": TODAY, "landings": -1}, "minutes"),
    ],
)
def test_values_that_contradict_each_other_are_refused(
    club: Club, table: str, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        club.add(table, person=club.person, **values)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("amounts", [{"debit": 1, "credit": 1}, {"debit": -1}])
def test_an_entry_has_one_side_and_no_sign(club: Club, amounts: dict[str, int]) -> None:
    year, account = club.fiscal_year(2026, closed=False), club.ledger_account()
    with pytest.raises(Invalid):
        club.entry(year, account, TODAY, **amounts)


def test_a_booking_ends_after_it_starts(club: Club) -> None:
    with pytest.raises(Invalid):
        booking(club, ends_at=MORNING)


def test_nobody_is_their_own_instructor(club: Club) -> None:
    with pytest.raises(Invalid):
        booking(club, instructor=club.person)
