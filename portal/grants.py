"""Rights as SQL: what the grants of an actor open on a table, row by row and field by field.

A grant gives a set of rows (its reach and its conditions) and the fields it shows there. Sets of
rows are joined by OR; a field shows only on the rows of a grant that shows it, so two profiles
never add up to more than each gives. Every condition of the gate stands here and in
`portal.reaches`, one function each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Case, Value, fn

from portal import auditing, identifiers
from portal.actor import EVERYTHING, Grant
from portal.builtin.directory import Attachment
from portal.builtin.privacy import Restriction
from portal.catalog import CatalogTable, Path
from portal.codes import code_held, codes_of_row_held
from portal.declare import Reach, Verb
from portal.fields import Field
from portal.ordering import without_index
from portal.reaches import (
    NO_ROWS,
    along,
    among,
    any_of,
    conjunction,
    grant_rows,
    reaches_few,
    still_attached,
)
from portal.reachsize import TO_WALK
from portal.world import World

HISTORY = "history.change"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the grants of an actor open on one table for one verb."""

    world: World
    table: CatalogTable
    verb: Verb
    grants: tuple[Grant, ...]
    small_reach: int = TO_WALK
    by_title: bool = True
    """False keeps SQLite from reading a whole table in the order of its titles."""

    @property
    def open(self) -> bool:
        """True when at least one grant speaks of this table and verb."""
        return bool(self.grants)

    @property
    def whole(self) -> bool:
        """True when one grant reaches every row, so that no row condition is needed."""
        return any(reaches_all(grant) for grant in self.grants)

    @property
    def narrow(self) -> bool:
        """True when few rows are in reach, so that a statement had better start from them."""
        return bool(self.grants) and all(reaches_few(self, grant) for grant in self.grants)

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
            if not self.shown_somewhere(field) and any(masks(g, field, self) for g in self.grants)
        )

    def rows(self, alias: Any) -> Any | None:
        """The condition that a row must meet; None when every row does."""
        return conjunction(*[clause(self, alias) for clause in row_clauses()])

    def value(self, alias: Any, field: Field, *, key: bool = False) -> Any | None:
        """The SQL of a field's value where a grant shows it, NULL elsewhere.

        None when no grant shows it.

        `key` asks for the folded copy, by which the field is sorted and compared.
        """
        column = field.expression(alias, key=key)
        return self._where_granted(alias, field, column, shows)

    def mask(self, alias: Any, field: Field) -> Any | None:
        """The SQL that is 1 where a value is masked; None when no row masks the field."""
        masking = [grant for grant in self.grants if masks(grant, field, self)]
        if not masking or self._shown_everywhere(field):
            return None
        showing = [grant for grant in self.grants if shows(grant, field, self)]
        covered = self.rows_of(masking, alias)
        shown = self.rows_of(showing, alias) if showing else None
        where = covered if shown is None else conjunction(covered, ~shown)
        return Value(1) if where is None else Case(None, ((where, 1),), 0)

    def _shown_everywhere(self, field: Field) -> bool:
        return any(reaches_all(g) and shows(g, field, self) for g in self.grants)

    def shown_somewhere(self, field: Field) -> bool:
        """True when at least one grant shows the field."""
        return any(shows(grant, field, self) for grant in self.grants)

    def shown_on_all(self, field: Field) -> bool:
        """True when every row in scope shows the field, so that its plain column serves."""
        return self._shown_everywhere(field) or all(shows(g, field, self) for g in self.grants)

    def _where_granted(
        self, alias: Any, field: Field, column: Any, allows: Callable[[Grant, Field, Scope], bool]
    ) -> Any | None:
        allowing = [grant for grant in self.grants if allows(grant, field, self)]
        if not allowing:
            return None
        if self.shown_on_all(field):
            return column
        return Case(None, ((self.rows_of(allowing, alias), column),), None)

    def rows_of(self, grants: Sequence[Grant], alias: Any) -> Any | None:
        """The rows that any of these grants reaches; None for all rows, NO_ROWS for none."""
        if any(reaches_all(grant) for grant in grants):
            return None
        parts = [grant_rows(self, grant, alias) for grant in grants]
        return any_of(parts)

    def groups(self, fields: tuple[str, ...]) -> list[tuple[tuple[Grant, ...], tuple[str, ...]]]:
        """The grants that show the same ones of `fields`, and these fields.

        Grants that show none are left out.
        """
        found: dict[tuple[str, ...], tuple[Grant, ...]] = {}
        for grant in self.grants:
            shown = tuple(n for n in fields if shows(grant, self.table.fields[n], self))
            if shown:
                found[shown] = (*found.get(shown, ()), grant)
        return [(grants, shown) for shown, grants in found.items()]

    def covers(self, alias: Any) -> list[Any]:
        """For each grant, the SQL that is true where it reaches the row."""
        rows = [self.rows_of((grant,), alias) for grant in self.grants]
        return [Value(1) if r is None else fn.COALESCE(r, Value(False)) for r in rows]


