"""The schema as it was first released: a new database is created whole."""

from __future__ import annotations

from typing import Any


def up(migrator: Any, db: Any) -> None:
    """Change nothing."""
