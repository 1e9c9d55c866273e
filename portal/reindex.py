"""Filling a search index again, once the searched fields of a table have changed.

Rows are read by ranges of their numbers and written to the index in short transactions, so that
people go on working; meanwhile a search answers from what is in the index already. Refuses to call
an index filled before its last row is in it. Gives nobody a row: it is work of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portal import catalog as catalogs
from portal import search, writing
from portal.catalog import Catalog, CatalogTable
from portal.database import is_postgresql, proxy, transaction
from portal.holds import among

ROWS_AT_ONCE = 1_000

Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many there are in all."""


def waiting(catalog: Catalog) -> tuple[CatalogTable, ...]:
    """The tables whose index is still to be filled, in alphabetical order."""
    tables = (catalog.tables.get(name) for name in search.stale())
    return tuple(table for table in tables if table is not None and table.searched)


def fill(catalog: Catalog, progress: Progress = lambda done, total: None) -> int:
    """Fill every index that waits; how many rows were indexed.

    It may be stopped at any moment, by what `progress` raises too, and begun again.
    """
    tables = waiting(catalog)
    total = sum(_size(table) for table in tables)
    done = 0
    for table in tables:
        last = 0
        while True:
            progress(done, max(total, done))
            count, last = _fill_some(table, last)
            done += count
            if count < ROWS_AT_ONCE:
                break
    if tables:
        progress(done, max(total, done))
    return done


def _fill_some(table: CatalogTable, after: int) -> tuple[int, int]:
    """Index the rows that follow `after`; how many, and the last one. The last part ends the work.

    The rows are locked until they are indexed: a change meanwhile comes after, and stays.
    """
    model = table.model
    names = table.searched
    columns = [table.fields[name].expression(model) for name in names]
    query = model.select(model.id, *columns).where(model.id > after)
    query = query.order_by(model.id).limit(ROWS_AT_ONCE)
    with transaction():
        if is_postgresql():
            query = query.for_update()
        rows = proxy.obj.execute(query).fetchall()
        search.write(table.name, [(row[0], _texts(table, names, row[1:])) for row in rows])
        if len(rows) < ROWS_AT_ONCE:
            search.filled(table.name)
    return len(rows), (rows[-1][0] if rows else after)


def index(name: str, ids: Sequence[int]) -> None:
    """Index these rows as they are now, in a short transaction of its own."""
    table = catalogs.current().table(name)
    if not table.searched:
        return
    model = table.model
    names = table.searched
    columns = [table.fields[name].expression(model) for name in names]
    query = model.select(model.id, *columns).where(among(model.id, ids))
    with transaction():
        if is_postgresql():
            query = query.for_update()
        rows = proxy.obj.execute(query).fetchall()
        search.write(table.name, [(row[0], _texts(table, names, row[1:])) for row in rows])


def _texts(table: CatalogTable, names: Sequence[str], values: tuple[object, ...]) -> dict[str, str]:
    return writing.searched(table, dict(zip(names, values, strict=True)), names)


def _size(table: CatalogTable) -> int:
    return int(table.model.select().count(proxy.obj))
