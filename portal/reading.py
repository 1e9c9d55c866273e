"""Queries that read rows: which ids a selection names, and their values. Only the gate calls this.

A list is two statements: the ids of the page (late lookup: they come from an index), then the
values of these ids with the titles of what they refer to. Both carry the conditions of the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from peewee import JOIN, Select, Tuple, Value, fn

from portal import leading, search, sorting
from portal.actor import Grant
from portal.catalog import CatalogTable
from portal.columns import Column, person_column, title_of
from portal.comparison import compare_below
from portal.database import among_ids, is_sqlite, proxy
from portal.errors import Invalid
from portal.fields import Field
from portal.grants import Scope
from portal.holds import chunks
from portal.i18n import _
from portal.ordering import Start, first_row, without_index
from portal.patience import Patience, firsts
from portal.reaches import NO_ROWS, among, any_of, conjunction
from portal.reachsize import NEVER, TO_COLLECT
from portal.rows import Count, Filter, Ids, Row, Selection


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one table within one scope.

    `scope_of` gives the scope of the tables that it refers to.
    """

    scope: Scope
    scope_of: Any

    @property
    def table(self) -> CatalogTable:
        """The table that is read."""
        return self.scope.table

    # --- which rows

    def where(self, alias: Any, selection: Selection, start: Start = Start.MATCHES) -> Any | None:
        """The condition of a selection within the scope."""
        parts = [self.scope.rows(alias)]
        aside, lead = start is not Start.MATCHES, leading.lead(self, selection, start)
        parts += [
            self.comparison(alias, wanted, aside=aside and wanted is not lead)
            for wanted in selection.filters
        ]
        if selection.search.strip():
            parts.append(self.matching(alias, selection.search, each=start is Start.REACH))
        if selection.ids is not None:
            parts.append(among_ids(alias.id, selection.ids))
        return conjunction(*parts)

    def comparison(self, alias: Any, wanted: Filter, *, aside: bool = False) -> Any:
        """A filter; it sees a value only where a grant shows it.

        `aside` keeps SQLite from starting from the field's index.
        """
        field = self.shown(wanted.field)
        value = self.scope.value(alias, field)
        key = self.scope.value(alias, field, key=True) if field.folded else None
        if aside:
            value, key = without_index(value), None if key is None else without_index(key)
        compared = compare_below(value, key, field, wanted.operator, wanted.value)
        if field.target and wanted.operator == "equals":
            compared = compared & self.visible_target(field, value)
        if not self.scope.shown_on_all(field) and wanted.operator == "empty":
            seen = [g for g, names in self.scope.groups((field.name,))]
            compared = compared & any_of([self.scope.rows_of(g, alias) for g in seen])
        return compared

    def visible_target(self, field: Field, value: Any) -> Any:
        """The row that a reference names lies in reach.

        Otherwise the filter would tell that it exists.
        """
        target = self.scope_of(field.target)
        other = target.table.model.alias()
        if not target.open:
            return NO_ROWS
        condition = target.rows(other)
        if condition is None:
            return Value(1) == Value(1)
        return among(value, other.select(other.id).where(condition))

    def shown(self, name: str) -> Field:
        """The field, if a grant shows it; raises Invalid naming those that one may use."""
        field = self.table.fields.get(name)
        if field is None or not self.scope.shown_somewhere(field):
            known = [f.name for f in self.scope.fields() if self.scope.shown_somewhere(f)]
            raise Invalid(
                _("There is no field '{name}' here.").format(name=name[:60]),
                _("Use one of: {known}.").format(known=", ".join(known)),
            )
        return field

    def matching(self, alias: Any, text: str, *, each: bool = False) -> Any:
        """The rows whose shown fields hold every word of a search.

        `each` looks at the words of the row itself instead of collecting all rows that match.
        """
        parts = []
        for grants, fields in self.scope.groups(self.table.searched):
            if each:
                found = search.holding(self.table.name, text, fields, alias.id)
            else:
                found = search.matching(self.table.name, text, fields)
            if found is None:
                return NO_ROWS
            matched = fn.EXISTS(found) if each else among(alias.id, found)
            reached = None if self._all(grants) else self.scope.rows_of(grants, alias)
            parts.append(conjunction(matched, reached))
        return any_of(parts)

    # --- in which order

    def title_shown(self) -> bool:
        """True when every row shows the fields of its title, so that rows may be ordered by it."""
        return all(self.scope.shown_on_all(self.table.fields[n]) for n in self.table.title) and all(
            self.scope.value(self.table.model, self.table.fields[n]) is not None
            for n in self.table.title
        )

    def ids(
        self, selection: Selection, *, few: bool = True, patience: Patience | None = None
    ) -> Ids:
        """The ids of a page. Raises Invalid for a page out of bounds.

        `few` says that the search and the filters find few rows, which are put in order at once;
        otherwise those of a search come by number, and those of filters as the order meets them.
        """
        table = self.table.model.alias("t")
        start = leading.start(self, selection, few=few)
        matched = selection.filters and not selection.sort and start is not Start.ORDER
        reader = leading.unordered(self) if matched else self
        query, where, number = reader._source(table, table.id, selection, start)
        backwards = selection.before is not None
        if selection.sort:
            down = selection.descending
            query, order = sorting.by_field(self, query, table, selection.sort, down)
            if selection.after is not None or selection.before is not None:
                raise Invalid(
                    _("Next and previous follow the order of the titles."), _("Remove the sort.")
                )
        else:
            by_title = (few or not selection.search.strip()) and self.title_shown()
            names = self.table.title_index if by_title else ("id",)
            columns = [getattr(table, n) for n in names] if by_title else [number]
            where = conjunction(where, self._beside(columns, names, selection))
            down = selection.descending != backwards
            if start is Start.MATCHES and by_title and selection.filters and is_sqlite():
                columns = [without_index(column) for column in columns]
            order = [c.desc() if down else c.asc() for c in columns]
        offset = first_row(selection, whole=self.scope.whole)
        if where is not None:
            query = query.where(where)
        query = query.order_by(*order).limit(selection.page_size + 1).offset(offset)
        walked = self.scope.whole and not (selection.filters or selection.search or selection.sort)
        found, unfinished = firsts(query, None if walked else patience)
        more = len(found) > selection.page_size
        found = found[: selection.page_size]
        return Ids(found[::-1] if backwards else found, backwards or more, unfinished)

    def _all(self, grants: Sequence[Grant]) -> bool:
        """True for all the grants of the scope, whose reach every statement asks anyway."""
        return len(grants) == len(self.scope.grants)

    def _source(
        self, table: Any, column: Any, selection: Selection, start: Start
    ) -> tuple[Any, Any | None, Any]:
        """A statement over the rows of a selection, its condition, and the number of a row in it.

        In order, a search reads the index of words by number: it stops early, however many match.
        """
        searched = start is Start.ORDER and selection.search.strip()
        groups = self.scope.groups(self.table.searched) if searched else []
        found = None
        if len(groups) == 1 and self._all(groups[0][0]):
            found = search.walk(self.table.name, selection.search, groups[0][1])
        if found is None:
            return table.select(column), self.where(table, selection, start), table.id
        source, key, condition = found
        query = Select([source], [column]).join(table, JOIN.CROSS)
        rest = self.where(table, replace(selection, search=""), start)
        return query, conjunction(table.id == key, condition, rest), key

    def _beside(
        self, here: Sequence[Any], names: Sequence[str], selection: Selection
    ) -> Any | None:
        """The rows that stand after (or before) a row of the same scope."""
        anchor = selection.after if selection.after is not None else selection.before
        if anchor is None:
            return None
        forward = (selection.after is not None) != selection.descending
        if names == ("id",):
            return here[0] > anchor if forward else here[0] < anchor
        other = self.table.model.alias("a")
        values = (
            other.select(*[getattr(other, name) for name in names])
            .where(conjunction(other.id == anchor, self.scope.rows(other)))
            .tuples()
            .execute(proxy.obj)
        )
        row = next(iter(values), None)
        if row is None:
            raise Invalid(
                _("The row where the page begins is not there any more."),
                _("Start again at the first page."),
            )
        there = Tuple(*[Value(value, converter=False) for value in row])
        return Tuple(*here) > there if forward else Tuple(*here) < there

    def every_id(self, selection: Selection, most: int, within: Scope | None = None) -> list[int]:
        """The ids of a whole selection in the order of their numbers, at most `most`.

        `within` narrows them to the rows of another scope (to erase, only rows that one may erase).
        """
        table = self.table.model.alias("t")
        query = table.select(table.id)
        where = self.where(table, selection)
        if within is not None:
            where = conjunction(where, within.rows(table))
        query = query if where is None else query.where(where)
        rows = proxy.obj.execute(query.order_by(table.id).limit(most)).fetchall()
        return [row[0] for row in rows]

    def referring(self, field: str, target: int, most: int) -> tuple[list[int], bool]:
        """The latest rows whose reference `field` names `target`, and whether there are more."""
        table = self.table.model.alias("t")
        shown = self.scope.value(table, self.table.fields[field])
        where = conjunction(shown == target, self.scope.rows(table))
        query = table.select(table.id).where(where).order_by(table.id.desc()).limit(most + 1)
        found = [row[0] for row in proxy.obj.execute(query).fetchall()]
        return found[:most], len(found) > most

    def title_fields(self) -> list[Field]:
        """The fields that name a row."""
        return [self.table.fields[name] for name in self.table.title]

    def count(
        self, selection: Selection, cap: int | None, patience: Patience | None = None
    ) -> Count:
        """How many rows a selection names; at most `cap` are counted. Raises OutOfPatience."""
        table = self.table.model.alias("t")
        plain = not selection.filters and not selection.search.strip()
        small = replace(self, scope=replace(self.scope, small_reach=TO_COLLECT))
        reader = small if plain else leading.unordered(self)
        start = leading.start(reader, selection, few=not selection.search.strip())
        query, where, _number = reader._source(table, Value(1), selection, start)
        if where is not None:
            query = query.where(where)
        if cap is not None:
            query = query.limit(cap + 1)
        with patience.shared() if patience else nullcontext():
            found = query.count(proxy.obj)
        return Count(found) if cap is None else Count(min(found, cap), found > cap)

    # --- their values

    def query(self, alias: Any, fields: Sequence[Field]) -> tuple[Any, list[Column]]:
        """The statement that reads `fields`, and how its columns become values."""
        columns: list[Column] = []
        selected: list[Any] = [alias.id]
        joins: list[tuple[Any, Any]] = []

        def add(expression: Any) -> int:
            selected.append(Value(None) if expression is None else expression)
            return len(selected) - 1

        add(alias.version if self.table.versioned else Value(1))
        for field in fields:
            mask = self.scope.mask(alias, field)
            column = Column(
                field,
                add(self.scope.value(alias, field)),
                None if mask is None else add(mask),
            )
            if field.target:
                target = self.scope_of(field.target)
                other = target.table.model.alias(f"r{len(joins)}")
                if target.open:
                    on = self.reachable(alias, field, target, other)
                    joins.append((other, on))
                    column.target_id = add(other.id)
                    column.target_title = [
                        (target.table.fields[n], add(target.value(other, target.table.fields[n])))
                        for n in target.table.title
                    ]
            columns.append(column)
        person, extra = person_column(alias, self.table.subject)
        joins += extra
        add(person)
        query = alias.select(*selected)
        for other, on in joins:
            query = query.join_from(alias, other, JOIN.LEFT_OUTER, on=on)
        return query, columns

    def reachable(self, alias: Any, field: Field, target: Scope, other: Any) -> Any:
        """Where a reference meets the row that it names: shown here, and in reach there."""
        value = self.scope.value(alias, field)
        return conjunction(NO_ROWS if value is None else value == other.id, target.rows(other))

    def covering(self, id: int) -> tuple[Grant, ...]:
        """The grants that reach this row; none when it is out of scope."""
        alias = self.table.model.alias("t")
        query = alias.select(*self.scope.covers(alias)).where(
            conjunction(alias.id == id, self.scope.rows(alias))
        )
        flags = next(iter(proxy.obj.execute(query).fetchall()), ())
        return tuple(g for g, on in zip(self.scope.grants, flags, strict=False) if on)

    def rows(self, ids: Sequence[int], fields: Sequence[Field]) -> list[Row]:
        """The rows of these ids that are in scope, in that order."""
        if not ids:
            return []
        alias = self.table.model.alias("t")
        here = replace(self, scope=replace(self.scope, small_reach=NEVER))
        wanted = list({field.name: field for field in [*fields, *self.title_fields()]}.values())
        query, columns = here.query(alias, wanted)
        condition = here.scope.rows(alias)
        found = {}
        for part in chunks(ids):
            where = conjunction(alias.id.in_(list(part)), condition)
            for raw in proxy.obj.execute(query.where(where)):
                found[raw[0]] = self.row(raw, columns)
        return [found[id] for id in ids if id in found]

    def row(self, raw: Sequence[Any], columns: Sequence[Column]) -> Row:
        """The row of a raw row."""
        values = {column.field.name: column.load(raw) for column in columns}
        person = raw[-1]
        return Row(
            table=self.table.name,
            id=raw[0],
            version=raw[1],
            title=title_of(self.table, values, raw[0]),
            values=values,
            persons=() if person is None else (person,),
        )

    def export(
        self, selection: Selection, fields: Sequence[Field], size: int
    ) -> Iterable[list[tuple[Any, ...]]]:
        """Raw rows by chunks, in the order of their numbers: (id, version, columns..., person)."""
        alias = self.table.model.alias("t")
        query, columns = self.query(alias, fields)
        where = self.where(alias, selection)
        yield [tuple(columns)]
        last = 0
        while True:
            chunk = query.where(conjunction(where, alias.id > last)).order_by(alias.id).limit(size)
            rows = proxy.obj.execute(chunk).fetchall()
            if rows:
                yield rows
            if len(rows) < size:
                return
            last = rows[-1][0]
