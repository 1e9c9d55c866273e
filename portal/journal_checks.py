"""What the access journal is searched for each day: one small function for each check.

A check answers who is concerned and how many times; it says that something deserves a look, never
that somebody did wrong. Acts of the portal's own processes (jobs, start) concern nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from peewee import fn

from portal import journal, journal_chain
from portal.builtin.accounts import Account
from portal.builtin.journal import Entry
from portal.channels import Channel, Kind
from portal.database import is_sqlite
from portal.fieldtypes import EDGES
from portal.models import utc_now
from portal.settings_sections import Alerts

OWN_CLIENTS = ("process", "job")
"""The clients of the portal's own processes."""
VIEWS = (Kind.DIRECTORY_LIST, Kind.SHEET_VIEW, Kind.LOOKUP, Kind.ARCHIVE_ACCESS)
SHEETS = (Kind.SHEET_VIEW, Kind.SHEET_EXPORT, Kind.ARCHIVE_ACCESS, Kind.DOCUMENT)
EXPORTS = (Kind.DIRECTORY_EXPORT, Kind.SHEET_EXPORT)
GRACE = timedelta(days=2)
"""How much later than its term an entry may go: the purge runs each night."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the organisation, as UTC moments, and what the checks ask beside the journal.

    `sensitive` are the tables with sensitive fields that open without a reason.
    """

    day: date
    limits: Alerts
    sensitive: Collection[str] = ()

    def at(self, hour: int) -> datetime:
        """The beginning of an hour of the day; 24 is the end of the day."""
        midnight = self.day + timedelta(days=hour // 24)
        local = datetime.combine(midnight, time(hour % 24), EDGES.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def entries(self, *columns: Any) -> Any:
        """The entries of the day that are not the portal's own, as a query."""
        query = Entry.select(*columns).where(Entry.at >= self.at(0), Entry.at < self.at(24))
        return query.where(Entry.client.not_in(OWN_CLIENTS))


@dataclass(frozen=True, slots=True)
class Found:
    """Who is concerned (an account, or the name of a process), how often, since which entry.

    `person` is whom the acts are about, where that is one person; `address` where they came from.
    """

    number: int
    account: int | None = None
    actor: str = ""
    entry: int | None = None
    person: int | None = None
    address: str = ""


Check = Callable[[Day], Iterator[Found]]
_WHO = (Entry.account, Entry.actor)


def persons_an_hour(day: Day) -> Iterator[Found]:
    """Many persons were seen by one author within an hour: the busiest hour of each author."""
    hour = fn.substr(Entry.at, 1, 13) if is_sqlite() else fn.date_trunc("hour", Entry.at)
    seen, most = fn.SUM(Entry.person_count), day.limits.persons_an_hour
    query = day.entries(*_WHO, seen, fn.MIN(Entry.id)).where(Entry.kind.in_(VIEWS))
    busiest: dict[Any, Found] = {}
    for account, actor, number, entry in query.group_by(*_WHO, hour).having(seen > most).tuples():
        found = Found(int(number), account, actor, entry)
        before = busiest.get((account, actor))
        if most and (before is None or found.number > before.number):
            busiest[account, actor] = found
    yield from busiest.values()


def persons_a_day(day: Day) -> Iterator[Found]:
    """Many persons were seen by one author within the day."""
    seen, most = fn.SUM(Entry.person_count), day.limits.persons_a_day
    query = day.entries(*_WHO, seen, fn.MIN(Entry.id)).where(Entry.kind.in_(VIEWS))
    yield from _by_author(query.group_by(*_WHO).having(seen > most), on=bool(most))


def large_export(day: Day) -> Iterator[Found]:
    """A list was exported with many rows; the parts of one export are counted together."""
    rows, most = fn.SUM(Entry.row_count), day.limits.exported_rows
    query = day.entries(*_WHO, rows, fn.MIN(Entry.id)).where(Entry.kind.in_(EXPORTS))
    query = query.group_by(*_WHO, Entry.table_name, Entry.request).having(rows > most)
    yield from _by_author(query, on=bool(most))


def out_of_hours(day: Day) -> Iterator[Found]:
    """Somebody worked while nobody is expected to."""
    first, last = day.limits.quiet_from, day.limits.quiet_to
    if first == last:
        return
    spans = ((first, last),) if first < last else ((0, last), (first, 24))
    quiet = [(Entry.at >= day.at(low)) & (Entry.at < day.at(high)) for low, high in spans]
    within = quiet[0] if len(quiet) == 1 else quiet[0] | quiet[1]
    query = day.entries(*_WHO, fn.COUNT(Entry.id), fn.MIN(Entry.id)).where(within)
    yield from _by_author(query.group_by(*_WHO))


def protected_data(day: Day) -> Iterator[Found]:
    """Archived, restricted or sensitive data were opened."""
    opened = Entry.kind == Kind.ARCHIVE_ACCESS
    if day.sensitive:
        read = Entry.kind.in_((*SHEETS, Kind.DIRECTORY_EXPORT))
        opened = opened | (read & Entry.table_name.in_(sorted(day.sensitive)))
    query = day.entries(*_WHO, fn.COUNT(Entry.id), fn.MIN(Entry.id)).where(opened)
    yield from _by_author(query.group_by(*_WHO))


def one_person_often(day: Day) -> Iterator[Found]:
    """One author saw one person many times; to see oneself is nobody's business."""
    times, most = fn.COUNT(Entry.id), day.limits.views_of_a_person
    query = day.entries(*_WHO, times, fn.MIN(Entry.id), Entry.persons)
    query = query.where(Entry.kind.in_(SHEETS), Entry.person_count == 1)
    rows = list(query.group_by(*_WHO, Entry.persons).having(times > most).tuples())
    accounts = sorted({account for account, *_rest in rows if account is not None})
    people = Account.select(Account.id, Account.person).where(Account.id.in_(accounts))
    own = dict(people.tuples())
    for account, actor, number, entry, persons in rows if most else ():
        person = int(persons.strip("[]"))
        if account is None or own.get(account) != person:
            yield Found(number, account, actor, entry, person)


def strange_origin(day: Day) -> Iterator[Found]:
    """No account, no address, or an address that is not routable.

    A refused sign-in has no account by its nature: it is another check.
    """
    nobody = Entry.account.is_null() & (Entry.kind != Kind.SIGN_IN)
    strange = nobody | (Entry.address == "") | ~Entry.routable
    query = day.entries(*_WHO, fn.COUNT(Entry.id), fn.MIN(Entry.id)).where(strange)
    yield from _by_author(query.group_by(*_WHO))


def refused_sign_ins(day: Day) -> Iterator[Found]:
    """Many sign-ins from one address were refused."""
    times, most = fn.COUNT(Entry.id), day.limits.refused_sign_ins
    query = day.entries(Entry.address, times, fn.MIN(Entry.id))
    query = query.where(Entry.kind == Kind.SIGN_IN, Entry.outcome != "done")
    for address, number, entry in query.group_by(Entry.address).having(times > most).tuples():
        if most:
            yield Found(number, entry=entry, address=address)


def journal_read(day: Day) -> Iterator[Found]:
    """The journal was read: by a page, a file or a command.

    Not counted: one's own acts on the start page and the accesses to one's own record
    (Channel.JOURNAL), the part of an access document, and the list of these alerts.
    """
    query = day.entries(*_WHO, fn.COUNT(Entry.id), fn.MIN(Entry.id)).where(
        Entry.kind == Kind.JOURNAL_ACCESS,
        Entry.channel.not_in((Channel.JOURNAL, Channel.ACCESS)),
        Entry.table_name != ALERT,
    )
    yield from _by_author(query.group_by(*_WHO))


ALERT = "journal.alert"
CHECKS: Mapping[str, Check] = {
    "persons_an_hour": persons_an_hour,
    "persons_a_day": persons_a_day,
    "large_export": large_export,
    "out_of_hours": out_of_hours,
    "protected_data": protected_data,
    "one_person_often": one_person_often,
    "strange_origin": strange_origin,
    "refused_sign_ins": refused_sign_ins,
    "journal_read": journal_read,
}
"""The checks of a day, by the name of their alert."""


def purge_not_run(days: int) -> Iterator[Found]:
    """Entries are still there long after their term: the purge of each night does not run."""
    late = Entry.at < utc_now() - timedelta(days=days) - GRACE
    number, entry = Entry.select(fn.COUNT(Entry.id), fn.MIN(Entry.id)).where(late).tuples().get()
    if number:
        yield Found(number, entry=entry)


def broken_chain(heads: Path) -> Iterator[Found]:
    """An entry was changed, removed or forged; the place is the entry."""
    journal.gather()
    verdict = journal_chain.verify(heads)
    if not verdict.whole:
        yield Found(1, entry=verdict.broken_at)


def _by_author(query: Any, *, on: bool = True) -> Iterator[Found]:
    """What a query of (account, process, number, first entry) found; nothing when it is off."""
    for account, actor, number, entry in query.tuples() if on else ():
        yield Found(int(number), account, actor, entry)
