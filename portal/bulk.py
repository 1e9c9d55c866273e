"""Writing many rows at once: keys taken in advance, one prepared statement, no model objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import __exception_wrapper__

from portal.database import is_sqlite, proxy


def take_keys(model: Any, count: int) -> list[int]:
    """The next `count` keys of a table, never given to another row.

    Inside a writing transaction.
    """
    table = model._meta.table_name
    if is_sqlite():
        last = proxy.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        row = last.fetchone()
        first = (row[0] if row else 0) + 1
        return list(range(first, first + count))
    taken = proxy.execute_sql(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        (table, count),
    )
    return [row[0] for row in taken.fetchall()]


def insert(model: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows given as tuples of stored values, in the order of `names` (names of fields)."""
    meta = model._meta
    mark = "?" if is_sqlite() else "%s"
    columns = ", ".join(f'"{meta.fields[name].column_name}"' for name in names)
    marks = ", ".join([mark] * len(names))
    statement = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})'  # noqa: S608 - declared names
    cursor = proxy.obj.cursor()
    with __exception_wrapper__:  # a driver's errors become peewee's
        cursor.executemany(statement, rows)


def put(model: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write columns that the portal keeps: tuples of the stored values of `names`, then the number.

    The version of the rows stays.
    """
    meta = model._meta
    mark = "?" if is_sqlite() else "%s"
    columns = ", ".join(f'"{meta.fields[name].column_name}" = {mark}' for name in names)
    statement = f'UPDATE "{meta.table_name}" SET {columns} WHERE "id" = {mark}'  # noqa: S608 - declared names
    cursor = proxy.obj.cursor()
    with __exception_wrapper__:  # a driver's errors become peewee's
        cursor.executemany(statement, list(rows))


def update(model: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Change rows: tuples of the stored values of `names`, then the number and the version.

    Each goes to its next version; how many were still at the one given.
    """
    meta = model._meta
    mark = "?" if is_sqlite() else "%s"
    columns = ", ".join(f'"{meta.fields[name].column_name}" = {mark}' for name in names)
    where = f'"id" = {mark} AND "version" = {mark}'
    statement = f'UPDATE "{meta.table_name}" SET {columns}, "version" = "version" + 1 WHERE {where}'  # noqa: S608 - declared names
    cursor = proxy.obj.cursor()
    with __exception_wrapper__:  # a driver's errors become peewee's
        cursor.executemany(statement, rows)
    return int(cursor.rowcount)
