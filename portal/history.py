"""The history: former and new values of audited fields, written by the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from peewee import Query

from portal.actor import Actor
from portal.builtin.history import Change
from portal.models import utc_now

AT_ONCE = 500


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
    at = utc_now()
    rows = [
        {
            "table_name": table,
            "row": row,
            "row_uuid": uuid,
            "person": person,
            "field": field,
            "old": old,
            "new": new,
            "at": at,
            "account": actor.account,
            "actor": "" if actor.account is not None else actor.name[:100],
        }
        for field, (old, new) in changes.items()
        if old != new
    ]
    if rows:
        Change.insert_many(rows).execute()


def of(table: str, row: int) -> Query:
    """The changes of a row, the latest first, as a query."""
    return (
        Change.select()
        .where((Change.table_name == table) & (Change.row == row))
        .order_by(Change.id.desc())
    )


def forget(table: str, rows: Iterable[int]) -> None:
    """Erase the history of rows that are erased or anonymised."""
    ids = list(rows)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        Change.delete().where((Change.table_name == table) & Change.row.in_(part)).execute()
