"""What is obsolete, and what of it may go: the rules of the shipped activities, one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from peewee import Database

from portal import periods
from portal.declare import years
from tests.privacy.conftest import OLD, RECENT, TODAY, Club

ENTRY = "Rows of “Accounting entries” refer to it"


# --- activities


def test_an_activity_is_obsolete_when_its_day_is_before_the_limit(club: Club) -> None:
    limit = periods.limit(TODAY, years(5))
    club.outing(limit)
    club.outing(limit - timedelta(days=1))
    assert club.counts("activities") == (1, 1, 0)


def test_an_activity_with_an_accounting_entry_is_blocked(club: Club) -> None:
    club.paid(outing=club.outing(OLD))
    assert club.counts("activities") == (0, 0, 1)
    assert club.why("activities") == {ENTRY: 1}


# --- accounts of the ledger


def test_an_account_is_obsolete_only_when_it_is_deactivated(club: Club) -> None:
    club.ledger_account()
    club.ledger_account(active=False)
    assert club.counts("accounts") == (1, 1, 0)


def test_an_account_with_an_accounting_entry_is_blocked(club: Club) -> None:
    account = club.ledger_account(active=False)
    club.entry(club.fiscal_year(2012), account, OLD)
    assert club.counts("accounts") == (0, 0, 1)
    assert club.why("accounts") == {ENTRY: 1}


def test_the_balances_of_an_account_go_along(club: Club) -> None:
    account = club.ledger_account(active=False)
    club.add("accounting.balance", ledger_account=account, day=OLD)
    assert club.found("accounts").along == {"accounting.balance": 1}


# --- accounting entries


@pytest.mark.parametrize(
    ("balance", "counts"),
    [(None, (1, 0, 0)), (OLD, (1, 0, 0)), (OLD + timedelta(days=1), (0, 1, 0))],
)
def test_an_entry_is_obsolete_when_a_later_balance_was_struck(
    club: Club, balance: date | None, counts: tuple[int, int, int]
) -> None:
    account = club.ledger_account()
    club.entry(club.fiscal_year(2012), account, OLD)
    if balance:
        club.add("accounting.balance", ledger_account=account, day=balance)
    assert club.counts("accounting_entries") == counts


@pytest.mark.parametrize(("year", "due"), [(2014, 1), (2015, 1), (2016, 0)])
def test_the_term_of_an_entry_runs_from_the_close_of_its_year(
    club: Club, year: int, due: int
) -> None:
    account = club.ledger_account()
    club.entry(club.fiscal_year(year), account, date(year, 1, 5))
    club.add("accounting.balance", ledger_account=account, day=date(year, 12, 31))
    assert club.found("accounting_entries").deletable == due


def test_an_open_year_is_never_due(club: Club) -> None:
    account = club.ledger_account()
    club.entry(club.fiscal_year(2012, closed=False), account, OLD)
    club.add("accounting.balance", ledger_account=account, day=RECENT)
    assert club.counts("accounting_entries") == (1, 0, 0)


def test_a_year_goes_as_a_whole_or_not_at_all(club: Club) -> None:
    struck, never = club.ledger_account(), club.ledger_account()
    whole, broken = club.fiscal_year(2011), club.fiscal_year(2012)
    club.entry(whole, struck, date(2011, 3, 1))
    club.entry(broken, struck, OLD)
    club.entry(broken, never, OLD)
    club.add("accounting.balance", ledger_account=struck, day=date(2012, 12, 31))
    assert club.counts("accounting_entries") == (1, 1, 1)
    assert club.why("accounting_entries") == {
        "Other rows of the same “Fiscal year” stay, and it goes as a whole": 1
    }


def test_rows_are_counted_in_two_statements_however_many_block(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for all rows, one that looks at what blocks each due row once."""
    struck, never, year = club.ledger_account(), club.ledger_account(), club.fiscal_year(2012)
    for account in (struck, never):
        club.entry(year, account, OLD)
    club.add("accounting.balance", ledger_account=struck, day=date(2012, 12, 31))
    club.found("accounting_entries")
    seen: list[str] = []
    execute = Database.execute_sql

    def noted(self: Any, sql: str, params: Any = None, *more: Any) -> Any:
        seen.append(sql)
        return execute(self, sql, params, *more)

    monkeypatch.setattr(Database, "execute_sql", noted)
    club.gate.obsolete("accounting_entries").counts()
    assert len([sql for sql in seen if '"accounting_entry"' in sql]) == 2, seen


