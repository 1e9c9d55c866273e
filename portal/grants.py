"""Rights as SQL: what the grants of an actor open on a table, row by row and field by field.

A grant gives a set of rows (its reach and its conditions) and the fields it shows there. Sets of rows are joined by OR;
a field shows only on the rows of a grant that shows it, so two profiles never add up to more than each gives.
Every condition of the gate stands in this module, one function each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from peewee import Case, Value, fn

from portal import structure
from portal.actor import EVERYTHING, Actor, Grant
from portal.builtin.directory import Attachment
from portal.builtin.privacy import Restriction
from portal.catalog import CatalogTable, Path
from portal.comparison import compare
from portal.declare import Reach, Verb
from portal.fields import Field
from portal.reachsize import TO_WALK, is_small

NO_ROWS = Value(1) == Value(0)


@dataclass(frozen=True, slots=True)
class World:
    """The circumstances of a query: who, on which day, whether protected rows are opened, whether any is restricted."""

    actor: Actor
    today: date
    disclosing: bool = False
    restrictions: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What the grants of an actor open on one table for one verb."""

    world: World
    table: CatalogTable
    verb: Verb
    grants: tuple[Grant, ...]
    small_reach: int = TO_WALK

    @property
    def open(self) -> bool:
        """True when at least one grant speaks of this table and verb."""
        return bool(self.grants)

    @property
    def whole(self) -> bool:
        """True when one grant reaches every row, so that no row condition is needed."""
        return any(reaches_all(grant) for grant in self.grants)

    def fields(self) -> tuple[Field, ...]:
        """The fields that at least one grant shows, masked ones included."""
        return tuple(
            field
            for field in self.table.fields.values()
            if any(shows(grant, field, self) or masks(grant, field, self) for grant in self.grants)
        )

    def writable(self) -> tuple[Field, ...]:
        """The fields that at least one grant lets write."""
        return tuple(
            field
            for field in self.table.fields.values()
            if any(lets_write(grant, field, self) for grant in self.grants)
        )

    def masked(self) -> frozenset[str]:
        """The fields that no grant shows and at least one grant masks."""
        return frozenset(
            field.name
            for field in self.table.fields.values()
            if not any(shows(grant, field, self) for grant in self.grants)
            and any(masks(grant, field, self) for grant in self.grants)
        )

    def rows(self, alias: Any) -> Any | None:
        """The condition that a row must meet; None when every row does."""
        parts = [clause(self, alias) for clause in row_clauses()]
        return conjunction(*parts)

    def value(self, alias: Any, field: Field, *, key: bool = False) -> Any | None:
        """The SQL of a field's value where a grant shows it, NULL elsewhere; None when no grant shows it.

        `key` asks for the folded copy, by which the field is sorted and compared.
        """
        column = getattr(alias, field.order_column if key else field.name)
        return self._where_granted(alias, field, column, shows)

    def mask(self, alias: Any, field: Field) -> Any | None:
        """The SQL that is 1 where a value is masked; None when no row masks the field."""
        masking = [grant for grant in self.grants if masks(grant, field, self)]
        if not masking or self._shown_everywhere(field):
            return None
        showing = [grant for grant in self.grants if shows(grant, field, self)]
        covered = self._rows_of(masking, alias)
        unseen = ~self._rows_of(showing, alias) if showing else None
        where = conjunction(covered, unseen)
        return Value(1) if where is None else Case(None, ((where, 1),), 0)

    def _shown_everywhere(self, field: Field) -> bool:
        return any(reaches_all(g) and shows(g, field, self) for g in self.grants)

    def shown_on_all(self, field: Field) -> bool:
        """True when every row in scope shows the field, so that its plain column (and index) serves."""
        return self._shown_everywhere(field) or all(shows(g, field, self) for g in self.grants)

    def _where_granted(
        self, alias: Any, field: Field, column: Any, allows: Callable[[Grant, Field, Scope], bool]
    ) -> Any | None:
        allowing = [grant for grant in self.grants if allows(grant, field, self)]
        if not allowing:
            return None
        if self.shown_on_all(field):
            return column
        return Case(None, ((self._rows_of(allowing, alias), column),), None)

    def _rows_of(self, grants: list[Grant], alias: Any) -> Any | None:
        """The rows that any of these grants reaches; None for all rows, NO_ROWS for none."""
        if any(reaches_all(grant) for grant in grants):
            return None
        parts = [grant_rows(self, grant, alias) for grant in grants]
        return reduce(or_, parts) if parts else NO_ROWS

    def groups(self, fields: tuple[str, ...]) -> list[tuple[tuple[Grant, ...], tuple[str, ...]]]:
        """The grants that show the same ones of `fields`, and these fields; grants that show none are left out."""
        found: dict[tuple[str, ...], tuple[Grant, ...]] = {}
        for grant in self.grants:
            shown = tuple(n for n in fields if shows(grant, self.table.fields[n], self))
            if shown:
                found[shown] = (*found.get(shown, ()), grant)
        return [(grants, shown) for shown, grants in found.items()]

    def rows_of(self, grants: tuple[Grant, ...], alias: Any) -> Any | None:
        """The rows that these grants reach; None for all rows."""
        return self._rows_of(list(grants), alias)


