"""The access journal: who did what, when, from where, about whom; append-only and chained.

Only the guard writes it. A write journals as the last statement of its own transaction, so that no
act happens without its entry; a read journals in a short transaction of its own before any row is
shown, or beside the database while somebody writes for long (`portal.journal_waiting`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peewee import SQL, Query, Table, fn

from portal import counts, journal_chain, journal_waiting
from portal.actor import Actor
from portal.builtin.audit import AuditEvent
from portal.builtin.journal import Anchor, Entry, ErasedName
from portal.channels import KINDS, Channel, Kind
from portal.database import BUSY_SECONDS, is_sqlite, proxy, transaction
from portal.declare import Verb
from portal.errors import Busy, Invalid
from portal.i18n import _
from portal.journal_chain import CHAINED, HEAD, Verdict, fingerprint, head
from portal.journal_triggers import DEFAULT_KEEP_DAYS, statements
from portal.models import utc_now

__all__ = [
    "Act",
    "Verdict",
    "configure",
    "create",
    "enabled",
    "gather",
    "head",
    "keep",
    "kind_of",
    "prune",
    "record",
    "remember_erased",
    "verify",
    "who_saw",
    "write_head",
]

PERSONS_PER_ENTRY = 1_000
PRUNED_AT_ONCE = 5_000
TABLES = "journal."
LOOKING = frozenset({Verb.READ, Verb.EXPORT, Verb.DISCLOSE})
"""The verbs that change no row."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is journaled: an act on rows of a table, and the persons whom they are about."""

    channel: Channel
    verb: Verb
    table: str
    persons: Sequence[int] = ()
    rows: int = 0
    outcome: str = "done"
    reason: str = ""
    kind: Kind | None = None


@dataclass(slots=True)
class _State:
    enabled: bool = True


_state = _State()


def configure(*, enabled: bool = True) -> None:
    """Turn the journal of this process on or off (a setting of the server's administrator)."""
    _state.enabled = enabled


def enabled() -> bool:
    """True when acts are journaled."""
    return _state.enabled


def keep(days: int = DEFAULT_KEEP_DAYS) -> None:
    """Set the term: entries younger than `days` are never pruned, by anybody."""
    with transaction():
        _run("UPDATE journal_term SET keep_days = ? WHERE keep_days <> ?", days, days)


def create() -> None:
    """Create what the journal needs beside its tables; running it again changes nothing."""
    for statement in statements():
        proxy.execute_sql(statement)


def kind_of(act: Act) -> Kind:
    """The kind of processing of an act: its own, or that of its channel and verb."""
    if act.kind is not None:
        return act.kind
    channel = Channel.JOURNAL if act.table.startswith(TABLES) else act.channel
    return KINDS[channel, act.verb]


def record(actor: Actor, act: Act, *, now: datetime | None = None) -> None:
    """Write the entry of an act: two statements, the head and the insertion.

    More than 1,000 persons make several entries, so that none is too long to read. Inside
    `transaction()` it belongs to that transaction; outside it has its own.
    """
    if act.verb not in LOOKING:
        counts.forget()
    if not _state.enabled:
        return
    rows = list(_rows(actor, act, now or utc_now()))
    if proxy.obj.transaction_depth():
        with transaction():
            _append(rows)
    elif act.verb not in LOOKING or journal_waiting.folder() is None:
        _append_alone(rows)
    else:
        try:
            _append_alone(rows, journal_waiting.PATIENCE)
        except Busy:
            _leave(rows)


def gather() -> None:
    """Put the entries that wait into the chain; what a long write holds up goes on waiting.

    To be called before the journal is read.
    """
    while journal_waiting.some() and not proxy.obj.transaction_depth():
        try:
            if not _append_alone([], journal_waiting.PATIENCE):
                return
        except Busy:
            return


def _append_alone(rows: Sequence[dict[str, Any]], seconds: float = BUSY_SECONDS) -> int:
    """Write entries in a transaction of their own, behind those that wait; how many waited."""
    with transaction(seconds):
        waiting = journal_waiting.collect()
        _append([*waiting.rows, *rows])
    journal_waiting.erase(waiting.files)
    return len(waiting.files)


def _leave(rows: Sequence[dict[str, Any]]) -> None:
    """Keep entries beside the database; where that cannot be, wait for the writer."""
    try:
        journal_waiting.leave(rows)
    except OSError:
        _append_alone(rows)


def _append(rows: Sequence[dict[str, Any]]) -> None:
    """Put entries at the end of the chain, within the transaction that is open."""
    if not rows:
        return
    entry, previous = _run(HEAD if is_sqlite() else f"{HEAD} FOR UPDATE").fetchone()
    for row in rows:
        entry += 1
        row |= {"id": entry, "previous": previous}
        previous = row["hash"] = fingerprint([row[field.name] for field in CHAINED])
    for start in range(0, len(rows), 500):
        _insert(rows[start : start + 500])


_COLUMNS = tuple(field.column_name for field in Entry._meta.sorted_fields)
_INSERT = f"INSERT INTO journal_entry ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 - our columns
_ONE = f"({', '.join('?' * len(_COLUMNS))})"


