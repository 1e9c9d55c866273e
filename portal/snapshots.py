"""What each plugin declared, kept so that the rows of one that is gone can be exported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import BooleanField, DateField, DateTimeField, Field, ForeignKeyField, Query, Table

from portal.choice import ChoiceField
from portal.database import is_sqlite, proxy
from portal.declare import SELF
from portal.declare import Table as Declaration
from portal.fieldtypes import (
    BooleanType,
    DateTimeType,
    DateType,
    DecimalType,
    FieldType,
    MoneyType,
)
from portal.i18n import Label, Text, language
from portal.models import FoldedKey, MoneyField, ScaledField

_TABLE = """CREATE TABLE IF NOT EXISTS portal_snapshot (
    table_name VARCHAR(200) PRIMARY KEY, plugin VARCHAR(100) NOT NULL, facts TEXT NOT NULL)"""


_LEFT_OUT = ("uuid", "version", "archived_at")
_KINDS: tuple[tuple[type[Field], str], ...] = (
    (ChoiceField, "choice"),
    (ForeignKeyField, "reference"),
    (MoneyField, "money"),
    (BooleanField, "boolean"),
    (DateTimeField, "datetime"),
    (DateField, "date"),
)


_TYPES: Mapping[str, FieldType] = {
    "boolean": BooleanType(),
    "date": DateType(),
    "datetime": DateTimeType(),
    "money": MoneyType(),
}


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column of a table whose plugin is gone.

    `kind` names the type of its values ("text" when it is none of the others; "decimal:2" for a
    number with two places); `disclosed` ones open only with the right to disclose.
    """

    name: str
    column: str
    label: Text
    data_type: str
    kind: str = "text"
    disclosed: bool = False


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table whose plugin is gone: its rows are still there, and someone may ask for them.

    `subject` is the column that holds the person's id, empty when the path was longer (the rows
    are `personal` then) or when they are about nobody. `not_in_access` is the reason for which its
    rows are in no access document.
    """

    name: str
    plugin: str
    stored_as: str
    label: Text
    activity: str
    subject: str
    columns: tuple[KeptColumn, ...]
    personal: bool = False
    not_in_access: Text = Text("", "")

    def rows(self) -> Query:
        """The rows as tuples in the order of `columns`, as a query; for the guard's use only."""
        table = Table(self.stored_as)
        return table.select(*(getattr(table.c, column.column) for column in self.columns)).tuples()


def type_of_kept(column: KeptColumn) -> FieldType:
    """The type of the values of a kept column: what shows and writes them."""
    kind, _colon, places = column.kind.partition(":")
    if kind == "decimal":
        return DecimalType(places=int(places))
    return _TYPES.get(kind, FieldType())


def create() -> None:
    """Create the table of the snapshots."""
    proxy.execute_sql(_TABLE)


def keep(name: str, plugin: str, declaration: Declaration) -> None:
    """Keep what a table is, in place of what was kept of it."""
    mark = "?" if is_sqlite() else "%s"
    proxy.execute_sql(
        f"INSERT INTO portal_snapshot (table_name, plugin, facts) VALUES ({mark}, {mark}, {mark})"  # noqa: S608 - marks only
        " ON CONFLICT (table_name) DO UPDATE SET plugin = excluded.plugin, facts = excluded.facts",
        (name, plugin, json.dumps(facts(declaration), ensure_ascii=False, sort_keys=True)),
    )


def facts(declaration: Declaration) -> Mapping[str, Any]:
    """What a snapshot says of a declared table."""
    meta = declaration.model._meta
    subject = declaration.subject
    shown = [
        field
        for field in meta.sorted_fields
        if field.name not in (*declaration.secret, *_LEFT_OUT) and not isinstance(field, FoldedKey)
    ]
    if subject == SELF:
        subject = "id"
    elif subject in meta.fields:
        subject = meta.fields[subject].column_name
    else:
        subject = ""
    return {
        "stored_as": meta.table_name,
        "label": _both(declaration.label),
        "activity": declaration.activity.name if declaration.activity else "",
        "subject": subject,
        "personal": bool(declaration.subject),
        "not_in_access": _both(declaration.not_in_access),
        "columns": [
            {
                "name": field.name,
                "column": field.column_name,
                "label": _both(field.verbose_name or field.name),
                "data_type": str(declaration.personal.get(field.name, "")),
                "kind": _kind(field),
                "disclosed": field.name in declaration.disclosed,
            }
            for field in shown
        ],
    }


def _kind(field: Field) -> str:
    if isinstance(field, ScaledField):
        return f"decimal:{field.places}"
    return next((kind for made, kind in _KINDS if isinstance(field, made)), "text")


def missing(tables: Iterable[str]) -> tuple[KeptTable, ...]:
    """The tables of the database that are none of `tables` (names), in alphabetical order."""
    known, stored = set(tables), set(proxy.get_tables())
    rows = proxy.execute_sql("SELECT table_name, plugin, facts FROM portal_snapshot ORDER BY 1")
    found = []
    for name, plugin, text in rows.fetchall():
        kept = json.loads(text)
        if name not in known and kept["stored_as"] in stored:
            found.append(_read(name, plugin, kept))
    return tuple(found)


def _read(name: str, plugin: str, kept: Mapping[str, Any]) -> KeptTable:
    return KeptTable(
        name=name,
        plugin=plugin,
        stored_as=kept["stored_as"],
        label=Text.of(kept["label"]),
        activity=kept["activity"],
        subject=kept["subject"],
        columns=tuple(
            KeptColumn(
                c["name"],
                c["column"],
                Text.of(c["label"]),
                c["data_type"],
                c.get("kind", "text"),
                c.get("disclosed", False),
            )
            for c in kept["columns"]
        ),
        personal=kept.get("personal", any(c["data_type"] for c in kept["columns"])),
        not_in_access=Text.of(kept.get("not_in_access", {})),
    )


def _both(label: Label) -> dict[str, str]:
    spoken = {}
    for code in ("fr", "en"):
        with language(code):
            spoken[code] = str(label)
    return spoken
