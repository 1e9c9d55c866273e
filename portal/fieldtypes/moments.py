"""Days and moments: ISO in text, UTC in the database, the organisation's zone for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, ClassVar

from babel import dates

from portal.errors import Invalid
from portal.fieldtypes.base import EDGES, FieldType
from portal.i18n import _, current_language

_DATE_LIMITS = (date(1800, 1, 1), date(9999, 12, 31))


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
        return _day_shown(value.year, value.month, value.day, current_language())

    def words(self, value: Any) -> str:
        return ""


def _iso_day(text: str) -> str:
    parts = text.split("/")
    if len(parts) == 3 and len(parts[2]) == 4:
        return f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    return text


@lru_cache(maxsize=8_192)
def _day_shown(year: int, month: int, day: int, spoken: str) -> str:
    """A day in words; kept, because Babel reads its pattern anew for each cell of a list."""
    if spoken == "fr":
        return f"{day:02}/{month:02}/{year:04}"
    return f"{day} {_months(spoken)[month]} {year:04}"


@lru_cache(maxsize=8)
def _months(spoken: str) -> Mapping[int, str]:
    names: Mapping[int, str] = dates.get_month_names("abbreviated", locale=spoken)
    return names


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
            return self.dump(local.astimezone(UTC).replace(tzinfo=None))
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
        local = _local(value)
        day = _day_shown(local.year, local.month, local.day, current_language())
        return f"{day} {local.hour:02}:{local.minute:02}"

    def plain(self, value: Any) -> Any:
        return None if value is None else _local(value).replace(tzinfo=None)


def written(raw: str | datetime | None) -> str:
    """A moment of the database as `DateTimeType.write` gives it, for exports of millions of them.

    A zone is whole minutes away from UTC nowadays: only the minute is worked out, once.
    """
    if raw is None:
        return ""
    text = raw if isinstance(raw, str) else raw.isoformat(" ")
    if text < WHOLE_MINUTES:
        return DateTimeType().write(datetime.fromisoformat(text))
    return _minute(text[:16], EDGES.zone) + (text[16:19] or ":00")


WHOLE_MINUTES = "1980"
"""Since then no zone is a fraction of a minute away from UTC."""


@lru_cache(maxsize=4_096)
def _minute(text: str, zone: tzinfo) -> str:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone)
    return moment.strftime("%Y-%m-%d %H:%M")


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(EDGES.zone)
