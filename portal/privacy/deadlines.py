"""When a request of a data subject is due (GDPR art. 12(3), Regulation 1182/71), and a breach.

Months are counted on the calendar: the same day of a later month, its last day when it lacks that
day. A term that ends on a Saturday, a Sunday or a public holiday of France runs to the next working
day. The lengths are settings, because the law may change them.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from portal.errors import Invalid
from portal.i18n import _

SATURDAY = 5
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
REMINDERS = (15, 7, 1)
"""The days before the term on which who treats a request is reminded."""
SOON = REMINDERS[0]


@dataclass(slots=True)
class _Terms:
    answer: int = 1
    extension: int = 2
    breach: int = 72


_terms = _Terms()


def configure(answer_months: int, extension_months: int, breach_hours: int = 72) -> None:
    """Set the lengths that the settings of this process say."""
    _terms.answer, _terms.extension = answer_months, extension_months
    _terms.breach = breach_hours


def due(received: date) -> date:
    """The day by which a request is answered."""
    return next_working_day(months_after(received, _terms.answer))


def extended(received: date) -> date:
    """The day by which an extended request is answered: counted from its receipt."""
    return next_working_day(months_after(received, _terms.answer + _terms.extension))


def breach_due(discovered: datetime) -> datetime:
    """The moment by which a breach is notified: hours from awareness, nights and Sundays too."""
    return discovered + timedelta(hours=_terms.breach)


def breach_hours() -> int:
    """The length of that term."""
    return _terms.breach


def require_received(received: date, today: date) -> None:
    """Refuse a receipt that is still to come. Raises Invalid."""
    if received > today:
        raise Invalid(
            _("A request cannot have been received after today."),
            _("Give the day on which it reached the organisation."),
            {"received_on": _("This day is still to come.")},
        )


def require_extension(received: date, today: date, reason: str) -> None:
    """Refuse an extension without a reason, or told after the first term. Raises Invalid."""
    if not reason.strip():
        raise Invalid(
            _("An extension needs its reason: the complexity, or the number of requests."),
            _("Write it as the applicant will read it."),
            {"reason": _("Give the reason.")},
        )
    if today > due(received):
        raise Invalid(
            _("The first term is over: the applicant had to be told of an extension before."),
            _("Answer the request now."),
        )


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_working_day(day: date) -> date:
    """The day itself, or the first one after it that is worked."""
    while day.weekday() >= SATURDAY or day in holidays(day.year):
        day += timedelta(days=1)
    return day


@cache
def holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of France in a year (code du travail, L3133-1)."""
    easter = _easter(year)
    fixed = {date(year, month, day) for month, day in FIXED_HOLIDAYS}
    return frozenset(fixed | {easter + timedelta(days=days) for days in AFTER_EASTER})


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the method of Meeus, Jones and Butcher)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, leaps_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - correction + 15) % 30
    quarters, quarters_rest = divmod(rest, 4)
    week = (32 + 2 * leaps_rest + 2 * quarters - moon - quarters_rest) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
