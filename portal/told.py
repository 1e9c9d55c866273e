"""What is told of rows that are written: the persons whom they are about, old and new values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.catalog import CatalogTable
from portal.database import among_ids, proxy
from portal.fields import Field
from portal.holds import chunks


def persons_of(table: CatalogTable, ids: Sequence[int]) -> list[int]:
    """The persons whom these rows are about."""
    return list(persons_by_row(table, ids).values())


def persons_by_row(table: CatalogTable, ids: Sequence[int]) -> dict[int, int]:
    """The person whom each of these rows is about; rows about nobody are left out."""
    if table.subject is None:
        return {}
    if not table.subject.steps:
        return {id: id for id in ids}
    found: dict[int, int] = {}
    for part in chunks(ids):
        alias = table.model.alias("t")
        column: Any = getattr(alias, table.subject.steps[0].name)
        query = alias.select()
        for number, step in enumerate(table.subject.steps[1:]):
            other = table.subject.steps[number].column.rel_model.alias(f"s{number}")
            query = query.join_from(alias, other, on=(column == other.id))
            column = getattr(other, step.name)
        query = query.select(alias.id, column).where(among_ids(alias.id, part))
        rows = proxy.obj.execute(query).fetchall()
        found |= {id: person for id, person in rows if person is not None}
    return found


def audited_texts(
    table: CatalogTable,
    current: Mapping[str, Any],
    stored: Mapping[str, Any],
    names: Sequence[str] | None = None,
) -> dict[str, tuple[str, str]]:
    """The old and the new text of each audited field (or of each of `names`) among those stored."""
    asked = table.audited if names is None else names
    return {
        name: (_text(table.fields[name], current[name]), _text(table.fields[name], stored[name]))
        for name in asked
        if name in stored
    }


def texts_of(
    table: CatalogTable, stored: Mapping[str, Any], names: Sequence[str]
) -> dict[str, str]:
    """The canonical text of some fields of a row; a reference is the number of its row."""
    return {name: _text(table.fields[name], stored[name]) for name in names if name in stored}


def _text(field: Field, stored: Any) -> str:
    if stored is None:
        return ""
    if field.target or field.type.name == "choice":
        return str(stored)
    return str(field.type.write(field.type.load(stored)))
