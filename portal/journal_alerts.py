"""Alerts of the access journal: kept until their term, dealt with by who reads the journal.

The checks of a day and the mark that they were done are one transaction: a night that is run twice
finds nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from portal import journal, journal_reading
from portal.builtin.journal import Alert
from portal.builtin.operations import State
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.i18n import _
from portal.journal import Act
from portal.journal_checks import ALERT, CHECKS, Day, Found, broken_chain, purge_not_run
from portal.models import utc_now

if TYPE_CHECKING:
    from portal.gate import Gate

CHECKED = "journal.checked"
MOST_DAYS = 31
LONGEST_NOTE = 2_000


def check_day(day: Day) -> list[tuple[str, Found]]:
    """What the checks of a day find, without keeping it."""
    return [(name, found) for name, check in CHECKS.items() for found in check(day)]


def check_whole(days: int, heads: Path) -> list[tuple[str, Found]]:
    """What is wrong with the journal as a whole: a purge that does not run, a broken chain."""
    found = [("purge_not_run", one) for one in purge_not_run(days)]
    return [*found, *(("broken_chain", one) for one in broken_chain(heads))]


def days_to_check(today: date) -> list[date]:
    """The days before `today` that were not checked yet, a month at most; yesterday at first."""
    last = State.select(State.value).where(State.name == CHECKED).tuples().first()
    first = date.fromisoformat(last[0]) + timedelta(1) if last else today - timedelta(1)
    first = max(first, today - timedelta(MOST_DAYS))
    return [first + timedelta(number) for number in range((today - first).days)]


def keep(day: date, found: Iterable[tuple[str, Found]], keep_days: int) -> int:
    """Keep what was found and note that the day is checked; how many alerts there are.

    Alerts older than the journal's term go.
    """
    rows = [
        {
            "day": day,
            "rule": rule,
            "account": one.account,
            "actor": one.actor,
            "number": one.number,
            "entry": one.entry,
            "person": one.person,
            "address": one.address,
        }
        for rule, one in found
    ]
    with transaction():
        for start in range(0, len(rows), 500):
            Alert.insert_many(rows[start : start + 500]).execute()
        Alert.delete().where(Alert.day < day - timedelta(days=keep_days)).execute()
        State.insert(name=CHECKED, value=day.isoformat()).on_conflict(
            conflict_target=[State.name], update={State.value: day.isoformat()}
        ).execute()
    return len(rows)


def deal(gate: Gate, alert: int, note: str) -> None:
    """Note that an alert was looked into, by whom and with what outcome; journaled.

    Raises NotFound for who does not read the journal and for an alert that is dealt with.
    """
    if not journal_reading.may_read(gate):
        raise NotFound(_("There is nothing at this address."))
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("The note has more than {most} characters.").format(most=LONGEST_NOTE))
    with transaction():
        changed = Alert.update(
            handled_at=utc_now(), handled_by=gate.actor.account, note=note.strip()
        ).where(Alert.id == alert, Alert.handled_at.is_null())
        if not changed.execute():
            raise NotFound(_("There is no such alert."), _("Somebody may have dealt with it."))
        journal.record(gate.actor, Act(gate.channel, Verb.UPDATE, ALERT, rows=1))
