"""Rules of members: dates in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def membership_in_order(values: Mapping[str, Any]) -> bool:
    """A membership does not end before it starts."""
    start, end = values.get("starts_on"), values.get("ends_on")
    return start is None or end is None or start <= end


def paid_when_dated(values: Mapping[str, Any]) -> bool:
    """A date of payment stands only on a paid membership."""
    return values.get("paid_on") is None or bool(values.get("paid"))


def validity_in_order(values: Mapping[str, Any]) -> bool:
    """A title does not expire before it was issued."""
    issued, expires = values.get("issued_on"), values.get("expires_on")
    return issued is None or expires is None or issued <= expires
