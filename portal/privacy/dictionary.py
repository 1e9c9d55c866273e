"""The data dictionary: every field of every table, with what the law says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.catalog import Catalog, CatalogTable
from portal.declare import DataType
from portal.i18n import Label, Text
from portal.register_catalogue import vocabulary


@dataclass(frozen=True, slots=True)
class Entry:
    """A field: where it stands, its kind of personal data (None: none), and how guarded it is."""

    table: str
    table_label: Label
    field: str
    label: Label
    data_type: DataType | None
    sensitive: bool
    secret: bool


def entries(tables: Iterable[CatalogTable]) -> Iterator[Entry]:
    """The fields of these tables, those that the portal itself keeps left out."""
    for table in tables:
        for field in table.fields.values():
            if not field.system:
                yield Entry(
                    table=table.name,
                    table_label=table.label,
                    field=field.name,
                    label=field.label,
                    data_type=field.data_type,
                    sensitive=field.sensitive,
                    secret=field.secret,
                )


def personal(catalog: Catalog, activity: str) -> tuple[Entry, ...]:
    """The personal fields that an activity records, in the order of its tables."""
    found = entries(catalog.tables_of(activity))
    return tuple(entry for entry in found if entry.data_type is not None)


def label_of(data_type: DataType) -> Text:
    """What a kind of personal data is called."""
    return vocabulary("data_categories")[str(data_type)]
