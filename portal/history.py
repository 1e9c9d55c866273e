"""The history: former and new values of fields, and events, as the rules of the audit say.

Called by the gate alone, inside the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Query

from portal import auditing
from portal.actor import Actor
from portal.builtin.audit import NOTHING, RENAME, UPDATE, AuditEvent
from portal.builtin.history import Change
from portal.catalog import CatalogTable
from portal.database import among_ids, proxy, transaction
from portal.models import utc_now
from portal.told import audited_texts, persons_by_row

AT_ONCE = 500
FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Past:
    """The (old, new) text of the changed fields of a row, and the person whom it is about."""

    row: int
    uuid: str
    changes: Mapping[str, tuple[str, str]]
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that was changed: its stored values before, and those that are new."""

    row: int
    before: Mapping[str, Any]
    stored: Mapping[str, Any]


# --- what rules and declarations ask


def changed(table: CatalogTable, rows: Sequence[Changed], actor: Actor) -> None:
    """Keep what is to be kept of rows that were just changed, and note the events."""
    rules = auditing.of(table.name, actor)
    held = auditing.by_row(table, rules, [one.row for one in rows]) if rules else {}
    past, events = [], []
    for one in rows:
        act = RENAME if set(table.title) & set(one.stored) else UPDATE
        heard = held.get(one.row, ())
        texts = audited_texts(table, one.before, one.stored, auditing.kept(table, heard, act))
        uuid = str(one.before["uuid"])
        if texts:
            past.append(Past(one.row, uuid, texts))
        if one.stored and auditing.noted(heard, act):
            events.append(_event(table, act, actor, one.row, uuid))
    persons = persons_by_row(table, [one.row for one in past])
    named = [Past(one.row, one.uuid, one.changes, persons.get(one.row)) for one in past]
    record_many(table.name, named, actor)
    _note(events)


def happened(table: CatalogTable, ids: Sequence[int], act: str, actor: Actor) -> None:
    """Note the events of an act on rows that are there: just made, or about to go."""
    rules = [
        rule for rule in auditing.of(table.name, actor) if rule.level == NOTHING or rule.notes(act)
    ]
    if not rules or not ids:
        return
    held = auditing.by_row(table, rules, ids)
    wanted = [id for id in ids if auditing.noted(held[id], act)]
    uuids = _uuids(table, wanted)
    _note([_event(table, act, actor, id, uuids.get(id, "")) for id in wanted])


def looked(table: CatalogTable, ids: Sequence[int], act: str, actor: Actor) -> None:
    """Note that rows were read or exported: the row when it is one, else how many they were."""
    rules = auditing.of(table.name, actor)
    if not ids or not any(rule.notes(act) for rule in rules):
        return
    held = auditing.by_row(table, rules, ids)
    seen = [id for id in ids if auditing.noted(held[id], act)]
    if not seen:
        return
    one = seen[0] if len(seen) == 1 else None
    uuid = _uuids(table, seen).get(one, "") if one is not None else ""
    with transaction():
        _note([_event(table, act, actor, one, uuid, len(seen))])


def _event(
    table: CatalogTable, act: str, actor: Actor, row: int | None, uuid: str, count: int = 1
) -> dict[str, Any]:
    return {
        "at": utc_now(),
        "account": actor.account,
        "actor": "" if actor.account is not None else actor.name[:100],
        "act": act,
        "table_name": table.name,
        "row": row,
        "row_uuid": uuid,
        "row_count": count,
    }


def _note(events: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(events), AT_ONCE):
        AuditEvent.insert_many(events[start : start + AT_ONCE]).execute()


def _uuids(table: CatalogTable, ids: Sequence[int]) -> dict[int, str]:
    if not table.versioned:
        return {}
    found: dict[int, str] = {}
    model = table.model
    for start in range(0, len(ids), FORGOTTEN_AT_ONCE):
        part = list(ids[start : start + FORGOTTEN_AT_ONCE])
        query = model.select(model.id, model.uuid).where(among_ids(model.id, part))
        found.update(dict(proxy.obj.execute(query.tuples()).fetchall()))
    return found


# --- what is kept


def record(
    table: str,
    row: int,
    uuid: str,
    changes: Mapping[str, tuple[str, str]],
    actor: Actor,
    *,
    person: int | None = None,
) -> None:
    """Keep the (old, new) text of each changed field of a row; `person` is whom the row is about.

    To be called inside the transaction of the change; one statement, none when nothing changed.
    """
    record_many(table, [Past(row, uuid, changes, person)], actor)


def record_many(table: str, past: Iterable[Past], actor: Actor) -> None:
    """The same for many rows of a table, some hundreds at a statement."""
    at = utc_now()
    rows = [
        {
            "table_name": table,
            "row": one.row,
            "row_uuid": one.uuid,
            "person": one.person,
            "field": field,
            "old": old,
            "new": new,
            "at": at,
            "account": actor.account,
            "actor": "" if actor.account is not None else actor.name[:100],
        }
        for one in past
        for field, (old, new) in one.changes.items()
        if old != new
    ]
    for start in range(0, len(rows), AT_ONCE):
        Change.insert_many(rows[start : start + AT_ONCE]).execute()


def of(table: str, row: int) -> Query:
    """The changes of a row, the latest first, as a query."""
    return (
        Change.select()
        .where((Change.table_name == table) & (Change.row == row))
        .order_by(Change.id.desc())
    )


def forget(table: str, rows: Iterable[int], field: str = "") -> None:
    """Erase the history of rows that are erased or anonymised; with `field`, of that field."""
    ids = list(rows)
    told = Change.table_name == table
    told = told & (Change.field == field) if field else told
    for start in range(0, len(ids), FORGOTTEN_AT_ONCE):
        part = ids[start : start + FORGOTTEN_AT_ONCE]
        Change.delete().where(told & among_ids(Change.row, part)).execute()


def events_of(table: str, row: int) -> Query:
    """The events of a row, the latest first, as a query."""
    return (
        AuditEvent.select()
        .where((AuditEvent.table_name == table) & (AuditEvent.row == row))
        .order_by(AuditEvent.id.desc())
    )
