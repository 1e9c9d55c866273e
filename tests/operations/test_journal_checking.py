"""The nightly check of the journal: alerts, the start page, and a message to who reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from portal import journal, journal_alerts
from portal.actor import Actor, Origin
from portal.builtin.journal import Alert
from portal.builtin.operations import Job
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.fieldtypes import EDGES
from portal.operations import jobs, journal_checking
from portal.privacy import alerts
from portal.settings import Settings
from portal.settings_sections import Mail
from portal.start import Portal
from tests.factories import account, gate

HERE = Origin("93.184.216.34", routable=True, client="Firefox", request="r1")


def export_yesterday(rows: int = 5_000) -> None:
    """Journal a large export of the secretary, at noon of the day before."""
    day = datetime.now(EDGES.zone).date() - timedelta(1)
    noon = datetime.combine(day, time(12), EDGES.zone).astimezone(UTC).replace(tzinfo=None)
    who = Actor("x", (), account=account("secretary"), origin=HERE)
    act = journal.Act(Channel.EXPORT, Verb.EXPORT, "directory.person", (), rows)
    journal.record(who, act, now=noon)


def with_mail(portal: Portal) -> Settings:
    gate().update(
        "accounts.account",
        account("dpo"),
        {"email": "dpo@example.org"},
        gate().one("accounts.account", account("dpo")).version,
    )
    return replace(portal.settings, mail=Mail(host="localhost", sender="a@example.org"))


def messages() -> list[str]:
    return [job.arguments for job in Job.select().where(Job.name == "mail.send")]


def test_a_night_finds_what_happened_the_day_before(demo_portal: Portal) -> None:
    export_yesterday()
    export_yesterday(10)
    assert journal_checking.check(demo_portal.settings) == 1
    (line,) = alerts.lines(gate("dpo"), 0)[0]
    assert (line.rule, line.who, line.number) == ("Large list exported", "secretary", 5_010)


def test_a_day_is_not_checked_twice(demo_portal: Portal) -> None:
    export_yesterday()
    journal_checking.check(demo_portal.settings)
    assert journal_checking.check(demo_portal.settings) == 0
    assert Alert.select().count() == 1


def test_the_check_is_a_job_of_each_night(demo_portal: Portal) -> None:
    assert jobs.KINDS[journal_checking.JOB].nightly


def test_the_reader_of_the_journal_is_told_by_mail_and_nobody_is_named(
    demo_portal: Portal,
) -> None:
    settings = with_mail(demo_portal)
    export_yesterday()
    journal_checking.check(settings)
    (message,) = messages()
    assert "dpo@example.org" in message
    assert "/admin/privacy/journal/alerts/" in message
    assert "secretary" not in message


def test_nothing_found_sends_nothing(demo_portal: Portal) -> None:
    journal_checking.check(with_mail(demo_portal))
    assert messages() == []


def test_mail_is_sent_where_the_settings_want_it(demo_portal: Portal) -> None:
    settings = with_mail(demo_portal)
    export_yesterday()
    journal_checking.check(replace(settings, alerts=replace(settings.alerts, mail=False)))
    assert (messages(), Alert.select().count()) == ([], 1)


def test_an_alert_is_dealt_with_once_with_a_note(demo_portal: Portal) -> None:
    export_yesterday()
    journal_checking.check(demo_portal.settings)
    alert = Alert.get().id
    door = gate("dpo", Channel.FORM)
    assert alerts.waiting(door) == 1
    journal_alerts.deal(door, alert, "asked for by the board")
    assert alerts.waiting(door) == 0
    (line,) = alerts.lines(door, 0, every=True)[0]
    assert (line.handled_by, line.note) == ("dpo", "asked for by the board")
    with pytest.raises(NotFound):
        journal_alerts.deal(door, alert, "")


def test_others_neither_see_nor_deal_with_alerts(demo_portal: Portal) -> None:
    export_yesterday()
    journal_checking.check(demo_portal.settings)
    for login in ("admin", "secretary", "member"):
        with pytest.raises(NotFound):
            alerts.lines(gate(login), 0)
        with pytest.raises(NotFound):
            journal_alerts.deal(gate(login), Alert.get().id, "")


def test_a_note_has_an_end(demo_portal: Portal) -> None:
    with pytest.raises(Invalid):
        journal_alerts.deal(gate("dpo"), 1, "x" * 2_001)
