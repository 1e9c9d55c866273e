"""What blocks an erasure: references, declared holds, legal holds and restrictions. Asked for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from portal.builtin.privacy import LegalHold, Restriction
from portal.catalog import Catalog, CatalogTable
from portal.database import proxy
from portal.grants import along
from portal.i18n import _
from portal.rows import Blocker

AT_ONCE = 500

Leaving = dict[str, set[int]]
"""The rows that are erased together, by table: they do not block each other."""


def chunks(ids: Sequence[int], size: int = AT_ONCE) -> Iterator[Sequence[int]]:
    """The ids, some hundreds at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def any_restriction() -> bool:
    """True when at least one restriction is in force."""
    return bool(Restriction.select().where(Restriction.lifted_at.is_null()).exists())


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
    return query.where(getattr(child.model, field).in_(list(ids))).tuples().execute(proxy.obj)


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
    yield from _protected(table, ids)
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
            table.model.id.in_(list(ids)) & table.model.id.in_(hold.rows(today))
        )
        for (id,) in held.tuples().execute(proxy.obj):
            yield id, Blocker("hold", hold.reason)


def _protected(table: CatalogTable, ids: Sequence[int]) -> Iterator[tuple[int, Blocker]]:
    """Rows about a person under legal hold or restriction."""
    if table.subject is None or table.plugin == "privacy":
        return
    for kind, model, reason in (
        ("legal_hold", LegalHold, _("Kept for a dispute (legal hold)")),
        ("restriction", Restriction, _("The person's data are restricted (GDPR art. 18)")),
    ):
        persons = model.select(model.person).where(model.lifted_at.is_null())
        alias = table.model.alias()
        held = alias.select(alias.id).where(
            alias.id.in_(list(ids)) & along(alias, table.subject, lambda c, p=persons: c.in_(p))
        )
        for (id,) in held.tuples().execute(proxy.obj):
            yield id, Blocker(kind, reason)
