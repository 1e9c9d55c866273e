"""Profile types hold privileges: all keep their own profile, the two strongest get every one."""

from __future__ import annotations

from typing import Any

from peewee import TextField
from playhouse.migrate import migrate

SHIPPED = {
    "superuser": "profile accounts settings extensions backups jobs",
    "technical": "profile accounts settings extensions backups jobs",
    "dpo": "profile jobs",
}


def up(migrator: Any, db: Any) -> None:
    """Add the column, then give what each profile type had without a name."""
    table = "accounts_profiletype"
    if table not in db.get_tables():
        return
    if "privileges" not in {column.name for column in db.get_columns(table)}:
        migrate(migrator.add_column(table, "privileges", TextField(default="")))
    db.execute_sql(f"UPDATE {table} SET privileges = 'profile'")  # noqa: S608 - a fixed name
    for slug, names in SHIPPED.items():
        db.execute_sql(
            f"UPDATE {table} SET privileges = '{names}' WHERE slug = '{slug}'"  # noqa: S608 - fixed
        )
