"""Days and moments are shown as Babel would, without asking it for each cell."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel import dates

from portal.fieldtypes import EDGES, DateTimeType, DateType
from portal.fieldtypes.moments import written
from portal.i18n import language

PATTERNS = {"fr": "dd/MM/yyyy", "en": "d MMM yyyy"}
DAYS = [date(1800, 1, 1), date(9999, 12, 31), *(date(2026, month, 5) for month in range(1, 13))]


@pytest.mark.parametrize("code", PATTERNS)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_day_is_shown_as_babel_shows_it(day: date, code: str) -> None:
    with language(code):
        assert DateType().show(day) == dates.format_date(day, PATTERNS[code], code)


@pytest.mark.parametrize("code", PATTERNS)
@pytest.mark.parametrize("day", DAYS[2:], ids=str)
def test_a_moment_is_shown_in_the_zone_of_the_organisation(day: date, code: str) -> None:
    moment = datetime(day.year, day.month, day.day, 22, 59, 59)
    local = moment.replace(tzinfo=UTC).astimezone(EDGES.zone)
    with language(code):
        expected = dates.format_datetime(local, f"{PATTERNS[code]} HH:mm", locale=code)
        assert DateTimeType().show(moment) == expected


def test_nothing_is_shown_of_no_day() -> None:
    assert (DateType().show(None), DateTimeType().show(None)) == ("", "")


@pytest.mark.parametrize(
    "raw", ["1905-03-01 10:00:59", "1999-07-14 23:30:01", "2026-03-29 00:59:59.250000"]
)
def test_an_export_writes_a_moment_as_its_type_does(raw: str) -> None:
    assert written(raw) == DateTimeType().write(DateTimeType().load(raw))


def test_an_export_writes_a_moment_of_postgresql_as_its_type_does() -> None:
    moment = datetime(2026, 3, 29, 1, 0, tzinfo=None)
    assert written(moment) == DateTimeType().write(moment)
