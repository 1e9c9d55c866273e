"""The fields that a typed list declares for its choices, as fields of the table of choices.

Their values lie in the JSON of a choice, in a section of their list: one table holds the choices of
all lists, and a field is offered in the forms and files of its own list alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.catalog import Catalog
from portal.choice import ListField
from portal.choice_lists import CHOICE, lists
from portal.custom_columns import BOOLEAN, DAY, DECIMAL, INTEGER, PREFIX, TEXT, CustomColumn
from portal.fields import Field
from portal.fieldtypes import (
    FieldType,
    KeptBooleanType,
    KeptDateType,
    KeptDecimalType,
    KeptIntegerType,
    LongTextType,
)
from portal.i18n import Label

LONGEST_LINE = 500
LONGEST_TEXT = 20_000
KEPT: Mapping[str, tuple[FieldType, str]] = {
    "integer": (KeptIntegerType(), INTEGER),
    "decimal": (KeptDecimalType(), DECIMAL),
    "boolean": (KeptBooleanType(), BOOLEAN),
    "date": (KeptDateType(), DAY),
}
"""The types that are no text, as JSON keeps their values."""
_TYPES: Mapping[str, tuple[FieldType, str]] = {
    **KEPT,
    "text": (FieldType(max_length=LONGEST_LINE), TEXT),
    "longtext": (LongTextType(max_length=LONGEST_TEXT), TEXT),
}
_NO_LETTER = re.compile(r"[^a-z]+")


def of_lists(catalog: Catalog) -> list[Field]:
    """The fields of every list, in their order."""
    return [
        _field(known.name, known.label, declared)
        for known in lists(catalog).values()
        for declared in known.declared.fields
    ]


def names(list_name: str, declared: tuple[ListField, ...]) -> list[str]:
    """What the fields of a list are called in the table of choices."""
    return [f"{PREFIX}{_section(list_name)}__{field.key}" for field in declared]


def _field(list_name: str, label: Label, declared: ListField) -> Field:
    kind, stored = _TYPES[declared.kind]
    (name,) = names(list_name, (declared,))
    return Field(
        name=name,
        table=CHOICE,
        label=declared.label,
        type=kind,
        column=CustomColumn((_section(list_name), declared.key), stored),
        not_personal=True,
        searched=False,
        in_forms=False,
        section=label,
        help=declared.help,
    )


def _section(list_name: str) -> str:
    return _NO_LETTER.sub("_", list_name.lower()).strip("_")
