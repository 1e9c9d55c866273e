"""The evidence of a purge says who approved it, and what was counted again or anonymised."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, IntegerField
from playhouse.migrate import migrate

ADDED = ("approver", "deletable_left", "blocked_left", "kept_left", "anonymised")
LEDGER = "privacy_erased"


def up(migrator: Any, db: Any) -> None:
    """Add the columns, empty for the purges of before."""
    table = "privacy_purge"
    if table not in db.get_tables():
        return
    known = {column.name for column in db.get_columns(table)}
    for name in ADDED:
        if name not in known:
            migrate(migrator.add_column(table, name, IntegerField(null=True)))
    if LEDGER in db.get_tables():
        names = {column.name for column in db.get_columns(LEDGER)}
        if "anonymised" not in names:
            migrate(migrator.add_column(LEDGER, "anonymised", BooleanField(default=False)))
