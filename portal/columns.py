"""Columns: where the values of a row stand in the raw row of a statement, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal import choices
from portal.catalog import CatalogTable, Path
from portal.fields import Field
from portal.fieldtypes import MASKED, Reference
from portal.i18n import _


class Column:
    """Where the values of a field stand in a raw row."""

    __slots__ = ("at", "field", "mask_at", "target_id", "target_title")

    def __init__(self, field: Field, at: int, mask_at: int | None) -> None:
        self.field, self.at, self.mask_at = field, at, mask_at
        self.target_id: int | None = None
        self.target_title: list[tuple[Field, int]] = []

    def load(self, raw: Sequence[Any]) -> Any:
        """The value of this field in a raw row."""
        if self.mask_at is not None and raw[self.mask_at]:
            return MASKED
        value = raw[self.at]
        if value is None:
            return None
        if self.field.type.name == "choice":
            option = choices.current().by_id.get(value)
            return option.reference if option else Reference(value, str(value))
        if self.field.target:
            return self._reference(raw)
        return self.field.type.load(value)

    def _reference(self, raw: Sequence[Any]) -> Reference:
        found = None if self.target_id is None else raw[self.target_id]
        if found is None:
            return Reference(None, None)
        values = {
            f.name: (None if raw[at] is None else f.type.load(raw[at]))
            for f, at in self.target_title
        }
        return Reference(found, title_from([f for f, _at in self.target_title], values, found))


def person_column(alias: Any, path: Path | None) -> tuple[Any, list[tuple[Any, Any]]]:
    """The column of the person whom a row is about, and the joins that lead there."""
    if path is None:
        return None, []
    if not path.steps:
        return alias.id, []
    column, joins = getattr(alias, path.steps[0].name), []
    for number, step in enumerate(path.steps[1:]):
        other = path.steps[number].column.rel_model.alias(f"s{number}")
        joins.append((other, column == other.id))
        column = getattr(other, step.name)
    return column, joins


def title_of(table: CatalogTable, values: dict[str, Any], id: int) -> str:
    """The title of a row from the values of its title fields."""
    return title_from([table.fields[name] for name in table.title], values, id)


def title_from(fields: Sequence[Field], values: dict[str, Any], id: int) -> str:
    """The shown values of the title fields, side by side; the row's number when none is shown."""
    shown = [
        field.type.show(values[field.name])
        for field in fields
        if field.name != "id" and values.get(field.name) not in (None, "", MASKED)
    ]
    return " ".join(shown) if shown else str(_("No. {id}").format(id=id))
