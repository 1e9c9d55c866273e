"""Where a reading starts and by what it is sorted: what the databases have to be told."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from peewee import SQL, NodeList

from portal.database import is_postgresql
from portal.errors import Invalid
from portal.fields import Field
from portal.i18n import _
from portal.rows import Selection

DEEPEST_OFFSET = 10_000


class Start(Enum):
    """From where SQLite reads the rows of a selection: its planner knows no sizes, we do."""

    MATCHES = auto()
    LEAD = auto()
    ORDER = auto()
    REACH = auto()


def without_index(column: Any) -> Any:
    """The same value, which SQLite does not look up in an index."""
    return NodeList((SQL("+"), column), glue="")


def folded_here(field: Field) -> bool:
    """True for a text that has no folded copy, and no index of its own to be sorted by."""
    return "contains" in field.type.operators and not field.folded and not field.indexed


def byte_order(field: Field) -> str | None:
    """How PostgreSQL sorts a text that was folded: by its bytes, as SQLite does."""
    return '"C"' if folded_here(field) and is_postgresql() else None


def first_row(selection: Selection, *, whole: bool) -> int:
    """How many rows stand before a page. Raises Invalid for a far page of a partial reach."""
    if selection.after is not None or selection.before is not None:
        return 0
    offset = selection.page * selection.page_size
    if offset > DEEPEST_OFFSET and not whole:
        raise Invalid(_("This page is too far."), _("Search or filter, or go on with Next."))
    return offset
