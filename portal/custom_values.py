"""The values of custom fields in what is written: taken out of the JSON of a row, and put back.

Keys of the JSON that no definition names (a field that was deleted, or is to come) are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from peewee import fn

from portal.catalog import CatalogTable
from portal.custom_columns import PREFIX, TEXT, CustomColumn, closed, opened
from portal.customfields import of_table
from portal.database import is_postgresql, proxy
from portal.fields import Field
from portal.holds import chunks
from portal.ordering import folded_here
from portal.text import fold
from portal.unique import taken

COLUMN = "custom"
_LOCKS = 4_733_100


def unpacked(table: CatalogTable, current: Mapping[str, Any]) -> dict[str, Any]:
    """The stored values of a row with those of its custom fields, by name."""
    fields = of_table(table)
    if not fields:
        return dict(current)
    custom = opened(current.get(COLUMN))
    return {**current, **{field.name: field.column.read(custom) for field in fields}}


def packed(
    table: CatalogTable, stored: Mapping[str, Any], current: str | None = None
) -> dict[str, Any]:
    """Stored values by column: those of custom fields put into the JSON that the row has now."""
    named = [table.fields.get(name) for name in stored if name.startswith(PREFIX)]
    given = [field for field in named if field and isinstance(field.column, CustomColumn)]
    if not given:
        return dict(stored)
    custom = opened(current)
    for field in given:
        field.column.write(custom, stored[field.name])
    names = {field.name for field in given}
    return {n: v for n, v in stored.items() if n not in names} | {COLUMN: closed(custom)}


def require_alone(table: CatalogTable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse that two rows have a value of these in a unique custom field; texts compare folded.

    To be asked once the rows are written, in their transaction. Raises Invalid.
    """
    wrong = []
    for field in of_table(table):
        if field.column.unique:
            values = {row[field.name] for row in rows if row.get(field.name) not in (None, "")}
            if values and _twice(table, field, sorted(values)):
                wrong.append(field)
    if wrong:
        raise taken(table, wrong)


def alike(table: CatalogTable, field: Field) -> int:
    """How many rows have a value that another row has too; texts compare folded."""
    _wait(table, field)
    alias = table.model.alias("t")
    column = field.expression(alias)
    if folded_here(field):
        column = fn.greffe_fold(column)
    filled = field.expression(alias).is_null(is_null=False)
    if field.column.kind == TEXT:
        filled &= field.expression(alias) != ""
    query = alias.select(fn.COUNT(alias.id)).where(filled).group_by(column)
    counts = proxy.obj.execute(query.having(fn.COUNT(alias.id) > 1)).fetchall()
    return sum(count for (count,) in counts)


def _wait(table: CatalogTable, field: Field) -> None:
    """Wait for other writers of this field, until the end of this transaction.

    SQLite has one writer at a time; on PostgreSQL no unique index stands behind the field.
    """
    if is_postgresql():
        number = crc32(f"{table.name}.{field.name}".encode()) - 2**31
        proxy.execute_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, number))


def _twice(table: CatalogTable, field: Field, values: Sequence[Any]) -> bool:
    _wait(table, field)
    alias = table.model.alias("t")
    column = field.expression(alias)
    if folded_here(field):
        column, values = fn.greffe_fold(column), [fold(str(value)) for value in values]
    for part in chunks(values):
        query = alias.select(column).where(column.in_(list(part))).group_by(column)
        if proxy.obj.execute(query.having(fn.COUNT(alias.id) > 1).limit(1)).fetchall():
            return True
    return False
