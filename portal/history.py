"""The history: former and new values of audited fields, written by the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peewee import Query

from portal.actor import Actor
from portal.builtin.history import Change
from portal.database import among_ids
from portal.models import utc_now

AT_ONCE = 500
FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Past:
    """The (old, new) text of the changed fields of a row, and the person whom it is about."""

    row: int
    uuid: str
    changes: Mapping[str, tuple[str, str]]
    person: int | None = None


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
