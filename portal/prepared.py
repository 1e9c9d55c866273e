"""Whether a database is as the last start left it: then its schema is not examined again.

A fingerprint is kept of what the code declares and of what the database holds: tables, columns,
indexes, triggers, migrations. While it is the same there is nothing to create, to migrate or to
mend. It stands in the database itself, so a restored backup brings its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from peewee import Field, Model

from portal import drift, foldsql, journal, journal_triggers, search, snapshots, version
from portal.database import is_sqlite, proxy
from portal.declare import Table
from portal.i18n import language

_MAKERS = (drift, foldsql, journal, journal_triggers, search, snapshots, version)
"""The modules that make what no declaration names: their text is part of the fingerprint."""

_TABLE = "CREATE TABLE IF NOT EXISTS portal_prepared (fingerprint TEXT NOT NULL)"

_ON_SQLITE = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
_ON_POSTGRESQL = """
    SELECT c.relkind::text, c.relname::text, string_agg(concat_ws(' ', a.attname, a.atttypid,
        a.atttypmod, a.attnotnull, a.atthasdef), ',' ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT a.attisdropped
    GROUP BY 1, 2
    UNION ALL SELECT 'trigger', tgname, concat_ws(' ', tgrelid::regclass, tgenabled)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, md5(prosrc)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
    ORDER BY 1, 2, 3"""


class Prepared(Protocol):
    """What the schema needs to know of a table; the catalog's tables are such."""

    @property
    def name(self) -> str: ...
    @property
    def plugin(self) -> str: ...
    @property
    def declaration(self) -> Table: ...
    @property
    def searched(self) -> tuple[str, ...]: ...
    @property
    def title_index(self) -> tuple[str, ...]: ...
    @property
    def sifted(self) -> Mapping[str, tuple[str, ...]]: ...


def stands(fingerprint: str) -> bool:
    """True when the database was left with this fingerprint, and is still so."""
    if "portal_prepared" not in proxy.get_tables():
        return False
    row = proxy.execute_sql("SELECT fingerprint FROM portal_prepared").fetchone()
    return row is not None and row[0] == fingerprint + _found()


def keep(fingerprint: str) -> None:
    """Note that everything is as declared. Inside the transaction that made it so."""
    proxy.execute_sql(_TABLE)
    proxy.execute_sql("DELETE FROM portal_prepared")
    mark = "?" if is_sqlite() else "%s"
    proxy.execute_sql(
        f"INSERT INTO portal_prepared (fingerprint) VALUES ({mark})",  # noqa: S608 - a mark only
        (fingerprint + _found(),),
    )


def declared(
    tables: Sequence[Prepared], others: Iterable[type[Model]], folders: Mapping[str, Path]
) -> str:
    """The fingerprint of what the code wants; `folders` hold the migrations, by plugin."""
    with language("en"):
        wanted = [_declaration(table) for table in tables] + [_stored(model) for model in others]
    migrations = {
        name: sorted(file.name for file in folder.glob("*.py"))
        for name, folder in sorted(folders.items())
    }
    return _digest((_makers(), wanted, migrations))


@cache
def _makers() -> str:
    return _digest([Path(str(maker.__file__)).read_bytes() for maker in _MAKERS])


def _declaration(table: Prepared) -> object:
    declaration = table.declaration
    return (
        (table.name, table.plugin, str(declaration.label), str(declaration.not_in_access)),
        declaration.activity.name if declaration.activity else "",
        (declaration.subject, sorted(map(str, declaration.personal.items()))),
        (declaration.secret, declaration.disclosed),
        (table.searched, table.title_index, sorted(table.sifted.items())),
        _stored(declaration.model),
    )


def _stored(model: type[Model]) -> object:
    meta: Any = model._meta
    indexes = [str(getattr(index, "_name", None) or index) for index in meta.indexes]
    return meta.table_name, indexes, [_column(field) for field in meta.sorted_fields]


def _column(field: Field) -> object:
    default = field.default
    return (
        (field.column_name, str(field.verbose_name or ""), type(field).__name__, field.field_type),
        (field.null, field.unique, field.index, field.primary_key),
        getattr(default, "__qualname__", "") if callable(default) else repr(default),
        getattr(field, "on_delete", None),
    )


def _found() -> str:
    """The fingerprint of what the database holds now, of its version and its migrations."""
    held = proxy.execute_sql(_ON_SQLITE if is_sqlite() else _ON_POSTGRESQL).fetchall()
    tables = [name for name in proxy.get_tables() if name.startswith("migration_")]
    seen = [
        sorted(proxy.execute_sql(f'SELECT name FROM "{name}"').fetchall())  # noqa: S608 - a table's own name
        for name in sorted(tables)
    ]
    return _digest((held, seen, version.schema_version()))


def _digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()
