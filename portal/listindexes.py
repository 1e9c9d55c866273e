"""By which indexes the lists of a table are read: its titles, and equal values by title.

A list that is filtered by such a field stops as soon as its page is full, however many rows match.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.catalog import CatalogTable

STATES = ("boolean", "choice", "option")
"""The types of few values, each of which many rows have."""


def title_order(table: CatalogTable) -> tuple[str, ...]:
    """The columns of the title order, folded where there is a folded copy, the key last."""
    columns = tuple(table.fields[name].order_column for name in table.title)
    return columns if columns[-1] == "id" else (*columns, "id")


def sifted(table: CatalogTable) -> Mapping[str, tuple[str, ...]]:
    """The fields, each with the columns of its index; none of a table that stays small.

    Texts with a folded copy and indexed states, of tables that grow and have a title.
    """
    declared, order = table.declaration, table.title_index
    if declared.read_only or declared.configuration or order == ("id",):
        return {}
    stored = table.model._meta.fields
    return {
        field.name: (
            field.order_column,
            *(column for column in order if column != field.order_column),
        )
        for field in table.fields.values()
        if field.name in stored and (field.folded or (field.indexed and field.type.name in STATES))
    }
