"""The rules of custom forms that ask the catalog: fields that exist, required fields that stay.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal import customforms
from portal.builtin.customforms import CREATE, CustomForm, CustomFormField
from portal.catalog import Catalog
from portal.errors import Invalid
from portal.i18n import _

FORM = "typing.customform"
FORM_FIELD = "typing.customformfield"
PLACED = (CustomFormField.field_name, CustomFormField.left_out)


def require_form(catalog: Catalog, ids: Sequence[int]) -> None:
    """A new form is one of a table that exists. Raises Invalid."""
    names = CustomForm.select(CustomForm.table_name).where(CustomForm.id.in_(list(ids)))
    for (name,) in names.tuples():
        if name not in catalog.tables:
            why = _("There is no table '{name}'.").format(name=name[:60])
            raise Invalid(why, "", {"table_name": why})


def require_fields(catalog: Catalog, ids: Sequence[int], *, new: bool) -> None:
    """A form places fields that its table has, and leaves out none that a new record needs.

    A field that vanished since the form was made stays in it, without effect. Raises Invalid.
    """
    columns = (CustomForm.table_name, CustomForm.form, *PLACED)
    query = CustomFormField.select(*columns).join(CustomForm)
    for table_name, form, name, left_out in query.where(CustomFormField.id.in_(list(ids))).tuples():
        table = catalog.tables.get(table_name)
        known = {} if table is None else {f.name: f for f in customforms.fields_of(table, form)}
        field = known.get(name)
        if field is None and table is not None and new:
            why = _("“{table}” has no field '{name}' that this form could ask.").format(
                table=table.label, name=name[:60]
            )
            raise Invalid(why, "", {"field_name": why})
        if field is not None and left_out and form == CREATE and customforms.needed(field):
            why = _(
                "“{field}” is required and has no default: without it nobody could make a record."
            ).format(field=field.label)
            raise Invalid(why, _("Keep it in the form."), {"left_out": why})