def test_a_legal_hold_on_one_person_keeps_the_whole_year(club: Club) -> None:
    other = club.ledger_account(person=club.instructor)
    year = club.fiscal_year(2012)
    for account in (club.ledger_account(), other):
        club.entry(year, account, OLD)
        club.add("accounting.balance", ledger_account=account, day=date(2012, 12, 31))
    club.add("privacy.legalhold", person=club.instructor, reason="Litige", review_on=TODAY)
    assert club.counts("accounting_entries") == (0, 0, 2)


# --- trainings


def test_a_session_of_a_training_counts_under_trainings_only(club: Club) -> None:
    training = club.training(OLD, OLD + timedelta(days=30))
    club.outing(OLD, training=training)
    assert club.counts("activities") == (0, 0, 0)
    assert club.counts("trainings") == (0, 2, 0)


def test_a_training_counts_from_its_last_session(club: Club) -> None:
    training = club.training(OLD, OLD + timedelta(days=30))
    club.outing(RECENT, training=training)
    assert club.counts("trainings") == (2, 0, 0)


def test_the_sessions_of_a_training_wait_for_its_end(club: Club) -> None:
    club.outing(OLD, training=club.training(OLD, RECENT))
    assert club.counts("trainings") == (2, 0, 0)


def test_a_training_with_an_accounting_entry_is_blocked(club: Club) -> None:
    club.paid(training=club.training(OLD, OLD))
    assert club.counts("trainings") == (0, 0, 1)


def test_a_session_with_an_accounting_entry_keeps_its_training(club: Club) -> None:
    training = club.training(OLD, OLD)
    club.paid(outing=club.outing(OLD, training=training))
    club.outing(OLD, training=training)
    assert club.counts("trainings") == (0, 1, 2)
    assert club.why("trainings") == {ENTRY: 1, "Rows of “Club activities” refer to it": 1}


# --- bookings


def test_a_booking_is_obsolete_when_its_date_is_past_the_term(club: Club) -> None:
    club.booking(periods.limit(TODAY, years(1)))
    club.booking(periods.limit(TODAY, years(1)) - timedelta(days=1))
    assert club.counts("bookings") == (1, 1, 0)


def test_the_day_of_a_booking_is_that_of_the_organisation(club: Club) -> None:
    limit = datetime.combine(periods.limit(TODAY, years(1)), datetime.min.time())
    own = {"person": club.person, "resource": club.resource}
    for minutes in (-61, -59):  # UTC: one hour behind in winter
        end = limit + timedelta(minutes=minutes)
        club.add("bookings.booking", starts_at=end - timedelta(hours=1), ends_at=end, **own)
    assert club.counts("bookings") == (1, 1, 0)


def test_a_booking_with_an_accounting_entry_is_blocked(club: Club) -> None:
    club.paid(booking=club.booking(OLD))
    assert club.counts("bookings") == (0, 0, 1)


def test_a_resource_is_no_booking(club: Club) -> None:
    assert club.counts("bookings") == (0, 0, 0)


# --- persons


def test_a_person_is_obsolete_when_disabled(club: Club) -> None:
    club.add("directory.person", last_name="Petit", active=False)
    assert club.counts("persons") == (2, 1, 0)


