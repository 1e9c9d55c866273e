"""The rules of custom forms that ask the catalog: fields that exist, required fields that stay.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.builtin.customforms import CREATE, CustomForm, CustomFormField
from portal.catalog import Catalog, CatalogTable
from portal.customforms import own_fields
from portal.errors import Invalid
from portal.i18n import _

FORM = "typing.customform"
FORM_FIELD = "typing.customformfield"


def require_form(catalog: Catalog, ids: Sequence[int], *, new: bool) -> None:
    """A form leaves out fields that its table has, and none without which no record can be made.

    Fields that vanished since the form was made stay in it, without effect. Raises Invalid.
    """
    columns = (CustomForm.table_name, CustomForm.form, CustomForm.excluded)
    for table_name, form, excluded in CustomForm.select(*columns).where(_among(ids)).tuples():
        table = catalog.tables.get(table_name)
        names = excluded.split()
        if table is None:
            if new:
                why = _("There is no table '{name}'.").format(name=table_name[:60])
                raise Invalid(why, "", {"table_name": why})
            continue
        if new:
            _require_known(table, names, "excluded")
        if form == CREATE:
            _require_kept(table, names)


def require_field(catalog: Catalog, ids: Sequence[int], *, new: bool) -> None:
    """A form places fields that its table has. Raises Invalid."""
    if not new:
        return
    query = CustomFormField.select(CustomForm.table_name, CustomFormField.field_name)
    query = query.join(CustomForm).where(CustomFormField.id.in_(list(ids)))
    for table_name, name in query.tuples():
        if table_name in catalog.tables:
            _require_known(catalog.tables[table_name], [name], "field_name")


def _among(ids: Sequence[int]) -> object:
    return CustomForm.id.in_(list(ids))


def _require_known(table: CatalogTable, names: Iterable[str], place: str) -> None:
    known = {field.name for field in own_fields(table)}
    for name in names:
        if name not in known:
            why = _("“{table}” has no field '{name}' that people write.").format(
                table=table.label, name=name[:60]
            )
            raise Invalid(why, "", {place: why})


def _require_kept(table: CatalogTable, excluded: Iterable[str]) -> None:
    names = set(excluded)
    for field in own_fields(table):
        if field.name in names and field.required and field.default in (None, ""):
            why = _(
                "“{field}” is required and has no default: without it nobody could make a record."
            ).format(field=field.label)
            raise Invalid(why, _("Keep it in the form, or give it a default."), {"excluded": why})
