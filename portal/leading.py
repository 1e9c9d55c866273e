"""From where a list is read on SQLite: its planner knows no sizes, the guard does.

Best is a filter with an index of its rows in the order of the titles (`portal.listindexes`): it
leads, and the other filters are asked of its rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from peewee import Value

from portal import counts
from portal.database import is_sqlite, proxy
from portal.fields import Field
from portal.fieldtypes import BooleanType
from portal.ordering import Start
from portal.patience import OutOfPatience, Patience
from portal.rows import Filter, Ids, Selection

if TYPE_CHECKING:
    from portal.reading import Reader

ENOUGH = 10_000
ORDERED_MATCHES = 100
"""So many rows that a search finds are put in the order of their titles; more come by number."""


def start(reader: Reader, selection: Selection, *, few: bool) -> Start:
    """From where SQLite reads the rows of a selection; PostgreSQL chooses by itself."""
    if not is_sqlite():
        return Start.MATCHES
    if reader.scope.narrow:
        return Start.REACH
    if _leading(reader, selection):
        return Start.LEAD
    return Start.MATCHES if few or selection.sort else Start.ORDER


def ids(reader: Reader, selection: Selection, patience: Patience | None = None) -> Ids:
    """The ids of a page; how a search looks for them depends on how many rows match."""
    if _settled(reader, selection):
        return reader.ids(selection, patience=patience)
    matches = counts.known(counts.key(reader.scope, selection.counted()))
    try:
        matches = matches or reader.count(selection, ORDERED_MATCHES + 1, patience)
    except OutOfPatience:
        return Ids([], more=False, unfinished=True)
    return reader.ids(selection, few=matches.value <= ORDERED_MATCHES, patience=patience)


def _settled(reader: Reader, selection: Selection) -> bool:
    """True when the way of reading is the same however many rows match."""
    if selection.sort or not (selection.filters or selection.search.strip()):
        return True
    if selection.search.strip():
        return False
    return not is_sqlite() or reader.scope.narrow or bool(_leading(reader, selection))


def lead(reader: Reader, selection: Selection, start: Start) -> Filter | None:
    """The filter from whose index the rows are read: the one that finds the fewest."""
    found = _leading(reader, selection) if start is Start.LEAD else ()
    if len(found) < 2:
        return next(iter(found), None)
    return min(found, key=lambda wanted: _size(reader, wanted))


def unordered(reader: Reader) -> Reader:
    """The same reader, for statements that had better not begin with the first title."""
    return replace(reader, scope=replace(reader.scope, by_title=not is_sqlite()))


def _leading(reader: Reader, selection: Selection) -> tuple[Filter, ...]:
    apart = selection.search.strip() or selection.sort or not selection.filters
    if apart or not reader.title_shown():
        return ()
    sifted = reader.table.sifted
    return tuple(
        wanted
        for wanted in selection.filters
        if wanted.field in sifted
        and reader.scope.shown_on_all(reader.shown(wanted.field))
        and _one_value(reader.table.fields[wanted.field], wanted)
    )


def _one_value(field: Field, wanted: Filter) -> bool:
    """True when the rows found have one and the same value in the index of `field`."""
    if wanted.operator == "empty":
        yes = BooleanType().parse(wanted.value or "true")
        return bool(yes) and bool(field.folded or field.type.name == "choice")
    return wanted.operator == "equals"


def _size(reader: Reader, wanted: Filter) -> int:
    """How many rows a filter finds, whoever asks; some thousands are enough to compare."""
    table = reader.table.model.alias("t")
    query = table.select(Value(1)).where(reader.comparison(table, wanted))
    return int(query.limit(ENOUGH).count(proxy.obj))
