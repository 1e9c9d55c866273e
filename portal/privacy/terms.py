"""Until when the rows about a person are kept: real dates, where a row says when it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from portal import periods
from portal.catalog import CatalogTable
from portal.declare import WITH_PARENT, Activity, Period, Unit
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import gettext
from portal.privacy import recipients
from portal.privacy.deadlines import months_after
from portal.rows import Row

_MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}


def after(day: date, period: Period) -> date:
    """The day on which a period that starts on `day` is over, on the calendar."""
    if period.unit is Unit.DAYS:
        return day + timedelta(days=period.value)
    return months_after(day, period.value * _MONTHS[period.unit])


def until(gate: Gate, activity: Activity, rows: Mapping[str, Sequence[Row]]) -> str:
    """The first and the last term of these rows in words; "" when none has a date of its own."""
    period = periods.longer(activity.retention.period, activity.retention.minimum)
    ends = [
        after(start, period)
        for table in gate.catalog.tables_of(activity.name)
        for row in rows.get(table.name, ())
        if (start := _start(table, activity, row)) is not None
    ]
    if not ends:
        return ""
    show = DateType().show
    first, last = show(min(ends)), show(max(ends))
    if first == last:
        return first
    return gettext("{first} for the oldest, {last} for the latest").format(first=first, last=last)


def last(table: CatalogTable, activity: Activity, rows: Sequence[Row]) -> date | None:
    """The last day of the legal term of these rows; None when none says when it starts."""
    minimum = activity.retention.minimum
    starts = [start for row in rows if (start := _start(table, activity, row)) is not None]
    return after(max(starts), minimum) if minimum and starts else None


def _start(table: CatalogTable, activity: Activity, row: Row) -> date | None:
    declared = table.declaration
    if declared.retention is WITH_PARENT or activity.retention.rule is not None:
        return None
    value: Any = row.values.get(declared.counted_from or activity.retention.counted_from)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def transfers(activity: Activity, day: date) -> str:
    """The guarantees of transfers outside the European Union; "" when there is none."""
    own = [] if activity.transfer == recipients.NONE else [recipients.guarantee(activity.transfer)]
    return "\n".join((*own, *recipients.transfers(activity, day, ended=True)))
