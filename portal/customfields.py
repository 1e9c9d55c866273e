"""Custom fields: the definitions that administrators wrote, as fields of the catalog.

Read again when the catalog version changes, and merged into the tables of the catalog that this
process uses: whoever asks a table for its fields gets real and custom ones alike. A definition that
cannot be held (its table is gone) is left out; its values stay in the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from portal import catalog as catalogs
from portal import custom_columns as columns
from portal import list_fields
from portal.builtin.customfields import DEFINITION, CustomField
from portal.catalog import Catalog, CatalogTable
from portal.custom_columns import PREFIX, CustomColumn
from portal.declare import DataType
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import (
    ChoiceType,
    EmailType,
    FieldType,
    LinkType,
    LongTextType,
    PhoneType,
    SuggestedType,
)
from portal.i18n import Label, Text
from portal.list_fields import KEPT, LONGEST_LINE, LONGEST_TEXT

TABLE = "typing.customfield"
SECTIONS = "__"
"""What stands between the sections of a key."""

_STORED = {"choice": columns.CHOICE} | {name: stored for name, (_type, stored) in KEPT.items()}
_TEXTUAL: dict[str, type[FieldType]] = {
    "text": FieldType,
    "longtext": LongTextType,
    "suggested": SuggestedType,
    "email": EmailType,
    "link": LinkType,
    "phone": PhoneType,
}
BOUNDED = ("integer", "decimal", "date")
"""The types that take a smallest and a largest value."""


def carries(table: CatalogTable) -> bool:
    """True for a table that may have custom fields: rows with a JSON column, written by people."""
    return table.versioned and not table.declaration.read_only and table.name != TABLE


def name_of(key: str) -> str:
    """The name of the field of a key, as filters, rights, exports and templates call it."""
    return PREFIX + key


def type_of(values: Mapping[str, Any]) -> FieldType:
    """The type that a definition asks for."""
    kind = str(values["kind"])
    if kind == "choice":
        return ChoiceType(list_name=str(values["choice_list"]))
    if kind in KEPT:
        return KEPT[kind][0]
    return _TEXTUAL[kind](max_length=values["longest"] or longest(kind))


def longest(kind: str) -> int:
    """How many characters a text of this type may have at most."""
    return LONGEST_TEXT if kind == "longtext" else LONGEST_LINE


def field_of(values: Mapping[str, Any]) -> Field:
    """The field that a definition (its stored values by name) describes."""
    kind, key = type_of(values), str(values["key"])
    initial = _value(kind, str(values["initial"]))
    if initial is None and kind.name == "boolean":
        initial = False
    personal = bool(values["personal"])
    return Field(
        name=name_of(key),
        table=str(values["table_name"]),
        label=Text(values["label_fr"], values["label_en"]),
        type=kind,
        column=CustomColumn(
            tuple(key.split(SECTIONS)),
            _STORED.get(kind.name, columns.TEXT),
            default=None if initial is None else kind.dump(initial),
            unique=bool(values["unique"]),
            index=bool(values["indexed"] or values["unique"]),
        ),
        required=bool(values["required"]),
        data_type=DataType(values["data_type"] or DataType.OTHER) if personal else None,
        not_personal=not personal,
        sensitive=bool(values["sensitive"]),
        searched=bool(values["searched"]),
        audited=bool(values["audited"]),
        shown=bool(values["shown"]),
        in_forms=bool(values["in_forms"]),
        section=_words(values, "section"),
        help=_words(values, "help"),
        least=_value(kind, str(values["minimum"])),
        most=_value(kind, str(values["maximum"])),
        kept_months=values["kept_months"],
    )


def _words(values: Mapping[str, Any], name: str) -> Label:
    """A pair of words of a definition; empty when there are none."""
    pair = Text(values[f"{name}_fr"], values[f"{name}_en"])
    return pair if pair.fr or pair.en else ""


def _value(kind: FieldType, text: str) -> Any:
    """The value of a canonical text; None when there is none, or none of this type."""
    if not text or kind.name == "choice":
        return None
    try:
        return kind.parse(text)
    except Invalid:
        return None


def definitions() -> list[dict[str, Any]]:
    """Every definition, in the order of forms and sheets: those of a section together."""
    query = CustomField.select(*[getattr(CustomField, name) for name in DEFINITION])
    query = query.order_by(CustomField.position, CustomField.label_fr_key, CustomField.id)
    rows = [dict(zip(DEFINITION, row, strict=True)) for row in query.tuples()]
    found = [values for values in rows if columns.is_path(str(values["key"]).split(SECTIONS))]
    sections = list(dict.fromkeys(["", *(values["section_fr"] for values in found)]))
    return sorted(found, key=lambda values: sections.index(values["section_fr"]))


def merged(catalog: Catalog, found: Iterable[Mapping[str, Any]]) -> Catalog:
    """The catalog with these custom fields, and no others, after the fields of their tables.

    The fields that typed lists declare for their choices come first: they lie in the same JSON.
    """
    added: dict[str, dict[str, Field]] = {}
    for field in [*list_fields.of_lists(catalog), *map(field_of, found)]:
        added.setdefault(field.table, {})[field.name] = field
    tables = {}
    for table in catalog:
        own = {n: f for n, f in table.fields.items() if not isinstance(f.column, CustomColumn)}
        custom = added.get(table.name, {}) if carries(table) else {}
        tables[table.name] = replace(table, fields=MappingProxyType(own | custom))
    return replace(catalog, tables=MappingProxyType(tables))


def of_table(table: CatalogTable) -> tuple[Field, ...]:
    """The custom fields of a table: for what packs their values, and for nobody else."""
    return tuple(f for f in table.fields.values() if isinstance(f.column, CustomColumn))


_version = -1


def refresh(version: int) -> None:
    """Read the definitions again when the catalog version is another one (one query)."""
    global _version
    if _version != version:
        catalogs.install(merged(catalogs.current(), definitions()))
        _version = version
