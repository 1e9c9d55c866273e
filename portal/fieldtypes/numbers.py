"""Numbers: whole ones, decimals with fixed places, amounts of money, the numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from babel import numbers

from portal.errors import Invalid
from portal.fieldtypes.base import EDGES, FieldType
from portal.i18n import _, current_language

_LARGEST = 2**63 - 1
SMALL_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class IntegerType(FieldType):
    """A whole number, positive or negative."""

    largest: int = _LARGEST
    name: ClassVar[str] = "integer"
    widget: ClassVar[str] = "number"
    numeric: ClassVar[bool] = True
    operators: ClassVar[tuple[str, ...]] = ("equals", "before", "after", "between", "empty")
    blank: ClassVar[Any] = 0

    def dump(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(_("This is not a whole number."))
        if not -self.largest - 1 <= value <= self.largest:
            raise Invalid(_("This number is too large."))
        return value

    def parse(self, text: str) -> Any:
        cleaned = _digits(text)
        if not cleaned:
            return None
        try:
            return self.load(self.dump(int(cleaned)))
        except ValueError:
            raise Invalid(_("This is not a whole number.")) from None

    def show(self, value: Any) -> str:
        return "" if value is None else numbers.format_decimal(value, locale=current_language())

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class RowNumberType(IntegerType):
    """The number of a row that may be gone: it is kept as a number and refers to nothing."""

    target: str = ""
    name: ClassVar[str] = "row_number"
    numeric: ClassVar[bool] = False


def _digits(text: str) -> str:
    cleaned = "".join(text.split()).replace("\u202f", "").replace("\u2212", "-")
    if len(cleaned) > 40 or "_" in cleaned:
        raise Invalid(_("This number is too large."))
    return cleaned


@dataclass(frozen=True, slots=True)
class KeyType(IntegerType):
    """The number of a row."""

    name: ClassVar[str] = "key"

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class DecimalType(IntegerType):
    """A decimal number with a fixed number of places, stored as a whole number."""

    places: int = 2
    name: ClassVar[str] = "decimal"
    widget: ClassVar[str] = "decimal"
    blank: ClassVar[Any] = Decimal(0)

    def load(self, raw: Any) -> Any:
        return None if raw is None else Decimal(raw).scaleb(-self.places)

    def dump(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise Invalid(_("This is not a number."))
        number = Decimal(value)
        if not number.is_finite() or abs(number) > Decimal(10) ** 15:
            raise Invalid(_("This number is too large."))
        scaled = number.scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise Invalid(
                _("This number has more than {places} decimals.").format(places=self.places)
            )
        return int(scaled)

    def parse(self, text: str) -> Any:
        cleaned = _digits(text).replace(",", ".").rstrip("€")
        if not cleaned:
            return None
        try:
            number = Decimal(cleaned)
        except InvalidOperation:
            raise Invalid(_("This is not a number.")) from None
        return self.load(self.dump(number))

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        pattern = "#,##0." + "0" * self.places
        return numbers.format_decimal(value, format=pattern, locale=current_language())


@dataclass(frozen=True, slots=True)
class MoneyType(DecimalType):
    """An amount in the organisation's currency."""

    name: ClassVar[str] = "money"

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        return numbers.format_currency(value, EDGES.currency, locale=current_language())
