"""Rules of bookings: a time that makes sense, an instructor who is somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ends_after_start(values: Mapping[str, Any]) -> bool:
    """A booking lasts some time."""
    start, end = values.get("starts_at"), values.get("ends_at")
    return start is None or end is None or start < end


def instructor_is_another(values: Mapping[str, Any]) -> bool:
    """Nobody is their own instructor."""
    instructor = values.get("instructor")
    return instructor is None or instructor != values.get("person")
