"""What blocks an erasure: references, declared holds, legal holds and restrictions.

Asked for many rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from peewee import Value, fn

from portal import choice_uses, custom_conversion, lost
from portal.builtin.privacy import LegalHold, Restriction, RowHold
from portal.catalog import Catalog, CatalogTable
from portal.choice_lists import CHOICE
from portal.customfields import TABLE as CUSTOM_FIELD
from portal.database import among_ids, proxy
from portal.i18n import _
from portal.reaches import along
from portal.rows import Blocker

AT_ONCE = 1_000
among = among_ids

Leaving = dict[str, set[int]]
"""The rows that are erased together, by table: they do not block each other."""

Leaves = Callable[[CatalogTable, Any], Any | None]
"""The same as a condition on an alias of a table; None when none of its rows leaves."""


def chunks(ids: Sequence[int], size: int = AT_ONCE) -> Iterator[Sequence[int]]:
    """The ids, some hundreds at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def any_restriction() -> bool:
    """True when at least one restriction is in force."""
    return bool(Restriction.select().where(Restriction.lifted_at.is_null()).exists())


def children_first(tables: Iterable[CatalogTable]) -> list[CatalogTable]:
    """The tables in the order of an erasure: each before those that its rows refer to."""
    waiting = {table.name: table for table in tables}
    ordered: list[CatalogTable] = []
    while waiting:
        free = [
            table
            for table in waiting.values()
            if not any(one.table in waiting and one.table != table.name for one in table.incoming)
        ]
        for table in free or list(waiting.values())[:1]:
            ordered.append(waiting.pop(table.name))
    return ordered


def going_along(catalog: Catalog, table: CatalogTable, ids: Iterable[int]) -> Leaving:
    """The rows of other tables that are erased with these rows, children of children too."""
    leaving: Leaving = {}
    _collect(catalog, table, sorted(ids), leaving)
    return leaving


def _collect(catalog: Catalog, table: CatalogTable, ids: Sequence[int], leaving: Leaving) -> None:
    for incoming in table.incoming:
        if incoming.act != "goes_along":
            continue
        child = catalog.table(incoming.table)
        known = leaving.setdefault(child.name, set())
        found = {
            row[0]
            for part in chunks(ids)
            for row in _rows(child.model.select(child.model.id), child, incoming.field, part)
        } - known
        known |= found
        if found:
            _collect(catalog, child, sorted(found), leaving)


def _rows(query: Any, child: CatalogTable, field: str, ids: Sequence[int]) -> Any:
    return query.where(among(getattr(child.model, field), ids)).tuples().execute(proxy.obj)


def blockers(
    catalog: Catalog,
    table: CatalogTable,
    ids: Sequence[int],
    today: date,
    leaving: Leaving | None = None,
) -> dict[int, tuple[Blocker, ...]]:
    """Why each of these rows may not be erased; rows that nothing blocks are left out."""
    gone = leaving or {}
    found: dict[int, list[Blocker]] = {}
    for part in chunks(ids):
        for id, blocker in _blockers(catalog, table, part, today, gone):
            reasons = found.setdefault(id, [])
            if blocker not in reasons:
                reasons.append(blocker)
    return {id: tuple(reasons) for id, reasons in found.items()}


def _blockers(
    catalog: Catalog, table: CatalogTable, ids: Sequence[int], today: date, gone: Leaving
) -> Iterator[tuple[int, Blocker]]:
    yield from _held(table, ids, today)
    yield from protected(table, ids)
    yield from lost.blockers(table, ids)
    if table.name == CHOICE:
        yield from choice_uses.blockers(catalog, ids)
    if table.name == CUSTOM_FIELD:
        yield from custom_conversion.blockers(catalog, ids)
    for incoming in table.incoming:
        child = catalog.table(incoming.table)
        column = getattr(child.model, incoming.field)
        pairs = list(_rows(child.model.select(child.model.id, column), child, incoming.field, ids))
        if incoming.act == "blocks":
            leaving = gone.get(child.name, set())
            blocker = Blocker("reference", child.label, child.name)
            for id, target in pairs:
                if id not in leaving:
                    yield target, blocker
        elif incoming.act == "goes_along" and pairs:
            parents = dict(pairs)
            for id, blocker in _blockers(catalog, child, sorted(parents), today, gone):
                yield parents[id], blocker


def _held(table: CatalogTable, ids: Sequence[int], today: date) -> Iterator[tuple[int, Blocker]]:
    for hold in table.holds:
        held = table.model.select(table.model.id).where(
            among(table.model.id, ids) & table.model.id.in_(hold.rows(today))
        )
        for (id,) in held.tuples().execute(proxy.obj):
            yield id, Blocker("hold", hold.reason)


