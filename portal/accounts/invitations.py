"""Links to choose a password, sent by mail or shown once: after a forgotten one, or by who may.

Refuses to say whether an account exists: who asks for a forgotten password gets one answer, at
once, and a job looks the account up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portal.accounts import attempts, links
from portal.accounts.attempts import LINK, Most
from portal.accounts.links import Purpose
from portal.actor import Origin
from portal.builtin.accounts import Account
from portal.database import transaction
from portal.i18n import _, gettext, language
from portal.models import utc_now
from portal.operations import jobs, mail
from portal.operations.work import RunningJob
from portal.settings import Settings
from portal.text import fold

JOB = "accounts.forgotten"
PATH = "/new-password/"
LONGEST = 254
MOST = Most(by_name=3, by_address=20)
MOST_ACCOUNTS = 5  # that share an e-mail address


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was made: where it was sent, or "" and the link itself, to be shown once."""

    sent_to: str
    link: str


def invite(account: int, settings: Settings, address: str) -> Invitation:
    """A link to choose a password for an account; `address` is that of the portal.

    Sent to the account's e-mail when the portal sends mail and the account has one. Asks no right:
    who calls has done so.
    """
    query = Account.select(Account.login, Account.email, Account.language)
    login, email, spoken = query.where(Account.id == account).tuples().get()
    sent_to = email if settings.mail.host and mail.is_address(email) else ""
    with transaction():
        link = f"{address.rstrip('/')}{PATH}{links.issue(Purpose.PASSWORD, account)}"
        if not sent_to:
            return Invitation("", link)
        with language(spoken or settings.locale.language):
            mail.queue(sent_to, gettext("Choose your password"), _message(login, link))
    return Invitation(sent_to, "")


def forgotten(text: str, origin: Origin, address: str) -> None:
    """Somebody forgot the password of the account with this sign-in name or e-mail address.

    The same for an account that does not exist. Raises TooManyAttempts.
    """
    typed = text.strip()[:LONGEST].replace("\0", "")
    attempts.count(LINK, fold(typed), origin.address, MOST, utc_now())
    jobs.enqueue(JOB, {"text": typed, "address": address})


@jobs.register(JOB, _("Send a link for a forgotten password"), forget=True)
def _send(job: RunningJob, arguments: Mapping[str, Any]) -> None:
    """Send a link to each active account that was named, when there is one."""
    if not job.settings.mail.host:
        return
    typed = str(arguments["text"])
    named = (Account.login_key == fold(typed)) | (fn.LOWER(Account.email) == typed.lower())
    query = Account.select(Account.id).where(named, Account.active, Account.email != "")
    for (account,) in query.order_by(Account.id).limit(MOST_ACCOUNTS).tuples():
        invite(account, job.settings, str(arguments["address"]))


def _message(login: str, link: str) -> str:
    lines = (
        gettext("A new password may be chosen for the account {login} at this address:"),
        "{link}",
        gettext("The link works once, within the hour."),
        gettext("If you did not ask for it, do nothing: your password stays as it is."),
    )
    return "\n\n".join(lines).format(login=login, link=link) + "\n"
