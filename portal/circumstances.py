"""Facts of the portal that every query depends on, kept with the catalog version."""

from __future__ import annotations

from portal import choices, codes, holds

_known: tuple[int, bool] = (-1, True)


def codes_in_force() -> codes.Codes:
    """The access codes that are set on fields and records."""
    return codes.in_force()


def restrictions_in_force() -> bool:
    """True when at least one restriction is in force; asked once for each catalog version."""
    global _known
    version = choices.current().version
    if version < 0 or _known[0] != version:
        _known = (version, holds.any_restriction())
    return _known[1]
