"""What goes in and out of the gate: selections, and rows as plain values.

No model leaves the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from portal.errors import NotFound
from portal.i18n import Label, _, ngettext
from portal.stamps import stamp

OPERATORS = ("equals", "contains", "before", "after", "between", "empty")


def row_id(value: object) -> int:
    """The value, when it may be the number of a row. Raises NotFound."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise NotFound(_("There is no such row here."))
    return value


@dataclass(frozen=True, slots=True)
class Filter:
    """A comparison asked by a person: (field, operator, canonical text)."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a table, in which order. `after` and `before` are ids.

    The page next to that row.
    """

    search: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = False
    page: int = 0
    page_size: int = 50
    after: int | None = None
    before: int | None = None
    ids: tuple[int, ...] | None = None

    def counted(self) -> Selection:
        """The same rows, whatever the page and the order."""
        return Selection(search=self.search, filters=self.filters, ids=self.ids)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as this actor may see it: values by field name, and the persons whom it is about."""

    table: str
    id: int
    version: int
    title: str
    values: Mapping[str, Any]
    persons: tuple[int, ...] = ()
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, and whether another one follows.

    `unfinished`: these are its first rows; to find the others takes longer.
    """

    rows: tuple[Row, ...]
    has_next: bool
    unfinished: bool = False


class Ids(NamedTuple):
    """The ids of a page, whether rows follow it, and whether it was broken off before its end."""

    found: list[int]
    more: bool
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows; `capped` when there are more than `value`."""

    value: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """The first rows of a table that refer to a row by `field`; `more` when there are others."""

    table: str
    field: str
    rows: tuple[Row, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a row may not be erased.

    The kind ("reference", "choice", "right", "hold", "legal_hold", "restriction", "unit") and its
    words.

    For a reference, `reason` is the label of the table whose rows refer to it, and `table` its
    name; for a choice too, `count` being how many rows name it; for a unit, the label of the field
    by which rows are only purged together.
    """

    kind: str
    reason: Label
    table: str = ""
    count: int = 0

    @property
    def key(self) -> str:
        """What tells it from the others in an address."""
        if self.kind == "hold":
            return f"hold-{stamp(self.reason)[:8]}"
        return f"{self.kind}:{self.table}" if self.table else self.kind

    def __str__(self) -> str:
        if self.kind in ("reference", "choice") and not self.table:
            return str(_("Rows that you may not read refer to it"))
        if self.kind == "choice":
            return ngettext(
                "{count} row of “{table}” uses it", "{count} rows of “{table}” use it", self.count
            ).format(count=self.count, table=self.reason)
        if self.kind == "right" and not self.table:
            return str(_("A right that you may not read depends on it"))
        if self.kind == "reference":
            return _("Rows of “{table}” refer to it").format(table=self.reason)
        if self.kind == "unit":
            return _("Other rows of the same “{unit}” stay, and it goes as a whole").format(
                unit=self.reason
            )
        return str(self.reason)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A previewed erasure: what would go, what goes along, what is blocked and why.

    The gate runs only such a plan. `unseen` counts what goes along in tables that the actor may not
    read: `along` does not name them.
    """

    table: str
    deletable: tuple[int, ...]
    blocked: Mapping[int, tuple[Blocker, ...]]
    along: Mapping[str, int]
    titles: Mapping[int, str] = field(default_factory=dict)
    unseen: int = 0

    @property
    def count(self) -> int:
        """How many rows would be erased, those that go along left out."""
        return len(self.deletable)


@dataclass(frozen=True, slots=True)
class Change:
    """An old and a new value of an audited field."""

    at: datetime
    field: str
    label: Label
    old: str
    new: str
    by: str
