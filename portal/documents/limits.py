"""What one render may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of address space, seconds of processor, seconds of wall clock."""

    address_space: int = 768 * 1024 * 1024
    processor_seconds: int = 8
    wall_seconds: int = 12
