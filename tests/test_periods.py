"""Periods on the calendar: never a day under a minimum, never one beyond a maximum."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal import periods
from portal.declare import Period, Retention, days, months, years
from portal.i18n import language

LEAP_CYCLE = [date(2023, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 2)]


@pytest.mark.parametrize(
    ("today", "period", "limit"),
    [
        (date(2026, 11, 22), years(10), date(2016, 11, 22)),
        (date(2026, 11, 22), years(1), date(2025, 11, 22)),
        (date(2024, 2, 29), years(1), date(2023, 2, 28)),
        (date(2024, 2, 29), years(4), date(2020, 2, 29)),
        (date(2025, 3, 1), years(1), date(2024, 3, 1)),
        (date(2026, 3, 31), months(1), date(2026, 2, 28)),
        (date(2026, 1, 15), months(13), date(2024, 12, 15)),
        (date(2026, 11, 22), days(30), date(2026, 10, 23)),
        (date(2026, 11, 22), years(5_000), date(1, 1, 1)),
        (date(2026, 11, 22), days(1_000_000), date(1, 1, 1)),
    ],
)
def test_the_limit_is_an_anniversary(today: date, period: Period, limit: date) -> None:
    assert periods.limit(today, period) == limit


def test_a_29_february_is_older_than_a_year_on_1_march() -> None:
    leap = date(2024, 2, 29)
    due = [day for day in LEAP_CYCLE if day > leap and leap < periods.limit(day, years(1))]
    assert due[0] == date(2025, 3, 1)


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 10])
def test_nothing_is_due_before_its_anniversary(number: int) -> None:
    for today in LEAP_CYCLE:
        youngest_due = periods.limit(today, years(number)) - timedelta(days=1)
        anniversary = (youngest_due.year + number, youngest_due.month, youngest_due.day)
        assert anniversary < (today.year, today.month, today.day)


def test_ten_years_never_end_at_3650_days() -> None:
    shortest = min((day - periods.limit(day, years(10))).days for day in LEAP_CYCLE)
    assert shortest == 3_652


@pytest.mark.parametrize(
    ("period", "rounded_up", "rounded_down"),
    [
        (years(1), 366, 365),
        (years(2), 731, 730),
        (years(3), 1_096, 1_095),
        (years(5), 1_827, 1_826),
        (years(6), 2_192, 2_191),
        (years(10), 3_653, 3_652),
        (months(1), 31, 30),
        (months(6), 184, 182),
        (days(90), 90, 90),
    ],
)
def test_a_minimum_rounds_up_and_a_maximum_down(
    period: Period, rounded_up: int, rounded_down: int
) -> None:
    assert (periods.most_days(period), periods.least_days(period)) == (rounded_up, rounded_down)


def test_a_retention_shorter_than_its_minimum_follows_the_minimum() -> None:
    short = Retention(years(1), minimum=years(3))
    assert periods.due_limit(date(2026, 11, 22), short) == date(2023, 11, 22)
    assert periods.shown_days(short) == 1_096


def test_a_retention_at_its_maximum_is_shown_rounded_down() -> None:
    assert periods.shown_days(Retention(years(2), maximum=days(730))) == 730


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("fr", ["1 an", "2 ans", "1 mois", "6 mois", "1 jour", "30 jours"]),
        ("en", ["1 year", "2 years", "1 month", "6 months", "1 day", "30 days"]),
    ],
)
def test_a_period_is_said_in_both_languages(code: str, words: list[str]) -> None:
    given = [years(1), years(2), months(1), months(6), days(1), days(30)]
    with language(code):
        assert [periods.text(period) for period in given] == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1_827, "5 years"),
        (1_826, "5 years"),
        (1_095, "3 years"),
        (365, "1 year"),
        (457, "15 months"),
        (30, "1 month"),
        (100, "100 days"),
        (1_858, "1858 days"),
        (1_825, "1825 days"),
    ],
)
def test_a_maximum_in_days_is_said_in_whole_years_or_months(number: int, words: str) -> None:
    with language("en"):
        assert periods.at_most(days(number)) == words


def test_no_maximum_is_said_by_nothing() -> None:
    assert periods.at_most(None) == ""
