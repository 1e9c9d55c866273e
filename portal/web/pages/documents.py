"""The documents that a record offers, for the menu at the top right of its sheet."""

from __future__ import annotations

from dataclasses import dataclass

from portal.catalog import CatalogTable
from portal.gate import Gate
from portal.rows import Row


@dataclass(frozen=True, slots=True)
class Offered:
    """A document of the menu: its label and the address that makes it."""

    label: str
    url: str


def offered(gate: Gate, table: CatalogTable, row: Row) -> tuple[Offered, ...]:
    """The documents that this actor may make from `row`."""
    return ()
