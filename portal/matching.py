"""Rows found by what a file calls them: the value of a field, or a title. Only imports ask this.

A row is found only where a grant lets read it, and by a value that the grant shows there: nobody
learns through an import what they could not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from peewee import Value, fn

from portal.catalog import CatalogTable
from portal.database import proxy
from portal.declare import Verb
from portal.fields import Field
from portal.grants import Scope
from portal.reaches import conjunction
from portal.text import fold

if TYPE_CHECKING:
    from portal.gate import Gate

KEY_TYPES = frozenset({"key", "text", "email", "phone", "link", "integer", "names", "option"})
"""The types of the fields by which rows are matched."""
LONGEST_TITLE = 300


def key_fields(gate: Gate, table: str) -> tuple[Field, ...]:
    """The fields by which rows of a table may be matched: those that the actor reads unmasked."""
    scope = gate.scope(table, Verb.READ)
    masked = scope.masked()
    return tuple(
        field
        for field in scope.fields()
        if field.type.name in KEY_TYPES and field.name not in masked
    )


def comparable(field: Field, value: Any) -> Any:
    """A value as it is compared: folded where the field has a folded copy."""
    return fold(str(value))[:1000] if field.folded else value


def by_value(
    gate: Gate,
    table: str,
    name: str,
    values: Collection[Any],
    fixed: Mapping[str, Any] | None = None,
) -> dict[Any, list[int]]:
    """The rows whose field `name` is one of `values` (as `comparable` gives them), by value.

    `fixed` holds stored values that the rows must have as well.
    """
    scope = gate.scope(table, Verb.READ)
    alias = scope.table.model.alias("t")
    field = scope.table.field(name)
    column = scope.value(alias, field, key=True) if scope.open else None
    if column is None or not values:
        return {}
    held = _holding(scope, alias, fixed or {})
    if held is None:
        return {}
    wanted = column.in_([Value(value, converter=False) for value in sorted(values)])
    where = conjunction(wanted, scope.rows(alias), *held)
    found: dict[Any, list[int]] = {}
    for value, id in proxy.obj.execute(alias.select(column, alias.id).where(where)).fetchall():
        found.setdefault(value, []).append(id)
    return found


def _holding(scope: Scope, alias: Any, fixed: Mapping[str, Any]) -> list[Any] | None:
    """The conditions that fixed values make; None when one of them is not shown to the actor."""
    held = []
    for name, value in fixed.items():
        column = scope.value(alias, scope.table.field(name))
        if column is None:
            return None
        held.append(column == Value(value, converter=False))
    return held


def titled(gate: Gate, table: str, texts: Iterable[str]) -> dict[str, list[int]]:
    """The rows whose title is one of `texts` (folded, of whatever case), by folded title."""
    scope = gate.scope(table, Verb.READ)
    wanted = {fold(" ".join(text.split())) for text in texts if len(text) <= LONGEST_TITLE} - {""}
    if not (scope.open and wanted and has_title(scope.table)):
        return {}
    alias = scope.table.model.alias("t")
    columns = [_folded(scope, alias, scope.table.fields[name]) for name in scope.table.title]
    if any(column is None for column in columns):
        return {}
    whole = reduce(lambda one, other: one.concat(" ").concat(other), columns)
    trimmed = fn.TRIM(whole)
    where = conjunction(trimmed.in_(sorted(wanted)), scope.rows(alias))
    if len(columns) > 1:  # begin at the index of the first one
        where = conjunction(columns[0].in_(sorted(_beginnings(wanted))), where)
    found: dict[str, list[int]] = {}
    for title, id in proxy.obj.execute(alias.select(trimmed, alias.id).where(where)).fetchall():
        found.setdefault(title, []).append(id)
    return found


def has_title(table: CatalogTable) -> bool:
    """True when the title of a row is made of texts, so that a file may name a row by it."""
    kinds = {table.fields[name].type.name for name in table.title}
    return kinds <= {"text", "email", "names", "phone"}


def _folded(scope: Scope, alias: Any, field: Field) -> Any:
    column = scope.value(alias, field, key=True)
    if column is None or field.folded:
        return column
    return fn.greffe_fold(column)


def _beginnings(titles: Iterable[str]) -> set[str]:
    """The words at the beginning of each title: one, two... all of them."""
    found = set()
    for title in titles:
        words = title.split(" ")
        found |= {" ".join(words[:count]) for count in range(1, len(words) + 1)}
    return found


def alive(gate: Gate, table: str, ids: Collection[int]) -> set[int]:
    """Those of these rows that the actor may read."""
    scope = gate.scope(table, Verb.READ)
    if not scope.open or not ids:
        return set()
    alias = scope.table.model.alias("t")
    where = conjunction(alias.id.in_(sorted(ids)), scope.rows(alias))
    return {row[0] for row in proxy.obj.execute(alias.select(alias.id).where(where)).fetchall()}
