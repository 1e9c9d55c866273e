"""Mail by SMTP, in plain text, sent by a job that tries again.

Refuses attachments: a message says that something waits in the portal, where rights are asked. A
message is forgotten when it is sent. The server's name and certificate are checked with STARTTLS.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from portal.errors import Invalid
from portal.i18n import _
from portal.operations import jobs
from portal.operations.work import RunningJob
from portal.settings_sections import Mail

JOB = "mail.send"
SECONDS = 20
TRIES = 5
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")


class MailRefused(Exception):
    """The server did not take a message; sent again later."""


def queue(recipient: str, subject: str, text: str, *, account: int | None = None) -> int:
    """Send a message from a job, tried five times more over an hour; the job's number.

    Belongs to the transaction that is open. Raises Invalid for an address that is none.
    """
    _check(recipient, subject)
    arguments = {"recipient": recipient, "subject": subject, "text": text}
    return jobs.enqueue(JOB, arguments, account)


def is_address(text: str) -> bool:
    """True for an e-mail address that a message may be sent to."""
    return bool(_ADDRESS.fullmatch(text))


def send_now(mail: Mail, recipient: str, subject: str, text: str) -> None:
    """Send a message and wait until the server took it.

    Raises Invalid when no server is set or an address is none, MailRefused when it was not taken.
    """
    _check(recipient, subject)
    if not mail.host:
        raise Invalid(_("No mail server is set."), _("Set mail.host in greffe.toml."))
    try:
        _send(mail, recipient, _message(mail, recipient, subject, text))
    except (OSError, smtplib.SMTPException) as error:
        raise MailRefused(type(error).__name__) from None  # its words may hold the address


@jobs.register(
    JOB, _("Send a message"), retries=TRIES, retry_after=timedelta(minutes=12), forget=True
)
def _send_queued(job: RunningJob, arguments: Mapping[str, Any]) -> None:
    send_now(job.settings.mail, arguments["recipient"], arguments["subject"], arguments["text"])


def _check(recipient: str, subject: str) -> None:
    if not is_address(recipient):
        raise Invalid(_("This is not an e-mail address."), fields={"email": _("Not an address.")})
    if "\n" in subject or "\r" in subject:
        raise Invalid(_("The subject of a message is one line."))


def _message(mail: Mail, recipient: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = mail.sender or mail.username
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=(mail.sender.rpartition("@")[2] or "localhost"))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _send(mail: Mail, recipient: str, message: EmailMessage) -> None:
    with smtplib.SMTP(mail.host, mail.port, timeout=SECONDS) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.username:
            server.login(mail.username, mail.password)
        server.send_message(message, mail.sender or mail.username, [recipient])