@pytest.mark.parametrize("linked", ["ledger_account", "booking", "outing", "training"])
def test_a_person_with_linked_data_is_blocked(club: Club, linked: str) -> None:
    club.change("directory.person", club.person, active=False)
    if linked == "ledger_account":
        club.ledger_account()
    elif linked == "training":
        club.training(OLD, OLD)
    else:
        getattr(club, linked)(OLD)
    assert club.counts("persons") == (1, 0, 1)


def test_an_instructor_of_others_is_blocked(club: Club) -> None:
    club.change("bookings.resource", club.resource, manager=club.person)
    club.change("directory.person", club.instructor, active=False)
    club.outing(RECENT, instructor=club.instructor)
    assert club.counts("persons") == (1, 0, 1)


def test_what_belongs_to_a_person_goes_along(club: Club) -> None:
    person = club.add("directory.person", last_name="Petit", active=False)
    club.add("members.validity", person=person, issued_on=RECENT)
    club.add("members.membership", person=person, season="2012", starts_on=OLD, ends_on=OLD)
    assert club.found("persons").along == {"members.membership": 1, "members.validity": 1}


# --- validities


def test_a_validity_is_obsolete_when_its_expiry_is_past_the_term(club: Club) -> None:
    for expiry in (periods.limit(TODAY, years(3)), OLD, None):
        club.add("members.validity", person=club.person, issued_on=OLD, expires_on=expiry)
    assert club.counts("validities") == (2, 1, 0)


# --- what protects everywhere


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        (
            "privacy.legalhold",
            {"reason": "Litige", "review_on": TODAY},
            "Kept for a dispute (legal hold)",
        ),
        (
            "privacy.restriction",
            {"ground": "claims", "starts_on": TODAY},
            "The person's data are restricted (GDPR art. 18)",
        ),
    ],
)
def test_a_protected_person_s_rows_are_blocked_until_it_is_lifted(
    club: Club, table: str, values: dict[str, object], reason: str
) -> None:
    club.booking(OLD)
    id = club.add(table, person=club.person, **values)
    assert club.counts("bookings") == (0, 0, 1)
    assert club.why("bookings") == {reason: 1}
    club.change(table, id, lifted_at=datetime(2026, 11, 1))
    assert club.counts("bookings") == (0, 1, 0)


def test_an_archived_row_is_counted(club: Club) -> None:
    booking = club.booking(OLD)
    model = club.gate.catalog.table("bookings.booking").model
    model.update(archived_at=datetime(2020, 1, 1)).where(model.id == booking).execute()
    assert club.counts("bookings") == (0, 1, 0)


def test_the_oldest_date_is_that_which_counts(club: Club) -> None:
    club.outing(RECENT)
    club.outing(OLD)
    assert club.found("activities").oldest == OLD
    club.entry(club.fiscal_year(2012), club.ledger_account(), OLD)
    assert club.found("accounting_entries").oldest == date(2013, 4, 15)
    assert club.found("validities").oldest is None


def test_the_counts_agree_with_the_blockers_of_a_deletion(club: Club) -> None:
    training = club.training(OLD, OLD)
    club.paid(training=training)
    for _n in range(3):
        club.outing(OLD)
    club.booking(OLD)
    for activity, table in (("activities", "activities.outing"), ("bookings", "bookings.booking")):
        rows, _more = club.gate.obsolete(activity).page(0, 50)
        previewed = club.gate.erasure(table, [row.id for row in rows])
        assert {row.id for row in rows if not row.blockers} == set(previewed.deletable)


def test_pages_list_every_obsolete_row_once(club: Club) -> None:
    training = club.training(OLD, OLD)
    ids = [club.outing(OLD, training=training) for _n in range(5)]
    obsolete = club.gate.obsolete("trainings")
    pages = [obsolete.page(number, 2) for number in range(4)]
    seen = [(row.table, row.id) for rows, _more in pages for row in rows]
    assert seen == [*(("activities.outing", id) for id in ids), ("activities.training", training)]
    assert [more for _rows, more in pages] == [True, True, False, False]
