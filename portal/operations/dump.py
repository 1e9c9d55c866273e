"""The whole database as parts of a backup, and back: one moment, whatever is written meanwhile.

SQLite gives a copy of itself (VACUUM INTO: purged words are not in it); PostgreSQL gives each table
as COPY text inside one snapshot, so that no program of its own is needed. The rows of `EPHEMERAL`
(sessions, links, attempts, the queue) are in no backup.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from portal.builtin.operations import EPHEMERAL
from portal.errors import Invalid
from portal.i18n import _
from portal.text import fold

SQLITE_PART = "database.sqlite3"
TABLES = "tables/"
BUSY_SECONDS = 30

FORGOTTEN = frozenset(model._meta.table_name for model in EPHEMERAL)
"""The names of the tables whose rows are left out."""

Opener = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the manifest says of the database: rows by table, columns by table, next keys."""

    counts: Mapping[str, int]
    columns: Mapping[str, Sequence[str]]
    sequences: Mapping[str, int]


# --- SQLite -------------------------------------------------------------------------------------


@contextmanager
def sqlite(path: Path | str) -> Iterator[sqlite3.Connection]:
    """A connection of our own, which knows the portal's one function."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.create_function("greffe_fold", 1, _fold, deterministic=True)
        connection.execute("PRAGMA secure_delete = ON")
        yield connection


def _fold(value: object) -> str | None:
    return None if value is None else fold(str(value))


def copy_sqlite(live: Path, copy: Path) -> Shape:
    """Copy the live database into the new file `copy`, without the rows that mean nothing later."""
    with sqlite(live) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    with sqlite(copy) as connection:
        forget(connection)
        return shape_of_sqlite(connection)


def forget(connection: sqlite3.Connection) -> None:
    """Empty the tables of `FORGOTTEN` in a copy."""
    for table in FORGOTTEN & set(_sqlite_tables(connection)):
        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of the code


def shape_of_sqlite(connection: sqlite3.Connection) -> Shape:
    """How many rows each table of a file has."""
    counts = {
        table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - a name of the file's own schema
        for table in _sqlite_tables(connection)
    }
    return Shape(counts, {}, {})


def _sqlite_tables(connection: sqlite3.Connection) -> list[str]:
    """The ordinary tables: those that a module (the search index) keeps for itself are left out."""
    listed = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    )
    return [name for (name,) in listed]


def problems_of_sqlite(file: Path) -> list[str]:
    """What is wrong with a database file, as words of SQLite; empty when it is whole."""
    try:
        with sqlite(file) as connection:
            whole = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
            loose = connection.execute("PRAGMA foreign_key_check").fetchmany(3)
    except sqlite3.DatabaseError as error:
        return [type(error).__name__]
    found = [] if whole == ["ok"] else ["integrity_check"]
    return [*found, *sorted({f"foreign_key_check {row[0]}" for row in loose})]


def put_sqlite(copy: Path, live: Path) -> None:
    """Write a copy over the live file while others have it open; all of it, or nothing."""
    with sqlite(copy) as source, sqlite(live) as target:
        source.backup(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- PostgreSQL ---------------------------------------------------------------------------------

_LISTED = """
SELECT c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attnum
"""
_SEQUENCES = """
SELECT sequencename, COALESCE(last_value, 0) FROM pg_sequences
WHERE schemaname = current_schema() ORDER BY sequencename
"""
_REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conrelid <> confrelid
"""


def copy_postgresql(url: str, write: Opener) -> Shape:
    """Write each table as COPY text to `write(part)`, a context that takes bytes."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        columns = _columns(connection)
        counts = {}
        for table, names in columns.items():
            with write(f"{TABLES}{table}.copy") as part:
                counts[table] = _copy_out(connection, table, names, part)
        sequences = {name: int(last) for name, last in connection.execute(_SEQUENCES)}
    return Shape(counts, columns, sequences)


def _columns(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for table, name in connection.execute(_LISTED):
        columns.setdefault(table, []).append(name)
    return columns


def _copy_out(
    connection: psycopg.Connection[Any], table: str, names: Sequence[str], part: IO[bytes]
) -> int:
    if table in FORGOTTEN:
        return 0
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as rows:
            for chunk in rows:
                part.write(chunk)
        return cursor.rowcount


def put_postgresql(url: str, shape: Shape, read: Opener) -> None:
    """Replace every row by those of `read(part)`, in one transaction.

    Raises Invalid when the tables differ; then, as after any error, nothing is changed.
    """
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL lock_timeout = '30s'")
        columns = _columns(connection)
        if {t: set(c) for t, c in columns.items()} != {t: set(c) for t, c in shape.columns.items()}:
            raise Invalid(
                _("The tables of this portal are not those of the backup."),
                _("Install the version and the plugins that it was made with, and restore again."),
            )
        tables = [sql.Identifier(table) for table in columns]
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))
        for name in _parents_first(connection, list(columns)):
            if name not in FORGOTTEN:
                with read(f"{TABLES}{name}.copy") as part:
                    _copy_in(connection, name, shape.columns[name], part)
        for name, last in shape.sequences.items():
            connection.execute(
                "SELECT setval(%s::regclass, %s, %s)", (_quoted(name), max(last, 1), last > 0)
            )
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))


def _copy_in(
    connection: psycopg.Connection[Any], table: str, names: Sequence[str], part: IO[bytes]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        while chunk := part.read(1 << 16):
            rows.write(chunk)


def _parents_first(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """The tables, each after those it refers to; a circle is left in the order of names."""
    needs: dict[str, set[str]] = {table: set() for table in tables}
    for table, target in connection.execute(_REFERENCES):
        needs[table.strip('"')].add(target.strip('"'))
    ordered: list[str] = []
    while needs:
        ready = sorted(t for t, targets in needs.items() if not targets & set(needs))
        for table in ready or sorted(needs)[:1]:
            ordered.append(table)
            del needs[table]
    return ordered


def _quoted(name: str) -> str:
    return json.dumps(name)  # regclass folds a bare name; the double quotes keep it
