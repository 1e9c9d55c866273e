"""Which rows of an activity are due, and which of these may go: conditions in SQL.

A row is due when the latest of its dates (its own and those of the start events) is before the
limit. It may go when no hold, no protection and no reference of a row that stays blocks it, and
when all of its unit (a fiscal year) goes too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from peewee import Select, Value

from portal import holds, periods, rightwords
from portal.actor import Grant
from portal.catalog import CatalogTable, Part
from portal.database import storable
from portal.declare import Reach, StartEvent, Verb
from portal.errors import Forbidden, NotFound
from portal.fieldtypes import EDGES
from portal.grants import Scope, may_disclose, scope
from portal.i18n import _
from portal.reaches import NO_ROWS, conjunction, structure_rows
from portal.rows import Blocker

if TYPE_CHECKING:
    from portal.gate import Gate

EVERY_ROW = Value(1) == Value(1)


class Due:
    """The conditions of one activity within an actor's reach. Raises NotFound for no activity.

    `within` a structure: the rows of it and of those below, in the tables that have structures.
    """

    def __init__(self, gate: Gate, name: str, within: int | None = None) -> None:
        activity = gate.catalog.activities.get(name)
        if activity is None:
            raise NotFound(
                _("There is no activity '{name}'.").format(name=name[:60]),
                _("Known: {known}.").format(known=", ".join(gate.catalog.activities)),
            )
        self.gate, self.activity, self.within = gate, activity, within
        self.limit = periods.due_limit(gate.today, activity.retention)
        kept = (
            part
            for part in gate.catalog.parts(name)
            if not part.table.declaration.no_retention
            and (within is None or part.table.structure is not None)
        )
        self.parts = _children_first(tuple(kept))

    def scope(self, table: CatalogTable) -> Scope:
        """The rows that the actor may erase, or else read; protected ones if they may know."""
        verb = Verb.ERASE if self.gate.can(Verb.ERASE, table.name) else Verb.READ
        found = self.gate.scope(table.name, verb)
        if not found.open:
            raise Forbidden(
                rightwords.refusal(Verb.READ, table.label),
                rightwords.remedy(Verb.READ, table.label),
            )
        if verb is Verb.READ and may_disclose(found):
            return scope(replace(self.gate.world, disclosing=True), table, verb)
        return found

    def belonging(self, part: Part, alias: Any) -> Any:
        """The rows of a part within reach."""
        reached = self.scope(part.table)
        inside = self._inside(reached, alias)
        found = conjunction(in_part(part, alias), reached.rows(alias), inside)
        return EVERY_ROW if found is None else found

    def _inside(self, reached: Scope, alias: Any) -> Any | None:
        """The rows of the structure that was asked for, and of those below."""
        if self.within is None:
            return None
        zone = Grant(
            reached.table.name, frozenset(), Reach.STRUCTURE, zones=frozenset({self.within})
        )
        return structure_rows(reached, zone, alias)

    def due(self, part: Part, alias: Any) -> Any:
        """The rows that are past their term."""
        retention, conditions = self.activity.retention, []
        if retention.rule is not None:
            query = retention.rule(self.limit)
            if query.model is part.table.model:
                conditions.append(alias.id.in_(query))
        path = part.table.declaration.counted_from or retention.counted_from
        if path or part.table.start_events:
            conditions.append(self._older(part.table, alias, path))
        found = conjunction(*conditions)
        return NO_ROWS if found is None else found

    def _older(self, table: CatalogTable, alias: Any, path: str) -> Any:
        """The latest date of a row is before the limit; a row without any date is not due."""
        older: Any = None
        newer: list[Any] = []
        if path:
            older = self._counted(table, alias, path, later=False)
            if table.start_events:
                newer.append(holds.negated(self._counted(table, alias, path, later=True)))
        for event in table.start_events:
            before = alias.id.in_(self._started(event, later=False))
            older = before if older is None else older | before
            newer.append(holds.negated(alias.id.in_(self._started(event, later=True))))
        return conjunction(older, *newer)

    def _counted(self, table: CatalogTable, alias: Any, path: str, *, later: bool) -> Any:
        return _at(alias, path.split("."), lambda column: self._beside_limit(column, later=later))

    def _beside_limit(self, column: Any, *, later: bool) -> Any:
        end: date = self.limit
        if column.field_type == "DATETIME":
            local = datetime.combine(end, time(), EDGES.zone)
            end = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        return column >= storable(end) if later else column < storable(end)

    def _started(self, event: StartEvent, *, later: bool) -> Any:
        query = event.dates()
        row, at = query._returning  # peewee has no public name for the columns of a query
        named = query.columns(row.alias("row_id"), at.alias("started")).alias("event")
        column, end = named.c.started, storable(self.limit)
        return Select([named], [named.c.row_id]).where(column >= end if later else column < end)

    def _going(self, part: Part, alias: Any, above: tuple[str, ...]) -> Any:
        """The rows that are due and that nothing blocks, their unit apart."""
        blocking = self._blocking(part, alias, above)
        free = [holds.negated(condition) for condition in blocking.values()]
        return conjunction(self.belonging(part, alias), self.due(part, alias), *free)

    def _blocking(self, part: Part, alias: Any, above: tuple[str, ...]) -> dict[Blocker, Any]:
        inner = (*above, part.table.name)

        def leaves(table: CatalogTable, other: Any) -> Any | None:
            if table.name in inner:
                return None
            mine = [p for p in self.parts if p.table.name == table.name]
            found = [self.deletable(p, other, inner) for p in mine]
            return found[0] | found[1] if len(found) > 1 else (found[0] if found else None)

        return holds.blocking(self.gate.catalog, part.table, alias, self.gate.today, leaves)

    def _unit(self, part: Part, alias: Any, above: tuple[str, ...]) -> dict[Blocker, Any]:
        """Rows of a unit (a fiscal year) of which a row stays; the whole unit stays with it.

        Only units with a row that is due are looked at: of the others no row is asked for.
        """
        name = self.activity.retention.unit
        if name not in part.table.fields:
            return {}
        other, some = part.table.model.alias(), part.table.model.alias()
        column = getattr(other, name)
        touched = some.select(getattr(some, name)).where(self.due(part, some)).distinct()
        inside = conjunction(in_part(part, other), column.in_(touched))
        going = self._going(part, other, above)
        staying = other.select(column).where(inside & holds.negated(going)).distinct()
        blocker = Blocker("unit", part.table.fields[name].label)
        return {blocker: getattr(alias, name).in_(staying)}

    def blocking(self, part: Part, alias: Any) -> dict[Blocker, Any]:
        """Everything that may block a row, each with its condition."""
        return {**self._blocking(part, alias, ()), **self._unit(part, alias, ())}

    def obsolete(self, part: Part, alias: Any) -> Any:
        """The rows within reach that are past their term."""
        return conjunction(self.belonging(part, alias), self.due(part, alias))

    def deletable(self, part: Part, alias: Any, above: tuple[str, ...] = ()) -> Any:
        """The rows that a purge erases."""
        unit = [holds.negated(c) for c in self._unit(part, alias, above).values()]
        return conjunction(self._going(part, alias, above), *unit)


def in_part(part: Part, alias: Any) -> Any | None:
    """The rows of a table that belong to the part; None for all of them."""
    if not part.field:
        return None
    column = getattr(alias, part.field)
    return ~column.is_null() if part.is_set else column.is_null()


def _at(alias: Any, names: list[str], test: Any) -> Any:
    """`test` applied to the column at the end of a path of references."""
    column = getattr(alias, names[0])
    if len(names) == 1:
        return test(column)
    target = column.rel_model.alias()
    return column.in_(target.select(target.id).where(_at(target, names[1:], test)))


def _children_first(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts in the order of their erasure: a table that refers to another one before it."""
    left, found = list(parts), []
    while left:
        targets = [{f.target for f in part.table.fields.values()} for part in left]
        names = [part.table.name for part in left]
        free = [
            part
            for part in left
            if not any(
                part.table.name in refers and name != part.table.name
                for name, refers in zip(names, targets, strict=True)
            )
        ]
        chosen = free or left[:1]
        found += chosen
        left = [part for part in left if part not in chosen]
    return tuple(found)
