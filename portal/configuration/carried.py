"""Which tables travel in a settings file, and how their rows are named in any portal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.catalog import Catalog, CatalogTable
from portal.declare import Verb
from portal.errors import Forbidden
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import _
from portal.models import RowNumberField
from portal.rows import Row, Selection

Key = tuple[str, ...]
"""The values of the natural key of a row, as canonical text."""


@dataclass(frozen=True, slots=True)
class Child:
    """A table whose rows travel inside those of their parent, and the field that names it."""

    table: CatalogTable
    parent: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A table whose rows travel, with the tables that travel inside it."""

    table: CatalogTable
    children: tuple[Child, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that name a row in any portal."""
        return self.table.declaration.natural_key


@dataclass(slots=True)
class Names:
    """The rows of this portal by their natural keys, and the other way round, by table."""

    ids: dict[str, dict[Key, int]] = field(default_factory=dict)
    keys: dict[str, dict[int, Key]] = field(default_factory=dict)

    def add(self, table: str, key: Key, id: int) -> None:
        """Learn the name of a row."""
        self.ids.setdefault(table, {})[key] = id
        self.keys.setdefault(table, {})[id] = key


def travels(table: CatalogTable) -> bool:
    """True for a table of the configuration whose rows have a name of their own and no person."""
    declared = table.declaration
    return declared.configuration and bool(declared.natural_key) and not table.personal


def tables(catalog: Catalog) -> tuple[Carried, ...]:
    """The tables that travel, each after those that it refers to."""
    left = [table for table in catalog if travels(table)]
    found: list[CatalogTable] = []
    while left:
        placed = {table.name for table in found}
        waiting = {table.name for table in left}
        ready = [table for table in left if not _needs(table, catalog) & (waiting - {table.name})]
        ready = ready or left[:1]  # two tables that refer to each other: the first by name
        found += sorted(ready, key=lambda table: table.name)
        left = [t for t in left if t.name not in placed and t not in ready]
    return tuple(Carried(table, children_of(table, catalog)) for table in found)


def children_of(table: CatalogTable, catalog: Catalog) -> tuple[Child, ...]:
    """The tables whose rows go with this one's: unnamed, and without a person or a row's number.

    Rows that belong to two tables go with the one whose form they are edited in.
    """
    found = []
    for incoming in table.incoming:
        child = catalog.table(incoming.table)
        if (
            incoming.act == "goes_along"
            and child.declaration.configuration
            and not child.declaration.natural_key
            and not child.personal
            and not _numbers_rows(child)
            and _goes_with(child, table, catalog)
        ):
            found.append(Child(child, incoming.field))
    return tuple(found)


def _goes_with(child: CatalogTable, table: CatalogTable, catalog: Catalog) -> bool:
    edited_in = [one.name for one in catalog if child.name in one.declaration.inline]
    return not edited_in or table.name in edited_in


def _numbers_rows(table: CatalogTable) -> bool:
    """True for a table that names rows by their numbers, which are other ones elsewhere."""
    return any(isinstance(field.column, RowNumberField) for field in table.fields.values())


def _needs(table: CatalogTable, catalog: Catalog) -> set[str]:
    own = {f.target for f in table.fields.values() if f.target}
    for child in children_of(table, catalog):
        own |= {f.target for f in child.table.fields.values() if f.target}
    return own - {table.name}


def require(gate: Gate, carried: Iterable[Carried]) -> None:
    """Raise Forbidden unless every table may be read: half a configuration is none."""
    for one in carried:
        for table in (one.table, *(child.table for child in one.children)):
            if not gate.can(Verb.READ, table.name):
                raise Forbidden(
                    _("You may not read “{table}”, which is part of the settings.").format(
                        table=table.label
                    )
                )


def names(gate: Gate, carried: Iterable[Carried]) -> Names:
    """The names of every row that travels."""
    found = Names()
    for one in carried:
        for row in gate.stream(one.table.name, Selection(), list(one.key)):
            found.add(one.table.name, key_of(one, row), row.id)
    return found


def key_of(carried: Carried, row: Row) -> Key:
    """The natural key of a row."""
    types = carried.table.fields
    return tuple(types[name].type.write(row.values[name]) for name in carried.key)


def fields_of(table: CatalogTable, parent: str = "") -> tuple[Field, ...]:
    """The fields that travel: those that people write, the reference to the parent left out."""
    return tuple(
        f
        for f in table.fields.values()
        if not (f.system or f.derived or f.secret or f.name == parent)
    )


def written(one: Field, value: Any, known: Names) -> Any:
    """A value as the file keeps it: references by natural key, the rest as canonical text."""
    if value is None:
        return None
    if one.target:
        key = known.keys.get(one.target, {}).get(value.id)
        return None if key is None else list(key)
    return native(one, value)


def native(one: Field, value: Any) -> Any:
    """A value as JSON keeps it: yes or no, a whole number, or canonical text."""
    if value is None or isinstance(value, bool) or one.type.name == "integer":
        return value
    return one.type.write(value)
