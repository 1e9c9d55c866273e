"""What each process keeps of the configuration, read again when its version changes."""

from __future__ import annotations

from portal import auditing, choices, customfields, customforms, identifiers, structure, treatments


def refresh(version: int) -> None:
    """Read every kind of it again, when its version is another one."""
    customfields.refresh(version)
    identifiers.refresh(version)
    choices.refresh(version)
    customforms.refresh(version)
    structure.refresh(version)
    treatments.refresh(version)
    auditing.refresh(version)
