"""The checks of the access journal, each night, and the message that says what they found.

The message counts and names nobody: what it is about is read in the portal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal import catalog, journal_alerts
from portal.accounts import superusers
from portal.builtin.journal import RULES
from portal.fieldtypes import EDGES, DateType, IntegerType
from portal.i18n import DEFAULT_LANGUAGE, _, gettext, labelled, language, ngettext
from portal.journal_checks import Day, Found
from portal.operations import jobs, mail
from portal.operations.backup import journal_head_file
from portal.operations.work import RunningJob
from portal.settings import Settings

JOB = "journal.check"


@jobs.register(JOB, _("Check the access journal"), nightly=True)
def _nightly(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return str(check(job.settings))


def check(settings: Settings) -> int:
    """Check each day that was not checked yet, and the journal as a whole; how many alerts."""
    today = datetime.now(EDGES.zone).date()
    waiting = journal_alerts.days_to_check(today)
    found: list[tuple[str, Found]] = []
    for day in waiting:
        of_day = journal_alerts.check_day(Day(day, settings.alerts, sensitive_tables()))
        if day == waiting[-1]:
            heads = journal_head_file(settings)
            of_day += journal_alerts.check_whole(settings.journal.days, heads)
        journal_alerts.keep(day, of_day, settings.journal.days)
        found += of_day
    if found and settings.alerts.mail and settings.mail.host:
        _tell(settings, Counter(rule for rule, _one in found))
    return len(found)


def sensitive_tables() -> tuple[str, ...]:
    """The tables with a sensitive field that opens without a reason."""
    return tuple(
        table.name
        for table in catalog.current()
        if any(field.sensitive and not field.disclosed for field in table.fields.values())
    )


def _tell(settings: Settings, counts: Mapping[str, int]) -> None:
    for address, spoken in superusers.readers_of_journal():
        if mail.is_address(address):
            with language(spoken or settings.locale.language or DEFAULT_LANGUAGE):
                mail.queue(address, *_message(settings, counts))


def _message(settings: Settings, counts: Mapping[str, int]) -> tuple[str, str]:
    total = sum(counts.values())
    text = ngettext(
        "The check of the access journal found {count} thing to look at.",
        "The check of the access journal found {count} things to look at.",
        total,
    )
    lines = [text.format(count=IntegerType().show(total)), ""]
    lines += _lines(counts)
    where = f"{settings.server.public_address.rstrip('/')}{settings.admin.prefix}"
    lines += ["", gettext("Look at them in the portal:"), f"{where}/privacy/journal/alerts/"]
    day = DateType().show(datetime.now(EDGES.zone).date())
    return labelled(gettext("Access journal"), day), "\n".join(lines) + "\n"


def _lines(counts: Mapping[str, int]) -> Iterable[str]:
    known = [(label, counts[rule]) for rule, label in RULES if counts.get(rule)]
    return [labelled(label, IntegerType().show(number)) for label, number in known]
