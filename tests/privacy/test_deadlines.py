"""When a request is due: on the calendar, never on a day on which nobody works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from portal.errors import Invalid
from portal.privacy import deadlines


@pytest.fixture(autouse=True)
def terms_of_today() -> Iterator[None]:
    """Give the lengths of the law back after each test."""
    deadlines.configure(1, 2)
    yield
    deadlines.configure(1, 2)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2026, 4, 1), date(2026, 5, 4)),  # 1 May, then a weekend
        (date(2026, 11, 30), date(2026, 12, 30)),
        (date(2028, 1, 31), date(2028, 2, 29)),  # a leap year
        (date(2027, 1, 31), date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2026, 3, 15), date(2026, 4, 15)),  # received on a Sunday
        (date(2026, 10, 15), date(2026, 11, 16)),  # due on a Sunday
        (date(2025, 4, 1), date(2025, 5, 2)),  # due on 1 May, a Thursday
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas, then a weekend
        (date(2026, 3, 6), date(2026, 4, 7)),  # Easter Monday
        (date(2026, 4, 14), date(2026, 5, 15)),  # Ascension, a Thursday
        (date(2026, 4, 25), date(2026, 5, 26)),  # Whit Monday
    ],
)
def test_a_request_is_due_one_month_later_on_a_working_day(received: date, due: date) -> None:
    assert deadlines.due(received) == due


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 30), date(2027, 3, 1)),  # 28 February 2027 is a Sunday
        (date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 2, 1), date(2026, 5, 4)),
    ],
)
def test_an_extended_one_is_due_three_months_after_its_receipt(received: date, due: date) -> None:
    assert deadlines.extended(received) == due


def test_a_year_has_eleven_holidays() -> None:
    assert all(len(deadlines.holidays(year)) == 11 for year in (2024, 2026, 2027))


@pytest.mark.parametrize(
    "easter_monday",
    [date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2038, 4, 26), date(2285, 3, 23)],
)
def test_easter_is_found(easter_monday: date) -> None:
    assert easter_monday in deadlines.holidays(easter_monday.year)


def test_the_lengths_are_settings() -> None:
    deadlines.configure(2, 1)
    received = date(2026, 1, 15)
    assert deadlines.due(received) == date(2026, 3, 16)
    assert deadlines.extended(received) == date(2026, 4, 15)


def test_a_request_of_tomorrow_is_refused() -> None:
    with pytest.raises(Invalid, match="after today"):
        deadlines.require_received(date(2026, 11, 23), date(2026, 11, 22))


def test_a_request_of_today_is_taken() -> None:
    deadlines.require_received(date(2026, 11, 22), date(2026, 11, 22))


def test_an_extension_without_a_reason_is_refused() -> None:
    with pytest.raises(Invalid, match="needs its reason"):
        deadlines.require_extension(date(2026, 11, 20), date(2026, 11, 22), "  ")


def test_an_extension_on_the_last_day_is_told_in_time() -> None:
    deadlines.require_extension(date(2026, 4, 1), date(2026, 5, 4), "Many requests")


def test_an_extension_after_the_first_month_is_refused() -> None:
    with pytest.raises(Invalid, match="first term is over"):
        deadlines.require_extension(date(2026, 4, 1), date(2026, 5, 5), "Many requests")