def scope(world: World, table: CatalogTable, verb: Verb) -> Scope:
    """What `world.actor` may do on `table` with `verb`. Protected rows open only with the verb disclose beside it."""
    wanted = {verb, Verb.DISCLOSE} if world.disclosing and verb is Verb.READ else {verb}
    grants = tuple(
        grant for grant in world.actor.grants if wanted <= grant.verbs and grant.covers(table.name)
    )
    return Scope(world, table, verb, grants)


def reaches_all(grant: Grant) -> bool:
    """True when a grant reaches every row, without a condition."""
    return grant.reach is Reach.ALL and not grant.conditions


# --- fields -----------------------------------------------------------------------------------------------------


def shows(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant shows the field's value: readable, not masked, not secret, disclosed if it must be."""
    return (
        readable(grant, field)
        and field.name not in grant.masked
        and not field.secret
        and disclosed(grant, field)
    )


def readable(grant: Grant, field: Field) -> bool:
    """True when the grant names the field (or all) among those it lets read."""
    return field.name == "id" or EVERYTHING in grant.readable or field.name in grant.readable


def disclosed(grant: Grant, field: Field) -> bool:
    """True unless the field opens only with the verb disclose (medical data), or to the person themselves."""
    return not field.disclosed or Verb.DISCLOSE in grant.verbs or grant.reach is Reach.OWN


def masks(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant shows that a value exists, but not the value."""
    return field.name in grant.masked and not field.secret and not field.system


def lets_write(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant lets write the field: named among its writable ones, and a field that people write."""
    return (
        (EVERYTHING in grant.writable or field.name in grant.writable)
        and not field.system
        and not field.derived
        and field.name not in grant.masked
        and disclosed(grant, field)
    )


# --- rows: every condition, one function each ---------------------------------------------------------------------


def row_clauses() -> tuple[Callable[[Scope, Any], Any | None], ...]:
    """The conditions that every row must meet, whatever the channel."""
    return (within_reach, not_archived, not_restricted, wholly_within)


def within_reach(scope: Scope, alias: Any) -> Any | None:
    """The row lies in the reach of a grant."""
    return scope.rows_of(scope.grants, alias)


def not_archived(scope: Scope, alias: Any) -> Any | None:
    """The row is not archived, unless protected rows are opened or erased."""
    if scope.world.disclosing or scope.verb is Verb.ERASE:
        return None
    if "archived_at" not in scope.table.model._meta.fields:
        return None
    return alias.archived_at.is_null()


def not_restricted(scope: Scope, alias: Any) -> Any | None:
    """The person whom the row is about has no restriction on it (GDPR art. 18), unless protected rows are opened."""
    if not scope.world.restrictions or scope.world.disclosing or scope.table.subject is None:
        return None
    if scope.table.plugin == "privacy":
        return None
    activity = scope.table.declaration.activity
    names = ("", activity.name) if activity else ("",)
    restricted = Restriction.select(Restriction.person).where(
        Restriction.lifted_at.is_null() & Restriction.activity.in_(names)
    )
    inside = along(alias, scope.table.subject, lambda column: column.in_(restricted))
    return ~fn.COALESCE(inside, Value(False))


def wholly_within(scope: Scope, alias: Any) -> Any | None:
    """To erase a row, every structure of its person must be in reach, not only one."""
    path = scope.table.structure
    if scope.verb is not Verb.ERASE or path is None or not path.through_attachments or scope.whole:
        return None
    partial = [g for g in scope.grants if g.reach is Reach.STRUCTURE]
    others = [g for g in scope.grants if g.reach is not Reach.STRUCTURE]
    zones = frozenset(zone for grant in partial for zone in grant.zones)
    outside = Attachment.select(Attachment.person).where(
        Attachment.structure.not_in(_ids(structure.current().below(zones)))
        & still_attached(Attachment, scope.world.today)
    )
    inside = ~fn.COALESCE(along(alias, path, lambda c: c.in_(outside)), Value(False))
    reached = scope.rows_of(tuple(others), alias) if others else None
    return inside if reached is None else inside | reached


def grant_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """The rows of one grant: those in its reach that meet its conditions."""
    rows = REACHES[grant.reach](scope, grant, alias)
    conditions = [
        compare(
            getattr(alias, condition.field),
            None,
            scope.table.field(condition.field),
            condition.operator,
            condition.value,
        )
        for condition in grant.conditions
    ]
    met = conjunction(rows, *conditions)
    return Value(1) == Value(1) if met is None else met


def own_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Rows about the actor's own person."""
    person, path = scope.world.actor.person, scope.table.subject
    if person is None or path is None:
        return NO_ROWS
    return along(alias, path, lambda column: column == person)


def attached_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Own rows, and those that a rule of the table attaches to the actor's person."""
    person = scope.world.actor.person
    if person is None:
        return NO_ROWS
    parts = [own_rows(scope, grant, alias)]
    parts += [along(alias, path, lambda column: column == person) for path in scope.table.attached]
    parts += [alias.id.in_(rule.rows(person)) for rule in scope.table.attachments]
    return reduce(or_, parts)


def structure_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Rows of the grant's zones and of all structures below them."""
    path = scope.table.structure
    ids = structure.current().below(grant.zones)
    if path is None or not ids:
        return NO_ROWS
    if not path.through_attachments:
        return along(alias, path, lambda column: column.in_(ids))
    today = scope.world.today
    if is_small(ids, scope.small_reach):
        attached = Attachment.select(Attachment.person).where(
            Attachment.structure.in_(ids) & still_attached(Attachment, today)
        )
        return along(alias, path, lambda column: column.in_(attached))
    return along(
        alias,
        path,
        lambda column: fn.EXISTS(
            Attachment.select(Value(1)).where(
                (Attachment.person == column)
                & Attachment.structure.in_(ids)
                & still_attached(Attachment, today)
            )
        ),
    )


def every_row(scope: Scope, grant: Grant, alias: Any) -> Any | None:
    """All rows."""
    return None


REACHES: dict[Reach, Callable[[Scope, Grant, Any], Any | None]] = {
    Reach.OWN: own_rows,
    Reach.ATTACHED: attached_rows,
    Reach.STRUCTURE: structure_rows,
    Reach.ALL: every_row,
}


def still_attached(attachment: Any, today: date) -> Any:
    """An attachment that has ended gives no reach."""
    return attachment.ends_on.is_null() | (attachment.ends_on >= today)


def along(alias: Any, path: Path, test: Callable[[Any], Any]) -> Any:
    """`test` applied to the column where a path ends; each further reference is one sub-query."""
    if not path.steps:
        return test(alias.id)
    return _along(alias, [step.column for step in path.steps], test)


def _along(alias: Any, columns: list[Any], test: Callable[[Any], Any]) -> Any:
    column = getattr(alias, columns[0].name)
    if len(columns) == 1:
        return test(column)
    target = columns[0].rel_model.alias()
    return column.in_(target.select(target.id).where(_along(target, columns[1:], test)))


def conjunction(*parts: Any | None) -> Any | None:
    """All of the conditions that are given; None when there is none."""
    found = None
    for part in parts:
        if part is not None:
            found = part if found is None else found & part
    return found


def _ids(ids: tuple[int, ...]) -> tuple[int, ...]:
    return ids or (0,)
