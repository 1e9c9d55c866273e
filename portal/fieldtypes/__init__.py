"""One class per type of field: how a value is stored, checked, read, shown and searched.

A field's type is found from the peewee field that declares it. Texts that machines exchange
(addresses, CSV) are canonical: ISO dates, a point for decimals, "true" and "false".
"""

from __future__ import annotations

from portal.fieldtypes.base import (
    EDGES,
    EMPTY,
    MASKED,
    FieldType,
    Masked,
    Reference,
    storable_text,
)
from portal.fieldtypes.chosen import (
    EVERY_TABLE,
    FIELD_NAMES,
    LIST_NAMES,
    TABLE_NAMES,
    AnyTableType,
    BooleanType,
    ChoiceType,
    OptionType,
    ReferenceType,
)
from portal.fieldtypes.kept import (
    KeptBooleanType,
    KeptDateType,
    KeptDecimalType,
    KeptIntegerType,
    SuggestedType,
)
from portal.fieldtypes.moments import DateTimeType, DateType
from portal.fieldtypes.numbers import (
    SMALL_INTEGER,
    DecimalType,
    IntegerType,
    KeyType,
    MoneyType,
    RowNumberType,
)
from portal.fieldtypes.texts import (
    EmailType,
    FieldNamesType,
    FieldNameType,
    KnownNamesType,
    LinkType,
    LongTextType,
    NamesType,
    PhoneType,
    ProcessType,
    field_words,
)

__all__ = [
    "EDGES",
    "EMPTY",
    "EVERY_TABLE",
    "FIELD_NAMES",
    "LIST_NAMES",
    "MASKED",
    "SMALL_INTEGER",
    "TABLE_NAMES",
    "AnyTableType",
    "BooleanType",
    "ChoiceType",
    "DateTimeType",
    "DateType",
    "DecimalType",
    "EmailType",
    "FieldNameType",
    "FieldNamesType",
    "FieldType",
    "IntegerType",
    "KeptBooleanType",
    "KeptDateType",
    "KeptDecimalType",
    "KeptIntegerType",
    "KeyType",
    "KnownNamesType",
    "LinkType",
    "LongTextType",
    "Masked",
    "MoneyType",
    "NamesType",
    "OptionType",
    "PhoneType",
    "ProcessType",
    "Reference",
    "ReferenceType",
    "RowNumberType",
    "SuggestedType",
    "field_words",
    "storable_text",
]
