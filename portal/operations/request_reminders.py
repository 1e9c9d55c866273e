"""Every night: who treats a request is reminded of its term, and old evidence of identity goes.

A reminder is sent 15, 7 and 1 day before the term and names the request by its number alone; the
evidence is deleted one year after the check at the latest. A night that was missed is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import periods
from portal.actor import process
from portal.channels import Channel
from portal.declare import months
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.operations import jobs, mail
from portal.operations.work import RunningJob
from portal.privacy import deadlines, request_list, requests
from portal.privacy.register import organisation
from portal.privacy.requests import REQUEST
from portal.rows import Filter, Row, Selection
from portal.settings import Settings

JOB = "requests.watch"
AT_ONCE = 500
KEPT = months(12)
ACCOUNT = "accounts.account"


@jobs.register(JOB, _("Remind of requests, delete old evidence of identity"), nightly=True)
def _watch(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    gate = Gate(process(JOB), Channel.LIST)
    return f"{remind(gate, job.settings)} {tidy(gate)}"


def remind(gate: Gate, settings: Settings) -> int:
    """Send the reminders that are due and were not sent; how many."""
    last = max(deadlines.REMINDERS)
    waiting = (Filter("closed_on", "empty", "true"), Filter("answered_on", "empty", "true"))
    wanted = Selection(filters=waiting, sort="due_on", page_size=AT_ONCE)
    sent = 0
    for row in gate.list(REQUEST, wanted).rows:
        left = (row.values["due_on"] - gate.today).days
        if left > last:
            break
        step = min(days for days in deadlines.REMINDERS if left <= days)
        mark = f"{step} {row.values['due_on'].isoformat()}"
        told = any(act.note == mark for act in request_list.steps(gate, row.id))
        recipient = _recipient(gate, row)
        if told or not recipient or not settings.mail.host:
            continue
        _send(row, left, recipient)
        requests.tell(requests.keeping(gate), row.id, "reminded", mark)
        sent += 1
    return sent


def _send(row: Row, left: int, recipient: str) -> None:
    number = str(row.values["identifier"])
    day = DateType().show(row.values["due_on"])
    if left < 0:
        text = gettext("Request {number} was due on {day} and is not answered.")
        said = text.format(number=number, day=day)
    else:
        text = ngettext(
            "Request {number} is due on {day}: {left} day is left.",
            "Request {number} is due on {day}: {left} days are left.",
            left,
        )
        said = text.format(number=number, day=day, left=left)
    subject = gettext("Request {number}: its term is near").format(number=number)
    mail.queue(recipient, subject, f"{said}\n\n" + gettext("It waits in the register of requests."))


def _recipient(gate: Gate, row: Row) -> str:
    """The address of who treats the request, else that of the data protection officer."""
    assigned = row.values["assigned"]
    found = ""
    if assigned is not None:
        found = str(gate.one(ACCOUNT, assigned.id).values.get("email") or "")
    address = found or organisation(gate)["dpo_email"]
    return address if mail.is_address(address) else ""


def tidy(gate: Gate) -> int:
    """Delete the evidence of identities that were checked a year ago; how many."""
    limit = periods.limit(gate.today, KEPT)
    old = (
        Filter("identity_evidence", "empty", "false"),
        Filter("identity_checked_on", "before", limit.isoformat()),
    )
    rows = gate.list(REQUEST, Selection(filters=old, page_size=AT_ONCE)).rows
    for row in rows:
        requests.mark(gate, row.id, "evidence_deleted", {"identity_evidence": ""})
    return len(rows)
