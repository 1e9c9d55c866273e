"""The types of custom fields where they differ: what SQL reads from JSON is text or a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from babel import numbers

from portal.fieldtypes.base import FieldType
from portal.fieldtypes.chosen import BooleanType
from portal.fieldtypes.moments import DateType
from portal.fieldtypes.numbers import DecimalType, IntegerType
from portal.i18n import current_language


@dataclass(frozen=True, slots=True)
class KeptIntegerType(IntegerType):
    """A whole number; PostgreSQL reads it from JSON as a decimal."""

    def load(self, raw: Any) -> Any:
        return None if raw is None else int(raw)


@dataclass(frozen=True, slots=True)
class KeptDecimalType(DecimalType):
    """A decimal number, shown without the zeros at its end."""

    places: int = 3

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        pattern = "#,##0." + "#" * self.places
        return numbers.format_decimal(value, format=pattern, locale=current_language())

    def write(self, value: Any) -> str:
        if value is None:
            return ""
        text = f"{Decimal(value):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class KeptBooleanType(BooleanType):
    """Yes, no, or not said yet."""

    operators: ClassVar[tuple[str, ...]] = ("equals", "empty")


@dataclass(frozen=True, slots=True)
class KeptDateType(DateType):
    """A day, kept as ISO text on both databases."""

    def load(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        try:
            return date.fromisoformat(raw)
        except ValueError:  # a text that looks like a day, before its field became a date
            return None

    def dump(self, value: Any) -> Any:
        return DateType.dump(self, value).isoformat()

    def parse(self, text: str) -> Any:
        return self.load(DateType.parse(self, text))


@dataclass(frozen=True, slots=True)
class SuggestedType(FieldType):
    """A text of one line; the values that other rows hold are offered while it is typed."""

    name: ClassVar[str] = "suggested"
    widget: ClassVar[str] = "suggested"
