"""What every table is made of: the base model and the field types that peewee does not have."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    CharField,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
)

from portal.database import is_postgresql, is_sqlite, proxy
from portal.i18n import Label, _


def plugin_name(module: str) -> str:
    """The plugin's name from the module that declares a model: its package, `models` left out."""
    parts = module.split(".")
    while len(parts) > 1 and parts[-1] in ("models", "rules"):
        parts.pop()
    return parts[-1]


def _table_name(model: type[Model]) -> str:
    return f"{plugin_name(model.__module__)}_{model.__name__.lower()}"


def utc_now() -> datetime:
    """The present moment as the database keeps it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_uuid() -> str:
    """A random identity of a row, which outlives its key."""
    return uuid.uuid4().hex


class RowKey(BigAutoField):
    """A primary key that SQLite never gives twice.

    The journal would otherwise name the wrong person.
    """

    def ddl(self, ctx: Any) -> Any:
        node = super().ddl(ctx)
        if is_sqlite():
            node.nodes = (*node.nodes, SQL("AUTOINCREMENT"))
        return node


class FoldedKey(CharField):
    """The folded, indexed copy of a text field: what the table sorts by and is filtered by.

    Kept by the gate; its index is made with the table's others (`portal.schema`).
    """

    def __init__(self, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(max_length=1000, default="", **options)

    def ddl(self, ctx: Any) -> Any:
        """The column.

        PostgreSQL sorts it by bytes, as SQLite does, whatever the locale of the server.
        """
        node = super().ddl(ctx)
        if is_postgresql():
            node.nodes = (*node.nodes, SQL('COLLATE "C"'))
        return node


class LongTextField(TextField):
    """A text of several lines."""


class EmailField(CharField):
    """An e-mail address."""


class PhoneField(CharField):
    """A telephone number, kept as it was written."""


class LinkField(CharField):
    """A web address."""


class MoneyField(BigIntegerField):
    """An amount in the organisation's currency, kept as whole minor units (cents)."""


class RowNumberField(BigIntegerField):
    """The number of a row of a table that outlives this row; people see its title while it is."""

    def __init__(self, of: str, **options: Any) -> None:
        self.of = of
        super().__init__(**options)


class ScaledField(BigIntegerField):
    """A decimal number with a fixed number of places, kept as a whole number (1.25 with 2 places.

    125).
    """

    def __init__(self, places: int, **options: Any) -> None:
        self.places = places
        super().__init__(**options)


class OptionField(CharField):
    """One of a few values that the code itself relies on (a state, a verb).

    Not a list that people edit.
    """

    def __init__(self, options: Sequence[tuple[str, Label]], **keywords: Any) -> None:
        self.options = tuple(options)
        super().__init__(max_length=40, **keywords)


class TableNameField(CharField):
    """The name of a table of the catalog; people see its label."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=100, **keywords)


class AnyTableNameField(TableNameField):
    """The name of a table, "*" for all of them, or the name of one whose module is gone."""


class ProcessNameField(CharField):
    """The name of a process of the portal or of a kind of client; people see its words."""


class ListNameField(CharField):
    """The name of a typed list of the catalog; people see its label."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=100, **keywords)


class FieldNameField(CharField):
    """The name of a field of some table; people see its label."""


class NamesField(TextField):
    """Several names of the code (verbs, fields), kept as one line with spaces between.

    With `options`, these names are the only ones, and people see their words.
    """

    def __init__(self, options: Sequence[tuple[str, Label]] = (), **keywords: Any) -> None:
        self.options = tuple(options)
        super().__init__(**keywords)


class FieldNamesField(NamesField):
    """Names of fields, with spaces between, or "*" for all of them; people see their labels."""


class BareModel(Model):
    """The least that a table of the catalog has: a key never reused.

    For rows that are written once (a journal).
    """

    id = RowKey(verbose_name=_("Number"))

    class Meta:
        database = proxy
        legacy_table_names = False
        table_function = _table_name


class DomainModel(BareModel):
    """What a table has.

    A key never reused, an identity that outlives it, a version, and its dates (UTC).
    """

    uuid = CharField(max_length=32, unique=True, default=new_uuid)
    version = IntegerField(default=1)
    created_at = DateTimeField(default=utc_now, verbose_name=_("Created on"))
    updated_at = DateTimeField(default=utc_now, verbose_name=_("Updated on"))
    archived_at = DateTimeField(null=True, verbose_name=_("Archived on"))
    custom = TextField(default="{}")


class IdentifiedModel(DomainModel):
    """What a main table has beside: the identifiers that the portal makes of formulas.

    An external identifier no two rows share (or none), a full one, and a number within keys.
    """

    identifier = CharField(
        max_length=200, null=True, unique=True, verbose_name=_("External identifier")
    )
    full_identifier = CharField(max_length=200, default="", verbose_name=_("Full identifier"))
    custom_index = IntegerField(null=True, index=True, verbose_name=_("Custom index"))


IDENTIFIERS = ("identifier", "full_identifier", "custom_index")
"""The columns of `IdentifiedModel`; the gate alone writes them."""
