"""The one database of this process: SQLite (a file) or PostgreSQL, chosen by one setting.

Refuses to nest a writing transaction in a reading one: a writer takes its lock first (`BEGIN
IMMEDIATE`), so that eight writers wait for each other instead of failing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from peewee import (
    SQL,
    Database,
    DatabaseProxy,
    OperationalError,
    PostgresqlDatabase,
    SqliteDatabase,
)
from playhouse.pool import PooledPostgresqlDatabase

from portal.errors import Busy, DatabaseError
from portal.i18n import _
from portal.text import fold
from portal.turns import Turns

MINIMUM_SQLITE = (3, 40, 0)
BUSY_SECONDS = 30

proxy: Any = DatabaseProxy()


class SqlitePortal(SqliteDatabase):
    """SQLite with the pragmas and the one function (`greffe_fold`) that the portal relies on."""

    def __init__(self, path: str) -> None:
        super().__init__(
            path,
            pragmas={
                "journal_mode": "wal",
                "foreign_keys": 1,
                "secure_delete": 1,
                "synchronous": "normal",
                "temp_store": "memory",
                "cache_size": -20_000,  # 20 MB for each thread
            },
            timeout=BUSY_SECONDS,
            check_same_thread=False,
        )
        self.register_function(fold_or_none, "greffe_fold", 1, True)
        self.turns = Turns()


def fold_or_none(value: object) -> str | None:
    """`greffe_fold` of SQLite: every connection that touches an index of it needs it."""
    return None if value is None else fold(str(value))


def open_database(url: str) -> Database:
    """Bind the process to the database at `url` (`sqlite:///path` or `postgresql://...`).

    Raises DatabaseError for an unknown scheme or a SQLite older than 3.40.
    """
    scheme = urlsplit(url).scheme
    database: Database
    if scheme == "sqlite":
        if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
            raise DatabaseError(
                _("SQLite %s is too old: the portal needs 3.40 or later.") % sqlite3.sqlite_version
            )
        database = SqlitePortal(url.removeprefix("sqlite:///"))
    elif scheme in ("postgresql", "postgres"):
        database = PooledPostgresqlDatabase(
            url, max_connections=32, stale_timeout=300, timeout=10, prefer_psycopg3=True
        )
    else:
        raise DatabaseError(
            _("The database address starts with '%s'.") % scheme,
            _("Use sqlite:///FILE or postgresql://USER@HOST/NAME."),
        )
    close_database()
    proxy.initialize(database)
    return database


def close_database() -> None:
    """Close the connections of this process: all of PostgreSQL's, this thread's on SQLite."""
    opened = proxy.obj
    if isinstance(opened, PooledPostgresqlDatabase):
        opened.close_all()
    elif opened is not None and not opened.is_closed():
        opened.close()


def is_sqlite() -> bool:
    """True on SQLite, false on PostgreSQL."""
    return isinstance(proxy.obj, SqliteDatabase)


def is_postgresql() -> bool:
    """True on PostgreSQL, false on SQLite."""
    return isinstance(proxy.obj, PostgresqlDatabase)


@contextmanager
def transaction(seconds: float = BUSY_SECONDS) -> Iterator[None]:
    """A writing transaction: all of it is stored, or nothing.

    Joins a writing transaction that is already open. Raises DatabaseError inside a reading one,
    where SQLite could only fail later, half way. Raises Busy when another writer of SQLite does
    not end within these seconds; writers of PostgreSQL do not wait for each other.
    """
    database: Database = proxy.obj
    if database.transaction_depth():
        if not getattr(database._state, "writing", False):
            raise DatabaseError(_("A write was asked inside a reading transaction."))
        yield
        return
    with ExitStack() as held:
        if isinstance(database, SqlitePortal):
            _begin(database, seconds, held)
        else:
            held.enter_context(database.atomic())
        database._state.writing = True
        try:
            yield
        finally:
            database._state.writing = False


def _begin(database: SqlitePortal, seconds: float, held: ExitStack) -> None:
    """Take the turn of this process, then the lock of the database, within these seconds each."""
    impatient = seconds < BUSY_SECONDS
    if impatient:
        _wait(database, seconds)
    try:
        turn = held.enter_context(database.turns.turn(seconds))
        if impatient and not turn:
            raise Busy(_("Somebody else is writing."), _("Try again in a moment."))
        held.enter_context(database.atomic("IMMEDIATE"))
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise Busy(_("Somebody else is writing."), _("Try again in a moment.")) from None
    finally:
        if impatient:
            _wait(database, BUSY_SECONDS)


def _wait(database: SqlitePortal, seconds: float) -> None:
    """Say how long this thread waits for the lock."""
    database.connection().execute(f"PRAGMA busy_timeout = {int(seconds * 1_000)}")


class _Undone(Exception):
    """Ends a transaction that only looked."""


@contextmanager
def undone() -> Iterator[None]:
    """A writing transaction that leaves nothing: what would happen is seen, and taken back."""
    try:
        with transaction(), proxy.atomic():
            yield
            raise _Undone
    except _Undone:
        return


@contextmanager
def snapshot() -> Iterator[None]:
    """A reading transaction: every statement inside sees the same moment."""
    database: Database = proxy.obj
    if database.transaction_depth():
        yield
        return
    begin = database.atomic() if is_sqlite() else database.atomic(isolation_level="repeatable read")
    with begin:
        yield


def among_ids(column: Any, ids: Iterable[int]) -> Any:
    """The rows whose column is one of these ids, given as one value: a thousand cost as one."""
    if is_sqlite():
        return column.in_(SQL("(SELECT value FROM json_each(?))", (json.dumps(list(ids)),)))
    return column.in_(SQL("(SELECT unnest(%s::bigint[]))", (list(ids),)))


def storable(value: Any) -> Any:
    """The value as the driver takes it: SQLite keeps days and moments as ISO text."""
    if is_sqlite() and isinstance(value, date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return value
