"""Who wrote a row last: the account of the actor, in the field that a table keeps for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.actor import Actor
from portal.catalog import CatalogTable


def signature(table: CatalogTable, actor: Actor) -> dict[str, int | None]:
    """The author's account, by field; None for a process, empty for a table that keeps none."""
    name = table.declaration.author
    return {name: actor.account} if name else {}


def signed(
    table: CatalogTable, rows: Sequence[dict[str, Any]], actor: Actor
) -> Sequence[dict[str, Any]]:
    """New rows with their author; the same rows for a table that keeps none."""
    own = signature(table, actor)
    return [row | own for row in rows] if own else rows
