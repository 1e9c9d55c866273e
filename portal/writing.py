"""Checks and stored forms of what is written. Only the gate calls this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal import choices, row_rules
from portal.catalog import CatalogTable
from portal.database import storable
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import Reference
from portal.i18n import _, labelled
from portal.text import fold


def dump(
    table: CatalogTable, values: Mapping[str, Any], *, current: Mapping[str, Any]
) -> dict[str, Any]:
    """The stored form of typed values. Raises Invalid with one sentence for each wrong field.

    `current` holds the stored values of the row that is changed (empty for a new one): an
    unavailable choice may stay, but not be taken anew.
    """
    stored: dict[str, Any] = {}
    wrong: dict[str, object] = {}
    for name, value in values.items():
        field = table.field(name)
        try:
            stored[name] = _dump(field, value, current.get(name))
        except Invalid as error:
            wrong[name] = str(error)
    if wrong:
        raise invalid(table, wrong)
    return stored


def _dump(field: Field, value: Any, current: Any) -> Any:
    if value is None or value == "":
        if field.required and (value is None or field.type.name != "option"):
            raise Invalid(_("A value is required."))
        if value is None:
            if not field.column.null:
                return field.default
            return None
    if field.type.name == "choice":
        return _choice(field, value, current)
    stored = storable(field.type.dump(value))
    require_within(field, field.type.load(stored))
    return stored


def require_within(field: Field, value: Any) -> None:
    """Refuse a value beyond the bounds of its field. Raises Invalid."""
    if value is None or value == "":
        return
    if field.least is not None and value < field.least:
        raise Invalid(
            _("The smallest value is {value}.").format(value=field.type.show(field.least))
        )
    if field.most is not None and value > field.most:
        raise Invalid(_("The largest value is {value}.").format(value=field.type.show(field.most)))


def _choice(field: Field, value: Any, current: Any) -> int:
    key = value.id if isinstance(value, Reference) else value
    option = choices.current().by_id.get(key) if isinstance(key, int) else None
    if option is None or option.list_name != field.type.list_name:  # type: ignore[attr-defined]  # a choice type
        raise Invalid(_("This is not a choice of this list."))
    if not option.available and option.id != current:
        raise Invalid(_("This choice is not offered any more."), _("Choose another one."))
    return option.id


def missing(table: CatalogTable, values: Mapping[str, Any]) -> dict[str, object]:
    """The required fields that a new row lacks, each with its sentence."""
    return {
        field.name: _("A value is required.")
        for field in table.fields.values()
        if field.required and values.get(field.name) in (None, "")
    }


def fixed(table: CatalogTable, stored: Mapping[str, Any]) -> None:
    """Refuse a change of a field that stays as it was made. Raises Invalid."""
    wrong = {name: _("This does not change any more.") for name in table.declaration.fixed}
    changed: dict[str, object] = {name: why for name, why in wrong.items() if name in stored}
    if changed:
        raise invalid(table, changed)


def check(table: CatalogTable, stored: Mapping[str, Any]) -> None:
    """The table's own rules over a whole row. Raises Invalid."""
    row_rules.check(table.name, stored)
    if not table.declaration.checks:
        return
    loaded = {
        name: None if value is None else table.fields[name].type.load(value)
        for name, value in stored.items()
        if name in table.fields
    }
    wrong: dict[str, object] = {
        rule.field: rule.message for rule in table.declaration.checks if not rule.holds(loaded)
    }
    if wrong:
        raise invalid(table, wrong)


def invalid(table: CatalogTable, wrong: Mapping[str, object]) -> Invalid:
    """The error for wrong fields: each by its label."""
    parts = [
        labelled(table.fields[name].label if name in table.fields else name, why)
        for name, why in wrong.items()
    ]
    return Invalid(" ".join(parts), "", dict(wrong))


def folded(table: CatalogTable, stored: Mapping[str, Any]) -> dict[str, str]:
    """The folded copies of the text fields that have one."""
    return {
        field.folded: fold(str(stored[field.name] or ""))[:1000]
        for field in table.fields.values()
        if field.folded and field.name in stored
    }


def searched(
    table: CatalogTable, stored: Mapping[str, Any], names: Sequence[str] | None = None
) -> dict[str, str]:
    """The text of each searched field of a row, as the index takes it.

    `names` are these fields, for who asks for many rows.
    """
    texts = {}
    for name in table.searched if names is None else names:
        field, value = table.fields[name], stored.get(name)
        if value is not None and value != "":
            texts[name] = field.type.words(field.type.load(value))
    return texts


def references(table: CatalogTable, rows: Sequence[Mapping[str, Any]]) -> dict[str, set[int]]:
    """The ids that rows refer to, by field."""
    found: dict[str, set[int]] = {}
    for field in table.fields.values():
        if field.target:
            ids = {row[field.name] for row in rows if row.get(field.name) is not None}
            if ids:
                found[field.name] = ids
    return found
