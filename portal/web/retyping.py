"""Another type for a custom field: what would not convert is shown before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal import custom_conversion, customfields
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.custom_conversion import Conversion
from portal.declare import Verb
from portal.fields import Field
from portal.fieldtypes import MASKED, IntegerType
from portal.gate import Gate
from portal.i18n import gettext, ngettext
from portal.rows import Row

TYPE = ("kind", "choice_list")


@dataclass(frozen=True, slots=True)
class Retyping:
    """What the page shows: how many values are held, how many are lost, the first of these."""

    held: str
    lost: str
    first: tuple[tuple[str, str], ...]
    signature: str
    partial: bool


def preview(
    gate: Gate, table: CatalogTable, row: Row, values: Mapping[str, Any], posted: Mapping[str, str]
) -> Retyping | None:
    """What a person is to confirm before the new type is saved; None when there is nothing."""
    if table.name != customfields.TABLE or not set(TYPE) & set(values):
        return None
    place = _place(gate, row, values)
    if place is None:
        return None
    target, old, new = place
    found = custom_conversion.preview(target, old, new)
    signature = f"{new.type.name} {found.held} {found.lost}"
    if not found.lost or posted.get("previewed") == signature:
        return None
    return Retyping(
        held=_records(found.held),
        lost=_records(found.lost),
        first=tuple(_first(gate, target, old, found)),
        signature=signature,
        partial=found.partial,
    )


def _place(
    gate: Gate, row: Row, values: Mapping[str, Any]
) -> tuple[CatalogTable, Field, Field] | None:
    """The table, the field as it is and as it would be; None when the latter cannot be held."""
    name, key = row.values["table_name"], row.values["key"]
    target = gate.catalog.tables.get(name)
    field = None if target is None else target.fields.get(customfields.name_of(key))
    stored = next(
        (d for d in customfields.definitions() if (d["table_name"], d["key"]) == (name, key)), None
    )
    if target is None or field is None or stored is None:
        return None
    wanted = stored | {n: values[n] for n in TYPE if values.get(n) is not None}
    if (wanted["kind"] == "choice") != bool(wanted["choice_list"]):
        return None
    return target, field, customfields.field_of(wanted)


def _first(
    gate: Gate, table: CatalogTable, field: Field, found: Conversion
) -> list[tuple[str, str]]:
    """The first records whose value would not convert, as far as this actor reads them."""
    if not gate.can(Verb.READ, table.name):
        return []
    if field.name not in {known.name for known in gate.fields(table.name)}:
        return []
    ids = [id for id, _text in found.first]
    rows = gate.at(Channel.LIST).many(table.name, ids, [field.name])
    return [
        (row.title, str(MASKED) if value is MASKED else field.type.show(value))
        for row in rows
        if (value := row.values.get(field.name)) is not None
    ]


def _records(number: int) -> str:
    said = ngettext("{number} record", "{number} records", number)
    return said.format(number=IntegerType().show(number))


def sentence(shown: Retyping) -> str:
    """What the page says first."""
    said = gettext("Values are held by {held}; those of {lost} are not of the new type.")
    return said.format(held=shown.held, lost=shown.lost)
