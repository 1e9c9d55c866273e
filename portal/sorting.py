"""A list that is sorted by a field: by its value, the words of a choice, or the title of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peewee import JOIN, fn

from portal.choice import Choice
from portal.fields import Field
from portal.i18n import current_language
from portal.ordering import byte_order, folded_here
from portal.reaches import NO_ROWS, conjunction

if TYPE_CHECKING:
    from portal.reading import Reader


def by_field(
    reader: Reader, query: Any, table: Any, name: str, descending: bool
) -> tuple[Any, list[Any]]:
    """The statement with what its order needs, and the order: by a field, then by number."""
    scope, field = reader.scope, reader.shown(name)
    if field.type.name == "choice":
        label = Choice.alias("sorting")
        query = query.join(label, JOIN.LEFT_OUTER, on=(scope.value(table, field) == label.id))
        english = fn.COALESCE(fn.NULLIF(label.label_en, ""), label.label_fr)
        columns = [label.label_fr_key if current_language() == "fr" else english]
    elif field.target:
        target = reader.scope_of(field.target)
        other = target.table.model.alias("sorting")
        on = conjunction(scope.value(table, field) == other.id, target.rows(other))
        query = query.join(other, JOIN.LEFT_OUTER, on=on if target.open else NO_ROWS)
        columns = [
            target.value(other, target.table.fields[n], key=True) for n in target.table.title
        ]
    else:
        columns = [_value(reader, table, field)]
    given = [column for column in columns if column is not None]
    nullable = bool(field.target or field.type.name == "choice" or field.column.null)
    nullable = nullable or not scope.shown_on_all(field)
    order = []
    for column in given:
        nulls = "LAST" if nullable else None
        way = column.desc if descending else column.asc
        order.append(way(collation=byte_order(field), nulls=nulls))
    order.append(table.id.desc() if descending else table.id.asc())
    return query, order


def _value(reader: Reader, table: Any, field: Field) -> Any:
    """What a field is sorted by: a text by its folded form, alike on both databases."""
    value = reader.scope.value(table, field, key=True)
    return fn.greffe_fold(value) if folded_here(field) else value
