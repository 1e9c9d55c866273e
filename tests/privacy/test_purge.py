"""A purge: previewed, confirmed by the same counts, one transaction, with its evidence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.actor import process
from portal.declare import Reach, Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.privacy import retention
from portal.rows import Selection
from tests.factories import grant, granted
from tests.privacy.conftest import OLD, RECENT, TODAY, Club

ACTIVITIES = (
    "activities",
    "accounts",
    "accounting_entries",
    "trainings",
    "bookings",
    "persons",
    "validities",
)


@pytest.fixture
def filled(club: Club) -> Club:
    """Give rows of every activity: within their term, past it, and blocked."""
    club.outing(OLD)
    club.outing(RECENT)
    club.paid(outing=club.outing(OLD))
    training = club.training(OLD, OLD + timedelta(days=9))
    club.outing(OLD, training=training)
    club.outing(RECENT, training=club.training(OLD, None))
    club.booking(OLD)
    club.booking(RECENT)
    struck = club.ledger_account(active=False)
    never = club.ledger_account(active=False)
    club.ledger_account(active=False)
    club.entry(club.fiscal_year(2011), struck, date(2011, 3, 1))
    broken = club.fiscal_year(2012)
    club.entry(broken, struck, OLD)
    club.entry(broken, never, OLD)
    club.add("accounting.balance", ledger_account=struck, day=date(2012, 12, 31))
    petit = club.add("directory.person", last_name="Petit", active=False)
    club.add("members.validity", person=petit, issued_on=RECENT, expires_on=RECENT)
    club.add("members.validity", person=club.person, issued_on=OLD, expires_on=OLD)
    club.change("directory.person", club.person, active=False)
    return club


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_a_purge_erases_the_deletable_rows_and_nothing_else(filled: Club, activity: str) -> None:
    before = {name: filled.counts(name) for name in ACTIVITIES}
    kept, deletable, blocked = before[activity]
    assert deletable
    done = retention.run(filled.gate, retention.plan(filled.gate, activity))
    assert filled.counts(activity) == (kept, 0, blocked)
    assert (done.erased, done.blocked, done.kept) == (deletable, blocked, kept)
    freed = {name: filled.counts(name)[1] - before[name][1] for name in ACTIVITIES}
    assert all(number >= 0 for name, number in freed.items() if name != activity)


def test_a_plan_changes_nothing(filled: Club) -> None:
    before = [filled.counts(activity) for activity in ACTIVITIES]
    for activity in ACTIVITIES:
        retention.plan(filled.gate, activity)
    assert [filled.counts(activity) for activity in ACTIVITIES] == before


def test_a_plan_names_each_row_and_why_it_stays(club: Club) -> None:
    free, paid = club.booking(OLD), club.booking(OLD + timedelta(days=1))
    club.paid(booking=paid)
    plan = retention.plan(club.gate, "bookings")
    assert [(row.id, row.reasons) for row in plan.rows] == [
        (free, ()),
        (paid, ("Rows of “Accounting entries” refer to it",)),
    ]
    assert plan.rows[0].title.startswith("4 May 2012")


def test_a_whole_year_goes(filled: Club) -> None:
    retention.run(filled.gate, retention.plan(filled.gate, "accounting_entries"))
    days = [row.values["day"] for row in filled.gate.list("accounting.entry", Selection()).rows]
    assert sorted(days) == [OLD, OLD, RECENT]


def test_a_purge_that_is_not_what_was_previewed_is_refused(club: Club) -> None:
    first = club.booking(OLD)
    plan = retention.plan(club.gate, "bookings")
    second = club.booking(OLD)
    with pytest.raises(Conflict):
        retention.run(club.gate, plan)
    assert club.exists("bookings.booking", first)
    assert club.exists("bookings.booking", second)
    assert retention.past(club.gate) == ()


def test_a_row_blocked_since_the_preview_stops_the_purge(club: Club) -> None:
    booking = club.booking(OLD)
    plan = retention.plan(club.gate, "bookings")
    club.paid(booking=booking)
    with pytest.raises(Conflict):
        retention.run(club.gate, plan)
    assert club.exists("bookings.booking", booking)


def test_the_evidence_counts_by_table_and_names_nobody(filled: Club) -> None:
    done = retention.run(filled.gate, retention.plan(filled.gate, "persons"))
    assert done.details == {"directory.person": 1, "members.validity": 1}
    assert done.by == "test"
    assert retention.past(filled.gate) == (done,)
    row = filled.gate.one("privacy.purge", done.id)
    assert "Petit" not in str(row.values)


def test_a_purge_is_journaled_as_one(club: Club) -> None:
    club.booking(OLD)
    retention.run(club.gate, retention.plan(club.gate, "bookings"))
    reader = club.acting(granted(grant("journal.*")))
    kinds = [row.values["kind"] for row in reader.list("journal.entry", Selection()).rows]
    assert kinds.count("purge") == 1


def test_the_words_of_erased_rows_leave_the_index(club: Club) -> None:
    club.add("directory.person", last_name="Zylberstein", active=False)
    retention.run(club.gate, retention.plan(club.gate, "persons"))
    assert club.gate.list("directory.person", Selection(search="zylber")).rows == ()


def test_a_thousand_rows_go_at_once(club: Club) -> None:
    days = [{"person": club.person, "day": OLD} for _n in range(1_200)]
    club.gate.create_many("activities.outing", days)
    done = retention.run(club.gate, retention.plan(club.gate, "activities"))
    assert done.erased == 1_200
    assert club.counts("activities") == (0, 0, 0)


@pytest.mark.parametrize(
    ("rights", "named"),
    [
        ([grant("bookings.*", "read erase"), grant("privacy.purge")], "right to run “Purges”"),
        (
            [grant("bookings.*"), grant("privacy.purge", "read execute")],
            "right to delete from “Bookings”",
        ),
    ],
)
def test_a_purge_needs_the_right_to_run_it_and_to_erase(
    club: Club, rights: list[object], named: str
) -> None:
    club.booking(OLD)
    asked = club.acting(granted(*rights))  # type: ignore[arg-type]  # grants, by the parameters
    plan = retention.plan(asked, "bookings")
    assert not plan.purgeable
    with pytest.raises(Forbidden, match=named):
        retention.run(asked, plan)
    assert club.counts("bookings") == (0, 1, 0)


def test_counts_stay_within_the_reach_of_who_asks(club: Club) -> None:
    club.booking(OLD)
    own = grant("bookings.booking", "read erase", Reach.OWN)
    asked = club.acting(granted(own, grant("bookings.*"), person=club.instructor))
    found = asked.obsolete("bookings").counts()
    assert (found.not_obsolete, found.deletable, found.blocked) == (0, 0, 0)


def test_a_table_that_one_may_not_read_is_not_named(club: Club) -> None:
    club.paid(booking=club.booking(OLD))
    asked = club.acting(granted(grant("bookings.*", "read erase"), grant("directory.*")))
    (reason,) = asked.obsolete("bookings").counts().blocked_by
    assert "Accounting" not in str(reason)


def test_a_line_without_the_right_to_read_it_has_no_counts(club: Club) -> None:
    lines = {line.name: line for line in retention.lines(club.gate)}
    assert lines["access_journal"].counts is None
    assert lines["bookings"].counts is not None


def test_lines_show_days_minimums_and_conditions_that_are_off(club: Club) -> None:
    lines = {line.name: line for line in retention.lines(club.gate)}
    entries = lines["accounting_entries"]
    assert (entries.period, entries.days, entries.minimum) == ("10 years", 3_653, "10 years")
    assert "linked entry" in " ".join(str(option) for option in lines["persons"].options)


def test_the_journal_is_not_purged_by_hand(club: Club) -> None:
    actor = granted(
        grant("*", " ".join(verb.value for verb in Verb)), grant("journal.*", "read export")
    )
    asked = club.acting(actor)
    line = next(line for line in retention.lines(asked) if line.name == "access_journal")
    assert line.prunes_itself
    with pytest.raises(Forbidden):
        retention.run(asked, retention.plan(asked, "access_journal"))


def test_an_unknown_activity_or_page_is_refused(club: Club) -> None:
    with pytest.raises(NotFound):
        retention.plan(club.gate, "nothing")
    with pytest.raises(Invalid):
        retention.plan(club.gate, "bookings", page=-1)


def test_a_process_is_named_in_the_evidence(club: Club) -> None:
    club.booking(OLD)
    asked = club.acting(process("command line"))
    done = retention.run(asked, retention.plan(asked, "bookings"))
    assert (done.by, done.limit) == ("Command line", date(TODAY.year - 1, 11, 22))
