"""The evidence of a purge says who approved it and what was counted again afterwards."""

from __future__ import annotations

from typing import Any

from peewee import IntegerField
from playhouse.migrate import migrate

ADDED = ("approver", "deletable_left", "blocked_left", "kept_left")


def up(migrator: Any, db: Any) -> None:
    """Add the columns, empty for the purges of before."""
    table = "privacy_purge"
    if table not in db.get_tables():
        return
    known = {column.name for column in db.get_columns(table)}
    for name in ADDED:
        if name not in known:
            migrate(migrator.add_column(table, name, IntegerField(null=True)))
