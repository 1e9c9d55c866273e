"""Many rows at once, judged first and written later: the writing half of an import.

What is judged outside a transaction is asked again when it is written: rights, reach, versions.
In an import each row must be let by a grant that holds the verb import beside the verb of its act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from peewee import IntegrityError

from portal import (
    authors,
    bulk,
    custom_values,
    entering,
    history,
    identifying,
    journal,
    rightwords,
    row_rules,
    search,
    writing,
)
from portal.actor import Grant
from portal.catalog import CatalogTable
from portal.database import proxy, storable, undone
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, NotFound, PortalError
from portal.grants import Scope, lets_write, shows
from portal.holds import among, chunks
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.reaches import conjunction
from portal.told import persons_of
from portal.unique import taken
from portal.writer import Writer

if TYPE_CHECKING:
    from portal.gate import Gate

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Present:
    """A row that may be changed: its stored values, and the grants that cover it."""

    values: Mapping[str, Any]
    grants: tuple[Grant, ...]

    @property
    def version(self) -> int:
        """The version that a change is made from."""
        return int(self.values["version"])


@dataclass(frozen=True, slots=True)
class Changing:
    """A change of a row: the version it was judged at, and the stored values that are new."""

    id: int
    version: int
    stored: Stored


class BulkWriter:
    """Writes rows of one table in bulk, through a gate."""

    def __init__(self, gate: Gate, table: str, *, beside: Verb | None = Verb.IMPORT) -> None:
        self.gate = gate
        self.beside = beside
        self.writer = Writer(gate)
        self.table: CatalogTable = gate.catalog.table(table)
        self._scopes: dict[Verb, Scope] = {}
        self._let: set[frozenset[str]] = set()

    def scope(self, verb: Verb) -> Scope:
        """The rows for a verb, by the grants that hold the verb beside it. Raises as a write."""
        if verb not in self._scopes:
            found = self.writer._allowed(self.table.name, verb)
            wanted = {verb} if self.beside is None else {verb, self.beside}
            grants = tuple(grant for grant in found.grants if wanted <= grant.verbs)
            self._scopes[verb] = replace(found, grants=grants)
        return self._scopes[verb]

    def may(self, verb: Verb) -> bool:
        """True when some row may be written by an import with this verb."""
        return self.gate.can(verb, self.table.name) and bool(self.scope(verb).grants)

    def require(self, verb: Verb) -> Scope:
        """The rows for a verb; raises Forbidden naming the right that lacks."""
        found = self.scope(verb) if self.gate.can(verb, self.table.name) else None
        if found is None or not found.grants:
            raise Forbidden(
                rightwords.refusal(verb, self.table.label),
                rightwords.remedy(verb, self.table.label),
            )
        return found

    # --- judging

    def new(self, values: Mapping[str, Any]) -> Stored:
        """The stored form of a new row, checked. Raises Invalid, Forbidden."""
        scope = self.require(Verb.CREATE)
        names = frozenset(values)
        if names not in self._let:
            self.writer._writable(scope, set(names), scope.grants)
            self._let.add(names)
        return self.writer._new(self.table, values, 0, 1)

    def present(self, ids: Sequence[int]) -> dict[int, Present]:
        """Those of these rows that may be changed."""
        if not ids or not self.may(Verb.UPDATE):
            return {}
        scope = self.scope(Verb.UPDATE)
        alias = self.table.model.alias("t")
        names = [column.name for column in self.table.model._meta.sorted_fields]
        columns = [getattr(alias, name) for name in names]
        query = alias.select(*columns, *scope.covers(alias))
        condition = scope.rows(alias)
        found = {}
        for part in chunks(sorted(set(ids))):
            where = conjunction(among(alias.id, part), condition)
            for row in proxy.obj.execute(query.where(where)).fetchall():
                flags = row[len(names) :]
                grants = tuple(g for g, on in zip(scope.grants, flags, strict=True) if on)
                stored = dict(zip(names, row[: len(names)], strict=True))
                values = custom_values.unpacked(self.table, stored)
                found[values["id"]] = Present(values, grants)
        return found

    def change(self, present: Present, values: Mapping[str, Any]) -> Stored:
        """What would change in a row. Raises Invalid, Forbidden for a field by its label."""
        scope = self.require(Verb.UPDATE)
        current = present.values
        for name in sorted(values):
            field = self.table.field(name)
            allowed = any(
                shows(grant, field, scope) or lets_write(grant, field, scope)
                for grant in present.grants
            )
            if not allowed:
                self.writer._writable(scope, {name}, present.grants)
        dumped = writing.dump(self.table, values, current=current)
        stored = {name: value for name, value in dumped.items() if value != current[name]}
        if not stored:
            return {}
        writing.fixed(self.table, stored)
        self.writer._writable(scope, set(stored), present.grants)
        whole = {**current, **stored}
        wrong = {n: w for n, w in writing.missing(self.table, whole).items() if n in stored}
        if wrong:
            raise writing.invalid(self.table, wrong)
        writing.check(self.table, whole)
        return stored

    def tried(
        self, made: Sequence[Stored], changed: Sequence[Changing]
    ) -> tuple[list[PortalError | None], list[PortalError | None]]:
        """What would refuse these rows if they were written now: reach, uniqueness. Writes nothing.

        One answer for each new row, and for each change.
        """
        with undone():
            if self._refusal(lambda: self._write(made, changed)) is None:
                return [None] * len(made), [None] * len(changed)
            news = [self._refusal(partial(self._write, [row], [])) for row in made]
            changes = [self._refusal(partial(self._write, [], [one])) for one in changed]
        return news, changes

    def _refusal(self, act: Callable[[], None]) -> PortalError | None:
        try:
            with proxy.atomic():
                act()
        except PortalError as error:
            return error
        return None

    def _write(self, made: Sequence[Stored], changed: Sequence[Changing]) -> None:
        if made:
            self.create(made, indexed=False)
        if changed:
            self.update(changed, indexed=False)

    @property
    def unique(self) -> tuple[tuple[str, ...], ...]:
        """The fields, alone or together, of which no two rows have the same values."""
        meta = self.table.model._meta
        single = [(f.name,) for f in self.table.fields.values() if f.column.unique]
        joined = [tuple(names) for names, unique in meta.indexes if unique]
        return tuple(single + joined)

    # --- writing, inside a transaction

    def create(self, rows: Sequence[Stored], *, indexed: bool) -> list[int]:
        """Insert new rows that were judged, each into its structure; their numbers in order."""
        scope = self.require(Verb.CREATE)
        homes = {n: row[entering.HOME] for n, row in enumerate(rows) if entering.HOME in row}
        if homes:
            rows = [{n: v for n, v in row.items() if n != entering.HOME} for row in rows]
        self.writer._targets(self.table, rows, {})
        ids = self.writer.store(self.table, rows, indexed=indexed)
        entering.attach(self.writer, {ids[n]: home for n, home in homes.items()})
        for names, those in self._by_given(scope, rows, ids).items():
            self.writer._still_within(scope, those, set(names))
        row_rules.require(self.gate.catalog, self.table.name, ids, new=True)
        return ids

    def _by_given(
        self, scope: Scope, rows: Sequence[Stored], ids: Sequence[int]
    ) -> dict[tuple[str, ...], list[int]]:
        """New rows by those of their fields, other than empty, that not every grant lets write."""
        fields = [
            field
            for field in self.table.fields.values()
            if not field.system
            and not field.derived
            and not all(lets_write(grant, field, scope) for grant in scope.grants)
        ]
        if not fields:
            return {(): list(ids)}
        plain = {field.name: storable(field.default) for field in fields}
        found: dict[tuple[str, ...], list[int]] = {}
        for id, row in zip(ids, rows, strict=True):
            given = tuple(name for name, value in plain.items() if row.get(name) != value)
            found.setdefault(given, []).append(id)
        return found

    def update(self, changes: Sequence[Changing], *, indexed: bool) -> None:
        """Change rows that were judged. Raises Conflict when one is not as it was then."""
        scope = self.require(Verb.UPDATE)
        ids = [change.id for change in changes]
        present = self.present(ids)
        for change in changes:
            there = present.get(change.id)
            if there is None:
                raise NotFound(_("There is no such row here."), _("It may have been erased."))
            if there.version != change.version:
                raise Conflict(_("Somebody changed this row while you were working on it."))
            self.writer._writable(scope, set(change.stored), there.grants)
            self.writer._targets(self.table, [change.stored], there.values)
            self.writer.rules.before(self.table.name, [change.id], change.stored)
        given = _by_fields(changes)
        before = [(change.id, present[change.id].values, change.stored) for change in changes]
        made = identifying.renewed(self.gate.catalog, self.table, before)
        changes = [
            replace(c, stored={**c.stored, **own}) for c, own in zip(changes, made, strict=True)
        ]
        self._store_changes(changes, present)
        custom_values.require_alone(self.table, [change.stored for change in changes])
        for names, those in given.items():
            self.writer._still_within(scope, those, set(names))
        row_rules.require(self.gate.catalog, self.table.name, ids, new=False)
        if self.table.searched and indexed:
            search.write(
                self.table.name,
                [
                    (c.id, writing.searched(self.table, {**present[c.id].values, **c.stored}))
                    for c in changes
                ],
            )
        changed = [history.Changed(c.id, present[c.id].values, c.stored) for c in changes]
        history.changed(self.table, changed, self.gate.actor)

    def _store_changes(self, changes: Sequence[Changing], present: Mapping[int, Present]) -> None:
        now = storable(utc_now())
        groups: dict[tuple[str, ...], list[Changing]] = {}
        for change in changes:
            groups.setdefault(tuple(sorted(change.stored)), []).append(change)
        for group in groups.values():
            columns = [
                {
                    **custom_values.packed(
                        self.table, c.stored, present[c.id].values.get("custom")
                    ),
                    **writing.folded(self.table, c.stored),
                    "updated_at": now,
                    **authors.signature(self.table, self.gate.actor),
                }
                for c in group
            ]
            names = list(columns[0])
            lines = [
                (*(line[name] for name in names), change.id, change.version)
                for line, change in zip(columns, group, strict=True)
            ]
            try:
                done = bulk.update(self.table.model, names, lines)
            except IntegrityError:
                raise taken(self.table) from None
            if done != len(group):
                raise Conflict(_("Somebody changed this row while you were working on it."))

    def persons(self, ids: Sequence[int]) -> list[int]:
        """The persons whom these rows are about."""
        return persons_of(self.table, ids)

    def journal(
        self, verb: Verb, persons: Sequence[int], rows: int, table: str | None = None
    ) -> None:
        """Journal an act on a chunk of rows (of `table`); the last thing of a transaction."""
        name = table or self.table.name
        act = Act(self.gate.channel, verb, name, persons, rows, reason=self.gate.reason)
        journal.record(self.gate.actor, act)


def _by_fields(changes: Sequence[Changing]) -> dict[frozenset[str], list[int]]:
    """The rows that change, by the fields that do: a grant on them as they then are must let it."""
    found: dict[frozenset[str], list[int]] = {}
    for change in changes:
        found.setdefault(frozenset(change.stored), []).append(change.id)
    return found
