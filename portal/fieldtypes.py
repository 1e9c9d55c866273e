"""One class per type of field: how a value is stored, checked, read from text, shown, searched and blanked.

A field's type is found from the peewee field that declares it. Texts that machines exchange (addresses, CSV) are
canonical: ISO dates, a point for decimals, "true" and "false".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from babel import dates, numbers

from portal.errors import Invalid
from portal.i18n import Label, Text, _, current_language

EMPTY = "–"
_LARGEST = 2**63 - 1
SMALL_INTEGER = 2**31 - 1
_DATE_LIMITS = (date(1800, 1, 1), date(9999, 12, 31))


@dataclass(slots=True)
class Edges:
    """What the organisation speaks at the edges: its zone and its currency. Set once by the settings."""

    zone: ZoneInfo = ZoneInfo("Europe/Paris")
    currency: str = "EUR"


EDGES = Edges()


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference of a row: the target's id and title; both None when the target is out of reach."""

    id: int | None
    title: Label | None

    @property
    def accessible(self) -> bool:
        """False when the target exists but is out of this actor's reach."""
        return self.id is not None

    def __str__(self) -> str:
        return str(_("(not accessible)")) if self.title is None else str(self.title)


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that exists but is not shown to this actor."""

    def __str__(self) -> str:
        return "••••"


MASKED = Masked()


def storable_text(text: str) -> bool:
    """True unless the text holds what no database keeps: a NUL, half of a character."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


@dataclass(frozen=True, slots=True)
class FieldType:
    """Text of one line; the other types refine it."""

    max_length: int | None = None
    name: ClassVar[str] = "text"
    widget: ClassVar[str] = "text"
    numeric: ClassVar[bool] = False
    operators: ClassVar[tuple[str, ...]] = ("equals", "contains", "empty")
    blank: ClassVar[Any] = ""

    def load(self, raw: Any) -> Any:
        """The value from what the database gave."""
        return raw

    def dump(self, value: Any) -> Any:
        """What the database stores for a value; raises Invalid when it is not of this type."""
        if not isinstance(value, str):
            raise Invalid(_("This is not a text."))
        if not storable_text(value):
            raise Invalid(_("This text contains a character that is no text."), _("Type it again."))
        if self.max_length is not None and len(value) > self.max_length:
            raise Invalid(
                _("This text has more than {limit} characters.").format(limit=self.max_length)
            )
        return value

    def parse(self, text: str) -> Any:
        """The value from canonical text (form, filter, CSV); raises Invalid."""
        return self.dump(text.replace("\r\n", "\n").strip())

    def write(self, value: Any) -> str:
        """Canonical text, which `parse` reads back as the same value."""
        return "" if value is None else str(value)

    def show(self, value: Any) -> str:
        """The value for a person, in their language."""
        return self.write(value)

    def plain(self, value: Any) -> Any:
        """The value as a document template gets it: text, number, date, boolean or None."""
        return value

    def words(self, value: Any) -> str:
        """The text that the search index keeps; empty when the type is not searched."""
        return self.write(value)


@dataclass(frozen=True, slots=True)
class LongTextType(FieldType):
    """Text of several lines."""

    name: ClassVar[str] = "longtext"
    widget: ClassVar[str] = "textarea"


@dataclass(frozen=True, slots=True)
class EmailType(FieldType):
    """An e-mail address; only its shape is checked."""

    name: ClassVar[str] = "email"
    widget: ClassVar[str] = "email"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        before, at, after = value.partition("@")
        if value and (not before or not at or "." not in after or any(c.isspace() for c in value)):
            raise Invalid(_("This is not an e-mail address."), _("Write it as name@example.org."))
        return value


@dataclass(frozen=True, slots=True)
class PhoneType(FieldType):
    """A telephone number, kept as written."""

    name: ClassVar[str] = "phone"
    widget: ClassVar[str] = "tel"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        if value and not set(value) <= set("+0123456789 .-/()x"):
            raise Invalid(_("A telephone number holds digits, spaces and + . - ( ) only."))
        return value


@dataclass(frozen=True, slots=True)
class LinkType(FieldType):
    """A web address, http or https only."""

    name: ClassVar[str] = "link"
    widget: ClassVar[str] = "url"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        if value and not value.startswith(("https://", "http://")):
            raise Invalid(_("A web address begins with https:// or http://."))
        return value


@dataclass(frozen=True, slots=True)
class NamesType(FieldType):
    """Names of the code, with spaces between."""

    name: ClassVar[str] = "names"

    def parse(self, text: str) -> str:
        return " ".join(str(FieldType.parse(self, text)).split())


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