def scope(world: World, table: CatalogTable, verb: Verb) -> Scope:
    """What `world.actor` may do on `table` with `verb`; only what may be read is exported."""
    wanted = {verb, Verb.READ} if verb is Verb.EXPORT else {verb}
    grants = tuple(
        grant for grant in world.actor.grants if wanted <= grant.verbs and grant.covers(table.name)
    )
    if world.disclosing and verb is Verb.READ:  # as usual where no grant opens protected rows
        grants = tuple(grant for grant in grants if Verb.DISCLOSE in grant.verbs) or grants
    return Scope(world, table, verb, grants)


def reaches_all(grant: Grant) -> bool:
    """True when a grant reaches every row, without a condition."""
    return grant.reach is Reach.ALL and not grant.conditions


# --- fields -------------------------------------------------------------------------------------


def shows(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant shows the field's value."""
    made_of = identifiers.made_of(scope.world.catalog, scope.table, field.name)
    return (
        readable(grant, field)
        and unmasked(grant, field)
        and not kept_secret(field)
        and disclosed(grant, field, scope)
        and all(shows(grant, part, scope) for part in made_of)
        and code_held(field, scope)
    )


def readable(grant: Grant, field: Field) -> bool:
    """True when the grant names the field (or all) among those it lets read."""
    return field.name == "id" or EVERYTHING in grant.readable or field.name in grant.readable


def disclosed(grant: Grant, field: Field, scope: Scope) -> bool:
    """True unless the field is protected (medical data) and stays closed here.

    It is open to its person; to others with the verb disclose and a reason, which never exports it.
    Entering one needs no reason, and a process of the portal gives its name instead.
    """
    if not field.disclosed or grant.reach is Reach.OWN:
        return True
    free = scope.world.actor.account is None or scope.verb is Verb.CREATE
    asked = scope.world.disclosing and scope.verb is not Verb.EXPORT
    return Verb.DISCLOSE in grant.verbs and (free or asked)


def unmasked(grant: Grant, field: Field) -> bool:
    """True unless the grant shows dots in place of the field's value."""
    return field.name not in grant.masked or field.system


def kept_secret(field: Field) -> bool:
    """True when the field never leaves the gate, whoever asks (the hash of a password)."""
    return field.secret


def masks(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant shows that a value exists, but not the value."""
    return not unmasked(grant, field) and not kept_secret(field) and code_held(field, scope)


def lets_write(grant: Grant, field: Field, scope: Scope) -> bool:
    """True when the grant lets write the field, and it is one that people write.

    A field that the grant does not let read is not written blindly.
    """
    return (
        named_writable(grant, field)
        and readable(grant, field)
        and not kept_by_portal(field)
        and unmasked(grant, field)
        and disclosed(grant, field, scope)
        and code_held(field, scope)
    )


def named_writable(grant: Grant, field: Field) -> bool:
    """True when the grant names the field (or all) among those it lets write."""
    return EVERYTHING in grant.writable or field.name in grant.writable


def kept_by_portal(field: Field) -> bool:
    """True when the portal itself writes the field: numbers, dates of changes, passwords, paths."""
    return field.system or field.derived


# --- rows: every condition, one function each -----------------------------------------------------


def row_clauses() -> tuple[Callable[[Scope, Any], Any | None], ...]:
    """The conditions that every row must meet, whatever the channel."""
    return (
        within_reach,
        not_archived,
        not_restricted,
        wholly_within,
        history_of_readable,
        codes_of_row_held,
    )


def within_reach(scope: Scope, alias: Any) -> Any | None:
    """The row lies in the reach of a grant."""
    return scope.rows_of(scope.grants, alias)


def not_archived(scope: Scope, alias: Any) -> Any | None:
    """The row is not archived, unless protected rows are opened to be read, or are erased."""
    if opens_protected(scope) or scope.verb is Verb.ERASE:
        return None
    if "archived_at" not in scope.table.model._meta.fields:
        return None
    archived = alias.archived_at if scope.by_title else without_index(alias.archived_at)
    return archived.is_null()


def not_restricted(scope: Scope, alias: Any) -> Any | None:
    """The row's person has no restriction on it (GDPR art. 18), unless protected rows are opened.

    Who erases and may open protected rows is told that a restriction blocks them; others do not
    learn of them.
    """
    if not scope.world.restrictions or opens_protected(scope) or scope.table.subject is None:
        return None
    if scope.table.plugin == "privacy":
        return None
    told = rows_told(scope, alias)
    if told is None:
        return None
    declared = scope.table.declaration
    restricted = _restricted(scope, alias, declared.activity.name if declared.activity else "")
    if declared.other_activity:
        other = _restricted(scope, alias, declared.other_activity.activity.name)
        set_apart = getattr(alias, declared.other_activity.field).is_null(is_null=False)
        restricted = (set_apart & other) | (~set_apart & restricted)
    return ~restricted if told is NO_ROWS else ~restricted | told


def rows_told(scope: Scope, alias: Any) -> Any | None:
    """The rows whose restriction the actor may learn of, by erasing; None for every row."""
    if scope.verb is not Verb.ERASE:
        return NO_ROWS
    return scope.rows_of(disclosing(scope), alias)


def _restricted(scope: Scope, alias: Any, activity: str) -> Any:
    """The rows of persons who have a restriction on all activities, or on this one."""
    persons = Restriction.select(Restriction.person).where(
        Restriction.lifted_at.is_null() & Restriction.activity.in_(("", activity))
    )
    inside = along(alias, _path(scope.table.subject), lambda column: among(column, persons))
    return fn.COALESCE(inside, Value(False))


def opens_protected(scope: Scope) -> bool:
    """True when a reason was given to read: protected rows are neither changed nor exported."""
    opened = all(Verb.DISCLOSE in grant.verbs for grant in scope.grants)
    return opened and scope.world.disclosing and scope.verb is Verb.READ


def may_disclose(scope: Scope) -> bool:
    """True when a grant on this table holds the verb disclose."""
    return bool(disclosing(scope))


def disclosing(scope: Scope) -> tuple[Grant, ...]:
    """The grants on this table that hold the verb disclose."""
    return tuple(
        grant
        for grant in scope.world.actor.grants
        if Verb.DISCLOSE in grant.verbs and grant.covers(scope.table.name)
    )


def wholly_within(scope: Scope, alias: Any) -> Any | None:
    """To erase a row, every structure of its person must be in reach, not only one."""
    path = scope.table.structure
    if scope.verb is not Verb.ERASE or path is None or not path.through_attachments or scope.whole:
        return None
    partial = [grant for grant in scope.grants if grant.reach is Reach.STRUCTURE]
    always = frozenset(z for grant in partial if not grant.conditions for z in grant.zones)
    parts = [_nowhere_else(scope, alias, always)]
    parts += [
        _nowhere_else(scope, alias, always | grant.zones) & grant_rows(scope, grant, alias)
        for grant in partial
        if grant.conditions
    ]
    others = tuple(grant for grant in scope.grants if grant.reach is not Reach.STRUCTURE)
    if others:
        parts.append(scope.rows_of(others, alias))
    return any_of(parts)


def _nowhere_else(scope: Scope, alias: Any, zones: frozenset[int]) -> Any:
    """The rows whose person is attached to no structure outside these zones."""
    outside = Attachment.select(Attachment.person).where(
        Attachment.structure.not_in(scope.world.tree.below(zones) or (0,))
        & still_attached(Attachment, scope.world.today)
    )
    elsewhere = along(alias, _path(scope.table.structure), lambda c: among(c, outside))
    return ~fn.COALESCE(elsewhere, Value(False))


def history_of_readable(scope: Scope, alias: Any) -> Any | None:
    """A former or new value shows only to who may read that field of that row."""
    if scope.table.name != HISTORY:
        return None
    parts = []
    for table in scope.world.catalog:
        source = _reading(scope.world, table)
        for grants, names in source.groups(auditing.followed(table)):
            row = table.model.alias()
            seen = conjunction(row.id == alias.row, source.rows(row), source.rows_of(grants, row))
            parts.append(
                (alias.table_name == table.name)
                & alias.field.in_(names)
                & fn.EXISTS(row.select(Value(1)).where(seen))
            )
    return any_of(parts)


def _reading(world: World, table: CatalogTable) -> Scope:
    return scope(world, table, Verb.READ)


def _path(path: Path | None) -> Path:
    if path is None:
        raise ValueError("The table has no such path.")
    return path
