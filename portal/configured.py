"""What each process keeps of the configuration, read again when its version changes."""

from __future__ import annotations

from portal import choices, customfields, customforms, structure


def refresh(version: int) -> None:
    """Read custom fields, choices, custom forms and the tree again, when their version changed."""
    customfields.refresh(version)
    choices.refresh(version)
    customforms.refresh(version)
    structure.refresh(version)
