"""Reminders of requests: sent once for each step, by number alone; old evidence is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.actor import process
from portal.builtin.operations import Job
from portal.channels import Channel
from portal.database import close_database
from portal.gate import Gate
from portal.operations import mail, request_reminders
from portal.privacy import requests
from portal.privacy.requests import REQUEST, Received
from portal.rows import Selection
from portal.settings import Settings
from portal.settings_sections import Mail
from tests.conftest import DATABASES
from tests.factories import make_portal

DUE = date(2026, 12, 10)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def posting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Give the settings of a portal that sends mail, one for the module."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    portal = make_portal(tmp_path_factory.mktemp("reminders"), url)
    gate = on(date(2026, 11, 10))
    row = gate.list("directory.organisation", Selection(page_size=1)).rows
    values = {"name": "Club", "dpo_email": "donnees@club.example"}
    if row:
        gate.update("directory.organisation", row[0].id, values, row[0].version)
    else:
        gate.create("directory.organisation", values)
    yield replace(portal.settings, mail=Mail(host="mail.club.example"))
    close_database()
    if server:
        server.drop(url)


def on(day: date) -> Gate:
    return Gate(process("test"), Channel.LIST, today=day)


def received(**more: str) -> int:
    asked = Received(date(2026, 11, 10), "letter", ("access",), name="Zoé Roux", **more)
    return requests.receive(on(date(2026, 11, 10)), asked)


def messages() -> list[str]:
    return [
        json.loads(arguments)["text"]
        for (arguments,) in Job.select(Job.arguments).where(Job.name == mail.JOB).tuples()
    ]


@pytest.fixture(autouse=True)
def nothing_open(posting: Settings) -> None:
    """End the requests of the test before, and forget its messages."""
    for row in on(DUE).list(REQUEST, Selection(page_size=500)).rows:
        if row.values["state"] in requests.OPEN:
            requests.withdraw(on(DUE), row.id)
    Job.delete().execute()


def test_each_step_is_reminded_once(posting: Settings) -> None:
    id = received()
    sent = [
        request_reminders.remind(on(DUE - timedelta(days=days)), posting)
        for days in (16, 15, 14, 8, 7, 2, 1, 0)
    ]
    assert sent == [0, 1, 0, 0, 1, 0, 1, 0]
    assert f"D{id:04}" in messages()[0]
    assert "15 days are left" in messages()[0]


def test_a_message_names_nobody(posting: Settings) -> None:
    received()
    request_reminders.remind(on(DUE), posting)
    assert len(messages()) == 1
    assert "Roux" not in messages()[0]


def test_a_missed_night_is_made_up(posting: Settings) -> None:
    received()
    assert request_reminders.remind(on(DUE - timedelta(days=5)), posting) == 1


def test_an_answered_request_is_not_reminded(posting: Settings) -> None:
    id = received()
    requests.decide(on(DUE), id, "refused", "Nobody of this name is known")
    requests.answer(on(DUE), id, "letter")
    assert request_reminders.remind(on(DUE), posting) == 0


def test_evidence_is_deleted_after_one_year(posting: Settings) -> None:
    id = received()
    requests.identity_checked(on(date(2026, 11, 12)), id, "document", "Copy in the safe")
    assert request_reminders.tidy(on(date(2027, 11, 12))) == 0
    assert request_reminders.tidy(on(date(2027, 11, 13))) == 1
    assert on(DUE).one(REQUEST, id).values["identity_evidence"] == ""
