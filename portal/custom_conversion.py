"""Changing the type of a custom field: what a value becomes, and which would not convert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portal import choices
from portal.builtin.customfields import CustomField
from portal.catalog import Catalog, CatalogTable
from portal.custom_columns import json_of, stored_of
from portal.customfields import name_of
from portal.database import proxy
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import ChoiceType
from portal.rows import Blocker
from portal.text import fold

SHOWN = 5
MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a change of type would do.

    How many rows hold a value, how many of them would not convert, the first of these rows with
    what they hold, and whether only the first values were looked at.
    """

    held: int
    lost: int
    first: tuple[tuple[int, str], ...]
    partial: bool = False


def converted(old: Field, new: Field, raw: Any) -> Any:
    """The JSON of a value under the new type; None where there is nothing to convert, or no way.

    Asked again of what it answered, it changes nothing.
    """
    stored = stored_of(old.column.kind, raw)
    if stored is None:
        return None
    try:
        value = _parsed(new, text_of(old, stored))
    except Invalid:
        return None
    if value in (None, ""):
        return None
    made = json_of(new.column.kind, new.type.dump(value))
    return None if made == raw else made


def converts(old: Field, new: Field, stored: Any) -> bool:
    """True when a stored value of the old type is one of the new type as well."""
    try:
        return _parsed(new, text_of(old, stored)) not in (None, "")
    except Invalid:
        return False


def text_of(field: Field, stored: Any) -> str:
    """A stored value as the text that another type is asked to read."""
    if isinstance(field.type, ChoiceType):
        option = choices.current().by_id.get(stored)
        return str(stored) if option is None else option.label.fr
    return field.type.write(field.type.load(stored))


def _parsed(field: Field, text: str) -> Any:
    if not isinstance(field.type, ChoiceType):
        return field.type.parse(text if field.type.several_lines else " ".join(text.split()))
    for option in choices.current().of(field.type.list_name):
        if fold(text.strip()) in (option.slug, fold(option.label.fr), fold(option.label.en)):
            return option.id
    return choices.current().find(field.type.list_name, text.strip()).id


def preview(table: CatalogTable, old: Field, new: Field) -> Conversion:
    """What changing the type of a field would do to the values that rows hold now."""
    alias = table.model.alias("t")
    value = old.expression(alias)
    counted = alias.select(value, fn.COUNT(alias.id)).where(~value.is_null() & _said(old, value))
    counted = counted.group_by(value).order_by(value).limit(MOST_VALUES + 1)
    found = proxy.obj.execute(counted).fetchall()
    bad = [(stored, number) for stored, number in found if not converts(old, new, stored)]
    first: list[tuple[int, str]] = []
    for stored, _number in bad[:SHOWN]:
        rows = alias.select(alias.id).where(value == stored).order_by(alias.id)
        ids = proxy.obj.execute(rows.limit(SHOWN - len(first))).fetchall()
        first += [(id, text_of(old, stored)) for (id,) in ids]
        if len(first) >= SHOWN:
            break
    return Conversion(
        sum(number for _stored, number in found),
        sum(number for _stored, number in bad),
        tuple(first),
        len(found) > MOST_VALUES,
    )


def holding(table: CatalogTable, field: Field) -> int:
    """How many rows hold something at the place of a field, archived and protected ones too."""
    model = table.model
    return int(model.select().where(field.column.present(model)).count(proxy.obj))


def _said(field: Field, value: Any) -> Any:
    return value != "" if "contains" in field.type.operators else ~value.is_null()


def blockers(catalog: Catalog, ids: Sequence[int]) -> Iterator[tuple[int, Blocker]]:
    """Why these definitions may not be erased: the rows that hold a value."""
    query = CustomField.select(CustomField.id, CustomField.table_name, CustomField.key)
    for id, name, key in query.where(CustomField.id.in_(list(ids))).tuples().execute(proxy.obj):
        table = catalog.tables.get(name)
        field = None if table is None else table.fields.get(name_of(key))
        count = 0 if table is None or field is None else holding(table, field)
        if table is not None and count:
            yield id, Blocker("choice", table.label, name, count)
