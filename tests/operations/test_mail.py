"""Messages reach a real SMTP server, are tried again, and are forgotten when they are sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from portal.builtin.operations import DONE, FAILED, QUEUED, Job
from portal.database import proxy, transaction
from portal.errors import Invalid
from portal.models import utc_now
from portal.operations import jobs, mail
from portal.settings import Settings
from portal.settings_sections import Mail

RECIPIENT = "ines@club.example"

# The server of these tests is on the loopback and has no certificate.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not:UserWarning")


class Postbox:
    """What an SMTP server of the tests received."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


def free_port() -> int:
    """Give a port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Let `club` in with its password."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"club", b"word")
    return AuthResult(success=right)


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, Mail]]:
    """Start an SMTP server on the loopback that asks for a login."""
    box = Postbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    yield (
        box,
        Mail(
            host="127.0.0.1",
            port=controller.port,
            username="club",
            password="word",
            sender="portail@club.example",
        ),
    )
    controller.stop()


def test_a_message_arrives_as_it_was_written(postbox: tuple[Postbox, Mail]) -> None:
    box, server = postbox
    mail.send_now(server, RECIPIENT, "Réservation confirmée", "Bonjour Inès,\nà demain.")
    (message,) = box.messages
    assert (message["To"], message["From"]) == (RECIPIENT, "portail@club.example")
    assert message["Subject"] == "Réservation confirmée"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Bonjour Inès,", "à demain."]


def test_a_wrong_login_is_refused(postbox: tuple[Postbox, Mail]) -> None:
    _box, server = postbox
    with pytest.raises(mail.MailRefused):
        mail.send_now(replace(server, password="other"), RECIPIENT, "s", "t")


def test_a_server_that_is_not_there_is_a_refusal() -> None:
    with pytest.raises(mail.MailRefused):
        mail.send_now(Mail(host="127.0.0.1", port=1, sender="a@b.example"), RECIPIENT, "s", "t")


def test_a_portal_without_a_server_says_so() -> None:
    with pytest.raises(Invalid, match="mail.host"):
        mail.send_now(Mail(), RECIPIENT, "s", "t")


@pytest.mark.parametrize("address", ["", "ines", "a@b@c", "a@b\nBcc: x@y.example", "<a@b.example>"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        mail.send_now(Mail(host="127.0.0.1"), address, "s", "t")


def test_a_subject_cannot_add_a_header() -> None:
    with pytest.raises(Invalid):
        mail.send_now(Mail(host="127.0.0.1"), RECIPIENT, "s\r\nBcc: x@y.example", "t")


def test_a_queued_message_is_sent_and_forgotten(
    settings: Settings, postbox: tuple[Postbox, Mail]
) -> None:
    box, server = postbox
    job = mail.queue(RECIPIENT, "Bonjour", "texte")
    jobs.run_pending(replace(settings, mail=server))
    assert [message["Subject"] for message in box.messages] == ["Bonjour"]
    row = Job.get_by_id(job)
    assert (row.state, row.arguments) == (DONE, "{}")


def test_a_message_is_not_sent_when_its_transaction_fails(settings: Settings) -> None:
    with transaction(), proxy.atomic() as act:
        mail.queue(RECIPIENT, "Bonjour", "texte")
        act.rollback()
    assert Job.select().count() == 0


def test_a_refused_message_is_tried_again_later(
    settings: Settings, postbox: tuple[Postbox, Mail]
) -> None:
    box, server = postbox
    box.answer = "451 Try again later"
    job = mail.queue(RECIPIENT, "Bonjour", "texte")
    for attempt in range(1, 6):
        assert jobs.run_pending(replace(settings, mail=server)) == 1
        row = Job.get_by_id(job)
        assert (row.state, row.attempts) == (QUEUED, attempt)
        assert row.heartbeat_at > utc_now() + timedelta(minutes=10)
        Job.update(heartbeat_at=utc_now()).execute()
    jobs.run_pending(replace(settings, mail=server))
    row = Job.get_by_id(job)
    assert (row.state, row.arguments) == (FAILED, "{}")