@dataclass(frozen=True, slots=True)
class BooleanType(FieldType):
    """Yes or no."""

    name: ClassVar[str] = "boolean"
    widget: ClassVar[str] = "checkbox"
    operators: ClassVar[tuple[str, ...]] = ("equals",)
    blank: ClassVar[Any] = False

    def load(self, raw: Any) -> Any:
        return None if raw is None else bool(raw)

    def dump(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise Invalid(_("This is neither yes nor no."))
        return value

    def parse(self, text: str) -> Any:
        word = text.strip().casefold()
        if word in ("true", "1", "yes", "oui", "on", "vrai"):
            return True
        if word in ("false", "0", "no", "non", "off", "faux", ""):
            return False
        raise Invalid(_("This is neither yes nor no."))

    def write(self, value: Any) -> str:
        return "" if value is None else ("true" if value else "false")

    def show(self, value: Any) -> str:
        return "" if value is None else str(_("Yes") if value else _("No"))

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class DateType(FieldType):
    """A day."""

    name: ClassVar[str] = "date"
    widget: ClassVar[str] = "date"
    operators: ClassVar[tuple[str, ...]] = ("equals", "before", "after", "between", "empty")
    blank: ClassVar[Any] = None

    def load(self, raw: Any) -> Any:
        return date.fromisoformat(raw[:10]) if isinstance(raw, str) else raw

    def dump(self, value: Any) -> Any:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise Invalid(_("This is not a date."))
        if not _DATE_LIMITS[0] <= value <= _DATE_LIMITS[1]:
            raise Invalid(_("This date is out of range."), _("Use a year from 1800 to 9999."))
        return value

    def parse(self, text: str) -> Any:
        cleaned = text.strip()
        if not cleaned:
            return None
        try:
            return self.dump(date.fromisoformat(_iso_day(cleaned)))
        except ValueError:
            raise Invalid(
                _("'{text}' is not a date.").format(text=cleaned[:40]),
                _("Write it as 2026-12-31 or 31/12/2026."),
            ) from None

    def write(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        return dates.format_date(value, format=_day_pattern(), locale=current_language())

    def words(self, value: Any) -> str:
        return ""


def _iso_day(text: str) -> str:
    parts = text.split("/")
    if len(parts) == 3 and len(parts[2]) == 4:
        return f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    return text


def _day_pattern() -> str:
    return "dd/MM/yyyy" if current_language() == "fr" else "d MMM yyyy"


@dataclass(frozen=True, slots=True)
class DateTimeType(DateType):
    """A moment: UTC in the database, the organisation's zone for people and in text."""

    name: ClassVar[str] = "datetime"
    widget: ClassVar[str] = "datetime-local"

    def load(self, raw: Any) -> Any:
        return datetime.fromisoformat(raw) if isinstance(raw, str) else raw

    def dump(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            raise Invalid(_("This is not a date and time."))
        if value.tzinfo is not None:
            raise Invalid(_("A date and time reaches the database in UTC, without a zone."))
        if not _DATE_LIMITS[0] <= value.date() <= _DATE_LIMITS[1]:
            raise Invalid(_("This date is out of range."), _("Use a year from 1800 to 9999."))
        return value

    def parse(self, text: str) -> Any:
        cleaned = text.strip().replace("T", " ")
        if not cleaned:
            return None
        day, _gap, clock = cleaned.partition(" ")
        try:
            local = datetime.fromisoformat(f"{_iso_day(day)} {clock or '00:00'}")
            if local.tzinfo is None:
                local = local.replace(tzinfo=EDGES.zone)
            return self.dump(local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None))
        except (ValueError, OverflowError):
            raise Invalid(
                _("'{text}' is not a date and time.").format(text=cleaned[:40]),
                _("Write it as 2026-12-31 18:30."),
            ) from None

    def write(self, value: Any) -> str:
        return "" if value is None else _local(value).strftime("%Y-%m-%d %H:%M:%S")

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        clock = "HH:mm"
        return dates.format_datetime(
            _local(value), format=f"{_day_pattern()} {clock}", locale=current_language()
        )

    def plain(self, value: Any) -> Any:
        return None if value is None else _local(value).replace(tzinfo=None)


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(EDGES.zone)


@dataclass(frozen=True, slots=True)
class OptionType(FieldType):
    """One of the few values that the code relies on."""

    options: Mapping[str, Label] = ()  # type: ignore[assignment]  # always given by `type_of`
    name: ClassVar[str] = "option"
    widget: ClassVar[str] = "select"
    operators: ClassVar[tuple[str, ...]] = ("equals", "empty")

    def dump(self, value: Any) -> Any:
        if value not in self.options:
            known = ", ".join(str(key) for key in self.options if key)
            raise Invalid(
                _("'{value}' is not one of the values.").format(value=str(value)[:40]),
                _("Known: {known}.").format(known=known),
            )
        return str(value)

    def show(self, value: Any) -> str:
        return str(self.options.get(value, value) or "")

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ReferenceType(FieldType):
    """A reference to a row of another table; the value is a Reference, or an id when it is written."""

    target: str = ""
    name: ClassVar[str] = "reference"
    widget: ClassVar[str] = "reference"
    operators: ClassVar[tuple[str, ...]] = ("equals", "empty")
    blank: ClassVar[Any] = None

    def dump(self, value: Any) -> Any:
        key = value.id if isinstance(value, Reference) else value
        return KeyType().dump(key)

    def parse(self, text: str) -> Any:
        return KeyType().parse(text)

    def write(self, value: Any) -> str:
        return "" if value is None or value.id is None else str(value.id)

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def plain(self, value: Any) -> Any:
        return None if value is None else str(value)

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ChoiceType(ReferenceType):
    """A choice of a typed list; written by its id or its slug."""

    list_name: str = ""
    name: ClassVar[str] = "choice"
    widget: ClassVar[str] = "choice"


def show_text(value: object) -> str:
    """Any value of the code for a person: dates, amounts and labels in their language."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return BooleanType().show(value)
    if isinstance(value, datetime):
        return DateTimeType().show(value)
    if isinstance(value, date):
        return DateType().show(value)
    if isinstance(value, int):
        return IntegerType().show(value)
    if isinstance(value, Text):
        return str(value)
    return str(value)
