"""Periods on the calendar: ten years are ten anniversaries, never 3,650 days.

Days are only shown. A minimum is shown rounded up and a maximum rounded down, so that nobody who
counts days deletes too early or keeps too long.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from portal.declare import Period, Retention, Unit
from portal.i18n import gettext, ngettext

_MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}
_CYCLE = tuple(date(year, month, 1) for year in range(2000, 2005) for month in range(1, 13))
_EARLIEST = date(1, 1, 1)
LONGEST_YEARS, LONGEST_MONTHS = 100, 24


def limit(today: date, period: Period) -> date:
    """The day before which a date is older than `period`; a lacking day is the month's last.

    A date of 29 February is older than one year on 1 March of the next one, never on 28 February.
    """
    if period.unit is Unit.DAYS:
        earliest = today.toordinal() - period.value
        return date.fromordinal(earliest) if earliest > 0 else _EARLIEST
    return _months_before(today, period.value * _MONTHS[period.unit])


def _months_before(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    if year < 1:
        return _EARLIEST
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_limit(today: date, retention: Retention) -> date:
    """The limit of a retention: its period, or its legal minimum where that is longer."""
    found = limit(today, retention.period)
    return min(found, limit(today, retention.minimum)) if retention.minimum else found


def most_days(period: Period) -> int:
    """The days of a period rounded up (1 year 366, 10 years 3,653), as a minimum is shown."""
    if period.unit is Unit.DAYS:
        return period.value
    months = period.value * _MONTHS[period.unit]
    return max((day - _months_before(day, months)).days for day in _ends(months))


def _ends(months: int) -> list[date]:
    """The first of each month of a leap cycle, far enough from year 1."""
    return [date(day.year + months // 12, day.month, 1) for day in _CYCLE]


def least_days(period: Period) -> int:
    """The days of a period rounded down (1 month 30, 1 year 365), as a maximum is shown."""
    if period.unit is Unit.DAYS:
        return period.value
    months = period.value * _MONTHS[period.unit]
    return months * 1461 // 48


def shown_days(retention: Retention) -> int:
    """The retention in days as a list shows it: rounded up, unless that exceeds the maximum."""
    longest = longer(retention.period, retention.minimum)
    found = most_days(longest)
    if retention.maximum and found > least_days(retention.maximum):
        return max(least_days(longest), most_days(retention.minimum) if retention.minimum else 0)
    return found


def longer(period: Period, minimum: Period | None) -> Period:
    """The period, or the legal minimum where that is longer."""
    if minimum is None or most_days(minimum) <= most_days(period):
        return period
    return minimum


def in_words(period: Period | None) -> str:
    """The period with its days, rounded up: "10 years (3,653 days)"; empty for none."""
    if period is None:
        return ""
    if period.unit is Unit.DAYS or not period.value:
        return text(period)
    days = text(Period(most_days(period), Unit.DAYS))
    return f"{text(period)} ({days})"


def at_most(maximum: Period | None) -> str:
    """A maximum in words, its days as the years or months that they stand for; empty for none."""
    return text(_whole(maximum)) if maximum else ""


def _whole(period: Period) -> Period:
    """1,826 and 1,827 days are 5 years, 457 are 15 months; 100 days stay days."""
    if period.unit is not Unit.DAYS:
        return period
    for unit, most in ((Unit.YEARS, LONGEST_YEARS), (Unit.MONTHS, LONGEST_MONTHS)):
        count = round(period.value / 365.25 * 12 / _MONTHS[unit])
        same = Period(count, unit)
        if 0 < count <= most and least_days(same) <= period.value <= most_days(same):
            return same
    return period


def text(period: Period) -> str:
    """The period in words of the current language: "1 year", "6 months"."""
    if not period.value:
        return gettext("no period of its own")
    words = {
        Unit.DAYS: ngettext("{n} day", "{n} days", period.value),
        Unit.MONTHS: ngettext("{n} month", "{n} months", period.value),
        Unit.YEARS: ngettext("{n} year", "{n} years", period.value),
    }
    return words[period.unit].format(n=period.value)
