"""Types of fields: what they take, what they refuse, and how a value is written and read back."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import Invalid
from portal.fieldtypes import (
    EDGES,
    MASKED,
    BooleanType,
    DateTimeType,
    DateType,
    DecimalType,
    EmailType,
    FieldType,
    IntegerType,
    KeyType,
    LinkType,
    LongTextType,
    MoneyType,
    NamesType,
    OptionType,
    PhoneType,
    Reference,
    ReferenceType,
)
from portal.i18n import language

OPTION = OptionType(options={"": "None", "a": "First", "b": "Second"})

WRITTEN: list[tuple[FieldType, Any, str]] = [
    (FieldType(), "Élodie", "Élodie"),
    (LongTextType(), "one\ntwo", "one\ntwo"),
    (EmailType(), "a@example.org", "a@example.org"),
    (PhoneType(), "+33 5 59 00 00 00", "+33 5 59 00 00 00"),
    (LinkType(), "https://example.org/", "https://example.org/"),
    (NamesType(), "read update", "read update"),
    (IntegerType(), -12, "-12"),
    (KeyType(), 3, "3"),
    (DecimalType(places=3), Decimal("-1.234"), "-1.234"),
    (MoneyType(), Decimal("0.30"), "0.30"),
    (BooleanType(), True, "true"),
    (BooleanType(), False, "false"),
    (DateType(), date(2026, 2, 28), "2026-02-28"),
    (DateTimeType(), datetime(2026, 7, 1, 16, 30), "2026-07-01 18:30:00"),
    (OPTION, "a", "a"),
]


@pytest.fixture(autouse=True)
def paris(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak of money and time as a French club does."""
    monkeypatch.setattr(EDGES, "zone", ZoneInfo("Europe/Paris"))
    monkeypatch.setattr(EDGES, "currency", "EUR")


@pytest.mark.parametrize(("kind", "value", "text"), WRITTEN)
def test_a_value_is_written_in_canonical_text(kind: FieldType, value: Any, text: str) -> None:
    assert kind.write(value) == text


@pytest.mark.parametrize(("kind", "value", "text"), WRITTEN)
def test_canonical_text_reads_back_as_the_value(kind: FieldType, value: Any, text: str) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(("kind", "value", "_text"), WRITTEN)
def test_what_is_stored_loads_as_the_value(kind: FieldType, value: Any, _text: str) -> None:
    assert kind.load(kind.dump(value)) == value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (DateType(), "28/02/2026", date(2026, 2, 28)),
        (DateType(), " ", None),
        (MoneyType(), "1 234,50 €", Decimal("1234.50")),
        (MoneyType(), "1\u202f234,5", Decimal("1234.5")),
        (IntegerType(), "\u2212 3", -3),
        (IntegerType(), "", None),
        (BooleanType(), "Oui", True),
        (BooleanType(), "", False),
        (NamesType(), "  a   b ", "a b"),
        (LongTextType(), " a\r\nb ", "a\nb"),
        (DateTimeType(), "2026-12-01T18:30", datetime(2026, 12, 1, 17, 30)),
        (DateTimeType(), "2026-12-01T18:30:00+00:00", datetime(2026, 12, 1, 18, 30)),
        (DateTimeType(), "2026-12-01", datetime(2026, 11, 30, 23, 0)),
        (ReferenceType(target="directory.person"), "12", 12),
    ],
)
def test_text_as_people_write_it_is_read(kind: FieldType, text: str, value: Any) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType(max_length=3), "four"),
        (FieldType(), "a\x00"),
        (FieldType(), "\ud800"),
        (FieldType(), "a\nb"),
        (EmailType(), "nobody"),
        (EmailType(), "a b@example.org"),
        (PhoneType(), "call me"),
        (LinkType(), "javascript:alert(1)"),
        (IntegerType(), "1.5"),
        (IntegerType(), "1_000"),
        (IntegerType(), "9" * 19),
        (IntegerType(), "9" * 5_000),
        (IntegerType(largest=2**31 - 1), str(2**31)),
        (MoneyType(), "1.005"),
        (MoneyType(), "NaN"),
        (MoneyType(), "sNaN"),
        (MoneyType(), "1e400"),
        (MoneyType(), "Infinity"),
        (MoneyType(), "1e-999999"),
        (DateType(), "2026-02-30"),
        (DateType(), "1799-12-31"),
        (DateType(), "tomorrow"),
        (DateTimeType(), "2026-02-30 10:00"),
        (DateTimeType(), "0001-01-01 00:00"),
        (BooleanType(), "perhaps"),
        (OPTION, "c"),
        (ReferenceType(target="directory.person"), "first"),
    ],
)
def test_text_that_is_no_value_is_refused(kind: FieldType, text: str) -> None:
    with pytest.raises(Invalid):
        kind.parse(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType(), 1),
        (IntegerType(), True),
        (IntegerType(), "1"),
        (MoneyType(), 0.1),
        (MoneyType(), True),
        (BooleanType(), 1),
        (DateType(), datetime(2026, 1, 1)),
        (DateTimeType(), date(2026, 1, 1)),
        (DateTimeType(), datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))),
        (ReferenceType(target="directory.person"), "1"),
    ],
)
def test_a_value_of_another_type_is_not_stored(kind: FieldType, value: Any) -> None:
    with pytest.raises(Invalid):
        kind.dump(value)


@pytest.mark.parametrize(
    ("kind", "value", "french", "english"),
    [
        (DateType(), date(2026, 2, 3), "03/02/2026", "3 Feb 2026"),
        (DateTimeType(), datetime(2026, 7, 1, 16, 30), "01/07/2026 18:30", "1 Jul 2026 18:30"),
        (BooleanType(), True, "Oui", "Yes"),
        (IntegerType(), 1234, "1\u202f234", "1,234"),
        (KeyType(), 1234, "1234", "1234"),
        (MoneyType(), Decimal("1234.5"), "1\u202f234,50\xa0€", "€1,234.50"),
        (DateType(), None, "", ""),
    ],
)
def test_a_value_is_shown_in_the_language(
    kind: FieldType, value: Any, french: str, english: str
) -> None:
    shown = []
    for code in ("fr", "en"):
        with language(code):
            shown.append(" ".join(kind.show(value).split(" ")))
    assert shown == [french, english]


def test_a_reference_out_of_reach_says_so() -> None:
    assert str(Reference(None, None)) == "(not accessible)"


def test_a_masked_value_tells_nothing_of_its_length() -> None:
    assert str(MASKED) == "••••"


@given(st.integers(-(10**17), 10**17))
def test_any_amount_survives_its_text(cents: int) -> None:
    kind = MoneyType()
    value = kind.load(cents)
    assert kind.dump(kind.parse(kind.write(value))) == cents


@given(st.dates(date(1800, 1, 1), date(9999, 12, 31)))
def test_any_day_survives_its_text(day: date) -> None:
    assert DateType().parse(DateType().write(day)) == day


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for kind, _value, _written in WRITTEN:
        with contextlib.suppress(Invalid):
            assert kind.parse(text) is None or kind.write(kind.parse(text)) is not None
