"""Fields: a column of a table with its label, its type and what the law says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import peewee

from portal import models
from portal.choice import Choice, ChoiceField
from portal.custom_columns import CustomColumn
from portal.declare import DataType, Table
from portal.errors import DeclarationError
from portal.fieldtypes import (
    EVERY_TABLE,
    LIST_NAMES,
    SMALL_INTEGER,
    TABLE_NAMES,
    AnyTableType,
    BooleanType,
    ChoiceType,
    DateTimeType,
    DateType,
    DecimalType,
    EmailType,
    FieldNamesType,
    FieldNameType,
    FieldType,
    IntegerType,
    KeyType,
    KnownNamesType,
    LinkType,
    LongTextType,
    MoneyType,
    NamesType,
    OptionType,
    PhoneType,
    ProcessType,
    ReferenceType,
    RowNumberType,
)
from portal.i18n import Label

HIDDEN = ("uuid", "version", "archived_at", "custom")
SYSTEM = ("id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table, real or custom: no consumer asks which.

    `searched` is None where the table says whether it is searched; `audited` asks to keep the old
    values of a field that the table itself does not name for its history; `least` and `most` bound
    what is written anew; `kept_months` notes how long its values are to be kept.
    """

    name: str
    table: str
    label: Label
    type: FieldType
    column: Any
    required: bool = False
    system: bool = False
    data_type: DataType | None = None
    not_personal: bool = False
    sensitive: bool = False
    disclosed: bool = False
    secret: bool = False
    derived: bool = False
    target: str = ""
    folded: str = ""
    indexed: bool = False
    help: Label = ""
    searched: bool | None = None
    audited: bool = False
    shown: bool = True
    in_forms: bool = True
    section: Label = ""
    least: Any = None
    most: Any = None
    kept_months: int | None = None

    def expression(self, alias: Any, *, key: bool = False) -> Any:
        """The stored value in SQL, in the rows of `alias`; with `key`, what it is sorted by."""
        if isinstance(self.column, CustomColumn):
            return self.column.expression(alias)
        return getattr(alias, self.order_column if key else self.name)

    @property
    def default(self) -> Any:
        """The value of a new row that says none, as stored; None when there is none."""
        default = self.column.default
        return default() if callable(default) else default

    @property
    def order_column(self) -> str:
        """The name of the column that the field is sorted and compared by."""
        return self.folded or self.name


def fields_of(
    table: str, declaration: Table, names: Mapping[type[Any], str], plugin: str
) -> Mapping[str, Field]:
    """The fields of a declared table, in the order of its model.

    Raises DeclarationError for a type unknown here.
    """
    meta = declaration.model._meta
    folded = {
        column.source: column.name
        for column in meta.sorted_fields
        if isinstance(column, models.FoldedKey)
    }
    found: dict[str, Field] = {}
    for column in meta.sorted_fields:
        name = column.name
        if name in HIDDEN or isinstance(column, models.FoldedKey):
            continue
        target = _target(table, column, names)
        kept = name in models.IDENTIFIERS and issubclass(declaration.model, models.IdentifiedModel)
        about = kept and any(title in declaration.personal for title in declaration.title)
        found[name] = Field(
            name=name,
            table=table,
            label=column.verbose_name or name,
            type=type_of(table, column, target, plugin),
            column=column,
            required=not column.null and column.default is None and name != "id",
            system=name in SYSTEM,
            data_type=declaration.personal.get(name) or (DataType.IDENTITY if about else None),
            not_personal=name in declaration.not_personal or (kept and not about),
            sensitive=name in declaration.sensitive,
            disclosed=name in declaration.disclosed,
            secret=name in declaration.secret,
            derived=name in declaration.derived or kept,
            target=target,
            folded=folded.get(name, ""),
            help=column.help_text or "",
            indexed=bool(column.index or column.unique or name in folded or name == "id" or target),
        )
    return MappingProxyType(found)


def searched_of(declaration: Table, fields: Mapping[str, Field]) -> tuple[str, ...]:
    """The fields whose words the search index keeps: those declared, or all texts; custom ones."""
    if declaration.read_only:
        return ()
    textual = ("text", "longtext", "email", "phone")
    own = declaration.searched or [
        field.name
        for field in fields.values()
        if field.searched is None and field.type.name in textual and not field.secret
    ]
    return (*own, *(field.name for field in fields.values() if field.searched))


def _target(table: str, column: peewee.Field, names: Mapping[type[Any], str]) -> str:
    if not isinstance(column, peewee.ForeignKeyField) or isinstance(column, ChoiceField):
        return ""
    if column.rel_model is Choice and Choice not in names:
        return ""
    if column.rel_model not in names:
        raise DeclarationError(
            f"'{table}.{column.name}' refers to {column.rel_model.__name__}, "
            "which no plugin declares.",
            "Declare that table, or install the plugin that does.",
        )
    return names[column.rel_model]


def type_of(table: str, column: peewee.Field, target: str, plugin: str) -> FieldType:
    """The type of a peewee field. Raises DeclarationError when the portal has none for it."""
    if isinstance(column, ChoiceField):
        owner = plugin_of_list(column, plugin)
        return ChoiceType(list_name=f"{owner}.{column.choice_list.name}")
    if target:
        return ReferenceType(target=target)
    if isinstance(column, models.AnyTableNameField):
        return AnyTableType(max_length=column.max_length, options=EVERY_TABLE)
    if isinstance(column, models.TableNameField):
        return OptionType(options=TABLE_NAMES)
    if isinstance(column, models.ListNameField):
        return OptionType(options=LIST_NAMES)
    if isinstance(column, models.OptionField):
        return OptionType(options=MappingProxyType({str(k): v for k, v in column.options}))
    if isinstance(column, models.NamesField) and column.options:
        return KnownNamesType(options=MappingProxyType(dict(column.options)))
    if isinstance(column, models.RowNumberField):
        return RowNumberType(target=column.of)
    if isinstance(column, models.ScaledField):
        return DecimalType(places=column.places)
    if type(column) is peewee.IntegerField:
        return IntegerType(largest=SMALL_INTEGER)
    for kind, made in _TYPES:
        if isinstance(column, kind):
            length = getattr(column, "max_length", None)
            return made(max_length=length) if issubclass(kind, peewee.CharField) else made()
    raise DeclarationError(
        f"'{table}.{column.name}' is a {type(column).__name__}, "
        "for which the portal has no field type.",
        "Money is declare.MoneyField; other decimals are declare.ScaledField.",
    )


def plugin_of_list(column: ChoiceField, plugin: str) -> str:
    """The plugin that a choice list belongs to: the one that declares it, else the field's own."""
    return column.choice_list.plugin or plugin


_TYPES: tuple[tuple[type[Any], type[FieldType]], ...] = (
    (models.MoneyField, MoneyType),
    (models.RowKey, KeyType),
    (models.EmailField, EmailType),
    (models.PhoneField, PhoneType),
    (models.LinkField, LinkType),
    (models.FieldNamesField, FieldNamesType),
    (models.NamesField, NamesType),
    (models.LongTextField, LongTextType),
    (peewee.BooleanField, BooleanType),
    (peewee.DateTimeField, DateTimeType),
    (peewee.DateField, DateType),
    (peewee.AutoField, KeyType),
    (peewee.IntegerField, IntegerType),
    (models.FieldNameField, FieldNameType),
    (models.ProcessNameField, ProcessType),
    (peewee.CharField, FieldType),
    (peewee.TextField, LongTextType),
)
