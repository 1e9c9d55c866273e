"""The refusal of a value that another row has already."""

from __future__ import annotations

from collections.abc import Sequence

from portal.catalog import CatalogTable
from portal.errors import Invalid
from portal.fields import Field
from portal.i18n import _


def taken(table: CatalogTable, fields: Sequence[Field] = ()) -> Invalid:
    """Another row has this value of one of the `fields`.

    Where the database tells no more, they are the unique ones: those that people write, if any.
    """
    if not fields:
        every = [field for field in table.fields.values() if field.column.unique]
        fields = [field for field in every if not field.derived] or every
    labels = ", ".join(str(field.label) for field in fields)
    return Invalid(
        _("Another row of “{table}” already has this value.").format(table=table.label),
        _("It must be unique: {fields}.").format(fields=labels) if fields else "",
        {field.name: _("Already taken.") for field in fields},
    )
