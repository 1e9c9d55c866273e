"""The checks of the journal: each finds what it is for, and leaves the rest in peace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal import journal, journal_alerts, journal_checks
from portal.actor import Actor, Origin, process
from portal.builtin.accounts import Account
from portal.builtin.directory import Person
from portal.builtin.journal import RULES, Alert, Entry
from portal.channels import Channel
from portal.declare import Verb
from portal.fieldtypes import EDGES
from portal.journal_checks import CHECKS, Day, Found
from portal.models import utc_now
from portal.settings_sections import Alerts
from tests.guard.test_journal import drop_triggers
from tests.operations.conftest import core_database

TODAY = date(2026, 11, 18)
LIMITS = Alerts(
    persons_an_hour=10,
    persons_a_day=25,
    exported_rows=100,
    views_of_a_person=3,
    refused_sign_ins=4,
)
OUTSIDE = Origin("93.184.216.34", routable=True, client="Firefox", request="r1")
PERSON, VALIDITY = "directory.person", "members.validity"


@pytest.fixture
def core(database_url: str) -> Iterator[None]:
    """Open a database with the tables of the core, of an organisation in Paris."""
    before = EDGES.zone
    EDGES.zone = ZoneInfo("Europe/Paris")
    with core_database(database_url):
        yield
    EDGES.zone = before


def at(hour: int, minute: int = 0) -> datetime:
    """Give a moment of the day in Paris, as the journal keeps it."""
    local = datetime(2026, 11, 18, hour, minute, tzinfo=EDGES.zone)
    return local.astimezone(UTC).replace(tzinfo=None)


def note(
    hour: int = 10,
    *,
    minute: int = 0,
    account: int | None = 7,
    origin: Origin = OUTSIDE,
    channel: Channel = Channel.LIST,
    verb: Verb = Verb.READ,
    table: str = PERSON,
    persons: int = 0,
    person: int | None = None,
    rows: int = 1,
    outcome: str = "done",
) -> None:
    """Journal an act of the day."""
    who = Actor("x", (), account=account, origin=origin)
    about = (person,) if person else tuple(range(1_000, 1_000 + persons))
    act = journal.Act(channel, verb, table, about, rows, outcome)
    journal.record(who, act, now=at(hour, minute))


def found(rule: str, limits: Alerts = LIMITS) -> list[Found]:
    return list(CHECKS[rule](Day(TODAY, limits, (VALIDITY,))))


def test_every_check_has_its_words() -> None:
    assert {name for name, _label in RULES} == {*CHECKS, "purge_not_run", "broken_chain"}


def test_many_persons_seen_within_an_hour(core: None) -> None:
    note(10, persons=6)
    note(11, persons=6)
    assert found("persons_an_hour") == []
    note(11, minute=59, persons=5)
    assert [(one.number, one.account, one.entry) for one in found("persons_an_hour")] == [
        (11, 7, 2)
    ]


def test_writes_are_not_views(core: None) -> None:
    note(10, persons=60, channel=Channel.FORM, verb=Verb.UPDATE)
    assert (found("persons_an_hour"), found("persons_a_day")) == ([], [])


def test_many_persons_seen_within_a_day(core: None) -> None:
    for hour in (8, 12, 16):
        note(hour, persons=8)
    note(16, persons=20, account=8)
    assert found("persons_a_day") == []
    note(20, persons=2)
    assert [(one.number, one.account) for one in found("persons_a_day")] == [(26, 7)]


def test_the_parts_of_an_export_are_counted_together(core: None) -> None:
    export = {"channel": Channel.EXPORT, "verb": Verb.EXPORT}
    note(rows=60, **export)  # type: ignore[arg-type]  # the channel and the verb of an export
    other = Origin("93.184.216.34", routable=True, client="Firefox", request="r2")
    note(rows=60, origin=other, **export)  # type: ignore[arg-type]  # as above
    assert found("large_export") == []
    note(rows=60, **export)  # type: ignore[arg-type]  # as above
    assert [(one.number, one.entry) for one in found("large_export")] == [(120, 1)]


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [((23, 5), {0, 4, 23}), ((2, 4), {3}), ((0, 6), {0, 3, 4, 5}), ((7, 7), set())],
)
def test_work_out_of_hours(core: None, quiet: tuple[int, int], hours: set[int]) -> None:
    for hour in (0, 3, 4, 5, 6, 12, 22, 23):
        note(hour, account=100 + hour)
    limits = Alerts(quiet_from=quiet[0], quiet_to=quiet[1])
    expected = hours | ({3} if quiet == (23, 5) else set())
    assert {(one.account or 0) - 100 for one in found("out_of_hours", limits)} == expected


def test_protected_data_are_opened(core: None) -> None:
    note(channel=Channel.DETAIL)
    note(channel=Channel.LIST, table=VALIDITY)
    assert found("protected_data") == []
    note(channel=Channel.DETAIL, table=VALIDITY)
    note(channel=Channel.DETAIL, verb=Verb.DISCLOSE, account=8)
    assert [(one.account, one.number) for one in found("protected_data")] == [(7, 1), (8, 1)]


def test_one_person_is_seen_many_times(core: None) -> None:
    for minute in range(3):
        note(minute=minute, channel=Channel.DETAIL, person=42)
        note(minute=minute, channel=Channel.DETAIL, person=43)
        note(minute=minute, person=42)
    assert found("one_person_often") == []
    note(minute=9, channel=Channel.DETAIL, person=42)
    assert [(o.number, o.account, o.person) for o in found("one_person_often")] == [(4, 7, 42)]


def test_to_see_oneself_is_nobodys_business(core: None) -> None:
    person = Person.create(last_name="Dupont", first_name="Élodie")
    own = Account.create(login="elodie", login_key="elodie", person=person)
    for minute in range(9):
        note(minute=minute, channel=Channel.DETAIL, person=person.id, account=own.id)
    assert found("one_person_often") == []


def test_an_origin_that_is_strange(core: None) -> None:
    note()
    note(account=None, channel=Channel.SIGN_IN, verb=Verb.EXECUTE, outcome="refused")
    assert found("strange_origin") == []
    note(account=None)
    note(account=8, origin=Origin("", client="Firefox"))
    note(account=9, origin=Origin("192.168.0.4", routable=False, client="Firefox"))
    assert {one.account for one in found("strange_origin")} == {None, 8, 9}


def test_the_portals_own_processes_concern_nobody(core: None) -> None:
    act = journal.Act(Channel.LIST, Verb.DISCLOSE, PERSON, tuple(range(500)), 500)
    journal.record(process("nightly"), act, now=at(3))
    journal.record(Actor("x", (), account=1, origin=Origin(client="job")), act, now=at(3))
    assert {name: list(check(Day(TODAY, LIMITS))) for name, check in CHECKS.items()} == {
        name: [] for name in CHECKS
    }


def test_many_sign_ins_are_refused(core: None) -> None:
    refused = {"account": None, "channel": Channel.SIGN_IN, "verb": Verb.EXECUTE}
    for minute in range(4):
        note(minute=minute, outcome="refused", **refused)  # type: ignore[arg-type]  # a sign-in
        note(minute=minute, **refused)  # type: ignore[arg-type]  # as above
    assert found("refused_sign_ins") == []
    note(minute=9, outcome="refused", **refused)  # type: ignore[arg-type]  # as above
    assert [(o.number, o.address) for o in found("refused_sign_ins")] == [(5, "93.184.216.34")]


def test_the_journal_is_read(core: None) -> None:
    note(channel=Channel.JOURNAL, table="journal.entry")
    note(channel=Channel.ACCESS, table="journal.entry")
    note(table="journal.alert")
    assert found("journal_read") == []
    note(table="journal.entry")
    note(channel=Channel.EXPORT, verb=Verb.EXPORT, table="journal.entry")
    assert [(one.account, one.number) for one in found("journal_read")] == [(7, 2)]


@pytest.mark.parametrize(
    "rule",
    ["persons_an_hour", "persons_a_day", "large_export", "one_person_often", "refused_sign_ins"],
)
def test_a_threshold_of_nothing_turns_a_check_off(core: None, rule: str) -> None:
    note(persons=900)
    note(channel=Channel.EXPORT, verb=Verb.EXPORT, rows=9_000)
    note(channel=Channel.DETAIL, person=42)
    note(account=None, channel=Channel.SIGN_IN, verb=Verb.EXECUTE, outcome="refused")
    assert found(rule, Alerts(0, 0, 0, 0, 0)) == []


def test_another_day_is_not_looked_at(core: None) -> None:
    act = journal.Act(Channel.LIST, Verb.READ, PERSON, tuple(range(500)), 500)
    who = Actor("x", (), account=7, origin=OUTSIDE)
    for moment in (at(0) - timedelta(seconds=1), at(0) + timedelta(days=1)):
        journal.record(who, act, now=moment)
    assert found("persons_a_day") == []
    journal.record(who, act, now=at(0))
    assert len(found("persons_a_day")) == 1


def test_a_purge_that_does_not_run_is_found(core: None) -> None:
    act = journal.Act(Channel.LIST, Verb.READ, PERSON)
    journal.record(process("x"), act, now=utc_now() - timedelta(days=185))
    assert list(journal_checks.purge_not_run(184)) == []
    assert list(journal_checks.purge_not_run(180)) == [Found(1, entry=1)]


def test_a_broken_chain_is_found_with_its_place(core: None, tmp_path: Path) -> None:
    for _time in range(4):
        note()
    heads = tmp_path / "heads"
    assert list(journal_checks.broken_chain(heads)) == []
    drop_triggers()
    Entry.update(account=9).where(Entry.id == 3).execute()
    assert list(journal_checks.broken_chain(heads)) == [Found(1, entry=3)]


# --- what is kept


def test_a_day_is_checked_once_and_a_missed_one_is_made_up(core: None) -> None:
    assert journal_alerts.days_to_check(TODAY) == [TODAY - timedelta(1)]
    assert journal_alerts.keep(TODAY - timedelta(3), [("journal_read", Found(2, 7))], 184) == 1
    assert journal_alerts.days_to_check(TODAY) == [TODAY - timedelta(2), TODAY - timedelta(1)]
    journal_alerts.keep(TODAY - timedelta(1), [], 184)
    assert journal_alerts.days_to_check(TODAY) == []


def test_a_month_is_made_up_at_most(core: None) -> None:
    journal_alerts.keep(TODAY - timedelta(300), [], 184)
    assert len(journal_alerts.days_to_check(TODAY)) == 31


def test_alerts_go_at_the_journals_term(core: None) -> None:
    journal_alerts.keep(TODAY - timedelta(190), [("journal_read", Found(2, 7))], 184)
    journal_alerts.keep(TODAY, [("journal_read", Found(3, 7))], 184)
    assert [alert.number for alert in Alert.select()] == [3]
