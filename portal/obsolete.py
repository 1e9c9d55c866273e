"""The obsolete rows of an activity: counted, and shown by page; `portal.purging` erases them.

A million rows are counted in a few statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial, reduce
from operator import add, or_
from typing import Any

from peewee import Case, Select, Value, fn

from portal import rightwords
from portal.catalog import CatalogTable, Part
from portal.database import proxy
from portal.declare import Verb
from portal.due import Due
from portal.erasing import Eraser
from portal.errors import Forbidden
from portal.i18n import _
from portal.reaches import NO_ROWS, conjunction
from portal.rows import Blocker

PURGES = "privacy.purge"
OTHER = "*"
"""In the details of an evidence: the rows of tables that its author may not read."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows of an activity: not obsolete, deletable, and blocked (and by what).

    `deletable_in` and `along` say how many rows would go, by table, `unseen` how many in tables
    that the actor may not read; `oldest` is the earliest date of a row.
    """

    not_obsolete: int = 0
    deletable: int = 0
    blocked: int = 0
    blocked_by: Mapping[Blocker, int] = field(default_factory=dict)
    oldest: date | None = None
    deletable_in: Mapping[str, int] = field(default_factory=dict)
    along: Mapping[str, int] = field(default_factory=dict)
    unseen: int = 0

    @property
    def obsolete(self) -> int:
        """Deletable and blocked rows together."""
        return self.deletable + self.blocked


@dataclass(frozen=True, slots=True)
class DueRow:
    """An obsolete row: it may go when nothing blocks it."""

    table: str
    id: int
    blockers: tuple[Blocker, ...] = ()


class Obsolete(Due):
    """The obsolete rows of one activity within the reach of a gate's actor."""

    @cached_property
    def _eraser(self) -> Eraser:
        return Eraser(self.gate)

    # --- what may be done -------------------------------------------------------------------------

    @property
    def countable(self) -> bool:
        """True when there are rows to count and the actor may read every table of them."""
        return bool(self.parts) and all(self.gate.can(Verb.READ, p.table.name) for p in self.parts)

    @property
    def prunes_itself(self) -> bool:
        """True when rows are written once and go by themselves at their term (the journal)."""
        return any(part.table.declaration.read_only for part in self.parts)

    @property
    def purgeable(self) -> bool:
        """True when the actor may purge: the right to run purges, and to erase in every table."""
        return (
            bool(self.parts)
            and not self.prunes_itself
            and self.gate.can(Verb.EXECUTE, PURGES)
            and all(self.gate.can(Verb.ERASE, part.table.name) for part in self.parts)
        )

    def require_purgeable(self) -> None:
        """Raise Forbidden naming the right that lacks."""
        if self.prunes_itself or not self.parts:
            raise Forbidden(_("The rows of this activity are not purged by hand."))
        rights = [(Verb.EXECUTE, PURGES)] + [(Verb.ERASE, p.table.name) for p in self.parts]
        for verb, table in rights:
            if not self.gate.can(verb, table):
                raise Forbidden(
                    _("You may not purge this activity."),
                    rightwords.remedy(verb, self.gate.catalog.table(table).label),
                )

    # --- counting ---------------------------------------------------------------------------------

    def counts(self, *, along: bool = False) -> Counts:
        """How many rows stand where; what goes along is counted when asked. Raises Forbidden."""
        total = due = 0
        going: dict[str, int] = {}
        by: dict[Blocker, int] = {}
        oldest: list[date] = []
        for part in self.parts:
            all_rows, first = self._extent(part)
            total += all_rows
            oldest += [first] if first else []
            obsolete, blocked = self._standing(part, by) if all_rows else (0, 0)
            due += obsolete
            name = part.table.name
            going[name] = going.get(name, 0) + obsolete - blocked
        deletable = sum(going.values())
        with_them = self._along() if along and deletable else {}
        told = {name: n for name, n in with_them.items() if self.gate.can(Verb.READ, name)}
        return Counts(
            not_obsolete=total - due,
            deletable=deletable,
            blocked=due - deletable,
            blocked_by=by,
            oldest=min(oldest, default=None),
            deletable_in={name: number for name, number in going.items() if number},
            along=told,
            unseen=sum(with_them.values()) - sum(told.values()),
        )

    def persons(self) -> int:
        """How many persons the rows are about."""
        queries = [self._persons(part) for part in self.parts if part.table.subject is not None]
        if not queries:
            return 0
        whole = queries[0]
        for query in queries[1:]:
            whole = whole | query
        return int(Select([whole.alias("p")], [fn.COUNT(Value(1))]).scalar(proxy.obj))

    def _persons(self, part: Part) -> Any:
        alias = part.table.model.alias()
        root, query, column = alias, alias.select(), alias.id
        steps = part.table.subject.steps if part.table.subject else ()
        for number, step in enumerate(steps):
            column = getattr(alias, step.name)
            if number < len(steps) - 1:
                other = step.column.rel_model.alias()
                query = query.join_from(alias, other, on=(column == other.id))
                alias = other
        where = conjunction(self.belonging(part, root), ~column.is_null())
        return query.select(column.alias("person")).where(where).distinct()

    def _count(self, part: Part, condition: Any) -> int:
        alias = part.table.model.alias()
        return int(alias.select().where(condition(part, alias)).count(proxy.obj))

    def _extent(self, part: Part) -> tuple[int, date | None]:
        """How many rows there are, and their earliest date (of entry, where no other counts)."""
        alias = part.table.model.alias()
        path = part.table.declaration.counted_from or self.activity.retention.counted_from
        names = path.split(".") if path else ["created_at"] if part.table.versioned else []
        query, column, at = alias.select(), Value(None), alias
        for number, name in enumerate(names, 1):
            column = getattr(at, name)
            if number < len(names):
                other = column.rel_model.alias()
                query = query.join_from(at, other, on=(column == other.id))
                at = other
        query = query.select(fn.COUNT(alias.id), fn.MIN(column)).where(self.belonging(part, alias))
        number, first = proxy.obj.execute(query).fetchone()
        return int(number), _day(first)

    def _standing(self, part: Part, by: dict[Blocker, int]) -> tuple[int, int]:
        """How many rows are obsolete, and how many of them are blocked; `by` is added to.

        Each row is looked at once: what blocks it is kept in a table of the statement.
        """
        alias = part.table.model.alias()
        blocking = self.blocking(part, alias)
        named = [f"b{number}" for number in range(len(blocking))]
        flags = [
            Case(None, ((condition, 1),), 0).alias(name)
            for name, condition in zip(named, blocking.values(), strict=True)
        ]
        due = alias.select(alias.id, *flags).where(self.obsolete(part, alias))
        once = due.cte("due", columns=("id", *named), materialized=True)
        columns = [getattr(once.c, name) for name in named]
        blocked = fn.SUM(Case(None, ((reduce(add, columns) > 0, 1),), 0)) if named else Value(0)
        sums = [fn.COUNT(once.c.id), blocked, *(fn.SUM(column) for column in columns)]
        row = proxy.obj.execute(Select([once], sums).with_cte(once)).fetchone()
        for blocker, number in zip(blocking, row[2:], strict=True):
            if number:
                (told,) = self._eraser.told([blocker])
                by[told] = by.get(told, 0) + int(number)
        return int(row[0]), int(row[1] or 0)

    def _along(self) -> dict[str, int]:
        """How many rows of other tables go with those that are deletable."""
        found: dict[str, int] = {}
        for part in self.parts:
            alias = part.table.model.alias()
            going = alias.select(alias.id).where(self.deletable(part, alias))
            once = going.cte("going", columns=("id",), materialized=True)
            queries: dict[str, list[Any]] = {}
            self._collect(part.table, Select([once], [once.c.id]), queries)
            if not queries:
                continue
            sums = [reduce(add, counts) for counts in queries.values()]
            row = proxy.obj.execute(Select(columns=sums).with_cte(once)).fetchone()
            for name, number in zip(queries, row, strict=True):
                found[name] = found.get(name, 0) + int(number)
        return {name: number for name, number in sorted(found.items()) if number}

    def _collect(self, table: CatalogTable, going: Any, found: dict[str, list[Any]]) -> None:
        for incoming in table.incoming:
            if incoming.act == "goes_along" and incoming.table != table.name:
                child = self.gate.catalog.table(incoming.table)
                alias = child.model.alias()
                inside = getattr(alias, incoming.field).in_(going)
                counted = alias.select(fn.COUNT(alias.id)).where(inside)
                found.setdefault(child.name, []).append(counted)
                self._collect(child, alias.select(alias.id).where(inside), found)

    # --- rows -------------------------------------------------------------------------------------

    def page(self, number: int, size: int, blocker: str = "") -> tuple[list[DueRow], bool]:
        """One page of the obsolete rows, each with what blocks it; and whether rows follow.

        With the key of a blocker: of the rows that it blocks.
        """
        found: list[DueRow] = []
        skip, wanted = number * size, size + 1
        for part in self.parts:
            if len(found) == wanted:
                break
            alias = part.table.model.alias()
            blocking = self.blocking(part, alias)
            flags = [Case(None, ((condition, 1),), 0) for condition in blocking.values()]
            due = self._due_by(part, alias, blocker)
            query = alias.select(alias.id, *flags).where(due).order_by(alias.id)
            rows = proxy.obj.execute(query.limit(wanted - len(found)).offset(skip)).fetchall()
            for row in rows:
                why = [b for b, flag in zip(blocking, row[1:], strict=True) if flag]
                found.append(DueRow(part.table.name, row[0], self._eraser.told(why)))
            skip = 0 if rows else skip - self._count(part, partial(self._due_by, blocker=blocker))
        return found[:size], len(found) > size

    def _due_by(self, part: Part, alias: Any, blocker: str) -> Any:
        """The obsolete rows, or those that the blocker of this key holds."""
        if not blocker:
            return self.obsolete(part, alias)
        held = [
            condition
            for why, condition in self.blocking(part, alias).items()
            if self._eraser.told([why])[0].key == blocker
        ]
        return conjunction(self.obsolete(part, alias), reduce(or_, held) if held else NO_ROWS)


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value
