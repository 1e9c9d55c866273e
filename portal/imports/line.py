"""A line of a file, as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from portal.i18n import Label


@dataclass(frozen=True, slots=True)
class RawLine:
    """The cells of a line, its number in the file, and why it cannot be read ("" when it can)."""

    number: int
    cells: tuple[str, ...]
    problem: Label = ""