PROTECTIONS = (
    ("legal_hold", LegalHold, _("Kept for a dispute (legal hold)")),
    ("restriction", Restriction, _("The person's data are restricted (GDPR art. 18)")),
)


LISTED = ("hold", "record_hold", "legal_hold", "restriction")
"""What blocks rows by a list of them: it is read once, where a reference is looked up by row."""
RECORD_HELD = Blocker("record_hold", _("This record is kept for a dispute (legal hold)"))


def _rows_held(table: CatalogTable) -> Any:
    """The numbers of the records of a table under legal hold, as a query."""
    named = (RowHold.table_name == table.name) & RowHold.lifted_at.is_null()
    return RowHold.select(RowHold.row).where(named)


def _held_rows(table: CatalogTable, ids: Sequence[int]) -> Iterator[int]:
    held = _rows_held(table).where(among(RowHold.row, ids)).distinct()
    return (row[0] for row in proxy.obj.execute(held).fetchall())


def _among(persons: Any) -> Callable[[Any], Any]:
    return lambda column: column.in_(persons)


def protected(table: CatalogTable, ids: Sequence[int]) -> Iterator[tuple[int, Blocker]]:
    """Rows that a legal hold keeps, or about a person under legal hold or restriction."""
    for id in _held_rows(table, ids):
        yield id, RECORD_HELD
    if table.subject is None or table.plugin == "privacy":
        return
    for kind, model, reason in PROTECTIONS:
        persons = model.select(model.person).where(model.lifted_at.is_null())
        alias = table.model.alias()
        held = alias.select(alias.id).where(
            among(alias.id, ids) & along(alias, table.subject, _among(persons))
        )
        for (id,) in held.tuples().execute(proxy.obj):
            yield id, Blocker(kind, reason)


# --- the same for any number of rows, as conditions ----------------------------------------------


def blocking(
    catalog: Catalog,
    table: CatalogTable,
    alias: Any,
    today: date,
    leaves: Leaves = lambda _table, _alias: None,
) -> dict[Blocker, Any]:
    """Everything that may block rows of `alias`, each with its condition in SQL."""
    found: dict[Blocker, Any] = {}
    for blocker, condition in _blocking(catalog, table, alias, today, leaves, ()):
        found[blocker] = found[blocker] | condition if blocker in found else condition
    return found


def _blocking(
    catalog: Catalog,
    table: CatalogTable,
    alias: Any,
    today: date,
    leaves: Leaves,
    above: tuple[str, ...],
) -> Iterator[tuple[Blocker, Any]]:
    for hold in table.holds:
        yield Blocker("hold", hold.reason), alias.id.in_(hold.rows(today))
    yield RECORD_HELD, alias.id.in_(_rows_held(table))
    if table.subject is not None and table.plugin != "privacy":
        for kind, model, reason in PROTECTIONS:
            persons = model.select(model.person).where(model.lifted_at.is_null())
            within = along(alias, table.subject, _among(persons))
            yield Blocker(kind, reason), within
    yield from lost.blocking(table, alias)
    for incoming in table.incoming:
        child = catalog.table(incoming.table)
        other = child.model.alias()
        points = getattr(other, incoming.field) == alias.id
        if incoming.act == "blocks":
            leaving = leaves(child, other)
            stays = points if leaving is None else points & negated(leaving)
            yield Blocker("reference", child.label, child.name), _exists(other, stays)
        elif incoming.act == "goes_along" and child.name not in (*above, table.name):
            same = _same_person(table, child, incoming.field)
            for blocker, condition in _blocking(
                catalog, child, other, today, leaves, (*above, table.name)
            ):
                if same and blocker.kind in ("legal_hold", "restriction"):
                    continue
                if blocker.kind in LISTED:
                    column = getattr(other, incoming.field)
                    yield blocker, alias.id.in_(other.select(column).where(condition))
                else:
                    yield blocker, _exists(other, points & condition)


def negated(condition: Any) -> Any:
    """The rows that a condition does not hold for, those where it is unknown included."""
    return ~fn.COALESCE(condition, Value(False))


def _exists(alias: Any, condition: Any) -> Any:
    return fn.EXISTS(alias.select(Value(1)).where(condition))


def _same_person(table: CatalogTable, child: CatalogTable, field: str) -> bool:
    """True when a child is about the person of its parent: what protects one protects both."""
    if table.subject is None or child.subject is None:
        return False
    names = [step.name for step in child.subject.steps]
    return names == [field, *(step.name for step in table.subject.steps)]
