"""Where tables differ from their models, and what is mended without a migration.

A column that may be empty, or has a plain default, is added. Everything else is named and left
alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from peewee import Entity, Field, ForeignKeyField, Model

from portal.database import is_sqlite, proxy
from portal.i18n import _

_FAMILIES = {
    "int": ("int", "integer", "bigint", "smallint", "serial", "bigserial", "bool", "boolean"),
    "text": ("text", "varchar", "char", "character varying", "character"),
    "date": ("date",),
    "moment": ("datetime", "timestamp", "timestamp without time zone"),
    "number": ("real", "float", "double precision", "decimal", "numeric"),
}


def mend(model: type[Model]) -> list[str]:
    """Add missing columns and indexes of an existing table; answers what could not be mended."""
    meta = model._meta
    stored = {column.name: column for column in proxy.get_columns(meta.table_name)}
    sentences = []
    for field in meta.sorted_fields:
        column = stored.pop(field.column_name, None)
        if column is None:
            if not _add(model, field):
                sentences.append(
                    _(
                        "The table '{table}' has no column '{column}', which may not be empty and"
                        " has no plain default: give it a default, or write a migration."
                    ).format(table=meta.table_name, column=field.column_name)
                )
        else:
            sentences += _difference(meta.table_name, field, column)
    for column in stored.values():
        if not column.null and column.default is None and not column.primary_key:
            sentences.append(
                _(
                    "The column '{column}' of the table '{table}' is no longer declared and may not"
                    " be empty: write a migration that drops it."
                ).format(table=meta.table_name, column=column.name)
            )
    if not sentences:
        model._schema.create_indexes(safe=True)
    return sentences


def _difference(table: str, field: Field, column: Any) -> Iterator[str]:
    wanted = family(field.ddl_datatype(proxy.get_sql_context()).sql)
    found = family(column.data_type)
    if wanted != found:
        yield _(
            "The column '{column}' of the table '{table}' is kept as {found} and declared as"
            " {wanted}: write a migration."
        ).format(table=table, column=column.name, found=found, wanted=wanted)
    if field.null and not column.null and not column.primary_key:
        yield _(
            "The column '{column}' of the table '{table}' may be empty in the declaration and not"
            " in the database: write a migration."
        ).format(table=table, column=column.name)


def family(data_type: str) -> str:
    """The kind of values of a column's type, whatever its name on this database and its length."""
    plain = data_type.lower().partition("(")[0].strip()
    return next((name for name, types in _FAMILIES.items() if plain in types), plain)


def _add(model: type[Model], field: Field) -> bool:
    """Add a column in place: a copied table would forget which keys were given."""
    default = None
    if not field.null:
        default = field.default() if callable(field.default) else field.default
        literal = _literal(field.db_value(default))
        if field.unique or literal is None:
            return False
    context = proxy.get_sql_context()
    context.literal("ALTER TABLE ").sql(Entity(model._meta.table_name)).literal(" ADD COLUMN ")
    context.sql(field.ddl(context))
    if not field.null:
        context.literal(f" DEFAULT {literal}")
    if isinstance(field, ForeignKeyField):
        context.literal(" REFERENCES ").sql(Entity(field.rel_model._meta.table_name))
        context.literal(" (").sql(Entity(field.rel_field.column_name)).literal(")")
        if field.on_delete:
            context.literal(f" ON DELETE {field.on_delete}")
    proxy.execute_sql(*context.query())
    return True


def _literal(value: object) -> str | None:
    """A value as SQL, when it is a plain one."""
    if isinstance(value, bool):
        return str(int(value)) if is_sqlite() else str(value).upper()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime | date):
        value = str(value)
    if not isinstance(value, str) or "\0" in value:
        return None
    text = value.replace("'", "''")
    return f"'{text}'" if is_sqlite() else f"'{text.replace('%', '%%')}'"
