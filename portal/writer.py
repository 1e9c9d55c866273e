"""Creating and changing rows within the grants of the gate's actor.

One transaction, journaled last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from peewee import IntegrityError, Value

from portal import (
    authors,
    bulk,
    choice_rules,
    custom_values,
    history,
    identifying,
    journal,
    rightwords,
    row_rules,
    search,
    structure,
    version,
    writing,
)
from portal.account_rules import AccountRules
from portal.builtin.audit import CREATE
from portal.catalog import STRUCTURE, CatalogTable
from portal.choice_lists import CHOICE
from portal.database import proxy, storable, transaction
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.grants import Scope, lets_write
from portal.holds import chunks
from portal.i18n import Label, _
from portal.journal import Act
from portal.models import new_uuid, utc_now
from portal.reaches import conjunction
from portal.rows import row_id
from portal.told import persons_of
from portal.unique import taken

if TYPE_CHECKING:
    from portal.gate import Gate

Children = Mapping[str, Sequence[Mapping[str, Any]]]


class Writer:
    """One act of writing through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.rules = AccountRules(gate)

    # --- creating

    def create(self, table: str, values: Mapping[str, Any], children: Children) -> int:
        """One row and its children. Raises Forbidden or Invalid; then nothing is stored."""
        with transaction():
            (id,) = self._insert(table, [values])
            self._children(table, id, children)
            self._still_within(self.gate.scope(table, Verb.CREATE), [id], set(values))
            self._finish(table, Verb.CREATE, [id])
        return id

    def create_many(self, table: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Many rows; their ids in order."""
        if not rows:
            return []
        with transaction():
            ids = self._insert(table, rows)
            names = {name for row in rows for name in row}
            self._still_within(self.gate.scope(table, Verb.CREATE), ids, names)
            self._finish(table, Verb.CREATE, ids)
        return ids

    def _insert(
        self, name: str, rows: Sequence[Mapping[str, Any]], parent: Mapping[str, int] | None = None
    ) -> list[int]:
        """New rows.

        `parent` is the reference to the row that they are made with, already allowed.
        """
        scope = self._allowed(name, Verb.CREATE)
        table = scope.table
        self._writable(scope, {field for row in rows for field in row}, scope.grants)
        if name == CHOICE:
            rows = choice_rules.prepared(rows)
        stored_rows = [self._new(table, row, number, len(rows)) for number, row in enumerate(rows)]
        self._targets(table, stored_rows, parent or {})
        return self.store(table, stored_rows)

    def store(
        self, table: CatalogTable, stored_rows: Sequence[dict[str, Any]], *, indexed: bool = True
    ) -> list[int]:
        """Insert new rows that are checked already; without their words unless `indexed`."""
        name = table.name
        ids = bulk.take_keys(table.model, len(stored_rows))
        filled = identifying.filled(self.gate.catalog, table, ids, stored_rows)
        stored_rows = authors.signed(table, filled, self.gate.actor)
        names = [c.name for c in table.model._meta.sorted_fields]
        now = storable(utc_now())
        fixed = {
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "archived_at": None,
            "custom": "{}",
        }
        empty, in_order = dict.fromkeys(names) | fixed, itemgetter(*names)
        lines = [
            in_order(empty | {"id": id, "uuid": new_uuid()} | custom_values.packed(table, stored))
            for id, stored in zip(ids, stored_rows, strict=True)
        ]
        try:
            bulk.insert(table.model, names, lines)
        except IntegrityError:
            raise taken(table) from None
        custom_values.require_alone(table, stored_rows)
        history.happened(table, ids, CREATE, self.gate.actor)
        if table.searched and indexed:
            search.write(
                name,
                [
                    (id, writing.searched(table, row))
                    for id, row in zip(ids, stored_rows, strict=True)
                ],
            )
        return ids

    def _new(
        self, table: CatalogTable, row: Mapping[str, Any], number: int, count: int
    ) -> dict[str, Any]:
        try:
            stored = writing.dump(table, row, current={})
            for field in table.fields.values():
                if field.name not in stored and field.name != "id" and not field.system:
                    stored[field.name] = storable(field.default)
            wrong = writing.missing(table, stored)
            if wrong:
                raise writing.invalid(table, wrong)
            writing.check(table, stored)
        except Invalid as error:
            if count == 1:
                raise
            raise Invalid(
                _("Row {number}: {why}").format(number=number + 1, why=error.message),
                error.remedy,
                error.fields,
            ) from None
        return stored | writing.folded(table, stored)

    # --- changing

    def update(
        self, name: str, id: int, values: Mapping[str, Any], version: int, children: Children
    ) -> None:
        """Change a row that is still at `version`, and its children with it."""
        with transaction():
            changed = self._change(name, id, values, version)
            self._children(name, id, children)
            self._still_within(self.gate.scope(name, Verb.UPDATE), [id], changed)
            if changed or not children:
                self._finish(name, Verb.UPDATE, [id])

    def _change(self, name: str, id: int, values: Mapping[str, Any], version: int) -> set[str]:
        """Change a row; the names of the fields that changed."""
        scope = self._allowed(name, Verb.UPDATE)
        table, model = scope.table, scope.table.model
        current, covering = self._current(scope, id)
        self._writable(scope, set(values), covering)
        if current["version"] != version:
            raise Conflict(
                _("Somebody changed this row while you were working on it."),
                _("Compare both versions and save again."),
                current["version"],
            )
        dumped = writing.dump(table, values, current=current)
        stored = {n: v for n, v in dumped.items() if v != current[n]}
        self.rules.before(name, [id], stored)
        if not stored:
            return set()
        writing.fixed(table, stored)
        given = set(stored)
        (made,) = identifying.renewed(self.gate.catalog, table, [(id, current, stored)])
        stored |= made
        whole = current | stored
        wrong = {n: w for n, w in writing.missing(table, whole).items() if n in values}
        if wrong:
            raise writing.invalid(table, wrong)
        writing.check(table, whole)
        self._targets(table, [stored], current)
        columns = custom_values.packed(table, stored, current.get("custom"))
        columns |= writing.folded(table, stored)
        columns |= {"version": version + 1, "updated_at": storable(utc_now())}
        columns |= authors.signature(table, self.gate.actor)
        try:
            done = (
                model.update(
                    {getattr(model, n): Value(v, converter=False) for n, v in columns.items()}
                )
                .where((model.id == id) & (model.version == version))
                .execute(proxy.obj)
            )
        except IntegrityError:
            raise taken(table) from None
        if done != 1:
            raise Conflict(_("Somebody changed this row while you were working on it."))
        custom_values.require_alone(table, [stored])
        if table.searched:
            search.write(name, [(id, writing.searched(table, whole))])
        self._audit(table, id, current, stored)
        return given

    def _current(self, scope: Scope, id: int) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """The stored values of a row that may be changed, and the grants that cover it."""
        alias = scope.table.model.alias("t")
        names = [f.name for f in scope.table.model._meta.sorted_fields]
        columns = [getattr(alias, n) for n in names]
        query = alias.select(*columns, *scope.covers(alias)).where(alias.id == id)
        condition = scope.rows(alias)
        if condition is not None:
            query = query.where(condition)
        row = next(iter(proxy.obj.execute(query).fetchall()), None)
        if row is None:
            raise NotFound(_("There is no such row here."), _("It may have been erased."))
        stored = dict(zip(names, row[: len(names)], strict=True))
        current = custom_values.unpacked(scope.table, stored)
        covering = tuple(
            grant for grant, on in zip(scope.grants, row[len(names) :], strict=True) if on
        )
        return current, covering

    def _audit(
        self, table: CatalogTable, id: int, current: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> None:
        history.changed(table, [history.Changed(id, current, stored)], self.gate.actor)

    # --- children

    def _children(self, name: str, id: int, children: Children) -> None:
        """Create, change or erase the rows that are edited with their parent."""
        for child, rows in children.items():
            field = self._parent_field(name, child)
            for number, row in enumerate(rows):
                try:
                    self._child(child, field, id, dict(row))
                except Invalid as error:
                    fields = {f"{child}:{number}:{n}": why for n, why in error.fields.items()}
                    raise Invalid(error.message, error.remedy, fields) from None

    def _child(self, child: str, field: str, parent: int, row: dict[str, Any]) -> None:
        key, version = row.pop("id", None), row.pop("version", 0)
        erase = row.pop("erase", False)
        if key is None:
            values = row | {field: parent}
            (made,) = self._insert(child, [values], {field: parent})
            self._still_within(self.gate.scope(child, Verb.CREATE), [made], set(values))
            self._finish(child, Verb.CREATE, [made])
            return
        self._belongs(child, field, parent, row_id(key))
        if erase:
            self.gate.erase(self.gate.erasure(child, [key]))
        elif changed := self._change(child, key, row, version):
            self._still_within(self.gate.scope(child, Verb.UPDATE), [key], changed)
            self._finish(child, Verb.UPDATE, [key])

    def _belongs(self, child: str, field: str, parent: int, key: int) -> None:
        """Only the children of this parent are changed with it.

        Any other is answered as missing.
        """
        model = self.gate.catalog.table(child).model
        query = model.select(model.id).where((model.id == key) & (getattr(model, field) == parent))
        if not query.tuples().execute(proxy.obj):
            raise NotFound(_("There is no such row here."), _("It may have been erased."))

    def _parent_field(self, name: str, child: str) -> str:
        for incoming in self.gate.catalog.table(name).incoming:
            if incoming.table == child and incoming.act == "goes_along":
                return incoming.field
        raise Invalid(_("'{child}' is not edited with this table.").format(child=child[:60]))

    # --- what every write asks

    def _allowed(self, name: str, verb: Verb) -> Scope:
        scope = self.gate.scope(name, verb)
        if not self.gate.can(verb, name):
            if not self.gate.can(Verb.READ, name):
                raise NotFound(_("There is no table '{name}'.").format(name=name[:60]))
            raise Forbidden(
                rightwords.refusal(verb, scope.table.label),
                rightwords.remedy(verb, scope.table.label),
            )
        return scope

    def _writable(self, scope: Scope, names: set[str], grants: Sequence[Any]) -> None:
        for name in sorted(names):
            field = scope.table.field(name)
            if not self._trusted(field) and not any(lets_write(g, field, scope) for g in grants):
                raise Forbidden(
                    _("You may not write the field “{field}”.").format(field=field.label)
                )

    def _trusted(self, field: Field) -> bool:
        """True when a process, or a use for an actor, writes a field that the portal keeps."""
        actor = self.gate.actor
        return (actor.account is None or field.table in actor.keeps) and not field.system

    def _targets(
        self, table: CatalogTable, rows: Sequence[Mapping[str, Any]], current: Mapping[str, Any]
    ) -> None:
        """Rows may refer only to rows that the actor may read (or that they already refer to)."""
        for name, ids in writing.references(table, rows).items():
            field = table.fields[name]
            scope = self.gate.scope(field.target, Verb.READ)
            alias = scope.table.model.alias("t")
            condition = scope.rows(alias)
            wanted = sorted(ids - {current.get(name)})
            for part in chunks(wanted):
                query = alias.select(alias.id).where(alias.id.in_(list(part)))
                query = query if condition is None else query.where(condition)
                seen = (
                    {row[0] for row in proxy.obj.execute(query).fetchall()} if scope.open else set()
                )
                if len(seen) != len(part):
                    raise writing.invalid(table, {name: _("There is no such row here.")})

    def _still_within(
        self, scope: Scope, ids: Sequence[int], names: set[str] | None = None
    ) -> None:
        """What was written lies in the reach of the verb.

        Nobody writes a row out of their own reach, nor out of the conditions of their rights.

        `names` are the fields that were written: a grant that reaches the row as it now is must let
        write each of them.
        """
        self.rules.after(scope.table.name, ids)
        if scope.table.name == STRUCTURE:
            scope = replace(scope, world=replace(scope.world, tree=structure.repath()))
        fields = [scope.table.field(name) for name in sorted(names or ())]
        asked = [f for f in fields if not self._trusted(f) and not _all_let(scope, f)]
        alias = scope.table.model.alias("t")
        condition = scope.rows(alias)
        if condition is None and not asked:
            return
        for part in chunks(ids):
            query = alias.select(alias.id, *(scope.covers(alias) if asked else ()))
            query = query.where(conjunction(alias.id.in_(list(part)), condition))
            found = proxy.obj.execute(query).fetchall()
            if len(found) != len(part):
                raise Forbidden(_("This row would be out of your reach."), _remedy(scope))
            for _row, *flags in found if asked else ():
                covering = [g for g, on in zip(scope.grants, flags, strict=True) if on]
                self._writable(scope, {field.name for field in asked}, covering)

    def _finish(self, name: str, verb: Verb, ids: Sequence[int]) -> None:
        """What follows every write: the catalog version, and the journal, last."""
        table = self.gate.catalog.table(name)
        row_rules.require(self.gate.catalog, name, ids, new=verb is Verb.CREATE)
        if table.declaration.configuration:
            version.bump()
        persons = self._persons(table, ids)
        act = Act(self.gate.channel, verb, name, persons, len(ids), reason=self.gate.reason)
        journal.record(self.gate.actor, act)

    def _persons(self, table: CatalogTable, ids: Sequence[int]) -> list[int]:
        return persons_of(table, ids)


def _remedy(scope: Scope) -> Label:
    """What to do about a row that would be out of reach."""
    if any(grant.conditions for grant in scope.grants):
        return _("Your rights on these rows have conditions, which it would not meet.")
    return _("Attach it to one of your structures.")


def _all_let(scope: Scope, field: Field) -> bool:
    return all(lets_write(grant, field, scope) for grant in scope.grants)
