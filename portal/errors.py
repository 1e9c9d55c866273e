"""Everything that the portal refuses, each with its culprit and its remedy.

An error is a sentence for a person: what happened, why, what to do. It never carries SQL, a path or
a value of a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class PortalError(Exception):
    """What the portal answers with a sentence; `status` is the HTTP status of that answer."""

    status = 400

    def __init__(self, message: object, remedy: object = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class DeclarationError(PortalError):
    """A plugin declares something that the catalog cannot hold."""

    status = 500


class SettingsError(PortalError):
    """A setting is unknown or has a value that cannot be used."""

    status = 500


class DatabaseError(PortalError):
    """The database cannot be opened, is of a newer version, or refuses a write."""

    status = 503


class Busy(DatabaseError):
    """Somebody else writes for longer than this writer would wait; nothing was begun."""


class NotFound(PortalError):
    """No such row, table or page within the reach of this actor; says nothing about others."""

    status = 404


class Forbidden(PortalError):
    """The actor lacks a right; the message names the right, never a row."""

    status = 403


class Invalid(PortalError):
    """A value cannot be taken. `fields` maps a field's name to its sentence."""

    status = 400

    def __init__(
        self, message: object, remedy: object = "", fields: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, remedy)
        self.fields: Mapping[str, object] = fields or {}


class Conflict(PortalError):
    """Somebody changed the row since it was read. `current_version` is the version now stored."""

    status = 409

    def __init__(self, message: object, remedy: object = "", current_version: int = 0) -> None:
        super().__init__(message, remedy)
        self.current_version = current_version


class Held(PortalError):
    """Rows may not be erased; `reasons` says what blocks them."""

    status = 409

    def __init__(
        self, message: object, remedy: object = "", reasons: Sequence[object] = ()
    ) -> None:
        super().__init__(message, remedy)
        self.reasons = tuple(reasons)