def _insert(rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows by SQL made once: every page does this, and making it took the longest."""
    values = []
    for row in rows:
        row["at"] = _moment(row["at"])
        values += [row[column] for column in _COLUMNS]
    _run(_INSERT + ", ".join([_ONE] * len(rows)), *values)


def _rows(actor: Actor, act: Act, at: datetime) -> Iterable[dict[str, Any]]:
    persons = sorted(set(act.persons))
    origin = actor.origin
    for start in range(0, max(len(persons), 1), PERSONS_PER_ENTRY):
        part = persons[start : start + PERSONS_PER_ENTRY]
        yield {
            "at": at,
            "account": actor.account,
            "actor": "" if actor.account is not None else _clean(actor.name, 100),
            "kind": str(kind_of(act)),
            "channel": str(act.channel),
            "table_name": _clean(act.table, 100),
            "persons": json.dumps(part, separators=(",", ":")),
            "person_count": len(part),
            "row_count": act.rows if start == 0 else 0,
            "outcome": _clean(act.outcome, 40),
            "reason": _clean(act.reason, 2_000),
            "address": _clean(origin.address, 64),
            "routable": bool(origin.routable),
            "client": _clean(origin.client, 200),
            "request": _clean(origin.request, 64),
        }


def _clean(text: str, length: int) -> str:
    """What a client sent, without what PostgreSQL cannot keep (NUL, lone surrogates)."""
    return text[:length].replace("\0", "").encode("utf-8", "replace").decode()


def verify(head_file: Path | None = None) -> Verdict:
    """Whether the journal is whole, what waited included (`portal.journal_chain.verify`)."""
    gather()
    return journal_chain.verify(head_file)


def write_head(file: Path) -> None:
    """Append the head to a file outside the database, so that a cut end shows. To be done daily."""
    gather()
    entry, last = head()
    with file.open("a", encoding="ascii") as lines:
        lines.write(f"{entry} {last} {utc_now().date().isoformat()}\n")
        lines.flush()
        os.fsync(lines.fileno())


def who_saw(person: int) -> Query:
    """The ids of the entries about a person, as a query."""
    gather()
    if is_sqlite():
        index = Table("journal_person")
        return index.select(SQL("rowid")).where(SQL("journal_person MATCH ?", (str(int(person)),)))
    return Entry.select(Entry.id).where(SQL("person_ids @> ARRAY[%s::bigint]", (int(person),)))


def remember_erased(persons: Query) -> None:
    """Keep the names of persons that are erased until no entry is about them.

    `persons` selects (id, last name, first name, moment): one statement, whatever their number.
    """
    names = [ErasedName.person, ErasedName.last_name, ErasedName.first_name, ErasedName.erased_at]
    with transaction():
        ErasedName.insert_from(persons, names).on_conflict_ignore().execute(proxy.obj)


def prune(before: datetime) -> int:
    """Delete the entries older than `before` (UTC), oldest first, and say how many.

    An anchor keeps the fingerprint where the chain now begins. Names of erased persons whom no
    entry concerns any more go too, and the events of the audit of that time.
    Raises Invalid when `before` is within the term.
    """
    (days,) = _run("SELECT keep_days FROM journal_term").fetchone()
    if before > utc_now() - timedelta(days=days):
        raise Invalid(
            _("Entries of the journal younger than {days} days are kept.").format(days=days),
            _("Choose an earlier date."),
        )
    gather()
    kept = Entry.select(fn.MIN(Entry.id)).where(Entry.at >= before).scalar()
    last = (kept - 1) if kept else head()[0]
    total = 0
    while True:
        with transaction():
            pruned = _prune_some(before, last)
        total += pruned
        if pruned < PRUNED_AT_ONCE:
            break
    with transaction():
        AuditEvent.delete().where(AuditEvent.at < before).execute()
        _forget_names()
    return total


def _prune_some(before: datetime, last: int) -> int:
    batch = list(
        Entry.select(Entry.id, Entry.hash)
        .where(Entry.id <= last)
        .order_by(Entry.id)
        .limit(PRUNED_AT_ONCE)
        .tuples()
    )
    if not batch:
        return 0
    entry, last_hash = batch[-1]
    _run("UPDATE journal_term SET cutoff = ?", _moment(before))
    Entry.delete().where(Entry.id <= entry).execute()
    _run("UPDATE journal_term SET cutoff = NULL")
    Anchor.insert(entry=entry, hash=last_hash, count=len(batch)).execute()
    return len(batch)


def _forget_names() -> None:
    gone = [
        person
        for (person,) in ErasedName.select(ErasedName.person).tuples()
        if not who_saw(person).limit(1).tuples().execute(proxy.obj)
    ]
    for start in range(0, len(gone), PERSONS_PER_ENTRY):
        part = gone[start : start + PERSONS_PER_ENTRY]
        ErasedName.delete().where(ErasedName.person.in_(part)).execute()


def _moment(moment: datetime) -> object:
    return str(moment) if is_sqlite() else moment


def _run(sql: str, *values: object) -> Any:
    """Run SQL written in this module; `values` are bound, never written into it."""
    return proxy.execute_sql(sql if is_sqlite() else sql.replace("?", "%s"), values)
