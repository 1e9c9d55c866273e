"""Which schema the database has, and a counter of the changes of its configuration."""

from __future__ import annotations

from portal.database import is_sqlite, proxy, transaction
from portal.errors import DatabaseError
from portal.i18n import _

_TABLE = """CREATE TABLE IF NOT EXISTS portal_version (
    id INTEGER PRIMARY KEY CHECK (id = 1), core INTEGER NOT NULL, catalog BIGINT NOT NULL)"""


def schema_version() -> int | None:
    """The version of the core's schema in this database; None when the database is new."""
    if "portal_version" not in proxy.get_tables():
        return None
    row = proxy.execute_sql("SELECT core FROM portal_version").fetchone()
    return None if row is None else int(row[0])


def require_known(code: int) -> None:
    """Raise DatabaseError when the database is newer than `code`."""
    found = schema_version()
    if found is not None and found > code:
        raise DatabaseError(
            _(
                "This database was made by a newer version of the portal"
                " (schema {found}; this version knows {code})."
            ).format(found=found, code=code),
            _("Install the newer version, or restore an older backup."),
        )


def stamp(core: int) -> None:
    """Say that the database has the schema `core`."""
    proxy.execute_sql(_TABLE)
    mark = "?" if is_sqlite() else "%s"
    proxy.execute_sql(
        f"INSERT INTO portal_version (id, core, catalog) VALUES (1, {mark}, 1)"  # noqa: S608 - a mark only
        " ON CONFLICT (id) DO UPDATE SET core = excluded.core",
        (core,),
    )


def catalog_version() -> int:
    """How often the configuration changed: a process that knows another number reads again."""
    (version,) = proxy.execute_sql("SELECT catalog FROM portal_version").fetchone()
    return int(version)


def bump() -> None:
    """Say that the configuration changed. Inside the transaction that changes it."""
    with transaction():
        proxy.execute_sql("UPDATE portal_version SET catalog = catalog + 1")
